"""What may be swept of a scenario and which figures may be watched, in plain words; a few of each to begin with."""

from __future__ import annotations

from typing import NamedTuple

from simulator.answers import Answers
from simulator.assumptions import Driver
from simulator.figure_words import OUTCOMES, rows
from simulator.levers import savings_capacity
from simulator.place import Agency, LocalAuthority
from simulator.place_captions import MEASURES
from simulator.place_words import KINDS, measures
from simulator.scenario import Scenario
from simulator.studies import Watched
from simulator.sweeps import WATCHED, Axis

PAY, SHIFT, LEAST_CAPACITY, MOST_CAPACITY = "pay_award", 0.02, 0.5, 1.5
"""The ranges offered are a judgement: 2 points either way of a rate, half the savings to half as many again."""
JUDGED = "The range offered is a judgement of ours, not a forecast: change it to what you would argue about."


class Offer(NamedTuple):
    """A value that may be swept, with the range offered for it and what the scenario states, as a file writes them."""

    axis: Axis
    stated: str


def offers(answers: Answers) -> tuple[Offer, ...]:
    """Return what is offered to be swept: pay, savings, council tax, minimum reserves, then every driver's long run."""
    scenario = answers.scenario
    found = [*_pay(answers), *_savings(scenario), *_tax(scenario), *_minimum(scenario)]
    found += [one for driver in scenario.drivers for one in _driver(driver)]
    return tuple(found)


def _pay(answers: Answers) -> list[Offer]:
    year = str(answers.scenario.budget_year)
    terms = {one.id: one for one in answers.compiled.drivers}
    names = {one.id: one.name for one in answers.scenario.drivers}
    if PAY not in terms or year not in answers.compiled.years:
        return []
    stated = float(terms[PAY].central[answers.compiled.years.index(year)])
    return [_around(f"{names[PAY]}, {year}", f"drivers.{PAY}.central.{year}", stated)]


def _savings(scenario: Scenario) -> list[Offer]:
    lever = savings_capacity(scenario)
    found = []
    for kind, held in (lever.stated if lever else {}).items():
        local = kind == "local_authority"
        place = "rules.savings_response" if local else f"rules.responses.{kind}"
        whom = "Councils, police and fire" if local else KINDS.get(kind, kind)
        name = f"New savings a year that managers could find ({whom}), share of net budget"
        used = held.yearly_capacity.used
        ends = (percent(used * LEAST_CAPACITY), percent(min(used * MOST_CAPACITY, 1.0)))
        found.append(Offer(Axis(name, f"{place}.yearly_capacity", *ends), percent(used)))
    return found


def _tax(scenario: Scenario) -> list[Offer]:
    """Return how much of the lawful rise in council tax is used in a year with a gap, where a body raises the tax."""
    response = scenario.rules.savings_response
    if response is None or not any(isinstance(one, LocalAuthority) for one in scenario.bodies):
        return []
    name = "Council tax: share of the lawful rise used in a year with a gap"
    stated = "" if response.tax_to_limit is None else percent(response.tax_to_limit.used)
    return [Offer(Axis(name, "rules.savings_response.tax_to_limit", "0%", "100%"), stated)]


def _minimum(scenario: Scenario) -> list[Offer]:
    found = []
    for body in scenario.bodies:
        if isinstance(body, LocalAuthority) and body.reserves is not None:
            whose = f" of {body.name}" if len(scenario.bodies) > 1 else ""
            name = f"Minimum general fund{whose}, share of net revenue expenditure"
            address = f"agencies.{body.id}.reserves.minimum"
            found.append(_around(name, address, float(body.reserves.minimum.used), 0.0))
    return found


def _driver(driver: Driver) -> list[Offer]:
    if driver.long_run is None:
        return []
    what = "growth a year" if driver.kind == "growth" else "level"
    name = f"{driver.name}, long-run {what}"
    return [_around(name, f"drivers.{driver.id}.long_run", float(driver.long_run.used))]


def _around(name: str, address: str, stated: float, least: float = -1.0) -> Offer:
    low, high = percent(max(stated - SHIFT, least)), percent(stated + SHIFT)
    return Offer(Axis(name, address, low, high), percent(stated))


def percent(share: float) -> str:
    """Return a share as a scenario file writes it, to a hundredth of a point: `2.19%`."""
    return f"{round(100 * share, 2):g}%"


def figures(body: Agency) -> dict[str, str]:
    """Return the figures of a body that may be watched, by name: chances of outcomes, then money on average."""
    chances = {"duty_breached": OUTCOMES["duty_breached"], **{name: OUTCOMES[name] for name in rows(body.kind)}}
    money = {name: f"{MEASURES[name]}, on average" for name in measures(body)}
    return {**{name: f"Chance: {words.lower()}" for name, words in chances.items()}, **money}


def watched(agency: str, figure: str, year: str, view: str) -> Watched:
    """Return a figure as a study watches it: an outcome by the end of a year, or money in that year on average."""
    about = {"id": WATCHED, "agency": agency, "view": view}
    if figure in OUTCOMES:
        return Watched.model_validate({**about, "outcome": figure, "year": f"by {year}"})
    return Watched.model_validate({**about, "measure": figure, "year": year})
