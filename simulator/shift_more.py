"""What would allow more of a shift, and a choice among its programmes, ready to show: sections, tables and files.

Sentences and tables are those of the page that `headroom shift` writes. A report holds every path; what is kept here
is text and files, so that many can be at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator import shift_details
from simulator.blocks import Sample
from simulator.evidence import Chosen, pages
from simulator.markdown_parts import Part, parts, sections
from simulator.place_portfolio import Ground
from simulator.portfolio_page import portfolio_section
from simulator.portfolio_report import portfolio_report
from simulator.portfolio_tables import tables
from simulator.scenario import Scenario
from simulator.shift_page import shift, title
from simulator.shift_pictures import shift_pictures
from simulator.shift_report import Brief, ShiftReport
from simulator.shift_shown import about, subject
from simulator.shift_tables import shift_tables
from simulator.workbooks import workbook

MORE = "What would allow more"
WANTED = (
    MORE, "What judgement moves", "The same shift under each way of paying providers", "The programmes", "Staff",
    "Room in one year",
)  # fmt: skip
"""Sections of the page of a shift that stand behind its answer, in the order in which they are shown."""
PART = {"What judgement moves": "judgement"}
"""What a section is called among the parts of a page that begin open."""
HTML, XLSX = "text/html", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Shown:
    """Sections by title, each as parts to show, with what they rest on; files by name, each with its kind."""

    about: str
    lead: str
    sections: dict[str, list[Part]]
    files: dict[str, tuple[bytes, str]]


def more_shown(report: ShiftReport) -> Shown:
    """Return what would allow more, what judgement moves, and the rest of the page behind the answer."""
    pictures = shift_pictures(report.after, report.before, report.gathered, subject(report))
    found = sections(shift(report))
    whole = pages("shift", title(report), shift(report, pictures), pictures)
    book = workbook(shift_tables(report), [title(report), about(report)])
    return Shown(
        about(report),
        next(shift_details.best(report), "No arrangement that was tried would allow more than next to nothing."),
        {name: parts(found[name]) for name in WANTED if name in found},
        {"shift.html": (whole["shift.html"], HTML), "shift-tables.xlsx": (book, XLSX)},
    )


def chosen(found: Brief, sample: Sample) -> Chosen:
    """Return a choice among the programmes within what each body can bear, in short and whole, with its tables.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    stated = found.scenario.prevention
    assert stated is not None
    report = portfolio_report(Ground(found.compiled, found.terms, stated, sample), found.after.allowed)
    short, whole = (
        portfolio_section(report, found.names, short, found.headroom).rstrip("\n") for short in (True, False)
    )
    return Chosen(short, whole, tables(report))


def choice_shown(scenario: Scenario, made: Chosen) -> Shown:
    """Return a choice among the programmes as it is shown, its answer first."""
    found = sections(made.section)
    book = workbook(made.tables, [f"A choice among the programmes: {scenario.place.name}"])
    return Shown("", "", {name: parts(text) for name, text in found.items()}, {"portfolio-tables.xlsx": (book, XLSX)})
