"""Upper-tier councils as they stood at 31 March 2018, built from the published returns through the ordinary reader.

What a council planned is not in those returns, so no plan is entered and tests of one stay untested. But every council
had a budget that the law made it balance; so each is seen with its central gap met, year by year to the plan's end, by
measures that are not named here. What is tested is then whether its reserves could bear what no plan foresees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from simulator.blocks import Sample
from simulator.evidence_tests.seen import Seen, plan_years, seen
from simulator.files import PACKAGE, read_bytes
from simulator.overlays import overlay
from simulator.prepared import prepare
from simulator.scenario import Scenario
from simulator.scenario_file import build
from simulator.trials import tried
from simulator.variants import Given, Variant
from simulator.yaml_tree import Tree, parse

BEFORE = ("2014-15", "2015-16", "2016-17")
BASE, PLAN = "2017-18", ("2018-19", "2019-20", "2020-21", "2021-22")
CLASSES = {
    "UA": "unitary", "MD": "metropolitan_district", "LB": "london_borough", "SC": "shire_county",
}  # fmt: skip
USABLE, EMERGENCY, MINIMUM = "50%", "35%", "5%"
"""As Headroom's shipped council states them: judgements, the same for every council."""
RETURN = "RS18"
KNOWN_THEN = {
    "cpi": (1.83, 1.95, 2.00, 2.00),
    "earnings": (2.43, 2.52, 2.76, 2.98),
    "living_wage": (4.40, 4.40, 4.40, 4.40),
    "placement_cost": (5.00, 5.00, 5.00, 5.00),
    "homelessness": (5.00, 5.00, 5.00, 5.00),
    "bank_rate": (0.70, 0.90, 1.10, 1.20),
    "borrowing_rate": (2.80, 2.80, 2.80, 2.80),
    "rates_multiplier": (3.00, 2.40, 1.83, 1.95),
    "grants": (-2.00, -2.00, 0.00, 0.00),
}
"""Central growth or rates of the four years, %: prices and earnings from the official forecast of March 2018, the rest
judgement. The central gap is taken as met, so they matter little: they only shape what moves with what.
"""
SERVICES = {
    "highways": ("highways_transport", "contracted_service"),
    "housing": ("housing_gfra", "mixed_service"),
    "culture": ("cultural", "mixed_service"),
    "environment": ("environmental_regulatory", "contracted_service"),
    "planning": ("planning_development", "staffed_service"),
    "police": ("police", "staffed_service"),
    "fire": ("fire_rescue", "staffed_service"),
    "central": ("central", "staffed_service"),
    "other": ("other_services", "mixed_service"),
}
"""Lines without a driver of their own: the column of the return, and the basket of prices they are taken to buy."""


def outturns(data_dir: Path) -> pd.DataFrame:
    """Return the outturn of 2017-18 of every upper-tier council, with its Band D and reserves of earlier years."""
    returns = pd.read_csv(data_dir / "local_gov" / "revenue_outturn_summary_2010_2018.csv")
    upper = returns[returns["class"].isin(CLASSES)]
    now = upper[upper.year == BASE].set_index("e_code")
    for year in BEFORE:
        before = upper[upper.year == year].set_index("e_code")
        for pot in ("res_earmarked_close", "res_unallocated_close"):
            now[f"{pot}_{year}"] = before[pot]
    tax = pd.read_csv(data_dir / "local_gov" / "council_tax_requirement_2014_2027.csv", low_memory=False)
    rows = tax[(tax.year == BASE) & (tax.is_component == 0)].drop_duplicates("e_code").set_index("e_code")
    now["band_d"] = rows.band_d_excl_parish_gbp
    return now.sort_index()


def scenario_of(row: Any) -> Scenario:
    """Return one council's scenario, read as a file that extends the shipped defaults would be."""
    return build(overlay(_then(), parse(yaml.safe_dump(tree(row), allow_unicode=True).encode(), "council.yaml")))


def viewed(row: Any, paths: int) -> Seen:
    """Return one council on the view that is graded, its central gap met."""
    found = scenario_of(row)
    compiled = prepare(found).compiled
    plain = Variant("before_action", acts=False)
    gap = tried(compiled, "council", (plain,), Sample(1)).central["gap"][0]
    met = replace(plain, given=Given("council", gap=tuple(gap.tolist())))
    start, _ = plan_years(found, found.bodies[0])
    return seen(found, tried(compiled, "council", (met,), Sample(paths), start), met.name)


@cache
def _then() -> Tree:
    """Return the shipped defaults with their dates moved to March 2018."""
    drivers: list[dict[str, Any]] = [
        {"id": name, "confirmed": [], "central": {year: f"{rate:g}%" for year, rate in zip(PLAN, rates, strict=True)}}
        for name, rates in KNOWN_THEN.items()
    ]
    drivers[-1]["spread_scale"] = dict.fromkeys(PLAN[:2], "25%")
    drivers += [{"id": name, "confirmed": []} for name in ("pay_award", "tax_base")]
    starts = {"new_duty": PLAN[1], "redistribution": PLAN[2]}
    events = ("energy_shock", "pandemic", "new_duty", "care_provider_failure", "historic_liability", "redistribution")
    dated = {
        "drivers": drivers,
        "events": [{"id": name, "first": starts.get(name, PLAN[0])} for name in events],
        "spending_review": {"first": PLAN[2]},
        "rules": {
            "referendum_limits": {"upper_tier": {"core": dict.fromkeys(PLAN, "2.99%")}},
            "settlement_end": PLAN[1],
            "accommodation": {"first": "2022-23"},
        },
    }
    defaults = parse(read_bytes(PACKAGE / "defaults" / "uk-2026.yaml"), "uk-2026.yaml")
    return overlay(defaults, parse(yaml.safe_dump(dated).encode(), "march-2018.yaml"))


def tree(row: Any) -> dict[str, Any]:
    """Return one council's scenario as plain values, in thousands of pounds as the return has them."""
    return {
        "headroom": 1,
        "name": f"{row.authority} at 31 March 2018",
        "place": {"id": "area", "name": row.authority},
        "base_year": BASE,
        "as_at": "2018-03-31",
        "budget_year": PLAN[0],
        "years": 5,
        "money": "£k",
        "sources": {RETURN: {"title": "Revenue outturn summary 2017-18", "publisher": "MHCLG", "grade": "V"}},
        "agencies": [
            {
                "id": "council",
                "name": row.authority,
                "kind": "council",
                "class": CLASSES[row["class"]],
                "funding": _funding(row),
                "spending": list(_lines(row)),
                "reserves": _reserves(row),
                "history": _history(row),
                **_debt(row),
            }
        ],
    }


def _funding(row: Any) -> dict[str, Any]:
    """Rates are entered as a local share and a top-up by judgement: the return has one figure."""
    rates, share = -float(row.business_rates), 0.3 if row["class"] == "SC" else 0.5
    schools, specific_in_all = _schools(row), -float(row.grants_inside_aef)
    health = min(max(float(row.public_health), 0.0), specific_in_all - schools)
    general = {"id": "rsg", "name": "Revenue Support Grant", "amounts": {BASE: -float(row.revenue_support_grant)}}
    specific: dict[str, tuple[float, dict[str, str]]] = {
        "schools_grant": (schools, {"matched_to": "schools"}),
        "public_health_grant": (health, {"ring_fence": "public_health", "driver": "grants"}),
        "other_grants": (specific_in_all - schools - health, {"driver": "grants"}),
    }
    return {
        "council_tax": {
            "requirement": {BASE: float(row.council_tax_requirement)},
            "band_d": {BASE: float(row.band_d)},
            "increase": "referendum_limit",
            "tax_base": "tax_base",
            "collection": "collection",
        },
        "business_rates": {
            "local_share": share * rates, "top_up": (1 - share) * rates,
            "base": "rates_base", "multiplier": "rates_multiplier",
        },
        "grants": [
            {**general, "driver": "grants"},
            *(
                {"id": name, "name": name, "amounts": {BASE: amount}, "specific": True, **moved}
                for name, (amount, moved) in specific.items()
            ),
        ],
    }  # fmt: skip


def _schools(row: Any) -> float:
    """What the schools grant pays for: 85% of education (judgement), as far as specific grants reach."""
    return max(0.0, min(0.85 * float(row.education), -float(row.grants_inside_aef)))


def _lines(row: Any) -> Iterator[dict[str, Any]]:
    """Yield spending lines; the last is whatever else stands inside net revenue expenditure."""
    schools, children = _schools(row), float(row.children_social_care)
    lines: dict[str, tuple[float, dict[str, Any]]] = {
        "adult_care": (float(row.adult_social_care), {"demand": "care_demand", "basket": "care"}),
        "placements": (0.58 * children, {"demand": "looked_after", "basket": "placements"}),
        "child_services": (
            0.42 * children, {"demand": "looked_after", "elasticity": 0.5, "basket": "staffed_service"}
        ),
        "schools": (schools, {"basket": "staffed_service"}),
        "education_other": (float(row.education) - schools, {"basket": "mixed_service"}),
        "public_health": (float(row.public_health), {"basket": "mixed_service"}),
        **{name: (float(row[column]), {"basket": basket}) for name, (column, basket) in SERVICES.items()},
    }  # fmt: skip
    spent = sum(amount for amount, _ in lines.values()) + float(row.interest_payable) + float(row.principal_repayment)
    rest = float(row.net_revenue_expenditure) - spent - float(row.grants_inside_aef)
    lines["rest"] = (rest, {"basket": "prices"})
    for name, (amount, moved) in lines.items():
        flow = {"net": amount} if amount >= 0 else {"income": -amount}
        yield {"id": name, "name": name, **flow, **moved}


def _debt(row: Any) -> dict[str, Any]:
    interest = float(row.interest_payable)
    if interest <= 0:
        return {}
    terms = {"rate": "4.5%", "maturing": "5%", "mrp_growth": "2%", "borrowing_rate": "borrowing_rate"}
    return {"debt": {"outstanding": interest / 0.045, "mrp": max(float(row.principal_repayment), 0.0), **terms}}


def _reserves(row: Any) -> dict[str, Any]:
    added = float(row.approp_earmarked_reserves) + float(row.approp_unallocated_reserves)
    if pd.notna(row["res_earmarked_close_2016-17"]):
        held = (
            float(row[f"res_{pot}_close"] - row[f"res_{pot}_close_2016-17"]) for pot in ("earmarked", "unallocated")
        )
        added = sum(held)
    return {
        "gf_unallocated": float(row.res_unallocated_close),
        "earmarked": float(row.res_earmarked_close),
        "usable_share": USABLE,
        "reallocatable_share": EMERGENCY,
        "minimum": MINIMUM,
        "contribution": {"amount": abs(added), "direction": "added" if added >= 0 else "drawn"},
    }


def _history(row: Any) -> dict[str, Any]:
    pots = {"gf_unallocated": "res_unallocated_close", "earmarked": "res_earmarked_close"}
    return {
        pot: {BASE: float(row[column])} | {
            year: float(row[f"{column}_{year}"]) for year in BEFORE if pd.notna(row[f"{column}_{year}"])
        }
        for pot, column in pots.items()
    }  # fmt: skip
