"""Single values in YAML: what unquoted text means, and how a value is written back."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

Scalar = str | int | bool | Decimal | None

DIGITS = 40
EXPONENTS = range(-70, 31)
# Control and format characters (bidirectional marks and zero widths among them) and blank fillers.
HIDDEN = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?")
_PART = re.compile(r"[0-9]{1,3}(\.[0-9]+)?")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_QUOTES = "put quotes round a code"
_REFUSED = (
    (r"(?i)[-+]?\.(nan|inf)", "a number is finite", "give a number, or take the line out"),
    (r"(?i)[-+]?0[xob][0-9a-f_]+", "a number is written in tens", _QUOTES),
    (r"[-+]?0[0-9][0-9_,.]*([eE].*)?", "a number does not begin with a spare nought", f"take it out, or {_QUOTES}"),
    (r"[-+]?[0-9][0-9_.]*,[0-9_,.]*", "a number has no commas", "write {}; put quotes round text"),
    (r"[-+]?[0-9][0-9.]*_[0-9_.]*", "a number has no underscores", f"write {{}}, or {_QUOTES}"),
    (r"\+[0-9.][0-9.eE+-]*", "a number has no plus sign", f"take the plus sign out, or {_QUOTES}"),
    (r"-?\.[0-9]+([eE].*)?|-?[0-9]+\.([eE].*)?", "a number has digits on both sides of its point", "write 0.5 or 5.0"),
)  # fmt: skip


class BadScalarError(ValueError):
    """A value that reads two ways or none: the rule it breaks and the remedy."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


def scalar(text: str) -> Scalar:
    """Return what unquoted `text` means: true, false, null, a number, or the text itself.

    Raises:
        BadScalarError: when other programs would read it as something else.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return _number(text)
    for pattern, rule, remedy in _REFUSED:
        if re.fullmatch(pattern, text):
            raise BadScalarError(rule, remedy.format(without_commas(text[:DIGITS].replace("_", ""))))
    return text


def without_commas(text: str) -> str:
    """Return the number that digits with commas mean; a comma that parts no thousands is taken for a point."""
    if "," not in text or _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    one_point = text.count(",") == 1 and "." not in text and not text.endswith(",")
    return text.replace(",", ".") if one_point else "it with a point and no commas, such as 1234.5"


def _number(text: str) -> int | Decimal:
    if len(text) > DIGITS:
        raise BadScalarError(f"a number has at most {DIGITS} characters", f"round it, or {_QUOTES}")
    if _WHOLE.fullmatch(text):
        return int(text)
    if abs(int(text.lower().partition("e")[2] or 0)) > 99 or not _in_reach(Decimal(text)):
        raise BadScalarError("a number lies between 1e-30 and 1e30", f"check its exponent, or {_QUOTES}")
    return Decimal(text)


def _in_reach(number: Decimal) -> bool:
    return (number.as_tuple().exponent in EXPONENTS and -30 <= number.adjusted() <= 30) or not number


def rejoined(held: list[tuple[str, Any]]) -> str:
    """Return the number that a comma in brackets split, or nothing; `{net: 7,500}` holds `net: 7` and `500:`."""
    digits = ""
    while held and _PART.fullmatch(held[-1][0]) and held[-1][1] is None:
        digits = f",{held.pop()[0]}{digits}"
    first = held[-1][1] if held else None
    whole = digits and isinstance(first, int) and not isinstance(first, bool)
    return without_commas(f"{first}{digits}") if whole else ""


def hidden_rule(character: str) -> str:
    """Return the rule that a hidden character breaks, with its name."""
    name = unicodedata.name(character, "a control character").lower()
    return f"text holds no hidden characters; here is U+{ord(character):04X} ({name})"


_PLAIN = re.compile(r"[A-Za-z0-9£]([A-Za-z0-9 _./()£%&'+-]*[A-Za-z0-9_./()£%&'+-])?")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_/-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def write_scalar(value: Scalar) -> str:
    """Return one value as YAML text that `parse` reads back as an equal value."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        plain = format(value, "f")
        return plain if len(plain) <= DIGITS else str(value).replace("E+", "E")
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    try:
        if _PLAIN.fullmatch(text) and scalar(text) == text:
            return text
    except BadScalarError:
        pass
    return _in_quotes(text)


def _in_quotes(text: str) -> str:
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    return '"' + HIDDEN.sub(lambda hit: f"\\U{ord(hit[0]):08X}", escaped) + '"'


def dump(value: Any) -> str:
    """Return plain values as YAML text, always the same for equal values, that `parse` reads back."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if not isinstance(value, dict | list):
        return [write_scalar(value)]
    if not value:
        return ["{}" if isinstance(value, dict) else "[]"]
    if isinstance(value, list):
        return [line for item in value for line in _hung("- ", _lines(item))]
    return [line for key, held in value.items() for line in _entry(key, held)]


def _hung(sign: str, lines: list[str]) -> list[str]:
    return [sign + lines[0], *("  " + line for line in lines[1:])]


def _entry(key: str, held: Any) -> list[str]:
    name = key if _PLAIN_KEY.fullmatch(key) else _in_quotes(key)
    lines = _lines(held)
    if isinstance(held, dict | list) and held:
        return [f"{name}:", *("  " + line for line in lines)]
    return [f"{name}: {lines[0]}"]
