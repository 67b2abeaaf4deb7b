"""Who may do what in the simulated account."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from deployment.types import ATTACHMENT, OIDC_PROVIDER, POLICY, ROLE, ROLE_POLICY

from .cloud import Cloud, Thing

# IAM is eventually consistent: what was changed is not seen everywhere at once
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
# The AWS provider waits about this long for it, and longer where it must.
VISIBLE_AFTER_SECONDS: Final = 10


def role_of(cloud: Cloud, arn: object) -> Thing | None:
    """Returns the role with an ARN, if it is there."""
    return next((role for role in cloud.of(ROLE) if role.properties.get("arn") == arn), None)


def named_role(cloud: Cloud, reference: object) -> Thing | None:
    """Returns the role that an input names: by its name, or as a reference to the resource."""
    return next((role for role in cloud.of(ROLE) if _is(reference, role)), None)


def is_visible(cloud: Cloud, thing: Thing) -> bool:
    """Returns whether other services see a resource of IAM yet."""
    return thing.is_ready and cloud.clock.now() - thing.made_at >= VISIBLE_AFTER_SECONDS


def has_policy(cloud: Cloud, role: Thing | None, name: str) -> bool:
    """Returns whether there is a role with a policy of AWS, by the start of the policy's name."""
    return role is not None and any(
        arn.rsplit("/", maxsplit=1)[-1].startswith(name) for arn in _attached(cloud, role)
    )


def may(cloud: Cloud, role: Thing, actions: tuple[str, ...], resource: str = "") -> bool:
    """Returns whether the policies of the program's own allow a role each of some actions.

    :param resource: the ARN of what they are done to; empty: to something.
    """
    allowed = [
        pattern
        for document in _documents(cloud, role)
        for statement in _listed(document["Statement"])
        if statement["Effect"] == "Allow"
        and (not resource or any(fnmatchcase(resource, on) for on in _resources(statement)))
        for pattern in _listed(statement.get("Action", []))
    ]
    return all(any(fnmatchcase(action, pattern) for pattern in allowed) for action in actions)


def is_trusted(cloud: Cloud, role: Thing) -> bool:
    """Returns whether the identity provider is there that a role for a service account trusts."""
    trust = json.loads(role.inputs["assumeRolePolicy"])
    federated = {
        arn
        for statement in _listed(trust["Statement"])
        for arn in _listed(statement.get("Principal", {}).get("Federated", []))
    }
    return federated <= {found.properties["arn"] for found in cloud.ready(OIDC_PROVIDER)}


def attached_to(cloud: Cloud, role: Thing) -> list[Thing]:
    """Returns what gives a role its permissions: attachments, and policies of its own."""
    given = (*cloud.of(ATTACHMENT), *cloud.of(ROLE_POLICY))
    return [thing for thing in given if _is(thing.inputs["role"], role)]


def _attached(cloud: Cloud, role: Thing) -> list[str]:
    return [
        str(attachment.inputs["policyArn"])
        for attachment in cloud.ready(ATTACHMENT)
        if _is(attachment.inputs["role"], role)
    ]


def _is(reference: Any, role: Thing) -> bool:
    """Returns whether an input names a role: by its name, or as a reference to the resource."""
    if isinstance(reference, Mapping):
        return reference["urn"] == role.urn
    return reference == role.properties["name"]


def _documents(cloud: Cloud, role: Thing) -> Iterator[Mapping[str, Any]]:
    arns = _attached(cloud, role)
    attached = [policy for policy in cloud.of(POLICY) if policy.properties["arn"] in arns]
    own = [policy for policy in cloud.ready(ROLE_POLICY) if _is(policy.inputs["role"], role)]
    for policy in attached + own:
        yield json.loads(policy.inputs["policy"])


def _resources(statement: Mapping[str, Any]) -> list[str]:
    return _listed(statement.get("Resource", []))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
