"""The app's server, which makes ready what its first page needs while the browser is still on its way to it."""

from __future__ import annotations

import os
import sys
import threading

from streamlit.web import cli

from simulator.cli.apps import SCENARIO


def ready(source: str) -> None:
    """Load what pages are made with and answer the first page's questions of a scenario, which are then at hand.

    A scenario that cannot be opened is left to the page, which shows what is wrong with it.
    """
    # Here and not above, so that the server need not wait for it.
    from simulator.pages import figures, overview_cells, overview_figures, overview_levers, projecting, state  # noqa: F401
    from simulator.problems import ScenarioError
    from simulator.three_answers import asked_of
    from simulator.workbench import Opened, loaded

    try:
        scenario = loaded(Opened(source or state.SHIPPED)).scenario
    except ScenarioError:
        return
    now = projecting.quick(scenario, overview_levers.QUICK)
    for agency in asked_of(scenario)[:1]:
        projecting.three(now, agency)


if __name__ == "__main__":
    threading.Thread(target=ready, args=(os.environ.get(SCENARIO, ""),), daemon=True).start()
    sys.exit(cli.main(prog_name="streamlit"))
