"""Staff: who is there, who is needed, and what programmes and services cannot do without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.compiled import Floats
from simulator.programmes import Prevention, StaffGroup
from simulator.scenario_file import load
from simulator.staffing import staff_terms
from simulator.workforce import StaffTerms, delivered, done, left, needed, supply, taken, unmet
from tests.places import ROOT

NURSES = StaffTerms("nurses", "Nurses", 100, 120, 0.08, 0.10, (5.0, 0.0, 0.0), (("trust", "wards"), ("icb", "homes")))
POSTS = st.floats(0, 500)
RATES = st.floats(0, 0.3)
YEARS = 4
GROUPS = st.builds(
    StaffTerms,
    id=st.just("group"),
    name=st.just("Group"),
    in_post=POSTS,
    funded=POSTS,
    joiners=RATES,
    leavers=RATES,
    retrained=st.tuples(*[st.floats(0, 50)] * YEARS),
)
WANTED = st.lists(st.lists(POSTS, min_size=2, max_size=2), min_size=1, max_size=4).map(np.array)
INDEX = st.lists(st.floats(0.5, 1.5), min_size=YEARS, max_size=YEARS).map(lambda rows: np.array(rows)[:, None])


# Supply.


def test_supply_by_hand() -> None:
    """100 in post, 8% join, 10% leave, 5 retrained: 103; then 2% fewer a year."""
    assert supply(NURSES) == pytest.approx([103, 103 * 0.98, 103 * 0.98**2])


def test_more_leavers_than_there_are_leave_nobody() -> None:
    assert supply(replace(NURSES, joiners=0.0, leavers=1.0)).tolist() == [5, 0, 0]


# What existing services lack.


def test_vacancies_of_the_base_year_are_in_the_base() -> None:
    """With 20 of 120 posts empty from the start, and as many staff as then, nothing has grown worse."""
    same = replace(NURSES, joiners=0.1, retrained=(0.0, 0.0, 0.0))
    lacking = unmet(same, np.ones((3, 1)))
    assert lacking.posts[:, 0] == pytest.approx([20, 20, 20])
    assert lacking.worse.max() == pytest.approx(0)
    assert lacking.share.max() == pytest.approx(0)


def test_what_services_lack_by_hand() -> None:
    """Activity up a tenth: 132 posts needed and 110 to do as much as today of each; 103 are there."""
    activity = np.full((3, 1), 1.1)
    lacking = unmet(NURSES, activity)
    assert needed(NURSES, activity)[0, 0] == pytest.approx(132)
    assert lacking.posts[0, 0] == pytest.approx(29)
    assert lacking.worse[0, 0] == pytest.approx(7)
    assert lacking.share[0, 0] == pytest.approx(7 / 110)


def test_what_programmes_take_is_not_there_for_services() -> None:
    alone, beside = unmet(NURSES, np.ones((3, 2))), unmet(NURSES, np.ones((3, 2)), np.array([4.0, 0.0, 0.0]))
    assert beside.worse[0] - alone.worse[0] == pytest.approx([1, 1])
    assert (beside.worse[1:] == alone.worse[1:]).all()


def test_the_scarcest_group_sets_what_a_line_does() -> None:
    doctors = StaffTerms("doctors", "Doctors", 50, 50, 0.0, 0.2, (0.0, 0.0, 0.0), (("trust", "wards"),))
    both = (NURSES, doctors)
    found = done(both, tuple(unmet(group, np.ones((3, 1))) for group in both))
    assert found["trust", "wards"][0, 0] == pytest.approx(0.8)
    assert found["icb", "homes"][0, 0] == pytest.approx(1)
    assert found["icb", "homes"][2, 0] == pytest.approx(1.03 * 0.98**2)


@given(group=GROUPS, activity=INDEX)
def test_unmet_need_is_a_share_and_nought_where_supply_meets_need(group: StaffTerms, activity: Floats) -> None:
    lacking = unmet(group, activity)
    assert ((lacking.share >= 0) & (lacking.share <= 1)).all()
    assert (lacking.posts >= lacking.worse - 1e-9).all()
    enough = supply(group)[:, None] >= needed(group, activity)
    assert (lacking.posts[enough] == 0).all()
    assert (lacking.share[enough] == 0).all()


# What programmes can do.


def test_programmes_share_what_is_left_by_hand() -> None:
    """103 posts, 5 of them retrained; 95 do what services did, so 8 are left: half of the 12 and 4 wanted."""
    terms = (replace(NURSES, in_post=100, funded=95, joiners=0.08, leavers=0.10),)
    assert left(terms[0])[0] == pytest.approx(8)
    share = delivered(terms, np.array([[12.0], [4.0], [0.0]]), 3)
    assert share[:, 0] == pytest.approx([0.5, 0.5, 1.0])
    assert taken(np.array([[12.0], [4.0], [0.0]]), share)[0, 0] == pytest.approx(8)


def test_retrained_staff_are_there_for_programmes_though_services_are_short() -> None:
    assert left(NURSES) == pytest.approx([5, 5 * 0.98, 5 * 0.98**2])


def test_services_whose_activity_grows_leave_less() -> None:
    terms = replace(NURSES, joiners=0.15)
    rising = left(terms, np.array([[1.0, 1.02, 1.2]] * 3))
    assert rising[0] == pytest.approx([10, 8, 5])


def test_posts_that_build_up_are_asked_for_by_year() -> None:
    wanted = np.array([[[0.0, 4.9, 9.8]]])
    assert delivered((NURSES,), wanted, 3)[0] == pytest.approx([1, 1, 5 * 0.98**2 / 9.8])


def test_programmes_and_services_may_go_short_alike() -> None:
    """98 posts, 95 needed by services and 12 by a programme: 3 of the 12 where services come first, else 98 of 107."""
    terms = (replace(NURSES, funded=95, retrained=(0.0, 0.0, 0.0)),)
    wanted = np.array([[12.0]])
    assert delivered(terms, wanted, 3)[0, 0] == pytest.approx(3 / 12)
    assert delivered(terms, wanted, 3, alike=True)[0, 0] == pytest.approx(98 / 107)
    lacking = unmet(terms[0], np.ones((3, 1)), taken(wanted, delivered(terms, wanted, 3, alike=True))[0])
    assert lacking.share[0, 0] == pytest.approx(1 - 98 / 107)


@given(group=GROUPS, wanted=WANTED, activity=INDEX)
def test_to_go_short_alike_never_does_less_and_takes_no_more_than_there_is(
    group: StaffTerms, wanted: Floats, activity: Floats
) -> None:
    both, plenty = (activity, activity), replace(group, funded=0, in_post=1e9)
    first = delivered((group, plenty), wanted, YEARS, both)
    alike = delivered((group, plenty), wanted, YEARS, both, alike=True)
    assert (alike >= first - 1e-9).all()
    assert (taken(wanted, alike)[0] <= supply(group)[:, None] + 1e-6).all()


def test_without_staff_groups_all_is_delivered() -> None:
    assert (delivered((), np.zeros((2, 0)), 3) == 1).all()


@given(first=GROUPS, second=GROUPS, wanted=WANTED, activity=INDEX)
def test_programmes_never_take_more_than_is_left(
    first: StaffTerms, second: StaffTerms, wanted: Floats, activity: Floats
) -> None:
    share = delivered((first, second), wanted, YEARS, (activity, activity))
    assert ((share >= 0) & (share <= 1)).all()
    filled = taken(wanted, share)
    for g, group in enumerate((first, second)):
        assert (filled[g] <= left(group, activity) + 1e-6).all()


@given(group=GROUPS, wanted=WANTED, more=st.floats(0, 100))
def test_more_staff_never_lowers_what_is_delivered(group: StaffTerms, wanted: Floats, more: float) -> None:
    plenty = replace(group, funded=1e9)
    before = delivered((group, plenty), wanted, YEARS)
    extra = replace(group, retrained=tuple(posts + more for posts in group.retrained))
    assert (delivered((extra, plenty), wanted, YEARS) >= before - 1e-9).all()


@given(group=GROUPS, activity=INDEX, asked=st.floats(0, 500))
def test_programmes_take_no_one_from_services_but_the_retrained(
    group: StaffTerms, activity: Floats, asked: float
) -> None:
    wanted = np.array([[asked]])
    share = delivered((group,), wanted, YEARS, (activity,))
    short = unmet(group, activity, taken(wanted, share)[0]).worse
    without = unmet(replace(group, retrained=(0.0,) * YEARS), activity).worse
    assert (short <= without + 1e-6).all()


# From the file.


def test_staff_groups_come_from_the_scenario() -> None:
    scenario = load(ROOT / "scenarios" / "lancashire.yaml").scenario
    assert staff_terms(scenario.model_copy(update={"prevention": None}), scenario.projected) == ()
    second = scenario.projected[1]
    group = StaffGroup.model_validate(
        {
            "id": "social_workers", "name": "Social workers", "in_post": 400, "funded": 450, "joiners": "12%",
            "leavers": "14%", "retrained": {str(second): 20}, "works_for": {"lcc": ["children", "adults"]},
            "source": "J", "rationale": "a made-up group",
        }
    )  # fmt: skip
    (terms,) = staff_terms(
        scenario.model_copy(update={"prevention": Prevention(staff=[group])}), scenario.projected[:3]
    )
    assert terms == StaffTerms(
        "social_workers",
        "Social workers",
        400,
        450,
        0.12,
        0.14,
        (0.0, 20.0, 0.0),
        (("lcc", "adults"), ("lcc", "children")),
    )
