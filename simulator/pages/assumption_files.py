"""What is open, taken away as a file and brought back: the scenario itself, and its assumptions as a spreadsheet."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from simulator import assumption_edits, assumption_tables
from simulator.pages import assumption_changes, state
from simulator.workbench import Opened

MOST_UPLOAD = 5
"""Megabytes of a file that is brought back."""


def show(one: Opened, rows: pd.DataFrame) -> None:
    """Offer the scenario and its assumptions as files, and take either back."""
    loaded = state.stated(one)
    left, right = st.columns(2)
    left.download_button(
        f"Download the scenario ({len(loaded.text.encode()) / 1000:.0f} KB YAML)",
        loaded.text,
        assumption_tables.file_name(loaded, "yaml"),
        "application/yaml",
        key="save_yaml",
        on_click="ignore",
        width="stretch",
        help="Everything in one file, changes and reasons included: `headroom run` reads it, and so does this page.",
    )
    right.download_button(
        "Download all assumptions (XLSX)",
        lambda: assumption_tables.spreadsheet(rows, loaded.scenario),
        assumption_tables.file_name(loaded, "xlsx"),
        key="save_xlsx",
        width="stretch",
        help="A row a number, in the order of this page. Change it in a spreadsheet and bring it back below.",
    )
    _brought_back(one, rows)


def _brought_back(one: Opened, rows: pd.DataFrame) -> None:
    """Take either file back."""
    with st.expander("Bring a file back", key="bring_back"):
        left, right = st.columns(2)
        left.file_uploader(
            "A scenario (YAML)",
            type=["yaml", "yml"],
            max_upload_size=MOST_UPLOAD,
            key="bring_yaml",
            on_change=state.open_upload,
            args=("bring_yaml",),
            help="Opens in place of what is open, which stays a step back (Undo). Nothing is kept on disk.",
        )
        given = right.file_uploader(
            "Assumptions changed in a spreadsheet (XLSX)",
            type=["xlsx"],
            max_upload_size=MOST_UPLOAD,
            key="bring_xlsx",
            help="As downloaded above. Low, Central, High, Source, Owner and Reason are read, by Address.",
        )
        if given is not None and right.button("Apply the spreadsheet", key="apply_xlsx", help="All of it or nothing."):
            data, name = given.getvalue(), given.name
            assumption_changes.apply(one, lambda: assumption_edits.from_spreadsheet(rows, data, name), st.button)
