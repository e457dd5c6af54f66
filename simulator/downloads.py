"""Files to take away from a page: tables as plain CSV for people, and a folder as one zip file.

A page shows names with their marks escaped, so that none is drawn as markup; a file holds the name as it is. A
spreadsheet runs text that begins like a formula, so such text is kept from it by an apostrophe, as in plan templates.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import pandas as pd

_ESCAPED = re.compile(r"\\([\\`*_\[\]<>|!#$:~])")
_JOINER = "\u2060"
"""What a page puts within an address so that no link comes of it; no name may hold one."""
_AMOUNT = r"[-+−]? ?£?[0-9][0-9,]*(?:\.[0-9]+)?(?:m|bn|k|%| points?| in 100)?"
_AMOUNTS = re.compile(rf"{_AMOUNT}(?: to {_AMOUNT}| \({_AMOUNT} to {_AMOUNT}\))?")
_RUN = "=+-@\t\r"
"""What text begins with that a spreadsheet may run as a formula."""
ABOUT = "About this table"
"""The column of a file that says what the table is of, which on a page stands around it."""
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The date of every file within a zip file, the earliest it may have: the same folder is the same bytes."""


def unescaped(text: str) -> str:
    """Return text as it was before `place_words.escaped`."""
    return _ESCAPED.sub(r"\1", text.replace(_JOINER, ""))


def harmless(text: str) -> str:
    """Return text that no spreadsheet runs as a formula; an amount or a range of amounts stays as it is."""
    return f"'{text}" if text[:1] and text[0] in _RUN and not _AMOUNTS.fullmatch(text) else text


def plain_csv(table: pd.DataFrame, about: str = "") -> bytes:
    """Return a table that a page shows as the bytes of a CSV file, names as they are and numbers to ten digits.

    `about` says what the table is of, from where and when: it is in the first row, in a last column of its own.
    It begins with the mark of UTF-8, without which spreadsheets on Windows garble the £.
    """
    held = table.map(_plain).rename(columns=_plain)
    if about:
        held[ABOUT] = [_plain(about), *[""] * (len(held) - 1)][: len(held)]
    return held.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode("utf-8-sig")


def _plain(value: Any) -> Any:
    return harmless(unescaped(value)) if isinstance(value, str) else value


def zipped(folder: Mapping[str, bytes], name: str) -> bytes:
    """Return files by name as one zip file that unpacks to a folder of that name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder):
            about = zipfile.ZipInfo(f"{name}/{file}", _OLDEST)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(about, folder[file])
    return buffer.getvalue()
