"""Steps from the first year's gap to the last year's, against the waterfall of a run and a sum by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from places import blackburn

from simulator.answers import answers
from simulator.blocks import Sample
from simulator.plain_english import money_row
from simulator.reasons import AVERAGE, INTERACTION
from simulator.run import Results, simulate
from simulator.year_steps import between_years, every_step

AGENCY, VIEW = "blackburn", "after_action"


@pytest.fixture(scope="module")
def run() -> Results:
    return simulate(blackburn().model_copy(update={"years": 4}), paths=300, workers=1)


def test_every_step_is_that_of_the_run(run: Results) -> None:
    quick = answers(run.scenario, Sample(300, 1, 1))
    pd.testing.assert_frame_equal(every_step(quick), run.waterfall)


def test_steps_lead_from_one_average_gap_to_the_other(run: Results) -> None:
    steps = between_years(run.waterfall, AGENCY, VIEW)
    years = run.compiled.years
    start, end = (float(money_row(run, AGENCY, "gap", VIEW, year)["mean"]) for year in (years[0], years[-1]))
    assert [steps.amount.iloc[0], steps.amount.iloc[-1]] == [start, end]
    assert steps.amount.iloc[:-1].sum() == pytest.approx(end, abs=0.005)
    assert list(steps.kind) == ["level", *["move"] * (len(steps) - 2), "level"]
    assert {INTERACTION, AVERAGE, "Council tax"} <= set(steps.step)


def test_a_step_is_what_a_cause_adds_in_the_last_year_less_what_it_added_in_the_first(run: Results) -> None:
    own = run.waterfall[(run.waterfall.agency == AGENCY) & (run.waterfall["view"] == VIEW)]
    steps = between_years(run.waterfall, AGENCY, VIEW).set_index("step").amount
    for name in (INTERACTION, "Council tax", "Prices: Pay award of councils, police and fire"):
        by_year = own[own.step == name].set_index("year").amount
        assert steps[name] == by_year[run.compiled.years[-1]] - by_year[run.compiled.years[0]]


def test_steps_that_do_not_add_up_are_refused(run: Results) -> None:
    wrong = run.waterfall.assign(amount=run.waterfall.amount.where(run.waterfall.step != "Council tax", 0.0))
    with pytest.raises(ValueError, match="steps make"):
        between_years(wrong, AGENCY, VIEW)
