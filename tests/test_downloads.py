"""Files to take away: names as they are, no text that runs as a formula, amounts as they stand, folders whole."""

from __future__ import annotations

import csv
import io
import zipfile

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.downloads import ABOUT, harmless, plain_csv, unescaped, zipped
from simulator.place_words import escaped

HOSTILE = ("=HYPERLINK(A1)", "+1+1", "-1+1", "@SUM(A1)", "-2+3|cmd", "-1(A1)", "\t=1", "-", "-A1", "-5x")

AMOUNTS = ("-1.2", "-£1,234.5m", "+0.3 points", "-0.3 (-1.2 to 0.6)", "-£1.0m to £2.0m", "£5", "a=b", "")


@given(st.text(max_size=20).filter(lambda name: "\u2060" not in name))
def test_a_name_that_a_page_draws_comes_back_as_it_was(name: str) -> None:
    assert unescaped(escaped(name)) == name


@given(st.text(alphabet="=+-@\t\r1234567890A!|(),.%£mk ", max_size=12))
def test_text_that_begins_like_a_formula_is_a_number_or_kept_from_it(text: str) -> None:
    kept = harmless(text)
    assert kept in {text, f"'{text}"}
    if kept == text and text[:1] in {"=", "@", "\t", "\r"}:
        assert not text
    if kept == text and text[:1] in {"+", "-"}:
        assert not set(text[1:]) & set("=@|!A")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_might_run_never_does(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", AMOUNTS)
def test_amounts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_a_table_is_a_file_with_plain_names_that_opens_with_its_pounds() -> None:
    table = pd.DataFrame({"Body": [escaped("=A *bold* [x]"), escaped("St. Mary's: 5 | 6")], "Left, £m": [-1.25, None]})
    made = plain_csv(table)
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig"))))
    assert made.startswith(b"\xef\xbb\xbf")
    assert rows == [["Body", "Left, £m"], ["'=A *bold* [x]", "-1.25"], ["St. Mary's: 5 | 6", ""]]
    assert table.Body.iloc[0].startswith(r"=A \*")


def test_a_folder_zipped_twice_is_the_same_bytes_and_unpacks_whole() -> None:
    folder = {"b/two.csv": b"2", "a.md": b"1" * 99}
    made = zipped(folder, "pack")
    assert made == zipped(dict(reversed(folder.items())), "pack")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {f"pack/{k}": v for k, v in folder.items()}
        assert archive.testzip() is None


def test_a_file_says_in_its_first_row_what_the_table_is_of() -> None:
    table = pd.DataFrame({"Year": ["2026-27", "2027-28"], "Gap, £m": [1.5, -2.0]})
    read = pd.read_csv(
        io.BytesIO(plain_csv(table, "=A \\*town\\*: gap, as at 22 November 2026")), keep_default_na=False
    )
    assert list(read.columns) == [*table.columns, ABOUT]
    assert read[ABOUT].to_list() == ["'=A *town*: gap, as at 22 November 2026", ""]
    assert list(read["Gap, £m"]) == [1.5, -2.0]
    # A table without rows has nowhere to say it, and one of which nothing is said keeps its columns.
    assert list(pd.read_csv(io.BytesIO(plain_csv(table.iloc[:0], "said"))).columns) == [*table.columns, ABOUT]
    assert ABOUT not in pd.read_csv(io.BytesIO(plain_csv(table))).columns
