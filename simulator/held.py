"""What bodies hold from year to year, each by its own regime: opening, what is carried in, the close, the duties.

One regime is a slice of the bodies; what each returns is put side by side again, `[variant, agency, path]` in pounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from simulator.compiled import CHARITY, ICB, LOCAL, TRUST, Bools, Compiled, Floats
from simulator.money import HALF_PENNY
from simulator.regimes import council, icb, trust, vcse
from simulator.variants import Variant

RULES: dict[str, Any] = {ICB: icb, TRUST: trust, CHARITY: vcse}
"""The rules of each regime but that of local authorities, all asked in the same words."""
BREAK_EVEN = {"overspent": "missed_break_even", "break_even": "missed_break_even"}
"""What each regime calls the duty to break even, and the outcome that it is counted under."""
BREACHES = {ICB: "missed_plan", TRUST: "missed_plan", CHARITY: "insolvent"}
"""The duty whose breach counts for a body of each regime; a local authority's is its unfunded gap."""


class Closed(NamedTuple):
    """How a year ended for every body: what was used, spent once, lost, left unfunded; measures by name; duties missed.

    `measures` and `tests` have the bodies of their own regime only.
    """

    use_of_reserves: Floats
    surplus_spent: Floats
    lapsed: Floats
    unfunded_gap: Floats
    measures: dict[str, Floats]
    tests: dict[str, Bools]
    local: council.Close


class Size(NamedTuple):
    """How large every body is in a year, `[agency, path]`: what it spends, agreements included, and its funding."""

    turnover: Floats
    funding: Floats


class Held:
    """The balances of every body on one block under every variant."""

    def __init__(self, compiled: Compiled, variants: Iterable[Variant], paths: int) -> None:
        """Open every body's books."""
        variants = tuple(variants)
        self.compiled, self.local = compiled, compiled.slices[LOCAL]
        self.given = [
            (v, given) for v, variant in enumerate(variants) for given in (variant.given, *variant.also) if given
        ]
        starts = [council.opening(compiled.council, variant.recurs, variant.usable_share) for variant in variants]
        self.versions, bodies = len(starts), len(compiled.agency_ids)
        self.adjustment = np.zeros((self.versions, bodies, 1))
        self.adjustment[:, self.local, 0] = [start.adjustment for start in starts]
        self.committed = np.array([start.committed for start in starts])[:, :, None]
        shape = (self.versions, self.local.stop, paths)
        pots = (np.array(pot)[:, :, None] for pot in zip(*(start.balances for start in starts), strict=True))
        self.balances = council.Balances(*(np.broadcast_to(pot, shape).copy() for pot in pots))
        self.terms = {ICB: compiled.icb, TRUST: compiled.trust, CHARITY: compiled.charity}
        self.kinds = [kind for kind in RULES if self.terms[kind] is not None]
        self.states = {kind: self._opened(kind, paths) for kind in self.kinds}

    def receive(self, year: int) -> None:
        """Add what variants give to usable earmarked reserves at the start of a year."""
        for v, given in self.given:
            body = self.compiled.agency_ids.index(given.agency)
            if given.reserve and given.when == year and body < self.local.stop:
                usable = self.balances.usable_earmarked.copy()
                usable[v, body] += given.reserve
                self.balances = self.balances._replace(usable_earmarked=usable)

    def eased(self, year: int, more: Floats) -> Floats:
        """Return additions to the gaps of a year with what variants give taken off."""
        for v, given in self.given:
            if year < len(given.gap):
                more[v, self.compiled.agency_ids.index(given.agency)] -= given.gap[year]
        return more

    def off_plan(self, year: int, closed: Closed, nhs: slice | None) -> Floats:
        """Return by how much NHS bodies close beyond their plan; none of them without any."""
        short = closed.use_of_reserves + closed.unfunded_gap - closed.lapsed
        beyond: Floats = short[:, nhs] + self.compiled.agreed.targets[nhs, year, None] if nhs else short[:, :0]
        return beyond

    def of_local(self, year: int, closed: Closed) -> dict[str, Floats]:
        """Return what local authorities hold as a year closes, and what of a surplus was spent or reallocated."""
        balances = self.balances
        committed = self.committed - self.compiled.council.paid_out[:, year, None]
        return {
            "surplus_spent": closed.surplus_spent[:, self.local],
            "reallocated": closed.local.reallocated,
            "gf_unallocated": balances.gf_unallocated,
            "usable_reserves": balances.usable,
            "earmarked_reserves": balances.usable_earmarked + balances.reallocatable + committed,
        }

    def _opened(self, kind: str, paths: int) -> Any:
        state = RULES[kind].opening(self.terms[kind])
        return type(state)(
            *(np.broadcast_to(part[:, None], (self.versions, len(part), paths)).copy() for part in state)
        )

    @property
    def usable(self) -> Floats:
        """What can meet any shortfall of a local authority, nought for all others."""
        return self.whole(self.balances.usable)

    def whole(self, local: Floats) -> Floats:
        """Return an amount of local authorities with nought for every other body."""
        others = len(self.compiled.agency_ids) - self.local.stop
        if not others:
            return local
        return np.concatenate([local, np.zeros((local.shape[0], others, local.shape[2]))], axis=1)

    @property
    def failed(self) -> Bools | None:
        """Which charities have failed, `[variant, charity, path]`."""
        if CHARITY not in self.states:
            return None
        lost: Bools = self.states[CHARITY].failed
        return lost

    def brought_forward(self, year: int, funding: Floats) -> Floats:
        """Return what earlier years add to this year's gap: repayment, less what was carried; dividends on support."""
        added = np.zeros((self.versions, *funding.shape))
        for kind in self.kinds:
            rows = self.compiled.slices[kind]
            added[:, rows] = RULES[kind].charge(self.terms[kind], year, self.states[kind], funding[rows])
        return added

    def close(self, year: int, residual: Floats, rebuild: Floats, size: Size, acting: Bools) -> Closed:
        """Close every body's year on what is short (`residual` above nought) or left over, and test its duties."""
        rows, regime = self.local, self.compiled.nhs_regime[year]
        local = council.close(
            self.compiled.council, year, self.balances, residual[:, rows], rebuild=rebuild[:, rows], acting=acting
        )
        self.balances = local.balances
        used, spent, unfunded = (
            self.whole(part) for part in (local.use_of_reserves, local.surplus_spent, local.unfunded_gap)
        )
        lapsed = np.zeros_like(used)
        measures, short = dict[str, Floats](), council.duties(self.compiled.council, year, local)
        tests = {name: pounds > HALF_PENNY for name, pounds in short.items() if name != "unfunded_gap"}
        breached = [short["unfunded_gap"] > HALF_PENNY]
        for kind in self.kinds:
            rows, rules, terms = self.compiled.slices[kind], RULES[kind], self.terms[kind]
            # An ICB's rules are shares of its funding, which is what it was charged on; others' of what they spend.
            turnover = (size.funding if kind == ICB else size.turnover)[None, rows]
            closed = rules.close(terms, year, self.states[kind], residual[:, rows], turnover)
            self.states[kind] = closed.state
            used[:, rows], lapsed[:, rows] = closed.use_of_reserves, closed.lapsed
            unfunded[:, rows] = closed.unfunded_gap
            measures |= {name: _beside(measures.get(name), amount) for name, amount in closed.measures.items()}
            missed = rules.duties(terms, year, closed, residual[:, rows], turnover, regime)
            if regime == "system":
                # A body in no control total is tested by itself, whatever the regime.
                alone = rules.duties(terms, year, closed, residual[:, rows], turnover, "individual")
                inside = self.compiled.agreed.in_system[rows, None]
                missed = {name: np.where(inside, pounds, alone[name]) for name, pounds in missed.items()}
            for duty, pounds in missed.items():
                name = BREAK_EVEN.get(duty, duty)
                tests[name] = _beside(tests.get(name), pounds > HALF_PENNY)
            breached.append(missed[BREACHES[kind]] > HALF_PENNY)
        tests["unfunded_gap"], tests["duty_breached"] = unfunded > HALF_PENNY, np.concatenate(breached, axis=1)
        return Closed(used, spent, lapsed, unfunded, measures, tests, local)


def _beside(first: Any, second: Any) -> Any:
    """Return what one regime has, with what the next one has beside it."""
    return second if first is None else np.concatenate([first, second], axis=1)
