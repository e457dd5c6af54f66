"""What must hold of every council whatever it is made of, each test named after the invariant it states (P1 to P24).

A council of everything is drawn at random, in pounds and in years counted from its base year, so that the same
draw can be written in another unit, at another size and at another date. Each is projected on 1,000 futures.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import NEXT, Tree, central, council, driver, line, scenario, without_luck

from simulator.compiled import LOCAL, Compiled, Floats
from simulator.digest import meaning
from simulator.drivers import DriverPaths
from simulator.faults import faults
from simulator.money import HALF_PENNY, UNITS
from simulator.position import FUNDING, SPENDING, Part, price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.run import simulate
from simulator.scenario import Scenario
from simulator.spending import Prices
from simulator.variants import DO_NOTHING, MEASURES, OUTCOMES, VIEWS, Outcome

TIMES = int(os.environ.get("HEADROOM_EXAMPLES", "1"))
"""How many times as many places are drawn for each property; `make prove` asks for more."""
SOME, DEAR = settings(max_examples=6 * TIMES), settings(max_examples=4 * TIMES)
BEFORE = 0
VARIANTS = (*VIEWS, DO_NOTHING)


# What is drawn.


class Money(int):
    """Whole pounds, written in whatever unit the file is in."""


class Year(int):
    """A financial year, counted from the base year."""


def written(part: Any, unit: str = "£m", times: int = 1, later: int = 0) -> Any:
    """A drawn part as a file holds it: in a unit, at a multiple of its size, some years later."""
    if isinstance(part, dict):
        return {written(k, unit, times, later): written(v, unit, times, later) for k, v in part.items()}
    if isinstance(part, list):
        return [written(one, unit, times, later) for one in part]
    if isinstance(part, Money):
        return float(Decimal(part * times) / UNITS[unit])
    if isinstance(part, Year):
        start = 2025 + later + part
        return f"{start}-{(start + 1) % 100:02d}"
    return part


def read(tree: Tree, unit: str = "£m", times: int = 1, later: int = 0) -> Scenario:
    """The scenario that a drawn tree makes in a unit, at a multiple of its size, some years later."""
    whole = {**tree, "money": unit, "as_at": date(2026 + later, 11, 22)}
    return Scenario.model_validate(written(whole, unit, times, later), context={"money": unit})


GROWTHS = ("need", "claims", "wages", "prices", "homes", "shops", "aid", "charges", "rents")
LEVELS = ("collected", "bank", "pensions")
BASKETS = {"mixed": {"wages": "60%", "prices": "40%"}, "bought": {"prices": "100%"}, "let": {"rents": "100%"}}
CLASSES = ("unitary", "metropolitan_district", "london_borough", "shire_county", "shire_district")
OPTIONAL = (
    "own_level", "floor", "valuations", "review", "confirmed_tax", "parishes", "support", "passing", "fenced",
    "matched", "business_rates", "debt", "high_needs", "levies", "contingency", "employer_costs", "savings", "plan",
    "delivery_record", "named", "override", "accommodation", "response", "support_years", "events",
)  # fmt: skip
"""What a drawn place may lack."""


class Luck:
    """The choices of one drawn place: from a seed, but for what it lacks, so that a failure can be made simpler."""

    def __init__(self, seed: int, lacks: frozenset[str], shared: bool) -> None:
        self.random, self.lacks, self.shared = Random(seed), lacks, shared

    def money(self, low: float, high: float) -> Money:
        """Between two amounts in £m, to a thousand pounds."""
        return Money(self.random.randint(round(low * 1_000), round(high * 1_000)) * 1_000)

    def per_cent(self, low: float, high: float) -> str:
        return f"{self.random.randint(round(low * 10), round(high * 10)) / 10}%"

    def one(self, *options: Any) -> Any:
        return self.random.choice(options)

    def has(self, part: str) -> bool:
        return part not in self.lacks

    def maybe(self, part: str, held: Any) -> Any:
        return held if self.has(part) else None


def kept(**parts: Any) -> Tree:
    """A tree without what is absent."""
    return {key: part for key, part in parts.items() if part is not None}


def beliefs(luck: Luck) -> list[Tree]:
    """Every cause; where luck is shared no body has any of its own."""
    made = {
        name: kept(
            id=name, name=name, kind="level" if name in LEVELS else "growth", persistence=luck.one(0, 0.5),
            spread=luck.per_cent(0.1, 0.5 if name in LEVELS else 4), trend=luck.one(None, luck.per_cent(0, 1)),
            central=luck.one(None, {Year(1): luck.per_cent(-1, 1), Year(2): luck.per_cent(-1, 1)}),
            long_run=luck.per_cent(0, 0) if name == "collected" else luck.per_cent(-1, 6), taper_years=luck.one(0, 3),
            trend_persistence=luck.one(None, 0.85), transitory=luck.one(None, "0.5%"),
            system_share="100%" if luck.shared else luck.per_cent(0, 100),
            loadings=luck.one(None, {"need": 0.5, "fiscal": -0.4}), confirmed=luck.one(None, None, [Year(1)]),
        )
        for name in GROWTHS + LEVELS
    }  # fmt: skip
    made["wages"]["follows"] = [{"driver": "prices", "lag": 1, "weight": 0.3}]
    made["rents"]["central_from"] = [{"driver": "wages", "weight": 1.1}]
    if luck.has("own_level") and not luck.shared:
        own = {"persistence": 0.8, "spread": "4%", "transitory": "1%"}
        made["need"] = {**made["need"], "own_level": own, "confirmed": []}
        made["need"].pop("transitory", None)
    if luck.has("floor"):
        made["wages"]["floor"] = {"driver": "aid", "ratio": 1.01, "share": "20%"}
    if luck.has("valuations"):
        made["pensions"] |= {"moves_in": [Year(2)], "announced": True, "confirmed": []}
    if luck.has("review"):
        made["aid"].pop("trend", None)
    return list(made.values())


def funding(luck: Luck, upper: bool) -> Tree:
    required = luck.money(60, 120)
    tax = kept(
        requirement={Year(0): required}, band_d={Year(0): 1500}, tax_base="homes", collection="collected",
        increase=luck.one("referendum_limit", {Year(1): "1.9%"}, {Year(1): "0%", Year(3): "2%"}),
        parish_precepts=luck.maybe("parishes", {Year(0): luck.money(0.1, 2)}), fund_share=luck.money(0, 2),
        support=luck.maybe("support", {"share": luck.per_cent(1, 30), "caseload": "claims"}),
        social_care_precept={"raised": {Year(0): Money(1_000_000)}, "spent_on": ["care"]} if upper else None,
    )  # fmt: skip
    if luck.has("confirmed_tax"):
        tax["requirement"][Year(1)] = Money(required * 103 // 100)
        tax |= {"band_d": {Year(0): 1500, Year(1): 1540}, "increase": luck.one("referendum_limit", {Year(2): "1.9%"})}
    certainty = luck.one("confirmed", "indicative", "assumed")
    paid = {Year(0): luck.money(0, 20), Year(1): luck.money(0, 20)}
    grants = [
        {"id": "general", "name": "General", "amounts": paid, "driver": "aid", "certainty": certainty},
        {"id": "passing", "name": "Passing", "amounts": {Year(0): luck.money(0, 4)},
         "ends": luck.one(Year(1), Year(2))},
        {"id": "fenced", "name": "Fenced", "amounts": {Year(0): luck.money(1, 40)}, "driver": "aid", "specific": True,
         "ring_fence": luck.one("care", "parks", "leisure")},
        {"id": "matched", "name": "Matched", "amounts": {Year(0): luck.money(1, 9)}, "specific": True,
         "matched_to": luck.one("care", "parks")},
    ]  # fmt: skip
    rates = {
        "local_share": luck.money(10, 30), luck.one("top_up", "tariff"): luck.money(0, 8), "base": "shops",
        "multiplier": "prices", "baseline_funding": {Year(0): luck.money(5, 30)},
        "rates_baseline": {Year(0): luck.money(5, 30), Year(1): luck.money(5, 30)},
    }  # fmt: skip
    grants = [grant for grant in grants if luck.has(grant["id"])]
    return kept(council_tax=tax, grants=grants, business_rates=luck.maybe("business_rates", rates))


def reserves(luck: Luck) -> Tree:
    held = {
        "gf_unallocated": luck.money(0, 12), "minimum": luck.per_cent(0, 8),
        "contribution": {"amount": luck.money(0, 5), "direction": luck.one("added", "drawn"),
                         "treatment": luck.one("one_off", "recurrent")},
    }  # fmt: skip
    if not luck.has("named"):
        shares = {"usable_share": luck.per_cent(0, 60), "reallocatable_share": luck.per_cent(0, 40)}
        return {**held, "earmarked": luck.money(0, 30), **shares}
    named = []
    for i in range(luck.one(1, 2, 3, 4)):
        amount, use = luck.money(1, 9), luck.one("any", "emergency", "committed", "restricted")
        paid = (
            {Year(1): Money(amount // 4), Year(2): Money(amount // 5)} if use in ("committed", "restricted") else None
        )
        floor = luck.one(None, Money(amount // 3))
        named.append(kept(id=f"pot{i}", name=f"Pot {i}", amount=amount, use=use, planned_use=paid, floor=floor))
    return {**held, "earmarked": Money(sum(pot["amount"] for pot in named)), "named": named}


def spending(luck: Luck) -> list[Tree]:
    return [
        line("care", luck.money(30, 70), demand="need", basket="mixed", elasticity=luck.one(0.5, 1)),
        line("parks", luck.money(10, 40), basket=luck.one("mixed", "bought")),
        kept(id="leisure", name="Leisure", gross=luck.money(4, 9), income=luck.money(1, 3), basket="mixed",
             income_driver=luck.one(None, "charges")),
        {"id": "fees", "name": "Fees", "income": luck.money(0, 6), "basket": "bought"},
        line("shelter", luck.money(1, 3), demand="claims", basket="let",
             subsidy={"weekly_rent": 520, "lha_2011": 300, "cap": 375}),
    ]  # fmt: skip


def plan(luck: Luck) -> Tree:
    def years(last: int, low: float, high: float) -> dict[Year, Money]:
        return {Year(t): luck.money(low, high) for t in range(1, last + 1)}

    lines = [
        {"id": "tax", "name": "Tax", "flow": "funding", "covers": ["council_tax"], "amounts": years(1, 60, 120)},
        {"id": "people", "name": "People", "flow": "spending", "covers": ["care", "fees"], "amounts": years(2, 30, 70)},
        {"id": "others", "name": "Others", "flow": "spending", "covers": ["rest"], "amounts": years(2, 20, 70)},
    ]
    after = luck.has("savings") and luck.one(True, False)
    stated = {"gap_is": "after_savings" if after else "before_savings", luck.one("gap", "surplus"): years(2, 0, 9)}
    return luck.one({"lines": lines}, {"lines": lines[: luck.one(0, 1, 2)], **stated}, {"lines": lines, **stated})


def body(luck: Luck, name: str) -> Tree:
    """A council with some of everything that a file can say of one."""
    class_ = luck.one(*CLASSES)
    requirement = {"requirement": Money(60_000_000)}
    provisions = (
        {"mrp_growth": "2%"},
        {"provision": {**requirement, "life": 3, "method": "straight_line"}},
        {"provision": {**requirement, "life": 40, "method": "annuity", "rate": "4%"}},
    )
    savings = [
        {"id": f"saving{i}", "name": f"Saving {i}", "rag": luck.one("green", "amber", "red"),
         "recurrent": luck.per_cent(0, 100),
         "amounts": {luck.one(Year(1), Year(2)): luck.money(0, 4), Year(3): luck.money(0, 2)}}
        for i in range(luck.one(1, 2, 3, 4))
    ]  # fmt: skip
    parts = {
        "debt": {"outstanding": luck.money(10, 90), "rate": "4%", "maturing": luck.per_cent(0, 20),
                 "mrp": luck.money(0.1, 4), "borrowing_rate": "bank", **luck.one(*provisions)},
        "high_needs": {"spending": luck.money(15, 25), "block": luck.money(15, 25), "block_growth": "2%",
                       "opening_deficit": luck.money(0, 8), "demand": "need", "basket": "mixed", "short_rate": "bank"},
        "levies": [{"id": "waste", "name": "Waste", "driver": "prices",
                    "amounts": {Year(0): luck.money(1, 3), Year(1): luck.money(1, 3)}}],
        "contingency": {"amounts": {Year(1): luck.money(0, 4)}},
        "employer_costs": {"pay": "wages", "pension_rate": "pensions"},
        "savings": savings, "plan": plan(luck), "delivery_record": luck.per_cent(30, 90),
    }  # fmt: skip
    return {
        "id": name, "name": name, "kind": "council", "class": class_, "spending": spending(luck),
        "funding": funding(luck, class_ != "shire_district"), "reserves": reserves(luck),
        **{key: part for key, part in parts.items() if luck.has(key)},
    }  # fmt: skip


def rules(luck: Luck) -> Tree:
    limits = {"core": {Year(1): "2.9%"}}
    response = kept(
        yearly_capacity=luck.per_cent(0, 5), total_capacity=luck.per_cent(0, 9), recurrent="80%", covered_once="50%",
        brake_share="30%", brake_cap="1%", surplus_banked="70%", tax_to_limit=luck.per_cent(0, 100),
        rebuild_years=luck.one(None, 3), rebuild_to=1.25,
    )  # fmt: skip
    override = {
        "ends": luck.one(Year(2), Year(3), Year(9)), "grant_paid": Year(1), "grant_share": luck.per_cent(0, 90),
        "then": luck.one("extended", "absorbed", "falls_on_general_fund"),
        "accrued_met": luck.per_cent(0, 100), "later_met": luck.per_cent(0, 100),
    }  # fmt: skip
    return kept(
        referendum_limits={"upper_tier": {**limits, "social_care": {Year(1): "2%", Year(3): "0%"}},
                           "shire_district": {**limits, "cash": {Year(1): 5}}},
        business_rates={"safety_net": {Year(0): "97%"}, "levy_cap": {Year(0): "50%"},
                        "levy_bands": {Year(2): [{"above": 0, "rate": "10%"}, {"above": 0.2, "rate": "40%"}]}},
        high_needs_override=luck.maybe("override", override),
        employer_costs={Year(1): "1.2%", Year(3): "2%"},
        accommodation=luck.maybe("accommodation", {"share": "50%", "first": Year(2), "lag": 1}),
        delivery={"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
                  "organisation_weight": "40%", "system_share": "30%"},
        savings_response=luck.maybe("response", response), collection_estimated="50%", own_risk_share="80%",
        support_late=luck.one("0%", "30%", "100%"), support_years=luck.maybe("support_years", 20),
        budget_learning="50%", capitalisation_rate="6%", settlement_end=Year(2),
    )  # fmt: skip


def events(luck: Luck) -> list[Tree]:
    common = {"chance": "20%", "size": {"low": "0%", "mode": "1%", "high": "6%"}}
    national = luck.shared or luck.one(True, False)
    held = [
        {"id": "shock", "name": "Shock", "driver": "prices"},
        {"id": "flood", "name": "Flood", "years": 3, "phase": 2, "funded": {"low": "10%", "high": "40%"}},
        {"id": "ruling", "name": "Ruling", "national": national, "years": None, "demand": "need"},
        {"id": "claim", "name": "Claim", "national": national, "capitalised_over": 20},
    ]
    return [{**common, **one} for one in held if luck.has("events") and luck.one(True, False)]


@st.composite
def councils(draw: st.DrawFn, *names: str, lacking: tuple[str, ...] = (), shared: bool = False) -> Tree:
    """A place of one council or of several, with all it needs; always one that a person could have entered."""
    lacks = draw(st.frozensets(st.sampled_from(OPTIONAL), max_size=12)) | set(lacking)
    luck = Luck(draw(st.integers(0, 2**32 - 1)), frozenset(lacks), shared)
    states = [{"id": "tight", "chance": "60%", "growth": "-2%"}, {"id": "loose", "chance": "40%", "growth": "1%"}]
    review = {"driver": "aid", "first": Year(2), "every": 3, "states": states}
    tree = kept(
        headroom=1, name="Drawn", place={"id": "drawn", "name": "Drawn"}, years=4, base_year=Year(0),
        budget_year=luck.one(Year(1), Year(2)), drivers=beliefs(luck), events=events(luck), rules=rules(luck),
        baskets=[{"id": name, "shares": shares} for name, shares in BASKETS.items()],
        spending_review=luck.maybe("review", review), agencies=[body(luck, name) for name in names or ("town",)],
    )  # fmt: skip
    assert faults(read(tree)) == []
    return tree


# How it is projected.


def projected(found: Scenario) -> Outcome:
    compiled = compile_scenario(found)
    return project(compiled, DriverPaths(compiled, 1).block(0), VARIANTS, len(VARIANTS))


def itemised(found: Scenario) -> tuple[list[Part], Outcome]:
    """Every part of the first body on the same futures as the outcome beside them."""
    compiled = compile_scenario(found)
    block = DriverPaths(compiled, 1).block(0)
    return price(compiled, block, itemised=True).parts[0], project(compiled, block, VARIANTS, len(VARIANTS))


def same(one: Outcome, two: Outcome, agency: int = 0, other: int = 0) -> bool:
    """Whether all that is kept of a body is the same bit for bit."""
    money_ = all(np.array_equal(one.measures[m][:, agency], two.measures[m][:, other]) for m in one.measures)
    return money_ and all(np.array_equal(one.outcomes[o][:, agency], two.outcomes[o][:, other]) for o in one.outcomes)


def apart(one: Floats, two: Floats) -> float:
    return float(np.abs(one - two).max())


def before(closing: Floats, opening: Floats | float) -> Floats:
    """What each year opens with, `[view, agency, year, path]`: what the last closed with, and at first `opening`."""
    return np.concatenate([np.broadcast_to(opening, closing[:, :, :1].shape), closing[:, :, :-1]], axis=2)


def changed(tree: Tree, change: Callable[[Tree], Any]) -> Tree:
    """A copy of a tree whose first body has been changed in place."""
    other = copy.deepcopy(tree)
    change(other["agencies"][0])
    return other


def without(tree: Tree, *names: str) -> Tree:
    """A tree whose bodies lack some parts."""
    bodies_ = [{key: part for key, part in body.items() if key not in names} for body in tree["agencies"]]
    return {**tree, "agencies": bodies_}


def test_the_draws_try_every_outcome_and_choice() -> None:
    """So that no property below holds for want of anything to hold about."""
    seen = Counter[str]()

    @settings(max_examples=10)
    @given(councils())
    def look(tree: Tree) -> None:
        outcome = projected(read(tree))
        seen.update(name for name, happened in outcome.outcomes.items() if happened.any() and not happened.all())
        seen.update(name for name, amount in outcome.measures.items() if amount.any())

    look()
    councils_have = {name for table in (MEASURES, OUTCOMES) for name, kinds in table.items() if LOCAL in kinds}
    # What agreements move is tried where there are any, in test_whole_place.
    assert councils_have - set(seen) == {"transfers_in", "transfers_out", "system_support"}


# Accounting.


@SOME
@given(councils())
def test_p01_opening_and_movement_make_closing_for_every_reserve(tree: Tree) -> None:
    found = read(tree)
    compiled = compile_scenario(found)
    m, terms = projected(found).measures, compiled.council
    paid = np.diff(terms.paid_out, prepend=0.0)[:, :, None]
    whole, usable = m["gf_unallocated"] + m["earmarked_reserves"], m["usable_reserves"]
    start = terms.gf_unallocated[0] + terms.earmarked[0]
    assert apart(whole, before(whole, start) - m["use_of_reserves"] - m["reallocated"] - paid) < HALF_PENNY
    held = found.agencies[0].reserves
    free = held.gf_unallocated.used + held.earmarked.used * held.share("any")
    assert apart(usable, before(usable, free) - m["use_of_reserves"]) < HALF_PENNY


@SOME
@given(councils())
def test_p02_a_year_opens_where_the_last_one_closed(tree: Tree) -> None:
    """The high-needs account, what is kept of a ring-fenced grant, and what emergencies have not yet taken."""
    found = read(tree)
    compiled = compile_scenario(found)
    block = DriverPaths(compiled, 1).block(0)
    position, m = price(compiled, block, itemised=True), project(compiled, block, VARIANTS, len(VARIANTS)).measures
    parts = {(part.name, part.flow): part.views.actual for part in position.parts[0]}
    needs, override = compiled.funding[0].high_needs, compiled.override
    if needs:
        closing, last = m["high_needs_deficit"], compiled.horizon
        opening = before(closing, needs.opening_deficit)
        made = opening + needs.spending * position.pairs[needs.pair].actual - needs.block[:, None]
        if override:
            made[:, :, override.grant_year] -= override.grant_share * np.maximum(opening[:, :, override.grant_year], 0)
            last = last if override.then == "extended" else min(override.ends, last)
        assert apart(closing[:, :, :last], made[:, :, :last]) < HALF_PENNY
        assert (closing[:, :, last:] < HALF_PENNY).all()
    for grant in (grant for grant in compiled.funding[0].grants if grant.fenced):
        bare = replace(grant, fenced=())
        terms = replace(compiled.funding[0], grants=(bare,))
        loose = price(replace(compiled, funding=(terms,)), block, itemised=True).parts[0]
        granted = -next(part.views.actual for part in loose if part.name == grant.id)
        closing = m["ring_fenced_reserves"]
        assert apart(closing, before(closing, 0.0) + granted + parts[grant.id, SPENDING]) < HALF_PENNY
        assert (closing > -HALF_PENNY).all()
    held = found.agencies[0].reserves
    taken = m["reallocated"].cumsum(axis=2)
    assert (taken < held.earmarked.used * held.share("emergency") + HALF_PENNY).all()


@SOME
@given(councils())
def test_p03_what_one_pays_another_receives(tree: Tree) -> None:
    """A council's net is rebuilt from its own parts: parishes' precepts pass through it, and nobody else is paid."""
    found = read(tree)
    parts, outcome = itemised(found)
    m = outcome.measures
    own = sum(part.flow * part.views.actual for part in parts if part.name != "parishes")
    tax = next(part.views.actual for part in parts if part.name == "council_tax")
    stated = found.agencies[0].funding.council_tax
    precepts = stated.parish_precepts[found.base_year].used if stated.parish_precepts else 0.0
    passed_on = precepts * tax / stated.requirement[found.base_year].used
    assert not m["transfers_out"].any() and not m["transfers_in"].any() and not len(outcome.payments)
    assert apart((m["spending"] - m["funding"] + m["funding_accommodation"])[BEFORE, 0], own) < HALF_PENNY
    gross = [part.views.actual for part in parts if part.name == "parishes"]
    assert len(gross) == 2 and apart(gross[0], passed_on) < HALF_PENNY and apart(gross[1], passed_on) < HALF_PENNY


@DEAR
@given(councils("alder", "birch"))
def test_p04_a_place_is_the_sum_of_its_bodies(tree: Tree) -> None:
    together = projected(read(tree)).measures
    alone = [projected(read({**tree, "agencies": [body]})).measures for body in tree["agencies"]]
    for name, amounts in together.items():
        whole = amounts.sum(axis=1) - together["transfers_in"].sum(axis=1)
        assert apart(whole, sum(one[name][:, 0] for one in alone)) < HALF_PENNY, name


@SOME
@given(councils())
def test_p05_income_less_spending_is_the_movement_of_reserves(tree: Tree) -> None:
    m = projected(read(tree)).measures
    came_in = m["funding"] + m["tax_raised"] + before(m["recurrent_savings"], 0.0) + m["savings_delivered"]
    came_in = came_in + m["in_year_controls"] + m["contingency"]
    went_out = m["spending"] + m["underlying_adjustment"] + m["support_cost"] + m["surplus_spent"]
    usable = m["usable_reserves"]
    for view in range(len(VARIANTS)):
        moved = np.diff(usable[view, 0], axis=0)
        net = (came_in - went_out + m["unfunded_gap"])[view, 0]
        assert apart(net[1:], moved) < HALF_PENNY
        assert ((m["unfunded_gap"][view] < HALF_PENNY) | (usable[view] < HALF_PENNY)).all()


@SOME
@given(councils())
def test_p06_general_earmarked_and_bound_reserves_make_the_total(tree: Tree) -> None:
    found = read(tree)
    terms, m = compile_scenario(found).council, projected(found).measures
    held = found.agencies[0].reserves
    emergency = held.earmarked.used * held.share("emergency") - m["reallocated"].cumsum(axis=2)
    never = held.earmarked.used * (1 - held.share("any") - held.share("emergency")) - terms.paid_out[:, :, None]
    total = m["gf_unallocated"] + m["earmarked_reserves"]
    assert apart(total, m["usable_reserves"] + emergency + never) < HALF_PENNY
    for part in (m["gf_unallocated"], m["usable_reserves"] - m["gf_unallocated"], emergency):
        assert (part > -HALF_PENNY).all()


@SOME
@given(councils())
def test_p07_every_line_feeds_one_total_once(tree: Tree) -> None:
    found = read(tree)
    compiled, (parts, outcome) = compile_scenario(found), itemised(found)
    body = found.agencies[0]
    leaves = Counter([row.id.removesuffix("/income") for row in compiled.lines if not row.id.endswith("/income")])
    leaves.update(part.name for part in parts if part.name not in ("lines", "parishes"))
    entered = [*body.spending, *body.funding.grants, *body.levies]
    assert {one.id for one in entered} <= set(leaves) and set(leaves.values()) == {1}
    assert len({(part.name, part.flow) for part in parts}) == len(parts)
    prices = Prices(DriverPaths(compiled, 1).block(0))
    lines = sum(row.cost(prices.pair(compiled.pairs[row.pair]).actual) for row in compiled.lines)
    m = outcome.measures
    for flow, total in (
        (SPENDING, m["spending"][BEFORE, 0]),
        (FUNDING, (m["funding"] - m["funding_accommodation"])[BEFORE, 0]),
    ):
        named = sum(part.views.actual for part in parts if part.flow == flow and part.name != "lines")
        assert apart(total, named + (lines if flow == SPENDING else 0.0)) < HALF_PENNY


@SOME
@given(councils(lacking=("plan",)))
def test_p08_capital_financing_moves_revenue_once(tree: Tree) -> None:
    """Events are left out: they cost a share of a net budget that holds the financing."""
    tree = {**tree, "events": []}
    tree["agencies"][0].setdefault("debt", {"outstanding": Money(50_000_000), "rate": "4%", "maturing": "10%",
                                            "mrp": Money(2_000_000), "mrp_growth": "2%"})  # fmt: skip
    owing, free = projected(read(tree)).measures, projected(read(without(tree, "debt"))).measures
    assert owing["financing_costs"].any() and not free["financing_costs"].any()
    assert apart(owing["spending"] - free["spending"], owing["financing_costs"]) < HALF_PENNY
    answered = owing["funding_accommodation"] - free["funding_accommodation"]
    assert apart(owing["funding"] - free["funding"], answered) < HALF_PENNY
    assert apart((owing["gap"] - free["gap"])[BEFORE], (owing["financing_costs"] - answered)[BEFORE]) < HALF_PENNY


# Structure.


@SOME
@given(councils(), st.sampled_from(["aaa", "zzz"]))
def test_p09_a_body_of_nought_changes_nothing(tree: Tree, name: str) -> None:
    nobody = council(name, spending=[line("nothing", 0, demand="need", basket="mixed")])
    nobody["funding"] = {"council_tax": {"requirement": {Year(0): 0}, "band_d": {Year(0): 1}, "increase": {}}}
    nobody["reserves"]["gf_unallocated"] = 0
    both = projected(read({**tree, "agencies": [*tree["agencies"], nobody]}))
    at = 1 if name < "town" else 0
    assert same(projected(read(tree)), both, 0, at)
    assert not both.measures["gap"][:, 1 - at].any()


@SOME
@given(
    councils(), st.sampled_from(["aaa", "zzz"]), st.sampled_from(["care", "parks", "shelter"]), st.sampled_from(GROWTHS)
)
def test_p10_a_line_of_nought_changes_nothing(tree: Tree, name: str, twin: str, demand: str) -> None:
    """Beside a line that moves alike, before or after it: so no sum may hang on which is met first."""
    like = next(one for one in tree["agencies"][0]["spending"] if one["id"] == twin)
    nothing = {**like, "id": name, "net": 0}
    levy = {"id": f"{name}_levy", "name": name, "driver": demand, "amounts": {Year(0): 0}}
    grant = {"id": f"{name}_grant", "name": name, "driver": demand, "amounts": {Year(0): 0}}

    def add(body: Tree) -> None:
        body["spending"].append(nothing)
        body["funding"]["grants"].append(grant)
        body["levies"] = [*body.get("levies", []), levy]

    assert same(projected(read(tree)), projected(read(changed(tree, add))))


def turned(part: Any) -> Any:
    """A tree with every list and mapping the other way round, but for bands, which follow one another."""
    if isinstance(part, dict):
        return {name: turned(part[name]) for name in reversed(list(part))}
    if isinstance(part, list):
        ordered = part and isinstance(part[0], dict) and "above" in part[0]
        return [turned(one) for one in (part if ordered else reversed(part))]
    return part


@DEAR
@given(councils("alder", "birch"))
def test_p11_order_changes_nothing(tree: Tree) -> None:
    straight, backwards = projected(read(tree)), projected(read(turned(tree)))
    assert same(straight, backwards, 0, 0) and same(straight, backwards, 1, 1)


@DEAR
@given(councils(lacking=("plan",)), st.integers(1, 99), st.sampled_from(["care", "parks", "shelter"]))
def test_p12_a_line_in_two_parts_is_the_line(tree: Tree, share: int, name: str) -> None:
    """A fenced or matched grant belongs to one line, so there is none here."""

    def loose(body: Tree) -> None:
        held = body["funding"]["grants"]
        body["funding"]["grants"] = [one for one in held if one["id"] not in ("fenced", "matched")]

    def split(body: Tree) -> None:
        whole = next(one for one in body["spending"] if one["id"] == name)
        part = Money(whole["net"] * share // 100)
        body["spending"].append({**whole, "id": f"{name}_too", "net": Money(whole["net"] - part)})
        whole["net"] = part
        body["funding"]["council_tax"].pop("social_care_precept", None)

    tree = changed(tree, loose)
    one, two = projected(read(tree)).measures, projected(read(changed(tree, split))).measures
    largest = float(np.abs(one["spending"]).max())
    for measure in one:
        assert apart(one[measure], two[measure]) < 1e-9 * largest, (measure, apart(one[measure], two[measure]))


@SOME
@given(councils("alder", shared=True))
def test_p13_two_equal_bodies_are_one_of_twice_the_size(tree: Tree) -> None:
    """Without luck of their own; whether savings are delivered and support comes late is always a body's own."""
    tree = without(tree, "savings", "plan")
    first = tree["agencies"][0]
    pair = projected(read({**tree, "agencies": [first, {**first, "id": "birch"}]})).measures
    one = projected(read(tree, times=2)).measures
    for name, amounts in pair.items():
        assert apart(amounts[BEFORE].sum(axis=0), one[name][BEFORE, 0]) < HALF_PENNY, name
    assert np.array_equal(pair["gap"][BEFORE, 0], pair["gap"][BEFORE, 1])


@pytest.mark.parametrize("order", [(0, 2, 1, 3, 4), (0, 1, 3, 4, 2), (4, 3, 2, 1, 0)])
def test_p11_nor_does_the_order_of_savings_or_of_what_a_line_covers(order: tuple[int, ...]) -> None:
    """Sums whose last digit hangs on the order of adding, as those of 0.1, 0.2 and 0.3 do."""

    def compiled(listed: tuple[int, ...]) -> Compiled:
        made = {"id": "all", "name": "All", "flow": "spending", "amounts": {NEXT: 0.3, "2027-28": 0.7}}
        savings = [{"id": f"s{i}", "name": f"S{i}", "rag": "red", "recurrent": f"{i + 1}3.{i}%",
                    "amounts": {NEXT: (i + 1) / 7}} for i in listed]  # fmt: skip
        body = council(
            spending=[line(f"line{i}", 10.1 + i * 3.3, demand=f"d{i}") for i in range(5)],
            savings=savings, delivery_record="70%", plan={"lines": [{**made, "covers": [f"line{i}" for i in listed]}]},
        )  # fmt: skip
        return compile_scenario(
            scenario(agencies=[body], drivers=[driver(f"d{i}", long_run=f"{i}.1%") for i in range(5)])
        )

    one, other = compiled((0, 1, 2, 3, 4)), compiled(order)
    assert np.array_equal(one.actions.approved_lasting, other.actions.approved_lasting)
    assert np.array_equal(one.funding[0].plan_spending, other.funding[0].plan_spending)


def relabelled(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: f"Another {one}" if key == "name" else relabelled(one) for key, one in part.items()}
    return [relabelled(one) for one in part] if isinstance(part, list) else part


def renamed(part: Any, old: str, new: str) -> Any:
    if isinstance(part, dict):
        return {renamed(key, old, new): renamed(one, old, new) for key, one in part.items()}
    if isinstance(part, list):
        return [renamed(one, old, new) for one in part]
    return new if part == old and not isinstance(part, int) else part


def levels(found: Scenario) -> dict[str, Floats]:
    """Each driver as the first body meets it, by id."""
    compiled = compile_scenario(found)
    block = DriverPaths(compiled, 1).block(0)
    return {terms.id: block.future(k, 0).level for k, terms in enumerate(compiled.drivers)}


@DEAR
@given(councils())
def test_p14_a_label_changes_nothing_and_an_id_its_own_luck_alone(tree: Tree) -> None:
    assert same(projected(read(tree)), projected(read(relabelled(tree))))
    homes = next(one for one in tree["drivers"] if one["id"] == "homes")
    homes |= {"spread": "2%", "confirmed": []}
    one, two = levels(read(tree)), levels(read(renamed(tree, "homes", "dwellings")))
    assert not (one.pop("homes")[-1] == two.pop("dwellings")[-1]).any()
    assert set(one) == set(two) and all(np.array_equal(one[name], two[name]) for name in one)


@DEAR
@given(councils(), st.sampled_from(["care", "parks", "leisure", "fees", "shelter"]))
def test_p15_taken_out_and_put_back_all_is_as_it_was(tree: Tree, name: str) -> None:
    tree = without(tree, "plan")

    def take(body: Tree) -> None:
        body["spending"] = [one for one in body["spending"] if one["id"] != name]
        body["funding"]["grants"] = [
            one for one in body["funding"]["grants"] if name not in (one.get("ring_fence"), one.get("matched_to"))
        ]
        body["funding"]["council_tax"].pop("social_care_precept", None)

    def put_back(body: Tree) -> None:
        body["spending"] = tree["agencies"][0]["spending"]
        body["funding"] = tree["agencies"][0]["funding"]

    less = changed(tree, take)
    again = changed(less, put_back)
    found, restored = read(tree), read(again)
    assert meaning(found) == meaning(restored) != meaning(read(less))
    assert same(projected(found), projected(restored)) and not same(projected(found), projected(read(less)))


# Scale and time.


@DEAR
@given(councils())
def test_p16_the_unit_of_money_changes_nothing(tree: Tree) -> None:
    millions = projected(read(tree))
    assert all(same(millions, projected(read(tree, unit))) for unit in ("£", "£k"))


@DEAR
@given(councils())
def test_p17_a_place_1024_times_the_size_is_that_bit_for_bit(tree: Tree) -> None:
    one, large, odd = (projected(read(tree, times=times)) for times in (1, 1_024, 1_000))
    for name, amounts in one.measures.items():
        assert np.array_equal(amounts * 1_024, large.measures[name]), name
        most = 1_000 * float(np.abs(one.measures["spending"]).max())
        assert apart(amounts * 1_000, odd.measures[name]) <= 1e-12 * most, name
    assert all(np.array_equal(happened, large.outcomes[name]) for name, happened in one.outcomes.items())


@SOME
@given(councils(), st.integers(1, 30))
def test_p18_every_date_later_changes_nothing(tree: Tree, later: int) -> None:
    assert same(projected(read(tree)), projected(read(tree, later=later)))


@SOME
@given(councils(), st.integers(2, 3))
def test_p19_a_shorter_horizon_is_the_beginning_of_a_longer_one(tree: Tree, years: int) -> None:
    long, short = projected(read(tree)), projected(read({**tree, "years": years}))
    for kept_, begun in ((long.measures, short.measures), (long.outcomes, short.outcomes)):
        assert all(np.array_equal(amounts[:, :, :years], begun[name]) for name, amounts in kept_.items())


@settings(max_examples=3)
@given(councils(), st.integers(1, 1_000))
def test_p20_fewer_futures_are_the_first_of_more(tree: Tree, paths: int) -> None:
    found = read(tree)
    few, many = simulate(found, paths=paths), simulate(found, paths=2 * paths)
    for kept_, begun in ((many.kept, few.kept), (many.happened, few.happened)):
        assert all(np.array_equal(amounts[..., :paths], begun[name]) for name, amounts in kept_.items())


# Risk.


@SOME
@given(councils())
def test_p21_without_spread_every_future_is_the_central_case_bit_for_bit(tree: Tree) -> None:
    """The central case of a council with a plan has its savings in full, so a council with both has no plan here."""
    tree["rules"]["support_late"] = "0%"
    sure = without_luck(read(without(tree, "plan") if "savings" in tree["agencies"][0] else tree))
    compiled = compile_scenario(sure)
    many, one = projected(sure), central(sure, VARIANTS)
    assert len(many.measures["gap"][0, 0, 0]) == 1_000 and compiled.horizon == len(many.measures["gap"][0, 0])
    for found, middle in ((many.measures, one.measures), (many.outcomes, one.outcomes)):
        assert all((amounts == middle[name]).all() for name, amounts in found.items())


MORE = st.integers(100, 20_000).map(lambda thousands: Money(thousands * 1_000))
MONOTONE = ("reserves_below_minimum", "unfunded_gap", "needs_support", "usable_reserves_exhausted", "duty_breached",
            "s114_if_support_always_late")  # fmt: skip


def no_fewer(worse: Outcome, better: Outcome) -> None:
    """Before action every path and year in breach is in breach in the worse case too, and one more at least."""
    for name in MONOTONE:
        assert (worse.outcomes[name][BEFORE] | ~better.outcomes[name][BEFORE]).all(), name
    unmet = [outcome.measures["unfunded_gap"][BEFORE] for outcome in (worse, better)]
    assert (unmet[0] > unmet[1] - HALF_PENNY).all()


@SOME
@given(councils(lacking=("plan",)), MORE)
def test_p22_more_income_never_breaks_a_duty_before_action(tree: Tree, more: Money) -> None:
    """Without a plan of its own, whose central case stays as planned whatever else is entered."""
    gift = {"id": "gift", "name": "Gift", "amounts": {Year(0): more}}
    richer = changed(tree, lambda body: body["funding"]["grants"].append(gift))
    poor, rich = projected(read(tree)), projected(read(richer))
    no_fewer(poor, rich)
    assert apart(poor.measures["gap"][BEFORE] - rich.measures["gap"][BEFORE], np.float64(more)) < HALF_PENNY


@SOME
@given(councils(lacking=("plan",)), MORE)
def test_p23_higher_cost_never_mends_a_duty_before_action(tree: Tree, more: Money) -> None:
    dearer = changed(tree, lambda body: body["spending"].append(line("extra", more)))
    no_fewer(projected(read(dearer)), projected(read(tree)))


@SOME
@given(councils(), st.integers(1, 50))
def test_p24_a_higher_floor_never_mends_a_duty_before_action(tree: Tree, more: int) -> None:
    """A higher policy minimum, and a higher floor under each named reserve that has one."""

    def raised(body: Tree) -> None:
        held = body["reserves"]
        held["minimum"] = f"{float(held['minimum'][:-1]) + more / 10:.1f}%"
        for pot in held.get("named", []):
            if "floor" in pot and pot["use"] != "committed":
                pot["floor"] = pot["amount"]

    no_fewer(projected(read(changed(tree, raised))), projected(read(tree)))
