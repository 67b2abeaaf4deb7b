"""The report in headless Chromium: it shows, folds, searches, and asks nobody for anything."""

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from conftest import exported_text
from reports import CUSTOM, changed, full_report
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from test_report_page import SECTIONS

from report.document import Content, render

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Debian's chromium and chromium-driver are not installed"
)
PHONE = 360
REPORTS = ("dev", "prod", "custom-networking")

# Yields text, size in pixels and contrast of each text that shows.
READABLE = (Path(__file__).parent / "readable_texts.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    texts = {stack: full_report(stack) for stack in ("dev", "prod")}
    texts["custom-networking"] = render(Content(deployment=changed(CUSTOM)))
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture(scope="module")
def browser() -> Generator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def show(
    browser: webdriver.Chrome, page: Path, *, width: int = 1200, scheme: str = "light"
) -> None:
    """Opens a page in a window of a width and a colour scheme, with everything unfolded."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(page.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true })")


def requested(browser: webdriver.Chrome) -> set[str]:
    """Returns what was asked of any network since the last time."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }


@pytest.mark.parametrize("name", REPORTS)
def test_sections_show_without_errors_and_without_requests(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    browser.get_log("browser")
    requested(browser)
    show(browser, pages[name])
    missing = {"policies", "differences"} if name == "custom-networking" else set[str]()
    for section in set(SECTIONS) - missing:
        assert browser.find_element(By.ID, section).size["height"] > 50, section
    assert browser.get_log("browser") == []
    assert {url for url in requested(browser) if not url.startswith("data:")} == {
        pages[name].as_uri()
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, 1200])
@pytest.mark.parametrize("name", REPORTS)
def test_texts_are_large_enough_and_have_contrast(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    show(browser, pages[name], width=width, scheme=scheme)
    texts: list[dict[str, Any]] = browser.execute_script(READABLE)
    assert len(texts) > 200
    assert [text for text in texts if text["size"] < 12] == []
    assert [text for text in texts if text["contrast"] < 4.5] == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_phone_does_not_scroll_sideways(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    show(browser, pages[name], width=PHONE)
    assert browser.execute_script("return document.documentElement.scrollWidth") == PHONE


def test_a_picture_that_is_wider_than_the_window_says_so_until_its_end(
    browser: webdriver.Chrome, pages: dict[str, Path]
) -> None:
    seen = """
        const box = document.getElementById("architecture-diagram").parentElement;
        if (arguments[0]) { box.scrollLeft = box.scrollWidth; }
        await new Promise((done) => setTimeout(done, 200));
        const hint = getComputedStyle(box, "::before");
        return [hint.content, getComputedStyle(box).maskImage !== "none"];
    """
    show(browser, pages["dev"])
    assert browser.execute_script(seen, False) == ["none", False]  # noqa: FBT003  not to the end
    show(browser, pages["dev"], width=PHONE)
    assert browser.execute_script(seen, False) == [  # noqa: FBT003
        '"Wider than the window: scroll it sideways →"',
        True,
    ]
    assert browser.execute_script(seen, True)[1] is False  # noqa: FBT003  to the end


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_verdict_is_on_the_first_screen(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    for width, height in ((1280, 720), (390, 844)):
        show(browser, pages[name], width=width)
        tiles = browser.find_elements(By.CSS_SELECTOR, "[data-figure]")
        ends = [tile.location["y"] + tile.size["height"] for tile in tiles]
        assert len(ends) == 5
        assert max(ends) < height


def test_dark_is_dark(browser: webdriver.Chrome, pages: dict[str, Path]) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    show(browser, pages["dev"])
    assert browser.execute_script(colour) == "rgb(255, 255, 255)"
    show(browser, pages["dev"], scheme="dark")
    assert browser.execute_script(colour) == "rgb(20, 23, 27)"


@pytest.mark.parametrize("name", REPORTS)
def test_texts_of_pictures_stay_in_their_boxes(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    show(browser, pages[name])
    outside = browser.execute_script("""
        return [...document.querySelectorAll(".picture .box")].flatMap((box) => {
          const rect = box.querySelector("rect").getBoundingClientRect();
          return [...box.querySelectorAll("text")].filter((text) => {
            const own = text.getBoundingClientRect();
            return own.right > rect.right || own.bottom > rect.bottom + 1 || own.left < rect.left;
          }).map((text) => text.textContent);
        });
    """)
    assert outside == []


def test_search_shows_what_it_finds_and_hides_the_rest(
    browser: webdriver.Chrome, pages: dict[str, Path]
) -> None:
    show(browser, pages["dev"])
    browser.find_element(By.ID, "search").send_keys("natgateway")
    shown = browser.execute_script(
        "return [...document.querySelectorAll('#tree li')].filter((i) => i.offsetParent)"
        ".map((i) => i.dataset.urn.split('::').pop())"
    )
    assert shown == [
        "eks-platform-dev",
        "network",
        "network-nat-ap-northeast-2a",
        "network-private-ap-northeast-2a-nat",
        "network-private-ap-northeast-2c-nat",
    ]
    assert browser.find_element(By.ID, "found").text == "3 found"


def test_the_tree_folds_and_unfolds(browser: webdriver.Chrome, pages: dict[str, Path]) -> None:
    show(browser, pages["dev"])
    opened = "return document.querySelectorAll('#tree details[open]').length"
    browser.find_element(By.ID, "fold").click()
    assert browser.execute_script(opened) == 0
    browser.find_element(By.ID, "unfold").click()
    resources = json.loads(exported_text("dev"))["deployment"]["resources"]
    assert browser.execute_script(opened) == len(resources)
    browser.find_element(By.CSS_SELECTOR, "#tree > li > details > summary").click()
    assert browser.execute_script(opened) == len(resources) - 1
