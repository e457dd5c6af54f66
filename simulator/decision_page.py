"""The decision page: what a chief finance officer needs to decide and to say of a budget, on one printed page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from simulator.caveats import not_entered
from simulator.conditions import Condition
from simulator.deadlines import in_words
from simulator.evidence_pictures import pushed
from simulator.evidence_tests.seen import Seen
from simulator.evidence_tests.yearly import by_year, chances_by_year, shown
from simulator.evidence_words import as_at, limbs, percent, prose
from simulator.examination import Examination
from simulator.figure_words import millions
from simulator.leans import FUTURES
from simulator.margins import WORDS
from simulator.money import in_millions
from simulator.paired import Paired
from simulator.place import Agency, LocalAuthority
from simulator.plain_english import cell, in_a_hundred, share_interval
from simulator.price_list import AMOUNTS
from simulator.section25 import Draft, distinct, whose
from simulator.summary_page import FEWEST_PATHS, titled

MOST_CONDITIONS = 4
NAMES = {
    "gf_unallocated": "General fund", "usable_reserves": "Usable reserves", "off_plan": "Off plan", "cash": "Cash",
    "free_reserves": "Free reserves",
}  # fmt: skip
CHANCES = {
    "reserves_below_minimum": "Below minimum at that date", "missed_by_half_percent": "Plan missed by over 0.5%",
    "needs_cash_support": "Revenue support needed", "reserves_below_floor": "Below its floor",
}  # fmt: skip

HEADS = {"icb": "How far off plan it closes, above nought worse", "trust": "How far off plan it closes, and its cash"}
"""What the table by year is called, where it is not of reserves."""


def decision(done: Examination) -> str:
    """Return the decision page as Markdown."""
    parts = [
        _heading(done),
        *titled("Draft grade", "\n".join(grades(done.drafts, done.view.body))),
        *titled(done.test("R02").name, "\n\n".join(_back(done))),
        *titled(HEADS.get(done.view.body.kind, "What is held at each 31 March"), "\n".join(_held(done))),
        *titled("What breaks it", "\n".join(_breaks(done))),
        *titled("What £1m buys", "\n".join(_prices(done))),
        *titled("Conditions, to lift", "\n".join(_conditions(done))),
        *titled("What this does not know", _unknown(done)),
    ]
    return "\n\n".join(parts) + "\n"


def grades(drafts: Iterable[Draft], body: Agency) -> Iterator[str]:
    """Yield, as Markdown, the draft grade of each limb with what binds, and whose the opinion is."""
    limb = "Limb of section 25" if body.tax else "Limb"
    yield f"| {limb} | Draft grade | Because of |"
    yield "| --- | --- | --- |"
    for one in drafts:
        named = one.grade != "not tested"
        binding = ", ".join(dict.fromkeys(f"{t.id} {t.name.lower()}" if named else t.id for t in one.binding))
        opened = "; more futures could change it" if one.open else ""
        because = f"{one.why}: {binding}{opened}" if binding else one.why
        lacking = distinct(one.untested)
        missing = f". {lacking} test{'s lack' if lacking != 1 else ' lacks'} an input (annex)" if lacking else ""
        yield f"| {limbs(body)[one.limb]} | **{one.grade}** | {cell(because)}{missing} |"
    yield ""
    yield whose(body)


def _heading(done: Examination) -> str:
    view = done.view
    few = "**Too few futures to grade on: use 1,000 or more.** " if view.count < FEWEST_PATHS else ""
    return (
        f"# {cell(view.body.name)}: evidence for the budget of {view.budget_year}\n\n{few}"
        f"{cell(view.scenario.name)}, as at {as_at(view.scenario)}, on the plan as approved, {view.budget_year} to "
        f"{view.years[view.end]}. {view.count:,} futures, seed {done.seed}; brackets after a chance are its 95% "
        "sampling interval. Money is cash, £ million; P10, P50 and P90 are what 10, 50 and 90 in 100 futures fall "
        "below."
    )


def _held(done: Examination) -> Iterator[str]:
    """Yield a table in £m, a line for each 31 March."""
    view = done.view
    measures, amounts, chances = shown(view), by_year(view), chances_by_year(view)
    outcomes = list(dict.fromkeys(chances.outcome))
    has_minimum = "gf_unallocated" in measures
    heads = ["At", *(["Minimum"] if has_minimum else [])]
    heads += [f"{NAMES[measure]} P50 (P10 to P90)" for measure in measures]
    heads += [CHANCES[outcome] for outcome in outcomes]
    yield f"| {' | '.join(heads)} |"
    yield f"| --- |{' ---: |' * (len(heads) - 1)}"
    for year, rows in amounts.groupby("year", sort=False):
        cells = [str(rows.date.iloc[0]).replace(" ", "\u00a0") + (r"\*" if past(view, str(year)) else "")]
        if has_minimum:
            cells.append(millions(float(rows.minimum.max())))
        cells += [_spread(row) for _, row in rows.iterrows()]
        cells += [
            f"{row.probability:.1%} ({share_interval(row.low95, row.high95)})"
            for _, row in chances[chances.year == year].iterrows()
        ]
        yield f"| {' | '.join(cells)} |"
    if past(view, view.years[view.end]):
        yield ""
        end = view.scenario.rules.settlement_end
        yield rf"\* Past the settlement, which ends in {end}: grants, tax limits and earnings are assumed."


def past(view: Seen, year: str) -> bool:
    """Return whether a year lies past the published settlement, so that its funding is assumed."""
    end = view.scenario.rules.settlement_end
    return end is not None and year > str(end)


def _spread(row: pd.Series) -> str:
    return f"{millions(row.p50)} ({millions(row.p10)} to {millions(row.p90)})"


def _back(done: Examination) -> Iterator[str]:
    """Yield the chance of coming back within the year, and how far it hangs on judgement."""
    test = done.test("R02")
    if test.value is None or test.low is None or test.high is None:
        yield f"Not tested: {prose(test.reason)}."
        return
    chance = f"**{in_a_hundred(test.value)}** ({share_interval(test.low, test.high)})"
    ungraded = f" Not graded: {prose(test.reason)}." if test.lacking else f" {prose(test.reason)}"
    yield f"{chance}: {cell(_lower(test.sentence))}{ungraded}".rstrip()
    ranges = [one for one in done.model_risk.ranges if one.id == "R02"]
    for one in ranges:
        how = "further" if one.wider else "no further"
        yield (
            f"Judgement moves it {how} than sampling: {percent(one.low.chance.probability)} ({one.low.switch}) to "
            f"{percent(one.high.chance.probability)} ({one.high.switch}) with one judgement in place of another, "
            f"{percent(one.together_low.chance.probability)} to {percent(one.together_high.chance.probability)} with "
            "all at their better or worse."
        )
    if not ranges:
        yield cell(done.model_risk.reason)


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _breaks(done: Examination) -> Iterator[str]:
    if not done.breaks:
        return
    view = done.view
    broken = [limit for limit, pounds in done.breaks.margins.items() if pounds > 0]
    for limit in broken:
        worst, end = in_millions(done.breaks.margins[limit]), done.breaks.to_year
        yield f"- On the central path already {WORDS[limit]}, by {worst} at worst by the end of {end}."
    limit = next((limit for limit in done.breaks.margins if limit not in broken), "")
    if not limit:
        return
    points = done.breaks.first(limit)
    if not points:
        yield "- No assumption does so alone within 6 of its own standard deviations."
        return
    yield f"Each alone, every year from {view.budget_year}, until {WORDS[limit]}; the three nearest:"
    yield ""
    yield "| Assumption | Enough to break it | In its own standard deviations | Breaks in |"
    yield "| --- | ---: | ---: | ---: |"
    for point in points:
        yield f"| {cell(point.name)} | {pushed(point)} | {point.deviations:.1f} | {point.breaks_in} |"


def _prices(done: Examination) -> Iterator[str]:
    rows = [one for one in done.prices if one.amount == AMOUNTS[0] and one.back]
    if not rows:
        yield from dict.fromkeys(f"Not priced: {prose(one.reason)}" for one in done.prices)
        return
    yield f"| £1m of | {' | '.join(f'Off {risk}' for risk in _risks(done))} | Last day |"
    yield "| --- | ---: | ---: | --- |"
    for one in rows:
        last = in_words(one.last_day) if one.last_day else "–"
        until = last if one.open else f"not open: {one.reason}"
        name = one.name.removeprefix("£1m of ").capitalize()
        yield f"| {name} | {_points(one.back)} | {_points(one.below)} | {until} |"
    yield ""
    yield (
        "Contingency, a reserve or a saving counts here as new money. Contingency found within the same budget moves "
        "money and leaves this chance as it is. Last days: `tables/prices.csv` names the law of each."
    )
    closed = [f"{one.name}: {one.reason}" for one in done.prices if not one.back]
    if closed:
        yield ""
        yield f"Not open to it: {prose('; '.join(closed))}."


def _risks(done: Examination) -> tuple[str, str]:
    """Return in few words the two risks that are priced."""
    if isinstance(done.view.body, LocalAuthority):
        return "coming back in-year", "below minimum by the plan's end"
    return f"missing plan in {done.view.budget_year}", "missing it in any year to the plan's end"


def _points(bought: Paired | None) -> str:
    if bought is None:
        return "–"
    return f"{100 * bought.points:.1f} points ({100 * bought.low:.1f} to {100 * bought.high:.1f})"


def _conditions(done: Examination) -> Iterator[str]:
    """Yield the conditions that matter most, each with its chance and what comes without it."""
    if not done.conditions:
        return
    for one in done.conditions[:MOST_CONDITIONS]:
        chance = _chance(one)
        ends = (
            ""
            if one.low == one.high or one.low is None or one.high is None
            else f", {share_interval(one.low, one.high)}"
        )
        before, after = (percent(chance.probability) for chance in one.back[:2])
        risk = _risks(done)[0]
        added = f"{-100 * one.back.high:+.1f} to {-100 * one.back.low:+.1f} points"
        back = f"{risk} goes from {before} to {after} ({added})" if before != after else f"{risk} stays at {before}"
        yield f"- **That {cell(one.claim)}** ({chance}{ends}). {_unmet(one)} {' and '.join((*one.flips, back))}."
    if (more := len(done.conditions) - MOST_CONDITIONS) > 0:
        yield ""
        yield f"{more} more, with what each rests on and its source, are in the annex."


def _unmet(one: Condition) -> str:
    return "If it strikes," if one.id.startswith("event-") else "If not met,"


def _chance(one: Condition) -> str:
    """Return the chance of a condition: of futures where it is counted on them, else whose it is."""
    if one.chance is None:
        return f"no chance given: {one.basis}"
    return in_a_hundred(one.chance) if one.basis == FUTURES else f"{100 * one.chance:g} in 100, {one.basis}"


def _unknown(done: Examination) -> str:
    """Return in a few lines what no number above holds."""
    missing = not_entered(done.view.body)
    entered = f"Not entered, and so not there: {', '.join(missing)}. " if missing else ""
    return (
        f"{entered}On the plan as approved nobody acts on what turns out: chances past the budget year are of the plan "
        "left as it is. Sampling error is not model error; what rests on judgement is counted in the annex."
    )
