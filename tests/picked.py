"""Cases of a test that are tried each time, and those that only `make prove` tries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def picked(cases: Iterable[Any], *each_time: Any) -> list[Any]:
    """Return every case for `parametrize`; those not named are slow proofs of the same claim.

    Raises:
        ValueError: when a case is named that is none.
    """
    found = list(cases)
    if strange := set(each_time) - set(found):
        raise ValueError(f"no such case: {sorted(map(str, strange))}")
    return [case if case in each_time else pytest.param(case, marks=pytest.mark.prove) for case in found]
