"""Where the numbers come from, for a reader of the app: sources, method, access, and how to run it again."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import pandas as pd

from simulator import __version__
from simulator.assumption_tables import ADDRESS, ITEM, OF, OWNER, REASON, SOURCE, UNIT, VALUE, WAS
from simulator.assumptions import GRADES
from simulator.digest import meaning
from simulator.evidence_words import as_at
from simulator.files import PACKAGE, is_file, read_bytes
from simulator.place_words import escaped
from simulator.provenance import checkout, code_sha256
from simulator.register import register, unsourced
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded

METHOD = "docs/method.md"
WHERE = (
    f"The whole method, with every formula, is `{METHOD}` in the source of Headroom. An installed copy holds the code "
    "and the scenarios but not that file; where the file is at hand, its chapters can be read here."
)
CHAPTERS = (
    ("From file to arrays", "How a file is read, checked whole and made ready."),
    ("Luck", "How futures are drawn so that the same seed always gives the same ones, whatever else changes."),
    ("Drivers", "How prices, pay and demand move, and how they move together."),
    ("Position", "What a year costs and brings before anybody acts."),
    ("The year, in eight steps", "In which order tax, savings, payments and reserves come in every year."),
    ("Bodies, each by its own regime", "Which duty councils, NHS bodies, police, fire and charities have."),
    ("Agreements", "How bodies pay one another under contracts and pooled funds, to the penny."),
    ("Tables and errors", "How chances and averages are counted, with their sampling error."),
    ("Defaults against data", "How shipped ranges stand against what councils really met."),
    ("Limits", "What is not validated, and what rests on judgement."),
    ("Evidence for a statement", "How tests of a finance officer's statement on a budget are made."),
    ("Money into prevention", "How a programme costs, what it spares, and what of that is cash."),
    ("Pathway", "How people wait and move through hospital and care at home."),
    ("A shift, worked by hand", "One example, reckoned line by line."),
    ("Headroom", "How the greatest safe sum is found."),
    ("Who pays, who gains, and what would allow more", "How gains are shared, and what arrangements are worth."),
    ("Studies by design", "How many runs are planned and read together."),
)
"""Chapters of the method in order, each with what it is about."""
TESTED = (
    "Tests in a real browser (Chromium) look at every page with every part of it open, in light and in dark, and in "
    "light at each tab: axe-core, which looks for faults of access that a machine can find, must report none that is "
    "serious or critical.",
    "They look at every page on a screen 390 pixels wide: nothing but a wide table or figure, within itself, may "
    "scroll sideways.",
    "They go by keyboard alone to what matters most, open a table, move a slider and undo a change.",
    "Names that hold markup, links or scripts are shown as the text that they are.",
)
MADE = (
    "Every chart has its finding in words above it, a description for screen readers, how to read it, and its data as "
    "a table to read and to download.",
    "Pages have a palette for light and one for dark, and follow what the system or the browser asks for.",
    "Charts are drawn so that colour alone tells nothing: lines differ in pattern or weight, cells hold their number.",
    "Every control has a name in words and a help text, and is a standard one of the browser or the framework.",
)
NOT_JUDGED = (
    "No reader who uses a screen reader, a magnifier or speech has tried these pages, and nobody independent has "
    "audited them, so no level of conformance is claimed.",
    "The two longest tables, the assumption log and the register, are grids that the framework paints: a screen reader "
    "has less of them than of other tables. Each can be searched or taken away as a file.",
    "Not every control of every page is gone to by keyboard in a test.",
    "Other browsers than Chromium are not tried by any test.",
    "Whether sentences are plain enough, and whether descriptions of charts say what is needed, no machine can judge.",
    "Points of a chart show their amounts to a pointer only; the data below a chart has the same amounts.",
    "Changing assumptions is made for a wide screen; on a phone it works, but its table scrolls within itself.",
    "The framework (Streamlit) draws menus and tables; faults of its own are not ours to mend.",
)
ACCESS = {
    "What tests look at": TESTED,
    "How pages are made": MADE,
    "What is not tested, or no test can judge": NOT_JUDGED,
}
"""The accessibility statement, by heading."""

KEYS = (
    ("Ctrl+Alt+Z", "Undo: one change of the scenario back (Cmd+Option+Z on a Mac); Ctrl+Z takes back what is typed"),
    ("Ctrl+Alt+Y", "Redo: one change of the scenario forward again"),
    ("Tab, Shift+Tab", "To the next control, and to the one before"),
    ("Arrow keys", "Move a slider, go through tabs, choices and a list that is open"),
    ("Home, End", "A slider to its least and its most"),
    ("Enter or Space", "Press a button, switch a toggle, open a part that is shut"),
    ("Escape", "Close what lies over the page: a list, a menu, a figure on the whole screen"),
    ("Ctrl+P", "Print the page as it stands; the decision page alone prints best from its own file"),
)
"""What can be done from the keyboard, by the keys."""
LOGGED = (OF, ITEM, WAS, VALUE, UNIT, REASON, OWNER, SOURCE, ADDRESS)
"""What is told of a number that was changed, in the order of reading."""


class Counted(NamedTuple):
    """How many numbers a scenario has, and how many of each grade, in a sentence."""

    words: str
    table: pd.DataFrame


def sources(scenario: Scenario) -> Counted:
    """Return the sources of a scenario, those that most numbers rest on first, and how many numbers there are."""
    entries = register(scenario)
    resting = Counter(entry.source for entry in entries if entry.source)
    rows = [
        (escaped(one.title), escaped(one.publisher or "not stated"), str(one.date or "not stated"),
         f"{one.grade}: {GRADES[one.grade]}", resting[name], escaped(name))
        for name, one in scenario.sources.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row[4], row[0]))
    columns = ["Source", "Publisher", "Date", "Grade", "Numbers that rest on it", "Its id in the file"]
    grades = Counter(entry.grade for entry in entries)
    told = ", ".join(f"{grades[grade]:,} {words}" for grade, words in GRADES.items() if grades[grade])
    without = len(unsourced(entries))
    lacking = f"{without:,} without a source" if without else "every one with a source"
    graded = f" By grade: {told}." if told else ""
    words = (
        f"This scenario holds {len(entries):,} numbers as at {as_at(scenario)}, {lacking}.{graded} A number may have a "
        "grade of its own in place of its source's."
    )
    return Counted(words, pd.DataFrame(rows, columns=columns))


def chapter(number: int) -> str:
    """Return a chapter of the method as Markdown without its heading; nothing in a copy that comes without the file."""
    path = PACKAGE.parent / METHOD
    if not is_file(path):
        return ""
    parts = re.split(r"^## [0-9]+\. .*$", read_bytes(path).decode(), flags=re.MULTILINE)
    return parts[number].strip()


def chapters() -> pd.DataFrame:
    """Return the contents of the method as a table."""
    rows = [(number, title, about) for number, (title, about) in enumerate(CHAPTERS, 1)]
    return pd.DataFrame(rows, columns=["Chapter", "Title", "What it says"])


def python_lines(source: str, overlays: tuple[str, ...], sets: tuple[str, ...], paths: int, seed: int) -> str:
    """Return the lines of Python that give the same tables."""
    more = "".join(f", {name}={list(held)!r}" for name, held in (("overlays", overlays), ("sets", sets)) if held)
    return (
        "from simulator import simulate\n"
        "from simulator.scenario_file import load\n\n"
        f"scenario = load({source!r}{more}).scenario\n"
        f"results = simulate(scenario, paths={paths}, seed={seed})\n"
        "print(results.chances)"
    )


def record(loaded: Loaded, seed: int) -> pd.DataFrame:
    """Return what an answer comes from: version, code, seed and the meaning of the scenario, as digests."""
    rows = [
        ("Version of Headroom", __version__),
        ("Code, SHA-256 of every file of it", code_sha256()),
        ("Commit", checkout().id or checkout().words),
        ("Seed of the futures", str(seed)),
        ("What the scenario says, SHA-256", meaning(loaded.scenario)),
    ]
    return pd.DataFrame(rows, columns=["What", "Value"])


def files(loaded: Loaded) -> pd.DataFrame:
    """Return every file that the scenario was read from with its SHA-256, names as they are."""
    return pd.DataFrame(list(loaded.files), columns=["File", "SHA-256"])


def lines(table: pd.DataFrame) -> str:
    """Return a table of two columns as lines to copy, `what: value`; a digest in a cell would scroll within it."""
    return "\n".join(f"{what}: {value}" for what, value in table.itertuples(index=False))
