"""What stands over what: one tree laid over another, and single values set from the command line."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.problems import Problem, ScenarioError
from simulator.yaml_tree import Address, Mark, Tree, at, names
from simulator.yaml_values import HIDDEN, BadScalarError, Scalar, hidden_rule, scalar

RANGE = ("low", "central", "high")
SET_BY_HAND = "set on the command line"


class _Side(NamedTuple):
    """One value of one tree, with its address there."""

    tree: Tree
    value: Any
    address: Address

    def step(self, key: str | int) -> _Side:
        return _Side(self.tree, self.value[key], (*self.address, key))


@dataclass
class _Laying:
    """A tree in the making: the marks gathered as values are laid down."""

    marks: dict[Address, Mark] = field(default_factory=dict)
    keys: dict[Address, Mark] = field(default_factory=dict)

    def over(self, below: _Side, above: _Side, to: Address) -> Any:
        """Lay `above` over `below` at the address `to` and return the value."""
        if isinstance(below.value, dict) and isinstance(above.value, dict):
            return self._mapping(below, above, to)
        if _by_id(below) and _by_id(above):
            return self._records(below, above, to)
        return self.copy(above, to)

    def copy(self, side: _Side, to: Address) -> Any:
        """Lay one side down as it is."""
        self._mark(side, to)
        if isinstance(side.value, dict):
            return {key: self.copy(side.step(key), (*to, key)) for key in side.value}
        if isinstance(side.value, list):
            return [self.copy(side.step(i), (*to, i)) for i in range(len(side.value))]
        return side.value

    def _mapping(self, below: _Side, above: _Side, to: Address) -> dict[str, Any]:
        laid = {}
        gone = _other_way(below.value, above.value)
        for key in [*below.value, *(key for key in above.value if key not in below.value)]:
            if key in above.value and key in below.value:
                laid[key] = self.over(below.step(key), above.step(key), (*to, key))
            elif key not in gone:
                side = above if key in above.value else below
                laid[key] = self.copy(side.step(key), (*to, key))
        self._mark(above, to)
        return laid

    def _records(self, below: _Side, above: _Side, to: Address) -> list[Any]:
        places = {item["id"]: i for i, item in enumerate(above.value)}
        laid = []
        for i, item in enumerate(below.value):
            j = places.pop(item["id"], None)
            here = (*to, i)
            laid.append(self.copy(below.step(i), here) if j is None else self.over(below.step(i), above.step(j), here))
        laid += [self.copy(above.step(j), (*to, len(laid) + n)) for n, j in enumerate(places.values())]
        self._mark(above, to)
        return laid

    def _mark(self, side: _Side, to: Address) -> None:
        self.marks[to] = side.tree.marks[side.address]
        if side.address in side.tree.keys:
            self.keys[to] = side.tree.keys[side.address]


def overlay(parent: Tree, child: Tree) -> Tree:
    """Return `child` laid over `parent`: groups merge, lists of records merge by id, all else is replaced.

    A record keeps the parent's order and new ones follow. A plain `value` stated over a range takes the
    range's place, and the other way about.

    Raises:
        ScenarioError: when an id stands twice in a list, so that it is unclear which record is meant.
    """
    problems = [*_doubled(parent), *_doubled(child)]
    if problems:
        raise ScenarioError(tuple(problems))
    laying = _Laying()
    value = laying.over(_Side(parent, parent.value, ()), _Side(child, child.value, ()), ())
    return Tree(value, laying.marks, laying.keys)


def _by_id(side: _Side) -> bool:
    return _records(side.value) and len(side.value) > 0


def _records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in value)


def _other_way(below: dict[str, Any], above: dict[str, Any]) -> Collection[str]:
    """The keys below that say the same number another way: a value over a range, or a range over a value."""
    if "value" in above and not isinstance(below.get("central"), dict):
        return RANGE
    return ("value",) if "central" in above and "value" in below else ()


def _doubled(tree: Tree) -> Iterator[Problem]:
    for address, value in _lists(tree.value, ()):
        seen: dict[str, int] = {}
        for i, item in enumerate(value):
            first = seen.setdefault(item["id"], i)
            if first != i:
                line = tree.marks[(*address, first, "id")].line
                rule = f"ids are unique in a list; `{item['id']}` stands in line {line} too"
                yield tree.problem((*address, i, "id"), rule, "rename one of them, or take one out")


def _lists(value: Any, address: Address) -> Iterator[tuple[Address, list[Any]]]:
    """Yield every list of records, with its address."""
    if isinstance(value, list) and _records(value):
        yield address, value
    if isinstance(value, dict | list):
        for step, held in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _lists(held, (*address, step))


def assign(tree: Tree, address: str, text: str, origin: str, top: Collection[str] = ()) -> Tree:
    """Return the tree with one value set, as `--set address=text` asks.

    The address is dotted, with list items by id; leading parts may be left out while one value only
    ends so. A name in `top` always means the field of that name at the top of the file.

    Raises:
        ScenarioError: when the address is unknown or fits several values, or the text cannot be read.
    """
    value = _typed(text, address, origin)
    place = _find(tree, address, text, origin, top)
    held = at(tree.value, place)
    mark = Mark(origin, 0, 0)
    return _put(tree, place, _kept(held, value) if _is_record(held) else value, mark)


def _typed(text: str, address: str, origin: str) -> Scalar:
    text = text.strip()
    if hidden := HIDDEN.search(address + text):
        raise _refused(origin, "", "", hidden_rule(hidden[0]), "take it out")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    try:
        return scalar(text)
    except BadScalarError as bad:
        raise _refused(origin, address, text, bad.rule, bad.remedy) from None


def _refused(origin: str, address: str, text: str, rule: str, remedy: str) -> ScenarioError:
    found = text if len(text) <= 60 else text[:57] + "..."
    return ScenarioError((Problem(origin, 0, 0, address[:200], found, rule, remedy),))


def _find(tree: Tree, address: str, text: str, origin: str, top: Collection[str]) -> Address:
    parts = tuple(address.strip().split("."))
    if len(parts) == 1 and parts[0] in top:
        return parts
    known = {place: tuple(names(tree.value, place)) for place in tree.marks if place}
    full = [place for place, words in known.items() if words == parts]
    fits = full or [place for place, words in known.items() if words[-len(parts) :] == parts]
    if len(fits) == 1:
        return fits[0]
    if fits:
        listed = ", ".join(f"`{'.'.join(known[place])}`" for place in fits[:5])
        raise _refused(
            origin, address, text, f"an address names one value; {len(fits)} end so", f"use one of: {listed}"
        )
    above = [place for place, words in known.items() if words == parts[:-1]]
    if above and parts[-1] and isinstance(at(tree.value, above[0]), dict):
        return (*above[0], parts[-1])
    raise _refused(origin, address, text, "an address names a value of the scenario", _nearest(parts, known))


def _nearest(parts: tuple[str, ...], known: dict[Address, tuple[str, ...]]) -> str:
    wanted = ".".join(parts)[:200]
    # Whole addresses are long, so a short one is compared with tails of its own length.
    tails = {".".join(words[-len(parts) :]): ".".join(words) for words in known.values()}
    close = difflib.get_close_matches(wanted, tails, 3, 0.6)
    return f"did you mean {' or '.join(f'`{tails[tail]}`' for tail in close)}?" if close else (
        "write it as in the file, such as agencies.council.reserves.minimum=5%"
    )  # fmt: skip


def _is_record(held: Any) -> bool:
    return isinstance(held, dict) and any(
        key in held and not isinstance(held[key], dict | list) for key in ("value", "central")
    )


def _kept(record: dict[str, Any], value: Scalar) -> dict[str, Any]:
    """The record with its number changed; its source stays, and its reason says who changed it."""
    rest = {key: held for key, held in record.items() if key not in {*RANGE, "value", "rationale"}}
    return {"value": value, **rest, "rationale": SET_BY_HAND}


def _put(tree: Tree, place: Address, value: Any, mark: Mark) -> Tree:
    """The tree with `value` at `place`, sharing nothing that could change."""
    laying = _Laying()
    whole = laying.copy(_Side(tree, tree.value, ()), ())
    at(whole, place[:-1])[place[-1]] = value
    kept = {(*place, key) for key in value if key not in ("value", "rationale")} if isinstance(value, dict) else set()
    depth = len(place)
    gone = [known for known in laying.marks if known[:depth] == place and known[: depth + 1] not in kept]
    for address in gone:
        del laying.marks[address]
    laying.marks[place] = laying.keys[place] = mark
    for key in ("value", "rationale") if isinstance(value, dict) else ():
        laying.marks[(*place, key)] = mark
    return Tree(whole, laying.marks, laying.keys)
