"""Pages of the app, a file each; `app.py` lists them."""

from pathlib import Path

OVERVIEW = Path(__file__).parent / "overview.py"
