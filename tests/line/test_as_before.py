"""Tests that the line does what the engine before it did: every visit of every lot, and all else that blocks and runs hold, on lines of all kinds."""

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
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from random_lines import lines
from random_plans import written
from simpy import Environment
from stated_order import state_the_order
from traces import same as same_trace

from procsim.engine.simulate import simulate as before
from procsim.errors import InfeasibleError, RecipeError
from procsim.line.simulate import simulate
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load

PLANS, MANY = 24, 300
"""Random lines of a quick run, and of a long one."""


@pytest.fixture(autouse=True)
def _stated(monkeypatch: pytest.MonkeyPatch) -> None:
    state_the_order(monkeypatch)


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


@pytest.mark.parametrize("number", [*range(PLANS), *(pytest.param(number, marks=pytest.mark.long) for number in range(PLANS, MANY))])
def test_all_behaviours(number: int) -> None:
    """On small lines that together use all that a line can do."""
    recipe = written(number)
    plan = recipe.plan()
    assert [*differences(*(outcome(of, plan, recipe.replication, recipe.variable) for of in (before, simulate)))] == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=lines())
def test_any_line(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """On what hypothesis thinks of."""
    path = tmp_path_factory.mktemp("any") / "line.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        plan = make(load(path))
    except RecipeError:
        return
    for variable in (True, False):
        assert [*differences(*(outcome(of, plan, 0, variable) for of in (before, simulate)))] == []


@pytest.mark.parametrize("path", [*sorted((ROOT / "tests" / "theory").glob("*.yaml")), ROOT / "flows" / "embodiment_1.yaml"], ids=lambda path: path.stem)
def test_lines_of_theory(path: Path) -> None:
    """On the cases of theory and a shipped package, if not for as long as these are run."""
    plan = make(load(path))
    plan = dataclasses.replace(plan, horizon_us=plan.warmup_us + (plan.horizon_us - plan.warmup_us) // 20)
    assert [*differences(*(outcome(of, plan) for of in (before, simulate)))] == []


def test_ties_by_who_was_carried_first_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the stated order of lots of two streams some of the lines come out otherwise."""
    monkeypatch.undo()
    found = [same_trace(recipe.plan(), before, simulate, recipe.replication, recipe.variable) for recipe in map(written, range(2 * PLANS))]
    assert 0 < sum(map(bool, found)) < 0.2 * len(found)


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
from test_as_before import outcome
from procsim.line import rules
from procsim.line.simulate import simulate
done = blake2b()
for number in range(20):
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
