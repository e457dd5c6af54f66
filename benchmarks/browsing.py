"""The app served and looked at in a real browser: what its benchmark and its tests in a browser both stand on.

Everything waits for words or states of the page, never for a while: a slow machine is late, not wrong. Playwright and
Debian's Chromium do the looking.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from benchmarks.timing import ROOT

CHROMIUM = shutil.which("chromium")
MISSING = "chromium is not installed: apt-get install chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
STARTS, PATIENCE = 60.0, 60_000
"""Seconds that the server may take to answer, and milliseconds that the page may take to show what is waited for."""
START = "from simulator.cli import main; main()"
RESTING = "[data-testid=stApp][data-test-script-state=notRunning]"
CHART = "[data-testid=stVegaLiteChart] svg"
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
STILL = """() => !document.querySelector('[data-stale=true]')
    && getComputedStyle(document.querySelector('[data-testid=stMainBlockContainer]')).opacity === '1'
    && document.getAnimations().every(one =>
        one.playState !== 'running' || one.effect.getComputedTiming().iterations === Infinity)"""
"""Whether nothing of the page fades or moves; what turns for ever, as a spinner does, is not waited for."""


@contextmanager
def serving(place: str | Path, attempts: int = 2) -> Iterator[tuple[str, int]]:
    """The app as `headroom app` starts it on a place: its address and the number of its process.

    Only the wait for its start is tried again: the first start on a machine compiles every library.
    """
    port = _free_port()
    words = [sys.executable, "-c", START, "app", str(place), "--port", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, process_group=0)
    address = f"http://127.0.0.1:{port}"
    try:
        if not any(_answers(address) for _ in range(attempts)):
            raise RuntimeError(f"{address} did not answer in {STARTS * attempts:.0f} seconds")
        yield address, server.pid
    finally:
        os.killpg(server.pid, 15)
        server.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(address: str) -> bool:
    until = time.monotonic() + STARTS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health"):
                return True
        except URLError:
            time.sleep(0.1)
    return False


@contextmanager
def browsing(profile: str | Path) -> Iterator[BrowserContext]:
    """Chromium without a window, on a profile of its own; pages have the size of a usual screen."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            args=FLAGS,
            viewport={"width": 1280, "height": 900},
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield context
        context.close()


def settle(page: Page, words: str, charts: int = 0) -> None:
    """Wait until words of ours stand, the script rests, so many charts at least are drawn and nothing fades."""
    expect(page.get_by_text(words).first).to_be_visible()
    page.wait_for_selector(RESTING)
    if charts:
        expect(page.locator(CHART).nth(charts - 1)).to_be_visible()
    page.evaluate(TWO_FRAMES)
    page.wait_for_function(STILL)
