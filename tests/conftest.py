"""What every test may use: the published data, and the wish to store results afresh."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

DATA_VARIABLE = "HEADROOM_DATA"

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate",
        action="store_true",
        help="write stored results afresh, so that the difference shows what moved",
    )


@pytest.fixture(scope="session")
def regenerate(pytestconfig: pytest.Config) -> bool:
    """Whether stored results are to be written afresh rather than compared."""
    return bool(pytestconfig.getoption("--regenerate"))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of published data, or a skip that says how to supply it."""
    named = os.environ.get(DATA_VARIABLE)
    if not named:
        pytest.skip(f"{DATA_VARIABLE} is not set: name the folder of published data to run this test")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"{DATA_VARIABLE} names {named}, which is not a folder")
    return folder


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are laid out but not drawn, for tests of folders and screens that look at no picture."""
    _draw_only(monkeypatch, ())


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn as lines and words alone, for tests that look at no pixel."""
    _draw_only(monkeypatch, ("svg",))


def _draw_only(monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]) -> None:
    from matplotlib.figure import Figure

    draw = Figure.savefig

    def drawn(figure: Figure, file: Any, **how: Any) -> None:
        if how["format"] in kinds:
            draw(figure, file, **how)

    monkeypatch.setattr(Figure, "savefig", drawn)


NEEDED = {
    DATA_VARIABLE: f"because {DATA_VARIABLE} is not set",
    "chromium": "because chromium is not installed, so the app was not tried in a browser",
}
"""What some tests need, by the word that their reason for being skipped holds, and what to say without it."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for word, why in NEEDED.items():
        without = [report for report in skipped if word in str(report.longrepr)]
        if without:
            terminalreporter.write_sep("!", f"NOT RUN, {why}: {len(without)} of the tests", red=True, bold=True)
