"""Tests of what reserves amount to and how fast they go: A05 to A08 and A15 (`domain.md` F4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import stdtrit

from simulator.compiled import Floats
from simulator.evidence_tests.budgeted import FEW
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.resilience_index import CHANGES, reserves_sustainability
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import Measured, Teller, closes, exactly, over, span
from simulator.money import HALF_PENNY, in_millions
from simulator.place import LocalAuthority
from simulator.regimes.police import JUSTIFIED_ABOVE
from simulator.scenario import entered_totals
from simulator.summary import quantiles

BATCHES = 20
LEAST_IN_TAIL = 5
"""Paths in the tail of each batch from which its mean is told (judgement)."""
TAIL = 0.05
TWO_MONTHS = 1 / 6
"""Of yearly spending: the least that the Government Finance Officers Association advises American bodies to hold."""


def sustainability(view: Seen) -> Iterator[Found]:
    """A05: how long reserves last if they fall on as in the last three years, on history and on the median path."""
    known = history(view)
    base = view.scenario.base_year
    test = Teller(view, "A05", f"31 March {base.start + 1}", "years")
    what = f"Years that reserves last at the rate of the three years to {test.horizon}"
    if len(known) <= CHANGES:
        why = f"the balances of four years to {base} are needed; {len(known)} in a row are entered (`history`)"
        yield test.tell(None, what, why)
    else:
        yield test.tell(exactly(float(reserves_sustainability(known))), what)
    test = Teller(view, "A05", closes(view, view.end), "years")
    what = f"Years that reserves last at the rate of the three years to {test.horizon}, on the median of each year"
    totals = view.paths["gf_unallocated"] + view.paths["earmarked_reserves"]
    run = [*known, *quantiles(totals[: view.end + 1], (50,))[0]]
    if len(run) <= CHANGES:
        yield test.tell(None, what, "the plan and the history entered hold fewer than four years")
    else:
        yield test.tell(exactly(float(reserves_sustainability([float(held) for held in run]))), what)


def history(view: Seen) -> list[float]:
    """Return published reserves in all of the years that `balances` gives, in pounds."""
    return [fund + earmarked for fund, earmarked in balances(view)]


def balances(view: Seen) -> list[tuple[float, float]]:
    """Return the published general fund and earmarked reserves of the years up to the base year, in pounds.

    The years follow one another, oldest first. Where a year's opening balance was restated, earlier years are moved
    with it, so that every change is like for like.
    """
    stated = view.body.history if isinstance(view.body, LocalAuthority) else None
    found: list[tuple[float, float]] = []
    year, moved = view.scenario.base_year, 0.0
    while stated and year in stated.gf_unallocated and year in stated.earmarked:
        found.insert(0, (stated.gf_unallocated[year].used, stated.earmarked[year].used + moved))
        before = year + -1
        if year in stated.restated_earmarked and before in stated.earmarked:
            moved += stated.restated_earmarked[year].used - stated.earmarked[before].used
        year = before
    return found


def fund_share(view: Seen) -> Iterator[Found]:
    """A06: the general fund over the net budget, at the last balance known and as the budget year closes.

    For police and fire it is turned about: a general reserve above 5% has to be justified. The denominator at the last
    balance is net revenue expenditure as published, else as entered.
    """
    base, t = view.scenario.base_year, view.start
    stated = view.body.published.get("net_revenue_expenditure")
    spent = stated.used if stated else entered_totals(view.body, base)["net_revenue_expenditure"]
    yield _fund_share(view, f"31 March {base.start + 1}", view.fund_at_first, view.usable_at_first, spent)
    fund, usable = (float(view.central[name][t]) for name in ("gf_unallocated", "usable_reserves"))
    yield _fund_share(view, closes(view, t), fund, usable, float(view.net_budget[t]))


def _fund_share(view: Seen, when: str, fund: float, usable: float, budget: float) -> Found:
    turned = view.body.kind in {"police", "fire"}
    test = Teller(view, "A06-police-fire" if turned else "A06", when)
    what = f"General fund over net revenue expenditure at {when}"
    if budget <= 0:
        return test.tell(None, what, "it has no net revenue expenditure")
    if turned:
        reason = f"{in_millions(max(fund - JUSTIFIED_ABOVE * budget, 0.0))} is above 5% and needs a justification."
    else:
        reason = (
            f"All usable reserves are {usable / budget:.1%}; two months of spending, an outside comparator, are 16.7%."
        )
    return test.tell(exactly(fund / budget), what, reason)


def expected_shortfall(view: Seen) -> Iterator[Found]:
    """A07: the mean of the worst twentieth of draws on reserves over what is held, in one year and in three.

    A draw is what reserves have to meet, whether or not they can; the interval comes from twenty batches of paths.
    """
    have = view.central_opening(view.start)[1]
    for last in dict.fromkeys((view.start, min(view.start + 2, view.end))):
        test = Teller(view, "A07" if last == view.start else "A07-3-years", span(view, last), "ratio")
        what = f"Mean draw on reserves in the worst twentieth of futures over {test.horizon}, over usable reserves held"
        years = slice(view.start, last + 1)
        drawn = (view.paths["use_of_reserves"][years] + view.paths["unfunded_gap"][years]).sum(axis=0)
        found = tail_mean(view, drawn)
        if found is None:
            yield test.tell(None, what, FEW)
        else:
            reason = f"The draw is {in_millions(found.value)} against {in_millions(have)}."
            yield test.tell(Measured(*(over(pounds, have) for pounds in found)), what, reason)


def tail_mean(view: Seen, amounts: Floats) -> Measured | None:
    """Return the mean of the largest twentieth of amounts `[path]`, with the interval of `batched`."""
    return batched(view, amounts, _tail)


def batched(view: Seen, amounts: Floats, of: Callable[[Floats], float]) -> Measured | None:
    """Return a number of the tail of amounts `[..., path]` with a 95% interval.

    The interval comes from the standard error of twenty batches of paths. Nothing where a batch has fewer than five
    paths in its tail.
    """
    middle = of(amounts)
    if view.certain:
        return exactly(middle)
    if amounts.shape[-1] * TAIL < BATCHES * LEAST_IN_TAIL:
        return None
    each = np.array([of(batch) for batch in np.array_split(amounts, BATCHES, axis=-1)])
    reach = float(stdtrit(BATCHES - 1, 0.975) * each.std(ddof=1) / np.sqrt(BATCHES))
    return Measured(middle, middle - reach, middle + reach)


def _tail(amounts: Floats) -> float:
    worst = -(-len(amounts) // round(1 / TAIL))
    return float(np.sort(amounts)[-worst:].mean())


def usable_share(view: Seen) -> Found:
    """A08: the share of earmarked reserves that can meet any shortfall, or be reallocated in an emergency."""
    test = Teller(view, "A08", f"31 March {view.scenario.base_year.start + 1}")
    what = f"Share of earmarked reserves at {test.horizon} that can meet a shortfall or be reallocated"
    held = view.body.held
    if held is None or held.earmarked.used <= 0:
        return test.tell(None, what, "it holds no earmarked reserves")
    usable = (view.usable_at_first - view.fund_at_first) / held.earmarked.used
    return test.tell(exactly(usable + min(held.share("emergency"), 1 - usable)), what, "As entered, not as audited.")


def against_risk(view: Seen) -> Found:
    """A15: the slope over the plan of usable reserves over the risk of a year, as a share of where it starts.

    The risk is what 1 future in 20 passes of a year's surprise against its own budget, savings that fail included; the
    slope is by least squares.
    """
    test = Teller(view, "A15", span(view, view.end))
    what = (
        f"Yearly change over {test.horizon} of usable reserves over the risk of a 1-in-20 year, as a share of the first"
    )
    if view.luck is None:
        return test.tell(None, what, "the surprises of each year were not kept")
    if view.end == view.start:
        return test.tell(None, what, "the plan has one year only")
    years = slice(view.start, view.end + 1)
    held, missed = (
        view.central["usable_reserves"][years],
        view.paths["savings_planned"] - view.paths["savings_delivered"],
    )
    at_risk = view.luck.surprise[years] + missed[years]
    risk = _bad(at_risk)
    if (risk <= HALF_PENNY).any():
        calm = view.years[view.start + int(np.argmax(risk <= HALF_PENNY))]
        return test.tell(None, what, f"nothing is at risk in {calm}, so that there is nothing to cover")
    if held[0] <= 0:
        return test.red(exactly(-1.0), what, f"No usable reserves are left as {view.budget_year} closes.")
    found = batched(view, at_risk, lambda part: _slope(held / np.maximum(_bad(part), HALF_PENNY)))
    if found is None:
        return test.tell(None, what, FEW)
    cover = held / risk
    return test.tell(found, what, f"Cover goes from {cover[0]:.2f} to {cover[-1]:.2f} times.")


def _bad(at_risk: Floats) -> Floats:
    """Return what 1 future in 20 passes of amounts `[year, path]`, `[year]`."""
    passed: Floats = quantiles(at_risk, (95,))[0]
    return passed


def _slope(cover: Floats) -> float:
    """Return the yearly change of cover `[year]` by least squares, as a share of the first."""
    return float(np.polyfit(np.arange(len(cover)), cover, 1)[0] / cover[0])
