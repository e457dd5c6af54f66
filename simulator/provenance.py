"""Where an answer came from: code, libraries, scenario, luck and machine, and the seals that bind its files.

The record keeps two digests apart: `results_sha256`, over the tables alone, which must repeat for ever, and
`pack_sha256`, over every file, which must repeat for one version of the code. What changes from run to run (when,
how long, how much memory) stands under `timings`, outside both.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator import __version__
from simulator.digest import meaning
from simulator.files import PACKAGE, package_files, sha256
from simulator.layers import FORMAT
from simulator.prepared import prepare
from simulator.scenario import Scenario
from simulator.shared_luck import luck_key
from simulator.streams import BLOCK
from simulator.streams import VERSION as STREAMS

MANIFEST = "manifest-sha256.txt"
RECORDS = ("run.json", "evidence.json", "study.json", "comparison.json")
"""What the record of a folder may be called; a folder has one."""
FORM = 1
"""The form of the record: it rises when a name in it changes its sense."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HASHED = re.compile(r"^([^,\n]+),sha256=([A-Za-z0-9_-]+),", re.MULTILINE)


class Doing(NamedTuple):
    """How a command went: its words, threads, start, seconds, greatest memory in bytes, and the folder it repeats.

    `argv` is what was typed and `again` what runs it again on the folder's own scenario, where that is not the same
    for every folder of its kind. `parent` is the SHA-256 of the list of files of the folder whose scenario was run
    again. What is not known is empty or None.
    """

    argv: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    workers: int | None = None
    started: str = ""
    seconds: float | None = None
    peak_bytes: int | None = None
    parent: str = ""


class Origin(NamedTuple):
    """Where a run comes from: the resolved text, what was read, what was laid over it, when and how it was made."""

    text: str
    files: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    made: str
    doing: Doing = Doing()


NOT_A_CHECKOUT = "no commit: not a checkout"
"""What a record says of code that was installed away from its repository."""


class Commit(NamedTuple):
    """The state of a checkout: its commit, and whether the code differs from it; None where that is not known."""

    id: str | None
    dirty: bool | None
    words: str


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as a file, numbers to ten digits."""
    return table.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()


def sealed(folder: dict[str, bytes]) -> dict[str, bytes]:
    """Return a folder with the list of its files and their digests, by which it is known again and checked."""
    return folder | {MANIFEST: listed({name: sha256(data) for name, data in folder.items()}).encode()}


def listed(digests: Mapping[str, str]) -> str:
    """Return digests by file name as a manifest lists them (RFC 8493, 2.1.3), which `sha256sum -c` reads."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def provenance(scenario: Scenario, origin: Origin, seed: int, paths: int) -> dict[str, Any]:
    """Return what an answer came from: scenario, files, changes, as-at date, futures, code and machine."""
    commit, installed = checkout(), distributions()
    return {
        "record": FORM,
        "headroom": __version__,
        "code_sha256": code_sha256(),
        "commit": commit.id,
        "commit_words": commit.words,
        "dirty": commit.dirty,
        "made": origin.made,
        "scenario": {
            "name": scenario.name,
            "form": FORMAT,
            "meaning_sha256": meaning(scenario),
            "drivers_key": luck_key(prepare(scenario).compiled),
            "text_sha256": sha256(origin.text.encode()),
            "files": [{"name": name, "sha256": digest} for name, digest in origin.files],
            "changes": list(origin.changes),
        },
        "as_at": str(scenario.as_at),
        "seed": seed,
        "paths": paths,
        "streams": {"version": STREAMS, "generator": "Philox", "block": BLOCK},
        "argv": list(origin.doing.argv),
        "workers": origin.doing.workers,
        "parent_manifest_sha256": origin.doing.parent or None,
        "libraries": {name: version for name, (version, _) in installed.items()},
        "distributions": {name: digest for name, (_, digest) in installed.items()},
        "distributions_sha256": distributions_sha256(),
        **machine(),
        "timings": {
            "started": origin.doing.started or None,
            "seconds": origin.doing.seconds,
            "peak_bytes": origin.doing.peak_bytes,
        },
    }


def recorded(record: dict[str, Any], folder: Mapping[str, bytes]) -> bytes:
    """Return a record as JSON, keys in order, with the digest of every file of its folder, of tables and of the whole.

    A number that is not finite, for which JSON has no word, is kept as text.
    """
    # One file in memory at a time: a folder may be some gigabytes.
    digests = {name: sha256(folder[name]) for name in sorted(folder)}
    return sealed_record(_plain(record) | bound(digests) | {"files_sha256": digests})


def sealed_record(record: Mapping[str, Any]) -> bytes:
    """Return a record as written, with the digest of all else in it as `record_sha256`, so that it is known whole."""
    rest = {name: held for name, held in record.items() if name != "record_sha256"}
    return _written(rest | {"record_sha256": sha256(_written(rest))})


def _written(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=2, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n").encode()


def bound(digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the digests of a folder's tables by name, and the one of its results and of all its files."""
    # Parquet's bytes follow the library that writes them; the numbers are in the CSV too.
    tables = {name: digest for name, digest in digests.items() if name.startswith("tables/") and name.endswith(".csv")}
    return {
        "tables": tables,
        "results_sha256": sha256(listed(tables).encode()),
        "pack_sha256": sha256(listed(digests).encode()),
    }


@cache
def code_sha256() -> str:
    """Return the digest of this package's own source and defaults as they stood when it was first asked for."""
    return sha256(listed({name: sha256(data) for name, data in package_files().items()}).encode())


def checkout() -> Commit:
    """Return the commit that this code was run from, and whether anything in the package differs from it."""
    # A package installed inside somebody's own repository is no checkout of ours.
    if not (PACKAGE.parent / ".git").exists():
        return Commit(None, None, NOT_A_CHECKOUT)
    head, changed = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--", ".")
    if head is None or changed is None:
        return Commit(None, None, "no commit: git could not be asked")
    dirty = bool(changed.strip())
    return Commit(head.strip(), dirty, "changed since its commit" if dirty else "as committed")


def _git(*words: str) -> str | None:
    """Return what git says of the package's folder, or None where it cannot."""
    # What a shell has set for another repository must not answer for this one.
    around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(PACKAGE), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20, env=around)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout


@cache
def distributions() -> dict[str, tuple[str, str]]:
    """Return the version and the digest of every distribution that Headroom needs, and those need, as installed."""
    found, waiting = dict[str, tuple[str, str]](), ["headroom"]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue  # needed on another system or Python only
        if key in found:
            continue
        about = one.metadata
        found[key] = (about["Version"], _digest(one.read_text("RECORD") or ""))
        needed = [line for line in about.get_all("Requires-Dist") or () if "extra ==" not in line]
        waiting += [match[0] for line in needed if (match := _NAME.match(line))]
    found.pop("headroom", None)  # its code has a digest of its own
    return dict(sorted(found.items()))


def distributions_sha256() -> str:
    """Return one digest of every distribution that Headroom needs: name, version and files."""
    lines = (f"{name}=={version} {digest}\n" for name, (version, digest) in distributions().items())
    return sha256("".join(lines).encode())


def _digest(record: str) -> str:
    """Return the digest of a distribution's files from its own list of them, without what installing adds."""
    own = ((name, digest) for name, digest in _HASHED.findall(record) if not name.startswith(".."))
    lines = sorted(f"{name} {digest}\n" for name, digest in own if ".dist-info/" not in name)
    return sha256("".join(lines).encode())


def machine() -> dict[str, Any]:
    """Return Python, platform, instruction sets and BLAS: information only, results hold within one pinned build."""
    shown = np.show_config(mode="dicts")
    blas = shown.get("Build Dependencies", {}).get("blas", {})
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "simd": sorted(str(name) for name in shown.get("SIMD Extensions", {}).get("found", [])),
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value
