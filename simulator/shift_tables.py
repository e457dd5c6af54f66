"""The tables of a shift into prevention, tidy and with their units; money in pounds, chances with 95% intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from simulator.compiled import CHARITY
from simulator.headroom import Curve
from simulator.pockets import Payback, worse_off
from simulator.rooms import CONFIDENCES
from simulator.shift_flows import PARTS
from simulator.shift_report import FEWEST, ShiftReport
from simulator.shift_sizes import split
from simulator.shift_words import staffed_sums, touched
from simulator.summary import chance, quantiles
from simulator.summary_page import FEWEST_PATHS
from simulator.worth import Shadow

Rows = Iterator[dict[str, Any]]


def shift_tables(report: ShiftReport) -> dict[str, pd.DataFrame]:
    """Return every table of a shift by name; those without a row are left out."""
    made = {
        "headroom": _headroom(report),
        "curve": _curves(report),
        "binding": _binding(report),
        "by_body": _by_body(report),
        "timeline": _timeline(report),
        "services": _services(report),
        "programmes": _programmes(report),
        "payback": _payback(report),
        "returned": _returned(report),
        "arrangements": _arrangements(report),
        "judgements": _judgements(report),
        "mechanisms": _mechanisms(report),
        "rooms": _rooms(report),
        "staff": _staff(report),
    }
    frames = {name: pd.DataFrame(rows) for name, rows in made.items()}
    return {name: frame for name, frame in frames.items() if len(frame)}


def _headroom(report: ShiftReport) -> Rows:
    staffed_there = float(staffed_sums(report).sum())
    for view, found in _views(report):
        low, high = found.interval() if found.met.paths >= FEWEST_PATHS else (None, None)
        yield {
            "view": view, "headroom": found.headroom(), "low95": low, "high95": high, "largest": found.largest(),
            "estimate": found.estimate(), "can_be_staffed": staffed_there if view == "after_action" else None,
            "unit": "£ a year at base-year prices", "paths": found.met.paths,
            "breach_rise": found.allowed.breach_rise, "shortfall_rise": found.allowed.short_limit,
        }  # fmt: skip


def _views(report: ShiftReport) -> Iterator[tuple[str, Curve]]:
    yield "after_action", report.after
    if report.before is not None:
        yield "before_action", report.before


def _curves(report: ShiftReport) -> Rows:
    compiled = report.compiled
    for view, found in _views(report):
        met = found.met
        touched = np.any((met.gained + met.lost) > 0, axis=(0, 2)) | np.any(np.abs(met.short) > 1, axis=(0, 2))
        for k, size in enumerate(found.sizes):
            for a in np.flatnonzero(touched):
                for t in range(report.terms.start, compiled.horizon):
                    breach = chance(int(met.breaches[k, a, t]), met.paths)
                    yield {
                        "view": view, "size": float(size), "agency": compiled.agency_ids[a], "year": compiled.years[t],
                        "breach": breach.probability, "low95": breach.low, "high95": breach.high,
                        "breach_rise": met.rise[k, a, t], "breach_rise_se": met.rise_error[k, a, t],
                        "shortfall_rise": met.short_rise[k, a, t], "shortfall_rise_se": met.short_error[k, a, t],
                        "shortfall_limit": found.allowed.short_limit * found.spending[a, t], "unit": "£",
                        "paths": met.paths,
                    }  # fmt: skip


def _binding(report: ShiftReport) -> Rows:
    compiled, moved = report.compiled, touched(report)
    for view, found in _views(report):
        for one in found.bindings():
            ever = chance(int(found.met.ever[0, one.agency]), found.met.paths)
            yield {
                "view": view, "agency": compiled.agency_ids[one.agency], "touched": one.agency in moved,
                "bears": one.limit, "fails_at": one.first,
                "year": None if one.year is None else compiled.years[one.year], "test": one.test,
                "breach_in_any_year_without_shift": ever.probability, "low95": ever.low, "high95": ever.high,
                "unit": "£ a year at base-year prices", "paths": found.met.paths,
                **_reserve(report.reserves.get(one.agency) if view == "after_action" else None),
            }  # fmt: skip


def _reserve(price: Shadow | None) -> dict[str, float | None]:
    """Return what £1 more of reserve allows a year, set against no shift with it and without it."""
    alike, today = price or (None, None)
    return {"more_for_1_of_reserve_like_with_like": alike, "more_for_1_of_reserve_risk_as_today": today}


def parties(report: ShiftReport) -> tuple[str, ...]:
    """Return the ids of every party to a shift, what falls outside the place last."""
    return (*report.compiled.agency_ids, "outside")


def _by_body(report: ShiftReport) -> Rows:
    purses, transfers = report.gathered.purses, report.transfers
    means = {name: getattr(purses, name).mean(axis=2).sum(axis=1) for name in ("invest", "cash", "paid", "avoided")}
    for a, party in enumerate(parties(report)):
        inside = a < len(report.compiled.agency_ids)
        yield {
            "party": party, **{name: float(sums[a]) for name, sums in means.items()},
            "net_gain": float(purses.gains[a].mean(axis=1).sum()) if inside else None,
            "receives_of_what_there_is": float(transfers.receives[a]) if inside else None,
            "still_worse_off": float(worse_off(transfers)[a]) if inside else None,
            "after_transfers": float(transfers.after[a]) if inside else None, "unit": "£ over the horizon, mean",
        }  # fmt: skip


def _timeline(report: ShiftReport) -> Rows:
    purses, yearly = report.gathered.purses, report.yearly
    for a, agency in enumerate(report.compiled.agency_ids):
        gains = report.gathered.gains[a]
        if not (gains.any() or purses.invest[a].any()):
            continue
        ends = quantiles(gains, (10, 50, 90))
        for t, year in enumerate(report.compiled.years):
            yield {
                "agency": agency, "year": year, "invest": float(purses.invest[a, t].mean()),
                "cash": float(purses.cash[a, t].mean()), "paid_to_others": float(purses.paid[a, t].mean()),
                "avoided": float(purses.avoided[a, t].mean()), "stranded": _stranded(report, a, t),
                "net_gain": float(gains[t].mean()),
                **{f"net_gain_p{p}": float(end[t]) for p, end in zip((10, 50, 90), ends, strict=True)},
                "receives_of_what_there_is": float(yearly.receives[a, t]),
                "still_worse_off": float(worse_off(yearly)[a, t]), "unit": "£",
            }  # fmt: skip


def _stranded(report: ShiftReport, agency: int, year: int) -> float:
    """Return the cost that stays with one body when activity goes, in the mean."""
    part = report.gathered.services[:, PARTS.index("stranded"), year]
    return float(sum(part[s] for s, service in enumerate(report.terms.services) if service.agency == agency))


def _services(report: ShiftReport) -> Rows:
    for s, service in enumerate(report.terms.services):
        for t, year in enumerate(report.compiled.years):
            parts = {part: float(report.gathered.services[s, i, t]) for i, part in enumerate(PARTS)}
            yield {
                "service": service.id, "agency": report.compiled.agency_ids[service.agency], "year": year, **parts,
                "unit": "£, mean",
            }  # fmt: skip


def _programmes(report: ShiftReport) -> Rows:
    sizes = split(report.terms, report.size)
    for p, programme in enumerate(report.terms.programmes):
        low, central, high = programme.per_pound
        yield {
            "programme": programme.id, "name": programme.name, "in_this_shift": sizes[p], "proposed": programme.spend,
            "most": programme.most, "starts": report.compiled.years[programme.start], "per_pound_p10": low,
            "per_pound_p50": central, "per_pound_p90": high, "weight_of_the_library": programme.prior_weight,
            "spent": float(report.gathered.invest[p].sum()),
            "set_up_and_double_running": float(report.gathered.once[p].sum()),
            "least_staffed": _staffed(report, p) if programme.staff else None, "unit": "£",
        }  # fmt: skip


def _staffed(report: ShiftReport, p: int) -> float:
    """Return the least share of a programme that can be staffed in a year in which it runs."""
    on = report.terms.programmes[p].scale > 0
    return float(report.gathered.staffed[p][on].min()) if on.any() else 1.0


def _payback(report: ShiftReport) -> Rows:
    paid = np.atleast_1d(np.any(report.gathered.purses.invest > 0, axis=(1, 2)))
    for a, (party, one) in enumerate(zip((*report.compiled.agency_ids, "place"), report.payback, strict=True)):
        # A body that pays nothing has nothing to have back.
        if party == "place" or paid[a]:
            yield {"party": party, **_paid_back(one), "unit": "£; years from the start, the first being 1"}


def _paid_back(one: Payback) -> dict[str, Any]:
    row: dict[str, Any] = {"crossover_p10": one.p10, "crossover_p50": one.p50, "crossover_p90": one.p90}
    for years, found in one.chances.items():
        parts = (None, None, None) if found is None else (found.probability, found.low, found.high)
        row |= dict(zip((f"within_{years}", f"within_{years}_low95", f"within_{years}_high95"), parts, strict=True))
    row |= {"peak_need_p50": one.peak[0], "peak_need_p80": one.peak[1]}
    return row | {"peak_year_p50": one.peak_year[0] if one.peak_year else None, "years_shown": one.years}


def _returned(report: ShiftReport) -> Rows:
    ids = report.compiled.agency_ids
    for party, windows in report.returned.items():
        for one in windows:
            yield {
                "party": "place" if party < 0 else ids[party], "years": one.years, "cash_per_pound": one.cash,
                "cash_p10": one.cash_range[0], "cash_p90": one.cash_range[1], "value_per_pound": one.value,
                "value_p10": one.value_range[0], "value_p90": one.value_range[1],
                "cash_discounted": one.cash_discounted, "value_discounted": one.value_discounted,
                "unit": "£ for each £1 spent; years from the start",
            }  # fmt: skip


def _arrangements(report: ShiftReport) -> Rows:
    for one in report.worth:
        yield {
            "arrangement": one.id, "name": one.name, "headroom": one.headroom, "more": one.more,
            "at_least": one.beyond, "stops_at": None if one.binds is None else report.compiled.agency_ids[one.binds],
            "stops_in": None if one.year is None else report.compiled.years[one.year],
            "unit": "£ a year at base-year prices", "paths": report.fewer,
        }  # fmt: skip


def _judgements(report: ShiftReport) -> Rows:
    for one in report.judgements:
        yield {
            "judgement": one.id, "name": one.name, "as_judged": one.stands, "judged_otherwise": one.tried,
            "headroom": one.headroom, "more": one.more, "at_least": one.beyond,
            "unit": "£ a year at base-year prices; judgements as shares", "paths": one.paths,
        }  # fmt: skip


def _mechanisms(report: ShiftReport) -> Rows:
    # Every rule rests on the same few futures, contracts as they stand too, so that `by_body` differs a little.
    few = min(FEWEST, report.paths)
    for one in report.mechanisms:
        for a, agency in enumerate(report.compiled.agency_ids):
            if abs(one.net[a]) > 1:
                yield {
                    "rule": one.id, "name": one.name, "agency": agency, "net_cost": float(one.net[a]),
                    "unit": "£ over the horizon, mean", "paths": few, "paths_of_by_body": report.paths,
                }  # fmt: skip


def _rooms(report: ShiftReport) -> Rows:
    # What a charity holds above its minimum is not reckoned; an NHS body may use what it holds with approval only.
    charities = range(len(report.compiled.agency_ids))[report.compiled.slices[CHARITY]]
    for c, confidence in enumerate(CONFIDENCES):
        for a, agency in enumerate(report.compiled.agency_ids):
            for t, year in enumerate(report.compiled.years):
                yield {
                    "agency": agency, "year": year, "confidence": confidence / 100, "unit": "£",
                    "recurrent_room": float(report.rooms.recurrent[c, a, t]),
                    "one_off_room": None if a in charities else float(report.rooms.one_off[c, a, t]),
                }  # fmt: skip


def _staff(report: ShiftReport) -> Rows:
    for one in report.gathered.staff:
        for t, year in enumerate(report.compiled.years):
            yield {
                "group": one.id, "name": one.name, "year": year, "there": float(one.supply[t]),
                "wanted_by_programmes": float(one.wanted[t]), "lacked_by_services": float(one.unmet[t]),
                "unit": "whole-time posts",
            }  # fmt: skip
