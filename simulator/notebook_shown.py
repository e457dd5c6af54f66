"""A notebook that runs an open scenario again: the same lines as the page of data and method shows, ready to go on."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from simulator import __version__
from simulator.evidence_words import as_at
from simulator.method_shown import python_lines
from simulator.place_words import escaped
from simulator.scenario import Scenario

FORMAT, MINOR = 4, 5
"""The version of the notebook format (nbformat) that is written."""


class Repeat(NamedTuple):
    """What is run again: the file, what lies over it, values set, how many futures and which."""

    source: str
    overlays: tuple[str, ...]
    sets: tuple[str, ...]
    paths: int
    seed: int


def notebook(scenario: Scenario, again: Repeat, digest: str) -> bytes:
    """Return the notebook; `digest` is that of what the scenario says, which its last cell holds against its own."""
    run = python_lines(*again)
    first = scenario.bodies[0].id
    cells = [
        _words(
            f"# {escaped(scenario.name)}",
            f"As at {as_at(scenario)}; {again.paths:,} futures, seed {again.seed}; Headroom {__version__}. Figures are "
            "indicators from stated assumptions: evidence, not an opinion.",
            f"It reads `{again.source}`, so start it where that file is.",
        ),
        _code(run.replace("print(results.chances)", "results.chances")),
        _words("Money of one body, pounds, by measure, view and year:"),
        _code(f"years = results.agency_years\nyears[years.agency == {first!r}]"),
        _words(
            "The same scenario, word for word, has this digest; another means that the file was changed since.",
        ),
        _code(f"from simulator.digest import meaning\n\nmeaning(scenario) == {digest!r}"),
    ]
    about = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    held = {"cells": [_named(n, cell) for n, cell in enumerate(cells)], "metadata": about}
    text = json.dumps(held | {"nbformat": FORMAT, "nbformat_minor": MINOR}, indent=1, ensure_ascii=False)
    return f"{text}\n".encode()


def _words(*paragraphs: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": "\n\n".join(paragraphs)}


def _code(lines: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": lines, "execution_count": None, "outputs": []}


def _named(number: int, cell: dict[str, Any]) -> dict[str, Any]:
    return cell | {"id": f"cell-{number}", "metadata": {}}
