"""The command that opens the app in a browser on this machine."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import click

from simulator.cli.scenarios import refuse
from simulator.files import PACKAGE, is_file, read_bytes, shipped
from simulator.problems import ScenarioError

SCENARIO = "HEADROOM_SCENARIO"
"""The variable that tells the app which scenario to open in place of the shipped place."""
MOST_PORT = 65_535


@click.command()
@click.argument("scenario", required=False)
@click.option("--address", default="127.0.0.1", show_default=True, help="Where to answer; this machine alone.")
@click.option("--port", type=click.IntRange(1, MOST_PORT), default=8501, show_default=True, help="On which port.")
@click.option(
    "--allow-network",
    is_flag=True,
    help="Answer on an address that other machines can reach. The app asks for no password.",
)
def app(scenario: str | None, address: str, port: int, allow_network: bool) -> None:
    """Open the app: the shipped place, or SCENARIO, in a browser."""
    if not (on_this_machine(address) or allow_network):
        click.echo(
            f"{address} can be reached from other machines, and the app asks for no password, so nothing was started. "
            "Leave out --address to keep it on this machine; behind a gate that asks who is there, add "
            "--allow-network.",
            err=True,
        )
        sys.exit(2)
    if scenario:
        try:
            read_bytes(shipped(scenario) or scenario)
        except ScenarioError as error:
            refuse(error, False)
    if _taken(address, port):
        other = f"`headroom app --port {port + 1 if port < MOST_PORT else port - 1}`"
        click.echo(f"port {port} is in use: another app may be open there; try {other}", err=True)
        sys.exit(1)
    shown = f"[{address}]" if ":" in address else address
    click.echo(f"Open http://{shown}:{port} in a browser. Stop with Ctrl+C.")
    start(command(address, port), os.environ | ({SCENARIO: scenario} if scenario else {}))


def _taken(address: str, port: int) -> bool:
    """Return whether something listens there already; what else is wrong with an address, the app itself says."""
    try:
        kind, _, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            if os.name == "posix":  # as the app asks: what was closed a moment ago is free; on Windows it means more
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def start(words: list[str], surroundings: dict[str, str]) -> NoReturn:
    """Become the process that `words` start, so that what ends this one ends the app.

    Windows cannot: there the app runs as a process of its own, which Ctrl+C reaches too, and this one waits for it.
    """
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(words[0], words, surroundings)
    try:
        sys.exit(subprocess.run(words, env=surroundings, check=False).returncode)
    except KeyboardInterrupt:
        sys.exit(0)


def on_this_machine(address: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def command(address: str, port: int) -> list[str]:
    """Return what starts the app; an address that others can reach is told apart by its flag, not here."""
    more = [] if on_this_machine(address) else ["--server.allowedHosts=*"]
    return [
        sys.executable, "-m", "simulator.pages.warming", "run", str(script()),
        f"--server.address={address}", f"--server.port={port}", *more,
    ]  # fmt: skip


def script() -> Path:
    """Return the app's file: beside the package in a checkout, inside it in a wheel."""
    packaged = PACKAGE / "shipped_app.py"
    return packaged if is_file(packaged) else PACKAGE.parent / "app.py"
