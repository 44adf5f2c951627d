"""Compiles the rules of the line by numba, once; what was compiled is kept in the user's cache folder, by a hash of all that it was made of."""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any

import llvmlite.binding
import numba
from numba.core import config, types

from procsim.engine.compiled import sources
from procsim.engine.fast.native import KINDS, LINE

HERE = Path(__file__).parent
FILES = {path.stem: path for path in sources() if path.stem != "agenda"} | {name: HERE / f"{name}.py" for name in ("calendar", "running")}
"""The files that are compiled: the rules, of which the calendar is another one here."""
HOMES = ("procsim.engine.rules.", "procsim.engine.fast.")
OPTIONS = {"nogil": True, "error_model": "numpy"}
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
NAMES = {"Line": LINE, "Heap": LINE, "i64": types.int64, "bool": types.boolean, "float": types.float64, "None": types.none,
         "Stop": KINDS["stops"].dtype, "Event": KINDS["events"].dtype, "list[list[i64]]": KINDS["path"]}
"""What rules take and give, as they write it → what numba calls it."""

Act = Callable[[int, int, int, int], int]
"""``running.act``."""


def folder() -> Path:
    """Where what was compiled of these sources, by this numba and for this processor, belongs."""
    found = blake2b(digest_size=10)
    for path in [*FILES.values(), HERE / "native.py", HERE / "shape.py", Path(__file__)]:
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    way_in = HERE / "running.py"  # by whose place and time numba itself finds what it has kept
    for word in (numba.__version__, sysconfig.get_config_var("SOABI"), llvmlite.binding.get_host_cpu_name(), config.BOUNDSCHECK, way_in,
                 way_in.stat().st_mtime_ns):
        found.update(f"{word}\0".encode())
    return caches() / "procsim" / f"rules-{found.hexdigest()}"


def caches() -> Path:
    """Where programs of this user keep what they can make again."""
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    usual = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or usual)


def warm() -> bool:
    """Whether the rules are compiled already."""
    return any(folder().rglob("*.nbi"))


@cache
def ready() -> Act:
    """The way into the rules, compiled now, or before."""
    act = _functions()["running"]["act"]
    known = warm()
    usual, config.CACHE_DIR = config.CACHE_DIR, str(folder())
    try:
        act.enable_caching()
    except (RuntimeError, OSError):  # nothing can be kept there: it is compiled anew each time
        known = False
    finally:
        config.CACHE_DIR = usual
    if known:
        act.compile(_signature(act.py_func))
    else:
        _compile(act, set())
    return act  # type: ignore[no-any-return]


def _functions() -> dict[str, dict[str, Any]]:
    """What each file holds, its functions numba's."""
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        _read(name, found)
    return found


def _read(name: str, found: dict[str, dict[str, Any]]) -> None:
    """Runs one file, and those that it imports before it: of these it gets what they hold here. Its functions still say that they belong to the
    module of that name, which is where numba looks when it loads them."""
    if name in found:
        return
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    space: dict[str, Any] = {"__name__": f"{HOMES[name == 'running']}{name}"}
    for node in [one for one in tree.body if isinstance(one, ast.ImportFrom)]:
        room, _, other = (node.module or "").rpartition(".")
        if f"{room}." in HOMES and other in FILES:
            tree.body.remove(node)
            _read(other, found)
            for one in node.names:
                space[one.asname or one.name] = found[other][one.name]
    exec(compile(tree, str(FILES[name]), "exec"), space)
    for word, one in list(space.items()):
        if isinstance(one, FunctionType) and one.__globals__ is space:
            space[word] = numba.njit(**(OPTIONS if word == "act" else INNER))(one)
    found[name] = space


def _compile(rule: Any, done: set[Any]) -> None:
    """Compiles a rule, after those that it calls: each once, for the types that it says."""
    if rule in done:
        return
    done.add(rule)
    for word in rule.py_func.__code__.co_names:
        other = rule.py_func.__globals__.get(word)
        if hasattr(other, "py_func"):
            _compile(other, done)
    rule.compile(_signature(rule.py_func))
    rule.disable_compile()


def _signature(function: FunctionType) -> Any:
    """The types that a rule takes and gives."""
    *taken, given = [_type(text) for text in function.__annotations__.values()]
    return given(*taken)


def _type(text: str) -> Any:
    if text.startswith("tuple["):
        return types.UniTuple(types.int64, text.count("i64"))
    return NAMES[text]
