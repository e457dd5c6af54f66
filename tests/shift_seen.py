"""A shift made by hand, so that every picture of it can be worked on paper: a council, a trust and what is outside.

Over three years from 2027-28 the council pays £2m a year; from the second year it lets go £1m and the trust £0.5m, of
which contracts bring the council £0.25m. What is avoided is worth £1m a year to each, and £0.5m outside.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from simulator.charts.layout import SETTINGS
from simulator.headroom import Allowed, Curve
from simulator.plain_english import Words
from simulator.pockets import Purses
from simulator.shift_flows import Gathered, Staffing
from simulator.shift_frames import Subject
from simulator.shift_trials import Judged

MILLION = 1e6
YEARS = ("2026-27", "2027-28", "2028-29", "2029-30")
START, PATHS = 1, 1_000
ABOUT = Subject("Town", ("Town Council", "Town Hospitals"), YEARS, START, "2028-29", "22 November 2026")


def curve(gained: Any, short: Any = None, sizes: Any = (0, 1, 2, 4), allowed: Allowed | None = None) -> Curve:
    """A curve from how many futures of 1,000 come to breach, and pounds short in the mean, `[size, agency, year]`.

    Sizes are in £m; every body spends £100m, so that a limit of 0.1% is £100,000.
    """
    gained = np.asarray(gained, dtype=float)
    short = np.zeros_like(gained) if short is None else np.asarray(short, dtype=float)
    met = Judged(
        compiled=SimpleNamespace(), variants=(), paths=PATHS, breaches=gained, gained=gained,
        lost=np.zeros_like(gained), short=short * PATHS, short_squares=short**2 * PATHS * 1.5,
        short_base=np.zeros(gained.shape[1:]), held=np.zeros(len(gained)), ever=np.zeros(gained.shape[:2]),
    )  # type: ignore[arg-type]  # fmt: skip
    spending = np.full(gained.shape[1:], 100 * MILLION)
    return Curve(np.array(sizes, dtype=float) * MILLION, met, spending, allowed or Allowed(0.01, 0.001))


def rising(*steps: float, agencies: int = 2, agency: int = 0, year: int = 2) -> Any:
    """Nought everywhere but in one year of one body, where each size has its own number."""
    found = np.zeros((len(steps), agencies, len(YEARS)))
    found[:, agency, year] = steps
    return found


def flows(*parties: list[float], paths: int = 4) -> Any:
    """Pounds `[party, year, path]` from £m by year, alike on every path."""
    return np.repeat(np.array(parties, dtype=float)[:, :, None] * MILLION, paths, axis=2)


NOTHING = [0.0, 0, 0, 0]
PURSES = Purses(
    invest=flows([0, 2, 2, 2], NOTHING, NOTHING),
    cash=flows([0, 0, 1, 1], [0, 0, 0.5, 0.5], NOTHING),
    paid=flows([0, 0, -0.25, -0.25], [0, 0, 0.25, 0.25], NOTHING),
    avoided=flows([0, 1, 1, 1], [0, 1, 1, 1], [0, 0.5, 0.5, 0.5]),
)


def gathered(purses: Purses = PURSES, staffed: float = 1.0) -> Gathered:
    """The shift as gathered; its one programme wants 40 posts a year, of which a share is filled."""
    years = purses.invest.shape[1]
    running = np.array([0.0, *[1.0] * (years - 1)])
    programme = SimpleNamespace(staff={0: 20 / MILLION}, scale=running)
    shift = SimpleNamespace(terms=SimpleNamespace(programmes=(programme,), staff=("carers",)), sizes=(2 * MILLION,))
    carers = Staffing("carers", "Care workers", np.full(years, 3_000.0), 40 * running, np.zeros(years))
    return Gathered(
        shift=shift, purses=purses, gains=purses.gains, services=np.zeros((0, 5, years)),
        invest=np.zeros((1, years)), outside=np.zeros(years), staffed=np.where(running > 0, staffed, 1.0)[None],
        staff=(carers,), bed_days=np.zeros(years), clamped=0.0,
    )  # type: ignore[arg-type]  # fmt: skip


class Seen:
    """Figures and words in the order they are made, in place of bytes; a figure is drawn when it is looked at."""

    def __init__(self) -> None:
        self.made: list[tuple[Figure, Words]] = []

    def keep(self, figure: Figure, words: Words, kinds: Any = ()) -> dict[str, bytes]:
        """Keep a figure, giving back the place it has."""
        self.made.append((figure, words))
        return {"at": str(len(self.made) - 1).encode()}

    def of(self, picture: dict[str, bytes]) -> tuple[Figure, Words]:
        """The figure and the words that a picture stands for."""
        figure, words = self.made[int(picture["at"])]
        with mpl.rc_context(SETTINGS):
            FigureCanvasAgg(figure).draw()
        return figure, words
