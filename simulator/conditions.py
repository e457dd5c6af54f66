"""Conditions of a draft grade: what has to come true, each with its chance, and what the grades are without it.

One that is switched off is laid on the same futures as not met (`leans.py`) and every test is made again. The budget is
still the one that was set, and the minimum is still that of the file: only what happens changes. Chances of conditions
are never added up or averaged, since what fails together is not a sum.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from functools import reduce

import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Compiled
from simulator.deadlines import in_words
from simulator.decisions_leaned_on import decisions
from simulator.estimates_leaned_on import estimates
from simulator.evidence_tests.grades import ADEQUACY, ROBUSTNESS, Found, Grade
from simulator.evidence_tests.kinds import tests_of
from simulator.evidence_tests.seen import Seen, plan_view, seen
from simulator.evidence_tests.telling import VIEWS_IN_WORDS
from simulator.leans import FUTURES, Laid, Lean
from simulator.paired import Paired, paired
from simulator.place import LocalAuthority
from simulator.price_list import PLAN, risks_of
from simulator.regimes.vcse import Charity
from simulator.scenario import Scenario
from simulator.section25 import INSTEAD, Draft, drafts
from simulator.trials import USUAL, tried

LIMBS = {ROBUSTNESS: "the estimates", ADEQUACY: "the reserves"}
WORSE: dict[Grade, int] = {"green": 0, "amber": 1, "red": 2}


@dataclass(frozen=True)
class Condition:
    """One condition: its number in `unit` (`£` or `share`), its chance with a 95% interval, what it rests on.

    Without a chance `basis` says why. `without` says what stands where it is not met; `drafts` are then the grades,
    `flips` in words the limbs whose grade is another, `worse` the tests that are worse, and `back` what that takes off
    coming back in-year, or off missing the plan: below nought it adds. `sentence` can be lifted into a statement;
    `consequence` says what comes of it where it is not met.
    """

    agency: str
    id: str
    claim: str
    number: float
    unit: str
    chance: float | None
    low: float | None
    high: float | None
    basis: str
    assumption: str
    source: str
    without: str
    drafts: tuple[Draft, ...]
    flips: tuple[str, ...]
    worse: tuple[str, ...]
    back: Paired
    sentence: str
    consequence: str


def conditions(
    scenario: Scenario, compiled: Compiled, agency: str, sample: Sample = USUAL, found: Collection[Found] = ()
) -> tuple[Condition, ...]:
    """Return the conditions of one body's draft grades: first those that flip one, then by what they do to R02.

    `found` are its tests on the same futures; a body without tests has conditions that move no grade, a charity none.

    Raises:
        RunCancelledError: when the sample's `cancelled()` returns true.
    """
    view = plan_view(scenario, compiled, agency, sample)
    if isinstance(view.body, Charity):
        return ()
    leans = leaned_on(view)
    told = []
    for lean, without in zip(leans, switched_off(view, sample, [[lean] for lean in leans]), strict=True):
        sample.stop_if_asked()
        told.append(_told(view, lean, tuple(found), without))
    return tuple(sorted(told, key=lambda one: (not one.flips, one.back.points)))


def leaned_on(view: Seen) -> list[Lean]:
    """Return what one body's plan leans on: estimates with their chances, then decisions that are still to be made."""
    return [*estimates(view), *decisions(view)]


def switched_off(view: Seen, sample: Sample, each: Collection[Collection[Lean]]) -> list[Seen]:
    """Return a body's plan on the same futures with each of some sets of conditions not met, in their order."""
    start = Laid(view.scenario, view.compiled, PLAN)
    laid = [reduce(lambda held, lean: lean.lay(held), leans, start) for leans in each]
    named = [one._replace(variant=replace(one.variant, name=str(n))) for n, one in enumerate(laid)]
    looked: dict[str, Seen] = {}
    # Sets that leave the terms as they are share one run; a set with terms of its own has one to itself.
    for terms in {id(one.compiled): one.compiled for one in named}.values():
        those = [one for one in named if one.compiled is terms]
        made = tried(terms, view.body.id, tuple(one.variant for one in those), sample, view.start)
        for one in those:
            after = seen(one.scenario, made, one.variant.name)
            looked[one.variant.name] = replace(after, view=view.view, budgeted=view.budgeted or view.central)
    return [looked[one.variant.name] for one in named]


def _told(view: Seen, lean: Lean, found: tuple[Found, ...], without: Seen) -> Condition:
    """Return one condition with what it does."""
    after = tests_of(without) if found else []
    before, then = (drafts(tests) if tests else () for tests in (found, after))
    instead = INSTEAD.get(view.body.kind)
    limbs = LIMBS | {ADEQUACY: f"its {instead}"} if instead else LIMBS
    flips = tuple(
        f"the draft grade of {limbs[now.limb]} goes from {was.grade} to {now.grade}"
        for was, now in zip(before, then, strict=True)
        if was.grade != now.grade
    )
    back = paired(risks_of(view)[0], risks_of(without)[0], view.certain and without.certain)
    worse = _worse(found, after)
    chance = lean.chance
    return Condition(
        agency=view.body.id,
        id=lean.id,
        claim=lean.claim,
        number=lean.number,
        unit=lean.unit,
        chance=chance.value if chance else None,
        low=chance.low if chance else None,
        high=chance.high if chance else None,
        basis=lean.basis,
        assumption=lean.assumption,
        source=lean.source,
        without=lean.without,
        drafts=then,
        flips=flips,
        worse=worse,
        back=back,
        sentence=_sentence(view, lean),
        consequence=_consequence(view, lean, flips or _turned(worse), back),
    )


def _worse(before: tuple[Found, ...], after: list[Found]) -> tuple[str, ...]:
    """Return which graded tests are worse than they were."""
    was = {(one.id, one.horizon, one.sentence): one for one in before}
    return tuple(
        f"{now.id} {now.horizon}: {then.grade} to {now.grade}"
        for now in after
        if (then := was.get((now.id, now.horizon, now.sentence))) is not None
        and WORSE.get(now.grade, -1) > WORSE.get(then.grade, 3)
    )


def _turned(worse: tuple[str, ...]) -> tuple[str, ...]:
    return (
        (f"no draft grade is another, though tests are worse ({'; '.join(worse)})",)
        if worse
        else ("no grade of a test is worse",)
    )


def _consequence(view: Seen, lean: Lean, does: tuple[str, ...], back: Paired) -> str:
    """Return what comes of a condition that is not met."""
    local = isinstance(view.body, LocalAuthority)
    risk = "coming back for more within" if local else "missing the plan by more than is tolerated in"
    if_so = "If it strikes" if lean.id.startswith("event-") else "If not met"
    return (
        f"{if_so} ({lean.without}, all else as drawn) {' and '.join(does)}; the chance of {risk} {view.budget_year} "
        f"goes from {back.before.probability:.1%} to {back.after.probability:.1%} "
        f"({-100 * back.high:+.1f} to {-100 * back.low:+.1f} points)."
    )


def _sentence(view: Seen, lean: Lean) -> str:
    """Return a condition as a sentence for a statement."""
    as_at = f"{VIEWS_IN_WORDS[view.view]}, as at {in_words(view.scenario.as_at)}"
    if lean.chance is None:
        chance = f"no chance is given: {lean.basis}"
    elif lean.basis != FUTURES:
        chance = f"chance {100 * lean.chance.value:g} in 100, {lean.basis}"
    elif lean.chance.low == lean.chance.high:
        chance = f"chance {_in_a_hundred(lean.chance.value)}, {lean.basis}"
    else:
        low, high = (f"{100 * end:.1f}" for end in (lean.chance.low, lean.chance.high))
        chance = f"chance {_in_a_hundred(lean.chance.value)} ({low} to {high}), {lean.basis}, {as_at}"
    return f"That {lean.claim}; {chance}. It rests on {lean.assumption}; source: {lean.source}."


def _in_a_hundred(share: float) -> str:
    """Return a chance in a hundred that is never a false nought or certainty."""
    if share in (0.0, 1.0):
        return "in all futures drawn" if share else "in none of the futures drawn"
    return "under 0.1 in 100" if share < 0.001 else "over 99.9 in 100" if share > 0.999 else f"{100 * share:.1f} in 100"


def condition_table(found: Collection[Condition]) -> pd.DataFrame:
    """Return conditions as a table, a row each, with the draft grade of each limb where it is not met."""
    rows = []
    for one in found:
        row = asdict(replace(one, drafts=()))
        back = one.back
        del row["drafts"], row["back"]
        row |= {"flips": "; ".join(one.flips), "worse": "; ".join(one.worse)}
        row |= {f"limb_{draft.limb}_without": draft.grade for draft in one.drafts}
        rows.append(row | {"back_before": back.before.probability, "back_without": back.after.probability})
    return pd.DataFrame(rows)
