"""Parts that pages share: problems of a file, the data behind a figure with its download, and how to run it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from simulator import viewing
from simulator.downloads import plain_csv
from simulator.pages import state
from simulator.pages.figures import Drawn, Figure
from simulator.place_words import command, escaped, folder, options
from simulator.plain_english import Words
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded
from simulator.workbench import Opened

MORE_FUTURES = "More futures make the sampling error of every chance smaller, and take longer."


def stated() -> Loaded | None:
    """Return the scenario that is open, with what opening a link had to say; or show its problems and return nothing.

    Every page begins with it.
    """
    try:
        found = state.stated()
    except ScenarioError as error:
        _problems(error)
        return None
    if words := st.session_state.pop("told", ""):
        st.info(words)
    return found


def _problems(error: ScenarioError) -> None:
    """Say that what is open cannot be read, and every problem of it."""
    st.title("This scenario cannot be opened")
    st.error(f"{len(error.problems)} to mend; nothing was run.")
    listed(error)
    one = state.opened()
    # At the beginning of a session there is no step to go back.
    back = "press Undo to go back" if state.history().before else "choose another under Scenario"
    st.caption(f"Mend the file and open it again, or {back}.")
    if one.source and not one.text:
        st.caption("The same from the command line:")
        asked = ["headroom check", shlex.quote(one.source), *options(one.overlays, one.settings)]
        st.code(" ".join(asked), language=None, wrap_lines=True)


def listed(error: ScenarioError) -> None:
    """Show every problem as the command line prints it."""
    st.code("\n\n".join(map(str, error.problems)), language=None, wrap_lines=True)


def looked() -> viewing.Looked:
    """Return how the session looks at what is open; what no control knows, as from a link of old, is left out."""
    known = {"view_as": viewing.VIEWS, "prices": viewing.PRICES, "signs": viewing.SIGNS}
    asked = {name: st.session_state.get(name) for name in known}
    held = {name: str(word) for name, word in asked.items() if word in known[name]}
    return viewing.Looked(partner=str(st.session_state.get("partner") or ""), **held)


def lead(page: str) -> None:
    """Say what to do first on a page, for whoever looks; every page has it under its title."""
    st.markdown(f"*{viewing.lead(page, looked())}*")


def signed(text: str) -> str:
    """Return words with their negative amounts written as the session asks."""
    return viewing.signed(text, looked())


def table(shown: pd.DataFrame) -> None:
    """Show a table of text, its negative amounts written as the session asks."""
    st.table(viewing.styled(shown, looked()), hide_index=True)


def chart(drawn: Figure | Drawn, alt: str, key: str) -> None:
    """Draw a figure; `alt` tells it to whoever does not see it."""
    if isinstance(drawn, Drawn):
        st.vega_lite_chart(spec=drawn.spec, alt=alt, key=key)
    else:
        st.altair_chart(drawn, alt=alt, key=key)


def figure(words: Words, drawn: Figure | Drawn, key: str) -> str:
    """Show a figure between its headline with what it measures and how to read it; return those two for its data."""
    st.markdown(signed(f"**{escaped(words.headline)}**"))
    st.caption(signed(escaped(words.measured)))
    chart(drawn, words.alt, key)
    st.caption(signed(escaped(words.how_to_read)))
    return about(words)


def about(words: Words) -> str:
    """Return what the file of a figure's data says of it: what it measures and how to read it."""
    return f"{words.measured}. {words.how_to_read}"


def futures(offered: Sequence[int], key: str, about: str = MORE_FUTURES) -> int:
    """Choose how many futures to draw, the fewest first; `about` says what more of them do."""
    return st.radio(
        "Futures to draw",
        offered,
        format_func=lambda count: f"{count:,} ({'quick' if count == offered[0] else 'surer'})",
        horizontal=True,
        key=key,
        persist_state="session",
        help=about,
    )


def data(held: pd.DataFrame, name: str, said: str, of: str = "", whose: str | None = None) -> None:
    """Show the data behind a figure on demand, with a download whose name says type and size.

    `said` is what the file says of itself, as of `download`, and `of` tells two apart.
    """
    with st.expander(f"Show data{of}", key=f"data_{name}"):
        table(held)
        download(held, name, "the data", said, whose)


def download(held: pd.DataFrame, name: str, what: str, said: str = "", whose: str | None = None) -> None:
    """Offer a table as a file, its type and size in the name; names in it are as they are, not as a page draws them.

    Where something is `said` of the table, which on the page stands around it, the file says it, headed by what it is
    of: `whose`, or the scenario that is open.
    """
    head = state.stated().scenario.name if whose is None else whose
    made = plain_csv(held, f"{head}: {said}" if said else "")
    st.download_button(
        f"Download {what} ({max(len(made) / 1000, 1):.0f} KB CSV)",
        made,
        f"{name}.csv",
        "text/csv",
        key=f"save_{name}",
        on_click="ignore",
    )


def again(one: Opened, sets: tuple[str, ...], scenario: Scenario, paths: int) -> None:
    """Say how to get the same figures from the command line; `scenario` is what is open with `sets` in it."""
    st.caption("The same figures from the command line:")
    st.code(
        command(one.source or "your-file.yaml", one.overlays, (*one.settings, *sets), paths, folder(scenario)),
        language=None,
        wrap_lines=True,
    )
