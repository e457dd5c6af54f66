"""Every page in a real browser, of a place whose names are hostile: read by anyone, in the light and the dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from browsed import CHROMIUM, LAST, MISSING, Shown, expect
from conftest import place
from playwright.sync_api import BrowserContext

from simulator.pages.styling import BY_KEYS
from simulator.share_link import Looks, Shared, link
from simulator.workbench import Opened

HOSTILE = "[x](http://a.b) :red[y] $z$ <img src=q onerror=alert(1)>"
DARK = "rgb(23, 22, 20)"
MADE_OF_IT = "[data-testid=stMain] :is(img[src=q], a[href*='a.b'], .katex)"
REACHED = """() => [...document.querySelectorAll('[data-testid=stTable] > div')]
    .every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""
SCRIPTS = "[data-testid=stMain] script"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


class Visited(NamedTuple):
    """A page that was gone to, and what scripts of a hostile name said meanwhile."""

    name: str
    shown: Shown
    said: list[str]


@pytest.fixture(scope="module")
def hostile(browser: BrowserContext, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    """The app on a place with hostile names, come to by a link that holds it whole."""
    text = place(tmp_path_factory.mktemp("hostile"), HOSTILE, HOSTILE).read_text()
    page, said = browser.new_page(), []
    page.on("dialog", lambda box: (said.append(box.message), box.dismiss()))
    page.goto(f"{address}?h={link(Shared(Opened('', text), Looks(), figures=True))}")
    opened = Shown(page, address)
    opened.settle()
    yield Visited("overview", opened, said)
    page.close()


@pytest.fixture(scope="module", params=LAST)
def visited(hostile: Visited, request: pytest.FixtureRequest) -> Visited:
    if request.param != "overview":
        hostile.shown.go(request.param)
    hostile.shown.open_all()
    return hostile._replace(name=request.param)


def test_a_hostile_name_is_text(visited: Visited) -> None:
    if visited.name != "method":
        assert HOSTILE in visited.shown.said()
    assert visited.shown.page.locator(MADE_OF_IT).count() == 0
    assert {f"<script>{script}</script>" for script in visited.shown.page.locator(SCRIPTS).all_text_contents()} == {
        BY_KEYS
    }
    assert visited.said == []


def test_anyone_can_read_it(visited: Visited, shots: Path) -> None:
    assert visited.shown.grave() == []
    visited.shown.picture(shots / f"{visited.name}-light.png")


@pytest.mark.prove
def test_anyone_can_read_every_tab(visited: Visited) -> None:
    for tab in visited.shown.page.get_by_test_id("stMain").get_by_role("tab").all()[1:]:
        tab.click()
        expect(visited.shown.page.get_by_role("tabpanel", name=tab.inner_text())).to_be_visible()
        visited.shown.still()
        assert visited.shown.grave() == [], tab.inner_text()
        assert visited.shown.page.locator(MADE_OF_IT).count() == 0


def test_anyone_can_read_it_in_the_dark(visited: Visited, shots: Path) -> None:
    page = visited.shown.page
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => getComputedStyle(document.querySelector('.stApp')).backgroundColor === '{DARK}'")
    visited.shown.still()
    assert visited.shown.grave() == []
    visited.shown.picture(shots / f"{visited.name}-dark.png")
    page.emulate_media(color_scheme="light")


def test_a_phone_needs_no_sideways_scroll(visited: Visited) -> None:
    page = visited.shown.page
    page.set_viewport_size({"width": 390, "height": 844})
    visited.shown.still()
    assert visited.shown.sideways() <= 390
    # A table that scrolls within its box can be reached by key, where not every browser sees to it.
    page.wait_for_function(REACHED)
    assert visited.shown.grave() == []
    page.set_viewport_size({"width": 1280, "height": 900})
    visited.shown.still()
