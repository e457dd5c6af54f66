"""From a file to a study: every fault told at once with the study's own line, before anything runs."""

from __future__ import annotations

import json
import pickle
import re
import shutil
from pathlib import Path

import pytest

from simulator import scenario_file
from simulator.designs import planned
from simulator.problems import Problem, ScenarioError
from simulator.study_file import LoadedStudy, load, study_schema
from simulator.study_trials import MOST_TRIED
from simulator.yaml_tree import parse

ROOT = Path(__file__).resolve().parents[1]
BROKEN = ROOT / "tests" / "broken_studies"
EXPECTED = parse((BROKEN / "expected.yaml").read_bytes(), "expected.yaml").value
JARGON = re.compile(r"(?i)input should|pydantic|validator|NoneType|Traceback|decimal\(|\bdict\b|union|plain-validator")
GOOD = """headroom: 1
study: tiny
name: A tiny study  # whose comment stays
scenario: small.yaml
paths: 1000
design: {kind: grid, steps: 3}
vary:
  - {id: minimum, address: reserves.minimum, low: 3%, high: 7%}
  - {id: floor, address: contribution.amount, values: [0.0, 1.5]}
watch:
  - {id: unfunded, agency: council, outcome: unfunded_gap}
"""
OVERLAY = "name: A lower minimum\nagencies:\n  - id: council\n    reserves: {minimum: 4%}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small scenario, an overlay and a study in it, which is where commands are given."""
    shutil.copy(ROOT / "tests" / "small.yaml", tmp_path)
    (tmp_path / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    (tmp_path / "study.yaml").write_text("headroom: 1\nstudy: another\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str) -> LoadedStudy:
    (folder / "tiny.yaml").write_text(text, encoding="utf-8")
    return load("tiny.yaml")


def refused(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        written(folder, text)
    return caught.value.problems


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.yaml") if path.stem != "expected"))
def test_each_broken_study_is_refused_in_words(name: str, folder: Path) -> None:
    row = EXPECTED[name]
    problems = refused(folder, (BROKEN / f"{name}.yaml").read_text(encoding="utf-8"))
    assert (problems[0].line, problems[0].field) == (row["line"], row["field"])
    said = "\n".join(map(str, problems))
    for words in row["words"]:
        assert words in said
    for problem in problems:
        assert problem.file == row.get("file", "tiny.yaml")
        assert problem.rule and problem.remedy and problem.line >= 1 and problem.column >= 1
        assert not JARGON.search(re.sub(r"`[^`]*`", "", f"{problem.rule} {problem.remedy}")), problem


def test_there_are_many_broken_studies_and_each_is_expected() -> None:
    assert len(EXPECTED) >= 50
    assert set(EXPECTED) == {path.stem for path in BROKEN.glob("*.yaml")} - {"expected"}


def test_a_study_is_read_with_all_it_names(folder: Path) -> None:
    found = written(folder, GOOD.replace("paths:", "overlays: [overlay.yaml]\nset: {years: 2}\npaths:"))
    assert found.text.splitlines()[2] == "name: A tiny study  # whose comment stays"
    assert [name for name, _ in found.files] == ["tiny.yaml", "small.yaml", "overlay.yaml"]
    scenario = found.base.case()
    assert scenario.years == 2 and scenario.agencies[0].reserves.minimum.used == 0.04
    assert scenario == scenario_file.load("small.yaml", ["overlay.yaml"], ["years=2"]).scenario


def test_every_case_is_the_scenario_that_a_run_would_read(folder: Path) -> None:
    found = written(folder, GOOD)
    for case in planned(found.study):
        assert found.base.case((), case.sets) == scenario_file.load("small.yaml", (), case.sets).scenario


def test_options_lay_overlays_and_then_set_values(folder: Path) -> None:
    options = "options:\n  - {id: lower, overlays: [overlay.yaml], set: {reserves.usable_share: 40%}}\n"
    text = re.sub(r"vary:\n(  .*\n)+", options, GOOD).replace("grid, steps: 3", "options")
    found = written(folder, text)
    [_, case] = planned(found.study)
    laid = found.base.case([found.option_overlays[name] for name in case.overlays], case.sets)
    assert laid == scenario_file.load("small.yaml", ["overlay.yaml"], ["reserves.usable_share=40%"]).scenario


def test_a_study_goes_to_another_machine_without_its_files(folder: Path) -> None:
    packed = pickle.dumps(written(folder, GOOD))
    for path in folder.iterdir():
        path.unlink()
    found = pickle.loads(packed)
    assert [case.sets[0] for case in planned(found.study)[1:4:2]] == ["reserves.minimum=3%", "reserves.minimum=5%"]
    assert found.base.case((), ("reserves.minimum=5%",)).agencies[0].reserves.minimum.used == 0.05


def test_all_problems_of_one_kind_are_told_at_once(folder: Path) -> None:
    text = (
        GOOD.replace("paths: 1000", "paths: none").replace("low: 3%", "low: three").replace("kind: grid", "kind: gird")
    )
    assert [problem.line for problem in refused(folder, text)] == [5, 6, 8]
    text = GOOD.replace("low: 3%", "low: -3%").replace("1.5]", "-1.5]").replace("agency: council", "agency: parish")
    assert [problem.line for problem in refused(folder, text)] == [8, 9, 11]


def test_files_that_are_not_there_are_told_together(folder: Path) -> None:
    text = GOOD.replace("scenario: small.yaml", "scenario: smal.yaml\noverlays: [overly.yaml, /etc/passwd]")
    assert [(problem.line, problem.field) for problem in refused(folder, text)] == [
        (4, "scenario"), (5, "overlays.1"), (5, "overlays.2"),
    ]  # fmt: skip


def test_what_is_wrong_with_the_base_is_told_in_its_own_file(folder: Path) -> None:
    small = (folder / "small.yaml").read_text(encoding="utf-8")
    (folder / "small.yaml").write_text(small.replace("minimum: 5%", "minimum: 5"), encoding="utf-8")
    [problem] = refused(folder, GOOD)
    assert problem.file == "small.yaml" and "per cent sign" in problem.rule


def test_an_overlay_that_does_not_fit_is_told_in_its_own_file_once(folder: Path) -> None:
    (folder / "overlay.yaml").write_text(OVERLAY.replace("4%", "4"), encoding="utf-8")
    options = "options:\n  - {id: one, overlays: [overlay.yaml]}\n  - {id: two, overlays: [overlay.yaml]}\n"
    [problem] = refused(folder, re.sub(r"vary:\n(  .*\n)+", options, GOOD).replace("grid, steps: 3", "options"))
    assert (problem.file, problem.line) == ("overlay.yaml", 4)


def test_an_option_that_breaks_the_base_elsewhere_is_told_at_the_option(folder: Path) -> None:
    options = "options:\n  - {id: fine, set: {years: 2}}\n  - {id: short, set: {years: 1}}\n"
    problems = refused(folder, re.sub(r"vary:\n(  .*\n)+", options, GOOD).replace("grid, steps: 3", "options"))
    assert {(problem.file, problem.line, problem.field) for problem in problems} == {("tiny.yaml", 9, "options.short")}
    assert "budget_year (small.yaml, line 7)" in problems[0].rule


def test_a_study_and_a_scenario_are_not_taken_for_one_another(folder: Path) -> None:
    with pytest.raises(ScenarioError, match="this is a scenario"):
        load("small.yaml")
    (folder / "tiny.yaml").write_text(GOOD, encoding="utf-8")
    for words in (("tiny.yaml",), ("small.yaml", ["tiny.yaml"])):
        with pytest.raises(ScenarioError, match="this is a study"):
            scenario_file.load(*words)


def test_a_long_list_is_tried_as_far_as_is_quick(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, ...]] = []
    monkeypatch.setattr("simulator.cases.Base.case", lambda _self, _laid=(), sets=(): tried.append(sets))
    values = ", ".join(str(n) for n in range(MOST_TRIED + 50))
    written(folder, GOOD.replace("[0.0, 1.5]", f"[{values}]").replace("1000\n", "1000\nseed: 2\n"))
    assert len(tried) == MOST_TRIED
    assert tried[:2] == [("reserves.minimum=3%",), ("reserves.minimum=7%",)]


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios" / "studies").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_studies_are_read(path: Path) -> None:
    found = load(f"scenarios/studies/{path.name}")
    assert len(planned(found.study)) == found.study.cases


def test_the_schema_names_every_field_and_design() -> None:
    schema = json.loads(study_schema())
    assert set(schema["required"]) == {"headroom", "study", "name", "scenario", "design"}
    assert {"Grid", "LatinHypercube", "SobolPoints", "Morris", "SobolIndices", "Options"} <= set(schema["$defs"])
    assert schema["$defs"]["Varied"]["properties"]["low"]["anyOf"][0]["type"] == ["string", "number"]


def test_what_is_watched_of_a_place_is_its_own_and_of_a_body_that_of_its_regime(folder: Path) -> None:
    watched = [
        "blackburn_place, outcome: any_duty_breachd", "blackburn_place, outcome: unfunded_gap",
        "blackburn_place, measure: gap, year: 2027-28", "hospice, outcome: made_worse",
        "nobody, outcome: duty_breached",
        "blackburn_place, outcome: system_total_missed", "lsc_icb, measure: owed, year: 2027-28",
    ]  # fmt: skip
    head = GOOD[: GOOD.index("vary:")].replace("small.yaml", "scenarios/lancashire.yaml")
    text = f"{head}vary:\n  - {{id: share, address: blackburn.reserves.usable_share, values: [40%, 50%]}}\nwatch:\n"
    problems = refused(folder, text + "".join(f"  - {{id: w{n}, agency: {one}}}\n" for n, one in enumerate(watched)))
    assert [(one.line, one.field) for one in problems] == [
        (10, "watch.w0.outcome"), (11, "watch.w1.outcome"), (12, "watch.w2.measure"), (13, "watch.w3.outcome"),
        (14, "watch.w4.agency"),
    ]  # fmt: skip
    assert problems[0].remedy == "did you mean `any_duty_breached`?"
    assert "name a body under `agency`" in problems[2].remedy
    assert problems[4].rule.count("blackburn_place") == 1
