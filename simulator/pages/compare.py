"""Compare: up to four scenarios on the same futures, who beats whom, how far apart they lie, and why."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from simulator import compared_place, compared_tables, compared_words, comparison, place_captions, place_tables
from simulator.compared_words import LETTERS, MEASURES, Look, Source
from simulator.pages import candidates, compared_figures, figures, parts, projecting, state
from simulator.pages.candidates import MOST, Candidate
from simulator.place import Agency, LocalAuthority
from simulator.place_words import LEADS, drawn, escaped, title
from simulator.problems import ScenarioError
from simulator.run import Results
from simulator.scenario_file import Loaded

FUTURES = (2_000, 10_000)
FEW_CHANGES = 6


class Side(NamedTuple):
    """A scenario that is compared: its letter, what it is, and its run."""

    letter: str
    candidate: Candidate
    loaded: Loaded
    run: Results


class Against(NamedTuple):
    """A scenario set against A: paired differences of money and of chances."""

    side: Side
    money: pd.DataFrame
    chances: pd.DataFrame


def _page() -> None:
    one = state.opened()
    try:
        state.stated()
    except ScenarioError as error:
        parts.problems(error)
        return
    parts.told()
    st.title("What difference would it make?")
    offered = candidates.offered(one, state.snapshots(), state.overlays())
    usual = candidates.usual(offered)
    if usual is None:
        st.info(
            "There is one scenario only, so nothing to compare yet. Change an assumption, or keep what is open by name "
            "in the side of the page and change it further: both can then be set against the file as it stands."
        )
        return
    chosen, paths = _choices(offered, usual)
    sides = [side for place, key in enumerate(chosen) if (side := _side(LETTERS[place], offered[key], paths))]
    if len(sides) < 2 or sides[0].letter != "A":
        st.info("Choose two scenarios that can be opened, and their differences stand here.")
        return
    others = [against for side in sides[1:] if (against := _against(sides[0], side))]
    if others:
        st.caption(escaped(compared_words.about(sides[0].run, others[0].side.run)))
        _compared(sides[0], others, paths)


def _choices(offered: dict[str, Candidate], usual: tuple[str, str]) -> tuple[list[str], int]:
    """Show what can be compared and return the keys of what is, A first, with how many futures to draw."""
    keys = list(offered)
    _forget(keys)
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            first = _scenario("A: set this", offered, usual[0], "compare_A")
        with right:
            second = _scenario("B: against this", offered, usual[1], "compare_B")
        more = left.multiselect(
            "C and D: two more, if wanted",
            [key for key in keys if key not in (first, second)],
            format_func=lambda key: offered[key].name,
            max_selections=MOST - 2,
            key="compare_more",
            persist_state="session",
            help="Each is set against A on the same futures.",
        )
        paths = right.radio(
            "Futures to draw",
            FUTURES,
            format_func=lambda count: f"{count:,} ({'quick' if count == FUTURES[0] else 'surer'})",
            horizontal=True,
            key="compare_paths",
            persist_state="session",
            help="More futures make the sampling error of every figure smaller, and take longer.",
        )
    if first == second:
        st.info("A and B are the same scenario. Choose another for one of them.")
    return list(dict.fromkeys([first, second, *more])), paths


def _scenario(label: str, offered: dict[str, Candidate], usual: str, key: str) -> str:
    """Show a choice of one scenario and return the key of the one chosen."""
    return st.selectbox(
        label,
        list(offered),
        index=list(offered).index(usual),
        format_func=lambda one: offered[one].name,
        key=key,
        persist_state="session",
        help="The file as it stands, what is open, what was kept by a name in the side of the page, or an overlay.",
    )


def _forget(keys: list[str]) -> None:
    """Forget a choice that is not offered any more, such as an overlay of a place that was open before."""
    held = st.session_state
    for letter in LETTERS[:2]:
        if held.get(f"compare_{letter}") not in {None, *keys}:
            del held[f"compare_{letter}"]
    if "compare_more" in held:
        taken = {held.get(f"compare_{letter}") for letter in LETTERS[:2]}
        held["compare_more"] = [key for key in held["compare_more"] if key in keys and key not in taken]


def _side(letter: str, candidate: Candidate, paths: int) -> Side | None:
    """Return a scenario and its run, or nothing after showing what is wrong with it."""
    try:
        loaded = state.stated(candidate.opened)
    except ScenarioError as error:
        st.error(f"{letter} cannot be opened: {len(error.problems)} to mend.")
        st.code("\n\n".join(map(str, error.problems)), language=None, wrap_lines=True)
        return None
    st.markdown(f"**{letter}**: {escaped(candidate.name)} ({escaped(loaded.scenario.name)})")
    return Side(letter, candidate, loaded, projecting.run(loaded.scenario, paths))


def _against(first: Side, side: Side) -> Against | None:
    """Return the differences of a scenario from A, or nothing after saying why there are none."""
    try:
        return Against(side, comparison.paired(first.run, side.run), comparison.chance_differences(first.run, side.run))
    except comparison.CannotCompareError as error:
        st.error(escaped(f"{side.letter} cannot be set against A: {error}."))
        return None


def _compared(first: Side, others: list[Against], paths: int) -> None:
    _changed(first, others)
    look = _look(first, others)
    st.header("Who beats whom")
    st.caption(escaped(compared_words.subject(first.run, look)))
    for other in others:
        st.markdown(drawn(compared_words.beats(compared_tables.pair(other.money, look), "A", other.side.letter)))
    if len(others) > 1:
        st.table(
            compared_tables.against(look, [(one.side.letter, one.money, one.chances) for one in others]),
            hide_index=True,
        )
    other = _closely(others)
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


def _changed(first: Side, others: list[Against]) -> None:
    """Show in words what each scenario changes of A, the first few at once."""
    for other in others:
        side = other.side
        lines = [*comparison.changes(first.loaded.tree.value, side.loaded.tree.value), *side.loaded.kept]
        lines += [f"Left out, as {line}" for line in comparison.only_in_one(first.run, side.run)]
        head = f"What differs from A to {side.letter}"
        told = [f"- {escaped(line)}" for line in lines] or ["- Nothing."]
        if len(told) <= FEW_CHANGES:
            st.markdown(f"{head}:\n\n" + "\n".join(told))
            continue
        with st.expander(f"{head}: {len(told)} values", key=f"changed_{side.letter}"):
            st.markdown("\n".join(told))


def _look(first: Side, others: list[Against]) -> Look:
    """Show what of the scenarios can be looked at, and return what is."""
    runs = [first.run, *(one.side.run for one in others)]
    bodies, years = compared_tables.shared_bodies(runs), compared_tables.shared_years(runs)
    money = pd.concat([one.money for one in others])
    usual, most = compared_tables.first_moved(money, years, str(first.run.scenario.budget_year))
    for key, fit in (("compare_body", bodies), ("compare_year", years)):
        if st.session_state.get(key) not in {None, *fit}:
            del st.session_state[key]
    left, right = st.columns(2)
    agency = left.selectbox(
        "Body",
        bodies,
        index=bodies.index(most),
        format_func=lambda one: title(first.run.body(one)),
        key="compare_body",
        persist_state="session",
        help="At first the one whose gap differs most.",
    )
    year = right.selectbox(
        "Year",
        years,
        index=years.index(usual),
        key="compare_year",
        persist_state="session",
        help="To 31 March. At first the budget year, or else the first year after it in which a gap differs.",
    )
    with left:
        measure = _measure(first.run.body(agency))
    view = right.radio(
        "View",
        list(LEADS),
        format_func=LEADS.__getitem__,
        horizontal=True,
        key="compare_view",
        persist_state="session",
        help="With what managers and members may lawfully do about a gap, or without it.",
    )
    return Look(agency, measure, view, year)


def _measure(body: Agency) -> str:
    fit = compared_words.measures(body)
    return st.radio(
        "Measure",
        fit,
        format_func=MEASURES.__getitem__,
        horizontal=True,
        key=f"compare_measure_{body.kind}",
        persist_state="session",
        help="; ".join(f"{MEASURES[one]}: {compared_words.MEASURED[one]}" for one in fit),
    )


def _closely(others: list[Against]) -> Against:
    """Return which scenario is set against A in all that follows; where there are several, the one chosen."""
    if len(others) == 1:
        return others[0]
    letters = [one.side.letter for one in others]
    if st.session_state.get("compare_closely") not in {None, *letters}:
        del st.session_state["compare_closely"]
    chosen = st.radio(
        "Set against A in what follows",
        letters,
        horizontal=True,
        key="compare_closely",
        persist_state="session",
        help="The fan of differences, the steps of why and the chances are of this one and A.",
    )
    return others[letters.index(chosen)]


def _differences(first: Side, other: Against, look: Look) -> None:
    letters = "A", other.side.letter
    st.header(f"{letters[1]} less A, year by year")
    table = compared_tables.difference_fan(first.run, other.side.run, look)
    words = compared_words.difference_words(first.run, table, look, letters)
    st.markdown(f"**{escaped(words.headline)}**")
    st.caption(escaped(words.measured))
    chart = figures.fan(table, "", place_captions.settled(first.run))
    st.altair_chart(chart, alt=words.alt, key="difference")
    st.caption(escaped(words.how_to_read))
    parts.data(compared_tables.by_year(first.run, other.money, look, letters), "difference")


def _fans(sides: list[Side], look: Look) -> None:
    st.header("Side by side")
    st.caption(escaped(compared_words.subject(sides[0].run, look)))
    body = sides[0].run.body(look.agency)
    known = place_captions.known(look.measure, isinstance(body, LocalAuthority))
    tables = [place_tables.fan(side.run, look.agency, look.measure, look.view) for side in sides]
    span, columns = compared_tables.span(tables), st.columns(2)
    for place, (side, table) in enumerate(zip(sides, tables, strict=True)):
        with columns[place % 2]:
            st.markdown(f"**{side.letter}**: {escaped(side.candidate.name)}")
            chart = compared_figures.beside(table, known, place_captions.settled(side.run), span)
            alt = compared_words.fan_alt(side.run, table, look, side.letter)
            st.altair_chart(chart, alt=alt, key=f"fan_{side.letter}")
            parts.data(place_tables.shown(table), f"fan-{side.letter.lower()}")
    st.caption(escaped(compared_words.fans_how(sides[0].run, look)))


def _why(first: Side, side: Side, look: Look) -> None:
    letters = "A", side.letter
    st.header(f"Why the gap of {look.year} differs")
    frame = compared_tables.why(first.run, side.run, look)
    bars = compared_tables.waterfall(frame, letters)
    words = compared_words.why_words(first.run, frame, look, letters)
    st.markdown(f"**{escaped(words.headline)}**")
    st.caption(escaped(words.measured))
    st.altair_chart(compared_figures.waterfall(bars), alt=words.alt, key="why")
    st.caption(escaped(words.how_to_read))
    parts.data(compared_tables.steps(bars), "why")


def _chances(first: Side, other: Against, look: Look) -> None:
    letters = "A", other.side.letter
    st.header("How the chances differ")
    st.caption(escaped(compared_words.chances_about(first.run, look)))
    st.table(compared_tables.chances(first.run, other.chances, look, letters), hide_index=True)


def _place(first: Side, other: Against, look: Look) -> None:
    """Show what the change does to the place as a whole, in the words of `headroom compare`; nothing of one body."""
    told = compared_place.parts(first.run, other.side.run, [look.year], other.money)
    if told:
        with st.expander(f"The place as a whole: who gains and who loses in {look.year}", key="place"):
            if other.side.letter != "B":
                st.caption(f"B in these tables is {other.side.letter}.")
            st.markdown(drawn("\n\n".join(told).replace("## ", "#### ", 1)))


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
    st.code(compared_words.commands(a, b, paths), language="bash", wrap_lines=True)


_page()
