"""The app: page settings and navigation only. `headroom app` starts it."""

import streamlit as st

from simulator import pages
from simulator.pages import sidebar, state, styling

state.begin()
page = st.navigation([st.Page(path, title=title, default=not i) for i, (path, title) in enumerate(pages.PAGES.items())])
st.set_page_config(page_title=pages.window(page.title), layout="wide")
styling.wear()
sidebar.show(page.title)
page.run()
