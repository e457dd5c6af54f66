"""One assumption looked at closely: how far luck spreads what it moves, how wrong it has been, and what it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from simulator import place_tables
from simulator.answers import Answers
from simulator.assumption_futures import BAND_HIGH, BAND_LOW, DRIVER, MIDDLE, TIES_ABOUT, YEAR, DriverFutures, shape_of
from simulator.assumption_tables import ADDRESS, GRADE, HIGH, ITEM, LOW, OF, OWNER, REASON, SOURCE, UNIT, VALUE, WAS
from simulator.place import LocalAuthority
from simulator.place_words import LEADS
from simulator.plain_english import Words, day, year_end
from simulator.register_effects import Effect, path_of
from simulator.scenario import Scenario

LEVEL, FUTURES, PAST = "Growth a year, %", "Its futures", "Past error"
POINTS = "Points away from the base year"
ERRORS = ("spread", "trend", "surprise", "transitory", "persistence", "trend_persistence", "own_level")
"""Fields of a driver that say how wrong forecasts of it are."""
NO_RANGE = "One number is entered here, without a low and a high: give both above, and its effect can be measured."


def driver_of(address: str) -> str:
    """Return the id of the driver that a number is of, or nothing."""
    room, _, rest = address.partition(".")
    return rest.split(".")[0] if room == "drivers" else ""


def fan_words(fan: pd.DataFrame, scenario: Scenario, paths: int) -> Words:
    """Return the words of the fan of one driver, `fan` being its rows of `DriverFutures.fans`."""
    driver = next(one for one in scenario.drivers if one.id == fan[DRIVER].iloc[0])
    growth, year = driver.kind == "growth", str(scenario.budget_year)
    noun = "growth" if growth else "points"
    row = fan[fan[YEAR] == year].iloc[0] if (fan[YEAR] == year).any() else fan.iloc[-1]
    ends = (MIDDLE, BAND_LOW.format(90), BAND_HIGH.format(90))
    middle, low, high = (f"{row[end]:.1f}{'%' if growth else ''}".replace("-", "−") for end in ends)
    headline = (
        f"{driver.name}, {row[YEAR]}: {noun} of {middle} in the middle future; 9 futures in 10 between {low} and {high}"
    )
    first, last = fan[YEAR].iloc[0], fan[YEAR].iloc[-1]
    measured = f"{LEVEL if growth else POINTS}, {first} to {last}, before what any one body meets alone"
    how = (
        "How to read this: half of all futures lie in the narrowest band, 8 in 10 within the next and 9 in 10 within "
        f"the widest; the dashed line is the central case. {paths:,} futures, as at {scenario.as_at.day} "
        f"{scenario.as_at:%B %Y}. No manager moves it: it is the same in every view."
    )
    return Words(headline, measured, how, f"Fan chart: {headline}.")


def is_growth(scenario: Scenario, driver: str) -> bool:
    """Whether a driver is growth in per cent, rather than points of a rate."""
    return next(one.kind == "growth" for one in scenario.drivers if one.id == driver)


def beside(rows: pd.DataFrame, found: DriverFutures) -> pd.DataFrame:
    """Return rows of assumptions with two columns more: the small distribution of its futures, and past errors.

    Both are of a driver's numbers only. Its futures are counts by equal steps from low to high; its past error is the
    surprise of a year, with that of the trend, as the scenario states them: one standard deviation each.
    """
    stated = dict(zip(rows[ADDRESS], rows[VALUE], strict=True))
    more = rows.copy()
    shapes = [list(shape_of(found, address)) or None for address in rows[ADDRESS]]
    more[FUTURES] = pd.Series(shapes, index=rows.index, dtype=object)
    more[PAST] = [_past(stated, driver_of(address)) for address in rows[ADDRESS]]
    return more


def columns(order: Iterable[str], table: pd.DataFrame) -> list[str]:
    """Return the columns in their order, less those of what was, its futures and past errors where no row has any."""
    empty = [name for name in (WAS, FUTURES, PAST) if not table[name].map(bool).any()]
    return [name for name in order if name not in empty]


def _past(stated: dict[str, str], driver: str) -> str:
    year, trend = (stated.get(f"drivers.{driver}.{field}", "") for field in ("spread", "trend"))
    return ", ".join([*([year] if year else []), *([f"trend {trend}"] if trend else [])])


def narrow(row: pd.Series, fan: pd.DataFrame) -> str:
    """Return a warning where the range entered for a driver's growth is narrower than 9 futures in 10; else nothing.

    `fan` holds the driver's rows of `DriverFutures.fans`, whose spread is that of past forecast errors.
    """
    points, year = entered(row), row[ADDRESS].rpartition(".")[2]
    at = fan[fan[YEAR] == year]
    if not len(points) or not len(at):
        return ""
    low, high = (float(at[end.format(90)].iloc[0]) for end in (BAND_LOW, BAND_HIGH))
    if points.Amount.max() - points.Amount.min() >= high - low:
        return ""
    return (
        f"The range entered, {row[LOW]} to {row[HIGH]}, is narrower than past forecast errors make it: 9 futures in 10 "
        f"lie between {low:.1f}% and {high:.1f}% in {year}.".replace(" -", " −")
    )


def ties_about(scenario: Scenario, paths: int) -> str:
    """Return what linked risks are, over how many futures and as at when."""
    return f"{TIES_ABOUT} {paths:,} futures, as at {scenario.as_at.day} {scenario.as_at:%B %Y}; the same in every view."


def bare_words(count: int, asked: int) -> str:
    """Return how many numbers were changed here without a reason, and of how many the reason is asked."""
    were = "1 number was" if count == 1 else f"{count:,} numbers were"
    rest = f" The first {asked} are asked for here; the rest follow." if count > asked else ""
    return f"{were} changed here without a reason.{rest}"


def changed_title(row: pd.Series) -> str:
    """Return what was changed from what to what, in a line."""
    was = f", was {row[WAS]}" if row[WAS] else ""
    return f"{row[OF]}: {row[ITEM]}, {row[VALUE]}{was}"


def source_titles(scenario: Scenario, row: pd.Series) -> list[str]:
    """Return the titles of the sources that a number may rest on, its own among them."""
    return list(dict.fromkeys([row[SOURCE], *(source.title for source in scenario.sources.values())]))


def range_words(row: pd.Series) -> str:
    """Return what range is entered for a number, in a sentence."""
    if not row[LOW]:
        return NO_RANGE
    low, central, high = (
        f"{row[LOW]} at the low end",
        f"{row[VALUE]} as the central case",
        f"{row[HIGH]} at the high end",
    )
    return f"Entered: {low}, {central}, {high} ({row[UNIT]})."


def entered(row: pd.Series) -> pd.DataFrame:
    """Return the range of a number as three points in its own unit: End, Amount, Shown; none without one."""
    ends = (("Low", LOW), ("Central", VALUE), ("High", HIGH)) if row[LOW] else ()
    points = [(end, float(row[name].rstrip("% ")), row[name]) for end, name in ends]
    return pd.DataFrame(points, columns=["End", "Amount", "Shown"])


def title(row: pd.Series) -> str:
    """Return the name of a number for a list: what it is of, what it is, and its value."""
    before, after = {"£m": ("£", "m"), "£k": ("£", "k"), "£": ("£", ""), "%": ("", ""), "number": ("", "")}.get(
        row[UNIT], ("", f" {row[UNIT]}")
    )
    return f"{row[OF]}: {row[ITEM]} ({before}{row[VALUE]}{after})"


def errors(rows: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Return what a scenario says of how wrong forecasts of a driver are, with what that rests on."""
    fields = rows[ADDRESS].str.split(".").str[2]
    found = rows[rows[ADDRESS].str.startswith(f"drivers.{driver}.") & fields.isin(ERRORS)]
    return found[[ITEM, VALUE, REASON, SOURCE, GRADE]].reset_index(drop=True)


def effect_words(effects: Sequence[Effect], scenario: Scenario, body: str, paths: int) -> list[str]:
    """Return what a number at either end of its range does to a body's two headline chances, in sentences."""
    if not effects:
        return [f"It has no range, or does not reach {body}: nothing was measured."]
    effect = effects[0]
    error = f"{100 * effect.error:.1f}"
    told = (
        ("Chance of coming back within the budget year", effect.comes_back_low, effect.comes_back_high),
        ("Chance of the general fund below its minimum", effect.below_minimum_low, effect.below_minimum_high),
    )
    lines = [f"{words}: {_points(low)} with the first, {_points(high)} with the second." for words, low, high in told]
    about = (
        f"Each within {error} points either way (95% sampling error). {body}, before new action, the minimum by the "
        f"plan's end; {paths:,} futures, as at {scenario.as_at.day} {scenario.as_at:%B %Y}."
    )
    return [f"Two ends: {effect.ends}.", *lines, about]


def _points(change: float) -> str:
    return f"{100 * change:+.1f} points".replace("-", "−")


def measurable(row: pd.Series, scenario: Scenario) -> list[str]:
    """Return the ids of the local authorities for which what a number does can be measured: those of its range."""
    address = row[ADDRESS]
    bodies = [body.id for body in scenario.bodies if isinstance(body, LocalAuthority)]
    if address.endswith(".reserves.usable_share"):
        return [body for body in bodies if address == f"agencies.{body}.reserves.usable_share"]
    return bodies if row[LOW] or path_of(address) else []


def moved(stated: Answers, changed: Answers) -> pd.DataFrame:
    """Return what the values set do to each headline by the budget year, on the same futures.

    Raises:
        CannotCompareError: when the two do not share their futures.
    """
    return place_tables.moved(stated, changed).rename(
        columns={"As stated": "Before these changes", "With the lever": "With them"}
    )


def moved_about(after: Answers) -> str:
    """Return view, date, futures and what moves are, for the table of `moved`."""
    return (
        f"{LEADS['after_action']}, up to {year_end(str(after.scenario.budget_year))}, the end of the budget year; as "
        f"at {day(after)}, {after.paths:,} futures, the same with the changes and without. What begins later shows "
        "year by year on the first page. Overlays are on in both."
    )


def grounds(row: pd.Series) -> list[str]:
    """Return what a number rests on, in lines: reason, owner, source with grade, and its address."""
    source = f"{row[SOURCE] or 'none'} ({row[GRADE]})"
    lines = [f"Reason: {row[REASON] or 'none given'}. Owner: {row[OWNER] or 'none named'}. Source: {source}."]
    if row[WAS]:
        lines.append(f"Before it was changed: {row[WAS]}.")
    return [*lines, f"As the command line sets it: --set {row[ADDRESS]}={row[VALUE]}"]


def shown(fan: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a driver's fan as people read them, to two places."""
    return fan.drop(columns=DRIVER).map(lambda held: f"{held:.2f}" if isinstance(held, float) else held)
