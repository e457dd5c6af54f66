"""A study of 1,000 cases, measured on a part of it: with luck shared and not, for one council and for ten bodies.

Each batch is the command as an analyst types it, in a process of its own with two workers, from reading the study to
the last file. Two sizes of one study give what one more case costs; 1,000 are reckoned from that, and said to be.
Beside it stand plain loops over `simulate`, which do the same cases one after the other and keep nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks import workbench
from benchmarks.timing import ROOT, Figure, Taken, command, ratios, rounds, taken
from simulator.designs import planned
from simulator.run import load_scenario, simulate
from simulator.scenario import Scenario
from simulator.study_file import load

PATHS, CASES, WORKERS = 2_000, 1_000, 2
LEAST_ROUNDS = 3
"""Rounds are long: more than these are not asked for."""
SHARED, APART = "futures shared", "futures apart"
VARIED = {
    SHARED: (
        ("minimum", "agencies.blackburn.reserves.minimum", "3%", "7%"),
        ("usable", "agencies.blackburn.reserves.usable_share", "25%", "50%"),
    ),
    APART: (
        ("care", "drivers.care_demand.long_run", "0.5%", "2.5%"),
        ("children", "drivers.looked_after.long_run", "-1.0%", "3.0%"),
    ),
}
"""What is varied: a policy, which leaves every future as it is, or demand, which is another future in each case."""
GOALS = {SHARED: 90.0, APART: 240.0}
"""Seconds on the clock that 1,000 cases of 2,000 paths may take on two cores."""


class Place(NamedTuple):
    """A shipped place: its file, how many cases the two batches have, and how many a loop does."""

    name: str
    scenario: str
    few: int
    many: int
    looped: int


PLACES = (
    Place("one council", "scenarios/blackburn-with-darwen.yaml", 24, 120, 12),
    Place("ten bodies", "scenarios/lancashire.yaml", 8, 40, 4),
)


def batch(count: int) -> Iterator[Figure]:
    """Batches of both places beside plain loops, then EMA Workbench on the cases of the council."""
    with TemporaryDirectory() as folder:
        for place in PLACES:
            yield from _batches(place, min(count, LEAST_ROUNDS), Path(folder))


def study_text(place: Place, luck: str, cases: int) -> str:
    """Return a study file with as many cases besides the scenario as it stands, spread as a Latin hypercube."""
    varied = "\n".join(
        f"  - {{id: {name}, address: {address}, low: {low}, high: {high}}}" for name, address, low, high in VARIED[luck]
    )
    return (
        f"headroom: 1\nstudy: timed\nname: Timed\nscenario: {place.scenario}\npaths: {PATHS}\n"
        f"design: {{kind: latin_hypercube, cases: {cases}}}\nvary:\n{varied}\n"
        "watch:\n  - {id: unmet, agency: blackburn, outcome: unfunded_gap, year: by 2028-29}\n"
    )


def _batches(place: Place, count: int, folder: Path) -> Iterator[Figure]:
    """Time both studies of a place in two sizes, and loops over the cases of each."""
    works: dict[str, Callable[[], Taken]] = {}
    for luck in VARIED:
        for cases in (place.few, place.many):
            works[f"{luck} {cases}"] = partial(_asked, place, luck, cases, folder)
        works[f"{luck} loop"] = partial(taken, partial(looped, place, luck))
        works[f"{luck} read"] = partial(taken, partial(looped, place, luck, reads=True))
    if place is PLACES[0] and workbench.found():
        works["cases"] = partial(taken, partial(workbench.by_case, settings(place, APART, place.looped), asked))
        workbench.by_draw(1)  # imports it, compiles and draws
        works["draws"] = partial(taken, partial(workbench.by_draw, workbench.DRAWS))
    found = rounds(count, works)
    for luck in VARIED:
        yield from _figures(place, luck, found)
    if place is PLACES[0]:
        yield from _workbench(place, found)


def _figures(place: Place, luck: str, found: dict[str, list[Taken]]) -> Iterator[Figure]:
    """Yield what one more case costs, 1,000 cases reckoned from it, and how plain loops compare."""
    few, many = (found[f"{luck} {cases}"] for cases in (place.few, place.many))
    each = [one_more(a, b, place.many - place.few) for a, b in zip(few, many, strict=True)]
    whole = [b.seconds + (CASES - place.many) * one.seconds for b, one in zip(many, each, strict=True)]
    about = f"{place.name}, {luck}"
    clock, most = GOALS[luck], WORKERS * GOALS[luck]
    # Other work on the machine stretches the clock far more than it does processor time.
    yield Figure(f"{about}: a case, CPU", "ms", [1e3 * one.cpu for one in each], f"< {most:.0f}", most=most)
    yield Figure(f"{about}: {CASES:,}, from {place.many}", "s", whole, f"< {clock:.0f}", most=clock)
    for name, told in (("loop", "loop of simulate"), ("read", "loop that reads each case")):
        yield Figure(f"  {told} / batch, CPU", "x", ratios(_each(found[f"{luck} {name}"], place.looped), each, "cpu"))


def _workbench(place: Place, found: dict[str, list[Taken]]) -> Iterator[Figure]:
    """Yield how EMA Workbench compares on cases whose futures lie apart, where it is installed."""
    if "cases" not in found:
        print(workbench.MISSING, flush=True)
        return
    few, many = (found[f"{APART} {cases}"] for cases in (place.few, place.many))
    each = [one_more(a, b, place.many - place.few) for a, b in zip(few, many, strict=True)]
    by_case = _each(found["cases"], place.looped)
    by_draw = [Taken(PATHS * one.seconds, PATHS * one.cpu) for one in _each(found["draws"], workbench.DRAWS)]
    yield Figure("EMA Workbench, a case an experiment / batch, CPU", "x", ratios(by_case, each, "cpu"))
    yield Figure("EMA Workbench, a path an experiment / batch, CPU", "x", ratios(by_draw, each, "cpu"))


def one_more(few: Taken, many: Taken, cases: int) -> Taken:
    """Return what one more case takes, of two batches that differ by so many cases."""
    return Taken((many.seconds - few.seconds) / cases, (many.cpu - few.cpu) / cases)


def _each(found: list[Taken], cases: int) -> list[Taken]:
    return [Taken(one.seconds / cases, one.cpu / cases) for one in found]


def _asked(place: Place, luck: str, cases: int, folder: Path) -> Taken:
    """Do one batch by the command line, into a folder that is thrown away."""
    with TemporaryDirectory(dir=folder) as own:
        study = Path(own, "study.yaml")
        study.write_text(study_text(place, luck, cases), encoding="utf-8")
        out = str(Path(own, "out"))
        return command("-m", "simulator.cli", "batch", str(study), "--out", out, "--workers", str(WORKERS))


@cache
def settings(place: Place, luck: str, cases: int) -> tuple[tuple[str, ...], ...]:
    """Return what each case of a study sets, each `ADDRESS=VALUE`; the scenario as it stands is left out."""
    with TemporaryDirectory() as folder:
        study = Path(folder, "study.yaml")
        study.write_text(study_text(place, luck, cases), encoding="utf-8")
        return tuple(case.sets for case in planned(load(study).study)[1:])


def looped(place: Place, luck: str, reads: bool = False) -> None:
    """Run some cases one after the other on one thread; with `reads` each is read from its file in the loop too."""
    for sets in settings(place, luck, place.looped):
        simulate(asked(sets, place.scenario) if reads else _known(place.scenario, sets), paths=PATHS, workers=1)


def asked(sets: tuple[str, ...], scenario: str = PLACES[0].scenario) -> Scenario:
    """Return the scenario of a case as read from its file."""
    return load_scenario(str(ROOT / scenario), sets=sets)


@cache
def _known(scenario: str, sets: tuple[str, ...]) -> Scenario:
    return asked(sets, scenario)
