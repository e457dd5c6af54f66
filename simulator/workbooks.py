"""Tables as one spreadsheet to hand on: a first sheet that says what is in it, then a table a sheet.

Sheets follow what the Government Analysis Function asks of a spreadsheet: one table a sheet from its first cell, one
row of headings, nothing merged and no cell left for the eye alone; each is a named table, so that filters and screen
readers know its headings. No text is ever a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isnan
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

CONTENTS = "contents"
MOST_NAME, WIDEST, NARROWEST = 31, 60, 10
"""Letters that a sheet's name may have (a limit of the format), and how wide columns are."""


def workbook(tables: Mapping[str, pd.DataFrame], about: Sequence[str]) -> bytes:
    """Return tables as the bytes of an xlsx file, a sheet each in their order; `about` stands on the first sheet.

    Raises:
        ValueError: when two names are the same in their first 31 letters, or one is that of the first sheet.
    """
    names = [name[:MOST_NAME] for name in tables]
    if len({CONTENTS, *names}) <= len(names):
        raise ValueError(f"two sheets would have the same name: {', '.join(names)}")
    book = openpyxl.Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = CONTENTS
    listed = [[f"{name[:MOST_NAME]}", len(table)] for name, table in tables.items()]
    _fill(first, [*([line] for line in about), ["Sheet", "Rows"], *listed])
    first.column_dimensions["A"].width = WIDEST
    first.cell(len(about) + 1, 1).font = first.cell(len(about) + 1, 2).font = Font(bold=True)
    for name, table in tables.items():
        sheet = book.create_sheet(name[:MOST_NAME])
        _fill(sheet, [[str(column) for column in table.columns], *table.itertuples(index=False)])
        _headed(sheet, table)
        _named(book, sheet, table)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _fill(sheet: Worksheet, rows: Sequence[Sequence[Any]]) -> None:
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            held = _held(value)
            cell = sheet.cell(r, c)
            cell.value = held
            if isinstance(held, str):
                cell.data_type = "s"


def _held(value: Any) -> str | float | bool | date | None:
    """Return a value as a cell holds it; what is no number or not there is an empty cell."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or value is pd.NaT or (isinstance(value, float) and isnan(value)):
        return None
    return value if isinstance(value, str | int | float | bool | date | datetime) else str(value)


def _headed(sheet: Worksheet, table: pd.DataFrame) -> None:
    """Make the headings bold, keep them in sight, and give each column the width of what it holds."""
    sheet.freeze_panes = "A2"
    for c, column in enumerate(table.columns, 1):
        sheet.cell(1, c).font = Font(bold=True)
        longest = max([len(str(column)), *(len(str(value)) for value in table.iloc[:200, c - 1])])
        sheet.column_dimensions[get_column_letter(c)].width = min(max(longest + 2, NARROWEST), WIDEST)


def _named(book: openpyxl.Workbook, sheet: Worksheet, table: pd.DataFrame) -> None:
    """Make the cells a table by name; the format has none without rows, nor one with two headings the same."""
    headings = {str(column).lower() for column in table.columns}
    if len(table) and "" not in headings and len(headings) == len(table.columns):
        # A name may not look like a cell's, nor be another's once its odd letters are gone.
        name = f"table_{len(book.sheetnames)}_{re.sub(r'[^0-9A-Za-z]', '_', sheet.title)}"
        reach = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"
        sheet.add_table(Table(displayName=name, ref=reach))
