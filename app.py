"""The app: page settings and navigation only. `headroom app` starts it."""

import streamlit as st

from simulator import pages
from simulator.pages import sidebar, state

st.set_page_config(page_title="Headroom: can this place stay in balance?", layout="wide")
state.begin()
page = st.navigation([st.Page(path, title=title, default=not i) for i, (path, title) in enumerate(pages.PAGES.items())])
sidebar.show(page.title)
page.run()
