"""Folders of evidence: pages to read and print, tables, pictures, and the record by which they are run again."""

from __future__ import annotations

from typing import NamedTuple

from simulator.annex_page import annex
from simulator.decision_page import decision
from simulator.evidence_pictures import Pictures, break_pictures, reserve_pictures, route_pictures
from simulator.examination import Examination
from simulator.html_page import page
from simulator.named_stresses import PLAN
from simulator.record import Origin, csv, provenance, recorded, sealed
from simulator.scenario import Scenario
from simulator.stress_page import stress
from simulator.stress_report import StressReport, stress_tables


def section25_folder(done: Examination, origin: Origin) -> dict[str, bytes]:
    """Return the decision page and its annex as Markdown and HTML, tables, pictures and the record, by file name."""
    pictures = reserve_pictures(done.view, done.reserves)
    pictures |= break_pictures(done.breaks, done.view.body.name, done.view.scenario) if done.breaks else {}
    folder = {f"tables/{name}.csv": csv(table) for name, table in done.tables().items()}
    folder |= _drawn(pictures)
    name = done.view.body.name
    folder |= _pages("decision", f"Section 25 evidence: {name}", decision(done), {})
    folder |= _pages("annex", f"Section 25 evidence, annex: {name}", annex(done, pictures), pictures)
    view = done.view
    return _closed(folder, Asked("section25", view.body.id, view.count, done.seed, view.scenario), origin)


def stress_folder(report: StressReport, scenario: Scenario, origin: Origin) -> dict[str, bytes]:
    """Return the stress page as Markdown and HTML, tables, pictures and the record, by file name."""
    pictures = route_pictures(report) | break_pictures(report.breaks, report.name, scenario)
    folder = {f"tables/{name}.csv": csv(table) for name, table in stress_tables(report).items()}
    folder |= _drawn(pictures)
    folder |= _pages("stress", f"What would break it: {report.name}", stress(report, scenario, pictures), pictures)
    return _closed(folder, Asked("stress", report.agency, report.paths, report.seed, scenario), origin)


class Asked(NamedTuple):
    """What a folder answers: the command, the body, and on which futures of which scenario."""

    command: str
    agency: str
    paths: int
    seed: int
    scenario: Scenario


def _closed(folder: dict[str, bytes], asked: Asked, origin: Origin) -> dict[str, bytes]:
    """Return a folder with the scenario it rests on, its record and the list of its files."""
    folder["scenario.yaml"] = origin.text.encode()
    again = f"headroom {asked.command} scenario.yaml --agency {asked.agency} --paths {asked.paths} --seed {asked.seed}"
    record = {"command": asked.command, "again": again, "agency": asked.agency, "view": PLAN.name}
    record |= provenance(asked.scenario, origin, asked.seed, asked.paths)
    folder["evidence.json"] = recorded(record, folder)
    return sealed(folder)


def _pages(stem: str, title: str, markdown: str, pictures: Pictures) -> dict[str, bytes]:
    """Return a page as Markdown that names its pictures and as HTML that holds them."""
    linked = markdown
    for name in pictures:
        linked = linked.replace(f"![]({name})", f"![](charts/{name}.svg)")
    drawn = {name: kinds["svg"].decode() for name, kinds in pictures.items()}
    return {f"{stem}.md": linked.encode(), f"{stem}.html": page(title, markdown, drawn).encode()}


def _drawn(pictures: Pictures) -> dict[str, bytes]:
    return {f"charts/{name}.{kind}": data for name, kinds in pictures.items() for kind, data in kinds.items()}
