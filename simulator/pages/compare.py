"""Compare: up to four scenarios on the same futures, who beats whom, how far apart they lie, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import pandas as pd
import streamlit as st

from simulator import (
    compared_place,
    compared_tables,
    compared_words,
    comparison,
    place_captions,
    place_tables,
    real_terms,
    viewing,
)
from simulator.compared_words import LETTERS, Look, Source
from simulator.pages import (
    ahead,
    candidates,
    compared_controls,
    compared_figures,
    figures,
    parts,
    pricing,
    projecting,
    state,
)
from simulator.pages.candidates import Candidate
from simulator.place import LocalAuthority
from simulator.place_words import drawn, escaped
from simulator.problems import ScenarioError
from simulator.run import Results
from simulator.scenario_file import Loaded
from simulator.workbench import Opened

COMPARED = "Compared"
FEW_CHANGES, PAIRS_KEPT = 6, 12

Made = TypeVar("Made")


class Side(NamedTuple):
    """A scenario that is compared: its letter, what it is, and its run."""

    letter: str
    candidate: Candidate
    loaded: Loaded
    run: Results


class Against(NamedTuple):
    """A scenario set against A: paired differences of money and of chances, and what it changes in words."""

    side: Side
    money: pd.DataFrame
    chances: pd.DataFrame
    changed: list[str]


def _page() -> None:
    one = state.opened()
    if parts.stated() is None:
        return
    st.title("What difference would it make?")
    parts.lead("Compare")
    offered = candidates.offered(one, state.snapshots(), state.overlays(), candidates.places(one))
    usual = candidates.usual(offered)
    if usual is None:
        st.info(
            "There is one scenario only, so nothing to compare yet. Change an assumption, or keep what is open by name "
            "in the side of the page and change it further: both can then be set against the file as it stands."
        )
        return
    chosen, paths = compared_controls.choices(offered, usual)
    opened = [(LETTERS[place], offered[key]) for place, key in enumerate(chosen)]
    read = [(*one, loaded) for one in opened if (loaded := _read(*one))]
    if not ahead.made([loaded.scenario for _, _, loaded in read], paths):
        return
    sides = [Side(*one, projecting.run(one[-1].scenario, paths)) for one in read]
    if chosen[0] == chosen[1]:
        st.info("A and B are the same scenario, so nothing differs. Choose another for one of them.")
    if len(sides) < 2 or sides[0].letter != "A":
        st.info("Choose two scenarios that can be opened, and their differences stand here.")
        return
    others = [against for side in sides[1:] if (against := _against(sides[0], side))]
    if others:
        st.caption(escaped(compared_words.about(sides[0].run, others[0].side.run)))
        _compared(sides[0], others, paths)


def _read(letter: str, candidate: Candidate) -> Loaded | None:
    """Return a scenario, or nothing after showing what is wrong with it."""
    try:
        loaded = state.stated(candidate.opened)
    except ScenarioError as error:
        st.error(f"{letter} cannot be opened: {len(error.problems)} to mend.")
        parts.listed(error)
        return None
    st.markdown(f"**{letter}**: {escaped(candidate.name)} ({escaped(loaded.scenario.name)})")
    return loaded


def _against(first: Side, side: Side) -> Against | None:
    """Return the differences of a scenario from A, or nothing after saying why there are none."""
    try:
        return Against(side, *_kept((first, side), "pair", lambda: _pair(first, side)))
    except comparison.CannotCompareError as error:
        st.error(escaped(f"{side.letter} cannot be set against A: {error}."))
        return None


def _pair(first: Side, side: Side) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    lines = [*comparison.changes(first.loaded.tree.value, side.loaded.tree.value), *side.loaded.kept]
    lines += [f"Left out, as {line}" for line in comparison.only_in_one(first.run, side.run)]
    return comparison.paired(first.run, side.run), comparison.chance_differences(first.run, side.run), lines


def _kept(sides: tuple[Side, Side], what: str, make: Callable[[], Made]) -> Made:
    """Return what is made of two scenarios, made once a session while it is among the last of them."""
    known: dict[tuple[Opened, Opened, int, str], Made] = st.session_state.setdefault("pairs", {})
    key = sides[0].candidate.opened, sides[1].candidate.opened, sides[0].run.paths, what
    if key not in known:
        made = make()
        while len(known) >= PAIRS_KEPT:
            known.pop(next(iter(known)))
        known[key] = made
    return known[key]


@st.fragment
def _compared(first: Side, others: list[Against], paths: int) -> None:
    _changed(others)
    runs = [first.run, *(one.side.run for one in others)]
    look = compared_controls.look(runs, pd.concat([one.money for one in others]))
    st.header("Who beats whom")
    st.caption(escaped(compared_words.subject(first.run, look)))
    for other in others:
        told = compared_words.beats(compared_tables.pair(other.money, look), "A", other.side.letter)
        st.markdown(parts.signed(drawn(told)))
    if len(others) > 1:
        table = compared_tables.against(look, [(one.side.letter, one.money, one.chances) for one in others])
        parts.table(table)
        parts.download(table, "against-a", "this table", _about(first, others, look), COMPARED)
    chosen = compared_controls.closely([one.side.letter for one in others])
    other = next(one for one in others if one.side.letter == chosen)
    if compared_tables.same(other.money, look.agency):
        st.info(f"Nothing of this body differs between A and {other.side.letter}, in any future or year.")
    else:
        _differences(first, other, look)
    _fans([first, *(one.side for one in others)], look)
    if not compared_tables.same(other.money, look.agency):
        _why(first, other.side, look)
        _chances(first, other, look)
    _place(first, other, look)
    _again(first, other.side, paths)


def _changed(others: list[Against]) -> None:
    """Show in words what each scenario changes of A, the first few at once."""
    for other in others:
        head = f"What differs from A to {other.side.letter}"
        told = [f"- {escaped(line)}" for line in other.changed] or ["- Nothing."]
        if len(told) <= FEW_CHANGES:
            st.markdown(f"{head}:\n\n" + "\n".join(told))
            continue
        with st.expander(f"{head}: {len(told)} values", key=f"changed_{other.side.letter}"):
            st.markdown("\n".join(told))


def _differences(first: Side, other: Against, look: Look) -> None:
    letters = "A", other.side.letter
    st.header(f"{letters[1]} less A, year by year")
    one, two = (pricing.priced(run, look.agency, look.measure) for run in (first.run, other.side.run))
    table = compared_tables.difference_fan(one, two, look)
    words = compared_words.difference_words(first.run, table, look, letters)
    st.markdown(f"**{parts.signed(escaped(words.headline))}**")
    st.caption(escaped(pricing.said(words.measured, first.run)))
    chart = figures.fan(table, "", place_captions.settled(first.run))
    parts.chart(chart, words.alt, "difference")
    st.caption(escaped(words.how_to_read))
    money = compared_tables.priced(other.money, comparison.paired(one, two)) if pricing.real() else other.money
    told = compared_tables.with_fan(compared_tables.by_year(first.run, money, look, letters), table)
    parts.data(told, "difference", _about(first, [other], look), whose=COMPARED)


def _fans(sides: list[Side], look: Look) -> None:
    st.header("Side by side")
    st.caption(escaped(pricing.said(compared_words.subject(sides[0].run, look), sides[0].run)))
    body = sides[0].run.body(look.agency)
    known = place_captions.known(look.measure, isinstance(body, LocalAuthority))
    tables = [_fan(side.run, look) for side in sides]
    span, columns = compared_tables.span(tables), st.columns(2)
    for place, (side, table) in enumerate(zip(sides, tables, strict=True)):
        with columns[place % 2]:
            st.markdown(f"**{side.letter}**: {escaped(side.candidate.name)}")
            chart = compared_figures.beside(table, known, place_captions.settled(side.run), span)
            alt = compared_words.fan_alt(side.run, table, look, side.letter)
            parts.chart(chart, alt, f"fan_{side.letter}")
    read = place_captions.known_read(sides[0].run, look.agency, look.measure)
    st.caption(escaped(f"{compared_words.fans_how(sides[0].run, look)} {read}".strip()))
    # Not beside each other: a table that scrolls in half a page cannot be scrolled by keyboard in every browser.
    for side, table in zip(sides, tables, strict=True):
        said = f"{_named(side)}. {compared_words.subject(side.run, look)}"
        parts.data(place_tables.shown(table), f"fan-{side.letter.lower()}", said, f" of {side.letter}", COMPARED)


def _fan(run: Results, look: Look) -> pd.DataFrame:
    """Return the fan of one scenario in the prices asked for."""
    now = pricing.priced(run, look.agency, look.measure)
    table = place_tables.fan(now, look.agency, look.measure, look.view)
    return table if now is run else real_terms.known_real(table, str(run.scenario.base_year))


def _why(first: Side, side: Side, look: Look) -> None:
    letters = "A", side.letter
    st.header(f"Why the gap of {look.year} differs")
    frame = compared_tables.why(first.run, side.run, look)
    bars = compared_tables.waterfall(frame, letters)
    words = compared_words.why_words(first.run, frame, look, letters)
    parts.figure(words, compared_figures.waterfall(bars), "why")
    parts.data(compared_tables.steps(bars), "why", _about(first, [side], look), whose=COMPARED)


def _chances(first: Side, other: Against, look: Look) -> None:
    letters = "A", other.side.letter
    st.header("How the chances differ")
    st.caption(escaped(compared_words.chances_about(first.run, look)))
    table = compared_tables.chances(first.run, other.chances, look, letters)
    parts.table(table)
    parts.download(table, "chances", "these chances", _about(first, [other], look), COMPARED)


def _named(side: Side) -> str:
    return f"{side.letter} is {side.candidate.name} ({side.loaded.scenario.name})"


def _about(first: Side, others: Sequence[Against | Side], look: Look) -> str:
    """Return what a file says of a comparison: which scenarios, of which body, in which view and as at when."""
    sides = [first, *(one.side if isinstance(one, Against) else one for one in others)]
    return f"{'; '.join(map(_named, sides))}. {compared_words.chances_about(first.run, look)}"


def _place(first: Side, other: Against, look: Look) -> None:
    """Show what the change does to the place as a whole, in the words of `headroom compare`; nothing of one body."""
    runs = first.run, other.side.run
    told = _kept((first, other.side), look.year, lambda: compared_place.parts(*runs, [look.year], other.money))
    if told:
        title = f"The place as a whole: who gains and who loses in {look.year}"
        with st.expander(title, expanded=viewing.opens(parts.looked(), "owed"), key="place"):
            if other.side.letter != "B":
                st.caption(f"B in these tables is {other.side.letter}.")
            st.markdown(parts.signed(compared_words.place(told)))


def _again(first: Side, side: Side, paths: int) -> None:
    a, b = (
        Source(
            one.candidate.opened.source or "your-file.yaml",
            one.candidate.opened.overlays,
            one.candidate.opened.settings,
        )
        for one in (first, side)
    )
    st.caption("The same figures from the command line:")
    st.code(compared_words.commands(a, b, paths), language=None, wrap_lines=True)


_page()
