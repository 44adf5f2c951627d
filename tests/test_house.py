"""Tests the layout of the program: the order of rooms, no circle of imports, homes of libraries, sizes of files, and nothing that does not belong in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT

ORDER = ["errors", "maths", "report", "model", "recipe", "section", "planning", "lots", "quality", "engine", "closed_form", "costs", "results", "tables",
         "experiments", "figures", "workbook", "pages", "studies", "serve", "cli"]
"""Each room imports only from those before it (and from itself)."""

HOMES = {
    "numpy": {"maths", "model", "planning", "lots", "quality", "engine", "closed_form", "costs", "results", "tables", "experiments", "studies", "cli"},
    "scipy": {"maths"},
    "pydantic": {"model", "recipe"},
    "pydantic_core": {"model", "recipe"},
    "yaml": {"recipe"},
    "simpy": {"engine"},
    "numba": {"engine"},
    "llvmlite": {"engine"},
    "mypy_extensions": {"engine"},
    "pandas": {"tables", "figures", "workbook", "pages", "studies", "report"},
    "matplotlib": {"figures"},
    "PIL": {"figures"},
    "jinja2": {"pages", "serve"},
    "markupsafe": {"pages", "serve"},
    "rich": {"cli"},
    "argparse": {"cli"},
    "concurrent": {"experiments"},
    "multiprocessing": {"experiments", "engine"},
    "distributed": {"experiments"},
    "duckdb": {"tables"},
    "xlsxwriter": {"workbook"},
    "starlette": {"serve"},
    "uvicorn": {"serve"},
}
"""numpy is at home wherever numbers come in arrays; everything else has one or two rooms."""

FILES = sorted((ROOT / "procsim").rglob("*.py"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(name: str) -> str:
    return name.split(".")[1]


MODULES = {module(path): path for path in FILES}


@cache
def trees() -> dict[Path, ast.Module]:
    """What each file says, read once, and not before a test asks."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def imports(path: Path) -> list[str]:
    """Every module that *path* imports, anywhere in it: also in functions, and for type checkers only."""
    found = []
    for node in ast.walk(trees()[path]):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [whole if (whole := f"{node.module}.{alias.name}") in MODULES else node.module for alias in node.names]
    return found


def test_rooms_import_only_from_below() -> None:
    """The order of rooms holds, and nothing inside imports the package itself."""
    inside = {name: path for name, path in MODULES.items() if name not in ("procsim", "procsim.__main__")}
    assert {room(name) for name in inside} == set(ORDER)
    own = [(name, taken) for name, path in inside.items() for taken in imports(path) if taken.split(".")[0] == "procsim"]
    assert [(name, taken) for name, taken in own if taken == "procsim" or ORDER.index(room(taken)) > ORDER.index(room(name))] == []


def test_libraries_stay_at_home() -> None:
    """A third-party library is imported in its own rooms only."""
    outside = [(name, taken.split(".")[0]) for name, path in MODULES.items() for taken in imports(path) if taken.split(".")[0] != "procsim"]
    assert [(name, top) for name, top in outside if not (room(name) in HOMES[top] if top in HOMES else top in sys.stdlib_module_names)] == []


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Every set of two or more modules each of which imports, by way of others, itself (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in sorted(arrows[name]):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == number[name]:
            at = stack.index(name)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for name in sorted(arrows):
        if name not in number:
            visit(name)
    return found


def test_no_module_imports_itself_by_way_of_others() -> None:
    """There is no circle of imports, inside a room neither, those for type checkers counted."""
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c"]]
    assert circles({name: {taken for taken in imports(path) if taken in MODULES} for name, path in MODULES.items()}) == []


def test_the_root_of_the_package_holds_one_module() -> None:
    """Whatever else is at home in a room."""
    assert {path.name for path in (ROOT / "procsim").glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}


def test_files_stay_readable() -> None:
    """No file over about 300 lines; every module begins by saying what it is responsible for."""
    for path, tree in trees().items():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 310, path
        assert not text.strip() or ast.get_docstring(tree), f"{path} does not say what it is for"


def test_importing_does_nothing() -> None:
    """Workers import neither pandas nor matplotlib, and importing writes nothing."""
    code = ("import sys, procsim.experiments.replicate; "
            "assert not {'pandas', 'matplotlib', 'rich', 'yaml', 'pydantic'} & set(sys.modules), sorted(sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def files_of_git(*options: str) -> list[str]:
    """The files that git knows; the test is skipped where the project is no clone."""
    done = subprocess.run(["git", "ls-files", *options], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("git does not know this folder")
    listed = done.stdout.splitlines()
    assert "Makefile" in listed
    return listed


def test_the_project_speaks_of_itself_only() -> None:
    """No path of a machine, no registry's host, no unfinished business in any tracked file."""
    listed = files_of_git("-co", "--exclude-standard")
    wrong = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", r"files\.python" + "hosted", r"py" + r"pi\.org", "TO" + "DO", "FIX" + "ME"]))
    for name in listed:
        path = ROOT / name
        if path.is_file():
            found = wrong.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{name}: {found}"


def test_top_level_holds_what_was_asked_for() -> None:
    """flows, procsim, reports, tests, docs, pyproject.toml and Makefile, with the few files beside them."""
    listed = files_of_git()
    top = {name.split("/")[0] for name in listed if not name.startswith(".")}
    assert top <= {"flows", "procsim", "reports", "tests", "docs", "pyproject.toml", "Makefile", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE",
                   "constraints.txt", "constraints-extras.txt"}
