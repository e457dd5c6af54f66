"""What is asked about though nothing is refused, and what of a plan is refused as out of all proportion."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.faults import faults
from simulator.notes import notes
from simulator.place import Council
from simulator.scenario import Scenario
from tests import places
from tests.places import council, line, scenario
from tests.shifts import gain, kind, prevention, programme

NEXT = places.NEXT


def planned(amount: float, covers: str = "care", **plan: Any) -> Scenario:
    body = council(
        spending=[line("care", 40), line("other", 60)],
        plan={
            "lines": [{"id": "own", "name": "Care", "flow": "spending", "covers": [covers], "amounts": {NEXT: amount}}]
        }
        | plan,
    )
    return scenario(agencies=[body])


@pytest.mark.parametrize(
    ("amount", "times"), [(199.9, None), (200.1, "5 times more"), (8.1, None), (7.9, "5 times less")]
)
def test_a_line_far_from_its_own_central_case_is_asked_about(amount: float, times: str | None) -> None:
    found = notes(planned(amount))
    assert len(found) == (times is not None)
    if times:
        assert times in found[0] and "Care" in found[0] and "£40.00m" in found[0] and NEXT in found[0]


def test_each_line_is_asked_about_once_and_by_its_furthest_year() -> None:
    assert "1,000 times less" in notes(planned(0.04))[0]
    amounts = {NEXT: 0.04, "2027-28": 4, "2028-29": 40}
    several = scenario(
        agencies=[
            council(
                spending=[line("care", 40), line("other", 60)],
                plan={
                    "lines": [{"id": "own", "name": "Care", "flow": "spending", "covers": ["care"], "amounts": amounts}]
                },
            )
        ]
    )
    (words,) = notes(several)
    assert f"in {NEXT}," in words


def test_a_nought_and_what_is_new_are_taken_as_meant() -> None:
    assert notes(planned(0)) == []
    new = {"lines": [{"id": "new", "name": "New", "flow": "funding", "amounts": {NEXT: 20}}]}
    assert notes(scenario(agencies=[council(plan=new)])) == []
    assert notes(scenario(agencies=[council(plan={"gap": {NEXT: 45}})])) == []


def test_lines_off_the_published_total_are_told_with_what_they_do() -> None:
    def off(made: float) -> list[str]:
        return notes(scenario(agencies=[council(published={"net_revenue_expenditure": made})]))

    assert off(100) == off(100.09) == []
    (above,), (below,) = off(98), off(102)
    assert "£2.000m above the published £98.000m" in above and "widens" in above
    assert "£2.000m below the published £102.000m" in below and "narrows" in below


SMALL: dict[str, Any] = {"id": "s", "name": "S", "rag": "green", "recurrent": "50%"}


@pytest.mark.parametrize(
    "where",
    [
        "plan.lines.0.amounts",
        "plan.gap",
        "plan.surplus",
        "plan.reserves_used",
        "contingency.amounts",
        "savings.0.amounts",
    ],
)
def test_an_amount_out_of_all_proportion_is_refused_wherever_it_stands(where: str) -> None:
    """The council spends and raises 100, so that no amount of its plan passes 300."""

    def found(amount: float) -> list[Any]:
        amounts = {NEXT: amount}
        bodies: dict[str, dict[str, Any]] = {
            "plan.lines.0.amounts": {
                "plan": {"lines": [{"id": "x", "name": "X", "flow": "funding", "amounts": amounts}]}
            },
            "plan.gap": {"plan": {"gap": amounts}},
            "plan.surplus": {"plan": {"surplus": amounts}},
            "plan.reserves_used": {"plan": {"reserves_used": amounts}},
            "contingency.amounts": {"contingency": {"amounts": amounts}},
            "savings.0.amounts": {"savings": [{**SMALL, "amounts": amounts}], "delivery_record": "80%"},
        }
        body = Council.model_validate(council(**bodies[where]), context={"money": "£m"})
        plain = scenario().model_copy(update={"agencies": [body]})
        return [fault for fault in faults(plain) if "no amount of a plan" in fault.rule]

    assert found(299.9) == []
    (fault,) = found(300.1)
    assert ".".join(str(step) for step in fault.address[2:]) == f"{where}.{NEXT}"
    assert "£300.0m here; this is £300.1m" in fault.rule


def test_a_control_total_that_never_binds_and_a_body_out_of_balance_are_asked_about() -> None:
    def trust(name: str, net: float) -> dict[str, object]:
        return {"id": name, "name": name, "kind": "trust", "foundation": True, "cash": 1, "minimum_cash_days": 1,
                "spending": [line("staff", net)]}  # fmt: skip

    def contract(name: str, worth: float) -> dict[str, object]:
        return {
            "id": f"{name}_c",
            "name": name,
            "kind": "block",
            "payer": "nhse",
            "payee": name,
            "amounts": {places.BASE: worth},
        }

    system = {
        "id": "system",
        "name": "The system",
        "kind": "control_total",
        "members": [{"agency": "north"}, {"agency": "south"}],
    }
    place = {
        "agencies": [trust("north", 100), trust("south", 50), {"id": "nhse", "name": "NHS England", "kind": "outside"}],
        "agreements": [contract("north", 99), contract("south", 40), system],
    }
    told = notes(scenario(**place, rules={"nhs_regime": {places.BASE: "individual"}}))
    assert len(told) == 2
    assert told[0].startswith("south: in 2025-26 it receives £10.0m less than it spends")
    assert told[1].startswith("The system: offsets and loss shares bind only under the system regime")
    assert len(notes(scenario(**place, rules={"nhs_regime": {places.BASE: "system"}}))) == 1


def proposed(spend: float, **bound: Any) -> Scenario:
    """A council that spends £100m and proposes one programme, whose gains are of a service bound as said."""
    one = {"id": "care", "name": "Care", "growth_cashable": "90%", "stranded": "0%", "backfill": "0%", **bound}
    stated = prevention(
        [one],
        [kind("visits", 1, gain("care", "70%", "50%"), gain("outside", "30%", "0%"))],
        [programme("visits", spend, {"town": "100%"})],
    )
    return scenario(agencies=[council(spending=[line("care", 100)])], prevention=stated)


def test_programmes_that_relieve_nobody_are_asked_about() -> None:
    """Without a service bound to a body all that is saved falls outside, which is seldom meant."""
    (words,) = notes(proposed(1))
    assert "no service that it gains from is bound to a body, so all that it saves falls outside the place" in words
    assert words.endswith("give one of these an `agency` and `lines`: care.")
    assert notes(proposed(1, agency="town", lines=["care"])) == []


@pytest.mark.parametrize(("spend", "asked"), [(5, False), (5.1, True)])
def test_a_programme_that_takes_a_twentieth_of_what_a_payer_spends_is_asked_about(spend: float, asked: bool) -> None:
    found = notes(proposed(spend, agency="town", lines=["care"]))
    assert len(found) == asked
    if asked:
        assert "would pay £5.1m a year, 5% of all that it spends" in found[0] and "`money: £m`" in found[0]
