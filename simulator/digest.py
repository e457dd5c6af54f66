"""What a scenario says, as one digest: two files that say the same have the same."""

from __future__ import annotations

import json

from simulator.files import sha256
from simulator.once import once
from simulator.scenario import Scenario


@once
def meaning(scenario: Scenario) -> str:
    """Return the digest of what a scenario says, whatever its spacing, comments or order of keys."""
    said = scenario.model_dump(mode="json", by_alias=True)
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
