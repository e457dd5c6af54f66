"""Twenty-five people at once on one server, each with a change of their own: each sees the figures of their own place.

Each has a tab of their own and so a session of their own; all tabs load, and all then go to another page and back, at
the same time. What each should see is worked out here, by the same functions and without any server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsed import CHROMIUM, LAST, MISSING, Shown, expect
from playwright.sync_api import BrowserContext

from benchmarks.browsing import serving
from simulator import three_words
from simulator.answers import answers
from simulator.blocks import Sample
from simulator.digest import meaning
from simulator.pages.projecting import SEED
from simulator.scenario import Scenario
from simulator.share_link import Looks, Shared, link
from simulator.three_answers import three_answers
from simulator.workbench import Opened, loaded

SESSIONS, PATHS = 25, 2_000
MOST_EACH = 40e6
"""Bytes that a session may add to the server, answers kept for all included."""
NUMBER = "agencies.town.spending.services.net"

pytestmark = [pytest.mark.prove, pytest.mark.skipif(CHROMIUM is None, reason=MISSING)]


def held(process: int) -> float:
    """Bytes of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return 1024.0 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def headline(scenario: Scenario) -> str:
    """The first answer as the page shows it, without the marks of Markdown."""
    sample = Sample(PATHS, SEED)
    return next(three_words.lines(three_answers(answers(scenario, sample), "town"))).replace("**", "")


@pytest.fixture(scope="module")
def server(town: Path) -> Iterator[tuple[str, int]]:
    with serving(town) as found:
        yield found


def test_each_of_many_sees_their_own_place(
    server: tuple[str, int], browser: BrowserContext, town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address, process = server
    mine = [Opened(str(town)).with_value(NUMBER, f"{98 + each / 5:g}") for each in range(SESSIONS)]
    scenarios = [loaded(one).scenario for one in mine]
    wanted = [headline(scenario) for scenario in scenarios]
    assert len(set(wanted)) > SESSIONS / 2, "headlines must differ, or a mix-up would not be seen"
    first = browser.new_page()
    first.goto(address)
    Shown(first, address).settle()
    before = held(process)
    tabs = [Shown(browser.new_page(), address) for _ in mine]
    for tab, one in zip(tabs, mine, strict=True):
        tab.page.goto(f"{address}?h={link(Shared(one, Looks(), figures=True))}", wait_until="commit")
    _all_see(tabs, wanted)
    for tab in _in_turn(tabs):
        tab.page.locator("[data-testid=stSidebarNavLink][href$='/method']").click()
    for tab, scenario in zip(_in_turn(tabs), scenarios, strict=True):
        tab.page.get_by_role("tab", name="Run this yourself").click()
        expect(tab.page.get_by_text(meaning(scenario)).first).to_be_visible()
    for tab in _in_turn(tabs):
        tab.page.locator("[data-testid=stSidebarNavLink]").first.click()
    _all_see(tabs, wanted)
    each = (held(process) - before) / SESSIONS
    with capsys.disabled():
        print(f"\n{SESSIONS} sessions: {before / 1e6:.0f} MB with one, and {each / 1e6:.1f} MB more for each")
    assert each < MOST_EACH


def _all_see(tabs: list[Shown], wanted: list[str]) -> None:
    for tab, words in zip(_in_turn(tabs), wanted, strict=True):
        expect(tab.page.get_by_text(LAST["overview"][0])).to_be_visible()
        assert words in tab.said()


def _in_turn(tabs: list[Shown]) -> Iterator[Shown]:
    """Each tab brought to the front: one behind others draws nothing, and so never comes to rest."""
    for tab in tabs:
        tab.page.bring_to_front()
        yield tab
