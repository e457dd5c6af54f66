"""The run folder: tables, charts, words and the record that binds them by hash."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator import chart_data, charts, explanations, figure_words, place_page, plain_english, reasons
from simulator.provenance import MANIFEST, Origin, csv, provenance, recorded, sealed
from simulator.run import Results
from simulator.variants import MEASURES, VIEWS, holders

_LABEL = pa.dictionary(pa.int32(), pa.string())
COLUMN_TYPES = (pa.int32(), _LABEL, _LABEL, _LABEL, _LABEL, pa.float64())


def run_folder(results: Results, origin: Origin, *, save_paths: bool = False, extra: str = "") -> dict[str, bytes]:
    """Return every file of a run folder as {name: bytes}; with `save_paths` every kept path in `paths.parquet`.

    `extra` is a section of the page of a place besides its own.
    """
    folder = {f"tables/{name}.csv": csv(table) for name, table in tables(results).items()}
    folder["scenario.yaml"] = origin.text.encode()
    for agency in results.compiled.agency_ids:
        folder |= _charts(results, agency)
    folder |= _map(results)
    if save_paths:
        folder["paths.parquet"] = paths_parquet(results)
    names = sorted([*folder, "run.json", "summary.md", MANIFEST])
    folder["summary.md"] = place_page.summary(results, names, origin.changes, extra).encode()
    folder["run.json"] = _record(results, folder, origin, save_paths)
    return sealed(folder)


def tables(results: Results) -> dict[str, pd.DataFrame]:
    """Return the public tables by name."""
    always = {
        "agency_years": results.agency_years,
        "chances": results.chances,
        "lines": results.lines,
        "parts": results.parts,
        "switches": results.switches,
        "waterfall": results.waterfall,
    }
    return always | {name: table for name, table in _sometimes(results).items() if len(table)}


def _sometimes(results: Results) -> dict[str, pd.DataFrame]:
    """Return tables that only some scenarios have: plans, ends of the override, agreements, NHS bodies, disputes."""
    names = ("plan", "conditional", "transfers", "place_years", "net_risk", "systems", "disputed")
    return {name: getattr(results, name) for name in names}


def paths_parquet(results: Results) -> bytes:
    """Return every kept path as Parquet, a row a value: path, year, agency, view, measure, value in its unit."""
    names = ("path", "year", "agency", "view", "measure", "value")
    buffer = BytesIO()
    how = {"compression": "zstd", "write_page_checksum": True}
    with pq.ParquetWriter(buffer, pa.schema(list(zip(names, COLUMN_TYPES, strict=True))), **how) as writer:
        for measure in sorted(results.kept):
            writer.write_table(_path_rows(results, measure, names))
    return buffer.getvalue()


def _path_rows(results: Results, measure: str, names: tuple[str, ...]) -> pa.Table:
    amounts = results.kept[measure]
    view, agency, year, path = (axis.ravel() for axis in np.indices(amounts.shape, dtype=np.int32))
    columns = [
        pa.array(path),
        _labels(year, results.compiled.years),
        _labels(agency, results.compiled.agency_ids[holders(results.compiled, MEASURES[measure])]),
        _labels(view, tuple(view.name for view in results.views)),
        _labels(np.zeros_like(path), (measure,)),
        pa.array(amounts.ravel()),
    ]
    return pa.table(columns, names=list(names))


def _labels(codes: npt.NDArray[np.int32], labels: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(labels))


def _charts(results: Results, agency: str) -> dict[str, bytes]:
    stem = "charts/" if len(results.compiled.agency_ids) == 1 else f"charts/{agency}-"
    alone = len(results.compiled.agency_ids) == 1
    held = plain_english.HELD.get(results.body(agency).kind)
    # Of a place one picture of each body, as a line drawing: `headroom app` and `headroom why` draw the rest.
    kinds, figures = (("svg", "png") if alone else ("svg",)), dict[str, dict[str, bytes]]()
    if not (alone or held):
        words = figure_words.plan_words(results, agency)
        figures["off_plan"] = charts.fan(results, agency, "off_plan", words, kinds)
    if alone:
        figures["gap"] = charts.fan(results, agency, "gap", figure_words.gap_words(results, agency), kinds)
    if held:
        stands = "reserves" if held == "usable_reserves" else held
        figures[stands] = charts.fan(results, agency, held, figure_words.held_words(results, agency), kinds)
    name, base = results.body(agency).name, str(results.scenario.base_year)
    for year in explanations.key_years(results)[:1] if alone else ():
        steps = reasons.steps_of(results.waterfall, agency, "before_action", year)
        figures["why"] = charts.waterfall(steps, figure_words.waterfall_words(steps, name, base, year, "before action"))
    if alone and len(results.conditional) and results.body(agency).needs:
        settled = results.scenario.rules.settlement_end
        figures["override"] = charts.conditional(
            chart_data.conditional(results, agency),
            figure_words.override_words(results, agency),
            str(settled) if settled else None,
            results.paths >= chart_data.FEWEST_FOR_BANDS,
        )
    return {f"{stem}{name}.{kind}": data for name, drawn in figures.items() for kind, data in drawn.items()}


def _map(results: Results) -> dict[str, bytes]:
    """Return the map of chances: bodies by year where there are several, else the outcomes of the one."""
    bodies, end = results.compiled.agency_ids, results.scenario.rules.settlement_end
    outcomes = figure_words.rows(results.body(bodies[0]).kind) if len(bodies) == 1 else ["duty_breached"]
    frame = chart_data.heat(results, bodies, outcomes)
    name = results.body(bodies[0]).name
    subject = name if len(bodies) == 1 else f"A duty or plan missed, {results.scenario.place.name}"
    ends = str(end) if end and str(end) in results.compiled.years[:-1] else None
    table = results.chances[results.chances.agency.isin(bodies)]
    shown = table[table.outcome.isin(outcomes) & table.year.isin(results.compiled.years)]
    error = plain_english.widest(*(row for _, row in shown.iterrows()))
    about = f"{subject}, {results.paths:,} futures, as at {plain_english.day(results)}; {error}."
    about = f"{about}{figure_words.held_together(results)}".removesuffix(".")
    drawn = charts.heat_map(frame, figure_words.heat_words(frame, subject, ends, about), ends)
    return {f"charts/chances.{kind}": data for kind, data in drawn.items()}


def _record(results: Results, folder: dict[str, bytes], origin: Origin, save_paths: bool) -> bytes:
    again = ["headroom", "run", "scenario.yaml", "--paths", str(results.paths), "--seed", str(results.seed)]
    again += ["--save-paths"] * save_paths + ["--do-nothing"] * (len(results.views) > len(VIEWS))
    record = provenance(results.scenario, origin, results.seed, results.paths) | {
        "command": "run",
        "again": list(origin.doing.again) or again,
        "views": [view.name for view in results.views],
        "years": list(results.compiled.years),
        "checks": results.checks,
        "checks_hold": results.checks_hold,
    }
    return recorded(record, folder)
