"""A place's acute beds and what lies beyond them, and the luck of every patient who comes.

Luck is drawn at a patient's creation, from streams in the order of arrival, so that more beds, more slots or
another rate of arrival re-deal nobody's. Time is in days.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from scipy.special import ndtri

from simulator.compiled import Floats
from simulator.streams import BLOCK, BlockDraws

YEAR = 365
SIMPLE = -1
"""The way on of a patient who needs none."""
_STREAMS = ("gap", "stay", "way", "onward", "patience", "exit", "after")


@dataclass(frozen=True)
class Stay:
    """A length of stay: its mean in days and the standard deviation of its logarithm; without one, exponential."""

    mean: float
    log_sd: float | None

    def of(self, uniforms: Floats) -> Floats:
        """Return the stay at each uniform, by the inverse distribution function."""
        if self.log_sd is None:
            return -self.mean * np.log1p(-uniforms)
        drawn: Floats = self.mean * np.exp(self.log_sd * ndtri(uniforms) - self.log_sd**2 / 2)
        return drawn


@dataclass(frozen=True)
class Onward:
    """One way on from the acute bed: share of admissions, slots or beds, stay, share who go on to long-term care."""

    share: float
    slots: int
    stay: Stay
    long_term: float = 0.0

    def offered(self, admissions: float) -> float:
        """Return its offered load: slots that would be in use if there were enough of them."""
        return admissions * self.share * self.stay.mean


@dataclass(frozen=True)
class Hospital:
    """A place's acute beds and what lies beyond them.

    `admissions` a day; `patience` is the mean wait in days after which another way out is found, `spot` the share of
    those that is bought outside; `escalate` is the wait for a bed in days after which an escalation bed is opened.
    `weekdays` are seven relative rates of arrival with mean 1; `season` is the half range of the year about its mean.
    """

    admissions: float
    beds: int
    stay: Stay
    onward: tuple[Onward, ...]
    patience: float = inf
    spot: float = 0.0
    escalate: float = inf
    weekdays: tuple[float, ...] = (1.0,) * 7
    season: float = 0.0


@dataclass(frozen=True)
class Patients:
    """Every patient's luck, by the order of arrival; lists because one number is read at a time."""

    arrives: list[float]
    stay: list[float]
    way: list[int]
    onward: list[float]
    patience: list[float]
    exit: list[float]
    after: list[float]


def patients(hospital: Hospital, seed: int, replication: int, days: int) -> Patients:
    """Return the luck of all who arrive within `days`; patient i is the same whatever the beds, slots or rate."""
    wanted = hospital.admissions * days
    rows = ceil((wanted + 8 * wanted**0.5 + 50) / BLOCK)
    draws = BlockDraws(seed, replication)
    drawn = {name: draws.uniforms(f"pathway|{name}", rows).ravel() for name in _STREAMS}
    clock = np.cumsum(-np.log(drawn["gap"]))
    days_on, arrived = _cumulated(hospital, days)
    came = np.interp(clock[clock < arrived[-1]], arrived, days_on)
    drawn = {name: uniforms[: came.size] for name, uniforms in drawn.items()}
    edges = np.cumsum([way.share for way in hospital.onward])
    way = np.searchsorted(edges, drawn["way"], side="right")
    stays = [part.stay.of(drawn["onward"]) for part in hospital.onward]
    onward = np.choose(np.minimum(way, len(stays) - 1), stays) if stays else drawn["onward"]
    return Patients(
        came.tolist(),
        hospital.stay.of(drawn["stay"]).tolist(),
        np.where(way == len(stays), SIMPLE, way).tolist(),
        onward.tolist(),
        (-np.log(drawn["patience"])).tolist(),
        drawn["exit"].tolist(),
        drawn["after"].tolist(),
    )


def _cumulated(hospital: Hospital, days: int) -> tuple[Floats, Floats]:
    """Return day edges and the expected arrivals up to each: a rate that changes daily, turned into a clock."""
    day = np.arange(days)
    # The winter peak is put in mid-January, fifteen days into a year that begins on 1 January.
    season = 1 + hospital.season * np.cos(2 * np.pi * (day - 15) / YEAR)
    rate = hospital.admissions * season * np.asarray(hospital.weekdays)[day % 7]
    return np.arange(days + 1, dtype=np.float64), np.concatenate(([0.0], np.cumsum(rate)))
