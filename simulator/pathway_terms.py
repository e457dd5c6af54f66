"""From the pathway a scenario states to what the engine reads: terms of a year, the surface, the model's hospital."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.compiled import Floats
from simulator.pathway_patients import Hospital, Onward, Stay
from simulator.pathway_surface import Surface, Terms
from simulator.pathways import Distilled, Pathway, Stayed


def terms(pathway: Pathway) -> Terms:
    """Return a pathway's terms: its ways on pooled, each in proportion to its discharges or, for cost, its slots."""
    shares = np.array([way.share.used for way in pathway.onward])
    slots = np.array([way.slots.used for way in pathway.onward])
    stays = np.array([way.stay.mean.used for way in pathway.onward])
    lasting = np.array([way.long_term.used for way in pathway.onward])
    costs = np.array([way.slot_year.used for way in pathway.onward])
    return Terms(
        beds=pathway.acute_beds.used,
        admissions=pathway.admissions.used,
        stay=pathway.treatment.mean.used,
        discharges=pathway.admissions.used * float(shares.sum()),
        onward_stay=float((shares * stays).sum() / shares.sum()),
        slots=float(slots.sum()),
        patience=pathway.patience.used,
        spot_share=pathway.spot_share.used,
        escalate=pathway.escalate_after.used,
        long_term=float((shares * lasting).sum() / shares.sum()),
        bed_day=pathway.bed_day.used,
        marginal=pathway.marginal.used,
        slot_year=float((slots * costs).sum() / slots.sum()),
        spot_cost=pathway.spot_cost.used,
    )


def surface(distilled: Distilled) -> Surface:
    """Return a distilled surface as arrays that nothing can write to."""
    names = ("rho1", "rho2", "patience", "residual", "spread", "slack", "excess", "wait")
    return Surface(distilled.load, distilled.stay, **{name: _frozen(getattr(distilled, name)) for name in names})


def hospital(pathway: Pathway) -> Hospital:
    """Return the pathway as the discrete-event model takes it; beds and slots in whole numbers."""
    ways = tuple(
        Onward(way.share.used, round(way.slots.used), _stay(way.stay), way.long_term.used) for way in pathway.onward
    )
    return Hospital(
        admissions=pathway.admissions.used,
        beds=round(pathway.acute_beds.used),
        stay=_stay(pathway.treatment),
        onward=ways,
        patience=pathway.patience.used,
        spot=pathway.spot_share.used,
        escalate=pathway.escalate_after.used,
        weekdays=tuple(pathway.weekdays),
        season=pathway.season.used,
    )


def at(place: Hospital, rho1: float, rho2: float, patience: float) -> Hospital:
    """Return `place` with beds and slots for the loads given, each way on as short of slots as the others.

    Counts are whole, so stays give up the remainder: the loads are met exactly and nobody's luck is dealt again.
    """
    treated = place.admissions * place.stay.mean
    beds = max(round(treated / rho1), 1)
    ways = []
    for way in place.onward:
        slots = max(round(way.offered(place.admissions) / rho2), 1)
        stay = replace(way.stay, mean=rho2 * slots / (place.admissions * way.share))
        ways.append(replace(way, slots=slots, stay=stay))
    treatment = replace(place.stay, mean=rho1 * beds / place.admissions)
    return replace(place, beds=beds, stay=treatment, onward=tuple(ways), patience=patience)


def _stay(stated: Stayed) -> Stay:
    return Stay(stated.mean.used, stated.log_sd.used)


def _frozen(values: list[object]) -> Floats:
    held = np.array(values, dtype=np.float64)
    held.setflags(write=False)
    return held
