"""YAML as scenario files may use it: what is read, what is refused, and that nothing changes its meaning."""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import yaml_tree
from simulator.overlays import overlay
from simulator.problems import Problem, ScenarioError
from simulator.set_values import assign, before
from simulator.yaml_tree import Mark, Tree, dotted, parse
from simulator.yaml_values import HIDDEN, dump


def tree(text: str, file: str = "a.yaml") -> Tree:
    return parse(text.encode(), file)


def value(text: str) -> Any:
    return tree(text).value


def refused(data: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        parse(data if isinstance(data, bytes) else data.encode(), "a.yaml")
    for problem in caught.value.problems:
        assert problem.file == "a.yaml" and problem.line >= 1 and problem.column >= 1
        assert problem.rule and problem.remedy
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("0", 0), ("-0", 0), ("12", 12),
        ("-7", -7), ("12.50", Decimal("12.50")), ("-0.5", Decimal("-0.5")), ("1e6", Decimal(1_000_000)),
        ("1.5E-3", Decimal("0.0015")), ("2e+3", Decimal(2_000)), ("True", "True"), ("NULL", "NULL"), ("NO", "NO"),
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("12:30", "12:30"), ("190:20:30", "190:20:30"),
        ("2024-25", "2024-25"), ("2026-11-22", "2026-11-22"), ("2.5%", "2.5%"), ("£12.7m", "£12.7m"), ("£m", "£m"),
        ("1.2.3", "1.2.3"), ("1 000", "1 000"), ("(3.0)", "(3.0)"), ("nan", "nan"), ("inf", "inf"), ("-", "-"),
        ("E06000008", "E06000008"), ("1e", "1e"), ('"12"', "12"), ("'010'", "010"), ('".nan"', ".nan"),
        ("=1", "=1"), ("٢", "٢"), ("１２", "１２"),
    ],
)  # fmt: skip
def test_plain_text_means_what_it_says(text: str, meaning: Any) -> None:
    found = value(f"a: {text}\n")["a"] if text != "-" else value("a: '-'\n")["a"]
    assert found == meaning and type(found) is type(meaning)


# Each is read by common loaders as something other than what its writer sees, or not at all.
TRAPS = (
    ".nan", ".NaN", ".inf", "-.Inf", "+.inf", "010", "0o10", "0x1F", "0b101", "1,000", "1,000,000.50", "1_000",
    "+5", "+5.0", ".5", "5.", "00", "-01", "007.5", "1e999999999", "9" * 400, "0." + "1" * 60, "!!binary aGk=",
    "!!float 1", "! 12", "&a 1", "*a", "1.e5", "0X1f", "0b1_0",
)  # fmt: skip


@pytest.mark.parametrize("text", TRAPS)
def test_traps_are_refused_with_their_line(text: str) -> None:
    problems = refused(f"years: 3\na: {text}\n")
    assert problems[0].line == 2


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "lines 1 and 3", 3),
        ("a: 1\n'a': 3\n", "lines 1 and 2", 2),
        ("a: {b: 1, b: 1}\n", "stands once", 1),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "anchors", 1),
        ("<<: {b: 1}\n", "merge keys", 1),
        ("a:\n\tb: 1\n", "tabs", 2),
        ("a: 1\n---\nb: 2\n", "one document", 2),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "begin with %", 1),
        ("? [a]\n: 1\n", "name before a colon", 1),
        ("? |\n  a\n: 1\n", "name before a colon", 1),
        ("?\n: 1\n", "name before a colon", 1),
        ("a" * 201 + ": 1\n", "200 characters", 1),
        ("a: b: c\n", "`name: value`", 1),
        ("a: 'b\n\n\nc: 1\n", "must close", 1),
        ('a: "\\ud800"\n', "backslash", 1),
        ('a: "\\u200b"\n', "U+200B (zero width space)", 1),
        ("", "named values", 1),
        ("# nothing but a comment\n", "named values", 1),
    ],
)
def test_what_is_refused_says_why_and_where(text: str, words: str, line: int) -> None:
    problems = refused(text)
    assert words in "\n".join(map(str, problems))
    assert line in {problem.line for problem in problems}


def test_every_problem_is_told_at_once() -> None:
    problems = refused("a: 010\nb: .nan\nc: &x 1\na: 2\n")
    assert [problem.line for problem in problems] == [1, 2, 3, 4]


def test_problems_stop_at_a_thousand() -> None:
    assert len(refused("".join(f"k{i}: 010\n" for i in range(5_000)))) == yaml_tree.ENOUGH


@pytest.mark.parametrize(
    "character", ["\0", "\x07", "\x85", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\uffff"]
)
def test_hidden_characters_are_refused_where_they_stand(character: str) -> None:
    problems = refused(f"years: 3\r\nname: ab{character}c\n")
    assert (problems[0].line, problems[0].column) == (2, 9)
    assert f"U+{ord(character):04X}" in problems[0].rule


def test_what_is_not_text_is_told_once() -> None:
    (problem,) = refused(b"PK\x03\x04\x14\0\0\0\0\0scenario.xlsx" + b"\0\xe9" * 40)
    assert problem.rule == "this is not a text file"


def test_all_control_and_format_characters_are_known_as_hidden() -> None:
    wanted = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    points = range(sys.maxunicode + 1)
    missed = [p for p in points if unicodedata.category(chr(p)) in wanted and not HIDDEN.match(chr(p))]
    # Newer tables of characters may hold more of the rarest format characters; none are marks of direction.
    assert [p for p in missed if p not in (9, 10, 13)] == []


def test_a_byte_order_mark_at_the_start_is_dropped() -> None:
    found = parse(b"\xef\xbb\xbfyears: 3\n", "a.yaml")
    assert found.value == {"years": 3} and found.keys[("years",)] == Mark("a.yaml", 1, 1)


@pytest.mark.parametrize("data", [b"a: \xff\n", "a: é\n".encode("latin-1"), "a: 1\n".encode("utf-16")])
def test_other_encodings_are_refused(data: bytes) -> None:
    [problem] = refused(data)
    assert "UTF-8" in problem.rule and problem.line == 1


def test_marks_and_names() -> None:
    found = tree("a:\n  - id: x\n    b: 1\n  - {c: [2, 3]}\n")
    assert found.marks[("a", 0, "b")] == Mark("a.yaml", 3, 8)
    assert found.keys[("a", 0, "b")] == Mark("a.yaml", 3, 5)
    assert found.marks[("a", 1, "c", 1)] == Mark("a.yaml", 4, 13)
    assert found.where(("a",)) == Mark("a.yaml", 1, 1)
    assert found.where(("a", 0, "none")) == found.where(("a", 0))
    assert dotted(found.value, ("a", 0, "b")) == "a.x.b"
    assert dotted(found.value, ("a", 1, "c", 1)) == "a.2.c.2"


def test_block_text_is_text() -> None:
    assert value("a: |\n  010\n  .nan\nb: >\n  one\n  two\n") == {"a": "010\n.nan\n", "b": "one two\n"}


RANGE = range(1, 30)
BOMBS = {
    "brackets": b"[" * 50_000,
    "braces": b"{a: " * 50_000,
    "dashes": b"- " * 50_000,
    "questions": b"? " * 50_000,
    "aliases": b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in RANGE),
    "merges": b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (i, i, i - 1, i - 1) for i in RANGE),
    "nodes": b"a: [" + b"1," * 600_000 + b"1]",
    "one long line": b"a: " + b"x" * 3_000_000 + b": 1",
    "quotes": b"a: " + b"'" * 1_000_001,
    "tabs": b"\t" * 1_000_000,
    "digits": b"a: " + b"9" * 3_000_000,
    "directives": b"%YAML " + b"9" * 100_000 + b".1\n---\na: 1",
}  # fmt: skip


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_quickly(name: str, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if parser == "SafeLoader" and name == "nodes":
        pytest.skip("the pure parser takes a minute over 600,000 values, and is the fallback only")
    monkeypatch.setattr(yaml_tree, "PARSER", getattr(yaml, parser))
    begun = time.process_time()
    refused(BOMBS[name])
    assert time.process_time() - begun < 25


@pytest.mark.parametrize(
    "text", ["a: 1\n", "a: 010\n", "a:\n\tb: 1\n", "a: 'x\n", "a: b: c\n", "a: [1, 2\n", "a: *b\n"]
)
def test_both_parsers_say_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[Any, list[tuple[int, str]]]] = []
    for parser in (yaml.CSafeLoader, yaml.SafeLoader):
        monkeypatch.setattr(yaml_tree, "PARSER", parser)
        try:
            said.append((value(text), []))
        except ScenarioError as error:
            said.append((None, [(problem.line, problem.rule) for problem in error.problems]))
    assert said[0] == said[1]


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
    | st.sampled_from("\t\n '\"#:%-,[]{}"),
    max_size=30,
).filter(lambda text: not HIDDEN.search(text))
NUMBERS = st.integers(-(10**38), 10**38) | st.decimals(
    min_value=-(10**15), max_value=10**15, places=6, allow_nan=False, allow_infinity=False
)
LOOKALIKES = st.sampled_from([*TRAPS, "null", "~", "true", "no", "12", "1e6", "2024-25", "---", "a: b", "a #b", "- x"])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT | LOOKALIKES
KEYS = (TEXT.filter(bool) | LOOKALIKES).map(lambda key: key[: yaml_tree.KEY])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=400)
@given(TREES)
def test_what_is_dumped_is_read_back(found: Any) -> None:
    # A file may not use what other programs read otherwise, but quoted it is plain text.
    again = value(dump(found))
    assert again == found
    assert dump(again) == dump(found)
    assert shape(again) == shape(found)


def shape(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: shape(held) for key, held in found.items()}
    if isinstance(found, list):
        return [shape(held) for held in found]
    return "number" if isinstance(found, int | Decimal) and not isinstance(found, bool) else type(found)


@pytest.mark.parametrize("text", ["1e30", "1.5e-30", "0e-30", "0." + "0" * 36 + "1", "9" * 40, "0." + "0" * 38])
def test_extreme_numbers_survive(text: str) -> None:
    try:
        found = value(f"a: {text}\n")
    except ScenarioError:
        return
    assert value(dump(found)) == found


PARENT = """\
place: {id: x, name: X}
lines:
  - {id: a, net: 1}
  - {id: b, net: {value: 2, source: S}}
years: [1, 2]
debt: {rate: 5%}
level: {low: 1, central: 2, high: 3, source: S}
"""


def laid(child: str) -> Tree:
    return overlay(tree(PARENT, "parent"), tree(child, "child"))


def test_an_overlay_states_only_what_differs() -> None:
    found = laid("lines:\n  - {id: c, net: 3}\n  - {id: b, net: {value: 5}}\nplace: {name: Y}\n")
    assert found.value["place"] == {"id": "x", "name": "Y"}
    assert found.value["lines"] == [
        {"id": "a", "net": 1}, {"id": "b", "net": {"value": 5, "source": "S"}}, {"id": "c", "net": 3},
    ]  # fmt: skip
    assert found.marks[("lines", 1, "net", "value")] == Mark("child", 3, 26)
    assert found.marks[("lines", 1, "net", "source")].file == "parent"
    assert found.marks[("lines", 2, "net")].file == "child"
    assert found.value["debt"] == {"rate": "5%"}


@pytest.mark.parametrize(
    ("child", "key", "meaning"),
    [
        ("years: [3]\n", "years", [3]),
        ("lines: []\n", "lines", []),
        ("lines: [{net: 1}]\n", "lines", [{"net": 1}]),
        ("debt: null\n", "debt", None),
        ("debt: 3\n", "debt", 3),
        ("place: [1]\n", "place", [1]),
        ("years: {a: 1}\n", "years", {"a": 1}),
        ("new: {a: {b: 1}}\n", "new", {"a": {"b": 1}}),
        ("level: {value: 4}\n", "level", {"source": "S", "value": 4}),
        ("level: {central: 2.5}\n", "level", {"low": 1, "central": Decimal("2.5"), "high": 3, "source": "S"}),
    ],
)
def test_all_else_is_replaced(child: str, key: str, meaning: Any) -> None:
    found = laid(child)
    assert found.value[key] == meaning
    assert found.marks[(key,)].file == "child"


def test_a_range_takes_the_place_of_a_value() -> None:
    found = laid("lines: [{id: b, net: {low: 1, central: 2, high: 3}}]\n")
    assert found.value["lines"][1]["net"] == {"source": "S", "low": 1, "central": 2, "high": 3}


def test_a_group_called_central_is_not_a_range() -> None:
    drivers = "d: {central: {2024-25: 1%}, value: 1}\n"
    assert overlay(tree(drivers), tree("d: {value: 2}\n")).value["d"] == {"central": {"2024-25": "1%"}, "value": 2}


def test_a_doubled_id_is_refused() -> None:
    with pytest.raises(ScenarioError, match="line 2 too"):
        laid("lines:\n  - {id: a}\n  - {id: a}\n")


@given(TREES, TREES)
@settings(max_examples=200)
def test_laying_keeps_every_mark(below: Any, above: Any) -> None:
    found = overlay(tree(dump({"a": below}), "parent"), tree(dump({"a": above}), "child"))
    read_again = tree(dump(found.value))
    assert set(found.marks) == set(read_again.marks)
    assert set(found.keys) == set(read_again.keys)
    assert overlay(found, tree(dump({"a": above}), "child")).value == found.value


SETTINGS = tree(
    """\
agencies:
  - id: blackburn
    reserves: {usable_share: {low: 30%, central: 50%, high: 60%, source: J, rationale: why}}
    spending:
      - {id: adult_care, net: 72.7}
      - {id: parks, net: {value: 1.0, source: S}}
drivers:
  - {id: send, central: {2027-28: {value: 8%, source: J}, 2028-29: 7%}}
years: 3
""",
    "a.yaml",
)


@pytest.mark.parametrize(
    ("address", "text", "place", "meaning"),
    [
        ("years", "5", ("years",), 5),
        ("adult_care.net", "75", ("agencies", 0, "spending", 0, "net"), 75),
        ("agencies.blackburn.spending.adult_care.net", "75.5", ("agencies", 0, "spending", 0, "net"), Decimal("75.5")),
        ("send.central.2028-29", "10%", ("drivers", 0, "central", "2028-29"), "10%"),
        ("parks.net", "NO", ("agencies", 0, "spending", 1, "net", "value"), "NO"),
        ("2027-28", "9%", ("drivers", 0, "central", "2027-28", "value"), "9%"),
        ("drivers.send.central.2029-30", "6%", ("drivers", 0, "central", "2029-30"), "6%"),
        ("parks.net.value", "2", ("agencies", 0, "spending", 1, "net", "value"), 2),
        ("agencies.blackburn.reserves", "null", ("agencies", 0, "reserves"), None),
        ("adult_care.net", "'75'", ("agencies", 0, "spending", 0, "net"), "75"),
    ],
)
def test_one_value_is_set(address: str, text: str, place: tuple[str | int, ...], meaning: Any) -> None:
    found = assign(SETTINGS, address, text, "--set")
    assert yaml_tree.at(found.value, place) == meaning
    assert found.marks[place].file == "--set"
    assert SETTINGS.value["years"] == 3 and set(tree(dump(found.value)).marks) == set(found.marks)


def test_a_record_set_says_who_changed_it_and_drops_its_old_source() -> None:
    found = assign(SETTINGS, "usable_share", "40%", "--set")
    record = found.value["agencies"][0]["reserves"]["usable_share"]
    assert record == {"value": "40%", "source": "command_line", "rationale": "set by hand"}
    assert found.marks[("agencies", 0, "reserves", "usable_share", "source")].file == "--set"
    assert found.value["sources"] == {"command_line": {"title": "Set by hand, in the app or by --set", "grade": "J"}}
    assert set(tree(dump(found.value)).keys) == set(found.keys)


def test_one_end_of_a_range_can_be_set() -> None:
    found = assign(SETTINGS, "usable_share.high", "70%", "--set")
    record = found.value["agencies"][0]["reserves"]["usable_share"]
    assert record == {
        "low": "30%", "central": "50%", "high": "70%", "source": "command_line", "rationale": "set by hand",
    }  # fmt: skip
    assert found.marks[("agencies", 0, "reserves", "usable_share", "low")].file == "a.yaml"
    assert found.marks[("agencies", 0, "reserves", "usable_share", "high")].file == "--set"


def test_a_bare_number_becomes_a_record_where_the_models_take_one() -> None:
    found = assign(SETTINGS, "adult_care.net", "75", "--set", is_number=lambda _, place: place[-1] == "net")
    record = found.value["agencies"][0]["spending"][0]["net"]
    assert record == {"value": 75, "source": "command_line", "rationale": "set by hand"}
    assert set(tree(dump(found.value)).marks) == set(found.marks)
    assert before(SETTINGS, "adult_care.net", "--set") == "72.7" and before(SETTINGS, "usable_share", "--set") == "50%"


@pytest.mark.parametrize(
    ("address", "text", "words"),
    [
        ("net", "5", "2 end so"),
        ("net", "5", "`agencies.blackburn.spending.adult_care.net`, `agencies.blackburn.spending.parks.net`"),
        ("adult_car.net", "5", "did you mean `agencies.blackburn.spending.adult_care.net`"),
        ("nothing.like.it", "5", "write it as in the file"),
        ("adult_care", "75", "`adult_care` is a line; a setting changes one value"),
        ("adult_care", "75", "did you mean `adult_care.net`?"),
        ("send", "5%", "did you mean `send.central.2027-28`?"),
        ("blackburn", "null", "`blackburn` is a council; a setting changes one value"),
        ("send.central.2029-30", "5%", "names a value of the scenario"),
        ("years", "010", "spare nought"),
        ("years", ".nan", "finite"),
        ("years", "9" * 400, "40 characters"),
        ("years", "\u202e5", "U+202E"),
        ("ye\0ars", "5", "U+0000"),
        ("", "5", "names a value"),
        ("years.", "5", "names a value"),
        (".".join("a" * 5_000), "5", "names a value"),
    ],
)
def test_what_cannot_be_set_is_told(address: str, text: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(words)) as caught:
        assign(SETTINGS, address, text, "--set")
    [problem] = caught.value.problems
    assert problem.file == "--set" and problem.rule and problem.remedy


def test_a_known_name_at_the_top_is_never_taken_for_another() -> None:
    below = tree("events:\n  - {id: flood, years: 2}\n")
    assert assign(below, "years", "5", "--set", {"years"}).value["years"] == 5
    assert assign(below, "years", "5", "--set").value["events"][0]["years"] == 5
