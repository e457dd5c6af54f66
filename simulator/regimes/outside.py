"""A party outside the model: it pays or is paid under an agreement, and has no books here."""

from __future__ import annotations

from typing import Literal

from simulator.assumptions import Frozen, Identifier, Label


class Outside(Frozen):
    """A counterparty without books, such as NHS England or other ICBs."""

    kind: Literal["outside"]
    id: Identifier
    name: Label
