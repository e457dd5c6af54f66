"""Two runs on the same futures: nothing differs from itself, a pound is a pound, and the steps add up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from places import BASE, NEXT, blackburn, blackburn_with, council, driver, line, scenario

from simulator import comparison
from simulator.cli import main
from simulator.comparison_page import page, pictures
from simulator.files import sha256
from simulator.folders import Folder
from simulator.run import Results, simulate
from simulator.scenario_file import load
from simulator.summary import Z95
from simulator.verifying import verify

ROOT = Path(__file__).resolve().parents[1]
BLACKBURN = str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")
PATHS = 1_000


def headroom(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture(scope="module")
def shipped() -> Results:
    return simulate(blackburn(), paths=PATHS)


@pytest.fixture(scope="module")
def richer() -> Results:
    """The shipped council with £1m more of certain, lasting income from 2025-26 on."""
    grant = {"id": "more", "name": "More", "amounts": {"2024-25": 0, "2025-26": 1.0}}
    return simulate(blackburn_with({"agencies": [{"id": "blackburn", "funding": {"grants": [grant]}}]}), paths=PATHS)


def test_a_run_differs_from_itself_in_nothing(shipped: Results) -> None:
    table = comparison.paired(shipped, shipped)
    assert not table[["mean", "low95", "high95", "p10", "p50", "p90", "b_better", "a_better"]].to_numpy().any()
    chances = comparison.chance_differences(shipped, shipped)
    assert not chances[["difference", "low95", "high95"]].to_numpy().any()
    assert not comparison.why(shipped, shipped).amount.to_numpy().any()
    tree = load(BLACKBURN).tree.value
    assert comparison.changes(tree, tree) == []


def test_a_certain_million_narrows_the_gap_by_a_million_on_every_future(shipped: Results, richer: Results) -> None:
    table = comparison.paired(shipped, richer)
    gap = table[(table.measure == "gap") & (table["view"] == "before_action")]
    for column in ("mean", "low95", "high95", "p10", "p50", "p90"):
        assert gap[column].to_numpy() == pytest.approx(np.full(10, -1e6), abs=0.01), column
    assert (gap.b_better == 1).all() and (gap.a_better == 0).all()
    held = table[(table.measure == "usable_reserves") & (table["view"] == "before_action")]
    assert (held["mean"] > 0).all() and (held.a_better == 0).all()
    assert set(table.measure) == {
        "gap", "usable_reserves", "unfunded_gap", "gf_unallocated", "tax_raised", "savings_delivered",
    }  # fmt: skip
    chances = comparison.chance_differences(shipped, richer)
    unfunded = chances[(chances.outcome == "unfunded_gap") & (chances["view"] == "before_action")]
    assert (unfunded.difference <= 0).all() and unfunded.difference.min() < 0
    assert (unfunded.low95 <= unfunded.difference).all() and (unfunded.difference <= unfunded.high95).all()


def test_the_interval_of_a_difference_of_chances_is_mcnemars(shipped: Results, richer: Results) -> None:
    t = shipped.compiled.years.index("2029-30")
    one, two = (run.happened["unfunded_gap"][0, 0, : t + 1].any(axis=0) for run in (shipped, richer))
    only_a, only_b = int((one & ~two).sum()), int((two & ~one).sum())
    assert only_a > 0 and only_b == 0
    error = np.sqrt(only_a + only_b - (only_b - only_a) ** 2 / PATHS) / PATHS
    table = comparison.chance_differences(shipped, richer)
    row = table[
        (table.outcome == "unfunded_gap") & (table["view"] == "before_action") & (table.year == "by 2029-30")
    ].iloc[0]
    assert row.difference == pytest.approx((only_b - only_a) / PATHS)
    assert (row.low95, row.high95) == pytest.approx((row.difference - Z95 * error, row.difference + Z95 * error))
    assert row.chance_a == one.mean() and row.chance_b == two.mean()


def test_a_measure_that_one_run_did_not_keep_is_left_out(shipped: Results, richer: Results) -> None:
    fewer = {name: amounts for name, amounts in shipped.kept.items() if name != "tax_raised"}
    table = comparison.paired(replace(shipped, kept=fewer), richer)
    assert "tax_raised" not in set(table.measure) and "gap" in set(table.measure)


def test_paired_differences_are_far_surer_than_unpaired_ones(shipped: Results, richer: Results) -> None:
    table = comparison.paired(shipped, richer)
    row = table[(table.measure == "usable_reserves") & (table["view"] == "after_action") & (table.year == "2034-35")]
    half = float((row.high95 - row.low95).iloc[0]) / 2
    kept = [run.kept["usable_reserves"][1, 0, -1] for run in (shipped, richer)]
    alone = Z95 * np.sqrt(sum(part.var(ddof=1) for part in kept) / PATHS)
    assert half < alone / 5


def test_why_adds_up_and_names_what_only_one_has(shipped: Results, richer: Results) -> None:
    steps = comparison.why(shipped, richer)
    rows = steps[(steps.year == "2030-31") & (steps["view"] == "before_action")].set_index("step")
    assert rows.amount["General grants"] == pytest.approx(-1e6)
    assert rows.amount["Average gap in 2030-31"] == pytest.approx(-1e6)
    moves = rows[rows.kind == "move"].amount
    assert moves.sum() == pytest.approx(-1e6, abs=0.01) and (moves.abs() > 1).sum() == 1
    plain = council(spending=[line("services")])
    grown = council(spending=[line("services", demand="need")])
    one, two = (
        simulate(scenario(agencies=[body], drivers=[driver("need", long_run="5%")], years=2), paths=1)
        for body in (plain, grown)
    )
    moved = comparison.why(one, two).set_index(["view", "year", "step"]).amount
    assert moved["before_action", "2026-27", "Demand: need"] == pytest.approx(5e6)
    assert moved["before_action", "2027-28", "Average gap in 2027-28"] == pytest.approx(10.25e6)


def test_steps_of_one_name_are_added_together() -> None:
    def levied(*amounts: float) -> Results:
        levies = [
            {"id": f"l{i}", "name": "Levy", "amounts": {BASE: 1, NEXT: 1 + more}} for i, more in enumerate(amounts)
        ]
        return simulate(scenario(agencies=[council(levies=levies)], years=2), paths=1)

    moved = comparison.why(levied(0, 0), levied(1, 2)).set_index(["view", "year", "step"]).amount
    assert moved["before_action", NEXT, "Levy"] == pytest.approx(3e6)


def test_steps_that_do_not_add_up_are_refused(shipped: Results, richer: Results) -> None:
    wrong = richer.waterfall.copy()
    wrong.loc[wrong.step == "General grants", "amount"] += 0.02
    with pytest.raises(ValueError, match="the average gaps differ by"):
        comparison.why(shipped, replace(richer, waterfall=wrong))


def test_runs_that_do_not_share_their_futures_are_refused(shipped: Results) -> None:
    other = simulate(blackburn(), paths=PATHS, seed=2)
    with pytest.raises(comparison.CannotCompareError, match="seed 1 and 1,000 futures, B seed 2"):
        comparison.paired(shipped, other)
    later = simulate(scenario(), paths=PATHS)
    with pytest.raises(comparison.CannotCompareError, match="A begins in 2025-26, B in 2026-27"):
        comparison.paired(shipped, later)
    elsewhere = simulate(scenario(agencies=[council("elsewhere")]), paths=PATHS)
    with pytest.raises(comparison.CannotCompareError, match="no body and year in common"):
        comparison.paired(later, elsewhere)


def test_years_and_bodies_of_one_run_only_are_named(shipped: Results) -> None:
    shorter = simulate(blackburn_with({"years": 4}), paths=PATHS)
    assert comparison.only_in_one(shipped, shorter) == [
        "only A has 2029-30, 2030-31, 2031-32, 2032-33, 2033-34, 2034-35"
    ]
    table = comparison.paired(shipped, shorter)
    assert sorted(set(table.year)) == ["2025-26", "2026-27", "2027-28", "2028-29"]
    assert not table["mean"].to_numpy().any()


def test_what_changed_is_said_by_address_whatever_the_order() -> None:
    first = {"name": "A", "lines": [{"id": "care", "net": 5, "source": "X"}, {"id": "other", "net": 1}], "years": 5}
    second = {"years": 6, "name": "B", "lines": [{"id": "other", "net": 1, "income": 2}, {"id": "care", "net": 7}]}
    assert comparison.changes(first, second) == [
        "lines.care.net: 5 -> 7",
        "lines.other.income: added, 2",
        "years: 5 -> 6",
    ]
    assert comparison.changes(second, first)[1:2] == ["lines.other.income: taken out (was 2)"]
    assert comparison.changes({"name": "A", "x": 1}, {"name": "B", "x": 1}) == ["name: A -> B"]
    assert comparison.changes({"x": ["a", "b"], "2027/28": 1}, {"x": ["b", "a"], "2027-28": 1}) == []
    many = comparison.changes({str(i): i for i in range(300)}, {str(i): i + 1 for i in range(300)})
    assert len(many) == 201 and many[-1] == "and 100 more"


def test_what_changed_is_said_by_name_and_as_numbers() -> None:
    def tree(long_run: object, **more: object) -> dict[str, object]:
        return {"drivers": [{"id": "care", "name": "Care of adults", "long_run": long_run}], **more}

    told = "Care of adults, long run (drivers.care.long_run): "
    sourced = {"value": "2%", "source": "x", "rationale": "y"}
    ranged = {"low": "1%", "central": "2%", "high": "3%"}
    assert comparison.changes(tree("1.5%"), tree(sourced)) == [f"{told}1.5% -> 2%"]
    assert comparison.changes(tree(sourced), tree(ranged)) == [f"{told}2% -> 2% (1% to 3%)"]
    assert comparison.changes(tree("2%", years=5), tree(sourced, years=6)) == ["years: 5 -> 6"]
    grants = {"grants": [{"id": "more", "name": "More", "amounts": {NEXT: 1.0}}]}
    assert comparison.changes(tree("2%", grants=[]), tree("2%", **grants)) == [
        f"More (grants.more): added, amounts {NEXT} 1.0"
    ]
    years = {"amounts": {str(2020 + i): i for i in range(6)}}
    assert comparison.changes({}, years) == [
        "amounts: added, 2020 0, 2021 1, 2022 2, 2023 3, and 2 more values",
    ]


def test_the_page_says_what_why_and_how_sure(shipped: Results, richer: Results) -> None:
    said = page(shipped, richer, ["grants.more: added, 1 item"], ("As it is", "With a million more"))
    for words in (
        "# As it is, beside With a million more",
        "What changed",
        "grants.more: added",
        "a difference is B less A",
        "with sampling error",
        "General grants | -1.00 | -1.00 | -1.00",
        "-£1.00m in the middle and -£1.00m to -£1.00m in 8 futures of 10",
        "B is better in all of the futures drawn (99.6% to 100.0% with sampling error)",
        "above nought widens the gap",
        "above nought is more in hand",
        "not an opinion",
    ):
        assert words in said
    assert "no difference in any future" in page(shipped, shipped, [], ("A", "A"))


def test_one_future_gives_no_interval_and_says_so() -> None:
    one, two = (simulate(scenario(agencies=[council(spending=[line("services", net)])]), paths=1) for net in (100, 101))
    said = page(one, two, [], ("A", "B"))
    assert "£1.00m on average (too few futures to say how sure)" in said and "£nan" not in said
    assert "20.7% to 100.0%" in said


@pytest.mark.usefixtures("undrawn")
def test_the_page_tells_of_years_that_both_have() -> None:
    far = simulate(scenario(budget_year="2028-29"), paths=10)
    near = simulate(scenario(years=2), paths=10)
    said = page(far, near, [], ("Far", "Near"))
    assert "only A has 2028-29" in said and "Before action, 2027-28: no difference in any future" in said
    assert set(pictures(far, near)) == {"charts/why.svg", "charts/why.png"}


def test_the_command_compares_a_file_with_a_change(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = headroom("compare", BLACKBURN, "--set", "care_demand.long_run=2.5%", "--paths", "1000", "--out", str(out))
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert (
        "complexity, long run (drivers.care_demand.long_run): 1.5% -> 2.5%" in said
        and "Demand: Adult social care volume" in said
    )
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert names == {"comparison.md", "manifest-sha256.txt", "tables/paired.csv", "tables/chance_differences.csv",
                     "tables/why.csv", "charts/why.svg", "charts/why.png", "first.yaml", "second.yaml",
                     "comparison.json"}  # fmt: skip
    record = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert (record["command"], record["paths"], record["seed"], record["checks_hold"]) == ("compare", 1000, 1, True)
    assert record["scenario"]["meaning_sha256"] != record["against"]["meaning_sha256"]
    assert record["scenario"]["changes"] and not record["against"]["changes"]
    for name, part in (("first.yaml", "against"), ("second.yaml", "scenario")):
        assert sha256((out / name).read_bytes()) == record[part]["text_sha256"]
    assert verify(Folder(out)).problems == ()
    for name in ("tables/why.csv", "second.yaml", "comparison.json"):
        whole = (out / name).read_bytes()
        (out / name).write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        assert name in {found.file for found in verify(Folder(out)).problems}
        (out / name).write_bytes(whole)


@pytest.mark.usefixtures("undrawn")
def test_a_place_is_compared_with_another_rule_for_its_pool() -> None:
    """The command of the README: the place's chances stand apart from the council's, which has another id."""
    place = ROOT / "scenarios" / "lancashire.yaml"
    overlay = ROOT / "scenarios" / "overlays" / "better-care-capped.yaml"
    done = headroom("compare", str(place), "--with", str(overlay), "--paths", "100", "--years", "3")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "hospice with years: 3 (was 10), beside the same with Better Care Fund with the ICB's share capped" in said
    assert "of the 10 bodies have missed their own duty or plan on average in A" in said
    assert " more: less than £0.01m on average and in 8 futures of 10" in said
    fire = said.split("Lancashire Combined Fire Authority: what difference it makes - ")[1]
    assert fire.startswith("None in any future")
    assert "makes - Less than £0.01m on average and in 8 futures of 10, before action and after it, in 2027-28." in said


@pytest.mark.usefixtures("undrawn")
def test_run_folders_are_compared_on_their_own_futures(tmp_path: Path) -> None:
    for name, seed in (("one", "5"), ("two", "6")):
        folder = str(tmp_path / name)
        assert headroom("run", BLACKBURN, "--paths", "200", "--seed", seed, "--out", folder).exit_code == 0
    done = headroom("compare", str(tmp_path / "one"), str(tmp_path / "two"), "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.output[done.output.index("{") :])
    assert (report["seed"], report["paths"], report["changes"]) == (5, 200, [])
    assert all(row["mean"] == 0 for row in report["paired"])
    assert "run again on seed 5" in done.output


@pytest.mark.usefixtures("undrawn")
def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    assert "name a second scenario" in headroom("compare", BLACKBURN).output
    assert headroom("compare", BLACKBURN, str(tmp_path / "none.yaml")).exit_code == 2
    (tmp_path / "run.json").write_text("{}")
    assert "not the record of a run" in headroom("compare", str(tmp_path), BLACKBURN).output
    (tmp_path / "mine.txt").write_text("keep me")
    done = headroom("compare", BLACKBURN, "--set", "years=2", "--paths", "10", "--out", str(tmp_path))
    assert done.exit_code == 2 and (tmp_path / "mine.txt").read_text() == "keep me"
    blocked = tmp_path / "mine.txt" / "deep"
    done = headroom("compare", BLACKBURN, "--set", "send.long_run=6%", "--paths", "1", "--out", str(blocked))
    assert done.exit_code == 2 and "could not be written" in done.output
    later = tmp_path / "later.yaml"
    later.write_text((Path(__file__).parent / "small.yaml").read_text())
    done = headroom("compare", str(later), BLACKBURN, "--paths", "1", "--json")
    assert done.exit_code == 2 and "Traceback" not in done.output


@pytest.mark.usefixtures("undrawn")
def test_one_future_is_reported_without_what_json_cannot_say() -> None:
    done = headroom("compare", BLACKBURN, "--set", "send.long_run=6%", "--paths", "1", "--json")
    assert done.exit_code == 0 and "NaN" not in done.output
    assert json.loads(done.output)["paired"][0]["low95"] is None
