"""One scenario read once and asked many times: each case lays overlays and sets values on it, without a file.

A case is quick because its values are laid down without the lines and columns that only a refusal needs. Where anything
is refused, or an address could mean another value than it does in the base, the case is read again the long way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.fields import switched
from simulator.layers import Reader, start
from simulator.overlays import overlay
from simulator.problems import ScenarioError
from simulator.scenario import Scenario
from simulator.scenario_file import ORIGIN, SETTING, Files, Loaded, Piece, build, listed, piece, resolved
from simulator.set_values import Setting, Words, applied, found, split, words_of
from simulator.yaml_tree import Address, Tree, at, names
from simulator.yaml_values import dump

__all__ = ["Base", "Piece", "base", "base_of", "piece"]

MOST_GROUNDS = 8
"""How many trees with overlays laid over them a base keeps at hand for its next case."""


@dataclass(frozen=True)
class _Ground:
    """A tree with overlays laid over it, ready to have values set, and its addresses in words."""

    tree: Tree
    known: Words


@dataclass(frozen=True)
class Base:
    """A scenario as read, with what it was read from; it goes to another process or machine without a file.

    `first` is the file with all that it extends, `pieces` the overlays and `sets` the values of every case.
    """

    first: Tree
    files: Files
    pieces: tuple[Piece, ...] = ()
    sets: tuple[str, ...] = ()
    grounds: dict[tuple[Files, ...], _Ground] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Leave behind what can be laid again."""
        return {**vars(self), "grounds": {}}

    def case(self, overlays: Sequence[Piece] = (), sets: Sequence[str] = ()) -> Scenario:
        """Return the scenario of one case: what `load` gives for the base's overlays and then these, and so for sets.

        Raises:
            ScenarioError: with every problem found.
        """
        try:
            tree = self._quickly((*self.pieces, *overlays), (*self.sets, *sets))
            if tree is not None:
                return build(tree)
        except (ScenarioError, KeyError):
            pass  # what is new has no line or column here; the long way says what is wrong and where
        return build(resolved(self.first, (*self.pieces, *overlays), (*self.sets, *sets))[0])

    def whole(self, overlays: Sequence[Piece] = (), sets: Sequence[str] = ()) -> Loaded:
        """Return a case with its resolved text, its changes and the files it was read from; slower than `case`.

        Raises:
            ScenarioError: with every problem found.
        """
        pieces = (*self.pieces, *overlays)
        tree, changes, kept = resolved(self.first, pieces, (*self.sets, *sets))
        # A file that several extend is listed once.
        files = dict.fromkeys((*self.files, *(one for laid in pieces for one in laid.files)))
        return Loaded(build(tree), dump(tree.value), tuple(files), tree, changes, kept)

    def _quickly(self, pieces: tuple[Piece, ...], sets: tuple[str, ...]) -> Tree | None:
        """Return the values of a case with the lines and columns of its ground; None where that takes the long way."""
        ground = self._ground(pieces)
        value, places, fresh = ground.tree.value, list[Address](), set[tuple[str, ...]]()
        for setting in sets:
            address, text = split(setting, ORIGIN)
            parts = tuple(address.split("."))
            if any(words in (parts, parts[:-1]) or words[-len(parts) :] == parts for words in fresh):
                return None
            tree = Tree(value, ground.tree.marks, ground.tree.keys)
            asked = found(tree, address, text, SETTING, ground.known)
            if _moves_names(asked, ground, places):
                return None
            value = applied(value, asked)
            places.append(asked.place)
            fresh |= set(_fresh(value, asked, ground))
        return Tree(value, ground.tree.marks, ground.tree.keys)

    def _ground(self, pieces: tuple[Piece, ...]) -> _Ground:
        key = tuple(laid.files for laid in pieces)
        if key not in self.grounds:
            tree = self.first
            for laid in pieces:
                tree = overlay(tree, laid.tree)
            tree = switched(tree, Scenario)
            while len(self.grounds) >= MOST_GROUNDS:
                self.grounds.pop(next(iter(self.grounds)), None)
            self.grounds[key] = _Ground(tree, words_of(tree))
        return self.grounds[key]


def base(path: Path | str, overlays: Sequence[Path | str] = (), sets: Sequence[str] = ()) -> Base:
    """Read a scenario file with the overlays and values, each `ADDRESS=VALUE`, that lie over it in every case.

    Raises:
        ScenarioError: when a file cannot be read; what the scenario's models refuse, each case says.
    """
    reader = Reader()
    first = reader.whole(*start(path))
    return Base(first, listed(reader), tuple(piece(laid) for laid in overlays), tuple(sets))


def base_of(data: bytes, name: str) -> Base:
    """Read a scenario that came as bytes, called `name`: it may extend shipped files only.

    Raises:
        ScenarioError: when it cannot be read.
    """
    reader = Reader()
    first = reader.given(data, name)
    return Base(first, listed(reader))


def _moves_names(asked: Setting, ground: _Ground, places: Sequence[Address]) -> bool:
    """Whether a setting changes what later addresses mean, or what an agreement of another kind would keep.

    Ids are steps of addresses; an agreement whose kind changes loses fields by the files that state them; and what an
    earlier setting of the case already replaced has no address in the ground any more.
    """
    place = asked.place
    if place[-1] == "id" or isinstance(at(ground.tree.value, place), list):
        return True
    if place[0] == "agreements" and (place[-1] == "kind" or place not in ground.known):
        return True
    return any(place[: len(earlier)] == earlier and place != earlier for earlier in places)


def _fresh(value: Any, asked: Setting, ground: _Ground) -> Iterator[tuple[str, ...]]:
    """Yield addresses in words that a setting made and its ground does not have."""
    for top in (asked.place, ("sources",)) if asked.sourced else (asked.place,):
        for place in _beneath(at(value, top), top):
            if place not in ground.known:
                yield tuple(names(value, place))


def _beneath(held: Any, place: Address) -> Iterator[Address]:
    yield place
    for step, inner in held.items() if isinstance(held, dict) else ():
        yield from _beneath(inner, (*place, step))
