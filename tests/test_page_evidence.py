"""The page of evidence: drawn up off the page, the decision page as the command prints it, and what to ask about."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from simulator import evidence_headers, evidence_heads
from simulator import statement_shown as showing
from simulator.blocks import RunCancelledError, Sample
from simulator.checklist import checklist
from simulator.cli import apps
from simulator.decision_page import decision
from simulator.evidence import section25_folder
from simulator.examination import STAGES, Examination, Tell, examine
from simulator.jobs import JOBS
from simulator.pages import statements
from simulator.provenance import Commit, Origin
from simulator.run import Results, simulate
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded, load
from simulator.scrutiny import LEAST, MOST_ASKED, entries_of, questions
from simulator.statement_shown import StatementShown, statement_shown
from simulator.verifying import verify
from simulator.workbench import History

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
HOSTILE = "[x](http://a.b) :red[y] $z$ <b>"


@pytest.fixture(scope="module")
def place() -> Loaded:
    return load(PLACE, (), ("years=3",))


@pytest.fixture(scope="module")
def done(place: Loaded) -> Examination:
    return examine(place.scenario, "town", Sample(60))


@pytest.fixture(scope="module")
def shown(done: Examination) -> StatementShown:
    return statement_shown(done)


@pytest.fixture(scope="module")
def results(place: Loaded) -> Results:
    return simulate(place.scenario, paths=50)


def test_the_pack_is_the_folder_of_the_command_and_is_known_again(
    place: Loaded, done: Examination, shown: StatementShown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.evidence.section25_files", lambda _: shown.files)
    monkeypatch.setattr("simulator.provenance.checkout", lambda: Commit("0" * 40, False, "as committed"))
    made = Origin(place.text, place.files, place.changes, "2026-11-28T10:00:00+00:00")
    with zipfile.ZipFile(io.BytesIO(shown.pack(made))) as archive:
        held = {name.removeprefix("town-evidence/"): archive.read(name) for name in archive.namelist()}
    assert held == section25_folder(done, made) and "scenario.yaml" not in shown.files
    assert verify(held).problems == ()
    told = shown.contents()
    assert set(held) == {name for name in held if name.startswith(tuple(told.Files))}
    assert told["How many"].sum() == len(held)
    assert verify(held | {"decision.md": held["decision.md"] + b" "}).problems


def test_the_spreadsheet_has_every_table_with_units_in_its_headings(done: Examination, shown: StatementShown) -> None:
    book = openpyxl.load_workbook(io.BytesIO(shown.workbook))
    assert book.sheetnames[1:] == list(done.tables())
    tests = list(book["tests"].iter_rows(values_only=True))
    assert [row[0] for row in tests[1:]] == [one.id for one in done.found]
    assert "value (in the unit of its row)" in tests[0]
    assert {"p50 (£)", "central (£)"} <= {cell.value for cell in book["by_year"][1]}
    assert all(len(sheet.tables) == 1 for sheet in book.worksheets[1:])
    for name, table in evidence_headers.headed(done.tables()).items():
        bare = [column for column, kind in table.dtypes.items() if kind.kind == "f" and "(" not in str(column)]
        assert not bare, name


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
    found = questions(examine(load(PLACE, (), ("years=3",)).scenario, "hospice", Sample(50)))
    assert any(one.about.endswith("(spending)") and "no reason is given" in one.because for one in found)


def test_the_checklist_sorts_what_the_evidence_says(done: Examination) -> None:
    entries = entries_of(done)
    found = {one.question: one for one in checklist(done, entries)}
    for draft, check in zip(done.drafts, found.values(), strict=False):
        assert check.because.startswith(f"Draft grade: {draft.grade};")
        assert (check.state == "ok") == (draft.grade == "supports")
    futures, entered = found["Are the futures enough to tell?"], found["Is all entered that the tests need?"]
    assert futures.state == "missing" and "60 futures" in futures.because
    lacking = [one for one in done.found if one.lacking]
    assert entered.state == "missing" and f"{len(lacking)} of {len(done.found)} tests" in entered.because
    whole = replace(done, found=tuple(replace(one, grade="green", indeterminate=False) for one in done.found))
    again = {one.question: one.state for one in checklist(whole, [])}
    assert again["Is every assumption reasoned?"] == "ok" and again["Is all entered that the tests need?"] == "look"
    bare = [one for one in entries if one.grade == "J" and not one.rationale][:1]
    assert "1 that no published text or sum stands behind lacks a reason" in checklist(done, bare)[3].because


def test_an_nhs_body_sees_its_net_risk_and_its_own_dues_first(results: Results) -> None:
    year, names = str(results.scenario.budget_year), results.scenario.names
    for agency in ("board", "north"):
        table = evidence_heads.net_risk(results, agency)
        assert table["£m"].iloc[0] == names[agency] and len(table) == results.net_risk.agency.nunique()
        rows = results.net_risk
        row = rows[(rows.agency == agency) & (rows.year == year) & (rows["view"] == evidence_heads.VIEW)]
        mean = float(row[row.measure == "net_risk"]["mean"].iloc[0])
        assert table["Net risk"].iloc[0] == f"{mean / 1e6:,.1f}".replace("-0.0", "0.0")
        owed = evidence_heads.owed(results, agency)
        assert len(owed) and all(names[agency] in pair for pair in zip(owed["Who owes"], owed.Whom, strict=True))
    assert {body.id for body in results.scenario.bodies if evidence_heads.is_nhs(body)} == {"board", "north", "south"}
    said = " ".join(evidence_heads.lines(results, "board", None))
    assert said.startswith("**Before any new action**") and "futures" in said


def test_work_counts_every_part_once_and_stops_when_asked(
    done: Examination, shown: StatementShown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(_: Scenario, agency: str, sample: Sample, tell: Tell) -> Examination:
        for stage in STAGES:
            tell(stage)
            for _ in range(30):
                assert sample.progress
                sample.progress(1)
        return done

    monkeypatch.setattr("simulator.pages.statements.examine", quick)
    monkeypatch.setattr("simulator.pages.statements.statement_shown", lambda _: shown)
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
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app = app.switch_page("simulator/pages/evidence.py").run()
    assert not app.exception
    assert [part.value for part in app.title] == ["Evidence for the robustness and reserves statement"]
    assert any("not drawn up yet" in part.value for part in app.info)
    app.button(key="evidence_go").click().run()
    number, _ = app.session_state["evidence_job"]
    assert JOBS.wait(number, 120)
    app.run()
    assert not app.exception
    said = [part.value for part in (*app.markdown, *app.caption, *app.header)]
    heads = [part.value for part in app.header]
    assert heads == [
        "The short answer", "The decision page, as it prints", "Checklist", "Ask about", "Take it away",
        "How large a reserve would be enough?", "What it rests on",
    ]  # fmt: skip
    assert any(part.startswith("### ") for part in said)
    assert not any(HOSTILE in part for part in said)
    assert sum("chief finance officer's; nothing here is an opinion" in part for part in said) == 2
    assert sum(part.startswith(("- **OK**", "- **LOOK**", "- **MISSING**")) for part in said) == 6
    labels = [part.label for part in app.get("download_button")]
    assert any("HTML, prints on A4" in label for label in labels) and "The whole pack with its record (ZIP)" in labels
    before = next(part for part in said if "To leave no year unfunded" in part)
    app.slider(key="target").set_value(80).run()
    after = next(part.value for part in app.markdown if "To leave no year unfunded" in part.value)
    assert "80 of 100" in after and before != after
    seen = {name: _numbers(app, name) for name in ("director", "member", "analyst", "nhs")}
    assert len(set(seen.values())) == 1 and seen["director"]
    one = app.session_state["history"].now
    app.session_state["history"] = History(one).do(one.with_value("years", "2"))
    app.run()
    assert not app.exception and any("before your last change" in part.value for part in app.warning)
    assert "save_pack" not in {part.key for part in app.get("download_button")}
    app.session_state["history"] = History(one)
    app.run()
    assert not app.warning and "save_pack" in {part.key for part in app.get("download_button")}
    assert any("unzip it, then `headroom verify <folder>`" in part.value for part in app.caption)
    open_parts = {part.label.partition(" ")[2]: part.proto.expanded for part in app.expander}
    assert not open_parts["questions for whoever scrutinises"]


def _numbers(app: AppTest, name: str) -> tuple[str, ...]:
    """Look at the page as somebody and return every number in its words."""
    app.session_state["view_as"] = name
    app.run()
    assert not app.exception
    if name == "member":
        assert next(part for part in app.expander if "whoever scrutinises" in part.label).proto.expanded
    return tuple(re.findall(r"[0-9][0-9.,]*", " ".join(part.value for part in (*app.markdown, *app.caption))))
