"""Who paid whom and why, in words: grants and taxes, lenders and support, and every kind of agreement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulator.compiled import Payment
from simulator.place import Agency, LocalAuthority
from simulator.position import FUNDING, Part
from simulator.scenario import Scenario

GOVERNMENT, RESIDENTS, LENDERS = "government", "council tax payers", "lenders"
RATEPAYERS, NHS_ENGLAND = "business ratepayers and government", "NHS England"
RULES = {
    "activity": "paid by activity",
    "marginal_rate": "a marginal rate above plan",
    "block": "block: the plan, whatever is done",
    "guaranteed_income": "guaranteed income",
    "cap_collar": "plan with a cap and collar",
    "blended": "blended: plan and part of the difference",
    "aligned": "aligned: part fixed, part by activity",
    "lead_provider": "lead provider, by capitation",
    "own_risk": "pooled, each at its own risk",
    "pro_rata": "pooled, shared pro rata",
    "fixed": "pooled, shared by fixed parts",
    "capped": "pooled, shared within caps",
    "waterfall": "pooled, a risk pool first",
    "gain_share": "gain and loss share",
    "control_total": "control total",
}
"""Each kind of contract, each rule of a pool and each other kind of agreement, in a few words."""
_OTHERS = {"icb": NHS_ENGLAND, "trust": "other funders", "vcse": "donors, customers and other funders"}


class Paid(NamedTuple):
    """One payment: who, whom, why, how much; below nought, back.

    Under an agreement also what the budget expected, and how much of the difference a contract's price brings.
    """

    payer: str
    payee: str
    reason: str
    amount: float
    planned: float | None = None
    of_price: float | None = None


def why(scenario: Scenario, payment: Payment) -> str:
    """Return why an entry of the log is paid: the agreement by name, its rule, and which part of it this is."""
    stated = next((one for one in scenario.agreements if one.id == payment.agreement), None)
    if stated is None:
        return payment.reason[0].upper() + payment.reason[1:]
    rule = RULES[str(getattr(stated, "share", stated.kind) if stated.kind == "pooled_fund" else stated.kind)]
    part = payment.reason.removeprefix(stated.name).removeprefix(": ")
    return f"{stated.name} ({rule}){f': {part}' if part else ''}"


def is_income(body: Agency, name: str) -> bool:
    """Return whether a part or line of a body is one of its grants, allocations or other incomes."""
    return any(income.id == name for income in body.incomes)


def named(body: Agency, name: str) -> str:
    """Return the name of an income or levy, or the words of any other part."""
    names = {part.id: part.name for part in body.incomes} | {levy.id: levy.name for levy in body.levies}
    return names.get(name, name.replace("_", " "))


def of_part(body: Agency, part: Part, amount: float) -> Iterator[Paid]:
    """Yield the payment that one part of a body's own position is, if anybody outside its books makes or takes it."""
    if part.between or part.name in ("lines", "events", "collection_fund") or part.name.startswith("plan_"):
        return
    if part.name == "parishes":
        if part.flow != FUNDING:
            yield Paid(body.name, "parishes", "parish precepts", amount)
    elif part.name == "debt":
        yield Paid(body.name, LENDERS, "interest and provision for debt", amount)
    elif part.name == "council_tax":
        yield Paid(RESIDENTS, body.name, f"{'council tax' if body.kind == 'council' else 'precept'} as planned", amount)
    elif part.name == "business_rates":
        yield Paid(RATEPAYERS, body.name, "retained business rates, with top-up, safety net and levy", amount)
    elif part.flow == FUNDING or is_income(body, part.name):
        yield Paid(_OTHERS.get(body.kind, GOVERNMENT), body.name, named(body, part.name), abs(amount))
    elif part.name in {levy.id for levy in body.levies}:
        yield Paid(body.name, "levying body", named(body, part.name), amount)


def of_choices(body: Agency, money: dict[str, float]) -> Iterator[Paid]:
    """Yield payments that hang on what a body chose or came to need in the year."""
    if isinstance(body, LocalAuthority):
        answer = money["funding_accommodation"]
        yield Paid(GOVERNMENT, body.name, "national funding that answers national need", answer)
    tax = "council tax" if body.kind == "council" else "precept"
    for measure, payer, payee, reason in (
        ("tax_raised", RESIDENTS, body.name, f"{tax} raised above the plan"),
        ("support_granted", LENDERS, body.name, "support, granted as debt after need was measured"),
        ("support_cost", body.name, LENDERS, "repaying support of earlier years"),
        ("repayment", body.name, NHS_ENGLAND, "repaying what was overspent in earlier years"),
        ("cash_support_drawn", NHS_ENGLAND, body.name, "revenue support, drawn to keep the least cash"),
        ("lapsed", body.name, NHS_ENGLAND, "underspend that lapses"),
    ):
        # What lapses of a charity is money that reached it after it failed.
        if money.get(measure) and not (measure == "lapsed" and body.kind == "vcse"):
            yield Paid(payer, payee, reason, money[measure])
    if body.kind == "trust" and money["brought_forward"]:
        yield Paid(body.name, NHS_ENGLAND, "dividend on revenue support of earlier years", money["brought_forward"])
