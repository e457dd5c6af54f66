"""Which way the doors open: the table of rooms, and what each room may import and call.

The checker reads source text only. Imports inside functions and under TYPE_CHECKING count like any
other. Planted violations at the end show that each rule can fail.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "simulator"

# A room imports only from rows above its own and, within a row, from rooms to its left.
# A room may be listed before it is built; a room that is built must be listed.
ROWS = {
    "vocabulary": """problems years money thresholds assumptions statement plan resources holdings place rules
        programmes transfers regimes agreements pathways scenario once agency_faults agreement_faults
        plan_faults rule_faults programme_sizes programme_faults faults register studies study_faults""",
    "sources": """files folders locks leaving digest yaml_values yaml_tree overlays set_values fields layers
        refusals scenario_file cases study_values spreadsheets plan_tree returns plan_table""",
    "engine": """actions terms compiled central bodies choices dealings met compiling streams links events
        drivers spending council_tax business_rates grants schools employer savings capital announcements
        kernels release workforce staffing bargains pathway_patients pathway pathway_surface pathway_terms
        programme_terms variants contracts position shared_luck programme_scene relief prevention prepared
        commissioning held systems kept spells narrowing raising projection identities""",
    "measuring": """blocks trials shift_trials switches summary paired reasons evidence_tests section25
        settlements net_risk disputes notes sections study_figures study_trials study_file""",
    "asking": """deadlines margins price_list model_risk shocks leans estimates_leaned_on decisions_leaned_on
        conditions named_stresses stress chosen one_driver register_effects break_points frozen observed
        design_point reverse_stress monitoring rule_box route_costs route_words routes regressions sensitivity
        stress_report given_data shapley owned_luck watched held_still causes what_matters designs effects
        option_choice turning_words least_change other_means examination one_pass pockets payers shift_sizes
        headroom shift_pass shift_flows mechanisms rooms absolute worth judgements shift_report shift_brief
        comparison levers portfolio_options portfolio_solver common_measure portfolio principles robust_choice
        stopping portfolio_words bought place_portfolio portfolio_growth portfolio_report areas""",
    "doing": """gathered answers three_answers behind year_steps run dealt tracing distilling provenance
        verifying replaying units workers batched batch_plan begun batch study_effects study_answers sweeps""",
    "showing": """viewing downloads workbooks plain_english figure_words chart_data place_words place_captions
        place_tables real_terms assumption_groups assumption_tables assumption_futures assumption_looks charts
        caveats entered_words explanations plan_words starting_points summary_page body_tables body_page
        place_money place_page trace_words tracing_page compared_place comparison_page compared_words
        compared_tables html_page evidence_words three_words evidence_pictures shift_frames shift_flow_pictures
        shift_pictures decision_page annex_page stress_page shift_cells shift_words shift_outcome_words
        shift_return_words glossary method_shown shift_shown shift_bands shift_payback shift_tables
        shift_details portfolio_tables portfolio_proof_words portfolio_page shift_page pathway_page
        what_matters_words what_matters_tables what_matters_page what_matters_frames what_matters_pictures
        study_words what_matters_shown study_tables study_frames study_pictures study_page sweep_words record
        markdown_parts evidence shift_more evidence_headers scrutiny checklist statement_shown reserve_curve
        evidence_heads notebook_shown study_folder behind_shown lasting headline_figures overview_shown""",
    "doors": """cli jobs workbench assumption_edits share_link pages app""",
}
ORDER = [room for rooms in ROWS.values() for room in rooms.split()]
ROW_OF = {room: row for row, rooms in ROWS.items() for room in rooms.split()}

# Families of interchangeable kinds: what each kind's file may import, the standard library aside.
FAMILIES = {
    "regimes": {"years", "money", "assumptions", "resources", "place", "numpy", "pydantic"},
    "agreements": {"years", "money", "assumptions", "transfers", "numpy", "pydantic"},
}

# What the engine may import from outside its own row. Compiling is where the file's words end.
ENGINE_WORDS = {"years", "money", "problems"}
ENGINE_EXTRA = {
    "compiled": {"regimes", "agreements", "transfers"},
    "central": set(ROWS["vocabulary"].split()),
    "bodies": {*ROWS["vocabulary"].split(), "regimes"},
    "choices": {*ROWS["vocabulary"].split(), "regimes"},
    "dealings": {*ROWS["vocabulary"].split(), "regimes", "agreements"},
    "contracts": {"transfers"},
    "commissioning": set(ROWS["vocabulary"].split()),
    "staffing": set(ROWS["vocabulary"].split()),
    "held": {"regimes"},
    "spells": {"regimes"},
    "compiling": set(ROWS["vocabulary"].split()),
    "pathway_terms": {"pathways"},
    "prepared": set(ROWS["vocabulary"].split()),
    "projection": {"regimes", "agreements"},
}

# Outside libraries that have one home.
HOMES = {
    "matplotlib": {"charts"},
    "openpyxl": {"spreadsheets", "workbooks"},
    "altair": {"pages", "app"},
    "streamlit": {"pages", "app"},
    "simpy": {"pathway"},
    "numpy.random": {"streams"},
    "shutil": {"files"},
    "tempfile": {"files"},
}

# Rooms with no clock, no printing, no hidden randomness and no global state.
QUIET = {*ROWS["engine"].split(), *FAMILIES}
QUIET_IMPORTS = {"time", "random", "secrets", "uuid", "logging"}
QUIET_CALLS = {"print", "input", "now", "utcnow", "today"}

# Calls that reach the disk. A `to_` or `save` call without a destination returns its text, and one
# whose destination is called `buffer` writes to memory; both are harmless anywhere.
DISK_CALLS = {
    "open", "fdopen", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "makedirs", "touch",
    "unlink", "rmdir", "rmtree", "symlink_to", "save", "savez", "savez_compressed", "load", "dump",
    "loadtxt", "savetxt", "fromfile", "tofile", "memmap", "savefig",
}  # fmt: skip
DISK_PREFIXES = ("read_", "write_")
TABLE_CALLS = {"to_csv", "to_parquet", "to_excel", "to_json", "to_pickle", "to_feather", "to_html", "to_hdf"}
PATH_KEYWORDS = {"path", "path_or_buf", "path_or_buffer", "buf", "excel_writer", "fname", "file"}

# (room, call): reason. An entry that nothing needs is itself a failure.
DISK_ALLOWED: dict[tuple[str, str], str] = {
    ("cli", "write_dl"): "click lays out its own help with it",
    ("locks", "open"): "a lock is a file that stays open",
    ("record", "write_table"): "a Parquet writer over memory",
    ("provenance", "read_text"): "the list of files of a distribution, which importlib reads",
}

Sources = dict[str, str]


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def house() -> Sources:
    files = [*sorted((ROOT / PACKAGE).rglob("*.py")), *ROOT.glob("app.py")]
    return {module_name(path, ROOT): path.read_text(encoding="utf-8") for path in files}


def room_of(module: str) -> str:
    """The room a module stands in; the package itself is ''."""
    parts = module.split(".")
    if parts[0] != PACKAGE:
        return parts[0]
    return parts[1] if len(parts) > 1 else ""


def is_package(module: str, sources: Sources) -> bool:
    has_file = (ROOT / Path(*module.split("."), "__init__.py")).exists()
    return has_file or any(other.startswith(f"{module}.") for other in sources)


def imports(module: str, sources: Sources, tree: ast.AST) -> Iterator[str]:
    """Every imported name in full, relative ones resolved: `simulator.money.Real`, `numpy`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                climb = node.level - (1 if is_package(module, sources) else 0)
                parents = module.split(".")
                base = ".".join([*parents[: len(parents) - climb], *([base] if base else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def target(name: str, sources: Sources) -> str:
    """The module of ours an imported name lives in: the longest prefix that is a module."""
    parts = name.split(".")
    prefixes = (".".join(parts[:size]) for size in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in sources), name)


def ours(name: str) -> bool:
    return name.split(".")[0] == PACKAGE


def order_problems(module: str, name: str) -> Iterator[str]:
    here, there = room_of(module), room_of(name)
    if there.startswith("__"):
        return
    if there == "":
        yield f"{module} imports the package as a whole: name the room"
    elif there not in ORDER:
        yield f"{module} imports {name}: no such room in the table; import from the room, not the package"
    elif here != there and ORDER.index(there) > ORDER.index(here):
        yield f"{module} imports {name}: {there} is below or to the right of {here}"
    elif ROW_OF[here] == "engine" != ROW_OF[there] and there not in ENGINE_WORDS | ENGINE_EXTRA.get(here, set()):
        yield f"{module} imports {name}: the engine takes this from compiled"


def family_problems(module: str, name: str) -> Iterator[str]:
    """Kinds import a short list; only the family's own __init__ may gather them."""
    here = room_of(module)
    if here not in FAMILIES or module == f"{PACKAGE}.{here}":
        return
    there = room_of(name) if ours(name) else name.split(".")[0]
    if there not in FAMILIES[here] and there not in sys.stdlib_module_names:
        yield f"{module} imports {name}: a file of {here} may import only {sorted(FAMILIES[here])}"


def library_problems(module: str, name: str) -> Iterator[str]:
    here = room_of(module)
    for library, homes in HOMES.items():
        if f"{name}.".startswith(f"{library}.") and here not in homes:
            yield f"{module} imports {name}: {library} belongs in {' and '.join(sorted(homes))}"
    top = name.split(".")[0]
    if ROW_OF.get(here) == "engine" and top in {"pydantic", "pydantic_core"}:
        yield f"{module} imports {name}: no pydantic in the engine"
    if here in QUIET and top in QUIET_IMPORTS:
        yield f"{module} imports {name}: no clock, randomness or printing here"


def own_names(tree: ast.AST) -> set[str]:
    """Names a module defines or imports from this package: calls to them are checked where they lead."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or ours(node.module or "")):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name for alias in node.names if ours(alias.name)}
    return names


def called(node: ast.Call) -> tuple[str, str]:
    """The root and the last word of what is called: `pd.io.read_csv(x)` gives ('pd', 'read_csv')."""
    root: ast.expr = node.func
    while isinstance(root, ast.Attribute):
        root = root.value
    last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return getattr(root, "id", ""), last


def reaches_disk(node: ast.Call, mine: set[str]) -> str:
    """The name of the call when it reads or writes a path, else nothing."""
    root, last = called(node)
    direct = isinstance(node.func, ast.Name) or isinstance(getattr(node.func, "value", None), ast.Name)
    if direct and (root in {"self", "cls"} or (root in mine and not root.isupper())):
        return ""
    named = [keyword.value for keyword in node.keywords if keyword.arg in PATH_KEYWORDS]
    if any(isinstance(value, ast.Name) and value.id == "buffer" for value in [*node.args, *named]):
        return ""
    if last in TABLE_CALLS:
        return last if node.args or named else ""
    return last if last in DISK_CALLS or last.startswith(DISK_PREFIXES) else ""


def call_problems(module: str, tree: ast.AST) -> Iterator[str]:
    here, mine = room_of(module), own_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global) and here in QUIET:
            yield f"{module} line {node.lineno}: no global state here"
        if isinstance(node, ast.Attribute) and node.attr == "random" and here != "streams":
            yield f"{module} line {node.lineno}: only streams makes generators"
        if not isinstance(node, ast.Call):
            continue
        disk = reaches_disk(node, mine)
        if disk and here != "files" and (here, disk) not in DISK_ALLOWED:
            yield f"{module} line {node.lineno}: {disk} reads or writes; only files.py does"
        if here in QUIET and called(node)[1] in QUIET_CALLS:
            yield f"{module} line {node.lineno}: {called(node)[1]} has no place in the engine"


def ring_problems(edges: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return ["modules import each other in a ring: " + " -> ".join(error.args[1])]
    return []


def problems(sources: Sources) -> list[str]:
    """Everything wrong with the house, one line each."""
    found: list[str] = []
    edges: dict[str, set[str]] = {}
    for module, text in sources.items():
        if module == PACKAGE:
            continue
        if room_of(module) not in ORDER:
            found.append(f"{module}: {room_of(module)} is not in the table of rooms; add it at its place")
            continue
        tree = ast.parse(text)
        names = sorted(set(imports(module, sources, tree)))
        edges[module] = {target(name, sources) for name in names if ours(name)} - {PACKAGE, module}
        for name in names:
            found += order_problems(module, name) if ours(name) else library_problems(module, name)
            found += family_problems(module, name)
        found += call_problems(module, tree)
    return found + ring_problems(edges)


def test_rooms_open_one_way() -> None:
    found = problems(house())
    assert not found, "\n" + "\n".join(found)


def test_every_allowance_is_needed() -> None:
    used = {
        (room_of(module), reaches_disk(node, mine))
        for module, text in house().items()
        for tree in [ast.parse(text)]
        for mine in [own_names(tree)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }
    assert set(DISK_ALLOWED) - used == set()


def test_no_room_is_listed_twice() -> None:
    assert len(ORDER) == len(set(ORDER))


def loaded_by(module: str) -> set[str]:
    """The top-level modules that importing a module brings in, seen from a fresh interpreter."""
    script = f"import sys, {module}; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_brings_nothing_heavy() -> None:
    heavy = {"numpy", "scipy", "pandas", "pyarrow", "matplotlib", "pydantic", "yaml", "click"}
    assert loaded_by(PACKAGE) & heavy == set()


def test_the_command_line_opens_quickly() -> None:
    assert loaded_by(f"{PACKAGE}.cli") & {"scipy", "pandas", "pyarrow", "matplotlib"} == set()


PLANTED = {
    "upwards": ({"grants": "from simulator.summary import chances"}, "below or to the right"),
    "rightwards": ({"money": "import simulator.place"}, "below or to the right"),
    "relative": ({"money": "from .place import Place"}, "below or to the right"),
    "inside a function": ({"money": "def f():\n    from . import place"}, "below or to the right"),
    "for typing only": ({"money": "if TYPE_CHECKING:\n    from . import place"}, "below or to the right"),
    "from a subpackage": ({"evidence_tests.ratios": "from ..run import simulate"}, "below or to the right"),
    "unlisted room": ({"helpers": ""}, "not in the table of rooms"),
    "unlisted import": ({"money": "import simulator.helpers"}, "no such room"),
    "bare package": ({"run": "import simulator\nsimulator.summary"}, "the package as a whole"),
    "front door": ({"run": "from simulator import Scenario"}, "not the package"),
    "engine and file words": ({"grants": "from simulator.place import Council"}, "takes this from compiled"),
    "engine and files": ({"compiled": "from simulator import files"}, "takes this from compiled"),
    "engine and regimes": ({"savings": "from . import regimes"}, "takes this from compiled"),
    "engine and pydantic": ({"compiled": "from pydantic import BaseModel"}, "no pydantic"),
    "kind and scipy": ({"regimes.council": "import scipy.stats"}, "a file of regimes may import only"),
    "kind and kind": ({"regimes.council": "from .icb import Terms"}, "a file of regimes may import only"),
    "plotting": ({"summary": "import matplotlib.figure"}, "matplotlib belongs in charts"),
    "app library": ({"cli.run": "import streamlit as st"}, "streamlit belongs in app and pages"),
    "events": ({"events": "import simpy"}, "simpy belongs in pathway"),
    "generator": ({"drivers": "from numpy.random import default_rng"}, "numpy.random belongs in streams"),
    "generator by attribute": ({"drivers": "import numpy as np\nnp.random.default_rng(1)"}, "only streams"),
    "clock": ({"projection": "import time"}, "no clock"),
    "date": ({"compiled": "import datetime\ndatetime.datetime.now()"}, "now has no place"),
    "printing": ({"regimes.council": "print(1)"}, "print has no place"),
    "global state": ({"grants": "def f():\n    global x\n    x = 1"}, "no global state"),
    "open": ({"record": "open('x')"}, "open reads or writes"),
    "path": ({"record": "from pathlib import Path\nPath('x').read_text()"}, "read_text reads or writes"),
    "path of another": ({"cli.run": "from simulator.files import HERE\nHERE.read_text()"}, "read_text reads"),
    "own path": ({"run": "def f(self):\n    self.path.write_text('x')"}, "write_text reads or writes"),
    "frame in": ({"returns": "import pandas as pd\npd.read_csv('x')"}, "read_csv reads or writes"),
    "frame out": ({"cli.run": "def f(frame):\n    frame.to_csv('x')"}, "to_csv reads or writes"),
    "frame out by name": ({"run": "def f(a):\n    a.to_parquet(path='x')"}, "to_parquet reads or writes"),
    "figure out": ({"charts": "def f(figure):\n    figure.savefig('x')"}, "savefig reads or writes"),
    "ring": ({"cli.a": "from . import b", "cli.b": "from simulator.cli import a"}, "in a ring"),
}  # fmt: skip


def planted(files: Sources) -> Sources:
    """A small house round the planted files, with every room that they may wish to import."""
    house_rooms = dict.fromkeys(("place", "summary", "scenario", "files", "regimes", "regimes.icb", "cli"), "")
    return {PACKAGE: ""} | {f"{PACKAGE}.{name}": text for name, text in (house_rooms | files).items()}


@pytest.mark.parametrize(("files", "words"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_caught(files: Sources, words: str) -> None:
    found = problems(planted(files))
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    "files",
    [
        {"scenario": "from simulator.place import Place\nfrom .regimes import council\nimport pydantic"},
        {
            "regimes": "from . import icb",
            "regimes.icb": "import numpy as np\nfrom ..years import FinancialYear",
        },
        {"compiling": "from simulator.scenario import Scenario"},
        {"projection": "from simulator.regimes import icb\nfrom simulator import compiled, years"},
        {"streams": "import numpy as np\nnp.random.Philox(1)"},
        {"files": "from pathlib import Path\nPath('x').read_bytes()\nopen('x')"},
        {"scenario_file": "from simulator.files import read_guarded\nread_guarded('x')"},
        {"cli.run": "from simulator import files, __version__\nfiles.write_run('x')"},
        {"yaml_tree": "def read_scalar(x):\n    return x\n\n\nread_scalar(1)"},
        {"charts": "import matplotlib.figure\nfigure.savefig(buffer, format='svg')"},
        {"summary": "def f(frame):\n    return frame.to_csv(index=False)"},
        {"run": "import time\ntime.perf_counter()"},
    ],
)
def test_good_manners_pass(files: Sources) -> None:
    extra = dict.fromkeys(("years", "compiled", "regimes.council"), "")
    assert problems(planted(extra | files)) == []
