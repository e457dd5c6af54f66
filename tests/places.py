"""Places for tests: small ones built from plain dictionaries, and the shipped one with changes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from simulator import yaml_tree as values
from simulator.assumptions import Driver, Event
from simulator.compiled import Compiled, Floats
from simulator.drivers import NATIONAL, DriverBlock, DriverPaths
from simulator.faults import faults
from simulator.layers import Reader, start
from simulator.position import Part, price
from simulator.prepared import compile_scenario
from simulator.projection import project
from simulator.scenario import Scenario
from simulator.scenario_file import build, piece, resolved
from simulator.variants import VIEWS, Outcome, Variant

Tree = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
BLACKBURN = ROOT / "scenarios" / "blackburn-with-darwen.yaml"
LANCASHIRE = ROOT / "scenarios" / "lancashire.yaml"
BASE, NEXT = "2025-26", "2026-27"

NHS: Tree = {
    "tolerance": "0.5%", "repayment_cap": "0.5%", "carry_forward": "0%", "dividend": "3.5%", "convergence_rate": "10%",
    "convergence_down": "1%", "convergence_up": "1%", "support_withheld": "25%", "replacement_multiple": 1.5,
}  # fmt: skip
"""Rules of NHS bodies for small places that state none of their own."""

FALSE_ALARM = 5.69
"""Standard errors that chance alone exceeds about once in 80 million: no test here fails by luck."""


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> Tree:
    """Return `first` overlaid with `second`, mapping by mapping; anything else is replaced."""
    both = dict(first)
    for key, value in second.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def driver(name: str, **beliefs: Any) -> Tree:
    return {"id": name, "name": name, **beliefs}


def basket(name: str, **shares: str) -> Tree:
    return {"id": name, "shares": shares}


def event(name: str, chance: str, size: Tree, **more: Any) -> Tree:
    return {"id": name, "name": name, "chance": chance, "size": size, **more}


def exactly(share: str) -> Tree:
    """A size that is always the same."""
    return {"low": share, "mode": share, "high": share}


def limits(core: Tree) -> Tree:
    """Rules that hold nothing but the referendum limit of upper-tier councils."""
    return {"referendum_limits": {"upper_tier": {"core": core}}}


def line(name: str, net: float | None = 100, **more: Any) -> Tree:
    return {"id": name, "name": name, "net": net, **more}


def council(name: str = "town", **changes: Any) -> Tree:
    """A council that spends and raises 100, holds 10, and changes only as told."""
    plain = {
        "id": name,
        "name": name,
        "kind": "council",
        "class": "unitary",
        "funding": {"council_tax": {"requirement": {BASE: 100}, "band_d": {BASE: 2000}, "increase": {}}},
        "spending": [line("services")],
        "reserves": {
            "gf_unallocated": 10,
            "earmarked": 0,
            "usable_share": 0,
            "reallocatable_share": 0,
            "minimum": 0,
            "contribution": {"amount": 0},
        },
    }
    return merged(plain, changes)


def body(name: str, kind: str, plain: Tree, changes: Tree) -> Tree:
    """A body of a kind whose plain figures change only as told."""
    return merged({"id": name, "name": name, "kind": kind, **plain}, changes)


def income(name: str, amount: float = 100, **more: Any) -> Tree:
    """Income, an allocation or a grant of the base year."""
    return {"id": name, "name": name, "amounts": {BASE: amount}, **more}


def police(name: str = "police", kind: str = "police", **changes: Any) -> Tree:
    """A police body (or fire) that spends and raises 100, and holds 10."""
    plain = {key: part for key, part in council(name).items() if key not in ("class", "kind")}
    return merged({**plain, "kind": kind}, changes)


def combined(name: str = "mayor", **changes: Any) -> Tree:
    """A combined authority without a precept that spends its grant of 100, and holds 10."""
    plain = {**police(name, "combined_authority"), "funding": {"grants": [income("transport")]}}
    return merged(plain, changes)


def icb(name: str = "board", **changes: Any) -> Tree:
    """An ICB that spends its allocation of 100 and owes nothing."""
    return body(name, "icb", {"funding": {"allocations": [income("core")]}, "spending": [line("services")]}, changes)


def trust(name: str = "north", **changes: Any) -> Tree:
    """A trust that earns and spends 100, with 10 of cash and no minimum of it."""
    plain = {"foundation": True, "cash": 10, "minimum_cash_days": 0, "funding": {"income": [income("care")]}}
    return body(name, "trust", {**plain, "spending": [line("staff")]}, changes)


def charity(name: str = "hospice", **changes: Any) -> Tree:
    """A charity that spends the 10 it is given, with free reserves of 1 and no minimum of them."""
    plain = {"funding": {"income": [income("gifts", 10)]}, "free_reserves": 1, "minimum_months": 0}
    return body(name, "vcse", {**plain, "spending": [line("beds", 10)]}, changes)


def outside(name: str = "nation") -> Tree:
    """A party without books."""
    return {"id": name, "name": name, "kind": "outside"}


def contract(name: str, payer: str, payee: str, amount: float, kind: str = "block", **more: Any) -> Tree:
    """A contract of the base year."""
    return {"id": name, "name": name, "kind": kind, "payer": payer, "payee": payee, "amounts": {BASE: amount}, **more}


def nhs(regime: str = "individual", **changes: Any) -> Tree:
    """Rules of the NHS in one regime throughout."""
    law = {
        "tolerance": "0.5%", "repayment_years": 3, "repayment_cap": "0.5%", "carry_forward": "0%", "dividend": "3.5%",
        "convergence_rate": "30%", "convergence_down": "1%", "convergence_up": "1%", "support_withheld": "25%",
        "replacement_multiple": 1.5,
    }  # fmt: skip
    return {"nhs_regime": {BASE: regime}, "nhs": merged(law, changes)}


def scenario(**changes: Any) -> Scenario:
    """A faultless scenario of one small council over five years, in £m, overlaid with `changes`."""
    plain = {
        "headroom": 1,
        "name": "A small place",
        "place": {"id": "small", "name": "Small"},
        "base_year": BASE,
        "as_at": "2026-11-22",
        "budget_year": NEXT,
        "years": 5,
        "money": "£m",
        "sources": {"MADE": {"title": "Made up", "grade": "J"}},
        "agencies": [council()],
    }
    tree = merged(plain, changes)
    if any(body.get("kind") in {"icb", "trust", "vcse"} for body in tree["agencies"]):
        tree = merged({"rules": {"nhs": NHS, "nhs_regime": {BASE: "individual"}}}, tree)
    found = Scenario.model_validate(tree, context={"money": tree["money"]})
    assert faults(found) == []
    return found


LIVELY: Tree = {"spread": "2%", "trend": "0.5%", "persistence": 0.4, "system_share": "50%", "loadings": {"need": 0.5}}
MOVED = {"need": "3%", "wages": "3%", "cost": "2%", "tariff": "2%", "aid": "2%", "core": "4%", "gifts": "1%"}
MANAGED: Tree = {
    "yearly_capacity": "2%", "total_capacity": "6%", "recurrent": "80%", "covered_once": "50%", "brake_share": "30%",
    "brake_cap": "1%", "surplus_banked": "70%",
}  # fmt: skip


def whole_place(*agreements: Tree, regime: Tree | None = None, **changes: Any) -> Scenario:
    """The lively place of `whole_tree`, read."""
    return scenario(**whole_tree(*agreements, regime=regime, **changes))


def whole_tree(*agreements: Tree, regime: Tree | None = None, **changes: Any) -> Tree:
    """A lively place over five years with every kind of body, each of them managed, and agreements between them.

    `changes` are of the bodies, by id; `law` of the rules of the NHS, `rules` of all rules and `drivers` of drivers.
    """
    law, rules, drivers = (changes.pop(name, {}) for name in ("law", "rules", "drivers"))
    moved = {"demand": "need", "basket": "bought"}
    bodies = [
        council(funding={"council_tax": {"increase": {NEXT: "2%"}}, "grants": [income("general", 40, driver="aid")]},
                spending=[line("services", 80, basket="bought"), line("care", 60, **moved)]),
        police(funding={"council_tax": {"increase": {NEXT: "2%"}}}, spending=[line("beat", basket="bought")]),
        police("fire", "fire", spending=[line("engines", basket="bought")], reserves={"gf_unallocated": 4}),
        combined(funding={"grants": [income("transport", driver="aid")]}, spending=[line("buses", basket="bought")]),
        icb(funding={"allocations": [income("core", 600, driver="core")]}, owed=5,
            spending=[line("primary", 200, **moved), line("joint", 30, **moved)]),
        trust(funding={"income": [income("training", 30, driver="wages")]}, spending=[line("staff", 230, **moved)],
              non_cash=6, capital=7, minimum_cash_days=8),
        trust("south", foundation=False, funding={"income": [income("training", 10, driver="wages")]},
              spending=[line("staff", 130, basket="bought")], cash=4),
        charity(funding={"income": [income("gifts", 4, driver="gifts")]}, spending=[line("beds", 10, basket="bought")]),
        charity("carers", spending=[line("visits", 12, basket="bought")], minimum_months=1, fails=False),
        outside(),
    ]  # fmt: skip
    savings = [{"id": "plan", "name": "Plan", "rag": "amber", "recurrent": "60%", "amounts": {NEXT: 1}}]
    for one in bodies[:9]:
        one["savings"], one["contingency"] = savings, {"amounts": {NEXT: 0.2, "2028-29": 0.4}}
    beliefs = {name: {**LIVELY, "long_run": rate} for name, rate in MOVED.items()}
    ruling = {
        **nhs("individual", **law), "responses": dict.fromkeys(("icb", "trust", "vcse"), MANAGED),
        "savings_response": {**MANAGED, "tax_to_limit": 0}, "accommodation": {"share": "40%", "first": "2027-28"},
        "delivery": {"green": "95%", "amber": "70%", "red": "35%", "new": "78%", "sd": "12%",
                     "organisation_weight": "40%", "system_share": "30%"},
        "support_late": "30%", "support_years": 20, "capitalisation_rate": "6%", "budget_learning": "50%",
    }  # fmt: skip
    unknown = set(changes) - {one["id"] for one in bodies}
    assert not unknown, unknown
    return {
        "drivers": [driver(name, **belief) for name, belief in merged(beliefs, drivers).items()],
        "baskets": [basket("bought", wages="60%", cost="40%")],
        "rules": merged({**ruling, **({"nhs_regime": regime} if regime else {})}, rules),
        "agencies": [merged(one, changes.get(one["id"], {})) for one in bodies],
        "agreements": list(agreements),
    }


def driven(*drivers: Tree, **changes: Any) -> Scenario:
    """A small place with one line for each driver, moved by it as demand, so that all are used."""
    lines = [line(f"{d['id']}_line", demand=d["id"]) for d in drivers if d.get("kind") != "level"]
    rates = [d["id"] for d in drivers if d.get("kind") == "level"]
    more: Tree = {"spending": lines or [line("services")]}
    if rates:
        more["funding"] = {"council_tax": {"collection": rates[0]}}
    agencies = changes.pop("agencies", ["town"])
    return scenario(drivers=list(drivers), agencies=[council(name, **more) for name in agencies], **changes)


@cache
def _read(path: Path) -> values.Tree:
    return Reader().whole(*start(path))


def laid(path: Path, overlays: Sequence[Path] = (), sets: Sequence[str] = ()) -> Scenario:
    """What `load` gives of a file under overlays and settings; the file itself is read once."""
    return build(resolved(_read(path), [piece(overlay) for overlay in overlays], sets)[0])


@cache
def blackburn() -> Scenario:
    """The shipped place as it is shipped."""
    return laid(BLACKBURN)


@cache
def lancashire() -> Scenario:
    """The shipped place of ten bodies as it is shipped."""
    return laid(LANCASHIRE)


def blackburn_with(*overlays: Tree | Path) -> Scenario:
    """The shipped place under overlays, each a shipped file or a dictionary written to one."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, overlay in enumerate(overlays):
            path = overlay if isinstance(overlay, Path) else Path(folder, f"overlay{number}.yaml")
            if not isinstance(overlay, Path):
                path.write_text(yaml.safe_dump(overlay, allow_unicode=True), encoding="utf-8")
            paths.append(path)
        return laid(BLACKBURN, paths)


def without_luck(found: Scenario) -> Scenario:
    """The same beliefs with every spread, trend, level noise and event chance at nought."""
    drivers = [_calm(driver) for driver in found.drivers]
    events = [_unlikely(event) for event in found.events]
    rules = found.rules
    if rules.delivery:
        sure = rules.delivery.model_copy(update={"sd": rules.delivery.sd.model_copy(update={"value": 0.0})})
        rules = rules.model_copy(update={"delivery": sure})
    update = {"drivers": drivers, "events": events, "spending_review": None, "rules": rules}
    return found.model_copy(update=update)


def _calm(driver: Driver) -> Driver:
    own = driver.own_level
    nought = {
        name: getattr(driver, name).model_copy(update={"value": 0.0})
        for name in ("spread", "trend", "transitory")
        if getattr(driver, name)
    }
    if own:
        spread = own.spread.model_copy(update={"value": 0.0})
        nought["own_level"] = own.model_copy(update={"spread": spread, "transitory": None})
    return driver.model_copy(update=nought)


def _unlikely(event: Event) -> Event:
    return event.model_copy(update={"chance": event.chance.model_copy(update={"value": 0.0})})


def blocks(compiled: Compiled, paths: int, seed: int = 1) -> Iterator[DriverBlock]:
    recipe = DriverPaths(compiled, seed)
    return (recipe.block(number) for number in range(paths // 1_000))


def place_of(compiled: Compiled, name: str) -> int:
    """The index of the driver `name`."""
    return [terms.id for terms in compiled.drivers].index(name)


def levels(compiled: Compiled, name: str, paths: int, agency: int = NATIONAL, seed: int = 1) -> Floats:
    """A driver's level on many paths, `[year, path]`: log of its index, or points."""
    return levels_of(compiled, [name], paths, agency, seed)[0]


def levels_of(
    compiled: Compiled, names: Sequence[str], paths: int, agency: int = NATIONAL, seed: int = 1
) -> list[Floats]:
    """The levels of several drivers on the same paths, each block drawn once, `[year, path]` each."""
    places = [place_of(compiled, name) for name in names]
    drawn = [[block.future(k, agency).level for k in places] for block in blocks(compiled, paths, seed)]
    return [np.concatenate(one, axis=1) for one in zip(*drawn, strict=True)]


def central(found: Scenario, variants: tuple[Variant, ...] = VIEWS) -> Outcome:
    """The central case: one path of no shocks."""
    compiled = compile_scenario(found)
    return project(compiled, DriverPaths(compiled, 1).central(), variants, len(variants))


def parts_of(found: Scenario) -> list[Part]:
    """The parts of the first body's central case."""
    compiled = compile_scenario(found)
    return price(compiled, DriverPaths(compiled, 1).central(), itemised=True).parts[0]


def on_paths(found: Scenario, block: int = 0, seed: int = 1) -> Outcome:
    """One block of 1,000 paths under both views."""
    compiled = compile_scenario(found)
    return project(compiled, DriverPaths(compiled, seed).block(block))
