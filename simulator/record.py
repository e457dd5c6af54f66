"""The run folder: tables, charts, words and the record that binds them by hash."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator import __version__, chart_data, charts, explanations, figure_words, place_page, plain_english, reasons
from simulator.digest import meaning
from simulator.files import sha256
from simulator.run import Results
from simulator.scenario import Scenario
from simulator.streams import BLOCK
from simulator.streams import VERSION as STREAMS
from simulator.variants import MEASURES, holders

_LABEL = pa.dictionary(pa.int32(), pa.string())
COLUMN_TYPES = (pa.int32(), _LABEL, _LABEL, _LABEL, _LABEL, pa.float64())
MANIFEST = "manifest-sha256.txt"
LIBRARIES = ("numpy", "scipy", "pandas", "pydantic")


class Origin(NamedTuple):
    """Where a run comes from: the resolved text, what was read, what was laid over it, and when it was made."""

    text: str
    files: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    made: str


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
    folder["run.json"] = _record(results, folder, origin)
    return sealed(folder)


def sealed(folder: dict[str, bytes]) -> dict[str, bytes]:
    """Return a folder with the list of its files and their digests, by which it is known again and checked."""
    listed = "".join(f"{sha256(folder[name])}  {name}\n" for name in sorted(folder)).encode()
    return folder | {MANIFEST: listed}


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
    with pq.ParquetWriter(buffer, pa.schema(list(zip(names, COLUMN_TYPES, strict=True))), compression="zstd") as writer:
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


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as a file, numbers to ten digits."""
    return table.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()


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


def _record(results: Results, folder: dict[str, bytes], origin: Origin) -> bytes:
    record = provenance(results.scenario, origin, results.seed, results.paths) | {
        "views": [view.name for view in results.views],
        "years": list(results.compiled.years),
        "checks": results.checks,
        "checks_hold": results.checks_hold,
    }
    return recorded(record, folder)


def provenance(scenario: Scenario, origin: Origin, seed: int, paths: int) -> dict[str, Any]:
    """Return what an answer came from: scenario, files, changes, as-at date, futures, code and machine."""
    return {
        "headroom": __version__,
        "made": origin.made,
        "scenario": {
            "name": scenario.name,
            "meaning_sha256": meaning(scenario),
            "files": [{"name": name, "sha256": digest} for name, digest in origin.files],
            "changes": list(origin.changes),
        },
        "as_at": str(scenario.as_at),
        "seed": seed,
        "paths": paths,
        "streams": {"version": STREAMS, "generator": "Philox", "block": BLOCK},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "simd": sorted(_simd()),
    }


def recorded(record: dict[str, Any], folder: dict[str, bytes]) -> bytes:
    """Return a record as JSON with the digest of every file of its folder."""
    whole = record | {"files_sha256": {name: sha256(data) for name, data in sorted(folder.items())}}
    return (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()


def _simd() -> list[str]:
    """Return the instruction sets numpy found: information only, results hold within one pinned build."""
    shown = np.show_config(mode="dicts")
    found = shown.get("SIMD Extensions", {}).get("found", [])
    return [str(name) for name in found]
