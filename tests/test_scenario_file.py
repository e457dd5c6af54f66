"""From a file to a scenario: every fault told at once with its place, and never a traceback."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator import files
from simulator.drivers import DriverPaths
from simulator.prepared import compile_scenario
from simulator.problems import Problem, ScenarioError
from simulator.projection import project
from simulator.scenario import Scenario, entered_totals
from simulator.scenario_file import Loaded, build, json_schema, load, read, template
from simulator.variants import VIEWS
from simulator.yaml_tree import parse

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "small.yaml"
BROKEN = ROOT / "tests" / "broken"
EXPECTED = parse((BROKEN / "expected.yaml").read_bytes(), "expected.yaml").value
JARGON = re.compile(
    r"(?i)input should|valid (string|dictionary|integer|boolean)|extra_forbidden|pydantic|model_type|\bdict\b|"
    r"\^\[|\\d|NoneType|Traceback|validator|instance of|field required|value error|int_|str_|decimal\("
)


def refused(*words: Any, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        load(*words, **more)
    return caught.value.problems


def complete(problems: tuple[Problem, ...]) -> None:
    """Every problem says where, what is allowed and what to do, in plain words."""
    assert problems
    for problem in problems:
        assert problem.file and problem.rule and problem.remedy, problem
        assert (problem.line >= 1 and problem.column >= 1) or problem.file == "--set", problem
        assert len(problem.value) <= 60
        ours = re.sub(r"`[^`]*`", "", f"{problem.rule} {problem.remedy}")
        assert not JARGON.search(ours), problem


def laid(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    """The problems of a piece laid over the small scenario."""
    path = tmp_path / "piece.yaml"
    path.write_text(text, encoding="utf-8")
    problems = refused(SMALL, [path])
    complete(problems)
    return problems


def test_the_small_scenario_is_read() -> None:
    loaded = load(SMALL)
    council = loaded.scenario.agencies[0]
    assert council.funding.council_tax.requirement[loaded.scenario.base_year].used == 60e6
    assert council.reserves.usable_share.used == 0.5
    assert [line.id for line in council.spending] == ["care", "other"]
    assert loaded.scenario.drivers == [] and loaded.scenario.events == []
    assert loaded.files == ((SMALL.name, files.sha256(SMALL.read_bytes())),)


def test_the_resolved_text_is_the_same_scenario(tmp_path: Path) -> None:
    for path in (SMALL, "scenarios/blackburn-with-darwen.yaml"):
        loaded = load(path)
        again = tmp_path / "again.yaml"
        again.write_bytes(loaded.text.encode())
        second = load(again)
        assert second.scenario == loaded.scenario and second.text == loaded.text
        assert "extends" not in loaded.tree.value


@pytest.mark.parametrize("name", sorted(path.stem for path in BROKEN.glob("*.yaml") if path.stem != "expected"))
def test_each_broken_file_is_refused_in_words(name: str) -> None:
    row, path = EXPECTED[name], BROKEN / f"{name}.yaml"
    problems = refused(path) if row.get("alone") else refused(SMALL, [path])
    complete(problems)
    said = "\n".join(map(str, problems))
    for words in row["words"]:
        assert words in said, said
    assert row["line"] in {problem.line for problem in problems}, said
    assert {Path(problem.file).name for problem in problems} == {path.name}, said


def test_there_are_many_broken_files_and_each_is_expected() -> None:
    assert len(EXPECTED) >= 100
    assert set(EXPECTED) == {path.stem for path in BROKEN.glob("*.yaml")} - {"expected"}


def test_all_problems_are_told_at_once_in_order(tmp_path: Path) -> None:
    problems = laid(
        tmp_path,
        "years: 40\nagencies:\n  - id: council\n    class: town\n    reserves: {minimum: 5, earmaked: 1}\n"
        "    spending:\n      - {id: New line, name: New, net: £3m}\nbase_year: 2024\n",
    )
    assert [problem.line for problem in problems] == [1, 4, 5, 5, 7, 7, 8]


def test_a_bad_unit_is_told_once_and_amounts_are_left_alone(tmp_path: Path) -> None:
    for text in ("money: £bn\n", "money: 3\n", "money: [£m]\n", "money: null\n"):
        problems = laid(tmp_path, text)
        assert [problem.field for problem in problems] == ["money"], problems
    whole = tmp_path / "whole.yaml"
    whole.write_text(SMALL.read_text(encoding="utf-8").replace("money: £m\n", ""), encoding="utf-8")
    assert [problem.field for problem in refused(whole)] == ["money"]


def test_a_scenario_is_the_same_in_any_unit(tmp_path: Path) -> None:
    text = SMALL.read_text(encoding="utf-8")
    pounds = re.sub(r"(?<=: )(60|50|40|20|10)\.0\b", lambda hit: f"{hit[0][:-2]}000000", text)
    path = tmp_path / "pounds.yaml"
    path.write_text(pounds.replace("money: £m", "money: £"), encoding="utf-8")
    first, second = load(SMALL).scenario, load(path).scenario
    assert second.model_copy(update={"money": "£m"}) == first


def test_a_missing_field_points_at_its_group(tmp_path: Path) -> None:
    [problem] = laid(
        tmp_path,
        "agencies:\n  - id: council\n    debt:\n      {rate: 5%, maturing: 5%, mrp: 1.0, mrp_growth: 0%}\n",
    )
    assert (problem.line, problem.field) == (3, "agencies.council.debt.outstanding")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("9,0", "write 9.0"), ('"9,0"', "write 9.0"), ('"£9,000"', "write 9000"), ("{value: 9,0}", "write 9.0"),
     ("{value: 9,000}", "write 9000")],
)  # fmt: skip
def test_a_decimal_comma_is_never_taken_for_thousands(tmp_path: Path, written: str, meant: str) -> None:
    [problem] = laid(tmp_path, f"agencies:\n  - id: council\n    reserves:\n      gf_unallocated: {written}\n")
    assert meant in problem.remedy and "90," not in problem.remedy


def test_bare_numbers_and_records_both_show_their_line(tmp_path: Path) -> None:
    text = "agencies:\n  - id: council\n    reserves:\n      minimum: 5\n      earmarked:\n        value: no\n"
    bare, record = laid(tmp_path, text)
    assert (bare.line, bare.column, bare.field) == (4, 16, "agencies.council.reserves.minimum")
    assert (record.line, record.field) == (6, "agencies.council.reserves.earmarked.value")


def test_a_fault_between_fields_shows_the_field(tmp_path: Path) -> None:
    [problem] = laid(tmp_path, "budget_year: 2020-21\n")
    assert (problem.line, problem.column, problem.value) == (1, 14, "2020-21")


def test_problems_past_a_thousand_are_counted(tmp_path: Path) -> None:
    items = "".join(f"  - {{id: d{i}, name: D, spread: 1}}\n" for i in range(1_500))
    problems = laid(tmp_path, f"drivers:\n{items}")
    assert len(problems) == 1_001 and "500 more" in problems[-1].rule


def test_problems_become_plain_values() -> None:
    [problem] = refused(SMALL, sets=["years=99"])
    assert problem.as_dict()["field"] == "years"
    assert json.dumps(problem.as_dict())


def write(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(texts))}.yaml"


SMALL_TEXT = SMALL.read_text(encoding="utf-8")


def test_a_file_extends_others_in_order(tmp_path: Path) -> None:
    path = write(
        tmp_path, top="extends: [base, more.yaml]\n".replace("base,", "base.yaml,") + "years: 6\n",
        base=SMALL_TEXT, more="extends: deep/deeper.yaml\nname: From more\nyears: 5\n",
    )  # fmt: skip
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep", deeper="name: From deeper\nplace: {name: Deep}\n")
    loaded = load(path)
    assert (loaded.scenario.years, loaded.scenario.name, loaded.scenario.place.name) == (6, "From more", "Deep")
    assert [Path(name).name for name, _ in loaded.files] == ["top.yaml", "base.yaml", "more.yaml", "deeper.yaml"]
    assert loaded.tree.marks[("place", "name")].file.endswith("deep/deeper.yaml")
    assert all(not Path(name).is_absolute() for name, _ in loaded.files)


def test_a_parent_read_twice_is_read_once(tmp_path: Path) -> None:
    path = write(
        tmp_path, top="extends: [a.yaml, b.yaml]\n", a="extends: c.yaml\n", b="extends: c.yaml\n", c=SMALL_TEXT
    )
    assert len(load(path).files) == 4


def test_rings_and_depth_and_breadth_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: a.yaml\n")
    [ring] = refused(path)
    assert "one direction" in ring.rule and ring.file.endswith("c.yaml") and ring.line == 1
    deep = {f"d{i}": f"extends: d{i + 1}.yaml\n" for i in range(12)}
    assert "10 deep" in refused(write(tmp_path, **deep))[0].rule
    wide = {f"w{i}": f"extends: [{', '.join(f'w{j}.yaml' for j in range(i * 8 + 1, i * 8 + 9))}]\n" for i in range(10)}
    assert "50 files" in refused(write(tmp_path, **wide, **{f"w{i}": "years: 3\n" for i in range(10, 90)}))[0].rule
    many = write(tmp_path, many=f"extends: [{', '.join(['x.yaml'] * 21)}]\n")
    assert "at most 20" in refused(many)[0].rule


def test_extending_fans_out_without_cost(tmp_path: Path) -> None:
    levels = {f"l{i}": f"extends: [{', '.join([f'l{i + 1}.yaml'] * 20)}]\n" for i in range(9)}
    begun = time.process_time()
    assert read(write(tmp_path, **levels, l9="years: 3\n")).value == {"years": 3}
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "parent", ["../out.yaml", "/etc/passwd", "a/../../out.yaml", "link.yaml", "a", "", "x" * 4_000]
)
def test_a_parent_stays_in_its_folder(tmp_path: Path, parent: str) -> None:
    inner = tmp_path / "in"
    (inner / "a").mkdir(parents=True)
    (tmp_path / "out.yaml").write_text(SMALL_TEXT, encoding="utf-8")
    (inner / "link.yaml").symlink_to(tmp_path / "out.yaml")
    [problem] = refused(write(inner, top=f"headroom: 1\nextends: '{parent}'\n"))
    assert "in the folder" in problem.rule and problem.line == 2


def test_a_shipped_name_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load("scenarios/blackburn-with-darwen.yaml")
    assert [name for name, _ in loaded.files] == ["scenarios/blackburn-with-darwen.yaml", "defaults/uk-2026.yaml"]
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "blackburn-with-darwen.yaml").write_text(SMALL_TEXT, encoding="utf-8")
    assert load("scenarios/blackburn-with-darwen.yaml").scenario.name == "A small council"


@pytest.mark.parametrize(
    "name", ["none.yaml", ".", "a\0b", "x" * 5_000, "defaults/none.yaml", "", "defaults/../x.yaml"]
)
def test_a_name_that_leads_nowhere_is_told(name: str) -> None:
    [problem] = refused(name)
    assert problem.rule and problem.remedy


def test_an_overlay_has_only_what_differs(tmp_path: Path) -> None:
    path = write(
        tmp_path, over="extends: piece.yaml\nyears: 4\n",
        piece="agencies:\n  - {id: council, spending: [{id: care, net: 55}]}\n",
    )  # fmt: skip
    scenario = load(SMALL, [path]).scenario
    assert scenario.years == 4
    assert scenario.agencies[0].spending[0].net is not None
    assert scenario.agencies[0].spending[0].net.used == 55e6
    assert scenario.agencies[0].spending[1].id == "other"


def test_an_overlay_cannot_bring_a_place_in_below(tmp_path: Path) -> None:
    path = write(tmp_path, over="extends: base.yaml\n", base=SMALL_TEXT)
    assert "only overlays" in refused(SMALL, [path])[0].rule


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios" / "overlays").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_overlays_fit_the_shipped_place(path: Path) -> None:
    # Overlays that switch agreements or NHS rules say so in their first line: they lie over the whole place.
    of_place = path.read_text(encoding="utf-8").startswith("# For the place")
    below = "scenarios/lancashire.yaml" if of_place else "scenarios/blackburn-with-darwen.yaml"
    assert load(below, [path]).scenario != load(below).scenario


def test_settings_come_last(tmp_path: Path) -> None:
    path = write(tmp_path, over="years: 4\n")
    loaded = load(SMALL, [path], ["years=5", "care.net=52.5", "reserves.minimum=6%"])
    assert loaded.scenario.years == 5
    by_hand = {"source": "command_line", "rationale": "set by hand"}
    council = loaded.tree.value["agencies"][0]
    assert council["spending"][0]["net"] == {"value": Decimal("52.5"), **by_hand}
    assert council["reserves"]["minimum"] == {"value": "6%", **by_hand}
    assert loaded.scenario.sources["command_line"].grade == "J"
    assert loaded.changes == (
        "over.yaml", "years: 5 (was 4)", "care.net: 52.5 (was 50.0)", "reserves.minimum: 6% (was 5%)",
    )  # fmt: skip
    again = tmp_path / "again.yaml"
    again.write_bytes(loaded.text.encode())
    assert load(again).scenario == loaded.scenario


def test_an_overlay_keeps_the_name_of_what_it_lies_over(tmp_path: Path) -> None:
    path = write(tmp_path, over="name: High costs\nyears: 4\n")
    loaded = load(SMALL, [path])
    assert loaded.scenario.name == "A small council"
    assert loaded.changes == ("High costs (over.yaml)",)


def test_a_word_set_stays_plain(tmp_path: Path) -> None:
    loaded = load(
        SMALL,
        sets=["agencies.council.reserves.contribution.treatment=recurrent", "increase.2027-28=4%", "name='Other'"],
    )
    council = loaded.tree.value["agencies"][0]
    assert council["reserves"]["contribution"]["treatment"] == "recurrent"
    assert council["funding"]["council_tax"]["increase"]["2027-28"]["source"] == "command_line"
    assert loaded.tree.value["name"] == "Other"
    assert loaded.changes[1] == "increase.2027-28: 4% (was 5%)"
    assert "command_line" not in load(SMALL, sets=["years=2"]).tree.value["sources"]


def test_a_whole_line_cannot_be_set() -> None:
    [problem] = refused(SMALL, (), ["care=75"])
    assert problem.rule.startswith("`care` is a line") and problem.remedy == "did you mean `care.net`?"
    assert problem.field == "care"


def test_a_base_year_without_figures_is_told_once(tmp_path: Path) -> None:
    [problem] = laid(tmp_path, "base_year: 2025-26\n")
    assert problem.field == "base_year"


def test_a_new_record_above_the_defaults_is_no_fault(tmp_path: Path) -> None:
    text = "agencies:\n  - id: council\n    spending: [{id: parks, name: Parks, net: 1.0}]\n"
    path = write(tmp_path, over=text)
    assert [line.id for line in load(SMALL, [path]).scenario.agencies[0].spending] == ["care", "other", "parks"]


def test_a_surprise_past_a_shortened_horizon_is_no_fault(tmp_path: Path) -> None:
    path = write(tmp_path, over="drivers:\n  - {id: prices, name: Prices, surprise: {2030-31: 1%}}\n")
    assert load(SMALL, [path], ["years=2"]).scenario.years == 2


def test_parishes_past_the_horizon_are_no_fault(tmp_path: Path) -> None:
    precepts = ", ".join(f"{year}-{year - 1999}: 1.0" for year in range(2024, 2032))
    path = write(
        tmp_path,
        over=f"agencies: [{{id: council, funding: {{council_tax: {{parish_precepts: {{{precepts}}}}}}}}}]\n",
    )
    project_central(load(SMALL, [path]).scenario)


def test_the_name_of_no_file_is_told() -> None:
    [problem] = refused("")
    assert "no file is named" in problem.rule and problem.file == '""'


@pytest.mark.parametrize(
    "setting", ["years", "=5", "", "years=40", "years=ten", "carenet=5", "care.grwth=5%", "headroom=2"]
)
def test_a_bad_setting_is_told(setting: str) -> None:
    problems = refused(SMALL, (), [setting])
    complete(problems)
    assert problems[0].file == "--set"


def test_the_template_can_be_run_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_bytes(template())
    assert template().startswith(b"# yaml-language-server: $schema=schema.json\n")
    scenario = load(path).scenario
    assert {line.source for line in scenario.agencies[0].spending} == {"EXAMPLE"}
    assert scenario.sources["EXAMPLE"].grade == "J"
    council = scenario.agencies[0]
    totals = entered_totals(council, scenario.base_year)
    spent = totals["net_revenue_expenditure"] + council.reserves.contribution.added
    assert spent == pytest.approx(totals["funding"]) and not council.published
    assert council.reserves.gf_unallocated.used > council.reserves.minimum.used * totals["net_revenue_expenditure"]
    project_central(scenario)
    assert len(scenario.drivers) > 10


def test_the_schema_allows_what_files_hold() -> None:
    schema = json.loads(json_schema())
    assert json_schema() == json_schema()
    assert schema["required"] == ["headroom"] and "extends" in schema["properties"]
    names = set(schema["$defs"])
    assert {"Driver", "Council", "Assumption1"} <= names and not any("__" in name for name in names)
    assert set(re.findall(r"#/\$defs/([^\"]+)", json_schema())) <= names
    kinds = [schema["$defs"][name]["anyOf"] for name in names if name.startswith("Assumption")]
    assert any({"type": "number"} in kind for kind in kinds)
    assert schema["$defs"]["Line"]["required"] == ["id"]


def test_checking_needs_no_engine() -> None:
    code = (
        "import sys\nfrom simulator.scenario_file import load\nload('scenarios/blackburn-with-darwen.yaml')\n"
        "engine = {'simulator.' + name for name in ('compiled', 'drivers', 'position', 'projection', 'run')}\n"
        "sys.exit(str(({'scipy', 'pandas'} | engine) & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# " + b"x" * 6_000_000)
    begun = time.process_time()
    assert "5 MB" in refused(path)[0].rule
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("thousands", [3, pytest.param(15, marks=pytest.mark.prove)])
def test_a_large_file_of_faults_is_read_in_time(thousands: int) -> None:
    text = (
        SMALL_TEXT
        + "drivers:\n"
        + "".join(f"  - {{id: d{i}, nme: x, spread: 3, central: {{2024: 1}}}}\n" for i in range(thousands * 1_000))
    )
    begun = time.process_time()
    with pytest.raises(ScenarioError):
        build(parse(text.encode(), "big.yaml"))
    assert time.process_time() - begun < 8 * thousands / 3


def project_central(scenario: Scenario) -> None:
    """Carry a scenario as far as its central case."""
    compiled = compile_scenario(scenario)
    project(compiled, DriverPaths(compiled, 1).central(), VIEWS, len(VIEWS))


TOKENS = (
    "\0", "&a ", "*a", "!!python/object:os.system ", "!x ", '"', "'", "\u202e", "\u200b", ".nan", "-.inf", "9" * 400,
    "\ufeff", "\n---\n", "\n...\n", "<<: ", "[", "]", "{", "}", ": ", "? ", "- ", "| ", "> ", "#", "%", "@", "`",
    "\t", "\r", "\n", "1e999999999", "0x1F", "010", "1_000", "1,000", "-5", "150%", "1e9%", "null", "true", "~", "é",
    "£", "\U0001f600", "2024-25", "2024-26", "id: council", "extends: defaults/uk-2026.yaml\n", "extends: x\n",
    "headroom: 2\n", "{a: {b: {c: {d: {e: 1}}}}}", "[" * 22 + "1" + "]" * 22, "value: ", "low: 1", "0", "-0.0", "\\",
)  # fmt: skip


def mutants(count: int) -> Iterator[bytes]:
    """Deterministic mutants of a valid scenario that know what YAML is made of."""
    chance = random.Random(20261122)
    lines = SMALL_TEXT.splitlines(keepends=True)
    for _ in range(count):
        made = list(lines)
        for _ in range(chance.choice((1, 1, 2, 4))):
            _mutate(made, chance)
        data = "".join(made).encode("utf-8", "surrogatepass")
        if chance.random() < 0.15:
            i, j = sorted(chance.randrange(len(data)) for _ in range(2))
            data = data[:i] + data[j : j + 1] + data[i + 1 : j] + data[i : i + 1] + data[j + 1 :]
        if chance.random() < 0.05:
            i = chance.randrange(len(data))
            data = data[:i] + bytes([chance.randrange(256)]) + data[i + 1 :]
        yield data


def _mutate(lines: list[str], chance: random.Random) -> None:
    i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(8)
    at = chance.randrange(len(lines[i]) + 1)
    if kind == 0 and len(lines) > 1:
        del lines[i]
    elif kind == 1:
        lines.insert(j, lines[i])
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 3:
        lines[i] = re.sub(r": .*", lambda _: f": {chance.choice(TOKENS)}", lines[i], count=1)
    elif kind == 4:
        lines[i] = " " * chance.randrange(12) + lines[i].lstrip(" ")
    elif kind == 5:
        lines[i] = lines[i][:at] + lines[i][at + 1 :]
    else:
        lines[i] = lines[i][:at] + chance.choice(TOKENS) + lines[i][at:]


@pytest.mark.parametrize("count", [800, pytest.param(3_000, marks=pytest.mark.prove)])
def test_mutants_end_in_a_scenario_or_in_words(count: int) -> None:
    valid = 0
    for data in mutants(count):
        try:
            scenario = build(parse(data, "mutant.yaml"))
        except ScenarioError as error:
            complete(error.problems)
            continue
        valid += 1
        if valid % 20:
            compile_scenario(scenario)
        else:
            project_central(scenario)
    assert count / 30 < valid < count * 2 / 3


def test_mutants_on_disk_end_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "mutant.yaml"
    for data in mutants(100):
        path.write_bytes(data)
        try:
            assert isinstance(load(path), Loaded)
        except ScenarioError as error:
            complete(error.problems)


def test_noise_ends_in_words() -> None:
    chance = random.Random(7)
    for _ in range(500):
        try:
            build(parse(chance.randbytes(chance.randrange(200)), "noise.yaml"))
        except ScenarioError as error:
            complete(error.problems)
