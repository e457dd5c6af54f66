"""Tables as people keep them: rows of cells from and to the bytes of an xlsx or csv file, guarded.

A spreadsheet can be a bomb: sizes are read from the archive before anything is unpacked, and rows and columns are
capped. Formulas are never run; the value that the spreadsheet last stored is read.
"""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import openpyxl
from openpyxl.utils import get_column_letter

from simulator.problems import Problem, ScenarioError

MOST_ROWS, MOST_COLUMNS = 2_000, 60
MOST_BYTES, MOST_RATIO, MOST_MEMBERS = 50 * 1024 * 1024, 100, 200
SHEET = "plan"
_ARCHIVE = b"PK\x03\x04"


class Cell(NamedTuple):
    """One cell: its value as text or an exact number, nothing if empty, and where it stands."""

    value: str | Decimal | None
    row: int
    column: int
    place: str


Rows = list[list[Cell]]


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
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _guard(archive.infolist(), name)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        stored = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        title = SHEET if SHEET in book.sheetnames else book.sheetnames[0]
        rows, formulas = (list(_capped(one[title])) for one in (book, stored))
    except ScenarioError:
        raise
    except Exception as error:
        # Whatever a broken archive or sheet makes the library raise, the file is at fault.
        reason = f"this spreadsheet cannot be read ({type(error).__name__})"
        raise refused(name, reason, "open it, save it again as .xlsx, or save it as .csv") from None
    _too_large(len(rows), max(map(len, rows), default=0), name)
    lost = [
        Problem(
            name, r, c, _place(r, c), str(held)[:60], "this formula has no stored result", "open the file and save it"
        )
        for r, (values, shown) in enumerate(zip(rows, formulas, strict=True), 1)
        for c, (value, held) in enumerate(zip(values, shown, strict=True), 1)
        if value is None and isinstance(held, str) and held.startswith("=")
    ]
    if lost:
        raise ScenarioError(tuple(lost))
    return [
        [Cell(_plain(value), r, c, _place(r, c)) for c, value in enumerate(row, 1)] for r, row in enumerate(rows, 1)
    ]


def _guard(members: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse an archive whose declared sizes tell of a bomb, before anything is unpacked."""
    remedy = "save only the table of the plan in a new file"
    if len(members) > MOST_MEMBERS:
        raise refused(name, f"a spreadsheet holds at most {MOST_MEMBERS} parts", remedy)
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise refused(name, f"a spreadsheet unpacks to at most {MOST_BYTES // 1024 // 1024} MB", remedy)
    if any(member.file_size > MOST_RATIO * max(member.compress_size, 1) for member in members):
        raise refused(name, f"no part of a spreadsheet unpacks to more than {MOST_RATIO} times its size", remedy)


def _capped(sheet: Any) -> Iterable[tuple[Any, ...]]:
    for row in sheet.iter_rows(max_row=MOST_ROWS + 1, values_only=True):
        held = list(row)
        while len(held) > MOST_COLUMNS and held[-1] is None:
            held.pop()
        yield tuple(held)


def _too_large(rows: int, columns: int, name: str) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        rule = f"a plan has at most {MOST_ROWS:,} rows and {MOST_COLUMNS} columns"
        raise refused(name, rule, "take out what is not part of it")


def _plain(value: Any) -> str | Decimal | None:
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    return str(value)


def _csv(data: bytes, name: str) -> Rows:
    try:
        text = data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise refused(name, f"this is no csv file in UTF-8 ({error})", "save it as CSV UTF-8") from None
    _too_large(len(rows), max(map(len, rows), default=0), name)
    return [
        [Cell(text.strip() or None, r, c, f"line {r}, column {c}") for c, text in enumerate(row, 1)]
        for r, row in enumerate(rows, 1)
    ]


def _place(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"


def write_rows(rows: Sequence[Sequence[str | Decimal | None]], name: str) -> bytes:
    """Return rows as the bytes of an xlsx or csv file, by the end of its name; text never becomes a formula."""
    if kind(name) == "csv":
        lines = io.StringIO(newline="")
        csv.writer(lines, lineterminator="\n").writerows([["" if v is None else str(v) for v in row] for row in rows])
        return lines.getvalue().encode("utf-8")
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
