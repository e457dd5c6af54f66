"""What is found of a scenario once: by its identity, each thing apart, and no more than so many kept."""

from __future__ import annotations

from places import blackburn

from simulator import once as module
from simulator.digest import meaning
from simulator.once import once
from simulator.register import register
from simulator.scenario import Scenario


def test_a_scenario_is_asked_once_and_a_changed_one_anew() -> None:
    asked: list[Scenario] = []

    @once
    def paths(scenario: Scenario) -> int:
        asked.append(scenario)
        return len(asked)

    one = blackburn()
    other = one.model_copy(update={"name": "another"})
    assert [paths(one), paths(one), paths(other), paths(one)] == [1, 1, 2, 1]
    assert meaning(one) == meaning(blackburn().model_copy()) != meaning(other)


def test_those_found_first_leave_first_and_are_found_again() -> None:
    asked: list[int] = []

    @once
    def found(scenario: Scenario) -> int:
        asked.append(id(scenario))
        return id(scenario)

    first = blackburn()
    many = [first.model_copy() for _ in range(module.KEPT)]
    assert [found(one) for one in (first, *many)] == [id(one) for one in (first, *many)]
    assert found(many[-1]) == id(many[-1]) and len(asked) == module.KEPT + 1
    assert found(first) == id(first) and len(asked) == module.KEPT + 2


def test_a_register_may_be_changed_by_whoever_asked_for_it() -> None:
    scenario = blackburn()
    register(scenario).clear()
    assert register(scenario)
