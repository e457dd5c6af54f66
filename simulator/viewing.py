"""How somebody looks at a scenario: whose words, which prices, which bodies, how a minus is written.

Looking otherwise changes words, what is open first and what is listed; never a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from simulator.place import Agency, LocalAuthority
from simulator.scenario import Scenario

VIEWS = {
    "director": "Finance director",
    "nhs": "NHS finance",
    "analyst": "Analyst",
    "member": "Scrutiny member",
}
PRICES = {"cash": "Cash, as it is paid", "real": "Real, in prices of the base year"}
SIGNS = {"minus": "-£1.2m", "brackets": "(£1.2m)"}
PARTS = {"": "Every body", "nhs": "NHS bodies", "local": "Councils, police and fire", "charity": "Charities"}
NHS, CHARITIES = ("icb", "trust"), ("vcse",)

LEADS: dict[str, dict[str, str]] = {
    "director": {
        "Overview": "Start from the three answers, then move pay and savings and watch the figure follow.",
        "Assumptions": "Change a figure, say why, press Apply, then Run: the reason goes with it wherever it is taken.",
        "Compare": "Set two plans side by side on the same futures.",
        "Headroom": "How much could safely move into prevention, who would pay and who would gain.",
        "What matters": "Which assumptions decide the answer, and how much reserve buys how much confidence.",
        "Evidence": "Evidence for your statement on the estimates and the reserves. The opinion stays yours.",
        "Data and method": "Where every figure comes from, and how anyone can run it again.",
    },
    "nhs": {
        "Overview": "Start from net risk and who owes whom, under the figure of your own body.",
        "Assumptions": "Begin with activity, pay and the terms of contracts.",
        "Compare": "Set two settlements side by side on the same futures.",
        "Headroom": "What a shift would take from each body's year and when it comes back.",
        "What matters": "Choose your own body first; what moves it may be held by another.",
        "Evidence": "Net risk and what is owed stand first; the opinion stays with your board.",
        "Data and method": "Where every figure comes from, and how anyone can run it again.",
    },
    "analyst": {
        "Overview": "Every figure here has its data below it and its command at the foot.",
        "Assumptions": "Every assumption with its range, source and grade; a change needs its reason.",
        "Compare": "Differences are path by path on common luck.",
        "Headroom": "Sizes are tried on the run's own futures; limits and judgements are told with them.",
        "What matters": "Shares, slopes and their errors; interaction is said where it is large.",
        "Evidence": "Every draft grade with its test and the number it rests on.",
        "Data and method": "Method, limits, the assumption log, and lines to run all of it yourself.",
    },
    "member": {
        "Overview": "Read the three answers first. A chance of 20 in 100 means: in 20 of 100 possible futures.",
        "Assumptions": "Look for what rests on judgement, and ask who agreed it.",
        "Compare": "See what a different plan would change, and in how many of 100 futures it does better.",
        "Headroom": "How much could be spent earlier to save later, and who carries the risk until then.",
        "What matters": "The assumptions at the top decide most: ask about those.",
        "Evidence": "Open “Ask about”: questions to put to the officer, with what each rests on.",
        "Data and method": "Every word explained, what is not known, and where the figures come from.",
    },
}
"""What to do first on a page, for each who looks."""

OPEN: dict[str, frozenset[str]] = {
    "director": frozenset({"three"}),
    "nhs": frozenset({"net risk", "owed"}),
    "analyst": frozenset({"data", "judgement"}),
    "member": frozenset({"ask about", "judgement"}),
}
"""What begins open, for each who looks."""

_MINUS = re.compile(r"(?<![\w.,)£-])-(£?\d[\d,]*(?:\.\d+)?(?:[mk%]|bn)?)(?![\w-])")


Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Looked:
    """How a session looks: `partner` is a body's id, a key of `PARTS`, or nothing for the whole place."""

    view_as: str = "director"
    prices: str = "cash"
    partner: str = ""
    signs: str = "minus"


def lead(page: str, looked: Looked) -> str:
    """Return what to do first on a page; pages are called as in the app's own list."""
    return LEADS[looked.view_as].get(page, "")


def opens(looked: Looked, part: str) -> bool:
    """Return whether a part of a page begins open."""
    return part in OPEN[looked.view_as]


def offered(scenario: Scenario) -> dict[str, str]:
    """Return what can be listed of a place, by what `partner` says: the whole, kinds it has, single bodies."""
    some = {part: name for part, name in PARTS.items() if _of(scenario, part)}
    one = apart({body.id: body.name for body in scenario.bodies})
    return some | one if len(one) > 1 else {"": PARTS[""]}


def apart(names: Mapping[Key, str]) -> dict[Key, str]:
    """Return names told apart, by what they stand for: those that are alike have it behind them.

    A browser knows a choice by its words alone, so that of two alike it would hand back the first.
    """
    alike = Counter(names.values())
    return {key: name if alike[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def bodies(scenario: Scenario, looked: Looked) -> tuple[Agency, ...]:
    """Return the bodies that are listed; all where the place has none of those asked for."""
    return _of(scenario, looked.partner) or tuple(scenario.bodies)


def begins(scenario: Scenario, looked: Looked) -> str:
    """Return the body that a choice of bodies begins on: an NHS body for its own finance, else a council, or the first.

    Of a place without a council it is a local authority of another kind, where one is listed.
    """
    listed = bodies(scenario, looked)
    local = [body for body in listed if isinstance(body, LocalAuthority)]
    councils = [body for body in local if body.kind == "council"]
    own = [body for body in listed if body.kind in NHS] if looked.view_as == "nhs" else councils or local
    return (own or listed)[0].id


def signed(text: str, looked: Looked) -> str:
    """Return words with every negative amount written as asked: -£1.2m or (£1.2m)."""
    return _MINUS.sub(r"(\1)", text) if looked.signs == "brackets" else text


def styled(table: pd.DataFrame, looked: Looked) -> pd.DataFrame:
    """Return a table with every negative amount written as asked: in its words and in columns of money or shares."""
    if looked.signs != "brackets":
        return table
    shown = table.map(lambda cell: signed(cell, looked) if isinstance(cell, str) else cell)
    for name in shown.select_dtypes("float"):
        if (shown[name] < 0).any():
            shown[name] = ["" if pd.isna(cell) else signed(f"{cell:,.10g}", looked) for cell in shown[name]]
    return shown


def legend(looked: Looked) -> str:
    """Return the sign rule in one sentence or two."""
    written = SIGNS[looked.signs]
    return (
        f"Signs: {written} is below nought. A gap above nought is a shortfall to be met; below nought it is a surplus. "
        "Spending and income are each written above nought."
    )


def _of(scenario: Scenario, part: str) -> tuple[Agency, ...]:
    """Return the bodies of a part of a place, or the one of that id."""
    kinds = {"nhs": NHS, "charity": CHARITIES}
    if part in kinds:
        return tuple(body for body in scenario.bodies if body.kind in kinds[part])
    if part == "local":
        return tuple(body for body in scenario.bodies if isinstance(body, LocalAuthority))
    return tuple(body for body in scenario.bodies if part in {"", body.id})
