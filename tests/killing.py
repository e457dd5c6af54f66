"""A process that begins batches in children of its own, kills each at a moment of chance, and says what it found.

It is warm, so that a kill costs only the kill: `python killing.py POINTS FOLDER` prints one line of JSON. The answers
are real and made once; what is tried is whether they are kept. Then it fills the disk, by a limit on its own files.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from batches import Known, batched, study

from simulator.batch import BatchRefusedError, BatchStoppedError
from simulator.begun import NAME as MARK
from simulator.files import names
from simulator.study_file import LoadedStudy
from simulator.units import FOLDER, SUFFIX, UnitError, head_of


def begun(known: Known, loaded: LoadedStudy, folder: Path, delay: float, tasks: int) -> int:
    """Begin a batch in a child, kill it `delay` seconds later and return how many cases it had said were done.

    The seconds run from when so many tasks were done.
    """
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        try:
            batched(loaded, folder, known.crew, progress=lambda now: os.write(mouth, bytes([now.done])))
        finally:
            os._exit(0)
    os.close(mouth)
    said = b""
    while len(said) < tasks and (more := os.read(ear, 1)):
        said += more
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


def full(known: Known, loaded: LoadedStudy, top: Path) -> list[str]:
    """What a batch says where no file may be larger than a twentieth of a unit, two twentieths, and so on."""
    limit, said = min(len(data) for data in known.units.values()), list[str]()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for step in range(20):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit * step // 20, before[1]))
        try:
            batched(loaded, top / f"full-{step}", known.crew)
        except (BatchRefusedError, BatchStoppedError) as stopped:
            said.append(str(stopped))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return said


def main(points: int, top: Path) -> dict[str, Any]:
    loaded, chance = study(), random.Random(7)
    known = Known(loaded)
    moments = [time.monotonic()]
    batched(loaded, top / "straight", known.crew, progress=lambda _: moments.append(time.monotonic()))
    before, between = moments[1] - moments[0], (moments[-1] - moments[1]) / (len(moments) - 2)
    found: dict[str, Any] = {"torn": 0, "lost": 0, "different": 0, "left": 0, "midway": 0, "points": points}
    for point in range(points):
        folder = top / f"killed-{point}"
        tasks = chance.randrange(len(moments) - 1)
        told = begun(known, loaded, folder, chance.uniform(0, between if tasks else before), tasks)
        kept = sound(folder)
        found["torn"] += kept < 0
        found["lost"] += kept < told
        found["midway"] += 0 < kept < len(known.units)
        again = batched(loaded, folder, known.crew, resume=True)
        units = {name: (folder / FOLDER / name).read_bytes() for name in names(folder / FOLDER, "") if name != MARK}
        found["different"] += units != {f"{key}{SUFFIX}": data for key, data in known.units.items()}
        found["different"] += not again.complete or again.found != kept
        found["left"] += sum(name not in (FOLDER,) for name in names(folder, ""))
    said = full(known, loaded, top)
    written = sum(len(names(top / f"full-{step}" / FOLDER, SUFFIX)) for step in range(20))
    again = batched(loaded, top / "full-7", known.crew, resume=True)
    return found | {"said": said, "written": written, "finished": again.complete}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), Path(sys.argv[2]))))
