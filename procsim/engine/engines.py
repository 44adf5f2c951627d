"""Says what runs the rules of a line: SimPy's own loop, or one of our own that numba compiles, which takes time before it saves any.

Both give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from procsim.engine.rules import COMPILED
from procsim.errors import Place, RecipeError
from procsim.planning.plan import Plan

ENGINES = ("auto", "simpy", "numba")
SWITCH = "PROCSIM_ENGINE"
"""An environment variable: the engine where nobody asks for another."""
VISIT_US = {"numba": 2.0, "compiled": 3.0, "interpreted": 11.0}
"""CPU µs of a step visit, with its draws and books, by what runs the rules: numba, or SimPy with rules that mypyc has compiled, or interpreted ones.
Shipped packages and the lines of the benchmarks take from half to twice as much; their differences are alike."""
LOAD_S, COMPILE_S = 0.5, 27.0
"""CPU seconds that it takes to load the compiled loop into a process, and to compile it, which is kept."""
START_S = 0.35
"""Seconds until other processes are there, which those who need none save."""
THREADS = 1.5
"""So many processes are as fast as threads, however many: draws and books hold Python's lock for 46 to 62 % of the time."""
MISSING = "the engine numba needs numba: pip install 'procsim[fast]'"


def asked(by: str = SWITCH) -> str:
    """The engine that is asked for. Raises RecipeError, which names *by* what it was, where there is none of that name, or numba is not there."""
    name = os.environ.get(SWITCH) or "auto"
    if name not in ENGINES:
        raise RecipeError.at(Place(by), f"must be one of {', '.join(ENGINES)} (got {name[:40]!r})")
    if name == "numba" and find_spec("numba") is None:
        raise RecipeError.at(Place(by), MISSING)
    return name


@contextmanager
def using(engine: str | None, by: str = "engine") -> Iterator[None]:
    """Has *engine* asked for in the block, by this process and those that it starts; None leaves that as it is. Raises as ``asked``."""
    before = os.environ.get(SWITCH)
    if engine is not None:
        os.environ[SWITCH] = engine
    try:
        asked(SWITCH if engine is None else by)
        yield
    finally:
        if before is None:
            os.environ.pop(SWITCH, None)
        else:
            os.environ[SWITCH] = before


@dataclass(frozen=True, slots=True)
class Work:
    """What the cost of a way to run depends on: step *visits* of all replications, which run on so many *jobs*; whether the rules are *compiled* by
    mypyc; and whether numba has compiled them too (*warm*; None: numba is not there)."""

    visits: float
    jobs: int = 1
    compiled: bool = True
    warm: bool | None = True

    @property
    def threads(self) -> bool:
        """Whether with numba threads are at least as fast as processes, which take a while to start."""
        seconds = self.visits * VISIT_US["numba"] / 1e6
        return self.jobs > 1 and seconds / min(self.jobs, THREADS) <= START_S + seconds / self.jobs

    @property
    def by_numba(self) -> float:
        """CPU seconds by numba, whose loop is loaded into each process, and is compiled where that has not been done."""
        return self.visits * VISIT_US["numba"] / 1e6 + LOAD_S * (1 if self.threads else self.jobs) + COMPILE_S * (not self.warm)

    @property
    def by_simpy(self) -> float:
        """CPU seconds by SimPy."""
        return self.visits * VISIT_US["compiled" if self.compiled else "interpreted"] / 1e6

    def cheaper(self) -> tuple[str, str]:
        """The engine that is expected to take less CPU time, and why, in words."""
        if self.warm is None:
            return "simpy", "numba is not installed"
        on = f" on {self.jobs} {'threads' if self.threads else 'processes'}" if self.jobs > 1 else ""
        once = "" if self.warm else ", its rules compiled once"
        rules = "" if self.compiled else ", its rules interpreted"
        told = f"about {self.visits:,.0f} step visits take some {self.by_numba:.1f} CPU s by numba{on}{once}, and {self.by_simpy:.1f} by simpy{rules}"
        return "numba" if self.by_numba < self.by_simpy else "simpy", told


def work_of(plans: Sequence[Plan], runs: int, jobs: int = 1) -> Work:
    """What so many *runs* of *plans*, the same number of each, on so many *jobs* are to the choice."""
    visits, warm = sum(map(expected_visits, plans)) / max(len(plans), 1) * runs, None
    if find_spec("numba") is not None:
        most = Work(visits, jobs, COMPILED)
        if most.by_numba >= most.by_simpy:  # whatever is compiled, which takes a while to find out
            return most
        from procsim.engine.fast.kernel import warm as is_warm

        warm = is_warm()
    return Work(visits, jobs, COMPILED, warm)


def choice(plans: Sequence[Plan], runs: int, jobs: int = 1) -> tuple[str, str]:
    """The engine by which so many *runs* of *plans* are done on so many *jobs*, and why, in words."""
    name = asked()
    return work_of(plans, runs, jobs).cheaper() if name == "auto" else (name, "it is asked for")


def prepare(plans: Sequence[Plan]) -> None:
    """Compiles the rules where that is yet to be done for *plans*, before each of several processes does."""
    if any(choice([plan], plan.replications)[0] == "numba" for plan in plans):
        from procsim.engine.fast.kernel import warm

        if not warm():
            load()


def load() -> None:
    """Has the compiled rules in this process: it takes a while, and longer where they are yet to be compiled."""
    from procsim.engine.fast.kernel import ready

    ready()


def expected_visits(plan: Plan) -> float:
    """Step visits of one replication, roughly: nothing is lost, sampled or done twice, and lots of a constant number never wait."""
    visits = 0.0
    for r, stream in enumerate(plan.streams):
        if stream.interval is not None:
            lots = plan.horizon_us / max(stream.interval.mean, 1.0) * stream.at_once
        else:
            lots = plan.horizon_us / max(float(np.max(plan.discipline.remaining[r], initial=0)), 1.0) * stream.conwip
        visits += min(lots, stream.limit or lots) * float(plan.route.streams[r].sum())
    return visits
