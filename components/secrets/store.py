"""Where secrets are kept, and what brings them into pods."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.cluster.addons import ManagedAddon, ManagedAddonArgs
from components.identity.irsa import OidcProvider
from components.identity.kms_key import kms_key
from planning.addons import SECRETS_DRIVER
from planning.aws_place import AwsPlace

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
_RECOVERY_DAYS: Final = range(7, 31)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretStoreArgs:
    """Inputs of :class:`SecretStore`.

    :param recovery_days: for how long a deleted secret can be brought back, 7 to 30 days.
    :param refresh_minutes: mounted files follow a changed secret, looked up again at most this
        often; ``None``: they stay as they are as long as their pod.
    :param driver_version: the add-on's version; ``None``: EKS's default.
    :param control_plane: the version that the control plane will have.
    :param depends_on: what must be there before the driver and outlive it: nodes.
    """

    cluster_name: pulumi.Input[str]
    oidc: OidcProvider
    place: AwsPlace
    recovery_days: int = 30
    refresh_minutes: int | None = None
    driver_version: str | None = None
    control_plane: str | None = None
    depends_on: Sequence[pulumi.Resource]

    def __post_init__(self) -> None:
        if self.recovery_days not in _RECOVERY_DAYS:
            raise ValueError(f"recovery_days: must be 7 to 30, got {self.recovery_days}")
        if self.refresh_minutes is not None and self.refresh_minutes < 1:
            raise ValueError(f"refresh_minutes: must be 1 or more, got {self.refresh_minutes}")


class SecretStore(pulumi.ComponentResource):
    """AWS Secrets Manager with a KMS key, and the driver that mounts its secrets as files.

    Creates the rotating key of all secrets, and the managed add-on with the Secrets Store CSI
    driver and AWS's provider. The driver has no rights in AWS: it takes on the role of the pod
    that mounts, by a token of the pod's service account
    (https://github.com/aws/secrets-store-csi-driver-provider-aws/pull/561). It makes no Secrets in
    the cluster. ``driver`` is for others to wait for.
    """

    args: SecretStoreArgs
    key: aws.kms.Key
    driver: aws.eks.Addon

    def __init__(
        self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:secrets:SecretStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.args = args
        self.key = kms_key(
            name, description="Secrets in Secrets Manager", place=args.place, opts=child
        )
        self.driver = ManagedAddon(
            name,
            ManagedAddonArgs(
                addon_name=SECRETS_DRIVER,
                cluster_name=args.cluster_name,
                version=args.driver_version,
                configuration=_configuration(args),
                control_plane=args.control_plane,
                depends_on=args.depends_on,
            ),
            opts=child,
        ).addon
        self.register_outputs({"keyArn": self.key.arn})


def _configuration(args: SecretStoreArgs) -> dict[str, Any]:
    """Returns what differs from the add-on's defaults.

    By https://github.com/aws/secrets-store-csi-driver-provider-aws/blob/main/charts/secrets-store-csi-driver-provider-aws/values.yaml
    and, for the driver,
    https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/main/charts/secrets-store-csi-driver/values.yaml.
    """
    driver = {"enableSecretRotation": True, "rotationPollInterval": f"{args.refresh_minutes}m"}
    return {
        "awsRegion": args.place.region,
        # The driver puts up with every taint by itself, and the provider with none: a pod on a
        # tainted node would wait for its files for ever
        # (https://github.com/aws/secrets-store-csi-driver-provider-aws/issues/267).
        "tolerations": [{"operator": "Exists"}],
        **({"secrets-store-csi-driver": driver} if args.refresh_minutes else {}),
    }
