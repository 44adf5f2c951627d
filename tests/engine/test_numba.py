"""Tests the loop that numba compiles: it does, to the byte, what the rules do under SimPy; and it is chosen where it costs less."""

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
from procsim.engine.engines import Work
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


WAYS = {
    "few visits": (Work(1e5), "simpy"),
    "many": (Work(1e6), "numba"),
    "the same, in eight processes that load it each": (Work(1e6, jobs=8), "simpy"),
    "more, in eight": (Work(1e7, jobs=8), "numba"),
    "few enough that threads are as fast, which load it once": (Work(8e5, jobs=2), "numba"),
    "interpreted rules cost several times as much": (Work(1e5, compiled=False), "numba"),
    "to be compiled first: many no longer suffice": (Work(1e7, warm=False), "simpy"),
    "a great many do": (Work(1e8, warm=False), "numba"),
    "beside interpreted rules far fewer": (Work(1e7, compiled=False, warm=False), "numba"),
    "numba is not there": (Work(1e9, compiled=False, warm=None), "simpy"),
}


@pytest.mark.parametrize("name", WAYS)
def test_auto_takes_what_costs_less(name: str) -> None:
    """By what is expected of both engines: time by visits, and what it takes to begin, in each process. It says so."""
    work, engine = WAYS[name]
    found, why = work.cheaper()
    assert found == engine
    if work.warm is not None:
        assert (work.by_numba < work.by_simpy) == (engine == "numba")
        assert f"{work.visits:,.0f} step visits" in why and f"{work.by_numba:.1f} CPU s by numba" in why and f"{work.by_simpy:.1f} by simpy" in why
        assert ("interpreted" in why, "compiled once" in why) == (not work.compiled, not work.warm)
        assert ("threads" in why, "processes" in why) == (work.jobs > 1 and work.threads, work.jobs > 1 and not work.threads)


def test_threads_are_for_work_that_is_soon_done() -> None:
    """They do the work of one process and a half, and begin at once: with more jobs, processes are sooner worth their start. One job needs none."""
    longest = {jobs: max(n for n in range(1, 4000) if Work(n * 1e3, jobs).threads) for jobs in (2, 4, 8)}
    assert longest[2] == pytest.approx(1e3 * 0.35 / (1 / 1.5 - 1 / 2) / 2, abs=1.5)
    assert longest[2] > longest[4] > longest[8] > 100
    assert not Work(1e3, 1).threads


def test_the_facts_are_gathered(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Visits of all runs of all plans; numba's own rules are looked for only where they might pay."""
    monkeypatch.delenv(engines.SWITCH, raising=False)
    assert engines.expected_visits(plan) == pytest.approx(400 / 2 * 4)
    longer = replace(plan, horizon_us=2 * plan.horizon_us)
    assert engines.work_of([plan, longer], 10).visits == pytest.approx(10 * 1.5 * 800)
    assert engines.choice([plan], 1)[0] == "simpy"
    if engines.find_spec("numba") is not None:
        from procsim.engine.fast import kernel

        for warm in (False, True):
            monkeypatch.setattr(kernel, "warm", lambda warm=warm: warm)
            assert engines.work_of([plan], 100_000, 2) == Work(8e7, 2, engines.COMPILED, warm)
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    assert engines.choice([plan], 10**9) == ("simpy", "numba is not installed")


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
