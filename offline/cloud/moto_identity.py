"""How IAM behaves: moto checks documents, names and what is attached."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .behaviour import Behaviour
from .errors import CloudError
from .identity import named_role
from .moto_behaviour import OfMoto
from .tokens import ATTACHMENT, OIDC_PROVIDER, POLICY, ROLE, ROLE_POLICY

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

    from .cloud import Cloud, Thing


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


_VERSIONS: Final = 5


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


def _make_attachment(cloud: "Cloud", thing: "Thing") -> None:
    role = _role(cloud, thing)
    _iam_of(cloud, role).attach_role_policy(thing.inputs["policyArn"], role.id)


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
