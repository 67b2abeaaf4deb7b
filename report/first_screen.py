"""What a report begins with: which stack it is of, and the verdict on it in five figures."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from deployment.deployment import Deployment
from planning.shutdown import Verdict
from policy.evaluation import Finding
from policy.rules import RULES

from .costs import Estimate
from .critical_path import Step

_PROVIDERS = "pulumi:providers:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure of the verdict.

    :param section: the section that says more.
    :param text: what it is a figure of.
    :param state: whether something is to be done; nothing where the figure is no verdict.
    """

    section: str
    title: str
    value: str
    text: str
    state: Literal["good", "warn", "bad", ""] = ""


def facts(deployment: Deployment, region: str, made: date | None) -> Iterator[tuple[str, str]]:
    """Yields the stack's project, region, the report's date and versions, as far as known."""
    yield "Project", deployment.stack.urn.split("::")[1]
    if region:
        yield "Region", region
    if made:
        yield "Date", made.isoformat()
    if plan := deployment.plan:
        ends = plan["standardSupportEnds"]
        yield "Kubernetes", f"{plan['kubernetesVersion']}, in standard support until {ends}"
    versions = {
        resource.type.removeprefix(_PROVIDERS): resource.inputs["version"]
        for resource in deployment
        if resource.type.startswith(_PROVIDERS) and "version" in resource.inputs
    }
    if versions:
        yield "Providers", ", ".join(f"{name} {versions[name]}" for name in sorted(versions))


def verdict(
    deployment: Deployment,
    findings: Sequence[Finding],
    shutdown: Mapping[str, Sequence[Verdict]],
    costs: Estimate,
    path: Sequence[Step],
) -> Sequence[Figure]:
    """Returns the five figures.

    :param shutdown: what each rule of a graceful stop says, by application.
    :param path: the critical path.
    """
    seconds = sum(step.seconds for step in path)
    return [
        _policies(findings),
        _fullest(deployment.plan.get("subnets", ())),
        _shutdown(shutdown),
        Figure(
            section="costs",
            title="Cost",
            value=f"{costs.price_list.sign}{costs.total:,.0f} a month",
            text="at least: what is paid by the hour, at list prices",
        ),
        Figure(
            section="dependencies",
            title="Time to build",
            value=f"{seconds // 60} min {seconds % 60} s",
            text="at least, along the critical path",
        ),
    ]


def _policies(findings: Sequence[Finding]) -> Figure:
    counts = Counter(finding.kind for finding in findings)
    broken, advisory, unseen = (counts[k] for k in ("mandatory", "advisory", "not checked"))
    return Figure(
        section="policies",
        title="Policies",
        value=f"{broken} violation{'s' * (broken != 1)}",
        text=f"of {len(RULES)} rules; {advisory} advisory, {unseen} not checked",
        state="bad" if broken else "warn" if advisory or unseen else "good",
    )


def _fullest(subnets: Sequence[Mapping[str, Any]]) -> Figure:
    section, title = "capacity", "Fullest subnet"
    if not subnets:
        return Figure(section=section, title=title, value="none", text="the stack exports no plan")

    def share(subnet: Mapping[str, Any]) -> float:
        return float(subnet["neededAddresses"] / max(subnet["usableAddresses"], 1))

    # Of prefixes there may be too few where addresses are left.
    fullest = max(subnets, key=lambda subnet: (not subnet["fits"], share(subnet)))
    needed, usable = (f"{fullest[key]:,}" for key in ("neededAddresses", "usableAddresses"))
    return Figure(
        section=section,
        title=title,
        value=f"{share(fullest):.0%}" if fullest["fits"] else "too small",
        text=f"{fullest['role']} {fullest['cidr']}: {needed} of {usable} addresses",
        state="good" if fullest["fits"] else "bad",
    )


def _shutdown(shutdown: Mapping[str, Sequence[Verdict]]) -> Figure:
    section, title = "shutdown", "Graceful shutdown"
    verdicts = [verdict for rules in shutdown.values() for verdict in rules]
    if not verdicts:
        return Figure(section=section, title=title, value="none", text="no application")
    hold = sum(verdict.holds for verdict in verdicts)
    longest = max(verdict.budget.grace_seconds for verdict in verdicts)
    return Figure(
        section=section,
        title=title,
        value=f"{hold} of {len(verdicts)} rules",
        text=f"hold for {', '.join(shutdown)}; a pod ends within {longest} s",
        state="good" if hold == len(verdicts) else "bad",
    )
