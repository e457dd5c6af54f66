"""The indicators of CIPFA's Financial Resilience Index: on what is published, and over the futures to the plan's end.

CIPFA's list and what each indicator means are published; some denominators and recodings are taken from general
knowledge (`domain.md` B), so that a value here stands beside CIPFA's own, not in place of it. There is no score over
them and no comparison with other councils: the reader brings the neighbours' values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import fsum
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.compiled import Floats
from simulator.contracts import cost_of
from simulator.drivers import DriverPaths
from simulator.evidence_tests.cushions import balances
from simulator.evidence_tests.resilience_index import CHANGES, change_in_reserves, reserves_sustainability
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.telling import closes
from simulator.place import Line, LocalAuthority
from simulator.position import Part, price
from simulator.scenario import entered_totals
from simulator.summary import quantiles

BAND = (10, 50, 90)
SOCIAL_CARE = ("Adult Social Care", "Children Social Care")
"""Headings of the revenue outturn that the social care ratio adds up."""
NO_BASE = "its denominator, net revenue expenditure of the base year, is not above nought"
NOT_BY_PATH = "not projected path by path"
HELD = "borrowing is held at its level of the base year, so that only income moves"


@dataclass(frozen=True)
class Indicator:
    """One indicator: at the base year's close (`value`), and P10, P50 and P90 at the plan's end.

    `unit` is `share`, `years` or `£`. `higher` says what a higher value means for risk. What could not be computed is
    None, and `reason` says why.
    """

    id: str
    name: str
    higher: str
    unit: str
    agency: str
    base: str
    value: float | None
    end: str
    p10: float | None
    p50: float | None
    p90: float | None
    reason: str = ""


POTS = {
    "reserves": ("level_of_reserves", "change_in_reserves"),
    "gf_unallocated": ("unallocated_reserves", "change_in_unallocated"),
    "earmarked_reserves": ("earmarked_reserves", "change_in_earmarked"),
}
"""The level and the change of each pot of reserves, and of both together."""

LESS, MORE = "less risk", "more risk"
_ABOUT = {
    "reserves_sustainability_measure": ("Years that reserves last at the rate of three years", LESS, "years"),
    "level_of_reserves": ("Reserves over net revenue expenditure", LESS, "share"),
    "change_in_reserves": ("Mean yearly change in reserves over three years", LESS, "share"),
    "unallocated_reserves": ("General fund over net revenue expenditure", LESS, "share"),
    "earmarked_reserves": ("Earmarked reserves over net revenue expenditure", LESS, "share"),
    "change_in_unallocated": ("Mean yearly change in the general fund over three years", LESS, "share"),
    "change_in_earmarked": ("Mean yearly change in earmarked reserves over three years", LESS, "share"),
    "reserves_to_income": ("Reserves over funding", LESS, "share"),
    "interest_payable_to_nre": ("Interest payable over net revenue expenditure", MORE, "share"),
    "gross_external_debt": ("Gross external debt", MORE, "£"),
    "debt_to_income": ("Gross external debt over funding", MORE, "share"),
    "social_care_ratio": ("Social care over net revenue expenditure", MORE, "share"),
    "fees_charges_ratio": ("Fees and charges over service expenditure", LESS, "share"),
    "council_tax_requirement_to_nre": ("Council tax requirement over net revenue expenditure", LESS, "share"),
    "growth_above_baseline": ("Retained rates above baseline funding", MORE, "share"),
    "change_in_hra_reserves": ("Change in housing revenue account reserves", LESS, "share"),
    "childrens_judgement": ("Judgement on children's services", "context", "text"),
    "auditor_vfm": ("Auditor's conclusion on value for money", "context", "text"),
}
"""Every indicator: its name, what a higher value means, its unit."""


def indicators(view: Seen, seed: int = 1) -> list[Indicator]:
    """Return each indicator of one local authority; for other bodies, which the index leaves out, nothing.

    Reserves are over all paths of `view`; tax, interest, income and care over the first thousand futures of `seed`, the
    same futures. Reserves are held against the central net budget, fixed before the run, and flows against what is
    spent net on each path before savings.
    """
    if not isinstance(view.body, LocalAuthority):
        return []
    return [*_reserves(view), *_flows(view, seed), *_absent(view)]


def index_table(view: Seen, seed: int = 1) -> pd.DataFrame:
    """Return the indicators as a table, a row each: the fields of `Indicator`."""
    return pd.DataFrame([asdict(one) for one in indicators(view, seed)])


def _told(view: Seen, key: str, value: float | None, paths: Floats | None, *reasons: str) -> Indicator:
    """Return one indicator from its value at the base year and its values over futures."""
    name, higher, unit = _ABOUT[key]
    low: float | None = None
    middle, high = low, low
    said = [reason for reason in reasons if reason]
    if paths is not None and np.isfinite(paths).all():
        low, middle, high = (float(amount) for amount in quantiles(paths, BAND))
    elif paths is not None:
        said.append("on some paths it counts from nought, which has no percentage")
    if value is not None and not np.isfinite(value):
        value, said = None, [*said, "it counts from nought, which has no percentage"]
    base = f"31 March {view.scenario.base_year.start + 1}"
    why, end = "; ".join(dict.fromkeys(said)), closes(view, view.end)
    return Indicator(key, name, higher, unit, view.body.id, base, value, end, low, middle, high, why)


def _base_nre(view: Seen) -> float:
    stated = view.body.published.get("net_revenue_expenditure")
    return stated.used if stated else entered_totals(view.body, view.scenario.base_year)["net_revenue_expenditure"]


def _over(amount: float, whole: float) -> float | None:
    return amount / whole if whole > 0 else None


def _reserves(view: Seen) -> Iterator[Indicator]:
    """Yield the indicators of reserves: how long they last, their level, how they change."""
    known, paths, few = _known(view), _projected(view), _few(view)
    run = {pot: _joined(known[pot], paths[pot]) for pot in POTS}
    lasts = reserves_sustainability(known["reserves"]) if not few[0] else None
    on_paths = reserves_sustainability(run["reserves"]) if not few[1] else None
    yield _told(view, "reserves_sustainability_measure", _number(lasts), _array(on_paths), *few)
    base, end = entered_totals(view.body, view.scenario.base_year), view.end
    nre, budget = _base_nre(view), float(view.net_budget[end])
    for pot, (level, change) in POTS.items():
        held = base["reserves"] if pot == "reserves" else _now(view, pot)
        yield _told(view, level, _over(held, nre), paths[pot][-1] / budget, "" if nre > 0 else NO_BASE)
        value = change_in_reserves(known[pot])[0] if not few[0] else None
        yearly = change_in_reserves(run[pot])[0] if not few[1] else None
        yield _told(view, change, _number(value), _array(yearly), *few)
    income = paths["reserves"][-1] / view.paths["funding"][end]
    yield _told(view, "reserves_to_income", _over(base["reserves"], base["funding"]), income)


def _now(view: Seen, pot: str) -> float:
    held = view.body.held
    assert held is not None
    return held.gf_unallocated.used if pot == "gf_unallocated" else held.earmarked.used


def _known(view: Seen) -> dict[str, list[float]]:
    """Return published balances of each pot and of both, oldest first, in pounds."""
    pairs = balances(view)
    funds, earmarked = [fund for fund, _ in pairs], [kept for _, kept in pairs]
    return {"reserves": [sum(pair) for pair in pairs], "gf_unallocated": funds, "earmarked_reserves": earmarked}


def _projected(view: Seen) -> dict[str, Floats]:
    """Return balances of each pot and of both to the plan's end, `[year, path]` in pounds."""
    found = {pot: view.paths[pot][: view.end + 1] for pot in ("gf_unallocated", "earmarked_reserves")}
    return {"reserves": found["gf_unallocated"] + found["earmarked_reserves"], **found}


def _few(view: Seen) -> tuple[str, str]:
    """Return why changes over three years are not known at the base year, and at the plan's end; empty if they are."""
    count = len(balances(view))
    now = (
        f"the balances of four years to {view.scenario.base_year} are needed; {count} in a row are entered (`history`)"
    )
    later = "the plan and the history entered hold fewer than four years"
    return "" if count > CHANGES else now, "" if count + view.end + 1 > CHANGES else later


def _number(found: float | Floats | None) -> float | None:
    return None if found is None else float(found)


def _array(found: float | Floats | None) -> Floats | None:
    return None if found is None else np.asarray(found)


def _joined(past: Sequence[float], paths: Floats) -> Floats:
    """Return known balances followed by projected ones, `[year, path]`."""
    before = np.broadcast_to(np.asarray(past, dtype=np.float64)[:, None], (len(past), paths.shape[1]))
    both: Floats = np.concatenate([before, paths])
    return both


class _Flows(NamedTuple):
    """What one body pays and receives in the plan's last year, by path in pounds; nothing for what it has not got."""

    spent: Floats
    funding: Floats
    tax: Floats | None
    debt: Floats | None
    care: Floats | None


def _priced(view: Seen, seed: int) -> _Flows:
    place = view.compiled.agency_ids.index(view.body.id)
    position = price(view.compiled, DriverPaths(view.compiled, seed).block(0), itemised=True)
    parts = [part for part in position.parts[place] if not part.between]
    lines = tuple(line.id for line in _care_lines(view))
    care = cost_of(view.compiled, position.pairs, place, lines).actual[view.end] if lines else None

    def total(of: Callable[[Part], bool]) -> Floats | None:
        chosen = [part.views.actual[view.end] for part in parts if of(part)]
        return np.sum(chosen, axis=0) if chosen else None

    spent, funding = total(lambda part: part.flow > 0), total(lambda part: part.flow < 0)
    assert spent is not None and funding is not None
    tax = total(lambda part: part.name == "council_tax")
    return _Flows(spent, funding, tax, total(lambda part: part.name == "debt"), care)


def _flows(view: Seen, seed: int) -> Iterator[Indicator]:
    """Yield the indicators of what is spent and received, over the first thousand futures."""
    flows, nre = _priced(view, seed), _base_nre(view)
    no_base = "" if nre > 0 else NO_BASE
    yield from _debt(view, flows)
    lines, key = _care_lines(view), "social_care_ratio"
    if lines:
        cost = _over(fsum(line.spent - line.received for line in lines), nre)
        gross = "before specific grants, which net revenue expenditure leaves out"
        yield _told(view, key, cost, None if flows.care is None else flows.care / flows.spent, gross, no_base)
    else:
        yield _told(view, key, None, None, "no line stands under the return's social care headings (`service`)")
    tax, key = view.body.tax, "council_tax_requirement_to_nre"
    if tax:
        value = _over(tax.requirement[view.scenario.base_year].used, nre)
        yield _told(view, key, value, None if flows.tax is None else flows.tax / flows.spent, no_base)
    else:
        yield _told(view, key, None, None, "it raises no council tax")
    yield _growth(view)


def _debt(view: Seen, flows: _Flows) -> Iterator[Indicator]:
    """Yield interest and debt; borrowing is projected at its level of the base year."""
    debt, keys = view.body.debt, ("interest_payable_to_nre", "gross_external_debt", "debt_to_income")
    terms = view.compiled.funding[view.compiled.agency_ids.index(view.body.id)].debt
    if debt is None or terms is None or flows.debt is None:
        for key in keys:
            yield _told(view, key, None, None, "no debt is entered (`debt`)")
        return
    owed, nre = debt.outstanding.used, _base_nre(view)
    interest = (flows.debt - terms.mrp[view.end]) / flows.spent
    yield _told(view, keys[0], _over(owed * debt.rate.used, nre), interest, "" if nre > 0 else NO_BASE)
    level = np.full(flows.funding.shape, owed)
    yield _told(view, keys[1], owed, level, HELD)
    income = entered_totals(view.body, view.scenario.base_year)["funding"]
    yield _told(view, keys[2], _over(owed, income), level / flows.funding, HELD)


def _care_lines(view: Seen) -> list[Line]:
    return [line for line in view.body.spending if line.service in SOCIAL_CARE and line.paid_by is None]


def _growth(view: Seen) -> Indicator:
    rates, base = view.body.rates, view.scenario.base_year
    if rates is None or base not in rates.baseline_funding:
        why = "no baseline funding is entered (`business_rates.baseline_funding`)"
        return _told(view, "growth_above_baseline", None, None, why)
    kept, funding = rates.local_share.used + rates.from_government, rates.baseline_funding[base].used
    return _told(view, "growth_above_baseline", _over(kept - funding, funding), None, NOT_BY_PATH)


def _absent(view: Seen) -> Iterator[Indicator]:
    """Yield what the scenario cannot hold, each with the reason, and fees as far as they are entered apart."""
    lines = [line for line in view.body.spending if line.paid_by is None and line.service]
    gross = bool(lines) and all(line.gross is not None for line in lines)
    value = _over(fsum(line.received for line in lines), fsum(line.spent for line in lines)) if gross else None
    why = NOT_BY_PATH if gross else "lines are entered net of fees and charges (`gross` with `income` tells them apart)"
    yield _told(view, "fees_charges_ratio", value, None, why)
    yield _told(view, "change_in_hra_reserves", None, None, "the housing revenue account is outside the scenario")
    outside = "it is given by others, and is for the reader to lay beside"
    yield _told(view, "childrens_judgement", None, None, outside)
    yield _told(view, "auditor_vfm", None, None, outside)
