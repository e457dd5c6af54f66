"""The pack of evidence to take away: what it holds, its pages, its tables, and all of it with a record."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from simulator import statement_shown
from simulator.pages import parts
from simulator.provenance import Origin
from simulator.scenario_file import Loaded
from simulator.statement_shown import StatementShown

HTML, XLSX = "text/html", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = (
    ("decision.html", "Decision page", "HTML, prints on A4", HTML),
    ("annex.html", "Annex with every test", "HTML", HTML),
    (statement_shown.WORKBOOK, "Every table", "Excel", XLSX),
)


def show(loaded: Loaded, shown: StatementShown, current: bool) -> None:
    """Show what the pack holds, with its downloads; without a `current` scenario none that would hold another's."""
    st.header("Take it away")
    with st.container(horizontal=True):
        _offers(loaded, shown, current)
    if current:
        st.caption(
            "To check the pack, unzip it, then `headroom verify <folder>`: it says whether every file is as it was "
            "written, and with `--replay` runs the evidence again and compares."
        )
    else:
        st.caption("The pack comes with its scenario, and another is open now: draw the evidence up anew to take it.")
    with st.expander("What the pack holds"):
        parts.table(shown.contents())


def _offers(loaded: Loaded, shown: StatementShown, current: bool) -> None:
    for name, label, kind, mime in FILES:
        made = shown.workbook if name == statement_shown.WORKBOOK else shown.files[name]
        _offer(f"{shown.agency}-{name}", f"{label} ({{}} KB {kind})", made, mime)
    if current:
        _offer(f"{shown.agency}-scenario.yaml", "Scenario in full ({} KB YAML)", loaded.text.encode(), "text/yaml")
        st.download_button(
            "The whole pack with its record (ZIP)",
            lambda: shown.pack(origin(loaded)),
            f"{shown.named}.zip",
            "application/zip",
            key="save_pack",
            on_click="ignore",
            type="primary",
        )


def _offer(name: str, label: str, made: bytes, mime: str) -> None:
    said = label.format(f"{len(made) / 1000:,.0f}")
    st.download_button(said, made, name, mime, key=f"save_{name}", on_click="ignore")


def origin(loaded: Loaded) -> Origin:
    """Return where a pack made just now comes from."""
    return Origin(loaded.text, loaded.files, loaded.changes, datetime.now(UTC).isoformat(timespec="seconds"))
