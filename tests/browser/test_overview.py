"""The app in a real browser: it loads, answers, can be read by anyone, and holds on a phone."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "tests" / "whole-place.yaml"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 60_000
STARTS = 30.0
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDTHS = "() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth)"
MAIN_HEIGHT = "() => document.querySelector('[data-testid=stMain]').scrollHeight"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(address: str) -> None:
    until = time.monotonic() + STARTS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health"):
                return
        except URLError:
            time.sleep(0.1)
    pytest.fail(f"{address} did not answer in {STARTS:.0f} seconds")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The app as `headroom app` starts it, on a place of every kind of body."""
    port = free_port()
    start = "from simulator.cli import main; main()"
    words = [sys.executable, "-c", start, "app", str(PLACE), "--port", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, process_group=0)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 15)
        server.wait()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            headless=True,
            args=FLAGS,
            viewport={"width": 1280, "height": 900},
        )
        context.set_default_timeout(PATIENCE)
        yield context
        context.close()


@pytest.fixture(scope="module")
def page(browser: BrowserContext, address: str) -> Iterator[Page]:
    """One page for all: each test puts back what it changes."""
    opened = browser.new_page()
    opened.goto(address)
    settle(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the page are kept, for a person to look at."""
    return Path(os.environ.get("HEADROOM_SHOTS") or tmp_path_factory.mktemp("shots"))


def settle(page: Page) -> None:
    """Wait until the last words of the page stand, the script rests and both figures are drawn."""
    expect(page.get_by_text("The same figures from the command line")).to_be_visible(timeout=PATIENCE)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator("[data-testid=stVegaLiteChart] svg")).to_have_count(2, timeout=PATIENCE)
    page.evaluate(TWO_FRAMES)


def picture(page: Page, path: Path) -> None:
    """Keep a picture of the whole page, which scrolls inside the window."""
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": size["width"], "height": page.evaluate(MAIN_HEIGHT) + 40})
    page.evaluate(TWO_FRAMES)
    page.wait_for_timeout(500)  # charts are drawn afresh at the new size
    page.screenshot(path=path)
    page.set_viewport_size(size)


def grave(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical, with where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


def turn_expanders(page: Page) -> None:
    """Open every part that is shut, and shut every open one."""
    page.evaluate("() => document.querySelectorAll('[data-testid=stExpander] summary').forEach(part => part.click())")
    page.wait_for_timeout(500)  # they move as they open


def choose(page: Page, body: str) -> None:
    box = page.get_by_role("combobox", name="Body")
    box.click()
    box.fill(body)
    page.get_by_role("option", name=body).click()


def test_the_page_loads_and_anyone_can_read_it(page: Page, shots: Path) -> None:
    expect(page).to_have_title("Headroom: can this place stay in balance?")
    expect(page.get_by_text("duty or plan has been missed somewhere in").first).to_be_visible()
    turn_expanders(page)
    assert grave(page) == []
    picture(page, shots / "light.png")
    turn_expanders(page)


def test_choosing_a_body_changes_its_fan_and_nothing_else(page: Page) -> None:
    fan, chances = page.locator("[data-testid=stVegaLiteChart]").all()
    before, map_before = fan.inner_html(), chances.inner_html()
    choose(page, "North Hospitals")
    expect(fan).to_have_attribute("aria-label", re.compile("the gap of North Hospitals"))
    settle(page)
    assert fan.inner_html() != before
    assert chances.inner_html() == map_before
    choose(page, "Anytown Council")
    expect(fan).to_have_attribute("aria-label", re.compile("the gap of Anytown Council"))


def test_the_lever_moves_the_answer_and_back_restores_it(page: Page) -> None:
    answer = page.get_by_text("duty or plan has been missed somewhere in").first
    before = answer.inner_text()
    lever = page.get_by_role("slider", name="Room for new savings")
    lever.focus()
    for _ in range(4):
        lever.press("ArrowLeft")
    expect(page.get_by_text("With 0% of the room")).to_be_visible(timeout=PATIENCE)
    settle(page)
    assert answer.inner_text() != before
    for _ in range(4):
        lever.press("ArrowRight")
    expect(page.get_by_text("As the place states it.")).to_be_visible(timeout=PATIENCE)
    settle(page)
    assert answer.inner_text() == before


def test_a_phone_needs_no_sideways_scroll(page: Page, shots: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert max(page.evaluate(WIDTHS)) <= 390
    picture(page, shots / "phone.png")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_anyone_can_read_it_in_the_dark(page: Page, shots: Path) -> None:
    page.emulate_media(color_scheme="dark")
    expect(page.locator("[data-testid=stApp]")).to_have_css("background-color", "rgb(23, 22, 20)")
    settle(page)
    turn_expanders(page)
    assert grave(page) == []
    picture(page, shots / "dark.png")
    turn_expanders(page)
    page.emulate_media(color_scheme="light")
