"""What every test may use: the published data, and the wish to store results afresh."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

DATA_VARIABLE = "HEADROOM_DATA"
BROWSER = "tests/browser/"
MAIN = sys.modules["__main__"]

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate",
        action="store_true",
        help="write stored results afresh, so that the difference shows what moved",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser mostly wait, so they begin first, while other workers have much to do."""
    items.sort(key=lambda item: BROWSER not in item.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A worker takes a whole file at a time, in their order, and all that share one server and browser at once."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if BROWSER in nodeid else super()._split_scope(nodeid)

    config.option.loadscopereorder = False
    return ByFile(config, log)


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


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """The main module is what it was: run as a test, the app takes its place, and new processes would run the app."""
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN


@pytest.fixture
def undrawn() -> Iterator[None]:
    """No picture is drawn: see `pictures.undrawn`."""
    import pictures

    with pictures.undrawn():
        yield


@pytest.fixture
def unpainted() -> Iterator[None]:
    """No picture is painted: see `pictures.unpainted`."""
    import pictures

    with pictures.unpainted():
        yield


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
