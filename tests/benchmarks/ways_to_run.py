"""Lists the ways in which the rules of the line may run, and makes processes that run them so."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec

from procsim.engine.compiled import SWITCH, folder
from procsim.engine.engines import SWITCH as ENGINE

WAYS: dict[str, dict[str, str]] = {"compiled": {ENGINE: "simpy"}, "interpreted": {ENGINE: "simpy", SWITCH: "1"}, "numba": {ENGINE: "numba"}}
"""The name of a way → what a process that runs so has among its environment variables, the others' not being there."""


def ways() -> list[str]:
    """The ways that there are here; those that there are not are told of."""
    found = list(WAYS)
    if not folder().is_dir():
        print("no compiled rules are there (make setup makes them where there is a C compiler): under SimPy they run interpreted only\n")
        found.remove("compiled")
    if find_spec("numba") is None:
        print("numba is not there (make extras installs it)\n")
        found.remove("numba")
    return found


def environment(way: str) -> dict[str, str]:
    """The environment of a process that runs that *way*."""
    asked = {name for variables in WAYS.values() for name in variables}
    return {name: value for name, value in os.environ.items() if name not in asked} | WAYS[way]


@contextmanager
def own_process(way: str) -> Iterator[ProcessPoolExecutor]:
    """A process that has done nothing else, so that neither its memory nor its garbage is somebody else's, and that runs the rules that *way*."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool, _variables(environment(way)):
        pool.submit(os.getpid).result()  # it is there now, with these variables
        yield pool


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
