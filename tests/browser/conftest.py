"""What every test in a browser stands on: one server, one browser and one small place for the whole session."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsed import Shown
from places import BASE, ROOT, contract, council, icb, line, trust
from playwright.sync_api import BrowserContext
from small_shift import tree

from benchmarks.browsing import browsing, serving

RESPONSE = {
    "yearly_capacity": "3%", "total_capacity": "15%", "recurrent": "80%", "covered_once": "50%", "brake_share": "30%",
    "brake_cap": "1%", "surplus_banked": "70%",
}  # fmt: skip
NAME = "Anytown Council"


def place(folder: Path, name: str = NAME, whole: str = "A small shift") -> Path:
    """A town, a board and a trust with savings to find and one shift proposed: every page has something to show."""
    town = council(spending=[line("services", 100, basket="bought", demand="need")]) | {"name": name}
    board = icb(funding={"allocations": [{"id": "core", "name": "core", "amounts": {BASE: 200}, "driver": "need"}]})
    north = trust(spending=[line("staff", 90, demand="need", basket="bought"), line("premises", 10)])
    held = tree(
        name=whole,
        agencies=[town, board, north],
        agreements=[contract("ward", "board", "north", 90, "activity", activity="need", price="wages")],
        rules={"savings_response": RESPONSE},
    )
    path = folder / "town.yaml"
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="session")
def address(town: Path) -> Iterator[str]:
    """The app as `headroom app` starts it, on the small place."""
    with serving(town) as (found, _):
        yield found


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with browsing(tmp_path_factory.mktemp("profile")) as context:
        yield context


@pytest.fixture(scope="module")
def shown(browser: BrowserContext, address: str) -> Iterator[Shown]:
    """One page for a file of tests: each test puts back what it changes."""
    page = browser.new_page()
    page.goto(address)
    opened = Shown(page, address)
    opened.settle()
    yield opened
    page.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where pictures of the pages are kept, for a person to look at."""
    folder = Path(os.environ.get("HEADROOM_SHOTS") or ROOT / "out" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
