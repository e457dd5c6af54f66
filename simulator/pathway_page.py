"""What the shipped surface says of a pathway, in a table and in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.money import in_millions
from simulator.pathway_surface import YEAR, Saved, days_saved, relief
from simulator.pathway_terms import surface, terms
from simulator.pathways import Distilled, Pathway

CHANGES = (-0.10, -0.05, 0.0, 0.05, 0.10, 0.15, 0.20)


class Row(NamedTuple):
    """One size of onward capacity against today's: counts a year or means, and pounds a year against today.

    `beds_saved` and `spot_saved` are what hospital beds and spot purchases cost less than today, `cost` what the slots
    cost more; all are below nought for fewer slots.
    """

    change: float
    slots: float
    delayed: float
    bed_days: float
    boarders: float
    escalation: float
    effective: float
    spot: float
    beds_saved: float
    spot_saved: float
    cost: float
    clamped: bool


def rows(pathway: Pathway) -> list[Row]:
    """Return the year's delays at each size of onward capacity, on the demand of the base year."""
    return [_row(pathway, change) for change in CHANGES]


def _row(pathway: Pathway, change: float) -> Row:
    base, read, still = terms(pathway), surface(pathway.surface), np.ones((1, 1))
    extra = base.slots * change
    found = days_saved(read, base, still, still, extra)
    # Read the other way round, fewer slots cost what as many more would have saved.
    one = found if change >= 0 else Saved(found.after, found.before)
    sign, money = (1 if change >= 0 else -1), relief(base, one)
    said = found.after
    return Row(
        change=change,
        slots=base.slots + extra,
        delayed=float(said.delayed[0, 0]),
        bed_days=float(said.delayed[0, 0]) * YEAR,
        boarders=float(said.boarders[0, 0]),
        escalation=float(said.escalation[0, 0]),
        effective=float(said.effective[0, 0]),
        spot=float(said.spot[0, 0]),
        beds_saved=sign * float((money.bed_days + money.escalation)[0, 0]),
        spot_saved=sign * float(money.spot[0, 0]),
        cost=extra * base.slot_year,
        clamped=bool(found.clamped[0, 0]),
    )


def page(pathway: Pathway) -> str:
    """Return the table, what it rests on and how to rebuild it, as text."""
    base = terms(pathway)
    load = base.discharges * base.onward_stay / base.slots
    return "\n".join(
        [
            f"{pathway.name}: {base.beds:,.0f} acute beds, {base.admissions:g} admissions a day, "
            f"{base.slots:,.0f} slots onward.",
            f"What comes for those slots is {load:.0%} of what they can take.",
            "",
            f"{'Slots':>12}{'Delayed':>10}{'Bed-days':>10}{'Boarders':>10}{'Escalation':>12}{'Beds used':>11}"
            f"{'Beds saved':>12}{'Spot saved':>12}{'Slots cost':>12}",
            f"{'':>12}{'patients':>10}{'a year':>10}{'':>10}{'beds':>12}{'':>11}" + f"{'a year':>12}" * 3,
            *(_line(row) for row in rows(pathway)),
            "",
            *_notes(pathway, load),
        ]
    )


def _line(row: Row) -> str:
    return (
        f"{row.slots:>6,.0f} {row.change:>+5.0%}{row.delayed:>10.1f}{row.bed_days:>10,.0f}{row.boarders:>10.1f}"
        f"{row.escalation:>12.1f}{row.effective:>11.1%}{in_millions(row.beds_saved, 2):>12}"
        f"{in_millions(row.spot_saved, 2):>12}{in_millions(row.cost, 2):>12}"
        f"{'*' if row.clamped else ''}"
    )


def _notes(pathway: Pathway, load: float) -> list[str]:
    price, days = f"{pathway.marginal.used:.0%} of £{pathway.bed_day.used:,.0f}", f"{pathway.patience.used:g} days"
    waits = f"Their queue has an end only because people find another way out, after {days} on average (judgement)."
    beyond = "* beyond what the surface was made for; the fluid formula is carried on from its edge."
    together = "More and fewer slots are of all ways on, moved together by the same part:"
    return [
        together,
        f"{', '.join(way.name for way in pathway.onward)}.",
        *([waits] if load > 1 else []),
        f"Beds saved: at marginal cost, {price} (judgement), not at the average, since wards and staff stay;",
        "escalation beds at full cost. Spot saved: purchases avoided, at their price. Against today, base-year pounds.",
        "Beds used: offered load and delayed patients over core beds; above 100% patients wait or are in extra beds.",
        *([beyond] if any(row.clamped for row in rows(pathway)) else []),
        "",
        told_error(pathway.surface),
        "Rebuild it with: headroom pathway --rebuild --out FILE",
    ]


def told_error(made: Distilled) -> str:
    """Return in words how far a surface is from fresh runs of the model."""
    off = made.error
    return (
        f"Held against {off.points} fresh runs: {off.within} within two standard errors and 5%. Mean error: "
        f"{off.mean_error:.1f} delayed\npatients (median {off.median_share:.1%}; the runs' own standard error is "
        f"{off.mean_se:.1f}), {off.boarders:.1f} boarders, {off.excess:.1f} beyond the core beds."
    )
