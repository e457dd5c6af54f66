"""From a scenario file to a scenario: what it extends, what lies over it, and every fault found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from simulator.agency_faults import Asked, unknown_names
from simulator.assumptions import Label
from simulator.faults import LISTED, NAMED, faults
from simulator.fields import is_assumption, retained, switched
from simulator.files import PACKAGE, is_file, read_bytes, sha256, shipped, shipped_names
from simulator.money import UNITS
from simulator.overlays import assign, before, ids_of, overlay
from simulator.problems import Problem, ScenarioError
from simulator.refusals import problems as in_words
from simulator.scenario import Scenario
from simulator.yaml_tree import Address, Tree, at, parse
from simulator.yaml_values import dump

FORMAT, DEEPEST, FILES, PARENTS, MOST = 1, 10, 50, 20, 1_000
ORIGIN = "--set"
OVERLAY = "this looks like an overlay, which is read with the scenario it lies over"
_NAME = TypeAdapter[str](Label)
_YEAR = re.compile(r"[0-9]{4}[-/][0-9]{2}")


@dataclass(frozen=True)
class Loaded:
    """A scenario with its resolved text and the name and SHA-256 of every file it was read from.

    `changes` has a plain line for each overlay and each value set, `kept` one for each agreement they switch.
    """

    scenario: Scenario
    text: str
    files: tuple[tuple[str, str], ...]
    tree: Tree
    changes: tuple[str, ...]
    kept: tuple[str, ...]


def load(path: Path | str, overlays: Sequence[Path | str] = (), sets: Sequence[str] = ()) -> Loaded:
    """Return the scenario in a file, with `overlays` laid over it and then `sets` (`address=value`).

    Raises:
        ScenarioError: with every problem found.
    """
    reader = _Reader()
    tree, changes, kept = _resolved(reader, path, overlays, sets)
    files = tuple((Path(name).name if Path(name).is_absolute() else name, digest) for name, digest in reader.files)
    return Loaded(build(tree), dump(tree.value), files, tree, changes, kept)


def read(path: Path | str, overlays: Sequence[Path | str] = (), sets: Sequence[str] = ()) -> Tree:
    """Return the values of a scenario file, resolved as `load` does but not yet checked against the models.

    Raises:
        ScenarioError: when a file cannot be read or an overlay or setting does not fit.
    """
    return _resolved(_Reader(), path, overlays, sets)[0]


def build(tree: Tree) -> Scenario:
    """Return the scenario that a resolved tree holds.

    Raises:
        ScenarioError: with every problem found: those of single fields first; of fields together when
            there are none.
    """
    if not isinstance(tree.value, dict):
        raise _fault(tree, (), "a scenario is named values, each as `name: value`", "see `headroom new`")
    if not {"headroom", "place", "base_year"} & set(tree.value):
        remedy = f"headroom check COUNCIL.yaml --with {tree.marks[()].file}"
        raise _fault(tree, (), OVERLAY, remedy)
    _check_format(tree)
    found = list(_years_twice(tree.value, tree, ()))
    # Without a good unit only the unit is at fault, so amounts are read in the smallest.
    context = {"money": unit if (unit := tree.value.get("money")) in tuple(UNITS) else "£"}
    try:
        scenario = Scenario.model_validate(tree.value, strict=True, context=context)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        found += in_words(tree, errors, Scenario)
        told = {problem.field for problem in found}
        unknown = (tree.problem(*fault) for fault in unknown_names(_names(tree, tree.value, (), {})))
        found += [problem for problem in islice(unknown, MOST) if problem.field not in told]
        raise _all(found) from None
    found += [tree.problem(fault.address, fault.rule, fault.remedy) for fault in faults(scenario)]
    if found:
        raise _all(found)
    return scenario


def _names(tree: Tree, value: Any, address: Address, known: dict[Address, list[str] | None]) -> Iterator[Asked]:
    """Yield names that no part of the tree has, as far as the lists of parts can be read: see `unknown_names`."""
    for step, held in value.items() if isinstance(value, dict) else enumerate(value):
        here = (*address, step)
        if isinstance(held, dict | list):
            yield from _names(tree, held, here, known)
        elif step in NAMED and isinstance(held, str) and address[-1:] != ("shares",) and "statement" not in address:
            where = (*here[:2], "spending") if NAMED[step] == "line" else LISTED.get(NAMED[step], ("drivers",))
            if where not in known:
                known[where] = ids_of(at(tree.value, where) or [])
            ids = known[where]
            if ids is not None and held not in ids:
                yield here, held, NAMED[step], ids


def template() -> bytes:
    """Return the commented scenario that `headroom new` writes."""
    return read_bytes(PACKAGE / "defaults" / "new-place.yaml")


def json_schema() -> str:
    """Return the JSON Schema of scenario files, for editors.

    It asks for no field but ids and the version, since a file that extends another states only what
    differs; `headroom check` asks for the rest.
    """
    schema = Scenario.model_json_schema()
    parents = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    schema["properties"]["extends"] = parents | {"description": "the file or files this one states differences from"}
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "required": ["headroom"]}
    schema["$defs"] = {name: _for_editors(name, held) for name, held in schema["$defs"].items()}
    text = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return re.sub(r"simulator__assumptions__Assumption_\w*?____(\d+)", r"Assumption\1", text)


def _for_editors(name: str, held: dict[str, Any]) -> dict[str, Any]:
    """Ask for ids only, and let an assumption be a bare value."""
    held = held | {"required": [key for key in held.get("required", ()) if key == "id"]}
    if "Assumption" not in name:
        return held
    bare = next(part for part in held["properties"]["value"]["anyOf"] if part.get("type") != "null")
    return {"anyOf": [bare, held | {"title": "Assumption"}]}


def _resolved(
    reader: _Reader, path: Path | str, overlays: Sequence[Path | str], sets: Sequence[str]
) -> tuple[Tree, tuple[str, ...], tuple[str, ...]]:
    tree = first = reader.whole(*_start(path))
    changes, number, top = [], partial(is_assumption, Scenario), Scenario.model_fields
    for laid in overlays:
        above, line = _named(reader.whole(*_start(laid), piece=True), Path(laid).name)
        tree = overlay(tree, above)
        changes.append(line)
    for setting in sets:
        address, equals, text = (part.strip() for part in setting.partition("="))
        if not equals or not address:
            rule, remedy = "a setting is ADDRESS=VALUE", "write it as reserves.minimum=5%"
            raise ScenarioError((Problem(ORIGIN, 0, 0, "", setting[:60], rule, remedy),))
        after = assign(tree, address, text, ORIGIN, top, is_number=number)
        changes.append(f"{address}: {text} (was {before(tree, address, ORIGIN, top) or 'not set'})")
        tree = after
    tree = switched(tree, Scenario)
    return tree, tuple(changes), retained(first, tree, Scenario)


def _named(tree: Tree, file: str) -> tuple[Tree, str]:
    """An overlay without its name, which would take the place of the scenario's, and its line among the changes."""
    try:
        name = _NAME.validate_python(tree.value.get("name"), strict=True)
    except ValidationError:
        return tree, file  # a name that is no name stays, so that the models refuse it
    return _without(tree, "name"), f"{name} ({file})"


def _start(path: Path | str) -> tuple[Path, str]:
    """The file that a command names, and what to call it: one of the user's, else a shipped one."""
    if not str(path).strip():
        rule, remedy = "no file is named here", "name one, such as scenarios/blackburn-with-darwen.yaml"
        raise ScenarioError((Problem('""', 0, 0, "", "", rule, remedy),))
    found = None if is_file(path) else shipped(str(path))
    return found or Path(path), str(path)


@dataclass
class _Reader:
    """Reads each file once and keeps its digest."""

    files: list[tuple[str, str]] = field(default_factory=list)
    trees: dict[Path, Tree] = field(default_factory=dict)

    def whole(self, path: Path, name: str, below: tuple[Path, ...] = (), piece: bool = False) -> Tree:
        """Return a file laid over all that it extends; `piece` if it is to lie over a scenario."""
        tree = self._one(path, name)
        chain = (*below, path.resolve())
        laid: Tree | None = None
        for address, parent in _parents(tree):
            found, called = _locate(tree, address, parent, path)
            self._guard(tree, address, found, chain)
            held = self.trees.get(found) or self.trees.setdefault(found, self.whole(found, called, chain, piece))
            # Shipped beliefs would undo what the scenario changes of them; a library beside them undoes nothing.
            if piece and ("place" in held.value or (parent.startswith("defaults/") and "drivers" in held.value)):
                rule = "an overlay extends only overlays, which state what differs"
                raise _fault(tree, address, rule, "let the scenario extend it instead")
            laid = overlay(laid, held) if laid else held
        own = _without(tree, "extends")
        return overlay(laid, own) if laid else own

    def _one(self, path: Path, name: str) -> Tree:
        data = read_bytes(path)
        tree = parse(data, name)
        if not isinstance(tree.value, dict):
            raise _fault(tree, (), "a scenario is named values, each as `name: value`", "see `headroom new`")
        if "headroom" in tree.value:
            _check_format(tree)
        self.files.append((name, sha256(data)))
        return tree

    def _guard(self, tree: Tree, address: Address, found: Path, chain: tuple[Path, ...]) -> None:
        if found in chain:
            raise _fault(tree, address, "files extend one another in one direction only", "break the ring")
        if len(chain) > DEEPEST:
            raise _fault(tree, address, f"files extend one another at most {DEEPEST} deep", "join some of them")
        if len(self.files) >= FILES:
            raise _fault(tree, address, f"a scenario is made of at most {FILES} files", "join some of them")


def _parents(tree: Tree) -> list[tuple[Address, str]]:
    stated = tree.value.get("extends")
    listed = stated if isinstance(stated, list) else [] if stated is None else [stated]
    if len(listed) > PARENTS or not all(isinstance(name, str) for name in listed):
        rule = f"`extends` is a file name or a list of at most {PARENTS}"
        raise _fault(tree, ("extends",), rule, "write `extends: defaults/uk-2026.yaml`")
    single = not isinstance(stated, list)
    return [(("extends",) if single else ("extends", i), name) for i, name in enumerate(listed)]


def _locate(tree: Tree, address: Address, parent: str, path: Path) -> tuple[Path, str]:
    room = parent.partition("/")[0]
    if room in ("defaults", "scenarios"):
        if found := shipped(parent):
            return found, parent
        listed = ", ".join(shipped_names(room)) or "none"
        raise _fault(tree, address, f"names that begin with {room}/ are shipped files", f"shipped here: {listed}")
    folder = path.parent.resolve()
    found = folder / parent
    rule = "a parent file stands in the folder of the file that names it, or below"
    if ".." in Path(parent).parts or Path(parent).is_absolute():
        raise _fault(tree, address, rule, "move it there and name it without .. or a leading /")
    if not is_file(found) or not found.resolve().is_relative_to(folder):
        raise _fault(tree, address, rule, "check its name; shipped files begin with defaults/ or scenarios/")
    name = Path(tree.marks[()].file).parent / parent
    return found.resolve(), name.as_posix()


def _without(tree: Tree, key: str) -> Tree:
    value = {name: held for name, held in tree.value.items() if name != key}
    marks = {address: mark for address, mark in tree.marks.items() if address[:1] != (key,)}
    keys = {address: mark for address, mark in tree.keys.items() if address[:1] != (key,)}
    return Tree(value, marks, keys)


def _check_format(tree: Tree) -> None:
    stated = tree.value.get("headroom")
    if isinstance(stated, int) and not isinstance(stated, bool):
        if stated == FORMAT:
            return
        if stated > FORMAT:
            rule = f"this version of Headroom reads form {FORMAT} of the file; this one has form {stated}"
            raise _fault(tree, ("headroom",), rule, "install a newer Headroom")
    rule = "a file says which form it has, so that later versions can still read it"
    raise _fault(tree, ("headroom",), rule, f"begin the file with `headroom: {FORMAT}`")


def _years_twice(value: Any, tree: Tree, address: Address) -> Iterator[Problem]:
    """Yield years written both ways in one group: the models would keep the last of them."""
    if not isinstance(value, dict | list):
        return
    seen: dict[str, str] = {}
    for step, held in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, str) and _YEAR.fullmatch(step):
            first = seen.setdefault(step.replace("/", "-"), step)
            if first != step:
                rule = f"a year stands once in its group; `{first}` and `{step}` are the same year"
                yield tree.problem((*address, step), rule, f"keep one, written {step.replace('/', '-')}")
        yield from _years_twice(held, tree, (*address, step))


def _fault(tree: Tree, address: Address, rule: str, remedy: str) -> ScenarioError:
    return ScenarioError((tree.problem(address, rule, remedy),))


def _all(found: list[Problem]) -> ScenarioError:
    """One error with every problem, in the order of the files' lines."""
    found = sorted(found, key=lambda problem: (problem.file, problem.line, problem.column))
    if len(found) > MOST:
        rule, remedy = f"{len(found) - MOST:,} more problems were found", "mend those above first"
        found = [*found[:MOST], Problem(found[MOST].file, found[MOST].line, 1, "", "", rule, remedy)]
    return ScenarioError(tuple(found))
