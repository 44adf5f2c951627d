"""Runs replications on threads of this process, where that is at least as fast as on processes: nothing is loaded, or held in memory, twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from procsim.engine.engines import choice, using, work_of
from procsim.experiments.halting import obey
from procsim.experiments.processes import processes
from procsim.planning.plan import Plan


class Threads(ThreadPoolExecutor):
    """*jobs* threads that give up when somebody sets *halt*: signals come to the main thread, which does so."""

    def __init__(self, jobs: int) -> None:
        self.jobs, self.halt = jobs, threading.Event()
        super().__init__(jobs, initializer=obey, initargs=(self.halt,))


@contextmanager
def threads(jobs: int) -> Iterator[Executor]:
    """An executor of *jobs* threads. Where the block ends early, they end what they are at."""
    pool = Threads(jobs)
    try:
        yield pool
    except BaseException:
        pool.halt.set()
        raise
    finally:
        pool.shutdown()


@contextmanager
def workers(plans: Sequence[Plan], runs: int, jobs: int) -> Iterator[Executor | None]:
    """An executor for so many *runs* of *plans*, on *jobs* threads or processes, by one engine; None for one job, which needs none."""
    jobs = min(jobs, runs)
    engine, _ = choice(plans, runs, jobs)
    on_threads = engine == "numba" and work_of(plans, runs, jobs).threads
    with using(engine), threads(jobs) if on_threads else processes(jobs) as pool:
        yield pool
