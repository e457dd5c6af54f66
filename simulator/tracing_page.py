"""One future, or one line, as text for a terminal: what happened, who paid whom and why."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping

import pandas as pd

from simulator.drivers import DriverPaths
from simulator.money import HALF_PENNY, in_millions
from simulator.place import Agency
from simulator.plain_english import TITLES, fund
from simulator.plan import Plan, PlanLine
from simulator.position import FUNDING, price
from simulator.regimes.vcse import Charity
from simulator.resources import Grant
from simulator.summary import PERCENTS
from simulator.trace_words import GROUPS, OWN_PART, SIGN_RULE, TURNED, UNFUNDED, WORDS
from simulator.tracing import AGREEMENT, Run

WIDE = 60


def trace_page(run: Run, agency: str, path: int, view: str, told: pd.DataFrame) -> str:
    """Return one future year by year; amounts of nought are left out."""
    body = _body(run, agency)
    title = TITLES.get(view, "Doing nothing")
    lines = [
        f"{body.name}: future {path:,} (counted from 0) of {run.paths:,} (seed {run.seed}), {title.lower()}",
        "",
        SIGN_RULE,
    ]
    names, marks = _names(body), _marks(run, body)
    ended = _ended(told)
    for year in dict.fromkeys(told.year):
        lines += ["", year, "=" * len(year)]
        if year in ended:
            lines += ["", "  It failed in an earlier year: its spending and income have ended."]
        for group, words in GROUPS.items():
            if year in ended and group in ("spending", "funding"):
                continue
            rows = told[(told.year == year) & (told.group == group)]
            shown = list(_payments(rows) if group == "payments" else _rows(rows, names, marks, _held(body)))
            own = [OWN_PART] if group == "drivers" and len(run.compiled.agency_ids) > 1 else []
            lines += ["", words, *own, *shown] if shown else []
    return "\n".join(lines)


def _ended(told: pd.DataFrame) -> set[str]:
    """Return the years in which a body no longer spends anything, having failed."""
    failed, spent = (dict(zip(rows.year, rows.amount, strict=True)) for rows in (
        told[told["item"] == "failed"], told[(told.group == "budget") & (told["item"] == "spending")]
    ))  # fmt: skip
    return {year for year, lost in failed.items() if lost and not spent.get(year)}


def _held(body: Agency) -> str:
    """Return what a body draws on and adds to: reserves, cash, or the next year's allocation."""
    return {"trust": "cash", "vcse": "free reserves", "icb": "next year"}.get(body.kind, "reserves")


def _names(body: Agency) -> dict[str, str]:
    """Return the name of each line, income and levy by its id, and of what is called otherwise of the body's kind."""
    names = {line.id: line.name for line in body.spending} | {levy.id: levy.name for levy in body.levies}
    own = {"unfunded_gap": UNFUNDED[body.kind]} if body.kind in UNFUNDED else {}
    if body.kind == "trust":
        own["duty_breached"] = WORDS["missed_plan"]
    held = {name: words.replace("General fund", fund(body).capitalize()) for name, words in WORDS.items()}
    return held | names | {income.id: income.name for income in body.incomes} | own


def _marks(run: Run, body: Agency) -> dict[str, str]:
    """Return by its name whether a driver is told as growth, as a level, or in points above nought."""
    costs, tax = body.employer_costs, body.tax
    points = {costs.pension_rate if costs else None, tax.collection if tax else None}
    return {
        driver.name: "growth" if driver.kind == "growth" else "points" if driver.id in points else "level"
        for driver in run.scenario.drivers
    }


def _rows(rows: pd.DataFrame, names: Mapping[str, str], marks: Mapping[str, str], held: str) -> Iterator[str]:
    happened = set[str]()
    for item, unit, amount in zip(rows["item"], rows.unit, rows.amount, strict=True):
        if amount == 0 or item == "failed" or (unit == "happened" and _titled(item, names) in happened):
            continue
        if unit == "share":
            mark = marks.get(item, "level")
            shown = f"{100 * amount:.2f} " if mark == "points" else f"{amount:.2%}"
            yield from _wrapped(item, f"{shown:>14} {mark}")
        elif unit == "happened":
            happened.add(_titled(item, names))
            yield f"  {_titled(item, names)}"
        elif item in TURNED and amount < 0:
            yield from _wrapped(TURNED[item].format(held=held), f"{in_millions(-amount, 3):>14}")
        elif item == "use_of_reserves":
            yield from _wrapped(f"Used from {held}", f"{in_millions(amount, 3):>14}")
        else:
            yield from _wrapped(_titled(item, names), f"{in_millions(amount, 3):>14}")


def _titled(item: str, names: Mapping[str, str]) -> str:
    """Return what to call an item: its own name, the words kept for it, or its id as words."""
    held, _, income = item.partition("/")
    name = names.get(held) or WORDS.get(held) or held.replace("_", " ").capitalize()
    return f"{name}, income" if income else name


def _wrapped(name: str, shown: str) -> Iterator[str]:
    """Yield a name, over several lines where it is long, with its amount at the end of the last."""
    *above, last = textwrap.wrap(name, WIDE) or [""]
    yield from (f"  {line}" for line in above)
    yield f"  {last:<{WIDE}} {shown}"


def _payments(rows: pd.DataFrame) -> Iterator[str]:
    for row in rows.to_dict("records"):
        if amount := row["amount"]:
            giver, taker = (row["payer"], row["payee"]) if amount > 0 else (row["payee"], row["payer"])
            against = _against(amount, row["planned"], row["of_price"])
            giver = giver[:1].upper() + giver[1:]
            yield f"  {giver} paid {taker} {in_millions(abs(amount), 3)}: {row['reason']}{against}"


def _against(amount: float, planned: float | None, of_price: float | None) -> str:
    """Return how a payment under an agreement stands to what the budget expected, and why; nothing for any other."""
    if planned is None or pd.isna(planned):
        return ""
    off = amount - planned
    if abs(off) < HALF_PENNY:
        return ", as planned"
    said = f", {in_millions(abs(off), 3)} {'more' if off > 0 else 'less'} than planned"
    priced = of_price or 0.0
    if abs(priced) < HALF_PENNY or not planned:
        return said
    moved = (
        f"its price stands {abs(priced / planned):.2%} {'above' if priced > 0 else 'below'} what the budget expected"
    )
    if abs(off - priced) < HALF_PENNY:
        return f"{said}, since {moved}; the rest is as planned"
    return (
        f"{said}: {in_millions(priced, 3)} since {moved}, {in_millions(off - priced, 3)} by its rule on what was done"
    )


def detail_page(run: Run, agency: str, item: str, table: pd.DataFrame) -> str:
    """Return one item over all futures, a row a year."""
    body = _body(run, agency)
    heads = "".join(f"{f'P{percent}':>9}" for percent in PERCENTS)
    lines = [
        f"{body.name}: {item}, {int(table.paths.iloc[0]):,} of {run.paths:,} futures (seed {run.seed})",
        "",
        f"Money is cash (nominal), in £ million; {_way(run, agency, item)}. Percentiles of lines do not "
        "add up; means do.",
        "",
        f"{'Year':<9}{'Mean':>9}{'Central':>9}{heads}",
    ]
    for row in table.itertuples(index=False):
        amounts = [row.mean, row.central, *(getattr(row, f"p{percent:02d}") for percent in PERCENTS)]
        lines.append(f"{row.year:<9}" + "".join(f"{float(amount) / 1e6:>9,.2f}" for amount in amounts))
    for words in (*_planned(run, body, item), *_unfailed(run, body, item)):
        lines += ["", *textwrap.wrap(words, 100, break_on_hyphens=False)]
    return "\n".join(lines)


def _way(run: Run, agency: str, item: str) -> str:
    """Return what stands above nought: spending, income, or what an agreement pays the body or takes from it."""
    a, name = run.compiled.agency_ids.index(agency), item.removeprefix(AGREEMENT)
    own = {line.id for line in _body(run, agency).spending} | {one.id for one in _body(run, agency).incomes}
    if item in own or not _agreement(run, item):
        central = price(run.compiled, DriverPaths(run.compiled, run.seed).central(), itemised=True)
        funds = any(part.name == item and part.flow == FUNDING for part in central.parts[a] if not part.between)
        return "income above nought" if funds else "spending above nought, income in it below"
    paid = [
        payment.payer == a
        for payment in run.compiled.agreed.payments
        if payment.agreement == name and a in (payment.payer, payment.payee)
    ]
    return (
        "what it pays under the agreement"
        if all(paid)
        else "what it receives under the agreement"
        if not any(paid)
        else ("what it pays under the agreement above nought, what it receives below")
    )


def _planned(run: Run, body: Agency, item: str) -> Iterator[str]:
    """Yield what the body's plan says of an item, where one of its lines covers it or a line of its service."""
    parts = {item, *(line.id for line in body.spending if line.service == item)}
    for line in _covering(run, body, body.plan, parts) if body.plan else ():
        said = ", ".join(f"{in_millions(amount.used, 2)} in {year}" for year, amount in sorted(line.amounts.items()))
        also = "" if set(line.covers) <= parts else f", for all that this line of it covers ({', '.join(line.covers)})"
        yield (
            f"The plan says {said} under {line.name}{also}. The table keeps the scenario's own case; the difference is "
            f"in plan_{line.flow}."
        )


def _unfailed(run: Run, body: Agency, item: str) -> Iterator[str]:
    """Yield that an item of a charity that may fail is followed as though it went on, and where its end is told."""
    failing = {one.name for one in run.scenario.bodies if isinstance(one, Charity) and one.fails}
    name, agreed = item.removeprefix(AGREEMENT), run.compiled.agreed
    ends = (agreed.payments[entry] for entry in agreed.replaced)
    parties = {party for payment in ends if payment.agreement == name for party in payment.names}
    if lost := sorted(failing & ({body.name} if body.name in failing else parties)):
        yield (
            f"Followed as though {' and '.join(lost)} never failed: whether a charity fails hangs on what is done, "
            "which no line knows. `headroom trace` tells of one future what ends and what replaces it; all that is "
            "spent and paid, nought once it has failed, is in tables/agency_years.csv and tables/transfers.csv."
        )


def _covering(run: Run, body: Agency, plan: Plan, parts: set[str]) -> Iterator[PlanLine]:
    """Yield the lines of a plan that cover any of `parts`; `rest` covers what of its flow no line names."""
    named = {name for line in plan.lines for name in line.covers}
    central = price(run.compiled, DriverPaths(run.compiled, run.seed).central(), itemised=True)
    flows = {
        (part.name, "funding" if part.flow == FUNDING else "spending")
        for part in central.parts[run.compiled.agency_ids.index(body.id)]
    }
    flows |= {(line.id.removesuffix("/income"), "spending") for line in run.compiled.lines}
    for line in plan.lines:
        left = {name for name, flow in flows if flow == line.flow} - named if "rest" in line.covers else set[str]()
        if parts & {*line.covers, *left}:
            yield line


def items_page(run: Run, agency: str, known: Mapping[str, tuple[str, ...]]) -> str:
    """Return what `detail` can follow, a row each: its id, its kind and its name."""
    body = _body(run, agency)
    rows = [
        ("Id", "Kind", "Name"),
        *((item, _kind(body, item, lines), _called(run, body, item, lines)) for item, lines in sorted(known.items())),
    ]
    wide, kinds = (max(len(row[i]) for row in rows) for i in (0, 1))
    return "\n".join(f"{item:<{wide}}  {kind:<{kinds}}  {name}" for item, kind, name in rows)


def nearest_item(run: Run, agency: str, known: Mapping[str, tuple[str, ...]], wanted: str) -> str:
    """Return the item whose id or name is nearest to what was asked for, with its name; nothing if none is near."""
    body = _body(run, agency)
    called = {_called(run, body, item, lines).lower(): item for item, lines in known.items()}
    called |= {item.lower(): item for item in known}
    close = difflib.get_close_matches(wanted.lower(), called, 1, 0.6)
    if not close:
        return ""
    item = called[close[0]]
    name = _called(run, body, item, known[item])
    return f"`{item}`" if name == item else f"`{item}` ({name})"


def _kind(body: Agency, item: str, lines: tuple[str, ...]) -> str:
    if item in {line.id for line in body.spending}:
        return "line"
    income = next((income for income in body.incomes if income.id == item), None)
    if income:
        return "grant" if isinstance(income, Grant) else "allocation" if body.kind == "icb" else "income"
    if item in {levy.id for levy in body.levies}:
        return "levy"
    return "service" if lines else "part"


def _called(run: Run, body: Agency, item: str, lines: tuple[str, ...]) -> str:
    agreement = _agreement(run, item)
    if agreement and _kind(body, item, lines) == "part":
        return agreement
    return item if _kind(body, item, lines) == "service" else _titled(item, _names(body))


def _agreement(run: Run, item: str) -> str:
    """Return the name of the agreement that an item is, with its rule; nothing for any other item."""
    name = item.removeprefix(AGREEMENT)
    stated = next((one for one in run.scenario.agreements if one.id == name), None)
    return f"{stated.name} (agreement)" if stated else ""


def _body(run: Run, agency: str) -> Agency:
    return next(body for body in run.scenario.bodies if body.id == agency)
