"""What a change of a shipped stack makes of it as it runs."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, Final

from conftest import exported_text
from programs import REGION, complete, record_platform, run_of_platform, section

from deployment.export import earlier, export
from deployment.steps import Operation, Property, Step
from deployment.verdicts import Update, Verdict
from offline.changes import changes
from report.changes import Alike, Telling
from report.shown import shown

# IDs that the simulated cloud makes up, and the account that it is in.
_ID: Final = re.compile(r"\b([a-z]+)-([0-9a-f]{17})\b")
_ACCOUNT: Final = re.compile(r"\b111122223333\b")
REAL_ACCOUNT: Final = "999988887777"
_CERTIFICATE: Final = "12345678-90ab-4cde-8f01-234567890abc"


def updated(
    sections: Mapping[str, Any] | None = None,
    stack: str = "dev",
    running: Mapping[str, Any] | None = None,
) -> Telling:
    """Returns what a change of a shipped stack's file makes of it.

    :param sections: what becomes of sections of the file.
    :param running: its export; ``None``: as the file is shipped.
    """
    data = running or json.loads(exported_text(stack))
    before = earlier(data)
    run = run_of_platform(sections, stack, before)
    update = Update(name="the running stack", before=before, steps=run.steps)
    return Telling(update=update, before=shown(data), after=shown(export(run.resources)))


def filled_in(stack: str) -> dict[str, Any]:
    """Returns the sections of a shipped stack that a deployment refuses, filled in."""
    cluster = section("cluster", stack)
    if stack == "dev":
        return {"cluster": {**cluster, "publicAccessCidrs": ["5.6.7.0/24"]}}
    return {
        "cluster": {**cluster, "admins": [f"arn:aws:iam::{REAL_ACCOUNT}:role/platform-admin"]},
        "sampleApp": {
            **section("sampleApp", stack),
            "hostname": "app.acme.dev",
            "certificateArn": f"arn:aws:acm:{REGION}:{REAL_ACCOUNT}:certificate/{_CERTIFICATE}",
        },
    }


@cache
def real_text(stack: str) -> str:
    """Returns a shipped stack's export as AWS and the real providers would have made it.

    It has other IDs than the simulated cloud's, another account, other names where the provider
    gives them, and what the providers add to the inputs.
    """
    made = json.dumps(complete(export(record_platform(filled_in(stack), stack))))
    text = _ID.sub(lambda found: f"{found[1]}-{_other(found[2])}", made)
    data = json.loads(_ACCOUNT.sub(REAL_ACCOUNT, text))
    names: dict[str, str] = {}
    for resource in data["deployment"]["resources"]:
        for key in ("name", "nodeGroupName"):
            name = resource["inputs"].get(key)
            if isinstance(name, str) and re.fullmatch(r".*-[0-9a-f]{7}", name):
                names[name] = f"{name[:-7]}{_other(name)[:7]}"
    text = json.dumps(data)
    for name, real in names.items():
        text = text.replace(name, real)
    data = json.loads(text)
    for resource in data["deployment"]["resources"]:
        _complete(resource)
    return json.dumps(data)


def _complete(resource: dict[str, Any]) -> None:
    """Adds what real providers add to inputs and outputs."""
    inputs, outputs = resource["inputs"], resource["outputs"]
    if resource["type"].startswith("aws:"):
        inputs["__defaults"] = ["name", "forceDetachPolicies"]
        outputs["__meta"] = '{"schema_version":"1"}'
        if resource["type"] == "aws:iam/role:Role":
            inputs["forceDetachPolicies"] = False
        if "tags" in inputs:
            inputs["tagsAll"] = inputs["tags"]
        if "region" in outputs:
            inputs["region"] = outputs["region"]
    elif resource["type"].startswith("kubernetes:helm.sh"):
        resource["inputs"] = {"__defaults": [], "timeout": 300, "compat": "true"} | inputs
    elif resource["type"].startswith("kubernetes:"):
        outputs["__initialApiVersion"] = inputs.get("apiVersion")
    elif resource["type"].startswith("pulumi:providers:"):
        resource["id"] = f"00000000-{_other(resource['urn'])[:4]}-4000-8000-000000000000"


def _other(seed: str) -> str:
    return sha256(seed.encode()).hexdigest()[:17]


def verdicts(telling: Telling) -> dict[str, str]:
    """Returns the verdict on each resource that does not stay the same, by type and name."""
    return {
        f"{change.step.resource.short_type} {change.step.resource.name}": change.verdict.value
        for change in telling.update.changes
        if change.verdict is not Verdict.SAME
    }


def notes(telling: Telling, name: str) -> Sequence[str]:
    """Returns what is told of a resource, by type and name, beside its properties."""
    (group,) = [
        group
        for group in telling.groups()
        if name in {f"{resource.short_type} {resource.name}" for resource in group.resources}
    ]
    return group.notes


def groups_of(telling: Telling, verdict: Verdict) -> list[Alike]:
    """Returns the groups with a verdict."""
    return [group for group in telling.groups() if group.verdict is verdict]


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Telling:
    """Returns what is told where every resource that differs between two exports is replaced."""
    old, new = earlier(before), earlier(after)
    steps = [
        Step(
            resource=resource,
            operation=Operation.REPLACE if resource.urn in old.by_urn else Operation.CREATE,
            before=old.by_urn.get(resource.urn),
            changes=tuple(
                Property(place=change.place)
                for change in changes(
                    resource.type,
                    old.by_urn[resource.urn].inputs if resource.urn in old.by_urn else {},
                    resource.inputs,
                )
            ),
        )
        for resource in new
    ]
    gone = [resource for resource in old if resource.urn not in new.by_urn]
    steps += [Step(resource=r, operation=Operation.DELETE, before=r) for r in gone]
    update = Update(name="x", before=old, steps=steps)
    return Telling(update=update, before=shown(before), after=shown(after))
