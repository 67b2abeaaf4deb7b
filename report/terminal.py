"""The preview as people read it: resources and the plan in figures, whole or on one screen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

from deployment.deployment import Deployment
from deployment.resource import Resource
from planning.shutdown import ShutdownBudget, check

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
_GROUP_NUMBERS: Final = {
    "max nodes": "maxNodes",
    "max pods": "maxPods",
    "interfaces": "interfaces",
    "addresses when full": "subnetAddresses",
}


def show(deployment: Deployment, console: Console, *, summary: bool = False) -> None:
    """Prints the resources and the plan of a stack.

    :param summary: whether to print counts in place of the resources, and the plan's main figures.
    """
    plan = deployment.plan
    console.print(_counts_by_component(deployment) if summary else _tree(deployment))
    if plan:
        for part in (_plan_in_short if summary else _plan)(plan):
            console.print(part)
    counts = package_counts(deployment)
    total = f"\n{counts.total()} resources to create: {counts_as_text(counts)}"
    console.print(Text(total, style="bold"))


def as_data(deployment: Deployment) -> dict[str, Any]:
    """Returns the stack's name, its totals and its plan."""
    counts = package_counts(deployment)
    return {
        "stack": deployment.name,
        "totals": {"resources": counts.total(), "packages": dict(sorted(counts.items()))},
        "plan": deployment.plan or None,
    }


def package_counts(resources: Iterable[Resource]) -> Counter[str]:
    """Returns the number of resources of each package, without Pulumi's own."""
    return Counter(
        resource.type.split(":")[0]
        for resource in resources
        if resource.custom and not resource.type.startswith("pulumi:")
    )


def counts_as_text(counts: Counter[str]) -> str:
    """Returns the packages and their numbers, in the order of their names."""
    return ", ".join(f"{count} {package}" for package, count in sorted(counts.items()))


def _tree(deployment: Deployment) -> Tree:
    stack = deployment.stack
    root = Tree(Text(stack.name, style="bold"))
    providers = [resource for resource in deployment.roots if resource is not stack]
    _grow(root, [*providers, *deployment.children(stack.urn)], deployment)
    return root


def _grow(branch: Tree, resources: Iterable[Resource], deployment: Deployment) -> None:
    for resource in resources:
        name = (resource.name, "cyan" if resource.custom else "bold")
        label = Text.assemble(name, "  ", (resource.type, "dim"))
        _grow(branch.add(label), deployment.children(resource.urn), deployment)


def _counts_by_component(deployment: Deployment) -> Text:
    counts = Counter(
        deployment.component(resource).name
        for resource in deployment
        if resource.custom and resource.parent
    )
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    title = (deployment.stack.name, "bold")
    return Text.assemble(title, f"\nResources by component: {listed}")


def _plan(plan: Mapping[str, Any]) -> Sequence[RenderableType]:
    pods, subnets = plan["podIps"], plan["subnets"]
    parts: list[RenderableType] = [
        f"\n{_version(plan)}\n",
        _node_groups(pods, _GROUP_NUMBERS),
        _pod_addresses(pods),
        "",
        _table(
            ("zone", "role", "block"),
            ("needed", "usable"),
            [
                (*_subnet(subnet), "; ".join(use["what"] for use in subnet["uses"]))
                for subnet in subnets
            ],
            title="Subnets, with node groups at their maximum and full",
            last="taken by",
        ),
    ]
    if budgets := plan["shutdown"]:
        rows = [
            (label, *(str(budget[key]) for budget in budgets.values()))
            for key, label in _SHUTDOWN_LABELS.items()
        ]
        parts += ["", _table(("what",), budgets, rows, title="Graceful shutdown, seconds")]
    return parts


def _plan_in_short(plan: Mapping[str, Any]) -> Sequence[RenderableType]:
    numbers = {"max nodes": "maxNodes", "max pods of a node": "maxPods"}
    parts: list[RenderableType] = [
        f"{_version(plan)}\n",
        _node_groups(plan["podIps"], numbers, title=""),
        "",
        _table(
            ("zone", "role", "tightest subnet"),
            ("needed", "usable"),
            [_subnet(subnet) for subnet in _tightest(plan["subnets"])],
        ),
    ]
    if budgets := plan["shutdown"]:
        rows = [(name, _stop(ShutdownBudget.from_data(data))) for name, data in budgets.items()]
        parts += ["", _table(("application", "graceful stop"), (), rows)]
    return parts


def _version(plan: Mapping[str, Any]) -> str:
    ends = plan["standardSupportEnds"]
    return f"Kubernetes {plan['kubernetesVersion']}, in standard support until {ends}"


def _node_groups(
    pods: Mapping[str, Any], numbers: Mapping[str, str], title: str = "Pods of a node"
) -> Table:
    rows = [
        (name, ", ".join(group["instanceTypes"]), *(f"{group[key]:,}" for key in numbers.values()))
        for name, group in pods["nodeGroups"].items()
    ]
    return _table(("node group", "instance types"), numbers, rows, title=title)


def _pod_addresses(pods: Mapping[str, Any]) -> Text:
    unit = "/28 prefixes" if pods["prefixDelegation"] else "single addresses"
    place = "in subnets of the pods' own" if pods["customNetworking"] else "in the nodes' subnets"
    targets = ", ".join(f"{name}={value}" for name, value in sorted(pods["warmTargets"].items()))
    return Text(f"Pods get {unit} {place}; {targets} ({pods['warmTargetsFrom']})")


def _subnet(subnet: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = (f"{subnet[key]:,}" for key in ("neededAddresses", "usableAddresses"))
    return subnet["zone"], subnet["role"], subnet["cidr"], *numbers


def _tightest(subnets: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Returns the subnet of each role that has least left."""

    def left(subnet: Mapping[str, Any]) -> int:
        return int(subnet["usableAddresses"]) - int(subnet["neededAddresses"])

    roles = dict.fromkeys(subnet["role"] for subnet in subnets)
    return [min((s for s in subnets if s["role"] == role), key=left) for role in roles]


def _stop(budget: ShutdownBudget) -> str:
    verdicts = check(budget)
    broken = [verdict.rule.formula for verdict in verdicts if not verdict.holds]
    if broken:
        return f"breaks {'; '.join(broken)}"
    return f"all {len(verdicts)} rules hold; grace period {budget.grace_seconds} s"


def _table(
    left: Iterable[str],
    right: Iterable[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    last: str = "",
) -> Table:
    columns = [
        *(Column(heading, no_wrap=bool(last)) for heading in left),
        *(Column(heading, no_wrap=bool(last), justify="right") for heading in right),
        *(Column(heading) for heading in [last] if heading),
    ]
    table = Table(*columns, title=title or None, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    return table
