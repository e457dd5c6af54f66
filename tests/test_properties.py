"""What must hold of any council whatever it is made of, each test named after the invariant it states (P1 to P22)."""

from __future__ import annotations

import copy
from datetime import date
from math import fsum
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from places import BASE, NEXT, Tree, basket, council, driver, event, exactly, line, merged, without_luck
from pydantic import ValidationError

from simulator.drivers import DriverPaths
from simulator.faults import faults
from simulator.identities import residuals
from simulator.position import FUNDING, SPENDING, price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.record import meaning
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.tracing import trace
from simulator.variants import DO_NOTHING, MEASURES, VIEWS, Outcome

PENNY = 0.005
# Without shrinking: a whole council shrinks for minutes, and its seed finds it again.
_QUICK = {"suppress_health_check": [HealthCheck.too_slow], "phases": [Phase.explicit, Phase.reuse, Phase.generate]}
SOME = settings(max_examples=6, **_QUICK)
DRIVERS = ("need", "fee", "pay", "prices", "grants", "homes", "charges", "caseload")
LEVELS = ("collect", "bank", "pension")
MONEY = (
    "net",
    "gross",
    "income",
    "amount",
    "amounts",
    "requirement",
    "parish_precepts",
    "gf_unallocated",
    "earmarked",
    "local_share",
    "top_up",
    "tariff",
    "baseline_funding",
    "rates_baseline",
    "outstanding",
    "mrp",
    "spending",
    "block",
    "opening_deficit",
    "gap",
    "surplus",
    "floor",
    "planned_use",
    "fund_share",
)


def per_cent(low: float, high: float) -> st.SearchStrategy[str]:
    return st.integers(round(low * 10), round(high * 10)).map(lambda tenths: f"{tenths / 10}%")


def pounds(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low * 10, high * 10).map(lambda tenths: tenths / 10)


@st.composite
def reserves(draw: st.DrawFn) -> Tree:
    held = {
        "gf_unallocated": draw(pounds(0, 20)),
        "minimum": draw(per_cent(0, 10)),
        "contribution": {
            "amount": draw(pounds(0, 5)),
            "direction": draw(st.sampled_from(["added", "drawn"])),
            "treatment": draw(st.sampled_from(["one_off", "recurrent"])),
        },
    }
    if draw(st.booleans()):
        shares = {"usable_share": draw(per_cent(0, 60)), "reallocatable_share": draw(per_cent(0, 40))}
        return {**held, "earmarked": draw(pounds(0, 40)), **shares}
    uses = draw(st.lists(st.sampled_from(["any", "emergency", "committed", "restricted"]), min_size=1, max_size=4))
    named = []
    for i, use in enumerate(uses):
        amount = draw(pounds(1, 12))
        pot: Tree = {"id": f"r{i}", "name": f"R{i}", "amount": amount, "use": use}
        if draw(st.booleans()):
            pot["floor"] = round(amount / 4, 1)
        if use in ("committed", "restricted") and draw(st.booleans()):
            pot["planned_use"] = {NEXT: round(amount / 4, 1)}
        named.append(pot)
    return {**held, "earmarked": round(fsum(pot["amount"] for pot in named), 1), "named": named}


@st.composite
def funding(draw: st.DrawFn, tier: str) -> Tree:
    tax: Tree = {
        "requirement": {BASE: draw(pounds(60, 110))},
        "band_d": {BASE: 1500.0},
        "tax_base": "homes",
        "collection": "collect",
        "increase": draw(st.sampled_from(["referendum_limit", {NEXT: "2%"}])),
    }
    if tier == "upper_tier":
        tax["parish_precepts"] = {BASE: draw(pounds(0, 1))}
    if draw(st.booleans()):
        tax["support"] = {"share": draw(per_cent(1, 25)), "caseload": "caseload"}
    grants: list[Tree] = [
        {"id": "general", "name": "General", "driver": "grants", "amounts": {BASE: draw(pounds(0, 20))}}
    ]
    if draw(st.booleans()):
        grants.append(
            {
                "id": "own",
                "name": "Own",
                "driver": "grants",
                "amounts": {BASE: 4, NEXT: draw(pounds(0, 6))},
                "certainty": draw(st.sampled_from(["confirmed", "indicative", "assumed"])),
                "ends": draw(st.sampled_from(["2026-27", "2027-28", "2030-31"])),
            }
        )
    if draw(st.booleans()):
        grants.append(
            {
                "id": "fenced",
                "name": "Fenced",
                "driver": "grants",
                "amounts": {BASE: draw(pounds(1, 12))},
                "specific": True,
                "ring_fence": "other",
            }
        )
    if draw(st.booleans()):
        grants.append(
            {"id": "matched", "name": "Matched", "amounts": {BASE: 3}, "specific": True, "matched_to": "care"}
        )
    made: Tree = {"council_tax": tax, "grants": grants}
    if draw(st.booleans()):
        made["business_rates"] = {
            "local_share": draw(pounds(5, 30)),
            "base": "homes",
            "multiplier": "prices",
            draw(st.sampled_from(["top_up", "tariff"])): draw(pounds(1, 5)),
            "baseline_funding": {BASE: draw(pounds(5, 30))},
            "rates_baseline": {BASE: 25},
        }
    return made


@st.composite
def bodies(draw: st.DrawFn, name: str = "town") -> Tree:
    """A council of a bit of everything the file can say."""
    tier = draw(st.sampled_from(["upper_tier", "upper_tier", "shire_district"]))
    classes = ["unitary", "shire_county", "london_borough"] if tier == "upper_tier" else ["shire_district"]
    body = council(name, **{"class": draw(st.sampled_from(classes))}, funding=draw(funding(tier)))
    body["spending"] = [
        line("care", draw(pounds(20, 60)), demand="need", basket="fees", elasticity=draw(st.sampled_from([0.5, 1.0]))),
        line("other", draw(pounds(5, 40)), basket="office"),
        {"id": "leisure", "name": "Leisure", "gross": 6, "income": 2, "basket": "office", "income_driver": "charges"},
        {
            "id": "homes_",
            "name": "Homes",
            "net": 2,
            "demand": "need",
            "basket": "fees",
            "subsidy": {"weekly_rent": 520, "lha_2011": 300, "cap": 375},
        },
    ]
    body["reserves"] = draw(reserves())
    if draw(st.booleans()):
        kept = draw(
            st.sampled_from(
                [
                    {"mrp_growth": "2%"},
                    {"provision": {"requirement": 40, "life": 25, "method": "annuity", "rate": "4%"}},
                ]
            )
        )
        body["debt"] = {
            "outstanding": 40,
            "rate": "4%",
            "maturing": "10%",
            "mrp": 1.5,
            "borrowing_rate": "bank",
            **kept,
        }
    if draw(st.booleans()):
        body["high_needs"] = {
            "spending": 20,
            "block": draw(pounds(18, 21)),
            "block_growth": "2%",
            "opening_deficit": draw(pounds(0, 6)),
            "demand": "need",
            "basket": "office",
            "short_rate": "bank",
        }
    if draw(st.booleans()):
        body["levies"] = [{"id": "waste", "name": "Waste", "amounts": {BASE: 2, NEXT: 2.1}, "driver": "prices"}]
    if draw(st.booleans()):
        body["employer_costs"] = {"pay": "pay", "pension_rate": "pension"}
    if draw(st.booleans()):
        body["contingency"] = {"amounts": {NEXT: draw(pounds(0, 3))}}
    colours = draw(st.lists(st.sampled_from(["green", "amber", "red"]), max_size=2))
    body["savings"] = [
        {
            "id": f"s{i}",
            "name": f"S{i}",
            "rag": rag,
            "recurrent": draw(per_cent(0, 100)),
            "amounts": {NEXT: draw(pounds(0, 4)), "2027-28": 1},
        }
        for i, rag in enumerate(colours)
    ]
    if draw(st.booleans()):
        body["plan"] = {
            "lines": [
                {
                    "id": "tax",
                    "name": "Tax",
                    "flow": "funding",
                    "covers": ["council_tax"],
                    "amounts": {NEXT: draw(pounds(70, 110))},
                }
            ],
            "gap": {"2027-28": draw(pounds(0, 9))},
        }
    return body


def drivers(spread: float = 2.0, **changes: Tree) -> list[Tree]:
    made = [
        driver(
            name,
            **merged(
                {
                    "long_run": "2%",
                    "spread": f"{spread}%",
                    "trend": f"{spread / 4}%",
                    "persistence": 0.4,
                    "system_share": "50%",
                    "loadings": {"need": 0.5},
                },
                changes.get(name, {}),
            ),
        )
        for name in DRIVERS
    ]
    made += [
        driver(name, kind="level", long_run="1%", spread=f"{spread / 10}%", **changes.get(name, {})) for name in LEVELS
    ]
    return made


def rules(then: str = "absorbed") -> Tree:
    return {
        "referendum_limits": {
            "upper_tier": {"core": {NEXT: "2.99%"}, "social_care": {NEXT: "2%", "2028-29": "0%"}},
            "shire_district": {"core": {NEXT: "2.99%"}, "cash": {NEXT: 5}},
        },
        "business_rates": {
            "safety_net": {BASE: "92.5%"},
            "levy_cap": {BASE: "50%"},
            "levy_bands": {"2027-28": [{"above": 0, "rate": "10%"}, {"above": 0.1, "rate": "30%"}]},
        },
        "high_needs_override": {
            "ends": "2027-28",
            "then": then,
            "grant_share": "50%",
            "grant_paid": NEXT,
            "accrued_met": "90%",
            "later_met": "100%",
        },
        "employer_costs": {NEXT: "1%"},
        "accommodation": {"share": "50%", "first": "2027-28", "lag": 1},
        "delivery": {
            "green": "95%",
            "amber": "70%",
            "red": "35%",
            "new": "78%",
            "sd": "12%",
            "organisation_weight": "40%",
            "system_share": "30%",
        },
        "savings_response": {
            "yearly_capacity": "4%",
            "total_capacity": "20%",
            "recurrent": "80%",
            "covered_once": "50%",
            "brake_share": "30%",
            "brake_cap": "1%",
            "surplus_banked": "70%",
            "tax_to_limit": "50%",
            "rebuild_years": 3,
            "rebuild_to": 1.25,
        },
        "collection_estimated": "50%",
        "own_risk_share": "80%",
        "support_late": "20%",
        "support_years": 20,
        "budget_learning": "50%",
        "capitalisation_rate": "6%",
        "settlement_end": "2027-28",
    }


def made(*agencies: Tree, **changes: Any) -> Tree:
    plain: Tree = {
        "headroom": 1,
        "name": "Drawn",
        "place": {"id": "p", "name": "P"},
        "base_year": BASE,
        "as_at": date(2026, 11, 22),
        "budget_year": NEXT,
        "years": 4,
        "money": "£m",
        "agencies": list(agencies),
        "drivers": drivers(),
        "rules": rules(),
        "baskets": [basket("fees", fee="100%"), basket("office", pay="60%", prices="40%")],
        "events": [
            event("flood", "20%", exactly("2%")),
            event("ruling", "30%", exactly("5%"), demand="need", national=False),
        ],
    }
    return merged(plain, changes)


def read(tree: Tree) -> Scenario:
    """The scenario of a tree; a tree that a person could not have entered is drawn again."""
    try:
        found = Scenario.model_validate(copy.deepcopy(tree), context={"money": tree["money"]})
    except ValidationError:
        assume(False)
        raise
    told = faults(found)
    assume(not told)
    return found


def outcome(found: Scenario, block: int = 0, seed: int = 1) -> Outcome:
    compiled = compile_scenario(found)
    variants = (*VIEWS, DO_NOTHING)
    return project(compiled, DriverPaths(compiled, seed).block(block), variants, len(variants))


def same(one: Outcome, two: Outcome, agency: int = 0, other: int = 0) -> None:
    for name in MEASURES:
        assert np.array_equal(one.measures[name][:, agency], two.measures[name][:, other]), name
    for name in one.outcomes:
        assert np.array_equal(one.outcomes[name][:, agency], two.outcomes[name][:, other]), name


def close_to(one: Outcome, two: Outcome, scale: float = 1.0, relative: float = 1e-9) -> None:
    for name in MEASURES:
        first, second = one.measures[name] * scale, two.measures[name]
        assert np.allclose(first, second, rtol=relative, atol=1e-4 * scale), name


@settings(max_examples=40, **_QUICK)
@given(bodies())
def test_every_drawn_council_can_be_entered(body: Tree) -> None:
    """So that no property holds only because nothing was tried."""
    tree = made(body)
    assert faults(Scenario.model_validate(tree, context={"money": "£m"})) == []


# Accounting.


@SOME
@given(bodies())
def test_p01_opening_plus_movement_is_closing_on_every_path(body: Tree) -> None:
    found = read(made(body))
    result = outcome(found)
    assert all(value < PENNY for value in residuals(compile_scenario(found), result).values())


@SOME
@given(bodies())
def test_p02_what_one_year_closes_with_the_next_opens_with(body: Tree) -> None:
    found = read(made(body))
    m, terms = outcome(found).measures, compile_scenario(found).council
    general, usable = m["gf_unallocated"], m["usable_reserves"]
    used = m["use_of_reserves"]
    assert usable[:, :, 1:] == pytest.approx(usable[:, :, :-1] - used[:, :, 1:], abs=PENNY)
    assert (general >= -PENNY).all() and (usable - general >= -PENNY).all()
    closed = m["gf_unallocated"] + m["earmarked_reserves"]
    start = float(terms.gf_unallocated[0] + terms.earmarked[0])
    moved = used + m["reallocated"] + np.diff(terms.paid_out, prepend=0.0)[None, :, :, None]
    assert closed[:, :, -1] == pytest.approx(start - moved.sum(axis=2), abs=PENNY)


@SOME
@given(bodies())
def test_p03_each_bodys_net_is_made_again_from_its_own_lines_and_payments(body: Tree) -> None:
    found = read(made(body))
    results = simulate(found, paths=1)
    told = trace(results, 0)
    for year in results.compiled.years:
        rows = told[told.year == year]
        spent = rows[rows.group.isin(["spending", "events"]) & (rows["view"] == "all")].amount.sum()
        received = rows[rows.group == "funding"].amount.sum()
        own = rows[(rows["view"] == "after_action")].set_index("item").amount
        made_again = spent - received + own["underlying_adjustment"] + own["support_cost"] - own["tax_raised"]
        earlier = 0.0
        if year != results.compiled.years[0]:
            before = told[(told.year == results.compiled.years[results.compiled.years.index(year) - 1])]
            earlier = before[(before["view"] == "after_action") & (before["item"] == "recurrent_savings")].amount.iloc[
                0
            ]
        assert made_again - earlier == pytest.approx(own["gap"], abs=PENNY)


@SOME
@given(bodies("ashby"), bodies("barton"))
def test_p04_a_place_is_the_sum_of_its_bodies(first: Tree, second: Tree) -> None:
    both = outcome(read(made(first, second)))
    alone = [outcome(read(made(body))) for body in (first, second)]
    for name in ("spending", "gap", "usable_reserves", "unfunded_gap"):
        whole = both.measures[name].sum(axis=1)
        assert whole == pytest.approx(sum(one.measures[name][:, 0] for one in alone), abs=PENNY), name


@SOME
@given(bodies())
def test_p05_income_less_spending_is_the_movement_of_reserves_and_what_is_unmet(body: Tree) -> None:
    m = outcome(read(made(body))).measures
    savings = m["savings_delivered"] + m["in_year_controls"] + m["contingency"] - m["surplus_spent"]
    assert m["gap"] == pytest.approx(savings + m["use_of_reserves"] + m["unfunded_gap"], abs=PENNY)


@SOME
@given(bodies())
def test_p06_general_usable_and_bound_make_up_the_whole(body: Tree) -> None:
    found = read(made(body))
    m, terms = outcome(found).measures, compile_scenario(found).council
    bound = m["earmarked_reserves"] - (m["usable_reserves"] - m["gf_unallocated"])
    never = (terms.bound[0] - terms.paid_out[0])[None, :, None]
    # Nothing that is committed, restricted or under a floor is ever drawn.
    assert (bound[:, 0] >= never - PENNY).all()
    spare = float(terms.earmarked[0]) - float(terms.usable_share[0]) * float(terms.earmarked[0])
    assert bound[:, 0] == pytest.approx(
        spare - m["reallocated"][:, 0].cumsum(axis=1) - terms.paid_out[0][None, :, None], abs=PENNY
    )


@SOME
@given(bodies())
def test_p07_no_line_feeds_two_totals(body: Tree) -> None:
    found = read(made(body))
    compiled = compile_scenario(found)
    position = price(compiled, DriverPaths(compiled, 1).block(0), itemised=True)
    names = [(part.name, part.flow) for part in position.parts[0]]
    assert len(names) == len(set(names))
    lines = [line_.id for line_ in compiled.lines]
    assert len(lines) == len(set(lines)) and not set(lines) & {name for name, _ in names}
    total = {flow: sum(p.views.actual for p in position.parts[0] if p.flow == flow) for flow in (SPENDING, FUNDING)}
    assert total[SPENDING] == pytest.approx(position.spending[0], abs=PENNY)
    assert total[FUNDING] + position.accommodation[0] == pytest.approx(position.funding[0], abs=PENNY)


@SOME
@given(bodies())
def test_p08_capital_financing_moves_revenue_once(body: Tree) -> None:
    with_debt = merged(
        body, {"debt": {"outstanding": 40, "rate": "4%", "maturing": "10%", "mrp": 1.5, "borrowing_rate": "bank"}}
    )
    with_debt["debt"].setdefault("mrp_growth", "2%") if "provision" not in with_debt["debt"] else None
    without = {key: held for key, held in with_debt.items() if key not in ("debt", "plan")}
    with_debt.pop("plan", None)
    # Events cost a share of a budget that debt is part of, and the nation answers its own.
    loose = {"rules": {"accommodation": None}, "events": []}
    two, one = (outcome(read(made(b, **loose))).measures for b in (with_debt, without))
    moved = two["spending"] - one["spending"]
    assert moved == pytest.approx(two["financing_costs"], abs=PENNY) and (moved > 0).all()


# Structure.


def idle(name: str) -> Tree:
    """A body with nothing but nought."""
    plain = council(name, funding={"council_tax": {"requirement": {BASE: 0}}}, spending=[line("nothing", 0)])
    return merged(plain, {"reserves": {"gf_unallocated": 0}})


@SOME
@given(bodies())
def test_p09_a_body_of_noughts_changes_no_other(body: Tree) -> None:
    tree = made(body)
    same(outcome(read(tree)), outcome(read(made(body, idle("a_nobody")))), 0, 1)
    same(outcome(read(tree)), outcome(read(made(body, idle("zz_nobody")))), 0, 0)


@SOME
@given(bodies())
def test_p10_a_line_of_nought_changes_nothing(body: Tree) -> None:
    more = copy.deepcopy(body)
    more["spending"].append(line("aaa_nothing", 0, basket="office"))
    more["levies"] = [*more.get("levies", []), {"id": "zzz", "name": "Z", "amounts": {BASE: 0}}]
    same(outcome(read(made(body))), outcome(read(made(more))))


@SOME
@given(bodies("ashby"), bodies("barton"))
def test_p11_order_changes_nothing(first: Tree, second: Tree) -> None:
    tree = made(first, second)
    turned = {key: tree[key] for key in reversed(list(tree))}
    turned |= {key: list(reversed(tree[key])) for key in ("agencies", "drivers", "baskets", "events")}
    turned["agencies"] = [
        {**body, "spending": list(reversed(body["spending"])), "savings": list(reversed(body["savings"]))}
        for body in turned["agencies"]
    ]
    one, two = outcome(read(tree)), outcome(read(turned))
    same(one, two, 0, 0)
    same(one, two, 1, 1)


@SOME
@given(bodies(), st.sampled_from([0.25, 0.5]))
def test_p12_a_line_in_two_is_the_line(body: Tree, share: float) -> None:
    parted = copy.deepcopy(body)
    other = parted["spending"][1]
    parted["spending"][1] = {**other, "net": other["net"] * share}
    parted["spending"].append({**other, "id": "other_too", "net": other["net"] * (1 - share)})
    assume(not any(grant["id"] == "fenced" for grant in body["funding"]["grants"]))
    close_to(outcome(read(made(body))), outcome(read(made(parted))))


@SOME
@given(pounds(50, 90))
def test_p13_two_equal_bodies_of_no_luck_of_their_own_are_one_twice_as_large(spent: float) -> None:
    shared = [driver("need", long_run="2%", spread="3%")]
    one = council("one", spending=[line("care", spent, demand="need")])
    twice = merged(
        one,
        {"id": "whole", "funding": {"council_tax": {"requirement": {BASE: 200}}}, "reserves": {"gf_unallocated": 20}},
    )
    twice["spending"] = [line("care", 2 * spent, demand="need")]
    base = {"drivers": shared, "rules": {}, "events": [], "baskets": []}
    plain = {key: held for key, held in made().items() if key not in base}
    pair = outcome(read({**plain, **base, "agencies": [one, {**one, "id": "two"}]}))
    whole = outcome(read({**plain, **base, "agencies": [twice]}))
    for name in ("spending", "funding", "gap", "usable_reserves", "unfunded_gap"):
        assert pair.measures[name].sum(axis=1) == pytest.approx(whole.measures[name][:, 0], abs=PENNY), name


@SOME
@given(bodies())
def test_p14_names_change_nothing_and_ids_only_their_own_luck(body: Tree) -> None:
    named = copy.deepcopy(body)
    named["name"] = "Another name"
    for line_ in named["spending"]:
        line_["name"] = line_["name"].upper()
    same(outcome(read(made(body))), outcome(read(made(named, name="Another"))))
    renamed = outcome(read(made({**body, "id": "elsewhere"})))
    # The body's own luck is another's now; the nation's is not.
    assert np.array_equal(
        renamed.measures["underlying_adjustment"], outcome(read(made(body))).measures["underlying_adjustment"]
    )


@SOME
@given(bodies())
def test_p15_taking_out_and_putting_back_restores_the_meaning(body: Tree) -> None:
    tree = made(body)
    removed = copy.deepcopy(tree)
    kept = removed["agencies"][0]["spending"].pop(1)
    gone = [g for g in removed["agencies"][0]["funding"]["grants"] if g.get("ring_fence") == "other"]
    assume(not gone)
    was = meaning(read(tree))
    assert meaning(read(removed)) != was
    removed["agencies"][0]["spending"].insert(1, kept)
    assert meaning(read(removed)) == was
    same(outcome(read(tree)), outcome(read(removed)))


# Scale and time.


def scaled(value: Any, factor: float, inside: bool = False) -> Any:
    """A tree with every amount of money multiplied; rates, years and Band D are not."""
    if isinstance(value, dict):
        return {
            key: scaled(held, factor, inside or key in MONEY)
            if key not in ("band_d", "subsidy", "elasticity")
            else held
            for key, held in value.items()
        }
    if isinstance(value, list):
        return [scaled(held, factor, inside) for held in value]
    return value * factor if inside and isinstance(value, int | float) and not isinstance(value, bool) else value


@SOME
@given(bodies())
def test_p16_the_unit_of_money_is_only_a_unit(body: Tree) -> None:
    """In pence exactly: the same pounds, however they are written."""
    tree = made(body)
    thousands = made(scaled(body, 1_000), money="£k")
    one, two = outcome(read(tree)), outcome(read(thousands))
    close_to(one, two, relative=1e-12)


@SOME
@given(bodies())
def test_p17_twice_the_money_is_twice_everything(body: Tree) -> None:
    """Bit for bit for a power of two; what a district may add in cash is no share, so it is left out."""
    assume(body["class"] != "shire_district")
    one, two = (outcome(read(made(tree, money="£"))) for tree in (scaled(body, 2**20), scaled(body, 2**30)))
    thousand = outcome(read(made(scaled(body, 1_000 * 2**20), money="£")))
    for name in ("spending", "funding"):
        assert np.array_equal(one.measures[name] * 1_024, two.measures[name]), name
        assert np.allclose(thousand.measures[name], one.measures[name] * 1_000, rtol=1e-12, atol=0), name
    assert (np.abs(two.measures["gap"] - one.measures["gap"] * 1_024) <= np.abs(two.measures["gap"]) * 1e-9 + 16).all()


def later(value: Any, years: int) -> Any:
    if isinstance(value, dict):
        return {later(key, years): later(held, years) for key, held in value.items()}
    if isinstance(value, list):
        return [later(held, years) for held in value]
    if isinstance(value, date):
        return value.replace(year=value.year + years)
    if isinstance(value, str) and len(value) == 7 and value[4] == "-" and value[:4].isdigit():
        return f"{int(value[:4]) + years}-{(int(value[:4]) + years + 1) % 100:02d}"
    return value


@SOME
@given(bodies(), st.integers(1, 5))
def test_p18_the_same_dates_some_years_later_give_the_same_money(body: Tree, years: int) -> None:
    tree = made(body)
    same(outcome(read(tree)), outcome(read(later(tree, years))))


@SOME
@given(bodies())
def test_p19_a_shorter_horizon_is_the_beginning_of_a_longer_one(body: Tree) -> None:
    long, short = outcome(read(made(body, years=5))), outcome(read(made(body, years=2)))
    for name in MEASURES:
        assert np.array_equal(long.measures[name][:, :, :2], short.measures[name]), name


@settings(max_examples=2, **_QUICK)
@given(bodies())
def test_p20_fewer_futures_are_the_first_of_more(body: Tree) -> None:
    found = read(made(body))
    few, many = (simulate(found, paths=paths) for paths in (700, 1_400))
    for name in MEASURES:
        assert np.array_equal(few.kept[name], many.kept[name][..., :700]), name


# Risk.


@SOME
@given(bodies())
def test_p21_without_spread_every_future_is_the_central_case_bit_for_bit(body: Tree) -> None:
    """The central case of a plan is the plan come true, so a council without one is tried."""
    body.pop("plan", None)
    calm = without_luck(read(made(body)))
    compiled = compile_scenario(calm)
    recipe = DriverPaths(compiled, 1)
    many, one = (project(compiled, block) for block in (recipe.block(0), recipe.central()))
    for name in MEASURES:
        # Whether support comes late is luck whatever else is not, so what follows from it is held to before action.
        if name not in ("support_granted", "support_cost"):
            late = name in (
                "gap",
                "savings_planned",
                "savings_delivered",
                "recurrent_savings",
                "in_year_controls",
                "use_of_reserves",
                "surplus_spent",
                "unfunded_gap",
                "reallocated",
                "tax_raised",
                "gf_unallocated",
                "earmarked_reserves",
                "usable_reserves",
            )
            view = slice(0, 1) if late else slice(None)
            whole = np.broadcast_to(one.measures[name][view], many.measures[name][view].shape)
            assert np.array_equal(many.measures[name][view], whole), name


@SOME
@given(bodies(), pounds(1, 5))
def test_p22_more_free_income_never_adds_a_breach_before_action(body: Tree, more: float) -> None:
    body.pop("plan", None)
    richer = copy.deepcopy(body)
    richer["funding"]["grants"].append({"id": "gift", "name": "Gift", "amounts": {BASE: 0, NEXT: more}})
    poor, rich = (outcome(read(made(b))) for b in (body, richer))
    for name in ("reserves_below_minimum", "unfunded_gap", "needs_support"):
        assert (poor.outcomes[name][0] | ~rich.outcomes[name][0]).all(), name
    assert (rich.measures["unfunded_gap"][0] <= poor.measures["unfunded_gap"][0] + PENNY).all()
