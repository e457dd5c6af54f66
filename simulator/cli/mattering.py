"""The command that asks what matters most: sensitivity, for a body alone or every body of a place."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from simulator.cli.evidence import keep, leave, may_keep, plain, sample_of
from simulator.cli.recording import origin_of
from simulator.cli.scenarios import json_option, overlay_option, read, set_option

EXAMPLES = (
    "\b\n"
    "One council:       headroom sensitivity scenarios/blackburn-with-darwen.yaml\n"
    "A place:           headroom sensitivity scenarios/lancashire.yaml --out out/matters\n"
    "One body, a year:  headroom sensitivity scenarios/lancashire.yaml --agency lsc_icb --year 2028-29\n"
    "A chance:          headroom sensitivity scenarios/blackburn-with-darwen.yaml --outcome unfunded_gap"
)


@click.command(epilog=EXAMPLES)
@click.argument("scenario")
@overlay_option
@set_option
@click.option("--agency", help="Which body, with judgements in the ranking; every body if there are several.")
@click.option("--year", help="By the end of which year, such as 2028-29; the plan's end unless told.")
@click.option("--outcome", help="What is asked: held, asked, or an outcome such as unfunded_gap; held unless told.")
@click.option("--paths", type=click.IntRange(100, 200_000), default=10_000, show_default=True, help="Futures.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which futures.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
@json_option
def sensitivity(scenario: str, overlays: tuple[str, ...], sets: tuple[str, ...], **wishes: Any) -> None:
    """What matters most in SCENARIO, to whom, in which year, and whether it is luck or our own judgement.

    *held* is what a body holds at the end of the year, unmet gaps counted below nought; *asked* is what the year asks
    beyond savings delivered. Luck is held at its central path, a judgement is put otherwise, on the same futures.
    """
    may_keep(wishes["out"])
    from simulator.evidence import sensitivity_folder
    from simulator.plain_english import for_terminal
    from simulator.what_matters import Wanted, what_matters, work_of
    from simulator.what_matters_page import what_matters_page
    from simulator.what_matters_tables import values

    loaded = read(scenario, overlays, sets, wishes["as_json"])
    wanted = Wanted(wishes["agency"] or "", wishes["year"] or "", wishes["outcome"] or "")
    sample = sample_of(wishes)
    try:
        with _bar(wishes, work_of(loaded.scenario, wanted, sample)) as progress:
            found = what_matters(loaded.scenario, wanted, replace(sample, progress=progress))
    except ValueError as error:
        leave(f"{error}.")
    if wishes["as_json"]:
        click.echo(json.dumps(plain(values(found)), indent=2, ensure_ascii=False))
    else:
        click.echo(for_terminal(what_matters_page(found, short=True)))
    keep(wishes, lambda: sensitivity_folder(found, origin_of(loaded, wishes)), "sensitivity.html")


@contextmanager
def _bar(wishes: dict[str, Any], blocks: int) -> Iterator[Callable[[int], None] | None]:
    """Show on standard error how much is done, unless the report is for a machine."""
    if wishes["as_json"]:
        yield None
        return
    label = f"Drawing {wishes['paths']:,} futures, and holding one thing at a time"
    with click.progressbar(length=blocks, label=label, file=sys.stderr) as shown:
        yield shown.update
