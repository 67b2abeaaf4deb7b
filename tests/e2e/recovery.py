"""The steps of "Recover from a failed update" and "Orphan sweep" in docs/runbook.md, as a person
follows them; and what a state is compared by.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from deployment.types import LOAD_BALANCER
from engine.session import Session
from offline.cloud.cloud import Thing
from offline.cloud.network import delete_security_group, remove_interfaces
from offline.providers.simulated import token_of

_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_OF_KUBERNETES: Final = "kubernetes:"
# What differs from run to run: times, and what the engine draws at random.
_OF_ONE_RUN: Final = frozenset({"created", "modified", "sourcePosition", "stackTrace"})
_RUNS: Final = 60


def recover(session: Session) -> list[str]:
    """Recovers from an update that was interrupted, and returns the pending operations.

    Mends the state's file and unlocks it; looks which operations are pending; has the engine forget
    them and read what it knows; takes into the state what AWS has and the state has not.
    """
    mend_state_file(session)
    session.pulumi("cancel", "--yes")
    pending = pending_operations(session)
    session.refresh("--clear-pending-creates")
    take_in(session)
    return pending


def mend_state_file(session: Session) -> bool:
    """Deletes the file beside a state in a folder that a killed engine left empty.

    Returns whether there was one: then each command ends with "failed to load checkpoint: EOF".
    """
    stacks = session.program.parent / "state" / ".pulumi" / "stacks"
    empty = [file for file in stacks.rglob("*.json.attrs") if not file.stat().st_size]
    if empty:
        outcome = session.pulumi("stack", "export", status=None)
        assert "failed to load checkpoint: EOF" in outcome.output, outcome.output[-1000:]
    for file in empty:
        file.unlink()
    return bool(empty)


def pending_operations(session: Session) -> list[str]:
    """Returns the operations that the state does not know the end of, such as ``creating URN``."""
    operations = session.export()["deployment"].get("pending_operations") or []
    return [f"{one['type']} {one['resource']['urn']}" for one in operations]


def take_in(session: Session) -> list[str]:
    """Imports what AWS has and the state has not; deletes from the cluster what nothing takes over.

    Returns the names of what was taken in.
    """
    missing = not_in_state(session)
    for thing in missing:
        # `helm uninstall`, `kubectl delete`: a release and an object with a name of its own would
        # stand in the way, or beside the next one. All others are applied again.
        if thing.token == _RELEASE or _is_auto_named(thing):
            session.cloud.forget(thing)
    of_aws = {thing.urn: thing for thing in missing if thing.token.startswith("aws:")}
    if not of_aws:
        return []
    file = session.program / "import.json"
    session.pulumi("preview", "--import-file", str(file))
    plan = json.loads(file.read_text())
    found = _identified(plan, of_aws)
    assert len(found) == len(of_aws), f"{sorted(of_aws)} are not all in {file}"
    file.write_text(json.dumps({**plan, "resources": found}))
    session.pulumi(
        "import", "--file", str(file), "--protect=false", "--generate-code=false", "--yes"
    )
    return [thing.name for thing in of_aws.values()]


def _identified(plan: Mapping[str, Any], things: Mapping[str, Thing]) -> list[dict[str, Any]]:
    """Returns the resources of an import file that exist, with their IDs."""
    ids = {(thing.token, thing.name): thing.id for thing in things.values()}
    named = [
        {
            **resource,
            "id": ids.get((resource["type"], resource.get("logicalName", resource["name"]))),
        }
        for resource in plan["resources"]
    ]
    return [resource for resource in named if resource["id"]]


def forget_objects(session: Session) -> None:
    """Takes the cluster's objects out of the state, those first on which no other depends."""
    for urn in reversed([resource["urn"] for resource in session.resources()]):
        if is_of_kubernetes(urn):
            session.pulumi("state", "delete", urn, "--yes")


def sweep(session: Session) -> int:
    """Deletes by hand what the load balancer controller made; returns how many load balancers."""
    found = session.cloud.of(LOAD_BALANCER)
    for load_balancer in found:
        remove_interfaces(session.cloud, load_balancer.id)
        delete_security_group(session.cloud, load_balancer.properties["securityGroup"])
        session.cloud.forget(load_balancer)
    return len(found)


def not_in_state(session: Session) -> list[Thing]:
    """Returns what a program made in the cloud and the state does not know."""
    known = {(resource["type"], resource.get("id")) for resource in session.resources()}
    return [thing for thing in session.cloud if thing.urn and (thing.token, thing.id) not in known]


def _is_auto_named(thing: Thing) -> bool:
    metadata = thing.inputs.get("metadata") or {}
    return "pulumi.com/autonamed" in (metadata.get("annotations") or {})


def comparable(session: Session) -> dict[str, Any]:
    """Returns the resources of a state without what differs from run to run, by URN."""
    export = json.loads(session.pulumi("stack", "export", "--show-secrets").answer)
    return {
        resource["urn"]: _comparable(resource)
        for resource in export["deployment"].get("resources") or []
    }


def _comparable(resource: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in resource.items() if key not in _OF_ONE_RUN}
    if resource["type"].startswith("pulumi:providers:"):
        found.pop("id")
    if reference := resource.get("provider"):
        found["provider"] = reference.rpartition("::")[0]
    found["dependencies"] = sorted(resource.get("dependencies") or [])
    # An update notes no property that depends on nothing; a creation does.
    found["propertyDependencies"] = {
        key: sorted(urns)
        for key, urns in (resource.get("propertyDependencies") or {}).items()
        if urns
    }
    return found


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Returns what differs between two states, one line for each resource."""
    lines: list[str] = []
    for urn in sorted(expected.keys() | found.keys()):
        old, new = expected.get(urn), found.get(urn)
        if old is None or new is None:
            lines.append(f"{urn} is {'missing' if new is None else 'too many'}")
        elif keys := [key for key in {**old, **new} if old.get(key) != new.get(key)]:
            details = "; ".join(_parted(key, old.get(key), new.get(key)) for key in keys)
            lines.append(f"{urn} {details}")
    return lines


def _parted(path: str, old: Any, new: Any) -> str:
    """Returns where two values differ, as deep as it can be told."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return ", ".join(_parted(f"{path}.{key}", old.get(key), new.get(key)) for key in keys)
    return f"{path}: {old} -> {new}"[:300]


def in_cloud(state: Mapping[str, Any]) -> set[str]:
    """Returns the URNs of a state that exist in the cloud, and not in the engine alone."""
    return {
        urn
        for urn, resource in state.items()
        if resource.get("custom") and not resource["type"].startswith("pulumi:")
    }


def is_of_kubernetes(urn: str) -> bool:
    """Returns whether a URN is that of an object of the cluster."""
    return token_of(urn.split("::")[2]).startswith(_OF_KUBERNETES)


def until_it_succeeds(session: Session, *arguments: str, reasons: Sequence[str]) -> int:
    """Repeats a command until it succeeds, and returns how often it failed: for these reasons."""
    for failures in range(_RUNS):
        outcome = session.pulumi(*arguments, status=None)
        if outcome.status == 0:
            return failures
        assert any(reason in outcome.output for reason in reasons), outcome.output[-3000:]
    raise AssertionError(f"{arguments} does not succeed in {_RUNS} attempts")
