"""The price list: points of risk that £1m buys as contingency, reserve, recurrent saving or council tax.

All is on the plan view and paired: the same futures with the money and without it. Contingency is paid for and stands
for the budget year alone; a reserve is there as that year opens; a saving is certain and comes every year from then on;
tax comes every year too, in step with the requirement, less what national funding takes back as it lowers need.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled, Floats
from simulator.deadlines import MEANS, Means, deadline, in_words
from simulator.drivers import DriverPaths
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import comes_back
from simulator.evidence_tests.seen import Seen, plan_years, seen
from simulator.evidence_tests.telling import VIEWS_IN_WORDS, closes
from simulator.money import HALF_PENNY, in_millions
from simulator.paired import Paired, paired
from simulator.place import Agency, LocalAuthority
from simulator.position import price
from simulator.regimes.vcse import Charity
from simulator.scenario import Scenario
from simulator.terms import TaxTerms
from simulator.trials import USUAL, tried
from simulator.variants import VIEWS, Given

AMOUNTS = (1e6, 5e6)
"""Pounds that are priced; the second shows whether more buys less each."""
POINT = 0.01
PLAN = VIEWS[0]
NAMES: dict[Means, str] = {
    "contingency": "contingency",
    "reserve": "reserve",
    "saving": "recurrent saving",
    "council_tax": "council tax",
}
NO_RESERVES = "an NHS body holds no reserves for this: what an ICB does not spend lapses, and a trust's surplus is cash"
NO_TAX = "it raises no council tax"


@dataclass(frozen=True)
class Price:
    """One way of using money for one body's budget year: what it buys of two risks, and until when it can be used.

    `amount` is in pounds of the budget year. `back` is coming back within the year (R02), `below` the general fund
    below its policy minimum by the plan's end (A02); for an NHS body a plan missed, in the year and by the plan's end.
    Both are nothing where the way is closed to such a body. `room` is what the referendum limit leaves in pounds,
    nothing where no limit is known or it is no tax. `open` is false where the last day has passed or law forbids it;
    `reason` then says why.
    """

    agency: str
    means: Means
    name: str
    year: str
    amount: float
    back: Paired | None
    below: Paired | None
    last_day: date | None
    law: str
    room: float | None
    open: bool
    reason: str
    sentence: str


class Offer(NamedTuple):
    """One row before it is priced: what is given, its pounds in the budget year, and what to say of tax."""

    means: Means
    name: str
    amount: float
    given: Given
    room: float | None = None
    limit: str = ""
    answer: str = ""


def price_list(scenario: Scenario, compiled: Compiled, agency: str, sample: Sample = USUAL) -> tuple[Price, ...]:
    """Return what £1m and £5m buy of a body's risks by each means, and what one point of council tax buys.

    A means that is closed to such a body has one row that says why; for a charity all are.
    """
    body = next(each for each in scenario.bodies if each.id == agency)
    start, _ = plan_years(scenario, body)
    offers = [] if isinstance(body, Charity) else list(offers_of(scenario, compiled, body, start))
    year = scenario.first_year + start
    if not offers:
        return tuple(_closed(body, means, str(year)) for means in MEANS)
    variants = [replace(PLAN, name=str(i), given=offer.given) for i, offer in enumerate(offers)]
    found = tried(compiled, agency, (PLAN, *variants), sample)
    views = [seen(scenario, found, variant.name) for variant in found.variants]
    risks = [risks_of(view) for view in views]
    priced = [
        priced_as(views[0], offer, *(paired(risks[0][k], after[k], views[0].certain) for k in (0, 1)))
        for offer, after in zip(offers, risks[1:], strict=True)
    ]
    missing = [means for means in MEANS if means not in {offer.means for offer in offers}]
    return (*priced, *(_closed(body, means, str(year)) for means in missing))


def risks_of(view: Seen) -> tuple[Bools, Bools]:
    """Return on which paths a body comes back within the budget year, and breaks its limit by the plan's end.

    The limit is the general fund's policy minimum; an NHS body does either where it misses its plan by more than the
    tolerance.
    """
    if isinstance(view.body, LocalAuthority):
        return comes_back(view), by_then(view.happened["reserves_below_minimum"], view.start, view.end)
    missed = view.happened["missed_by_half_percent"]
    return missed[view.start], by_then(missed, view.start, view.end)


def offers_of(scenario: Scenario, compiled: Compiled, body: Agency, start: int) -> Iterator[Offer]:
    """Yield every means that is open to a body of its kind, for the budget year at `start`."""
    year, local = compiled.years[start], isinstance(body, LocalAuthority)
    once, always = np.zeros((2, compiled.horizon))
    once[start], always[start:] = 1.0, 1.0

    def easing(profile: Floats, amount: float) -> Given:
        return Given(body.id, gap=tuple(float(part) for part in amount * profile))

    for amount in AMOUNTS:
        yield Offer(
            "contingency", f"{_millions(amount)} of contingency for {year}, paid for", amount, easing(once, amount)
        )
    for amount in AMOUNTS if local else ():
        held = Given(body.id, reserve=amount, when=start)
        yield Offer("reserve", f"{_millions(amount)} of reserve as {year} opens", amount, held)
    for amount in AMOUNTS:
        yield Offer("saving", f"{_millions(amount)} of recurrent saving from {year}", amount, easing(always, amount))
    tax = tax_of(compiled, body)
    if tax is None or not tax[start]:
        return
    raised = np.where(always > 0, tax / tax[start], 0.0)
    back, answer = taken_back(compiled, raised)
    room, limit = room_for_tax(scenario, compiled, body, start, float(tax[start]))
    named = [(amount, f"{_millions(amount)} of council tax from {year}") for amount in AMOUNTS]
    point = POINT * float(tax[start]) / (1 + _terms(compiled, body).increase[start])
    named.append((point, f"one point more of council tax from {year} ({in_millions(point)})"))
    for amount, name in named:
        yield Offer("council_tax", name, amount, easing(raised - back, amount), room, limit, answer)


def _terms(compiled: Compiled, body: Agency) -> TaxTerms:
    terms = compiled.funding[compiled.agency_ids.index(body.id)].tax
    assert terms is not None
    return terms


def tax_of(compiled: Compiled, body: Agency) -> Floats | None:
    """Return the requirement `[year]` in the central case, nothing for a body without one."""
    if body.tax is None:
        return None
    central: Floats = price(compiled, DriverPaths(compiled, 0).central()).tax[compiled.agency_ids.index(body.id), :, 0]
    return central


def taken_back(compiled: Compiled, raised: Floats) -> tuple[Floats, str]:
    """Return what the national answer to need takes back of tax by year, as where a file plans it; and words for it."""
    back = np.zeros_like(raised)
    share, first, lag = compiled.accommodation or (0.0, 0, 0)
    begins = min(max(first, lag), len(raised))
    back[begins:] = share * raised[begins - lag : len(raised) - lag]
    if not back.any():
        return back, ""
    year = compiled.years[int(np.flatnonzero(back)[0])]
    return back, f"From {year} national funding, which answers need, is taken to be lower by {share:.0%} of it."


def room_for_tax(
    scenario: Scenario, compiled: Compiled, body: Agency, start: int, tax: float
) -> tuple[float | None, str]:
    """Return how much more tax the referendum limit leaves in the budget year, in pounds, and what to say of it."""
    year, tier = scenario.first_year + start, body.tier
    if tier == "combined_authority":
        return None, "No referendum limit binds it."
    if tier not in scenario.rules.referendum_limits:
        return None, "The scenario states no referendum limit, so whether so much tax is lawful is not told."
    if body.tax and year <= max(body.tax.band_d):
        return None, f"Band D of {year} is entered as set, so what the referendum limit leaves is not told."
    room = float(_terms(compiled, body).unused[start]) * tax
    left = "nothing" if room < HALF_PENNY else in_millions(room, 2)
    return room, f"The referendum limit leaves {left} in {year}; more takes a referendum."


def priced_as(view: Seen, offer: Offer, back: Paired, below: Paired) -> Price:
    """Return one row with its sentence."""
    known, year = view.scenario.as_at, view.scenario.first_year + view.start
    last, law = deadline(view.body, offer.means, year)
    late, unlawful = known > last, offer.room is not None and offer.amount > offer.room + HALF_PENNY
    reasons = [f"Its last day, {in_words(last)}, has passed: only action within the year is left."] if late else []
    reasons += [offer.limit] if unlawful else []
    first, second = _risks_in_words(view)
    sentence = (
        f"{_upper(offer.name)} takes {_taken(back)} off the chance {first}, and {_taken(below)} off the chance "
        f"{second}, {VIEWS_IN_WORDS[view.view]}, as at {in_words(known)}."
    )
    until = "It can no longer be used" if late else f"It can be used until {in_words(last)}"
    until = "It would take a referendum" if unlawful and not late else until
    return Price(
        agency=view.body.id,
        means=offer.means,
        name=offer.name,
        year=view.budget_year,
        amount=offer.amount,
        back=back,
        below=below,
        last_day=last,
        law=law,
        room=offer.room,
        open=not reasons,
        reason=" ".join(reasons),
        sentence=" ".join(part for part in (sentence, f"{until} ({law}).", offer.limit, offer.answer) if part),
    )


def _risks_in_words(view: Seen) -> tuple[str, str]:
    """Return the two risks as the ends of sentences."""
    end = closes(view, view.end)
    if isinstance(view.body, LocalAuthority):
        return (
            f"of coming back for more within {view.budget_year}",
            f"that the general fund falls below its minimum by {end}",
        )
    missed = "that the plan is missed by more than is tolerated"
    return f"{missed} in {view.budget_year}", f"{missed} by {end}"


def _taken(off: Paired) -> str:
    low, high = (f"{100 * part:.1f}" for part in (off.low, off.high))
    return (
        f"{100 * off.points:.1f} points ({low} to {high}; from {off.before.probability:.1%} to "
        f"{off.after.probability:.1%})"
    )


def _closed(body: Agency, means: Means, year: str) -> Price:
    """Return the row of a means that is closed to a body, with the reason."""
    if isinstance(body, Charity):
        why = "a charity sets no budget under these duties, and neither risk is told of it"
    elif means == "reserve":
        why = NO_RESERVES
    else:
        why = NO_TAX
    return Price(
        agency=body.id,
        means=means,
        name=NAMES[means],
        year=year,
        amount=0.0,
        back=None,
        below=None,
        last_day=None,
        law="",
        room=None,
        open=False,
        reason=why,
        sentence=f"{_upper(NAMES[means])} is not open to {body.name}: {why}.",
    )


def _millions(amount: float) -> str:
    return in_millions(amount, 0)


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def price_table(prices: tuple[Price, ...]) -> pd.DataFrame:
    """Return prices as a table, a row each: chances and differences as shares, money in pounds."""
    rows = []
    for one in prices:
        row = {field.name: getattr(one, field.name) for field in fields(one) if field.name not in ("back", "below")}
        for name in ("back", "below"):
            row |= _columns(name, getattr(one, name))
        rows.append(row | {"unit": "£"})
    return pd.DataFrame(rows)


def _columns(name: str, off: Paired | None) -> dict[str, float | None]:
    """Return the columns of one risk; empty where it was not priced."""
    return {
        f"{name}_before": off.before.probability if off else None,
        f"{name}_after": off.after.probability if off else None,
        f"{name}_points": off.points if off else None,
        f"{name}_error": off.error if off else None,
        f"{name}_low95": off.low if off else None,
        f"{name}_high95": off.high if off else None,
    }
