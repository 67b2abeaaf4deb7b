"""How IAM behaves: moto checks documents, names and what is attached."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from deployment.types import ATTACHMENT, OIDC_PROVIDER, POLICY, ROLE, ROLE_POLICY

from .behaviour import Behaviour
from .errors import CloudError
from .identity import named_role
from .moto_behaviour import OfMoto

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

    from .cloud import Cloud, Thing

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_VERSIONS: Final = 5


def _iam(cloud: "Cloud", arn: str) -> "IAMBackend":
    return cloud.account.iam(arn.split(":")[1])


def _iam_of(cloud: "Cloud", thing: "Thing") -> "IAMBackend":
    return _iam(cloud, thing.properties["arn"])


def _make_role(cloud: "Cloud", thing: "Thing") -> str:
    from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator

    IAMTrustPolicyDocumentValidator(thing.inputs["assumeRolePolicy"]).validate()
    made = _iam_of(cloud, thing).create_role(
        thing.id,
        thing.inputs["assumeRolePolicy"],
        path=thing.inputs.get("path") or "/",
        permissions_boundary=thing.inputs.get("permissionsBoundary"),
        description=thing.inputs.get("description") or "",
        tags=[],
        max_session_duration=None,
    )
    return made.name


def _change_role(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    _iam_of(cloud, thing).update_assume_role_policy(thing.id, inputs["assumeRolePolicy"])


def _make_policy(cloud: "Cloud", thing: "Thing") -> str:
    made = _iam_of(cloud, thing).create_policy(
        description=thing.inputs.get("description") or "",
        path=thing.inputs.get("path") or "/",
        policy_document=thing.inputs["policy"],
        policy_name=thing.properties["name"],
        tags=[],
    )
    return made.arn


def _change_policy(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    """A policy keeps five versions; the AWS provider deletes the oldest for a sixth.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy.go
    """
    if inputs["policy"] == thing.inputs["policy"]:
        return
    iam = _iam_of(cloud, thing)
    versions = iam.get_policy(thing.id).versions
    if len(versions) >= _VERSIONS:
        oldest = next(version for version in versions if not version.is_default)
        iam.delete_policy_version(thing.id, oldest.version_id)
    iam.create_policy_version(thing.id, inputs["policy"], set_as_default=True)


def _who_has_policy(cloud: "Cloud", policy: "Thing") -> str:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html."""
    if any(found.inputs["policyArn"] == policy.id for found in cloud.of(ATTACHMENT)):
        return "DeleteConflict: Cannot delete a policy attached to entities."
    return ""


def _role(cloud: "Cloud", thing: "Thing") -> "Thing":
    found = named_role(cloud, thing.inputs["role"])
    if found is None:
        raise CloudError(
            f"NoSuchEntity: The role with name {thing.inputs['role']} cannot be found."
        )
    return found


def _make_role_policy(cloud: "Cloud", thing: "Thing") -> None:
    role = _role(cloud, thing)
    _iam_of(cloud, role).put_role_policy(role.id, thing.properties["name"], thing.inputs["policy"])


def _change_role_policy(cloud: "Cloud", thing: "Thing", inputs: Mapping[str, Any]) -> None:
    role = _role(cloud, thing)
    _iam_of(cloud, role).put_role_policy(role.id, thing.properties["name"], inputs["policy"])


def _remove_role_policy(cloud: "Cloud", thing: "Thing") -> None:
    role = _role(cloud, thing)
    _iam_of(cloud, role).delete_role_policy(role.id, thing.properties["name"])


@cache
def _aws_policies() -> Mapping[str, Any]:
    """Returns moto's copy of the policies that AWS manages, by name."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return json.loads(aws_managed_policies_data)


def _know_aws_policy(iam: "IAMBackend", arn: str) -> None:
    """Makes a policy that AWS manages known; moto knows all of the 1,400 or none."""
    from moto.iam.models import AWSManagedPolicy

    name = arn.rsplit("/", maxsplit=1)[-1]
    if arn in iam.managed_policies or name not in _aws_policies():
        return
    found = AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, _aws_policies()[name])
    if found.arn == arn:
        iam.managed_policies[arn] = found


def _make_attachment(cloud: "Cloud", thing: "Thing") -> None:
    role = _role(cloud, thing)
    iam, arn = _iam_of(cloud, role), str(thing.inputs["policyArn"])
    _know_aws_policy(iam, arn)
    iam.attach_role_policy(arn, role.id)


def _remove_attachment(cloud: "Cloud", thing: "Thing") -> None:
    role = _role(cloud, thing)
    _iam_of(cloud, role).detach_role_policy(thing.inputs["policyArn"], role.id)


def _make_oidc_provider(cloud: "Cloud", thing: "Thing") -> str:
    made = _iam_of(cloud, thing).create_open_id_connect_provider(
        thing.inputs["url"],
        thumbprint_list=thing.properties["thumbprintLists"],
        client_id_list=list(thing.inputs["clientIdLists"]),
        tags=[],
    )
    return made.arn


IDENTITY: Final[Mapping[str, Behaviour]] = {
    ROLE: OfMoto(
        make=_make_role,
        change=_change_role,
        remove=lambda cloud, thing: _iam_of(cloud, thing).delete_role(thing.id),
    ),
    POLICY: OfMoto(
        make=_make_policy,
        change=_change_policy,
        hindrance=_who_has_policy,
        remove=lambda cloud, thing: _iam_of(cloud, thing).delete_policy(thing.id),
    ),
    ROLE_POLICY: OfMoto(
        make=_make_role_policy, change=_change_role_policy, remove=_remove_role_policy
    ),
    ATTACHMENT: OfMoto(make=_make_attachment, remove=_remove_attachment),
    OIDC_PROVIDER: OfMoto(
        make=_make_oidc_provider,
        remove=lambda cloud, thing: _iam_of(cloud, thing).delete_open_id_connect_provider(thing.id),
    ),
}
