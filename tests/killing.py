"""A process that begins batches in children of its own, kills each at a moment of chance, and says what it found.

It is warm, so that a kill costs only the kill: `python killing.py POINTS FOLDER` prints one line of JSON. The answers
are real and made once; what is tried is whether they are kept.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from batches import Known, batched, study

from simulator.files import names
from simulator.units import FOLDER, SUFFIX, UnitError, head_of


def begun(known: Known, loaded: Any, folder: Path, delay: float, at_work: bool) -> int:
    """Begin a batch in a child, kill it `delay` seconds later and return how many cases it had said were done.

    With `at_work` the seconds run from when its first two cases were done.
    """
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        try:
            batched(loaded, folder, known.crew, progress=lambda now: os.write(mouth, bytes([now.done])))
        finally:
            os._exit(0)
    os.close(mouth)
    said = os.read(ear, 1) if at_work else b""
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(ear, 4096):
        said += more
    os.close(ear)
    return said[-1] if said else 0


def sound(folder: Path) -> int:
    """How many units stand in a folder; -1 where one is torn."""
    try:
        keys = [name.removesuffix(SUFFIX) for name in names(folder / FOLDER, SUFFIX)]
        return len([head_of(folder, key) for key in keys])
    except UnitError:
        return -1


def main(points: int, top: Path) -> dict[str, Any]:
    loaded, chance = study(), random.Random(7)
    known = Known(loaded)
    moments = [time.monotonic()]
    batched(loaded, top / "straight", known.crew, told=lambda _: moments.append(time.monotonic()) or True)
    whole, writing = time.monotonic() - moments[0], time.monotonic() - moments[1]
    found: dict[str, Any] = {"torn": 0, "lost": 0, "different": 0, "left": 0, "midway": 0, "points": points}
    for point in range(points):
        folder = top / f"killed-{point}"
        told = begun(known, loaded, folder, chance.uniform(0, writing if point % 4 else whole), bool(point % 4))
        kept = sound(folder)
        found["torn"] += kept < 0
        found["lost"] += kept < told
        found["midway"] += 0 < kept < len(known.units)
        again = batched(loaded, folder, known.crew, resume=True)
        units = {name: (folder / FOLDER / name).read_bytes() for name in names(folder / FOLDER, "")}
        found["different"] += units != {f"{key}{SUFFIX}": data for key, data in known.units.items()}
        found["different"] += not again.complete or again.found != kept
        found["left"] += sum(name not in (FOLDER,) for name in names(folder, ""))
    return found


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), Path(sys.argv[2]))))
