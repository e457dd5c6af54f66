"""The page of a study: what was asked, the answer in sentences, tables, pictures, and how sure it all is."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.evidence_words import as_at
from simulator.plain_english import cell
from simulator.study_answers import DONE, StudyAnswers
from simulator.study_tables import (
    MOST_OPTIONS,
    body_table,
    case_table,
    effect_table,
    figure_table,
    option_table,
    refused_table,
)
from simulator.study_words import answer, asked, state
from simulator.summary_page import titled

SAMPLING = (
    "Brackets are 95% intervals of sampling error: of a chance or a mean for the futures drawn, of a difference path "
    "by path on the same futures, so that a difference is far surer than either figure. What no path has by itself, "
    "such as a percentile, has its error from how far it differs between 20 equal sections of the futures; none is "
    "told where fewer than five lie beyond it in each. Money is cash, £ million, "
    "above nought in the sense of its name: a gap above nought is short. A chance moves in points of 100 futures."
)
LINE = (
    "What a value moves is the slope of a straight line through all cases times its whole range, all else as it is; "
    "its interval is of the line and of the futures that all cases share, path by path, or of a percentile section by "
    "section. `tables/effects.csv` has rank correlations, which need no straight line; their intervals "
    "are of the points alone, the futures taken as drawn."
)
READING = {
    "grid": "What a value moves is the average at the value where the figure is highest less that where it is lowest, "
    "over all combinations of the rest. The larger of several is picked, so a small one is a little overstated.",
    "latin_hypercube": LINE,
    "sobol": LINE,
    "morris": "What a value moves is the mean size of its effect when moved over the whole range, by Morris's "
    "trajectories; the interval is over trajectories. `tables/effects.csv` has the mean with its sign and the spread: "
    "a spread as large as the mean says that the effect hangs on the rest.",
    "sobol_indices": "A share is of the variance between cases, within the ranges given: alone, or with all it does "
    "together with others. Shares in all can add up to more than 100%, because what two do together counts for both. "
    "Brackets after a share are 95% intervals by bootstrap over the points of the design, with the futures taken as "
    "drawn: other futures could shift a share further.",
    "options": "Regret is what an option leaves less than the best of them on the same future. In the worst tenth is "
    "the mean of the tenth of futures in which it leaves least. Both have their error from sections of the futures. A "
    "duty is kept where it is kept in every year.",
}
RANGES = (
    "Ranges and options are the study's own choice and shape the answer: a range twice as wide moves twice as much."
)


def study(found: StudyAnswers, pictures: Iterable[str] = (), short: bool = False) -> str:
    """Return the page of a study as Markdown; `short` leaves out tables of cases and how to read, for a terminal."""
    title = f"# {cell(found.study.name)}\n\n{cell(asked(found))} Known as at {as_at(found.scenario)}; {state(found)}."
    said = "\n".join(f"- {cell(sentence)}" for sentence in answer(found))
    drawn = "\n\n".join(f"![]({name})" for name in pictures)
    parts = [
        title,
        *titled("In short", said),
        *titled("The options", "\n".join(option_table(found))),
        *titled("For whom", "\n".join(body_table(found))),
        *titled("The figures watched", "" if found.study.options else "\n".join(figure_table(found))),
        *titled("What moves them", "\n".join(effect_table(found))),
    ]
    if not short:
        parts += [
            *([drawn] if drawn else []),
            *titled("Cases", "\n".join(case_table(found)) if _tell_cases(found) else ""),
        ]
    parts += titled("Cases without an answer", "\n".join(refused_table(found)))
    if not short:
        reading = f"{SAMPLING} {READING[found.study.design.kind]} {RANGES}"
        parts += titled("How to read it", reading)
    return "\n\n".join(parts) + "\n"


def _tell_cases(found: StudyAnswers) -> bool:
    """Return whether cases have a table of their own: options that stand beside one another have one already."""
    few = found.study.options and len(found.cases) <= MOST_OPTIONS + 1
    return bool((found.cases.status == DONE).any()) and not few
