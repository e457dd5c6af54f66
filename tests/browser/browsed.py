"""A page of the app as tests see it: where it is, when it is whole, what axe finds, and a picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from benchmarks.browsing import CHART, CHROMIUM, MISSING, PATIENCE, RESTING, STILL, TWO_FRAMES, settle
from simulator.place_words import JOINER

__all__ = ["CHART", "CHROMIUM", "LAST", "MISSING", "PATIENCE", "Shown", "expect"]

LAST = {
    "overview": ("The same figures from the command line", 2),
    "assumptions": ("Look at one closely", 0),
    "compare": ("The same figures from the command line", 1),
    "headroom": ("The whole page from the command line", 2),
    "what_matters": ("Run the sweep", 1),
    "evidence": ("The same evidence from the command line", 1),
    "method": ("Where do the numbers come from?", 0),
}
"""Words that stand last on each page, and how many charts it has at least."""
MAIN = "[data-testid=stMain]"
WIDTHS = f"() => [document.documentElement, document.querySelector('{MAIN}')].map(e => e.scrollWidth)"
OPEN_ALL = f"() => document.querySelectorAll('{MAIN} details:not([open]) > summary').forEach(part => part.click())"
HEIGHT = f"() => document.querySelector('{MAIN}').scrollHeight"
STEADY = f"""() => {{
  const said = document.querySelector('{MAIN}').innerText, before = window.steady || ["", 0];
  window.steady = [said, before[0] === said ? before[1] + 1 : 0];
  return window.steady[1] >= 20;
}}"""
"""Whether the words of the page have been the same for twenty frames: lines to copy are drawn after all else."""
LOADING = "[data-testid=stSkeleton], [data-testid=stSpinner]"


class Shown(NamedTuple):
    """A page of the app in a browser."""

    page: Page
    address: str

    def settle(self, name: str = "overview") -> None:
        """Wait until a page is whole: its last words stand and nothing moves."""
        words, charts = LAST[name]
        settle(self.page, words, charts)

    def go(self, name: str) -> None:
        """Go to a page by its place in the side; evidence is drawn up first."""
        ending = "/" if name == "overview" else f"/{name}"
        self.page.locator(f"[data-testid=stSidebarNavLink][href$='{ending}']").click()
        if name == "evidence":
            self.page.get_by_role("button", name="Draw up the evidence").click()
        self.settle(name)

    def still(self) -> None:
        """Wait until the script rests and nothing fades or moves."""
        self.page.wait_for_selector(RESTING)
        self.page.evaluate(TWO_FRAMES)
        self.page.wait_for_function(STILL)

    def open_all(self) -> None:
        """Open every part of the page that is shut."""
        self.page.evaluate(OPEN_ALL)
        self.page.evaluate(TWO_FRAMES)
        self.still()

    def said(self) -> str:
        """Every word of the page once it is whole, without its side and without marks that nobody sees."""
        self.page.wait_for_function(STEADY)
        return self.page.locator(MAIN).inner_text().replace(JOINER, "")

    def says(self, words: str) -> None:
        """Wait until the page says this and nothing else."""
        said = f"() => document.querySelector('{MAIN}').innerText.replaceAll('{JOINER}', '')"
        self.page.wait_for_function(f"words => ({said})() === words", arg=words)

    def grave(self) -> list[str]:
        """What axe-core finds that is serious or critical, with where."""
        return [
            f"{rule['id']}: {node['target']} {node['html'][:200]}"
            for rule in Axe().run(self.page).response["violations"]
            if rule["impact"] in {"serious", "critical"}
            for node in rule["nodes"]
        ]

    def sideways(self) -> int:
        """How many pixels wide the page is, though a part scrolls within itself."""
        return int(max(self.page.evaluate(WIDTHS)))

    def picture(self, path: Path) -> None:
        """Keep a picture of the whole page, which scrolls inside the window."""
        size = self.page.viewport_size
        assert size
        self.page.set_viewport_size({"width": size["width"], "height": self.page.evaluate(HEIGHT) + 40})
        self.page.evaluate(TWO_FRAMES)
        self.still()
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)

    def fan(self) -> Locator:
        """The first figure of the first page."""
        return self.page.get_by_test_id("stVegaLiteChart").first

    def choose(self, label: str, choice: str) -> None:
        """Choose from a box of choices by typing."""
        box = self.page.get_by_role("combobox", name=label, exact=True)
        box.click()
        box.fill(choice)
        self.page.get_by_role("option", name=choice).first.click()

    def saved(self, label: str, folder: Path) -> Path:
        """Press a button that hands over a file, and return where it was kept."""
        with self.page.expect_download() as started:
            self.page.get_by_role("button", name=label).first.click()
        path = folder / started.value.suggested_filename
        started.value.save_as(path)
        return path
