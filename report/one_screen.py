"""The preview on one screen, and as data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from deployment.export import STACK_TYPE, RecordedResource
from deployment.properties import plain_map
from deployment.totals import as_text, package_counts
from planning.plan import shutdown_budget
from planning.shutdown import inequalities


def show(resources: Sequence[RecordedResource], console: Console) -> None:
    """Prints what a reader of a preview looks for first."""
    stack = next(resource for resource in resources if resource.type == STACK_TYPE)
    console.print(Text(stack.name, style="bold"))
    console.print(_components(stack, resources))
    plan = plain_map(stack.outputs).get("plan")
    if plan:
        console.print(_plan(plan))
    counts = package_counts(resources)
    total = f"\n{counts.total()} resources to create: {as_text(counts)}"
    console.print(Text(total, style="bold"))


def as_data(resources: Sequence[RecordedResource]) -> dict[str, Any]:
    """Returns the stack's name, its totals and its plan."""
    stack = next(resource for resource in resources if resource.type == STACK_TYPE)
    counts = package_counts(resources)
    return {
        "stack": stack.urn.split(":")[2],
        "totals": {"resources": counts.total(), "packages": dict(sorted(counts.items()))},
        "plan": plain_map(stack.outputs).get("plan"),
    }


def _components(stack: RecordedResource, resources: Sequence[RecordedResource]) -> Text:
    by_urn = {resource.urn: resource for resource in resources}
    counts: Counter[str] = Counter()
    for resource in resources:
        part = resource
        while part.parent and part.parent != stack.urn:
            part = by_urn[part.parent]
        if resource.custom and part.parent:
            counts[part.name] += 1
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return Text(f"Resources by component: {listed}")


def _plan(plan: Mapping[str, Any]) -> Group:
    version = Text(
        f"Kubernetes {plan['kubernetesVersion']}, in standard support until "
        f"{plan['standardSupportEnds']}\n"
    )
    groups = _table("node group", "instance types", right=("max nodes", "max pods of a node"))
    for name, group in plan["podIps"]["nodeGroups"].items():
        types = ", ".join(group["instanceTypes"])
        groups.add_row(name, types, str(group["maxNodes"]), str(group["maxPods"]))
    apps = _table("application", "graceful stop")
    for name, summary in plan["shutdown"].items():
        apps.add_row(name, _stop(summary))
    parts = [version, groups, "", _tightest(plan["subnets"])]
    return Group(*parts, *(["", apps] if plan["shutdown"] else []))


def _tightest(subnets: Sequence[Mapping[str, Any]]) -> Table:
    """Returns the subnet of each role that has least left."""
    table = _table("role", "tightest subnet", "zone", right=("needed", "usable"))
    by_role: dict[str, Mapping[str, Any]] = {}
    for subnet in subnets:
        known = by_role.get(subnet["role"])
        if known is None or _left(subnet) < _left(known):
            by_role[subnet["role"]] = subnet
    for role, subnet in by_role.items():
        numbers = (f"{subnet[key]:,}" for key in ("neededAddresses", "usableAddresses"))
        table.add_row(role, subnet["cidr"], subnet["zone"], *numbers)
    return table


def _left(subnet: Mapping[str, Any]) -> int:
    return int(subnet["usableAddresses"]) - int(subnet["neededAddresses"])


def _stop(summary: Any) -> str:
    rules = inequalities(shutdown_budget(summary))
    broken = [rule.rule for rule in rules if not rule.holds]
    if broken:
        return f"breaks {'; '.join(broken)}"
    return f"{len(rules)} of {len(rules)} inequalities hold; grace {summary['graceSeconds']} s"


def _table(*headings: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    for heading in right:
        table.add_column(heading, justify="right")
    return table
