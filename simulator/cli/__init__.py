"""The command line: `headroom`. Each command is imported only when it is called, so help is quick."""

from __future__ import annotations

from importlib import import_module

import click

from simulator import __version__
from simulator.cli.recording import start

COMMANDS = {
    "demo": ("simulator.cli.runs", "Run the shipped real place; no network, no arguments."),
    "new": ("simulator.cli.scenarios", "Write a commented scenario to fill in."),
    "check": ("simulator.cli.scenarios", "Read a scenario and list every problem in it."),
    "run": ("simulator.cli.runs", "Project a scenario over many futures and write a run folder."),
    "import": ("simulator.cli.imports", "Read your own medium-term plan from a spreadsheet."),
    "why": ("simulator.cli.seeing", "Say why a year looks as it does: the steps to its gap."),
    "trace": ("simulator.cli.seeing", "Tell all that happened on one future: who paid whom and why."),
    "detail": ("simulator.cli.seeing", "Follow one line, service or part over all futures."),
    "compare": ("simulator.cli.comparing", "Compare two scenarios on the same futures: what changed, and why."),
    "section25": ("simulator.cli.evidence", "Evidence for a section 25 statement: the decision page and its annex."),
    "stress": ("simulator.cli.evidence", "What would break a plan: stresses, break points, the likeliest way to fail."),
    "sensitivity": ("simulator.cli.mattering", "What matters most, to whom, in which year: luck or judgement."),
    "shift": ("simulator.cli.shifting", "How much can safely move into prevention, who pays, who gains, what binds."),
    "batch": ("simulator.cli.batching", "Ask one scenario many times over: a study, on one machine or many."),
    "verify": ("simulator.cli.verifying", "Check that a folder is as it was written, and that its numbers repeat."),
    "pathway": ("simulator.cli.pathways", "From hospital to home: delays at more or fewer onward slots."),
    "app": ("simulator.cli.apps", "Open the app in a browser on this machine."),
    "schema": ("simulator.cli.scenarios", "Print the JSON Schema of scenario files, for editors."),
}


_NAMED = {"import": "import_"}
"""Commands whose name is a word of Python's own."""


class _Lazy(click.Group):
    """A group that lists its commands in the order of work and imports one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), _NAMED.get(cmd_name, cmd_name))
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # The record of a folder says what was typed and when.
        start(ctx, args)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=_Lazy, epilog="Example: headroom run scenarios/blackburn-with-darwen.yaml --out out/first")
@click.version_option(__version__, prog_name="headroom")
def main() -> None:
    """Headroom: can the bodies of a place stay in balance, and what may be left of what they hold?

    Exit codes: 0 done; 1 a limit given with --fail-on is passed; 2 the input is wrong.
    """
