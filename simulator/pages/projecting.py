"""Scenarios read and runs made for the app, each once: kept by our own digest of what the scenario says."""

from __future__ import annotations

import os
from contextvars import copy_context
from dataclasses import fields, replace
from typing import Any

import streamlit as st

from simulator.cli.apps import SCENARIO
from simulator.digest import meaning
from simulator.run import Results, simulate
from simulator.scenario import Scenario
from simulator.scenario_file import Loaded, load
from simulator.streams import BLOCK

SHIPPED = "scenarios/lancashire.yaml"
"""The place that the app opens on."""
RUNS_KEPT = 12


class Bar:
    """A progress bar that a kept run moves while it is made, and that is not part of what is kept."""

    def __init__(self, paths: int) -> None:
        """Show an empty bar here on the page."""
        self.paths, self.done = paths, 0
        self.shown = st.empty()
        # Streamlit plays back all that is shown inside a kept function; out here nothing is recorded.
        self.outside = copy_context()

    def __call__(self, blocks: int) -> None:
        """Count blocks of futures done and move the bar."""
        self.done = min(self.done + blocks * BLOCK, self.paths)
        words = f"{self.done:,} of {self.paths:,} futures drawn"
        self.outside.run(self.shown.progress, self.done / self.paths, text=words)

    def close(self) -> None:
        """Take the bar away."""
        self.shown.empty()


def path() -> str:
    """Return the scenario that the app was started with, else the shipped place."""
    return os.environ.get(SCENARIO, SHIPPED)


def read(name: str, sets: tuple[str, ...] = ()) -> Loaded:
    """Return a scenario with values set as `--set` does, read once a session.

    Raises:
        ScenarioError: with every problem found.
    """
    known: dict[tuple[str, ...], Loaded] = st.session_state.setdefault("scenarios", {})
    if (name, *sets) not in known:
        known[name, *sets] = load(name, sets=sets)
    return known[name, *sets]


def run(scenario: Scenario, paths: int) -> Results:
    """Return the tables of a run, made once for all sessions; paths are kept of duties only."""
    bar = Bar(paths)
    found = _kept(scenario, paths, bar)
    bar.close()
    return Results(scenario=scenario, **found)


@st.cache_data(
    max_entries=RUNS_KEPT, show_spinner=False, hash_funcs={Scenario: meaning, Bar: lambda bar: "nothing of the answer"}
)
def _kept(scenario: Scenario, paths: int, bar: Bar) -> dict[str, Any]:
    results = simulate(scenario, paths=paths, progress=bar)
    duties = {"duty_breached": results.happened["duty_breached"]}
    light = replace(results, kept={}, happened=duties)
    return {part.name: getattr(light, part.name) for part in fields(light) if part.name != "scenario"}
