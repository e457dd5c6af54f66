"""The app as its users wait for it, in a real browser: first page, slider to new chart, cancel, a page beside a sweep.

Every press of a key goes to a value that was not seen before, so nothing is answered from what is kept; the luck of
the futures is kept, as it is for any user after the first page.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice

from playwright.sync_api import Locator, Page, expect

from benchmarks.browsing import CHART, CHROMIUM, MISSING, browsing, serving, settle
from benchmarks.timing import Figure

PLACES = {"Blackburn": "scenarios/blackburn-with-darwen.yaml", "Lancashire": "scenarios/lancashire.yaml"}
LEVERS = {"savings": "^Room for new savings", "pay": "points a year faster"}
"""What the name of each slider holds; that of pay begins with the names of what is paid."""
LAST = "The same figures from the command line"
GOALS = {2_000: 0.5, 10_000: 1.0}
FIRST, CANCEL, LIVE = 5.0, 2.0, 0.7
DRAWN = f"""() => [...document.querySelector('{CHART}')?.querySelectorAll('path') ?? []]
    .map(path => path.getAttribute('d')).join()"""
WATCH = f"""before => {{ window.redrawn = new Promise(done =>
    new MutationObserver((_, watch) => {{
        const now = ({DRAWN})()
        if (now && now !== before) {{ watch.disconnect(); done(true) }}
    }}).observe(document.body, {{ subtree: true, childList: true, attributes: true, attributeFilter: ['d'] }})) }}"""
"""Waits for the chart to change without looking at it meanwhile, which would take of the processor that draws it."""


def app(count: int) -> Iterator[Figure]:
    """Seconds that a user waits, each place on a server of its own; `count` and two more presses for each figure."""
    if CHROMIUM is None:
        print(f"app: NOT MEASURED, because {MISSING}")
        return
    for name, place in PLACES.items():
        with serving(place) as (address, _), tempfile.TemporaryDirectory() as profile, browsing(profile) as context:
            page = context.new_page()
            yield Figure(f"first page, {name}", "s", [_first(page, address)], f"<= {FIRST:g}", most=FIRST)
            for paths, goal in GOALS.items():
                _draw(page, paths)
                for lever, label in LEVERS.items():
                    taken = list(islice(_presses(page, label), 3 + count))[1:]  # the first draws the luck
                    what = f"slider to new chart, {lever}, {paths:,} futures, {name}"
                    yield Figure(what, "s", taken, f"<= {goal:g}", most=goal)
            yield from _beside_a_sweep(page, name, count)


def _first(page: Page, address: str) -> float:
    return _seconds(lambda: page.goto(address), page.locator(CHART).first.wait_for)


def _seconds(act: Callable[[], object], shown: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    shown()
    return time.perf_counter() - start


def _draw(page: Page, paths: int) -> None:
    """Choose how many futures are drawn, and wait until the page stands."""
    page.get_by_text(f"{paths:,} (", exact=False).first.click()
    expect(page.get_by_text(f"{paths:,} futures").first).to_be_visible()
    settle(page, LAST, 1)


def _presses(page: Page, label: str) -> Iterator[float]:
    """Yield the seconds from each press of a key to a changed chart; the page rests before each."""
    lever = page.get_by_role("slider", name=re.compile(label))
    for key in _keys(lever):
        settle(page, LAST, 1)
        lever.focus()
        yield _pressed(page, lever, key)


def _keys(lever: Locator) -> Iterator[str]:
    """Yield keys to the right until the end, then from the beginning on: a value never comes twice."""
    while lever.get_attribute("aria-valuenow") != lever.get_attribute("aria-valuemax"):
        yield "ArrowRight"
    yield "Home"
    while True:
        yield "ArrowRight"


def _pressed(page: Page, lever: Locator, key: str) -> float:
    page.evaluate(WATCH, page.evaluate(DRAWN))
    return _seconds(lambda: lever.press(key), lambda: page.evaluate("() => window.redrawn"))


def _beside_a_sweep(page: Page, name: str, count: int) -> Iterator[Figure]:
    """How soon a sweep of 50 cases stops, and how soon the first page follows a key while one is under way."""
    page.locator("[data-testid=stSidebarNavLink][href$='/what_matters']").click()
    expect(page.get_by_text("What matters most").first).to_be_visible()
    steps = page.get_by_role("slider", name="Steps each way")
    steps.focus()
    steps.press("End")
    page.get_by_text("10,000", exact=True).last.click()
    _begin_sweep(page)
    cancel, stopped = page.locator(".st-key-sweep_cancel").get_by_role("button"), page.get_by_text("Stopped when asked")
    stops = _seconds(cancel.click, stopped.wait_for)
    yield Figure(f"cancel of a sweep, {name}", "s", [stops], f"<= {CANCEL:g}", most=CANCEL)
    _begin_sweep(page)
    page.locator("[data-testid=stSidebarNavLink]").first.click()
    _draw(page, 2_000)
    taken = list(islice(_presses(page, LEVERS["savings"]), 3 + count))[1:]
    yield Figure(f"slider to new chart during a sweep, {name}", "s", taken, f"<= {LIVE:g}", most=LIVE)


def _begin_sweep(page: Page) -> None:
    page.get_by_role("button", name="Run the sweep").click()
    expect(page.get_by_text(re.compile("Running the sweep: .* parts done"))).to_be_visible()
