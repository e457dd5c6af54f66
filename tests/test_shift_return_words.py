"""What a shift buys for people is told beside cash, with what has no figure."""

from __future__ import annotations

import pytest
from shifts import gain, kind, spread
from small_shift import small

from simulator.blocks import Sample
from simulator.common_measure import HEALTH_RATE
from simulator.shift_outcome_words import outcome_words, qalys
from simulator.shift_report import shift_report
from simulator.shift_return_words import bought, pockets_words

FEW = Sample(40)


def test_outcomes_are_told_for_people_and_added_to_no_cash() -> None:
    """£2m a year from the second of four years at 100 QALYs for £1m and half of the design: 100 a year, discounted."""
    plain = small()
    assert not list(outcome_words(shift_report(plain, FEW)))
    falls = kind(
        "falls", spread(0.5, 1.5, 3), gain("wards", "80%", "50%"), gain("outside", "20%", "0%"),
        outcomes={"qalys": 100}, fidelity="50%",
    )  # fmt: skip
    told = small(prevention={"interventions": [falls]})
    report = shift_report(told, FEW)
    total, known, silent = qalys(report)
    years = sum((1 + HEALTH_RATE) ** -t for t in (1, 2, 3))
    assert (known, silent) == (1, 0)
    assert total == pytest.approx(report.size / 1e6 * 100 * 0.5 * years)
    text = " ".join(bought(report))
    assert "For people it buys about" in text and "QALYs in the middle, by them. They are added to no cash." in text
    assert "once contracts have moved it on" in next(pockets_words(report))
