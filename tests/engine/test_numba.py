"""Tests the loop that numba compiles: it does, to the byte, what the rules do under SimPy; and it is chosen where it pays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import LINE
from lines import Write
from random_plans import written
from simpy import Environment
from trace_file import FILE, PLANS, unpacked
from traces import difference, trace

from procsim.cli.commands import run as command
from procsim.engine import engines
from procsim.engine.simulate import simulate
from procsim.errors import RecipeError, StoppedError
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load


@pytest.fixture
def plan(write: Write) -> Plan:
    """The tiny line."""
    return make(load(write()))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine numba is asked for, and is there."""
    pytest.importorskip("numba")
    monkeypatch.setenv(engines.SWITCH, "numba")


def test_it_does_what_the_rules_do_under_simpy(compiled: None) -> None:
    """All lines whose traces were written down: every visit of every lot, and all else that a run says, to the microsecond."""
    before = unpacked(FILE.read_bytes())
    odd = []
    for number in range(PLANS):
        recipe = written(number)
        plan = recipe.plan()
        what = difference(plan, before[number], trace(plan, simulate, recipe.replication, recipe.variable))
        odd += [f"plan {number}: {what}"] if what else []
    assert not odd, f"{len(odd)} of {PLANS} plans differ:\n" + "\n".join(odd[:10])


def test_another_seed_differs(compiled: None) -> None:
    """The control: what was written down is not what another seed gives."""
    before = unpacked(FILE.read_bytes())
    recipe = next(one for one in map(written, range(PLANS)) if one.variable)
    plan = recipe.plan()
    number = next(n for n in range(PLANS) if written(n).text == recipe.text)
    assert difference(plan, before[number], trace(plan, simulate, recipe.replication, True, seed=plan.seed + 1))


def test_it_stops_when_it_is_enough(compiled: None, plan: Plan) -> None:
    """*over* is asked every few milliseconds, and the run ends there."""
    asked = []

    def over() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(StoppedError):
        simulate(replace(plan, horizon_us=20_000 * HOUR), 0, lambda _: None, over=over)
    assert len(asked) == 4


def test_an_environment_of_the_callers_means_simpy(compiled: None, plan: Plan) -> None:
    """Processes of others live in SimPy's environment: its clock has come to the horizon."""
    env = Environment()
    simulate(plan, 0, lambda _: None, env=env)
    assert env.now == plan.horizon_us


def test_what_was_compiled_is_found_by_its_sources(compiled: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another rule, another folder; what was compiled lies in the user's cache."""
    from procsim.engine.fast import kernel

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    here = kernel.folder()
    assert here.is_relative_to(tmp_path / "procsim")
    assert not kernel.warm()
    other = tmp_path / "queues.py"
    other.write_text(kernel.FILES["queues"].read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setitem(kernel.FILES, "queues", other)
    assert kernel.folder() != here


def test_every_type_that_rules_name_is_known(compiled: None) -> None:
    """All functions of the rules are among what is compiled."""
    from procsim.engine.fast import kernel

    rules = {word for space in kernel._functions().values() for word, one in space.items() if hasattr(one, "py_func")}
    assert {"give_out", "settle", "act", "push", "tool_for"} <= rules
    assert len(rules) > 150


def test_auto_takes_what_pays(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few visits are for SimPy; many for numba, where it is there, and more of them where the rules are yet to be compiled."""
    monkeypatch.delenv(engines.SWITCH, raising=False)
    assert engines.expected_visits(plan) == pytest.approx(400 / 2 * 4)
    if engines.find_spec("numba") is None:
        assert engines.choice(plan) == ("simpy", "numba is not installed")
        return
    from procsim.engine.fast import kernel

    def chosen(weeks: float, warm: bool) -> str:
        monkeypatch.setattr(kernel, "warm", lambda: warm)
        return engines.choice(replace(plan, horizon_us=round(weeks * 168) * HOUR))[0]

    assert [chosen(weeks, True) for weeks in (1, 100_000)] == ["simpy", "numba"]
    assert [chosen(weeks, False) for weeks in (1, 10_000, 1_000_000)] == ["simpy", "simpy", "numba"]


def test_an_engine_that_is_not_there_is_told(plan: Plan, monkeypatch: pytest.MonkeyPatch, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong name, and numba where it is not installed, end with the name of what asked for it, and 2."""
    monkeypatch.setenv(engines.SWITCH, "cython")
    with pytest.raises(RecipeError, match="PROCSIM_ENGINE"):
        simulate(plan, 0, lambda _: None)
    monkeypatch.delenv(engines.SWITCH)
    path = str(write(LINE, "one.yaml"))
    assert command(["run", path, "--engine", "cython"]) == 2
    assert "--engine" in capsys.readouterr().err
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    assert command(["run", path, "--engine", "numba"]) == 2
    assert "pip install 'procsim[fast]'" in capsys.readouterr().err


def test_verbose_says_which_and_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of ``-v``."""
    assert command(["run", "line.yaml", "--quiet", "-v", "--engine", "simpy", "--replications", "1", "--out", "found"]) == 0
    assert "engine: simpy: it is asked for" in capsys.readouterr().err
