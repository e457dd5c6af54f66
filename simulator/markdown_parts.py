"""A page's own Markdown taken apart, so that its sections, sentences and tables can be shown one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

Part = str | pd.DataFrame
_CELL = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


def sections(markdown: str) -> dict[str, str]:
    """Return the text under each heading of the second and third level, by heading, in order; empty ones left out."""
    titles = list(_HEADING.finditer(markdown))
    ends = [one.start() for one in titles[1:]] + [len(markdown)]
    found = {one[1]: markdown[one.end() : end].strip() for one, end in zip(titles, ends, strict=True)}
    return {title: text for title, text in found.items() if text}


def parts(markdown: str) -> list[Part]:
    """Return text without headings as it runs: Markdown between tables, and each table as a frame of its cells.

    Cells stay Markdown: names in them are escaped as the page has them.
    """
    found = list[Part]()
    for table, text in _runs(markdown.splitlines()):
        if table:
            head, _, *rows = (_cells(line) for line in text)
            found.append(pd.DataFrame(rows, columns=head))
        elif any(text):
            found.append("\n".join(text).strip())
    return found


def _runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield runs of lines that are all of a table, or none."""
    held, table = list[str](), False
    for line in lines:
        if held and line.startswith("|") != table:
            yield table, held
            held = []
        table = line.startswith("|")
        held.append(line)
    if held:
        yield table, held


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]
