"""The house: import order, homes of libraries, sizes of files, and nothing that does not belong in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

ORDER = ["errors", "elementary", "dists", "yields", "grids", "wafers", "stats", "model", "tree", "edits", "recipe", "section", "quantities", "luck", "plan", "queueing", "chains", "effective", "arrivals", "customers",
         "course", "faults", "verdicts", "passage", "survivors", "demand", "batching", "capacity", "waiting", "expected", "streams", "marginal", "beliefs",
         "records", "engine", "costs", "results", "limiting", "tables", "curves", "experiments", "figures", "report", "cli"]
"""Each imports only from those before it (and from itself). DESIGN's order with twenty-six rooms more: wafers (dies per wafer and their price), queueing (formulas of one
queue) and chains (where there is none), effective (process times with all that stops a tool), arrivals (how they vary along the routes), customers (who waits in one queue, and how long), waiting
(how long at each position), course (how the mean lot divides on its way), faults (coverage of single faults), verdicts (what an inspection says),
passage (what becomes of the mean lot) and survivors (over all streams), demand (setups, time off and operators), batching (sizes of runs) and
capacity (what lots take of tools) in closed form, streams (the closed form of each release stream), marginal (cost of one more, and by volume),
beliefs (what the closed form owes to each number of a recipe), elementary (bit-exact log and exp), tree (what edits work on), luck (keyed
numbers, which plan and engine share), records (before the engine, which makes them), results (what a
metric is), limiting (what limits a tool group) and curves (tables of operating curves)."""

HOMES = {
    "numpy": {"elementary", "dists", "yields", "grids", "wafers", "stats", "luck", "plan", "queueing", "chains", "effective", "arrivals", "customers", "course", "faults", "verdicts", "passage", "survivors", "demand", "batching",
              "capacity", "waiting", "expected", "streams", "marginal", "records", "engine", "costs", "results", "limiting", "tables", "curves", "experiments", "cli"},
    "scipy": {"dists", "stats"},
    "pydantic": {"model", "recipe"},
    "yaml": {"recipe"},
    "simpy": {"engine"},
    "pandas": {"tables", "curves", "figures", "report"},
    "matplotlib": {"figures"},
    "PIL": {"figures"},
    "rich": {"cli"},
    "argparse": {"cli"},
    "concurrent": {"experiments"},
    "multiprocessing": {"experiments"},
}
"""numpy is at home wherever numbers come in arrays; everything else has one or two rooms."""

FILES = sorted((ROOT / "procsim").rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT / "procsim").parts[0].removesuffix(".py")


def imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            package = node.module.startswith("procsim") and (ROOT / node.module.replace(".", "/")).is_dir()
            found += [f"{node.module}.{alias.name}" for alias in node.names] if package else [node.module]
    return found


def complaint(own: str, name: str) -> str:
    """What is wrong where the room *own* imports *name*; "" where nothing is."""
    parts = name.split(".")
    if parts[0] != "procsim":
        if parts[0] in HOMES:
            return "" if own in HOMES[parts[0]] else f"{parts[0]} is not at home in {own}"
        return "" if parts[0] in sys.stdlib_module_names else f"{parts[0]} has no home"
    if len(parts) == 1:
        return "nothing inside imports the package itself"
    return "" if ORDER.index(parts[1]) <= ORDER.index(own) else f"{own} imports {name}, which stands below it"


def test_each_module_imports_only_from_above() -> None:
    """The import order holds, and no third-party library leaves its home."""
    inside = [path for path in FILES if room(path) not in ("__init__", "__main__")]
    assert {room(path) for path in inside} <= set(ORDER)
    assert [(str(path.relative_to(ROOT)), wrong) for path in inside for name in imports(path) if (wrong := complaint(room(path), name))] == []


def test_files_stay_readable() -> None:
    """No file over about 300 lines; every module begins by saying what it is for."""
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in FILES}
    assert [name for name, text in texts.items() if text.count("\n") > 310] == []
    assert [name for name, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_importing_does_nothing() -> None:
    """Workers import neither pandas nor matplotlib, and importing writes nothing."""
    code = ("import sys, procsim.experiments.replicate; "
            "assert not {'pandas', 'matplotlib', 'rich', 'yaml', 'pydantic'} & set(sys.modules), sorted(sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def test_the_project_speaks_of_itself_only() -> None:
    """No path of a machine, no registry's host, no unfinished business in any tracked file."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")
    wrong = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", r"files\.python" + "hosted", r"py" + r"pi\.org", "TO" + "DO", "FIX" + "ME"]))
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file():
            found = wrong.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{name}: {found}"


def test_top_level_holds_what_was_asked_for() -> None:
    """flows, procsim, reports, tests, pyproject.toml and Makefile, with the few files beside them."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    top = {name.split("/")[0] for name in listed if not name.startswith(".")}
    assert top <= {"flows", "procsim", "reports", "tests", "pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "LICENSE", "constraints.txt"}
