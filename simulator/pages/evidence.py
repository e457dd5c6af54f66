"""Evidence: the short answer and decision page of a body, a checklist, the pack to take away, and what to ask about."""

from __future__ import annotations

import streamlit as st

from simulator import checklist, evidence_heads, overview_shown, place_captions, place_words, statement_shown, viewing
from simulator.pages import choosing, evidence_pack, parts, projecting, reserve_part, state, statements, working
from simulator.place import LocalAuthority
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded
from simulator.statement_shown import StatementShown

FUTURES = (2_000, 10_000)
SLOT = "evidence"
"""The place of its work among those of a session."""
NARROW = (
    "<style>.st-key-decision table { display: block; overflow-x: auto } "
    "@media (max-width: 640px) { .st-key-decision :is(th, td) { min-width: 7rem } }</style>"
)
"""What keeps the tables of the decision page within it: on a phone each scrolls within itself."""
FIXED = "This tool gives evidence. The judgement is the chief finance officer's; nothing here is an opinion."
WHOSE = (
    "Whose budget. Section 25 of the Local Government Act 2003 asks a council's officer for a report; for any other "
    "body the statement is voluntary."
)


def _page() -> None:
    loaded = parts.stated()
    if loaded is None:
        return
    scenario = loaded.scenario
    st.title("Evidence for the robustness and reserves statement")
    parts.lead("Evidence")
    st.markdown(f"**{FIXED}**")
    agency = choosing.body(scenario, WHOSE)
    _short_answer(scenario, agency)
    paths = _ask(scenario, agency)
    key = statements.key_of(scenario, agency, paths)
    working.progress(SLOT)
    found = working.found(SLOT)
    if found is None or not isinstance(found.result, StatementShown) or found.result.agency != agency:
        if not working.busy(SLOT):
            name = place_words.escaped(scenario.names[agency])
            st.info(
                f"The decision page of {name}, its tests and its pack are not drawn up yet. Press the button; it takes "
                "about half a minute on a council alone, and up to two on a place of many bodies."
            )
        return
    # Fewer or more futures asked for in the form are no change of what is shown, which says its own.
    current = found.key[1] == key[1]
    if not working.stale(found, found.key if current else key):
        _show(loaded, found.result, current)


def _short_answer(scenario: Scenario, agency: str) -> None:
    """Say what the runs at hand say of the body; of an NHS body, what it risks and who owes whom."""
    now = projecting.quick(scenario, FUTURES[0])
    body = now.body(agency)
    three = projecting.three(now, agency) if isinstance(body, LocalAuthority) else None
    st.header("The short answer")
    for line in evidence_heads.lines(now, agency, three):
        st.markdown(parts.signed(f"- {place_words.drawn(line)}"))
    st.caption(place_words.escaped(evidence_heads.about(now, three)))
    st.markdown(overview_shown.grades(projecting.drafted(now, agency), body))
    st.caption(place_words.escaped(evidence_heads.grades_about(now)))
    if not evidence_heads.is_nhs(body):
        return
    results, lead = projecting.run(scenario, FUTURES[0]), place_words.LEADS[evidence_heads.VIEW]
    st.subheader(place_words.escaped(place_captions.net_risk_title(results)))
    parts.table(evidence_heads.net_risk(results, agency))
    st.caption(place_words.escaped(place_captions.net_risk_about(results, lead)))
    st.subheader(place_words.escaped(place_captions.owed_title(results)))
    owed = evidence_heads.owed(results, agency)
    if len(owed):
        parts.table(owed)
    else:
        st.write("No agreement comes to £0.25m either way.")
    st.caption(place_words.escaped(place_captions.owed_about(results, lead)))


def _ask(scenario: Scenario, agency: str) -> int:
    """Ask for a number of futures, and begin the work when the button is pressed; return what is asked.

    What another session, or this one before, has drawn up is shown at once.
    """
    with st.form("evidence", border=True):
        paths = parts.futures(FUTURES, "evidence_paths")
        pressed = st.form_submit_button("Draw up the evidence", type="primary", key="evidence_go")
    if pressed:
        working.begin(SLOT, statements.asked(scenario, agency, paths))
    else:
        working.recall(SLOT, statements.key_of(scenario, agency, paths))
    return paths


def _show(loaded: Loaded, shown: StatementShown, current: bool) -> None:
    st.header("The decision page, as it prints")
    st.caption(place_words.escaped(f"{shown.about} {shown.whose}"))
    st.html(NARROW)
    with st.container(border=True, key="decision"):
        st.markdown(parts.signed(shown.decision))
    st.header("Checklist")
    for check in shown.checks:
        st.markdown(f"- **{check.state.upper()}**: {check.question} {place_words.escaped(check.because)}")
    st.caption(checklist.RULE)
    _questions(shown)
    evidence_pack.show(loaded, shown, current)
    if shown.curve:
        reserve_part.show(shown.curve)
    st.header("What it rests on")
    looked = parts.looked()
    with st.expander(f"Every test ({len(shown.tests)})", viewing.opens(looked, "data")):
        st.caption(place_words.escaped(shown.about))
        parts.table(shown.tests)
    with st.expander(f"Register of assumptions ({len(shown.register):,} numbers)", viewing.opens(looked, "judgement")):
        st.caption("Every number behind these figures. An effect is in points of 100 futures; below nought is fewer.")
        st.dataframe(shown.register, hide_index=True, alt="Register of assumptions", key="register")
    one = state.opened()
    st.caption("The same evidence from the command line:")
    path = one.source or "your-file.yaml"
    said = statement_shown.command(path, one.overlays, one.settings, shown.agency, shown.asked.paths)
    st.code(said, language=None, wrap_lines=True)
    st.caption(FIXED)


def _questions(shown: StatementShown) -> None:
    st.header("Ask about")
    with st.expander(
        f"{len(shown.questions)} questions for whoever scrutinises", viewing.opens(parts.looked(), "ask about")
    ):
        st.caption("First what decides the answer and rests on least, then what is missing.")
        for number, one in enumerate(shown.questions, 1):
            about, question, because = (place_words.escaped(part) for part in one)
            st.markdown(parts.signed(f"{number}. **{about}**. {question}  \n   {because}"))


_page()
