"""The council's rules: what meets a shortfall and in what order, and what counts as failing a duty."""

from __future__ import annotations

import math
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import blackburn
from scipy.stats import beta, kstest, norm

from simulator import actions
from simulator.actions import ActionTerms
from simulator.compiled import DeliveryTerms
from simulator.drivers import DriverPaths
from simulator.money import HALF_PENNY
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.regimes import council
from simulator.regimes.council import Balances, Close, CouncilTerms, Floats
from simulator.savings import delivery
from simulator.streams import BlockDraws

ACTS, WAITS = np.array([[[True]]]), np.array([[[False]]])


def stated(**changes: Any) -> dict[str, Any]:
    """Rules of one council in one year, with a net budget of 100 and a minimum of 6."""
    one, none = np.array([1.0]), np.array([0.0])
    plain: dict[str, Any] = {
        "minimum": np.array([[6.0]]),
        "net_budget": np.array([[100.0]]),
        "entered_surplus": none,
        "unexplained": none,
        "added": none,
        "recurs": np.array([False]),
        "gf_unallocated": none,
        "earmarked": none,
        "usable_share": one,
        "reallocatable_share": none,
        "bound": none,
        "paid_out": np.array([[0.0]]),
        "approved": np.zeros((3, 1, 1)),
        "approved_lasting": np.zeros((3, 1, 1)),
        "plans": np.array([True]),
        "controls": np.array([True]),
        "yearly_capacity": 0.04,
        "total_capacity": 0.20,
        "recurrent": 0.8,
        "covered_once": 0.5,
        "brake_share": 0.3,
        "brake_cap": 0.01,
        "surplus_banked": 0.7,
        "tax_to_limit": 0.0,
        "rebuild_years": np.inf,
        "rebuild_to": 1.0,
        "support_late": 0.1,
        "support_charge": 0.0,
    }
    return {**plain, **changes}


def terms(**changes: Any) -> CouncilTerms:
    """What the law says of it."""
    held = stated(**changes)
    return CouncilTerms(**{field.name: held[field.name] for field in fields(CouncilTerms)})


def doing(**changes: Any) -> ActionTerms:
    """What its managers can do."""
    held = stated(**changes)
    return ActionTerms(**{field.name: held[field.name] for field in fields(ActionTerms)})


def pot(amount: float) -> Floats:
    return np.array([[[amount]]])


def balances(general: float, earmarked: float, reallocatable: float = 0.0) -> Balances:
    return Balances(pot(general), pot(earmarked), pot(reallocatable))


def closed(held: Balances, residual: float, acts: bool = False, rebuild: float = 0.0, **changes: Any) -> Close:
    acting = (ACTS if acts else WAITS) & stated(**changes)["controls"][0]
    return council.close(terms(**changes), 0, held, pot(residual), rebuild=pot(rebuild), acting=acting)


def set_budget(
    rules: ActionTerms,
    gap: float,
    planned: float = 0.0,
    *,
    usable: float = 100.0,
    room: float = 0.0,
    acts: bool = True,
) -> tuple[float, float, float]:
    """Tax, new savings and what is to rebuild reserves."""
    known = actions.Outlook(pot(gap), pot(planned), pot(usable), pot(room), pot(1.0))
    decided = actions.budget(rules, 0, known, ACTS if acts else WAITS)
    tax, made, rebuild = (float(np.asarray(part).reshape(-1)[0]) for part in decided)
    return tax, made, rebuild


def total(held: Balances) -> float:
    return math.fsum(float(part) for part in (held.gf_unallocated[0, 0, 0], held.usable_earmarked[0, 0, 0]))


def missed(result: Close, **changes: Any) -> dict[str, float]:
    return {name: float(short[0, 0, 0]) for name, short in council.duties(terms(**changes), 0, result).items()}


# By hand: 5 usable earmarked, a general fund of 10 against a minimum of 6, 2 that could be reallocated.


@pytest.mark.parametrize(
    ("residual", "earmarked", "general", "unfunded", "spare"),
    [
        (0, 5, 10, 0, 2),
        (5, 0, 10, 0, 2),
        (7, 0, 8, 0, 2),
        (9, 0, 6, 0, 2),
        (12, 0, 3, 0, 2),
        (15, 0, 0, 0, 2),
        (16, 0, 0, 1, 1),
        (18, 0, 0, 3, 0),
    ],
)
def test_reserves_are_drawn_in_order(
    residual: float, earmarked: float, general: float, unfunded: float, spare: float
) -> None:
    result = closed(balances(10, 5, 2), residual)
    held = result.balances
    assert float(held.usable_earmarked[0, 0, 0]) == earmarked
    assert float(held.gf_unallocated[0, 0, 0]) == general
    assert float(result.unfunded_gap[0, 0, 0]) == unfunded
    assert float(held.reallocatable[0, 0, 0]) == spare
    assert missed(result) == {
        "reserves_below_minimum": max(6 - general, 0),
        "unfunded_gap": unfunded,
        "needs_support": max(unfunded - 2, 0),
    }


@pytest.mark.parametrize(
    ("general", "acts", "new_general", "new_earmarked", "spent"),
    [
        (10, False, 10, 15, 0),
        (4, False, 6, 13, 0),
        # With managers at work .7 of a surplus of 10 is banked, the general fund being rebuilt first.
        (10, True, 10, 12, 3),
        (4, True, 6, 10, 3),
    ],
)
def test_a_surplus_rebuilds_the_minimum_first(
    general: float, acts: bool, new_general: float, new_earmarked: float, spent: float
) -> None:
    result = closed(balances(general, 5), -10, acts)
    assert float(result.balances.gf_unallocated[0, 0, 0]) == pytest.approx(new_general)
    assert float(result.balances.usable_earmarked[0, 0, 0]) == pytest.approx(new_earmarked)
    assert float(result.surplus_spent[0, 0, 0]) == pytest.approx(spent)
    assert float(result.use_of_reserves[0, 0, 0]) == pytest.approx(spent - 10)


@pytest.mark.parametrize(
    ("residual", "earmarked", "general"), [(0, 3, 6), (2, 1, 6), (3, 0, 6), (4, 0, 5), (-1, 4, 6), (9, 0, 0)]
)
def test_usable_earmarked_reserves_keep_the_general_fund_at_its_minimum(
    residual: float, earmarked: float, general: float
) -> None:
    """A general fund of 4 against a minimum of 6, beside 5 usable earmarked: 9 in all, so 3 can go."""
    result = closed(balances(4, 5), residual)
    assert float(result.balances.usable_earmarked[0, 0, 0]) == earmarked
    assert float(result.balances.gf_unallocated[0, 0, 0]) == general
    assert missed(result)["reserves_below_minimum"] == max(residual - 3, 0)
    # To move from one reserve to another is no use of reserves.
    assert float(result.use_of_reserves[0, 0, 0]) == residual


AWKWARD = [
    0.1,
    0.2,
    0.3,
    1 / 3,
    2 / 3,
    0.7,
    1.1,
    math.pi,
    1e6 + 0.1,
    9.0e6 / 7,
    70_637_000 / 3,
    123_456_789.01,
    1e9 / 3,
]


def test_exactly_to_a_floor_is_never_a_breach_and_a_penny_short_always_is() -> None:
    for first in AWKWARD:
        for second in AWKWARD:
            for minimum in (0.05, first / 3, first):
                held, floor = balances(first, second), {"minimum": np.array([[minimum]])}
                to_floor, to_nought = second + first - minimum, first + second
                for need, duty in [(to_floor, "reserves_below_minimum"), (to_nought, "unfunded_gap")]:
                    exact = missed(closed(held, need, **floor), **floor)
                    short = missed(closed(held, need + 0.01, **floor), **floor)
                    assert exact[duty] <= HALF_PENNY < short[duty], (first, second, minimum, duty)


def test_the_budget_plans_the_gap_within_both_capacities() -> None:
    def planned(gap: float, before: float) -> float:
        return set_budget(doing(), gap, before)[1]

    assert planned(3, 0) == 3
    assert planned(30, 0) == 4
    assert planned(30, 18) == pytest.approx(2)
    assert planned(30, 25) == 0
    assert planned(-5, 0) == 0
    assert set_budget(doing(), 3, acts=False) == (0, 0, 0)


def test_approved_savings_take_up_the_room_of_their_year() -> None:
    """4 a year and 20 in all: 3 approved this year leave room for 1, and count among what is planned so far."""
    approved = {"approved": np.array([[[1.0]], [[2.0]], [[0.0]]])}
    assert set_budget(doing(**approved), 30, planned=3)[1] == pytest.approx(1)
    assert set_budget(doing(**approved), 30, planned=19.5)[1] == pytest.approx(0.5)
    assert set_budget(doing(approved=np.full((3, 1, 1), 5.0)), 30, planned=15)[1] == 0


def test_tax_comes_before_savings_and_only_as_far_as_is_lawful_and_wanted() -> None:
    rules = doing(tax_to_limit=0.5)
    assert set_budget(rules, 3, room=10) == (3, 0, 0)
    assert set_budget(rules, 7, room=10) == (5, 2, 0)
    assert set_budget(rules, 30, room=10) == (5, 4, 0)
    assert set_budget(rules, -3, room=10) == (0, 0, 0)
    assert set_budget(doing(), 7, room=10) == (0, 4, 0)


def test_reserves_are_rebuilt_over_years_towards_their_target() -> None:
    """Twice the minimum of 6 is wanted and 3 are held: 9 short, a third of it each year, saved for beside the gap."""
    rules = doing(rebuild_years=3.0, rebuild_to=2.0)
    assert set_budget(rules, 0.5, usable=3) == (0, 3.5, 3)
    assert set_budget(rules, -2, usable=3) == (0, 1, 3)
    assert set_budget(rules, -5, usable=3) == (0, 0, 3)
    assert set_budget(rules, 0.5, usable=12) == (0, 0.5, 0)
    assert set_budget(rules, 0.5, usable=3, acts=False) == (0, 0, 0)
    # Of a surplus of 10, the 4 planned are banked whole and 70% of the other 6.
    assert float(closed(balances(10, 5), -10, acts=True, rebuild=4).surplus_spent[0, 0, 0]) == pytest.approx(1.8)
    assert float(closed(balances(10, 5), -3, acts=True, rebuild=4).surplus_spent[0, 0, 0]) == 0


def test_controls_stop_a_share_within_a_cap() -> None:
    def stopped(shortfall: float, acting: np.ndarray = ACTS) -> float:
        return float(actions.respond(doing(), 0, pot(shortfall), acting)[0, 0, 0])

    assert stopped(2) == pytest.approx(0.6)
    assert stopped(20) == pytest.approx(1.0)
    assert stopped(-2) == 0
    assert stopped(2, WAITS) == 0


def test_in_a_closed_year_nothing_new_is_planned_stopped_or_spent() -> None:
    """Savings are planned from the budget year; controls and spending of a surplus need an open year."""
    shut = {"plans": np.array([False]), "controls": np.array([False])}
    for plans, controls in [(True, True), (False, True), (False, False)]:
        rules = doing(plans=np.array([plans]), controls=np.array([controls]))
        assert set_budget(rules, 3)[1] == 3 * plans
        assert float(actions.respond(rules, 0, pot(2), ACTS)[0, 0, 0]) == pytest.approx(0.6 * controls)
        dates = {"plans": np.array([plans]), "controls": np.array([controls])}
        spent = closed(balances(10, 5), -10, acts=True, **dates).surplus_spent
        assert float(spent[0, 0, 0]) == pytest.approx(3 * controls)
    for residual in (-10.0, 3.0, 30.0):
        acting, waiting = (closed(balances(4, 5, 2), residual, acts, **shut) for acts in (True, False))
        assert acting == waiting


def test_a_budget_can_be_balanced_to_the_penny_but_not_beyond() -> None:
    """The means are reserves and unused tax: 15 here, beside 4 of savings while total capacity lasts."""

    def stuck(gap: float, planned: float = 0.0, means: float = 15.0) -> bool:
        room = actions.savings_room(doing(), 0, pot(planned))
        return bool(council.cannot_balance(pot(gap), room, pot(means))[0, 0, 0])

    assert not stuck(19.0) and stuck(19.01)
    assert not stuck(15.0, planned=20) and stuck(15.01, planned=20)
    assert not stuck(15.0, planned=25) and stuck(15.01, planned=25)
    assert stuck(19.01) and not stuck(19.01, means=15.01)


def test_opening_reserves_split_into_usable_reallocatable_and_bound() -> None:
    held = terms(earmarked=np.array([70.0]), usable_share=np.array([0.5]), reallocatable_share=np.array([0.35]),
                 added=np.array([12.0]), unexplained=np.array([1.0]))  # fmt: skip
    start = council.opening(held)
    assert [float(part[0]) for part in start.balances] == pytest.approx([0, 35, 24.5])
    assert float(start.committed[0]) == pytest.approx(10.5)
    # One-off: what was added need not be added again. Recurrent: a surplus that pays for it returns every year.
    assert float(start.adjustment[0]) == 11
    assert float(council.opening(held, recurs=False).adjustment[0]) == 11
    assert float(council.opening(held, recurs=True).adjustment[0]) == -1
    whole = council.opening(held, usable_share=1.0)
    assert [float(part[0]) for part in whole.balances] == pytest.approx([0, 70, 0])
    assert float(whole.committed[0]) == pytest.approx(0)


def test_what_was_drawn_from_reserves_is_added_below_nought() -> None:
    """One-off: the spending it paid for is not there again. Recurrent: it is, and nothing pays for it."""
    drew = terms(added=np.array([-5.0]), unexplained=np.array([0.5]))
    assert float(council.opening(drew).adjustment[0]) == -5.5
    assert float(council.opening(drew, recurs=True).adjustment[0]) == -0.5


# Properties.

money = st.floats(min_value=0, max_value=1e9)
signed = st.floats(min_value=-1e9, max_value=1e9)
reserves = st.builds(balances, money, money, money)


@given(reserves, signed, money, st.booleans())
def test_nothing_is_lost_and_no_balance_falls_below_nought(
    held: Balances, residual: float, minimum: float, acts: bool
) -> None:
    floor = {"minimum": np.array([[minimum]])}
    result = closed(held, residual, acts, **floor)
    used, spent = float(result.use_of_reserves[0, 0, 0]), float(result.surplus_spent[0, 0, 0])
    unfunded, moved = float(result.unfunded_gap[0, 0, 0]), float(result.reallocated[0, 0, 0])
    assert total(held) - used == pytest.approx(total(result.balances), abs=1e-5)
    assert used + unfunded - spent == pytest.approx(residual, abs=1e-5)
    assert float(held.reallocatable[0, 0, 0]) - moved == pytest.approx(float(result.balances.reallocatable[0, 0, 0]))
    assert all(float(part[0, 0, 0]) >= 0 for part in result.balances)
    assert 0 <= moved <= unfunded
    assert unfunded <= 1e-5 or total(result.balances) <= 1e-5


@given(reserves, signed, money, st.floats(0, 1), st.floats(0, 1))
def test_a_response_never_leaves_more_unmet_than_no_response(
    held: Balances, gap: float, minimum: float, delivered: float, net: float
) -> None:
    sizes = {"minimum": np.array([[minimum]]), "net_budget": np.array([[net * 1e9]])}
    rules, law = doing(**sizes), terms(**sizes)
    known = actions.Outlook(pot(gap), pot(0), held.usable, pot(0), pot(1))
    planned = actions.budget(rules, 0, known, ACTS).savings
    made = planned * delivered
    shortfall = pot(gap) - made - rules.covered_once * (planned - made)
    stopped = actions.respond(rules, 0, shortfall, ACTS)
    acted = council.close(law, 0, held, shortfall - stopped, rebuild=pot(0), acting=ACTS)
    after = council.duties(law, 0, acted)
    before = council.duties(law, 0, council.close(law, 0, held, pot(gap), rebuild=pot(0), acting=WAITS))
    assert (stopped <= np.maximum(shortfall, 0)).all()
    for duty in ("unfunded_gap", "needs_support"):
        assert float(after[duty][0, 0, 0]) <= float(before[duty][0, 0, 0]) + 1e-6


@given(reserves, signed, money, st.booleans())
def test_the_general_fund_is_below_its_minimum_exactly_when_usable_reserves_in_all_are(
    held: Balances, residual: float, minimum: float, acts: bool
) -> None:
    floor = {"minimum": np.array([[minimum]])}
    result = closed(held, residual, acts, **floor)
    short = missed(result, **floor)["reserves_below_minimum"]
    assert short == pytest.approx(max(minimum - total(result.balances), 0), abs=1e-6)
    assert short <= 1e-6 or float(result.balances.usable_earmarked[0, 0, 0]) <= 1e-6


@given(reserves, signed, money)
def test_needing_support_implies_an_unfunded_gap(held: Balances, residual: float, minimum: float) -> None:
    floor = {"minimum": np.array([[minimum]])}
    short = missed(closed(held, residual, **floor), **floor)
    assert short["needs_support"] <= short["unfunded_gap"]
    assert all(pounds >= 0 for pounds in short.values())


@given(reserves, signed, money, money)
def test_more_money_never_leaves_less(held: Balances, residual: float, minimum: float, more: float) -> None:
    floor = {"minimum": np.array([[minimum]])}
    poorer, richer = (closed(held, r, **floor) for r in (residual, residual - more))
    worse, better = missed(poorer, **floor), missed(richer, **floor)
    assert all(better[name] <= worse[name] + 1e-6 for name in worse)


def test_each_outcome_implies_the_milder_one_on_every_path_and_view() -> None:
    compiled = compile_scenario(blackburn())
    found = dict.fromkeys(("s114_proxy", "needs_support", "unfunded_gap"), 0)
    for number in range(5):
        outcomes = project(compiled, DriverPaths(compiled, 1).block(number)).outcomes
        chain = ("s114_proxy", "s114_if_support_always_late", "needs_support", "unfunded_gap")
        for worse, milder in pairwise(chain):
            assert (outcomes[milder] | ~outcomes[worse]).all(), (worse, milder)
        assert (outcomes["usable_reserves_exhausted"] | ~outcomes["unfunded_gap"]).all()
        assert np.array_equal(outcomes["duty_breached"], outcomes["unfunded_gap"])
        for name in found:
            found[name] += int(outcomes[name].sum())
    assert 0 < found["s114_proxy"] < found["needs_support"] < found["unfunded_gap"]


MEANS = (0.95, 0.70, 0.35, 0.78)


def delivered(name: str, blocks: int = 20, sd: float = 0.12, means: tuple[float, ...] = MEANS) -> Floats:
    """Rates of the four kinds over three years, `[kind, year, path]`."""
    model = DeliveryTerms(np.array([means]), np.array([False]), sd, organisation_weight=0.4, system_share=0.3)
    return np.concatenate([delivery(model, BlockDraws(1, b), 0, name, 3) for b in range(blocks)], axis=2)


def shape(mean: float, sd: float) -> tuple[float, float]:
    both = mean * (1 - mean) / sd**2 - 1
    return mean * both, (1 - mean) * both


def test_each_kind_is_delivered_at_its_mean_with_one_spread() -> None:
    rates = delivered("town")
    n = rates.shape[2]
    assert rates.min() >= 0 and rates.max() <= 1
    for kind, mean in zip(rates, MEANS, strict=True):
        for year in kind:
            assert year.mean() == pytest.approx(mean, abs=5.69 * 0.121 / math.sqrt(n))
            assert year.std() == pytest.approx(0.12, abs=0.005)
    assert kstest(rates[3, 0], beta(*shape(0.78, 0.12)).cdf).pvalue > 1e-6


def test_the_luck_of_delivery_lasts_and_is_shared_as_stated() -> None:
    def score(rates: Floats) -> Floats:
        return norm.ppf(beta(*shape(0.78, 0.12)).cdf(rates[3]))

    rates = delivered("town")
    town, other = score(rates), score(delivered("other"))
    n = town.shape[1]
    for one, two, truth in [
        (town[0], town[2], 0.4),
        (town[1], other[1], 0.6 * 0.3),
        (town[0], other[1], 0.0),
    ]:
        assert abs(np.corrcoef(one, two)[0, 1] - truth) < 5.69 / math.sqrt(n)
    fiscal = np.concatenate([BlockDraws(1, b).normals("factor/fiscal/shock", 3) for b in range(20)], axis=1)
    assert abs(np.corrcoef(town[2], fiscal[2])[0, 1] - math.sqrt(0.6 * 0.3)) < 5.69 / math.sqrt(n)
    # One score moves every kind: a future good for one is good for all.
    order = np.argsort(rates[3, 0])
    assert all((np.diff(kind[0][order]) >= 0).all() for kind in rates)


def test_savings_that_are_certain_are_delivered_at_their_mean() -> None:
    assert (delivered("town", blocks=1, sd=0.0) == np.array(MEANS)[:, None, None]).all()
    assert (delivered("town", blocks=1, means=(1.0, 1.0, 0.0, 1.0)) == np.array([1, 1, 0, 1])[:, None, None]).all()


def test_support_comes_late_in_the_stated_share_of_spells() -> None:
    compiled = compile_scenario(blackburn())
    late, spells = 0, 0
    for number in range(10):
        outcomes = project(compiled, DriverPaths(compiled, 1).block(number)).outcomes
        stuck, proxy = outcomes["s114_if_support_always_late"][0, 0], outcomes["s114_proxy"][0, 0]
        need = outcomes["needs_support"][0, 0]
        starts = need & ~np.vstack([np.zeros(need.shape[1], dtype=bool), need[:-1]])
        # One draw a spell: within a spell of need, support is late in all of its years or in none.
        for year, path in zip(*np.nonzero(starts), strict=True):
            end = year + int(np.argmin(np.append(need[year:, path], False)))
            held = stuck[year:end, path]
            if held.any():
                spells += 1
                late += bool(proxy[year:end, path].any())
                assert proxy[year:end, path][held].all() or not proxy[year:end, path].any()
    assert spells > 2_000
    assert abs(late / spells - 0.10) < 5.69 * math.sqrt(0.09 / spells)
