"""Single values set by address, as the command line and the cases of a study set them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from simulator.overlays import RANGE
from simulator.problems import Problem, ScenarioError
from simulator.yaml_tree import Address, Mark, Tree, at, names, shown
from simulator.yaml_values import HIDDEN, BadScalarError, Scalar, hidden_rule, scalar

NUMBERS = (*RANGE, "value")
# What a record says of who stands behind its number; it would be untrue of another number.
SAID = ("source", "date", "owner", "agreed_by", "grade", "rationale")
SET_BY_HAND, COMMAND_LINE = "set by hand", "command_line"
_KINDS = {
    "agencies": "council", "spending": "line", "grants": "grant", "drivers": "driver", "events": "event",
    "baskets": "basket",
}  # fmt: skip

Words = Mapping[Address, tuple[str, ...]]
"""Every address of a tree as people write it, step by step."""


class Setting(NamedTuple):
    """A value or a whole record to be put at one address; `sourced` where the command line becomes its source."""

    place: Address
    value: Any
    sourced: bool


class Reading(NamedTuple):
    """How settings are read: what problems call their file, fields always meant at its top, and what is a number."""

    origin: str
    top: Collection[str] = ()
    is_number: Callable[[Any, Address], bool] | None = None


def split(setting: str, origin: str) -> tuple[str, str]:
    """Return the address and the text of `ADDRESS=VALUE`.

    Raises:
        ScenarioError: when it is no such thing.
    """
    address, equals, text = (part.strip() for part in setting.partition("="))
    if not equals or not address:
        rule, remedy = "a setting is ADDRESS=VALUE", "write it as reserves.minimum=5%"
        raise ScenarioError((Problem(origin, 0, 0, "", setting[:60], rule, remedy),))
    return address, text


def words_of(tree: Tree) -> Words:
    """Return every address of a tree as people write it."""
    return {place: tuple(names(tree.value, place)) for place in tree.marks if place}


def assign(
    tree: Tree,
    address: str,
    text: str,
    origin: str,
    top: Collection[str] = (),
    *,
    is_number: Callable[[Any, Address], bool] | None = None,
) -> Tree:
    """Return the tree with one value set, as `--set address=text` asks.

    The address is dotted, with list items by id; leading parts may be left out while one value only
    ends so. A name in `top` always means the field of that name at the top of the file. A number that
    has a record, or for whose address `is_number` holds, rests on the command line from then on.

    Raises:
        ScenarioError: when the address is unknown or fits several values, or the text cannot be read.
    """
    mark = Mark(origin, 0, 0)
    place, value, sourced = found(tree, address, text, Reading(origin, top, is_number))
    return _put(_sourced(tree, mark) if sourced else tree, place, value, mark)


def found(tree: Tree, address: str, text: str, reading: Reading, known: Words | None = None) -> Setting:
    """Return what `assign` would put where; `known` are the tree's addresses in words, if they are at hand.

    Raises:
        ScenarioError: when the address is unknown or fits several values, or the text cannot be read.
    """
    origin = reading.origin
    value = _typed(text, address, origin)
    place = _find(tree, words_of(tree) if known is None else known, address, text, reading)
    if isinstance(place[-1], int) and isinstance(at(tree.value, place), dict):
        raise _refused(origin, address, text, *_whole_record(at(tree.value, place), place, address))
    part = "value"
    if place[-1] in NUMBERS and _is_record(at(tree.value, place[:-1])):
        place, part = place[:-1], str(place[-1])
    held = at(tree.value, place)
    if value is None or not (_is_record(held) or (reading.is_number and reading.is_number(tree.value, place))):
        return Setting(place, value, sourced=False)
    return Setting(place, _kept(held if isinstance(held, dict) else {}, part, value), sourced=True)


def before(tree: Tree, address: str, origin: str, top: Collection[str] = ()) -> str:
    """Return the value at an address as `assign` finds it, as text; nothing if there is none.

    Raises:
        ScenarioError: when the address is unknown or fits several values.
    """
    held = at(tree.value, _find(tree, words_of(tree), address, "", Reading(origin, top)))
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


def _find(tree: Tree, known: Words, address: str, text: str, reading: Reading) -> Address:
    parts, origin = tuple(address.strip().split(".")), reading.origin
    if len(parts) == 1 and parts[0] in reading.top:
        return parts
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


def _nearest(parts: tuple[str, ...], known: Words) -> str:
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


def _source(value: Any) -> tuple[Address, Any] | None:
    """Where among the sources of plain values the command line is to stand, and what; None if it does or cannot."""
    held = value.get("sources", {})
    if not isinstance(held, dict) or COMMAND_LINE in held:
        return None
    source = {"title": "Set by hand, in the app or by --set", "grade": "J"}
    return (("sources", COMMAND_LINE), source) if "sources" in value else (("sources",), {COMMAND_LINE: source})


def _sourced(tree: Tree, mark: Mark) -> Tree:
    """The tree with the command line among its sources."""
    source = _source(tree.value)
    return _put(tree, *source, mark) if source else tree


def applied(value: Any, setting: Setting) -> Any:
    """Return plain values with a setting put in its place: what `assign` gives without marks."""
    source = _source(value) if setting.sourced else None
    return with_value(with_value(value, *source) if source else value, setting.place, setting.value)


def _whole_record(record: dict[str, Any], place: Address, address: str) -> tuple[str, str]:
    """The rule and the remedy where a setting names a whole record of a list."""
    rule = f"`{address.strip()[:100]}` is a {_KINDS.get(str(place[-2]), 'group')}; a setting changes one value"
    likely = [key for key in ("net", "income", "long_run", "chance") if record.get(key) is not None]
    found = likely or [key for key, held in record.items() if _is_record(held) or _is_number(held)]
    found += [f"{key}.{inner}" for key, held in record.items() if isinstance(held, dict) for inner in held]
    return rule, f"did you mean `{address.strip()[:100]}.{found[0]}`?" if found else "name one of its values"


def _is_number(held: Any) -> bool:
    return held[-1:] == "%" if isinstance(held, str) else isinstance(held, int | Decimal) and not isinstance(held, bool)


def with_value(held: Any, place: Address, value: Any) -> Any:
    """Return plain values with `value` at `place`; what does not lie on the way there is shared, not copied."""
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(held, list) and isinstance(step, int):
        return [with_value(item, rest, value) if i == step else item for i, item in enumerate(held)]
    return {**held, step: with_value(held.get(step), rest, value)}


def _put(tree: Tree, place: Address, value: Any, mark: Mark) -> Tree:
    """The tree with `value` at `place`; what is as before keeps its mark."""
    old = at(tree.value, place)
    both = isinstance(old, dict) and isinstance(value, dict)
    same = {key for key, held in value.items() if key in old and old[key] is held} if both else set[str]()
    depth, gone = len(place), set[Address]()
    for known in tree.marks.keys() | tree.keys.keys():
        if known[:depth] == place and not same & set(known[depth : depth + 1]):
            gone.add(known)
    marks, keys = ({at: held for at, held in kept.items() if at not in gone} for kept in (tree.marks, tree.keys))
    keys[place] = mark
    _mark_below(marks, keys, value, place, mark)
    return Tree(with_value(tree.value, place, value), marks, keys)


def _mark_below(marks: dict[Address, Mark], keys: dict[Address, Mark], value: Any, place: Address, mark: Mark) -> None:
    marks[place] = mark
    for key, held in value.items() if isinstance(value, dict) else ():
        if (*place, key) not in marks:
            keys[(*place, key)] = mark
            _mark_below(marks, keys, held, (*place, key), mark)
