"""The model-risk range: the headline chances over the structural judgements, on the same futures.

It stands beside the sampling interval, so that it is seen how much more hangs on judgement than on the number of paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.blocks import Sample
from simulator.compiled import Bools, Compiled
from simulator.deadlines import in_words
from simulator.evidence_tests.adequacy import by_then
from simulator.evidence_tests.budgeted import comes_back
from simulator.evidence_tests.seen import Seen, seen
from simulator.evidence_tests.telling import VIEWS_IN_WORDS, span
from simulator.place import Agency, LocalAuthority
from simulator.scenario import Scenario
from simulator.summary import Chance, chance
from simulator.switches import JUDGEMENTS, USABLE, Judgement
from simulator.trials import USUAL, tried
from simulator.variants import VIEWS, Variant

ENTERED = "as entered"
NO_JUDGEMENTS = (
    "it holds no reserves that may or may not be usable, raises no tax and is answered by no national funding for "
    "need, so none of these judgements touches its plan; how far its other judgements move its chances is not measured"
)
MERGED = ("recurs", "usable_share", "accommodated", "capacity", "rule")
"""What a judgement may change of a variant."""


class Switched(NamedTuple):
    """A chance with one or more judgements switched; `switch` names them, `as entered` where there is none."""

    switch: str
    judgement: str
    chance: Chance


@dataclass(frozen=True)
class Range:
    """One headline chance over the judgements: as entered, one switched at a time, and all at their better or worse.

    `low` and `high` are the ends of one switched at a time, `together_low` and `together_high` those of all at once.
    """

    id: str
    name: str
    view: str
    horizon: str
    central: Chance
    each: tuple[Switched, ...]
    low: Switched
    high: Switched
    together_low: Switched
    together_high: Switched
    sentence: str

    @property
    def wider(self) -> bool:
        """Whether one judgement alone moves the chance by more than its sampling interval is wide."""
        return self.high.chance.probability - self.low.chance.probability > self.central.high - self.central.low


@dataclass(frozen=True)
class ModelRisk:
    """The ranges of one body's headline chances; none, with the reason, for a body without such judgements."""

    agency: str
    ranges: tuple[Range, ...]
    reason: str


class _Headline(NamedTuple):
    """One chance that is told over the judgements, in words with `{when}`, on which view and on which paths."""

    id: str
    name: str
    view: Variant
    whole_plan: bool
    happened: Callable[[Seen], Bools]


def _ever(outcome: str) -> Callable[[Seen], Bools]:
    return lambda view: by_then(view.happened[outcome], view.start, view.end)


BEFORE, AFTER = VIEWS
UNFUNDED = "Chance that a gap is left unfunded in {when}"
HEADLINES = (
    _Headline("R02", "Chance of coming back for more within {when}", BEFORE, False, comes_back),
    _Headline(
        "A02",
        "Chance that the general fund falls below its minimum in {when}",
        BEFORE,
        True,
        _ever("reserves_below_minimum"),
    ),
    _Headline("unfunded_gap", UNFUNDED, BEFORE, True, _ever("unfunded_gap")),
    _Headline("unfunded_gap", UNFUNDED, AFTER, True, _ever("unfunded_gap")),
)


def model_risk(scenario: Scenario, compiled: Compiled, agency: str, sample: Sample = USUAL) -> ModelRisk:
    """Return how far a body's headline chances move with the structural judgements."""
    body = next(each for each in scenario.bodies if each.id == agency)
    if not isinstance(body, LocalAuthority):
        return ModelRisk(agency, (), f"{body.name}: {NO_JUDGEMENTS}.")
    ranges: list[Range] = []
    for view in VIEWS:
        trial = _Trial(scenario, compiled, agency, sample, view)
        ranges += trial.ranges(tuple(one for one in HEADLINES if one.view is view), judgements_of(body))
    return ModelRisk(agency, tuple(ranges), "")


def judgements_of(body: Agency) -> tuple[Judgement, ...]:
    """Return the judgements with their alternatives; a usable share that is entered as a range has its own ends."""
    stated = body.held.usable_share if body.held else None
    if stated is None or stated.low is None or stated.high is None:
        return JUDGEMENTS
    ends = tuple(
        Variant(f"usable share {share:.0%}", acts=False, usable_share=share) for share in (stated.low, stated.high)
    )
    return tuple(one._replace(alternatives=ends) if one.name == USABLE else one for one in JUDGEMENTS)


class _Trial:
    """One body in one view on one sample of futures, with judgements switched as asked."""

    def __init__(self, scenario: Scenario, compiled: Compiled, agency: str, sample: Sample, view: Variant) -> None:
        self.scenario, self.compiled, self.agency, self.sample, self.view = scenario, compiled, agency, sample, view

    def looked_at(self, variants: list[Variant]) -> list[Seen]:
        """Return the body under each of some variants."""
        named = tuple(replace(variant, name=str(i)) for i, variant in enumerate(variants))
        found = tried(self.compiled, self.agency, named, self.sample)
        return [replace(seen(self.scenario, found, variant.name), view=self.view.name) for variant in found.variants]

    def ranges(self, headlines: tuple[_Headline, ...], judgements: tuple[Judgement, ...]) -> Iterator[Range]:
        """Yield the range of every headline of this view."""
        options = [
            (judgement.name, alternative)
            for judgement in judgements
            for alternative in judgement.alternatives
            if self.view.acts or alternative.capacity == 1
        ]
        views = self.looked_at([self.view, *(merged(self.view, [switch]) for _, switch in options)])
        found = []
        for headline in headlines:
            told = [_chance(headline, view) for view in views]
            each = tuple(
                Switched(switch.name, name, one) for (name, switch), one in zip(options, told[1:], strict=True)
            )
            ends = [_worst(told[0], options, each, way) for way in (1.0, -1.0)]
            found.append((headline, told[0], each, ends))
        together = list(dict.fromkeys(tuple(end) for *_, ends in found for end in ends))
        combined = self.looked_at([merged(self.view, list(end)) for end in together])
        for headline, entered, each, ends in found:
            both = [
                Switched(" and ".join(switch.name for switch in end) or ENTERED, "all together",
                         _chance(headline, combined[together.index(tuple(end))]))
                for end in ends
            ]  # fmt: skip
            yield _range(views[0], headline, entered, each, (both[0], both[1]))


def merged(view: Variant, switches: list[Variant]) -> Variant:
    """Return a view with every switch laid on it."""
    usual = Variant("usual", acts=False)
    changed: dict[str, Any] = {}
    for switch in switches:
        changed |= {name: held for name in MERGED if (held := getattr(switch, name)) != getattr(usual, name)}
    return replace(view, **changed)


def _worst(
    entered: Chance, options: list[tuple[str, Variant]], each: tuple[Switched, ...], way: float
) -> list[Variant]:
    """Return the switch of each judgement that takes a chance furthest down (`way` 1) or up (-1), if any does."""
    best: dict[str, tuple[float, Variant]] = {}
    for (name, switch), one in zip(options, each, strict=True):
        gained = way * (entered.probability - one.chance.probability)
        if gained > best.get(name, (0.0, switch))[0]:
            best[name] = gained, switch
    return [switch for _, switch in best.values()]


def _chance(headline: _Headline, view: Seen) -> Chance:
    happened = headline.happened(view)
    found = chance(int(np.count_nonzero(happened)), len(happened))
    return found._replace(low=found.probability, high=found.probability) if view.certain else found


def _range(
    view: Seen, headline: _Headline, entered: Chance, each: tuple[Switched, ...], both: tuple[Switched, Switched]
) -> Range:
    """Return one range with its sentence; the widest is never narrower than one judgement alone."""
    central = Switched(ENTERED, "", entered)

    def ends(ones: tuple[Switched, ...]) -> tuple[Switched, Switched]:
        return min(ones, key=lambda one: one.chance.probability), max(ones, key=lambda one: one.chance.probability)

    low, high = ends((central, *each))
    widest = ends((*both, low, high))
    horizon = span(view, view.end if headline.whole_plan else view.start)
    name = headline.name.format(when=horizon)
    sentence = (
        f"{name}, {VIEWS_IN_WORDS[view.view]}, as at {in_words(view.scenario.as_at)}: "
        f"{entered.probability:.1%} as entered ({entered.low:.1%} to {entered.high:.1%} by sampling alone); with one "
        f"judgement in place of another {_told(low)} to {_told(high)}, with all of them at their better or worse "
        f"{widest[0].chance.probability:.1%} to {widest[1].chance.probability:.1%}."
    )
    return Range(headline.id, name, view.view, horizon, entered, each, low, high, *widest, sentence)


def _told(end: Switched) -> str:
    return f"{end.chance.probability:.1%} ({end.switch})"


def model_risk_table(found: ModelRisk) -> pd.DataFrame:
    """Return the ranges as a table: each headline as entered, with each switch, and with all at either end."""
    columns = ["agency", "chance", "view", "horizon", "kind", "switch", "probability", "low95", "high95", "paths"]
    rows = []
    for one in found.ranges:
        told = [("as entered", Switched(ENTERED, "", one.central)), *(("one", switched) for switched in one.each)]
        told += [("together_low", one.together_low), ("together_high", one.together_high)]
        rows += [
            (found.agency, one.id, one.view, one.horizon, kind, switched.switch, *switched.chance)
            for kind, switched in told
        ]
    return pd.DataFrame(rows, columns=columns)
