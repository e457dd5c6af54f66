"""What heads the evidence of a body before it is drawn up: its short answer, and for an NHS body its risk and its dues.

All on the plan as approved, as the statement is, from runs that the overview has at hand.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from simulator import place_tables, three_words
from simulator.answers import Answers
from simulator.place import Agency
from simulator.place_words import LEADS, body_line, escaped
from simulator.plain_english import day
from simulator.run import Results
from simulator.three_answers import ThreeAnswers

VIEW = "before_action"
NHS = ("icb", "trust")


def is_nhs(body: Agency) -> bool:
    """Return whether a body's board reads net risk and who owes whom first."""
    return body.kind in NHS


def lines(now: Answers, agency: str, three: ThreeAnswers | None) -> Iterator[str]:
    """Yield the short answer as Markdown without names: the three answers of a local authority, else its own line."""
    if three is not None:
        yield from three_words.lines(three)
        return
    said = body_line(now, agency, VIEW)
    yield f"**{LEADS[VIEW]}**: {said}"


def about(now: Answers, three: ThreeAnswers | None) -> str:
    """Return what the short answer is of: which view, to when, as at when, on how many futures."""
    if three is not None:
        return three_words.about(three).removesuffix(" The Evidence page has the whole of it.")
    return (
        f"{LEADS[VIEW]}, to the end of {now.scenario.budget_year}; as at {day(now)}, {now.paths:,} futures, 95% "
        "sampling intervals in brackets, money in cash."
    )


def grades_about(now: Answers) -> str:
    """Return what the draft grades at the head are of."""
    return (
        f"Draft grades on the plan as approved, as at {day(now)}, {now.paths:,} futures; more futures may settle a "
        "test that sampling leaves open. What breaks the plan, what £1m buys and every test: drawn up below."
    )


def net_risk(results: Results, agency: str) -> pd.DataFrame:
    """Return the net-risk table of NHS bodies for the budget year, in £m, the body's own row first."""
    table = place_tables.net_risk(results, VIEW)
    own = escaped(results.scenario.names[agency])
    return table.sort_values(table.columns[0], key=lambda names: names != own, kind="stable", ignore_index=True)


def owed(results: Results, agency: str) -> pd.DataFrame:
    """Return what the body owes others and they it when the budget year closes, in £m, the largest first."""
    table, own = place_tables.owed(results, VIEW), escaped(results.scenario.names[agency])
    return table[(table["Who owes"] == own) | (table["Whom"] == own)].reset_index(drop=True)
