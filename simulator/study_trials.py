"""Each value that a study varies, and each option, tried once on the base before anything runs.

What the scenario's models refuse is told with the study's own line, since nobody wrote it in the scenario.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from simulator.cases import Base, Piece
from simulator.problems import Problem, ScenarioError
from simulator.scenario import Scenario
from simulator.scenario_file import ORIGIN, SETTING, build, resolved
from simulator.set_values import found
from simulator.studies import EVERY, Grid, Morris, Study, Watched
from simulator.study_figures import MADE_WORSE, answers
from simulator.study_values import between, in_short, setting
from simulator.yaml_tree import Address, Tree
from simulator.years import FinancialYear

MOST_TRIED = 500
"""The most values and options that are tried, as each takes up to a tenth of a second; a case that is refused later is
told in the study's answer."""
SOMEWHERE = 0.381966
"""Where between two ends a value is tried: at no round share, which a whole number could meet by chance."""
_BARE = "null"
"""A value that every address takes, for asking about the address alone."""


@dataclass(frozen=True)
class _Trial:
    """Something of a study that is laid on the base: where the study says it, and what it sets and lays."""

    address: Address
    sets: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()
    between: str = ""


def tried(study: Study, tree: Tree, base: Base, overlays: Mapping[str, Piece]) -> list[Problem]:
    """Return what is wrong with a study on its base; `tree` has the study's lines, `overlays` those of its options.

    Raises:
        ScenarioError: when the base itself is refused.
    """
    below, scenario = _below(study, tree, base)
    problems, sound = _addresses(study, tree, below)
    problems += _watched(study, tree, scenario)
    trials = [*_ends(study, sound), *_listed(study, sound), *_options(study, overlays)][:MOST_TRIED]
    problems += _refused(tree, base, trials)
    fields = [one.field for one in problems]
    whole = [i for i in sound if not any(field.startswith(f"vary.{study.vary[i].id}.") for field in fields)]
    problems += _refused(tree, base, islice(_insides(study, whole), max(0, MOST_TRIED - len(trials))))
    return sorted(dict.fromkeys(problems), key=lambda one: (one.file, one.line, one.column))


def _below(study: Study, tree: Tree, base: Base) -> tuple[Tree, Scenario]:
    """Return the base with what every case sets, its values and the scenario they hold."""
    try:
        below = resolved(base.first, base.pieces, base.sets)[0]
        return below, build(below)
    except ScenarioError as error:
        of_study = [_own(tree, ("set",), one) if one.file == ORIGIN else one for one in error.problems]
        raise ScenarioError(tuple(dict.fromkeys(of_study))) from None


def _addresses(study: Study, tree: Tree, below: Tree) -> tuple[list[Problem], list[int]]:
    """Return what is wrong with the addresses of what is varied, and the places under `vary` of sound ones."""
    problems, sound = list[Problem](), list[int]()
    taken = {found(below, address, _BARE, SETTING).place: f"set for every case (`{address}`)" for address in study.set}
    for i, one in enumerate(study.vary):
        where = ("vary", i, "address")
        try:
            place = found(below, one.address, _BARE, SETTING).place
        except ScenarioError as error:
            problems += [tree.problem(where, fault.rule, fault.remedy) for fault in error.problems]
            continue
        if place in taken:
            rule = f"a value is varied once and not set besides; this one is {taken[place]} too"
            problems.append(tree.problem(where, rule, "take one of the two out"))
            continue
        taken[place] = f"varied by `{one.id}`"
        sound.append(i)
    return problems, sound


def _ends(study: Study, sound: Iterable[int]) -> Iterator[_Trial]:
    for i in sound:
        one = study.vary[i]
        for end, value in (("low", one.low), ("high", one.high)):
            if value is not None:
                yield _Trial(("vary", i, end), (setting(one.address, value),))


def _listed(study: Study, sound: Iterable[int]) -> Iterator[_Trial]:
    for i in sound:
        one = study.vary[i]
        for n, value in enumerate(one.values or ()):
            yield _Trial(("vary", i, "values", n), (setting(one.address, value),))


def _options(study: Study, overlays: Mapping[str, Piece]) -> Iterator[_Trial]:
    for i, one in enumerate(study.options):
        sets = tuple(setting(address, value) for address, value in one.set.items())
        yield _Trial(("options", i), sets, tuple(overlays[name] for name in one.overlays))


def _insides(study: Study, whole: Iterable[int]) -> Iterator[_Trial]:
    """Yield a value between the ends of each range, as the design would draw one."""
    for i in whole:
        one = study.vary[i]
        share = _inside(study)
        if one.values is None and share:
            value = between(one, share)
            yield _Trial(("vary", i), (setting(one.address, value),), between=in_short(value))


def _inside(study: Study) -> float | tuple[int, int]:
    """Return a share of the range at which the design has a value; nought where it has its ends alone."""
    if isinstance(study.design, Grid | Morris):
        last = (study.design.steps if isinstance(study.design, Grid) else study.design.levels) - 1
        return (1, last) if last > 1 else 0.0
    return SOMEWHERE


def _refused(tree: Tree, base: Base, trials: Iterable[_Trial]) -> Iterator[Problem]:
    for trial in trials:
        try:
            base.case(trial.pieces, trial.sets)
        except ScenarioError as error:
            for one in error.problems:
                yield _told(tree, trial, one)


def _told(tree: Tree, trial: _Trial, one: Problem) -> Problem:
    """Return a problem with the study's line, unless it stands in an overlay's own file."""
    if trial.between:
        rule = f"between `low` and `high` lies {trial.between}, which is refused: {one.rule}"
        return tree.problem(trial.address, rule, "list what is allowed under `values`, in a grid")
    if one.file == ORIGIN:
        inner = (*trial.address, "set") if trial.address[0] == "options" else trial.address
        return _own(tree, inner, one)
    if Path(one.file).name in {Path(name).name for piece in trial.pieces for name, _ in piece.files}:
        return one
    where = f"{one.field} ({one.file}, line {one.line})" if one.line else one.field
    return tree.problem(trial.address, f"with this, {where} is refused: {one.rule}", one.remedy)


def _own(tree: Tree, address: Address, one: Problem) -> Problem:
    """Return a problem of a value that the study sets; under `set` it stands with the address it is about."""
    if address[-1:] == ("set",):
        keys = [key[-1] for key in tree.keys if key[:-1] == address]
        address = next(((*address, key) for key in keys if f".{key}." in f".{one.field}."), address)
    return tree.problem(address, one.rule, one.remedy)


def _watched(study: Study, tree: Tree, scenario: Scenario) -> Iterator[Problem]:
    """Yield figures that are watched of bodies that there are not, that their body has not, or in no projected year."""
    bodies = list(dict.fromkeys((scenario.place.id, *(body.id for body in scenario.bodies))))
    first, last = scenario.projected[0], scenario.projected[-1]
    for i, one in enumerate(study.watch):
        if one.agency in bodies:
            yield from _answers(one, ("watch", i), tree, scenario)
        else:
            rule = f"the bodies of this place are: {', '.join(bodies)}"
            yield tree.problem(("watch", i, "agency"), rule, _near(one.agency, bodies))
        if one.year == EVERY:
            continue
        try:
            inside = first <= FinancialYear.parse(one.year.removeprefix("by ")) <= last
            rule = f"the years projected are {first} to {last}"
        except ValueError as error:
            inside, rule = False, str(error)
        if not inside:
            yield tree.problem(("watch", i, "year"), rule, "name one of them")


def _answers(one: Watched, where: Address, tree: Tree, scenario: Scenario) -> Iterator[Problem]:
    """Yield an outcome or a measure that the body watched cannot have."""
    kind, name = ("outcome", str(one.outcome)) if one.outcome else ("measure", str(one.measure))
    known = {table: answers(one.agency, scenario, table) for table in ("outcome", "measure")}
    if name in known[kind]:
        if name == MADE_WORSE and one.view != "after_action":
            rule = f"{name} sets after action against before it, so it is watched after action"
            yield tree.problem((*where, "view"), rule, "take `view` out")
        return
    other = "measure" if kind == "outcome" else "outcome"
    rule = f"the {kind}s of {one.agency} are: {', '.join(known[kind])}"
    if not known[kind]:
        rule = f"{one.agency} is the place as one, which has no {kind}s; each is of a body"
        remedy = f"name a body under `agency`: {', '.join(body.id for body in scenario.bodies)}"
    elif name in known[other]:
        remedy = f"{name} is a{'n' if other == 'outcome' else ''} {other}; write `{other}: {name}`"
    else:
        remedy = _near(name, known[kind])
    yield tree.problem((*where, kind), rule, remedy)


def _near(name: str, known: Sequence[str]) -> str:
    """Return the name that was probably meant, as a remedy."""
    close = difflib.get_close_matches(name, known, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else "name one of these"
