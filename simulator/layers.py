"""A scenario file with all that it extends: each file read once, guarded, and laid over its parents."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from simulator.files import is_file, read_bytes, sha256, shipped, shipped_names
from simulator.overlays import overlay
from simulator.problems import Problem, ScenarioError
from simulator.yaml_tree import Address, Tree, parse

FORMAT, DEEPEST, FILES, PARENTS = 1, 10, 50, 20
NOWHERE = Path("no folder")
"""Where a scenario stands that came without a file; no file can be found beside it."""


def start(path: Path | str) -> tuple[Path, str]:
    """Return the file that a command names, and what to call it: one of the user's, else a shipped one."""
    if not str(path).strip():
        rule, remedy = "no file is named here", "name one, such as scenarios/blackburn-with-darwen.yaml"
        raise ScenarioError((Problem('""', 0, 0, "", "", rule, remedy),))
    found = None if is_file(path) else shipped(str(path))
    return found or Path(path), str(path)


@dataclass
class Reader:
    """Reads each file once and keeps its digest."""

    files: list[tuple[str, str]] = field(default_factory=list)
    trees: dict[Path, Tree] = field(default_factory=dict)

    def whole(self, path: Path, name: str, below: tuple[Path, ...] = (), piece: bool = False) -> Tree:
        """Return a file laid over all that it extends; `piece` if it is to lie over a scenario."""
        return self._over(self._one(read_bytes(path), name), path, below, piece)

    def given(self, data: bytes, name: str) -> Tree:
        """Return what stands in no file, laid over all that it extends: shipped files, since no folder is beside it."""
        return self._over(self._one(data, name), NOWHERE / name, (), False)

    def _over(self, tree: Tree, path: Path, below: tuple[Path, ...], piece: bool) -> Tree:
        chain = (*below, path.resolve())
        laid: Tree | None = None
        for address, parent in _parents(tree):
            found, called = locate(tree, address, parent, path)
            self._guard(tree, address, found, chain)
            held = self.trees.get(found) or self.trees.setdefault(found, self.whole(found, called, chain, piece))
            # Shipped beliefs would undo what the scenario changes of them; a library beside them undoes nothing.
            if piece and ("place" in held.value or (parent.startswith("defaults/") and "drivers" in held.value)):
                rule = "an overlay extends only overlays, which state what differs"
                raise fault(tree, address, rule, "let the scenario extend it instead")
            laid = overlay(laid, held) if laid else held
        own = without(tree, "extends")
        return overlay(laid, own) if laid else own

    def _one(self, data: bytes, name: str) -> Tree:
        tree = parse(data, name)
        if not isinstance(tree.value, dict):
            raise fault(tree, (), "a scenario is named values, each as `name: value`", "see `headroom new`")
        if "study" in tree.value:
            rule = "this is a study, which asks one scenario many times; a scenario is wanted here"
            raise fault(tree, ("study",), rule, f"run it with `headroom batch {name} --out FOLDER`")
        if "headroom" in tree.value:
            check_format(tree)
        self.files.append((name, sha256(data)))
        return tree

    def _guard(self, tree: Tree, address: Address, found: Path, chain: tuple[Path, ...]) -> None:
        if found in chain:
            raise fault(tree, address, "files extend one another in one direction only", "break the ring")
        if len(chain) > DEEPEST:
            raise fault(tree, address, f"files extend one another at most {DEEPEST} deep", "join some of them")
        if len(self.files) >= FILES:
            raise fault(tree, address, f"a scenario is made of at most {FILES} files", "join some of them")


def _parents(tree: Tree) -> list[tuple[Address, str]]:
    stated = tree.value.get("extends")
    listed = stated if isinstance(stated, list) else [] if stated is None else [stated]
    if len(listed) > PARENTS or not all(isinstance(name, str) for name in listed):
        rule = f"`extends` is a file name or a list of at most {PARENTS}"
        raise fault(tree, ("extends",), rule, "write `extends: defaults/uk-2026.yaml`")
    single = not isinstance(stated, list)
    return [(("extends",) if single else ("extends", i), name) for i, name in enumerate(listed)]


def locate(tree: Tree, address: Address, parent: str, path: Path) -> tuple[Path, str]:
    """Return the file that the file at `path` names at an address, shipped or beside it or below, and what to call it.

    Raises:
        ScenarioError: when there is none of the name, or it stands elsewhere.
    """
    room = parent.partition("/")[0]
    if room in ("defaults", "scenarios"):
        if found := shipped(parent):
            return found, parent
        listed = ", ".join(shipped_names(room)) or "none"
        raise fault(tree, address, f"names that begin with {room}/ are shipped files", f"shipped here: {listed}")
    folder = path.parent.resolve()
    found = folder / parent
    rule = "a file stands in the folder of the file that names it, or below"
    if ".." in Path(parent).parts or Path(parent).is_absolute():
        raise fault(tree, address, rule, "move it there and name it without .. or a leading /")
    if not is_file(found) or not found.resolve().is_relative_to(folder):
        raise fault(tree, address, rule, "check its name; shipped files begin with defaults/ or scenarios/")
    name = Path(tree.marks[()].file).parent / parent
    return found.resolve(), name.as_posix()


def without(tree: Tree, key: str) -> Tree:
    """Return a tree without one of its top fields."""
    value = {name: held for name, held in tree.value.items() if name != key}
    marks = {address: mark for address, mark in tree.marks.items() if address[:1] != (key,)}
    keys = {address: mark for address, mark in tree.keys.items() if address[:1] != (key,)}
    return Tree(value, marks, keys)


def check_format(tree: Tree) -> None:
    """Refuse a file whose form this version cannot read.

    Raises:
        ScenarioError: when it states no form, or another.
    """
    stated = tree.value.get("headroom")
    if isinstance(stated, int) and not isinstance(stated, bool):
        if stated == FORMAT:
            return
        if stated > FORMAT:
            rule = f"this version of Headroom reads form {FORMAT} of the file; this one has form {stated}"
            raise fault(tree, ("headroom",), rule, "install a newer Headroom")
    rule = "a file says which form it has, so that later versions can still read it"
    raise fault(tree, ("headroom",), rule, f"begin the file with `headroom: {FORMAT}`")


def fault(tree: Tree, address: Address, rule: str, remedy: str) -> ScenarioError:
    """Return an error with one problem."""
    return ScenarioError((tree.problem(address, rule, remedy),))
