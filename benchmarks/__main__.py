"""`python -m benchmarks`: time and size as ratios of interleaved rounds, with median and range.

Goals are ratios of two measurements of one run, so they hold on any machine; seconds are shown for
information. A missed goal is printed, never a failure. Fresh processes are measured first, while
this one is small, because a child's peak memory is never reported below its parent's.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.timing import Figure, Taken, fresh, ratios, rounds, spawned, taken

GIB = 2.0**30
Works = dict[str, Callable[[], Taken]]


def starts(count: int) -> Iterator[Figure]:
    """Start-up: the help of the command line against a bare interpreter and one that imports numpy."""
    commands = {
        "bare": ["-c", "pass"],
        "numpy": ["-c", "import numpy"],
        "help": ["-m", "simulator.cli", "--help"],
        "engine": ["-c", "import simulator.run"],
    }
    works: Works = {name: partial(taken, partial(spawned, *command)) for name, command in commands.items()}
    found = rounds(count, works)
    for name in ("numpy", "help", "engine"):
        label = {"numpy": "import numpy", "help": "headroom --help", "engine": "import of the engine"}[name]
        yield Figure(f"{label} / bare interpreter", "x", ratios(found[name], found["bare"], "seconds"))
    yield Figure("headroom --help", "s", [t.seconds for t in found["help"]])


def large_runs(count: int) -> Iterator[Figure]:
    """Time and memory at 100,000 paths, engine against double, each in a fresh process."""
    works: Works = {name: partial(fresh, name, 100_000) for name in ("engine", "double")}
    found = rounds(count, works)
    ours, plain = found["engine"], found["double"]
    yield Figure("double / engine, 100,000 paths, 2 threads", "x", ratios(plain, ours, "seconds"), ">= 1.5", 1.5)
    memory = ratios(ours, plain, "peak")
    yield Figure("engine / double, peak memory, 100,000 paths", "x", memory, "< 1/3", most=1 / 3)
    yield Figure("engine, peak memory, 100,000 paths", "GiB", [t.peak / GIB for t in ours], "< 1", most=1.0)
    yield Figure("double, peak memory, 100,000 paths", "GiB", [t.peak / GIB for t in plain])
    yield Figure("engine, 100,000 paths", "s", [t.seconds for t in ours])


def yardstick(count: int) -> Iterator[Figure]:
    """The engine on one thread against drawing its normals, and on two against the double."""
    from benchmarks import workloads

    works: Works = {
        "normals": partial(taken, partial(workloads.normals, 10_000)),
        "untabled": partial(taken, partial(workloads.untabled, 10_000)),
        "one": partial(taken, partial(workloads.engine, 10_000, workers=1)),
        "two": partial(taken, partial(workloads.engine, 10_000)),
        "double": partial(taken, partial(workloads.double, 10_000)),
    }
    rounds(1, works)
    found = rounds(count, works)
    each = sum(workloads.streams().values())
    yield Figure("normals a path", "", [float(each)])
    yield Figure("drawing a path's normals, CPU", "us", [t.cpu * 100 for t in found["normals"]])
    yield Figure("engine / its normals, CPU", "x", ratios(found["one"], found["normals"], "cpu"), "<= 4", most=4)
    bare = ratios(found["untabled"], found["normals"], "cpu")
    yield Figure("  of which drawing and projecting, without tables", "x", bare)
    faster = ratios(found["double"], found["two"], "seconds")
    yield Figure("double / engine, 10,000 paths, 2 threads", "x", faster, ">= 1.3", 1.3)
    yield Figure("engine, 1 thread / 2 threads, 10,000 paths", "x", ratios(found["one"], found["two"], "seconds"))


def scaling(count: int) -> Iterator[Figure]:
    """How time grows with paths and years, and every table of one body and of twelve."""
    from benchmarks import workloads

    engine = workloads.engine
    sizes = {f"{paths:,} paths": partial(engine, paths) for paths in (1_000, 10_000, 100_000)}
    spans = {f"{years} years": partial(engine, 10_000, years=years) for years in (5, 16)}
    twelve = {"twelve": partial(engine, 10_000, bodies=workloads.BODIES)}
    found = rounds(count, {name: partial(taken, work) for name, work in (sizes | spans | twelve).items()})
    usual = found["10,000 paths"]
    for name in ("1,000 paths", "100,000 paths", "5 years", "16 years"):
        yield Figure(f"time at {name} / 10,000 paths, 10 years", "x", ratios(found[name], usual, "seconds"))
    yield Figure("every table, 1 body, 10,000 paths", "s", [t.seconds for t in usual])
    yield Figure("every table, 12 bodies, 10,000 paths", "s", [t.seconds for t in found["twelve"]])


def evidence(count: int) -> Iterator[Figure]:
    """Evidence for a statement, and what would break a plan, against a run with every table."""
    from benchmarks import workloads

    engine = workloads.engine
    works = {"run": partial(engine, 2_000), "section25": partial(workloads.evidence, 2_000)}
    works["stress"] = partial(workloads.stress, 2_000)
    found = rounds(count, {name: partial(taken, work) for name, work in works.items()})
    for name in ("section25", "stress"):
        yield Figure(f"headroom {name} / a run, 2,000 paths", "x", ratios(found[name], found["run"], "seconds"))
        yield Figure(f"headroom {name}, 2,000 paths", "s", [t.seconds for t in found[name]])


def shift(count: int) -> Iterator[Figure]:
    """Headroom of the shipped place: the curve before action beyond what a run does already, and the one after it."""
    from benchmarks import workloads

    works = {name: getattr(workloads, f"shift_{name}") for name in ("bare", "before", "after", "place")}
    found = rounds(count, {name: partial(taken, partial(work, 10_000)) for name, work in works.items()})
    beyond = [curve.seconds - bare.seconds for curve, bare in zip(found["before"], found["bare"], strict=True)]
    yield Figure("curve before action beyond a run, 10,000 paths", "s", beyond, "<= 2", most=2)
    yield Figure("curve before action / a run of the place", "x", ratios(found["before"], found["place"], "cpu"))
    yield Figure("curve after action / a run of the place", "x", ratios(found["after"], found["place"], "cpu"))
    yield Figure("curve after action, 10,000 paths", "s", [t.seconds for t in found["after"]])


def batch(count: int) -> Iterator[Figure]:
    """A study of 1,000 cases, measured on a part of it, against plain loops and EMA Workbench."""
    from benchmarks import batches

    return batches.batch(count)


def app(count: int) -> Iterator[Figure]:
    """The app in a real browser: first page, slider to new chart, cancel, a page beside a sweep."""
    from benchmarks import app as browsed

    return browsed.app(count)


SECTIONS: tuple[Callable[[int], Iterator[Figure]], ...] = (
    starts, large_runs, yardstick, scaling, evidence, shift, batch, app,
)  # fmt: skip


def main() -> None:
    """Measure, print a table, then the same as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [section.__name__ for section in SECTIONS]
    parser.add_argument("sections", nargs="*", metavar="section", help=f"any of {', '.join(names)} (all)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each section (5)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - set(names):
        parser.error(f"no section is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    small = 3 if chosen.quick else max(1, chosen.rounds)
    large = 1 if chosen.quick else max(1, chosen.rounds)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"Other work is running (load {load:.1f}): trust ratios of CPU, not those of two threads.")
    print(f"{'':<52} {'median':>7} {'range':>16} {'unit':<9} {'goal':<8}")
    figures: list[Figure] = []
    for section in [one for one in SECTIONS if not chosen.sections or one.__name__ in chosen.sections]:
        for figure in section(small if section in (starts, yardstick) else large):
            print(figure.row(), flush=True)
            figures.append(figure)
    about = {"python": platform.python_version(), "processors": os.cpu_count(), "rounds": [small, large], "load": load}
    print(json.dumps({**about, "figures": [figure.record() for figure in figures]}))


if __name__ == "__main__":
    main()
