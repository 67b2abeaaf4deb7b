"""The picture of the rooms tells the layers that the linter keeps."""

import re
import tomllib
import xml.etree.ElementTree as ET

from stackfile.files import PROGRAM

SVG = "{http://www.w3.org/2000/svg}"


def layers() -> list[set[str]]:
    """Returns the rooms of each layer, the topmost first."""
    settings = tomllib.loads((PROGRAM / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (found,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [set(layer.split(" | ")) for layer in found]


def test_the_picture_has_each_layer_at_its_height() -> None:
    drawing = ET.parse(PROGRAM / "docs" / "rooms.svg")  # noqa: S314  our own file
    heights: dict[float, set[str]] = {}
    for text in drawing.iter(f"{SVG}text"):
        if text.get("class") == "room":
            heights.setdefault(float(text.attrib["y"]), set()).add(str(text.text))
    assert [heights[height] for height in sorted(heights)] == layers()


def test_every_package_is_a_room() -> None:
    packages = {path.parent.name for path in PROGRAM.glob("*/__init__.py")}
    assert packages - {"bench", "tests"} == set[str]().union(*layers())


def test_contributing_names_files_that_exist() -> None:
    text = (PROGRAM / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+\.(?:py|json|md|yaml))`", text)
    assert named
    assert [path for path in named if not (PROGRAM / path).exists()] == []
