"""What a shift does against an independent, plain reading of the method, by body, year and path, in both views.

`benchmarks/plain_shift.py` was written from `docs/method.md` 12 to 14 and shares no code with the engine. Money agrees
to a penny on the demo place and on drawn places of few years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from places import BLACKBURN, NEXT, ROOT, Tree, contract, line, scenario, whole_tree

from benchmarks import plain_bargains, plain_double
from benchmarks.plain_body import Seen
from benchmarks.plain_shift import Shifted
from simulator.bargains import Bargain
from simulator.commissioning import commissioned
from simulator.compiled import Compiled, Floats
from simulator.drivers import DriverPaths
from simulator.position import price
from simulator.prepared import compile_scenario
from simulator.prevention import Flows, borne, flows
from simulator.programme_scene import Scene
from simulator.programme_terms import PreventionTerms, Shift
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.variants import Variant

LANCASHIRE = ROOT / "scenarios" / "lancashire.yaml"
LIBRARY = ROOT / "simulator" / "defaults" / "pathway-2026.yaml"
PENNY = 0.01
PATHS = 30
YEARS = (NEXT, "2027-28", "2028-29", "2029-30", "2030-31")
PARTS = {
    "avoided": "avoided", "growth": "growth", "refilled": "refilled", "stranded": "stranded", "cash": "cash",
    "unpaid": "waited",
}  # fmt: skip
"""Parts of relief, as the engine and as the double call them."""


Worked = tuple[Compiled, PreventionTerms, Flows, Shifted]


def worked(found: Scenario, sizes: Mapping[str, float], seed: int) -> Worked:
    """A shift in the engine and in the double."""
    compiled = compile_scenario(found)
    terms = commissioned(found, compiled)
    assert terms is not None
    block = DriverPaths(compiled, seed).block(0)
    scene = Scene(compiled, terms, block, price(compiled, block))
    ours = flows(scene, [sizes[one.id] for one in terms.programmes])
    return compiled, terms, ours, Shifted(Seen(compiled, seed, PATHS), found, sizes)


def apart(ours: Floats, plain: Floats) -> float:
    return float(np.abs(ours[..., :PATHS] - plain).max(initial=0.0))


def both_agree(found: Scenario, sizes: Mapping[str, float], seed: int = 3) -> Flows:
    """What the engine has of a shift, once the double has the same to a penny."""
    _, terms, ours, plain = worked(found, sizes, seed)
    pairs = {
        "net": (ours.net, plain.net[:, 0]), "expected": (ours.expected, plain.net[:, 1]),
        "cash": (ours.cash, plain.cash[:, 0]), "paid": (ours.paid, plain.paid[:, 0]),
        "hoped": (ours.hoped, plain.cash[:, 1] - plain.paid[:, 1]), "outside": (ours.outside, plain.outside[0]),
    }  # fmt: skip
    for one, spent in zip(terms.programmes, ours.invest, strict=True):
        pairs[one.id] = spent, plain.invest[one.id][0]
    for service, relief in zip(terms.services, ours.reliefs, strict=True):
        for part, name in PARTS.items():
            pairs[f"{service.id} {part}"] = getattr(relief, part), getattr(plain.spared[service.id], name)[0]
    assert {name: apart(*pair) for name, pair in pairs.items() if apart(*pair) > PENNY} == {}
    return ours


@pytest.fixture(scope="module")
def demo() -> Scenario:
    return load(LANCASHIRE).scenario


@pytest.fixture(scope="module")
def shift_of_demo(demo: Scenario) -> Worked:
    """Four times what the demo place proposes, which breaks duties."""
    return worked(demo, proposed(demo, 4.0), 3)


def of_terms(terms: PreventionTerms, bargain: Bargain | None, times: float = 4.0) -> Shift:
    """What is proposed, so many times over, under a bargain."""
    return Shift(terms, tuple(one.spend * times for one in terms.programmes), bargain)


def proposed(found: Scenario, times: float = 1.0) -> dict[str, float]:
    stated = found.prevention
    assert stated is not None
    return {one.id: one.spend.used * times for one in stated.programmes}


@pytest.mark.parametrize("times", [0.5, 3.0])
def test_the_demo_place_agrees_to_a_penny(demo: Scenario, times: float) -> None:
    ours = both_agree(demo, proposed(demo, times))
    assert min(np.abs(part).max() for part in (ours.net, ours.paid, ours.outside)) > 1_000 * times
    assert np.abs(ours.net - ours.expected).max() > 100_000 * times


INSIDE = tuple(a in {0, 3, 5} for a in range(10))


@pytest.mark.parametrize("bargain", [
    Bargain("pooled", shares=(0.6, 0, 0, 0.4, *[0] * 6)),
    Bargain("risk_share", shares=(0.7, 0, 0, 0, 0, 0.3, *[0] * 4), parties=INSIDE),
    Bargain("gain_share", share=0.5),
    Bargain("bridging_loan", years=3, term=4, rate=0.05),
    Bargain("bridging_loan", years=2, term=20, rate=0.0),
], ids=lambda bargain: bargain.kind)  # fmt: skip
def test_arrangements_agree_to_a_penny(shift_of_demo: Worked, bargain: Bargain) -> None:
    """Each body's cost under a bargain, as it turns out and as budgets expect it."""
    compiled, terms, ours, plain = shift_of_demo
    shift = of_terms(terms, bargain)
    pays = terms.payers(shift.sizes)
    assert pays.sum() == pytest.approx(1)
    cost, gain = np.moveaxis(plain.net, 1, 0), np.moveaxis(plain.cash - plain.paid, 1, 0)
    expected = plain_bargains.borne(bargain, cost, gain, pays, terms.start)
    assert max(apart(*pair) for pair in zip(borne(shift, ours), expected, strict=True)) < PENNY
    assert np.abs(expected[0] - cost[0]).max() > 10_000
    assert compiled.agency_ids[:4] == ("blackburn", "lancashire_fire", "lancashire_police", "lsc_icb")


def test_a_budget_knows_what_a_loan_costs_once_it_is_lent(shift_of_demo: Worked) -> None:
    """After the years of lending what surprises a budget is the shift itself, never the repayment."""
    _, terms, ours, _ = shift_of_demo
    shift = of_terms(terms, Bargain("bridging_loan", years=3, term=7, rate=0.05))
    actual, hoped = borne(shift, ours)
    after = slice(terms.start + 3, None)
    assert (actual - hoped)[:, after] == pytest.approx((ours.net - ours.expected)[:, after], abs=PENNY)
    assert (actual - ours.net)[0, after].min() > 100_000


@pytest.mark.parametrize("bargain", [None, Bargain("bridging_loan", years=3, term=4, rate=0.05)], ids=["plain", "loan"])
def test_a_shift_in_projection_is_more_on_the_gap_and_on_what_budgets_expect(
    demo: Scenario, shift_of_demo: Worked, bargain: Bargain | None
) -> None:
    """Ten bodies over ten years, before action and after, every measure and every duty, from the double's own costs."""
    compiled, terms, _, plain = shift_of_demo
    shift = of_terms(terms, bargain)
    cost, gain = np.moveaxis(plain.net, 1, 0), np.moveaxis(plain.cash - plain.paid, 1, 0)
    if bargain:
        cost = plain_bargains.borne(bargain, cost, gain, terms.payers(shift.sizes), terms.start)
    tried = [(acts, there) for acts in (False, True) for there in (False, True)]
    given_ = tuple(plain_double.Treatment(acts, shift=cost if there else None) for acts, there in tried)
    kept = plain_double.project(compiled, 3, PATHS, given_, demo.agreements)
    asked = tuple(Variant(f"{acts} {there}", acts, shift=shift if there else None) for acts, there in tried)
    found = project(compiled, DriverPaths(compiled, 3).block(0), asked, len(asked))
    # Offsets within a system pass through it in the double and between members in the engine: the balance is the same.
    money = {name: (ours, kept[name]) for name, ours in found.measures.items() if not name.startswith("transfers")}
    money["transfers"] = tuple(one["transfers_in"] - one["transfers_out"] for one in (found.measures, kept))
    assert {name: apart(*pair) for name, pair in money.items() if apart(*pair) > PENNY} == {}
    assert np.array_equal(found.outcomes["duty_breached"][..., :PATHS], kept["duty_breached"])
    more = kept["duty_breached"][1::2].sum(axis=(1, 2, 3)) - kept["duty_breached"][::2].sum(axis=(1, 2, 3))
    assert (more > 0).all()


def shown_in_readme() -> str:
    """The programmes that the README shows, for the council of the shipped scenario, which has the line."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = next(part for part in text.split("```yaml")[1:] if "prevention:" in part).split("```")[0]
    return shown.replace("my_council", "blackburn")


def test_the_programmes_of_the_readme_agree_and_take_local_evidence_in(tmp_path: Path) -> None:
    """The example is sound as it stands: a kind of the library with local evidence, and a kind of one's own."""
    overlay = tmp_path / "own.yaml"
    overlay.write_text(shown_in_readme(), encoding="utf-8")
    found = load(BLACKBURN, [overlay]).scenario
    _, terms, _, _ = worked(found, proposed(found), 3)
    weights = {one.id: one.prior_weight for one in terms.programmes}
    assert 0.1 < weights["reablement"] < 0.9 and weights["visits"] == 1
    assert both_agree(found, proposed(found)).outside.max() > 10_000


def test_the_programmes_of_the_readme_may_be_appended_as_it_says(tmp_path: Path) -> None:
    """Without their first line, at the end of a scenario that extends the library too, they are the same."""
    overlay, whole = tmp_path / "own.yaml", tmp_path / "whole.yaml"
    first, _, rest = shown_in_readme().lstrip().partition("\n")
    assert first.startswith("extends:")
    overlay.write_text(shown_in_readme(), encoding="utf-8")
    text, both = (
        BLACKBURN.read_text(encoding="utf-8"),
        "extends: [defaults/uk-2026.yaml, defaults/prevention-2026.yaml]",
    )
    assert both in (ROOT / "README.md").read_text(encoding="utf-8")
    whole.write_text(text.replace("extends: defaults/uk-2026.yaml", both) + rest, encoding="utf-8")
    assert load(whole).scenario.prevention == load(BLACKBURN, [overlay]).scenario.prevention


def test_local_evidence_on_slots_and_on_what_fidelity_cuts_agrees(tmp_path: Path) -> None:
    """Bias and fidelity go by the library's weight, for a return and for slots bought in a pathway alike."""
    overlay, said = tmp_path / "own.yaml", "rationale: measured here"
    own = f"{{id: own, per_pound: {{low: 0.8, central: 1.1, high: 1.5, {said}}}}}"
    kinds = ("home_first", "hypertension")
    lines = [
        "name: Measured here", "prevention:", "  programmes:",
        *(f"    - {{id: {one}, local_evidence: [{own}]}}" for one in kinds),
        "  interventions:",
        *(f"    - {{id: {one}, fidelity: {{low: 50%, central: 70%, high: 100%, {said}}}}}" for one in kinds),
    ]  # fmt: skip
    overlay.write_text("\n".join(lines), encoding="utf-8")
    found = load(LANCASHIRE, [overlay]).scenario
    sizes = proposed(found, 0.0) | dict.fromkeys(kinds, 1e6)
    both_agree(found, sizes)


@pytest.mark.parametrize(("ends", "kept"), [(None, 3), ("2028-29", 2), ("2027-28", 1)])
def test_double_running_ends_with_its_programme(ends: str | None, kept: int) -> None:
    """An old service is kept beside a programme for three years, or until the programme ends."""
    classes: Tree = {
        "id": "classes", "name": "Classes", "tier": "primary", "per_pound": 0, "lag": 0, "decay": "0%", "setup": "50%",
        "double_running": "20%", "double_running_years": 3, "evidence_grade": 1,
        "gains": [{"service": "outside", "share": "100%", "cashable": "0%"}],
    }  # fmt: skip
    one: Tree = {
        "id": "classes", "name": "Classes", "intervention": "classes", "starts": "2027-28", "spend": 1, "most": 1,
        "pays": {"town": "100%"}, **({"ends": ends} if ends else {}),
    }  # fmt: skip
    ours = both_agree(scenario(prevention={"interventions": [classes], "programmes": [one]}), {"classes": 1e6})
    spent = ours.invest[0, :, 0]
    last = 4 if ends is None else YEARS.index(ends)
    expected = [1e6 * ((1 <= t <= last) + 0.5 * (t == 1) + 0.2 * (1 <= t < 1 + kept)) for t in range(5)]
    assert spent == pytest.approx(expected)


# Small places whose programmes are drawn, every rule by chance.


def percent(low: int = 0, high: int = 100) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda whole: f"{whole}%")


def spread(low: float, high: float) -> st.SearchStrategy[Tree]:
    ends = st.lists(st.floats(low, high).map(lambda x: round(x, 3)), min_size=3, max_size=3, unique=True)
    return ends.map(lambda points: dict(zip(("low", "central", "high"), sorted(points), strict=True)))


SERVICES = {
    "care": ("town", ["care"]), "wards": ("north", ["staff"]), "clinics": ("north", ["clinics"]),
    "surgeries": ("board", ["primary"]), "beat": ("police", ["beat"]), "nobody": (None, []),
}  # fmt: skip
BOUND = [name for name, (whose, _) in SERVICES.items() if whose]


@st.composite
def services(draw: st.DrawFn) -> list[Tree]:
    found = []
    for name, (whose, lines) in SERVICES.items():
        one: Tree = {
            "id": name, "name": name, "growth_cashable": draw(percent()), "stranded": draw(percent()),
            "backfill": draw(percent(0, 60)), "withdrawal_years": draw(st.sampled_from([None, 1, 2, 4])),
        }  # fmt: skip
        if whose:
            one |= {"agency": whose, "lines": lines}
        if draw(st.booleans()):
            one["step"] = draw(st.sampled_from([0.05, 0.3]))
        found.append(one)
    return found


@st.composite
def kinds(draw: st.DrawFn, name: str) -> Tree:
    gainers = draw(st.lists(st.sampled_from([*SERVICES, "outside"]), min_size=1, max_size=4, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(gainers) - 1, max_size=len(gainers) - 1)))
    shares = [high - low for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]
    one: Tree = {
        "id": name, "name": name, "tier": "secondary", "per_pound": draw(spread(0.1, 9)),
        "over": draw(st.sampled_from([1, 4, 10])), "lag": draw(st.sampled_from([0, 0.3, 1.5, 6])),
        "decay": draw(st.sampled_from(["0%", "20%", "100%"])), "evidence_grade": draw(st.integers(1, 3)),
        "gains": [
            {"service": service, "share": f"{share}%", "cashable": draw(percent())}
            for service, share in zip(gainers, shares, strict=True)
        ],
        "build_up": draw(st.sampled_from([[], ["40%"], ["20%", "70%"]])), "setup": draw(percent()),
        "double_running": draw(percent()), "double_running_years": draw(st.integers(0, 3)),
        "deadweight": draw(percent(0, 50)), "basket": draw(st.sampled_from([None, "bought"])),
    }  # fmt: skip
    if draw(st.booleans()):
        one["fidelity"] = {"low": "40%", "central": "75%", "high": "95%"}
    one["staff"] = {group: draw(st.sampled_from([0, 4, 30])) for group in ("nurses", "carers") if draw(st.booleans())}
    return one


@dataclass(frozen=True)
class Drawn:
    """A place with programmes and their sizes, which is told in short."""

    scenario: Scenario = field(repr=False)
    sizes: dict[str, float]


@st.composite
def shifts(draw: st.DrawFn) -> Drawn:
    """A whole place with two to four programmes, staff, contracts of any kind and, at times, a pathway."""
    names = ["walks", "checks", "homes", "nights"][: draw(st.integers(2, 4))]
    programmes = []
    for name in names:
        start, payers = (
            draw(st.integers(0, 3)),
            draw(st.sampled_from([("town",), ("town", "board"), ("police", "board")])),
        )
        first = draw(st.integers(0, 100))
        shares = [first, 100 - first] if len(payers) > 1 else [100]
        one: Tree = {
            "id": name, "name": name, "intervention": name, "starts": YEARS[start],
            "spend": draw(st.sampled_from([0.2, 1.5])), "most": 4,
            "pays": {payer: f"{share}%" for payer, share in zip(payers, shares, strict=True)},
        }  # fmt: skip
        if draw(st.booleans()):
            one["ends"] = YEARS[draw(st.integers(start, 4))]
        if draw(st.booleans()):
            one["local_evidence"] = [{"id": "own", "per_pound": draw(spread(0.2, 6)), **REASONED}]
        programmes.append(one)
    made = [draw(kinds(name)) for name in names]
    way: Tree = {}
    if draw(st.booleans()):
        made[0]["gains"] = [{"service": "wards", "share": "100%", "cashable": draw(percent())}]
        programmes[0]["pathway"], made[0]["decay"] = "hospital_to_home", "100%"
        way = {"pathways": pathways()}
    terms: Tree = draw(st.sampled_from([
        {"kind": "activity"}, {"kind": "blended", "variable": "30%"}, {"kind": "block"},
        {"kind": "cap_collar", "width": "1%", "share": "50%", "cap": "3%", "collar": "1%"},
    ]))  # fmt: skip
    agreed = contract("north_care", "board", "north", 190, activity="need", price="tariff", **terms)
    tree = whole_tree(agreed, contract("beds", "nation", "north", 20, activity="need", kind="activity"), north=MORE)
    stated = {
        "services": draw(services()), "interventions": made, "programmes": programmes, "staff": STAFF,
        "optimism": ["0%", "10%", "25%"], "shared_luck": "30%",
    }  # fmt: skip
    sizes = {name: draw(st.sampled_from([0.0, 0.4e6, 3e6])) for name in names}
    return Drawn(scenario(**tree, prevention=stated, **way), sizes)


REASONED: Tree = {"source": "MADE", "rationale": "counted here"}
MORE: Tree = {
    "spending": [
        line("staff", 227, demand="need", basket="bought", elasticity=0.8),
        line("clinics", 3, demand="need", amounts={NEXT: 3.4, "2028-29": 2.9}),
    ]
}
STAFF: list[Tree] = [
    {"id": "nurses", "name": "Nurses", "in_post": 60, "funded": 66, "joiners": "14%", "leavers": "9%",
     "works_for": {"north": ["staff"]}, "retrained": {"2028-29": 3}},
    {"id": "carers", "name": "Carers", "in_post": 30, "funded": 28, "joiners": "9%", "leavers": "10%",
     "works_for": {"town": ["care"], "board": ["primary"]}},
]  # fmt: skip


def pathways() -> list[Tree]:
    """The shipped pathway as that of one trust, on drivers of the small place."""
    shipped: Tree = yaml.safe_load(LIBRARY.read_text(encoding="utf-8"))
    way = shipped["pathways"][0]
    return [bare(way) | {"agency": "north", "admissions_driver": "need", "complex_driver": "core"}]


def bare(tree: Any) -> Any:
    """A tree of the library without where its numbers come from."""
    if isinstance(tree, dict):
        return {key: bare(part) for key, part in tree.items() if key != "source"}
    return [bare(part) for part in tree] if isinstance(tree, list) else tree


TRIED: dict[str, float] = {}


@settings(max_examples=12, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(shifts())
def test_any_drawn_shift_agrees_to_a_penny(drawn: Drawn) -> None:
    """Rules upon rules, by chance."""
    ours = both_agree(drawn.scenario, drawn.sizes, seed=11)
    for name in ("net", "expected", "cash", "paid", "outside"):
        TRIED[name] = max(TRIED.get(name, 0.0), float(np.abs(getattr(ours, name)).max()))


def test_the_draws_try_every_flow() -> None:
    """After the draws above: nothing agrees only because it is nought."""
    if not TRIED:
        test_any_drawn_shift_agrees_to_a_penny()
    assert {name for name, most in TRIED.items() if most < 1_000} == set()
