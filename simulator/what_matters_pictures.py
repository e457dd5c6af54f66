"""Pictures of what matters: the ranking, whose risk it is, each year, and the tornado, for talking."""

from __future__ import annotations

from simulator import charts
from simulator.charts.heat import SCALE
from simulator.evidence_pictures import Pictures
from simulator.what_matters import Answer, WhatMatters
from simulator.what_matters_frames import axis, by_year, in_millions_of, owners, ranking, tornado
from simulator.what_matters_page import pushed
from simulator.what_matters_words import by_group


def what_matters_pictures(found: WhatMatters) -> Pictures:
    """Return the pictures of a place or of a body, by name; none of what there is nothing of."""
    made: Pictures = {}
    if any(by_group(one) for one in found.answers):
        made["owners"] = charts.shares_of(*owners(found))
    if found.place:
        return made
    answer = found.answers[0]
    if answer.causes:
        made["ranking"] = charts.dots_of(*ranking(found, answer), axis(answer), "a judgement")
    if answer.by_year:
        made["years"] = _years(found, answer)
    if pushed(answer):
        made["tornado"] = charts.tornado_of(*tornado(found, answer), in_millions_of(answer), "£m cash")
    return made


def _years(found: WhatMatters, answer: Answer) -> dict[str, bytes]:
    frame, words = by_year(found, answer)
    frame["Class"], frame["Base"] = [_shade(share) for share in frame.Share], False
    return charts.cells_of(frame, words, [name for _, name, *_ in SCALE], "By the end of the year")


def _shade(share: float) -> int:
    """Return the class of a share among those of the map of chances."""
    return 0 if share == 0 else next(n for n, (top, *_) in enumerate(SCALE) if n and round(100 * share) < top)
