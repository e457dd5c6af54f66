"""Which tests a body of each kind takes, and which are no tests of its kind."""

from __future__ import annotations

from simulator.evidence_tests.adequacy import adequacy
from simulator.evidence_tests.charities import charity_tests
from simulator.evidence_tests.grades import Found
from simulator.evidence_tests.nhs import icb_tests, trust_tests
from simulator.evidence_tests.robustness import robustness
from simulator.evidence_tests.seen import Seen
from simulator.place import Agency, Council, LocalAuthority
from simulator.regimes.icb import Icb
from simulator.regimes.trust import Trust

NO_TAX, NO_RESERVES = "it raises no council tax", "it holds no reserves as a council does"
OTHERS = {"R12": NO_TAX, **dict.fromkeys(("A01b", "A05", "A06", "A07", "A08", "A09", "A10", "A15"), NO_RESERVES)}
NOT_OF_KIND = {
    "icb": {**OTHERS, "R18": "A04 tells of pooled funds with its other shared risks",
            "A11": "it answers for no high-needs account", "A12": "it cannot borrow"},
    "trust": {**OTHERS, "R18": "a trust's agreements are contracts", "A11": "it answers for no high-needs account",
              "A12": "what its finance costs is A04's"},
    "vcse": {**OTHERS, "R18": "a charity's agreements are contracts", "A04": "A03 tells when reserves run out",
             "A11": "it answers for no high-needs account", "A12": "no debt of a charity is followed",
             "A13": "A03 tells when reserves run out", "A14": "no support is given to charities"},
}  # fmt: skip


def tests_of(view: Seen, risk_based: float | None = None) -> list[Found]:
    """Return every test of both limbs for one body, by its kind; `risk_based` is as `adequacy` takes it."""
    left = not_of_kind(view.body)
    if isinstance(view.body, LocalAuthority):
        return [one for one in (*robustness(view), *adequacy(view, risk_based)) if one.id not in left]
    if isinstance(view.body, Icb):
        return icb_tests(view)
    return trust_tests(view) if isinstance(view.body, Trust) else charity_tests(view)


def not_of_kind(body: Agency) -> dict[str, str]:
    """Return the tests that are no tests of a body of this kind, by id, each with the reason."""
    if not isinstance(body, LocalAuthority):
        return NOT_OF_KIND[body.kind]
    left = {} if body.tax else {"R12": NO_TAX}
    answers = isinstance(body, Council) and body.class_ != "shire_district"
    return left if answers else left | {"A11": "it answers for no high-needs account"}
