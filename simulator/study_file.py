"""From a study file to a study with all it asks for read: its base, its overlays, and every fault found."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from simulator import cases
from simulator.cases import Base, Piece
from simulator.files import read_bytes, sha256
from simulator.layers import Reader, check_format, fault, locate, start
from simulator.problems import Problem, ScenarioError
from simulator.refusals import problems as in_words
from simulator.scenario_file import Files, listed
from simulator.studies import Study
from simulator.study_faults import study_faults
from simulator.study_trials import tried
from simulator.study_values import setting
from simulator.yaml_tree import Address, Tree, at, parse

SCENARIO = "this is a scenario; a study asks one scenario many times"
_OF_A_SCENARIO = {"place", "base_year", "agencies", "extends"}


@dataclass(frozen=True)
class LoadedStudy:
    """A study with everything read that its cases need; it goes to another process or machine without a file.

    `text` is the file as written, `files` the name and SHA-256 of every file read, the study's own first, `tree` its
    values with their lines, `option_overlays` the overlays of options by the name that the study gives them.
    """

    study: Study
    text: str
    files: Files
    tree: Tree
    base: Base
    option_overlays: dict[str, Piece]


def load(path: Path | str) -> LoadedStudy:
    """Read a study, a file or a shipped one, with the scenario and overlays that it names.

    What is varied and every option is tried once on the base, so that what the scenario's models refuse is told here
    with the study's own line, before anything runs: see `study_trials.tried`.

    Raises:
        ScenarioError: with every problem found.
    """
    where, name = start(path)
    data = read_bytes(where)
    tree = parse(data, name)
    study = _study(tree)
    base, overlays = _named(study, tree, where)
    found = tried(study, tree, base, overlays)
    if found:
        raise ScenarioError(tuple(found))
    own = Reader(files=[(name, sha256(data))])
    read = (listed(own), base.files, *(one.files for one in (*base.pieces, *overlays.values())))
    files = tuple(dict.fromkeys(one for part in read for one in part))
    return LoadedStudy(study, data.decode("utf-8"), files, tree, base, overlays)


def given(data: bytes, name: str, on: Base) -> LoadedStudy:
    """Read a study that came as bytes, called `name`, of a scenario at hand that has the study's overlays laid over it.

    The files that it names are not looked for. It is tried as `load` does.

    Raises:
        ScenarioError: with every problem found.
    """
    tree = parse(data, name)
    study = _study(tree)
    base = replace(on, sets=_sets(study))
    found = tried(study, tree, base, {})
    if found:
        raise ScenarioError(tuple(found))
    files = ((name, sha256(data)), *base.files, *(one for piece in base.pieces for one in piece.files))
    return LoadedStudy(study, data.decode("utf-8"), files, tree, base, {})


def study_schema() -> str:
    """Return the JSON Schema of study files, for editors."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Study.model_json_schema()}
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _study(tree: Tree) -> Study:
    """Return the study that a file holds, as far as the file alone can show that it is one."""
    if not isinstance(tree.value, dict):
        raise fault(tree, (), "a study is named values, each as `name: value`", "begin it with `headroom: 1`")
    if "study" not in tree.value and _OF_A_SCENARIO & set(tree.value):
        remedy = f"run it with `headroom run {tree.marks[()].file}`, or name it in a study under `scenario`"
        raise fault(tree, (), SCENARIO, remedy)
    check_format(tree)
    try:
        study = Study.model_validate(tree.value, strict=True)
    except ValidationError as error:
        found = in_words(tree, error.errors(include_url=False, include_input=False), Study)
    else:
        found = [tree.problem(one.address, one.rule, one.remedy) for one in study_faults(study)]
        if not found:
            return study
    raise ScenarioError(tuple(sorted(found, key=lambda one: (one.line, one.column))))


def _named(study: Study, tree: Tree, where: Path) -> tuple[Base, dict[str, Piece]]:
    """Return the base and the overlays of options, read from the files that a study names.

    Raises:
        ScenarioError: with every problem of every file that cannot be read as what it is named for.
    """
    found, paths = list[Problem](), dict[Address, Path | str]()
    of_options = [
        ("options", i, "overlays", j) for i, one in enumerate(study.options) for j in range(len(one.overlays))
    ]
    of_all = [("overlays", i) for i in range(len(study.overlays))]
    for address in (("scenario",), *of_all, *of_options):
        try:
            paths[address] = _place(*locate(tree, address, str(at(tree.value, address)), where))
        except ScenarioError as error:
            found += error.problems
    if found:
        raise ScenarioError(tuple(found))
    overlays: dict[str, Piece] = {}
    for address in of_options:
        try:
            overlays[str(at(tree.value, address))] = cases.piece(paths[address])
        except ScenarioError as error:
            found += [one for one in error.problems if one not in found]
    try:
        base = cases.base(paths[("scenario",)], [paths[one] for one in of_all], _sets(study))
    except ScenarioError as error:
        raise ScenarioError((*error.problems, *found)) from None
    if found:
        raise ScenarioError(tuple(found))
    return base, overlays


def _place(found: Path, called: str) -> Path | str:
    """Return the name by which a file is called, where that leads to it from here; else its place."""
    return called if start(called)[0].resolve() == found.resolve() else found


def _sets(study: Study) -> tuple[str, ...]:
    return tuple(setting(address, value) for address, value in study.set.items())
