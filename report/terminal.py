"""The preview as people read it: the resources by component, then the plan in figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from deployment.export import STACK_TYPE, RecordedResource
from deployment.properties import plain_map
from deployment.totals import as_text, package_counts

_SHUTDOWN_LABELS: Final = {
    "propagationSeconds": "assumed lag of the load balancer",
    "longestRequestSeconds": "longest request",
    "preStopSeconds": "preStop sleep",
    "graceSeconds": "grace period",
    "drainLimitSeconds": "application's own drain limit",
    "deregistrationDelaySeconds": "deregistration delay",
    "idleTimeoutSeconds": "load balancer's idle timeout",
    "keepAliveSeconds": "target's keep-alive",
}


def show(resources: Sequence[RecordedResource], console: Console) -> None:
    """Prints the resource tree and the plan of a stack."""
    stack = next(resource for resource in resources if resource.type == STACK_TYPE)
    console.print(_tree(stack, resources))
    plan = plain_map(stack.outputs).get("plan")
    if plan:
        console.print(_plan(plan))
    console.print(_totals(resources))


def _tree(stack: RecordedResource, resources: Iterable[RecordedResource]) -> Tree:
    children: dict[str, list[RecordedResource]] = defaultdict(list)
    for resource in resources:
        children[resource.parent].append(resource)
    root = Tree(Text(stack.name, style="bold"))
    for provider in sorted(children[""], key=_order):
        if provider.urn != stack.urn:
            root.add(_label(provider))
    _grow(root, stack.urn, children)
    return root


def _grow(branch: Tree, urn: str, children: dict[str, list[RecordedResource]]) -> None:
    for resource in sorted(children[urn], key=_order):
        _grow(branch.add(_label(resource)), resource.urn, children)


def _order(resource: RecordedResource) -> tuple[bool, str, str]:
    return resource.custom, resource.type, resource.name


def _label(resource: RecordedResource) -> Text:
    style = "cyan" if resource.custom else "bold"
    return Text.assemble((resource.name, style), "  ", (resource.type, "dim"))


def _plan(plan: dict[str, Any]) -> Group:
    version = Text(
        f"\nKubernetes {plan['kubernetesVersion']}, in standard support until "
        f"{plan['standardSupportEnds']}\n"
    )
    parts = [version, _pod_ips(plan["podIps"]), "", _subnets(plan["subnets"])]
    if plan["shutdown"]:
        parts += ["", _shutdown(plan["shutdown"])]
    return Group(*parts)


def _pod_ips(plan: dict[str, Any]) -> Group:
    unit = "/28 prefixes" if plan["prefixDelegation"] else "single addresses"
    place = "in subnets of the pods' own" if plan["customNetworking"] else "in the nodes' subnets"
    targets = ", ".join(f"{name}={value}" for name, value in sorted(plan["warmTargets"].items()))
    how = Text(f"Pods get {unit} {place}; {targets} ({plan['warmTargetsFrom']})")
    table = _table("Pods of a node")
    for heading in ("node group", "instance types"):
        table.add_column(heading)
    for heading in ("max nodes", "max pods", "interfaces", "addresses when full"):
        table.add_column(heading, justify="right")
    for name, group in plan["nodeGroups"].items():
        numbers = ("maxNodes", "maxPods", "interfaces", "subnetAddresses")
        table.add_row(
            name, ", ".join(group["instanceTypes"]), *(f"{group[key]:,}" for key in numbers)
        )
    return Group(table, how)


def _subnets(subnets: list[dict[str, Any]]) -> Table:
    table = _table("Subnets, with node groups at their maximum and full")
    for heading in ("zone", "role", "block"):
        table.add_column(heading, no_wrap=True)
    for heading in ("needed", "usable"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("taken by")
    for subnet in subnets:
        table.add_row(
            subnet["zone"],
            subnet["role"],
            subnet["cidr"],
            f"{subnet['neededAddresses']:,}",
            f"{subnet['usableAddresses']:,}",
            "; ".join(use["what"] for use in subnet["uses"]),
        )
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=None, pad_edge=False)


def _shutdown(budgets: dict[str, dict[str, int]]) -> Table:
    table = _table("Graceful shutdown, seconds")
    table.add_column("what")
    for name in budgets:
        table.add_column(name, justify="right")
    for key, label in _SHUTDOWN_LABELS.items():
        table.add_row(label, *(str(budget[key]) for budget in budgets.values()))
    return table


def _totals(resources: Iterable[RecordedResource]) -> Text:
    counts = package_counts(resources)
    return Text(f"\n{counts.total()} resources to create: {as_text(counts)}", style="bold")
