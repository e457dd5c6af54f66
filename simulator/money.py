"""Money and shares as a scenario file writes them, and as people read them.

Amounts are read as exact decimals in the file's declared unit and turned once into nominal pounds
(float64). Shares and rates are written with a per cent sign, so that 2 and 2% cannot be confused.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import ceil
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

UNITS = {"£": Decimal(1), "£k": Decimal(1_000), "£m": Decimal(1_000_000)}
LARGEST = 1e12
HALF_PENNY = 0.005


def _decimal(found: Any, what: str) -> Decimal:
    if isinstance(found, bool) or not isinstance(found, int | float | Decimal):
        raise PydanticCustomError("number", "{what} is a plain number, without commas, signs or units", {"what": what})
    return Decimal(str(found))


def _pounds(found: Any, info: ValidationInfo) -> float:
    unit = (info.context or {}).get("money", "£m")
    pounds = float(_decimal(found, "an amount") * UNITS[unit])
    if not 0 <= pounds <= LARGEST:
        rule = "an amount is between nought and £1,000,000m; the kind of line says whether it is income or spending"
        raise PydanticCustomError("amount", rule)
    return pounds


def _plain_pounds(found: Any) -> float:
    value = float(_decimal(found, "an amount in pounds"))
    if not 0 < value <= LARGEST:
        raise PydanticCustomError("amount", "an amount in pounds is above nought")
    return value


def _per_cent(found: Any) -> float:
    if isinstance(found, int | float | Decimal) and not isinstance(found, bool) and found == 0:
        return 0.0
    # Decimal alone would take 1_0, +5, 1e9999999 and digits of other scripts.
    if isinstance(found, str) and re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})? ?%", found):
        return float(Decimal(found[:-1].strip()) / 100)
    raise PydanticCustomError("per_cent", "a rate or share is written with a per cent sign, such as 2.5%")


def _within(low: float, high: float) -> BeforeValidator:
    def check(found: Any) -> float:
        value = _per_cent(found)
        if not low <= value <= high:
            rule = f"this rate or share is between {low:.0%} and {high:.0%}"
            raise PydanticCustomError("range", rule.replace("{", "("))
        return value

    return BeforeValidator(check)


def _real(found: Any) -> float:
    return float(_decimal(found, "this"))


def _bound(found: Any) -> float:
    return _per_cent(found) if isinstance(found, str) and found.rstrip().endswith("%") else _real(found)


_PERCENT = WithJsonSchema(
    {"type": ["string", "number"], "pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,20})? ?%$", "examples": ["2.5%"]}
)
_NUMBER = WithJsonSchema({"type": "number"})

Amount = Annotated[float, BeforeValidator(_pounds), _NUMBER]
Pounds = Annotated[float, BeforeValidator(_plain_pounds), _NUMBER]
Real = Annotated[float, BeforeValidator(_real), _NUMBER]
Bound = Annotated[float, BeforeValidator(_bound), WithJsonSchema({"type": ["string", "number"], "examples": ["5%"]})]
Growth = Annotated[float, _within(-0.5, 0.5), _PERCENT]
Share = Annotated[float, _within(0.0, 1.0), _PERCENT]
Spread = Annotated[float, _within(0.0, 0.5), _PERCENT]


def enough_in_millions(pounds: float) -> str:
    """Return the least sum of whole £10,000s that is not below an amount: `£2.39m`; rounded down it would not do."""
    return in_millions(ceil(pounds / 1e4 - 1e-6) * 1e4, 2)


def in_millions(pounds: float, places: int = 1) -> str:
    """Return `pounds` as people read it: `£12.7m`, `-£3.0m`; never `-£0.0m`."""
    size = f"{abs(pounds) / 1e6:,.{places}f}"
    sign = "-" if pounds < 0 and float(size.replace(",", "")) != 0 else ""
    return f"{sign}£{size}m"


def annuity(rate: float, years: int) -> float:
    """Return the yearly charge that repays £1 over `years` with interest at `rate`."""
    if rate == 0:
        return 1 / years
    return float(rate / (1 - (1 + rate) ** -years))
