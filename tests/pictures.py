"""Runs of commands whose pictures nobody looks at: drawing is most of their time, and the tests of charts draw them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import Signature, isfunction, signature
from typing import Any

import pytest
from matplotlib.figure import Figure

from simulator import charts


@contextmanager
def undrawn() -> Iterator[None]:
    """Pictures are asked for, with all that they need, but not drawn: their files are empty."""
    with pytest.MonkeyPatch.context() as patch:
        for name, draw in list(vars(charts).items()):
            if isfunction(draw) and draw.__module__ == charts.__name__:
                patch.setattr(charts, name, partial(_blank, signature(draw)))
        yield


def _blank(asked: Signature, *values: Any, **named: Any) -> dict[str, bytes]:
    given = asked.bind(*values, **named)
    given.apply_defaults()
    return dict.fromkeys(given.arguments.get("kinds", ("svg", "png")), b"")


@contextmanager
def unpainted() -> Iterator[None]:
    """Pictures are drawn as lines and words; what would be pixels is left empty."""
    save = Figure.savefig

    def drawn(figure: Figure, file: Any, **how: Any) -> None:
        if how["format"] == "svg":
            save(figure, file, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", drawn)
        yield
