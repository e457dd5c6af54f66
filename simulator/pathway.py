"""Hospital to home, patient by patient: acute beds, what holds them up, and the care that frees them.

A discrete-event model. Patients come by a Poisson process that follows the weekday and the season, wait for an acute
bed (boarders), are treated, and are then ready to leave. Most go at once; the others need a home slot, a
rehabilitation bed or a care-home bed, and hold the acute bed until one is free or their patience ends (a spot
purchase, family, death). Whoever waits long enough for an acute bed is given an escalation bed, so nobody is turned
away and Little's law holds for beds: (in use + boarders) / beds = offered load + delayed patients / beds.

It never runs inside a projection: `pathway_surface` holds what it says. Time is in days.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Any

import simpy

from simulator.pathway_patients import SIMPLE, YEAR, Hospital, Patients, patients

MODEL = "1"
"""Version of the rules of this module and of `pathway_patients`; a surface says which it was made with."""


@dataclass
class Gauge:
    """How many stand at one node of the pathway, kept over time for Little's law."""

    level: int = 0
    area: float = 0.0
    entered: int = 0
    stayed: float = 0.0
    _since: float = 0.0

    def move(self, now: float, step: int) -> None:
        """Add `step` to the level, at the time `now`."""
        self.area += self.level * (now - self._since)
        self._since = now
        self.level += step

    def enter(self, now: float) -> None:
        """Count one more in."""
        self.entered += 1
        self.move(now, 1)

    def leave(self, now: float, came: float) -> None:
        """Count one out who came in at the time `came`."""
        self.stayed += now - came
        self.move(now, -1)


@dataclass(frozen=True)
class Year:
    """One year's means after the warm-up (patients or beds), and counts in the year.

    `nodes` holds for each node its mean number, how many entered in the year and the days stayed by those who left in
    it: beds, boarding, delayed, then each way on.
    """

    boarders: float
    in_use: float
    escalation: float
    delayed: float
    spot: float
    long_term: float
    nodes: dict[str, tuple[float, int, float]]


def replicate(hospital: Hospital, seed: int, replication: int, warm_up: int = YEAR, years: int = 2) -> list[Year]:
    """Return each year's figures from one replication of `years` years, after `warm_up` days that are thrown away.

    A finite horizon: a place with more to discharge than its slots can take has a steady state by patience alone.
    """
    luck = patients(hospital, seed, replication, warm_up + YEAR * years)
    return _Ward(hospital, luck).run(warm_up, years)


@dataclass
class _Ward:
    """One replication in motion. Call-backs, not a process to each patient: a third of the time for the same events."""

    hospital: Hospital
    luck: Patients
    env: simpy.Environment = field(default_factory=simpy.Environment)

    def __post_init__(self) -> None:
        count = len(self.luck.arrives)
        ways = range(len(self.hospital.onward))
        self.gauges = {name: Gauge() for name in ("beds", "boarding", "delayed", "escalation", *map(str, ways))}
        self.busy = [self.gauges[str(way)] for way in ways]
        self.beds, self.boarding = self.gauges["beds"], self.gauges["boarding"]
        self.delayed, self.escalation = self.gauges["delayed"], self.gauges["escalation"]
        self.queue: deque[int] = deque()
        self.waiting: list[deque[int]] = [deque() for _ in ways]
        # When each patient had a bed, and since when he waits for one or for a slot; below nought for who does not.
        self.bedded, self.boards, self.since = [0.0] * count, [-1.0] * count, [-1.0] * count
        self.spot = self.long_term = 0

    def run(self, warm_up: int, years: int) -> list[Year]:
        """Run through the warm-up and then year by year."""
        self.env.process(self._arrivals())
        found = []
        if warm_up:
            self.env.run(until=warm_up)
        for year in range(years):
            self._reset()
            self.env.run(until=warm_up + YEAR * (year + 1))
            found.append(self._year())
        return found

    def _reset(self) -> None:
        self.spot = self.long_term = 0
        for gauge in self.gauges.values():
            gauge.move(self.env.now, 0)
            gauge.area, gauge.entered, gauge.stayed = 0.0, 0, 0.0

    def _year(self) -> Year:
        for gauge in self.gauges.values():
            gauge.move(self.env.now, 0)
        mean = {name: gauge.area / YEAR for name, gauge in self.gauges.items()}
        nodes = {name: (mean[name], gauge.entered, gauge.stayed) for name, gauge in self.gauges.items()}
        del nodes["escalation"]  # a part of the beds in use, not a place anybody enters
        return Year(
            mean["boarding"], mean["beds"], mean["escalation"], mean["delayed"], self.spot, self.long_term, nodes
        )

    def _after(self, delay: float, patient: int, call: simpy.events.EventCallback[Any]) -> None:
        timer = self.env.timeout(delay, patient)
        assert timer.callbacks is not None  # they are there until it has run
        timer.callbacks.append(call)

    def _arrivals(self) -> simpy.events.ProcessGenerator:
        for patient, at in enumerate(self.luck.arrives):
            yield self.env.timeout(max(at - self.env.now, 0.0))
            if self.beds.level < self.hospital.beds:
                self._admit(patient)
            else:
                self.boards[patient] = self.env.now
                self.boarding.enter(self.env.now)
                self.queue.append(patient)
                if self.hospital.escalate < inf:
                    self._after(self.hospital.escalate, patient, self._escalate)

    def _admit(self, patient: int) -> None:
        now = self.env.now
        if self.beds.level >= self.hospital.beds:
            self.escalation.move(now, 1)
        self.beds.enter(now)
        self.bedded[patient] = now
        self._after(self.luck.stay[patient], patient, self._ready)

    def _escalate(self, event: simpy.Event) -> None:
        patient = _who(event)
        if self.boards[patient] >= 0:  # still boarding
            self.queue.popleft()  # first come, first escalated: he stands at the head
            self._board_out(patient)
            self._admit(patient)

    def _board_out(self, patient: int) -> None:
        self.boarding.leave(self.env.now, self.boards[patient])
        self.boards[patient] = -1.0

    def _ready(self, event: simpy.Event) -> None:
        patient = _who(event)
        way = self.luck.way[patient]
        if way == SIMPLE:
            self._leave(patient)
        elif self.busy[way].level < self.hospital.onward[way].slots:
            self._start(patient, way)
            self._leave(patient)
        else:
            self.since[patient] = self.env.now
            self.delayed.enter(self.env.now)
            self.waiting[way].append(patient)
            if self.hospital.patience < inf:
                self._after(self.luck.patience[patient] * self.hospital.patience, patient, self._give_up)

    def _leave(self, patient: int) -> None:
        now = self.env.now
        if self.beds.level > self.hospital.beds:
            self.escalation.move(now, -1)
        self.beds.leave(now, self.bedded[patient])
        if self.queue and self.beds.level < self.hospital.beds:
            head = self.queue.popleft()
            self._board_out(head)
            self._admit(head)

    def _start(self, patient: int, way: int) -> None:
        self.busy[way].enter(self.env.now)
        self._after(self.luck.onward[patient], patient, self._finish)

    def _finish(self, event: simpy.Event) -> None:
        patient = _who(event)
        way, now = self.luck.way[patient], self.env.now
        self.busy[way].leave(now, now - self.luck.onward[patient])
        self.long_term += self.luck.after[patient] < self.hospital.onward[way].long_term
        queue = self.waiting[way]
        while queue:
            head = queue.popleft()
            if self.since[head] >= 0:  # those whose patience ended are passed over
                self._undelay(head)
                self._start(head, way)
                self._leave(head)
                return

    def _give_up(self, event: simpy.Event) -> None:
        patient = _who(event)
        if self.since[patient] >= 0:
            self._undelay(patient)
            self.spot += self.luck.exit[patient] < self.hospital.spot
            self._leave(patient)

    def _undelay(self, patient: int) -> None:
        self.delayed.leave(self.env.now, self.since[patient])
        self.since[patient] = -1.0


def _who(event: simpy.Event) -> int:
    assert isinstance(event.value, int)
    return event.value
