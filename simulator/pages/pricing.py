"""Prices of what pages show over years: cash, or the prices of the base year where the side of the page says so."""

from __future__ import annotations

from simulator import real_terms
from simulator.pages import parts, projecting
from simulator.real_terms import Run


def real() -> bool:
    """Return whether money over years is asked for in prices of the base year."""
    return parts.looked().prices == "real"


def priced(run: Run, agency: str, measure: str) -> Run:
    """Return a run with one measure of one body in the prices asked for; in cash where it has no prices."""
    if not real():
        return run
    recipe = projecting.LUCK.paths(run.compiled, run.seed)
    found = real_terms.index(run, recipe, projecting.WORKERS)
    return run if found is None else real_terms.in_real(run, agency, measure, found)


def said(text: str, run: Run) -> str:
    """Return words of money in cash as words of it in the prices asked for, with a word where there are none."""
    if not real():
        return text
    known = any(driver.id == real_terms.INDEX for driver in run.compiled.drivers)
    return real_terms.said(text, run) if known else f"{text} {real_terms.NONE}"
