"""YAML as scenario files may use it: plain values, each with its line and column, and nothing clever.

The text goes once through a parser's events, never through a loader: loaders follow aliases and merge
keys without end, keep the last of two equal names and turn `010` into 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from simulator.problems import Problem, ScenarioError
from simulator.yaml_values import HIDDEN, BadScalarError, Scalar, hidden_rule, scalar, write_scalar

Address = tuple[str | int, ...]

NODES, DEPTH, KEY, ENOUGH, SEVERAL = 500_000, 20, 200, 1_000, 5
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_UTF16 = b"\xff\xfe", b"\xfe\xff"
_NEVER_TYPED = re.compile(rb"[\0-\x08\x0e-\x1f]")
_BREAK = re.compile(r"\r\n|\r|\n")
_SYNTAX = (
    ("'\\t'", "lines are indented with spaces, not tabs", "replace the tab by spaces"),
    ("cannot start any token", "text that begins with this sign needs quotes", "put quotes round the text"),
    ("mapping values are not allowed", "a line holds one `name: value`", "put quotes round such text, or indent"),
    ("expected ':'", "a name is followed by a colon and a space", "add the colon, or check the indentation"),
    ("escape", "in double quotes a backslash has a meaning of its own", "use single quotes, or double the backslash"),
    ("end of stream", "a quote or bracket that opens must close", "close it"),
    ("expected ','", "items in brackets are separated by commas, and brackets close", "add the comma or the bracket"),
    ("'-' indicator", "every item of a list begins with a dash in the same column", "add the dash, or indent"),
    ("expected key", "lines of one group begin in the same column", "check the indentation, quotes and brackets here"),
    ("alphabetic or numeric", "text that begins with & or * needs quotes", "put quotes round the text"),
)  # fmt: skip


class Mark(NamedTuple):
    """Where something stands: a file, a line and a column, both counted from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True)
class Tree:
    """A value as read, with the mark of every value and of every key, both by address."""

    value: Any
    marks: dict[Address, Mark]
    keys: dict[Address, Mark]

    def where(self, address: Address) -> Mark:
        """Return the mark of a value, or the key that opens a group; of the nearest group if there is none."""
        while address and address not in self.marks:
            address = address[:-1]
        if isinstance(at(self.value, address), dict | list):
            return self.keys.get(address, self.marks[address])
        return self.marks[address]

    def problem(self, address: Address, rule: str, remedy: str, mends: str = "") -> Problem:
        """Return a problem with the value at `address`, which `mends` in its place may put right."""
        value = at(self.value, address)
        return Problem(*self.where(address), dotted(self.value, address), shown(value), rule, remedy, mends)


def at(value: Any, address: Address) -> Any:
    """Return what stands at `address`, or None."""
    for step in address:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def names(value: Any, address: Address) -> Iterator[str]:
    """Yield each step of an address as people write it: list items by id, else by position from 1."""
    for step in address:
        value = at(value, (step,))
        named = value.get("id") if isinstance(value, dict) and isinstance(step, int) else None
        yield named if isinstance(named, str) else str(step + 1 if isinstance(step, int) else step)


def dotted(value: Any, address: Address) -> str:
    """Return the address of a field in words, such as `agencies.council.reserves.minimum`."""
    return ".".join(names(value, address))


def shown(value: Any) -> str:
    """Return a value as a file would write it, shortened to 60 characters; nothing for a group."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = write_scalar(value)
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass
class _Group:
    address: Address
    held: dict[str, Any] | list[Any]
    key: str | None = None


class _StopError(Exception):
    """Reading on is of no use; the problems say why."""


@dataclass
class _Builder:
    """Takes events one by one and keeps the value, the marks and every problem met."""

    file: str
    value: Any = None
    marks: dict[Address, Mark] = field(default_factory=dict)
    keys: dict[Address, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    documents: int = 0
    nodes: int = 0

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            self.groups.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if event.version or event.tags:
            self._refuse(event, "a file has no lines that begin with %", "take the line out", "%")
        if self.documents > 1:
            self._stop(event, "a file holds one document", "take out the line `---` and what follows it")

    def _node(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > NODES:
            self._stop(event, f"a file holds at most {NODES:,} values", "split it, or take values out")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            rule = "a file has no anchors or aliases (& and *)"
            self._refuse(event, rule, "write the value out; put quotes round text", sign + str(event.anchor))
        elif event.tag is not None:
            self._refuse(event, "a file has no tags (!)", "take it out; put quotes round text", str(event.tag))
        group = self.groups[-1] if self.groups else None
        if group and isinstance(group.held, dict) and group.key is None:
            self._key(event, group)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        else:
            self._put(event, self._scalar(event))

    def _key(self, event: Any, group: _Group) -> None:
        plain = isinstance(event, yaml.ScalarEvent) and event.style not in ("|", ">")
        if not plain or not 0 < len(event.value) <= KEY or HIDDEN.search(event.value):
            rule = f"a name before a colon is plain text of at most {KEY} characters"
            self._stop(event, rule, "write `name: value`")
        if event.value == "<<" and event.implicit[0]:
            self._refuse(event, "a file has no merge keys (<<)", "write the values out, or use `extends`", "<<")
        address = (*group.address, event.value)
        if address in self.keys:
            both = f"lines {self.keys[address].line} and {event.start_mark.line + 1}"
            rule = f"a name stands once in its group; `{event.value}` stands in {both}"
            self._refuse(event, rule, "keep one of the two", event.value)
        self.keys[address] = self._mark(event)
        group.key = event.value

    def _scalar(self, event: Any) -> Scalar:
        text = getattr(event, "value", None)
        if text is None:
            return None
        if hidden := HIDDEN.search(text):
            self._refuse(event, hidden_rule(hidden[0]), "take it out", "")
        if not event.implicit[0]:
            return str(text)
        try:
            return scalar(text)
        except BadScalarError as bad:
            self._refuse(event, bad.rule, bad.remedy, text)
            return str(text)

    def _open(self, event: Any) -> None:
        held: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if len(self.groups) >= DEPTH:
            self._stop(event, f"groups stand at most {DEPTH} deep", "take out brackets, dashes or indentation")
        self.groups.append(_Group(self._put(event, held), held))

    def _put(self, event: Any, value: Any) -> Address:
        address = self._here()
        self.marks[address] = self._mark(event)
        if not self.groups:
            self.value = value
            return address
        group = self.groups[-1]
        if isinstance(group.held, list):
            group.held.append(value)
        elif group.key is not None:
            group.held[group.key], group.key = value, None
        return address

    def _here(self) -> Address:
        if not self.groups:
            return ()
        group = self.groups[-1]
        if isinstance(group.held, list):
            return (*group.address, len(group.held))
        return group.address if group.key is None else (*group.address, group.key)

    def _mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: Any, rule: str, remedy: str, found: str) -> None:
        where = dotted(self.value, self._here())
        found = found if len(found) <= 60 else found[:57] + "..."
        self.problems.append(Problem(*self._mark(event), where, found, rule, remedy))
        if len(self.problems) >= ENOUGH:
            raise _StopError

    def _stop(self, event: Any, rule: str, remedy: str) -> None:
        self._refuse(event, rule, remedy, "")
        raise _StopError


def parse(data: bytes, file: str) -> Tree:
    """Return the tree that the bytes of `file` hold.

    Raises:
        ScenarioError: with every problem met, when it is not the YAML that a scenario may use.
    """
    text = _text(data, file)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=PARSER):
            builder.take(event)
        if not builder.documents:
            builder.problems.append(Problem(file, 1, 1, "", "", "a file holds named values", "see `headroom new`"))
    except _StopError:
        pass
    except (yaml.YAMLError, ValueError) as error:
        builder.problems.append(_syntax(error, file, text))
    if builder.problems:
        raise ScenarioError(tuple(builder.problems))
    return Tree(builder.value, builder.marks, builder.keys)


def _text(data: bytes, file: str) -> str:
    if not data.startswith(_UTF16) and len(_NEVER_TYPED.findall(data)) >= SEVERAL:
        remedy = "give the scenario file, as `headroom new` writes one; a spreadsheet, a picture or a zip is none"
        raise ScenarioError((Problem(file, 1, 1, "", "", "this is not a text file", remedy),))
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        rule, remedy = "a file is saved as UTF-8 text", "save it again, choosing UTF-8"
        raise ScenarioError((Problem(*_place(before, file), "", "", rule, remedy),)) from None
    found = [
        Problem(*_place(text[: hit.start()], file), "", "", hidden_rule(hit[0]), "take it out")
        for hit, _ in zip(HIDDEN.finditer(text), range(20), strict=False)
    ]
    if found:
        raise ScenarioError(tuple(found))
    return text


def _place(before: str, file: str) -> Mark:
    lines = _BREAK.split(before)
    return Mark(file, len(lines), len(lines[-1]) + 1)


def _syntax(error: Exception, file: str, text: str) -> Problem:
    words = str(getattr(error, "problem", None) or "")
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    # What never closes is noticed at its end; its writer looks for the beginning.
    opened = any(sign in words for sign in ("end of stream", "expected ','", "expected ':'"))
    mark = next((mark for mark in (reversed(marks) if opened else marks) if mark), None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = _BREAK.split(text)
    found = lines[min(line, len(lines) - 1)].strip()[:60]
    tab = "'\\t'" if "\t" in lines[min(line, len(lines) - 1)][: column + 1] else ""
    rule, remedy = next(
        ((rule, remedy) for sign, rule, remedy in _SYNTAX if sign in tab + words),
        ("the layout of the file cannot be followed from here", "check indentation, quotes, brackets and colons"),
    )
    return Problem(file, line + 1, column + 1, "", found, rule, remedy)
