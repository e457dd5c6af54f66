"""A small place that proposes one shift, as a file of its own: a town, a board, a trust and a hospice apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from places import BASE, NEXT, NHS, Tree, basket, charity, contract, council, driver, icb, line, merged, trust
from shifts import gain, kind, prevention, programme, service, spread

from simulator.faults import faults
from simulator.scenario import Scenario

MOVING: Tree = {"spread": "2%", "persistence": 0.4, "system_share": "50%", "loadings": {"need": 0.5}}
LIMITS: Tree = {
    "breach_rise": "1%", "shortfall_rise": "0.05%", "confidence": "80%", "gain_share": "50%", "loan_years": 2,
    "loan_term": 3, "loan_rate": "5%", "carry_forward": "100%", "settled_until": "2028-29",
}  # fmt: skip


def tree(**changes: Any) -> Tree:
    """The place as a file holds it, in £m; the town and the board halve £2m a year that spares the trust's wards."""
    stated = prevention(
        [service("wards", "north", ["staff"], stranded="40%", withdrawal_years=2, backfill="25%")],
        [kind("falls", spread(0.5, 1.5, 3), gain("wards", "80%", "50%"), gain("outside", "20%", "0%"))],
        [programme("falls", 2, {"town": "50%", "board": "50%"})],
        limits=LIMITS,
    )
    plain: Tree = {
        "headroom": 1, "name": "A small shift", "place": {"id": "small", "name": "Small"}, "base_year": BASE,
        "as_at": "2026-11-22", "budget_year": NEXT, "years": 4, "money": "£m",
        "rules": {"nhs": NHS, "nhs_regime": {BASE: "individual"}},
        "drivers": [driver(name, long_run="2%", **MOVING) for name in ("need", "wages")],
        "baskets": [basket("bought", wages="100%")],
        "agencies": [
            council(),
            icb(funding={"allocations": [{"id": "core", "name": "core", "amounts": {BASE: 200}, "driver": "need"}]}),
            trust(spending=[line("staff", 90, demand="need", basket="bought"), line("premises", 10)]),
            charity(),
        ],
        "agreements": [contract("ward", "board", "north", 90, "activity", activity="need", price="wages")],
        "prevention": stated,
    }  # fmt: skip
    return merged(plain, changes)


def written(folder: Path, **changes: Any) -> str:
    """The place as a file in a folder."""
    path = folder / "small.yaml"
    # JSON is YAML without anchors, which a scenario file may not have.
    path.write_text(json.dumps(tree(**changes), ensure_ascii=False, indent=1), encoding="utf-8")
    return str(path)


def small(**changes: Any) -> Scenario:
    """The place, read and found faultless."""
    found = Scenario.model_validate(tree(**changes), context={"money": "£m"})
    assert faults(found) == []
    return found
