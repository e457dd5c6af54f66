"""Headroom: how much can safely move into prevention, what stops more, who pays and who gains."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from simulator import shift_bands, shift_frames, shift_payback, shift_return_words, shift_shown, viewing
from simulator.blocks import Sample
from simulator.digest import meaning
from simulator.jobs import Cancelled, Progress
from simulator.pages import headroom_figures, headroom_more, parts, state, working
from simulator.pages.projecting import SEED, WORKERS
from simulator.pages.working import Asked, Key
from simulator.place_words import drawn, escaped
from simulator.scenario import Scenario
from simulator.shift_brief import ShortAnswer, short_answer, work_of
from simulator.shift_report import Bought, NoProgrammesError
from simulator.workbench import Opened

SLOT, BEGUN, FUTURES = "headroom", "headroom_begun", (2_000, 10_000)


def _page() -> None:
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title("How much can safely move into prevention?")
    parts.lead("Headroom")
    st.caption(
        "Headroom is the greatest yearly sum that can move into the programmes proposed while no body's duties become "
        "much less safe in any year. How much less safe is a choice that the scenario states."
    )
    paths, pressed = _choices()
    key = ("headroom", meaning(scenario), str(paths))
    begun = st.session_state.get(BEGUN)
    first = not (working.found(SLOT) or working.busy(SLOT) or begun)
    if pressed or first or (_nothing_of_another(key) and begun != key):
        st.session_state[BEGUN] = key
        working.begin(SLOT, _asked(scenario, paths, key))
    working.progress(SLOT)
    one = working.found(SLOT)
    if one is None:
        return
    if _nothing_of_another(key) or working.stale(one, key):
        return
    if isinstance(one.result, NoProgrammesError):
        st.info(drawn(f"Nothing can be asked of this place: {one.result}. {shift_shown.remedy(scenario)}"))
        _proposals()
    elif isinstance(one.result, ShortAnswer):
        _results(one.result)
        headroom_more.section(scenario, paths)
        _unknown(one.result, one.opened)


def _nothing_of_another(key: Key) -> bool:
    """Return whether all that was found is that nothing could be asked, and of something else than is open now."""
    one = working.found(SLOT)
    return one is not None and isinstance(one.result, NoProgrammesError) and one.key != key


def _proposals() -> None:
    """Offer the overlays that fit what is open and propose programmes, each switched on by one press."""
    one = state.opened()
    held = state.stated(one).scenario.prevention
    if held is not None and held.programmes:
        return
    for name, words in state.overlays().items():
        laid = one.with_overlay(name, True)
        proposed = state.stated(laid).scenario.prevention
        if proposed is not None and proposed.programmes:
            st.button(
                f"Switch on the overlay: {escaped(words)}", key=f"propose_{name}", on_click=state.change, args=(laid,),
                help=f"`--with {name}`: its programmes are examples to argue about, and Undo takes them away.",
            )  # fmt: skip


def _choices() -> tuple[int, bool]:
    """Show how many futures to draw; return that, and whether the button was pressed."""
    with st.form("headroom_form"):
        paths = parts.futures(
            FUTURES,
            "headroom_paths",
            "Each size of a shift meets the same futures as no shift. More of them make every 95% interval narrower, "
            "and take about five times as long.",
        )
        return paths, st.form_submit_button("Find headroom", type="primary", key="headroom_run")


def _asked(scenario: Scenario, paths: int, key: Key) -> Asked:
    def work(progress: Progress, cancelled: Cancelled) -> ShortAnswer | NoProgrammesError:
        return short_answer(scenario, Sample(paths, SEED, WORKERS, progress, cancelled))

    return Asked(key, "Trying sizes of a shift", work_of(paths), work)


def _results(answer: ShortAnswer) -> None:
    st.header("The short answer")
    for line in shift_return_words.short_lines(answer.found):
        st.markdown(f"- {viewing.signed(drawn(line), parts.looked())}")
    st.caption(drawn(shift_shown.about(answer.found)))
    _curve(answer)
    st.header("What stops more?")
    table = shift_shown.bears_table(answer.found)
    parts.table(_listed(table, answer.found))
    said = f"{shift_shown.bears_about(answer.found)} {shift_shown.about(answer.found)}"
    st.caption(drawn(said))
    parts.download(table, "what_each_body_can_bear", "the table", said)
    _flows(answer.found)
    _payback(answer.found)


def _curve(answer: ShortAnswer) -> None:
    """Show the two tests side by side: one under the other on a phone."""
    shown = shift_frames.shown(answer.found.after, answer.before, shift_shown.subject(answer.found))
    st.header("How far each sum is within the limits")
    st.markdown(f"**{escaped(shown.words.headline)}**")
    st.caption(escaped(shown.words.measured))
    for column, test in zip(st.columns(2), shown.tests, strict=True):
        with column:
            st.markdown(f"**{test.title}**")
            figure = headroom_figures.curve(shown, test)
            parts.chart(figure, f"{test.title}. {shown.words.alt}", f"headroom_{test.test}")
    st.caption(escaped(shown.words.how_to_read))
    st.write(drawn(shift_shown.before_words(answer)))
    parts.data(shift_shown.curve_table(shown.frame), "headroom_curve", parts.about(shown.words))


def _flows(found: Bought) -> None:
    """Show who pays and who gains as bands, as a table, and as what each gains less what it pays."""
    st.header("Who pays, and who gains?")
    flow = shift_bands.bands(found)
    said = parts.figure(flow.words, headroom_figures.flows(flow), "headroom_flows")
    parts.data(shift_bands.bands_table(flow), "headroom_flows", said)
    table = shift_shown.pays_table(found)
    parts.table(_listed(table, found))
    said = shift_shown.pays_about(found)
    st.caption(drawn(said))
    parts.download(table, "who_pays_and_who_gains", "the table", f"{said} {shift_shown.about(found)}")
    if len(found.names) > 1:
        net = shift_bands.gains(found)
        said = parts.figure(net.words, headroom_figures.net(net.frame), "headroom_net")
        parts.data(shift_bands.gains_table(net), "headroom_net_gain", said)


def _payback(found: Bought) -> None:
    """Show when the shift has paid back: all bodies together by year, and each payer."""
    st.header("When does it pay back?")
    summed = shift_payback.so_far(found)
    said = parts.figure(summed.words, headroom_figures.so_far(summed.frame), "headroom_so_far")
    parts.data(shift_payback.so_far_table(summed), "headroom_so_far", said)
    table = shift_payback.payback_table(found)
    parts.table(_listed(table, found))
    said = shift_payback.payback_about(found)
    st.caption(drawn(said))
    parts.download(shift_payback.for_file(table), "when_it_pays_back", "the table", said)


def _listed(table: pd.DataFrame, found: Bought) -> pd.DataFrame:
    """Return a table without the bodies that are not to be listed; sums of the place stay."""
    listed = {one.id for one in viewing.bodies(found.scenario, parts.looked())}
    return shift_shown.without(table, found, listed)


def _unknown(answer: ShortAnswer, one: Opened) -> None:
    """Show what is not known, and the command that finds all of it in what was open when it was asked."""
    st.header("What is not known")
    for line in shift_return_words.not_known(answer.found):
        st.markdown(f"- {drawn(line)}")
    st.caption("The whole page from the command line:")
    source = one.source or "your-file.yaml"
    asked = shift_shown.command(source, one.overlays, one.settings, answer.found.paths)
    st.code(asked, language=None, wrap_lines=True)


_page()
