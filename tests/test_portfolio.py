"""The portfolio: what is chosen within limits, what each limit is worth, and never a silent nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.compiled import Floats
from simulator.portfolio import Choice, both_ways, choose, shadows, why_nothing
from simulator.portfolio_options import Limits, Option, gaps, rows, sifted
from simulator.portfolio_words import (
    choice_words,
    reallocation_words,
    shadow_words,
    stopped_words,
)

MILLION = 1e6
PATHS = 4
NAMES = {"a": "Falls clinic", "b": "Family hubs", "council": "the council", "trust": "the trust"}


def option(id: str, per_million: float, cost: Any = (1.0, 0.0), **other: Any) -> Option:
    """An option of two bodies and two years: `per_million` of value for £1m, each body's net cost of £1 by year."""
    net_cost = np.broadcast_to(np.reshape(np.asarray(cost, dtype=float), (2, -1, 1)), (2, 2, PATHS)).copy()
    sizes: dict[str, Any] = {"least": 0.0, "most": 3 * MILLION, "chunk": 0.0} | other
    return Option(id, NAMES.get(id, id), net_cost=net_cost, value=np.full(PATHS, per_million / MILLION), **sizes)


def limits(council: float = 2 * MILLION, trust: float = 2 * MILLION, **other: Any) -> Limits:
    headroom = np.array([[council, council], [trust, trust]])
    return Limits(("council", "trust"), ("2027-28", "2028-29"), headroom, **other)


def test_two_options_under_one_limit_by_hand() -> None:
    # a buys 5 for £1m of the council, b buys 3 for £0.5m of it: 6 a pound of headroom, so b comes first, all £3m.
    # That takes £1.5m of £2m; the rest buys £0.5m of a: 3 * 3 + 0.5 * 5 = 11.5.
    choice = choose([option("a", 5), option("b", 3, (0.5, 0.0))], limits())
    assert choice.added == pytest.approx({"a": 0.5 * MILLION, "b": 3 * MILLION})
    assert choice.value == pytest.approx(11.5)
    assert choice.net_cost[0] == pytest.approx([2 * MILLION] * 2)
    assert choice.spending == pytest.approx(3.5 * MILLION)


def test_whole_chunks_make_a_knapsack() -> None:
    # £7m of room. By value a pound a (chunks of £4m, 2.5) would come first and waste £3m; two of b at £3m buy more.
    sizes = {"least": 0.0, "most": 8 * MILLION}
    a, b = option("a", 2.5, chunk=4 * MILLION, **sizes), option("b", 2.4, chunk=3 * MILLION, **sizes)
    room = limits(council=6.5 * MILLION)
    assert choose([a, b], room).added == {"a": 0.0, "b": 6 * MILLION}
    assert choose([a, b], limits(council=7 * MILLION)).added == {"a": 4 * MILLION, "b": 3 * MILLION}


def test_a_least_size_is_all_or_nothing() -> None:
    large = option("a", 5, least=2.5 * MILLION)
    assert choose([large, option("b", 1)], limits()).added == pytest.approx({"a": 0.0, "b": 2 * MILLION})
    assert choose([large, option("b", 1)], limits(council=3 * MILLION)).added["a"] == pytest.approx(3 * MILLION)


def test_a_saving_to_one_body_opens_room_for_another_programme() -> None:
    # b costs the trust and saves the council 50p a pound; a alone could have £2m of the council.
    choice = choose([option("a", 5), option("b", 0.0, (-0.5, 1.0))], limits())
    assert choice.added == pytest.approx({"a": 3 * MILLION, "b": 2 * MILLION})


def test_staff_and_the_total_bind_as_headroom_does() -> None:
    posts = {"nurses": np.array([10.0, 20.0])}
    nursed = option("a", 5, staff={"nurses": np.full(2, 20 / MILLION)})
    assert choose([nursed], limits(staff=posts)).added["a"] == pytest.approx(0.5 * MILLION)
    assert choose([nursed], limits(total=0.3 * MILLION)).added["a"] == pytest.approx(0.3 * MILLION)


def test_of_equals_the_cheaper_is_chosen_and_the_worthless_never() -> None:
    idle, harmful = option("a", 0.0), option("b", -1.0)
    assert choose([idle, harmful], limits()).nothing


def test_a_planning_percentile_buys_less_than_the_mean_does() -> None:
    uncertain = option("a", 5)
    wide = replace(uncertain, net_cost=uncertain.net_cost * np.array([0.4, 0.8, 1.2, 1.6]))
    # The 80th percentile of four is the fourth: 1.6, so £2m of room holds £1.25m of it.
    assert choose([wide], limits(), confidence=80).added["a"] == pytest.approx(1.25 * MILLION)
    assert choose([wide], limits()).added["a"] == pytest.approx(2 * MILLION)


def test_what_is_ended_frees_its_low_percentile_when_caution_rules() -> None:
    # b frees 40p to £1.60 a pound; its 20th percentile of four is the first: 40p, so £2m of b makes way for £0.8m of a.
    stands = option("b", 1, present=2 * MILLION)
    wide = replace(stands, net_cost=stands.net_cost * np.array([0.4, 0.8, 1.2, 1.6]))
    choice = choose([option("a", 5), wide], limits(council=0.0), moving=True, confidence=80)
    assert choice.added == pytest.approx({"a": 0.8 * MILLION, "b": -2 * MILLION})


def test_the_whole_reallocation_ends_what_buys_little() -> None:
    # Today £2m stands on b, which buys 1 for £1m; with no room for more, a buys 5 once b gives way.
    options = [option("a", 5), option("b", 1, present=2 * MILLION)]
    both = both_ways(options, limits(council=0.0))
    assert both.margin.nothing
    assert both.whole.added == pytest.approx({"a": 2 * MILLION, "b": -2 * MILLION})
    assert both.difference == pytest.approx(2 * 5 - 2 * 1)
    assert both.whole.spending == pytest.approx(0.0)
    told = reallocation_words(both, "QALYs", NAMES)
    assert "£2.00m on Falls clinic, taking £2.00m from Family hubs: 8 QALYs" in told
    assert "The difference is 8 QALYs" in told


def test_what_is_spent_today_may_not_shrink_at_the_margin() -> None:
    both = both_ways([option("a", 5), option("b", 1, present=2 * MILLION)], limits())
    assert both.margin.sizes == pytest.approx({"a": 2 * MILLION, "b": 2 * MILLION})


SIZES = st.floats(0.0, 4.0).map(lambda size: round(size, 2) * MILLION)


@st.composite
def places(draw: st.DrawFn) -> tuple[list[Option], Limits]:
    options = []
    for id in "abc":
        chunk = draw(st.sampled_from([0.0, 0.5 * MILLION]))
        cost = draw(st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)))
        present = draw(st.sampled_from([0.0, MILLION]))
        options.append(option(id, draw(st.floats(0.0, 9.0)), cost, chunk=chunk, least=MILLION / 2, present=present))
    return options, limits(draw(SIZES), draw(SIZES), total=draw(SIZES))


@settings(deadline=None, max_examples=25)
@given(places(), st.floats(0.0, 2.0))
def test_a_looser_limit_never_buys_less_and_every_limit_is_held(
    place: tuple[list[Option], Limits], more: float
) -> None:
    options, held = place
    for moving in (False, True):
        tight = choose(options, held, moving=moving)
        loose = replace(held, headroom=held.headroom + more * MILLION, total=held.total + more * MILLION)
        assert choose(options, loose, moving=moving).value >= tight.value - 1e-6
        assert (tight.net_cost <= held.headroom + 1).all()
        assert tight.spending <= held.total + 1
        for one in options:
            size = tight.sizes[one.id]
            assert size == 0 or one.least - 1 <= size <= one.most + 1
            assert not one.chunk or size % one.chunk == pytest.approx(0.0, abs=1e-3)
            assert moving or size >= one.present - 1


@settings(deadline=None, max_examples=15)
@given(places())
def test_no_limit_has_a_price_below_nought_and_the_whole_buys_no_less(place: tuple[list[Option], Limits]) -> None:
    both = both_ways(*place)
    assert both.difference >= -1e-6
    found = shadows(*place, both.margin)
    assert all(0 < shadow.gain <= found.together + 1e-6 for shadow in found.each)


def test_the_price_of_a_limit_by_hand_with_its_step() -> None:
    # The last £0.1m of the council's headroom buys £0.1m of a: 0.5. The trust's is slack and is passed over.
    options = [option("a", 5), option("b", 3, (0.5, 0.0))]
    choice = choose(options, limits())
    found = shadows(options, limits(), choice)
    assert [(one.kind, one.whose, one.years) for one in found.each] == [("headroom", "council", ("2027-28", "2028-29"))]
    assert found.each[0].gain == pytest.approx(0.5) == found.together
    assert shadow_words(found, "QALYs", NAMES) == (
        "£0.10m more of the room of the council in every year would add 0.5 QALYs. It is tight in 2027-28 and 2028-29.",
    )


def test_a_post_has_a_price_too_and_slack_limits_none() -> None:
    nursed = [option("a", 5, staff={"nurses": np.full(2, 20 / MILLION)})]
    room = limits(staff={"nurses": np.array([10.0, 20.0])})
    found = shadows(nursed, room, choose(nursed, room))
    assert [(one.whose, one.years) for one in found.each] == [("nurses", ("2027-28",))]
    assert found.each[0].gain == pytest.approx(5 / 20)
    assert shadow_words(found, "QALYs", NAMES)[0].startswith("1 post more of the supply of nurses in every year")
    roomy = limits(council=9 * MILLION)
    assert "No limit binds" in shadow_words(shadows(nursed, roomy, choose(nursed, roomy)), "QALYs", NAMES)[0]


def test_two_limits_that_bind_together_are_told_together() -> None:
    options, room = [option("a", 5, (1.0, 1.0))], limits()
    found = shadows(options, room, choose(options, room))
    assert found.each == ()
    assert found.together == pytest.approx(0.5)
    assert "No limit alone" in shadow_words(found, "QALYs", NAMES)[0]


def test_nothing_is_never_silent() -> None:
    # The cheapest is b at £1m a year: it needs £1m of the council's £0.4m.
    options = [option("a", 5, least=2 * MILLION), option("b", 3, least=MILLION)]
    room = limits(council=0.4 * MILLION)
    choice = choose(options, room)
    stopped = why_nothing(options, room, choice)
    assert choice.nothing
    assert stopped is not None
    assert stopped.option == "b"
    assert [give.by for give in stopped.gives] == pytest.approx([0.6 * MILLION] * 2)
    assert stopped.then is not None
    assert stopped.then.added == pytest.approx({"a": 0.0, "b": MILLION})
    assert stopped_words(stopped, "QALYs", NAMES) == (
        "Nothing is bought: the cheapest option, Family hubs at £1.00m a year, is stopped by the room of the council "
        "in 2027-28, which must give £0.60m. Then: A year, at base-year prices, add £1.00m on Family hubs: 3 QALYs on "
        "average, with mean net costs within every limit."
    )
    assert why_nothing(options, limits(), choose(options, limits())) is None


def test_what_stops_an_option_lets_it_in_once_it_gives_and_not_with_less() -> None:
    options = [option("a", 5, chunk=MILLION), option("b", 3, (0.2, 0.9), least=2 * MILLION)]
    room = limits(council=0.4 * MILLION, trust=0.3 * MILLION)
    stopped = why_nothing(options, room, choose(options, room))
    assert stopped is not None
    by = {(give.limit.whose, give.limit.year): give.by for give in stopped.gives}
    for share, bought in ((1.0, True), (0.99, False)):
        headroom = room.headroom.copy()
        for (whose, year), give in by.items():
            headroom[room.bodies.index(whose), room.years.index(year)] += give * share
        assert choose(options, replace(room, headroom=headroom)).nothing is not bought


def test_nothing_for_want_of_anything_worth_buying_says_that() -> None:
    choice = choose([option("a", 0.0)], limits())
    stopped = why_nothing([option("a", 0.0)], limits(), choice)
    assert stopped is not None
    assert "not for want of room" in stopped_words(stopped, "QALYs", NAMES)
    empty = why_nothing([], limits(), choose([], limits()))
    assert empty is not None
    assert not empty.gives


def test_a_limit_broken_today_is_made_no_worse_and_said() -> None:
    options = [option("a", 5, (1.0, 0.0)), option("b", 3, (0.0, 1.0))]
    choice = choose(options, limits(council=-MILLION))
    assert choice.added == pytest.approx({"a": 0.0, "b": 2 * MILLION})
    assert {limit.whose for limit in choice.already_broken} == {"council"}
    assert "Today already breaks a limit that no choice mends (the room of the council)" in choice_words(
        choice, "QALYs", NAMES
    )
    # One that can be mended is: b saves the council 50p for every pound.
    mended = choose([options[0], option("b", 3, (-0.5, 1.0))], limits(council=-MILLION))
    assert mended.net_cost[0] == pytest.approx([-MILLION] * 2)


def test_one_saving_on_two_lists_is_counted_once() -> None:
    a, b = option("a", 5, (0.1, 0.0)), option("b", 3, (0.1, 0.0))
    shared = [replace(one, one_list=frozenset({"beds"})) for one in (a, b)]
    assert choose(shared, limits()).added == {"a": 3 * MILLION, "b": 0.0}
    named = [a, replace(b, one_list=frozenset({"a"}))]
    assert choose(named, limits()).added == {"a": 3 * MILLION, "b": 0.0}
    assert all(more > 0 for more in choose([a, b], limits()).added.values())


def test_a_saving_that_a_plan_counts_already_is_refused() -> None:
    twice = replace(option("a", 5), one_list=frozenset({"beds"}))
    choice = choose([twice, option("b", 3)], limits(counted=frozenset({"beds"})))
    assert "a" not in choice.added
    assert [(one.option, one.reason) for one in choice.aside] == [("a", "its saving is counted already: beds")]


def test_what_is_not_known_is_listed_by_sector_and_never_nought() -> None:
    unknown = option("a", 5)
    cost = unknown.net_cost.copy()
    cost[1] = np.nan
    lacking = replace(unknown, net_cost=cost, value=np.full(PATHS, np.nan))
    room = limits(sectors={"trust": "NHS trusts"})
    choice = choose([lacking, option("b", 3)], room)
    assert "a" not in choice.sizes
    assert [(gap.what, gap.sector) for gap in choice.aside[0].gaps] == [("net cost", "NHS trusts"), ("value", "")]
    assert choice.aside[0].reason == "figures are not known"
    assert gaps(option("b", 3), room) == ()


def test_a_hard_limit_on_a_principle_sets_an_option_aside() -> None:
    weak, strong, silent = (
        option("a", 9, scores={"vision": 0.2}),
        option("b", 1, scores={"vision": 0.8}),
        option("c", 9),
    )
    kept, aside = sifted([weak, strong, silent], limits(least_scores={"vision": 0.5}))
    assert [one.id for one in kept] == ["b"]
    assert [one.reason for one in aside] == ["scores 0.20 on vision, below 0.50", "figures are not known"]


def test_infinite_headroom_is_no_row_and_a_total_is_one() -> None:
    room = replace(limits(council=np.inf), total=MILLION)
    kinds = [(row.limit.kind, row.limit.whose) for row in rows([option("a", 1)], room)]
    assert kinds == [("headroom", "trust"), ("headroom", "trust"), ("total", "")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"least": 4 * MILLION}, "sizes run"),
        ({"most": np.inf}, "sizes run"),
        ({"chunk": -1.0}, "sizes run"),
        ({"chunk": 4 * MILLION}, "no whole multiple"),
        ({"present": 4 * MILLION}, "is not a size"),
        ({"chunk": MILLION, "present": 1.5 * MILLION}, "is not a size"),
    ],
)
def test_sizes_that_cannot_be_are_refused(change: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        option("a", 5, **change)


def test_limits_and_options_that_do_not_fit_are_refused() -> None:
    one: Floats = np.zeros((1, 2))
    with pytest.raises(ValueError, match="2 bodies by 2 years"):
        replace(limits(), headroom=one)
    with pytest.raises(ValueError, match="posts for each year"):
        limits(staff={"nurses": np.zeros(3)})
    with pytest.raises(ValueError, match="an id of its own"):
        choose([option("a", 5), option("a", 3)], limits())
    with pytest.raises(ValueError, match="by body, year and path"):
        choose([replace(option("a", 5), net_cost=np.zeros((1, 2, PATHS)))], limits())


def test_a_choice_tells_money_and_measure_apart() -> None:
    choice: Choice = choose([option("a", 5)], limits(), confidence=80)
    assert choice_words(choice, "QALYs", NAMES) == (
        "A year, at base-year prices, add £2.00m on Falls clinic: 10 QALYs on average, with net costs at their 80th "
        "percentile within every limit."
    )
