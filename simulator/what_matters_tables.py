"""What matters as tables: the ranking, each year, whose luck it is, and the answers themselves; money in pounds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from simulator.causes import Cause
from simulator.held_still import Estimate
from simulator.what_matters import Answer, WhatMatters
from simulator.what_matters_words import MUCH, NOBODY, group


def tables(found: WhatMatters) -> dict[str, pd.DataFrame]:
    """Return every table by name; shares and chances run from 0 to 1, `unit` is that of the answer."""
    made = {
        "answers": pd.DataFrame([_answer(one, found.paths) for one in found.answers]),
        "ranking": pd.DataFrame([row for one in found.answers for row in _ranking(one)]),
        "by_year": pd.DataFrame([row for one in found.answers for row in _by_year(one)]),
        "owners": pd.DataFrame([row for one in found.answers for row in _owners(one)]),
    }
    return {name: table for name, table in made.items() if len(table)}


def values(found: WhatMatters) -> dict[str, Any]:
    """Return what matters as plain values for a machine."""
    return {
        "paths": found.paths,
        "seed": found.seed,
        "left_out": list(found.left_out),
        "tables": {name: table.to_dict("records") for name, table in tables(found).items()},
    }


def _unit(answer: Answer) -> str:
    return "share" if answer.question.is_event else "£"


def _asked(answer: Answer) -> dict[str, Any]:
    return {"agency": answer.question.body.agency, "figure": answer.question.figure, "year": answer.year}


def _answer(answer: Answer, paths: int) -> dict[str, Any]:
    money = {} if answer.question.is_event else {"p10": answer.low, "p50": answer.middle, "p90": answer.high}
    return {
        **_asked(answer), "unit": _unit(answer), "central": answer.centre, **money, "limit": answer.question.limit,
        "chance": answer.chance.probability, "low95": answer.chance.low, "high95": answer.chance.high,
        "noise_floor": answer.floor, "explained": answer.explained, "rank_explained": answer.rank_explained,
        "paths": paths,
    }  # fmt: skip


def _ranking(answer: Answer) -> list[dict[str, Any]]:
    return [
        {**_asked(answer), "rank": n, **_cause(one), "unit": _unit(answer)} for n, one in enumerate(answer.causes, 1)
    ]


def _cause(one: Cause) -> dict[str, Any]:
    row: dict[str, Any] = {"id": one.id, "name": one.name, "kind": one.kind}
    for name in ("differs", "moves", "share", "settles", "slope", "rank", "shifted"):
        row |= _ends("rank_correlation" if name == "rank" else name, getattr(one, name))
    off = one.off
    row |= _ends("chance_off", None if off is None else Estimate(off.points, off.low, off.high))
    along = {"travels_with": ", ".join(one.travels_with), "same_as": ", ".join(one.same_as)}
    return row | along | {"central_p10": one.low, "central_p90": one.high}


def _ends(name: str, one: Estimate | None) -> dict[str, float | None]:
    value, low, high = one or (None, None, None)
    return {name: value, f"{name}_low95": low, f"{name}_high95": high}


def _by_year(answer: Answer) -> list[dict[str, Any]]:
    return [
        {**_asked(answer), "year": one.year, "id": one.id, "name": one.name, **_ends("share", one.share),
         **_ends("settles", one.settles), "noise_floor": one.floor}
        for one in answer.by_year
    ]  # fmt: skip


def _owners(answer: Answer) -> list[dict[str, Any]]:
    rows = [
        {**_asked(answer), "owner": one.owner.id, "name": one.owner.name, "body": one.owner.body or "",
         "whose": group(answer, one.owner.kind, one.owner.body), **_ends("share", one.share), "straight": one.straight,
         "at_least": answer.unexplained > MUCH}
        for one in answer.owned
    ]  # fmt: skip
    return [*rows, {**_asked(answer), "owner": "", "name": NOBODY, "whose": NOBODY, "share": answer.unexplained}]
