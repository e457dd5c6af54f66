"""What fields the models know at an address of a file, whichever kind of body or agreement stands there."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from simulator.assumptions import Assumption
from simulator.yaml_tree import Address, Tree, at, shown


class Schema(NamedTuple):
    """The models that read a file, and the file's values, whose `kind` says which of several models reads them."""

    model: type[BaseModel]
    value: Any

    def fields(self, address: Address) -> dict[str, str]:
        """Return the fields known at an address, as a file names them, with what each means."""
        kind = self._reads(address)
        if kind is None:
            return {}
        return {field.alias or name: field.description or "" for name, field in kind.model_fields.items()}

    def own(self, address: Address) -> dict[str, str]:
        """Return those of the fields at an address that the model there adds to what all of its family have."""
        added = getattr(self._reads(address), "__annotations__", {})
        return {name: meaning for name, meaning in self.fields(address).items() if name in added and name != "kind"}

    def _reads(self, address: Address) -> type[BaseModel] | None:
        kind: Any = self.model
        for depth, step in enumerate(address):
            kind = _inside(_chosen(kind, at(self.value, address[:depth])), step)
        return _model(_chosen(kind, at(self.value, address)))

    def kinds(self, address: Address) -> list[str]:
        """Return the kinds that a record at an address may have, in their order."""
        kind: Any = self.model
        for step in address:
            kind = _inside(kind, step)
        return [name for name, _ in _by_kind(kind)]


def switched(tree: Tree, model: type[BaseModel]) -> Tree:
    """Return a tree in which an agreement whose `kind` a later file changes has lost the old kind's own fields.

    So `{id: contract, kind: block}` switches a contract. What the file that states the kind says itself stays.
    """
    schema, gone = Schema(model, tree.value), set[Address]()
    listed = at(tree.value, ("agreements",))
    for i, record in enumerate(listed if isinstance(listed, list) else ()):
        here = ("agreements", i)
        if not isinstance(record, dict) or (*here, "kind") not in tree.marks or not (fields := schema.fields(here)):
            continue
        file = tree.marks[*here, "kind"].file
        gone |= {(*here, key) for key in record if key not in fields and tree.keys[*here, key].file != file}
    if not gone:
        return tree
    kept = [
        {key: held for key, held in record.items() if ("agreements", i, key) not in gone}
        for i, record in enumerate(tree.value["agreements"])
    ]
    marks, keys = (
        {address: mark for address, mark in held.items() if address[:3] not in gone} for held in (tree.marks, tree.keys)
    )
    return Tree(tree.value | {"agreements": kept}, marks, keys)


def retained(before: Tree, after: Tree, model: type[BaseModel]) -> tuple[str, ...]:
    """Return a sentence for each agreement of another kind than before that keeps terms the new kind reads as its own.

    A share of one kind may mean another thing in the next, so what stayed is told with its meaning, then what is gone.
    """
    schema, found = Schema(model, after.value), list[str]()
    was = {str(record.get("id")): record for record in _agreements(before)}
    for i, record in enumerate(_agreements(after)):
        old = was.get(str(record.get("id")), record)
        if old.get("kind") == record.get("kind"):
            continue
        stayed = [
            f"{name} {_said(record[name])} ({meaning})"
            for name, meaning in schema.own(("agreements", i)).items()
            if name in record and old.get(name) == record[name]
        ]
        gone = [f"{name} {_said(held)}" for name, held in old.items() if name not in record]
        if stayed:
            left = f"; no longer there: {', '.join(gone)}" if gone else ""
            switch = f"{record.get('name')} is {record.get('kind')} now, not {old.get('kind')}"
            found.append(f"{switch}; kept as entered before: {', '.join(stayed)}{left}")
    return tuple(found)


def _agreements(tree: Tree) -> list[dict[str, Any]]:
    listed = at(tree.value, ("agreements",))
    return [record for record in listed if isinstance(record, dict)] if isinstance(listed, list) else []


def _said(held: Any) -> str:
    """Return a number in a record as text, or that there are values by name."""
    value = held.get("value", held.get("central")) if isinstance(held, dict) else held
    return "by name" if value is None or isinstance(value, dict | list) else shown(value)


def _by_kind(kind: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the models of a union by the `kind` that each reads."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        stated = kind.model_fields.get("kind")
        yield from ((str(name), kind) for name in (get_args(stated.annotation) if stated else ()))
        return
    for part in get_args(kind):
        yield from _by_kind(part)


def _chosen(kind: Any, value: Any) -> Any:
    """Return the one model of a union that reads a value, by its `kind`; else the union as it is."""
    if isinstance(kind, type) or not isinstance(value, dict):
        return kind
    return dict(_by_kind(kind)).get(str(value.get("kind")), kind)


def _model(kind: Any) -> type[BaseModel] | None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((found for part in get_args(kind) if (found := _model(part))), None)


def _inside(kind: Any, step: str | int) -> Any:
    """The type of what stands under one step of an address."""
    if get_origin(kind) in (list, dict):
        return get_args(kind)[-1]
    if isinstance(kind, type) and issubclass(kind, BaseModel) and not issubclass(kind, Assumption):
        known = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return known.get(str(step))
    inner = (_inside(part, step) for part in get_args(kind))
    return next((found for found in inner if found is not None), None)


def is_assumption(model: type[BaseModel], value: Any, address: Address) -> bool:
    """Return whether the models read what stands at an address of a file's values as an assumption with its own source.

    A field of one name may be an assumption in one kind of body or agreement and a word in another.
    """
    kind: Any = model
    for depth, step in enumerate(address):
        kind = _inside(_chosen(kind, at(value, address[:depth])), step)
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return any(isinstance(part, type) and issubclass(part, Assumption) for part in kinds)
