"""Plans in, the Totals of their replications out, in order, whoever computed them; also where time is up before all are done."""

from __future__ import annotations

import math
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

from procsim.costs.ledger import Ledger
from procsim.costs.spool import Spool
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.errors import StoppedError
from procsim.plan.shape import Plan

Job = tuple[int, int]
"""Which plan, and which replication of it."""

_halt: list[Event] = []
"""In a worker process: what its ``Pool`` sets when it is to give up."""


def one(plan: Plan, replication: int, variable: bool = True, deadline: float = math.inf, spool: Path | None = None) -> Totals:
    """One replication. Its lots go to the folder *spool*; without one, the first replication keeps them. Raises StoppedError at *deadline*,
    a reading of time.monotonic()."""
    def over() -> bool:
        return time.monotonic() > deadline or any(event.is_set() for event in _halt)

    ledger = Ledger(plan, replication == 0 and spool is None, Spool(spool, _begun(plan)) if spool is not None else None)
    run = simulate(plan, replication, ledger.add, variable=variable, over=over)
    return ledger.close(run)


def _begun(plan: Plan) -> list[int]:
    """Lots of each stream that are in the line at time 0."""
    return [len(plan.wip.of(stream)) if plan.wip is not None else 0 for stream in range(len(plan.streams))]


@dataclass(slots=True)
class Harvest:
    """What was finished; *stopped* says what cut it short: "time", "interrupt", or nothing."""

    totals: dict[Job, Totals] = field(default_factory=dict)
    stopped: str = ""

    def of(self, plan: int) -> list[Totals]:
        """The replications of one plan, in order of their numbers."""
        return [self.totals[job] for job in sorted(self.totals) if job[0] == plan]

    def keep_pairs(self) -> None:
        """Drops replications that some plan has and another has not, so that all are compared on the same luck."""
        plans = {plan for plan, _ in self.totals}
        self.totals = {job: t for job, t in self.totals.items() if all((plan, job[1]) in self.totals for plan in plans)}


def gather(plans: Sequence[Plan], jobs: Sequence[Job], *, executor: Executor | None = None, variable: bool = True,
           deadline: float = math.inf, progress: Callable[[int], None] = lambda _: None, spool: Path | None = None) -> Harvest:
    """Works off *jobs*; the lots of the very first replication go to the folder *spool*, if there is one. At *deadline*, or when the user
    interrupts, what is finished is kept and what is not is dropped."""
    harvest = Harvest()
    work = [(plans[job[0]], job[1], variable, deadline, spool if job == (0, 0) else None) for job in jobs]
    if executor is not None:
        _share_out(dict(zip(jobs, work, strict=True)), executor, progress, harvest)
        return harvest
    try:
        for job, what in zip(jobs, work, strict=True):
            harvest.totals[job] = one(*what)
            progress(1)
    except StoppedError:
        harvest.stopped = "time"
    except KeyboardInterrupt:
        harvest.stopped = "interrupt"
    return harvest


Work = tuple[Plan, int, bool, float, Path | None]
"""What ``one`` is asked for."""


def _share_out(work: Mapping[Job, Work], executor: Executor, progress: Callable[[int], None], harvest: Harvest) -> None:
    """``gather`` on an executor. The first true error is raised, once the workers have given up."""
    futures: dict[Job, Future[Totals]] = {}
    try:
        for job, what in work.items():
            futures[job] = executor.submit(one, *what)
            futures[job].add_done_callback(lambda _: progress(1))
        wait(futures.values(), return_when=FIRST_EXCEPTION)
    except KeyboardInterrupt:
        harvest.stopped = "interrupt"
    if not all(future.done() for future in futures.values()):
        for future in futures.values():
            future.cancel()
        if isinstance(executor, Pool):
            executor.halt.set()
        wait(futures.values())
    for job, future in futures.items():
        try:
            harvest.totals[job] = future.result()
        except (StoppedError, CancelledError):
            harvest.stopped = harvest.stopped or "time"


def replicate(plan: Plan, replications: int, *, executor: Executor | None = None, variable: bool = True) -> list[Totals]:
    """Replications 0 … *replications* - 1 of *plan*; with luck off they are all alike, so one is run."""
    harvest = gather([plan], [(0, n) for n in range(replications if variable else 1)], executor=executor, variable=variable)
    if harvest.stopped:
        raise KeyboardInterrupt
    return harvest.of(0)


class Pool(ProcessPoolExecutor):
    """*jobs* processes, started clean, that leave Ctrl-C to their parent and give up when it sets *halt*."""

    def __init__(self, jobs: int) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["procsim.experiments.replicate"])
        self.halt = context.Event()
        super().__init__(jobs, mp_context=context, initializer=_begin, initargs=(self.halt,))


def _begin(halt: Event) -> None:
    """What a worker process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _halt.append(halt)


@contextmanager
def processes(jobs: int) -> Iterator[Executor | None]:
    """An executor of *jobs* processes; None for one job, which needs none."""
    if jobs <= 1:
        yield None
        return
    with Pool(jobs) as pool:
        yield pool
