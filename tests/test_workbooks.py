"""A spreadsheet of tables: what goes in comes out, text stays text, and the first sheet says what there is."""

from __future__ import annotations

import io
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest

from simulator.workbooks import CONTENTS, workbook

TABLE = pd.DataFrame({
    "name": ["=1+1", "+44", None], "pounds": [1.5e6, np.nan, -0.25], "open": [True, False, True],
    "day": [date(2026, 11, 22), None, None], "count": np.array([1, 2, 3]),
})  # fmt: skip


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_what_goes_in_comes_out_and_no_text_is_a_formula() -> None:
    book = opened(workbook({"prices": TABLE}, ["What it is"]))
    sheet = book["prices"]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == ["name", "pounds", "open", "day", "count"]
    assert rows[1][:3] == ["=1+1", 1.5e6, True] and rows[1][4] == 1
    assert rows[1][3].date() == date(2026, 11, 22)  # type: ignore[union-attr]
    assert rows[2] == ["+44", None, False, None, 2] and rows[3][:2] == [None, -0.25]
    assert [cell.data_type for cell in sheet["A"]][1:3] == ["s", "s"]
    assert sheet.freeze_panes == "A2" and not sheet.merged_cells.ranges


def test_the_first_sheet_says_what_the_rest_hold() -> None:
    book = opened(workbook({"prices": TABLE, "empty": TABLE.iloc[:0]}, ["A place", "As at a day"]))
    assert book.sheetnames == [CONTENTS, "prices", "empty"]
    rows = list(book[CONTENTS].iter_rows(values_only=True))
    assert rows == [("A place", None), ("As at a day", None), ("Sheet", "Rows"), ("prices", 3), ("empty", 0)]


def test_names_that_would_be_one_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        workbook({"a" * 31: TABLE, "a" * 32: TABLE}, [])
    with pytest.raises(ValueError, match="same name"):
        workbook({CONTENTS: TABLE}, [])
