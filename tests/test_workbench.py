"""What is open in the app and the links that restore it: changes, the way back, and links from strangers."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.digest import meaning
from simulator.files import shipped_names
from simulator.problems import ScenarioError
from simulator.scenario_file import load
from simulator.share_link import BEGUN, VERSION, BadLinkError, Looks, Shared, link, unlinked
from simulator.workbench import MOST_STEPS, History, Opened, called, fitting, ground, loaded, uploaded

COUNCIL = "scenarios/blackburn-with-darwen.yaml"
OVERLAY = "scenarios/overlays/tax-at-4.99.yaml"
WORDS = st.text(max_size=40)


def packed(said: object) -> str:
    data = zlib.compress(json.dumps(said).encode())
    return f"{VERSION}.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


def test_a_place_is_listed_by_the_name_its_file_gives_it(tmp_path: Path) -> None:
    assert called(COUNCIL) == ground(Opened(COUNCIL)).first.value["name"]
    assert called("scenarios/tameside.yaml").startswith("Tameside: ")
    assert len({called(name) for name in shipped_names("scenarios")}) == len(shipped_names("scenarios"))
    mine = tmp_path / "my-own.yaml"
    mine.write_text("headroom: 1\nname: Ours  # for now\nplace: {name: Other}\n")
    assert called(str(mine)) == "Ours"
    mine.write_text("headroom: 1\n")
    assert called(str(mine)) == called(str(tmp_path / "none" / "my-own.yaml")) == "my-own"


def test_values_are_set_set_again_and_taken_back() -> None:
    opened = Opened(COUNCIL).with_value("years", "4").with_value("reserves.minimum", "6%").with_value("years", "5")
    assert opened.settings == ("years=5", "reserves.minimum=6%")
    assert opened.changed and not opened.without("years").without("reserves.minimum").changed


def test_overlays_lie_in_the_order_in_which_they_were_switched_on() -> None:
    opened = Opened(COUNCIL).with_overlay("a", True).with_overlay("b", True).with_overlay("a", True)
    assert opened.overlays == ("b", "a")
    assert opened.with_overlay("b", False).overlays == ("a",)


def test_undo_and_redo_walk_the_same_steps() -> None:
    first = Opened(COUNCIL)
    second, third = first.with_value("years", "4"), first.with_value("years", "5")
    history = History(first).do(second).do(second).do(third)
    assert len(history.before) == 2
    assert history.undo().now == second and history.undo().undo().now == first
    assert history.undo().undo().undo().now == first
    assert history.undo().undo().redo().redo() == history
    assert history.undo().do(first).redo().now == first
    for step in range(MOST_STEPS + 9):
        history = history.do(first.with_value("years", str(step)))
    assert len(history.before) == MOST_STEPS


def test_no_two_steps_of_a_session_have_one_number_so_no_control_shows_what_was() -> None:
    history, numbers = History(Opened(COUNCIL)), [0]
    for step in range(MOST_STEPS + 9):
        history = history.do(Opened(COUNCIL).with_value("years", str(step)))
        numbers.append(history.at)
    assert history.do(history.now).at == history.at
    numbers += [history.undo().at, history.undo().redo().at]
    assert len(set(numbers)) == len(numbers)


def test_what_is_open_is_what_the_command_line_would_read() -> None:
    opened = Opened(COUNCIL).with_overlay(OVERLAY, True).with_value("years", "4")
    there = load(COUNCIL, [OVERLAY], ["years=4"])
    here = loaded(opened)
    assert meaning(here.scenario) == meaning(there.scenario)
    assert here.text == there.text and here.changes == there.changes


def test_a_text_of_ones_own_is_read_without_a_file_and_finds_only_what_is_shipped() -> None:
    text = load(COUNCIL).text
    assert meaning(loaded(Opened("", text)).scenario) == meaning(load(COUNCIL).scenario)
    with pytest.raises(ScenarioError, match="shipped files begin with"):
        loaded(Opened("", "headroom: 1\nextends: secrets.yaml\n"))
    with pytest.raises(ScenarioError, match=r"uploaded, line 3"):
        loaded(Opened("", "headroom: 1\nplace: [\n"))


def test_what_is_added_to_the_last_step_goes_back_with_it() -> None:
    first, second, third = (Opened("a", sets=(("years", str(years)),)) for years in (3, 4, 5))
    held = History(first).do(second).amend(third)
    assert held.now == third and held.undo().now == first and held.undo().redo().now == third
    assert History(first).amend(second).undo().now == first


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"headroom: 1\nplace: [\n", "line 3"), (b"PK\3\4\0\0\0\0\xff", "not a text file"), (b"", "named values")],
)
def test_a_broken_upload_is_called_by_its_files_name(data: bytes, told: str) -> None:
    given = uploaded(data, "C/my`[x](y)` place.yaml")
    with pytest.raises(ScenarioError, match=told) as refused:
        loaded(given)
    assert {one.file for one in refused.value.problems} == {"my__x__y__ place.yaml"}


@given(
    source=WORDS, overlays=st.lists(WORDS, max_size=3), sets=st.dictionaries(WORDS, WORDS, max_size=4),
    looks=st.builds(Looks, WORDS, WORDS, WORDS, WORDS, WORDS),
)  # fmt: skip
def test_a_link_restores_everything_where_figures_are_in_it(
    source: str, overlays: list[str], sets: dict[str, str], looks: Looks
) -> None:
    shared = Shared(Opened(source, "", tuple(overlays), tuple(sets.items())), looks, True)
    found = unlinked(link(shared))
    assert found.opened == shared.opened and found.figures
    assert {name: held for name, held in vars(looks).items() if held}.items() <= vars(found.looks).items()


def test_without_leave_no_figure_is_in_a_link() -> None:
    opened = Opened(COUNCIL, "", (OVERLAY,), (("reserves.minimum", "6%"),))
    found = unlinked(link(Shared(opened, Looks(partner="icb"), False)))
    assert found.opened == Opened(COUNCIL) and found.looks.partner == "icb"
    own = unlinked(link(Shared(Opened("", "name: ours"), Looks(body="our_school", partner="our_school"), False)))
    assert own.looks == Looks()
    begun = unlinked(link(Shared(Opened(f"{BEGUN}0a1b"), Looks(body="our_school", partner="our_school"), False)))
    assert begun.looks == Looks()
    assert own.opened == Opened("")


def test_a_link_of_a_whole_file_is_short_enough_to_send() -> None:
    text = load("scenarios/lancashire.yaml").text
    made = link(Shared(Opened("", text), Looks(), True))
    assert unlinked(made).opened.text == text
    assert len(made) < 60_000


@pytest.mark.parametrize(
    "text",
    [
        "", "h1.", "h1.%%%", "h0.abcd", "h2.abcd", packed([]), packed({}), packed({"looks": 3}),
        packed({"looks": {"page": 3}}), packed({"looks": {}, "sets": [["a"]]}),
        packed({"looks": {}, "sets": [["a", 3]]}), packed({"looks": {}, "text": {}}),
        packed({"looks": {}, "text": "0" * 3_000_000}), "h1." + "A" * 500_000,
        packed({"looks": {}})[:-4], packed({"looks": {"horizon": "2030-31"}}),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadLinkError, match="link"):
        unlinked(text)


def test_only_overlays_that_fit_are_offered() -> None:
    place, council = (fitting(ground(Opened(name))) for name in ("scenarios/lancashire.yaml", COUNCIL))
    assert place["scenarios/overlays/east-lancashire-block.yaml"] == "East Lancashire paid by block"
    assert "scenarios/overlays/east-lancashire-block.yaml" not in council
    assert OVERLAY in council
