"""The command that asks how much can safely move into prevention: shift, for a place or a body alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.evidence import keep, leave, may_keep, plain, sample_of, steps
from simulator.cli.recording import origin_of
from simulator.cli.scenarios import json_option, overlay_option, read, set_option

if TYPE_CHECKING:
    from simulator.evidence import Chosen
    from simulator.shift_report import ShiftReport


EXAMPLES = (
    "\b\n"
    "A place:       headroom shift scenarios/lancashire.yaml --out out/shift\n"
    "A body alone:  headroom shift scenarios/blackburn-with-darwen.yaml\n"
    "                 --with scenarios/overlays/blackburn-prevention.yaml"
)


@click.command(epilog=EXAMPLES)
@click.argument("scenario")
@overlay_option
@set_option
@click.option("--paths", type=click.IntRange(1, 200_000), default=10_000, show_default=True, help="Futures.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which futures.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads.")
@click.option("--portfolio", is_flag=True, help="Choose among the programmes within what each body can bear.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
@json_option
def shift(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], **wishes: Any) -> None:
    """How much the place of SCENARIO can safely move into prevention each year, who pays, who gains and what binds.

    SCENARIO proposes programmes under `prevention`. The answer is the most that makes no body's duty much less safe,
    with what would allow more. With --out the page, tables, pictures and the record. Evidence for a decision, never
    the decision.
    """
    may_keep(wishes["out"])
    loaded = read(scenario, overlays, sets, wishes["as_json"])
    # The engine takes seconds to import: what is wrong with a file is said before that.
    from simulator.shift_page import shift as page
    from simulator.shift_report import NoProgrammesError, shift_report, stages
    from simulator.shift_shown import remedy

    tell = steps(wishes, (*stages(loaded.scenario), *([PORTFOLIO] if wishes["portfolio"] else [])))
    try:
        report = shift_report(loaded.scenario, sample_of(wishes), tell)
    except NoProgrammesError as error:
        leave(f"{scenario}: {error}. {remedy(loaded.scenario)}")
    chosen = None
    if wishes["portfolio"]:
        tell(PORTFOLIO)
        from simulator.shift_more import chosen as choose

        chosen = choose(report, sample_of(wishes))
    if wishes["as_json"]:
        click.echo(json.dumps(plain(_values(report, chosen)), indent=2, ensure_ascii=False))
    else:
        from simulator.plain_english import for_terminal

        click.echo(for_terminal(page(report, extra=chosen.short if chosen else "", short=True)))
    origin = origin_of(loaded, wishes)

    def folder() -> dict[str, bytes]:
        from simulator.evidence import shift_folder

        return shift_folder(report, origin, chosen)

    keep(wishes, folder, "shift.html")


PORTFOLIO = "a choice among the programmes"


def _values(report: ShiftReport, chosen: Chosen | None) -> dict[str, Any]:
    """Return what a machine reads: the headline, and every table."""
    from simulator.shift_tables import shift_tables

    made = shift_tables(report) | (chosen.tables if chosen else {})
    low, high = report.after.interval()
    return {
        "place": report.scenario.place.name,
        "headroom": report.headroom,
        "low95": low,
        "high95": high,
        "unit": "£ a year at base-year prices",
        "from": report.compiled.years[report.terms.start],
        "paths": report.paths,
        "seed": report.seed,
        "base_chance_that_all_duties_hold": report.absolute.base._asdict(),
        "absolute_headroom": report.absolute.size,
        "confidence": report.absolute.confidence,
        "tables": {name: table.to_dict(orient="records") for name, table in made.items()},
    }
