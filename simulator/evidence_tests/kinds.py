"""Which tests a body of each kind takes."""

from __future__ import annotations

from simulator.evidence_tests.adequacy import adequacy
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.robustness import robustness
from simulator.evidence_tests.seen import Seen
from simulator.place import LocalAuthority


def tests_of(view: Seen, risk_based: float | None = None) -> list[Found]:
    """Return every test of both limbs for one body, by its kind; `risk_based` is as `adequacy` takes it."""
    if isinstance(view.body, LocalAuthority):
        return [*robustness(view), *adequacy(view, risk_based)]
    return []
