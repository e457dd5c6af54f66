"""One body's evidence as a page of the app shows it: every frame, sentence and file made once, its paths let go.

Pages and tables are those that `headroom section25` writes. A statement holds every path of its body; what is kept
here is its files and a few tables, so that many can be at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan
from shlex import quote

import pandas as pd

from simulator.assumptions import GRADES
from simulator.checklist import Check, checklist
from simulator.decision_page import decision
from simulator.downloads import zipped
from simulator.evidence import Asked, closed, section25_asked, section25_files
from simulator.evidence_headers import headed
from simulator.evidence_pictures import confidence_frame, confidence_words
from simulator.evidence_tests.reserves import CONFIDENCES
from simulator.evidence_words import as_at, bounds, graded, limbs, measured, percent
from simulator.examination import Examination
from simulator.money import in_millions
from simulator.place_words import drawn, escaped, options
from simulator.plain_english import Words, share_interval
from simulator.provenance import Origin
from simulator.register_effects import register_table
from simulator.scenario import Scenario
from simulator.scrutiny import Question, entries_of, questions
from simulator.section25 import whose
from simulator.workbooks import workbook

LEAST_TARGET, USUAL_TARGET, MOST_TARGET = CONFIDENCES[0], 90, CONFIDENCES[-1]
"""The confidences that may be asked for, in 100 futures, and the one asked for at first: a judgement."""
EFFECTS = {
    "Coming back in-year, points: at its low end": "comes_back_low",
    "Coming back in-year, points: at its high end": "comes_back_high",
    "Below minimum by the plan's end, points: at its low end": "below_minimum_low",
    "Below minimum by the plan's end, points: at its high end": "below_minimum_high",
}
"""What each assumption does, by the column of the register that tells it; the ends are those of `register_effects`."""
WORKBOOK = "tables.xlsx"
READING = "Money is in pounds of the year, unless a heading or a row says otherwise; a share of futures is from 0 to 1."
HOLDS = (
    ("decision", "The decision page, to print or to edit"),
    ("annex", "Every test, condition and table behind it, with its pictures"),
    ("tables/", "The tables, each a file"),
    ("charts/", "The pictures, each to scale and as an image"),
    ("scenario.yaml", "The scenario in full, to run again"),
    ("evidence.json", "The record: version, code, seed, digests of every file"),
    ("manifest-sha256.txt", "The list of files, by which `headroom verify` knows the pack again"),
)
"""What a pack holds, by how the names of its files begin."""


@dataclass(frozen=True)
class Curve:
    """What each confidence needs of usable reserves: as drawn, in £m, with its words and what is held."""

    frame: pd.DataFrame
    words: Words
    table: pd.DataFrame
    opens: str

    @property
    def held(self) -> float:
        """What is held as the budget year opens in the central case, in £m."""
        return float(self.table[self.table.basis == "held"].iloc[0].reserve) / 1e6

    def at(self, target: int) -> pd.Series:
        """Return the row of a confidence, `target` in 100 futures."""
        row: pd.Series = self.frame[(100 * self.frame.Confidence).round() == target].iloc[0]
        return row


@dataclass(frozen=True)
class StatementShown:
    """The evidence for one body, ready to show; `curve` is nothing for a body that holds no reserves.

    `decision` is Markdown with its headings two levels down, for a page that has its own. `files` are those of the
    pack by name but for the scenario and the record, which come with `pack`; `workbook` has every table, and `asked` is
    what they answer.
    """

    agency: str
    name: str
    about: str
    whose: str
    decision: str
    tests: pd.DataFrame
    register: pd.DataFrame
    curve: Curve | None
    questions: tuple[Question, ...]
    checks: tuple[Check, ...]
    files: dict[str, bytes]
    workbook: bytes
    asked: Asked

    @property
    def named(self) -> str:
        """What the folder of the pack is called."""
        return f"{self.agency}-evidence"

    def pack(self, origin: Origin) -> bytes:
        """Return the folder that `headroom section25 --out` writes, as a zip file; `origin` is of the same scenario."""
        return zipped(closed(self.files, self.asked, origin), self.named)

    def contents(self) -> pd.DataFrame:
        """Return what the pack holds, a row a kind of file: Files, What they are, how many, their size in KB."""
        rows = []
        for begins, words in HOLDS:
            held = [len(data) for name, data in self.files.items() if name.startswith(begins)]
            rows.append((begins, words, len(held) or 1, f"{sum(held) / 1000:,.0f}" if held else "made with the pack"))
        return pd.DataFrame(rows, columns=["Files", "What they are", "How many", "KB"])


def statement_shown(done: Examination) -> StatementShown:
    """Return one body's evidence as it is shown, pages as files with their pictures and tables as one spreadsheet."""
    view, name = done.view, done.view.body.name
    about, owner = _about(done), whose(view.body)
    lines = [f"{name}: evidence for {view.budget_year}", about, owner, READING]
    needed = done.reserves["confidence"]
    curve = None
    if len(needed):
        curve = Curve(confidence_frame(needed), confidence_words(view, needed), needed, view.budget_year)
    return StatementShown(
        agency=view.body.id,
        name=name,
        about=about,
        whose=owner,
        decision=_drawn(decision(done)),
        tests=_tests(done),
        register=_register(view.scenario, done),
        curve=curve,
        questions=questions(done),
        checks=checklist(done, entries_of(done)),
        files=section25_files(done),
        workbook=workbook(headed(done.tables()), lines),
        asked=section25_asked(done),
    )


def _drawn(page: str) -> str:
    """Return a page safe from what Streamlit alone draws, its headings two levels down; rules of tables stay."""
    lowered = re.sub(r"^#", "###", page, flags=re.MULTILINE)
    return "\n".join(line if line.startswith("| ---") else drawn(line) for line in lowered.splitlines())


def _about(done: Examination) -> str:
    view = done.view
    return (
        f"{view.body.name}, on the plan as approved, {view.budget_year} to {view.years[view.end]}; as at "
        f"{as_at(view.scenario)}, {view.count:,} futures, seed {done.seed}."
    )


def _tests(done: Examination) -> pd.DataFrame:
    """Return the tests as the annex tells them, a row each, those that decide a limb first within it, safe to draw."""
    rows = [
        {
            "Test": f"{one.id} {one.name}{' (mandatory)' if one.mandatory else ''}",
            "Limb": limbs(done.view.body)[one.limb],
            "Horizon": one.horizon,
            "Number (95% interval)": measured(one),
            "Draft grade": "told, not graded" if one.informs else graded(one),
            "Bounds": bounds(one.bounds, one.unit),
            "What to know": one.reason.replace("`", ""),
        }
        for one in sorted(done.found, key=lambda one: (one.limb, not one.mandatory))
    ]
    return pd.DataFrame(rows).map(escaped)


def _register(scenario: Scenario, done: Examination) -> pd.DataFrame:
    """Return the register in plain columns, other bodies' own numbers left out; effects in points of 100 futures."""
    table, body = register_table(scenario, done.effects), done.view.body
    others = tuple(f"agencies.{one.id}." for one in scenario.bodies if one.id != body.id)
    table = table[~table.address.str.startswith(others)] if others else table
    # What a body itself holds has the body's name; its own is its field.
    fields = table.address.str.split(".", n=2).str[-1].str.replace("_", " ").str.replace(".", ", ")
    words = {
        "Item": table["name"].where(table["name"] != body.name, fields), "Value": table.value, "Low": table.low,
        "High": table.high, "Grade": table.grade.map(lambda grade: GRADES.get(grade, "no grade")),
        "Source": table.source, "Owner": table.owner, "Agreed by": table.agreed_by, "Reason": table.rationale,
    }  # fmt: skip
    shown = pd.DataFrame(words).fillna("")
    if done.effects:
        for name, column in EFFECTS.items():
            shown[name] = (100 * table[column]).round(1)
    return shown.assign(Address=table.address).reset_index(drop=True)


def target_words(curve: Curve, target: int) -> str:
    """Return what a confidence needs beside what is held, with its interval, as Markdown without names."""
    row = curve.at(target)
    sure = "" if isnan(row.Low) else f" ({in_millions(1e6 * row.Low)} to {in_millions(1e6 * row.High)})"
    more = 1e6 * (row.Needed - curve.held)
    held = in_millions(1e6 * curve.held)
    beside = f"{in_millions(abs(more))} {'more' if more > 0 else 'less'} than the {held} held"
    return (
        f"To leave no year unfunded in **{target} of 100 futures** takes **{in_millions(1e6 * row.Needed)}**{sure} of "
        f"usable reserves as {curve.opens} opens: {beside} in the central case. {_held_words(curve)}"
    )


def _held_words(curve: Curve) -> str:
    row = curve.table[curve.table.basis == "held"].iloc[0]
    ends = share_interval(row.confidence_low95, row.confidence_high95)
    return f"What is held suffices in {percent(row.confidence)} of futures ({ends})."


def curve_table(curve: Curve) -> pd.DataFrame:
    """Return the data behind the curve in plain columns, in £m."""
    return pd.DataFrame({
        "Confidence, in 100 futures": (100 * curve.frame.Confidence).round().astype(int),
        "Usable reserve needed, £m": curve.frame.Needed.round(3), "Low (95%), £m": curve.frame.Low.round(3),
        "High (95%), £m": curve.frame.High.round(3), "Held, £m": round(curve.held, 3),
    })  # fmt: skip


def command(path: str, overlays: tuple[str, ...], sets: tuple[str, ...], agency: str, paths: int) -> str:
    """Return the command that gives the same evidence."""
    said = options(overlays, sets)
    asked = [f"--agency {agency}", f"--paths {paths}", *said, "--out out/evidence"]
    return f"headroom section25 {quote(path)} {' '.join(asked)}"
