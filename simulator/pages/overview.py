"""Overview: the short answer for a place and a body, levers with the fan that follows them, and what lies behind."""

from __future__ import annotations

import streamlit as st

from simulator import (
    headline_figures,
    lasting,
    overview_shown,
    place_captions,
    place_page,
    place_tables,
    place_words,
    real_terms,
    three_words,
    viewing,
    year_steps,
)
from simulator.answers import Answers
from simulator.pages import (
    ahead,
    choosing,
    compared_figures,
    figures,
    overview_cells,
    overview_figures,
    overview_levers,
    overview_published,
    parts,
    pricing,
    projecting,
    state,
    working,
)
from simulator.place import Agency, LocalAuthority
from simulator.scenario import Scenario
from simulator.shift_brief import ShortAnswer
from simulator.three_answers import asked_of


def _page() -> None:
    one = state.opened()
    if (loaded := parts.stated()) is None:
        return
    scenario = loaded.scenario
    st.title(f"{place_words.escaped(scenario.place.name)}: can this place stay in balance?")
    parts.lead("Overview")
    about, chosen, answer, four, head, dues = (st.container() for _ in range(6))
    with chosen:
        agency, view = _chosen(scenario)
    st.header("Year by year")
    with st.container(border=True):
        pull = overview_levers.choices(scenario)
        moved = st.container()
    base = projecting.quick(scenario, pull.paths)
    now = projecting.quick(overview_levers.pulled(one, pull.sets), pull.paths) if pull.sets else base
    _fan(base, now, agency, view)
    with about:
        st.caption(place_words.escaped(place_words.about(now)))
        if len(scenario.bodies) > 1:
            st.markdown(f"{next(place_words.short_answer(now))} Counted in any year to {place_words.horizon(now)}.")
    with answer:
        _answer(now, agency)
    with four:
        _four(now, agency, view)
    with moved:
        _moved(base, now, pull)
        if pull.sets:
            overview_levers.keep(one, pull.sets)
    overview_cells.show(now, agency, view)
    _place(now)
    _why(now, agency, view)
    _lasting(now, agency, view)
    with dues if parts.looked().view_as == "nhs" else st.container():
        _dues(now, view)
    overview_published.show(now)
    _judged(now)
    parts.again(one, pull.sets, now.scenario, pull.paths)
    with head:
        _head(now, agency)


def _chosen(scenario: Scenario) -> tuple[str, str]:
    """Choose the body and the view of all that the page shows of one body."""
    looked = parts.looked()
    bodies = {body.id for body in viewing.bodies(scenario, looked)}
    asked = [one for one in asked_of(scenario) if one in bodies and looked.view_as != "nhs"]
    first = next(iter(asked), viewing.begins(scenario, looked))
    left, right = st.columns(2)
    with left:
        agency = choosing.body(scenario, "Whose figures the page shows: no body's reserves answer for another.", first)
    leads = place_words.LEADS
    view = right.radio(
        "View",
        list(leads),
        format_func=leads.__getitem__,
        horizontal=True,
        key="view",
        persist_state="session",
        help="After managers respond: tax, new savings, controls and reserves answer a gap, as the scenario's rules "
        "state. Before: the plan as approved, and nobody acts on what turns out.",
    )
    return agency, view


def _listed(now: Answers) -> set[str]:
    """Return the names of the bodies that tables list."""
    return {body.name for body in viewing.bodies(now.scenario, parts.looked())}


def _answer(now: Answers, agency: str) -> None:
    """Show the short answer for a body: of a council's budget the three that are asked first, of another its line."""
    body = now.body(agency)
    if not isinstance(body, LocalAuthority):
        st.subheader(f"{place_words.escaped(body.name)} by {place_words.horizon(now)}")
        for view, lead in place_words.LEADS.items():
            st.markdown(parts.signed(f"- **{lead}**: {place_words.drawn(place_words.body_line(now, agency, view))}"))
        return
    found = projecting.three(now, agency)
    st.subheader(place_words.escaped(three_words.title(found)))
    for line in three_words.lines(found):
        st.markdown(parts.signed(f"- {place_words.drawn(line)}"))
    st.caption(place_words.escaped(three_words.about(found)))


def _four(now: Answers, agency: str, view: str) -> None:
    """Show the four figures of a body and its place; headroom only as it was found of this very scenario."""
    found = working.found("headroom")
    room = None
    if found and isinstance(found.result, ShortAnswer) and found.key[1] == projecting.digest(now):
        room = found.result
    for column, one in zip(st.columns(4), headline_figures.figures(now, agency, view, room), strict=True):
        column.metric(one.label, parts.signed(one.value), help=one.about)
        column.caption(one.beneath)
    st.caption(place_words.escaped(headline_figures.about(now, agency, view, room)))


def _place(now: Answers) -> None:
    """Show the place in each view, and each of its bodies; what the head of the page tells is not told again."""
    several = len(now.scenario.bodies) > 1
    if several:
        st.header(f"Each body by {place_words.horizon(now)}, after managers respond")
        listed = [place_words.title(body) for body in viewing.bodies(now.scenario, parts.looked())]
        for title, line in place_words.body_lines(now):
            if title in listed:
                st.markdown(parts.signed(f"- **{place_words.escaped(title)}**: {place_words.drawn(line)}"))
        st.caption(place_words.escaped(place_words.duties(now)))
    st.subheader("The place before any new action" if several else "In each view")
    for sentence in list(place_words.short_answer(now))[1 if several else 0 :]:
        st.markdown(parts.signed(sentence))
    st.caption(place_words.escaped(place_words.answer_about(now)))
    st.caption(place_words.escaped(place_captions.judgement_about(now)))


def _moved(base: Answers, now: Answers, pull: overview_levers.Pull) -> None:
    """Show by how much the levers move each headline, on the same futures."""
    if base is now:
        st.write("As the place states it. Move a slider and the same futures are run again.")
        return
    with st.expander("What moves, on the same futures", key="moves"):
        st.write(overview_shown.pulled(base, pull.percent, pull.points))
        parts.table(overview_shown.listed(place_tables.moved(base, now), now, _listed(now)))


@st.fragment
def _fan(base: Answers, now: Answers, agency: str, view: str) -> None:
    """Show the fan of a body; choosing another measure draws this part of the page alone."""
    body = now.body(agency)
    measure = st.radio(
        "Measure",
        place_words.measures(body),
        format_func=place_captions.MEASURES.__getitem__,
        horizontal=True,
        key=f"measure_{body.kind}",
        persist_state="session",
        help="In £m of each year's cash. The gap is spending less funding before that year's own new savings.",
    )
    stated, priced = (pricing.priced(run, agency, measure) for run in (base, now))
    words = place_captions.fan_words(priced, agency, measure, view)
    table = place_tables.fan(priced, agency, measure, view)
    how = words.how_to_read
    if view != "before_action":
        how = f"{how} {overview_shown.PLAN_READ}"
        table = overview_shown.with_plan(table, place_tables.fan(priced, agency, measure, "before_action"))
    how = f"{how} {place_captions.known_read(now, agency, measure)}".strip()
    if priced is not now:
        table = real_terms.known_real(table, str(now.scenario.base_year))
    st.markdown(parts.signed(f"**{place_words.escaped(words.headline)}**"))
    if base is not now:
        st.write(parts.signed(place_words.escaped(place_captions.shift(stated, priced, agency, measure, view))))
    st.caption(place_words.escaped(pricing.said(words.measured, now)))
    known = place_captions.known(measure, isinstance(body, LocalAuthority))
    chart = figures.fan(table, known, place_captions.settled(now))
    parts.chart(chart, words.alt, "fan")
    st.caption(place_words.escaped(how))
    said = f"{place_words.LEADS[view]}. {pricing.said(words.measured, now)}. {how}"
    parts.data(place_tables.shown(table), "fan", said)


def _why(now: Answers, agency: str, view: str) -> None:
    """Show why the last year's gap differs from the first year's."""
    frame = year_steps.between_years(projecting.steps(now), agency, view)
    words, bars = overview_shown.why_words(now, frame, agency, view), overview_shown.why_bars(frame)
    st.header(f"Why the gap of {now.compiled.years[-1]} differs from that of {now.compiled.years[0]}")
    said = parts.figure(words, compared_figures.waterfall(bars), "why_years")
    parts.data(overview_shown.why_table(bars), "why-years", said)


def _lasting(now: Answers, agency: str, view: str) -> None:
    """Show how long what a body holds lasts; nothing of one that may hold nothing."""
    found = lasting.lasting(now, agency, view)
    if found is None:
        return
    st.header("How long would it last?")
    said = parts.figure(found.words, overview_figures.lasting(found), "lasting")
    parts.data(lasting.table(found.frame), "lasting", said)


def _dues(now: Answers, view: str) -> None:
    """Show who owes whom and net risk, found once they are looked at; NHS finance starts from them."""
    lead, looked, listed = place_words.LEADS[view], parts.looked(), _listed(now)
    owed = risk = None
    if now.compiled.agreed.payments:
        begins = viewing.opens(looked, "owed")
        owed = st.expander(place_captions.owed_title(now), begins, key=f"owed_{begins}", on_change="rerun")
    if any(body.kind in ("icb", "trust") for body in now.scenario.bodies):
        begins = viewing.opens(looked, "net risk")
        risk = st.expander(place_captions.net_risk_title(now), begins, key=f"risk_{begins}", on_change="rerun")
    opened = [one for one in (owed, risk) if one is not None and one.open]
    if not opened or not ahead.made([now.scenario], now.paths):
        return
    run = projecting.run(now.scenario, now.paths)
    for one in opened:
        with one:
            about = place_captions.owed_about if one is owed else place_captions.net_risk_about
            st.caption(place_words.escaped(about(run, lead)))
            if one is owed:
                parts.table(overview_shown.of_either(place_tables.owed(run, view), now, listed))
            else:
                parts.table(overview_shown.listed(place_tables.net_risk(run, view), now, listed))


def _judged(now: Answers) -> None:
    """Show what rests on judgement and what no source says."""
    begins = viewing.opens(parts.looked(), "judgement")
    with st.expander("What rests on judgement, and what is not known", begins):
        parts.table(overview_shown.listed(place_tables.judged(now), now, _listed(now)))
        for line in place_page.unknown(now):
            st.markdown(f"- {place_words.drawn(line)}")


def _head(now: Answers, agency: str) -> None:
    """Show the draft grades that head a body's decision page."""
    body: Agency = now.body(agency)
    st.subheader("Head of the decision page: draft grades")
    st.markdown(overview_shown.grades(projecting.drafted(now, agency), body))
    st.caption(place_words.escaped(overview_shown.grades_about(now)))


_page()
