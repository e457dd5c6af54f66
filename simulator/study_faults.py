"""What is wrong with a study whose fields are each right: what does not go together, with its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.studies import AS_STANDS, MOST_CASES, RANGES, Option, Setting, Study, Varied, Watched

Address = tuple[str | int, ...]


class Fault(NamedTuple):
    """Something that does not go together: its address in the file, the rule it breaks and the remedy."""

    address: Address
    rule: str
    remedy: str


def study_faults(study: Study) -> Iterator[Fault]:
    """Yield everything in a study that does not go together, as far as the study alone can show it."""
    yield from _by_design(study)
    for what, parts in (("vary", study.vary), ("options", study.options), ("watch", study.watch)):
        yield from _twice(what, parts)
    if study.cases > MOST_CASES + 1:
        rule = f"a study has at most {MOST_CASES:,} cases; this one would have {study.cases - 1:,}"
        yield Fault(("design",), rule, "lower `steps`, `trajectories` or `points`, or vary less")


def _by_design(study: Study) -> Iterator[Fault]:
    kind = study.design.kind
    if kind != "options":
        if not study.vary:
            yield Fault(("design",), f"a design of kind {kind} varies something", "say under `vary` what is varied")
        if study.options:
            yield Fault(("options",), f"a design of kind {kind} has no options", "write `design: {kind: options}`")
        for i, one in enumerate(study.vary):
            yield from _listed_twice(i, one)
            if one.values is not None and kind in RANGES:
                rule = f"a design of kind {kind} draws between `low` and `high`"
                yield Fault(("vary", i, "values"), rule, "give `low` and `high`, or write `design: {kind: grid}`")
        return
    if not study.options:
        yield Fault(("design",), "a study of options has options", "list them under `options`")
    if study.vary:
        yield Fault(
            ("vary",), "a study of options varies nothing besides", "set values within each option, under `set`"
        )
    for i, option in enumerate(study.options):
        if option.id == AS_STANDS:
            rule = f"`{AS_STANDS}` is the scenario as it stands, the first case of every study"
            yield Fault(("options", i, "id"), rule, "give the option another id")


def _twice(what: str, parts: Sequence[Varied | Option | Watched]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for i, one in enumerate(parts):
        if first.setdefault(one.id, i) != i:
            rule = f"ids are unique under `{what}`; `{one.id}` is number {first[one.id] + 1} too"
            yield Fault((what, i, "id"), rule, "rename one of them, or take one out")


def _listed_twice(i: int, one: Varied) -> Iterator[Fault]:
    seen: set[tuple[type, Setting]] = set()
    for n, value in enumerate(one.values or ()):
        if (type(value), value) in seen:
            yield Fault(("vary", i, "values", n), "a value stands once in its list", "take one of the two out")
        seen.add((type(value), value))
