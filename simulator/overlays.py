"""What stands over what: one tree laid over another, and single values set from the command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.problems import Problem, ScenarioError
from simulator.yaml_tree import Address, Mark, Tree, at, names, shown
from simulator.yaml_values import HIDDEN, BadScalarError, Scalar, hidden_rule, scalar

RANGE = ("low", "central", "high")
NUMBERS = (*RANGE, "value")
# What a record says of who stands behind its number; it would be untrue of another number.
SAID = ("source", "date", "owner", "agreed_by", "grade", "rationale")
SET_BY_HAND, COMMAND_LINE = "set on the command line", "command_line"
_KINDS = {
    "agencies": "council", "spending": "line", "grants": "grant", "drivers": "driver", "events": "event",
    "baskets": "basket",
}  # fmt: skip


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


def assign(
    tree: Tree,
    address: str,
    text: str,
    origin: str,
    top: Collection[str] = (),
    *,
    is_number: Callable[[Address], bool] | None = None,
) -> Tree:
    """Return the tree with one value set, as `--set address=text` asks.

    The address is dotted, with list items by id; leading parts may be left out while one value only
    ends so. A name in `top` always means the field of that name at the top of the file. A number that
    has a record, or for whose address `is_number` holds, rests on the command line from then on.

    Raises:
        ScenarioError: when the address is unknown or fits several values, or the text cannot be read.
    """
    value = _typed(text, address, origin)
    place = _find(tree, address, text, origin, top)
    mark = Mark(origin, 0, 0)
    if isinstance(place[-1], int) and isinstance(at(tree.value, place), dict):
        raise _refused(origin, address, text, *_whole_record(at(tree.value, place), place, address))
    part = "value"
    if place[-1] in NUMBERS and _is_record(at(tree.value, place[:-1])):
        place, part = place[:-1], str(place[-1])
    held = at(tree.value, place)
    if value is None or not (_is_record(held) or (is_number and is_number(place))):
        return _put(tree, place, value, mark)
    record = held if isinstance(held, dict) else {}
    return _put(_sourced(tree, mark), place, _kept(record, part, value), mark)


def before(tree: Tree, address: str, origin: str, top: Collection[str] = ()) -> str:
    """Return the value at an address as `assign` finds it, as text; nothing if there is none.

    Raises:
        ScenarioError: when the address is unknown or fits several values.
    """
    held = at(tree.value, _find(tree, address, "", origin, top))
    return shown(held.get("value", held.get("central")) if isinstance(held, dict) else held)


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


def _kept(record: dict[str, Any], part: str, value: Scalar) -> dict[str, Any]:
    """The record with its number changed; source and reason say who changed it."""
    numbers = {key: record[key] for key in RANGE if key in record} if part in RANGE else {}
    rest = {key: held for key, held in record.items() if key not in {*NUMBERS, *SAID}}
    return {**numbers, part: value, **rest, "source": COMMAND_LINE, "rationale": SET_BY_HAND}


def _sourced(tree: Tree, mark: Mark) -> Tree:
    """The tree with the command line among its sources."""
    held = tree.value.get("sources", {})
    if not isinstance(held, dict) or COMMAND_LINE in held:
        return tree
    source = {"title": "Set on the command line", "grade": "J"}
    if "sources" not in tree.value:
        return _put(tree, ("sources",), {COMMAND_LINE: source}, mark)
    return _put(tree, ("sources", COMMAND_LINE), source, mark)


def _whole_record(record: dict[str, Any], place: Address, address: str) -> tuple[str, str]:
    """The rule and the remedy where a setting names a whole record of a list."""
    rule = f"`{address.strip()[:100]}` is a {_KINDS.get(str(place[-2]), 'group')}; a setting changes one value"
    likely = [key for key in ("net", "income", "long_run", "chance") if record.get(key) is not None]
    found = likely or [key for key, held in record.items() if _is_record(held) or _is_number(held)]
    found += [f"{key}.{inner}" for key, held in record.items() if isinstance(held, dict) for inner in held]
    return rule, f"did you mean `{address.strip()[:100]}.{found[0]}`?" if found else "name one of its values"


def _is_number(held: Any) -> bool:
    return held[-1:] == "%" if isinstance(held, str) else isinstance(held, int | Decimal) and not isinstance(held, bool)


def _put(tree: Tree, place: Address, value: Any, mark: Mark) -> Tree:
    """The tree with `value` at `place`, sharing nothing that could change; what is as before keeps its mark."""
    laying = _Laying()
    whole = laying.copy(_Side(tree, tree.value, ()), ())
    old = at(whole, place)
    at(whole, place[:-1])[place[-1]] = value
    both = isinstance(old, dict) and isinstance(value, dict)
    same = {key for key, held in value.items() if key in old and old[key] is held} if both else set[str]()
    depth = len(place)
    for marks in (laying.marks, laying.keys):
        for known in [known for known in marks if known[:depth] == place and not same & set(known[depth : depth + 1])]:
            del marks[known]
    laying.keys[place] = mark
    _mark_below(laying, value, place, mark)
    return Tree(whole, laying.marks, laying.keys)


def _mark_below(laying: _Laying, value: Any, place: Address, mark: Mark) -> None:
    laying.marks[place] = mark
    for key, held in value.items() if isinstance(value, dict) else ():
        if (*place, key) not in laying.marks:
            laying.keys[(*place, key)] = mark
            _mark_below(laying, held, (*place, key), mark)
