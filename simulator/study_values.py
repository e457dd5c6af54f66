"""How a study's values are written for a scenario: as `--set` takes them, and so that they read back exactly."""

from __future__ import annotations

from decimal import Decimal, localcontext

from simulator.studies import Setting, Varied
from simulator.yaml_values import BadScalarError, scalar, write_scalar

DIGITS, FINE, LEAST = 12, 16, -20
"""Digits to which a range is parted, digits of a number that count, and the last place that a percentage has."""
_PLENTY, SHORT = 120, 6
_QUOTES = "'\""


def setting(address: str, value: Setting) -> str:
    """Return `ADDRESS=VALUE` for a value, as `--set` takes it; what is read back is the same value."""
    return f"{address}={_plain(value) if isinstance(value, str) else write_scalar(value)}"


def _plain(text: str) -> str:
    """Return text that stands as it is where it reads back so, and in quotes else."""
    try:
        same = scalar(text) == text and text == text.strip()
    except BadScalarError:
        same = False
    wrapped = len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES
    return text if same and not wrapped else f'"{text}"'


def exact(value: Setting) -> Decimal | None:
    """Return the digits of a number or percentage as written (5% is 5); nothing for what is neither."""
    if isinstance(value, bool):
        return None
    if not isinstance(value, str):
        return Decimal(value)
    digits = scalar_or_none(value.removesuffix("%").strip()) if value.endswith("%") else None
    return None if digits is None else Decimal(digits)


def scalar_or_none(text: str) -> int | Decimal | None:
    """Return the number that text is, or nothing."""
    try:
        found = scalar(text)
    except BadScalarError:
        return None
    return found if isinstance(found, int | Decimal) and not isinstance(found, bool) else None


def as_number(value: Setting) -> float | None:
    """Return a value as the scenario's models read it (5% is 0.05); nothing for what is no number."""
    digits = exact(value)
    if digits is None:
        return None
    return float(digits / 100 if isinstance(value, str) else digits)


def between(one: Varied, share: float | tuple[int, int]) -> Setting:
    """Return the value at a share of the way from `low` to `high`, as a scenario file writes it.

    The share is a number from 0 to 1, or a fraction as two whole numbers. The value is rounded to a billionth of a
    thousandth of the range, so that what is written is short and what is read is what was drawn.

    Raises:
        ValueError: when the values are listed, so that nothing lies between.
    """
    low, high = (None if end is None else exact(end) for end in (one.low, one.high))
    if low is None or high is None:
        raise ValueError(f"{one.id} lists its values; nothing lies between them")
    with localcontext(prec=_PLENTY):
        width, top = high - low, max(abs(low), abs(high))
        part = Decimal(share[0]) / share[1] if isinstance(share, tuple) else Decimal(share)
        place = max(width.adjusted() - DIGITS, top.adjusted() - FINE, LEAST if one.percent else -_PLENTY)
        drawn = (low + width * part).quantize(Decimal(1).scaleb(place))
        drawn = min(max(drawn, low), high)
        short = Decimal(format(drawn.normalize(), "f"))
    return f"{short:f}%" if one.percent else short


def in_short(value: Setting) -> str:
    """Return a value as people read it, a long number to four figures."""
    digits = exact(value)
    if digits is None or len(digits.as_tuple().digits) <= SHORT:
        return value if isinstance(value, str) else write_scalar(value)
    return f"{float(digits):.4g}{'%' if isinstance(value, str) else ''}"
