"""Reports of stacks, and the elements of the pictures in them."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from conftest import exported_text
from platforms import platform_export
from programs import run_platform, section
from updates import updated

from deployment.deployment import Deployment
from deployment.export import export
from offline.simulation import run_stack
from policy.catalogue import Level
from policy.evaluation import Finding
from policy.rules import RULES
from report.changes import Telling
from report.document import Content, render
from report.shown import shown
from stackfile.files import PROGRAM

SVG = "{http://www.w3.org/2000/svg}"
CUSTOM: Mapping[str, Any] = {
    "network": {**section("network"), "podCidr": "100.64.0.0/16"},
    "vpcCni": {"mode": "custom-networking"},
}


def shipped(stack: str) -> Deployment:
    """Returns a shipped stack."""
    return shown(json.loads(exported_text(stack)))


@cache
def platform(name: str) -> Deployment:
    """Returns a stack of the platforms by its name."""
    return shown(platform_export(name))


def changed(sections: Mapping[str, Any], stack: str = "dev") -> Deployment:
    """Returns a shipped stack with sections of its file changed."""
    return shown(run_platform(sections, stack))


def full_report(stack: str) -> str:
    """Returns the report of a shipped stack with every section there is."""
    urn, rule = shipped(stack).stack.urn, RULES["vpc-flow-logs"]
    broken = Finding(rule=rule, urn=urn, message="is not right", level=Level.MANDATORY)
    return render(
        Content(
            deployment=shipped(stack),
            plan=run_stack(PROGRAM, stack).plan,
            findings=[broken],
            changes=other_file(stack, "dev" if stack == "prod" else "prod"),
        )
    )


def other_file(stack: str, other: str) -> Telling:
    """Returns what becomes of a stack that was made with the other one's file."""
    data = export(run_stack(PROGRAM, stack, file=other).resources)
    return updated(stack=stack, running=data)


def picture(page: str, name: str) -> ET.Element:
    """Returns a picture of a page by its ID; what is no XML is an error."""
    found = re.search(rf'<svg [^>]*id="{name}".*?</svg>', page, re.DOTALL)
    assert found, name
    text = found[0].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(text)  # noqa: S314  our own page


def architecture(deployment: Deployment) -> ET.Element:
    """Returns the architecture diagram of a stack."""
    return picture(render(Content(deployment=deployment)), "architecture-diagram")


def boxes(drawn: ET.Element, kind: str, **data: str) -> Sequence[ET.Element]:
    """Returns the boxes of a kind with the data given."""
    return [
        group
        for group in drawn.iter(f"{SVG}g")
        if group.get("data-kind") == kind
        and all(group.get(f"data-{key}") == value for key, value in data.items())
    ]


def edges(drawn: ET.Element, kind: str) -> set[tuple[str, str]]:
    """Returns zone of begin, and end by its last name, of each line of a kind."""
    return {
        (path.get("data-zone", ""), path.get("data-to", "").rsplit("::", maxsplit=1)[-1])
        for path in drawn.iter(f"{SVG}path")
        if path.get("data-edge") == kind
    }
