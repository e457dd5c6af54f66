"""A link that restores what somebody looked at: the view, and where they say so the scenario with every figure changed.

The text of a link is `h1.` and base64url of compressed JSON. Links end up in logs and mails, so figures are in one only
where that was asked for; and whatever comes in by a link is a stranger's until it is checked.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import asdict, dataclass, fields
from typing import Any

from simulator.workbench import Opened

VERSION = "h1"
BEGUN = "."
"""How what a link calls the file that an app was started with begins: a mark of where it lies, and not its path."""
MOST_LINK, MOST_TEXT = 400_000, 2_000_000
"""Characters of a link, and bytes that one may unfold to: more is no link of ours."""


class BadLinkError(Exception):
    """A link that cannot be read, and why in plain words."""


@dataclass(frozen=True)
class Looks:
    """How somebody looks at a scenario; none of it changes a number.

    `partner` is a body's id or a kind of body, nothing for the whole place; see `viewing`. `body` and `view` are the
    one body and the view that pages show most of, nothing for where they begin.
    """

    view_as: str = "director"
    prices: str = "cash"
    partner: str = ""
    signs: str = ""
    page: str = ""
    body: str = ""
    view: str = ""


@dataclass(frozen=True)
class Shared:
    """What a link holds; `figures` says whether changes and an uploaded file are in it."""

    opened: Opened
    looks: Looks
    figures: bool


def link(shared: Shared) -> str:
    """Return the text of a link."""
    opened, looks = shared.opened, {name: held for name, held in asdict(shared.looks).items() if held}
    if not shared.figures and (opened.text or opened.source.startswith(BEGUN)):
        # Ids of the bodies of somebody's own file are names out of it.
        looks = {name: held for name, held in looks.items() if name not in {"body", "partner"}}
    said: dict[str, Any] = {"looks": looks}
    if not opened.text:
        said["source"] = opened.source
    if shared.figures:
        said |= {"overlays": list(opened.overlays), "sets": [list(one) for one in opened.sets], "figures": True}
        said |= {"text": opened.text} if opened.text else {}
    packed = zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def unlinked(text: str) -> Shared:
    """Return what a link holds.

    Raises:
        BadLinkError: when it is of another version, was cut short or holds what no link of ours does.
    """
    version, _, packed = text.partition(".")
    if version != VERSION:
        raise BadLinkError("this link was made by another version of Headroom, or is no link of it")
    if len(packed) > MOST_LINK:
        raise BadLinkError("this link is longer than any that Headroom makes")
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpack = zlib.decompressobj()
        plain = unpack.decompress(data, MOST_TEXT)
        if unpack.unconsumed_tail or not unpack.eof:
            raise BadLinkError("this link was cut short, or holds more than any that Headroom makes")
        said = json.loads(plain)
        return _read(said)
    except (binascii.Error, zlib.error, ValueError, TypeError, KeyError, RecursionError):
        raise BadLinkError("this link was cut short or changed on its way; ask for it again") from None


def _read(said: dict[str, Any]) -> Shared:
    asked = dict(said["looks"])
    if asked.keys() - {field.name for field in fields(Looks)}:
        raise BadLinkError("this link asks for what this version of Headroom does not know; ask for a new one")
    looks = Looks(**{name: _words(held) for name, held in asked.items()})
    text, source = _words(said.get("text", "")), _words(said.get("source", ""))
    overlays = tuple(_words(one) for one in said.get("overlays", ()))
    sets = tuple((_words(address), _words(value)) for address, value in said.get("sets", ()))
    return Shared(Opened(source, text, overlays, sets), looks, bool(said.get("figures")))


def _words(held: Any) -> str:
    if not isinstance(held, str):
        raise TypeError
    return held
