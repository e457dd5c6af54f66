"""What somebody works on in the app: a scenario, overlays switched on, values set, and the way back.

All of it is frozen: a change makes a new one, so that undo, redo, snapshots and links are each a value kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from simulator.cases import Base, base, base_of, piece
from simulator.files import read_bytes, shipped, shipped_names
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded

MOST_STEPS, MOST_SNAPSHOTS, MOST_NAME = 50, 12, 80
UPLOADED, OVERLAYS = "uploaded", "scenarios/overlays"


@dataclass(frozen=True)
class Opened:
    """A scenario as somebody has it open: a shipped or named file, or a text of their own; overlays; values set.

    Beside a text `source` is what its file is called, if anything, and is never read. `sets` are (address,
    text), each address once, in the order of first setting.
    """

    source: str
    text: str = ""
    overlays: tuple[str, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()

    @property
    def settings(self) -> tuple[str, ...]:
        """Values set, as `--set` takes them."""
        return tuple(f"{address}={text}" for address, text in self.sets)

    @property
    def changed(self) -> bool:
        """Whether anything differs from the file as it stands."""
        return bool(self.overlays or self.sets)

    def with_value(self, address: str, text: str) -> Opened:
        """Return this with one value set; setting it again takes the place of what was set."""
        if any(known == address for known, _ in self.sets):
            sets = tuple((known, text if known == address else held) for known, held in self.sets)
        else:
            sets = (*self.sets, (address, text))
        return replace(self, sets=sets)

    def without(self, address: str) -> Opened:
        """Return this with one value as the file has it."""
        return replace(self, sets=tuple(one for one in self.sets if one[0] != address))

    def with_overlay(self, name: str, on: bool) -> Opened:
        """Return this with an overlay switched on or off; those on lie over the file in the order switched on."""
        rest = tuple(one for one in self.overlays if one != name)
        return replace(self, overlays=(*rest, name) if on else rest)


@dataclass(frozen=True)
class History:
    """What is open, with what was before and what was undone, the nearest last.

    `at` counts the steps of the session, back ones too, and never stops: what a control shows is of one step only.
    """

    now: Opened
    before: tuple[Opened, ...] = ()
    undone: tuple[Opened, ...] = ()
    at: int = field(default=0, compare=False)

    def do(self, opened: Opened) -> History:
        """Return the history after a change; one that changes nothing leaves it as it is."""
        if opened == self.now:
            return self
        return History(opened, (*self.before, self.now)[-MOST_STEPS:], at=self.at + 1)

    def amend(self, opened: Opened) -> History:
        """Return the history with its last step ending in `opened`, so that one step back takes back the whole."""
        return History(opened, self.before, at=self.at + 1) if self.before else self.do(opened)

    def undo(self) -> History:
        """Return the history a step back, or as it is at its beginning."""
        if not self.before:
            return self
        return History(self.before[-1], self.before[:-1], (*self.undone, self.now), self.at + 1)

    def redo(self) -> History:
        """Return the history a step forward again, or as it is where nothing was undone."""
        if not self.undone:
            return self
        return History(self.undone[-1], (*self.before, self.now), self.undone[:-1], self.at + 1)


def offered(opened: Opened, own: str) -> bool:
    """Return whether all of it comes with Headroom, is one's `own` file, or is text: what a stranger may open."""
    sources, overlays = {"", own, *shipped_names("scenarios")}, set(shipped_names(OVERLAYS))
    return opened.source in sources and overlays.issuperset(opened.overlays)


def called(source: str) -> str:
    """Return what a scenario file calls itself, such as `Blackburn with Darwen, from the 2024-25 outturn`.

    Only the line of its name is looked at, so that a list of files is quick; a file without one is called by its own.
    """
    try:
        text = read_bytes(shipped(source) or source).decode(errors="replace")
    except ScenarioError:
        text = ""
    name = re.search(r"^name: *(?:\"(.+)\"|'(.+)'|([^#\n]+?))[ \t]*(?:#.*)?$", text, re.MULTILINE)
    return next(filter(None, name.groups())) if name else PurePath(source).stem


def uploaded(data: bytes, name: str) -> Opened:
    """Return a file of somebody's own as it came, under its name; what is odd in a name does not reach a page."""
    called = re.sub(r"[^\w .-]", "_", PurePath(name).name)[:MOST_NAME]
    # No text at all would be no file of one's own, so an empty file is an empty line.
    return Opened(called, data.decode("utf-8", errors="replace") or "\n")


def ground(opened: Opened) -> Base:
    """Return the file that is open as read, ready for cases.

    Raises:
        ScenarioError: with every problem found.
    """
    return base_of(opened.text.encode(), opened.source or UPLOADED) if opened.text else base(opened.source)


def loaded(opened: Opened, on: Base | None = None) -> Loaded:
    """Return the scenario that is open with overlays and values, its text and what was changed; `on` its file, if read.

    Raises:
        ScenarioError: with every problem found.
    """
    return (on or ground(opened)).whole([piece(name) for name in opened.overlays], opened.settings)


def case(opened: Opened, on: Base) -> Scenario:
    """Return the scenario of `loaded` alone, without its text and changes: far sooner, for what follows a slider.

    Raises:
        ScenarioError: with every problem found.
    """
    return on.case([piece(name) for name in opened.overlays], opened.settings)


def fitting(on: Base) -> dict[str, str]:
    """Return the shipped overlays that can lie over a scenario, by file name, each with its name in words.

    Raises:
        ScenarioError: when the scenario itself cannot be used.
    """
    on.case()
    found: dict[str, str] = {}
    for name in shipped_names(OVERLAYS):
        laid = piece(name)
        try:
            on.case([laid])
        except ScenarioError:
            continue
        found[name] = laid.line.rpartition(" (")[0] or laid.line
    return found
