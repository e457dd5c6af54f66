"""Who paid whom under what, and who owes whom when the year closes; amounts in pounds.

A contract's plan value is paid month by month; what is due at month 12 is what the year turned out to be worth less
what the budget expected. Below nought money flows back, from payee to payer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.compiled import OUTSIDE, Compiled, Floats, Payment
from simulator.summary import quantiles

COLUMNS = [
    "agreement", "tier", "payer", "payee", "reason", "view", "year", "unit", "paths", "mean", "p10", "p50", "p90",
    "central", "planned", "owed_mean", "owed_p10", "owed_p90",
]  # fmt: skip
CUTS = (10, 50, 90)


def transfers(
    compiled: Compiled, names: tuple[str, ...], log: Floats, planned: Floats, central: Floats
) -> pd.DataFrame:
    """Return the table of payments: a row for each entry of the log, view and year.

    `log` is `[entry, view, year, path]`, `planned` `[entry, year, path]`, and `central` the log of the central case.
    `planned` in the table is what the budget expected on average, `owed` the difference at month 12. Offsets and loss
    shares have no plan, so all of theirs is owed; deficit support and incentives are planned in full.
    """
    rows = []
    for entry, payment in enumerate(compiled.agreed.payments):
        for v, view in enumerate(names):
            owed = log[entry, v] - planned[entry]
            cuts, due = quantiles(log[entry, v], CUTS), quantiles(owed, CUTS)
            for t, year in enumerate(compiled.years):
                paid = log[entry, v, t]
                rows.append((
                    payment.agreement, payment.tier, *payment.names, payment.reason, view, year, "£", len(paid),
                    paid.mean(), *cuts[:, t], central[entry, v, t, 0], planned[entry, t].mean(), owed[t].mean(),
                    due[0, t], due[2, t],
                ))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def between(compiled: Compiled, payments: tuple[Payment, ...]) -> list[int]:
    """Return the entries both of whose parties have books here: what consolidation takes out."""
    return [e for e, payment in enumerate(payments) if OUTSIDE not in (payment.payer, payment.payee)]


def place_years(compiled: Compiled, names: tuple[str, ...], kept: dict[str, Floats], log: Floats) -> pd.DataFrame:
    """Return the place consolidated: all bodies whole, the parts that serve the place, and the rest of the world.

    Measures: spending, funding, paid and received outside, what agreements between bodies take out, and the gap.
    Consolidated, payments between bodies come to nought; by place shares they do not, and what is left is named
    `between_unmatched`, so that the parts add up to the whole.
    """
    paths = log.shape[-1] if log.size else kept["spending"].shape[-1]
    rows = []
    for basis, weights in (
        ("whole", np.ones(len(compiled.shares))),
        ("in_place", compiled.shares),
        ("elsewhere", 1 - compiled.shares),
    ):
        amounts = _weighted(compiled, kept, log, weights, paths)
        for measure, amount in amounts.items():
            cuts = quantiles(amount, CUTS)
            for v, view in enumerate(names):
                for t, year in enumerate(compiled.years):
                    row = (basis, measure, view, year, "£", paths, amount[v, t].mean(), *cuts[:, v, t])
                    rows.append(row)
    columns = ["basis", "measure", "view", "year", "unit", "paths", "mean", "p10", "p50", "p90"]
    return pd.DataFrame(rows, columns=columns)


def _weighted(
    compiled: Compiled, kept: dict[str, Floats], log: Floats, weights: Floats, paths: int
) -> dict[str, Floats]:
    """Return each measure of the place `[view, year, path]` with bodies at their weights."""
    shape = (*kept["spending"].shape[:1], *kept["spending"].shape[2:3], paths)
    found = {
        name: sum((w * kept[name][:, a, :, :paths] for a, w in enumerate(weights)), start=np.zeros(shape))
        for name in ("spending", "funding", "gap")
    }
    for name in ("paid_outside", "received_outside", "between_unmatched", "between_eliminated"):
        found[name] = np.zeros(shape)
    for entry, payment in enumerate(compiled.agreed.payments):
        payer = weights[payment.payer] if payment.payer != OUTSIDE else None
        payee = weights[payment.payee] if payment.payee != OUTSIDE else None
        if payer is not None and payee is not None:
            both = min(payer, payee)
            found["between_eliminated"] += both * log[entry]
            found["between_unmatched"] += ((payee - both) - (payer - both)) * log[entry]
        elif payer is not None:
            found["paid_outside"] += payer * log[entry]
        elif payee is not None:
            found["received_outside"] += payee * log[entry]
    return found
