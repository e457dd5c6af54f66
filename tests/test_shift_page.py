"""The page, words and tables of a shift: what they say against what they are made from, and against each other."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from places import BLACKBURN, ROOT, Tree, income, line
from shifts import LANCASHIRE
from small_shift import small, tree

from simulator.absolute import Absolute, Opening
from simulator.blocks import Sample
from simulator.drivers import DriverPaths
from simulator.headroom import Allowed
from simulator.judgements import spanned
from simulator.mechanisms import RULES
from simulator.plain_english import cell
from simulator.pockets import WINDOWS
from simulator.position import price
from simulator.prevention import flows
from simulator.programme_scene import Scene
from simulator.projection import project
from simulator.rooms import CONFIDENCES
from simulator.scenario_file import load
from simulator.shift_cells import cells, number_of, pounds, total
from simulator.shift_flows import gathered
from simulator.shift_page import shift as page
from simulator.shift_page import title
from simulator.shift_report import NoProgrammesError, ShiftReport, brief, shift_report, stages
from simulator.shift_sizes import most, split
from simulator.shift_tables import shift_tables
from simulator.shift_words import base, by_sampling, headline, in_brief, staffed_sums, touched
from simulator.summary import chance
from simulator.variants import Variant
from simulator.worth import Shadow, Worth

ALONE = ROOT / "scenarios" / "overlays" / "blackburn-prevention.yaml"
FEW = Sample(paths=200, seed=1)


@cache
def demo() -> ShiftReport:
    """The demo place over five years, three of them with a shift."""
    return shift_report(load(LANCASHIRE, (), ("years=5",)).scenario, Sample(paths=500, seed=1))


@cache
def alone() -> ShiftReport:
    """One council alone, over four years."""
    return shift_report(load(BLACKBURN, (ALONE,), ("years=4",)).scenario, FEW)


@cache
def little() -> ShiftReport:
    """A small place in which a town and a board spare a trust's wards."""
    return shift_report(small(), FEW)


@cache
def stated(report: str) -> tuple[str, dict[str, pd.DataFrame]]:
    """The page and the tables of one of the reports above."""
    found = {"demo": demo, "alone": alone, "little": little}[report]()
    return page(found, ("curve",)), shift_tables(found)


TOWN = tree()["agencies"][0]


def with_town(board: float | None = None, **changes: Any) -> list[Tree]:
    """The bodies of the small place with parts of its town replaced, and another allocation for the board."""
    _, second, *others = tree()["agencies"]
    allocated = {"funding": {"allocations": [income("core", board)]}} if board else {}
    return [{**TOWN, **changes}, {**second, **allocated}, *others]


def section(text: str, name: str) -> str:
    """One section of a page."""
    return text.split(f"## {name}\n")[1].split("\n## ")[0]


def rows(text: str, first: str = "Body") -> dict[str, list[str]]:
    """Rows of the first table of a text whose head begins so, by their first cell."""
    lines = text[text.index(f"| {first} |") :].split("\n\n")[0].splitlines()
    parts = [[one.strip() for one in re.split(r"(?<!\\)\| ", line.strip()[2:-2])] for line in lines]
    assert len({len(part) for part in parts}) == 1
    return {part[0]: part[1:] for part in parts[2:]}


# Numbers in words.


@pytest.mark.parametrize(
    ("amount", "yearly", "over_years", "bare"),
    [
        (0, "£0", "£0", "0.00"),
        (0.3, "less than £1", "less than £1", "0.0000003"),
        (3_993, "£4,000", "£4,000", "0.004"),
        (38_672, "£39,000", "£39,000", "0.039"),
        (-1_234, "-£1,200", "-£1,200", "-0.0012"),
        (49_990, "£50,000", "£50,000", "0.05"),
        (887_695, "£0.89m", "£0.9m", "0.89"),
        (12_345_678, "£12.35m", "£12.3m", "12.35"),
    ],
)
def test_sums_have_as_many_figures_as_they_bear(amount: float, yearly: str, over_years: str, bare: str) -> None:
    assert (pounds(amount), total(amount), number_of(amount)) == (yearly, over_years, bare)


def test_a_table_is_in_one_unit_and_never_says_a_false_nought() -> None:
    large, small_ = cells(8.3e6), cells(36_000)
    assert (large.unit, large(6.094e6), large(-2.87e6, "+"), large(0.96e6, "+")) == ("£m", "6.09", "-2.87", "+0.96")
    assert (large(0.0), large(3_000), large(-3_000, "+"), large.note) == (
        "0", "≈0", "≈0", "≈0 is less than £5,000 either way",
    )  # fmt: skip
    assert (small_.unit, small_(36_000), small_(400)) == ("£000", "36", "≈0")
    assert cells(5e3)(1_250) == "1.2" and cells(3e7)(12.34e6) == "12.3"


# The answer.


def test_the_demo_says_how_much_from_whom_and_what_stops_more() -> None:
    report, (text, tables) = demo(), stated("demo")
    answer = section(text, "The short answer")
    assert report.headroom > 0
    assert f"**{pounds(report.headroom)} a year** can move into these programmes from 2027-28" in answer
    assert f"({pounds(report.after.interval()[0])} to {pounds(report.after.interval()[1])} by sampling)" in answer
    assert "at 2024-25 prices" in answer and "1 of 100 futures" in answer and "0.05% of its net spending" in answer
    stopped = [one for one in report.after.bindings() if one.test]
    first = min(stopped, key=lambda one: one.limit)
    assert f"What stops more is {cell(report.names[report.compiled.agency_ids[first.agency]])}: its " in answer
    assert "all 10 bodies keep their duties" in answer and "Evidence for a decision, never the decision." in text
    assert tables["headroom"].loc[0, "headroom"] == report.headroom == first.limit


def test_bodies_not_touched_are_named_in_one_line_and_not_said_to_bear_anything() -> None:
    report, (text, _) = demo(), stated("demo")
    bear = section(text, "What each body can bear")
    names = [report.names[agency] for agency in report.compiled.agency_ids]
    told, apart = rows(bear), next(line for line in bear.splitlines() if line.startswith("Neither paying nor gaining"))
    for a, name in enumerate(names):
        assert (name in told) == (a in touched(report)) == (name not in apart)
    assert "A hospice serving East Lancashire" in apart and "Blackburn with Darwen Borough Council" in told
    assert "5 bodies neither pay nor gain by it" in text


def test_whom_the_programmes_name_is_whom_the_flows_move() -> None:
    for report in (demo(), alone(), little()):
        purses = report.gathered.purses
        moved = sum(
            np.abs(getattr(purses, part)[:-1]).max(axis=(1, 2)) for part in ("invest", "cash", "paid", "avoided")
        )
        assert set(np.flatnonzero(moved > 0.005)) == touched(report)


def test_a_council_alone_is_told_as_one_body() -> None:
    report, (text, tables) = alone(), stated("alone")
    assert "the body keeps its duty" in text and "neither its chance" in text
    assert "place as one" not in text and "The same shift under each way" not in text
    assert " comes back to Blackburn with Darwen Borough Council as cash: " in text
    for others in ("bodies of the place", "Those who gain", "A pool's", "NHS body's", "payment rules"):
        assert others not in text, others
    assert not any("pooling" in stage or "providers" in stage for stage in stages(report.scenario))
    assert list(tables["binding"].agency.unique()) == ["blackburn"]
    assert report.mechanisms == () and "mechanisms" not in tables
    assert {"pooled", "risk_share", "carry_forward"}.isdisjoint(one.id for one in report.worth)


def test_a_brief_tells_the_same_headroom() -> None:
    short = brief(small(), FEW)
    assert short.headroom == little().headroom
    assert next(iter(in_brief(short))) == next(iter(headline(little())))


def test_limits_of_nought_give_nothing_and_say_why() -> None:
    none = small(
        agencies=with_town(spending=[line("services", demand="need")]),
        prevention={"limits": {"breach_rise": "0%", "shortfall_rise": "0%"}},
    )
    report = shift_report(none, FEW)
    text = page(report)
    assert report.headroom == 0 and title(report).endswith("£0 a year") and not report.at_headroom
    for words in (
        "**Nothing** can move", "rises at all", "the smallest sum tried", "some futures are always worse",
        "Were all £2.00m a year done, which is more than can safely move: from 2027-28 to",
        "A limit of nought rules out any shift", "`prevention.limits.breach_rise`", "more than can safely move",
    ):  # fmt: skip
        assert words in text
    # A chance that may not rise at all allows no rise of the shortfall either, and the words say so.
    strict = replace(report, after=replace(report.after, allowed=Allowed(0.0, 0.0005)))
    assert "nor its expected shortfall at all" in page(strict)
    # Limits above nought are not said to be nought.
    some = replace(report, after=replace(report.after, allowed=Allowed(1e-9, 1e-12)))
    assert "A limit of nought" not in page(some) and "Say how much risk is worth bearing" in page(some)
    # What is shown instead is what is proposed.
    assert report.size == 2e6


def test_a_safe_place_has_absolute_headroom() -> None:
    rich = small(agencies=with_town(reserves={**TOWN["reserves"], "gf_unallocated": 90}, board=300))
    report = shift_report(rich, FEW)
    found = report.absolute
    assert found.size is not None and found.size > 0 and found.opening is None
    assert f"with {pounds(found.size)} a year that is still 80% or more" in page(report)
    held = report.after.met.held[report.after.sizes <= found.size]
    assert (held >= 0.8 * report.paths).all()
    # A place so safe that even the least shift would pass the confidence says so, and not that nought is fine.
    just = replace(report, absolute=Absolute(found.base, 0.8, 0.0, None))
    assert "with the smallest shift tried that is already less than the 80%" in base(just)


def test_what_would_open_absolute_headroom_is_told_between_two_shares_tried_with_the_year_of_its_pounds() -> None:
    report = demo()
    opened = Opening(0.26, 0.25, 0.26, np.full(10, 300e6), chance(900, 1_000))
    closed = replace(report, absolute=Absolute(chance(0, 1_000), 0.8, None, opened))
    assert (
        "A lasting improvement of between 25% and 26% of every body's net budget would open it, at most £3,000m in all "
        "in 2027-28 and the same share of each later year's."
    ) in base(closed)
    # A small share is told as finely as it was tried.
    small_one = closed.absolute._replace(opening=opened._replace(share=0.0125, below=0.011875))
    assert "between 1.19% and 1.25% of" in base(replace(report, absolute=small_one))


def test_a_tiny_reach_is_stopped_by_reach_alone() -> None:
    tiny = small(prevention={"programmes": [dict(tree()["prevention"]["programmes"][0], most=0.002, spend=0.001)]})
    report = shift_report(tiny, FEW)
    assert report.headroom == most(report.terms) == 2_000
    text = page(report)
    assert "Reach stops it, not money: £2,000 is all that these programmes could take, with nobody further" in text
    assert "What stops more" not in section(text, "The short answer")
    assert "or more | none within reach" in text
    assert "£0.0m" not in text and "£0.00m" not in text


def test_what_no_staff_can_do_is_not_told_as_moving() -> None:
    stated = tree()["prevention"]
    needs = [dict(stated["interventions"][0], staff={"nurses": 10})]
    tiny = [dict(stated["programmes"][0], most=0.002, spend=0.001)]

    def answer(retrained: float) -> str:
        group = {"id": "nurses", "name": "Nurses", "in_post": 5, "funded": 5, "joiners": "10%", "leavers": "10%"}
        staff = [dict(group, retrained={"2026-27": retrained})]
        report = shift_report(small(prevention={"interventions": needs, "programmes": tiny, "staff": staff}), FEW)
        half = report.terms.programmes[0].staff[0] * report.headroom
        assert staffed_sums(report).sum() == pytest.approx(min(retrained / half, 1) * report.headroom)
        return section(page(report), "The short answer")

    # £2,000 a year asks for 0.02 of a post: with half of that, half of it moves; with none, nothing.
    assert "**£1,000 a year** can move" in answer(0.01) and "The limits would allow £2,000" in answer(0.01)
    assert "**£0 a year** can move" in answer(0) and "Staff stop it, not money" in answer(0)
    assert "**£2,000 a year** can move" in answer(1)


def test_without_programmes_or_limits_there_is_nothing_to_ask() -> None:
    whole = small()
    assert whole.prevention is not None
    for missing, empty in (("programmes", []), ("limits", None)):
        less = whole.prevention.model_copy(update={missing: empty})
        lacking = whole.model_copy(update={"prevention": less})
        with pytest.raises(NoProgrammesError, match=missing):
            shift_report(lacking, FEW)


# The page and the tables agree.


@pytest.mark.parametrize("which", ["demo", "alone", "little"])
def test_what_is_spent_and_comes_back_is_one_sum_wherever_it_is_told(which: str) -> None:
    text, tables = stated(which)
    answer, whole, years = section(text, "The short answer"), tables["by_body"], tables["timeline"]
    spent, back = whole.invest.sum(), (whole.cash - whole.paid)[whole.party != "outside"].sum()
    assert f"{total(spent)} is spent on them in the mean" in answer
    assert f"{total(whole.avoided.sum())} at average cost" in answer
    whom = "Blackburn with Darwen Borough Council" if which == "alone" else "the bodies of the place"
    assert f"{total(back)} comes back to {whom} as cash: **{100 * back / spent:.0f}p for each £1**" in answer
    assert years.invest.sum() == pytest.approx(spent) == tables["programmes"].spent.sum()
    assert (years.cash - years.paid_to_others).sum() == pytest.approx(back)
    assert whole.net_gain.sum() == pytest.approx(back - spent) == pytest.approx(years.net_gain.sum())
    assert whole.paid.sum() == pytest.approx(0, abs=0.01)
    # Transfers move money between bodies and make none.
    assert whole.receives_of_what_there_is.sum() == pytest.approx(0, abs=0.01)
    assert whole.after_transfers.sum() == pytest.approx(whole.net_gain.sum())
    # Where the place as one loses, that much stays with those who lose, over the horizon and year by year.
    assert whole.still_worse_off.sum() == pytest.approx(max(-whole.net_gain.sum(), 0), abs=0.05)
    by_year = years.groupby("year")[["net_gain", "still_worse_off"]].sum()
    assert by_year.still_worse_off.to_numpy() == pytest.approx(np.maximum(-by_year.net_gain, 0), abs=0.1)


def test_columns_of_the_page_add_up_to_what_they_say() -> None:
    text, tables = stated("demo")
    told = rows(section(text, "Who pays and who gains"))
    for name, (paid, _, cash, brought, net, *_) in told.items():
        numbers = [0.0 if one in ("≈0", "–") else float(one.replace(",", "")) for one in (paid, cash, brought, net)]
        if not name.startswith("Outside"):
            assert numbers[1] + numbers[2] - numbers[0] == pytest.approx(numbers[3], abs=0.021)
    years = rows(section(text, "Year by year"), "Year")
    assert list(years) == ["2027-28", "2028-29", "2029-30"]
    spent = sum(float(one[0]) for one in years.values())
    assert spent == pytest.approx(tables["by_body"].invest.sum() / 1e6, abs=0.016)
    for year, one in years.items():
        assert float(one[5]) - float(one[0]) == pytest.approx(float(one[6]), abs=0.011), year


def test_numbers_worked_by_hand_from_the_tables() -> None:
    """Headroom from the curve, the wrong-pocket sum and payback at one year, each without the code that made it."""
    report, (text, tables) = demo(), stated("demo")
    curve = tables["curve"].query("view == 'after_action'")
    fails = curve[(curve.breach_rise > 0.01 + 1e-12) | (curve.shortfall_rise > curve.shortfall_limit + 0.005)]
    below = curve[curve["size"] < fails["size"].min()]
    assert below["size"].max() == tables["headroom"].headroom[0]
    binding = tables["binding"].query("view == 'after_action'").set_index("agency")
    assert binding[binding.touched].bears.min() == below["size"].max()
    net = tables["by_body"].set_index("party").net_gain.dropna()
    assert f"the place as one pays {total(-net.sum())} more than it gets back" in text
    # The place is at most so far behind in the mean as its middle future is, about.
    place = tables["payback"].set_index("party").loc["place"]
    assert place.peak_need_p50 == pytest.approx(-net.sum(), rel=0.05)
    assert report.returned[-1][-1].cash == pytest.approx(1 + net.sum() / tables["programmes"].spent.sum())


@pytest.mark.parametrize("which", ["demo", "alone", "little"])
def test_every_table_has_its_unit_and_every_chance_its_interval(which: str) -> None:
    for name, table in stated(which)[1].items():
        assert "unit" in table.columns, name
        assert not table.columns.duplicated().any()
        for column in table.columns:
            if column in ("breach", "breach_in_any_year_without_shift"):
                assert (table.low95 <= table[column]).all() and (table[column] <= table.high95).all()
            if re.fullmatch(r"within_\d+", column):
                found = table[table[column].notna()]
                assert (found[f"{column}_low95"] <= found[column]).all(), name
                assert (found[column] <= found[f"{column}_high95"]).all(), name
    binding = stated(which)[1]["binding"]
    assert binding.breach_in_any_year_without_shift.between(0, 1).all()


@pytest.mark.parametrize("which", ["demo", "alone", "little"])
def test_the_page_says_units_and_signs_and_no_false_precision(which: str) -> None:
    text, _ = stated(which)
    for heading in ("£m", "a year", "mean of all futures", "net gain is above nought where"):
        assert heading in text
    assert not re.search(r"\b(nan|None|inf)\b", text) and " |  |" not in text
    # Sums in words have three figures at most but for those of a whole place; in tables two places at most.
    assert not re.search(r"£\d+\.\d{3,}", text)
    assert not re.search(r"\| [+-]?\d+\.\d{3,} ", section(text, "Who pays and who gains"))
    assert not re.search(r"£\d+,\d{2}[1-9]\b", text)
    for row in (row for row in text.splitlines() if row.startswith("|")):
        assert row.count(" | ") == row.count("|") - 2, row
    assert "![](curve)" in text and "![](flows)" not in text


def test_every_chance_on_the_page_has_its_sampling_interval() -> None:
    text, _ = stated("demo")
    bear, years = section(text, "What each body can bear"), section(text, "Year by year")
    told = [row[0] for row in rows(bear).values()]
    told += [row[1] for row in rows(years).values()]
    for one in told:
        assert re.fullmatch(r"(all drawn|none drawn|over 99\.9%|under 0\.1%|[\d.]+%) \([\d.]+% to [\d.]+%\)", one), one


def test_arrangements_are_set_against_one_sum_and_add_nothing_together() -> None:
    report, (text, tables) = demo(), stated("demo")
    allowed = section(text, "What would allow more")
    plain = {round(one.headroom - one.more, 2) for one in report.worth}
    assert len(plain) == 1
    assert f"than the {pounds(plain.pop())} without any" in allowed and "they do not add up" in allowed
    more = [row[1] for row in rows(allowed, "Arrangement").values()]
    assert "+0.00" not in more and "-0.00" not in more
    assert (tables["arrangements"].headroom - tables["arrangements"].more).std() < 1
    for one in report.worth:
        assert one.headroom <= most(report.terms)


def test_what_1_of_reserve_allows_is_told_both_ways() -> None:
    report, (_, tables) = demo(), stated("demo")
    held = {0: Shadow(0.021, 0.374)}
    told = list(headline(replace(report, reserves=held)))
    body = cell(report.names[report.compiled.agency_ids[0]])
    assert (
        f"£1 more of reserves held by {body} as 2027-28 opens, once, would allow 2p more to move every year; 37p more "
        "if risk may go back to what it is without it (measured on £5m)."
    ) in told
    odd = "\n".join(headline(replace(report, reserves={0: Shadow(-0.03, 0.001)})))
    assert "would allow 3p less to move every year; next to nothing more if risk" in odd
    binding = tables["binding"].query("view == 'after_action'").set_index("agency")
    for agency, shadow in report.reserves.items():
        row = binding.loc[report.compiled.agency_ids[agency]]
        assert row.more_for_1_of_reserve_like_with_like == shadow.like_with_like
        assert row.more_for_1_of_reserve_risk_as_today == shadow.risk_as_today
    assert len(report.reserves) == binding.more_for_1_of_reserve_risk_as_today.notna().sum() > 0


def test_what_judgement_moves_is_told_beside_the_headline() -> None:
    report, (text, tables) = demo(), stated("demo")
    table = tables["judgements"]
    assert table.headroom.tolist() == [one.headroom for one in report.judgements]
    told = section(text, "What judgement moves")
    lines = [line for line in told.splitlines() if line.startswith("| ")][1:]
    assert len(lines) == len(table) + 1 and "| 1% | 0.5% |" in told and "| 0.05% | 0.1% |" in told
    low, high, beyond = spanned(report.after, report.judgements)
    words = f"Judged otherwise it is {pounds(low)} to {'at least ' * beyond}{pounds(high)}"
    assert words in section(text, "The short answer")
    least = [one._replace(beyond=True, headroom=9e9) for one in report.judgements[:1]]
    many = "\n".join(headline(replace(report, judgements=(*least, *report.judgements[1:]))))
    assert "to at least £9,000.00m: with a limit" in many
    assert "| at least 9,000.00 | at least " in page(replace(report, judgements=(least[0], *report.judgements[1:])))


def test_a_loan_worth_less_than_nothing_is_explained_with_its_year() -> None:
    report = demo()
    town = report.compiled.agency_ids.index("blackburn")

    def told(more: float, year: int) -> str:
        loan = Worth("bridging_loan", "A loan", 5e5, more, False, town, year)
        return section(page(replace(report, worth=(loan,))), "What would allow more")

    assert report.scenario.prevention is not None and report.scenario.prevention.limits is not None
    limits = report.scenario.prevention.limits
    assert limits.loan_years == 3
    # Over five years from 2025-26 the loan pays to 2029-30 and none of its repayments are projected.
    assert "worth less than nothing" not in told(-3e5, 4)
    assert "worth less than nothing" not in told(3e5, 4)
    stated_ = report.scenario.prevention.model_copy(update={"limits": limits.model_copy(update={"loan_years": 2})})
    sooner = report.scenario.model_copy(update={"prevention": stated_})
    loan = Worth("bridging_loan", "A loan", 5e5, -3e5, False, town, 4)
    text = section(page(replace(report, scenario=sooner, worth=(loan,))), "What would allow more")
    assert "repaid from 2029-30 on, past the years projected" in text
    assert f"{cell(report.names['blackburn'])} in 2029-30, a year in which programmes still cost it more" in text


def test_programmes_share_the_shift_by_what_is_proposed() -> None:
    report, (_, tables) = demo(), stated("demo")
    table = tables["programmes"]
    assert table.in_this_shift.sum() == pytest.approx(report.size)
    assert table.in_this_shift.tolist() == pytest.approx(split(report.terms, report.size))
    assert (table.per_pound_p10 <= table.per_pound_p50).all() and (table.per_pound_p50 <= table.per_pound_p90).all()
    assert table.weight_of_the_library.between(0, 1).all()
    # A programme whose intervention states no staff is neither staffed nor short of it.
    known = [bool(one.staff) for one in report.terms.programmes]
    assert set(known) == {True, False}
    assert table.least_staffed.notna().tolist() == known and table.least_staffed.dropna().between(0, 1).all()
    shown = rows(stated("demo")[0], "Programme")
    assert [row[-1] != "not stated" for row in shown.values()] == known


def test_set_up_and_double_running_stand_apart_from_what_is_spent() -> None:
    """Of £2m a year from the second of four years, a half is set-up and a tenth double running for two years."""
    falls = tree()["prevention"]["interventions"][0] | {
        "setup": "50%", "double_running": "10%", "double_running_years": 2, "build_up": ["50%"], "basket": None,
    }  # fmt: skip
    report = shift_report(small(prevention={"interventions": [falls]}), FEW)
    flat = report.size
    assert report.gathered.once[0] == pytest.approx([0, 0.6 * flat, 0.1 * flat, 0])
    assert report.gathered.invest[0] == pytest.approx([0, 1.1 * flat, 1.1 * flat, flat])
    table = shift_tables(report)["programmes"]
    assert table.set_up_and_double_running.tolist() == pytest.approx([0.7 * flat])
    assert number_of(0.7 * flat) in rows(page(report), "Programme")["falls"]
    assert shift_tables(little())["programmes"].set_up_and_double_running.tolist() == [0]


def test_cost_that_stays_is_told_by_body() -> None:
    tables = stated("demo")[1]
    for body, years in tables["timeline"].groupby("agency"):
        services = tables["services"][tables["services"].agency == body]
        assert years.stranded.sum() == pytest.approx(services.stranded.sum(), abs=0.01)
    assert tables["timeline"].stranded.sum() > 1e3


def test_what_cannot_be_taken_out_of_budgets_is_of_the_place_alone() -> None:
    """A fifth of what the small place avoids falls outside it, and is no part of what its budgets could not let go."""
    report = little()
    purses, kept = report.gathered.purses, stated("little")[1]["services"].sum(numeric_only=True)
    inside = float((purses.avoided - purses.cash)[:-1].mean(axis=2).sum())
    rest = inside - kept.refilled - kept.stranded
    assert purses.avoided[-1].any() and rest > 0
    assert f"and {total(rest)} is growth and released cost that cannot be taken out of budgets" in stated("little")[0]


def test_each_body_by_itself_stands_beside_what_would_allow_more() -> None:
    report = little()
    by = {one.id: one for one in report.worth}
    text = section(stated("little")[0], "What would allow more")
    assert by["alone"].name in rows(text, "Arrangement")
    limits = {one.agency: one.limit for one in report.after.bindings()}
    payers = [report.compiled.agency_ids.index(name) for name in ("town", "board")]
    plain = by["alone"].headroom - by["alone"].more
    assert by["alone"].headroom == pytest.approx(sum(max(limits[a], plain) for a in payers) / 2)
    # It is no arrangement to be made, so it is never what would allow most more.
    most = replace(report, worth=(by["alone"]._replace(more=9e9), *report.worth[1:]))
    assert "most more: each body by itself" not in page(most)
    for pooled, alone, words in (
        ((2e6, False), (1.5e6, False), "would allow £0.50m a year more than that."),
        ((1e6, False), (1.5e6, False), "would allow £0.50m a year less than that."),
        ((2e6, False), (1.5e6, True), "would allow at most £0.50m a year more than that."),
        ((2e6, True), (1.5e6, False), "would allow at least £0.50m a year more than that."),
        ((1e6, False), (1.5e6, True), "would allow at least £0.50m a year less than that."),
        ((1e6, True), (1.5e6, False), "would allow at most £0.50m a year less than that."),
        ((1e6, True), (1.5e6, True), "cannot be told from it at the sizes tried."),
        ((1.5e6, False), (1.5e6, False), "would allow as much."),
    ):
        two = (
            by["pooled"]._replace(headroom=pooled[0], beyond=pooled[1]),
            by["alone"]._replace(headroom=alone[0], beyond=alone[1]),
        )
        told = page(replace(report, worth=two))
        assert f"One pooled fund {words}" in told
        assert ("so it is at least that." in told) == alone[1]


def test_few_futures_are_too_few_to_say_how_sure() -> None:
    few = shift_report(small(), Sample(paths=199, seed=1))
    assert by_sampling(few.after) == "too few futures to say how sure"
    assert by_sampling(little().after) != by_sampling(few.after) and by_sampling(few.after) in page(few)
    assert shift_tables(few)["headroom"][["low95", "high95"]].isna().all(axis=None)
    assert stated("little")[1]["headroom"][["low95", "high95"]].notna().all(axis=None)


# Room, payment rules and flows, against plain reckoning.


def test_room_is_what_is_left_in_so_many_futures_of_a_hundred() -> None:
    report = little()
    compiled, paths = report.compiled, report.paths
    block = DriverPaths(compiled, 1).block(0)
    kept = project(compiled, block, (Variant("after", acts=True),), 1, price(compiled, block)).measures
    town = compiled.agency_ids.index("town")
    for t in range(compiled.horizon):
        left = sorted(
            float(kept["savings_delivered"][0, town, t, path] - kept["gap"][0, town, t, path]) for path in range(paths)
        )
        held = sorted(max(0.0, float(kept["usable_reserves"][0, town, t, path])) for path in range(paths))
        for c, sure in enumerate(CONFIDENCES):
            # With 80 of 100 futures at least so much: the 40th smallest of 200.
            rank = -(-(100 - sure) * paths // 100) - 1
            assert report.rooms.recurrent[c, town, t] == left[rank]
            assert report.rooms.one_off[c, town, t] == held[rank]
    assert (np.diff(report.rooms.recurrent, axis=0) <= 0).all()


def test_only_local_bodies_have_one_off_room_and_no_charity_is_told_of_the_nhs() -> None:
    text, tables = stated("little")
    told = rows(section(text, "Room in one year"))
    assert told["north"][-1] == told["board"][-1] == "with approval only"
    assert told["hospice"][-1] == "not reckoned" and float(told["town"][-1]) > 0
    assert tables["rooms"].query("agency == 'hospice'").one_off_room.isna().all()


def test_payment_rules_move_who_sees_it_and_never_how_much() -> None:
    report = little()
    entered, *others = report.mechanisms
    assert [one.id for one in others] == [name for name, *_ in RULES]
    assert entered.net == pytest.approx(report.gathered.mean_net.sum(axis=1))
    for one in others:
        assert one.net.sum() == pytest.approx(entered.net.sum(), abs=0.01)
    by = {one.id: dict(zip(report.compiled.agency_ids, one.net, strict=True)) for one in report.mechanisms}
    # The contract that is entered is by activity.
    assert by["activity"] == pytest.approx(by["as_entered"])
    # Under block nothing comes back to who commissions: it pays its half, and the trust keeps what is let go.
    spent = report.gathered.invest.sum()
    assert by["block"]["board"] == pytest.approx(spent / 2) == pytest.approx(by["block"]["town"])
    cash = report.gathered.purses.cash.mean(axis=2).sum(axis=1)
    assert by["block"]["north"] == pytest.approx(-cash[report.compiled.agency_ids.index("north")])
    assert by["activity"]["board"] < by["blended"]["board"] < by["block"]["board"]
    text = stated("little")[0]
    # All 200 futures stand behind both; of more, payment rules rest on the first thousand, and say so.
    table = stated("little")[1]["mechanisms"]
    assert set(table.paths) == set(table.paths_of_by_body) == {200} and "differs a little" not in text
    many = replace(report, paths=4_000)
    assert set(shift_tables(many)["mechanisms"].paths) == {1_000}
    assert "on 1,000 futures" in page(many) and "above, which rests on all 4,000." in page(many)
    assert set(rows(section(text, "The same shift under each way of paying providers"), "Rule")) == {
        one.name for one in report.mechanisms
    }


@pytest.mark.parametrize("paths", [1, 999, 1_001])
def test_flows_are_the_same_futures_however_many_are_asked_for(paths: int) -> None:
    shift = little().gathered.shift
    one = gathered(little().compiled, shift, Sample(paths=paths, seed=1, workers=1))
    two = gathered(little().compiled, shift, Sample(paths=paths, seed=1, workers=2))
    shared = min(paths, little().paths)
    for part in ("invest", "cash", "paid", "avoided"):
        flow = getattr(one.purses, part)
        assert flow.shape[-1] == paths
        assert np.array_equal(flow[..., :shared], getattr(little().gathered.purses, part)[..., :shared])
        assert np.array_equal(flow, getattr(two.purses, part))
    assert one.invest.sum(axis=0) == pytest.approx(one.purses.invest.mean(axis=2).sum(axis=0))
    assert one.gains == pytest.approx(one.purses.gains)


def test_what_is_gathered_is_the_flows_of_every_block() -> None:
    """1,300 futures are the first block and 300 of the second, laid one after the other."""
    report = little()
    found = gathered(report.compiled, report.gathered.shift, Sample(paths=1_300, seed=1))
    recipe, parts = DriverPaths(report.compiled, 1), []
    for number, wanted in ((0, 1_000), (1, 300)):
        block = recipe.block(number, 1)
        scene = Scene(report.compiled, report.terms, block, price(report.compiled, block))
        one = flows(scene, report.gathered.shift.sizes)
        parts.append((one.net[..., :wanted], one.cash[..., :wanted], one.invest[..., :wanted]))
    net, cash, invest = (np.concatenate([part[k] for part in parts], axis=-1) for k in range(3))
    assert np.array_equal(-net, found.gains)
    assert np.array_equal(cash, found.purses.cash[:-1]) and not found.purses.cash[-1].any()
    assert found.invest == pytest.approx(invest.mean(axis=-1))
    assert found.mean_net[0, -1] == pytest.approx(sum(float(one) for one in net[0, -1]) / 1_300)


def test_the_same_for_one_worker_and_two() -> None:
    two = shift_report(small(), replace(FEW, workers=2))
    one = shift_tables(little())
    for name, table in shift_tables(two).items():
        pd.testing.assert_frame_equal(table, one[name], check_exact=True)
    assert page(two) == page(little())


# Markup.


def test_names_cannot_break_a_table_or_carry_markup() -> None:
    wicked = "Town | <b>Bold</b> `x` [a](b) *c*"
    named = small(
        agencies=with_town(name=wicked),
        prevention={"programmes": [dict(tree()["prevention"]["programmes"][0], name=wicked)]},
        name=wicked,
    )
    report = shift_report(named, FEW)
    text = page(report)
    assert wicked not in text and cell(wicked) in text and "<b>" not in text.replace("\\<b", "")
    # Every table still has as many cells in each row.
    for first in ("Body", "Programme", "Rule", "Year"):
        assert rows(text, first)


# A horizon too short to tell of three years.


def test_a_short_horizon_says_what_it_cannot_tell() -> None:
    report = alone()
    assert report.compiled.horizon - report.terms.start == 2
    text = stated("alone")[0]
    assert all(found is None for w, found in report.payback[-1].chances.items() if w in WINDOWS)
    assert "in the middle future. It is at most" in text
    assert "`--set years=12` projects so far" in text
    assert load(BLACKBURN, (ALONE,), ("years=12",)).scenario.years == 12
    assert chance(0, 200).low == 0
