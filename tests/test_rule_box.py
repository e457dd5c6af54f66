"""The rule box against known corners: what it finds, what it lets go, and what its shares mean."""

from __future__ import annotations

import numpy as np

from simulator.rule_box import LEAST_COVERAGE, box

CHANCE = np.random.default_rng(11)
VALUES = CHANCE.normal(size=(5, 20_000))


def test_a_corner_in_two_of_five_inputs_is_found_and_the_others_are_let_go() -> None:
    broken = (VALUES[1] > 0.8) & (VALUES[3] < -0.3)
    sides = {(side.input, side.above): side.edge for side in box(VALUES, broken)}
    assert set(sides) == {(1, True), (3, False)}
    assert abs(sides[1, True] - 0.8) < 0.15
    assert abs(sides[3, False] + 0.3) < 0.15


def test_of_a_slope_it_keeps_half_of_what_fails_and_is_denser_than_all() -> None:
    broken = VALUES[0] + 0.5 * VALUES[2] + 0.3 * CHANCE.normal(size=VALUES.shape[1]) > 1.2
    sides = box(VALUES, broken)
    inside = np.logical_and.reduce([side.holds(VALUES) for side in sides])
    assert {side.input for side in sides} <= {0, 2}
    assert (inside & broken).sum() >= LEAST_COVERAGE * broken.sum()
    assert broken[inside].mean() > 2 * broken.mean()


def test_of_pure_chance_there_is_next_to_no_rule() -> None:
    broken = CHANCE.random(VALUES.shape[1]) < 0.3
    sides = box(VALUES, broken)
    inside = np.logical_and.reduce([side.holds(VALUES) for side in sides] or [np.ones(VALUES.shape[1], bool)])
    assert broken[inside].mean() < 0.36
