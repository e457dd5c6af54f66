"""Style that a theme cannot say: colours of a filled button, which must be read in the light and in the dark."""

from __future__ import annotations

import streamlit as st

BUTTONS = (
    "button[kind^=primary], button[kind^=primary]:is(:hover, :focus-visible, :active) "
    "{ background-color: #12436D; border: 1px solid #6BACE6; color: #FFFFFF }"
)
"""White on the dark blue stands at 9.9:1; the edge tells the button from a dark page, where the blue alone would not.

Left to the theme, the words of a filled button are white on the pale blue of the dark theme, at 2.4:1.
"""


def wear() -> None:
    """Give the page its style; nothing of it is seen as a part of the page."""
    st.html(f"<style>{BUTTONS}</style>")
