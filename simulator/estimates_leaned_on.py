"""Estimates that a plan leans on, each with its chance: savings, pay, demand, prices, funding, pools, no event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from simulator import shocks
from simulator.compiled import Bools, Compiled, Floats
from simulator.evidence_tests.budgeted import counted_on, year_of
from simulator.evidence_tests.exposures import funding_confirmed
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import exactly, share_of
from simulator.leans import FUTURES, Lean, eased, row_of, source_of
from simulator.money import HALF_PENNY, in_millions
from simulator.savings import NEW

MOST = 3
"""Drivers whose growth is a condition where the budget provides for none by name: those that move its year most."""


def estimates(view: Seen) -> Iterator[Lean]:
    """Yield the estimates of the budget year that some future falls short of."""
    for kind in (_savings, _growths, _funding, _pools, _events):
        yield from kind(view)


def _savings(view: Seen) -> Iterator[Lean]:
    """New savings of the budget year, delivered as far as the budget counts on."""
    t, stated = view.start, view.body.statement
    planned, delivered = float(view.central["savings_planned"][t]), view.paths["savings_delivered"][t]
    if planned <= HALF_PENNY:
        return
    entered = stated.savings_rate if stated else None
    rate = counted_on(view) if entered else float(view.central["savings_delivered"][t]) / planned
    met = delivered >= rate * planned - HALF_PENNY
    usual = float(delivered.mean())
    short = float(delivered[~met].mean()) if not met.all() else 0.0
    scale = short / usual if usual > 0 else 0.0
    year = year_of(view)
    yield Lean(
        id="savings",
        claim=f"approved savings of {in_millions(planned)} for {view.budget_year} are delivered to {rate:.0%}",
        number=planned,
        unit="£",
        chance=share_of(view, met),
        basis=FUTURES,
        assumption=f"the {rate:.0%} that {'the budget counts on' if entered else 'the central case delivers'}",
        source=source_of(view, *(one.amounts[year] if one.amounts[year].source else one for one in view.body.savings
                               if year in one.amounts), entered, stated if entered else None),
        without=f"{short / planned:.0%} of what is approved is delivered on average, in this year and in later ones",
        lay=lambda laid: laid._replace(compiled=_delivering(laid.compiled, row_of(view), scale)) if scale
        else laid._replace(variant=replace(laid.variant, approved=False)),
    )  # fmt: skip


def _delivering(compiled: Compiled, row: int, scale: float) -> Compiled:
    """Return the terms with a body's approved savings delivered at a multiple of their usual share."""
    held = compiled.delivery
    assert held is not None
    means, planned = held.means.copy(), held.planned.copy()
    means[row, :NEW] *= scale
    # A share so near nought cannot spread as far as the others do: it is then delivered to nothing.
    means[row, :NEW] = np.where(means[row, :NEW] * (1 - means[row, :NEW]) > held.sd**2, means[row, :NEW], 0.0)
    planned[row] = False
    return replace(compiled, delivery=replace(held, means=means, planned=planned))


def _growths(view: Seen) -> Iterator[Lean]:
    """The pay award, what the budget provides for, and what moves its year most, each within its estimate."""
    if view.luck is None or view.central_luck is None:
        return
    costs, provisions = view.body.employer_costs, view.body.statement.provisions if view.body.statement else {}
    pay = costs.pay if costs else ""
    grows = {
        name: k
        for name in view.luck.levels
        if (k := shocks.place_of(view.compiled, name)) is not None and view.compiled.drivers[k].is_growth
    }
    gap = view.paths["gap"][view.start]
    moves = {name: _together(view.luck.levels[name][view.start], gap) for name in grows}
    most = sorted((name for name in grows if moves[name] > 0), key=lambda name: -moves[name])[:MOST]
    for name in dict.fromkeys((pay, *most, *provisions)):
        if name in grows:
            yield from _growth(view, name, grows[name], name == pay)


def _together(level: Floats, gap: Floats) -> float:
    """Return how far the gap rises with a level, as a correlation; nought where either stands still."""
    if np.ptp(level) == 0 or np.ptp(gap) == 0:
        return 0.0
    return float(np.corrcoef(level, gap)[0, 1])


def _growth(view: Seen, name: str, k: int, is_pay: bool) -> Iterator[Lean]:
    """One driver's growth in the budget year within what is provided for it, else within the central estimate."""
    assert view.luck is not None and view.central_luck is not None
    t, year, stated = view.start, year_of(view), view.body.statement
    level, middle = view.luck.levels[name], view.central_luck.levels[name][:, 0]
    grown, central = (np.log(one[t] / one[t - 1] if t else one[t]) for one in (level, middle))
    entered = stated.provisions.get(name, {}).get(year) if stated else None
    provided = entered.used if entered else float(np.expm1(central))
    met = np.expm1(grown) <= provided + 1e-9
    if met.all():
        return
    more = float(grown[~met].mean() - grown.mean())
    size = np.zeros(view.compiled.horizon)
    size[t] = more
    driver = next(one for one in view.scenario.drivers if one.id == name)
    what = (
        f"the pay award of {view.budget_year}"
        if is_pay
        else f"growth in {view.budget_year} of {in_a_sentence(driver.name)}"
    )
    yield Lean(
        id="pay" if is_pay else f"growth-{name}",
        claim=f"{what} is within the {provided:.1%} {'provided for it' if entered else 'that the estimates assume'}",
        number=provided,
        unit="share",
        chance=share_of(view, met),
        basis=FUTURES,
        assumption=f"{'a provision' if entered else 'a central estimate'} of {provided:.1%}",
        source=source_of(view, entered, stated if entered else None, driver.central.get(year), driver),
        without=f"it is {100 * np.expm1(more):.1f} points higher, as on average in the futures that pass it",
        lay=lambda laid: laid._replace(compiled=shocks.raised(laid.compiled, row_of(view), k, size)),
    )  # fmt: skip


def in_a_sentence(name: str) -> str:
    """Return a driver's name as the middle of a sentence; initials, as in NHS, and names, as Bank Rate, stay."""
    first, _, rest = name.partition(" ")
    return name if first[1:] != first[1:].lower() or rest[:1].isupper() else f"{name[:1].lower()}{name[1:]}"


def _later(view: Seen, amounts: Floats, missed: Bools) -> Floats:
    """Return what futures that miss have above the mean of all, `[year]` from the budget year on."""
    above: Floats = amounts[:, missed].mean(axis=1) - amounts.mean(axis=1)
    above[: view.start] = 0.0
    return above


def _funding(view: Seen) -> Iterator[Lean]:
    """Funding of the budget year at what is estimated, where any future falls short of it."""
    t, funding = view.start, view.paths["funding"]
    expected = float(view.central["funding"][t])
    met = funding[t] >= expected - HALF_PENNY
    if met.all():
        return
    above = _later(view, funding, ~met)
    confirmed = funding_confirmed(view).value
    sure = (
        f"{confirmed:.0%} of resources is confirmed"
        if confirmed is not None
        else "no part of it is said to be confirmed"
    )
    yield Lean(
        id="funding",
        claim=f"funding of {in_millions(expected)} for {view.budget_year} comes in as estimated",
        number=expected,
        unit="£",
        chance=share_of(view, met),
        basis=FUTURES,
        assumption=f"the central estimate of tax, rates and grants; {sure}",
        source=source_of(view, *view.body.incomes, view.body.tax, view.body.rates),
        without=f"it is {in_millions(-float(above[t]))} lower, as on average in the futures that fall short, "
                "and as theirs is later",
        lay=eased(view, above),
    )  # fmt: skip


def _pools(view: Seen) -> Iterator[Lean]:
    """What pooled funds cost in the budget year, at what the agreements lead it to expect."""
    pools = [pool for pool in view.compiled.agreed.pools if row_of(view) in pool.partners]
    if not pools or view.luck is None or view.central_luck is None:
        return
    t, cost = view.start, view.luck.pooled
    expected = float(view.central_luck.pooled[t, 0])
    met = cost[t] <= expected + HALF_PENNY
    if met.all():
        return
    more = _later(view, cost, ~met)
    named = [one for one in view.scenario.agreements if one.id in {pool.name for pool in pools}]
    yield Lean(
        id="pools",
        claim=f"pooled funds cost it no more than {in_millions(expected)} in {view.budget_year}, shared as agreed",
        number=expected,
        unit="£",
        chance=share_of(view, met),
        basis=FUTURES,
        assumption="the central estimate of contributions, and of the lines that the funds pay for",
        source=source_of(view, *named),
        without=f"they cost {in_millions(float(more[t]))} more, as on average in the futures that pass it",
        lay=eased(view, -more),
    )


def _events(view: Seen) -> Iterator[Lean]:
    """Named events that could strike the body in the budget year, each at the chance entered for it."""
    t, row = view.start, row_of(view)
    beliefs = {event.id: event for event in view.scenario.events}
    for event in view.compiled.events:
        felt = event.stake[row].any() if event.driver is None else event.driver in view.compiled.met[row]
        if not felt or not 0 < event.chance[t] < 1:
            continue
        belief = beliefs[event.id]
        yield Lean(
            id=f"event-{event.id}",
            claim=f"{view.budget_year} brings no {in_a_sentence(belief.name)}",
            number=float(event.chance[t]),
            unit="share",
            chance=exactly(1 - float(event.chance[t])),
            basis="as entered for the event",
            assumption=f"a yearly chance of {event.chance[t]:.0%}",
            source=source_of(view, belief.chance, belief),
            without="it strikes in that year, as large as chance has it",
            lay=lambda laid, name=event.id: laid._replace(compiled=shocks.certain(laid.compiled, name, t)),  # type: ignore[misc]
        )
