"""The projection: what must hold on every path, plain arithmetic without luck, and causes with known effects."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import places
import pytest
from places import (
    BASE,
    FALSE_ALARM,
    NEXT,
    ROOT,
    basket,
    blackburn,
    blackburn_with,
    central,
    council,
    driver,
    event,
    exactly,
    line,
    place_of,
    scenario,
    without_luck,
)
from scipy.stats import multivariate_normal, norm

from simulator.assumptions import Assumption, Driver
from simulator.compiled import Bools, Floats
from simulator.drivers import NATIONAL, DriverPaths
from simulator.gathered import SWITCHED
from simulator.identities import residuals
from simulator.money import HALF_PENNY
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.run import BRANCHES, VIEWS, Results, simulate
from simulator.scenario import Scenario, entered_totals
from simulator.spending import Prices
from simulator.switches import SWITCHES
from simulator.variants import Outcome, Variant

OVERLAYS = ROOT / "scenarios" / "overlays"
UNANSWERED: places.Tree = {"rules": {"accommodation": {"share": "0%"}}}
CHANGES: dict[str, places.Tree] = {
    "unanswered": UNANSWERED,
    "recurrent": {"agencies": [{"id": "blackburn", "reserves": {"contribution": {"treatment": "recurrent"}}}]},
}
YEAR = {f"{start}-{start - 1999}": start - 2025 for start in range(2025, 2035)}
"""The place of each year of the shipped scenario, from nought."""


def gap(found: Scenario) -> Floats:
    """The gap of the central case before action, by year, in pounds."""
    return central(found).measures["gap"][0, 0, :, 0]


@cache
def run(*changes: str) -> Results:
    """The shipped place on 2,000 futures, as shipped or under overlays by name."""
    return simulate(blackburn_with(*(CHANGES[change] for change in changes)), paths=2_000)


# What must hold.


def test_identities_hold_on_every_path() -> None:
    compiled = compile_scenario(blackburn())
    for number in range(5):
        outcome = project(compiled, DriverPaths(compiled, 1).block(number), VIEWS + SWITCHES, len(VIEWS + SWITCHES))
        found = residuals(compiled, outcome)
        assert set(found) == {
            "check_gap", "check_gap_is_met", "check_reserves_roll_forward", "check_transfers", "check_finite"
        }  # fmt: skip
        assert max(found.values()) < HALF_PENNY, found
    assert run().checks_hold


@pytest.mark.parametrize("measure", ["gap", "use_of_reserves", "unfunded_gap", "gf_unallocated", "savings_delivered",
                                     "in_year_controls", "reallocated", "funding", "recurrent_savings", "transfers_in",
                                     "system_support"])  # fmt: skip
def test_a_lost_penny_or_a_missing_number_is_found(measure: str) -> None:
    compiled = compile_scenario(blackburn())
    for wrong in (0.01, np.nan):
        outcome = project(compiled, DriverPaths(compiled, 1).block(0))
        outcome.measures[measure] = outcome.measures[measure].copy()
        outcome.measures[measure][1, 0, 4, 321] += wrong
        found = residuals(compiled, outcome)
        assert any(not residual < HALF_PENNY for residual in found.values())


# Plain arithmetic.


def follow(name: str, lag: int, weight: float) -> places.Tree:
    return {"driver": name, "lag": lag, "weight": weight}


def mixed_town() -> Scenario:
    """A council with one of everything the engine prices."""
    chancy = {"persistence": 0.5, "spread": "2%", "trend": "0.5%", "system_share": "60%"}
    agency = council(
        funding={
            "council_tax": {
                "requirement": {BASE: 90, "2026-27": 94},
                "band_d": {BASE: 1800, "2026-27": 1870},
                "parish_precepts": {BASE: 1, "2026-27": 1.05},
                "increase": {"2027-28": "1.99%", "2028-29": "0%"},
                "tax_base": "homes",
                "collection": "collection",
                "fund_share": 0.5,
            },
            "business_rates": {"local_share": 20, "top_up": 10, "base": "shops", "multiplier": "multiplier"},
            "grants": [
                {"id": "general", "name": "General", "amounts": {BASE: 15, "2026-27": 16}, "driver": "grants"},
                {"id": "school", "name": "School", "amounts": {BASE: 40}, "specific": True, "matched_to": "schools"},
                {"id": "care_grant", "name": "Care grant", "amounts": {BASE: 12}, "specific": True},
            ],
        },
        spending=[
            line("care", 80, demand="need", basket="mixed", elasticity=0.5),
            line("parks", 30, basket="mixed"),
            line("levy", 27.5),
            line("schools", 50, basket="mixed"),
            {"id": "charges", "name": "Charges", "income": 10, "basket": "prices"},
        ],
        reserves={
            "gf_unallocated": 3, "earmarked": 4, "usable_share": "50%", "reallocatable_share": "20%",
            "minimum": "5%", "contribution": {"amount": 2, "treatment": "recurrent"},
        },
        debt={
            "outstanding": 100, "rate": "4%", "maturing": "10%", "mrp": 3, "mrp_growth": "2%",
            "borrowing_rate": "borrowing",
        },
        high_needs={
            "spending": 20, "block": 19, "block_growth": "3%", "opening_deficit": 2,
            "demand": "need", "basket": "mixed", "short_rate": "bank",
        },
        published={"net_revenue_expenditure": 133.6, "funding": 136.4},
    )  # fmt: skip
    return scenario(
        agencies=[agency],
        drivers=[
            driver("cpi", central={"2026-27": "3%"}, long_run="2%", taper_years=2, persistence=0.5, spread="1%"),
            driver("earnings", long_run="3%", follows=[follow("cpi", 1, 0.5)], **chancy),
            driver("pay", central_from=[follow("earnings", 0, 0.5), follow("cpi", 1, 0.5)],
                   follows=[follow("earnings", 0, 0.7)], **chancy),
            driver("need", long_run="6%", own_level={"persistence": 0.8, "spread": "4%"}, **chancy),
            driver("homes", long_run="1%", transitory="0.2%", **chancy),
            driver("shops", long_run="-1%", transitory="3%", **chancy),
            driver("multiplier", central_from=[follow("cpi", 1, 1.0)], follows=[follow("cpi", 1, 1.0)]),
            driver("grants", long_run="2%", **chancy),
            driver("bank", kind="level", long_run="4%", **chancy),
            driver("borrowing", kind="level", long_run="6%", follows=[follow("bank", 0, 0.6)]),
            driver("collection", kind="level", long_run="0%", **chancy),
        ],
        baskets=[basket("mixed", pay="60%", cpi="40%"), basket("prices", cpi="100%")],
        events=[event("storm", "5%", exactly("3%"))],
        rules={"accommodation": {"share": "50%", "first": "2028-29", "lag": 2}},
    )  # fmt: skip


def by_hand() -> dict[str, list[float]]:
    """The same five years in plain floats, in £m, from the figures of the town alone."""
    cpi_growth = [0.03, 0.025, 0.02, 0.02, 0.02]
    before = [0.02, *cpi_growth[:4]]
    cpi, pay, multiplier = 1.0, 1.0, 1.0
    tax, rate, deficit = 94.0, 0.04, 2.0
    general, usable, spare, bound = 3.0, 2.0, 0.8, 1.2
    kept: dict[str, list[float]] = {
        name: [] for name in ("gap", "accommodation", "general", "usable", "unfunded", "deficit", "earmarked")
    }
    need_gaps: list[float] = []
    entered_surplus = (90 + 1 + 15 + 30) - (80 + 30 + 27.5 + 50 - 10 + (100 * 0.04 + 3) + 1 - (40 + 12))
    # Published 133.6 and 2 added, less 136.4, is 0.8 too little; the fund's 0.5 does not come again.
    unexplained = 133.6 + 2 - 136.4 + 0.5
    for t in range(1, 6):
        cpi *= 1 + cpi_growth[t - 1]
        pay *= 1 + 0.5 * 0.03 + 0.5 * before[t - 1]
        multiplier *= 1 + before[t - 1]
        if t > 1:
            tax *= (1.0199 if t == 2 else 1.0) * 1.01
        parish = 1.05 * tax / 94
        mixed = 0.6 * pay + 0.4 * cpi
        need = 1.06**t
        rate = rate + 0.10 * (0.06 - rate)
        opening = deficit
        deficit = deficit + 20 * need * mixed - 19 * 1.03**t
        interest = (opening + deficit) / 2 * 0.04 - 2 * 0.04
        services = 80 * need**0.5 * mixed + 30 * mixed + 27.5 + 50 * mixed - 10 * cpi - 40 * mixed - 12
        spending = services + 100 * rate + 3 * 1.02**t + parish + interest
        rates = 20 * multiplier * 0.99**t + 10 * multiplier
        funding = tax + parish + 16 * 1.02 ** (t - 1) + rates
        # The nation knows of the grant of 15 only; the 16 entered for 2026-27 is the town's own.
        national_funding = funding - 16 * 1.02 ** (t - 1) + 15 * 1.02**t
        need_gaps.append(spending - national_funding + entered_surplus)
        answer = 0.5 * need_gaps[t - 3] if t >= 3 else 0.0
        gap = spending - funding - answer - unexplained
        minimum = 0.05 * (services + 100 * 0.04 + 3 + 1)
        short = max(gap, 0.0)
        for_earmarked = min(short, usable)
        for_general = min(short - for_earmarked, general)
        unfunded = short - for_earmarked - for_general
        usable, general = usable - for_earmarked, general - for_general
        spare -= min(unfunded, spare)
        usable += max(-gap, 0.0)
        moved = min(usable, max(minimum - general, 0.0))
        general, usable = general + moved, usable - moved
        closing = {"gap": gap, "accommodation": answer, "general": general, "usable": general + usable,
                   "unfunded": unfunded, "deficit": deficit, "earmarked": usable + spare + bound}  # fmt: skip
        for name, amount in closing.items():
            kept[name].append(amount)
    return kept


def test_without_luck_a_small_place_is_plain_arithmetic() -> None:
    measures, expected = central(mixed_town()).measures, by_hand()
    assert min(expected["gap"]) < 0 < max(expected["unfunded"])
    names = {
        "accommodation": "funding_accommodation",
        "general": "gf_unallocated",
        "usable": "usable_reserves",
        "unfunded": "unfunded_gap",
        "deficit": "high_needs_deficit",
        "earmarked": "earmarked_reserves",
    }
    for name, amounts in expected.items():
        found = measures[names.get(name, name)][0, 0, :, 0]
        assert found == pytest.approx(1e6 * np.array(amounts), abs=HALF_PENNY), name


@pytest.mark.parametrize("place", ["mixed town", "blackburn"])
def test_without_luck_every_path_is_the_central_case_bit_for_bit(place: str) -> None:
    found = without_luck(mixed_town() if place == "mixed town" else blackburn())
    compiled = compile_scenario(found)
    recipe = DriverPaths(compiled, 1)
    sure, one = project(compiled, recipe.block(0)), project(compiled, recipe.central())
    for name, amounts in sure.measures.items():
        assert (amounts == one.measures[name]).all(), name
    for name, flags in sure.outcomes.items():
        if name != "s114_proxy":
            assert (flags == one.outcomes[name]).all(), name


# Chances with a closed form.


def walk(mean: str, sd: str, reserves: float, minimum: str = "0%") -> dict[tuple[str, str], float]:
    """Chances by outcome and year for a council whose yearly net movement is normal."""
    agency = council(reserves={"gf_unallocated": reserves, "minimum": minimum})
    found = scenario(agencies=[agency], events=[event("luck", "100%", {"mean": mean, "sd": sd})], years=3)
    table = simulate(found, paths=50_000).chances
    table = table[table.view == "before_action"]
    return {(o, y): p for o, y, p in zip(table.outcome, table.year, table.probability, strict=True)}


def crossed(years: int, barrier: float, mean: float, sd: float) -> float:
    """The chance that a normal walk has passed the barrier by some year to `years`."""
    steps = np.arange(1, years + 1)
    if years == 1:
        return float(norm.sf((barrier - mean) / sd))
    walked = multivariate_normal(mean * steps, sd**2 * np.minimum.outer(steps, steps), seed=1)
    return float(1 - walked.cdf(np.full(years, barrier)))


def test_the_chance_of_a_breach_is_that_of_a_normal_walk() -> None:
    found = walk("2%", "4%", reserves=10, minimum="4%")
    for years, label in enumerate(("by 2026-27", "by 2027-28", "by 2028-29"), start=1):
        for outcome, barrier in [("unfunded_gap", 10), ("reserves_below_minimum", 6)]:
            truth = crossed(years, barrier, 2, 4)
            bound = FALSE_ALARM * np.sqrt(truth * (1 - truth) / 50_000)
            assert abs(found[outcome, label] - truth) < bound, (outcome, label)


def test_with_no_reserves_and_no_drift_half_of_all_paths_fall_short() -> None:
    found = walk("0%", "4%", reserves=0)
    assert abs(found["unfunded_gap", "2026-27"] - 0.5) < FALSE_ALARM * 0.5 / np.sqrt(50_000)


# Monotone before action.

BETTER: dict[str, places.Tree] = {
    "more tax": {"agencies": [{"id": "blackburn", "funding": {"council_tax": {"requirement": {"2026-27": 79.9}}}}]},
    "more grant": {"drivers": [{"id": "grants", "surprise": {"2028-29": "1%"}}]},
    "lower fees": {"drivers": [{"id": "care_fees", "surprise": {"2027-28": "-1%"}}]},
    "slower growth": {"drivers": [{"id": "placement_cost", "long_run": "3.5%"}]},
    "more reserves": {"agencies": [{"id": "blackburn", "reserves": {"gf_unallocated": 10}}]},
    "lower floor": {"agencies": [{"id": "blackburn", "reserves": {"minimum": "4%"}}]},
}
DUTIES = ("reserves_below_minimum", "unfunded_gap", "needs_support", "usable_reserves_exhausted")


@cache
def breaches(change: str) -> dict[str, Bools]:
    overlays = (UNANSWERED, BETTER[change]) if change else (UNANSWERED,)
    compiled = compile_scenario(blackburn_with(*overlays))
    outcomes = [project(compiled, DriverPaths(compiled, 1).block(number)).outcomes for number in range(3)]
    return {duty: np.concatenate([found[duty][0] for found in outcomes], axis=-1) for duty in DUTIES}


@pytest.mark.parametrize("change", BETTER)
def test_before_action_better_news_never_adds_a_breach_on_any_path(change: str) -> None:
    for duty, after in breaches(change).items():
        before = breaches("")[duty]
        assert not (after & ~before).any(), duty
    assert any((before & ~breaches(change)[duty]).any() for duty, before in breaches("").items())


# Judgements that decide the answer.


def test_a_one_off_contribution_makes_low_reserves_far_likelier_than_a_recurrent_one() -> None:
    table = run().switches
    low = table[table.outcome == "reserves_below_minimum"]
    by_then = low[low.year == "by 2029-30"].set_index("switch").probability
    assert by_then["contribution one-off"] - by_then["contribution recurrent"] > 0.20
    assert by_then["usable share 25%"] - by_then["usable share 100%"] > 0.20


def test_entering_a_treatment_is_the_same_as_switching_it() -> None:
    found, switched = run("recurrent"), run().switches
    for outcome in SWITCHED:
        own = found.chances[(found.chances.outcome == outcome) & (found.chances.view == "before_action")]
        other = switched[(switched.switch == "contribution recurrent") & (switched.outcome == outcome)]
        assert own.set_index("year").probability.to_dict() == other.set_index("year").probability.to_dict()


def test_switching_the_answer_off_is_the_same_as_entering_none() -> None:
    found, switched = run("unanswered"), run().switches
    for outcome in SWITCHED:
        own = found.chances[(found.chances.outcome == outcome) & (found.chances.view == "after_action")]
        other = switched[(switched.switch == "no accommodation") & (switched.outcome == outcome)]
        assert own.set_index("year").probability.to_dict() == other.set_index("year").probability.to_dict()


def test_every_switch_and_every_end_of_the_override_is_counted_for_three_outcomes() -> None:
    table = run().switches
    names = [switch.name for switch in SWITCHES + BRANCHES]
    assert len(names) == 10 and [switch.name for switch in SWITCHES if not switch.acts] == names[:4]
    assert SWITCHED == ("reserves_below_minimum", "unfunded_gap", "needs_support")
    counted = table.groupby(["switch", "outcome"]).size()
    assert set(counted.index) == {(name, outcome) for name in names for outcome in SWITCHED}
    assert (counted == 2 * 10 + 1).all()


def test_a_variant_without_the_answer_keeps_its_own_funding() -> None:
    compiled = compile_scenario(blackburn())
    block = DriverPaths(compiled, 1).block(0)
    with_it, without = (Variant(name, acts=True, accommodated=name == "with") for name in ("with", "without"))
    money = project(compiled, block, (with_it, without)).measures
    answer = money["funding_accommodation"]
    assert answer[0].any() and not answer[1].any()
    assert money["funding"][1] == pytest.approx(money["funding"][0] - answer[0], abs=HALF_PENNY)


# Causes with known effects, in the central case.


def test_faster_high_needs_growth_costs_the_general_fund_interest_and_transport_only() -> None:
    faster = {"drivers": [{"id": "send", "long_run": "10%"}]}
    lasting: places.Tree = {"rules": {"high_needs_override": None}}
    slow, fast = central(blackburn_with(UNANSWERED, lasting)), central(blackburn_with(UNANSWERED, lasting, faster))
    compiled = compile_scenario(blackburn())
    prices = Prices(DriverPaths(compiled, 1).central())
    pay, cpi, bank = (
        prices.index(place_of(compiled, name), 0).actual[:, 0] for name in ("pay_award", "cpi", "bank_rate")
    )
    years = np.arange(1, 11)
    volume = {"slow": 1.05**years, "fast": 1.10**years}
    transport = {pace: 5.5e6 * index * (0.4 * pay + 0.6 * cpi) for pace, index in volume.items()}
    deficit, interest = {}, {}
    for pace, index in volume.items():
        closing = 2e6 + np.cumsum(32e6 * index * (0.6 * pay + 0.4 * cpi) - 31e6 * 1.06**years)
        average = (closing + np.concatenate([[2e6], closing[:-1]])) / 2
        deficit[pace], interest[pace] = closing, np.maximum(average, 0) * bank
    for pace, outcome in [("slow", slow), ("fast", fast)]:
        assert outcome.measures["high_needs_deficit"][0, 0, :, 0] == pytest.approx(deficit[pace], abs=1)
    assert deficit["fast"][-1] - deficit["slow"][-1] > 100e6
    moved = fast.measures["gap"][0, 0, :, 0] - slow.measures["gap"][0, 0, :, 0]
    assert moved == pytest.approx(transport["fast"] - transport["slow"] + interest["fast"] - interest["slow"], abs=1)


def test_national_funding_answers_half_of_the_national_gap_two_years_late() -> None:
    measures = central(blackburn()).measures
    answer = measures["funding_accommodation"][0, 0, :, 0]
    before_answer = measures["gap"][0, 0, :, 0] + answer
    totals = entered_totals(blackburn().agencies[0], blackburn().base_year)
    surplus = totals["funding"] - totals["collection_fund"] - totals["net_revenue_expenditure"]
    # The nation's gap starts at nought in the base year, so it counts the surplus as entered.
    national = before_answer - measures["underlying_adjustment"][0, 0, :, 0] + surplus
    first = YEAR["2029-30"]
    assert (answer[:first] == 0).all()
    assert answer[first:] == pytest.approx(0.5 * national[first - 2 : -2], abs=HALF_PENNY)
    assert gap(blackburn_with(UNANSWERED)) == pytest.approx(before_answer, abs=HALF_PENNY)


def test_switching_the_answer_off_leaves_more_unfunded() -> None:
    def unfunded(found: Results) -> float:
        table = found.chances
        return float(
            table[
                (table.outcome == "unfunded_gap") & (table.view == "after_action") & (table.year == "any")
            ].probability.iloc[0]
        )

    assert unfunded(run("unanswered")) > unfunded(run()) + 0.05


def test_own_shocks_move_no_national_answer() -> None:
    need = driver("need", spread="5%", own_level={"persistence": 0.9, "spread": "9%"}, system_share="60%")
    shared = driver("need", spread="5%", system_share="60%")
    answers = []
    for belief in (need, shared):
        found = places.driven(belief, rules={"accommodation": {"share": "50%", "first": "2026-27"}})
        answers.append(places.on_paths(found).measures["funding_accommodation"])
    assert answers[0].any() and np.array_equal(answers[0], answers[1])


def test_a_collection_shock_leaves_its_year_and_lands_in_the_next_two() -> None:
    shock = {"drivers": [{"id": "collection", "surprise": {"2027-28": "-1%"}}]}
    moved = gap(blackburn_with(UNANSWERED, shock)) - gap(blackburn_with(UNANSWERED))
    requirement = 78.9e6 * 1.0499 * 1.01
    year = YEAR["2027-28"]
    expected = np.zeros(10)
    expected[year + 1 : year + 3] = 0.01 * requirement / 2
    assert moved == pytest.approx(expected, abs=1)
    # The nation meets it too, in the same years, and half of that is answered two years later.
    expected[year + 3 : year + 5] = -0.01 * requirement / 4
    assert gap(blackburn_with(shock)) - gap(blackburn()) == pytest.approx(expected, abs=1)


def test_a_collection_shock_that_is_wholly_national_is_national_need_when_it_lands() -> None:
    collection = driver("collection", kind="level", spread="2%", system_share="100%")
    answered = {"accommodation": {"share": "50%", "first": NEXT, "lag": 1}, "collection_estimated": "30%"}
    body = council(funding={"council_tax": {"collection": "collection"}})
    money = places.on_paths(scenario(drivers=[collection], agencies=[body], rules=answered)).measures
    gaps, answer = money["gap"][0, 0], money["funding_accommodation"][0, 0]
    assert answer[2:].any() and not answer[:2].any()
    assert answer[1:] == pytest.approx(0.5 * (gaps + answer)[:-1], abs=HALF_PENNY)


# From what was entered.


def shifted(part: str, pounds: float) -> Scenario:
    """The shipped place with some pounds more on one line, on interest, or on debt outstanding."""
    found = blackburn()
    agency = found.agencies[0]
    debt = agency.debt
    assert debt is not None
    if part == "interest":
        rate = debt.rate.used + pounds / debt.outstanding.used
        changes: dict[str, object] = {"debt": debt.model_copy(update={"rate": valued(debt.rate, rate)})}
    elif part in ("outstanding", "mrp"):
        amount = getattr(debt, part)
        changes = {"debt": debt.model_copy(update={part: valued(amount, amount.used + pounds)})}
    else:
        lines = []
        for one in agency.spending:
            amounts = {
                key: valued(held, held.used + pounds) for key in ("net", "income") if (held := getattr(one, key))
            }
            lines.append(one.model_copy(update=amounts) if one.id == part else one)
        changes = {"spending": lines}
    return found.model_copy(update={"agencies": [agency.model_copy(update=changes)]})


def valued(held: Assumption[float], amount: float) -> Assumption[float]:
    return held.model_copy(update={"value": amount})


ENTERED = [one.id for one in blackburn().agencies[0].spending if one.net]
INCOME = [one.id for one in blackburn().agencies[0].spending if one.income]
UNFUNDED = ("reserves_below_minimum", "unfunded_gap", "needs_support", "usable_reserves_exhausted")


@cache
def futures(part: str = "", pounds: float = 0.0) -> Outcome:
    return places.on_paths(shifted(part, pounds) if part else blackburn())


def likelier(worse: Outcome, better: Outcome) -> None:
    """Check that no chance of falling short, in or by any year and in either view, is lower in `worse`."""
    for name in UNFUNDED:
        for counted in (np.asarray, lambda flags: np.logical_or.accumulate(flags, axis=2)):
            high, low = (counted(outcome.outcomes[name]).sum(axis=-1) for outcome in (worse, better))
            assert (high >= low).all(), name


@pytest.mark.parametrize("part", [*ENTERED, "interest", "outstanding", "mrp"])
def test_a_million_more_widens_every_later_gap_and_never_lowers_a_chance_of_falling_short(part: str) -> None:
    """A million on a line is a million or more on every gap; on debt it is the interest; on interest it renews."""
    assert (ENTERED, INCOME) != ([], [])
    moved = gap(shifted(part, 1e6)) - gap(blackburn())
    years = np.arange(1, 11)
    least = {"outstanding": np.full(10, 0.05e6), "interest": 0.95**years * 1e6}.get(part, np.full(10, 1e6))
    assert (moved >= least - HALF_PENNY).all() and moved[0] > 0
    likelier(futures(part, 1e6), futures())


@pytest.mark.parametrize("part", INCOME)
def test_a_million_more_of_income_narrows_every_later_gap_and_never_raises_a_chance(part: str) -> None:
    assert (gap(shifted(part, 1e6)) - gap(blackburn()) <= -1e6 + HALF_PENNY).all()
    likelier(futures(), futures(part, 1e6))


def test_more_debt_never_lowers_a_chance_of_falling_short() -> None:
    for lower, higher in pairwise((-180e6, -90e6, 0.0, 90e6, 180e6, 360e6)):
        likelier(futures("outstanding", higher), futures("outstanding", lower))
    assert (futures("outstanding", 360e6).outcomes["unfunded_gap"] > futures().outcomes["unfunded_gap"]).any()


def test_a_base_year_out_of_balance_stays_so_and_is_no_national_need() -> None:
    """Lines of 110 and a tax of 100, nothing published: 10 short every year, and the nation answers none of it."""
    answered = {"accommodation": {"share": "50%", "first": NEXT, "lag": 1}}
    money = central(scenario(agencies=[council(spending=[line("services", 110)])], rules=answered)).measures
    assert money["gap"][0, 0, :, 0] == pytest.approx([10e6] * 5)
    assert (money["funding_accommodation"] == 0).all()


@pytest.mark.parametrize(
    ("direction", "treatment", "expected"),
    [("added", "one_off", 0), ("added", "recurrent", -4), ("drawn", "one_off", 0), ("drawn", "recurrent", 4)],
)
@pytest.mark.parametrize("published", [False, True])
def test_a_contribution_to_reserves_or_from_them_comes_again_only_if_it_recurs(
    direction: str, treatment: str, expected: float, published: bool
) -> None:
    """Spending of 96 with 4 added, or of 104 with 4 drawn, balances a tax of 97 and a one-off surplus of 3."""
    spent = 96 if direction == "added" else 104
    body = council(
        funding={"council_tax": {"requirement": {BASE: 97}, "fund_share": 3}},
        spending=[line("services", spent)],
        reserves={"gf_unallocated": 50, "contribution": {"amount": 4, "direction": direction, "treatment": treatment}},
        published={"net_revenue_expenditure": spent, "funding": 100} if published else {},
    )
    outcome = central(scenario(agencies=[body]))
    assert outcome.measures["gap"][0, 0, :, 0] == pytest.approx([expected * 1e6] * 5, abs=HALF_PENNY)


def test_what_published_totals_leave_unexplained_is_taken_to_come_again() -> None:
    """Published: 103 spent, 2 added and 100 received, so 5 that no line shows; entered lines are 1 above published."""
    body = council(
        spending=[line("services", 104)],
        reserves={"contribution": {"amount": 2}},
        published={"net_revenue_expenditure": 103, "funding": 100},
    )
    assert gap(scenario(agencies=[body])) == pytest.approx([1e6] * 5, abs=HALF_PENNY)


# Only years still open.

RESPONSE = {
    "yearly_capacity": "4%",
    "total_capacity": "20%",
    "recurrent": "80%",
    "covered_once": "50%",
    "brake_share": "30%",
    "brake_cap": "1%",
    "surplus_banked": "70%",
}
DELIVERY = {
    "green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
    "organisation_weight": "40%", "system_share": "30%",
}  # fmt: skip


@pytest.mark.parametrize(
    ("as_at", "opened", "budgeted"), [("2026-05-01", 0, 3), ("2028-03-31", 1, 2), ("2028-04-01", 2, 2)]
)
@pytest.mark.parametrize("spent", [112, 80])
def test_closed_years_see_no_new_savings_no_controls_and_no_surplus_spent(
    as_at: str, opened: int, budgeted: int, spent: float
) -> None:
    body = council(spending=[line("services", spent)])
    found = scenario(
        agencies=[body],
        as_at=as_at,
        budget_year=f"{2026 + budgeted}-{27 + budgeted}",
        rules={"savings_response": RESPONSE, "delivery": DELIVERY},
    )
    money = places.on_paths(found).measures
    made, stopped, spare = (money[name][1, 0] for name in ("savings_delivered", "in_year_controls", "surplus_spent"))
    assert not made[:budgeted].any() and not stopped[:opened].any() and not spare[:opened].any()
    if spent > 100:
        assert (made[budgeted:] > 0).all() and (stopped[opened:] > 0).all()
        # Between the two, controls stand alone: 30% of 12 within 1% of 112.
        assert stopped[opened:budgeted] == pytest.approx(np.full((budgeted - opened, 1_000), 1.12e6))
    else:
        assert spare[opened:] == pytest.approx(np.full((5 - opened, 1_000), 6e6))
    for name in ("gap", "use_of_reserves", "usable_reserves", "unfunded_gap", "gf_unallocated"):
        both = money[name][:, 0, :opened]
        assert np.array_equal(both[0], both[1]), name


def test_what_savings_miss_is_covered_once_and_only_where_a_budget_could_still_be_set() -> None:
    saving = {"id": "homes", "name": "Homes", "rag": "amber", "recurrent": "100%",
              "amounts": {NEXT: 6, "2028-29": 6}}  # fmt: skip
    found = scenario(
        agencies=[council(spending=[line("services", 112)], savings=[saving])],
        as_at="2026-05-01",
        budget_year="2028-29",
        rules={"savings_response": {**RESPONSE, "brake_share": "0%"}, "delivery": DELIVERY},
    )
    money = places.on_paths(found).measures
    wanted, made, stopped = (money[name][:, 0] for name in ("savings_planned", "savings_delivered", "in_year_controls"))
    missed = wanted - made
    # Approved savings start in the first and third years, and both views miss alike in the closed one.
    assert (missed[:, 0] > 0).all() and np.array_equal(missed[0, 0], missed[1, 0]) and not missed[:, 1].any()
    assert not stopped[0].any() and not stopped[1, :2].any()
    assert (missed[1, 2:] > 0).all() and stopped[1, 2:] == pytest.approx(0.5 * missed[1, 2:])


def test_the_general_fund_is_below_its_minimum_exactly_when_usable_reserves_are() -> None:
    compiled = compile_scenario(blackburn())
    outcome = project(compiled, DriverPaths(compiled, 1).block(0), VIEWS + SWITCHES)
    minimum = compiled.council.minimum[None, :, :, None]
    usable, general = outcome.measures["usable_reserves"], outcome.measures["gf_unallocated"]
    below = outcome.outcomes["reserves_below_minimum"][: len(VIEWS)]
    assert np.array_equal(below, minimum - usable > HALF_PENNY)
    assert 0 < below.sum() < below.size
    topped = (general[:, :, 1:] > general[:, :, :-1]) & (outcome.measures["use_of_reserves"][:, :, 1:] > 0)
    assert (
        topped.any()
        and (general[:, :, 1:][topped] <= np.broadcast_to(minimum, general.shape)[:, :, 1:][topped] + 1).all()
    )


@pytest.mark.parametrize(
    ("limit", "increase", "short", "stuck"),
    [
        ("0%", "0%", 10, True),
        ("9%", "0%", 10, True),
        ("10%", "0%", 10, False),
        ("10%", "4%", 10, False),
        ("10%", "4%", 2.01, False),
        ("4%", "4%", 10, True),
        ("14%", "4%", 14.01, True),
    ],
)
def test_tax_that_could_lawfully_be_raised_counts_against_a_section_114_report(
    limit: str, increase: str, short: float, stuck: bool
) -> None:
    """No reserves and no savings, so that only tax left unused could balance the next budget."""
    body = council(
        funding={"council_tax": {"increase": {NEXT: increase}}},
        spending=[line("services", 100 + short)],
        reserves={"gf_unallocated": 0},
    )
    found = scenario(agencies=[body], rules=places.limits({NEXT: limit}), years=1)
    outcome = central(found)
    left = outcome.measures["gap"][0, 0, 0, 0] / 1e6
    unused = 100 * (float(limit[:-1]) - float(increase[:-1])) / 100
    assert outcome.outcomes["needs_support"][0, 0, 0, 0] == (left > HALF_PENNY)
    assert outcome.outcomes["s114_if_support_always_late"][0, 0, 0, 0] == stuck == (left > max(unused, 0) + 1e-6)


def test_a_rates_shock_leaves_its_year_and_then_lasts() -> None:
    shock = {"drivers": [{"id": "rates_base", "surprise": {"2027-28": "-5%"}}]}
    moved = gap(blackburn_with(UNANSWERED, shock)) - gap(blackburn_with(UNANSWERED))
    year = YEAR["2027-28"]
    compiled = compile_scenario(blackburn())
    local = (
        24e6 * Prices(DriverPaths(compiled, 1).central()).index(place_of(compiled, "rates_multiplier"), 0).actual[:, 0]
    )
    lost = local * (1 - np.exp(-0.05))
    assert moved[: year + 1] == pytest.approx(np.zeros(year + 1), abs=1)
    returned = np.zeros(len(moved))
    returned[year + 1 : year + 3] = lost[year] / 2
    assert moved[year + 1 :] == pytest.approx((lost + returned)[year + 1 :], abs=1)


def test_a_shock_to_prices_hurts_a_council_whose_funding_is_cash() -> None:
    shock = {"drivers": [{"id": "cpi", "persistence": 0, "surprise": {"2027-28": "5%"}}]}
    moved = gap(blackburn_with(UNANSWERED, shock)) - gap(blackburn_with(UNANSWERED))
    assert (moved[: YEAR["2027-28"]] == 0).all()
    assert moved[YEAR["2029-30"]] > 0.02 * 142.2723e6


def test_the_high_inflation_overlay_worsens_the_gap_from_its_first_year() -> None:
    moved = gap(blackburn_with(OVERLAYS / "high-inflation.yaml")) - gap(blackburn())
    first = YEAR["2027-28"]
    assert (moved[:first] == 0).all()
    assert (moved[first : first + 4] > 0.005 * 142.2723e6).all()


def test_the_funding_cut_overlay_takes_its_share_of_every_grant() -> None:
    cut = blackburn_with(OVERLAYS / "funding-cut.yaml")
    moved = gap(cut) - gap(blackburn())
    first = YEAR["2029-30"]
    compiled = compile_scenario(blackburn())
    index = np.exp(DriverPaths(compiled, 1).central().future(place_of(compiled, "grants"), NATIONAL).level[:, 0])
    grants = (16.734 + 16.5 + 8.349082 + 19.0 + 32.080918) * 1e6 * index
    assert moved[: first + 2] == pytest.approx(
        [*[0] * first, grants[first] * (1 - np.exp(-0.05)), grants[first + 1] * (1 - np.exp(-0.10))], abs=1
    )
    whole, worse = (simulate(found, paths=1_000).kept["gap"][0, 0, first] for found in (blackburn(), cut))
    assert (worse > whole).all()


# What the budget knew.

SHOCKABLE = [terms.id for terms in compile_scenario(blackburn()).drivers if terms.id != "rates_multiplier"]


@pytest.mark.parametrize("name", SHOCKABLE)
def test_a_surprise_once_past_is_known_to_every_later_budget(name: str) -> None:
    compiled = compile_scenario(blackburn_with({"drivers": [{"id": name, "surprise": {"2027-28": "2%"}}]}))
    found = price(compiled, DriverPaths(compiled, 1).central())
    missed = (found.spending - found.funding - found.expected_gap)[0, :, 0]
    later = missed[YEAR["2028-29"] :]
    assert later == pytest.approx(np.zeros(7), abs=HALF_PENNY)


def test_a_surprise_in_an_entered_year_is_known_to_every_later_budget() -> None:
    """Entered tax and grants hold in 2026-27, then move on from what their drivers turned out to be."""
    plain = mixed_town()
    shock = Driver.model_validate(driver("any", surprise={"2026-27": "3%"})).surprise
    for name in [d.id for d in plain.drivers if d.id != "multiplier"]:
        drivers = [d.model_copy(update={"surprise": shock}) if d.id == name else d for d in plain.drivers]
        compiled = compile_scenario(plain.model_copy(update={"drivers": drivers}))
        found = price(compiled, DriverPaths(compiled, 1).central())
        missed = (found.spending - found.funding - found.expected_gap)[0, :, 0]
        assert missed[1:] == pytest.approx(np.zeros(4), abs=HALF_PENNY), name


def test_interest_is_never_below_nought() -> None:
    debt = {"outstanding": 100, "rate": "4%", "maturing": "25%", "mrp": 3, "mrp_growth": 0, "borrowing_rate": "market"}
    account = {"spending": 20, "block": 20, "block_growth": 0, "opening_deficit": 10, "short_rate": "bank"}
    rates = [
        driver("market", kind="level", long_run="-2%"),
        driver("bank", kind="level", central={BASE: "5%"}, long_run="-1%"),
    ]
    owing = scenario(drivers=rates, agencies=[council(debt=debt, high_needs=account)])
    spent = central(owing).measures["spending"][0, 0, :, 0]
    # A quarter of the loans is renewed free each year; the base year's 0.5 of interest on the deficit is saved.
    assert spent == pytest.approx([1e6 * (100 + 4 * 0.75**t + 3 - 0.5) for t in range(1, 6)])


def test_in_the_central_case_the_budget_is_right() -> None:
    for found in (blackburn(), mixed_town()):
        compiled = compile_scenario(found)
        position = price(compiled, DriverPaths(compiled, 1).central())
        assert position.expected_gap == pytest.approx(position.spending - position.funding, abs=HALF_PENNY)


def test_parish_precepts_move_with_the_requirement_and_never_the_gap() -> None:
    tax = {"requirement": {BASE: 100}, "band_d": {BASE: 2000}, "increase": {"2026-27": "5%"}}
    with_parish, without = (
        central(scenario(agencies=[council(funding={"council_tax": {**tax, **parish}})])).measures
        for parish in ({"parish_precepts": {BASE: 2}}, {})
    )
    assert np.array_equal(with_parish["gap"], without["gap"])
    precepts = with_parish["spending"] - without["spending"]
    assert precepts[0, 0, :, 0] == pytest.approx([2e6 * 1.05**t for t in range(1, 6)])
    assert precepts == pytest.approx(with_parish["funding"] - without["funding"])


def test_two_copies_of_one_council_under_own_luck_differ_and_under_none_agree() -> None:
    pair = [council(name, spending=[line("care", demand="need")]) for name in ("ashby", "barton")]
    found = scenario(agencies=pair, drivers=[driver("need", spread="3%", system_share="50%", long_run="2%")])
    lucky: Outcome = places.on_paths(found)
    assert (lucky.measures["gap"][:, 0] != lucky.measures["gap"][:, 1]).all()
    plain = central(found).measures["gap"]
    assert np.array_equal(plain[:, 0], plain[:, 1])


def test_what_names_no_driver_is_held_level() -> None:
    """Rates, debt and the high-needs account without drivers: held, and the account's deficit costs nothing."""
    body = council(
        funding={"business_rates": {"local_share": 20, "top_up": 10}},
        spending=[line("services", 130 - 100 * 0.05 - 2)],
        debt={"outstanding": 100, "rate": "5%", "maturing": "10%", "mrp": 2, "mrp_growth": "0%"},
        high_needs={"spending": 12, "block": 10, "block_growth": "0%", "opening_deficit": 1},
    )
    money = central(scenario(agencies=[body])).measures
    assert money["funding"][0, 0, :, 0] == pytest.approx([130e6] * 5)
    assert money["gap"][0, 0, :, 0] == pytest.approx([0] * 5, abs=HALF_PENNY)
    assert money["high_needs_deficit"][0, 0, :, 0] == pytest.approx([3e6, 5e6, 7e6, 9e6, 11e6])
