"""Folders of evidence: pages to read and print, tables, pictures, and the record by which they are run again."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from simulator.annex_page import annex
from simulator.decision_page import decision
from simulator.evidence_pictures import Pictures, break_pictures, reserve_pictures, route_pictures
from simulator.examination import Examination
from simulator.html_page import page
from simulator.named_stresses import PLAN
from simulator.provenance import Origin, csv, provenance, recorded, sealed
from simulator.scenario import Scenario
from simulator.shift_page import shift, title
from simulator.shift_pictures import shift_pictures
from simulator.shift_report import ShiftReport
from simulator.shift_shown import subject
from simulator.shift_tables import shift_tables
from simulator.stress_page import stress
from simulator.stress_report import StressReport, stress_tables
from simulator.what_matters import WhatMatters
from simulator.what_matters_page import what_matters_page
from simulator.what_matters_pictures import what_matters_pictures
from simulator.what_matters_tables import tables


def section25_folder(done: Examination, origin: Origin) -> dict[str, bytes]:
    """Return the decision page and its annex as Markdown and HTML, tables, pictures and the record, by file name."""
    return closed(section25_files(done), section25_asked(done), origin)


def section25_files(done: Examination) -> dict[str, bytes]:
    """Return the files of `section25_folder` that rest on what was found alone: all but the scenario and the record."""
    pictures = reserve_pictures(done.view, done.reserves)
    pictures |= break_pictures(done.breaks, done.view.body.name, done.view.scenario) if done.breaks else {}
    folder = {f"tables/{name}.csv": csv(table) for name, table in done.tables().items()}
    folder |= drawn(pictures)
    name = done.view.body.name
    folder |= pages("decision", f"Section 25 evidence: {name}", decision(done), {})
    return folder | pages("annex", f"Section 25 evidence, annex: {name}", annex(done, pictures), pictures)


def section25_asked(done: Examination) -> Asked:
    """Return what the evidence of one body answers."""
    view = done.view
    return Asked("section25", view.body.id, view.count, done.seed, view.scenario)


def stress_folder(report: StressReport, scenario: Scenario, origin: Origin) -> dict[str, bytes]:
    """Return the stress page as Markdown and HTML, tables, pictures and the record, by file name."""
    pictures = route_pictures(report) | break_pictures(report.breaks, report.name, scenario)
    folder = {f"tables/{name}.csv": csv(table) for name, table in stress_tables(report).items()}
    folder |= drawn(pictures)
    folder |= pages("stress", f"What would break it: {report.name}", stress(report, scenario, pictures), pictures)
    return closed(folder, Asked("stress", report.agency, report.paths, report.seed, scenario), origin)


def shift_folder(report: ShiftReport, origin: Origin, chosen: Chosen | None = None) -> dict[str, bytes]:
    """Return the page of a shift as Markdown and HTML, tables, pictures and the record, by file name.

    `chosen` is a portfolio's section and tables, where one was asked for.
    """
    pictures = shift_pictures(report.after, report.before, report.gathered, subject(report))
    made = shift_tables(report) | (chosen.tables if chosen else {})
    folder = {f"tables/{name}.csv": csv(table) for name, table in made.items()}
    folder |= drawn(pictures)
    folder |= pages("shift", title(report), shift(report, pictures, chosen.section if chosen else ""), pictures)
    command = "shift --portfolio" if chosen else "shift"
    return closed(folder, Asked(command, "", report.paths, report.seed, report.scenario), origin)


def sensitivity_folder(found: WhatMatters, origin: Origin) -> dict[str, bytes]:
    """Return the page of what matters as Markdown and HTML, tables, pictures and the record, by file name."""
    pictures, wanted = what_matters_pictures(found), found.wanted
    folder = {f"tables/{name}.csv": csv(table) for name, table in tables(found).items()}
    folder |= drawn(pictures)
    whom = found.scenario.place.name if found.place else found.answers[0].name
    folder |= pages("sensitivity", f"What matters most: {whom}", what_matters_page(found, pictures), pictures)
    told = [("--year", wanted.year), ("--outcome", wanted.figure)]
    command = " ".join(["sensitivity", *(f"{option} {value}" for option, value in told if value)])
    return closed(folder, Asked(command, wanted.agency, found.paths, found.seed, found.scenario), origin)


class Chosen(NamedTuple):
    """A portfolio as pages and a folder have it: its section in short, the whole of it, and its tables by name."""

    short: str
    section: str
    tables: dict[str, pd.DataFrame]


class Asked(NamedTuple):
    """What a folder answers: the command, the body (of a place as one none), and on which futures of which scenario."""

    command: str
    agency: str
    paths: int
    seed: int
    scenario: Scenario


def closed(folder: dict[str, bytes], asked: Asked, origin: Origin) -> dict[str, bytes]:
    """Return a folder with the scenario it rests on, its record and the list of its files, as `headroom verify` checks.

    `origin` is of the scenario that was asked about, in its own words.
    """
    folder = folder | {"scenario.yaml": origin.text.encode()}
    again = ["headroom", *asked.command.split(), "scenario.yaml", *(["--agency", asked.agency] if asked.agency else [])]
    again += ["--paths", str(asked.paths), "--seed", str(asked.seed)]
    record: dict[str, Any] = {"command": asked.command, "again": again}
    record |= {"agency": asked.agency, "view": PLAN.name} if asked.agency else {}
    record |= provenance(asked.scenario, origin, asked.seed, asked.paths)
    folder["evidence.json"] = recorded(record, folder)
    return sealed(folder)


def pages(stem: str, title: str, markdown: str, pictures: Pictures) -> dict[str, bytes]:
    """Return a page as Markdown that names its pictures and as HTML that holds them."""
    linked = markdown
    for name in pictures:
        linked = linked.replace(f"![]({name})", f"![](charts/{name}.svg)")
    drawn = {name: kinds["svg"].decode() for name, kinds in pictures.items()}
    return {f"{stem}.md": linked.encode(), f"{stem}.html": page(title, markdown, drawn).encode()}


def drawn(pictures: Pictures) -> dict[str, bytes]:
    """Return pictures as files by name."""
    return {f"charts/{name}.{kind}": data for name, kinds in pictures.items() for kind, data in kinds.items()}
