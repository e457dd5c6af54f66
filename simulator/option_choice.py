"""Options on the same futures: regret, duties kept, the worst-placed body, and what robustness costs.

Regret is what an option gives up on a path against the best of the options there (Savage 1951); an option satisfies on
a path where every body keeps every duty in every year (Simon 1956). No option is called best: what is held on average,
what is held on bad paths and who bears it are set side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.compiled import Bools, Floats
from simulator.sections import ends
from simulator.summary import Z95, chance, quantile_interval, quantiles

TAIL = 10
"""The worst paths whose mean is shown, in per cent of all (conditional value at risk: Rockafellar and Uryasev 2000)."""


@dataclass(frozen=True)
class Outlook:
    """One option on every path: `held` `[agency, path]` pounds held at the plan's end, higher is better.

    `keeps` `[agency, path]` is where a body keeps every duty in every year, `place_keeps` `[path]` where all do and no
    system misses its total.
    """

    id: str
    name: str
    held: Floats
    keeps: Bools
    place_keeps: Bools


def regrets(values: Floats) -> Floats:
    """Return what each option gives up against the best of them, path by path, `[option, path]`; nought or more."""
    return np.asarray(values.max(axis=0) - values)


def price_of_robustness(first: tuple[float, float], other: tuple[float, float]) -> float | None:
    """Return the median value given up for each point (0.01) of satisficing gained; each is a median and a share."""
    gained = (other[1] - first[1]) * 100
    return (first[0] - other[0]) / gained if gained > 1e-9 else None


def tail_mean(values: Floats, percent: int = TAIL) -> Floats:
    """Return the mean of the lowest `percent` of paths, the last axis, at least of one."""
    count = max(1, values.shape[-1] * percent // 100)
    return np.asarray(np.partition(values, count - 1)[..., :count].mean(axis=-1))


def compared(outlooks: Sequence[Outlook], agencies: Sequence[str]) -> pd.DataFrame:
    """Return how each option does over all paths, a row each in the order given; money in pounds of the place.

    `satisfied` is the share of paths on which every body keeps every duty and every system its total, with its Wilson
    interval, `bodies_keep` that of every body's own duty, systems aside; `worst_body` the body that keeps its own least
    often, with that share. `given_up_per_point` is the median given up for each point of `satisfied` gained against the
    option of the highest median, and nothing where none is gained. `mean_against` is the mean less that of the first
    option, path by path, with its 95% interval: exactly nought for the first itself. The intervals of the worst
    tenth and of regret at P90 come from sections of the paths, those of p10 and median from ranks, that of
    `worst_share` is Wilson's with the body as found; not a number where paths are too few. The most regret has none.

    Raises:
        ValueError: when there is none, or they are not on the same paths and bodies.
    """
    if not outlooks or any(one.held.shape != outlooks[0].held.shape or one.keeps.shape != one.held.shape
                           for one in outlooks) or len(agencies) != len(outlooks[0].held):  # fmt: skip
        raise ValueError("options are compared on the same bodies and paths")
    values = np.stack([one.held.sum(axis=0) for one in outlooks])
    medians = quantiles(values, (50,))[0]
    satisfied = [float(one.place_keeps.mean()) for one in outlooks]
    top = int(medians.argmax())
    rows = []
    for i, (one, own, regret) in enumerate(zip(outlooks, values, regrets(values), strict=True)):
        price = price_of_robustness((float(medians[top]), satisfied[top]), (float(medians[i]), satisfied[i]))
        rows.append(
            {"id": one.id, "name": one.name, **_mean("mean", own), **_mean("mean_against", own - values[0]),
             **_cut("p10", own, 10), **_cut("median", own, 50),
             **_told("worst_tenth", own, tail_mean, TAIL),
             **_told("regret_p90", regret, lambda paths: quantiles(paths, (90,))[0], 90),
             "regret_most": float(regret.max()), **_kept(one, agencies), "given_up_per_point": price}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _mean(name: str, paths: Floats) -> dict[str, float]:
    """Return a mean over paths with its 95% interval."""
    mean = float(paths.mean())
    half = Z95 * float(paths.std(ddof=1)) / float(np.sqrt(len(paths))) if len(paths) > 1 else float("nan")
    half = 0.0 if not paths.any() else half
    return _interval(name, mean, (mean - half, mean + half))


def _cut(name: str, paths: Floats, percent: int) -> dict[str, float]:
    """Return a percentile with its 95% interval by ranks."""
    try:
        found = quantile_interval(paths, percent)
    except ValueError:
        found = (float("nan"), float("nan"))
    return _interval(name, float(quantiles(paths, (percent,))[0]), found)


def _told(name: str, paths: Floats, figure: Callable[[Floats], Floats], percent: int) -> dict[str, float]:
    """Return a figure of the paths beyond a percentile with its 95% interval by sections."""
    return _interval(name, float(figure(paths)), ends(figure, paths, percent))


def _interval(name: str, value: float, found: tuple[float, float]) -> dict[str, float]:
    return {name: value, f"{name}_low95": found[0], f"{name}_high95": found[1]}


def _kept(one: Outlook, agencies: Sequence[str]) -> dict[str, object]:
    """Return how often every duty is kept, and by whom least often."""
    together = one.place_keeps
    share = chance(int(np.count_nonzero(together)), len(together))
    own = one.keeps.mean(axis=1)
    worst = int(own.argmin())
    its = chance(int(np.count_nonzero(one.keeps[worst])), len(together))
    return {
        "bodies_keep": float(one.keeps.all(axis=0).mean()), "satisfied": share.probability,
        "satisfied_low95": share.low, "satisfied_high95": share.high,
        "worst_body": agencies[worst], "worst_share": float(own[worst]),
        "worst_share_low95": its.low, "worst_share_high95": its.high,
    }  # fmt: skip
