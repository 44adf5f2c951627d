"""Tests that lots which know only the next legs of their way do what they do if they know all of it, in all ways in which the rules may run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_same_bytes import differences, outcome

from procsim.engine import engines, supply
from procsim.engine.simulate import simulate
from procsim.engine.supply import Supply
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load

LAYERS = 30
LINE = """
line:
  lot: {panels: 4, units_per_panel: 10}
  transport_min: {uniform: {low: 1, high: 9}}
  releases:
    A: {every_h: {exponential: {mean: 2}}, product: A}
    B: {every_h: 5, product: B, route: [coat, bake, look]}
  queue_time_limits:
    soon: {from: coat7, to: bake7, limit_h: 1.5, action: rework, rework: {to: coat7, limit: 2, after_limit: go_on}}
    late: {from: coat25, to: bake25, limit_h: 2, action: rework, rework: {to: coat25, limit: 1, after_limit: scrap}}
  tools:
    coater: {count: 4, inline: {panels: 3}, failures: {stops: {mtbf_h: 40, mttr_h: 1}}}
    oven: {count: 3, batch: {min_panels: 4, max_panels: 12, longest_wait_h: 1}}
    eye: {count: 4, load_min: 2, unload_min: 1}
run: {horizon_h: 140, seed: 3, allow_overload: true}
steps:
"""
STEPS = """
  - {{id: coat{n}, tool: coater, time_min: {{per_panel: {{exponential: {{mean: 5}}}}}}, yield: {{panel: 0.999}}{again}}}
  - {{id: bake{n}, tool: oven, time_min: {{per_run: {{gamma: {{mean: 50, cv: 0.3}}}}}}, sample: 0.9}}
  - {{id: look{n}, tool: eye, time_min: {{per_lot: 12}}}}
"""


Twice = list[tuple[Plan, Any]]
"""A plan with what a run of it does, and the same for a line that begins as that one ends."""


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """A line of ninety steps whose lots are shown their way bit by bit."""
    path = tmp_path_factory.mktemp("long") / "line.yaml"
    steps = "".join(STEPS.format(n=n, again=", rework: {chance: 0.2, to: coat20, limit: 1}" if n == 21 else "") for n in range(LAYERS))
    names = ", ".join(f"{name}{n}" for n in range(LAYERS) for name in ("coat", "bake", "look"))
    path.write_text(LINE.replace("[coat, bake, look]", f"[{names}]") + steps, encoding="utf-8")
    plan = make(load(path))
    with pytest.MonkeyPatch.context() as counting:
        shown = _counted(counting)
        first = outcome(simulate, plan)
        begun = _going_on(plan, first)
        second = outcome(simulate, begun)
    assert len(shown) > 5
    return [(plan, first), (begun, second)]


def test_a_lot_need_not_know_all_of_its_way(twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in which lots are shown their way bit by bit is the one in which they know all of it; those in the line at its end begin the next."""
    (_, (_, blocks)), _ = twice
    assert any(block.turns for block in blocks)
    _counted(monkeypatch)
    monkeypatch.setattr(supply.words, "LEGS", sys.maxsize)
    for plan, before in twice:
        assert [*differences(before, outcome(simulate, plan))] == []


def test_compiled_by_numba_neither(twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in arrays."""
    pytest.importorskip("numba")
    monkeypatch.setenv(engines.SWITCH, "numba")
    shown = _counted(monkeypatch)
    for plan, before in twice:
        assert [*differences(before, outcome(simulate, plan))] == []
    assert len(shown) > 5


def _going_on(plan: Plan, found: Any) -> Plan:
    """*plan*, of which the run that was *found* ends as it begins."""
    run, _ = found
    assert len(run.wip) > 20
    return replace(plan, wip=run.wip)


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lists the times at which lots are shown more of their way, which is long."""
    monkeypatch.setattr(supply, "LONG", 3 * LAYERS)
    shown: list[int] = []
    usual = Supply._show_more

    def show(self: Supply) -> None:
        shown.append(int(self.store.clock.now))
        usual(self)

    monkeypatch.setattr(Supply, "_show_more", show)
    return shown


TRACES = """
import sys
from procsim.engine.rules import COMPILED, words
assert not COMPILED
words.LEGS, words.LAST_LEGS = 4, 2
from random_plans import written
from trace_file import FILE, PLANS, unpacked
from traces import difference, trace
from procsim.engine.simulate import simulate
from procsim.engine import supply
from procsim.engine.supply import Supply
supply.LONG = 0
shown, usual = [], Supply._show_more
Supply._show_more = lambda self: (shown.append(1), usual(self))
before = unpacked(FILE.read_bytes())
for number in range(0, PLANS, int(sys.argv[1])):
    recipe = written(number)
    plan = recipe.plan()
    what = difference(plan, before[number], trace(plan, simulate, recipe.replication, recipe.variable))
    assert not what, f"plan {number}: {what}"
print(len(shown))
"""


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.long)])
def test_it_may_know_very_little(every: int) -> None:
    """Lines whose traces were written down (each eighth, and all of them in ``make validate``) come out the same where lots know no more than the
    next two to four legs."""
    tests = Path(__file__).parents[1]
    env = os.environ | {"PROCSIM_INTERPRETED": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), str(tests), str(tests / "support")])}
    done = subprocess.run([sys.executable, "-c", TRACES, str(every)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000 / every
