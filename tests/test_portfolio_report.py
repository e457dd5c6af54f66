"""A place's portfolio in one report: what each field of a programme changes, and what the page then says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest
from places import ROOT, Tree, council, driver, icb, line, scenario, trust
from scipy.stats import norm
from shifts import LANCASHIRE, gain, kind, prevention, programme, service, spread

from simulator.blocks import Sample
from simulator.commissioning import commissioned
from simulator.headroom import Allowed, central_spending
from simulator.place_portfolio import Ground, limits, options
from simulator.portfolio import Choice, both_ways, choose
from simulator.portfolio_growth import Growth, grown
from simulator.portfolio_options import Limits
from simulator.portfolio_page import portfolio_section
from simulator.portfolio_report import FUTURES, PortfolioReport, portfolio_report, summed
from simulator.portfolio_tables import tables
from simulator.prepared import compile_scenario
from simulator.programme_terms import Shift
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.shift_cells import pounds
from simulator.shift_sizes import no_shift
from simulator.shift_trials import judged
from simulator.variants import Variant

PRINCIPLES = ROOT / "scenarios" / "overlays" / "frimley-principles.yaml"
USUAL = Allowed(0.01, 0.0005)
MILLION = 1e6
FEW = 60
SAVINGS = [{"id": "beds", "name": "beds", "amounts": {"2026-27": 0.1}, "rag": "green", "recurrent": "100%"}]


def town(falls: Tree | None = None, hubs: Tree | None = None, **more: Any) -> Scenario:
    """A town, a board and a trust, with falls classes (£1.50 back for £1) and hubs (£1.20), each of £1m, up to £3m."""
    kinds = [
        kind("falls", spread(1.0, 1.5, 2.0), gain("wards", "80%", "50%"), gain("outside", "20%", "0%")),
        kind("hubs", spread(0.8, 1.2, 1.6), gain("outside", "100%", "0%"), tier="primary", **more.pop("hub_kind", {})),
    ]
    ours = [programme("falls", **{"most": 3, **(falls or {})}), programme("hubs", **{"most": 3, **(hubs or {})})]
    return scenario(
        drivers=[driver("need", long_run="2%", spread="2%")],
        agencies=[
            council(),
            icb(savings=SAVINGS, delivery_record="80%"),
            trust(spending=[line("staff", 90, demand="need"), line("premises", 10)]),
        ],
        prevention=prevention([service("wards", "north", ["staff"])], kinds, ours, **more),
    )


def ground(found: Scenario, paths: int = FEW) -> Ground:
    compiled = compile_scenario(found)
    terms = commissioned(found, compiled)
    assert terms is not None
    assert found.prevention is not None
    return Ground(compiled, terms, found.prevention, Sample(paths, 1, 2))


def roomy(where: Ground, total: float = np.inf) -> Limits:
    """The place's limits with room for anything but more new money than is told."""
    held = limits(where, USUAL, total)
    return replace(held, headroom=np.full_like(held.headroom, 1e9))


def chosen(found: Scenario, total: float = 2 * MILLION) -> Choice:
    where = ground(found)
    return choose(options(where), roomy(where, total))


# What each field changes.


def test_without_any_field_the_better_return_is_bought() -> None:
    assert chosen(town()).added == pytest.approx({"falls": 2 * MILLION, "hubs": 0.0})


def test_who_gains_moves_the_choice_by_the_weights() -> None:
    # Hubs reach the poorest alone: 1.2 at a weight of 2 is 2.4; falls reach them for a tenth: 1.5 * 1.1 = 1.65.
    falls, hubs = {"reaches": {"poorest": "10%", "others": "90%"}}, {"reaches": {"poorest": "100%"}}
    plain = ground(town(falls, hubs, weights={"poorest": 1, "others": 1}))
    weighted = ground(town(falls, hubs, weights={"poorest": 2, "others": 1}))
    before, after = ({one.id: one.mean_value for one in options(where)} for where in (plain, weighted))
    assert after["falls"] == pytest.approx(1.1 * before["falls"])
    assert after["hubs"] == pytest.approx(2 * before["hubs"])
    assert choose(options(plain), roomy(plain, MILLION)).added["falls"] == pytest.approx(MILLION)
    assert choose(options(weighted), roomy(weighted, MILLION)).added["hubs"] == pytest.approx(MILLION)


def test_where_weights_are_given_a_programme_that_says_nothing_of_who_gains_is_asked_and_not_valued_at_nought() -> None:
    told = portfolio_report(ground(town(None, {"reaches": {"all": "100%"}}, weights={"all": 1})), USUAL)
    assert [(one.option, one.gaps[0].what, one.gaps[0].body) for one in told.aside] == [
        ("falls", "whom it reaches", "town")
    ]
    page = portfolio_section(told, {"town": "Town", "board": "Board", "north": "North Trust"})
    assert "| falls | figures are not known | whom it reaches | Town | local government, police and fire |" in page
    assert "What a gain counts for, by who has it, is the user's judgement: all 1." in page


def test_a_programme_comes_in_whole_steps() -> None:
    stepped = chosen(town({"least_step": 0.75}), total=2 * MILLION)
    # Two steps of £0.75m of falls fit within £2m, and the rest goes to hubs.
    assert stepped.added == pytest.approx({"falls": 1.5 * MILLION, "hubs": 0.5 * MILLION})


def test_what_is_spent_today_moves_only_in_the_whole_reallocation() -> None:
    where = ground(town(None, {"present": 1.0}))
    hubs = options(where)[1]
    assert (hubs.present, hubs.most) == (MILLION, 4 * MILLION)
    both = both_ways(options(where), roomy(where, 0.0))
    assert both.margin.nothing
    assert both.whole.added == pytest.approx({"falls": MILLION, "hubs": -MILLION})
    assert both.difference == pytest.approx(MILLION * (options(where)[0].mean_value - hubs.mean_value))


def test_what_is_there_already_neither_costs_nor_buys_anything_more() -> None:
    plain, present = (portfolio_report(ground(town(stated)), USUAL) for stated in ({}, {"present": 2.0}))
    assert present.added == pytest.approx(plain.added)
    assert present.value.mean == pytest.approx(plain.value.mean)
    assert present.cash[-1] == plain.cash[-1]


def test_a_saving_on_the_list_of_a_body_counts_once() -> None:
    # The board's plan counts what falls classes save: they are in it already, and new money goes to hubs.
    choice = chosen(town({"counted_in": {"board": ["beds"]}}))
    assert choice.added == pytest.approx({"hubs": 2 * MILLION})
    assert [(one.option, one.reason) for one in choice.aside] == [
        ("falls", "its saving is counted already: board: beds")
    ]


def test_a_least_score_is_a_hard_limit_and_own_scores_replace_the_example() -> None:
    held = [
        {"id": "cost_reduction", "name": "takes cost out", "least": 0.1},
        {"id": "demand", "name": "acts on demand"},
    ]
    found = options(ground(town(None, {"scores": {"demand": 0.4}}, principles=held)))
    # Four fifths of what falls save goes to wards, half of it as cash; nothing of what hubs save does.
    assert found[0].scores == pytest.approx({"cost_reduction": 0.4, "demand": 0.75})
    assert found[1].scores == pytest.approx({"cost_reduction": 0.0, "demand": 0.4})
    choice = chosen(town(None, {"scores": {"demand": 0.4}}, principles=held))
    assert choice.added == pytest.approx({"falls": 2 * MILLION})
    assert choice.aside[0].reason == "scores 0.00 on cost_reduction, below 0.10"


def test_the_measure_is_the_scenarios_own_unless_told_otherwise() -> None:
    where = ground(town(hub_kind={"outcomes": {"qalys": 50}}, measure="qalys"))
    told = portfolio_report(where, USUAL)
    assert told.unit == "QALYs"
    assert set(told.added) <= {"hubs"}
    assert portfolio_report(where, USUAL, "return").unit.startswith("£ ")
    with pytest.raises(ValueError, match="no intervention has the outcome `smiles`"):
        portfolio_report(where, USUAL, "smiles")


def test_a_measure_without_a_worth_has_no_decision_point_and_says_so() -> None:
    told = portfolio_report(ground(town(hub_kind={"outcomes": {"school_days": 50}}, measure="school_days")), USUAL)
    assert [one.found for one in told.points] == [None] * len(told.points)
    assert "no reading can settle it" in portfolio_section(told, {"town": "Town", "board": "Board", "north": "North"})


# The report.


def test_its_sums_hold_together() -> None:
    told = portfolio_report(ground(town()), USUAL)
    by_body, whole = told.cash[:-1], told.cash[-1]
    assert whole.body == ""
    assert whole.pays == pytest.approx(sum(one.pays for one in by_body))
    assert whole.net_cost.mean == pytest.approx(sum(one.net_cost.mean for one in by_body))
    for one in told.cash:
        assert one.net_cost.mean == pytest.approx(one.pays - one.back, abs=1.0)
    assert told.value.mean == pytest.approx(told.proved.choice.value)
    assert told.value.low <= told.value.mean <= told.value.high
    assert told.robust[0].name == "as chosen"
    assert told.robust[0].mean == pytest.approx(told.value.mean)


def test_a_mean_and_its_error_by_hand() -> None:
    # 1, 2, 3, 4: the mean is 2.5 and the standard deviation sqrt(5 / 3), over the root of four paths.
    assert summed(np.array([4.0, 1.0, 3.0, 2.0])) == pytest.approx((2.5, sqrt(5 / 3) / 2, 1.0, 4.0))


def test_a_programme_breaks_even_where_it_gives_back_its_cost() -> None:
    # Falls classes run at full scale at once with no set-up, so break-even is £1 for £1: 1.5 less 1 is half a pound
    # against a standard deviation of (2 - 1) / 2.563.
    told = portfolio_report(ground(town(), 1000), USUAL)
    found = next(one.found for one in told.points if one.option == "falls")
    assert found is not None
    assert found.falls_short == pytest.approx(norm.cdf(-0.5 * 2.563), abs=0.03)
    assert found.year == 0


def test_nothing_is_never_silent() -> None:
    told = portfolio_report(ground(town()), USUAL, total=0.0)
    assert told.added == {}
    assert told.stopped is not None
    assert told.cash == ()
    assert {one.option for one in told.points} == {"falls", "hubs"}
    page = portfolio_section(told, {"town": "Town", "board": "Board", "north": "North Trust"})
    assert (
        "Nothing is bought: the cheapest option, falls at £0.10m a year, is stopped by the total for new money" in page
    )
    assert "Then: A year, at base-year prices, add £0.10m on falls" in page
    assert set(tables(told)) >= {"portfolio", "portfolio_limits", "portfolio_compared"}


def test_it_rests_on_no_more_futures_than_it_says() -> None:
    assert FUTURES == 2_000
    told = portfolio_report(ground(town(), FUTURES + 1_000), USUAL)
    assert told.paths == FUTURES == told.options[0].value.shape[0]


def test_more_new_money_or_a_looser_tolerance_never_buys_less_before_the_proof() -> None:
    where = ground(town())
    by_total = [portfolio_report(where, USUAL, total=total).wanted for total in (0.0, 0.5 * MILLION, 2 * MILLION)]
    assert by_total == sorted(by_total)
    assert by_total[0] == 0 < by_total[1]
    assert portfolio_report(where, Allowed(0.05, 0.005)).wanted >= portfolio_report(where, USUAL).wanted - 1e-6


# The demo place.


@cache
def shown(*overlays: Any) -> tuple[PortfolioReport, dict[str, str]]:
    found = load(LANCASHIRE, list(overlays)).scenario
    return portfolio_report(ground(found, 100), USUAL), found.names


def test_the_demo_place_is_told_what_to_choose_and_what_it_is_not() -> None:
    told, names = shown()
    page = portfolio_section(told, names)
    assert page.startswith("## What to choose within the room there is\n\n- **A year, at base-year prices, add £")
    for words in (
        "95% sampling interval",
        "pays no bill and is added to no cash",
        "Projected whole on 100 futures, with managers acting, no body's chance of breaking its duty rises",
        "What would buy most more: £0.10m more of the room of Blackburn with Darwen Borough Council",
        "| **The place as one** |",
        "NHS Lancashire and South Cumbria ICB bears most (£",
        "East Lancashire Hospitals NHS Trust gains most (£",
        "Nothing had to be held back",
        "Spent today, a year: £1.60m on Family hubs and £1.10m on More reablement.",
        "With today's spending free to move",
        "Break-even is a pound of public cost at average cost",
        "All of this rests on 100 futures",
    ):
        assert words in page, words
    assert "### Principles" not in page
    assert " nan" not in page


def test_the_choice_stands_beside_headroom_with_its_sum_and_why_it_differs() -> None:
    told, names = shown()
    sums = [pounds(more) for more in told.added.values()]
    page = portfolio_section(told, names, True, headroom=0.5 * MILLION)
    added = told.proved.choice.spending
    assert len(sums) > 1 and f", {pounds(added)} in all: £" in page
    assert f"- It comes to {pounds(added)} a year, and headroom to £0.50m. It is more since it is another mix" in page
    assert "It is less since room is flat" in portfolio_section(told, names, True, headroom=2 * added)
    assert "They are not one mix" in portfolio_section(told, names, True, headroom=added)
    assert "headroom to" not in portfolio_section(told, names, True)


def test_the_proof_tells_chance_and_shortfall_each_against_its_limit() -> None:
    told, names = shown()
    met, page = told.proved.met, portfolio_section(told, names, True)
    assert met is not None and len(met.variants) == 2
    found = tables(told)["portfolio_proof"]
    assert (found.breach_rise <= found.breach_limit + 1e-12).all()
    assert (found.shortfall_rise <= found.shortfall_limit + 0.005).all()
    worst = found.loc[(found.shortfall_rise / found.shortfall_limit).idxmax()]
    assert f"a rise of {pounds(worst.shortfall_rise)} where {pounds(worst.shortfall_limit)} is allowed, " in page
    assert f"; {names[worst.body]}, {worst.year})." in page


def test_a_proved_choice_grows_while_the_proof_allows_and_no_further() -> None:
    """What is kept passes the engine's own trial, what stands at the next step does not, and flat room buys no more."""
    told, names = shown()
    growth, choice = told.growth, told.proved.choice
    assert growth.times > 1 and growth.stop is not None and growth.beyond is not None and growth.beyond > growth.times
    assert choice.value > growth.flat.value == pytest.approx(told.wanted)
    assert (choice.net_cost <= growth.times * told.room.headroom + 1).all()
    flows = Limits(told.room.bodies, told.room.years, growth.beyond * told.room.headroom, told.room.staff)
    within = replace(flows, sectors=told.room.sectors)
    failed = [choice, choose(told.options, within)]
    sizes = [tuple(one.added[programme.id] for programme in told.ground.terms.programmes) for one in failed]
    shifts = [Variant(f"{n}", True, shift=Shift(told.ground.terms, size)) for n, size in enumerate(sizes)]
    met = judged(told.ground.compiled, (no_shift(), *shifts), told.ground.sample, told.ground.terms.start)
    limit = USUAL.shortfall_rise * central_spending(told.ground.compiled)
    assert (met.short_rise[1] <= limit + 0.005).all() and (met.rise[1] <= USUAL.breach_rise + 1e-12).all()
    assert (met.short_rise[2] > limit).any() or (met.rise[2] > USUAL.breach_rise).any()
    page = portfolio_section(told, names, True)
    assert f"At {growth.times:g} times the room it passes (without that, {pounds(growth.flat.spending)} a year)" in page
    # The total for new money holds at every step.
    bound, left = grown(told.ground, (told.options, replace(told.room, total=choice.spending)), USUAL, told.proved)
    assert bound.choice.spending <= choice.spending + 1 and left.flat is choice


def test_of_one_programme_alone_the_choice_and_headroom_are_told_as_of_one() -> None:
    found = town()
    assert found.prevention is not None
    only = found.prevention.model_copy(update={"programmes": found.prevention.programmes[:1]})
    where = ground(found.model_copy(update={"prevention": only}))
    told = portfolio_report(where, USUAL)
    added = told.proved.choice.spending
    assert added > 0 and told.growth.flat.spending <= added
    page = portfolio_section(told, {body: body for body in told.room.bodies}, True, headroom=2 * added)
    assert f"It comes to {pounds(added)} a year, and headroom to {pounds(2 * added)}. It is less since room" in page
    assert "Both are of the one programme" in page and "another mix" not in page


def test_a_choice_that_is_nothing_or_not_safe_does_not_grow() -> None:
    told, _ = shown()
    for found in (told.proved._replace(safe=False), told.proved._replace(met=None)):
        assert grown(told.ground, (told.options, told.room), USUAL, found) == (found, Growth(found.choice))


def test_the_short_section_is_the_answer_alone() -> None:
    told, names = shown()
    short = portfolio_section(told, names, short=True)
    assert portfolio_section(told, names).startswith(short.rstrip("\n"))
    assert "###" not in short
    assert "|" not in short


def test_a_choice_that_fails_the_proof_is_told_first_and_never_in_bold() -> None:
    told, names = shown()
    unsafe = replace(told, proved=told.proved._replace(safe=False, held_back=("blackburn",)))
    unsafe = replace(unsafe, wanted=told.proved.choice.value + 5e6)
    lines = portfolio_section(unsafe, names).splitlines()
    assert lines[2].startswith("- **It is not safe.**")
    assert lines[3].startswith("- A year, at base-year prices, add £")
    page = "\n".join(lines)
    assert "Room was cut for Blackburn with Darwen Borough Council, since the first choice failed the proof" in page
    assert "gives up £5.0m of public cost avoided" in page


def test_a_hub_is_opened_whole_and_tables_have_units_and_futures() -> None:
    told, _ = shown()
    hubs = next(one for one in told.options if one.id == "family_hubs")
    assert hubs.chunk == 0.4 * MILLION
    assert told.both.whole.sizes["family_hubs"] % hubs.chunk == pytest.approx(0.0, abs=1.0)
    found = tables(told)
    for name in ("portfolio", "portfolio_cash", "portfolio_compared"):
        assert (found[name]["paths"] == 100).all()
        assert found[name]["unit"].str.contains("£").all()
    assert (found["portfolio_limits"]["would_add"] > 0).all()
    assert set(found["portfolio_limits"]["limit"]) <= {"room", "staff", "total"}
    assert found["portfolio"]["value"].sum() == pytest.approx(told.value.mean)


def test_a_figure_that_is_missing_is_asked_of_each_body_that_pays_and_counted_by_sector() -> None:
    falls, outcomes = {"pays": {"town": "50%", "board": "50%"}}, {"outcomes": {"qalys": 50}}
    told = portfolio_report(ground(town(falls, hub_kind=outcomes)), USUAL, "qalys")
    listed = tables(told)["portfolio_aside"]
    assert listed[["option", "missing", "body", "sector"]].to_numpy().tolist() == [
        ["falls", "QALYs for £1", "town", "local government, police and fire"],
        ["falls", "QALYs for £1", "board", "NHS commissioners"],
    ]
    page = portfolio_section(told, {"town": "Town", "board": "Board", "north": "North Trust"})
    assert "1 of 2 programmes could not be chosen, and none of them is valued at nought: falls." in page
    assert "Figures missing by sector: local government, police and fire 1 and NHS commissioners 1." in page
    # Hubs give no cash back, so one QALY costs what is paid for them over what they buy.
    each = told.cash[-1].pays / told.value.mean
    assert f"By what it costs the bodies in cash, {pounds(each)} buys one." in page


@pytest.mark.parametrize("short", [0.0005])
def test_where_no_chance_may_rise_nothing_is_bought_and_the_limits_are_told_as_why(short: float) -> None:
    """As for headroom, no shortfall may rise either, whatever is stated of it."""
    told = portfolio_report(ground(load(LANCASHIRE).scenario, 30), Allowed(0.0, short))
    assert told.added == {} and not told.room.headroom.any()
    assert told.stopped is not None and told.stopped.gives
    page = portfolio_section(told, {body: body for body in told.room.bodies}, short=True)
    assert "Nothing is bought: the cheapest option" in page
    assert "The limits let no body be a pound shorter in any future" in page


def test_seven_principles_bound_the_choice_of_the_demo_place() -> None:
    plain, _ = shown()
    told, names = shown(PRINCIPLES)
    assert len(told.principles) == 7
    assert {one.id for one in told.principles if one.proved} == {"fair"}
    reasons = {one.option: one.reason for one in told.aside}
    assert reasons == {
        "family_hubs": "scores 0.06 on cost_reduction, below 0.10",
        "home_first": "its saving is counted already: elht: cip",
    }
    assert told.example_scores == ()
    # Before the proof a bound never buys more; how far each then grows is found by steps, and no best of the safe.
    assert told.wanted <= plain.wanted
    assert all(0 <= score <= 1 for score in told.scores.values())
    page = portfolio_section(told, names)
    assert (
        "| fair to each partner: puts none into special measures | – | – | proved on the futures, for every body |"
        in page
    )
    assert "its saving is counted already: East Lancashire Hospitals NHS Trust, cip" in page
    assert "below 0.10" in page
    assert "cost_reduction" not in page


def test_every_score_of_the_example_is_graded_a_judgement() -> None:
    found = load(LANCASHIRE, [PRINCIPLES]).scenario
    assert found.prevention is not None
    sources = {id: source.grade for id, source in found.sources.items()}
    for one in found.prevention.programmes:
        assert set(one.scores) == {"health_gain", "demand", "capacity", "outside_money"}
        assert {sources[str(score.source)] for score in one.scores.values()} == {"J"}
    limits_set = [one.least for one in found.prevention.principles if one.least]
    assert {sources[str(least.source)] for least in limits_set} == {"J"}
