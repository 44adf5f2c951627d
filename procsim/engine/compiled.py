"""Compiles the rules of the line where mypyc and a C compiler are found, and finds what was compiled of these very sources: same files, same results.

What was compiled lies in ``rules/built``, in a folder named by a hash of the sources and by the interpreter. Of other sources it is never run.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from hashlib import blake2b
from pathlib import Path

RULES = Path(__file__).parent / "rules"
BUILT = RULES / "built"
SWITCH = "PROCSIM_INTERPRETED"
"""An environment variable; where it is set, the rules run interpreted."""
_OPTIONS = {"MYPYC_OPT_LEVEL": "3", "MYPYC_DEBUG_LEVEL": "0"}
if os.name == "posix":  # rules may go into one another; product and sum are rounded each, as they are in interpreted rules
    _OPTIONS["CFLAGS"] = "-fvisibility=hidden -fno-semantic-interposition -ffp-contract=off"


def sources() -> list[Path]:
    """The files that are compiled."""
    return sorted(path for path in RULES.glob("*.py") if path.name != "__init__.py")


def folder() -> Path:
    """Where what is compiled of these sources, in this way, belongs."""
    found = blake2b(digest_size=10)
    for path in sources():
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    found.update(repr(_OPTIONS).encode())
    return BUILT / f"{sysconfig.get_config_var('SOABI')}-{found.hexdigest()}"


def use(path: list[str]) -> bool:
    """Puts the compiled rules, if there are any of these sources, ahead on the *path* of their package; whether there are."""
    if os.environ.get(SWITCH) or not BUILT.is_dir():
        return False
    here = folder()
    if not here.is_dir():
        if multiprocessing.parent_process() is None:
            logging.getLogger("procsim").warning("the compiled rules are not of these sources and are left alone; make setup compiles them anew")
        return False
    for shared in here.glob("*__mypyc.*"):
        name = shared.name.split(".")[0]
        spec = importlib.util.spec_from_file_location(name, shared)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    path.insert(0, str(here))
    return True


def compile_rules() -> str:
    """Compiles the rules, unless that was done; how they run from now on, in words."""
    here, compiler = folder(), shutil.which(str(sysconfig.get_config_var("CC") or "cc").split()[0])
    if here.is_dir():
        return "the rules of the line are compiled"
    if compiler is None or importlib.util.find_spec("mypyc") is None:
        return f"the rules of the line run interpreted: no {'C compiler' if compiler is None else 'mypyc'} is found"
    with tempfile.TemporaryDirectory() as made:
        rules = Path(made) / "procsim" / "engine" / "rules"
        rules.mkdir(parents=True)
        for package in (rules.parent, rules.parent.parent):
            (package / "__init__.py").touch()
        names = [shutil.copy(path, rules) for path in sources()]
        done = subprocess.run([sys.executable, "-m", "mypyc", *map(str, names)], cwd=made, env=os.environ | _OPTIONS, capture_output=True, text=True,
                              check=False)
        found = [*Path(made).glob("*.so"), *rules.glob("*.so"), *Path(made).glob("*.pyd"), *rules.glob("*.pyd")]
        if done.returncode or not found:
            return "the rules of the line run interpreted: mypyc or the C compiler failed"
        shutil.rmtree(BUILT, ignore_errors=True)
        waiting = here.with_suffix(".new")
        waiting.mkdir(parents=True)
        for path in found:
            shutil.copy(path, waiting)
        waiting.rename(here)
    return "the rules of the line are compiled"
