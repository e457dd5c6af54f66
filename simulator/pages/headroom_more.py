"""What takes longer on the page of headroom, each on request: what would allow more, and a choice of programmes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from simulator import shift_more, shift_report, viewing
from simulator.blocks import Sample
from simulator.digest import meaning
from simulator.jobs import Cancelled, Progress
from simulator.pages import parts, working
from simulator.pages.projecting import SEED, WORKERS
from simulator.pages.stages import Count, Stage
from simulator.pages.stages import parts as parts_of
from simulator.pages.working import Asked, Key
from simulator.place_words import drawn
from simulator.portfolio_report import FUTURES as CHOSEN_ON
from simulator.scenario import Scenario
from simulator.shift_more import Shown
from simulator.streams import BLOCK

EACH = (4, 8, 3, 10, 2, 14)
"""Parts of the whole that a block of futures is in each stage of a report, by how long it took when measured."""
LOOKS = (2, 2, 3, 4, 1, 1)
"""How often the futures are run in each stage, as a rule."""
ON_FEWER = (2, 3)
"""Stages that run on the first futures alone."""
TURNS = 5
"""How often the futures of a choice are run, as a rule; more where room has to be cut."""


class Offer(NamedTuple):
    """Something to find on request: its place on the page, title, what is said of it, button and work."""

    slot: str
    title: str
    about: str
    button: str
    asked: Callable[[Scenario, int], Asked]


def section(scenario: Scenario, paths: int) -> None:
    """Show what can be asked besides, and what was found of it."""
    for offer in OFFERS:
        st.header(offer.title)
        st.caption(offer.about)
        asked = offer.asked(scenario, paths)
        if st.button(offer.button, key=f"{offer.slot}_run", help=f"On {paths:,} futures or fewer, off the page."):
            working.begin(offer.slot, asked)
        working.progress(offer.slot)
        found = working.found(offer.slot)
        if found is None or not isinstance(found.result, Shown):
            continue
        if not working.stale(found, asked.key):
            _show(offer, found.result)


def _show(offer: Offer, shown: Shown) -> None:
    if shown.lead:
        st.markdown(f"**{drawn(shown.lead)}**")
    first, *rest = shown.sections
    _parts(shown, first)
    for title in rest:
        with st.expander(title, expanded=viewing.opens(parts.looked(), shift_more.PART.get(title, ""))):
            _parts(shown, title)
    for name, (made, kind) in shown.files.items():
        size = f"{len(made) / 1000:.0f} KB"
        st.download_button(f"Download {name} ({size})", made, name, kind, key=f"{offer.slot}_{name}", on_click="ignore")
    if shown.about:
        st.caption(drawn(shown.about))


def _parts(shown: Shown, title: str) -> None:
    for part in shown.sections[title]:
        if isinstance(part, str):
            st.markdown(viewing.signed(drawn(part), parts.looked()))
        else:
            parts.table(part.map(drawn))


def _more(scenario: Scenario, paths: int) -> Asked:
    stages = shift_report.stages(scenario)
    planned = _planned(scenario, paths)

    def work(progress: Progress, cancelled: Cancelled) -> Shown:
        count = Count(progress, planned)
        sample = Sample(paths, SEED, WORKERS, count.blocks, cancelled)

        def tell(stage: str) -> None:
            sample.stop_if_asked()
            count.begin(stages.index(stage))

        report = shift_report.shift_report(scenario, sample, tell)
        sample.stop_if_asked()
        return shift_more.more_shown(report)

    return Asked(_key("more", scenario, paths), "Trying what would allow more", parts_of(planned), work)


def _planned(scenario: Scenario, paths: int) -> tuple[Stage, ...]:
    whole, fewer = (-(-count // BLOCK) for count in (paths, min(paths, shift_report.FEWER)))
    rows = range(len(shift_report.stages(scenario)))
    return tuple(Stage(LOOKS[one] * (fewer if one in ON_FEWER else whole), EACH[one]) for one in rows)


def _choice(scenario: Scenario, paths: int) -> Asked:
    total = (TURNS + 2) * -(-min(paths, CHOSEN_ON) // BLOCK)

    def work(progress: Progress, cancelled: Cancelled) -> Shown:
        sample = Sample(paths, SEED, WORKERS, progress, cancelled)
        found = shift_report.brief(scenario, sample)
        return shift_more.choice_shown(scenario, shift_more.chosen(found, sample))

    return Asked(_key("choice", scenario, paths), "Choosing among the programmes", total, work)


def _key(what: str, scenario: Scenario, paths: int) -> Key:
    return (what, meaning(scenario), str(paths))


OFFERS = (
    Offer(
        "headroom_more", "What would allow more?",
        "Arrangements between bodies and changes of rule, each tried on the same futures; other judgements; every way "
        "of paying providers; staff; room in one year. With the whole page to print.",
        "Find what would allow more", _more,
    ),
    Offer(
        "headroom_choice", "Which programmes would buy most?",
        "A choice among the programmes within what each body can bear, proved on the same futures: a question to "
        "argue about, never a recommendation.",
        "Choose among the programmes", _choice,
    ),
)  # fmt: skip
"""What is offered, in the order in which it is shown."""
