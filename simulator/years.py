"""Financial years: 1 April to 31 March, written `2026-27`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic_core import CoreSchema, core_schema

FIRST, LAST = 1990, 2098
_LABEL = re.compile(r"([0-9]{4})[-/]([0-9]{2})")


@dataclass(frozen=True, order=True)
class FinancialYear:
    """The year that begins on 1 April of `start`."""

    start: int

    @classmethod
    def parse(cls, text: object) -> FinancialYear:
        """Return the year that `text` names; `2026-27` and `2026/27` are accepted, nothing else.

        Raises:
            ValueError: when `text` is not a financial year or its halves do not follow.
        """
        if isinstance(text, FinancialYear):
            return text
        match = _LABEL.fullmatch(text) if isinstance(text, str) else None
        if not match:
            raise ValueError("a financial year is written 2026-27")
        start = int(match[1])
        if (start + 1) % 100 != int(match[2]):
            raise ValueError(
                f"the year after {start} ends in {(start + 1) % 100:02d}: write {start}-{(start + 1) % 100:02d}"
            )
        if not FIRST <= start <= LAST:
            raise ValueError(
                f"financial years run from {FIRST}-{(FIRST + 1) % 100:02d} to {LAST}-{(LAST + 1) % 100:02d}"
            )
        return cls(start)

    def __add__(self, years: int) -> FinancialYear:
        """Return the year `years` later."""
        return FinancialYear(self.start + years)

    def __sub__(self, other: FinancialYear) -> int:
        """Return how many years this one is after `other`."""
        return self.start - other.start

    def __str__(self) -> str:
        """Return the label, `2026-27`."""
        return f"{self.start}-{(self.start + 1) % 100:02d}"

    @property
    def end(self) -> str:
        """The last day of the year, as people write it."""
        return f"31 March {self.start + 1}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        """Let a scenario field of this type be read from and written as its label."""
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        """Describe the label to editors."""
        return {"type": "string", "pattern": r"^\d{4}[-/]\d{2}$", "examples": ["2026-27"]}
