"""The app: page settings and navigation only. `headroom app` starts it."""

import streamlit as st

from simulator import pages

st.set_page_config(page_title="Headroom: can this place stay in balance?", layout="wide")
st.navigation([st.Page(pages.OVERVIEW, title="Headroom: can this place stay in balance?", default=True)]).run()
