"""A portfolio told in plain sentences: what is bought, what stops the rest, and when to look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.money import enough_in_millions, in_millions
from simulator.portfolio import Choice, Give, Reallocation, Shadow, Shadows, Stopped
from simulator.portfolio_options import Kind, Limit
from simulator.stopping import DecisionPoint

Names = Mapping[str, str]
"""Names of options and bodies by id; an id without one speaks for itself."""


def _amount(value: float) -> str:
    size = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
    return size.removeprefix("-") if value == 0 else size


def _bought(value: float, measure: str) -> str:
    """Return a value in its measure; one that begins with a pound sign is told in millions of pounds."""
    return f"{_size(value, measure)} {measure.removeprefix('£ ')}"


def _size(value: float, measure: str) -> str:
    return in_millions(value, 2) if measure.startswith("£ ") else _amount(value)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _limit(kind: Kind, whose: str, names: Names) -> str:
    if kind == "total":
        return "the total for new money"
    return f"the supply of {names.get(whose, whose)}" if kind == "staff" else f"the room of {names.get(whose, whose)}"


def _room(limit: Limit, names: Names) -> str:
    return _limit(limit.kind, limit.whose, names) + (f" in {limit.year}" if limit.year else "")


def _measured(kind: Kind, amount: float) -> str:
    return f"{amount:,.1f} posts" if kind == "staff" else enough_in_millions(amount)


def choice_words(choice: Choice, measure: str, names: Names) -> str:
    """Return what a choice adds, ends and buys; money and the measure stand apart."""
    more = [f"{in_millions(x, 2)} on {names.get(i, i)}" for i, x in choice.added.items() if x > 0]
    less = [f"{in_millions(-x, 2)} from {names.get(i, i)}" for i, x in choice.added.items() if x < 0]
    taken = f", taking {_listed(less)}" if less else ""
    summed = f", {in_millions(choice.spending, 2)} in all" if len(more) > 1 and not less else ""
    if choice.nothing:
        return f"Nothing is added{taken}."
    costs = "mean net costs" if choice.confidence is None else f"net costs at their {choice.confidence}th percentile"
    bought = f"{_bought(choice.value, measure)} on average, with {costs} within every limit"
    return f"A year, at base-year prices, add {_listed(more)}{taken}{summed}: {bought}.{_broken(choice, names)}"


def _broken(choice: Choice, names: Names) -> str:
    if not choice.already_broken:
        return ""
    limits = _listed(list(dict.fromkeys(_limit(limit.kind, limit.whose, names) for limit in choice.already_broken)))
    return f" Today already breaks a limit that no choice mends ({limits}): it is made no worse."


def stopped_words(stopped: Stopped, measure: str, names: Names) -> str:
    """Return what stops the cheapest option, by how much each limit must give, and what is then bought."""
    if not stopped.gives or stopped.then is None:
        return (
            "Nothing is bought, and not for want of room: no option may be chosen that buys any "
            f"{measure.removeprefix('£ ')} and is not at its greatest already. The options set aside say why."
        )
    # A limit is told once, in the year in which it must give most.
    worst: dict[tuple[Kind, str], Give] = {}
    for give in stopped.gives:
        key = (give.limit.kind, give.limit.whose)
        worst[key] = max(worst.get(key, give), give, key=lambda one: one.by)
    first, *others = worst.values()
    also = f"; so must {_listed([_give(give, names) for give in others])}" if others else ""
    return (
        f"Nothing is bought: the cheapest option, {names.get(stopped.option, stopped.option)} at "
        f"{enough_in_millions(stopped.pounds)} a year, is stopped by {_room(first.limit, names)}, which must give "
        f"{_measured(first.limit.kind, first.by)}{also}. Then: {choice_words(stopped.then, measure, names)}"
    )


def _give(give: Give, names: Names) -> str:
    return f"{_room(give.limit, names)} by {_measured(give.limit.kind, give.by)}"


def shadow_words(shadows: Shadows, measure: str, names: Names) -> tuple[str, ...]:
    """Return what more of each limit would buy, each with the step that it was loosened by."""
    if not shadows.together:
        return ("No limit binds: loosened by a step each, all together, they would add nothing.",)
    if not shadows.each:
        return (
            f"No limit alone holds the choice back; loosened by a step each, all together would add "
            f"{_bought(shadows.together, measure)}.",
        )
    return tuple(_shadow(shadow, measure, names) for shadow in shadows.each)


def _shadow(shadow: Shadow, measure: str, names: Names) -> str:
    tight = [year for year in shadow.years if year]
    years = f" It is tight in {_listed(tight)}." if tight else ""
    each = "" if shadow.kind == "total" else " in every year"
    step = f"{shadow.step:.0f} post" if shadow.kind == "staff" else enough_in_millions(shadow.step)
    limit = _limit(shadow.kind, shadow.whose, names)
    return f"{step} more of {limit}{each} would add {_bought(shadow.gain, measure)}.{years}"


def reallocation_words(both: Reallocation, measure: str, names: Names) -> str:
    """Return what is bought at the margin and over the whole, and the difference."""
    return (
        f"Added to what is there: {choice_words(both.margin, measure, names)} With today's spending free to move: "
        f"{choice_words(both.whole, measure, names)} The difference is {_bought(both.difference, measure)}; it takes "
        "ending a programme to undo its costs and its effects alike, at no cost of its own."
    )


def point_words(point: DecisionPoint, name: str) -> str:
    """Return by when it would be known whether a programme falls short, what is sunk and what stopping saves."""
    odds = f"{name} falls short of its break-even size in {point.falls_short:.0%} of futures as seen today"
    if point.year is None:
        most = max(point.known, default=0.0)
        return (
            f"{odds}; no year of its life settles it: at best {most:.0%} of futures would show it by then, with "
            f"{in_millions(point.sunk)} spent. Read it more exactly, or judge it before it starts."
        )
    if point.year == 0:
        return f"{odds}, which is sure enough today: no reading is needed to decide."
    return (
        f"{odds}; by the end of year {point.year} its readings would most likely have settled it. By then "
        f"{in_millions(point.sunk)} is sunk; stopping leaves {in_millions(point.saves)} unspent, which is called for "
        f"in {point.stops:.0%} of futures and spares {in_millions(point.loss_avoided, 2)} on average over all of them."
    )
