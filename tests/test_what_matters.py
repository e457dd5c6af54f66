"""What matters most: luck held still and judgements put otherwise in one ranking, whose risk it is, how it is told."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pictures
import pytest

from simulator.blocks import RunCancelledError, Sample
from simulator.causes import Cause, luck
from simulator.charts import stacked, tornado
from simulator.charts.layout import SETTINGS
from simulator.chosen import Recorded
from simulator.drivers import DriverPaths
from simulator.held_still import ASKED, HELD, Estimate, Met, Still, amount, asked, difference, read, shift, still, terms
from simulator.named_stresses import PLAN
from simulator.observed import Observed, observe
from simulator.owned_luck import Owner
from simulator.plain_english import Words
from simulator.regressions import errors_of, shares_of
from simulator.scenario import Scenario
from simulator.scenario_file import load
from simulator.sensitivity import Sensitivity, sensitivity_of
from simulator.trials import met_in
from simulator.watched import Inputs, watch
from simulator.what_matters import Answer, OwnedShare, Wanted, WhatMatters, what_matters, work_of
from simulator.what_matters_page import ordered, pushed, share_of, what_matters_page
from simulator.what_matters_pictures import what_matters_pictures
from simulator.what_matters_shown import owners as shown_owners
from simulator.what_matters_tables import tables, values
from simulator.what_matters_words import (
    GROUPS,
    NOBODY,
    OWN,
    by_group,
    companies,
    estimate,
    over_place,
    plain,
    unjudged,
    whose,
)
from tests.places import blackburn_with, council, driver, line, scenario, whole_place

SAMPLE = Sample(1_000, seed=5)
WORDS = Words("A headline", "What is measured", "How to read this", "What it shows")


def town(*drivers: str, years: int = 1, **more: Any) -> Scenario:
    """A council with a line of like size for each driver, written `need 5%`: its name and its spread."""
    stated = [one.split() for one in drivers]
    lines = [line(f"{name}_line", 100 / len(stated), demand=name) for name, _ in stated]
    believed = [driver(name, spread=spread) for name, spread in stated]
    return scenario(years=years, drivers=believed, agencies=[council(spending=lines, **more)])


@cache
def shipped() -> Scenario:
    return blackburn_with({"years": 6})


@cache
def observed() -> Observed:
    return observe(shipped(), "blackburn", SAMPLE)


@cache
def stress() -> Sensitivity:
    return sensitivity_of(observed(), SAMPLE)


@cache
def held() -> Still:
    compiled = terms(shipped(), agency="blackburn")
    return still(shipped(), compiled, asked(shipped(), compiled, "blackburn"), SAMPLE)


@cache
def blackburn() -> WhatMatters:
    return what_matters(shipped(), Wanted(), SAMPLE)


@cache
def everybody() -> WhatMatters:
    return what_matters(whole_place(), Wanted(), SAMPLE)


@cache
def two() -> Answer:
    return what_matters(town("need 5%", "wages 3%"), Wanted(), Sample(4_000, seed=3)).answers[0]


def named(answer: Answer) -> dict[str, Cause]:
    return {one.id: one for one in answer.causes}


def test_luck_held_still_is_what_the_stress_page_holds_bit_for_bit() -> None:
    seen, found = observed(), held()
    assert (found.met.answer == seen.seen.end).all()
    assert (found.met.limit == seen.seen.broken[seen.reader.limits[0]]).all()
    shared = set(found.held) & set(seen.frozen)
    assert len(shared) == len(found.held) > 12
    for part in shared:
        assert (found.held[part].answer == seen.frozen[part].end).all()


def test_pushes_and_judgements_are_those_of_the_stress_page() -> None:
    found, rows = held(), {row.id: row for row in stress().rows}
    assert found.centre == stress().central_end
    assert set(found.held) - {"events"} <= set(found.pushed)
    for part in set(found.pushed) & set(rows):
        assert found.pushed[part] == (rows[part].low, rows[part].high)
    assert len(found.judged) >= 4
    for name, met in found.judged.items():
        assert found.judged_centre[name] == rows[name].low
        off = int(found.met.limit.sum() - met.limit.sum()) / SAMPLE.paths
        assert rows[name].broken.points == pytest.approx(off)


def test_what_is_asked_is_the_same_amount_as_in_a_place_watched() -> None:
    place = whole_place()
    watched, compiled = watch(place, SAMPLE), terms(place)
    block = DriverPaths(compiled, SAMPLE.seed).block(0)
    for body in place.bodies:
        for figure in (HELD, ASKED):
            question = asked(place, compiled, body.id, figure=figure)
            year = watched.compiled.years[question.body.end]
            money, happened = met_in(compiled, body.id, (PLAN,), block)
            met = read(question, {n: one[0] for n, one in money.items()}, {n: one[0] for n, one in happened.items()})
            assert (met.answer == watched.amount(figure, body.id, year)).all(), (body.id, figure)


def test_how_far_two_answers_lie_apart_is_counted_by_hand() -> None:
    one = Met(np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4, bool))
    other = Met(np.array([2.0, 0.0, 3.0, 7.0]), np.zeros(4, bool))
    assert difference(one, other).value == pytest.approx(1.5) and shift(one, other).value == pytest.approx(0.5)
    # Differences 1, 2, 0, 3 have a variance of 1.25.
    assert difference(one, other).high == pytest.approx(1.5 + 1.96 * np.sqrt(1.25 / 4), abs=1e-3)
    assert difference(one, one) == Estimate(0, 0, 0) and shift(one, one) == Estimate(0, 0, 0)


def test_two_independent_drivers_share_the_risk_as_their_squares_and_differ_as_their_spreads() -> None:
    need, wages = named(two())["need"], named(two())["wages"]
    assert need.share and wages.share and need.differs and wages.differs and need.settles and wages.settles
    assert need.share.value == pytest.approx(25 / 34, abs=0.02)
    assert need.settles.value == pytest.approx(need.share.value, abs=0.04)
    assert need.differs.value / wages.differs.value == pytest.approx(5 / 3, rel=0.05)
    # Half of £100m at 5% is £2.5m; a normal lies 0.798 of its spread off its middle on average.
    assert need.differs.value == pytest.approx(2.5e6 * np.sqrt(2 / np.pi), rel=0.05)
    assert need.share.low < 25 / 34 < need.share.high


def test_held_at_its_central_path_the_only_driver_leaves_no_luck() -> None:
    found = what_matters(town("need 5%"), Wanted(), SAMPLE).answers[0]
    only = found.causes[0]
    assert only.off is not None and only.off.after.probability == 0 and only.off.before == found.chance
    assert only.share and only.share.value == pytest.approx(1, abs=0.01) and not only.travels_with
    assert sum(by_group(found).values()) == pytest.approx(1)


def test_luck_and_judgement_stand_in_one_ranking_the_farthest_reaching_first() -> None:
    answer = blackburn().answers[0]
    reach = [one.differs.value for one in answer.causes if one.differs]
    assert len(reach) == len(answer.causes) and reach == sorted(reach, reverse=True)
    assert {one.kind for one in answer.causes} == {"luck", "judgement"}
    assert all(one.share is None for one in answer.causes if one.kind == "judgement")
    assert all(one.name[0].isupper() for one in answer.causes)


def test_no_share_is_below_nought_or_above_one_and_those_that_add_up_do() -> None:
    for answer in (*blackburn().answers, *everybody().answers):
        luck = [one for one in answer.causes if one.kind == "luck"]
        for one in luck:
            for part in (one.share, one.settles):
                assert part is None or 0 <= part.low <= part.value <= part.high <= 1
        assert sum(one.share.value for one in luck if one.share) == pytest.approx(answer.explained)
        # What never varies has no risk to own.
        whole = float(answer.high > answer.low)
        assert sum(one.share.value for one in answer.owned) + answer.unexplained == pytest.approx(whole)
        assert sum(by_group(answer).values()) == pytest.approx(whole)


def test_the_last_of_the_years_is_the_year_that_is_ranked() -> None:
    answer = blackburn().answers[0]
    last = {one.id: one.share for one in answer.by_year if one.year == answer.year}
    assert {one.id: one.share for one in answer.causes if one.share} == last
    assert {one.year for one in answer.by_year} == {"2027-28", "2028-29", "2029-30", "2030-31"}


def test_an_earlier_year_is_ranked_as_the_later_answer_shows_it() -> None:
    wide = town("need 5%", "wages 3%", years=4)
    late, early = (what_matters(wide, Wanted(year=year), SAMPLE).answers[0] for year in ("", "2027-28"))
    assert (late.year, early.year) == ("2029-30", "2027-28")
    shown = {one.id: one.share for one in late.by_year if one.year == "2027-28"}
    assert {one.id: one.share for one in early.causes} == shown


def test_of_an_outcome_it_is_counted_on_how_many_futures_it_turns() -> None:
    place = town("need 5%", "wages 3%", reserves={"gf_unallocated": 2})
    compiled = terms(place)
    question = asked(place, compiled, "town", figure="unfunded_gap")
    found = still(place, compiled, question, SAMPLE)
    answer = what_matters(place, Wanted(figure="unfunded_gap"), SAMPLE).answers[0]
    need = named(answer)["need"]
    turned = np.count_nonzero(found.met.limit != found.held["need"].limit) / SAMPLE.paths
    assert need.differs and need.moves and need.off and need.differs.value == turned > 0
    assert need.moves.value == pytest.approx(-need.off.points)
    assert answer.centre is None and not pushed(answer) and answer.question.is_event
    assert (found.met.answer == found.met.limit).all() and answer.chance.probability == found.met.limit.mean()


@pytest.mark.parametrize(("wanted", "told"), [
    (Wanted("nobody"), "nobody is no body of this place; its bodies are town"),
    (Wanted(year="2019-20"), "2019-20 is no year to ask about; there are 2026-27 to 2026-27"),
    (Wanted(figure="luck"), "town has no luck; it has held, asked, reserves_below_minimum"),
])  # fmt: skip
def test_what_is_not_there_is_told_with_what_there_is(wanted: Wanted, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        what_matters(town("need 5%"), wanted, SAMPLE)


def test_a_place_answers_for_every_body_by_luck_alone_and_leaves_out_those_without_the_figure() -> None:
    found = everybody()
    assert found.place and [one.question.body.agency for one in found.answers] == [
        one.id for one in whole_place().bodies
    ]
    assert all(one.differs is None and one.kind == "luck" for answer in found.answers for one in answer.causes)
    some = what_matters(whole_place(), Wanted(figure="missed_plan"), Sample(200))
    assert {one.question.body.agency for one in some.answers}.isdisjoint(some.left_out)
    assert "town" in some.left_out and len(some.answers) + len(some.left_out) == len(whole_place().bodies)


def test_it_tells_of_as_much_work_as_it_said_and_stops_when_asked() -> None:
    for place, wanted in ((town("need 5%"), Wanted()), (town("need 5%", name="a"), Wanted("a"))):
        done: list[int] = []
        what_matters(place, wanted, Sample(1_500, progress=done.append))
        assert sum(done) == work_of(place, wanted, Sample(1_500)) == 8
    with pytest.raises(RunCancelledError):
        what_matters(town("need 5%"), Wanted(), Sample(1_000, cancelled=lambda: True))


def test_the_error_of_a_share_is_its_scatter_over_other_futures() -> None:
    drawn = Recorded(7, 0, 60).normals("inputs", 4).reshape(4, 60, 1_000)
    runs = [(np.array([a, 0.6 * a + 0.8 * b, c]), a + b + 0.3 * c + d) for a, b, c, d in drawn.swapaxes(0, 1)]
    scatter = np.std([shares_of(x, y).shares for x, y in runs], axis=0)
    errors = np.mean([errors_of(x, y).shares for x, y in runs], axis=0)
    assert errors == pytest.approx(scatter, rel=0.3)
    assert (errors_of(np.zeros((2, 100)), np.arange(100.0)).shares == 0).all()
    assert np.isfinite(errors_of(drawn[:2, 0], (np.arange(1_000) == 3).astype(float)).shares).all()


def test_the_plain_answer_says_which_of_luck_and_judgement_weighs_more() -> None:
    told = list(plain(blackburn().answers[0]))
    assert (
        "our own judgement weighs more than any of drivers, savings and risks: “Base surplus" in told[0]
        and len(told) == 3
    )
    assert re.search(r"\d+\.\d% is its own luck and \d+\.\d% the nation's", told[1])
    answer = blackburn().answers[0]
    worlds = [replace(one, differs=Estimate(9e9, 8e9, 1e10)) if one.id == "pay_award" else one for one in answer.causes]
    turned = next(plain(replace(answer, causes=tuple(sorted(worlds, key=lambda one: -(one.differs or (0,))[0])))))
    assert "luck weighs more than any judgement: of drivers, savings and risks Pay award" in turned
    alike = [replace(one, differs=Estimate(5.0, 0.0, 9e9)) for one in answer.causes]
    assert "weigh alike" in next(plain(replace(answer, causes=tuple(alike))))


def test_an_answer_that_nothing_moves_says_so() -> None:
    quiet = what_matters(scenario(years=1), Wanted(), Sample(200))
    assert next(plain(quiet.answers[0])).startswith("Nothing that chance moves can be told from noise")
    assert "there is no risk to own" in what_matters_page(quiet) and "No luck moves it" in what_matters_page(quiet)
    assert not what_matters_pictures(quiet)
    small = what_matters(load(Path(__file__).with_name("small.yaml")).scenario, Wanted(), Sample(200)).answers[0]
    chance, offs = small.chance, [one.off for one in small.causes if one.off]
    assert chance.low == chance.high == chance.probability and offs, "nothing is sampled, so no interval is due"
    assert all(one.low == one.high == one.points for one in offs)


def held_by(*owned: tuple[str, str | None, float], unexplained: float = 0.0) -> Answer:
    """The answer of two drivers with other owners of its luck: kind, body and share."""
    rows = [
        OwnedShare(Owner(f"{kind}/{body}", f"The {kind}", kind, body), Estimate(share, share, share), 0.0)  # type: ignore[arg-type]
        for kind, body, share in owned
    ]
    return replace(two(), owned=tuple(rows), unexplained=unexplained)


@pytest.mark.parametrize(("kind", "body", "told"), [
    ("support", "town", "; more than any of drivers, savings and risks has, 90.0%, is The support, which it alone "
     "meets."),
    ("factor", None, "90.0%, is The factor, which all meet."),
    ("own", "hospice", "90.0%, is The own."),
    ("agreement", None, "90.0%, is The agreement."),
])  # fmt: skip
def test_the_weightiest_owner_is_named_also_where_it_cannot_be_held(kind: str, body: str | None, told: str) -> None:
    assert list(plain(held_by((kind, body, 0.9))))[1].endswith(told)
    less = list(plain(held_by((kind, body, 0.4))))[1]
    assert "; the weightiest single part, 40.0%, is" in less


def test_where_much_is_not_told_apart_a_share_is_the_least_it_may_be() -> None:
    unsure = held_by(("factor", None, 0.5), ("own", "town", 0.3), unexplained=0.2)
    told = list(plain(unsure))[1]
    assert "at least 30.0% is its own luck and at least 50.0% the nation's, and 20.0% cannot be told apart" in told
    found = WhatMatters(town("need 5%"), Wanted(), 1_000, 1, (unsure,))
    page = what_matters_page(found)
    assert "| The factor | National factors | at least 50.0% (50.0) |" in page and "*At least*: of town 20%" in page
    assert "20.0% cannot be told apart, though it is somebody's" in page and "| Not told apart | 20.0% |" in page
    assert list(tables(found)["owners"].at_least[:2]) == [True, True]
    assert set(shown_owners(found)["Share of the risk (95% interval)"]) == {
        "at least 50.0% (50.0)",
        "at least 30.0% (30.0)",
    }
    sure = what_matters_page(replace(found, answers=(two(),)))
    assert "at least" not in sure and "At least" not in sure


def test_of_a_place_it_is_said_only_where_it_is_so_that_most_is_the_nations() -> None:
    own = {"A": 0.9, "B": 0.65, "C": 0.1}
    each = [replace(held_by(("own", "town", one), ("factor", None, 1 - one)), name=name) for name, one in own.items()]
    place = WhatMatters(town("need 5%"), Wanted(), 1_000, 1, tuple(each))
    nation = "where most of it is what all of the nation meets"
    assert f"most of the risk of A (90.0%) and least of C (10.0%), {nation}." in list(over_place(place))[1]
    told = list(over_place(replace(place, answers=tuple(each[:2]))))[1]
    assert told.endswith("least of B (65.0%).")
    assert "the most is 10.0%, of C" in list(over_place(replace(place, answers=(each[2],))))[1]


def test_twins_say_that_they_share_a_slope() -> None:
    x = Recorded(7, 0).normals("inputs", 2)
    found = Inputs(("a", "b", "c"), ("Bank rate", "Borrowing rate", "Need"), np.array([x[0], 2 * x[0], x[1]]))
    causes, _ = luck(found, x[0] + x[1], x[0] > 1)
    assert [one.same_as for one in causes] == [("Borrowing rate",), ("Bank rate",), ()]
    page = what_matters_page(WhatMatters(town("need 5%"), Wanted(), 1_000, 1, (replace(two(), causes=tuple(causes)),)))
    assert "Bank rate and Borrowing rate move as one, so they share one slope equally." in page


def test_the_page_has_its_sections_units_and_sampling_errors_and_no_false_minus() -> None:
    page = what_matters_page(blackburn(), ("ranking", "owners", "years", "tornado"))
    sections = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert sections == ["Luck and judgement in one ranking", "Who owns the risk", "In which year",
                        "What travels together", "For talking: each driver pushed alone",
                        "The same luck by other measures", "How to read this"]  # fmt: skip
    assert "ignores how drivers interact" in page and "£m cash; less is worse" in page and "-0.0 " not in page
    assert page.count("![](") == 4 and len(what_matters_page(blackburn(), short=True)) < 0.7 * len(page)
    place = what_matters_page(everybody(), ("owners",))
    assert "## What matters to whom" in place and all(one.name in place for one in everybody().answers)


def test_drivers_that_travel_together_are_told_in_groups() -> None:
    causes = (Cause("a", "Prices", "luck", travels_with=("Pay",)), Cause("b", "Fees", "luck", travels_with=("Pay",)),
              Cause("c", "Need", "luck"))  # fmt: skip
    answer = replace(two(), causes=causes)
    assert companies([answer]) == [["Fees", "Pay", "Prices"]] and companies([two()]) == []


def test_shares_are_told_short_and_never_as_a_false_nought() -> None:
    assert [share_of(one) for one in (0.0, 0.001, 0.007, 0.4)] == ["–", "under 1%", "1%", "40%"]
    assert estimate(Estimate(0.4, 0.38, 0.41)) == "40% (38 to 41)" and estimate(None) == "–"
    assert whose({OWN: 0.5, GROUPS[0]: 0.3, NOBODY: 0.2}).endswith("and 20.0% cannot be told apart")


def test_tables_have_units_bodies_and_every_interval() -> None:
    made = tables(blackburn())
    assert set(made) == {"answers", "ranking", "by_year", "owners"}
    for table in made.values():
        assert set(table.agency) == {"blackburn"}
    ranking = made["ranking"]
    assert set(ranking.unit) == {"£"} and list(ranking["rank"]) == list(range(1, len(ranking) + 1))
    assert (ranking.differs_low95 <= ranking.differs).all() and (ranking.differs <= ranking.differs_high95).all()
    assert made["owners"].share.sum() == pytest.approx(1)
    assert values(blackburn())["tables"]["answers"][0]["central"] == stress().central_end


def test_years_are_ordered_by_the_largest_share_of_any() -> None:
    answer = blackburn().answers[0]
    peaks = [max(part.share.value for part in answer.by_year if part.id == one.id) for one in ordered(answer)]
    assert peaks == sorted(peaks, reverse=True)


def test_a_tornado_writes_both_ends_and_bars_start_at_the_amount_as_entered() -> None:
    frame = pd.DataFrame({"Name": ["Need", "Grants"], "Low": [30.0, -1.0], "High": [-8.0, 20.0]})
    with mpl.rc_context(SETTINGS):
        ax = tornado.draw(frame, WORDS, 15.0, "£m cash").axes[0]
    bars = [(patch.get_x(), patch.get_width()) for patch in ax.patches]  # type: ignore[attr-defined]
    assert bars == [(15.0, 15.0), (15.0, -23.0), (15.0, -16.0), (15.0, 5.0)]
    assert [text.get_text() for text in ax.texts] == ["30.0", "-8.0", "-1.0", "20.0"]
    assert [text.get_horizontalalignment() for text in ax.texts] == ["left", "right", "right", "left"]
    with pytest.raises(ValueError, match="one driver at least"):
        tornado.draw(frame[:0], WORDS, 15.0, "£m cash")


def test_shares_are_laid_end_to_end_and_never_beyond_the_whole() -> None:
    rows = [("A", GROUPS[0], 0.25), ("A", GROUPS[3], 0.75), ("B", GROUPS[3], 0.6), ("B", GROUPS[1], 0.001)]
    frame = pd.DataFrame(rows, columns=["Row", "Part", "Share"])
    frame["Part"] = pd.Categorical(frame.Part, GROUPS)
    with mpl.rc_context(SETTINGS):
        figure = stacked.draw(frame, WORDS)
        with pytest.raises(ValueError, match="no row above a whole"):
            stacked.draw(frame.assign(Share=0.9), WORDS)
    shown = [patch for patch in figure.axes[0].patches if patch.get_width()]  # type: ignore[attr-defined]
    assert [(patch.get_x(), patch.get_width()) for patch in shown[:2]] == [(0, 0.25), (0.25, 0.75)]  # type: ignore[attr-defined]
    assert [text.get_text() for text in figure.axes[0].texts] == ["25%", "75%", "60%"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [GROUPS[0], GROUPS[3]]


def test_pictures_say_what_the_tables_say() -> None:
    with pictures.unpainted():
        made = what_matters_pictures(blackburn())
    assert set(made) == {"owners", "ranking", "years", "tornado"}
    first = blackburn().answers[0].causes[0]
    assert first.name in made["ranking"]["svg"].decode() and "judgement" in made["ranking"]["svg"].decode()
    assert "ignores how drivers interact" in made["tornado"]["svg"].decode()
    with pictures.undrawn():
        assert set(what_matters_pictures(everybody())) == {"owners"}


def test_the_amount_of_a_charity_is_its_free_reserves() -> None:
    place = whole_place()
    question = asked(place, terms(place), "hospice")
    free = np.arange(30.0).reshape(5, 6)
    assert (amount(question, {"free_reserves": free}) == free[question.body.end]).all() and question.charity


@pytest.mark.parametrize(
    ("local", "said"), [(True, "none that was tried"), (False, "it holds no reserves that may or may")]
)
def test_a_ranking_without_a_judgement_says_why(local: bool, said: str) -> None:
    answer: Any = SimpleNamespace(causes=(), question=SimpleNamespace(body=SimpleNamespace(local=local)))
    assert said in unjudged(answer)
