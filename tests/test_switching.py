"""An arrangement is switched in a line, and starts the base year as its own rule settles it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import main
from simulator.problems import ScenarioError
from simulator.scenario import base_payments, entered_surplus
from simulator.scenario_file import load
from tests.places import BASE, council, line, scenario

PLACE = "scenarios/lancashire.yaml"


def test_a_later_file_that_changes_the_kind_of_a_contract_drops_the_fields_of_the_old_one(tmp_path: Path) -> None:
    over = tmp_path / "over.yaml"
    over.write_text("agreements:\n  - {id: elht_contract, kind: block}\n", encoding="utf-8")
    for switched in (load(PLACE, [over]), load(PLACE, [], ["elht_contract.kind=block"])):
        contract = next(one for one in switched.scenario.agreements if one.id == "elht_contract")
        assert contract.kind == "block"
        assert not hasattr(contract, "fixed_share")


def test_what_a_switched_contract_keeps_of_the_old_kind_is_said_with_what_it_now_means() -> None:
    """A rate of 100% about plan, kept as a marginal rate, is payment in full: nobody asked for that."""
    (said,) = load(PLACE, [], ["elht_contract.kind=marginal_rate"]).kept
    assert said.startswith("Services of East Lancashire Hospitals is marginal_rate now, not aligned; kept as entered")
    assert "rate 100% (share of the price paid for activity above plan" in said
    assert "no longer there: fixed_share 75%, limit 1.05" in said
    for sets in (["elht_contract.kind=block"], ["elht_contract.kind=marginal_rate", "elht_contract.rate=70%"], []):
        assert load(PLACE, [], sets).kept == (), sets
    done = CliRunner().invoke(main, ["check", PLACE, "--set", "elht_contract.kind=marginal_rate"])
    assert done.exit_code == 0 and f"Look again. {said}." in done.output


def test_a_field_that_the_new_kind_has_not_is_refused_where_the_same_file_states_it(tmp_path: Path) -> None:
    over = tmp_path / "over.yaml"
    over.write_text("agreements:\n  - {id: elht_contract, kind: block, fixed_share: 50%}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="`fixed_share` is not a field here"):
        load(PLACE, [over])


def test_a_partner_with_lines_of_its_own_in_a_pool_pays_the_host_only_the_rest() -> None:
    """By hand: 16 paid in, 7 of it for the ICB's own line and 9 for the council's, so 9 change hands."""
    icb = {"id": "icb", "name": "icb", "kind": "icb", "spending": [line("health", 7)],
           "funding": {"allocations": [{"id": "core", "name": "core", "amounts": {BASE: 16}}]}}  # fmt: skip
    pool = {
        "id": "pool", "name": "pool", "kind": "pooled_fund", "host": "town", "share": "pro_rata",
        "contributions": [{"agency": "town", "amounts": {BASE: 0}}, {"agency": "icb", "amounts": {BASE: 16}}],
        "pays_for": {"town": ["care"], "icb": ["health"]},
    }  # fmt: skip
    body = council(spending=[line("services"), line("care", 9, paid_by="pool")])
    found = scenario(agencies=[body, icb], agreements=[pool])
    assert list(base_payments(found)) == [("pool", "icb", "town", 9e6)]
    assert [entered_surplus(found, one) for one in found.bodies] == pytest.approx([0.0, 0.0])
