"""Who pays and who gains as bands, when it pays back, what would allow more as sections: sums hold, nothing is lost."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from shift_seen import ABOUT, PURSES
from small_shift import small

from simulator import shift_bands, shift_more, shift_page, shift_payback, shift_shown, shift_trials
from simulator.blocks import RunCancelledError, Sample
from simulator.evidence import Chosen
from simulator.markdown_parts import parts, sections
from simulator.pages import headroom_figures
from simulator.shift_report import ShiftReport, ready, shift_report
from simulator.shift_sizes import no_shift, shifted
from simulator.variants import Variant


@pytest.fixture(scope="module")
def report() -> ShiftReport:
    return shift_report(small(), Sample(100))


def by_hand() -> Any:
    """The shift made by hand: the council pays 6, gets 2.5 back; the trust 0.5, and nobody the rest."""
    return SimpleNamespace(gathered=SimpleNamespace(purses=PURSES, gains=PURSES.gains))


def test_both_sides_are_as_wide_as_what_is_paid() -> None:
    left, right = shift_bands.sides(by_hand(), ABOUT)
    told = [(one.name, one.kind, round(one.pounds / 1e6, 6)) for one in (*left, *right)]
    assert told == [
        ("Town Council", shift_bands.PAYS, 6.0),
        ("Town Council", shift_bands.GETS, 2.5),
        ("Town Hospitals", shift_bands.GETS, 0.5),
        (f"{shift_bands.NEVER} by 2029-30", shift_bands.NEVER, 3.0),
    ]


def test_a_body_that_contracts_leave_poorer_stands_with_those_who_pay() -> None:
    # The trust lets go nothing and loses 2 by contract; a third is made whole beyond what is paid.
    gains = np.zeros((2, 4, 3))
    gains[0, 1], gains[1, 1] = 9e6, -2e6
    purses = SimpleNamespace(invest=np.zeros((3, 4, 3)), back=np.zeros((3, 4, 3)))
    purses.invest[0, 1] = 1e6
    one: Any = SimpleNamespace(gathered=SimpleNamespace(purses=purses, gains=gains))
    left, right = shift_bands.sides(one, ABOUT)
    assert [(flow.kind, flow.pounds / 1e6) for flow in left] == [
        (shift_bands.LOSES, 2.0), (shift_bands.PAYS, 1.0), (shift_bands.MORE, 7.0),
    ]  # fmt: skip
    assert [(flow.name, flow.pounds / 1e6) for flow in right] == [("Town Council", 10.0)]


def test_small_flows_are_told_as_one_and_nothing_is_lost() -> None:
    flows = [shift_bands.Flow(f"Body {n}", shift_bands.GETS, pounds) for n, pounds in enumerate((1e9, 1e6, 2e6))]
    kept = shift_bands._kept(flows)
    assert [(one.name, one.pounds) for one in kept] == [("Body 0", 1e9), (shift_bands.REST, 3e6)]


def test_bands_meet_in_the_middle_and_labels_do_not_touch(report: ShiftReport) -> None:
    found = shift_bands.bands(report)
    for side in ([0.0, 0.5], [0.5, 1.0]):
        rows = found.bands[(found.bands.Across == 0.5) & found.bands.Kind.isin(_kinds(side))].sort_values("Top")
        assert np.allclose(rows.Top.to_numpy()[1:], rows.Bottom.to_numpy()[:-1])
        assert np.isclose((rows.Bottom - rows.Top).sum(), shift_bands.WIDE)
    for _, labels in found.labels.groupby("Side"):
        ends = labels.At + shift_bands.LINE * labels.Lines.map(len)
        assert (labels.At.to_numpy()[1:] >= ends.to_numpy()[:-1]).all()
    net = shift_bands.gains(report).frame
    gained = report.gathered.gains.mean(axis=2).sum(axis=1) / 1e6
    assert np.isclose(net.Net.sum(), gained.sum(), atol=0.01 * np.abs(gained).max())
    spec = json.loads(headroom_figures.flows(found).to_json())
    assert len(spec["layer"]) == 2 and found.words.headline.split(":")[0] in found.words.alt


def _kinds(side: list[float]) -> set[str]:
    left = {shift_bands.PAYS, shift_bands.LOSES, shift_bands.MORE}
    return left if side[0] == 0 else {shift_bands.GETS, shift_bands.NEVER}


def test_payback_is_that_of_the_page_and_sums_are_so_far(report: ShiftReport) -> None:
    page = shift_page.shift(report)
    for row in shift_payback.paybacks(report).rows:
        assert f"| {' | '.join(row)} |" in page
    frame = shift_payback.so_far(report).frame
    whole = report.gathered.gains.sum(axis=0).mean(axis=1)[report.terms.start :] / 1e6
    assert np.allclose(frame.Mean, whole.cumsum()) and (frame.Low <= frame.High).all()


def test_bodies_that_are_not_listed_leave_a_table_and_sums_stay(report: ShiftReport) -> None:
    table = shift_payback.payback_table(report)
    kept = shift_shown.without(table, report, {"town"})
    assert list(kept.Body) == [one for one in table.Body if one == report.names["town"] or "place as one" in one]
    assert len(kept) < len(table)
    assert "**The place as one**" in set(table.Body) and "The place as one" in set(shift_payback.for_file(table).Body)


def test_a_page_is_taken_apart_and_nothing_is_lost() -> None:
    table = "| A\\|B | C |\n| --- | ---: |\n| x | -1.2 |"
    text = f"# A\n\n## First\n\nOne.\n\n{table}\n\nTwo.\n\n### Second\n\n- y\n\n## Empty\n"
    found = sections(text)
    assert list(found) == ["First", "Second"]
    one, held, two = parts(found["First"])
    assert (one, two) == ("One.", "Two.") and not isinstance(held, str)
    assert list(held.columns) == ["A\\|B", "C"] and held.to_numpy().tolist() == [["x", "-1.2"]]
    assert parts(found["Second"]) == ["- y"]


def test_what_would_allow_more_is_the_page_s_own_and_opens(
    report: ShiftReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift_more, "shift_pictures", lambda *_: {})
    shown, page = shift_more.more_shown(report), shift_page.shift(report)
    assert next(iter(shown.sections)) == shift_more.MORE
    rows = next(part for part in shown.sections[shift_more.MORE] if not isinstance(part, str))
    assert len(rows) == len(report.worth)
    assert all(f"| {' | '.join(row)} |" in page for row in rows.to_numpy().tolist())
    book = openpyxl.load_workbook(io.BytesIO(shown.files["shift-tables.xlsx"][0]))
    assert {"arrangements", "payback", "by_body"} <= set(book.sheetnames)
    assert shown.files["shift.html"][0].startswith(b"<!doctype html>")
    made = Chosen("", "## What to choose\n\n- A.\n\n### Cash\n\nB.", {"portfolio": pd.DataFrame({"option": ["a"]})})
    choice = shift_more.choice_shown(report.scenario, made)
    assert choice.sections == {"What to choose": ["- A."], "Cash": ["B."]} and len(choice.files) == 1


def test_a_trial_of_many_sizes_stops_within_them(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled, terms, _ = ready(small())
    variants = (no_shift(), *(shifted(terms, 1e5 * k) for k in range(1, 14)))
    asked: list[tuple[Variant, ...]] = []
    project = shift_trials.project

    def watched(*given: Any) -> Any:
        asked.append(given[2])
        return project(*given)

    monkeypatch.setattr(shift_trials, "project", watched)
    with pytest.raises(RunCancelledError):
        shift_trials.judged(compiled, variants, Sample(10, workers=1, cancelled=lambda: len(asked) == 1))
    assert len(asked) == 1 and len(asked[0]) == shift_trials.TOGETHER < len(variants)
