"""Whoever looks at a page sees other words and, of the same body, never another number."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from small_shift import written
from streamlit.testing.v1 import AppTest

from simulator import pages, viewing
from simulator.cli import apps
from simulator.jobs import JOBS

ROOT = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*%?")
PATIENCE = 300
SLOTS = ("evidence", "headroom", "matters")
ASKED = ("evidence_go", "matters_run")
QUICK = ("overview", "method")
"""Pages that every run of the tests looks at; the slow proofs look at all."""
BODY = "town"
BODIES = ("body", "matters_body", "compare_body")
"""Choices of a body: who looks otherwise begins on another, so that one is set before numbers are set side by side."""


def numbers(app: AppTest) -> Counter[str]:
    """Every number of the words, the tables, the large figures and the charts of a page, as often as it stands there.

    Where to start is said to each in words of their own, and is left out.
    """
    assert not app.exception
    leads = {lead for told in viewing.LEADS.values() for lead in told.values()}
    held = [table.value.to_csv() for table in (*app.table, *app.dataframe)]
    held += [f"{figure.value} {figure.delta}" for figure in app.metric]
    held += [said for said in sentences(app) if said.strip("*") not in leads]
    held += [str(chart.proto) for chart in app.get("vega_lite_chart")]
    return Counter(number for text in held for number in NUMBER.findall(text))


def sentences(app: AppTest) -> list[str]:
    return [part.value for part in (*app.markdown, *app.caption)]


def ended(app: AppTest) -> AppTest:
    """The page once the work that it began off the page has ended."""
    assert not app.exception
    for slot in SLOTS:
        if f"{slot}_job" in app.session_state:
            assert JOBS.wait(app.session_state[f"{slot}_job"][0], PATIENCE)
    return app.run()


@pytest.mark.parametrize(
    "page",
    [pytest.param(page.stem, marks=() if page.stem in QUICK else pytest.mark.prove) for page in pages.PAGES],
)
def test_every_number_of_a_page_is_the_same_to_everyone(
    page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(apps.SCENARIO, written(tmp_path))
    # What begins open differs, and so what is said at first: with all of it open every number can be compared.
    everything = frozenset().union(*viewing.OPEN.values())
    monkeypatch.setattr(viewing, "OPEN", dict.fromkeys(viewing.VIEWS, everything))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page(f"simulator/pages/{page}.py").run()
    for button in app.main.button:
        if button.key in ASKED:
            ended(button.click().run())
    seen, said, begun = [], [], set[str]()
    for view in viewing.VIEWS:
        app.selectbox(key="view_as").select(view).run()
        chosen = next((box for box in app.main.selectbox if box.key in BODIES), None)
        if chosen and chosen.value != BODY:
            begun.add(chosen.value)
            chosen.select(BODY).run()
        seen.append(numbers(ended(app) if page == "headroom" else app))
        said.append(sentences(app))
    assert seen[0].total() > (4 if page == "method" else 10)
    assert all(found == seen[0] for found in seen[1:])
    assert begun or page != "overview"
    assert len({tuple(words) for words in said}) >= 3
