"""Style that a theme cannot say: filled buttons that are read in the dark as in the light, and the page on paper."""

from __future__ import annotations

import streamlit as st

BUTTONS = (
    "button[kind^=primary], button[kind^=primary]:is(:hover, :focus-visible, :active) "
    "{ background-color: #12436D; border: 1px solid #6BACE6; color: #FFFFFF }"
)
"""White on the dark blue stands at 9.9:1; the edge tells the button from a dark page, where the blue alone would not.

Left to the theme, the words of a filled button are white on the pale blue of the dark theme, at 2.4:1.
"""

STALE = "[data-stale=true] { transition: opacity 0s 0.7s !important }"
"""What waits for a new figure pales at once after a moment and not by degrees, which would draw the whole page anew
many times over, just as the figure is to be drawn."""

KEYS = (
    ":is(.st-key-undo, .st-key-redo) kbd "
    "{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }"
)
"""The keys of Undo and Redo are heard, and read in what each says when pointed at: there is no room for them beside."""

BROAD = "@media (min-width: 768px) { [data-testid=stMainBlockContainer] { padding-inline: 2.5rem } }"
"""Half the margin beside the page, so that tables of many columns and their heads are read whole."""

_TABLE = ".stApp :is([data-testid=stMarkdownContainer], [data-testid=stTable]) table"
NARROW = f"""
@media (max-width: 640px) {{
  {_TABLE} {{ font-size: 0.75rem !important }}
  {_TABLE} :is(th, td) {{ min-width: 0 !important; padding: 0.25rem !important; font-size: inherit !important }}
}}
"""
"""On a phone tables are set small, so that their last columns are not out of sight beyond the edge of their box."""

BY_KEYS = """<script>
if (!window.scrolledByKeys) {
  window.scrolledByKeys = true
  let asked = false
  const mark = () => {
    asked = false
    for (const box of document.querySelectorAll('[data-testid=stTable] > div, [data-testid=stMarkdownContainer] table'))
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
      else box.removeAttribute('tabindex')
  }
  const ask = () => { if (!asked) { asked = true; setTimeout(mark, 250) } }
  new MutationObserver(ask).observe(document.body, { childList: true, subtree: true })
  addEventListener('resize', ask)
}
</script>"""
"""What lets a key reach a table wider than its box, to scroll it: not every browser does so of itself."""

NOT_ON_PAPER = ", ".join(
    [
        *(
            f"[data-testid={part}]"
            for part in (
                "stSidebar", "stHeader", "stToolbar", "stStatusWidget", "stElementToolbar", "stTooltipIcon",
                "stButton", "stFormSubmitButton", "stDownloadButton", "stPopover", "stFileUploader", "stSlider",
                "stSelectbox", "stMultiSelect", "stRadio", "stCheckbox", "stTextInput", "stNumberInput", "stProgress",
                "stButtonGroup", "stForm",
            )
        ),
        "[data-testid=stExpander]:has(> details:not([open]))",
        "[role=tablist]",
    ]
)  # fmt: skip
"""What only a screen can use: the side, controls and buttons, and parts that are shut."""
BLOCK, CHART = "[data-testid=stElementContainer]", "[data-testid=stVegaLiteChart]"
HEADS = f"{BLOCK}:is(:has(h1, h2, h3, h4), :has(+ {BLOCK} {CHART}), :has(+ {BLOCK} + {BLOCK} {CHART}))"
"""What stays on the sheet of what follows it: a heading, and the two lines over a chart."""
PAPER = f"""
@page {{ size: A4; margin: 14mm }}
@media print {{
  * {{ print-color-adjust: exact }}
  {NOT_ON_PAPER} {{ display: none !important }}
  .stApp, [data-testid=stAppViewContainer], [data-testid=stMain], [data-testid=stMainBlockContainer] {{
    position: static !important; display: block !important; overflow: visible !important;
    width: auto !important; height: auto !important; max-width: none !important; padding: 0 !important
  }}
  html {{ font-size: 12px !important }}
  pre, pre * {{ font-family: monospace !important }}
  {CHART}, [data-testid=stMetric], tr, pre, li {{ break-inside: avoid }}
  {HEADS}, h1, h2, h3, h4 {{ break-after: avoid }}
  {CHART} :is(svg, canvas) {{ max-width: 100% !important; height: auto !important }}
  [data-testid=stTable] *, table * {{ font-size: 8.5pt !important; overflow: visible !important }}
}}
"""
"""A page on A4: its words, charts and tables whole, in the colours of the screen, and nothing to press.

Commands are in the reader's own font: that of the screen may not have come when the page is printed.
"""


def wear() -> None:
    """Give the page its style; nothing of it is seen as a part of the page."""
    st.html(f"<style>{BUTTONS}{STALE}{KEYS}{BROAD}{NARROW}{PAPER}</style>")
    st.html(BY_KEYS, unsafe_allow_javascript=True)
