"""What moves the figures of a study: one table for every design, a row a figure, value varied and measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Floats
from simulator.designs import Case
from simulator.effects import morris, sobol
from simulator.regressions import rank, standardised
from simulator.sections import half_width, percentiles
from simulator.studies import Study, Varied, Watched, number
from simulator.study_figures import percent_of, unit
from simulator.summary import Z95

COLUMNS = ["id", "varied", "name", "measure", "value", "low95", "high95", "unit", "note"]
HEADLINE = {
    "grid": "over_its_values",
    "latin_hypercube": "over_its_range",
    "sobol": "over_its_range",
    "morris": "mean_size",
    "sobol_indices": "share_in_all",
}
"""The measure of each design by which what is varied is ranked."""
FEWEST = 3
"""Cases more than values varied below which no line is laid through them."""
ROUNDING = 1e-9
SHARE = "share of variance"


class Levels:
    """Sums of each figure along the paths over cases, from which what moves it is found path by path.

    Of a grid by each value of what is varied, so that averages over all else are compared and the luck common to all
    cases cancels; of points over ranges plain and by where each point lies, so that every path has its own line. Of a
    percentile, which no path has, sections of the paths stand in their place.
    """

    def __init__(self, study: Study) -> None:
        """Begin with nothing; only a grid and points over ranges are summed."""
        self.study = study
        self.sums: dict[tuple[str, str], dict[str, tuple[int, Floats]]] = {}
        self.lines: dict[str, tuple[int, Floats]] = {}

    def add(self, one: Watched, case: Case, along: Bools | Floats) -> None:
        """Add one case's figure along its paths; the scenario as it stands is no point of the design."""
        pieces = _pieces(one, along)
        if not case.point or pieces is None:
            return
        along = pieces
        if self.study.design.kind in {"latin_hypercube", "sobol"}:
            count, sums = self.lines.get(one.id, (0, np.zeros((1 + len(case.point), len(along)))))
            sums += np.concatenate([[1.0], _placed(self.study, case)])[:, None] * along
            self.lines[one.id] = count + 1, sums
        if self.study.design.kind != "grid":
            return
        for varied in self.study.vary:
            found = self.sums.setdefault((one.id, varied.id), {})
            value = written(case)[varied.address]
            count, total = found.get(value, (0, np.zeros(len(along))))
            found[value] = (count + 1, total + along)

    def slopes(self, one: Watched, kept: Sequence[Case]) -> Floats | None:
        """Return the slope over each range of every path's own line, `[varied, path]`; their mean is the figure's.

        A slope is linear in the cases' figures, so sums over cases are all it needs. Of a percentile it is of every
        section's line. Nothing where the sums are not of the cases `kept`, as where futures are too few to cut.
        """
        count, sums = self.lines.get(one.id, (0, np.zeros((0, 0))))
        if count != len(kept):
            return None
        where = np.array([_placed(self.study, case) for case in kept]).T
        apart = where - where.mean(axis=1, keepdims=True)
        inverse = np.linalg.pinv(apart @ apart.T, rcond=ROUNDING, hermitian=True)
        return np.asarray(inverse @ (sums[1:] - where.mean(axis=1, keepdims=True) * sums[0]))


def by_path(one: Watched) -> bool:
    """Return whether every path has a figure's own value, as of a chance or a mean."""
    return bool(one.outcome) or one.statistic == "mean"


def _pieces(one: Watched, along: Bools | Floats) -> Bools | Floats | None:
    """Return a figure along its paths, or a percentile along sections of them; None where there is no luck to tell."""
    if by_path(one):
        return along
    return None if one.statistic == "central" else percentiles(np.asarray(along, dtype=float), percent_of(one))


def _placed(study: Study, case: Case) -> Floats:
    """Return where a point lies in each range, from -1/2 at its low end to 1/2 at its high one."""
    ends = [(number(varied.low or 0), _range(varied)) for varied in study.vary]
    return np.array([(at - low) / size - 0.5 for at, (low, size) in zip(case.point, ends, strict=True)])


def written(case: Case) -> dict[str, str]:
    """Return what a case sets, by address, as the scenario's file would write it."""
    return dict(text.split("=", 1) for text in case.sets)


def effects(
    study: Study, cases: Sequence[Case], figures: Sequence[Watched], values: Floats, levels: Levels
) -> pd.DataFrame:
    """Return what moves each figure; `values` `[figure, case]` is NaN where a case has no answer.

    Measures by design: `over_its_values`, of a grid, is the largest average over a value less the smallest;
    `over_its_range` is the slope of a straight line times the range, all else as it is; `rank_correlation` takes all
    else out; `mean_size`, `mean` and `spread` are Morris's of a move across the whole range; `share_alone` and
    `share_in_all` are Sobol's of the variance between cases. In the figure's own unit unless it says otherwise.
    """
    rows: list[tuple[object, ...]] = []
    for one, own in zip(figures, values, strict=True):
        rows += _of(study, cases, one, own, levels)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of(
    study: Study, cases: Sequence[Case], one: Watched, values: Floats, levels: Levels
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of one figure."""
    kind = study.design.kind
    if kind == "grid":
        yield from _grid(study, cases, one, values, levels)
    elif kind in {"latin_hypercube", "sobol"}:
        yield from _lines(study, cases, one, values, levels)
    elif kind == "morris":
        for row in morris(study, cases, values).to_dict(orient="records"):
            about = (one.id, row["id"], row["name"])
            yield (*about, "mean_size", row["mu_star"], row["low95"], row["high95"], unit(one), f"{row['moves']} moves")
            yield (*about, "mean", row["mu"], np.nan, np.nan, unit(one), "")
            yield (*about, "spread", row["sigma"], np.nan, np.nan, unit(one), "")
    elif kind == "sobol_indices" and not np.isnan(values[1:]).any():
        for row in sobol(study, values).to_dict(orient="records"):
            note = "an estimate fell outside 0 to 1 and is shown at its end" if row["clipped"] else ""
            for measure, name in (("share_alone", "first"), ("share_in_all", "total")):
                ends = row[f"{name}_low95"], row[f"{name}_high95"]
                yield (one.id, row["id"], row["name"], measure, row[name], *ends, SHARE, note)


def _grid(
    study: Study, cases: Sequence[Case], one: Watched, values: Floats, levels: Levels
) -> Iterator[tuple[object, ...]]:
    """Yield by how much the average over all else differs between the values of each thing varied."""
    for varied in study.vary:
        by_value: dict[str, list[float]] = {}
        for case, value in zip(cases, values, strict=True):
            if case.point and not np.isnan(value):
                by_value.setdefault(written(case)[varied.address], []).append(float(value))
        if len(by_value) < 2:
            continue
        averages = {text: float(np.mean(found)) for text, found in by_value.items()}
        low, high = min(averages, key=averages.__getitem__), max(averages, key=averages.__getitem__)
        size = averages[high] - averages[low]
        half = _half(one, levels.sums.get((one.id, varied.id), {}), (low, high), size)
        note = f"lowest at {low}, highest at {high}" if size else "the same at every value"
        yield (one.id, varied.id, varied.called, "over_its_values", size, size - half, size + half, unit(one), note)


def _half(one: Watched, sums: dict[str, tuple[int, Floats]], ends: tuple[str, str], size: float) -> float:
    """Return half the 95% interval of a difference of averages at two values, `size`; NaN where it is unknown."""
    if one.statistic == "central" and not one.outcome:
        return 0.0
    if any(end not in sums for end in ends):
        return float("nan")
    (few, under), (many, over) = (sums[end] for end in ends)
    return _luck(one, over / many - under / few, size)


def _luck(one: Watched, moved: Floats, value: float) -> float:
    """Return half the 95% interval of a mean over paths `[path]`, or of a percentile's over sections."""
    if not by_path(one):
        return half_width(moved, value)
    return Z95 * float(np.std(moved, ddof=1)) / float(np.sqrt(len(moved))) if len(moved) > 1 else float("nan")


def _lines(
    study: Study, cases: Sequence[Case], one: Watched, values: Floats, levels: Levels
) -> Iterator[tuple[object, ...]]:
    """Yield the slope over the range of each thing varied, and its rank correlation, over cases with an answer.

    All cases meet the same futures, so what is left over from the line does not show their luck: the interval of a
    slope is of the line and of the futures, in quadrature. A rank correlation has that of the points alone.
    """
    kept = [n for n, case in enumerate(cases) if case.point and not np.isnan(values[n])]
    if len(kept) < len(study.vary) + FEWEST:
        return
    inputs = np.array([cases[n].point for n in kept]).T
    own = values[kept]
    line, ranked = standardised(inputs, own), rank(inputs, own)
    paths = levels.slopes(one, [cases[n] for n in kept])
    note = f"a straight line explains {line.explained:.0%} of the spread between cases"
    for n, varied in enumerate(study.vary):
        scale = float(own.std() / inputs[n].std()) * _range(varied) if inputs[n].std() else 0.0
        # What rounding alone leaves is no move.
        scale = scale if abs(line.slopes[n]) > ROUNDING else 0.0
        size, own_half = float(line.slopes[n]) * scale, float(line.high[n] - line.slopes[n]) * scale
        still = one.statistic == "central" and not one.outcome
        luck = 0.0 if still else float("nan") if paths is None else _luck(one, paths[n], size)
        half = float(np.hypot(own_half, luck))
        yield (one.id, varied.id, varied.called, "over_its_range", size, size - half, size + half, unit(one), note)
        ends = (float(found[n]) for found in (ranked.slopes, ranked.low, ranked.high))
        yield (one.id, varied.id, varied.called, "rank_correlation", *ends, "correlation", "")


def _range(varied: Varied) -> float:
    assert varied.low is not None and varied.high is not None
    return number(varied.high) - number(varied.low)
