"""A secret of one consumer: kept in Secrets Manager, and mounted as files by its pods alone."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pulumi_random as random
from pulumi_kubernetes.core.v1 import CSIVolumeSourceArgs, VolumeArgs

from components.identity.iam import Statement, document
from components.identity.irsa import role_with_policy

from .store import SecretStore

# Letters and digits, 62 of them: 190 bits.
PASSWORD_LENGTH: Final = 32
API_VERSION: Final = "secrets-store.csi.x-k8s.io/v1"
KIND: Final = "SecretProviderClass"
_CSI_DRIVER: Final = "secrets-store.csi.k8s.io"
# Such a key is the same in JSON, as a file, and in JMESPath, where others need quotes
# (https://jmespath.org/specification.html#identifiers).
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The provider writes all of a secret beside its parts.
_WHOLE: Final = "secret.json"


def password(name: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Creates a password of letters and digits, which is secret in the state."""
    return random.RandomPassword(name, length=PASSWORD_LENGTH, special=False, opts=opts).result


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretArgs:
    """Inputs of :class:`Secret`.

    :param namespace: that of the pods that mount it.
    :param service_account: their service account, which alone may read it. It has to have the
        annotation ``eks.amazonaws.com/role-arn`` with ``role_arn``.
    :param values: texts by name, which is that of their file: letters, digits and ``_``.
    :param depends_on: what must be there before its objects in the cluster: the namespace.
    """

    store: SecretStore
    namespace: str
    service_account: str
    values: Mapping[str, pulumi.Input[str]]
    depends_on: Sequence[pulumi.Resource] = ()

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("values: a secret needs one at least")
        for key in self.values:
            if not _KEY.fullmatch(key):
                raise ValueError(f"values: names have letters, digits and _, got {key!r}")


class Secret(pulumi.ComponentResource):
    """A secret in Secrets Manager that the pods of one service account mount as files.

    Creates the secret and its value, the IAM policy and the role of the service account, which may
    read this secret and no other, and the SecretProviderClass. The name in Secrets Manager gets
    seven digits of Pulumi's, so that a stack which is made again does not meet the secret of the
    same name that waits for the end of its recovery window.

    Outputs: ``role_arn``, ``class_name``. ``values`` has the texts, each secret; ``files`` where
    each of them is below the mount; ``ready`` is what to wait for who mounts nothing:
    :meth:`volume` orders pods after it by itself.
    """

    role_arn: pulumi.Output[str]
    class_name: pulumi.Output[str]
    values: Mapping[str, pulumi.Output[str]]
    files: Mapping[str, str]
    ready: kubernetes.apiextensions.CustomResource

    def __init__(
        self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:secrets:Secret", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        store = args.store.args
        self.values = {key: pulumi.Output.secret(args.values[key]) for key in sorted(args.values)}
        self.files = {key: key for key in self.values}
        secret = aws.secretsmanager.Secret(
            name,
            description=f"Of the service account {args.namespace}/{args.service_account}",
            kms_key_id=args.store.key.arn,
            recovery_window_in_days=store.recovery_days,
            opts=child,
        )
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps(dict(self.values), sort_keys=True),
            opts=child,
        )
        self.role_arn = role_with_policy(
            name,
            oidc=store.oidc,
            namespace=args.namespace,
            service_account=args.service_account,
            key="secret",
            description=f"Reads the secret of {args.namespace}/{args.service_account}",
            policy=document(*_statements(args.store, secret)),
            opts=child,
        ).arn
        self.ready = kubernetes.apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind=KIND,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace),
            spec={
                "provider": "aws",
                "parameters": {
                    "region": store.place.region,
                    "objects": secret.arn.apply(lambda arn: objects(arn, list(self.values))),
                },
            },
            # The driver's add-on defines the kind. It has to unmount what pods have mounted, and
            # to find a value there: pods come after the class and go before it.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[args.store.driver, version, *args.depends_on]
            ),
        )
        # Its ID is unknown in a preview.
        self.class_name = self.ready.urn.apply(lambda _: name)
        self.register_outputs({"roleArn": self.role_arn, "className": self.class_name})

    def volume(self, name: str) -> VolumeArgs:
        """Returns the volume of a pod with a file for each of the values.

        Files are readable for every user of the pod: the driver does not hand them to a group.
        """
        source = CSIVolumeSourceArgs(
            driver=_CSI_DRIVER,
            read_only=True,
            volume_attributes={"secretProviderClass": self.class_name},
        )
        return VolumeArgs(name=name, csi=source)


def objects(arn: str, keys: Sequence[str]) -> str:
    """Returns what of a secret is mounted, in the provider's form: YAML, and JSON is that.

    https://github.com/aws/secrets-store-csi-driver-provider-aws#secretproviderclass-options
    """
    parts = [{"path": key, "objectAlias": key} for key in keys]
    whole = {"objectName": arn, "objectAlias": _WHOLE, "jmesPath": parts}
    return json.dumps([whole], sort_keys=True, separators=(",", ":"))


def _statements(store: SecretStore, secret: aws.secretsmanager.Secret) -> list[Statement]:
    """Returns what lets a role read one secret.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    place = store.args.place
    service = f"secretsmanager.{place.region}.{place.dns_suffix}"
    return [
        Statement(
            actions=["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            resources=[secret.arn],
        ),
        Statement(
            actions=["kms:Decrypt"],
            resources=[store.key.arn],
            condition={
                "StringEquals": {
                    "kms:ViaService": service,
                    "kms:EncryptionContext:SecretARN": secret.arn,
                }
            },
        ),
    ]
