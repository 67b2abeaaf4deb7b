"""The report as one HTML file that needs nothing beside it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from deployment.deployment import Deployment
from deployment.texts import json_text, printable_lines
from deployment.types import NODE_GROUP, NODE_POOL
from planning.plan import Plan
from planning.scheduling.taints import may_run_on_spot
from planning.shutdown import NodeLimit, ShutdownBudget, check
from policy.evaluation import Finding
from policy.node_pools import bought, patience

from .architecture import read_architecture
from .changes import Telling, totals
from .components import draw_components, rows
from .costs import estimate
from .critical_path import critical_path, types_without_duration
from .diagram import draw_architecture
from .figures import svg_element
from .findings import ordered
from .first_screen import facts, verdict
from .subnet_plot import subnet_figure
from .terminal import counts_as_text, package_counts
from .timeline import shutdown_figure

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
# The sections in their order: the anchor, which is the name of the template, and the title.
_TITLES: Final = {
    "architecture": "Architecture",
    "resources": "Resources",
    "capacity": "Subnet capacity",
    "shutdown": "Graceful shutdown",
    "policies": "Policies",
    "dependencies": "Dependencies",
    "costs": "Monthly cost",
    "differences": "Differences",
}
_AS_JSON: Final = partial(json_text, indent=2)
_LEGEND: Final = {
    "ingress": "requests: load balancer to pods by IP",
    "egress": "way out through NAT",
    "mount": "files",
    "control-plane": "control plane",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a report is about.

    :param plan: what the program has planned, where it has just run.
    :param findings: what the policies found.
    :param made: the day of the report.
    :param changes: what becomes of an earlier deployment.
    """

    deployment: Deployment
    plan: Plan | None = None
    findings: Sequence[Finding] = ()
    made: date | None = None
    changes: Telling | None = None


def render(report: Content) -> str:
    """Returns the report."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    deployment = report.deployment
    sections, costs = _sections(report), estimate(deployment)
    content = {key: value for section in sections.values() for key, value in section.items()}
    counts = package_counts(deployment)
    shutdown = {app["name"]: app["rules"] for app in content.get("shutdown", ())}
    return environment.get_template("report.html").render(
        stack=deployment.name,
        facts=list(facts(deployment, costs.region, report.made)),
        verdict=verdict(deployment, report.findings, shutdown, costs, content["critical"]),
        plan=deployment.plan,
        costs=costs,
        totals=f"{counts.total()}: {counts_as_text(counts)}",
        titles={name: title for name, title in _TITLES.items() if name in sections},
        style=_own("style.css"),
        script=_own("script.js"),
        **content,
    )


def _finalized(value: object) -> object:
    """Returns what the page shows of a value: texts as they are seen; markup is our own."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable_lines(value)
    return value


def _sections(report: Content) -> dict[str, Mapping[str, Any]]:
    """Returns what the template of each section shows, for the sections that have something."""
    deployment, path = report.deployment, critical_path(report.deployment)
    sections: dict[str, Mapping[str, Any]] = {
        "resources": {"deployment": deployment, "as_json": _AS_JSON},
        "policies": {"findings": ordered(report.findings)},
        "dependencies": {
            "dependencies": draw_components(deployment, path),
            "component_rows": rows(deployment),
            "critical": path,
            "critical_seconds": sum(step.seconds for step in path),
            "without_duration": types_without_duration(deployment),
        },
        "costs": {},
    }
    if architecture := read_architecture(deployment):
        drawn = draw_architecture(architecture)
        sections["architecture"] = {"architecture": drawn, "architecture_legend": _LEGEND}
    if deployment.plan:
        plan, name = report.plan, deployment.name
        curve = plan and _figure("curve", partial(subnet_figure, plan.addresses, title=name))
        sections["capacity"] = {"curve": curve, "share": _share}
    if budgets := deployment.plan.get("shutdown"):
        sections["shutdown"] = {"shutdown": list(_shutdown(deployment, budgets))}
    if told := report.changes:
        groups = told.groups()
        sections["differences"] = {"update": told.update, "groups": groups, "total": totals}
    return sections


def _shutdown(deployment: Deployment, budgets: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields what is shown of each application."""
    on_spot = may_run_on_spot(
        (
            *(
                (
                    group.inputs.get("capacityType", ""),
                    {taint["effect"] for taint in group.inputs.get("taints") or ()},
                )
                for group in deployment.of(NODE_GROUP)
            ),
            *map(bought, deployment.of(NODE_POOL)),
        )
    )
    limits = [NodeLimit(seconds=waits, key=key) for waits, key in patience(deployment)]
    for index, (name, data) in enumerate(budgets.items()):
        budget = ShutdownBudget.from_data(data)
        timeline = _figure(f"timeline-{index}", partial(shutdown_figure, budget))
        rules = check(budget, on_spot=on_spot, limits=limits)
        yield {"name": name, "timeline": timeline, "rules": rules, "budget": budget}


def _figure(name: str, draw: Callable[[], Figure]) -> Markup:
    return Markup(svg_element(draw, name))  # noqa: S704  Matplotlib escapes texts


def _share(subnet: Mapping[str, Any]) -> float:
    """Returns the part of a subnet that is needed, in percent and at most 100."""
    usable = subnet["usableAddresses"] or 1
    return round(min(100 * subnet["neededAddresses"] / usable, 100), 2)


def _own(name: str) -> Markup:
    """Returns a file of this package that goes into the page as it is."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704  our own file
