"""The report in a real browser, at the width of a desk and of a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aurosim.report import write
from tests import report_story

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
WIDTHS = (390, 1280)

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="no chromium with chromedriver here (Debian: apt-get install chromium chromium-driver)",
)

QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for word in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """report.html of the story, the calm run and the hostile one."""
    found = {}
    for name in ("story", "calm", "hostile"):
        folder = tmp_path_factory.mktemp(name)
        write(getattr(report_story, name)(), folder)
        found[name] = folder / "report.html"
    return found


def open_page(browser: Any, page: Path, width: int) -> None:
    phone = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser.get(page.as_uri())


def overflow(browser: Any) -> int:
    """Pixels by which the page is wider than what shows of it."""
    return int(
        browser.execute_script(
            "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
        )
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["story", "calm", "hostile"])
def test_it_loads_in_silence_and_fits_the_screen(browser, pages, name: str, width: int) -> None:
    open_page(browser, pages[name], width)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.innerWidth") == width
    assert overflow(browser) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_open_details_still_fit_the_screen(browser, pages, width: int) -> None:
    open_page(browser, pages["story"], width)
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert overflow(browser) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_has_a_size_and_its_letters_can_be_read(browser, pages, width: int) -> None:
    open_page(browser, pages["story"], width)
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('figure > svg')].map(s => {"
        " const b = s.getBoundingClientRect(), t = [...s.querySelectorAll('text')];"
        " return [b.width, b.height, Math.min(...t.map(x => x.getBoundingClientRect().height))]})"
    )
    assert len(sizes) == 14
    assert all(wide > 300 and high > 60 and letters >= 7 for wide, high, letters in sizes), sizes


@pytest.mark.parametrize("width", WIDTHS)
def test_no_letter_of_a_figure_is_cut_off(browser, pages, width: int) -> None:
    open_page(browser, pages["story"], width)
    cut = browser.execute_script(
        "return [...document.querySelectorAll('figure > svg')].flatMap(s => {"
        " const b = s.getBoundingClientRect();"
        " return [...s.querySelectorAll('text')].filter(t => {"
        "  const r = t.getBoundingClientRect();"
        "  return r.left < b.left - 1 || r.right > b.right + 1 || r.top < b.top - 1"
        "   || r.bottom > b.bottom + 1 }).map(t => t.textContent)})"
    )
    assert cut == []


def test_the_answer_is_on_the_first_screen_and_sections_follow_in_order(browser, pages) -> None:
    open_page(browser, pages["story"], 1280)
    tops = browser.execute_script(
        "return [...document.querySelectorAll('.outcome, .cards, .reading, section')]"
        ".map(e => e.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert tops[2] < 844


def test_figures_stand_side_by_side_on_a_desk_and_in_a_column_on_a_phone(browser, pages) -> None:
    script = (
        "return ['throughput', 'latency'].map("
        "n => document.getElementById('figure-' + n).getBoundingClientRect().top)"
    )
    open_page(browser, pages["story"], 1280)
    left, right = browser.execute_script(script)
    assert left == right
    open_page(browser, pages["story"], 390)
    first, second = browser.execute_script(script)
    assert second > first


def test_a_hostile_name_runs_nothing(browser, pages) -> None:
    open_page(browser, pages["hostile"], 1280)
    assert browser.title == f"{report_story.HOSTILE} – aurosim"
    counts = browser.execute_script(
        "return [document.scripts.length, document.images.length,"
        " document.querySelectorAll('[onerror]').length]"
    )
    assert counts == [0, 0, 0]
    assert report_story.HOSTILE in browser.find_element("tag name", "h1").text
