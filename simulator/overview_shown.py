"""Words and tables of the first page: what levers do, the plan line of a fan, why years differ, who is judged how."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from simulator import compared_tables, decision_page, place_tables
from simulator.answers import Answers
from simulator.figure_words import waterfall_words
from simulator.levers import AS_STATED, PayLever, average
from simulator.place import Agency
from simulator.place_tables import CENTRAL
from simulator.place_words import LEADS, drawn, escaped
from simulator.plain_english import Words, day, of_paths, view_words
from simulator.rules import SavingsResponse
from simulator.scenario import Scenario
from simulator.section25 import Draft

PLAN = "Plan as approved, £m"
"""The column of a fan that holds the central case of the plan as approved: nobody acts on what turns out."""

SINCE = (
    "Give the scenario of the run that was published: each number that differs since is named, and the headlines of "
    "both stand side by side on the same futures."
)
PLAN_READ = "The line of dashes and dots is the central case of the plan as approved, before managers respond."


def pulled(stated: Answers, percent: int, points: float) -> str:
    """Return what the levers stand at and what is compared on the same futures."""
    said = [
        *([f"{percent}% of the room for new savings that this place states"] if percent != AS_STATED else []),
        *([f"pay that grows {_points(abs(points))} a year {'faster' if points > 0 else 'slower'}"] if points else []),
    ]
    return (
        f"The same {stated.paths:,} futures, with {' and '.join(said)}, {view_words(stated, 'after_action')}. Sampling "
        "error is in brackets."
    )


def _points(points: float) -> str:
    return "1 point" if points == 1 else f"{points:g} points"


def pay_help(lever: PayLever) -> str:
    """Return what the lever of pay is, with what is stated."""
    told = [
        f"{growth:.2%} in {year}"
        for years in lever.stated.values()
        for year, growth in (next(iter(years.items())), list(years.items())[-1])
    ]
    return (
        f"Percentage points a year that every award not yet known grows faster, from the budget year on: "
        f"{escaped(', '.join(lever.names))}. Budgets expect it. Stated: {', '.join(dict.fromkeys(told))}, as the "
        "scenario's own driver has it (page Assumptions). How far the slider reaches is a judgement."
    )


def lever_help(stated: dict[str, SavingsResponse]) -> str:
    """Return what the lever is, with what is stated for each kind of body."""
    kinds = {
        "local_authority": "local authorities",
        "icb": "the integrated care board",
        "trust": "trusts",
        "vcse": "charities",
    }
    told = [
        f"{kinds[kind]} {rules.yearly_capacity.used:.1%} of net budget a year, {rules.total_capacity.used:.0%} in all, "
        f"{rules.recurrent.used:.0%} of it lasting"
        for kind, rules in stated.items()
    ]
    return f"The most new savings that managers find from the budget year on. Stated: {'; '.join(told)}."


def since(was: Answers, now: Answers) -> pd.DataFrame:
    """Return each headline of a published run beside that of the run shown, on the same futures.

    Raises:
        CannotCompareError: when the two do not share their futures.
    """
    return place_tables.moved(was, now).rename(columns={"As stated": "Published", "With the lever": "Shown here"})


def since_about(published: Scenario, now: Answers) -> str:
    """Return what the table of `since` is of, with the bodies that only one of the two has."""
    one, two = ({body.id: body.name for body in each.bodies} for each in (published, now.scenario))
    alone = [name for held, other in ((one, two), (two, one)) for body, name in held.items() if body not in other]
    apart = f" Bodies that only one of the two has are left out: {', '.join(alone)}." if alone else ""
    then = f"{published.as_at.day} {published.as_at:%B %Y}"
    return (
        f"Published: {published.name}, as at {then}; shown here: {now.scenario.name}, as at {day(now)}, levers in it. "
        f"{LEADS['after_action']}; {now.paths:,} futures, the same for both. Both are run by this version of Headroom: "
        "what a change of the model did since is in neither column; headroom verify --replay tells that of the pack."
        f"{apart}"
    )


def listed(table: pd.DataFrame, now: Answers, names: set[str]) -> pd.DataFrame:
    """Return a table whose first column names bodies without those that are not listed; other rows stay."""
    left_out = _left_out(now, names)
    return table[~table.iloc[:, 0].isin(left_out)].reset_index(drop=True)


def of_either(table: pd.DataFrame, now: Answers, names: set[str]) -> pd.DataFrame:
    """Return who owes whom without what is owed between bodies of which neither is listed."""
    kept = {escaped(name) for name in names}
    if not _left_out(now, names):
        return table
    return table[table["Who owes"].isin(kept) | table.Whom.isin(kept)].reset_index(drop=True)


def _left_out(now: Answers, names: set[str]) -> set[str]:
    return {escaped(body.name) for body in now.scenario.bodies} - {escaped(name) for name in names}


def with_plan(table: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Return a fan with the central case of the plan as approved beside its own; `plan` is the fan before action."""
    line = plan.set_index("Year")[CENTRAL]
    return table.assign(**{PLAN: line.reindex(table.Year).to_numpy()})


def why_bars(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the bars from the first year's average gap to the last year's; `steps` of `year_steps.between_years`."""
    levels = steps.step[steps.kind == "level"]
    # The bars name each level by the letter of what is compared: here the two years stand for the letters.
    return compared_tables.waterfall(
        steps.assign(step=steps.step.where(steps.kind == "move", "-")), (str(levels.iloc[0]), str(levels.iloc[-1]))
    )


def why_table(bars: pd.DataFrame) -> pd.DataFrame:
    """Return the bars of `why_bars` as a table to read, names safe to draw."""
    return compared_tables.steps(bars)


def why_words(now: Answers, steps: pd.DataFrame, agency: str, view: str) -> Words:
    """Return the words of the steps from the first year's average gap to the last year's."""
    first, last = now.compiled.years[0], now.compiled.years[-1]
    told = waterfall_words(steps, now.body(agency).name, first, last, f"averages, {LEADS[view].lower()}")
    how = (
        f"How to read this: from the average gap of {first} down to that of {last}, each bar starts where the one "
        "above it ended; one that adds (+) widens the gap, one that takes off (-) narrows it. The scale need not begin "
        "at nought. The bar of prices and demand together is indicative: it is what neither explains alone, and "
        "sharing it out another way would move the bars about it. Steps below £0.005m are left out. "
        f"{LEADS[view]}, averages of {now.paths:,} futures, as at {day(now)}. {_sampled(now, agency, view)}"
    )
    return Words(
        told.headline, told.measured.replace("right of nought is short", "above nought is short"), how, told.alt
    )


def _sampled(now: Answers, agency: str, view: str) -> str:
    """Return the sampling error of all steps together; that of a step alone is not worked out."""
    first, last = (of_paths(now, agency, "gap", view, now.compiled.years[at]) for at in (0, -1))
    if len(first) < 2:
        return "Averages have a sampling error; on one future none can be shown."
    mean, low, high = (f"{pounds / 1e6:+,.2f}" for pounds in average(last - first))
    return (
        f"Averages have a sampling error: that of all steps together, {mean}, reaches from {low} to {high} (95%, £m); "
        "none is shown of each step alone."
    )


def grades(drafts: Iterable[Draft], body: Agency) -> str:
    """Return the head of the decision page, its draft grades, as Markdown that Streamlit draws."""
    lines = "\n".join(decision_page.grades(drafts, body)).splitlines()
    return "\n".join(line if line.startswith("| ---") else drawn(line) for line in lines)


def grades_about(now: Answers) -> str:
    """Return what the draft grades are of."""
    return (
        f"On the plan as approved, as at {day(now)}, {now.paths:,} futures. The page Evidence has every test, what "
        "breaks the plan and the page to print; more futures may settle a test that sampling leaves open."
    )
