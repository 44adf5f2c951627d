"""Tests that a run is the same to the last bit however it is run: the rules interpreted or compiled, alone in its environment or not."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from conftest import ROOT
from random_plans import written
from simpy import Environment

from procsim.engine.simulate import simulate
from procsim.errors import InfeasibleError
from procsim.planning.plan import Plan


def outcome(of: Any, plan: Plan, replication: int = 0, variable: bool = True, **more: Any) -> Any:
    """What a run hands over, or the words with which it ends."""
    blocks: list[Any] = []
    try:
        return of(plan, replication, blocks.append, variable=variable, **more), blocks
    except InfeasibleError as error:
        return str(error)


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Where two records, or lists or arrays of them, are not the same to the last bit."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        one, other = np.asarray(one), np.asarray(other)
        if one.shape != other.shape or not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            yield where
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            yield from differences(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, list | tuple) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{where}[{i}]")
    elif isinstance(one, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{where}[{key}]")
    elif one != other:
        yield f"{where}: {one} is {other}"


def test_processes_of_others_change_nothing() -> None:
    """A process of the user's that wakes up in the same environment, also at instants of the line's, sees its clock and changes no number."""
    woken = []

    def stranger(env: Environment) -> Iterator[Any]:
        while True:
            yield env.timeout(1_800_000_000)
            woken.append(env.now)

    for number in range(12):
        recipe = written(number)
        plan, env = recipe.plan(), Environment()
        env.process(stranger(env))
        found = [outcome(simulate, plan, recipe.replication, recipe.variable, env=one) for one in (None, env)]
        assert [*differences(*found)] == []
    assert woken


RUN = """
import sys
from hashlib import blake2b
from random_plans import written
from test_same_bytes import outcome
from procsim.engine import rules
from procsim.engine.simulate import simulate
done = blake2b()
for number in range(8):
    recipe = written(number)
    found = outcome(simulate, recipe.plan(), recipe.replication, recipe.variable)
    done.update(repr(found if isinstance(found, str) else (found[0], [(b.left_us, [list(map(int, v)) for v in b.visits], b.runs, b.kept) for b in found[1]])).encode())
print(rules.COMPILED, done.hexdigest())
"""


def test_compiled_rules_do_the_same() -> None:
    """Interpreted or compiled, where they are, rules give the same bytes."""
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "support", Path(__file__).parent)))
    found = []
    for switch in ({}, {"PROCSIM_INTERPRETED": "1"}):
        done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path} | switch)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert found[1][0] == "False"
    assert found[0][1] == found[1][1]
    assert len(found[0][1]) == 2 * blake2b().digest_size
