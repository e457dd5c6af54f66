"""Council tax raised above the plan, by hand, and savings delivered kind by kind."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from places import ROOT

from simulator.compiled import LOCAL, Compiled
from simulator.drivers import DriverPaths
from simulator.position import Position, price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.raising import LocalTax
from simulator.savings import NEW, by_kind
from simulator.scenario_file import load
from simulator.variants import VIEWS


@cache
def place() -> tuple[Compiled, Position]:
    """Three local authorities and seven other bodies without luck."""
    compiled = compile_scenario(load(ROOT / "scenarios" / "lancashire.yaml", sets=["years=3"]).scenario)
    return compiled, price(compiled, DriverPaths(compiled, 1).central(), ruled=False)


def stated(planned: float, percent: float, cash: float, rise: float) -> LocalTax:
    """Three authorities that plan the same tax in every year under the same law, met by two variants."""
    compiled, position = place()
    tax = LocalTax(compiled, position, (2, len(compiled.agency_ids), 1))
    tax.planned = np.full_like(tax.planned, planned)
    for part, value in enumerate((percent, cash, rise)):
        tax.lawful[:, part] = value
    return tax


def test_room_is_what_the_limit_leaves_above_the_planned_rise() -> None:
    """£103m rises 3% on £100m; 5% would bring £105m, so £2m is left."""
    assert stated(103e6, 0.05, 0.0, 0.03).room(0) == pytest.approx(2e6)
    assert (stated(103e6, 0.02, 0.0, 0.03).room(0) == 0).all()


def test_a_limit_in_cash_shrinks_as_tax_is_raised() -> None:
    tax = stated(110e6, 0.0, 0.12, 0.1)
    assert tax.room(0) == pytest.approx(2e6)
    tax.lift(0, np.full((2, 3, 1), 11e6))
    assert tax.lifted == pytest.approx(1.1)
    assert tax.room(1) == pytest.approx(110e6 * 1.1 * (0.12 / 1.1 - 0.1) / 1.1)


def test_what_is_raised_once_is_raised_in_every_later_year_and_on_top_of_itself() -> None:
    tax = stated(100e6, 0.05, 0.0, 0.0)
    assert (tax.above(0) == 0).all()
    tax.lift(0, np.full((2, 3, 1), 2e6))
    assert tax.above(0) == pytest.approx(2e6)
    assert tax.above(1) == pytest.approx(2e6)
    tax.lift(1, np.full((2, 3, 1), 1.02e6))
    assert tax.above(2) == pytest.approx(3.02e6)


def test_who_plans_no_tax_raises_none() -> None:
    tax = stated(0.0, 0.05, 0.0, 0.0)
    tax.lift(0, np.zeros((2, 3, 1)))
    assert (tax.room(1) == 0).all()
    assert (tax.above(1) == 0).all()


def test_only_local_authorities_have_tax() -> None:
    compiled, position = place()
    assert len(LocalTax(compiled, position, (2, 10, 1)).planned) == compiled.slices[LOCAL].stop == 3
    assert not position.tax[3:].any()
    none = replace(compiled, slices={**compiled.slices, LOCAL: slice(0, 0)})
    assert LocalTax(none, position, (2, 7, 1)).room(0).shape == (2, 0, 1)


def test_savings_are_delivered_kind_by_kind() -> None:
    """£1m green at 90%, £2m red at 25% and £4m new at 50%: £0.9m, £0.5m and £2m; amber is nothing."""
    approved = np.array([1e6, 0.0, 2e6]).reshape(3, 1, 1, 1)
    rate = np.array([0.9, 0.7, 0.25, 0.5]).reshape(NEW + 1, 1, 1)
    assert by_kind(approved, np.full((1, 1, 1), 4e6), rate).item() == pytest.approx(3.4e6)
    assert by_kind(0 * approved, np.full((1, 1, 1), 4e6), rate).item() == pytest.approx(2e6)


def test_what_bodies_pay_and_receive_is_the_sum_of_the_log() -> None:
    """Where a charity has failed too, whose payments stop and are replaced."""
    compiled, _ = place()
    assert compiled.charity is not None
    compiled = replace(compiled, charity=replace(compiled.charity, free_reserves=np.array([1e4])))
    found = project(compiled, DriverPaths(compiled, 2).block(0), VIEWS)
    assert found.measures["failed"].any()
    for side, measure in (("payer", "transfers_out"), ("payee", "transfers_in")):
        total = np.zeros_like(found.measures[measure])
        for entry, payment in enumerate(compiled.agreed.payments):
            if getattr(payment, side) >= 0:
                total[:, getattr(payment, side)] += found.payments[entry]
        assert found.measures[measure] == pytest.approx(total, abs=1e-6)
