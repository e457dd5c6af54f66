"""Tidy tables of a place as people read them: fans with what came before, who owes whom, net risk, judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import isnan

import pandas as pd

from simulator import chart_data, levers
from simulator.answers import Answers
from simulator.dealt import why
from simulator.figure_words import OUTCOMES, chance
from simulator.place import LocalAuthority
from simulator.place_words import GAP, RESERVES, counted, escaped, movement
from simulator.plain_english import TITLES, in_a_hundred, year_end
from simulator.register import Entry, judgements, register
from simulator.run import Results

KNOWN = "Known, £m"
MIDDLE, CENTRAL = "Middle, £m", "Central, £m"
LOW, HIGH = "{} low, £m", "{} high, £m"
"""The ends of the band that holds so many of 100 futures."""
NET_RISK = (
    ("Gross risk", "gross_risk", "mean"),
    ("Mitigation", "mitigation", "mean"),
    ("Support", "support", "mean"),
    ("Net risk", "net_risk", "mean"),
    ("Best", "net_risk", "best"),
    ("Likely", "net_risk", "likely"),
    ("Worst", "net_risk", "worst"),
    ("Run-rate", "run_rate", "mean"),
    ("Underlying", "underlying", "mean"),
)
"""Columns of the net-risk table as boards read it, each with its measure and what is told of it."""
LEAST_OWED = 250_000
"""Pounds that a sum passes in one future of ten at least, or it is left out of who owes whom."""
ELSEWHERE = "Shared beliefs, rules and agreements"


def fan(results: Answers, agency: str, measure: str, view: str) -> pd.DataFrame:
    """Return the fan of one measure in one view with what is known before it, a row a year, in £m.

    A balance opens from what is known at the end of the base year, so that every band begins there.
    """
    table = results.agency_years
    own = table[(table.agency == agency) & (table.measure == measure) & (table["view"] == view)].set_index("year")
    money = own.select_dtypes("number") / 1e6
    ends = {
        name.format(band): money[column]
        for band, *columns in chart_data.BANDS
        for name, column in zip((LOW, HIGH), columns, strict=True)
    }
    table = pd.DataFrame({**ends, MIDDLE: money["p50"], CENTRAL: money["central"]})
    known = _known(results, agency, measure)
    base = str(results.scenario.base_year)
    if measure != GAP and base in known.index:
        table = pd.concat([pd.DataFrame({name: known[[base]] for name in table}), table])
    table = table.reindex(sorted({*table.index, *known.index}))
    table[KNOWN] = known.reindex(table.index)
    order = [LOW.format(90), LOW.format(80), LOW.format(50), MIDDLE, HIGH.format(50), HIGH.format(80), HIGH.format(90)]
    return table[[KNOWN, *order, CENTRAL]].round(3).rename_axis("Year").reset_index()


def _known(results: Answers, agency: str, measure: str) -> pd.Series:
    """Return what is published or entered of a measure up to the base year, in £m by year."""
    body, history = results.body(agency), chart_data.history(results, agency, measure)
    if history.empty and isinstance(body, LocalAuthority) and measure == RESERVES:
        held = body.reserves
        entered = (held.gf_unallocated.used + held.share("any") * held.earmarked.used) / 1e6
        return pd.Series({str(results.scenario.base_year): entered})
    return pd.Series(history.Amount.to_numpy(dtype=float), index=history.Year.to_list(), dtype=float)


def chances(results: Answers, view: str) -> pd.DataFrame:
    """Return the chance that each body's duty is missed in each single year: Row, Year, View, Chance, In 100.

    Where the place has one body only, the rows are its outcomes.
    """
    bodies = [body.id for body in results.scenario.bodies]
    outcomes = ["duty_breached"] if len(bodies) > 1 else list(OUTCOMES)[:5]
    known = set(results.chances[results.chances.agency == bodies[0]].outcome)
    frame = chart_data.heat(results, bodies, [outcome for outcome in outcomes if outcome in known])
    rows = frame[frame.View == TITLES[view]].reset_index(drop=True)
    return rows.assign(**{"In 100": [chance(share).removesuffix("%") for share in rows.Chance]})


def by_year(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a map of chances as a table, a row a body and a column a year, as it is read."""
    table = frame.pivot(index="Row", columns="Year", values="In 100").reindex(frame.Row.unique())
    return table.rename_axis("Futures in 100", axis=0).rename_axis(None, axis=1).reset_index().map(escaped)


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of a year and amounts as text to three places, blank where there is none."""
    amounts = table.drop(columns="Year")
    told = {
        name: ["" if isnan(amount) else f"{amount:,.3f}" for amount in amounts[name].astype(float)] for name in amounts
    }
    return pd.DataFrame({"Year": table.Year, **told})


def moved(stated: Answers, pulled: Answers) -> pd.DataFrame:
    """Return what the lever does to each headline by the budget year: as stated, with the lever, moved."""
    view, year = "after_action", str(stated.scenario.budget_year)
    table = levers.moved(stated, pulled, stated.scenario.place.id)
    by_then = table[(table.year == f"by {year}") & (table.view == view)]
    rows = []
    alike = {body.id for body in stated.scenario.bodies} == {body.id for body in pulled.scenario.bodies}
    for words, agency, outcome in _headlines(stated):
        found = by_then[(by_then.agency == agency) & (by_then.outcome == outcome)]
        # A body that only one of the two has; and of places of other bodies neither says anything of the other.
        if not len(found) or (outcome != "duty_breached" and not alike):
            continue
        row = found.iloc[0]
        chances = (in_a_hundred(chance).removesuffix(" futures") for chance in (row.chance_a, row.chance_b))
        rows.append((escaped(words), *chances, movement(row)))
    if len(stated.scenario.bodies) > 1 and alike:
        one, two = (levers.breached_bodies(run, view, year) for run in (stated, pulled))
        told = counted(*levers.average(two - one))
        rows.insert(2, ("Bodies that missed their own, on average", f"{one.mean():.2f}", f"{two.mean():.2f}", told))
    first = f"Futures with a duty or plan missed by {year_end(year)}"
    return pd.DataFrame(rows, columns=[first, "As stated", "With the lever", "Moved"])


def _headlines(results: Answers) -> Iterable[tuple[str, str, str]]:
    """Yield the words, body and outcome of every headline chance."""
    bodies, place = results.scenario.bodies, results.scenario.place.id
    if len(bodies) > 1:
        yield "Any body", place, "any_duty_breached"
        yield "Two bodies or more in one year", place, "two_duties_breached"
    yield from ((body.name, body.id, "duty_breached") for body in bodies)


def owed(results: Results, view: str) -> pd.DataFrame:
    """Return who owes whom when the budget year closes, on average, in £m; what comes to nothing is left out.

    Above what was paid month by month under the plan; the direction is that of the average.
    """
    table, year = results.transfers, str(results.scenario.budget_year)
    rows = table[(table.view == view) & (table.year == year)]
    rows = rows.assign(why=[why(results.scenario, payment) for payment in results.compiled.agreed.payments])
    told = rows[["owed_mean", "owed_p10", "owed_p90"]].abs().max(axis=1) >= LEAST_OWED
    rows = rows[told].sort_values("owed_mean", key=lambda part: -part.abs(), kind="stable")
    forwards = rows.owed_mean >= 0
    return pd.DataFrame(
        {
            "Under": rows.why.map(escaped),
            "Who owes": rows.payer.where(forwards, rows.payee).map(escaped),
            "Whom": rows.payee.where(forwards, rows.payer).map(escaped),
            "On average, £m": _millions(rows.owed_mean.abs()),
            "8 futures in 10, £m": [
                f"{low} to {high}"
                for low, high in zip(
                    _millions(rows.owed_p10.where(forwards, -rows.owed_p90)),
                    _millions(rows.owed_p90.where(forwards, -rows.owed_p10)),
                    strict=True,
                )
            ],
        }
    ).reset_index(drop=True)


def net_risk(results: Results, view: str) -> pd.DataFrame:
    """Return the net-risk table for the budget year, a row an NHS body, in £m against plan; above nought is worse."""
    table = results.net_risk
    rows = table[(table.view == view) & (table.year == str(results.scenario.budget_year))]
    bodies = [body for body in results.scenario.bodies if body.id in set(rows.agency)]
    held = rows.set_index(["measure", "agency"])
    ids = [body.id for body in bodies]
    columns = {words: _millions(held.loc[measure].loc[ids, told]) for words, measure, told in NET_RISK}
    return pd.DataFrame({"£m": [escaped(body.name) for body in bodies], **columns})


def _millions(amounts: Iterable[float]) -> list[str]:
    return [f"{amount / 1e6:,.1f}".replace("-0.0", "0.0") for amount in amounts]


def judged(results: Answers) -> pd.DataFrame:
    """Return how many numbers are judgement, by body: Of, Numbers, Judgement, Judgement stands for."""
    entries, names = register(results.scenario), results.scenario.names
    owner = {entry.address: _owner(entry, names) for entry in entries}
    count = Counter(owner[entry.address] for entry in entries)
    found = judgements(entries)
    of = Counter(owner[entry.address] for entry in found)
    return pd.DataFrame(
        {
            "Of": [escaped(name) for name in count],
            "Numbers": list(count.values()),
            "Judgement": [of[name] for name in count],
            "Judgement stands for": [
                escaped(_subjects([e for e in found if owner[e.address] == name], name)) for name in count
            ],
        }
    )


def _owner(entry: Entry, names: dict[str, str]) -> str:
    room, _, rest = entry.address.partition(".")
    return names.get(rest.split(".")[0], ELSEWHERE) if room == "agencies" else ELSEWHERE


def _subjects(entries: list[Entry], owner: str) -> str:
    """Return what judged numbers are about, each once and at most five named."""
    named: dict[str, None] = {}
    for entry in entries:
        field = entry.address.split(".")[2 if owner != ELSEWHERE else 1]
        named[(entry.name if entry.name not in {owner, ""} else field).replace("_", " ")] = None
    told = list(named)
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    return ", ".join(told[:5]) + more
