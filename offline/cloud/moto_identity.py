"""How IAM behaves: moto checks documents, names and what is attached."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from deployment.types import ATTACHMENT, OIDC_PROVIDER, POLICY, ROLE, ROLE_POLICY

from .behaviour import Behaviour, Inputs
from .cloud import Cloud, Thing
from .errors import CloudError
from .identity import named_role
from .moto_behaviour import OfMoto

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_VERSIONS: Final = 5


def _iam(cloud: Cloud, thing: Thing) -> "IAMBackend":
    return cloud.account.iam(thing.properties["arn"].split(":")[1])


class _OfRole(NamedTuple):
    """A role in IAM that something belongs to, by its name."""

    iam: "IAMBackend"
    role: str


def _of_role(cloud: Cloud, thing: Thing) -> _OfRole:
    found = named_role(cloud, thing.inputs["role"])
    if found is None:
        raise CloudError(
            f"NoSuchEntity: The role with name {thing.inputs['role']} cannot be found."
        )
    return _OfRole(_iam(cloud, found), found.id)


def _make_role(iam: "IAMBackend", role: Thing, inputs: Inputs) -> object:
    from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

    IAMTrustPolicyDocumentValidator(inputs["assumeRolePolicy"]).validate()
    return iam.create_role(
        role.id,
        inputs["assumeRolePolicy"],
        path=inputs.get("path") or "/",
        permissions_boundary=inputs.get("permissionsBoundary"),
        description=inputs.get("description") or "",
        tags=[],
        max_session_duration=None,
    )


def _change_role(iam: "IAMBackend", role: Thing, inputs: Inputs) -> None:
    iam.update_assume_role_policy(role.id, inputs["assumeRolePolicy"])
    if boundary := inputs.get("permissionsBoundary"):
        iam.put_role_permissions_boundary(role.id, boundary)
    else:
        iam.delete_role_permissions_boundary(role.id)


def _make_policy(iam: "IAMBackend", policy: Thing, inputs: Inputs) -> object:
    return iam.create_policy(
        description=inputs.get("description") or "",
        path=inputs.get("path") or "/",
        policy_document=inputs["policy"],
        policy_name=policy.properties["name"],
        tags=[],
    )


def _change_policy(iam: "IAMBackend", policy: Thing, inputs: Inputs) -> None:
    """A policy keeps five versions; the AWS provider deletes the oldest for a sixth.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy.go
    """
    if inputs["policy"] == policy.inputs["policy"]:
        return
    versions = iam.get_policy(policy.id).versions
    if len(versions) >= _VERSIONS:
        oldest = next(version for version in versions if not version.is_default)
        iam.delete_policy_version(policy.id, oldest.version_id)
    iam.create_policy_version(policy.id, inputs["policy"], set_as_default=True)


def _put_role_policy(at: _OfRole, policy: Thing, inputs: Inputs) -> None:
    at.iam.put_role_policy(at.role, policy.properties["name"], inputs["policy"])


@cache
def _aws_policies() -> Mapping[str, Any]:
    """Returns moto's copy of the policies that AWS manages, by name."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return json.loads(aws_managed_policies_data)


def _attach(at: _OfRole, _attachment: Thing, inputs: Inputs) -> None:
    """Attaches a policy; of those that AWS manages, moto knows all of the 1,400 or none."""
    from moto.iam.models import AWSManagedPolicy

    iam, arn = at.iam, str(inputs["policyArn"])
    name = arn.rsplit("/", maxsplit=1)[-1]
    if arn not in iam.managed_policies and (data := _aws_policies().get(name)):
        found = AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, data)
        if found.arn == arn:
            iam.managed_policies[arn] = found
    iam.attach_role_policy(arn, at.role)


IDENTITY: Final[Mapping[str, Behaviour]] = {
    ROLE: OfMoto(
        _iam,
        make=_make_role,
        called="name",
        change=_change_role,
        remove=lambda iam, role: iam.delete_role(role.id),
    ),
    POLICY: OfMoto(
        _iam,
        make=_make_policy,
        called="arn",
        change=_change_policy,
        # https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
        users=lambda cloud, policy: cloud.of(ATTACHMENT, policyArn=policy.id),
        in_use="DeleteConflict: Cannot delete a policy attached to entities.",
        remove=lambda iam, policy: iam.delete_policy(policy.id),
    ),
    ROLE_POLICY: OfMoto(
        _of_role,
        make=_put_role_policy,
        called="",
        change=_put_role_policy,
        remove=lambda at, policy: at.iam.delete_role_policy(at.role, policy.properties["name"]),
    ),
    ATTACHMENT: OfMoto(
        _of_role,
        make=_attach,
        called="",
        remove=lambda at, attachment: at.iam.detach_role_policy(
            attachment.inputs["policyArn"], at.role
        ),
    ),
    OIDC_PROVIDER: OfMoto(
        _iam,
        make=lambda iam, provider, inputs: iam.create_open_id_connect_provider(
            inputs["url"],
            thumbprint_list=provider.properties["thumbprintLists"],
            client_id_list=list(inputs["clientIdLists"]),
            tags=[],
        ),
        called="arn",
        remove=lambda iam, provider: iam.delete_open_id_connect_provider(provider.id),
    ),
}
