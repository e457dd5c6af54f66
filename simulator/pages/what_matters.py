"""What matters: which assumptions decide the answer, luck beside judgement, whose risk it is, and two values swept."""

from __future__ import annotations

import streamlit as st

from simulator import (
    reserve_curve,
    viewing,
    what_matters_frames,
    what_matters_shown,
    what_matters_tables,
    what_matters_words,
)
from simulator.blocks import Sample
from simulator.digest import meaning
from simulator.held_still import terms
from simulator.jobs import Cancelled, Progress
from simulator.pages import ahead, choosing, matter_figures, parts, reserve_part, sweeping, working
from simulator.pages.projecting import FIRST, SEED, WORKERS
from simulator.pages.working import Asked, Key
from simulator.place_words import drawn, escaped, titles
from simulator.scenario import Scenario
from simulator.statement_shown import Curve
from simulator.what_matters import Wanted, WhatMatters, what_matters, work_of
from simulator.what_matters_page import pushed
from simulator.workbench import Opened

SLOT, FUTURES, EVERY, BODY = "matters", (2_000, 10_000), "", "matters_body"


def _page() -> None:
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title("Which assumptions decide the answer?")
    parts.lead("What matters")
    st.caption(
        "Each thing is held as expected, or judged otherwise, on the same futures: the farther the answer moves, the "
        "more hangs on it. It is the plan as approved, before anybody acts."
    )
    wanted, paths, pressed = _choices(scenario)
    key = _key(scenario, wanted, paths)
    if pressed or not (working.found(SLOT) or working.busy(SLOT) or st.session_state.get("matters_begun")):
        st.session_state["matters_begun"] = True
        working.begin(SLOT, _asked(scenario, wanted, paths, key))
    working.progress(SLOT)
    one = working.found(SLOT)
    if one is not None and isinstance(one.result, WhatMatters) and not working.stale(one, key):
        _results(one.result, one.opened)
    _reserves(scenario, wanted.agency, paths)
    sweeping.section(scenario)


def _choices(scenario: Scenario) -> tuple[Wanted, int, bool]:
    """Show what may be asked; return it, how many futures to draw, and whether the button was pressed."""
    with st.container(border=True):
        agency = _body(scenario)
        body = next((one for one in scenario.bodies if one.id == agency), None)
        figures = what_matters_shown.figures(terms(scenario), body)
        with st.form("matters_form", border=False):
            left, middle, right = st.columns([3, 2, 3])
            figure = left.selectbox(
                "What is asked", list(figures), format_func=figures.__getitem__,
                key=f"matters_figure_{body.kind if body else 'all'}", persist_state="session",
                help="Money in £m cash, or a chance in points of 100 futures. What is held counts unmet gaps below "
                "nought. Source: the run itself.",
            )  # fmt: skip
            years = what_matters_shown.plan_years(scenario)
            year = middle.selectbox(
                "By the end of", ["", *years], format_func=lambda one: one or "the plan", key="matters_year",
                persist_state="session",
                help="The financial year, to 31 March, up to which the answer counts; the plan's end unless chosen.",
            )  # fmt: skip
            with right:
                paths = parts.futures(
                    FUTURES,
                    "matters_paths",
                    "More futures make every 95% interval narrower, and take about five times as long.",
                )
            pressed = st.form_submit_button("Find what matters", type="primary", key="matters_run")
    return Wanted(agency, "" if year not in years else year, figure), paths, pressed


def _body(scenario: Scenario) -> str:
    looked = parts.looked()
    names = titles(viewing.bodies(scenario, looked))
    if len(scenario.bodies) == 1:
        return next(iter(names))
    choosing.begin(BODY, {EVERY, *names}, viewing.begins(scenario, looked))
    return st.selectbox(
        "Body", [*names, EVERY], format_func=lambda one: names.get(one, "Every body, by luck alone"),
        key=BODY, persist_state="session", on_change=choosing.chosen, args=(BODY,),
        help="Of one body luck and judgement stand in one ranking; of every body only luck is ranked.",
    )  # fmt: skip


def _reserves(scenario: Scenario, agency: str, paths: int) -> None:
    """Show what each confidence needs of a body's reserves, or why it has none."""
    agency = agency or viewing.begins(scenario, parts.looked())
    body = next(one for one in scenario.bodies if one.id == agency)
    if words := reserve_curve.why_none(body):
        st.header("How large a reserve would be enough?")
        st.info(escaped(words))
        return
    key = ("reserve curve", meaning(scenario), agency, str(paths))

    def work(progress: Progress | None = None, cancelled: Cancelled | None = None) -> Curve:
        sample = Sample(paths, SEED, WORKERS, progress, cancelled)
        return FIRST.run(key, Curve, lambda: reserve_curve.reserve_curve(scenario, agency, sample))

    title = "Looking at what each confidence needs"
    if ahead.light([scenario], paths):
        with st.spinner(title):
            curve: object = work()
    else:
        curve = ahead.found("curve", Asked(key, title, ahead.blocks(paths), work))
    if isinstance(curve, Curve):
        reserve_part.show(curve)


def _key(scenario: Scenario, wanted: Wanted, paths: int) -> Key:
    return ("matters", meaning(scenario), *wanted, str(paths))


def _asked(scenario: Scenario, wanted: Wanted, paths: int, key: Key) -> Asked:
    def work(progress: Progress, cancelled: Cancelled) -> WhatMatters:
        return what_matters(scenario, wanted, Sample(paths, SEED, WORKERS, progress, cancelled))

    return Asked(key, "Finding what matters", work_of(scenario, wanted, Sample(paths)), work)


def _results(found: WhatMatters, one: Opened) -> None:
    answer = found.answers[0]
    told = what_matters_words.over_place(found) if found.place else what_matters_words.plain(answer)
    whom = found.scenario.place.name if found.place else answer.name
    st.header(escaped(f"What matters most: {whom}"))
    st.markdown(f"**{viewing.signed(escaped(' '.join(told)), parts.looked())}**")
    if not found.place and (ends := what_matters_shown.intervals(answer)):
        st.caption(viewing.signed(escaped(ends), parts.looked()))
    st.caption(escaped(what_matters_shown.about(found)))
    if found.place:
        parts.table(what_matters_shown.bodies(found, viewing.bodies(found.scenario, parts.looked())))
        st.caption("To see our judgements beside luck, choose one body above.")
    else:
        _ranking(found)
    _owners(found)
    if not found.place:
        _years(found)
        _tornado(found)
    _more(found, one)


def _ranking(found: WhatMatters) -> None:
    answer = found.answers[0]
    luck_alone = what_matters_words.unjudged(answer)
    st.subheader("Luck in one ranking" if luck_alone else "Luck and judgement in one ranking")
    if luck_alone:
        st.caption(drawn(luck_alone))
    if not answer.causes:
        st.write("Nothing that chance moves, and no judgement, moves this answer.")
        return
    frame, words = what_matters_frames.ranking(found, answer)
    figure = matter_figures.ranked(frame, what_matters_frames.axis(answer))
    said = parts.figure(words, figure, "matters_ranking")
    parts.data(what_matters_shown.ranking(answer), "ranking", said)


def _owners(found: WhatMatters) -> None:
    st.subheader("Whose risk is it?")
    if not any(what_matters_words.by_group(one) for one in found.answers):
        st.write("The answer is the same on every future: there is no risk to own.")
        return
    frame, words = what_matters_frames.owners(found)
    said = parts.figure(words, matter_figures.shared(frame), "matters_owners")
    parts.data(what_matters_shown.owners(found), "owners", said)


def _years(found: WhatMatters) -> None:
    answer = found.answers[0]
    if not answer.by_year:
        return
    st.subheader("In which year?")
    frame, words = what_matters_frames.by_year(found, answer)
    said = parts.figure(
        words, matter_figures.cells(frame, "Share", "By the end of the year", years=True), "matters_years"
    )
    parts.data(what_matters_shown.years(answer), "years", said)


def _tornado(found: WhatMatters) -> None:
    answer = found.answers[0]
    if answer.centre is None or not pushed(answer):
        return
    st.subheader("For talking: each driver pushed alone")
    st.markdown("**It ignores how drivers interact**: a picture to talk with, not a share of risk.")
    frame, words = what_matters_frames.tornado(found, answer)
    said = parts.figure(
        words, matter_figures.tornado(frame, what_matters_frames.in_millions_of(answer)), "matters_tornado"
    )
    parts.data(what_matters_shown.tornado(frame), "tornado", said)


def _more(found: WhatMatters, one: Opened) -> None:
    with st.expander("What travels together"):
        groups = what_matters_words.companies(found.answers)
        st.caption("What knowing one of a group would settle holds some of what the others do.")
        for group in groups:
            st.markdown(f"- {escaped(what_matters_words.listed(group))}")
        if not groups:
            st.write("No two drivers of it are closely correlated.")
    reading = viewing.opens(parts.looked(), "judgement")
    with st.expander("How to read these numbers, and their sampling error", expanded=reading):
        for note in what_matters_words.notes(found):
            st.markdown(f"- {drawn(note)}")
    with st.expander("Download every table"):
        st.caption("Money in pounds, shares and chances from 0 to 1, each with the ends of its 95% interval.")
        for name, table in what_matters_tables.tables(found).items():
            parts.download(table, f"what_matters_{name}", name.replace("_", " "), what_matters_shown.about(found))
    st.caption("The same from the command line:")
    source = one.source or "your-file.yaml"
    asked = what_matters_shown.command(source, one.overlays, one.settings, found.wanted, found.paths)
    st.code(asked, language=None, wrap_lines=True)


_page()
