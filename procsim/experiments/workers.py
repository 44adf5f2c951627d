"""Has tasks done here, by processes of this machine, or by a cluster; each task's end comes as soon as it is there, and a worker that is killed costs
only what it was at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, wait
from itertools import islice
from typing import Any, TypeVar

from procsim.errors import InfeasibleError
from procsim.experiments.halting import give_up
from procsim.experiments.processes import processes

Made = TypeVar("Made")
AHEAD = 2
"""Tasks that each worker has before it, so that it never waits for the next."""
DEATHS = 3
"""Times that workers may be killed with no task done in between."""
WAIT_S = 30.0
"""So long a cluster has to answer, and to have a worker."""


def here(work: Callable[[Any], Made], numbers: Sequence[int], task: Callable[[int], Any], jobs: int) -> Iterator[tuple[int, Made]]:
    """(number, what *work* makes of its *task*) of each of *numbers*, as they are done, by *jobs* processes; one needs none of its own.

    Raises InfeasibleError where processes are killed again and again.
    """
    if jobs <= 1:
        for number in numbers:
            yield number, work(task(number))
        return
    left, deaths = dict.fromkeys(numbers), 0
    while left:
        try:
            with processes(max(min(jobs, len(left)), 2)) as pool:
                for number, made in _pooled(work, list(left), task, pool or _nobody(), jobs):
                    deaths = 0
                    del left[number]
                    yield number, made
        except InfeasibleError as error:
            deaths += 1
            if not isinstance(error.__context__, BrokenExecutor) or deaths >= DEATHS:
                raise


def _nobody() -> Executor:
    raise AssertionError("more than one job has an executor")


def _pooled(work: Callable[[Any], Made], numbers: Sequence[int], task: Callable[[int], Any], pool: Executor,
            jobs: int) -> Iterator[tuple[int, Made]]:
    """``here`` on an executor."""
    waiting, running = iter(numbers), dict[Any, int]()
    try:
        while True:
            for number in islice(waiting, AHEAD * jobs - len(running)):
                running[pool.submit(work, task(number))] = number
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
    except BaseException:
        give_up(pool, running)
        raise


def on_cluster(work: Callable[[Any], Made], numbers: Sequence[int], task: Callable[[int], Any], scheduler: str) -> Iterator[tuple[int, Made]]:
    """``here``, by the workers of a Dask cluster whose *scheduler* has the address ``tcp://host:port``.

    Raises InfeasibleError where nobody answers there, or workers are killed again and again, and RecipeError where Dask is not installed.
    """
    from procsim.experiments.cluster import connected

    with connected(scheduler, WAIT_S) as client:
        yield from client.done(work, numbers, task, AHEAD)
