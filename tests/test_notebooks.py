"""The notebooks as an analyst meets them: each runs from top to bottom and shows what its words promise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NAMES = ("01_first_run", "02_what_matters")
SVG, MARKDOWN, TABLE = "image/svg+xml", "text/markdown", "text/html"


def read(name: str) -> Any:
    """A notebook as it stands in the repository."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where notebooks run: away from the repository, so that they may rest on nothing but what is installed."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def shown(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What the cells of each notebook show on few futures, by kind of content."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADROOM_PATHS", "200")
        patch.setenv("PYTHONPATH", str(FOLDER.parent))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        for name in NAMES:
            resources = {"metadata": {"path": str(folder)}}
            ran = NotebookClient(read(name), timeout=120, kernel_name="python3", resources=resources).execute()
            outputs = [output for cell in ran.cells for output in cell.get("outputs", ())]
            found[name] = [output.get("data", {output.get("name"): output.get("text")}) for output in outputs]
    return found


def of(shown: dict[str, list[dict[str, Any]]], name: str, kind: str) -> list[str]:
    """What a notebook shows of one kind, in order."""
    return [output[kind] for output in shown[name] if kind in output]


def test_every_notebook_is_tried() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.ipynb"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_no_output_is_committed_and_words_come_first(name: str) -> None:
    book = read(name)
    nbformat.validate(book)
    assert book.cells[0].cell_type == "markdown" and book.cells[0].source.startswith("# ")
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    assert set(book.metadata) == {"kernelspec", "language_info"}


def test_the_first_run_shows_a_page_chances_a_fan_and_a_paired_difference(
    shown: dict[str, list[dict[str, Any]]],
) -> None:
    page, why = of(shown, "01_first_run", MARKDOWN)
    assert page.startswith("# Blackburn with Darwen Borough Council: can it stay in balance?") and "200 futures" in page
    assert "the central case the yearly gap goes from" in why
    (fan,) = of(shown, "01_first_run", SVG)
    assert "usable reserves" in " ".join(fan.split())
    lines, chances, wider = of(shown, "01_first_run", TABLE)
    assert "Adult social care" in lines and "by 2034-35" in chances and "before_action" in chances
    assert "Wider gap, £m" in wider
    # What grows faster costs more in every year, and more each year of the first four.
    years = [float(row) for row in re.findall(r"<th>20\d\d-\d\d</th>\s*<td>([\d.]+)</td>", wider)]
    assert len(years) == 10 and years[:4] == sorted(years[:4]) and years[0] > 0


def test_what_matters_shows_a_ranking_and_a_study(shown: dict[str, list[dict[str, Any]]]) -> None:
    (page,) = of(shown, "02_what_matters", MARKDOWN)
    assert page.startswith("# What matters most: Blackburn with Darwen") and "| judgement |" in page
    assert len(of(shown, "02_what_matters", SVG)) == 4
    ranking, owners, watched, _ = of(shown, "02_what_matters", TABLE)
    assert "Adult social care volume and complexity" in ranking and "travels_with" in ranking
    assert "Need, the common factor" in owners and "share_low95" in owners
    (said,) = of(shown, "02_what_matters", "stdout")
    assert "10 cases of 200 futures each" in said and "9 done" in said
    rows = re.findall(r"<tr>(.*?)</tr>", watched, re.DOTALL)
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    assert len(cells) == 10
    # The scenario as it stands comes first, and fifth of the cases by rate and share.
    assert [set(cells[n][4:]) for n in (0, 5)] == [{"0.000"}, {"0.000"}] and set(cells[4][4:]) != {"0.000"}


def test_what_matters_warns_of_the_tornado_and_shows_a_chance_settle(
    shown: dict[str, list[dict[str, Any]]],
) -> None:
    tornado = of(shown, "02_what_matters", SVG)[2]
    assert "this ignores how drivers interact" in " ".join(tornado.split())
    settling = of(shown, "02_what_matters", TABLE)[-1]
    cells = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", settling, re.DOTALL)]
    futures, widths = [int(row[0]) for row in cells if row], [float(row[4]) for row in cells if row]
    assert futures == [50, 100, 200] and widths == sorted(widths, reverse=True)
    assert widths[0] == pytest.approx(2 * widths[2], rel=0.15)


def test_a_notebook_leaves_nothing_behind(shown: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    assert shown and {path.name for path in folder.iterdir()} <= {"ipython"}
