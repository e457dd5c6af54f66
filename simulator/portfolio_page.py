"""The section of a page that tells a portfolio: what to choose, what it buys, what stops more, when to look again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from simulator.money import in_millions
from simulator.plain_english import cell
from simulator.portfolio_options import Aside
from simulator.portfolio_proof_words import beside_headroom, growth_words, proof_words
from simulator.portfolio_report import CHOSEN, READING, BodyCash, Point, PortfolioReport, Sum
from simulator.portfolio_words import choice_words, point_words, reallocation_words, shadow_words, stopped_words
from simulator.principles import FRIMLEY
from simulator.shift_cells import pounds, short_chance
from simulator.shift_words import listed
from simulator.summary import chance

Names = Mapping[str, str]
Z95 = 1.96
"""Standard errors either side of a mean that hold the true one in 95 of 100 samples."""


def portfolio_section(report: PortfolioReport, names: Names, short: bool = False, headroom: float | None = None) -> str:
    """Return the section as Markdown; `names` are of bodies by id, `short` leaves out all but the answer.

    `headroom`, in pounds a year, is told beside the choice where it is given.
    """
    known = {id: cell(name) for id, name in _named(report, names).items()}
    answer = "\n".join(f"- {line}" for line in _answer(report, known, headroom))
    parts = ["## What to choose within the room there is", answer]
    if not short:
        told = {
            "What it does to cash": _cash(report, known),
            "What stops more, and what a little more room would buy": _stops(report, known),
            "What is given up to be safe": _safety(report, known),
            "Only added to, or all moved": _moved(report, known),
            "When to look again, and stop": _again(report, known),
            "Principles": _principles(report, known),
            "What is not known": _unknown(report, known),
        }
        texts = {title: "\n".join(lines) for title, lines in told.items()}
        parts += [f"### {title}\n\n{text}" for title, text in texts.items() if text]
    return "\n\n".join(parts) + "\n"


def _named(report: PortfolioReport, names: Names) -> dict[str, str]:
    groups = {group.id: group.name.lower() for group in report.ground.stated.staff}
    return {**groups, **names, **{option.id: option.name for option in report.options}}


def size(value: float, unit: str) -> str:
    """Return a value without its measure: millions of pounds where that is in pounds, else as many figures as count."""
    if unit.startswith("£ "):
        return in_millions(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value + 0.0:,.3g}"


def _bought(value: float, unit: str) -> str:
    return f"{size(value, unit)} {unit.removeprefix('£ ')}"


def _answer(report: PortfolioReport, names: Names, headroom: float | None) -> Iterator[str]:
    """Yield what to choose, what it buys, what it costs in cash, whether it is safe, and what would buy most more."""
    choice = report.proved.choice
    if report.stopped is not None:
        yield stopped_words(report.stopped, report.unit, names)
        if not report.allowed.short_limit:
            yield "The limits let no body be a pound shorter in any future, so what costs first has no room."
        if report.proved.held_back:
            held = listed([names[body] for body in report.proved.held_back])
            yield f"What first seemed to fit did not pass the proof, so the room of {held} was cut."
    else:
        told, proof = choice_words(choice, report.unit, names), proof_words(report, names)
        yield from (f"**{told}**",) if report.proved.safe else (proof, told)
        yield from (beside_headroom(report, headroom, names),) if headroom is not None else ()
        yield _value(report)
        yield _cash_line(report, names)
        yield from (proof,) if report.proved.safe else ()
        yield from filter(None, [growth_words(report, names)])
    for shadow in shadow_words(report.shadows, report.unit, names)[:1] if report.stopped is None else ():
        yield f"What would buy most more: {shadow}" if report.shadows.each else shadow
    if report.aside:
        yield (
            f"{len(report.aside)} of {len(report.options)} programmes could not be chosen, and none of them is valued "
            f"at nought: {listed([names[one.option] for one in report.aside])}."
        )


def _value(report: PortfolioReport) -> str:
    """Return how sure the value is, and what it is not."""
    value, unit, last = report.value, report.unit, report.room.years[-1]
    what = "It"
    if unit.startswith("£ "):
        what = f"It counts activity avoided at average cost, cash or not, whoever gains and after {last} too; it"
    return (
        f"That is bought by what is spent to {last}, discounted ({_error(value, unit)}); one future in ten has less "
        f"than {size(value.low, unit)} and one in ten more than {size(value.high, unit)}. {what} pays no bill and is "
        f"added to no cash.{_each(report)}"
    )


def _each(report: PortfolioReport) -> str:
    """Return what one unit of an outcome costs in net cash, a ratio of means; nothing where it is in pounds itself."""
    if report.unit.startswith("£ ") or report.value.mean <= 0:
        return ""
    net = report.cash[-1].net_cost.mean
    return f" By what it costs the bodies in cash, {pounds(net / report.value.mean)} buys one." if net > 0 else ""


def _error(value: Sum, unit: str) -> str:
    """Return the 95% sampling interval of a mean."""
    low, high = value.mean - Z95 * value.error, value.mean + Z95 * value.error
    return f"95% sampling interval {size(low, unit)} to {size(high, unit)}"


def _cash_line(report: PortfolioReport, names: Names) -> str:
    """Return what the choice costs in cash over the years, and who bears and who gains most of it."""
    whole = report.cash[-1]
    net, years = whole.net_cost, len(report.room.years) - report.ground.terms.start
    costs, gives = ("costs", "more than it gives back"), ("gives back", "more than it costs")
    verb, than = costs if net.mean >= 0 else gives
    told = (
        f"In cash, over those {years} years, {in_millions(whole.pays)} is paid for it and {in_millions(whole.back)} "
        f"comes back: it {verb} {in_millions(abs(net.mean))} {than} ({_error(net, '£ ')}; P10 "
        f"{in_millions(net.low)}, P90 {in_millions(net.high)} of net cost)."
    )
    ordered = sorted(report.cash[:-1], key=lambda one: one.net_cost.mean)
    gains, bears = ordered[0], ordered[-1]
    if gains.net_cost.mean >= 0 or bears.net_cost.mean <= 0:
        return told
    return (
        f"{told} {names[bears.body]} bears most ({in_millions(bears.net_cost.mean)} more than it gets back) and "
        f"{names[gains.body]} gains most ({in_millions(-gains.net_cost.mean)})."
    )


def _cash(report: PortfolioReport, names: Names) -> Iterator[str]:
    if report.cash:
        yield f"£m of each year's money, to {report.room.years[-1]}, mean of all futures; below nought a body gains:\n"
        net = "Net cost, a gain below nought"
        yield f"| Body | Pays for programmes | Gets back as cash | {net} | 95% sampling interval | P10 | P90 |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        yield from (_cash_row(one, names) for one in (report.cash if len(report.cash) > 2 else report.cash[:1]))


def _cash_row(one: BodyCash, names: Names) -> str:
    net = one.net_cost
    told = [one.pays, one.back, net.mean, net.mean - Z95 * net.error, net.mean + Z95 * net.error, net.low, net.high]
    pays, back, mean, low, high, p10, p90 = (f"{amount / 1e6 + 0.0:,.2f}".replace("-0.00", "0.00") for amount in told)
    whose = names[one.body] if one.body else "**The place as one**"
    return f"| {whose} | {pays} | {back} | {mean} | {low} to {high} | {p10} | {p90} |"


def _stops(report: PortfolioReport, names: Names) -> Iterator[str]:
    if report.stopped is None:
        yield from (f"- {line}" for line in shadow_words(report.shadows, report.unit, names))
        yield "\nEach limit is loosened alone and the choice made again, not proved again; the gain hangs on the step."
    yield (
        "\nRoom here is the greatest yearly cost that a body could bear in every year alike, while all bear theirs "
        "at once. A programme that costs most in its first year therefore meets its limit there."
        + (f" The choice is made within {report.growth.times:g} times that, as proved." * (report.growth.times > 1))
    )


def _safety(report: PortfolioReport, names: Names) -> Iterator[str]:
    """Yield what the proof and the wish for few surprises take, and how the candidates compare."""
    held = [names[body] for body in report.proved.held_back]
    if held:
        gives = f"that gives up {_bought(report.given_up, report.unit)}"
        gives = gives if report.given_up else "what it then grew to gives nothing up"
        yield f"Room was cut for {listed(held)}, since the first choice failed the proof: {gives}.\n"
    elif report.stopped is None:
        yield "Nothing had to be held back: what buys most on average passes the proof as it stands.\n"
    yield (
        f"Set beside others on the same futures, in {report.unit.replace('£ ', '£m ')}. Regret is what is lost against "
        "the best of them in the same future. Cautious means that costs fit when each is at its 80th percentile.\n"
    )
    yield (
        "| Choice | Mean | Regret in nine futures of ten, at most | Greatest regret | Futures in which no duty is "
        "newly broken (95% interval) | Body for which one is, most often | Median given up for each point of that |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | --- | ---: |"
    scale = 1e6 if report.unit.startswith("£ ") else 1.0
    for one in report.robust:
        told = [f"{amount / scale:,.1f}" for amount in (one.mean, one.regret_p90, one.regret_most)]
        kept = short_chance(chance(round(one.satisfied * report.paths), report.paths))
        worst = f"{names[one.worst_body]} ({1 - one.worst_share:.1%})" if one.worst_share < 1 else "none"
        price = f"{one.price / scale:,.1f}" if one.price is not None and one.price > 0 else "–"
        name = "**As chosen**" if one.name == CHOSEN else cell(one.name[0].upper() + one.name[1:])
        yield f"| {name} | {' | '.join(told)} | {kept} | {worst} | {price} |"


def _moved(report: PortfolioReport, names: Names) -> Iterator[str]:
    today = [f"{pounds(one.present)} on {names[one.id]}" for one in report.options if one.present]
    if not today:
        yield (
            "No programme says what is spent on it today (`present`), so there is nothing that could be moved: what is "
            "chosen is only ever added to what is there."
        )
        return
    yield f"Spent today, a year: {listed(today)}. A programme set aside stays as it is.\n"
    if report.both.whole.added == report.both.margin.added:
        yield "With today's spending free to move, the same would be chosen: nothing would be taken from it."
        return
    yield reallocation_words(report.both, report.unit, names)
    yield "\nMoving what is spent today is reckoned in proportion and not projected, so it is a question and no plan."


def _again(report: PortfolioReport, names: Names) -> Iterator[str]:
    for one in report.points:
        yield f"- {_point(one, names)}"
    if any(one.found for one in report.points):
        what = "a pound of public cost at average cost" if report.unit.startswith("£ ") else "a QALY for £25,000"
        yield (
            f"\nBreak-even is {what}, set-up included. A year's reading is taken to err by as much as is unknown today "
            f"({READING:g} standard deviation), the first when half the effect is there to be seen. Both are "
            "judgements, as is 80% as sure enough."
        )


def _point(one: Point, names: Names) -> str:
    if one.found is None:
        return (
            f"{names[one.option]}: nobody has said what a unit of this measure is worth, so no reading can settle it."
        )
    told = point_words(one.found, names[one.option])
    if one.found.year is None and one.closer is not None and one.closer.year:
        told += f" Were each reading twice as exact, the end of year {one.closer.year} would settle it."
    return told


def _principles(report: PortfolioReport, names: Names) -> Iterator[str]:
    if not report.principles:
        return
    yield "| Principle | Score of what is chosen, 0 to 1 | Least that a programme may score | How it is held |"
    yield "| --- | ---: | ---: | --- |"
    acts = {one.id: one.acts for one in FRIMLEY}
    reckoned = {"scored by evidence": "reckoned from the grade of evidence", "scored by cash": "reckoned from cash"}
    for one in report.principles:
        found = report.scores.get(one.id, np.nan)
        score = "–" if np.isnan(found) else f"{found:.2f}"
        least = f"{one.least.used:.2f}" if one.least else "–"
        how = "proved on the futures, for every body" if one.proved else reckoned.get(acts.get(one.id, ""), "judged")
        yield f"| {cell(one.name)} | {score} | {least} | {how} |"
    example = [names[option] for option in report.example_scores]
    if example:
        yield f"\nNobody has scored {listed(example)} in full: an example by tier of prevention stands in (judgement)."
    yield "\nScores are judgement; they bound the choice and are no part of what it buys."


def _unknown(report: PortfolioReport, names: Names) -> Iterator[str]:
    if report.aside:
        yield "| Set aside | Why | What is missing | To be asked of | Sector |"
        yield "| --- | --- | --- | --- | --- |"
        for one in report.aside:
            yield from _aside(report, one, names)
        sectors = Counter(gap.sector for one in report.aside for gap in one.gaps if gap.sector)
        if sectors:
            yield f"\nFigures missing by sector: {listed([f'{sector} {n}' for sector, n in sectors.items()])}."
        yield ""
    yield f"- All of this rests on {report.paths:,} futures; what two choices differ by is told by the same ones."
    yield "- Programmes cost and buy in proportion to their size, until the proof, which projects the choice whole."
    yield "- What passes the proof is safe as far as that goes; it is not proved the best of all that would pass."
    if not report.ground.stated.weights:
        yield "- A gain counts the same whoever has it: no weights by group of people are given."
    else:
        told = [f"{group.replace('_', ' ')} {one.used:g}" for group, one in report.ground.stated.weights.items()]
        yield f"- What a gain counts for, by who has it, is the user's judgement: {listed(told)}."


def _aside(report: PortfolioReport, one: Aside, names: Names) -> Iterator[str]:
    reason = one.reason
    for principle in report.principles:
        reason = reason.replace(f"on {principle.id},", f"on “{principle.name}”,")
    for body in report.room.bodies if "counted already" in reason else ():
        reason = reason.replace(f" {body}: ", f" {names[body]}, ")
    for gap in one.gaps or (None,):
        asked = (gap.what, names.get(gap.body, "the place"), gap.sector or "–") if gap else ("–", "–", "–")
        yield f"| {names[one.option]} | {cell(reason)} | {' | '.join(asked)} |"
