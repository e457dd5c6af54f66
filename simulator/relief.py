"""What programmes spare services: activity avoided by line or by the pathway, and what becomes of it.

Arrays are `[year, path]`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator import pathway_surface
from simulator.compiled import Bools, Floats
from simulator.pathway_surface import Saved
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms, ProgrammeTerms
from simulator.release import Released, released


class Relief(NamedTuple):
    """What became of one service's avoided activity, `[year, path]`: all of it at average cost, then its parts.

    `unpaid` is what nobody pays a provider less for: bed-days that patients only waited in.
    """

    avoided: Floats
    growth: Floats
    refilled: Floats
    stranded: Floats
    cash: Floats
    unpaid: Floats


def relieved(scene: Scene, s: int, given: list[Floats], waits: tuple[Wait, ...], view: int) -> Relief:
    """Return what becomes of one service's activity that programmes together avoid.

    Where they overlap, what is left of the need is the product of what each leaves.
    """
    volume, unit = scene.volume[s][view], scene.unit[s][view]
    parts = [
        (gain.share * given[p], gain.cashable)
        for p, programme in enumerate(scene.terms.programmes)
        for gain in programme.gains
        if gain.service == s and not _waits_there(scene.terms, programme, s)
    ]
    here = [wait for wait in waits if wait.service == s]
    left, weighed, growing, total = np.ones(scene.shape), *np.zeros((3, *scene.shape))
    for alone, cashable in [*parts, *((wait.cost, wait.cashable) for wait in here)]:
        left *= 1 - np.divide(np.minimum(alone, volume), volume, out=np.zeros(scene.shape), where=volume > 0)
        weighed += cashable * alone
        # Growth avoided needs no capacity withdrawn, so it counts whole; but what is no cash at all is none here too.
        growing += (cashable if scene.terms.growth_as_today else float(cashable > 0)) * alone
        total += alone
    avoided = volume * (1 - left)
    shares = (np.divide(part, total, out=np.zeros(scene.shape), where=total > 0) for part in (weighed, growing))
    release, capacity = scene.terms.services[s].release, scene.capacity(s)
    found: Released = released(release, volume, capacity, avoided, *shares)
    unpaid, cash = np.zeros(scene.shape), found.cash
    if here:
        waiting = np.divide(np.sum([w.cost for w in here], axis=0), total, out=np.zeros(scene.shape), where=total > 0)
        unpaid, of_days = waiting * avoided, waiting * cash
        # A bed that stays empty is worth its marginal cost to a budget and no more, however much the service grows;
        # one that is filled again is worth nothing to it.
        most = (1 - release.backfill) * np.sum([w.marginal for w in here], axis=0)
        cash = cash - of_days + np.minimum(of_days, most)
    parts_kept = (avoided, found.growth, found.refilled, found.stranded, cash, unpaid)
    return Relief(*(part * unit for part in parts_kept))


def _waits_there(terms: PreventionTerms, programme: ProgrammeTerms, s: int) -> bool:
    """Return whether the pathway says what a programme avoids in a service, in place of the evidence on its return."""
    return programme.way_home is not None and terms.ways_home[programme.way_home].service == s


class Wait(NamedTuple):
    """What slots in a pathway save, in real pounds `[year, path]`.

    `cost` is bed-days that nobody waits in any more, at average cost, `marginal` the same at the margin, which is the
    most that comes back as cash of a bed not filled again, and `cashable` what of it is. `days` is
    bed-days saved, and `clamped` marks where the surface was read beyond its grid.
    """

    service: int
    cost: Floats
    marginal: Floats
    cashable: float
    days: Floats
    places: Floats
    clamped: Bools


def waited(scene: Scene, running: Floats, w: int, view: int) -> Wait:
    """Return what the slots that programmes buy in a pathway save of delay; `running` is `[programme, year]`."""
    way, terms = scene.terms.ways_home[w], scene.terms
    buying = [p for p, programme in enumerate(terms.programmes) if programme.way_home == w]
    worked = [running[p][:, None] * scene.works(p, view) for p in buying]
    slots = np.sum(worked, axis=0) / way.terms.slot_year
    year, before = scene.unhelped(w, view)
    saved = Saved(before, pathway_surface.delayed_with(way.surface, way.terms, year, slots))
    shares = [gain.cashable for p in buying for gain in terms.programmes[p].gains if gain.service == way.service]
    cashable = float(np.mean(shares)) if shares else 0.0
    cost = saved.days * way.terms.bed_day
    return Wait(way.service, cost, cost * way.terms.marginal, cashable, saved.days, saved.spot, saved.clamped)
