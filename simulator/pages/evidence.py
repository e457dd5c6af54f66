"""Evidence: the decision page of a body, what each confidence needs, what to ask about, every test, the register."""

from __future__ import annotations

import streamlit as st

from simulator import place_words, statement_shown
from simulator.pages import evidence_figures, parts, state, statements, working
from simulator.scenario import Scenario
from simulator.statement_shown import Curve, StatementShown
from simulator.three_answers import asked_of
from simulator.workbench import Opened

FUTURES = (2_000, 10_000)
SLOT = "evidence"
"""The place of its work among those of a session."""
NARROW = (
    "<style>.st-key-decision table { display: block; overflow-x: auto } "
    "@media (max-width: 640px) { .st-key-decision :is(th, td) { min-width: 7rem } }</style>"
)
"""What keeps the tables of the decision page within it: on a phone each scrolls within itself."""
HTML, XLSX = "text/html", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TAKEN = (
    ("decision.html", "Decision page to print", HTML),
    ("annex.html", "Annex with every test", HTML),
    ("tables.xlsx", "All tables as one spreadsheet", XLSX),
)


def _page() -> None:
    one = state.opened()
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title("Evidence for the robustness and reserves statement")
    st.write(
        "What a chief finance officer needs at hand to say whether a budget's estimates are robust and its reserves "
        "adequate: draft grades by one rule for all bodies, and what each rests on. **The judgement is the chief "
        "finance officer's; nothing here is an opinion.**"
    )
    key = _ask(scenario)
    working.progress(SLOT)
    found = working.found(SLOT)
    if found is None or not isinstance(found.result, StatementShown):
        if not working.busy(SLOT):
            st.info("Nothing is drawn up yet. Choose a body and press the button; it takes about half a minute.")
        return
    # Another body chosen in the form is no change of the scenario: what is shown says whose it is.
    same_scenario = found.key[1] == key[1]
    working.stale(found, found.key if same_scenario else key)
    _show(one, found.result, int(found.key[-1]))


def _ask(scenario: Scenario) -> working.Key:
    """Ask for a body and a number of futures, and begin the work when the button is pressed; return what is asked."""
    bodies = {body.id: body for body in scenario.bodies}
    first = next(iter([*asked_of(scenario), *bodies]))
    with st.form("evidence", border=True):
        left, right = st.columns([3, 2])
        agency = left.selectbox(
            "Body",
            list(bodies),
            index=list(bodies).index(first),
            format_func=lambda each: place_words.title(bodies[each]),
            key="evidence_body",
            persist_state="session",
            help="Whose budget. Section 25 of the Local Government Act 2003 asks a council's officer for a report; for "
            "any other body the statement is voluntary.",
        )
        paths = right.radio(
            "Futures to draw",
            FUTURES,
            format_func=lambda count: f"{count:,} ({'quick' if count == FUTURES[0] else 'surer'})",
            horizontal=True,
            key="evidence_paths",
            persist_state="session",
            help="More futures make the sampling error of every chance smaller, and take longer.",
        )
        pressed = st.form_submit_button("Draw up the evidence", type="primary", key="evidence_go")
    if pressed:
        working.begin(SLOT, statements.asked(scenario, agency, paths))
    return statements.key_of(scenario, agency, paths)


def _show(one: Opened, shown: StatementShown, paths: int) -> None:
    st.caption(place_words.escaped(f"{shown.about} {shown.whose}"))
    for column, (name, label, kind) in zip(st.columns(len(TAKEN)), TAKEN, strict=True):
        made = shown.files[name]
        column.download_button(
            f"{label} ({len(made) / 1000:.0f} KB)", made, f"{shown.agency}-{name}", kind, key=f"save_{name}",
            on_click="ignore", width="stretch",
        )  # fmt: skip
    st.header("The decision page, as it prints")
    st.html(NARROW)
    with st.container(border=True, key="decision"):
        st.markdown(shown.decision)
    if shown.curve:
        _curve(shown.curve)
    _questions(shown)
    st.header("What it rests on")
    with st.expander(f"Every test ({len(shown.tests)})"):
        st.caption(place_words.escaped(shown.about))
        st.table(shown.tests, hide_index=True)
    with st.expander(f"Register of assumptions ({len(shown.register)} numbers)"):
        st.caption("Every number behind these figures. An effect is in points of 100 futures; below nought is fewer.")
        st.dataframe(shown.register, hide_index=True, alt="Register of assumptions", key="register")
    st.caption("The same evidence from the command line:")
    path = one.source or "your-file.yaml"
    said = statement_shown.command(path, one.overlays, one.settings, shown.agency, paths)
    st.code(said, language="bash", wrap_lines=True)
    st.caption("The judgement is the chief finance officer's; nothing here is an opinion.")


@st.fragment
def _curve(curve: Curve) -> None:
    """Show what each confidence needs; moving the target draws this part of the page alone."""
    st.header("How large a reserve would be enough?")
    target = st.slider(
        "Confidence asked for, in 100 futures",
        statement_shown.LEAST_TARGET,
        statement_shown.MOST_TARGET,
        statement_shown.USUAL_TARGET,
        key="target",
        persist_state="session",
        help="In how many futures of 100 no year to the plan's end may be left unfunded. How sure to be is a judgement "
        "of the body's own; no law or code sets it.",
    )
    st.markdown(place_words.drawn(statement_shown.target_words(curve, target)))
    st.caption(place_words.escaped(curve.words.measured))
    chart = evidence_figures.confidence(curve.frame, curve.held, target)
    st.altair_chart(chart, alt=curve.words.alt, key="confidence")
    st.caption(place_words.escaped(f"{curve.words.how_to_read} The band is the 95% sampling interval."))
    parts.data(statement_shown.curve_table(curve), "confidence")


def _questions(shown: StatementShown) -> None:
    st.header("Ask about")
    st.caption("Questions for whoever scrutinises: what decides the answer and rests on least, then what is missing.")
    for number, one in enumerate(shown.questions, 1):
        about, question, because = (place_words.escaped(part) for part in one)
        st.markdown(f"{number}. **{about}**. {question}  \n   {because}")


_page()
