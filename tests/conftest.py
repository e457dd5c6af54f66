"""What every test may use: the published data, and the wish to store results afresh."""

from __future__ import annotations

import os
from pathlib import Path

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    without_data = [report for report in skipped if DATA_VARIABLE in str(report.longrepr)]
    if without_data:
        terminalreporter.write_sep(
            "!",
            f"NOT RUN, because {DATA_VARIABLE} is not set: {len(without_data)} of the tests",
            red=True,
            bold=True,
        )
