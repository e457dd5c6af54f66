"""What people do with the app, in a real browser: long work, links, files given and taken, and the keyboard alone."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pandas as pd
import pytest
from browsed import CHROMIUM, MISSING, Shown, expect
from click.testing import CliRunner
from openpyxl import load_workbook

from simulator.assumption_tables import VALUE
from simulator.cli import main
from simulator.digest import meaning
from simulator.scenario_file import load

ROOT = Path(__file__).resolve().parents[2]
BROKEN = ROOT / "tests" / "broken" / "unknown-key.yaml"
CANCELS = 2.0
"""Seconds within which the page says that work is stopped."""
MOST_TABS = 160
FOCUSED = """() => {
    const one = document.activeElement;
    return (one.getAttribute('aria-label') || one.innerText || one.closest('label')?.innerText || '').trim();
}"""
DIGEST = re.compile(r"What the scenario says, SHA-256\W+([0-9a-f]{64})")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)


def digest(shown: Shown) -> str:
    """The digest of what the scenario says, as the last page shows it."""
    shown.go("method")
    shown.page.get_by_role("tab", name="Run this yourself").click()
    expect(shown.page.get_by_text("What the scenario says, SHA-256")).to_be_visible()
    found = DIGEST.search(shown.page.get_by_role("tabpanel").filter(has_text="SHA-256").inner_text())
    assert found
    return found[1]


def link(shown: Shown, figures: bool) -> str:
    """The address of a link to what is open, made by the button in the side."""
    side = shown.page
    side.get_by_role("button", name="Share").click()
    tick = side.get_by_text("Include my figures", exact=True)
    if figures:
        tick.click()
        expect(side.get_by_role("checkbox", name="Include my figures")).to_be_checked()
    shown.still()
    address = side.get_by_test_id("stPopoverBody").get_by_text(re.compile(r"\?h=h1\.")).first.inner_text()
    if figures:
        tick.click()
        shown.still()
    side.keyboard.press("Escape")
    return address.strip()


def change(shown: Shown) -> None:
    """Set one number on the page of assumptions."""
    shown.go("assumptions")
    shown.page.get_by_text("Change this one").click()
    box = shown.page.get_by_role("textbox", name=VALUE, exact=True)
    box.fill("3%")
    box.press("Enter")
    expect(shown.page.get_by_text("Every page now shows the changed scenario")).to_be_visible()
    expect(shown.page.get_by_role("combobox", name="Assumption", exact=True)).to_have_value(re.compile(r"\(3%\)$"))


def undone(shown: Shown) -> None:
    shown.page.get_by_role("button", name="Undo").click()
    expect(shown.page.get_by_role("button", name="Undo")).to_be_disabled()


def test_long_work_runs_and_is_stopped(shown: Shown) -> None:
    page = shown.page
    shown.go("what_matters")
    page.get_by_role("slider", name="Steps each way").focus()
    page.keyboard.press("End")
    page.get_by_test_id("stForm").get_by_text("10,000", exact=True).last.click()
    page.get_by_role("button", name="Run the sweep").click()
    cancel = page.locator(".st-key-sweep_cancel").get_by_role("button")
    expect(page.get_by_text(re.compile("Running the sweep: .* parts done"))).to_be_visible()
    began = time.monotonic()
    cancel.click()
    expect(page.get_by_text("Stopped when asked")).to_be_visible()
    assert time.monotonic() - began < CANCELS * 5  # a busy machine is late; the benchmark holds to the goal
    page.get_by_role("slider", name="Steps each way").focus()
    page.keyboard.press("Home")
    page.get_by_test_id("stForm").get_by_text("1,000", exact=True).last.click()
    page.get_by_role("button", name="Run the sweep").click()
    expect(page.get_by_role("button", name="Download the study")).to_be_visible()


def test_a_link_restores_the_scenario_only_with_its_figures(shown: Shown, town: Path) -> None:
    as_stated = meaning(load(town).scenario)
    change(shown)
    changed = digest(shown)
    assert changed != as_stated
    for figures, wanted in ((True, changed), (False, as_stated)):
        other = shown.page.context.new_page()
        other.goto(link(shown, figures))
        opened = Shown(other, shown.address)
        if not figures:
            expect(other.get_by_text("holds a view and no figures").first).to_be_visible()
        assert digest(opened) == wanted
        other.close()
    undone(shown)
    assert digest(shown) == as_stated


def test_a_broken_file_shows_what_check_prints(shown: Shown) -> None:
    page = shown.page
    page.get_by_role("button", name="Open your own file").click()
    page.get_by_test_id("stPopoverBody").locator("input[type=file]").set_input_files(BROKEN)
    expect(page.get_by_text("This scenario cannot be opened")).to_be_visible()
    checked = CliRunner().invoke(main, ["check", str(BROKEN)]).output
    told = [line.strip() for line in page.get_by_test_id("stMain").locator("pre").inner_text().splitlines() if line]
    assert told[0].startswith(f"{BROKEN.name}, line")
    assert len(told) > 2
    for line in told:
        assert line.replace(BROKEN.name, str(BROKEN), 1) in checked
    page.keyboard.press("Escape")
    undone(shown)
    expect(page.get_by_text("This scenario cannot be opened")).to_be_hidden()


def test_what_is_downloaded_opens(shown: Shown, town: Path, tmp_path: Path) -> None:
    shown.go("overview")
    shown.page.get_by_text("Show data").first.click()
    table = pd.read_csv(shown.saved("Download the data", tmp_path))
    assert len(table) == 4 and "2026-27" in set(table.iloc[:, 0])
    shown.go("assumptions")
    book = load_workbook(shown.saved("Download all assumptions", tmp_path))
    assert any("services" in str(cell.value) for sheet in book for row in sheet for cell in row)
    taken = shown.saved("Download the scenario", tmp_path)
    assert meaning(load(taken).scenario) == meaning(load(town).scenario)
    shown.go("evidence")
    headline = shown.page.locator(".st-key-decision :is(h1, h2, h3)").first.inner_text()
    assert headline in shown.saved("Decision page", tmp_path).read_text()


def test_the_keyboard_alone_reaches_what_matters(shown: Shown) -> None:
    change(shown)
    shown.go("overview")
    page = shown.page
    page.locator("body").press("Home")
    page.evaluate("() => document.activeElement.blur()")
    reached: list[str] = []
    wanted = {"Undo", "Share", "Room for new savings"}
    while len(reached) < MOST_TABS and not (reached and reached[-1].endswith("Show data")):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Download the data").first).to_be_visible()
    assert all(any(one in name for name in reached) for one in wanted), reached
    page.keyboard.press("Control+Alt+z")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
