"""What every page promises: no number that depends on who looks, and nothing drawn without view, horizon and date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from small_shift import written
from streamlit.testing.v1 import AppTest

from simulator import viewing
from simulator.cli import apps
from simulator.jobs import JOBS
from simulator.pages import PAGES
from simulator.workbench import History, Opened

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120
BODIES = ("body", "matters_body", "compare_body")
DUES = [f"{part}_{begins}" for part in ("owed", "risk") for begins in (True, False)]
NUMBER = re.compile(r"[0-9][0-9.,]*")
DATE = re.compile(r"as at \d+ \w+ \d{4}", re.IGNORECASE)
VIEW = re.compile(
    r"managers respond|before any new action|after action|plan as approved|every view|whatever managers then do",
    re.IGNORECASE,
)
CHANCE = re.compile(r"in 100 futures|\d% \(\d|drawn \(\d")
HORIZON = re.compile(r"20\d\d-\d\d|31 March 20\d\d")
CHARTS, TABLES = {"vega_lite_chart", "arrow_vega_lite_chart"}, {"table", "arrow_data_frame"}
FIGURES = {"overview": 4, "compare": 2, "headroom": 4, "what_matters": 1}
BEFORE, AFTER, CAPTIONS = 2, 3, 2
"""What is read with a figure or table (its headline, what it measures, how to read it), and captions after a sentence.

Two figures beside each other have the last in common, and the sentences of a list their captions.
"""


def walked(block: Any) -> Iterator[Any]:
    """Every element of a page in order."""
    for part in block.children.values():
        yield from walked(part) if hasattr(part, "children") else [part]


class Place(NamedTuple):
    """What is open, and the body that was chosen."""

    opened: Opened
    body: str


@pytest.fixture(scope="module", params=["a town among others", "a council alone"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Places that propose a shift: one with who owes whom, and one in which chance moves much."""
    if request.param == "a town among others":
        return Place(Opened(written(tmp_path_factory.mktemp("place"))), "town")
    alone = Opened("scenarios/blackburn-with-darwen.yaml")
    return Place(alone.with_overlay("scenarios/overlays/blackburn-prevention.yaml", True), "blackburn")


def looked_at(monkeypatch: pytest.MonkeyPatch, place: Place, page: Path, view_as: str) -> AppTest:
    monkeypatch.setenv(apps.SCENARIO, place.opened.source)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.session_state["history"], app.session_state["snapshots"] = History(place.opened), {}
    app.session_state["view_as"] = view_as
    # Who looks begins on a body of their own; these were chosen, and both parts that one of them opens are open.
    for key in BODIES:
        app.session_state[key], app.session_state[f"{key}_chosen"] = place.body, True
    for key in DUES:
        app.session_state[key] = True
    app.switch_page(str(page.relative_to(ROOT))).run()
    for slot in ("headroom", "matters", "ahead"):
        if f"{slot}_job" in app.session_state:
            assert JOBS.wait(app.session_state[f"{slot}_job"][0], PATIENCE)
            app.run()
    assert not app.exception
    return app


def said(part: Any) -> str:
    """What an element says: its words, its table or the data and words of its figure."""
    if part.type in CHARTS:
        return str(part.proto)
    value = getattr(part, "value", None)
    if isinstance(value, pd.DataFrame):
        return str(value.to_csv())
    return str(part.label if value is None and hasattr(part, "label") else value)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_number_is_the_same_whoever_looks(monkeypatch: pytest.MonkeyPatch, place: Place, page: Path) -> None:
    seen = {}
    for view_as in viewing.VIEWS:
        app = looked_at(monkeypatch, place, page, view_as)
        # What to do first is words of whoever looks: one of them says what 20 in 100 means.
        lead = f"*{viewing.lead(PAGES[page], viewing.Looked(view_as))}*"
        told = [said(part) for part in walked(app.main)]
        assert told.count(lead) == 1
        seen[view_as] = Counter(number for text in told if text != lead for number in NUMBER.findall(text))
    first, *others = seen.values()
    assert sum(first.values()) > 5
    assert all(other == first for other in others), [dict((other - first) + (first - other)) for other in others]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_chance_and_no_figure_is_shown_without_its_view_its_horizon_and_its_date(
    monkeypatch: pytest.MonkeyPatch, place: Place, page: Path
) -> None:
    parts = list(walked(looked_at(monkeypatch, place, page, "director").main))
    assert sum(part.type in CHARTS for part in parts) >= FIGURES.get(page.stem, 0)
    missing = []
    for at, part in enumerate(parts):
        if part.type in CHARTS or (part.type in TABLES and CHANCE.search(said(part))):
            with_it = parts[max(0, at - BEFORE) : at + AFTER + 1]
        elif part.type == "markdown" and CHANCE.search(said(part)):
            with_it = [part, *[one for one in parts[at:] if one.type == "caption"][:CAPTIONS]]
        else:
            continue
        around = " ".join(map(said, with_it))
        missing += [(said(part)[:200], rule.pattern) for rule in (DATE, VIEW, HORIZON) if not rule.search(around)]
    assert not missing
