"""The house: import order, homes of libraries, sizes of files, and nothing that does not belong in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

ORDER = ["errors", "elementary", "dists", "yields", "wafers", "stats", "model", "tree", "edits", "recipe", "section", "quantities", "luck", "plan", "queueing",
         "course", "faults", "verdicts", "passage", "survivors", "demand", "batching", "capacity", "closed_network",
         "outages", "closed_arrivals", "closed_stations", "constant_wip", "expected", "exactness", "streams", "marginal", "beliefs",
         "records", "engine", "costs", "results", "limiting", "tables", "curves", "experiments", "figures", "report", "cli"]
"""Each imports only from those before it (and from itself). DESIGN's order with twenty-six rooms more: wafers (dies per wafer and their price), queueing (estimates of
waiting), course (how the mean lot divides on its way), faults (coverage of single faults), verdicts (what an inspection says),
passage (what becomes of the mean lot) and survivors (over all streams), demand (setups, time off and operators), batching (sizes of runs) and
capacity (what lots take of tools) in closed form, closed_network (mean value analysis), outages (what takes tools away), closed_arrivals (how lots follow
one another), closed_stations (what such a network is made of) and constant_wip (which solves a line so), exactness (which figures are estimates), streams (the closed form of each release stream), marginal (cost of one more, and by volume),
beliefs (what the closed form owes to each number of a recipe), elementary (bit-exact log and exp), tree (what edits work on), luck (keyed
numbers, which plan and engine share), records (before the engine, which makes them), results (what a
metric is), limiting (what limits a tool group) and curves (tables of operating curves)."""

HOMES = {
    "numpy": {"elementary", "dists", "yields", "stats", "luck", "plan", "queueing", "course", "faults", "verdicts", "passage", "survivors", "demand", "batching",
              "capacity", "closed_network", "outages", "closed_arrivals", "closed_stations", "constant_wip", "expected", "exactness", "streams", "marginal", "records", "engine", "costs", "results", "limiting", "tables", "curves", "experiments", "cli"},
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


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_module_imports_only_from_above(path: Path) -> None:
    """The import order holds, and no third-party library leaves its home."""
    own = room(path)
    if own in ("__init__", "__main__"):
        return
    assert own in ORDER
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "procsim":
            assert len(parts) > 1, "nothing inside imports the package itself"
            assert ORDER.index(parts[1]) <= ORDER.index(own), f"{own} imports {name}, which stands below it"
        elif parts[0] in HOMES:
            assert own in HOMES[parts[0]], f"{parts[0]} is not at home in {own}"
        else:
            assert parts[0] in sys.stdlib_module_names, f"{parts[0]} has no home"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    """No file over about 300 lines; every module says in its first line what goes in and what comes out."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 310
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a module begins by saying what it is for"


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
