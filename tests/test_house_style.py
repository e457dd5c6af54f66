"""Sizes, docstrings and comments: the norms that keep the house readable, as tests.

An exception is recorded with its reason; one that is no longer needed is itself a failure.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LONGEST_FUNCTION = 40
LONGEST_MODULE = 300
MOST_ARGUMENTS = 6
MOST_COMMENTS = 10  # in a hundred lines that are not blank
COMMENTS_ALWAYS_ALLOWED = 2  # so that a very short file may still explain itself
LEAST_TESTS = 0.6  # lines of tests to lines of source

# ("simulator/grants.py", "function or -", "norm"): "reason". A method is named Class.method; the norms
# are function length, module length, arguments, docstring, comments and bare ignore.
EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("simulator/run.py", "simulate", "arguments"): "the one call that every door makes, each argument by name",
}

Breach = tuple[str, str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, Function]]:
    """Every function with its full name, methods and inner functions included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield within + node.name, node
        inner = f"{within}{node.name}." if isinstance(node, Function | ast.ClassDef) else within
        yield from functions(node, inner)


def public(tree: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Public classes and functions, and the public methods of public classes."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield within + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{within}{node.name}.")


def body_lines(node: Function) -> int:
    """Lines from the def to the end, the docstring left out."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return lines
    docstring = node.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def argument_count(node: Function) -> int:
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    starred = [star for star in (node.args.vararg, node.args.kwarg) if star]
    itself = bool(named) and named[0].arg in {"self", "cls"}
    return len(named) + len(starred) - itself


def comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def size_breaches(path: str, text: str) -> Iterator[Breach]:
    if len(text.splitlines()) > LONGEST_MODULE:
        yield path, "-", "module length"
    for name, node in functions(ast.parse(text)):
        if body_lines(node) > LONGEST_FUNCTION:
            yield path, name, "function length"
        if argument_count(node) > MOST_ARGUMENTS:
            yield path, name, "arguments"


def docstring_breaches(path: str, text: str) -> Iterator[Breach]:
    tree = ast.parse(text)
    if ast.get_docstring(tree) is None:
        yield path, "-", "docstring"
    for name, node in public(tree):
        if ast.get_docstring(node) is None:
            yield path, name, "docstring"


def comment_breaches(path: str, text: str) -> Iterator[Breach]:
    lines = sum(1 for line in text.splitlines() if line.strip())
    allowed = max(COMMENTS_ALWAYS_ALLOWED, lines * MOST_COMMENTS / 100)
    if len(comments(text)) > allowed:
        yield path, "-", "comments"


def ignore_breaches(path: str, text: str) -> Iterator[Breach]:
    bare = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:))", re.IGNORECASE)
    # Most files hold no such words at all, and are not taken apart.
    if bare.search(text) and any(bare.search(comment) for comment in comments(text)):
        yield path, "-", "bare ignore"


def source_breaches(path: str, text: str) -> set[Breach]:
    checks = (size_breaches, docstring_breaches, comment_breaches, ignore_breaches)
    return {breach for check in checks for breach in check(path, text)}


def python_files(*folders: str) -> dict[str, str]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def house_breaches() -> set[Breach]:
    source = {breach for path, text in python_files("simulator").items() for breach in source_breaches(path, text)}
    beside = python_files("tests", "benchmarks")
    return source | {breach for path, text in beside.items() for breach in ignore_breaches(path, text)}


def line_count(files: dict[str, str]) -> int:
    return sum(len(text.splitlines()) for text in files.values())


def test_the_norms_are_kept() -> None:
    found = sorted(house_breaches() - set(EXCEPTIONS))
    assert not found, "\n" + "\n".join(map(str, found))


def test_every_exception_is_still_needed() -> None:
    assert sorted(set(EXCEPTIONS) - house_breaches()) == []


def test_every_exception_gives_its_reason() -> None:
    assert [breach for breach, reason in EXCEPTIONS.items() if not reason.strip()] == []


def test_there_are_enough_tests() -> None:
    tests, source = line_count(python_files("tests")), line_count(python_files("simulator"))
    assert tests >= LEAST_TESTS * source, f"{tests} lines of tests for {source} lines of source"


def long_function(lines: int) -> str:
    """A documented function whose def line and body come to the given number of lines."""
    return '"""M."""\n\ndef f():\n    """Do.\n\n    More.\n    """\n' + "    x = 1\n" * (lines - 1)


PLANTED = {
    "long function": (long_function(LONGEST_FUNCTION + 1), ("f", "function length")),
    "long method": (
        '"""M."""\nclass A:\n    """A."""\n    def _f(self):\n' + "        x = 1\n" * LONGEST_FUNCTION,
        ("A._f", "function length"),
    ),
    "long module": ('"""M."""\n' + "x = 1\n" * LONGEST_MODULE, ("-", "module length")),
    "many arguments": ('"""M."""\ndef _f(a, b, c, d, *, e, f, g): ...\n', ("_f", "arguments")),
    "many arguments to a method": (
        '"""M."""\nclass _A:\n    def f(self, a, b, c, d, e, f, g): ...\n',
        ("_A.f", "arguments"),
    ),
    "no module docstring": ("x = 1\n", ("-", "docstring")),
    "no class docstring": ('"""M."""\nclass A:\n    x = 1\n', ("A", "docstring")),
    "no function docstring": ('"""M."""\nasync def f(): ...\n', ("f", "docstring")),
    "no method docstring": ('"""M."""\nclass A:\n    """A."""\n    def f(self): ...\n', ("A.f", "docstring")),
    "narration": ('"""M."""\n' + "x = 1\n" * 16 + "# why\n" * 3, ("-", "comments")),
    "bare ignore": ('"""M."""\nx = 1  # type: ignore\n', ("-", "bare ignore")),
    "bare noqa": ('"""M."""\nx = 1  # noqa\n', ("-", "bare ignore")),
}


@pytest.mark.parametrize(("text", "expected"), PLANTED.values(), ids=PLANTED)
def test_a_planted_breach_is_caught(text: str, expected: tuple[str, str]) -> None:
    assert source_breaches("planted.py", text) == {("planted.py", *expected)}


@pytest.mark.parametrize(
    "text",
    [
        '"""M."""',
        long_function(LONGEST_FUNCTION),
        '"""M."""\n' + "x = 1\n" * (LONGEST_MODULE - 1),
        '"""M."""\nclass _A:\n    def f(self, a, b, c, d, *, e, f): ...\n',
        '"""M."""\ndef f():\n    """Do."""\n    def inner(): ...\n',
        '"""M."""\nx = 1  # type: ignore[assignment]\n',
        '"""M."""\n' + "x = 1\n" * 26 + "# why\n" * 3,
        '"""M."""\nx = "# type: ignore"\n',
    ],
)
def test_good_style_passes(text: str) -> None:
    assert source_breaches("planted.py", text) == set()
