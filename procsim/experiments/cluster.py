"""Speaks with Dask distributed: starts a scheduler and workers on this machine, and has a cluster work off tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from procsim.errors import InfeasibleError, Problem, RecipeError

Made = TypeVar("Made")
MISSING = "a cluster needs Dask: pip install 'procsim[cluster]'"


@dataclass(frozen=True, slots=True)
class Connection:
    """A cluster that answers, through Dask's *client*."""

    client: Any

    def done(self, work: Callable[[Any], Made], numbers: Sequence[int], task: Callable[[int], Any], ahead: int) -> Iterator[tuple[int, Made]]:
        """(number, what *work* makes of its *task*) of each of *numbers*, as they are done; each worker has a few *ahead*. What a worker was at
        that dies is done by another one."""
        from distributed import as_completed
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        waiting, running = iter(numbers), dict[Any, int]()
        ends = as_completed(loop=self.client.loop)
        try:
            while True:
                for number in islice(waiting, max(ahead * self.threads() - len(running), 0)):
                    future = self.client.submit(work, task(number), pure=False)
                    running[future] = number
                    ends.add(future)
                if not running:
                    if self.threads():
                        return
                    raise InfeasibleError("the cluster has no worker any more")
                future = next(ends)
                number = running.pop(future)
                yield number, future.result()
                future.release()
        except KilledWorker:
            raise InfeasibleError("workers were killed again and again at the same points, perhaps for want of memory") from None
        except (FutureCancelledError, OSError) as error:
            raise InfeasibleError(f"the cluster is gone: {' '.join(str(error).split()) or type(error).__name__}") from None
        finally:
            with suppress(Exception):
                self.client.cancel(list(running))

    def threads(self) -> int:
        """Threads of all workers that there are now."""
        return sum(self.client.nthreads().values())


@contextmanager
def connected(scheduler: str, seconds: float) -> Iterator[Connection]:
    """A connection to the cluster whose *scheduler* has that address, where it answers, and has a worker, within so many *seconds*."""
    try:
        from distributed import Client
    except ImportError:
        raise RecipeError(Problem(MISSING)) from None
    try:
        client = Client(scheduler, timeout=seconds, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InfeasibleError(f"no scheduler answers at {scheduler}: {error}; start one by procsim cluster") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=seconds)
        except TimeoutError:
            raise InfeasibleError(f"the scheduler at {scheduler} has no worker") from None
        yield Connection(client)


@contextmanager
def started(workers: int, host: str, port: int) -> Iterator[str]:
    """A scheduler that listens at *host* and *port* (0: any that is free), and so many *workers* of one thread each, on this machine; its address.
    It has no dashboard. Raises RecipeError where Dask is not installed."""
    try:
        from distributed import LocalCluster
    except ImportError:
        raise RecipeError(Problem(MISSING)) from None
    with LocalCluster(n_workers=workers, threads_per_worker=1, host=host, scheduler_port=port, dashboard_address=None) as cluster:
        yield str(cluster.scheduler_address)
