"""Two values varied together, as a part of the page of what matters: choose, run off the page, read, take the study."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from simulator import study_frames, study_words, sweep_words, sweeps, viewing, what_matters_shown
from simulator.blocks import Sample
from simulator.cases import piece
from simulator.digest import meaning
from simulator.jobs import Cancelled, Progress
from simulator.pages import matter_figures, parts, projecting, state, working
from simulator.pages.working import Asked
from simulator.place_words import LEADS, escaped, titles
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.studies import Watched
from simulator.study_answers import StudyAnswers
from simulator.sweep_words import Offer
from simulator.sweeps import Axis, Sweep

SLOT, FUTURES, LEAST_STEPS, MOST_STEPS, STEPS = "sweep", (1_000, 2_000, 10_000), 2, 7, 5
TYPED = "Another value, by its address"


class Swept(NamedTuple):
    """What a sweep found, with the study's file."""

    answers: StudyAnswers
    text: str


def section(scenario: Scenario) -> None:
    """Show the part of the page in which two values are varied together."""
    st.header("Vary two values at once")
    st.caption(
        "Every pair of values is run on the same futures, in the background: the page stays yours meanwhile. It is "
        "the study that `headroom batch` runs."
    )
    sweep, pressed = _choices(scenario)
    key = ("sweep", meaning(scenario), sweeps.study_text(sweep))
    if pressed:
        _begin(sweep, key)
    working.progress(SLOT)
    one = working.found(SLOT)
    if one is not None and isinstance(one.result, Swept) and not working.stale(one, key):
        _results(one.result)


def _choices(scenario: Scenario) -> tuple[Sweep, bool]:
    offers = sweep_words.offers(projecting.quick(scenario, FUTURES[1]))
    known = {one.axis.address: one for one in offers}
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            across = _axis("across", known, 0)
        with right:
            down = _axis("down", known, 1)
        st.caption(sweep_words.JUDGED)
        with st.form("sweep_form", border=False):
            watch = _watched(scenario)
            first, second = st.columns(2)
            steps = first.slider(
                "Steps each way", LEAST_STEPS, MOST_STEPS, STEPS, key="sweep_steps", persist_state="session",
                help="How many values of each, from end to end; 5 each way are 25 cases and the place as it stands.",
            )  # fmt: skip
            paths = second.radio(
                "Futures of each case", FUTURES, index=1, format_func=lambda count: f"{count:,}", horizontal=True,
                key="sweep_paths", persist_state="session",
                help="The same futures for every case, so that differences are of what was changed, never of luck.",
            )  # fmt: skip
            pressed = st.form_submit_button("Run the sweep", type="primary", key="sweep_run")
    one = state.opened()
    return Sweep(one.source, one.overlays, one.sets, (across, down), steps, watch, paths), pressed


def _axis(which: str, known: dict[str, Offer], place: int) -> Axis:
    """Show a choice of one value with both its ends, and return it."""
    held = st.session_state.get(f"sweep_{which}")
    if held not in {None, TYPED, *known}:
        del st.session_state[f"sweep_{which}"]
    chosen = st.selectbox(
        f"Value {which}", [*known, TYPED], index=min(place, len(known)), key=f"sweep_{which}", persist_state="session",
        format_func=viewing.apart({one: offer.axis.name for one, offer in known.items()} | {TYPED: TYPED}).__getitem__,
        help="A value of the scenario. The last choice takes any address, as `--set` does.",
    )  # fmt: skip
    offer = known.get(chosen)
    address = chosen
    if offer is None:
        address = st.text_input(
            "Address", "reserves.usable_share", key=f"sweep_{which}_address", persist_state="session", max_chars=200,
            help="As `--set` takes it, such as reserves.usable_share; it is checked before anything runs.",
        )  # fmt: skip
    low, high = (offer.axis.low, offer.axis.high) if offer else ("35%", "65%")
    ends = st.columns(2)
    low, high = (
        column.text_input(
            f"{end}, {which}", value, key=f"sweep_{which}_{end}_{chosen}", persist_state="session", max_chars=40,
            help="A number or a percentage, as a scenario file writes it: 12.5 or 5%.",
        )
        for column, end, value in zip(ends, ("From", "To"), (low, high), strict=True)
    )  # fmt: skip
    if offer and offer.stated:
        st.caption(f"{offer.stated} as stated; `{address}`")
    return Axis(offer.axis.name if offer else address or "address", address or "address", low, high)


def _watched(scenario: Scenario) -> Watched:
    listed = viewing.bodies(scenario, parts.looked())
    names = titles(listed)
    pairs = {(one.id, figure): words for one in listed for figure, words in sweep_words.figures(one).items()}
    alone, begins = len(scenario.bodies) == 1, viewing.begins(scenario, parts.looked())
    own = next((place for place, (agency, _) in enumerate(pairs) if agency == begins), 0)
    first, second, third = st.columns([3, 2, 2])
    agency, figure = first.selectbox(
        "Figure watched", list(pairs), index=own, key=f"sweep_figure_{'_'.join(names)}", persist_state="session",
        format_func=lambda one: pairs[one] if alone else f"{names[one[0]]}: {pairs[one]}",
        help="A chance by the end of the year chosen, or money in that year on average over all futures, £m cash.",
    )  # fmt: skip
    years = what_matters_shown.plan_years(scenario)
    year = second.selectbox(
        "Year", years, key=f"sweep_year_{years[0]}", persist_state="session",
        help="Of a chance: in any year up to the end of it.",
    )  # fmt: skip
    view = third.selectbox(
        "View", list(LEADS), format_func=LEADS.__getitem__, key="sweep_view", persist_state="session",
        help="Before anybody acts, or after managers respond by their stated rules.",
    )  # fmt: skip
    return sweep_words.watched(agency, figure, year, view)


def _begin(sweep: Sweep, key: working.Key) -> None:
    """Check a sweep and begin it; what is wrong with it is shown as `headroom batch` prints it."""
    one = state.opened()
    try:
        on = replace(state.base(one), pieces=tuple(piece(name) for name in sweep.overlays))
        study = sweeps.loaded(sweep, on)
    except ScenarioError as error:
        st.error("This sweep cannot be run; nothing was begun.")
        parts.listed(error)
        return

    def work(progress: Progress, cancelled: Cancelled) -> Swept:
        # One thread: cases hold Python's lock for much of their time, and the page is to stay live.
        found = sweeps.swept(study, Sample(workers=1, progress=progress, cancelled=cancelled))
        return Swept(found, study.text)

    working.begin(SLOT, Asked(key, "Running the sweep", sweep.cases, work))


def _results(found: Swept) -> None:
    answers = found.answers
    figure = answers.figures[0]
    for sentence in study_words.answer(answers):
        st.markdown(f"**{viewing.signed(escaped(sentence), parts.looked())}**")
    drawn = study_frames.cells(answers, figure) if study_frames.paired(answers) else None
    if drawn is None:
        st.warning("Some pairs of values are refused by the model, so there is no picture; the table says which.")
        parts.table(what_matters_shown.refused(answers))
    else:
        frame, words = drawn
        st.caption(escaped(words.measured))
        across = answers.study.vary[0]
        parts.chart(matter_figures.cells(frame, "Value", across.called), words.alt, "sweep_cells")
        st.caption(escaped(words.how_to_read))
    parts.data(what_matters_shown.cases(answers), "sweep", " ".join(study_words.answer(answers)))
    st.download_button(
        f"Download the study ({len(found.text.encode()) / 1000:.0f} KB YAML)", found.text, sweeps.FILE, "text/yaml",
        key="sweep_study",
    )  # fmt: skip
    st.caption("Run it from the command line, with your scenario's file beside it unless it is a shipped one:")
    st.code(f"headroom batch {sweeps.FILE} --out out/sweep", language=None, wrap_lines=True)
