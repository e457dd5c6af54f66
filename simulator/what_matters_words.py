"""What matters, told: the plain answer first, whose risk it is, and how each number is to be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.causes import Cause
from simulator.evidence_words import percent, told
from simulator.figure_words import OUTCOMES
from simulator.held_still import HELD, Estimate, Question
from simulator.model_risk import NO_JUDGEMENTS
from simulator.money import in_millions
from simulator.owned_luck import Owner
from simulator.plain_english import cell
from simulator.regressions import ENOUGH
from simulator.what_matters import Answer, WhatMatters

OWN, OTHERS, AGREED = "Its own luck", "Other bodies' luck", "What agreements turn on"
FACTORS, DRIVERS, RISKS = "National factors", "National drivers, each by itself", "National risks and reviews"
NOBODY = "Not told apart"
GROUPS = (FACTORS, DRIVERS, RISKS, OWN, OTHERS, AGREED, NOBODY)
"""To whom luck may belong, as pictures and tables order it."""
_KINDS = {"factor": FACTORS, "driver": DRIVERS, "events": RISKS, "review": RISKS, "agreement": AGREED}
NAMED = "drivers, savings and risks"
"""What can be held at its central path; late support and agreements cannot, and only an owner's share tells of them."""
RANKED = (
    "*Differs by* is the ranking. Each future is run again with that one thing held at its central path, or judged "
    "otherwise, and the two answers are set side by side: how far apart they lie on average, whichever way. It is in "
    "one unit for luck and for judgement. What follows a driver that is held, such as fees that follow the living "
    "wage, keeps the course it took.",
    "*Points off the limit* is by how much its chance falls, net, on the same futures; below nought it rises. Which "
    "one thing moves a limit's chance most is the question that `headroom stress` ranks by; here it is which moves the "
    "answer itself, so the two orders may differ.",
)
TOP, MUCH = 3, 0.05
"""Drivers that the plain answer names, and from which share it says what cannot be told apart."""


def figure(question: Question, year: str) -> str:
    """Return what is asked, as the middle of a sentence: `what is held at the end of 2030-31`."""
    if question.is_event:
        return f"the chance of “{OUTCOMES[question.figure].lower()}” by the end of {year}"
    if question.figure == HELD:
        return f"{'the sum of surpluses against plan to' if _nhs(question) else 'what is held at'} the end of {year}"
    return f"how far {year} is from plan" if _nhs(question) else f"what {year} asks beyond savings delivered"


def _nhs(question: Question) -> bool:
    return not question.body.local and not question.charity


def measured(question: Question, year: str) -> str:
    """Return what the answer is and how its sign reads, as a sentence."""
    if question.is_event:
        return f"Asked is {figure(question, year)}, in points of 100 futures; above nought is likelier."
    if question.figure == HELD:
        what = (
            "from the budget year on" if _nhs(question)
            else "free reserves" if question.charity
            else "usable reserves, unmet gaps counted below nought"
        )  # fmt: skip
        return f"Asked is {figure(question, year)}: {what}, £m cash; less is worse."
    return f"Asked is {figure(question, year)}, £m cash; more is worse."


def limit(answer: Answer) -> str:
    """Return the limit that stands beside the answer: `general fund below its minimum by the end of 2030-31`."""
    return f"{OUTCOMES[answer.question.limit].lower()} by the end of {answer.year}"


def amount(answer: Answer, pounds: float) -> str:
    """Return a size in the unit of an answer: `£24.1m`, or `12.6 points`."""
    return f"{100 * pounds:.1f} points" if answer.question.is_event else in_millions(pounds)


def plain(answer: Answer) -> Iterator[str]:
    """Yield two or three sentences: what matters most, whether it is luck or judgement, and whose the risk is."""
    luck = [one for one in answer.causes if one.kind == "luck" and felt(answer, one)]
    judged = [one for one in answer.causes if one.kind == "judgement"]
    asked = figure(answer.question, answer.year)
    if answer.stilled and luck and judged:
        yield _first(answer, luck[0], judged[0], asked)
    elif luck:
        yield _by_luck(answer, luck, asked)
    else:
        yield f"Nothing that chance moves can be told from noise in {asked}."
    if by_group(answer) and luck:
        yield f"Of all that is uncertain in it {whose(by_group(answer))}{_weightiest(answer, luck[0])}."
    yield f"The limit, {limit(answer)}, is broken in {told(answer.chance)}."


def _first(answer: Answer, luck: Cause, judged: Cause, asked: str) -> str:
    """Return which of luck and judgement reaches farther, by name."""
    assert luck.differs is not None and judged.differs is not None
    far, near = amount(answer, judged.differs.value), amount(answer, luck.differs.value)
    if judged.differs.low > luck.differs.high:
        return (
            f"For {asked} our own judgement weighs more than any of {NAMED}: “{judged.name}” in place of what was "
            f"entered makes it {far} different on average; of {NAMED} {luck.name} weighs most, {near}{_settled(luck)}."
        )
    if luck.differs.low > judged.differs.high:
        return (
            f"For {asked} luck weighs more than any judgement: of {NAMED} {luck.name} weighs most and makes it {near} "
            f"different on average from what is expected{_settled(luck)}; of judgements “{judged.name}” weighs most, "
            f"{far}."
        )
    return f"For {asked} luck ({luck.name}, {near}) and judgement (“{judged.name}”, {far}) weigh alike."


def _settled(one: Cause) -> str:
    return f", {percent(one.share.value)} of the risk" if one.share else ""


def _by_luck(answer: Answer, luck: list[Cause], asked: str) -> str:
    first, rest = luck[0], listed([one.name for one in luck[1:TOP]])
    size = (
        f": {amount(answer, first.differs.value)} different on average from what is expected" if first.differs else ""
    )
    return f"Of {NAMED} {first.name} matters most to {asked}{size}{_settled(first)}{f'; then {rest}' if rest else ''}."


def felt(answer: Answer, one: Cause) -> bool:
    """Return whether luck can be told from noise: it moves the answer when held, or settles more than chance would."""
    return bool(one.differs) or bool(one.settles and one.settles.value > answer.floor)


def _weightiest(answer: Answer, luck: Cause) -> str:
    """Return whose luck the weightiest single part is: also of late support or agreements, which cannot be held."""
    first = answer.owned[0]
    whom = group(answer, first.owner.kind, first.owner.body)
    meets = ", which it alone meets" if whom == OWN else "" if whom in (OTHERS, AGREED) else ", which all meet"
    more = first.share.value > (luck.share.value if luck.share else 0.0)
    part = f"more than any of {NAMED} has" if more else "the weightiest single part"
    return f"; {part}, {least(answer)}{percent(first.share.value)}, is {owner_name(answer, first.owner)}{meets}"


def whose(shares: dict[str, float]) -> str:
    """Return whose the risk is in short: `63% is its own luck and 37% the nation's`."""
    nation = sum(shares.get(name, 0.0) for name in (FACTORS, DRIVERS, RISKS))
    own, apart = shares.get(OWN, 0.0), shares.get(NOBODY, 0.0)
    told_apart = f", and {percent(apart)} cannot be told apart" if apart > MUCH else ""
    return (
        f"{_least(apart)}{percent(own)} is its own luck and {_least(apart)}{percent(nation)} the nation's{told_apart}"
    )


def least(answer: Answer) -> str:
    """Return what stands before an owner's share: `at least ` where much is unexplained, which is somebody's too."""
    return _least(answer.unexplained)


def _least(unexplained: float) -> str:
    return "at least " if unexplained > MUCH else ""


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
        yield from filter(None, (*RANKED, unjudged(first)))
    yield (
        "*Share of risk* is of the answer's variance: what drivers that travel together explain is shared out between "
        "them, so that all shares add up to what straight lines explain, "
        f"{_span([one.explained for one in found.answers])}; the rest is what no single driver explains by a line."
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
    unsure = {one.name: one.unexplained for one in found.answers if one.unexplained > MUCH}
    if unsure:
        yield (
            f"*At least*: of {listed(list(unsure))} {_span(list(unsure.values()))} is told apart by no line, bend or "
            "pair of owners, as where many shocks together pass a limit. It is somebody's all the same, so each "
            "owner's share there is the least that it may be, and its upper end holds all that is not told apart."
        )
    poor = [cell(one.name) for one in found.answers if one.explained < ENOUGH]
    if poor:
        yield f"Straight lines explain too little of {listed(poor)} for shares of risk to be a ranking; use the others."
    yield (
        f"Brackets are 95% sampling intervals on {found.paths:,} futures, seed {found.seed}. They say how sure the "
        "numbers are of the model, not how sure the model is of the world: that is what the judgements are for."
    )


def unjudged(answer: Answer) -> str:
    """Return why a ranking has no judgement in it; nothing where it has one."""
    if any(one.kind == "judgement" for one in answer.causes):
        return ""
    if answer.question.body.local:
        return "No judgement is in the ranking: none that was tried moves this answer."
    return (
        "No judgement is in the ranking, of what reserves are usable, of how managers respond or of which rule answers "
        f"need: {NO_JUDGEMENTS}. To measure one, put another value with `--set`, or vary it with `headroom batch`."
    )


def over_place(found: WhatMatters) -> Iterator[str]:
    """Yield what matters to a place: the driver that leads for most bodies, whose luck is the most, and where."""
    leads: dict[str, list[str]] = {}
    for one in found.answers:
        if one.causes and felt(one, one.causes[0]):
            leads.setdefault(one.causes[0].name, []).append(one.name)
    if not leads:
        yield "Nothing that chance moves can be told from noise in any body's answer."
        return
    leads = dict(sorted(leads.items(), key=lambda item: -len(item[1])))
    name, bodies = next(iter(leads.items()))
    yield f"Of {NAMED} {name} matters most to {len(bodies)} of {len(found.answers)} bodies{_where(leads, name)}."
    yield _own_luck(found)
    worst = max(found.answers, key=lambda one: one.chance.probability)
    yield f"Likeliest to break its limit is {worst.name}: {limit(worst)}, {told(worst.chance)}."


def _own_luck(found: WhatMatters) -> str:
    """Return in which body its own luck is the most of the risk, and in which the least."""
    own = [(by_group(one).get(OWN, 0.0), one.name, one) for one in found.answers]
    (most, richest, _), (fewest, other, poorest) = max(own, key=lambda one: one[:2]), min(own, key=lambda one: one[:2])
    if most <= 0.5:
        return f"No body's own luck is shown to be half of its risk: the most is {percent(most)}, of {richest}."
    nation = sum(by_group(poorest).get(name, 0.0) for name in (FACTORS, DRIVERS, RISKS))
    where = ", where most of it is what all of the nation meets" if nation > 0.5 else ""
    ends = f"most of the risk of {richest} ({percent(most)}) and least of {other} ({percent(fewest)})"
    return f"Its own luck is {ends}{where}."


def _where(leads: dict[str, list[str]], name: str) -> str:
    """Return which other drivers lead, and for how many bodies."""
    rest = [f"{other} to {len(bodies)}" for other, bodies in leads.items() if other != name]
    return f", {listed(rest)}" if rest else ""


def _span(shares: list[float]) -> str:
    """Return the least and the greatest of some shares, in per cent."""
    low, high = f"{min(shares):.0%}", f"{max(shares):.0%}"
    return low if low == high else f"{low} to {high} by body"


def companies(answers: Iterable[Answer]) -> list[list[str]]:
    """Return the drivers that travel together in groups, each tied to another of its own by correlation."""
    ties: dict[str, set[str]] = {}
    for answer in answers:
        for one in answer.causes:
            for other in one.travels_with:
                ties.setdefault(one.name, set()).add(other)
                ties.setdefault(other, set()).add(one.name)
    groups: list[list[str]] = []
    while ties:
        reached, new = set[str](), {next(iter(ties))}
        while new:
            reached |= new
            new = set[str]().union(*(ties[name] for name in new)) - reached
        groups.append(sorted(reached))
        ties = {name: others for name, others in ties.items() if name not in reached}
    return groups
