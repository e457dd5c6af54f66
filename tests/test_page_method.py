"""The page of data and method: sources counted, chapters as they stand, limits as the page prints them, digests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulator import caveats, glossary, method_shown, place_page
from simulator.cli import apps
from simulator.place_words import drawn
from simulator.provenance import code_sha256
from simulator.register import register
from simulator.run import simulate
from simulator.scenario_file import load

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "tests" / "whole-place.yaml"
PATIENCE = 120


def words(app: AppTest) -> list[str]:
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.code]
    return [part.value for part in parts]


def test_every_tab_says_what_the_engine_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = PLACE.read_text(encoding="utf-8")
    hostile = tmp_path / "hostile.yaml"
    hostile.write_text(re.sub(r"title: [^,]+,", "title: 'A *bold* [link](http://example.org) $x$',", text, count=1))
    monkeypatch.setenv(apps.SCENARIO, str(hostile))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE).run()
    app.switch_page("simulator/pages/method.py").run()
    assert not app.exception
    loaded = load(hostile)
    results, said = simulate(loaded.scenario, paths=2_000), words(app)
    assert said[0] == "Where do the numbers come from?"
    assert [tab.label for tab in app.tabs] == [
        "Sources", "Method", "Limits", "Glossary", "Accessibility", "Run this yourself"
    ]  # fmt: skip
    for line in [*place_page.unknown(results), *caveats.limits(results, loaded.scenario.bodies[0].id)]:
        assert f"- {drawn(line)}" in said
    tables = [table.value.reset_index(drop=True) for table in app.table]
    found = method_shown.sources(loaded.scenario)
    assert any(table.equals(found.table) for table in tables) and found.words in said
    assert r"A \*bold\* \[link\]" in found.table.to_csv() and "A *bold*" not in found.table.to_csv()
    assert any("headroom run" in line for line in said) and any("results = simulate(" in line for line in said)
    other = loaded.scenario.bodies[-1].id
    app.selectbox(key="limits_body").select(other).run()
    assert not app.exception
    assert all(f"- {drawn(line)}" in words(app) for line in caveats.limits(results, other))


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
