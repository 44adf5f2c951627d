"""Tests replications on threads: the same bytes as one after the other, and an end as soon as it is asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from conftest import LINE, ROOT

from procsim.costs.totals import Totals
from procsim.engine import engines
from procsim.experiments.halting import halted
from procsim.experiments.processes import Pool
from procsim.experiments.replicate import Conditions, Harvest, gather, replicate
from procsim.experiments.threads import Threads, threads, workers
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load

NOISY = LINE.replace("every_h: 2}", "every_h: {exponential: {mean: 2}}}")


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A line whose releases vary, by numba."""
    pytest.importorskip("numba")
    monkeypatch.setenv(engines.SWITCH, "numba")
    (tmp_path / "noisy.yaml").write_text(NOISY, encoding="utf-8")
    return make(load(tmp_path / "noisy.yaml"))


def alike(one: Totals, other: Totals) -> bool:
    """Whether two replications are the same to the last bit."""
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Totals) if isinstance(getattr(one, f.name), np.ndarray))


def test_threads_change_no_byte(plan: Plan) -> None:
    """Nine replications on any number of threads, and one after the other; another replication differs."""
    alone = replicate(plan, 9)
    for jobs in (2, 3, 9):
        with threads(jobs) as pool:
            found = replicate(plan, 9, executor=pool)
        assert [one.sums for one in found] == [one.sums for one in alone]
        assert all(map(alike, found, alone))
    assert not alike(alone[0], alone[1])


def test_who_works_by_the_size_of_the_work(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """With numba, threads for what is soon done, else processes; with SimPy always these; and the engine is settled for all of them."""
    long = replace(plan, horizon_us=200_000 * plan.horizon_us)
    with workers([plan], 4, 2) as pool:
        assert isinstance(pool, Threads) and pool.jobs == 2
    with workers([long], 4, 2) as pool:
        assert isinstance(pool, Pool)
    with workers([plan], 1, 8) as pool:
        assert pool is None
    monkeypatch.setenv(engines.SWITCH, "auto")
    with workers([plan], 4, 2) as pool:
        assert isinstance(pool, Pool) and engines.asked() == "simpy"
    assert engines.asked() == "auto"


def test_time_is_up(plan: Plan) -> None:
    """At the deadline what is finished is kept, and threads that are at work end."""
    endless = replace(plan, horizon_us=10**7 * HOUR)
    harvest = Harvest()
    begun = time.monotonic()
    with threads(2) as pool:
        gather([plan, endless], [(0, 0), (1, 0), (0, 1), (1, 1)], Conditions(deadline=begun + 3.0), executor=pool, into=harvest)
    assert time.monotonic() - begun < 60
    assert harvest.stopped == "time"
    assert set(harvest.totals) <= {(0, 0), (0, 1)} and (0, 0) in harvest.totals
    assert threading.active_count() == 1 or not any("ThreadPool" in thread.name for thread in threading.enumerate())


def test_only_threads_of_the_pool_obey(plan: Plan) -> None:
    """The thread that asks for the end goes on working for itself."""
    with threads(2) as pool:
        assert isinstance(pool, Threads)
        pool.halt.set()
        assert pool.submit(halted).result()
    assert not halted()
    assert len(replicate(plan, 1)) == 1


COMMAND = """
import sys
from procsim.cli import main
from procsim.engine import engines

engines.START_S = 1e9  # so that all is for threads
sys.exit(main(["run", "endless.yaml", "--engine", "numba", "--jobs", "2", "--replications", "2", "--out", "found"]))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs a system that tells a process's threads")
@pytest.mark.parametrize(("asked", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_on_threads(plan: Plan, tmp_path: Path, asked: int, code: int) -> None:
    """The command ends soon, with the code of the signal, though its threads have work for long."""
    (tmp_path / "endless.yaml").write_text(NOISY.replace("horizon_h: 400", "horizon_h: 2000000"), encoding="utf-8")
    (tmp_path / "command.py").write_text(COMMAND, encoding="utf-8")
    run = subprocess.Popen([sys.executable, "command.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
                           env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))  # what runs in the background ignores it
    until = time.monotonic() + 60
    while len(list(Path(f"/proc/{run.pid}/task").iterdir())) < 3 and run.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)
    run.send_signal(asked)
    _, said = run.communicate(timeout=60)
    assert run.returncode == code, said
    assert not (tmp_path / "found").exists()
