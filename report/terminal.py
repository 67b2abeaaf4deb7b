"""The preview as people read it: resources and the plan in figures, whole or on one screen."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from deployment.deployment import Deployment
from deployment.resource import Resource
from planning.pod_ips.table import taken_by_place
from planning.shutdown import ShutdownBudget, check

from .console import PlainConsole
from .tables import print_fitted, table

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
# The columns of one table.
_APPLICATIONS_BESIDE: Final = 3
_ASKED: Final = {"pods": "pods", "CPU": "cpuMillicores", "memory": "memoryMib"}
# By what the plan says of pods on nodes.
_HELD: Final = {"fits": "held", "uncertain": "not certain", "impossible": "not held"}
_PLACEMENT: Final = {"fits": "all run", "uncertain": "not certain", "impossible": "do not all run"}
_GROUP_NUMBERS: Final = {
    "max\nnodes": "maxNodes",
    "max\npods": "maxPods",
    "ENIs": "interfaces",
    "addresses": "subnetAddresses",
}


def show(
    deployment: Deployment, console: PlainConsole, *, summary: bool = False, creates: bool = True
) -> None:
    """Prints the resources and the plan of a stack.

    :param summary: whether to print counts in place of the resources, and the plan's main figures.
    :param creates: whether all resources are new.
    """
    plan = deployment.plan
    if summary:
        print_fitted(console, _counts_by_component(deployment))
    else:
        console.print(_tree(deployment))
    if plan:
        print_fitted(console, *(_plan_in_short if summary else _plan)(plan))
    counts = package_counts(deployment)
    of_what = "resources to create" if creates else "resources"
    total = f"\n{counts.total()} {of_what}: {counts_as_text(counts)}"
    console.print(Text(total, style="bold"))


def show_warnings(warnings: Sequence[str], console: PlainConsole) -> None:
    """Prints what the program warns of: what is not checked, and what is left to do."""
    if warnings:
        console.print(Text(f"\nWarnings: {len(warnings)}", style="bold"))
    for warning in warnings:
        print_fitted(console, Padding(Text(warning, style="yellow"), (0, 0, 0, 2)))


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
    _grow(root, [*deployment.children(stack.urn), *providers], deployment)
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
        _subnets(subnets),
        "",
        table(("subnets", "taken by"), (), _taken_by(subnets)),
        *_pods_on_nodes(plan),
        *_quotas(plan),
    ]
    if budgets := plan["shutdown"]:
        names = list(budgets)
        for start in range(0, len(names), _APPLICATIONS_BESIDE):
            parts += [
                "",
                _shutdown({name: budgets[name] for name in names[start:][:_APPLICATIONS_BESIDE]}),
            ]
    return parts


def _shutdown(budgets: Mapping[str, Mapping[str, Any]]) -> RenderableType:
    rows = [
        (label, *(str(budget[key]) for budget in budgets.values()))
        for key, label in _SHUTDOWN_LABELS.items()
    ]
    return table(("what",), budgets, rows, title="Graceful shutdown, seconds")


def _plan_in_short(plan: Mapping[str, Any]) -> Sequence[RenderableType]:
    numbers = {"max nodes": "maxNodes", "max pods of a node": "maxPods"}
    parts: list[RenderableType] = [
        f"{_version(plan)}\n",
        _node_groups(plan["podIps"], numbers, title=""),
        "",
        table(
            ("zone", "role", "tightest subnet"),
            ("needed", "usable"),
            [(s["zone"], s["role"], s["cidr"], *_numbers(s)) for s in _tightest(plan["subnets"])],
        ),
        *_fullest_nodes(plan),
    ]
    if budgets := plan["shutdown"]:
        rows = [(name, _stop(ShutdownBudget.from_data(data))) for name, data in budgets.items()]
        parts += ["", table(("application", "graceful stop"), (), rows)]
    return parts


def _version(plan: Mapping[str, Any]) -> str:
    ends = plan["standardSupportEnds"]
    return f"Kubernetes {plan['kubernetesVersion']}, in standard support until {ends}"


def _node_groups(
    pods: Mapping[str, Any],
    numbers: Mapping[str, str],
    title: str = "Pods of a node, and addresses when it is full",
) -> RenderableType:
    rows = [
        (name, ", ".join(group["instanceTypes"]), *(f"{group[key]:,}" for key in numbers.values()))
        for name, group in pods["nodeGroups"].items()
    ]
    return table(("node group", "instance types"), numbers, rows, title=title)


def _pod_addresses(pods: Mapping[str, Any]) -> Text:
    unit = "/28 prefixes" if pods["prefixDelegation"] else "single addresses"
    place = "in subnets of the pods' own" if pods["customNetworking"] else "in the nodes' subnets"
    targets = ", ".join(f"{name}={value}" for name, value in sorted(pods["warmTargets"].items()))
    return Text(f"Pods get {unit} {place}; {targets} ({pods['warmTargetsFrom']})")


def _subnets(subnets: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Returns a line for each subnet, below a line for each role."""
    rows: list[Sequence[RenderableType]] = []
    for role, alike in _by_role(subnets).items():
        rows.append([Text(role, style="bold")])
        rows += [(f"  {s['zone']}", s["cidr"], *_numbers(s)) for s in alike]
    title = "Subnets, with node groups at their maximum and full"
    return table(("zone", "block"), ("needed", "usable"), rows, title=title)


def _taken_by(subnets: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    return taken_by_place(
        (s["role"], s["zone"], "; ".join(use["what"] for use in s["uses"])) for s in subnets
    )


def _by_role(subnets: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    roles = dict.fromkeys(subnet["role"] for subnet in subnets)
    return {role: [s for s in subnets if s["role"] == role] for role in roles}


def _numbers(subnet: Mapping[str, Any]) -> Sequence[str]:
    return [f"{subnet[key]:,}" for key in ("neededAddresses", "usableAddresses")]


def _tightest(subnets: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Returns the subnet of each role that is fullest."""

    def share(subnet: Mapping[str, Any]) -> float:
        return float(subnet["neededAddresses"] / max(1, subnet["usableAddresses"]))

    return [max(alike, key=share) for alike in _by_role(subnets).values()]


def _pods_on_nodes(plan: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Yields what pods ask of nodes and whether all run, and if not, what keeps them from it."""
    placements: Mapping[str, Any] = plan.get("podsOnNodes", {})
    if not placements:
        return
    rows = [
        (size, _PLACEMENT[at["verdict"]], f"{at['nodes']:,}", *_asked_and_had(at))
        for size, at in placements.items()
    ]
    title = "Pods on nodes, and what they ask for of what there is"
    yield ""
    yield table(("size", "outcome"), ("nodes", *_ASKED), rows, title=title)
    for size, at in placements.items():
        for reason in at["reasons"]:
            yield Text(f"{size}: {reason}")
        if names := at["mayLoseTheirVolume"]:
            yield Text(f"{size}: a node lost may leave its zone and a volume: {', '.join(names)}")


def _quotas(plan: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Yields what quotas of teams allow, and what nodes have for them at their maximum."""
    if not (rooms := plan.get("quotas", [])):
        return
    rows = [
        (", ".join(room["nodes"]), _HELD[room["verdict"]], *_asked_and_had(room)) for room in rooms
    ]
    title = "Quotas of teams, and what nodes have beside the platform's pods at their maximum"
    yield ""
    yield table(("nodes", "outcome"), (*_ASKED,), rows, title=title)


def _fullest_nodes(plan: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Yields one line: whether pods run on nodes, and what of them is asked for most."""
    found: list[str] = []
    for size, at in plan.get("podsOnNodes", {}).items():
        shares = {name: at["asked"][key] / (at["had"][key] or 1) for name, key in _ASKED.items()}
        most = max(shares, key=lambda name: shares[name])
        found.append(f"{size} {_PLACEMENT[at['verdict']]}, {most} {shares[most]:.0%}")
    if found:
        yield Text(f"\nPods on nodes: {'; '.join(found)}")


def _asked_and_had(at: Mapping[str, Any]) -> Iterator[str]:
    for key, unit in (("pods", ""), ("cpuMillicores", "m"), ("memoryMib", " MiB")):
        yield f"{at['asked'][key]:,} of {at['had'][key]:,}{unit}"


def _stop(budget: ShutdownBudget) -> str:
    verdicts = check(budget)
    broken = [verdict.rule.formula for verdict in verdicts if not verdict.holds]
    if broken:
        return f"breaks {'; '.join(broken)}"
    return f"all {len(verdicts)} rules hold; grace period {budget.grace_seconds} s"
