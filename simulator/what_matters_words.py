"""What matters, told: the plain answer first, whose risk it is, and how each number is to be read."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.causes import Cause
from simulator.evidence_words import percent, told
from simulator.figure_words import OUTCOMES
from simulator.held_still import HELD, Estimate, Question
from simulator.money import in_millions
from simulator.owned_luck import Owner
from simulator.regressions import ENOUGH
from simulator.what_matters import Answer, WhatMatters

OWN, OTHERS, AGREED = "Its own luck", "Other bodies' luck", "What agreements turn on"
FACTORS, DRIVERS, RISKS = "National factors", "National drivers, each by itself", "National risks and reviews"
NOBODY = "Not told apart"
GROUPS = (FACTORS, DRIVERS, RISKS, OWN, OTHERS, AGREED, NOBODY)
"""To whom luck may belong, as pictures and tables order it."""
_KINDS = {"factor": FACTORS, "driver": DRIVERS, "events": RISKS, "review": RISKS, "agreement": AGREED}
TOP = 3


def figure(question: Question, year: str) -> str:
    """Return what is asked, as the middle of a sentence: `what is held at the end of 2030-31`."""
    if question.is_event:
        return f"the chance of “{OUTCOMES[question.figure].lower()}” by the end of {year}"
    if question.figure == HELD:
        return f"what is held at the end of {year}"
    return f"what {year} asks beyond savings delivered"


def measured(question: Question, year: str) -> str:
    """Return what the answer is and how its sign reads, as a sentence."""
    nhs = not question.body.local and not question.charity
    if question.is_event:
        return f"Asked is {figure(question, year)}, in points of 100 futures; above nought is likelier."
    if question.figure == HELD:
        what = (
            "the sum of surpluses against plan from the budget year on" if nhs
            else "free reserves" if question.charity
            else "usable reserves, unmet gaps counted below nought"
        )  # fmt: skip
        return f"Asked is {figure(question, year)}: {what}, £m cash; less is worse."
    what = f"how far {year} is from plan" if nhs else figure(question, year)
    return f"Asked is {what}, £m cash; more is worse."


def limit(answer: Answer) -> str:
    """Return the limit that stands beside the answer: `general fund below its minimum by the end of 2030-31`."""
    return f"{OUTCOMES[answer.question.limit].lower()} by the end of {answer.year}"


def amount(answer: Answer, pounds: float) -> str:
    """Return a size in the unit of an answer: `£24.1m`, or `12.6 points`."""
    return f"{100 * pounds:.1f} points" if answer.question.is_event else in_millions(pounds)


def plain(answer: Answer) -> Iterator[str]:
    """Yield two or three sentences: what matters most, whether it is luck or judgement, and whose the risk is."""
    luck = [one for one in answer.causes if one.kind == "luck" and _felt(answer, one)]
    judged = [one for one in answer.causes if one.kind == "judgement"]
    asked = figure(answer.question, answer.year)
    if answer.stilled and luck and judged:
        yield _first(answer, luck[0], judged[0], asked)
    elif luck:
        yield _by_luck(answer, luck, asked)
    else:
        yield f"Nothing that chance moves can be told from noise in {asked}."
    owned = sorted(((share, name) for name, share in by_group(answer).items() if name != NOBODY), reverse=True)
    if owned and luck:
        share, most = owned[0]
        yield f"Of all that is uncertain in it {percent(share)} is {_of_whom(most)}{_weightiest(answer)}."
    yield f"The limit, {limit(answer)}, is broken in {told(answer.chance)}."


def _first(answer: Answer, luck: Cause, judged: Cause, asked: str) -> str:
    """Return which of luck and judgement reaches farther, by name."""
    assert luck.differs is not None and judged.differs is not None
    far, near = amount(answer, judged.differs.value), amount(answer, luck.differs.value)
    if judged.differs.low > luck.differs.high:
        return (
            f"For {asked} our own judgement weighs more than any luck: “{judged.name}” in place of what was entered "
            f"makes it {far} different on average; of luck, {luck.name} weighs most, {near}{_settled(luck)}."
        )
    if luck.differs.low > judged.differs.high:
        return (
            f"For {asked} luck weighs more than any judgement: {luck.name} makes it {near} different on average from "
            f"what it would be as expected{_settled(luck)}; of judgements “{judged.name}” weighs most, {far}."
        )
    return f"For {asked} luck ({luck.name}, {near}) and judgement (“{judged.name}”, {far}) weigh alike."


def _settled(one: Cause) -> str:
    return f", {percent(one.share.value)} of the risk" if one.share else ""


def _by_luck(answer: Answer, luck: list[Cause], asked: str) -> str:
    first, rest = luck[0], listed([one.name for one in luck[1:TOP]])
    size = (
        f": {amount(answer, first.differs.value)} different on average from what is expected" if first.differs else ""
    )
    return f"{first.name} matters most to {asked}{size}{_settled(first)}{f'; then {rest}' if rest else ''}."


def _felt(answer: Answer, one: Cause) -> bool:
    """Return whether luck can be told from noise: it moves the answer when held, or settles more than chance would."""
    return bool(one.differs) or bool(one.settles and one.settles.value > answer.floor)


def _weightiest(answer: Answer) -> str:
    first = answer.owned[0]
    whose = "it alone meets" if group(answer, first.owner.kind, first.owner.body) == OWN else "all meet"
    called = owner_name(answer, first.owner)
    return f"; the weightiest single part, {percent(first.share.value)}, is {called} that {whose}"


def _of_whom(group: str) -> str:
    return {
        OWN: "its own luck", OTHERS: "the luck of other bodies", AGREED: "what agreements turn on",
        FACTORS: "that of national factors such as inflation, which all meet",
        DRIVERS: "that of national drivers, each by itself", RISKS: "that of national risks and spending reviews",
    }[group]  # fmt: skip


def listed(names: list[str]) -> str:
    """Return names as a sentence lists them: `prices, pay and fees`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 2 else names)


def group(answer: Answer, kind: str, body: str | None) -> str:
    """Return to whom luck of a kind belongs, as a body sees it."""
    if body is not None:
        return OWN if body == answer.question.body.agency else OTHERS
    return _KINDS[kind]


def owner_name(answer: Answer, owner: Owner) -> str:
    """Return what an owner of luck is called beside whose it is; another body's is named."""
    if owner.body in (None, answer.question.body.agency):
        return owner.called.removesuffix(f": what only {answer.name} meets")
    return owner.name


def by_group(answer: Answer) -> dict[str, float]:
    """Return the shares of an answer's variance by whose luck it is, in order; with `NOBODY` they add up to one."""
    found = dict.fromkeys(GROUPS, 0.0)
    for one in answer.owned:
        found[group(answer, one.owner.kind, one.owner.body)] += one.share.value
    found[NOBODY] += answer.unexplained
    return {name: share for name, share in found.items() if share > 0}


def estimate(one: Estimate | None, places: int = 0) -> str:
    """Return a share with its 95% interval in per cent: `40% (39 to 41)`; a dash where there is none."""
    if one is None:
        return "–"
    ends = [f"{100 * end:.{places}f}" for end in (one.low, one.high)]
    return f"{100 * one.value:.{places}f}% ({ends[0] if ends[0] == ends[1] else ' to '.join(ends)})"


def notes(found: WhatMatters) -> Iterator[str]:
    """Yield how the numbers are to be read, sampling errors among them."""
    first = found.answers[0]
    if first.stilled:
        yield (
            "*Differs by* is the ranking. Each future is run again with that one thing held at its central path, or "
            "judged otherwise, and the two answers are set side by side: how far apart they lie on average, whichever "
            "way. It is in one unit for luck and for judgement. What follows a driver that is held, such as fees that "
            "follow the living wage, keeps the course it took."
        )
        yield "*Points off the limit* is by how much its chance falls, net, on the same futures; below nought it rises."
    yield (
        "*Share of risk* is of the answer's variance: what drivers that travel together explain is shared out between "
        "them, so that all shares add up to what straight lines explain, "
        + listed([f"{one.explained:.0%}{f' for {one.name}' if found.place else ''}" for one in found.answers])
        + "; the rest is what no single driver explains by a line."
    )
    yield (
        "*Would settle* is the share of the variance that would be gone if that one thing were known beforehand, with "
        "all that it tells of what travels with it: these do not add up, and none is above 100%. What chance alone "
        f"would seem to settle is up to {max(one.floor for one in found.answers):.1%}; anything below that is noise."
    )
    yield (
        "*Whose luck* adds up to 100%: shocks are independent, so each owner's part is its own, and what several do "
        "only together is split equally between them (Shapley's share)."
    )
    poor = [one.name for one in found.answers if one.explained < ENOUGH]
    if poor:
        yield f"Straight lines explain too little of {listed(poor)} for shares of risk to be a ranking; use the others."
    yield (
        f"Brackets are 95% sampling intervals on {found.paths:,} futures, seed {found.seed}. They say how sure the "
        "numbers are of the model, not how sure the model is of the world: that is what the judgements are for."
    )


def over_place(found: WhatMatters) -> Iterator[str]:
    """Yield what matters to a place: the driver that leads for most bodies, whose luck is the most, and where."""
    leads: dict[str, list[str]] = {}
    for one in found.answers:
        if one.causes and _felt(one, one.causes[0]):
            leads.setdefault(one.causes[0].name, []).append(one.name)
    if not leads:
        yield "Nothing that chance moves can be told from noise in any body's answer."
        return
    name, bodies = max(leads.items(), key=lambda item: len(item[1]))
    yield f"{name} matters most to {len(bodies)} of {len(found.answers)} bodies{_where(leads, name)}."
    own = [(by_group(one).get(OWN, 0.0), one.name) for one in found.answers]
    (most, whose), (least, other) = max(own), min(own)
    yield (
        f"Its own luck is most of the risk of {whose} ({percent(most)}) and least of {other} ({percent(least)}), which "
        "share what all of the nation meets."
        if most > 0.5
        else f"No body's own luck is half of its risk: at most {percent(most)}, of {whose}; the rest all meet together."
    )
    worst = max(found.answers, key=lambda one: one.chance.probability)
    yield f"Likeliest to break its limit is {worst.name}: {limit(worst)}, {told(worst.chance)}."


def _where(leads: dict[str, list[str]], name: str) -> str:
    """Return which other drivers lead, and for how many bodies."""
    rest = [f"{other} to {len(bodies)}" for other, bodies in leads.items() if other != name]
    return f", {listed(rest)}" if rest else ""
