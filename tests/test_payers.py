"""The flows of a shift by who pays and who gains, on the demo place's own futures."""

from __future__ import annotations

from functools import cache

import pytest

from simulator.bargains import Bargain
from simulator.blocks import Sample
from simulator.commissioning import commissioned
from simulator.compiled import Compiled
from simulator.pockets import payback, pockets, transfers_needed
from simulator.prepared import compile_scenario
from simulator.programme_terms import PreventionTerms, Shift
from simulator.scenario_file import load
from simulator.shift_flows import Gathered, gathered
from simulator.shift_sizes import split
from tests.places import ROOT

FEW = Sample(paths=50, workers=1)
SIZE = 2e6


@cache
def demo() -> tuple[Compiled, PreventionTerms]:
    scenario = load(ROOT / "scenarios" / "lancashire.yaml").scenario
    compiled = compile_scenario(scenario)
    terms = commissioned(scenario, compiled)
    assert terms is not None
    return compiled, terms


@cache
def found(bargain: Bargain | None = None) -> Gathered:
    compiled, terms = demo()
    return gathered(compiled, Shift(terms, split(terms, SIZE), bargain), FEW)


def test_flows_are_of_every_party_on_the_paths_asked_for() -> None:
    compiled, _ = demo()
    shape = (len(compiled.agency_ids), compiled.horizon, 50)
    whole = found()
    assert whole.gains.shape == shape
    for flow in (whole.purses.invest, whole.purses.cash, whole.purses.paid, whole.purses.avoided):
        assert flow.shape == (shape[0] + 1, *shape[1:])


def test_gains_are_what_comes_back_less_what_is_paid_and_agreements_make_no_money() -> None:
    whole = found()
    assert whole.gains == pytest.approx(whole.purses.gains, abs=0.01)
    assert whole.purses.paid.sum(axis=0) == pytest.approx(0, abs=0.01)


def test_more_is_avoided_than_comes_back_as_cash_and_shares_are_whole() -> None:
    whole = found()
    assert (whole.purses.cash <= whole.purses.avoided + 0.01).all()
    told = pockets(whole.purses)
    for part in (told.pays, told.value, told.cash, told.settled_pays, told.settled_cash):
        assert part is not None
        assert part.sum() == pytest.approx(1)
    assert told.value_index is not None
    assert 0 < told.value_index < 1


def test_a_place_that_loses_is_not_mended_by_transfers() -> None:
    whole = found()
    needed = transfers_needed(whole.gains)
    place = float(whole.gains.sum(axis=(0, 1)).mean())
    assert float(needed.short) == pytest.approx(max(-place, 0.0), abs=1.0)
    assert needed.receives.sum() == pytest.approx(0, abs=0.01)


def test_gain_share_moves_money_within_the_place_and_a_loan_costs_it_interest() -> None:
    alone, shared = found(), found(Bargain("gain_share", share=0.5))
    lent = found(Bargain("bridging_loan", years=3, term=4, rate=0.05))
    free = found(Bargain("bridging_loan", years=3, term=4, rate=0.0))
    assert shared.gains.sum(axis=0) == pytest.approx(alone.gains.sum(axis=0), abs=0.01)
    assert free.gains.sum(axis=1) == pytest.approx(alone.gains.sum(axis=1), abs=0.01)
    assert lent.gains.sum() < alone.gains.sum()
    _, terms = demo()
    years = slice(terms.start, terms.start + 3)
    assert (lent.gains[:, years] >= -0.01).all()
    assert payback(lent.gains, terms.start)[-1].years == 8
