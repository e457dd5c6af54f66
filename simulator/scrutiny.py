"""What to ask about: questions for whoever scrutinises a budget, from what decides its evidence and rests on least.

Questions are of assumptions that move a headline chance most, those that rest on judgement first; where nothing was
measured, of the body's own judged numbers; and of what the tests looked for and the file does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.evidence_tests.telling import closes
from simulator.examination import MOST_FOR_EFFECTS, Examination
from simulator.plain_english import fund
from simulator.register import Entry, judgements, register, unreasoned, unsourced
from simulator.register_effects import Effect

MOST_ASKED = 6
"""Questions of each kind: what one meeting has time for. A judgement."""
LEAST = 0.01
"""The share of futures from which a change of a chance is asked about. A judgement."""


class Question(NamedTuple):
    """One question: what it is about, the question, and why it is asked. Plain text, names as the file has them."""

    about: str
    question: str
    because: str


def questions(done: Examination) -> tuple[Question, ...]:
    """Return what to ask about one body's evidence, what decides it first."""
    entries = entries_of(done)
    asked = [*_decisive(done, entries)] or [*_judged(done, entries)]
    return (*asked[:MOST_ASKED], *list(_missing(done))[:MOST_ASKED])


def entries_of(done: Examination) -> list[Entry]:
    """Return the numbers behind one body's evidence, other bodies' own left out."""
    scenario, agency = done.view.scenario, done.view.body.id
    others = tuple(f"agencies.{one.id}." for one in scenario.bodies if one.id != agency)
    return [one for one in register(scenario) if not one.address.startswith(others)]


def _decisive(done: Examination, entries: list[Entry]) -> Iterator[Question]:
    """Yield a question of each assumption that moves a headline, those that rest on judgement first."""
    found = []
    for effect in done.effects:
        if effect.largest >= LEAST:
            under = [one for one in entries if f"{one.address}.".startswith(f"{effect.address}.")]
            found.append((effect, under))
    for effect, under in sorted(found, key=lambda one: (not judgements(one[1]), -one[0].largest)):
        yield Question(_named(done, effect), _asked(under), f"{_moves(done, effect)} {_rests(under)}")


def _named(done: Examination, effect: Effect) -> str:
    """Return what an assumption is called; what the body itself holds has the body's name, so its field is told."""
    own = effect.name == done.view.body.name
    return effect.address.split(".")[-1].replace("_", " ").capitalize() if own else effect.name


def _asked(under: Sequence[Entry]) -> str:
    every = list(under)
    if unreasoned(every):
        return "Why this, and not what would be worse? Who decided it, and on what evidence?"
    if judgements(every):
        return "What would change our mind about it, and when would we know?"
    return "What do we do if it turns out at its worse end, and how early would we see it?"


def _rests(under: Sequence[Entry]) -> str:
    """Return what an assumption's numbers rest on."""
    every = list(under)
    if not every:
        return ""
    count, judged, bare = len(every), len(judgements(every)), len(unreasoned(every))
    whole = "Its one number is" if count == 1 else f"Of its {count} numbers {judged or 'none'} {_is(judged)}"
    said = ("judgement" if judged else "no judgement") if count == 1 else "judgement"
    why = f"; no reason is given for {'it' if count == 1 else bare}" if bare else ""
    return f"{whole} {said}{why}."


def _is(count: int) -> str:
    return "is" if count < 2 else "are"


def _moves(done: Examination, effect: Effect) -> str:
    view = done.view
    back, below = (
        f"{100 * low:+.1f} and {100 * high:+.1f} points"
        for low, high in (
            (effect.comes_back_low, effect.comes_back_high), (effect.below_minimum_low, effect.below_minimum_high)
        )
    )  # fmt: skip
    return (
        f"At its low and high end ({effect.ends}) the chance of coming back within {view.budget_year} moves {back}, "
        f"that of a {fund(view.body)} below its minimum by {closes(view, view.end)} {below}: on the plan as approved, "
        f"on the first {min(view.count, MOST_FOR_EFFECTS):,} futures, sampling error aside."
    )


def _judged(done: Examination, entries: list[Entry]) -> Iterator[Question]:
    """Yield a question of each part of the body's own that rests on judgement, the least reasoned first."""
    mine = f"agencies.{done.view.body.id}."
    parts: dict[str, list[Entry]] = {}
    for one in judgements(entries, mine):
        field = one.address.removeprefix(mine).split(".")[0].replace("_", " ")
        name = field.capitalize() if one.name == done.view.body.name else f"{one.name} ({field})"
        parts.setdefault(name, []).append(one)
    weakest = sorted(parts.items(), key=lambda part: (-len(unsourced(part[1])), -len(unreasoned(part[1]))))
    for name, held in weakest:
        first = next((one.rationale for one in held if one.rationale), "")
        reason = f" The reason given: {first}." if first else ""
        yield Question(name, _asked(held), f"{_rests(held)}{reason}")


def _missing(done: Examination) -> Iterator[Question]:
    """Yield a question of each input that tests lack, those of mandatory tests first."""
    tests: dict[str, list[str]] = {}
    for one in sorted((one for one in done.found if one.lacking), key=lambda one: not one.mandatory):
        named = tests.setdefault(one.reason, [])
        if one.id not in named:
            named.append(one.id)
    for marked, named in tests.items():
        many, reason = len(named) > 1, marked.replace("`", "")
        yield Question(
            f"{', '.join(named)}: {'tests' if many else 'a test'} that could not be graded",
            "What is the answer, and why is it not in the evidence?",
            f"{reason[:1].upper()}{reason[1:]}.",
        )
