"""Words beside the figures and tables of a place: what is measured, how to read it, and what it rests on."""

from __future__ import annotations

import pandas as pd

from simulator import chart_data
from simulator.answers import Answers
from simulator.figure_words import heat_words, held_together
from simulator.money import HALF_PENNY, in_millions
from simulator.place_words import CASH, FREE_RESERVES, GAP, LEADS, RESERVES, title
from simulator.plain_english import NOUNS, Words, central_words, day, money_row, shortfall, widest
from simulator.register import judgements, register, unsourced

MEASURES = {
    GAP: "The yearly gap",
    RESERVES: "Usable reserves",
    CASH: "Cash",
    FREE_RESERVES: "Free reserves",
}
MEASURED = {
    GAP: "yearly gap, before that year's own new savings, £m cash; above nought is short, below nought a surplus",
    RESERVES: "usable reserves at 31 March, £m cash",
    CASH: "cash at 31 March, £m; support by NHS England is in it once drawn",
    FREE_RESERVES: "free reserves at 31 March, £m cash",
}


def fan_words(results: Answers, agency: str, measure: str, view: str) -> Words:
    """Return the words of the fan of one measure of a body in one view."""
    body, years, until = results.body(agency), results.compiled.years, _quoted(results)
    first, then, last = (money_row(results, agency, measure, view, year) for year in (years[0], until, years[-1]))
    told = shortfall if measure == GAP else in_millions
    headline = (
        f"{LEADS[view]}, {NOUNS[measure]} of {body.name}: {told(first.p50)} in {years[0]} and {told(then.p50)} in {until} in the middle "
        f"future; in {until} between {told(then.p10)} and {told(then.p90)} in 8 futures of 10"
    )
    how = (
        "How to read this: half of all futures lie in the narrowest band, 8 in 10 within the next and 9 in 10 within the widest; 1 in 10 "
        f"lies outside. The dashed line has {central_words(results)}. {results.paths:,} futures, as at {day(results)}."
    )
    past = f" Past {until}, the dotted line, funding is assumed." if until != years[-1] else ""
    alt = (
        f"Fan chart: {headline}. By {years[-1]} the middle future is at {told(last.p50)}, with 9 futures in 10 between {told(last.p05)} "
        f"and {told(last.p95)}."
    )
    return Words(headline, f"{title(body)}: {MEASURED[measure]}", how + past, alt)


def _quoted(results: Answers) -> str:
    """Return the last year that sentences quote: that of the settlement, past which funding is assumed, or the last."""
    return settled(results) or results.compiled.years[-1]


def shift(stated: Answers, pulled: Answers, agency: str, measure: str, view: str) -> str:
    """Return by how much the lever moves a measure of a body in the last year quoted, on average on the same futures."""
    year, noun = _quoted(stated), NOUNS[measure]
    one, two = (float(money_row(run, agency, measure, view, year)["mean"]) for run in (stated, pulled))
    if abs(two - one) < HALF_PENNY:
        return f"In {year} the lever leaves {noun} as the place states it."
    way = "higher" if two > one else "lower"
    return f"In {year} {noun} is on average {in_millions(abs(two - one), 2)} {way} with the lever, on the same futures.".replace(
        "reserves is", "reserves are"
    )


def known(measure: str, local: bool) -> str:
    """Return what the amounts before a fan are."""
    if measure == GAP:
        return "Use of reserves, from published balances"
    return "Published, at the usable share" if local else "Entered for the base year"


def known_read(results: Answers, agency: str, measure: str) -> str:
    """Return how to read what stands before a fan where it is no past of what the fan shows, else nothing."""
    if measure != GAP or chart_data.history(results, agency, measure).empty:
        return ""
    return (
        f"{known(measure, True)}, is no past of the gap: it is by how much all reserves fell over the year, once "
        "savings were made and with one-off sums in it (below nought, they rose); the gap is before its year's own new "
        "savings. The two do not join up."
    )


def settled(results: Answers) -> str | None:
    """Return the last year whose funding is settled, where projected years follow it."""
    end = results.scenario.rules.settlement_end
    return str(end) if end and str(end) in results.compiled.years[:-1] else None


def map_words(results: Answers, frame: pd.DataFrame) -> Words:
    """Return the words of the map of chances."""
    table, bodies = results.chances, results.compiled.agency_ids
    shown = table[
        (table.outcome == "duty_breached") & table.year.isin(results.compiled.years) & table.agency.isin(bodies)
    ]
    error = widest(*(row for _, row in shown.iterrows()))
    subject = (
        f"{results.scenario.place.name}: a body's duty or plan missed"
        if len(bodies) > 1
        else results.body(bodies[0]).name
    )
    place = f"{results.paths:,} futures, as at {day(results)}; {error}.{held_together(results)}".removesuffix(".")
    return heat_words(frame, subject, settled(results), place)


def owed_title(results: Answers) -> str:
    """Return the title of the table of who owes whom."""
    return f"Who owes whom at month 12 of {results.scenario.budget_year}"


def owed_about(results: Answers, view: str) -> str:
    """Return what the table of who owes whom shows."""
    return (
        f"{view}, {results.paths:,} futures, as at {day(results)}, £m. Plans are paid month by month; this is what each agreement is "
        "worth beyond that when the year closes, the direction that of the average. Below nought the other side owes. Agreements "
        "that come to less than £0.25m in 8 futures of 10 and on average are left out."
    )


def net_risk_title(results: Answers) -> str:
    """Return the title of the net-risk table."""
    return f"Net risk of NHS bodies in {results.scenario.budget_year}"


def net_risk_about(results: Answers, view: str) -> str:
    """Return what the net-risk table shows and how its columns hang together."""
    return (
        f"{view}, {results.paths:,} futures, as at {day(results)}, £m against each body's own plan; above nought is worse. Gross risk is the "
        "gap after savings delivered; mitigation is controls, one-off cover, contingency and what other bodies bring; net risk is what "
        "is left after deficit support. Best and worst are the net risk that 1 future in 10 falls below and passes, likely is the middle "
        "one; all else is an average, so that gross risk less mitigation and support makes net risk. Run-rate leaves out what came once; "
        "underlying leaves out savings that do not last."
    )


def judgement_about(results: Answers) -> str:
    """Return how much of the scenario is judgement, and what sampling error leaves out."""
    entries = register(results.scenario)
    judged, checked, nameless = len(judgements(entries)), sum(e.grade == "K" for e in entries), len(unsourced(entries))
    return (
        f"Of the {len(entries):,} numbers behind this page {judged:,} are judgement, {checked:,} are general knowledge not checked, and "
        f"{f'{nameless:,} have no source' if nameless else 'each has a source or says that it is judgement'}. What judgement stands for is not known from any published figure at hand. Sampling error "
        "is not model error: it says only what drawing other futures would change."
    )
