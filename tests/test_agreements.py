"""Agreements worked by hand, kind by kind, and what must hold of each whatever the figures.

Money is in pounds here, so that every figure can be checked by eye.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import BASE, NEXT, Tree
from pydantic import TypeAdapter, ValidationError

from simulator import agreements
from simulator.agreements import AnyAgreement, control_total, gain_share, pooled_fund
from simulator.agreements.control_total import Settled
from simulator.terms import Floats
from simulator.transfers import Worth
from simulator.years import FinancialYear

THIRD = "2027-28"
YEARS = tuple(FinancialYear(start) for start in (2026, 2027, 2028))
MANY = settings(max_examples=60)
pounds = st.integers(0, 1_000).map(float)
some = st.integers(1, 1_000).map(float)
share = st.integers(0, 100).map(lambda whole: whole / 100)
PENNY = 1e-6


def read(**stated: Any) -> Any:
    """An agreement as a file in pounds states it."""
    tree = {"id": "deal", "name": "deal", **stated}
    return TypeAdapter(AnyAgreement).validate_python(tree, context={"money": "£"})


def percent(part: float) -> str:
    return f"{part * 100:g}%"


def flat(*amounts: float) -> Floats:
    """Amounts of parties over one year and path, `[party, year, path]`."""
    return np.array(amounts, dtype=float)[:, None, None]


# The first tier: contracts.


def due(kind: str, plan: float, actual: float, costs: float | None = None, **terms: Any) -> list[float]:
    """What a contract of a kind is due over three years of the same plan and activity."""
    stated = read(kind=kind, payer="board", payee="north", amounts={BASE: plan}, **terms)
    rules = agreements.KINDS[kind]
    worth = Worth(np.full((3, 1), plan), np.full((3, 1), actual))
    given_ = () if costs is None else (np.full((3, 1), costs),)
    paid = rules.settle(rules.terms(stated, YEARS), worth, *given_)
    return [float(amount) for amount in paid[:, 0]]


CAP_COLLAR = {"width": "2%", "share": "50%", "cap": "4%", "collar": "3%"}
MOVES = {"moved_in": {NEXT: 10, "2028-29": 5}, "moved_out": {THIRD: 4}}
SUBCONTRACTS = {"subcontracts": [{"payee": "hospice", "amounts": {BASE: 90}}]}
CONTRACTS = {
    "activity above plan": ("activity", 100, 108, {}, 108),
    "activity below plan": ("activity", 100, 92, {}, 92),
    "marginal rate above plan": ("marginal_rate", 100, 110, {"rate": "70%"}, 107),
    "marginal rate below plan": ("marginal_rate", 100, 90, {"rate": "70%"}, 90),
    "block": ("block", 100, 130, {}, 100),
    "golden 11: cap and collar": ("cap_collar", 100, 108, CAP_COLLAR, 103),
    "within the margin": ("cap_collar", 100, 101.5, CAP_COLLAR, 100),
    "at the cap": ("cap_collar", 100, 150, CAP_COLLAR, 104),
    "below the margin": ("cap_collar", 100, 94, CAP_COLLAR, 98),
    "at the collar": ("cap_collar", 100, 50, CAP_COLLAR, 97),
    "blended": ("blended", 100, 110, {"variable": "20%"}, 102),
    "blended below": ("blended", 100, 90, {"variable": "20%"}, 98),
    "golden 10: aligned, the whole of a difference": ("aligned", 100, 92.5, {"fixed_share": "80%"}, 98.5),
    "golden 10: aligned, 75%": ("aligned", 100, 92.5, {"fixed_share": "80%", "rate": "75%"}, 98.875),
    "aligned within its limit": ("aligned", 100, 104, {"fixed_share": "80%", "limit": 1.05}, 100.8),
    "aligned at its limit": ("aligned", 100, 130, {"fixed_share": "80%", "limit": 1.05}, 101),
    "a limit binds after the rate": ("aligned", 100, 110, {"fixed_share": "80%", "rate": "75%", "limit": 1.05}, 101),
    "lead provider": ("lead_provider", 100, 140, {}, 100),
}


@pytest.mark.parametrize("case", CONTRACTS)
def test_a_contract_pays_what_is_worked_by_hand(case: str) -> None:
    kind, plan, actual, terms, expected = CONTRACTS[case]
    assert due(kind, plan, actual, **terms) == pytest.approx([expected] * 3, abs=1e-9)


def test_services_move_in_and_out_of_guaranteed_income_at_cost_for_good() -> None:
    """By hand: 100 and 10 more; then 4 fewer; then 5 more. What was done changes nothing."""
    for actual in (50, 100, 200):
        assert due("guaranteed_income", 100, actual, **MOVES) == pytest.approx([110, 106, 111])


def test_a_guarantee_bears_what_lies_beyond_it() -> None:
    """The lead bears a loss of up to 10% of 100; costs of 125 are 15 beyond that."""
    guarantee = {**SUBCONTRACTS, "guarantee": "10%"}
    assert due("lead_provider", 100, 100, 125, **guarantee) == pytest.approx([115] * 3)
    assert due("lead_provider", 100, 100, 109, **guarantee) == pytest.approx([100] * 3)
    assert due("lead_provider", 100, 100, 125, **SUBCONTRACTS) == pytest.approx([100] * 3)


TERMS: dict[str, st.SearchStrategy[Tree]] = {
    "activity": st.just({}),
    "marginal_rate": share.map(lambda part: {"rate": percent(part)}),
    "block": st.just({}),
    "guaranteed_income": st.just({}),
    "cap_collar": st.tuples(share, share, share, share).map(
        lambda parts: dict(zip(("width", "share", "cap", "collar"), map(percent, parts), strict=True))
    ),
    "blended": share.map(lambda part: {"variable": percent(part)}),
    "aligned": st.tuples(share, share, st.sampled_from([None, 1.0, 1.05, 2.0])).map(
        lambda parts: (
            {"fixed_share": percent(parts[0]), "rate": percent(parts[1])} | ({"limit": parts[2]} if parts[2] else {})
        )
    ),
    "lead_provider": st.just({}),
}


def test_every_kind_of_contract_is_tried() -> None:
    first = {kind for kind in agreements.KINDS if agreements.tier(kind) == 1}
    assert first == set(TERMS) == {row[0] for row in CONTRACTS.values()} | {"guaranteed_income"}


@MANY
@given(st.sampled_from(sorted(TERMS)), st.data(), some, pounds, pounds)
def test_a_contract_pays_its_plan_when_all_goes_to_plan_and_never_less_for_more(
    kind: str, data: st.DataObject, plan: float, one: float, other: float
) -> None:
    terms = data.draw(TERMS[kind])
    assert due(kind, plan, plan, **terms) == pytest.approx([plan] * 3)
    less, more = (due(kind, plan, actual, **terms)[0] for actual in sorted((one, other)))
    assert less <= more + PENNY
    # Whatever is done, the payee bears between none and all of the difference.
    paid = due(kind, plan, one, **terms)[0]
    assert min(plan, one) - PENNY <= paid <= max(plan, one) + PENNY


@MANY
@given(TERMS["cap_collar"], some, pounds)
def test_a_cap_and_a_collar_are_kept(terms: Tree, plan: float, actual: float) -> None:
    paid = due("cap_collar", plan, actual, **terms)[0]
    most, least = (float(terms[name].rstrip("%")) / 100 * plan for name in ("cap", "collar"))
    assert plan - least - PENNY <= paid <= plan + most + PENNY
    # At no cap to speak of, no margin and the whole share it pays by activity.
    whole = {"width": "0%", "share": "100%", "cap": "100%", "collar": "100%"}
    assert due("cap_collar", plan, min(actual, 2 * plan), **whole)[0] == pytest.approx(min(actual, 2 * plan))


@MANY
@given(share, some, pounds)
def test_kinds_meet_at_their_ends(part: float, plan: float, actual: float) -> None:
    """A blend of nothing is a block, of all is activity; aligned with nothing fixed and a blend are one."""
    activity, block = (due(kind, plan, actual)[0] for kind in ("activity", "block"))
    assert due("blended", plan, actual, variable="0%")[0] == pytest.approx(block)
    assert due("blended", plan, actual, variable="100%")[0] == pytest.approx(activity)
    aligned = due("aligned", plan, actual, fixed_share="0%", rate=percent(part))[0]
    assert aligned == pytest.approx(due("blended", plan, actual, variable=percent(part))[0])
    assert due("marginal_rate", plan, actual, rate="100%")[0] == pytest.approx(activity)


# The second tier: pooled funds.

PARTNERS = ("board", "police", "town")


def pool(rule: str, given_: tuple[float, ...], costs: tuple[float, ...], **more: Any) -> dict[str, float]:
    """What each partner pays the host over one year: town is the host unless told."""
    return {name: float(paid[0, 0]) for name, paid in yearly(rule, flat(*given_), flat(*costs), **more).items()}


def yearly(
    rule: str, given_: Floats, costs: Floats, budgeted: Floats | None = None, drawn: Floats | None = None, **more: Any
) -> dict[str, Floats]:
    """What each partner pays the host, `[year, path]`, for contributions and costs `[partner, year, path]`."""
    names = PARTNERS[: 3 if len(given_) == 3 else 0] or ("board", "town")
    stated = read(
        kind="pooled_fund", host="town", share=rule, pays_for={name: [f"{name}_line"] for name in names},
        contributions=[
            {"agency": name, "pot": pot, "amounts": {BASE: 1_000}} for name in names for pot in ("A", "B", "C")
        ], **more,
    )  # fmt: skip
    held = pooled_fund.terms(stated, YEARS[: given_.shape[1]])
    draws = np.zeros((held.draws, given_.shape[2])) if drawn is None else drawn
    known = pooled_fund.opening(held, given_, costs, draws)
    hoped = costs if budgeted is None else budgeted
    paid = pooled_fund.settle(held, given_, costs, draws, budgeted=hoped, known=known)
    return dict(zip(names, paid, strict=True))


def borne(paid: dict[str, float], costs: tuple[float, ...]) -> list[float]:
    """What each partner is out of pocket by: what it paid and what its own lines cost."""
    return [amount + cost for amount, cost in zip(paid.values(), costs, strict=True)]


def test_golden_15_an_overspend_is_shared_in_proportion() -> None:
    """60 and 40 paid in, 105 spent by the host: the overspend of 5 is borne 3 and 2."""
    paid = pool("pro_rata", (40, 60), (0, 105))
    assert paid == pytest.approx({"board": 42, "town": -42})
    assert borne(paid, (0, 105)) == pytest.approx([42, 63])


def test_an_underspend_is_shared_by_the_same_rule() -> None:
    assert borne(pool("pro_rata", (40, 60), (0, 95)), (0, 95)) == pytest.approx([38, 57])


def test_partners_with_lines_of_their_own_bear_what_they_paid_in_and_their_share() -> None:
    """By hand: 100 paid in, 30 + 75 spent; the board pays 40 - 30 + 2."""
    paid = pool("pro_rata", (40, 60), (30, 75))
    assert paid["board"] == pytest.approx(12)
    assert borne(paid, (30, 75)) == pytest.approx([42, 63])


def test_fixed_shares_are_kept_whatever_is_paid_in() -> None:
    paid = pool("fixed", (40, 60), (0, 105), shares={"board": "80%", "town": "20%"})
    assert borne(paid, (0, 105)) == pytest.approx([44, 61])


def test_a_cap_leaves_the_rest_to_the_residual_bearer() -> None:
    """Of 20 over the board would bear 8 and bears 5, either way; the town takes the other 15."""
    for over in (20, -20):
        costs = (0, 100 + over)
        sign = 1 if over > 0 else -1
        assert borne(pool("capped", (40, 60), costs, caps={"board": 5}), costs) == pytest.approx(
            [40 + sign * 5, 60 + sign * 15]
        )


def test_the_residual_bearer_may_be_another_than_the_host() -> None:
    costs = (0, 0, 130)
    paid = pool("capped", (40, 20, 40), costs, caps={"town": 3, "police": 2}, residual_bearer="board")
    assert borne(paid, costs) == pytest.approx([40 + 25, 22, 43])


def test_at_own_risk_each_bears_what_its_own_lines_cost_beside_the_budget() -> None:
    """100 paid in and 100 budgeted, 30 and 70; the board's lines cost 5 more, which the town never feels."""
    paid = yearly("own_risk", flat(40, 60), flat(35, 70), budgeted=flat(30, 70))
    out = {name: float(amount[0, 0]) for name, amount in paid.items()}
    assert out == pytest.approx({"board": 10, "town": -10})
    assert borne(out, (35, 70)) == pytest.approx([45, 60])


WATERFALL = {"risk_pool": 10}


def test_a_waterfall_meets_overspends_from_the_risk_pool_and_refills_it_first() -> None:
    """By hand, 100 paid in each year: 6 over is met; of 7 over 4 is met and 3 shared; of 12 under 10 refills."""
    given_ = np.repeat(flat(40, 60), 3, axis=1)
    costs = np.array([[0, 0, 0], [106, 107, 88]], dtype=float)[:, :, None]
    paid = yearly("waterfall", given_, costs, **WATERFALL)["board"][:, 0]
    assert paid == pytest.approx([40, 40 + 0.4 * 3, 40 - 0.4 * 2])


def test_a_waterfall_may_share_what_is_left_by_fixed_parts() -> None:
    paid = pool("waterfall", (40, 60), (0, 120), **WATERFALL, then="fixed", shares={"board": "70%", "town": "30%"})
    assert paid["board"] == pytest.approx(47)


MOVE = {"id": "move", "lowers": "board", "raises": "town", "amount": 10}
RATIFIED = {"B": {"chance": "60%", "delay": 1}, "C": {"chance": "50%", "delay": 2}}


def moved(pot: str, drawn: tuple[float, float]) -> list[float]:
    """What the board pays in over three years, after a move of 10 decided in the first."""
    given_ = np.repeat(flat(40, 60), 3, axis=1)
    stated = {"decisions": [{**MOVE, "pot": pot, "year": NEXT}], "ratification": RATIFIED}
    paid = yearly("fixed", given_, np.repeat(flat(0, 100), 3, axis=1), drawn=np.array(drawn)[:, None], **stated,
                  shares={"board": "0%", "town": "100%"})  # fmt: skip
    return [float(amount) for amount in paid["board"][:, 0]]


def test_a_move_takes_effect_at_once_in_pot_a_and_later_if_ratified_in_b_and_c() -> None:
    assert moved("A", (0.99, 0.99)) == pytest.approx([30, 30, 30])
    assert moved("B", (0.59, 0.99)) == pytest.approx([40, 30, 30])
    assert moved("B", (0.61, 0.0)) == pytest.approx([40, 40, 40])
    assert moved("C", (0.59, 0.49)) == pytest.approx([40, 40, 30])
    for never in ((0.59, 0.51), (0.61, 0.49)):
        assert moved("C", never) == pytest.approx([40, 40, 40])


def test_nobody_pays_in_less_than_nothing() -> None:
    move = {**MOVE, "pot": "A", "year": NEXT}
    paid = yearly("fixed", flat(4, 96), flat(0, 100), decisions=[move], shares={"board": "0%", "town": "100%"})
    assert paid["board"][0, 0] == 0


def test_only_pot_a_moves_without_its_owners_consent() -> None:
    stated = read(
        kind="pooled_fund", host="town", share="pro_rata", pays_for={"town": ["care"]},
        contributions=[{"agency": name, "pot": pot, "amounts": {BASE: amount}} for name, pot, amount in (
            ("board", "A", 40), ("board", "B", 30), ("town", "A", 7), ("board", "C", 5),
        )],
    )  # fmt: skip
    assert pooled_fund.movable(stated, FinancialYear(2025)) == {"A": 47, "B": 30, "C": 5}


triples = st.tuples(pounds, pounds, pounds)
RULES: list[Tree] = [
    {"rule": "own_risk"},
    {"rule": "pro_rata"},
    {"rule": "fixed", "shares": {"board": "33.3%", "police": "33.3%", "town": "33.4%"}},
    {"rule": "capped", "caps": {"board": 7, "police": 0}},
    {"rule": "capped", "caps": {"town": 3, "police": 11}, "residual_bearer": "board"},
    {"rule": "waterfall", "risk_pool": 50},
    {"rule": "waterfall", "risk_pool": 50, "then": "fixed", "shares": {"board": "50%", "police": "20%", "town": "30%"}},
]


@MANY
@given(st.sampled_from(RULES), triples, triples)
def test_a_pool_conserves_money_and_its_shares_make_the_overspend(
    rule: Tree, given_: tuple[float, ...], costs: tuple[float, ...]
) -> None:
    paid = pool(given_=given_, costs=costs, **rule)
    assert sum(paid.values()) == pytest.approx(0, abs=PENNY)
    beyond = [out - put_in for out, put_in in zip(borne(paid, costs), given_, strict=True)]
    assert sum(beyond) == pytest.approx(sum(costs) - sum(given_), abs=PENNY)
    over = sum(costs) - sum(given_)
    if rule["rule"] in ("pro_rata", "fixed", "capped") and sum(given_):
        # Nobody gains by an overspend or loses by an underspend.
        assert all(part * over >= -PENNY * abs(over) for part in beyond)
    bearer = rule.get("residual_bearer", "town")
    for name, cap in rule.get("caps", {}).items():
        assert name != bearer and abs(beyond[PARTNERS.index(name)]) <= cap + PENNY


@MANY
@given(triples, triples, triples)
def test_at_own_risk_a_change_in_cost_moves_no_payment(
    given_: tuple[float, ...], costs: tuple[float, ...], budgeted: tuple[float, ...]
) -> None:
    """A pool at own risk pays what was budgeted: what lines then cost stays with who commissions them."""
    one = yearly("own_risk", flat(*given_), flat(*costs), budgeted=flat(*budgeted))
    other = yearly("own_risk", flat(*given_), flat(*budgeted), budgeted=flat(*budgeted))
    assert all(np.array_equal(one[name], other[name]) for name in PARTNERS)


@MANY
@given(triples, triples, some)
def test_more_cost_is_never_borne_by_paying_less(
    given_: tuple[float, ...], costs: tuple[float, ...], more: float
) -> None:
    if not sum(given_):
        return
    dearer = (costs[0], costs[1], costs[2] + more)
    before, after = (borne(pool("pro_rata", given_, spent), spent) for spent in (costs, dearer))
    assert all(now >= then - PENNY for then, now in zip(before, after, strict=True))


REFUSED: dict[str, tuple[Tree, str]] = {
    "shares over 100%": ({"share": "fixed", "shares": {"board": "60%", "town": "50%"}}, "add up to 100%"),
    "a stranger": ({"share": "pro_rata", "pays_for": {"police": ["beat"]}}, "every party of a pool pays in"),
    "a cap on who takes the rest": ({"share": "capped", "caps": {"town": 1}}, "takes what the rule leaves"),
    "a move nobody ratifies": (
        {"share": "pro_rata", "decisions": [{**MOVE, "pot": "B", "year": NEXT, "amount": 1}]}, "must be ratified",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_pool_that_cannot_be_is_refused_in_words(case: str) -> None:
    more, words = REFUSED[case]
    plain: Tree = {
        "kind": "pooled_fund", "host": "town", "pays_for": {"town": ["care"]},
        "contributions": [
            {"agency": name, "pot": pot, "amounts": {BASE: 10}} for name in ("board", "town") for pot in ("A", "B")
        ],
    }  # fmt: skip
    with pytest.raises(ValidationError, match=words):
        read(**{**plain, **more})


# The third tier: gain and loss shares.


def shared(target: float, actual: float, drawn: float = 0.5, own: bool = True, **more: Any) -> float:
    """What the commissioner pays the provider for one year."""
    judged: Tree = {"lines": ["staff"]} if own else {"agreements": ["contract"]}
    terms = {"corridor": "1%", "gain_share": "60%", "loss_share": "30%", **judged, **more}
    stated = read(kind="gain_share", commissioner="board", provider="north", **terms)
    held = gain_share.terms(stated, YEARS[:1])
    settled = gain_share.settle(held, *(np.full((1, 1), float(amount)) for amount in (target, actual, drawn)))
    return float(settled[0, 0])


def test_a_gain_beyond_the_corridor_is_shared() -> None:
    """Target 100, cost 91: 1 in the corridor stays with who bears the cost; of 8 the commissioner has 60%."""
    assert shared(100, 91) == pytest.approx(-4.8)
    assert shared(100, 91, own=False) == pytest.approx(3.2)


def test_a_loss_beyond_the_corridor_is_shared() -> None:
    """Of 8 the commissioner bears 30%."""
    assert shared(100, 109) == pytest.approx(2.4)
    assert shared(100, 109, own=False) == pytest.approx(-5.6)


def test_within_the_corridor_nothing_is_shared() -> None:
    for cost in (99, 99.5, 100, 101):
        assert shared(100, cost) == shared(100, cost, own=False) == 0


def test_the_cap_is_the_most_that_the_provider_gains_or_bears() -> None:
    """At 2% of 100 the provider keeps 2 of a gain of 20 beyond the corridor, and bears 2 of a loss."""
    assert shared(100, 79, cap="2%") == pytest.approx(2 - 20)
    assert shared(100, 79, own=False, cap="2%") == pytest.approx(2)
    assert shared(100, 121, cap="2%") == pytest.approx(20 - 2)
    assert shared(100, 121, own=False, cap="2%") == pytest.approx(-2)


def test_where_outcomes_fail_the_provider_has_no_gain_but_bears_its_loss() -> None:
    gate = {"quality_chance": "70%"}
    assert shared(100, 91, 0.69, **gate) == pytest.approx(-4.8)
    assert shared(100, 91, 0.71, **gate) == pytest.approx(-8)
    assert shared(100, 91, 0.71, own=False, **gate) == 0
    assert shared(100, 109, 0.71, **gate) == pytest.approx(2.4)


@MANY
@given(some, pounds, share, share, share)
def test_both_together_have_the_whole_gain(
    target: float, actual: float, corridor: float, gain: float, loss: float
) -> None:
    """Whoever bears the cost, the provider ends with the same share of what lies beyond the corridor."""
    parts = {"corridor": percent(corridor), "gain_share": percent(gain), "loss_share": percent(loss)}
    off = target - actual
    beyond = np.sign(off) * max(abs(off) - corridor * target, 0)
    own, others = shared(target, actual, **parts), shared(target, actual, own=False, **parts)
    assert own + beyond == pytest.approx(others, abs=PENNY)
    assert min(0, beyond) - PENNY <= others <= max(0, beyond) + PENNY


def test_what_is_judged_is_one_thing() -> None:
    for both in ({"lines": [], "agreements": []}, {"lines": ["staff"], "agreements": ["contract"]}):
        with pytest.raises(ValidationError, match="only one of them"):
            shared(100, 90, **both)


# The fourth tier: system control totals.


def system(position: tuple[float, ...], regime: str, **more: Any) -> Settled:
    """What a system settles in one year on positions of members a, b and c."""
    names = ("a", "b", "c")[: len(position)]
    stated = read(**merged_members(names, more))
    held = control_total.terms(stated, YEARS[:1])
    return control_total.settle(held, 0, regime, np.array(position, dtype=float)[None, :, None])


def merged_members(names: tuple[str, ...], more: Tree) -> Tree:
    parts = more.pop("parts", {})
    return {"kind": "control_total", "members": [{"agency": name, **parts.get(name, {})} for name in names], **more}


def row(amounts: Floats) -> list[float]:
    return [float(amount) for amount in amounts[0, :, 0]]


def test_trusts_3_above_and_5_below_offset_in_the_system_regime_only() -> None:
    """A shortfall of 2 is left, one breach that both share; alone, one body is 5 short and nothing is netted."""
    together = system((3, -5), "system")
    assert row(together.offset) == pytest.approx([-3, 3]) and together.missed[0, 0] == pytest.approx(2)
    for regime in ("individual", "organisation"):
        alone = system((3, -5), regime)
        assert row(alone.offset) == [0, 0] and row(alone.loss) == [0, 0] and alone.missed[0, 0] == 0


def test_the_trust_above_plan_loses_exactly_the_incentive_tied_to_the_system() -> None:
    plan = {"parts": {name: {"incentive": {NEXT: 10}} for name in ("a", "b")}, "system_share": "30%"}
    assert row(system((3, -5), "organisation", **plan).incentive) == pytest.approx([7, 0])
    assert row(system((3, -5), "system", **{**plan, "parts": dict(plan["parts"])}).incentive) == pytest.approx([7, 0])
    assert row(system((3, -5), "individual", **plan).incentive) == pytest.approx([10, 0])
    assert row(system((6, -5), "organisation", **plan).incentive) == pytest.approx([10, 3])


def test_totals_are_what_positions_are_judged_against() -> None:
    """A planned deficit of 4 and a planned surplus of 1: positions of -4 and 1 are on plan."""
    totals = {"parts": {"a": {"deficit": {NEXT: 4}}, "b": {"surplus": {NEXT: 1}}}}
    on_plan = system((-4, 1), "system", **totals)
    assert row(on_plan.offset) == [0, 0] and on_plan.missed[0, 0] == 0
    off = system((-6, 2), "system", **totals)
    assert row(off.offset) == pytest.approx([1, -1]) and off.missed[0, 0] == pytest.approx(1)


def test_without_offsets_each_keeps_its_own() -> None:
    assert row(system((3, -5), "system", offsets=False).offset) == [0, 0]


def test_what_is_missed_is_shared_as_agreed_and_the_bearer_has_the_rest() -> None:
    """4 above, 6 and 4 below: 6 is missed, 3.6 by b and 2.4 by c. a bears 50%, b 20%, c the other 30%."""
    parts = {"a": {"loss_share": "50%"}, "b": {"loss_share": "20%"}}
    found = system((4, -6, -4), "system", parts=parts, residual_bearer="c")
    assert found.missed[0, 0] == pytest.approx(6)
    assert row(found.loss) == pytest.approx([-3, 3.6 - 1.2, 2.4 - 1.8])
    assert row(found.offset) == pytest.approx([-4, 2.4, 1.6])


positions = st.tuples(*[st.integers(-1_000, 1_000).map(float)] * 3)


@MANY
@given(positions, st.sampled_from([{}, {"a": "100%"}, {"a": "20%", "b": "30%", "c": "50%"}]), st.booleans())
def test_a_system_conserves_money(position: tuple[float, ...], shares: dict[str, str], offsets: bool) -> None:
    parts = {name: {"loss_share": part} for name, part in shares.items()}
    found = system(position, "system", parts=parts, offsets=offsets)
    assert sum(row(found.offset)) == pytest.approx(0, abs=PENNY)
    assert sum(row(found.loss)) == pytest.approx(0, abs=PENNY)
    assert found.missed[0, 0] == pytest.approx(max(-sum(position), 0))
    after = [held + more for held, more in zip(position, row(found.offset), strict=True)]
    # An offset never turns a surplus into a deficit, nor the other way round.
    assert all(held * now >= -PENNY * 1_000 for held, now in zip(position, after, strict=True))
    if offsets:
        assert sum(max(-now, 0) for now in after) == pytest.approx(found.missed[0, 0], abs=PENNY)


def test_a_system_that_cannot_be_is_refused_in_words() -> None:
    half = {"a": {"loss_share": "50%"}}
    for more, words in (
        ({"parts": half}, "residual_bearer"),
        ({"parts": half, "residual_bearer": "z"}, "the residual bearer is a member"),
        ({"parts": {"a": {"loss_share": "60%"}, "b": {"loss_share": "60%"}}}, "at most 100%"),
        ({"parts": {"a": {"surplus": {NEXT: 1}, "deficit": {NEXT: 1}}}}, "a surplus and a deficit"),
    ):
        with pytest.raises(ValidationError, match=words):
            system((0, 0), "system", **more)
