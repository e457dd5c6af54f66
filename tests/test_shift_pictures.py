"""Pictures of a shift: what they say against what they are made from, and nothing cut off whatever the place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from picked import picked
from shift_seen import ABOUT, MILLION, NOTHING, PURSES, Seen, curve, flows, gathered, rising
from test_charts import UNBROKEN, all_inside, apart, contrast, said, texts

from simulator import charts
from simulator.charts import limit_use, shift_curve, two_sided
from simulator.charts.layout import DARK, GREY, PLUM, SETTINGS, as_bytes
from simulator.evidence_pictures import Pictures
from simulator.headroom import BREACH, SHORTFALL, Allowed, Curve
from simulator.plain_english import Words
from simulator.pockets import Purses
from simulator.shift_flow_pictures import OUTSIDE, TOGETHER, flow_pictures
from simulator.shift_flows import Gathered
from simulator.shift_frames import Stop, Subject, stop, used
from simulator.shift_pictures import shift_pictures

GATHERED = gathered()
BREACHES = curve(rising(0, 4, 8, 30))
"""At £2m the council breaks its duty in 8 futures more of 1,000 in 2028-29; at £4m in 30, which is too many."""
SHORT = curve(rising(0, 0, 0, 0), rising(0, 4e4, 9e4, 1.5e5, agency=1))
"""At £2m the hospitals are £90,000 more short than they were, of £100,000 allowed; at £4m £150,000."""


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """Figures as drawn, in place of bytes."""
    found = Seen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "as_bytes", found.keep)
        yield found


class Drawn:
    """Pictures of one shift by name, as figures with their words, drawn when looked at."""

    def __init__(self, seen: Seen, pictures: Pictures) -> None:
        self.seen, self.pictures = seen, pictures

    def __getitem__(self, name: str) -> tuple[Figure, Words]:
        return self.seen.of(self.pictures[name])

    def every(self) -> Iterator[tuple[Figure, Words]]:
        """All of them."""
        return (self[name] for name in self.pictures)


def drawn(
    seen: Seen, after: Curve, before: Curve | None = None, found: Gathered = GATHERED, about: Subject = ABOUT
) -> Drawn:
    """Every picture of a shift."""
    return Drawn(seen, shift_pictures(after, before, found, about))


def sized(
    seen: Seen, after: Curve, before: Curve | None = None, found: Gathered = GATHERED, about: Subject = ABOUT
) -> Drawn:
    """The pictures of what size does alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.shift_pictures.flow_pictures", lambda found, about: {})
        return drawn(seen, after, before, found, about)


@pytest.fixture(scope="module")
def plain(seen: Seen) -> Drawn:
    """The shift of the example, before any change."""
    return drawn(seen, BREACHES)


def flowing(seen: Seen, found: Gathered, about: Subject = ABOUT) -> Drawn:
    """The pictures of what a shift moves."""
    return Drawn(seen, flow_pictures(found, about))


# What stops more.


def test_what_stops_more_is_the_limit_passed_furthest_at_the_next_size() -> None:
    """£4m is the first too large: 30 of 1,000 is three times its limit, £150,000 one and a half times."""
    assert BREACHES.headroom() == SHORT.headroom() == 2 * MILLION
    assert stop(BREACHES) == Stop(4 * MILLION, BREACH, 0, 2)
    assert stop(SHORT) == Stop(4 * MILLION, SHORTFALL, 1, 2)
    assert stop(curve(rising(0, 0, 0, 30), rising(0, 0, 0, 1.5e5, agency=1))) == Stop(4 * MILLION, BREACH, 0, 2)
    assert stop(curve(rising(0, 4, 8, 9))) is None


def test_what_stops_the_place_is_what_stops_its_first_body() -> None:
    """The same answer as the table of what each body could bear."""
    for one in (BREACHES, SHORT):
        found, first = stop(one), min((b for b in one.bindings() if b.year is not None), key=lambda b: b.limit)
        assert found == Stop(float(first.first or 0), str(first.test), first.agency, int(first.year or 0))


def test_shares_of_limits_by_hand() -> None:
    """At £2m 8 of 1,000 is 80% of 1 in 100, and £90,000 is 90% of 0.1% of £100m."""
    assert used(BREACHES, 2)[BREACH][0, 2] == pytest.approx(0.8)
    assert used(SHORT, 2)[SHORTFALL][1, 2] == pytest.approx(0.9)
    assert used(BREACHES, 2)[SHORTFALL].max() == 0


# The curve.


def test_the_curve_says_how_much_who_stops_more_and_when(plain: Drawn) -> None:
    figure, words = plain["curve"]
    assert words.headline == (
        "Up to £2.00m a year can move into prevention within the limits; Town Council stops more: the chance that it "
        "breaks its duty in 2028-29 would rise too far"
    )
    assert "At £4.00m a year the chance of breach rises by at most 3.0 points (limit 1)" in words.alt
    left, right = figure.axes
    notes = [
        [text.get_text().replace("\n", " ") for text in ax.texts if "Headroom" in text.get_text()]
        for ax in (left, right)
    ]
    assert notes == [["Headroom: £2.00m a year Past it: Town Council, in 2028-29"], ["Headroom: £2.00m a year"]]


def test_headroom_is_shaded_from_nought_and_limits_cross_both_panels(plain: Drawn) -> None:
    figure, _ = plain["curve"]
    for ax, limit in zip(figure.axes, (1.0, 100.0), strict=True):
        shaded = ax.patches[0].get_window_extent()
        ends = ax.transData.inverted().transform([[shaded.x0, 0], [shaded.x1, 0]])[:, 0]
        assert ends == pytest.approx([0, 2])
        level = next(line for line in ax.lines if line.get_color() == PLUM and len(set(line.get_ydata())) == 1)  # type: ignore[arg-type]
        assert set(np.asarray(level.get_ydata())) == {limit}
        assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] > limit


def test_the_curve_draws_the_rise_of_the_worst_hit_body_and_its_band(plain: Drawn) -> None:
    """Of 1,000 futures 8 move, none back: the error is the root of 8 less 0.064, over 1,000, about 0.28 points."""
    figure, _ = plain["curve"]
    line = next(line for line in figure.axes[0].lines if line.get_color() == DARK)
    assert np.asarray(line.get_ydata()) == pytest.approx([0, 0.4, 0.8, 3.0])
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    at = np.asarray(band)[np.isclose(np.asarray(band)[:, 0], 2.0)][:, 1]
    assert [at.min(), at.max()] == pytest.approx([0.8 - 1.96 * 0.2817, 0.8 + 1.96 * 0.2817], abs=0.002)


def test_the_panel_of_the_other_test_is_marked_where_that_one_stops_it(seen: Seen) -> None:
    figure, words = sized(seen, SHORT)["curve"]
    assert "Town Hospitals stops more: what it is expected to be short in 2028-29" in words.headline
    rings = [[line for line in ax.lines if line.get_markersize() == 11] for ax in figure.axes]
    assert [len(found) for found in rings] == [0, 1]
    assert np.asarray(rings[1][0].get_xydata()).ravel() == pytest.approx([4, 150])


def test_before_action_is_a_thinner_line_that_says_where_it_leaves(seen: Seen) -> None:
    before = curve(rising(0, 8, 200, 400))
    figure, _ = sized(seen, BREACHES, before)["curve"]
    thin, thick = (next(line for line in figure.axes[0].lines if line.get_color() == colour) for colour in (GREY, DARK))
    assert thin.get_linewidth() < thick.get_linewidth()
    named = [text.get_text() for text in figure.axes[0].texts]
    assert any(text.startswith("Before action") and "off" in text for text in named)
    assert "Before action" not in said(sized(seen, BREACHES)["curve"][0])


def test_nought_headroom_is_said_with_the_size_that_is_too_much(seen: Seen) -> None:
    pictures = sized(seen, curve(rising(0, 20, 30, 40)))
    _, words = pictures["curve"]
    assert words.headline.startswith(
        "Nothing can move within the limits, not even £1.00m a year; Town Council stops it"
    )
    _, words = pictures["binding"]
    assert (
        words.headline
        == "At £1.00m a year Town Council uses 200% of its limit in 2028-29, the most of any body and year"
    )
    assert "the least size tried" in words.measured


def test_reach_that_runs_out_first_is_said(seen: Seen) -> None:
    pictures = sized(seen, curve(rising(0, 1, 2, 3)))
    assert pictures["curve"][1].headline == "All that programmes can reach, £4.00m a year, is within the limits"
    assert limit_use.BINDS not in said(pictures["binding"][0])


@pytest.mark.parametrize("allowed", [Allowed(0.0, 0.001), Allowed(0.01, 0.0)])
def test_limits_of_nought_are_drawn_at_nought(seen: Seen, allowed: Allowed) -> None:
    figure, words = sized(seen, curve(rising(0, 4, 8, 30), rising(0, 1e4, 2e4, 3e4), allowed=allowed))["curve"]
    assert words.headline.startswith("Nothing can move within the limits")
    assert all(ax.get_ylim()[1] > 0 for ax in figure.axes)


# What binds.


def test_cells_are_the_greater_test_and_the_binding_one_is_outlined(seen: Seen) -> None:
    figure, words = sized(seen, curve(rising(0, 4, 8, 30), rising(0, 1e4, 3e4, 5e4, agency=1)))["binding"]
    cells = [text.get_text() for text in figure.axes[0].texts if text.get_text()[-1] in "0%"]
    assert cells == ["0", "80%", "0", "0", "30%", "0"]
    outlined = [patch for patch in figure.axes[0].patches if patch.get_edgecolor()[:3] == mpl.colors.to_rgb(PLUM)]
    assert [patch.get_window_extent().x0 > 0 for patch in outlined] == [True]
    assert words.alt.endswith("Town Council 80% in 2028-29; Town Hospitals 30% in 2028-29.")


def test_bodies_that_a_shift_does_not_touch_are_left_out_and_counted(seen: Seen) -> None:
    alone = Purses(*(np.concatenate([part[:1], 0 * part[1:2], part[2:]]) for part in (
        PURSES.invest, PURSES.cash, 0 * PURSES.paid, PURSES.avoided,
    )))  # fmt: skip
    figure, words = sized(seen, BREACHES, found=gathered(alone))["binding"]
    assert "Town Hospitals" not in said(figure)
    assert "1 body that the shift does not touch is left out" in words.how_to_read


def test_a_cell_never_reads_as_within_what_it_passes() -> None:
    """Classes by what is written: a hair over its limit is 101% and in the colour of too much."""
    assert [limit_use.written(share) for share in (0.0, 0.004, 0.754, 1.0, 1.001, 1.6)] == [0, 0, 75, 100, 101, 160]
    assert limit_use.shade(1.001)[0] == PLUM != limit_use.shade(1.0)[0]
    assert limit_use.shade(-0.3)[0] == "#FFFFFF"
    for fill, ink in [limit_use.shade(share) for share in (-1, 0, 0.1, 0.3, 0.6, 0.9, 2)]:
        assert contrast(fill, ink) >= 4.5


# The years.


def test_the_timeline_by_hand(plain: Drawn) -> None:
    """The council pays 6 and gets 2.5: behind by 2, then 2.75, then 3.5. The hospitals gain 0.25 in two years."""
    figure, words = plain["timeline"]
    told = said(figure)
    assert told.count("Most behind: £3.5m in 2029-30, the last year") == 1
    assert "Most behind: £3.0m in 2029-30, the last year" in told
    assert "Never behind" in told
    assert words.headline == (
        "Together the bodies pay £6.0m and get £3.0m back by 2029-30; most behind: £3.0m in 2029-30, the last year"
    )
    titles = [ax.get_title(loc="left") for ax in figure.axes if ax.get_title(loc="left")]
    assert titles == ["Town Council", "Town Hospitals", TOGETHER]
    summed = next(line for line in figure.axes[1].lines if line.get_linewidth() == 2.2)
    assert np.asarray(summed.get_ydata()) == pytest.approx([-2, -2.75, -3.5])


def test_a_shift_that_pays_back_is_most_behind_before_the_last_year(seen: Seen) -> None:
    soon = replace(PURSES, cash=flows([0, 0, 5, 5], NOTHING, NOTHING), paid=0 * PURSES.paid)
    figure, words = flowing(seen, gathered(soon))["timeline"]
    assert words.headline == "Town Council pays £6.0m and gets £10.0m back by 2029-30; most behind: £2.0m in 2027-28"
    assert TOGETHER not in said(figure)


def test_net_spreads_from_p10_to_p90(seen: Seen) -> None:
    """Of ten futures the council gets back 0 to 9: the first smallest is 0 and the ninth 8, less 2 paid."""
    cash = flows(NOTHING, NOTHING, NOTHING, paths=10)
    cash[0, 2] = np.arange(10) * MILLION
    wide = Purses(
        *(
            np.repeat(part[:, :, :1], 10, axis=2)
            for part in (PURSES.invest, PURSES.cash, 0 * PURSES.paid, PURSES.avoided)
        )
    )
    figure, _ = flowing(seen, gathered(replace(wide, cash=cash)))["timeline"]
    lines = [np.asarray(path.vertices)[:, 1] for path in figure.axes[0].collections[0].get_paths()]
    assert lines[1] == pytest.approx([-2, 6])


def test_what_contracts_take_stands_below_what_is_paid(seen: Seen) -> None:
    """A body that pays 2 and loses 1 has its loss drawn from -2 to -3, so that nothing hides."""
    worse = replace(PURSES, cash=0 * PURSES.cash, paid=flows([0, 1, 1, 1], NOTHING, NOTHING))
    figure, _ = flowing(seen, gathered(worse))["timeline"]
    spans = {(round(bar.get_y(), 6), round(bar.get_height(), 6)) for bar in figure.axes[0].patches}  # type: ignore[attr-defined]
    assert spans == {(0, -2), (-2, -1)}


# Who pays and who gains.


def test_flows_by_hand(plain: Drawn) -> None:
    figure, words = plain["flows"]
    told = [text.get_text() for text in figure.axes[0].texts]
    assert told == [
        "£6.0m paid", "£2.0m cash, £0.5m by contract, worth £3.0m", "£0.5m lost", "£1.0m cash, worth £3.0m", "",
        "worth £1.5m",
    ]  # fmt: skip
    assert words.headline == (
        "£6.0m is paid by 2029-30 and £3.0m comes back in cash: Town Council pays 100% and gets 67% of the cash"
    )
    assert "worth £7.5m at average cost" in words.alt
    assert "£1.5m outside" in words.alt
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [*ABOUT.names, OUTSIDE]


def test_payers_stand_left_of_nought_and_gainers_right(plain: Drawn) -> None:
    figure, _ = plain["flows"]
    bars: Any = figure.axes[0].patches
    spans = sorted(
        {(round(min(bar.get_x(), bar.get_x() + bar.get_width()), 3), round(abs(bar.get_width()), 3)) for bar in bars}
    )
    assert spans == [(-6.0, 6.0), (-0.5, 0.5), (0.0, 1.0), (0.0, 1.5), (0.0, 2.0), (0.0, 3.0), (2.0, 0.5)]


def test_the_axis_of_flows_is_no_wider_than_bars_and_words_need(seen: Seen) -> None:
    """A short bar with many words at its end does not push the axis out as though the longest bar had them."""
    many = "£2.0m cash, £0.5m by contract, worth £3.0m"
    amounts = {"Pays": [6.0, 0.0], "Loses": 0.0, "Cash": 0.1, "Contracts": 0.0, "Value": [0.2, 4.0]}
    frame = pd.DataFrame({"Name": ["A", "B"], **amounts, "Left": ["£6.0m paid", ""], "Right": [many, "worth £4.0m"]})
    with mpl.rc_context(SETTINGS):
        figure = two_sided.draw(frame, Words("Headline", "Measured", "How", "Alt"))
        FigureCanvasAgg(figure).draw()
        (ax,) = figure.axes
        nothing_cut(figure)
        low, high = ax.get_xlim()
        ends = [text.get_window_extent().transformed(ax.transData.inverted()).x1 for text in ax.texts]
    assert -low < 6 * 1.4 and high < 4 * 1.6
    assert max(ends) > 0.9 * high
    assert all(low <= at <= high and at < 4 * 1.5 for at in ax.get_xticks())


def test_what_a_bargain_moves_counts_with_contracts(seen: Seen) -> None:
    """The hospitals give the council 0.3 of their cash in one year, which is in gains and in no purse."""
    moved = np.zeros_like(PURSES.gains)
    moved[:, 3] = np.array([[0.3], [-0.3]]) * MILLION
    found = replace(gathered(), gains=PURSES.gains + moved)
    told = said(flowing(seen, found)["flows"][0])
    assert "£0.8m by contract" in told
    assert "£0.8m lost" in told


# Staff.


def test_staff_are_drawn_only_where_they_cut_a_programme_short(plain: Drawn, seen: Seen) -> None:
    """Of 40 posts wanted a quarter can be filled."""
    assert "staff" not in plain.pictures
    figure, words = flowing(seen, gathered(staffed=0.25))["staff"]
    assert words.headline.endswith("most of all Care workers: 10 of the 40 posts wanted in 2027-28 can be filled")
    assert "10 of 40" in said(figure)
    assert all("neither done nor paid for" in told for told in (words.how_to_read, words.alt))
    nobody = flowing(seen, gathered(staffed=0.0))["staff"][1]
    assert nobody.headline.endswith("Care workers: none of the posts wanted (up to 40) in any year can be filled")


# Nothing cut off, and all of it told.


def wider(names: tuple[str, ...], scale: float = 1.0) -> tuple[Curve, Gathered, Subject]:
    """The same shift in a place of more bodies, all of them touched."""
    count = len(names)
    kinds = (PURSES.invest, PURSES.cash, PURSES.paid, PURSES.avoided)
    parts = [np.concatenate([np.repeat(part[:1], count, axis=0), part[2:]]) * scale for part in kinds]
    after = curve(rising(0, 4, 8, 30, agencies=count))
    return after, gathered(Purses(*parts), 0.5), ABOUT._replace(names=names)


CASES: dict[str, tuple[str, ...]] = {
    "unbroken name": (UNBROKEN[:100], "Town Council", "Town Hospitals"),
    "ten bodies": tuple(f"The NHS Foundation Trust of Place {n}" for n in range(10)),
}


def nothing_cut(figure: Figure) -> None:
    """Every word within the figure, none under 8.5 points, none over another."""
    all_inside(figure)
    apart(figure)
    assert min(text.get_fontsize() for text in texts(figure)) >= 8.5


@pytest.mark.parametrize("case", picked(CASES, "ten bodies"))
def test_every_word_is_inside_and_clear_of_the_others(seen: Seen, case: str) -> None:
    after, found, about = wider(CASES[case])
    for figure, words in drawn(
        seen, after, curve(rising(0, 9, 60, 90, agencies=len(CASES[case]))), found, about
    ).every():
        nothing_cut(figure)
        assert words.headline in words.alt


PLACES: dict[str, tuple[Curve, float]] = {
    "nought": (curve(rising(0, 20, 30, 40)), 1.0),
    "all of it": (curve(rising(0, 1, 2, 3)), 1e3),
    "short": (SHORT, 1e-3),
    "limits of nought": (curve(rising(0, 4, 8, 30), allowed=Allowed(0.0, 0.0)), 1e3),
}


@pytest.mark.parametrize("case", picked(PLACES, "all of it", "limits of nought"))
def test_nothing_is_cut_at_nought_or_all_at_any_size_of_money(seen: Seen, case: str) -> None:
    after, scale = PLACES[case]
    money = scaled(scale)
    after = replace(after, sizes=after.sizes * scale)
    for figure, _ in drawn(seen, after, after, gathered(money)).every():
        nothing_cut(figure)


def scaled(by: float) -> Purses:
    """The same flows, all as many times as large."""
    return Purses(*(part * by for part in (PURSES.invest, PURSES.cash, PURSES.paid, PURSES.avoided)))


def test_a_shift_of_one_year_and_one_that_moves_nothing_are_drawn(seen: Seen) -> None:
    for about in (ABOUT._replace(start=3), ABOUT):
        money = Purses(
            *(part * (about.start == 3) for part in (PURSES.invest, PURSES.cash, PURSES.paid, PURSES.avoided))
        )
        for figure, _ in drawn(seen, curve(rising(0, 0, 0, 0)), None, gathered(money), about).every():
            nothing_cut(figure)


@pytest.mark.usefixtures("unpainted")
def test_pictures_are_the_same_bytes_again_with_their_words_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "as_bytes", as_bytes)
    found = gathered(staffed=0.5)
    pictures = shift_pictures(BREACHES, SHORT, found, ABOUT)
    again = flow_pictures(found, ABOUT)
    assert again == {name: pictures[name] for name in again}
    assert set(pictures) == {"curve", "binding", "timeline", "flows", "staff"}
    for picture in pictures.values():
        assert set(picture) == {"svg", "png"}
        ElementTree.fromstring(picture["svg"])
    assert b"Town Council 80% in 2028-29" in pictures["binding"]["svg"]


def test_lines_and_marks_stand_out_from_what_lies_behind_them() -> None:
    for colour in (DARK, PLUM, GREY, shift_curve.SAFE):
        assert all(contrast(colour, behind) >= 3 for behind in ("white", shift_curve.PALE_TEAL, shift_curve.PALE_BAND))
