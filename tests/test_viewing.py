"""How somebody looks at a scenario: words, bodies listed and signs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulator import pages, viewing
from simulator.scenario_file import load
from simulator.viewing import Looked, apart

WHOLE = load(Path(__file__).parent / "whole-place.yaml").scenario
SMALL = load(Path(__file__).parent / "small.yaml").scenario
BRACKETS = Looked(signs="brackets")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-£1.2m", "(£1.2m)"),
        ("-1,234.5", "(1,234.5)"),
        ("from -£3m to £2m", "from (£3m) to £2m"),
        ("between -0.4% and -0.2%", "between (0.4%) and (0.2%)"),
        ("2026-27 to 2030-31", "2026-27 to 2030-31"),
        ("1.2-3.4", "1.2-3.4"),
        ("the -ed of a word, co-op 3, x-2", "the -ed of a word, co-op 3, x-2"),
        ("- a list", "- a list"),
    ],
)
def test_a_negative_amount_is_written_in_brackets_and_nothing_else_is(text: str, written: str) -> None:
    assert viewing.signed(text, BRACKETS) == written
    assert viewing.signed(text, Looked()) == text


def test_a_table_keeps_its_numbers_and_gets_brackets_in_its_words() -> None:
    table = pd.DataFrame({"Year": ["2026-27"], "£m": ["-1.500"], "count": [-3]})
    assert viewing.styled(table, BRACKETS).to_numpy().tolist() == [["2026-27", "(1.500)", -3]]
    assert viewing.styled(table, Looked()) is table
    # A column of numbers with one below nought is written out; one without stays numbers, and none is no number.
    told = viewing.styled(pd.DataFrame({"Net": [-2.847, 1234.5, float("nan")], "Paid": [1.0, 2.0, 3.0]}), BRACKETS)
    assert told.to_numpy().tolist() == [["(2.847)", 1.0], ["1,234.5", 2.0], ["", 3.0]]


def test_bodies_are_listed_by_kind_or_alone_and_all_where_none_fits() -> None:
    everyone = tuple(body.id for body in WHOLE.bodies)
    listed = {part: tuple(body.id for body in viewing.bodies(WHOLE, Looked(partner=part))) for part in viewing.PARTS}
    assert listed[""] == everyone
    kinds = {part: {WHOLE_KINDS[one] for one in ids} for part, ids in listed.items()}
    assert kinds["nhs"] == {"icb", "trust"} and kinds["charity"] == {"vcse"}
    assert not kinds["local"] & {"icb", "trust", "vcse"}
    assert sorted((*listed["nhs"], *listed["local"], *listed["charity"])) == sorted(everyone)
    assert [body.id for body in viewing.bodies(WHOLE, Looked(partner="north"))] == ["north"]
    assert viewing.bodies(SMALL, Looked(partner="nhs")) == tuple(SMALL.bodies)
    assert list(viewing.offered(SMALL)) == [""]
    assert set(viewing.offered(WHOLE)) == {*viewing.PARTS, *everyone}


WHOLE_KINDS = {body.id: body.kind for body in WHOLE.bodies}


def test_an_nhs_finance_view_begins_on_an_nhs_body_and_within_what_is_listed() -> None:
    assert WHOLE_KINDS[viewing.begins(WHOLE, Looked("nhs"))] in viewing.NHS
    assert viewing.begins(WHOLE, Looked("director")) == WHOLE.bodies[0].id
    assert viewing.begins(WHOLE, Looked("nhs", partner="town")) == "town"
    assert viewing.begins(SMALL, Looked("nhs")) == SMALL.bodies[0].id


def test_others_begin_on_a_council_or_another_local_authority_wherever_it_is_listed() -> None:
    turned = WHOLE.model_copy(update={"agencies": tuple(reversed(WHOLE.agencies))})
    assert WHOLE_KINDS[turned.bodies[0].id] != "council"
    for view_as in ("director", "analyst", "member"):
        assert WHOLE_KINDS[viewing.begins(turned, Looked(view_as))] == "council"
    alone = [body for body in turned.agencies if WHOLE_KINDS.get(body.id) != "council"]
    assert WHOLE_KINDS[viewing.begins(turned.model_copy(update={"agencies": alone}), Looked())] in {"police", "fire"}
    assert viewing.begins(turned, Looked(partner="north")) == "north"


@pytest.mark.parametrize("view_as", viewing.VIEWS)
def test_every_page_says_where_to_start_to_everyone(view_as: str) -> None:
    titles = [*pages.PAGES.values()]
    assert set(viewing.LEADS[view_as]) == set(titles)
    assert all(viewing.lead(title, Looked(view_as)) for title in titles)
    assert set(viewing.OPEN) == set(viewing.VIEWS) == set(viewing.LEADS)


def test_names_that_are_alike_are_told_apart_and_others_stay() -> None:
    assert apart({"a": "One", "b": "Two", "c": "One"}) == {"a": "One (a)", "b": "Two", "c": "One (c)"}
    assert apart({}) == {}
