"""Two runs side by side as a page: what changed, what difference it makes on the same futures, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator import charts, compared_place, comparison, figure_words
from simulator.answers import Answers
from simulator.compared_place import CALLED, LITTLE, differs, little, share
from simulator.explanations import key_years
from simulator.figure_words import OUTCOMES
from simulator.money import in_millions
from simulator.plain_english import (
    HELD,
    TITLES,
    cell,
    day,
    in_a_hundred,
    interval,
    money_row,
    past,
    per_cent,
    year_end,
)
from simulator.run import Results

_NHS = ("missed_plan", "missed_by_half_percent", "support_withheld", "needs_cash_support")
SHOWN = {"icb": _NHS, "trust": _NHS, "vcse": ("reserves_below_floor", "insolvent")}
"""The outcomes told of each kind of body; of local authorities those below."""
LOCAL = ("reserves_below_minimum", "unfunded_gap", "needs_support")
BETTER = {
    "gap": "above nought widens the gap", "usable_reserves": "above nought is more in hand",
    "cash": "above nought is more in hand", "free_reserves": "above nought is more in hand",
    "owed": "above nought is more owed",
}  # fmt: skip


def page(a: Results, b: Results, changed: list[str], names: tuple[str, str]) -> str:
    """Return the comparison of run `b` with run `a` as Markdown; `names` are what to call them."""
    money, chances, steps = comparison.paired(a, b), comparison.chance_differences(a, b), comparison.why(a, b)
    alone, years = comparison.only_in_one(a, b), _years(a, b)
    whose = "each chief finance officer's" if len(a.compiled.agency_ids) > 1 else "the chief finance officer's"
    parts = [
        f"# {cell(names[0])}, beside {cell(names[1])}",
        f"A is {cell(names[0])}, B is {cell(names[1])}. As at {days(a, b)}; {a.paths:,} futures, seed {a.seed}: each future of B meets "
        "the luck of the same future of A, so a difference is surer than either figure. Money is cash (nominal), in £ million; a "
        "difference is B less A; a gap above nought is short, so a difference below nought narrows it.\n\n"
        f"This is evidence, not an opinion: the judgement stays {whose}.",
        "## What changed\n\n" + ("\n".join(f"- {cell(line)}" for line in changed) or "- Nothing."),
    ]
    if alone:
        parts.append(f"Left out: {cell('; '.join(alone))}.")
    parts += compared_place.parts(a, b, years, money)
    for agency in (body for body in a.compiled.agency_ids if body in b.compiled.agency_ids):
        body, own = a.body(agency), money[money.agency == agency]
        head = f"## {cell(body.name)}: what difference it makes\n\n"
        if len(a.compiled.agency_ids) > 1 and not own[["mean", "p10", "p90"]].any(axis=None):
            parts.append(f"{head}- None in any future, before action or after it.")
            continue
        held = HELD.get(body.kind, "owed")
        told = chances[(chances.agency == agency) & chances.outcome.isin(SHOWN.get(body.kind, LOCAL))]
        if len(a.compiled.agency_ids) > 1 and little(own, held, years):
            parts.append("\n".join([f"{head}- {LITTLE} in {', '.join(years)}.", *_outcomes(a, told, years)]))
            continue
        parts += [
            head + "\n".join(_answer(a, own, told, held, years)),
            *(_table(own[own["view"] == view], view, held) for view in TITLES),
            "## Why\n\n" + _why(steps[(steps.agency == agency) & (steps["view"] == "before_action")], years),
        ]
    return "\n\n".join(parts) + "\n"


def pictures(a: Results, b: Results) -> dict[str, bytes]:
    """Return a waterfall for each body from A's average gap of the budget year to B's, as {name: bytes}."""
    steps, drawn, year = comparison.why(a, b), dict[str, bytes](), _years(a, b)[0]
    for agency in (body for body in a.compiled.agency_ids if body in b.compiled.agency_ids):
        frame = stepped(steps, (a, b), agency, "before_action", year)
        words = figure_words.waterfall_words(
            frame, a.body(agency).name, "A", "B", f"average gap in {year}, before action"
        )
        stem = "charts/why" if len(a.compiled.agency_ids) == 1 else f"charts/{agency}-why"
        drawn |= {f"{stem}.{kind}": data for kind, data in charts.waterfall(frame, words).items()}
    return drawn


def stepped(steps: pd.DataFrame, runs: tuple[Answers, Answers], agency: str, view: str, year: str) -> pd.DataFrame:
    """Return the steps from A's average gap of a year to B's, in pounds: step, amount, kind (a `level` or a `move`).

    `steps` is the table of `comparison.why`; what the two differ by in the base year is the first move.
    """
    rows = steps[(steps.agency == agency) & (steps["view"] == view) & (steps.year == year)]
    start, end = (float(money_row(run, agency, "gap", view, year)["mean"]) for run in runs)
    base = rows[rows.step.str.startswith("Underlying gap")].assign(kind="move")
    moves = [*base.itertuples(), *rows[rows.kind == "move"].itertuples()]
    told = [
        (f"A: average gap in {year}", start, "level"),
        *((row.step, row.amount, "move") for row in moves),
        (f"B: average gap in {year}", end, "level"),
    ]
    return pd.DataFrame(told, columns=["step", "amount", "kind"])


def _years(a: Results, b: Results) -> list[str]:
    """Return the years that the page tells of which both runs have, or else the last that both have."""
    both = [year for year in a.compiled.years if year in b.compiled.years]
    return [year for year in key_years(a) if year in both] or both[-1:]


def days(a: Answers, b: Answers) -> str:
    """Return the date that both are as at, or each its own."""
    return day(b) if day(a) == day(b) else f"{day(a)} (A) and {day(b)} (B)"


def _answer(a: Results, money: pd.DataFrame, chances: pd.DataFrame, held: str, years: list[str]) -> Iterator[str]:
    name, _, verb = CALLED[held]
    for year in years:
        for view, title in TITLES.items():
            rows = money[(money["view"] == view) & (money.year == year)].set_index("measure")
            gap, kept = (rows.loc[[part]].iloc[0] for part in ("gap", held))
            if not any((gap.a_better, gap.b_better, kept.a_better, kept.b_better)):
                yield f"- {title}, {year}{past(a, year)}: no difference in any future."
                continue
            yield (
                f"- {title}, {year}{past(a, year)}: the gap differs by {_moved(gap)}. {name} at "
                f"{year_end(year)} {verb} by {_moved(kept)}."
            )
    yield from _outcomes(a, chances, years)


def _outcomes(a: Results, chances: pd.DataFrame, years: list[str]) -> Iterator[str]:
    """Yield how the chances of a body's outcomes differ, after action; nothing of one that differs in no future."""
    after = chances[chances["view"] == "after_action"]
    for year in years:
        for _, row in after[after.year == f"by {year}"].iterrows():
            outcome = OUTCOMES[str(row.outcome)]
            if not row.low95 == row.high95 == 0:
                yield differs(row, f"by {year_end(year)}{past(a, year)}, {outcome[0].lower()}{outcome[1:]}")


def _moved(row: pd.Series) -> str:
    """Return a difference in words: its mean with its interval, its middle and range, and how often each is better."""
    mean, middle, low, high = (in_millions(row[part], 2) for part in ("mean", "p50", "p10", "p90"))
    sure = "too few futures to say how sure"
    if row.paths > 1:
        sure = f"{in_millions(row.low95, 2)} to {in_millions(row.high95, 2)} with sampling error"
    better, worse = (share(found, row.paths) for found in (row.b_better, row.a_better))
    return (
        f"{mean} on average ({sure}), {middle} in the middle and {low} to {high} in 8 futures of 10; B is better in "
        f"{in_a_hundred(better.probability)} ({interval(better)}), A in {in_a_hundred(worse.probability)} ({interval(worse)})"
    )


def _table(rows: pd.DataFrame, view: str, held: str) -> str:
    name, head, _ = CALLED[held]
    lines = [
        f"**{TITLES[view]}**, B less A (£m cash). Gap: {BETTER['gap']}; {name[0].lower()}{name[1:]}: {BETTER[held]}.",
        "",
        f"| Year | Gap mean | P10 | P50 | P90 | {head} mean | P10 | P50 | P90 | {head} better in B |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for year in dict.fromkeys(rows.year):
        at = rows[rows.year == year].set_index("measure")
        amounts = [
            float(at.loc[measure, part]) / 1e6 for measure in ("gap", held) for part in ("mean", "p10", "p50", "p90")
        ]
        shown = " | ".join(f"{amount:,.2f}" if abs(amount) >= 0.005 else "0.00" for amount in amounts)
        kept = at.loc[[held]].iloc[0]
        lines.append(f"| {year} | {shown} | {per_cent(share(kept.b_better, kept.paths))} |")
    return "\n".join(lines)


def _why(steps: pd.DataFrame, years: list[str]) -> str:
    steps = steps[steps.year.isin(years)]
    steps = steps.assign(
        step=[step.replace(f" in {year}", "") for step, year in zip(steps.step, steps.year, strict=True)]
    )
    lines = [f"| Step, B less A (£m, before action) | {' | '.join(years)} |", f"| --- |{' ---: |' * len(years)}"]
    for step, rows in steps.groupby("step", sort=False):
        at = rows.set_index("year")
        amounts = [float(at.amount[year]) / 1e6 if year in at.index else 0.0 for year in years]
        level = rows.kind.iloc[0] == "level"
        if level or any(abs(amount) >= 0.005 for amount in amounts):
            shown = " | ".join(f"{amount:+,.2f}" if abs(amount) >= 0.005 else "0.00" for amount in amounts)
            lines.append(f"| {f'**{cell(str(step))}**' if level else cell(str(step))} | {shown} |")
    return "\n".join(lines) + (
        f"\n\n£m cash, B less A; {BETTER['gap']}. Steps add up before rounding; steps below 0.005 in every year shown are "
        "left out."
    )
