"""Headroom: scenario and financial-resilience simulator for UK places."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["Results", "Scenario", "ScenarioError", "load_scenario", "simulate"]

_HOMES = {
    "Results": ("simulator.run", "Results"),
    "Scenario": ("simulator.scenario", "Scenario"),
    "ScenarioError": ("simulator.problems", "ScenarioError"),
    "load_scenario": ("simulator.run", "load_scenario"),
    "simulate": ("simulator.run", "simulate"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `headroom --help` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
