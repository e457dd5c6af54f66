"""The assumptions of a scenario as tables to read, search and edit: each number as its file writes it, and its grounds.

A number has the address that `--set` takes and stands in one group of what it is about. What differs from the file as
it stands comes first, with what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from simulator.assumption_groups import GROUPS, driver_uses, group_of
from simulator.assumptions import GRADES
from simulator.files import sha256
from simulator.register import REASONED, Entry, judgements, register, unreasoned, unsourced
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded
from simulator.set_values import SET_BY_HAND
from simulator.spreadsheets import write_rows
from simulator.yaml_tree import Address, at, shown

OF, ITEM, LOW, VALUE, HIGH, UNIT = "Of", "Item", "Low", "Central", "High", "Unit"
GRADE, SOURCE, OWNER, REASON, WAS, GROUP, ADDRESS = "Grade", "Source", "Owner", "Reason", "Was", "About", "Address"
COLUMNS = (WAS, OF, ITEM, LOW, VALUE, HIGH, UNIT, SOURCE, OWNER, REASON, GRADE, GROUP, ADDRESS)
EDITED = (LOW, VALUE, HIGH, REASON, OWNER, SOURCE)
"""The columns that somebody may change."""
AS_MADE = " as downloaded"
"""The end of the heading of a column that holds what such a column did when a spreadsheet was made."""
ALL = "All"
FIELDS = {
    "net": "net spending, base year",
    "gross": "spending, base year",
    "income": "income, base year",
    "central": "growth",
    "central_from": "growth taken from",
    "long_run": "growth in the long run",
    "spread": "surprise of a year (one standard deviation)",
    "trend": "error of the trend (one standard deviation a year)",
    "persistence": "share of a surprise left a year later",
    "trend_persistence": "share of a trend error left a year later",
    "transitory": "surprise that is gone a year later (one standard deviation)",
    "system_share": "share of luck that all bodies share",
    "loadings": "tie to what moves others too",
    "follows": "takes over",
    "elasticity": "growth of the line for 1% of demand",
    "gf_unallocated": "general fund, unallocated",
    "mrp": "minimum revenue provision",
    "band_d": "Band D tax",
    "chance": "chance a year",
    "surprise": "expected surprise",
    "spread_scale": "surprise against a usual year",
    "sd": "standard deviation",
}
"""Names of fields in words; any other is said with its underscores taken out."""


@dataclass(frozen=True)
class Filter:
    """Which assumptions are wanted: a group or `ALL`, words that must all stand somewhere in the row, three ticks."""

    group: str = ALL
    words: str = ""
    judgement: bool = False
    changed: bool = False
    bare: bool = False


class Count(NamedTuple):
    """How many numbers there are, are judgement, have no source, need a reason and have none, were set here without."""

    numbers: int
    judgement: int
    unsourced: int
    unreasoned: int
    set_bare: int


class _Read(NamedTuple):
    """One number as read: its entry, its texts as the file writes them, and what it is of and about, in words."""

    entry: Entry
    low: str
    value: str
    high: str
    unit: str
    words: tuple[str, str]


def table(loaded: Loaded, stated: Loaded, laid: Loaded | None = None) -> pd.DataFrame:
    """Return every assumption of what is open, a row each, those that differ from `stated`, the file, first.

    `laid` is the file with its overlays: what a number was that somebody changed over them is what they made of it.

    Then come the long runs of drivers, whose futures spread most, and what has a range. Columns: `COLUMNS`. Amounts
    are texts as `--set` takes them, in the unit beside them. Without a range, Low and High are empty.
    """
    now, before = _read(loaded), _read(stated) if stated is not loaded else {}
    beneath = before if laid is None or laid is stated else now if laid is loaded else _read(laid)
    uses = driver_uses(loaded.tree.value)
    titles = {name: source.title for name, source in loaded.scenario.sources.items()}
    rows = []
    for address, read in now.items():
        entry = read.entry
        grade = GRADES[entry.grade] if entry.grade else "none stated"
        source = titles.get(entry.source or "", entry.source or "")
        was = _was(read, beneath.get(address)) or _was(read, before.get(address)) if before else ""
        grounds = (source, entry.owner or "", entry.rationale or "", grade, group_of(address, uses), address)
        rows.append((was, *read.words, read.low, read.value, read.high, read.unit, *grounds))
    made = pd.DataFrame(rows, columns=list(COLUMNS))
    order = [_rank(row) for row in made[[WAS, LOW, HIGH, ADDRESS]].itertuples(index=False, name=None)]
    return made.iloc[sorted(range(len(made)), key=order.__getitem__)].reset_index(drop=True)


def _rank(row: tuple[str, str, str, str]) -> int:
    """Return how early a row stands, from what was, its ends and its address."""
    was, low, high, address = row
    if was:
        return 0
    if address.startswith("drivers.") and address.endswith(".long_run"):
        return 1
    return 2 if low or high else 3


def listed(rows: pd.DataFrame, bodies: Iterable[str]) -> pd.DataFrame:
    """Return the rows of some bodies, by id, with all that is of no one body."""
    places = rows[ADDRESS].str.split(".")
    own = places.str[0] == "agencies"
    return rows[~own | places.str[1].isin(list(bodies))].reset_index(drop=True)


def wanted(rows: pd.DataFrame, by: Filter) -> pd.DataFrame:
    """Return the rows that a filter lets through, in their order; words are sought in all columns but groups."""
    kept = pd.Series(data=True, index=rows.index)
    if by.group != ALL:
        kept &= rows[GROUP] == by.group
    if by.judgement:
        kept &= rows[GRADE] == GRADES["J"]
    if by.changed:
        kept &= rows[WAS] != ""
    if by.bare:
        reasoned = rows[GRADE].isin([GRADES[grade] for grade in REASONED])
        kept &= ((rows[REASON] == "") & ~reasoned) | (rows[SOURCE] == "") | (rows[REASON] == SET_BY_HAND)
    if by.words.strip():
        told = [name for name in COLUMNS if name != GROUP]
        said = rows[told].agg(" ".join, axis=1).str.lower()
        for word in by.words.lower().split():
            kept &= said.str.contains(word, regex=False)
    return rows[kept].reset_index(drop=True)


def groups(rows: pd.DataFrame) -> list[str]:
    """Return the groups that a scenario has numbers of, in the order they are shown."""
    return [ALL, *(group for group in GROUPS if (rows[GROUP] == group).any())]


def counts(scenario: Scenario) -> Count:
    """Return how many numbers there are, and how many lack what a number should have: those of the register."""
    entries = register(scenario)
    bare = sum(entry.rationale == SET_BY_HAND for entry in entries)
    return Count(
        len(entries), len(judgements(entries)), len(unsourced(entries)), len(unreasoned(entries)), set_bare=bare
    )


def count_words(count: Count) -> str:
    """Return the counts of a scenario in a sentence or two."""
    told = (
        f"**{count.numbers:,} numbers**, of which {count.judgement:,} are judgement. **{count.unsourced:,} have no "
        f"source, and {count.unreasoned:,} that no published text or sum stands behind have no reason.**"
    )
    if count.set_bare:
        were = "number was" if count.set_bare == 1 else "numbers were"
        told += f" {count.set_bare:,} {were} changed here without a reason."
    return told


def spreadsheet(rows: pd.DataFrame, scenario: Scenario) -> bytes:
    """Return the assumptions as an xlsx file, a row each below their headings; text never becomes a formula.

    What may be changed stands there a second time, so that what somebody changes can be told from what others did.
    """
    rows = rows.join(rows[list(EDITED)].add_suffix(AS_MADE))
    about = f"Assumptions of {scenario.name}, as at {scenario.as_at:%d %B %Y}. Amounts as a scenario file writes them."
    body = [[_cell(text) for text in row] for row in rows.itertuples(index=False)]
    return write_rows([[about], list(rows.columns), *body], "assumptions.xlsx")


def file_name(loaded: Loaded, ending: str) -> str:
    """Return a name for a download that no other content has, such as `made_up-assumptions-1a2b3c4d.yaml`."""
    return f"{loaded.scenario.place.id}-assumptions-{sha256(loaded.text.encode())[:8]}.{ending}"


def _cell(text: str) -> str | Decimal | None:
    """Return a plain number as one, so that a spreadsheet can add it; a rate keeps its sign and stays text."""
    if text.replace(".", "", 1).removeprefix("-").isdecimal() and text.isascii():
        return Decimal(text)
    return text or None


def _read(loaded: Loaded) -> dict[str, _Read]:
    """Return every number by its address."""
    tree, scenario = loaded.tree, loaded.scenario
    found = {}
    for entry in register(scenario):
        place = _place(tree.value, entry.address)
        held = at(tree.value, place)
        record = held if isinstance(held, dict) else {"value": held}
        low, high = (_text(record.get(end)) if "central" in record else "" for end in ("low", "high"))
        value = _text(record.get("value", record.get("central")))
        unit = str(record.get("unit") or _unit(entry, value, scenario))
        found[entry.address] = _Read(entry, low, value, high, unit, _words(tree.value, place, scenario))
    return found


def _place(value: Any, address: str) -> Address:
    """Return where in the values of a scenario a number of its register is: items by id, else by position from 1."""
    place: list[str | int] = []
    for word in address.split("."):
        step: str | int = word
        if isinstance(value, list):
            ids = [item.get("id") if isinstance(item, dict) else None for item in value]
            step = ids.index(word) if word in ids else int(word) - 1
        place.append(step)
        value = at(value, (step,))
    return tuple(place)


def _text(value: Any) -> str:
    """Return a number or rate as `--set` takes it: as a file writes it, less the quotes that only a file needs."""
    return value if isinstance(value, str) else shown(value)


def _unit(entry: Entry, text: str, scenario: Scenario) -> str:
    if entry.value.startswith("£"):
        return scenario.money if entry.value.endswith("m") else "£"
    if "%" in (text[-1:], entry.value[-1:]):
        return "%"
    field = entry.address.rpartition(".")[2]
    return next((unit for unit in ("days", "months", "years") if field.endswith(unit)), "number")


def _words(value: Any, place: Address, scenario: Scenario) -> tuple[str, str]:
    """Return what a number is of, the first part on its way that has a name, and what it is, in words."""
    of, held = "", value
    said: list[str] = []
    level = place[0] == "drivers" and at(value, place[:2]).get("kind") == "level"
    for step in place:
        held = at(held, (step,))
        name = held.get("name") if isinstance(held, dict) else None
        if isinstance(name, str):
            of, said = (of, [*said, name]) if of else (name, [])
        elif isinstance(step, int):
            said.append(_unnamed(held, step, scenario))
        else:
            said.append("rate" if level and step == "central" else _said(step))
    if not of:
        return said[0].capitalize(), ", ".join(said[1:]) or said[0]
    # The list that a named part stands in adds nothing to its name.
    told = [part for i, part in enumerate(said) if part not in _LISTS or i + 1 == len(said)]
    return of, ", ".join(told)


_LISTS = ("spending", "savings", "funding", "grants", "allocations", "income", "income, base year")


def _said(step: str) -> str:
    return FIELDS.get(str(step), str(step).replace("_", " "))


def _unnamed(held: Any, step: int, scenario: Scenario) -> str:
    """Return what a part without a name is known by: the body or driver it is about, else its place in the list."""
    about = held if isinstance(held, dict) else {}
    known = about.get("agency") or about.get("driver") or about.get("id")
    names: Iterable[Any] = (*scenario.agencies, *scenario.drivers)
    return next((one.name for one in names if one.id == known), str(known or f"number {step + 1}").replace("_", " "))


def _was(read: _Read, before: _Read | None) -> str:
    """Return what a number was, or which of its grounds changed; nothing where all is as the file has it."""
    if before is None:
        return "not there"
    if (read.low, read.value, read.high) != (before.low, before.value, before.high):
        return f"{before.value} ({before.low} to {before.high})" if before.low else before.value
    grounds = (("reason", "rationale"), ("owner", "owner"), ("source", "source"), ("grade", "grade"))
    changed = [word for word, field in grounds if getattr(read.entry, field) != getattr(before.entry, field)]
    return f"the same number; its {' and '.join(changed)} changed" if changed else ""
