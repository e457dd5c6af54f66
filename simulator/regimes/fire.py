"""The rules of fire and rescue: budgets and reserves as a council has, and a general reserve to be justified."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from simulator.place import LocalAuthority, Tier

Floats = npt.NDArray[np.float64]

JUSTIFIED_ABOVE = 0.05
"""Share of net budget above which a general reserve needs a justification (Fire National Framework, England, 2018)."""


class Fire(LocalAuthority):
    """A fire and rescue authority that stands alone: grants, a precept, and reserves like a council's."""

    kind: Literal["fire"]
    ons_code: str | None = Field(None, pattern=r"^E\d{8}$", description="nine characters, in quotes")

    @property
    def tier(self) -> Tier | None:
        """Which referendum limits bind it."""
        return "fire"


def needs_justifying(general_fund: Floats, net_budget: Floats) -> Floats:
    """Return the pounds of general reserve above 5% of the net budget, which must be justified, not given up."""
    above: Floats = np.maximum(general_fund - JUSTIFIED_ABOVE * net_budget, 0.0)
    return above
