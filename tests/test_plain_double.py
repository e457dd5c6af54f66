"""The engine against an independent, plain reading of the same rules, path by path.

`benchmarks/plain_double.py` shares no code with the engine but the compiled terms. Money agrees to a
millionth of a pound, or one part in a thousand million; outcomes within one count in 10,000.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from places import Tree
from scipy.special import betaincinv, ndtr
from test_properties import bodies, made, rules
from test_worked_example import town

from benchmarks import plain_double
from benchmarks.plain_world import World
from simulator import drivers, projection, variants
from simulator.prepared import compile_scenario
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.streams import BLOCK

SHIPPED = Path(__file__).resolve().parents[1] / "scenarios" / "blackburn-with-darwen.yaml"
PATHS = 2_000
VARIANTS = (
    *variants.VIEWS,
    variants.Variant("one-off", acts=False, recurs=False),
    variants.Variant("all usable", acts=True, usable_share=1.0),
    variants.Variant("no accommodation", acts=True, accommodated=False),
    variants.Variant("half the capacity", acts=True, capacity=0.5),
    variants.Variant("limit kept", acts=True, rule="limit kept"),
    variants.Variant("unanswered limit", acts=True, accommodated=False, rule="limit kept"),
    variants.DO_NOTHING,
)
ENDS = tuple(variants.Variant(then, acts=True, rule=then) for then in ("extended", "absorbed", "falls_on_general_fund"))


@pytest.fixture(scope="module")
def shipped() -> Scenario:
    return load(SHIPPED).scenario


def changed(model: Any, **updates: Any) -> Any:
    """A copy with changed fields; `a__b=x` changes field b of field a, and a callable is called on it."""
    for address, new in updates.items():
        head, _, rest = address.partition("__")
        old = getattr(model, head)
        value = changed(old, **{rest: new}) if rest else new(old) if callable(new) else new
        model = model.model_copy(update={head: value})
    return model


def valued(number: float) -> Any:
    return lambda old: changed(old, value=number)


def recurrent(shipped: Scenario) -> Scenario:
    """Six years, a contribution that recurs and a thinner usable share."""
    council = changed(
        shipped.agencies[0],
        reserves__contribution__treatment="recurrent",
        reserves__usable_share=valued(0.2),
    )
    return changed(shipped, years=6, agencies=[council])


def two_bodies(shipped: Scenario) -> Scenario:
    """Two councils under other rules and later dates: the second poorer, drawing on reserves, with tax unused."""
    first = shipped.agencies[0]
    rise = changed(first.debt.rate, value=0.01)
    second = changed(
        first,
        id="another",
        reserves__gf_unallocated=valued(2e6),
        reserves__contribution__direction="drawn",
        published={},
        funding__council_tax__increase={shipped.base_year + 3: rise},
        funding__business_rates=None,
        debt=None,
        high_needs=None,
        spending=lambda lines: [changed(line, elasticity=changed(first.debt.rate, value=0.7)) for line in lines],
    )
    return changed(
        shipped,
        years=7,
        as_at=date(2027, 5, 1),
        budget_year=shipped.base_year + 5,
        agencies=[first, second],
        rules__accommodation__lag=1,
        rules__collection_estimated=valued(0.8),
        rules__own_risk_share=valued(1.0),
        rules__support_late=valued(0.5),
        rules__savings_response__surplus_banked=valued(0.4),
    )


def without_response(shipped: Scenario) -> Scenario:
    """No savings, accommodation, learning or review, and no figure past the base year."""
    names = (
        "savings_response",
        "delivery",
        "accommodation",
        "budget_learning",
        "high_needs_override",
        "business_rates",
    )
    rules = changed(shipped.rules, **dict.fromkeys(names))

    def base_only(dated: Any) -> Any:
        return {shipped.base_year: dated[shipped.base_year]}

    names = ("requirement", "band_d", "parish_precepts")
    updates = {f"funding__council_tax__{name}": base_only for name in names}
    council = changed(shipped.agencies[0], **updates)
    return changed(shipped, years=4, rules=rules, spending_review=None, agencies=[council])


CASES = {
    "shipped": (lambda scenario: scenario, 1),
    "recurrent contribution": (recurrent, 20_261_122),
    "two bodies": (two_bodies, 7),
    "without response": (without_response, 3),
    "worked example": (lambda _: changed(town(), years=6), 9),
}


def treated(scenario: Scenario) -> tuple[variants.Variant, ...]:
    """Every variant that a scenario has rules for."""
    return VARIANTS + ENDS if scenario.rules.high_needs_override else VARIANTS


def engine(scenario: Scenario, seed: int, paths: int = PATHS) -> dict[str, Any]:
    """Every measure and outcome of the engine; an outcome that shares a measure's name is renamed."""
    compiled, tried = compile_scenario(scenario), treated(scenario)
    recipe = drivers.DriverPaths(compiled, seed)
    blocks = [projection.project(compiled, recipe.block(k), tried, len(tried)) for k in range(paths // BLOCK)]
    money = {name: [block.measures[name] for block in blocks] for name in variants.MEASURES}
    tests = {name: [block.outcomes[name] for block in blocks] for name in variants.OUTCOMES}
    tests["any_unfunded_gap"] = tests.pop("unfunded_gap")
    return {name: np.concatenate(found, axis=-1) for name, found in (money | tests).items()}


def double(scenario: Scenario, seed: int, paths: int = PATHS) -> dict[str, Any]:
    given_ = (
        plain_double.Treatment(v.acts, v.recurs, v.usable_share, v.accommodated, v.approved, v.capacity, v.rule)
        for v in treated(scenario)
    )
    return plain_double.project(compile_scenario(scenario), seed, paths, tuple(given_))


@pytest.fixture(scope="module", params=CASES)
def both(request: pytest.FixtureRequest, shipped: Scenario) -> tuple[dict[str, Any], dict[str, Any]]:
    change, seed = CASES[request.param]
    scenario = change(shipped)
    return engine(scenario, seed), double(scenario, seed)


def test_money_agrees_on_every_path(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, plain = both
    for name in variants.MEASURES:
        assert ours[name].shape == plain[name].shape
        np.testing.assert_allclose(ours[name], plain[name], rtol=1e-9, atol=1e-6, err_msg=name)


def test_outcome_counts_agree(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, plain = both
    happened = [name for name, found in ours.items() if found.dtype == bool]
    assert len(happened) == len(variants.OUTCOMES)
    for name in happened:
        counts = [found[name].sum(axis=-1) for found in both]
        assert np.abs(counts[0] - counts[1]).max() <= PATHS / 10_000, name
        assert plain[name].dtype == bool


def test_the_two_share_no_code() -> None:
    folder = Path(plain_double.__file__).parent
    for path in sorted(folder.glob("plain_*.py")):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        imported = [line for line in lines if line.startswith(("from simulator", "import simulator"))]
        assert all(line.startswith("from simulator.compiled import") for line in imported), path.name


def test_the_double_notices_a_change_of_rule(shipped: Scenario) -> None:
    other = changed(shipped, rules__collection_estimated=valued(0.6))
    gaps = [double(scenario, 1)["gap"] for scenario in (shipped, other)]
    assert np.abs(gaps[0] - gaps[1]).max() > 1_000


def test_the_cases_try_tax_unused_reserves_drawn_and_years_closed(shipped: Scenario) -> None:
    compiled = compile_scenario(two_bodies(shipped))
    another = compiled.agency_ids.index("another")
    assert (compiled.funding[another].tax.unused[2:] > 0.01).all()
    assert compiled.council.added[another] < 0 < compiled.council.added[1 - another]
    assert compiled.council.plans.tolist() == [False] * 4 + [True] * 3
    assert compiled.council.controls.tolist() == [False] * 2 + [True] * 5
    assert double(two_bodies(shipped), 7)["s114_if_support_always_late"][:, another].any()


def test_savings_read_off_a_table_are_the_exact_quantiles(shipped: Scenario) -> None:
    compiled = compile_scenario(shipped)
    council = plain_double.Council(World(compiled, 1, PATHS), 0)
    terms, luck = compiled.delivery, council.world.luck
    assert terms is not None
    own, fiscal = (luck.normals(name, compiled.horizon) for name in (
        "savings/blackburn/year", "factor/fiscal/shock",
    ))  # fmt: skip
    yearly = np.sqrt(1 - terms.system_share) * own + np.sqrt(terms.system_share) * fiscal
    lasting = luck.normals("savings/blackburn/organisation", 1)
    score = np.sqrt(terms.organisation_weight) * lasting + np.sqrt(1 - terms.organisation_weight) * yearly
    for mean, rates in zip(terms.means[0], council.rates, strict=True):
        size = mean * (1 - mean) / terms.sd**2 - 1
        exact = betaincinv(mean * size, (1 - mean) * size, ndtr(score))
        assert np.abs(rates - exact).max() < 1e-5
        assert np.abs(exact.mean() - mean) < 0.01


TRIED: dict[str, float] = {}


@settings(max_examples=10, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(bodies("ashby"), bodies("barton"), st.sampled_from(["extended", "absorbed", "falls_on_general_fund"]))
def test_any_two_drawn_councils_agree_on_every_path(first: Tree, second: Tree, then: str) -> None:
    """Every rule of the file by chance: limits, levy, safety net, fences, ends, plans, named reserves, support."""
    tree = made(first, second, rules=rules(then))
    scenario = Scenario.model_validate(tree, context={"money": "£m"})
    ours, plain = engine(scenario, 5, BLOCK), double(scenario, 5, BLOCK)
    for name in variants.MEASURES:
        np.testing.assert_allclose(ours[name], plain[name], rtol=1e-9, atol=1e-6, err_msg=name)
        TRIED[name] = max(TRIED.get(name, 0.0), float(np.abs(ours[name]).max()))
    for name in set(ours) - set(variants.MEASURES):
        assert np.abs(ours[name].sum(axis=-1) - plain[name].sum(axis=-1)).max() <= 1, name


def test_the_cases_try_every_measure() -> None:
    ours = engine(changed(town(), years=6), 9, BLOCK)
    idle = [name for name in variants.MEASURES if not TRIED.get(name) and not np.abs(ours[name]).max()]
    assert idle == ["transfers_in"]
