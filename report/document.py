"""The report as one HTML file that needs nothing beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from deployment.deployment import Deployment
from deployment.types import NODE_GROUP
from planning.pod_ips.demand import AddressPlan
from planning.scheduling import may_run_on_spot
from planning.shutdown import ShutdownBudget, check

from .architecture import read_architecture
from .charts import capacity_curve, shutdown_timeline
from .components import draw_components, rows
from .costs import estimate
from .critical_path import critical_path, types_without_duration
from .diagram import draw_architecture
from .differences import compare
from .policy_results import PolicyResult
from .terminal import counts_as_text, package_counts
from .tree import tree

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_LEGEND: Final = (
    ("ingress", "requests: load balancer to pods by IP"),
    ("egress", "way out through NAT"),
    ("mount", "files"),
    ("control-plane", "control plane"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of the page.

    :param id: its anchor, and the name of its template.
    :param content: what the template shows, by name.
    """

    id: str
    title: str
    content: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a report is about.

    :param addresses: what the stack asks of its subnets, where its file is at hand.
    :param policies: what the policies found.
    :param against: another deployment to compare with, and what to call it.
    """

    deployment: Deployment
    addresses: AddressPlan | None = None
    policies: Sequence[PolicyResult] = ()
    against: tuple[str, Deployment] | None = None


def render(report: Content) -> str:
    """Returns the report."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sections = list(_sections(report))
    content = {key: value for section in sections for key, value in section.content.items()}
    deployment = report.deployment
    counts = package_counts(deployment)
    return environment.get_template("report.html").render(
        stack=deployment.name,
        plan=deployment.plan,
        totals=f"{counts.total()} resources: {counts_as_text(counts)}",
        sections=sections,
        style=_own("style.css"),
        script=_own("script.js"),
        **content,
    )


def _sections(report: Content) -> Iterator[Section]:
    deployment = report.deployment
    yield from _plan_sections(deployment, report.addresses)
    yield Section(id="policies", title="Policies", content={"policies": report.policies})
    yield _dependencies(deployment)
    yield Section(id="costs", title="Monthly cost", content={"costs": estimate(deployment)})
    if report.against:
        name, before = report.against
        content = {"against": name, "differences": compare(before, deployment)}
        yield Section(id="differences", title="Differences", content=content)


def _plan_sections(deployment: Deployment, addresses: AddressPlan | None) -> Iterator[Section]:
    architecture = read_architecture(deployment)
    if architecture:
        drawn = draw_architecture(architecture)
        yield Section(
            id="architecture",
            title="Architecture",
            content={"architecture": drawn, "architecture_legend": _LEGEND},
        )
    yield Section(id="resources", title="Resources", content={"tree": tree(deployment)})
    if deployment.plan:
        curve = Markup(capacity_curve(addresses, deployment.name)) if addresses else ""  # noqa: S704  Matplotlib escapes texts
        content = {"curve": curve, "share": _share}
        yield Section(id="capacity", title="Subnet capacity", content=content)
    if deployment.plan.get("shutdown"):
        content = {"shutdown": list(_shutdown(deployment))}
        yield Section(id="shutdown", title="Graceful shutdown", content=content)


def _dependencies(deployment: Deployment) -> Section:
    path = critical_path(deployment)
    content = {
        "dependencies": draw_components(deployment, path),
        "component_rows": rows(deployment),
        "critical": path,
        "critical_seconds": sum(step.seconds for step in path),
        "without_duration": types_without_duration(deployment),
    }
    return Section(id="dependencies", title="Dependencies", content=content)


def _shutdown(deployment: Deployment) -> Iterator[Mapping[str, Any]]:
    on_spot = may_run_on_spot(
        (
            group.inputs.get("capacityType", ""),
            {taint["effect"] for taint in group.inputs.get("taints") or ()},
        )
        for group in deployment.of(NODE_GROUP)
    )
    for index, (name, summary) in enumerate(deployment.plan["shutdown"].items()):
        budget = ShutdownBudget.from_data(summary)
        yield {
            "name": name,
            "timeline": Markup(shutdown_timeline(budget, f"timeline-{index}")),  # noqa: S704  numbers alone
            "rules": check(budget, on_spot=on_spot),
            "idle": budget.idle_timeout_seconds,
            "keep_alive": budget.keep_alive_seconds,
        }


def _share(subnet: Mapping[str, Any]) -> float:
    """Returns the part of a subnet that is needed, in percent and at most 100."""
    usable = subnet["usableAddresses"] or 1
    return round(min(100 * subnet["neededAddresses"] / usable, 100), 2)


def _own(name: str) -> Markup:
    """Returns a file of this package that goes into the page as it is."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704  our own file
