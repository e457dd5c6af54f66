"""Tables as people keep them: rows of cells from and to the bytes of an xlsx or csv file, guarded.

A spreadsheet can be a bomb: sizes are read from the archive before anything is unpacked, and rows and columns are
capped. Formulas are never run; the value that the spreadsheet last stored is read.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import openpyxl
from openpyxl.utils import get_column_letter
from pydantic import TypeAdapter, ValidationError

from simulator.problems import Problem, ScenarioError

MOST_ROWS, MOST_COLUMNS, MOST_EMPTY = 2_000, 60, 1_024
MOST_BYTES, MOST_RATIO, MOST_MEMBERS = 50 * 1024 * 1024, 100, 200
MOST_MARKS, MOST_OTHER_MARKS = 1_000_000, 50_000
SHEET, NOTE = "plan", "note"
_ARCHIVE = b"PK\x03\x04"
_BRACKETS = re.compile(r"£? ?\( ?(.+?) ?\)")
_AMOUNT = re.compile(
    r"([-−]?) ?£? ?([-−]?) ?((?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,24})?|\.[0-9]{1,24})"
)
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,20})?) ?%")
_TABLES = ("xl/worksheets/", "xl/sharedStrings.xml")
_RUN = "=+-@\t\r"


class Cell(NamedTuple):
    """One cell: its text, runs of spaces made one, or exact number, nothing if empty; `place` is empty in a csv."""

    value: str | Decimal | None
    row: int
    column: int
    place: str

    @property
    def text(self) -> str:
        """What it says, nothing if it is empty."""
        return "" if self.value is None else str(self.value)


Rows = list[list[Cell]]


class Table:
    """Headings of two cells above a table that begins with the row whose first cell is `first`; keeps problems."""

    def __init__(self, rows: Rows, name: str, first: str) -> None:
        self.rows, self.name = rows, name
        self.problems: list[Problem] = []
        self.start = next((i for i, row in enumerate(rows) if row and row[0].value == first), len(rows))
        self.head = rows[self.start] if self.start < len(rows) else []
        self.titles = {cell.column: cell.text for cell in self.head}
        self.heading = dict[str, Cell]()

    def problem(self, cell: Cell, rule: str, remedy: str) -> None:
        """Keep one problem of a cell; where cells have no places, its heading or its column's title tells it."""
        if cell.text.startswith("="):
            rule = "this formula has no stored result"
            remedy = "open the file in a spreadsheet and save it, or write the result in its place"
        above = next((name for name, held in self.heading.items() if held is cell), "")
        where = cell.place or above or self.titles.get(cell.column) or f"column {cell.column}"
        self.problems.append(Problem(self.name, cell.row, cell.column, where, cell.text[:60], rule, remedy))

    def read_heading(self, known: Sequence[str]) -> None:
        """Keep the second cell of each row above the table by its first; a slip in a name must not go unseen."""
        for r, row in enumerate(self.rows[: self.start], 1):
            name = row[0].text if row else ""
            second = row[1] if len(row) > 1 else Cell(None, row[0].row if row else r, 2, "")
            if name in self.heading:
                self.problem(row[0], f"a heading stands once; `{name}` stands twice", "take one of the two out")
            elif name in known:
                self.heading[name] = second
            elif second.value is not None and name != NOTE:
                rule = f"a heading is one of: {', '.join(known)}, {NOTE}"
                self.problem(row[0], rule, f"correct its name, or put the remark in a row named {NOTE}")

    def headed(self, key: str) -> Cell:
        """Return the cell of a heading, an empty one if it is missing."""
        return self.heading.get(key, Cell(None, 1, 2, f"heading `{key}`"))

    def chosen(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """Return a heading that is one of a few words in any capitals, `default` if empty, or keep a problem."""
        cell = self.headed(key)
        if default and cell.value is None:
            return default
        meant = {word.lower(): word for word in allowed}.get(cell.text.lower(), "")
        if not meant:
            rule = f"`{key}` is one of: {', '.join(allowed)}"
            self.problem(cell, rule, f"write one of them in the cell beside `{key}`")
        return meant

    def begins(self, columns: Sequence[str], remedy: str) -> bool:
        """Return whether the table's first columns are those named, or keep a problem."""
        found = [cell.value for cell in self.head[: len(columns)]] == list(columns)
        if not found:
            first = self.head[0] if self.head else Cell(None, 1, 1, "the first column")
            self.problem(first, f"the table begins with a row whose first cells are: {', '.join(columns)}", remedy)
        return found


def read_rows(data: bytes, name: str) -> Rows:
    """Return the cells of an xlsx file (its sheet `plan`, else its first) or of a csv file, row by row.

    Raises:
        ScenarioError: when the file is not what its name says, is too large, or cannot be read.
    """
    wanted = kind(name)
    if (data[:4] == _ARCHIVE) != (wanted == "xlsx"):
        found = "a spreadsheet" if data[:4] == _ARCHIVE else "no spreadsheet"
        raise refused(
            name, f"the name ends in .{wanted}, but the file is {found}", "save it again in the form you name"
        )
    return _xlsx(data, name) if wanted == "xlsx" else _csv(data, name)


def kind(name: str) -> str:
    """Return `xlsx` or `csv` by the end of a file's name.

    Raises:
        ScenarioError: for any other.
    """
    ending = name.lower().rpartition(".")[2]
    if ending not in ("xlsx", "csv"):
        raise refused(name, "a plan is an .xlsx or a .csv file", "save it as one of the two")
    return ending


def refused(name: str, rule: str, remedy: str) -> ScenarioError:
    """Return the error of a whole file."""
    return ScenarioError((Problem(name, 0, 0, "", "", rule, remedy),))


def _xlsx(data: bytes, name: str) -> Rows:
    if not openpyxl.DEFUSEDXML:
        raise refused(name, "spreadsheets are read only where defusedxml is at work", "install it, or give a .csv file")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _guard(archive.infolist(), name)
            _guard_marks(archive, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(_sheet(data, name))
    except ScenarioError:
        raise
    except Exception as error:
        # Whatever a broken archive or sheet makes the library raise, the file is at fault.
        reason = f"this spreadsheet cannot be read ({type(error).__name__})"
        raise refused(name, reason, "open it, save it again as .xlsx, or save it as .csv") from None


def _sheet(data: bytes, name: str) -> Iterator[list[Cell]]:
    """Yield rows of the sheet, read twice side by side: the results that are stored, and the formulas behind them."""
    results, formulas = (openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=d) for d in (True, False))
    title = SHEET if SHEET in results.sheetnames else results.sheetnames[0]
    both = [book[title].iter_rows(max_row=MOST_ROWS + 1) for book in (results, formulas)]
    for r, (row, behind) in enumerate(zip(*both, strict=True), 1):
        held = [_held(cell, other.value) for cell, other in zip(row, behind, strict=True)]
        while len(held) > MOST_COLUMNS and held[-1] is None:
            held.pop()
        _too_large(r, len(held) if len(row) <= MOST_EMPTY else len(row), name)
        yield [Cell(value, r, c, f"{get_column_letter(c)}{r}") for c, value in enumerate(held, 1)]


def _held(cell: Any, behind: Any) -> str | Decimal | None:
    """Return what a cell holds: a percentage as text with its sign, a formula without a result as the formula."""
    value = cell.value
    if value is None:
        shown = str(getattr(behind, "text", behind))
        return None if behind is None else shown if shown.startswith("=") else f"={shown}"
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        number = Decimal(str(value))
        return f"{(number * 100).normalize():f}%" if "%" in (cell.number_format or "") else number
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    return _tidy(str(value))


def _tidy(text: str) -> str | None:
    return " ".join(text.split()) or None


def _guard(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse an archive whose declared sizes tell of a bomb, before anything is unpacked."""
    remedy = "save only the table of the plan in a new file"
    if len(members) > MOST_MEMBERS:
        raise refused(name, f"a spreadsheet holds at most {MOST_MEMBERS} parts", remedy)
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise refused(name, f"a spreadsheet unpacks to at most {MOST_BYTES // 1024 // 1024} MB", remedy)
    if any(member.file_size > MOST_RATIO * max(member.compress_size, 1) for member in members):
        raise refused(name, f"no part of a spreadsheet unpacks to more than {MOST_RATIO} times its size", remedy)


def _guard_marks(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse parts that unpack to a fair size but hold so many cells or styles that parsing them takes minutes."""
    marks = {member.filename: archive.read(member).count(b"<") for member in archive.infolist()}
    others = [count for part, count in marks.items() if not part.startswith(_TABLES)]
    if sum(marks.values()) > MOST_MARKS or max(others, default=0) > MOST_OTHER_MARKS:
        rule = f"a spreadsheet holds at most {MOST_MARKS:,} marks, {MOST_OTHER_MARKS:,} in a part that is no table"
        raise refused(name, rule, "save only the table of the plan in a new file")


def _too_large(rows: int, columns: int, name: str) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        rule = f"a plan has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"
        raise refused(name, rule, "take out what is not part of it")


def _csv(data: bytes, name: str) -> Rows:
    rows: Rows = []
    try:
        reader, line = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True), 1
        for row in reader:
            _too_large(len(rows) + 1, len(row), name)
            rows.append([Cell(_tidy(text), line, c, "") for c, text in enumerate(row, 1)])
            line = reader.line_num + 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise refused(name, f"this is no csv file in UTF-8 ({error})", "save it as CSV UTF-8") from None
    return rows


def amount_in(value: str | Decimal | None) -> Decimal | None:
    """Return the number in a cell, below nought if it stands in brackets or has a minus; None if it holds no number.

    Commas part thousands and nothing else, so that 1,23 is not taken for 123.
    """
    if isinstance(value, Decimal):
        return value
    text = value or ""
    inside = _BRACKETS.fullmatch(text)
    found = _AMOUNT.fullmatch(inside[1] if inside else text)
    if not found or (found[1] + found[2] and inside) or (found[1] and found[2]):
        return None
    size = Decimal(found[3].replace(",", ""))
    return -size if inside or found[1] or found[2] else size


def share_in(value: str | Decimal | None) -> str | None:
    """Return the share in a cell as a scenario writes it, `80%`; None if it holds none from 0% to 100%."""
    if value is not None and value in (Decimal(0), "0"):
        return "0%"
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]}%" if found and Decimal(found[1]) <= 100 else None


def fits(model: TypeAdapter[Any], text: str) -> bool:
    """Return whether a model of the scenario takes the text of a cell."""
    try:
        model.validate_python(text)
    except ValidationError:
        return False
    return True


def write_rows(rows: Sequence[Sequence[str | Decimal | None]], name: str) -> bytes:
    """Return rows as the bytes of an xlsx or csv file, by the end of its name; text never becomes a formula."""
    if kind(name) == "csv":
        lines = io.StringIO(newline="")
        csv.writer(lines, lineterminator="\n").writerows([[_written(value) for value in row] for row in rows])
        # Without its mark at the start, spreadsheets on Windows would garble the £.
        return lines.getvalue().encode("utf-8-sig")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c)
            cell.value = float(value) if isinstance(value, Decimal) else value
            if isinstance(value, str):
                cell.data_type = "s"
    for letter, width in zip("ABCDEF", (28, 44, 14, 30, 10, 10), strict=True):
        sheet.column_dimensions[letter].width = width
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _written(value: str | Decimal | None) -> str:
    """Return a value as csv text; an apostrophe keeps text that a spreadsheet would run as a formula."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in _RUN and text and amount_in(text) is None else text
