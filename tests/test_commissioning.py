"""What a file says of programmes, turned into terms: each rule by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from places import NEXT, Tree, basket, council, driver, icb, line, scenario
from pydantic import ValidationError
from shifts import SECOND, Tried, gain, kind, one_programme, prevention, programme, service, spread

from simulator.commissioning import LARGEST_PART, commissioned
from simulator.kernels import updated
from simulator.prepared import compile_scenario
from simulator.programme_terms import GainTerms, ProgrammeTerms

THIRD = "2028-29"


def terms(
    per_pound: Any = 1, *, of_kind: Tree | None = None, of_programme: Tree | None = None, **more: Any
) -> ProgrammeTerms:
    """The one programme of a small place, its kind and itself as told."""
    stated = {"programmes": [programme("walks", **(of_programme or {}))], **more}
    return Tried(one_programme(per_pound, kind=of_kind or {}, prevention=stated)).terms.programmes[0]


def test_optimism_by_grade_and_deadweight_come_off_the_whole_range() -> None:
    """Grade 3 loses 20% and half of the rest would have come anyway: 0.5, 1 and 2 become 0.2, 0.4 and 0.8."""
    found = terms(spread(0.5, 1, 2), of_kind={"evidence_grade": 3, "deadweight": "50%"}, optimism=["0%", "10%", "20%"])
    assert found.per_pound == pytest.approx((0.2, 0.4, 0.8))
    assert found.prior_weight == 1
    assert terms(spread(0.5, 1, 2)).per_pound == (0.5, 1, 2)


def test_local_evidence_moves_a_range_by_the_precision_of_each() -> None:
    """Two spreads alike meet at the geometric middle, with half of the weight left; a second as sure leaves a third."""
    reasoned = {"source": "MADE", "rationale": "counted here"}
    ours = [{"id": "ours", "per_pound": spread(2, 4, 8), **reasoned}]
    found = terms(spread(0.5, 1, 2), of_programme={"local_evidence": ours})
    assert found.per_pound[1] == pytest.approx(2)
    assert found.prior_weight == pytest.approx(0.5)
    assert found.per_pound[0] == pytest.approx(2 * 2 ** -math.sqrt(0.5))
    again = [*ours, {"id": "again", "per_pound": spread(2, 4, 8), **reasoned}]
    twice = terms(spread(0.5, 1, 2), of_programme={"local_evidence": again})
    assert twice.prior_weight == pytest.approx(1 / 3)
    assert twice.per_pound[1] == pytest.approx(4 ** (2 / 3))
    assert updated(updated((0.5, 1, 2), (2, 4, 8))[0], (2, 4, 8))[0] == pytest.approx(twice.per_pound)


def test_what_was_measured_here_loses_nothing_to_the_librarys_bias_nor_to_its_fidelity() -> None:
    """Half of the library's 2, 4 and 8 is left: 1, 2 and 4. Local 2, 4 and 8 as sure meets it at the square root of 8.

    With half of the weight the library's, fidelity of 60% leaves 80%, and of a slot half of what it lost is kept.
    """
    ours = [{"id": "ours", "per_pound": spread(2, 4, 8)}]
    biased = {"evidence_grade": 2, "deadweight": "50%", "fidelity": "60%"}
    found = terms(spread(2, 4, 8), of_kind=biased, of_programme={"local_evidence": ours}, optimism=["0%", "0%"])
    assert (found.per_pound[1], found.prior_weight) == pytest.approx((math.sqrt(8), 0.5))
    assert (found.practised_middle, found.kept) == pytest.approx((0.8, 0.75))
    assert found.practised(np.array([0.2, 1.3])) == pytest.approx([0.6, 1.0])
    # Without any, the whole of both is taken.
    alone = terms(spread(2, 4, 8), of_kind=biased, optimism=["0%", "0%"])
    assert (alone.per_pound[1], alone.practised_middle, alone.kept) == pytest.approx((2, 0.6, 0.5))
    # Local evidence that leaves no doubt, and a library all of whose return would have come anyway, leave local alone.
    sure = [{"id": "ours", "per_pound": 4}]
    for kind_, own, middle in (
        (biased, sure, 4), ({**biased, "deadweight": "100%"}, ours, 4),
    ):  # fmt: skip
        only = terms(spread(2, 4, 8), of_kind=kind_, of_programme={"local_evidence": own}, optimism=["0%", "0%"])
        assert (only.per_pound[1], only.prior_weight, only.practised_middle, only.kept) == (middle, 0, 1, 1)


def test_a_programme_builds_up_sets_up_and_ends() -> None:
    of_kind = {"build_up": ["20%", "60%"], "setup": "30%", "double_running": "10%", "double_running_years": 3}
    found = terms(of_kind=of_kind)
    assert found.start == 1
    assert found.scale == pytest.approx([0, 0.2, 0.6, 1, 1])
    assert found.once == pytest.approx([0, 0.4, 0.1, 0.1, 0])
    ended = terms(of_kind=of_kind, of_programme={"ends": THIRD})
    assert ended.scale == pytest.approx([0, 0.2, 0.6, 0, 0])
    assert ended.once == pytest.approx([0, 0.4, 0.1, 0, 0])
    first = terms(of_programme={"starts": NEXT})
    assert (first.start, first.scale.tolist()) == (0, [1] * 5)


def test_reach_is_as_entered_or_a_part_of_what_is_relieved_and_never_below_what_is_proposed() -> None:
    """5% of £100m of services, unless more is proposed; a hundred people's worth where the file says so."""
    assert terms().most == 10e6
    assert terms(of_programme={"most": None}).most == pytest.approx(LARGEST_PART * 100e6)
    assert terms(of_programme={"most": None, "spend": 7}).most == 7e6


def place(*programmes: Tree, kinds: list[Tree], **more: Any) -> Tried:
    """A town of two lines, one of them known to step up, and a board."""
    lines = [line("care", 40, demand="need", basket="wage"), line("homes", 20, amounts={SECOND: 30}, basket="price")]
    services = [
        service("old", "town", ["care", "homes"]), service("gp", "board", ["services"]), service("prisons", None, []),
    ]  # fmt: skip
    return Tried(
        scenario(
            drivers=[driver(name, long_run=rate) for name, rate in (("need", "2%"), ("wages", "3%"), ("prices", "1%"))],
            baskets=[basket("wage", wages="100%"), basket("price", prices="100%")],
            agencies=[council(spending=[*lines, line("rest", 40)]), icb()],
            prevention=prevention(services, kinds, list(programmes), **more),
        )
    )


def test_services_and_programmes_stand_by_id_and_what_nobody_here_runs_is_outside() -> None:
    kinds = [
        kind("walks", 1, gain("old", "50%", "25%"), gain("prisons", "30%"), gain("outside", "20%", "0%")),
        kind("checks", 1, gain("old", "100%")),
    ]
    found = place(programme("walks"), programme("checks", 2, {"town": "25%", "board": "75%"}), kinds=kinds).terms
    assert [one.id for one in found.programmes] == ["checks", "walks"]
    assert [one.id for one in found.services] == ["old"]  # nobody relieves the board's surgeries
    checks, walks = found.programmes
    assert walks.gains == (GainTerms(0, 0.5, 0.25), GainTerms(None, 0.3, 1.0), GainTerms(None, 0.2, 0.0))
    assert checks.pays.tolist() == [0.25, 0.75]
    assert walks.pays.tolist() == [1, 0]
    assert found.start == 1
    assert found.payers((2e6, 2e6)).tolist() == [0.625, 0.375]


def test_a_service_moves_with_the_prices_of_its_lines_as_they_will_stand() -> None:
    """£40m and £30m less growth in prices: a line known to step up weighs as it then does."""
    found = place(programme("walks"), kinds=[kind("walks", 1, gain("old"))])
    (service_,) = found.terms.services
    known = 30 / 1.01**2  # at base-year prices
    assert [share for share, _ in service_.prices] == pytest.approx([40 / (40 + known), known / (40 + known)])
    scene = found.scene
    assert scene.volume[0].actual[-1, 0] * scene.unit[0].actual[-1, 0] == pytest.approx(
        1e6 * (40 * 1.02**5 * 1.03**5 + known * 1.01**5)
    )
    growth = scene.volume[0].actual[4] / scene.volume[0].actual[3]
    assert 1 < growth[0] < 1.02


def test_staff_are_posts_for_a_pound_and_groups_not_kept_are_left_out() -> None:
    group = {"id": "nurses", "name": "nurses", "in_post": 100, "funded": 100, "joiners": "10%", "leavers": "9%",
             "works_for": {"town": ["care"]}}  # fmt: skip
    walks = [kind("walks", 1, gain("old"), staff={"nurses": 20})]
    found = place(programme("walks"), kinds=walks, staff=[group]).terms
    assert found.programmes[0].staff == {0: pytest.approx(2e-5)}
    # The activity of care without prices: 2% more each year.
    assert found.staff_activity[0] == pytest.approx(1.02 ** np.arange(1, 6))
    assert place(programme("walks"), kinds=walks).terms.programmes[0].staff == {}


def test_a_scenario_without_programmes_has_no_terms() -> None:
    found = one_programme()
    assert found.prevention is not None
    none = found.model_copy(update={"prevention": found.prevention.model_copy(update={"programmes": []})})
    assert commissioned(none, compile_scenario(none)) is None


@pytest.mark.parametrize(
    ("of_kind", "group", "said"),
    [
        ({"staff": {"nurses": -1}}, {}, "the posts in `staff` are nought or more"),
        ({}, {"in_post": -5}, "`in_post`, `funded` and `retrained` are posts, nought or more"),
        ({}, {"retrained": {SECOND: -5}}, "`in_post`, `funded` and `retrained` are posts, nought or more"),
    ],
)
def test_there_are_no_fewer_posts_than_none(of_kind: Tree, group: Tree, said: str) -> None:
    plain = {"id": "nurses", "name": "nurses", "in_post": 100, "funded": 100, "joiners": "10%", "leavers": "9%"}
    with pytest.raises(ValidationError, match=said):
        terms(of_kind=of_kind, staff=[{**plain, **group}])
