"""Words and tables of a place, against the tables of its run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import blackburn

from simulator import levers, overview_shown, place_captions, place_tables, place_words
from simulator.digest import meaning
from simulator.place_words import GAP
from simulator.plain_english import chance_row, money_row
from simulator.run import Results, simulate
from simulator.scenario_file import load
from simulator.workbench import Opened, case, ground

ROOT = Path(__file__).resolve().parents[1]
PLACE = Path(__file__).with_name("whole-place.yaml")
PATHS = 1_000
VIEW = "after_action"
BY = "by 2026-27"


@pytest.fixture(scope="module")
def stated() -> Results:
    return simulate(load(PLACE).scenario, paths=PATHS)


@pytest.fixture(scope="module")
def pulled(stated: Results) -> Results:
    lever = levers.savings_capacity(stated.scenario)
    assert lever
    return simulate(load(PLACE, sets=lever.settings(0)).scenario, paths=PATHS)


@pytest.fixture(scope="module")
def alone() -> Results:
    return simulate(blackburn(), paths=PATHS)


def test_a_lever_as_stated_sets_nothing_and_else_what_set_would() -> None:
    loaded = load(PLACE)
    lever = levers.savings_capacity(loaded.scenario)
    assert lever
    assert lever.settings(levers.AS_STATED) == ()
    half = load(PLACE, sets=lever.settings(50)).scenario
    assert half.rules.savings_response and loaded.scenario.rules.savings_response
    assert half.rules.savings_response.yearly_capacity.used == pytest.approx(0.015)
    assert half.rules.responses["trust"].total_capacity.used == pytest.approx(0.075)
    assert half.rules.responses["icb"].recurrent == loaded.scenario.rules.responses["icb"].recurrent
    assert meaning(half) != meaning(loaded.scenario) == meaning(load(PLACE, sets=lever.settings(100)).scenario)


def test_a_lever_never_passes_all_that_is_spent() -> None:
    lever = levers.savings_capacity(load(PLACE, sets=["rules.responses.icb.total_capacity=80%"]).scenario)
    assert lever and "rules.responses.icb.total_capacity=100%" in lever.settings(levers.MOST)


def test_the_lever_holds_only_kinds_that_are_there() -> None:
    lever = levers.savings_capacity(blackburn())
    assert lever and list(lever.stated) == ["local_authority"]
    assert "local authorities 4.0% of net budget a year" in overview_shown.lever_help(lever.stated)


def test_pay_moves_the_years_whose_award_is_not_known_from_the_budget_year_on() -> None:
    on = ground(Opened(str(ROOT / "scenarios" / "blackburn-with-darwen.yaml")))
    stated = on.case()
    lever = levers.pay_growth(stated)
    assert lever and lever.names == ("Pay award of councils, police and fire",)
    assert lever.settings(0.0) == ()
    # Earnings are stated at 2.19% for the budget year, and the award follows them.
    assert lever.settings(1.0)[0] == "drivers.pay_award.central.2027-28=3.19%"
    pulled = case(Opened("", sets=tuple(tuple(one.split("=")) for one in lever.settings(1.0))), on)  # type: ignore[misc]
    again = levers.pay_growth(pulled)
    assert again and list(again.stated) == ["pay_award"]
    for year, growth in again.stated["pay_award"].items():
        assert growth - lever.stated["pay_award"][year] == pytest.approx(0.01)
    assert levers.pay_growth(on.case(sets=["budget_year=2026-27"])) != lever


def test_there_is_no_lever_of_pay_where_no_body_names_its_pay_or_all_awards_are_known() -> None:
    assert levers.pay_growth(load(PLACE).scenario) is None
    stated = blackburn()
    known = [
        one.model_copy(update={"confirmed": list(stated.projected)}) if one.id == "pay_award" else one
        for one in stated.drivers
    ]
    assert levers.pay_growth(stated.model_copy(update={"drivers": known})) is None


def test_movement_is_paired_future_by_future(stated: Results, pulled: Results) -> None:
    table = levers.moved(stated, pulled, "made_up")
    years = stated.compiled.years.index("2026-27") + 1
    one, two = (
        np.concatenate([run.happened["duty_breached"], run.missed], axis=1)[1, :, :years].sum(axis=0)
        for run in (stated, pulled)
    )
    for outcome, least in (("any_duty_breached", 1), ("two_duties_breached", 2)):
        row = table[(table.outcome == outcome) & (table.view == VIEW) & (table.year == BY)].iloc[0]
        first, second = ((met >= least).any(axis=0) for met in (one, two))
        assert row.chance_a == first.mean() == chance_row(stated, "made_up", outcome, VIEW, BY).probability
        assert row.difference == pytest.approx(second.mean() - first.mean())
        only = np.array([np.sum(first & ~second), np.sum(second & ~first)])
        half = 1.959964 * np.sqrt(only.sum() - (only[1] - only[0]) ** 2 / PATHS) / PATHS
        assert row.high95 - row.low95 == pytest.approx(2 * half, abs=1e-9)
    before = table[table.view == "before_action"]
    assert not before.difference.any()


def test_how_many_bodies_agrees_with_the_table_of_chances(stated: Results) -> None:
    mean, low, high = levers.average(levers.breached_bodies(stated, VIEW, "2026-27"))
    chances = [chance_row(stated, one, "duty_breached", VIEW, BY).probability for one in stated.compiled.agency_ids]
    assert mean == pytest.approx(sum(chances))
    assert low < mean < high


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((0.0, 0.0, 0.0), "the same in every future drawn"),
        ((-0.031, -0.036, -0.026), "down 3.1 points (2.6 to 3.6)"),
        ((0.02, 0.01, 0.03), "up 2.0 points (1.0 to 3.0)"),
        ((0.001, -0.001, 0.003), "up 0.1 points, which sampling alone could bring about"),
    ],
)
def test_movement_in_words(row: tuple[float, float, float], words: str) -> None:
    assert place_words.movement(pd.Series(row, index=["difference", "low95", "high95"])) == words


def test_the_moved_table_names_every_headline(stated: Results, pulled: Results) -> None:
    table = place_tables.moved(stated, pulled)
    assert table.columns[0] == "Futures with a duty or plan missed by 31 March 2027"
    names = [body.name for body in stated.scenario.bodies]
    assert list(table.iloc[:, 0]) == [
        "Any body",
        "Two bodies or more in one year",
        "Bodies that missed their own, on average",
        *names,
    ]
    same = place_tables.moved(stated, stated)
    assert set(same.Moved) == {"the same in every future drawn"}


def test_the_short_answer_gives_view_year_and_error(stated: Results) -> None:
    after, before = place_words.short_answer(stated)
    assert after.startswith("**After managers respond**: **") and "of the 6 bodies on average** have missed" in after
    mean, low, high = levers.average(levers.breached_bodies(stated, VIEW, "2026-27"))
    assert f"**{mean:.1f} of the 6" in after and f"({low:.1f} to {high:.1f})" in after
    assert before.startswith("**Before any new action**")
    assert after.count("%") == 4 and after.index("on average") < after.index("missed somewhere in")
    about = place_words.answer_about(stated)
    assert "22 November 2025" in about and "31 March 2027" in about and "1,000 futures" in about


def test_each_body_is_told_in_the_words_of_its_kind(stated: Results) -> None:
    told = dict(place_words.body_lines(stated))
    assert list(told) == [
        "Anytown Council", "Greater Anytown ICB (integrated care board)", "North Hospitals (NHS foundation trust)",
        "South Hospitals NHS Trust", "Anyshire Police and Crime Commissioner", "Anytown Hospice (charity)",
    ]  # fmt: skip
    lines = list(told.values())
    for line, wanted in zip(
        lines,
        ("general fund below", "0.5% of its allocation", "Deficit support of £9.0m", "cash support", "general reserve",
         "its own floor"),
        strict=True,
    ):  # fmt: skip
        assert wanted in line
    assert not any("council" in line or "reserves" in line for line in lines[1:4])
    assert place_words.body_line(stated, "north") == lines[2]
    off = float(money_row(stated, "north", "off_plan", VIEW, "2026-27")["mean"])
    assert f"£{abs(off) / 1e6:.1f}m {'worse' if off > 0 else 'better'} than plan" in lines[2]


def test_duties_are_those_of_the_bodies_there(stated: Results, alone: Results) -> None:
    said = place_words.duties(stated)
    assert "In 2025-26 NHS bodies are held to the total" in said and "from 2026-27 to 2030-31 each NHS body" in said
    assert place_words.duties(alone).count(";") == 0 and "NHS" not in place_words.duties(alone)


def test_of_one_body_the_answer_is_its_own_line(alone: Results) -> None:
    after, before = place_words.short_answer(alone)
    assert place_words.body_line(alone, alone.compiled.agency_ids[0]) in after
    assert before.startswith("**Before any new action**: a gap that usable reserves cannot meet")


@pytest.mark.parametrize("mark", list("\\`*_[]<>|!#$:~"))
def test_no_mark_of_a_name_is_drawn_as_markup(mark: str) -> None:
    assert place_words.escaped(f"a{mark}b") == f"a\\{mark}b"


@pytest.mark.parametrize("address", ["http://a.b", "HTTPS://a.b/c", "www.a.b", "me@a.b"])
def test_no_address_in_a_name_is_made_a_link(address: str) -> None:
    shown = place_words.escaped(address)
    assert shown.replace(place_words.JOINER, "").replace("\\", "") == address
    assert place_words.drawn(address) == shown
    for made_a_link in ("://", "www.", "e@"):
        assert made_a_link not in shown.lower()


def test_what_stands_between_backticks_is_drawn_as_it_is() -> None:
    assert place_words.drawn("£1: `extends: $a ~b` ~ `c:d`") == "£1\\: `extends: $a ~b` \\~ `c:d`"
    hostile = place_words.escaped("a`b:c`d")
    assert "`" not in place_words.drawn(hostile).replace("\\`", "") and "b:c" not in place_words.drawn(hostile)


def test_a_fan_opens_from_what_is_known(stated: Results, alone: Results) -> None:
    cash = place_tables.fan(stated, "north", "cash", VIEW)
    assert list(cash.Year) == ["2024-25", *stated.compiled.years]
    assert (cash.iloc[0, 1:] == 9.0).all()
    row = money_row(stated, "north", "cash", VIEW, "2026-27")
    told = cash.set_index("Year").loc["2026-27"]
    assert told["Middle, £m"] == round(row.p50 / 1e6, 3) and told["90 high, £m"] == round(row.p95 / 1e6, 3)
    reserves = place_tables.fan(alone, alone.compiled.agency_ids[0], "usable_reserves", VIEW)
    assert reserves["Known, £m"].notna().sum() > 2
    base = reserves.set_index("Year").loc["2024-25"]
    assert base["50 low, £m"] == base["50 high, £m"] == base["Known, £m"]
    gap = place_tables.fan(stated, "board", GAP, VIEW)
    assert gap["Known, £m"].isna().all() and list(gap.Year) == list(stated.compiled.years)


def test_a_fan_of_reserves_without_history_opens_from_those_entered(stated: Results) -> None:
    assert place_tables.fan(stated, "town", "usable_reserves", VIEW).iloc[0, 1:].eq(20.0).all()


def test_shown_tables_leave_blanks_not_words_for_nothing(stated: Results) -> None:
    shown = place_tables.shown(place_tables.fan(stated, "board", GAP, VIEW))
    assert set(shown["Known, £m"]) == {""} and not shown.isna().any().any()


def test_words_of_a_fan_quote_the_table(stated: Results) -> None:
    words = place_captions.fan_words(stated, "town", GAP, VIEW)
    row = money_row(stated, "town", GAP, VIEW, "2028-29")
    assert f"£{abs(row.p50) / 1e6:.1f}m" in words.headline and "in 2028-29 between" in words.headline
    assert words.alt.startswith("Fan chart: ") and "2030-31" in words.alt
    assert "Past 2028-29, the dotted line, funding is assumed" in words.how_to_read
    assert "cash of North Hospitals" in place_captions.fan_words(stated, "north", "cash", VIEW).headline


def test_the_shift_of_a_fan_is_that_of_its_average(stated: Results, pulled: Results) -> None:
    one, two = (float(money_row(run, "north", GAP, VIEW, "2028-29")["mean"]) for run in (stated, pulled))
    said = place_captions.shift(stated, pulled, "north", GAP, VIEW)
    assert f"£{abs(two - one) / 1e6:.2f}m {'higher' if two > one else 'lower'}" in said
    assert place_captions.shift(stated, stated, "north", GAP, VIEW).endswith("as the place states it.")
    reserves = place_captions.shift(stated, pulled, "town", "usable_reserves", VIEW)
    assert "usable reserves are" in reserves or "leaves usable reserves" in reserves


def test_the_map_has_every_body_and_year_with_its_number(stated: Results, alone: Results) -> None:
    frame = place_tables.chances(stated, VIEW)
    assert list(frame.Row.unique()) == [body.name for body in stated.scenario.bodies]
    table = place_tables.by_year(frame)
    assert list(table.columns) == ["Futures in 100", *stated.compiled.years]
    assert len(place_tables.chances(alone, VIEW).Row.unique()) == 5
    words = place_captions.map_words(stated, frame)
    assert "1,000 futures, as at 22 November 2025; sampling error at most" in words.how_to_read


def test_who_owes_whom_follows_the_average(stated: Results) -> None:
    table = stated.transfers[(stated.transfers.view == VIEW) & (stated.transfers.year == "2026-27")]
    shown = place_tables.owed(stated, VIEW)
    amounts = shown["On average, £m"].astype(float)
    assert amounts.is_monotonic_decreasing and (amounts >= 0).all()
    known = {
        (payer, payee, f"{abs(mean) / 1e6:.1f}") if mean >= 0 else (payee, payer, f"{abs(mean) / 1e6:.1f}")
        for payer, payee, mean in zip(table.payer, table.payee, table.owed_mean, strict=True)
    }
    told = set(zip(shown["Who owes"], shown.Whom, shown["On average, £m"], strict=True))
    assert len(shown) > 2 and told <= {tuple(map(place_words.escaped, one)) for one in known}
    assert any("aligned" in under for under in shown.Under)


def test_net_risk_adds_up_on_average(stated: Results) -> None:
    shown = place_tables.net_risk(stated, VIEW)
    assert list(shown["£m"]) == ["Greater Anytown ICB", "North Hospitals", "South Hospitals NHS Trust"]
    numbers = shown.drop(columns="£m").astype(float)
    made = numbers["Gross risk"] - numbers["Mitigation"] - numbers["Support"]
    assert (made - numbers["Net risk"]).abs().max() < 0.21
    assert (numbers.Best <= numbers.Likely).all() and (numbers.Likely <= numbers.Worst).all()


def test_judgement_is_counted_by_body(stated: Results) -> None:
    table = place_tables.judged(stated)
    counted = place_captions.judgement_about(stated)
    assert (
        f"Of the {table.Numbers.sum():,} numbers" in counted and f"{table.Judgement.sum():,} are judgement" in counted
    )
    north = table[table.Of == "North Hospitals"].iloc[0]
    assert "cash" in north["Judgement stands for"] and 0 < north.Judgement < north.Numbers


def test_the_command_gives_the_same_futures() -> None:
    said = place_words.command("a.yaml", ("b.yaml",), ("x=1%",), 2_000, "out/here")
    assert said == "headroom run a.yaml --paths 2000 --with b.yaml --set x=1% --out out/here"
