"""Pages of the app, a file each; `app.py` lists them."""

from pathlib import Path

_HERE = Path(__file__).parent
PAGES = {
    _HERE / "overview.py": "Overview",
    _HERE / "assumptions.py": "Assumptions",
    _HERE / "compare.py": "Compare",
    _HERE / "headroom.py": "Headroom",
    _HERE / "what_matters.py": "What matters",
    _HERE / "evidence.py": "Evidence",
    _HERE / "method.py": "Data and method",
}
"""Every page in order, with its title."""


def window(title: str) -> str:
    """Return what the window of a page is called: the page, then the app where the page does not name it."""
    return title if title == "Headroom" else f"{title}: Headroom"
