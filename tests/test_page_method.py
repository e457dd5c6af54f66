"""The page of data and method: sources counted, chapters as they stand, limits as the page prints them, digests."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from simulator import assumption_tables, caveats, glossary, method_shown, notebook_shown, place_page
from simulator.cli import apps
from simulator.digest import meaning
from simulator.downloads import plain_csv
from simulator.place_words import drawn
from simulator.provenance import code_sha256
from simulator.register import register
from simulator.run import simulate
from simulator.scenario_file import load
from simulator.workbench import History, Opened

ROOT = Path(__file__).resolve().parents[1]
PLACE, SMALL = ROOT / "tests" / "whole-place.yaml", ROOT / "tests" / "small.yaml"
PATIENCE = 120


def words(app: AppTest) -> list[str]:
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.code]
    return [part.value for part in parts]


def tab(app: AppTest, name: str) -> list[str]:
    """Open a tab and return its words."""
    app.session_state["method_tab"] = name
    app.run()
    assert not app.exception
    return words(app)


def tables(app: AppTest) -> list[pd.DataFrame]:
    return [table.value.reset_index(drop=True) for table in app.table]


def test_every_tab_says_what_the_engine_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = PLACE.read_text(encoding="utf-8")
    hostile = tmp_path / "hostile.yaml"
    hostile.write_text(re.sub(r"title: [^,]+,", "title: 'A *bold* [link](http://example.org) $x$',", text, count=1))
    monkeypatch.setenv(apps.SCENARIO, str(hostile))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app = app.switch_page("simulator/pages/method.py").run()
    assert not app.exception
    loaded, said = load(hostile), words(app)
    assert said[0] == "Where do the numbers come from?"
    assert [one.label for one in app.tabs] == [
        "Sources", "Assumption log", "Method", "Limits", "Glossary", "Accessibility", "Run this yourself"
    ]  # fmt: skip
    found = method_shown.sources(loaded.scenario)
    assert any(table.equals(found.table) for table in tables(app)) and found.words in said
    assert r"A \*bold\* \[link\]" in found.table.to_csv() and "A *bold*" not in found.table.to_csv()
    assert b"A *bold* [link](http://example.org) $x$" in plain_csv(found.table)

    results, said = simulate(loaded.scenario, paths=2_000), tab(app, "Limits")
    for line in [*place_page.unknown(results), *caveats.limits(results, loaded.scenario.bodies[0].id)]:
        assert f"- {drawn(line)}" in said
    other = loaded.scenario.bodies[-1].id
    app.selectbox(key="limits_body").select(other).run()
    assert all(f"- {drawn(line)}" in words(app) for line in caveats.limits(results, other))

    assert method_shown.chapter(1) in tab(app, "Method")
    tab(app, "Glossary")
    app.text_input(key="glossary_words").set_value("council nhs").run()
    assert tables(app)[0].equals(glossary.table("council nhs")) and 0 < len(glossary.table("council nhs")) < 9
    assert "axe-core" in " ".join(tab(app, "Accessibility")) and tables(app)[0].Keys.iloc[0] == "Ctrl+Alt+Z"

    said = tab(app, "Run this yourself")
    assert any("headroom run" in line for line in said) and any("results = simulate(" in line for line in said)
    assert len(app.get("download_button")) == 3


def test_the_log_begins_with_what_differs_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(apps.SCENARIO, str(SMALL))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app = app.switch_page("simulator/pages/method.py").run()
    said = tab(app, "Assumption log")
    assert "Nothing: every number is as the file has it." in said
    file = load(SMALL)
    address = next(one.address for one in register(file.scenario) if one.value.endswith("%"))
    app.session_state["history"] = History(Opened(str(SMALL))).do(Opened(str(SMALL)).with_value(address, "3%"))
    app.run()
    assert not app.exception
    rows = assumption_tables.table(load(SMALL, (), (f"{address}=3%",)), file)
    log = app.dataframe[0].value
    assert list(log[assumption_tables.ADDRESS]) == list(rows[assumption_tables.ADDRESS])
    assert log[assumption_tables.ADDRESS].iloc[0] == address and log[assumption_tables.WAS].iloc[0]
    assert tables(app)[0][assumption_tables.VALUE].tolist() == ["3%"]
    app.text_input(key="log_words").set_value(address).run()
    assert len(app.dataframe[0].value) < len(rows) and f"of {len(rows):,} numbers" in " ".join(words(app))


def test_the_notebook_runs_and_knows_its_scenario_again() -> None:
    loaded = load(SMALL)
    again = notebook_shown.Repeat(str(SMALL), (), ("years=2",), 20, 3)
    said = meaning(load(SMALL, (), ("years=2",)).scenario)
    book = nbformat.reads(notebook_shown.notebook(loaded.scenario, again, said).decode(), as_version=4)
    nbformat.validate(book)
    held: dict[str, object] = {}
    for cell in book.cells:
        if cell.cell_type == "code":
            *lines, last = cell.source.split("\n")
            exec("\n".join(lines), held)
            held["shown"] = eval(last, held)
    assert held["shown"] is True
    expected = simulate(load(SMALL, (), ("years=2",)).scenario, paths=20, seed=3)
    assert held["results"].chances.equals(expected.chances)  # type: ignore[attr-defined]


def test_every_number_with_a_source_is_counted_once() -> None:
    scenario = load(PLACE).scenario
    found = method_shown.sources(scenario)
    sourced = [entry for entry in register(scenario) if entry.source in scenario.sources]
    assert found.table["Numbers that rest on it"].sum() == len(sourced)
    assert f"{len(register(scenario)):,} numbers as at" in found.words
    assert list(found.table["Numbers that rest on it"]) == sorted(found.table["Numbers that rest on it"], reverse=True)


def test_chapters_are_those_of_the_method() -> None:
    text = (ROOT / method_shown.METHOD).read_text(encoding="utf-8")
    stated = [re.sub(r" \(`.*", "", title) for title in re.findall(r"^## \d+\. (.+)$", text, re.MULTILINE)]
    assert stated == [title for title, _ in method_shown.CHAPTERS]
    told = [method_shown.chapter(number) for number in range(1, len(stated) + 1)]
    assert all(part and part in text for part in told) and not any(part.startswith("#") for part in told)
    assert "in eight steps" not in told[3] and told[3].startswith("What a body spends")


def test_lines_of_python_run_and_the_record_holds_the_digests() -> None:
    loaded = load(PLACE, (), ("years=2",))
    lines = method_shown.python_lines(str(PLACE), (), ("years=2",), 20, 1)
    held: dict[str, object] = {}
    exec(lines, held)
    found = held["results"]
    assert found.chances.equals(simulate(loaded.scenario, paths=20).chances)  # type: ignore[attr-defined]
    record = dict(method_shown.record(loaded, 1).itertuples(index=False))
    assert code_sha256() in record.values()
    assert list(method_shown.files(loaded)["SHA-256"]) == [digest for _, digest in loaded.files]


def test_the_glossary_is_in_order_and_headroom_means_one_thing() -> None:
    terms = [term for term in glossary.TERMS if term not in {"Before action", "95% interval"}]
    assert terms == sorted(terms, key=str.lower)
    assert all(text.endswith(".") and len(text) < 250 for text in glossary.TERMS.values())
    assert list(glossary.table().columns) == ["Term", "What it means"]
