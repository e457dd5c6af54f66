"""What stands over what: one tree laid over another."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.problems import Problem, ScenarioError
from simulator.yaml_tree import Address, Mark, Tree

RANGE = ("low", "central", "high")


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
    return ids_of(value) is not None


def ids_of(value: Any) -> list[str] | None:
    """Return the ids of a list of records; None where it is no list or some item has no id."""
    ids = [item.get("id") if isinstance(item, dict) else None for item in value] if isinstance(value, list) else [None]
    known = [name for name in ids if isinstance(name, str)]
    return known if len(known) == len(ids) else None


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
