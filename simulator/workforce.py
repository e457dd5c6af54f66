"""Staff: how many are there, how many are needed, and what cannot be done for want of them.

Posts are whole-time; arrays `[year]` or `[year, path]` from the first projected year. Activity is real, as an index of
1 in the base year. Posts that stood vacant then are in the base: only what grows worse than that counts against a
service. What cannot be staffed is need that goes unmet, never an overspend: staff who are not there are not paid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.terms import Floats


@dataclass(frozen=True)
class StaffTerms:
    """One staff group: posts filled and funded in the base year, who joins and leaves, who is retrained besides.

    `joiners` and `leavers` are shares a year of those in post; `retrained` is posts by projected year, `lines` the body
    and line ids of what the group works for today.
    """

    id: str
    name: str
    in_post: float
    funded: float
    joiners: float
    leavers: float
    retrained: tuple[float, ...]
    lines: tuple[tuple[str, str], ...] = ()

    @property
    def filled(self) -> float:
        """Funded posts that were filled in the base year."""
        return min(self.in_post, self.funded)


class Unmet(NamedTuple):
    """What existing services lack of one group, each `[year, path]`.

    `posts` is all that they need and have not; `worse` what of it goes beyond the base year's vacancies at today's
    rate; `share` the part of their activity that is not done for it.
    """

    posts: Floats
    worse: Floats
    share: Floats


def supply(terms: StaffTerms) -> Floats:
    """Return posts filled by year: those of the year before, with who joins and leaves, and who is retrained."""
    return remaining(terms) + retrained(terms)


def remaining(terms: StaffTerms) -> Floats:
    """Return posts filled by year without anybody retrained."""
    kept = max(1 + terms.joiners - terms.leavers, 0.0)
    left: Floats = terms.in_post * kept ** np.arange(1.0, len(terms.retrained) + 1)
    return left


def retrained(terms: StaffTerms) -> Floats:
    """Return posts filled by year by those retrained so far, who leave and draw others in as all do."""
    kept, stock = max(1 + terms.joiners - terms.leavers, 0.0), 0.0
    found = np.zeros(len(terms.retrained))
    for t, new in enumerate(terms.retrained):
        found[t] = stock = stock * kept + new
    return found


def needed(terms: StaffTerms, activity: Floats) -> Floats:
    """Return the posts that existing services need for an index of their real activity, shaped as `activity`."""
    return terms.funded * activity


def unmet(terms: StaffTerms, activity: Floats, taken: Floats | float = 0.0) -> Unmet:
    """Return what existing services lack at an index of activity `[year, path]`.

    `taken` `[year]` or `[year, path]` is what programmes have of the group.
    """
    there = supply(terms)[:, None] - _by_path(taken)
    filled = terms.filled * activity
    short = np.maximum(filled - there, 0.0)
    share = np.divide(short, filled, out=np.zeros_like(short), where=filled > 0)
    return Unmet(np.maximum(needed(terms, activity) - there, 0.0), short, share)


def done(terms: tuple[StaffTerms, ...], lacking: tuple[Unmet, ...]) -> dict[tuple[str, str], Floats]:
    """Return the share of each line's funded activity that can be staffed, `[year, path]`, by body and line.

    The scarcest of the groups that work for a line sets it.
    """
    found: dict[tuple[str, str], Floats] = {}
    for group, lacks in zip(terms, lacking, strict=True):
        for line in group.lines:
            share = 1 - lacks.share
            found[line] = np.minimum(found[line], share) if line in found else share
    return found


def left(terms: StaffTerms, activity: Floats | None = None) -> Floats:
    """Return the posts that programmes may have, `[year]`, or `[year, path]` where `activity` is given.

    Existing services come first, with what they had filled grown with their activity; flat if none is given. Those who
    are retrained are there for programmes, however short others are.
    """
    over = remaining(terms) - terms.filled if activity is None else remaining(terms)[:, None] - terms.filled * activity
    return np.maximum(over, 0.0) + (retrained(terms) if activity is None else retrained(terms)[:, None])


def delivered(
    terms: tuple[StaffTerms, ...],
    wanted: Floats,
    years: int,
    activity: tuple[Floats, ...] | None = None,
    *,
    alike: bool = False,
) -> Floats:
    """Return the share of each programme that can be staffed, `[programme, year]`, then `[path]` with `activity`.

    `wanted` is posts at full delivery, `[programme, group]`, or `[programme, group, year]` where they build up;
    `activity` an index `[year, path]` for each group. Existing services come first, unless everyone goes short `alike`:
    then programmes find staff as others do, and what `unmet` says of services grows. Each group is shared pro rata to
    what is wanted of it, and the scarcest group of a programme sets its share; what that leaves of its other groups
    goes to nobody.
    """
    posts = wanted if wanted.ndim == 3 else np.repeat(wanted[:, :, None], years, axis=2)
    paths = activity[0].shape[1:] if activity else ()
    by_year = (years, *(1 for _ in paths))
    share = np.ones((len(posts), years, *paths))
    for g, group in enumerate(terms):
        index = activity[g] if activity else None
        total = posts[:, g].sum(axis=0).reshape(by_year)
        room = left(group, index)
        if alike:
            room = np.maximum(room, _level(group, index, total))
        part = np.divide(np.minimum(room, total), total, out=np.ones((years, *paths)), where=total > 0)
        asks = (posts[:, g] > 0).reshape(len(posts), *by_year)
        share = np.where(asks, np.minimum(share, part), share)
    return share


def _level(terms: StaffTerms, activity: Floats | None, total: Floats) -> Floats:
    """Return the posts that programmes find where they and existing services are short in the same proportion."""
    need = terms.filled * (np.ones_like(total) if activity is None else activity) + total
    there = supply(terms).reshape(len(total), *(1 for _ in total.shape[1:]))
    found: Floats = np.divide(there * total, need, out=np.zeros_like(need), where=need > 0)
    return found


def taken(wanted: Floats, share: Floats) -> Floats:
    """Return the posts that programmes fill of each group, `[group, year]` or `[group, year, path]`.

    `wanted` and `share` are those of `delivered`.
    """
    posts = wanted if wanted.ndim == 3 else np.repeat(wanted[:, :, None], share.shape[1], axis=2)
    filled: Floats = np.einsum("pgy,py...->gy...", posts, share)
    return filled


def _by_path(posts: Floats | float) -> Floats:
    """Return posts with an axis of paths last, whatever they came with."""
    found = np.asarray(posts, dtype=np.float64)
    return found[:, None] if found.ndim == 1 else found
