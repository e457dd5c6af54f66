"""The page of evidence: drawn up off the page, the decision page as the command prints it, and what to ask about."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from simulator import statement_shown as showing
from simulator.annex_page import annex
from simulator.blocks import RunCancelledError, Sample
from simulator.cli import apps
from simulator.decision_page import decision
from simulator.evidence import pages
from simulator.examination import STAGES, Examination, Tell, examine
from simulator.jobs import JOBS
from simulator.pages import statements
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.scrutiny import LEAST, MOST_ASKED, questions
from simulator.statement_shown import StatementShown, statement_shown

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
HOSTILE = "[x](http://a.b) :red[y] $z$ <b>"


@pytest.fixture(scope="module")
def done() -> Examination:
    return examine(load(PLACE).scenario, "town", Sample(60))


@pytest.fixture(scope="module")
def shown(done: Examination) -> StatementShown:
    return statement_shown(done)


def test_files_are_those_that_the_command_writes(done: Examination, shown: StatementShown) -> None:
    page = pages("decision", f"Section 25 evidence: {done.view.body.name}", decision(done), {})
    assert shown.files["decision.html"] == page["decision.html"]
    assert annex(done, []).splitlines()[0][2:] in shown.files["annex.html"].decode()
    book = openpyxl.load_workbook(io.BytesIO(shown.files["tables.xlsx"]))
    assert book.sheetnames[1:] == list(done.tables())
    tests = list(book["tests"].iter_rows(values_only=True))
    assert [row[0] for row in tests[1:]] == [one.id for one in done.found]


def test_the_decision_page_is_word_for_word_but_for_its_headings(done: Examination, shown: StatementShown) -> None:
    marks = str.maketrans("", "", "\\#")
    assert shown.decision.translate(marks).split() == decision(done).translate(marks).split()
    heads = [line.split()[0] for line in shown.decision.splitlines() if line.startswith("#")]
    assert heads[0] == "###" and set(heads[1:]) == {"####"}
    assert "| ---: |" in shown.decision


def test_a_confidence_needs_what_the_table_says(done: Examination, shown: StatementShown) -> None:
    table = done.reserves["confidence"]
    assert shown.curve
    for target in (50, 80, 99):
        row = table[(table.basis != "held") & ((100 * table.confidence).round() == target)].iloc[0]
        said = showing.target_words(shown.curve, target)
        assert f"**{target} of 100 futures** takes **£{row.reserve / 1e6:,.1f}m**" in said
    held = table[table.basis == "held"].iloc[0]
    assert shown.curve.held == held.reserve / 1e6
    frame = showing.curve_table(shown.curve)
    needed = frame["Usable reserve needed, £m"]
    assert needed.is_monotonic_increasing and len(frame) == 50
    dear = showing.target_words(shown.curve, 99)
    assert ("more than" in dear) == (needed.iloc[-1] > shown.curve.held)


def test_every_test_and_every_number_of_its_own_is_there(done: Examination, shown: StatementShown) -> None:
    assert len(shown.tests) == len(done.found)
    assert all("mandatory" in name for name in shown.tests[shown.tests.Limb.str.contains("robust")].Test[:2])
    addresses = set(shown.register.Address)
    assert any(address.startswith("agencies.town.") for address in addresses)
    assert not any(address.startswith("agencies.north.") for address in addresses)
    assert not any(address.startswith("agencies.north.") for address in showing.command("a b.yaml", (), (), "x", 1))


def test_questions_are_of_what_decides_and_of_what_is_missing(done: Examination) -> None:
    asked = questions(done)
    large = [one for one in done.effects if one.largest >= LEAST]
    first = asked[: min(len(large), MOST_ASKED)]
    assert first and {one.about for one in first} <= {*(one.name for one in large), "Usable share"}
    assert "judgement" in first[0].because and "points" in first[0].because
    missing = asked[len(first) :]
    reasons = {one.reason.lower().replace("`", "") for one in done.found if one.lacking}
    assert missing and all(one.because.lower().removesuffix(".") in {r.removesuffix(".") for r in reasons}
                           for one in missing)  # fmt: skip
    lacking = {one.id for one in done.found if one.lacking and one.mandatory}
    assert set(missing[0].about.partition(":")[0].split(", ")) & lacking


def test_a_body_whose_effects_are_not_measured_is_asked_of_its_own_judgements() -> None:
    found = questions(examine(load(PLACE).scenario, "hospice", Sample(50)))
    assert any(one.about.endswith("(spending)") and "no reason is given" in one.because for one in found)


def test_work_counts_every_part_once_and_stops_when_asked(done: Examination, monkeypatch: pytest.MonkeyPatch) -> None:
    def quick(_: Scenario, agency: str, sample: Sample, tell: Tell) -> Examination:
        for stage in STAGES:
            tell(stage)
            for _ in range(30):
                assert sample.progress
                sample.progress(1)
        return done

    monkeypatch.setattr("simulator.pages.statements.examine", quick)
    told: list[int] = []
    job = statements.asked(done.view.scenario, "town", 2_000)
    assert isinstance(job.work(told.append, lambda: False), StatementShown)
    assert min(told) >= 0 and sum(told) == job.total - statements.RERUNS[-1]
    with pytest.raises(RunCancelledError):
        job.work(told.append, lambda: True)
    assert len(statements.RERUNS) == len(STAGES) + 1


def test_the_page_draws_up_evidence_off_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_text(SMALL.read_text().replace("name: Small Council", f"name: '{HOSTILE}'"))
    monkeypatch.setenv(apps.SCENARIO, str(path))
    monkeypatch.setattr("simulator.pages.statements.examine", lambda *words: examine(words[0], words[1], Sample(40)))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app = app.switch_page("simulator/pages/evidence.py").run()
    assert not app.exception
    assert [part.value for part in app.title] == ["Evidence for the robustness and reserves statement"]
    assert any("Nothing is drawn up yet" in part.value for part in app.info)
    app.button(key="evidence_go").click().run()
    number, _ = app.session_state["evidence_job"]
    assert JOBS.wait(number, 120)
    app.run()
    assert not app.exception
    said = [part.value for part in (*app.markdown, *app.caption, *app.header)]
    assert {"Ask about", "How large a reserve would be enough?"} <= {part.value for part in app.header}
    assert any(part.startswith("### ") for part in said)
    assert not any(HOSTILE in part for part in said)
    assert any("chief finance officer's; nothing here is an opinion" in part for part in said)
    before = next(part for part in said if part.startswith("To leave no year unfunded"))
    app.slider(key="target").set_value(80).run()
    after = next(part.value for part in app.markdown if part.value.startswith("To leave no year unfunded"))
    assert "80 of 100" in after and before != after
