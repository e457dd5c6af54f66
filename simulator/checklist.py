"""A checklist of one body's evidence: what stands, what to look at, what is missing, each with why.

It sorts what the evidence says and adds no opinion: grades and tests are those of the decision page.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from simulator.caveats import not_entered
from simulator.evidence_tests.grades import ADEQUACY, ROBUSTNESS
from simulator.examination import Examination
from simulator.margins import WORDS
from simulator.register import Entry, unreasoned, unsourced
from simulator.section25 import INSTEAD, Draft, DraftGrade
from simulator.summary_page import FEWEST_PATHS

State = Literal["ok", "look", "missing"]
LIMBS = {ROBUSTNESS: "Are the estimates robust?", ADEQUACY: "Are the reserves adequate?"}
STATES: dict[DraftGrade, State] = {"supports": "ok", "not tested": "missing"}
"""How a limb stands by its draft grade; with any other it is one to look at."""
NEAR = 1.0
"""A break point nearer than this many of its own standard deviations is one to look at: a judgement."""
NAMED = 3
"""Break points that are named. A judgement."""
RULE = (
    "By one rule, a judgement of ours: ok where the draft grade supports, or nothing is broken, near or without its "
    "ground; missing where a mandatory test or a whole answer lacks an input; look for all between."
)


class Check(NamedTuple):
    """One line of the checklist: the question, how it stands, and why. Plain text, names as the file has them."""

    question: str
    state: State
    because: str


def checklist(done: Examination, entries: list[Entry]) -> tuple[Check, ...]:
    """Return the checklist of one body's evidence; `entries` are the numbers behind it."""
    return (
        *(_limb(one, INSTEAD.get(done.view.body.kind)) for one in done.drafts),
        _stressed(done),
        _reasoned(entries),
        _entered(done),
        _sampled(done),
    )


def _limb(draft: Draft, instead: str | None) -> Check:
    question = f"Is its {instead} adequate?" if instead and draft.limb == ADEQUACY else LIMBS[draft.limb]
    return Check(question, STATES.get(draft.grade, "look"), f"Draft grade: {draft.grade}; {draft.why}.")


def _stressed(done: Examination) -> Check:
    question = "Is it known what would break the plan?"
    if done.breaks is None:
        return Check(question, "missing", "Break points are not looked for at a charity.")
    broken = [f"already {WORDS[limit]}" for limit, pounds in done.breaks.margins.items() if pounds > 0]
    limit = next((limit for limit, pounds in done.breaks.margins.items() if pounds <= 0), "")
    near = [one for one in done.breaks.first(limit) if one.deviations < NEAR] if limit else []
    told = [f"{one.name} ({one.deviations:.1f} of its own standard deviations)" for one in near[:NAMED]]
    if broken:
        return Check(question, "look", f"On the central path {' and '.join(broken)}.")
    if near:
        return Check(question, "look", f"Pushed alone in every year, soonest: {', '.join(told)}; then {WORDS[limit]}.")
    return Check(question, "ok", f"Nothing within {NEAR:g} of its own standard deviations breaks it alone.")


def _reasoned(entries: list[Entry]) -> Check:
    bare, without = len(unreasoned(entries)), len(unsourced(entries))
    parts = [f"{without:,} {_lack(without)} a source"] if without else []
    parts += [f"{bare:,} that no published text or sum stands behind {_lack(bare)} a reason"] if bare else []
    said = f"Of {len(entries):,} numbers behind it {' and '.join(parts) or 'none lacks a source or a reason'}."
    return Check("Is every assumption reasoned?", "look" if parts else "ok", said)


def _lack(count: int) -> str:
    return "lacks" if count == 1 else "lack"


def _entered(done: Examination) -> Check:
    lacking = [one for one in done.found if one.lacking]
    names = not_entered(done.view.body)
    tests = f"{len(lacking)} of {len(done.found)} tests {_lack(len(lacking))} an input" if lacking else ""
    said = [part for part in (tests, f"not entered: {', '.join(names)}" if names else "") if part]
    state: State = "missing" if any(one.mandatory for one in lacking) else "look" if said else "ok"
    because = "; ".join(said) or "every test has its inputs"
    return Check("Is all entered that the tests need?", state, f"{because[:1].upper()}{because[1:]}.")


def _sampled(done: Examination) -> Check:
    question, count = "Are the futures enough to tell?", done.view.count
    if count < FEWEST_PATHS:
        return Check(question, "missing", f"{count:,} futures are too few to grade on: use 1,000 or more.")
    shaky = list(dict.fromkeys(one.id for one in done.found if one.indeterminate))
    if shaky:
        many = "tests" if len(shaky) > 1 else "test"
        return Check(question, "look", f"Sampling leaves the grade of {len(shaky)} {many} open: {', '.join(shaky)}.")
    return Check(question, "ok", f"No grade is left open by sampling on {count:,} futures.")
