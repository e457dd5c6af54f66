"""Overview: the short answer for a place, the fan of a body, the map of chances, and one lever that moves them."""

from __future__ import annotations

import streamlit as st

from simulator import levers, place_captions, place_page, place_tables, place_words, three_words
from simulator.answers import Answers
from simulator.levers import Lever
from simulator.pages import figures, parts, projecting, state
from simulator.place import LocalAuthority
from simulator.run import Results
from simulator.scenario import Scenario
from simulator.three_answers import asked_of
from simulator.workbench import Opened

QUICK, SURE = 2_000, 10_000


def _page() -> None:
    one = state.opened()
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title(f"{place_words.escaped(scenario.place.name)}: can this place stay in balance?")
    about, answer, first, notes = (st.container() for _ in range(4))
    controls = st.container(border=True)
    lever = levers.savings_capacity(scenario)
    with controls:
        percent, paths = _choices(lever)
        sets = lever.settings(percent) if lever else ()
        base = projecting.quick(scenario, paths)
        now = projecting.quick(_pulled(one, sets), paths) if sets else base
        _moved(base, now, lever, percent)
    with about:
        st.caption(place_words.escaped(place_words.about(now)))
    with answer:
        _answer(now)
    with notes:
        _notes(now)
    _bodies(now)
    st.header("Year by year")
    leads = place_words.LEADS
    view = st.radio("View of all that follows", list(leads), format_func=leads.__getitem__, horizontal=True, key="view")
    _fan(base, now, view)
    _map(now, view)
    with first:
        _three(now)
    _more(projecting.run(now.scenario, paths), view)
    parts.again(one, sets, paths)


def _pulled(one: Opened, sets: tuple[str, ...]) -> Scenario:
    """Return what is open with the lever pulled; what the lever sets takes the place of the same values set before."""
    for setting in sets:
        address, _, text = setting.partition("=")
        one = one.with_value(address, text)
    return state.stated(one).scenario


def _choices(lever: Lever | None) -> tuple[int, int]:
    """Show the lever and how many futures to draw; return both."""
    st.subheader("What if managers could find more savings, or fewer?")
    left, right = st.columns([3, 2])
    percent = levers.AS_STATED
    with left:
        if lever:
            percent = st.slider(
                "Room for new savings, per cent of what this place states",
                levers.LEAST,
                levers.MOST,
                levers.AS_STATED,
                levers.STEP,
                format="%d%%",
                key="capacity",
                help=place_words.lever_help(lever.stated),
            )
        else:
            st.write("This place states no new savings that managers could find, so there is nothing to move.")
    with right:
        paths = st.radio(
            "Futures to draw",
            [QUICK, SURE],
            format_func=lambda count: f"{count:,} ({'quick' if count == QUICK else 'surer'})",
            horizontal=True,
            key="paths",
            help="More futures make the sampling error of every chance smaller, and take longer.",
        )
    return percent, paths


def _moved(base: Answers, now: Answers, lever: Lever | None, percent: int) -> None:
    """Show what each headline is, and by how much the lever moves it on the same futures."""
    if not lever:
        return
    if base is now:
        st.write("As the place states it. Move the slider and the same futures are run again.")
        return
    st.write(place_words.pulled(base, percent))
    st.table(place_tables.moved(base, now), hide_index=True)


def _answer(now: Answers) -> None:
    st.header("The short answer")
    for sentence in place_words.short_answer(now):
        st.markdown(sentence)


def _notes(now: Answers) -> None:
    st.caption(place_words.escaped(place_words.answer_about(now)))
    st.caption(place_words.escaped(place_captions.judgement_about(now)))


def _three(now: Answers) -> None:
    """Show the three answers for the budget of a council, above the figures though they come after them."""
    bodies = {agency: now.body(agency) for agency in asked_of(now.scenario)}
    if not bodies:
        return
    agency = next(iter(bodies))
    if len(bodies) > 1:
        agency = st.selectbox(
            "Whose budget",
            list(bodies),
            format_func=lambda one: place_words.title(bodies[one]),
            key="asked",
            help="The three answers below are of one body's own plan: no body's reserves answer for another's.",
        )
    found = projecting.three(now, agency)
    st.subheader(place_words.escaped(three_words.title(found)))
    for line in three_words.lines(found):
        st.markdown(f"- {place_words.drawn(line)}")
    st.caption(place_words.escaped(three_words.about(found)))


def _bodies(now: Answers) -> None:
    if len(now.scenario.bodies) == 1:
        return
    st.header(f"Each body by {place_words.horizon(now)}, after managers respond")
    for title, line in place_words.body_lines(now):
        st.markdown(f"- **{place_words.escaped(title)}**: {place_words.drawn(line)}")
    st.caption(place_words.escaped(place_words.duties(now)))


@st.fragment
def _fan(base: Answers, now: Answers, view: str) -> None:
    """Show the fan of a body; choosing another draws this part of the page alone."""
    bodies = {body.id: body for body in now.scenario.bodies}
    left, right = st.columns(2)
    with left:
        body = bodies[
            st.selectbox("Body", list(bodies), format_func=lambda one: place_words.title(bodies[one]), key="body")
        ]
    with right:
        fit = place_words.measures(body)
        measure = st.radio(
            "Measure", fit, format_func=place_captions.MEASURES.__getitem__, horizontal=True, key=f"measure_{body.kind}"
        )
    words = place_captions.fan_words(now, body.id, measure, view)
    table = place_tables.fan(now, body.id, measure, view)
    st.markdown(f"**{place_words.escaped(words.headline)}**")
    if base is not now:
        st.write(place_words.escaped(place_captions.shift(base, now, body.id, measure, view)))
    st.caption(place_words.escaped(words.measured))
    known = place_captions.known(measure, isinstance(body, LocalAuthority))
    chart = figures.fan(table, known, place_captions.settled(now))
    st.altair_chart(chart, alt=words.alt, key="fan")
    st.caption(place_words.escaped(words.how_to_read))
    parts.data(place_tables.shown(table), "fan")


def _map(now: Answers, view: str) -> None:
    st.header("When is a duty or plan missed?" if len(now.scenario.bodies) > 1 else "How likely is each outcome?")
    frame = place_tables.chances(now, view)
    words = place_captions.map_words(now, frame)
    st.markdown(f"**{place_words.escaped(words.headline)}**")
    st.caption(place_words.escaped(f"{place_words.LEADS[view]}. {words.measured}; the number is of futures in 100."))
    chart = figures.heat(frame, place_captions.settled(now))
    st.altair_chart(chart, alt=words.alt, key="map")
    st.caption(place_words.escaped(words.how_to_read))
    parts.data(place_tables.by_year(frame), "map")


def _more(now: Results, view: str) -> None:
    """Show who owes whom, net risk and what rests on judgement."""
    if len(now.transfers):
        with st.expander(place_captions.owed_title(now)):
            st.caption(place_words.escaped(place_captions.owed_about(now, place_words.LEADS[view])))
            st.table(place_tables.owed(now, view), hide_index=True)
    if len(now.net_risk):
        with st.expander(place_captions.net_risk_title(now)):
            st.caption(place_words.escaped(place_captions.net_risk_about(now, place_words.LEADS[view])))
            st.table(place_tables.net_risk(now, view), hide_index=True)
    with st.expander("What rests on judgement, and what is not known"):
        st.caption(place_words.escaped(place_captions.judgement_about(now)))
        st.table(place_tables.judged(now), hide_index=True)
        for line in place_page.unknown(now):
            st.markdown(f"- {place_words.drawn(line)}")


_page()
