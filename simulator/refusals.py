"""What the models refuse, in a finance officer's words: the place, the rule and the remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel

from simulator.fields import Schema
from simulator.problems import Problem
from simulator.yaml_tree import Address, Tree, at, dotted, shown
from simulator.yaml_values import rejoined, without_commas

_ID = "an id is small letters, digits, - and _, at most 64 of them, and begins with a letter or digit"
_YEAR = "write it as 2026-27"
_DATE = ("a date is written 2026-11-22", "write year, month and day in that order")
_GROUP = ("named values are wanted here, each as `name: value`", "write them on the lines below, indented")
_CHANGE = "change it so that the rule holds"
_AT_MOST, _AT_LEAST = "the most allowed here is {}", "the least allowed here is {}"

# By the kind of fault: the rule, in which {} is the limit, and the remedy.
_RULES = {
    "string_type": ("text is wanted here", "put quotes round it"),
    "string_too_short": ("text is wanted here; this is empty", "write it, or take the line out"),
    "string_too_long": ("text here has at most {} characters", "shorten it"),
    "int_type": ("a whole number is wanted here", "write a number such as 3, without quotes or a point"),
    "int_parsing_size": ("a whole number of ordinary size is wanted here", "write a number such as 3"),
    "bool_type": ("`true` or `false` is wanted here", "write true or false in small letters, without quotes"),
    "date_type": _DATE,
    "list_type": ("a list is wanted here, each item after a dash", "write `- ` before each item"),
    "too_short": ("at least {} is needed here", "add one"),
    "greater_than_equal": (_AT_LEAST, "raise it"),
    "less_than_equal": (_AT_MOST, "lower it"),
    "finite_number": ("a number is finite", "give a number of ordinary size"),
    "dict_type": _GROUP,
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
}
_WORD_OR_GROUP, _HALF, _STRANGER = "word_or_group", "half_a_number", "stranger"
MOST_NAMES = 200
_CHOSEN_FROM: dict[str, Address] = {"intervention": ("prevention", "interventions")}
"""Fields that are chosen from a list of records in the file, whose ids are told where the field is missing."""
_LIMITS = ("max_length", "min_length", "ge", "le", "gt", "lt")

# By words of a model's own rule: the remedy.
_REMEDIES = (
    ("financial year", _YEAR),
    ("the year after", _YEAR),
    ("a date is", _DATE[1]),
    ("hidden character", "delete it and type the text again"),
    ("spreadsheet", "begin with a letter or digit"),
    ("give either `value`", "keep one of the two ways; `null` takes out what a parent file states"),
    ("a range needs all", "add the missing one, or give `value` alone"),
    ("rise in that order", "put them in order"),
    ("only one of them", "take one of the two out"),
    ("not both", "take one of the two out"),
    ("at most 100%", "lower one of them"),
)


class _Found(NamedTuple):
    """One fault as the models give it, with the address cleared of what no file holds."""

    kind: str
    address: Address
    missing: str
    on_key: bool
    words: str
    context: Mapping[str, Any]


def problems(tree: Tree, errors: list[Any], model: type[BaseModel]) -> list[Problem]:
    """Return the models' errors as problems of the file, one for each fault, in the file's order."""
    schema = Schema(model, tree.value)
    found = list(_one_branch([_cleared(schema, error) for error in errors]))
    return [_problem(tree, fault, schema) for fault in _one_slip(tree, found, schema)]


def _one_slip(tree: Tree, found: list[_Found], schema: Schema) -> Iterator[_Found]:
    """Leave out what follows from another fault: the field that a misspelt key means, halves of one number."""
    keys = [fault for fault in found if fault.on_key or fault.kind == "extra_forbidden"]
    meant = {(*fault.address[:-1], _close(fault.address, schema)) for fault in keys}
    halves = {fault.address for fault in keys if _split_number(tree, fault.address)}
    others: dict[tuple[Address, str], int | None] = {}
    told = set[Address]()
    for fault in found:
        if fault.address in halves:
            if fault.on_key or fault.kind == "extra_forbidden":
                yield fault._replace(kind=_HALF)
        elif not fault.missing:
            yield fault
        elif _is_stranger(tree, fault.address, others):
            if fault.address not in told:
                told.add(fault.address)
                yield fault._replace(kind=_STRANGER, address=(*fault.address, "id"), missing="", words=fault.missing)
        elif (*fault.address, fault.missing) not in meant:
            yield fault


def _is_stranger(tree: Tree, address: Address, others: dict[tuple[Address, str], int | None]) -> bool:
    """Whether a record stands under an id that the files beneath its own do not hold.

    New records follow those of the files beneath, which an earlier record untouched by this file shows.
    """
    if not (address and isinstance(address[-1], int) and isinstance(at(tree.value, (*address, "id")), str)):
        return False
    where, file = address[:-1], tree.marks[address].file
    if (where, file) not in others:
        records = ((i, item) for i, item in enumerate(at(tree.value, where)) if isinstance(item, dict))
        foreign = (i for i, item in records if all(tree.marks[(*where, i, key)].file != file for key in item))
        others[where, file] = next(foreign, None)
    first = others[where, file]
    return first is not None and first < address[-1]


def _split_number(tree: Tree, address: Address) -> str:
    """The number that a comma split, if a key is what followed the comma; else nothing."""
    above, here = address[:-1], tree.keys[address]
    if len(group := at(tree.value, above)) > MOST_NAMES:
        return ""
    line = sorted((mark, key) for key in group if (mark := tree.keys[(*above, key)])[:2] == here[:2] and mark <= here)
    return rejoined([(key, group[key]) for _, key in line])


def _cleared(schema: Schema, error: Any) -> _Found:
    """Keep those steps that the file holds: records read from a bare number and unions add others."""
    address: Address = ()
    told = set[Address]()
    for step in error["loc"]:
        held = at(schema.value, address)
        kind = held.get("kind") if isinstance(held, dict) and address not in told else None
        if step == kind and len(schema.kinds(address)) > 1:
            # Which model reads a record is a step of its own, though the record may hold a field of that name too.
            told.add(address)
        elif (isinstance(held, dict) and step in held) or (isinstance(held, list) and isinstance(step, int)):
            address = (*address, step)
    missing = str(error["loc"][-1]) if error["type"] == "missing" else ""
    on_key = bool(error["loc"]) and error["loc"][-1] == "[key]"
    context = error.get("ctx") or {}
    words = str(context["error"]) if error["type"] == "value_error" else str(error["msg"])
    return _Found(error["type"], address, missing, on_key, words, context)


def _one_branch(found: list[_Found]) -> Iterator[_Found]:
    """Where a value may be one word or a group, keep the fault that fits what was written."""
    words = {fault.address for fault in found if fault.kind == "literal_error" and not fault.on_key}
    groups = {fault.address for fault in found if fault.kind == "dict_type"}
    beneath = {fault.address[:depth] for fault in found for depth in range(len(fault.address))}
    for fault in found:
        if fault.kind == "dict_type" and fault.address in words:
            continue
        if fault.kind == "literal_error" and fault.address in beneath:
            continue
        either = fault.kind == "literal_error" and fault.address in groups
        yield fault._replace(kind=_WORD_OR_GROUP) if either else fault


def _problem(tree: Tree, fault: _Found, schema: Schema) -> Problem:
    if fault.kind == _HALF:
        rule, remedy = "a number has no commas", f"write {_split_number(tree, fault.address)}"
    else:
        rule, remedy = _stranger(tree, fault) if fault.kind == _STRANGER else _words(tree.value, fault, schema)
    if fault.missing:
        mark, value = tree.where(fault.address), ""
    elif fault.on_key or fault.kind in ("extra_forbidden", _HALF):
        mark, value = tree.keys.get(fault.address, tree.where(fault.address)), str(fault.address[-1])[:60]
    else:
        mark, value = tree.where(fault.address), shown(at(tree.value, fault.address))
    field = dotted(tree.value, (*fault.address, fault.missing) if fault.missing else fault.address)
    return Problem(*mark, field, value, rule, remedy)


def _words(value: Any, fault: _Found, schema: Schema) -> tuple[str, str]:
    found = fault.address[-1] if fault.on_key and fault.address else at(value, fault.address)
    if fault.kind in ("missing", "extra_forbidden"):
        return _missing(value, fault, schema) if fault.missing else _unknown(fault, schema)
    if fault.kind.startswith("union_tag"):
        return _kind(fault, found, schema)
    if fault.kind in _WORDED:
        return _WORDED[fault.kind](fault, found)
    if fault.kind.startswith("date"):
        return _DATE
    rule, remedy = _RULES.get(fault.kind, ("this cannot be read here", "compare it with `headroom schema`"))
    limit = next((fault.context[key] for key in _LIMITS if key in fault.context), "")
    return rule.format(limit), remedy


def _kind(fault: _Found, found: Any, schema: Schema) -> tuple[str, str]:
    allowed = schema.kinds(fault.address)
    stated = found.get("kind") if isinstance(found, dict) else None
    close = difflib.get_close_matches(str(stated), allowed, 1, 0.5)
    rule = f"`kind` is one of: {', '.join(allowed)}"
    rule += f"; `{str(stated)[:60]}` is not" if stated is not None else ", and is needed to read the rest"
    return rule, f"did you mean `kind: {close[0]}`?" if close else "add or change `kind`"


def _missing(value: Any, fault: _Found, schema: Schema) -> tuple[str, str]:
    fields = schema.fields(fault.address)
    meaning = fields.get(fault.missing) or ""
    remedy = f"add `{fault.missing}:`{f', {meaning}' if meaning else ''}"
    held = at(value, _CHOSEN_FROM[fault.missing]) if fault.missing in _CHOSEN_FROM else None
    kinds = [str(one.get("id")) for one in held or () if isinstance(one, dict)][:MOST_NAMES]
    return f"`{fault.missing}` is needed here", f"{remedy}: {', '.join(sorted(kinds))}" if kinds else remedy


def _close(address: Address, schema: Schema) -> str:
    """The field nearest to a key that is none."""
    return next(iter(difflib.get_close_matches(str(address[-1]), sorted(schema.fields(address[:-1])), 1, 0.6)), "")


def _unknown(fault: _Found, schema: Schema) -> tuple[str, str]:
    known, close = sorted(schema.fields(fault.address[:-1])), _close(fault.address, schema)
    hint = f"did you mean `{close}`? " if close else ""
    rule = f"`{str(fault.address[-1])[:60]}` is not a field here"
    return rule, f"{hint}Fields here: {', '.join(known)}" if known else f"take it out, or {_CHANGE}"


def _stranger(tree: Tree, fault: _Found) -> tuple[str, str]:
    records = [item for item in at(tree.value, fault.address[:-2])[:MOST_NAMES] if isinstance(item, dict)]
    name, others = at(tree.value, fault.address), [str(item.get("id")) for item in records]
    close = difflib.get_close_matches(name, [other for other in others if other != name], 1, 0.6)
    hint = f"did you mean `{close[0]}`? " if close else ""
    return f"`{name[:60]}` is not in the files this lies over", f"{hint}If it is new, add `{fault.words}:`"


def _own_rule(fault: _Found, _found: Any) -> tuple[str, str]:
    # A model that says what to do instead says it after a colon or semicolon.
    rule, _, remedy = fault.words.rpartition("; ")
    if rule and remedy.startswith(("take", "give", "write", "name", "add", "lower", "drop")):
        return rule, remedy
    near = (remedy for sign, remedy in _REMEDIES if sign in fault.words)
    year = re.search(r"write [0-9]{4}-[0-9]{2}$", fault.words)
    return fault.words, year[0] if year else next(near, _CHANGE)


def _choice(fault: _Found, found: Any) -> tuple[str, str]:
    expected = str(fault.context.get("expected"))
    allowed = re.findall(r"'([^']*)'", expected) or [expected]
    close = difflib.get_close_matches(str(found), allowed, 1, 0.5)
    rule = f"this is one of: {', '.join(allowed)}" if len(allowed) > 1 else f"this is `{allowed[0]}`"
    if fault.kind == _WORD_OR_GROUP:
        rule += ", or values by year"
    return (
        rule,
        f"did you mean `{close[0]}`?" if close else f"write {'one of them' if len(allowed) > 1 else allowed[0]}",
    )


def _pattern(fault: _Found, found: Any) -> tuple[str, str]:
    if "a-z" not in str(fault.context.get("pattern")):
        return "an ONS code is E and eight digits, such as E06000008", "copy it from the ONS list, in quotes"
    slug = re.sub(r"[^a-z0-9_-]+", "_", str(found).lower()).strip("_-")[:64]
    return _ID, f"write `{slug}`" if slug else "begin with a letter, such as `adult_care`"


def _number(fault: _Found, found: Any) -> tuple[str, str]:
    if fault.kind == "range":
        return fault.words, "check the value and its per cent sign"
    if fault.kind == "amount":
        if "in pounds" in fault.words:
            return fault.words, "give it in pounds, whatever the file's `money` unit"
        return fault.words, "give it without a minus sign, in the file's `money` unit; check the noughts"
    if fault.kind == "per_cent":
        bare = shown(found) if not isinstance(found, str | bool) and found is not None else ""
        if isinstance(found, Decimal) and 0 < found < 1:
            share, part = ("a half", "half") if found == Decimal("0.5") else (f"{bare} of the whole", bare)
            hundredths = f"{found * 100:f}".rstrip("0").rstrip(".")
            return fault.words, f"write {hundredths}% if you mean {share}, {bare}% if you mean {part} of one per cent"
        return (
            fault.words,
            f"write {bare}%, or the percentage you mean" if bare else "write a number and %, such as 2.5%",
        )
    digits = without_commas(re.sub(r"[£\s_]|[kmbn]+$", "", found)) if isinstance(found, str) else ""
    plain = bool(re.fullmatch(r"[0-9]+(\.[0-9]+)?", digits))
    return fault.words, f"write {digits}, if that is in the file's unit" if plain else "write a number such as 12.7"


_WORDED = {
    "value_error": _own_rule,
    "literal_error": _choice,
    _WORD_OR_GROUP: _choice,
    "string_pattern_mismatch": _pattern,
    **dict.fromkeys(("number", "amount", "per_cent", "range"), _number),
}
