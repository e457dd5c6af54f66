"""Commands that project: run and demo."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from simulator.cli.recording import origin_of
from simulator.cli.scenarios import json_option, overlay_option, read, set_option
from simulator.files import may_write, read_bytes, replace_folder, shipped
from simulator.problems import ScenarioError
from simulator.scenario_file import Loaded

if TYPE_CHECKING:
    from simulator.run import Results

DEMO = "scenarios/lancashire.yaml"
PLACE_OUTCOMES = ("any_duty_breached", "two_duties_breached", "system_total_missed")
"""What can befall a place of several bodies, beside what befalls each."""
MANIFEST = "manifest-sha256.txt"
over_another = click.option("--force", is_flag=True, help="Write over the run of another scenario in --out.")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
NEXT = """
Next, with the environment active (`. .venv/bin/activate`):
      headroom shift scenarios/lancashire.yaml --out out/shift     # who pays, who gains, what would allow more
      headroom trace out/demo --path 17 --year 2027-28 --agency lsc_icb    # who paid whom and why
      headroom new my-council.yaml --from blackburn-with-darwen    # then change a number
      headroom check my-council.yaml
      headroom run my-council.yaml --out out/mine"""


@click.command()
@click.argument("scenario")
@overlay_option
@set_option
@click.option("--paths", type=click.IntRange(1, 200_000), default=10_000, show_default=True, help="Futures to draw.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Which futures.")
@click.option("--years", type=click.IntRange(1, 16), help="Years to project, in place of the file's.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write.")
@click.option("--save-paths", is_flag=True, help="Keep every path in paths.parquet.")
@click.option("--do-nothing", is_flag=True, help="Add a view without approved savings or any response.")
@click.option(
    "--fail-on",
    multiple=True,
    metavar="OUTCOME=CHANCE",
    help="Exit 1 if a chance after action passes this: unfunded_gap=20%, or by a year: unfunded_gap@2028-29=5%.",
)
@over_another
@json_option
def run(scenario: str, out: Path, overlays: tuple[str, ...], sets: tuple[str, ...], **wishes: Any) -> None:
    """Project SCENARIO over many futures and write a run folder to --out."""
    years = wishes.pop("years")
    wish = Wish(**wishes)
    loaded = read(scenario, overlays, (*sets, f"years={years}") if years else sets, wish.as_json)
    sys.exit(carry_out(loaded, out, wish))


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="out/demo", show_default=True)
@click.option("--paths", type=click.IntRange(1, 200_000), default=10_000, show_default=True, help="Futures to draw.")
@over_another
@json_option
def demo(out: Path, paths: int, force: bool, as_json: bool) -> None:
    """Run the shipped real place, Blackburn with Darwen: its council, NHS bodies, police, fire and a hospice."""
    loaded = read(str(shipped(DEMO)), (), (), as_json)
    wish = Wish(paths=paths, as_json=as_json, force=force, repeats=("headroom", "demo", "--paths", str(paths)))
    code = carry_out(loaded, out, wish, lambda: _headroom(loaded, wish))
    if not code and not as_json:
        click.echo(NEXT)
    sys.exit(code)


def _headroom(loaded: Loaded, wish: Wish) -> str:
    """Return how much can safely move into prevention and what it buys, on the same futures as the run."""
    from simulator.blocks import Sample
    from simulator.shift_report import FEWER, bought, brief
    from simulator.shift_return_words import in_short

    if not wish.as_json:
        click.echo("How much can safely move into prevention: sizes of a shift on the same futures.", err=True)
    sample = Sample(wish.paths, wish.seed, wish.workers)
    return in_short(bought(brief(loaded.scenario, sample), replace(sample, paths=min(wish.paths, FEWER))))


@dataclass(frozen=True)
class Wish:
    """What was asked of a run on the command line; `repeats` runs it again, where no plain `headroom run` does."""

    paths: int = 10_000
    seed: int = 1
    workers: int = 2
    save_paths: bool = False
    do_nothing: bool = False
    fail_on: tuple[str, ...] = ()
    as_json: bool = False
    force: bool = False
    repeats: tuple[str, ...] = ()


def carry_out(loaded: Loaded, out: Path, wish: Wish, more: Callable[[], str] = str) -> int:
    """Run, write the folder, print the page and return the exit code; `more` makes a section of the page besides."""
    from simulator.place_page import short_page
    from simulator.plain_english import for_terminal
    from simulator.record import run_folder
    from simulator.run import simulate

    limits = [_limit(text) for text in wish.fail_on]
    if not may_write(out, MANIFEST):
        click.echo(f"{out} holds files but is not a run folder, so it is left as it was. Name another.", err=True)
        return 2
    if not wish.force and (other := _other(out, loaded)):
        told = "so it is left as it was. Name another, or add --force to write over it."
        click.echo(f"{out} holds the run of another scenario ({other}), {told}", err=True)
        return 2
    with bar(wish) as progress:
        how: dict[str, Any] = {name: getattr(wish, name) for name in ("paths", "seed", "workers", "do_nothing")}
        results = simulate(loaded.scenario, progress=progress, **how)
    how |= {"repeats": wish.repeats, "changes": (*loaded.changes, *loaded.kept)}
    origin = origin_of(loaded, how)
    extra = more()
    folder = run_folder(results, origin, save_paths=wish.save_paths, extra=extra)
    try:
        gone = replace_folder(out, folder, MANIFEST)
    except OSError as error:
        click.echo(f"{out} could not be written: {error.strerror or error}.", err=True)
        return 2
    passed = [_passed(results, limit) for limit in limits]
    if wish.as_json:
        click.echo(json.dumps(_report(results, out, folder, passed), indent=2, ensure_ascii=False))
    else:
        page = f"{short_page(results, origin.changes)}\n\n{extra}".rstrip()
        click.echo(for_terminal(page))
        click.echo(_left_out(folder["summary.md"].decode(), page, out))
        picture = next(name for name in ("charts/reserves.svg", "charts/chances.svg") if name in folder)
        click.echo(f"Wrote {len(folder)} files to {out}. Read {out / 'summary.md'}; open {out / picture}.")
        if gone:
            click.echo(f"Removed from the run that stood there: {', '.join(gone)}.")
        for words in filter(None, passed):
            click.echo(words, err=True)
    return 1 if any(passed) else 0


def _other(out: Path, loaded: Loaded) -> str:
    """Return the name of the scenario whose run stands in a folder where it is not this one, else nothing."""
    try:
        held = str(json.loads(read_bytes(out / "run.json"))["scenario"]["name"])
    except (ScenarioError, ValueError, KeyError, TypeError):
        return ""  # new, or torn: it says nothing of whose it is
    return held if held != loaded.scenario.name else ""


def _left_out(whole: str, page: str, out: Path) -> str:
    """Return a paragraph that names the sections of summary.md which the page printed leaves out or shortens."""
    shown = set(_SECTION.findall(page))
    more = [title for title in dict.fromkeys(_SECTION.findall(whole)) if title not in shown]
    words = f"Left out here, and in {out / 'summary.md'}: {'; '.join(more)}; and all that rests on judgement, in full."
    return textwrap.fill(words, 100, break_on_hyphens=False, break_long_words=False) + "\n"


class Limit(NamedTuple):
    """The greatest chance of an outcome that a caller accepts, by a year or in any."""

    outcome: str
    year: str
    share: float


def _limit(text: str) -> Limit:
    from simulator.variants import OUTCOMES

    known = (*OUTCOMES, *PLACE_OUTCOMES)
    wanted, _, most = text.partition("=")
    outcome, _, year = wanted.partition("@")
    try:
        share = float(most.removesuffix("%")) / 100 if most.endswith("%") else -1.0
    except ValueError:
        share = -1.0
    if outcome not in known or not 0 <= share <= 1:
        rule = f"write OUTCOME=CHANCE% or OUTCOME@YEAR=CHANCE%, such as unfunded_gap=20%; outcomes: {', '.join(known)}"
        raise click.BadParameter(f"{text!r} cannot be used; {rule}", param_hint="--fail-on")
    return Limit(outcome, f"by {year}" if year else "any", share)


def _passed(results: Results, limit: Limit) -> str:
    table = results.chances
    rows = table[(table.outcome == limit.outcome) & (table.view == "after_action") & (table.year == limit.year)]
    if limit.outcome not in set(table.outcome):
        return f"{limit.outcome} is nothing that the bodies of this run can meet, so its limit is not met."
    if rows.empty:
        return f"{limit.outcome}: {limit.year.removeprefix('by ')} is not a year of this run, so its limit is not met."
    row = rows.iloc[int(rows.probability.argmax())]
    worst, name = float(row.probability), results.scenario.names.get(str(row.agency), results.scenario.place.name)
    when = "in any year" if limit.year == "any" else limit.year
    whose = f" of {name}" if len(results.scenario.bodies) > 1 else ""
    over = f"{limit.outcome}{whose}: {worst:.1%} {when} after action passes the limit of {limit.share:.1%}."
    return over if worst > limit.share else ""


def _report(results: Results, out: Path, folder: dict[str, bytes], passed: list[str]) -> dict[str, Any]:
    any_year = results.chances[results.chances.year == "any"]
    return {
        "out": str(out),
        "files": sorted(folder),
        "paths": results.paths,
        "checks_hold": results.checks_hold,
        "limits_passed": [words for words in passed if words],
        "chances_in_any_year": any_year.to_dict(orient="records"),
    }


@contextmanager
def bar(wish: Wish) -> Iterator[Callable[[int], None] | None]:
    """Show progress on standard error, unless the report is for a machine."""
    if wish.as_json:
        yield None
        return
    blocks = -(-wish.paths // 1_000)
    with click.progressbar(length=blocks, label=f"Drawing {wish.paths:,} futures", file=sys.stderr) as bar:
        yield bar.update
