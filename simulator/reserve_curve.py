"""How large a reserve would be enough for one body, by itself: the curve of its statement, on the same futures."""

from __future__ import annotations

import pandas as pd

from simulator.blocks import Sample
from simulator.evidence_pictures import confidence_frame, confidence_words
from simulator.evidence_tests.reserves import confidence
from simulator.evidence_tests.seen import plan_view
from simulator.money import in_millions
from simulator.place import Agency, LocalAuthority
from simulator.prepared import prepare
from simulator.scenario import Scenario
from simulator.statement_shown import Curve

HELD, ASKED = "Held as {} opens, in the central case", "What the confidence asked for needs"
"""What the points on the curve are called; what is held is of the year that opens, which may lie ahead."""


def reserve_curve(scenario: Scenario, agency: str, sample: Sample) -> Curve:
    """Return what each confidence needs of a local authority's usable reserves: the table of its statement, as drawn.

    Raises:
        ValueError: for a body that holds no usable reserves.
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    view = plan_view(scenario, prepare(scenario).compiled, agency, sample)
    table = confidence(view)
    if table.empty:
        raise ValueError(f"{agency} holds no usable reserves")
    return Curve(confidence_frame(table), confidence_words(view, table), table, view.budget_year)


def why_none(body: Agency) -> str:
    """Return why a body has no such curve; nothing for one that has."""
    if isinstance(body, LocalAuthority):
        return ""
    if body.kind == "vcse":
        return f"{body.name} is a charity: its free reserves are tested against its own floor, under Evidence."
    return (
        f"{body.name} has none: what an NHS body underspends is not kept as a reserve that it may draw on, so no size "
        "of reserve buys it a confidence. What it holds against risk is contingency within the year."
    )


def readout(curve: Curve, target: int) -> str:
    """Return what a confidence takes beyond what is held, in a few words: `£18.3m more for 90%`."""
    more = 1e6 * (float(curve.at(target).Needed) - curve.held)
    return f"{in_millions(abs(more))} {'more' if more > 0 else 'less would do'} for {target}%"


def marks(curve: Curve, target: int) -> pd.DataFrame:
    """Return the points that stand on the curve, Confidence and Needed (£m): what is held, and what is asked for.

    What is held is left out where the confidence it buys lies off the curve.
    """
    held = float(curve.table[curve.table.basis == "held"].iloc[0].confidence)
    ends = float(curve.frame.Confidence.min()), float(curve.frame.Confidence.max())
    rows = [(HELD.format(curve.opens), held, curve.held)] if ends[0] <= held <= ends[1] else []
    rows.append((ASKED, target / 100, float(curve.at(target).Needed)))
    return pd.DataFrame(rows, columns=["Mark", "Confidence", "Needed"])
