"""The documentation builds as a site: links lead somewhere, and nothing is loaded from afar."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from cli.site_pages import component_modules

ROOT: Final = Path(__file__).resolve().parents[2]
# Attributes by which a browser loads something without being asked.
_LOADS: Final = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}


class Loaded(HTMLParser):
    """Collects the addresses that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the address of an element that loads one."""
        self.addresses += [value for key, value in attrs if value and key == _LOADS.get(tag)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    run = subprocess.run(  # noqa: S603  the command of the make target
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stderr
    return folder


def test_every_page_and_component_is_in_the_site(site: Path) -> None:
    docs = ROOT / "docs"
    pages = {path.relative_to(docs).with_suffix("") for path in docs.rglob("*.md")}
    pages = {str(page) for page in pages if page.name != "index"}
    components = {name.replace(".", "/") for name in component_modules(ROOT)}
    assert "components/network/network" in components

    assert {"runbook", "faq", "moving", "configuration"} <= pages
    missing = [page for page in {*pages, *components} if not (site / page / "index.html").is_file()]
    assert missing == []


def test_the_navigation_is_in_the_order_of_use_and_holds_every_page(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'<a href="([^"#]*)" class="md-nav__link', text)
    order = list(dict.fromkeys(page.strip("/") for page in found if "//" not in page))
    first = ["configuration", "report", "policies", "runbook", "upgrades", "architecture"]
    assert [page for page in order if page in first] == first
    pages = {str(path.parent.relative_to(site)) for path in site.rglob("index.html")}
    assert pages == set(order)


def test_pages_of_components_hold_their_arguments_and_outputs(site: Path) -> None:
    text = (site / "components" / "network" / "network" / "index.html").read_text(encoding="utf-8")

    for words in ("NetworkArgs", "block, /16 to /24", "pod_subnet_ids"):
        assert words in text
    assert ":class:" not in text


def test_no_page_loads_anything_from_afar(site: Path) -> None:
    pages = list(site.rglob("*.html"))

    assert len(pages) > 20
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        afar = [address for address in loaded.addresses if re.match(r"(https?:)?//", address)]
        assert afar == [], page
