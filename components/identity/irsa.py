"""IAM roles for Kubernetes service accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from .iam import Statement, attach_policies, document

# By which a service account names its role
# (https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html).
ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"


@dataclass(frozen=True, kw_only=True, slots=True)
class OidcProvider:
    """The cluster's identity provider, as IAM knows it.

    :param arn: the provider's ARN.
    :param issuer: the issuer URL without its scheme, as in condition keys.
    """

    arn: pulumi.Output[str]
    issuer: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class IrsaRoleArgs:
    """Inputs of :class:`IrsaRole`.

    :param namespace: the service account's namespace.
    :param service_account: the one service account that may assume the role.
    :param policy_arns: managed policies by a stable key.
    :param session_hours: for how long its keys may be good.
    """

    oidc: OidcProvider
    namespace: str
    service_account: str
    policy_arns: Mapping[str, pulumi.Input[str]]
    session_hours: int = 1

    def __post_init__(self) -> None:
        for field in ("namespace", "service_account"):
            if not getattr(self, field) or "*" in getattr(self, field):
                raise ValueError(f"{field}: must name exactly one, got {getattr(self, field)!r}")


class IrsaRole(pulumi.ComponentResource):
    """A role that exactly one service account may assume (requirement 9).

    Creates the role and its policy attachments. Output: ``arn``, which is known only once every
    policy is attached: what uses it is ordered after the permissions and destroyed before them
    (requirement 2). ``attachments`` is for those that need the permissions and not the ARN.
    """

    arn: pulumi.Output[str]
    attachments: tuple[aws.iam.RolePolicyAttachment, ...]

    def __init__(
        self, name: str, args: IrsaRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("eks-platform:irsa:IrsaRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        subject = f"system:serviceaccount:{args.namespace}:{args.service_account}"
        trust = pulumi.Output.all(args.oidc.arn, args.oidc.issuer).apply(
            lambda known: document(
                Statement(
                    actions=["sts:AssumeRoleWithWebIdentity"],
                    principals={"Federated": known[0]},
                    condition={
                        "StringEquals": {
                            f"{known[1]}:sub": subject,
                            f"{known[1]}:aud": "sts.amazonaws.com",
                        }
                    },
                )
            )
        )
        role = aws.iam.Role(
            name,
            description=f"Service account {args.namespace}/{args.service_account}",
            assume_role_policy=trust,
            # An hour is what IAM itself sets.
            max_session_duration=args.session_hours * 3600 if args.session_hours > 1 else None,
            opts=child,
        )
        attached = attach_policies(name, role, args.policy_arns, child)
        self.arn, self.attachments = attached.arn, attached.attachments
        self.register_outputs({"arn": self.arn})


def role_with_policy(
    name: str,
    *,
    oidc: OidcProvider,
    namespace: str,
    service_account: str,
    key: str,
    description: str,
    policy: pulumi.Input[str],
    session_hours: int = 1,
    opts: pulumi.ResourceOptions,
) -> IrsaRole:
    """Creates a role with one policy of its own, which nobody else has.

    :param key: what stands for the policy in the name of its attachment.
    :param description: of the policy.
    :param policy: the policy's document.
    """
    own = aws.iam.Policy(name, description=description, policy=policy, opts=opts)
    args = IrsaRoleArgs(
        oidc=oidc,
        namespace=namespace,
        service_account=service_account,
        policy_arns={key: own.arn},
        session_hours=session_hours,
    )
    return IrsaRole(name, args, opts=opts)
