"""What a shift buys for people, where the library has a figure: told beside cash and never added to it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.common_measure import HEALTH_RATE, discounted
from simulator.prevention import staffed
from simulator.shift_report import Bought
from simulator.shift_sizes import split

QALYS = "qalys"


def qalys(report: Bought) -> tuple[float, int, int]:
    """Return the QALYs that the shift's own mix buys, and how many of its programmes have a figure and have none.

    At the middle of each figure and of fidelity, of what can be staffed to the horizon, discounted as health is.
    """
    stated, sizes = report.scenario.prevention, np.array(split(report.terms, report.size))
    kinds = {kind.id: kind for kind in stated.interventions} if stated else {}
    outcomes = {one.id: kinds[one.intervention].outcomes.get(QALYS) for one in (stated.programmes if stated else ())}
    total, known, silent = 0.0, 0, 0
    for programme, size, there in zip(report.terms.programmes, sizes, staffed(report.terms, sizes), strict=True):
        found = outcomes[programme.id]
        if size > 0 and found is None:
            silent += 1
        elif size > 0 and found is not None:
            known += 1
            fidelity = min(programme.fidelity[1], 1.0) if programme.fidelity else 1.0
            runs = float(discounted((programme.scale * there)[:, None], HEALTH_RATE)[0])
            total += size * runs * found.used / 1e6 * fidelity
    return total, known, silent


def outcome_words(report: Bought) -> Iterator[str]:
    """Yield what is bought for people, and for how many programmes nobody has a figure."""
    total, known, silent = qalys(report)
    if not known:
        return
    told = f"{total:,.0f}" if total >= 10 else f"{total:.2g}"
    whose = f"{known} of {known + silent} programmes" if silent else "them"
    rest = f"; the other {silent} have no figure, which is not nought" if silent else ""
    yield f"For people it buys about {told} QALYs in the middle, by {whose}{rest}. They are added to no cash."
