"""Runs replications of plans, here or by other workers, and keeps those that were finished where time is up before all are done."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from procsim.costs.ledger import Ledger
from procsim.costs.spool import Spool
from procsim.costs.totals import Totals
from procsim.engine.engines import load, prepare
from procsim.engine.simulate import simulate
from procsim.engine.view import Process
from procsim.errors import StoppedError
from procsim.experiments.event_file import told
from procsim.experiments.halting import Obedient, give_up, halted
from procsim.experiments.threads import Threads
from procsim.planning.plan import Plan

Job = tuple[int, int]
"""Which plan, and which replication of it."""

AHEAD = 3
"""Replications that a worker has before it, so that it never waits for the next."""


def one(plan: Plan, replication: int, variable: bool = True, deadline: float = math.inf, spool: Path | None = None,
        events: Path | None = None, processes: Sequence[Process] = ()) -> Totals:
    """One replication. Its lots go to the folder *spool*; without one, the first replication keeps them. What happens in it goes to the file
    *events*, if there is one, and *processes* share its environment. Raises StoppedError at *deadline*, a reading of time.monotonic()."""
    def over() -> bool:
        return time.monotonic() > deadline or halted()

    if over():
        raise StoppedError("stopped before the start")
    ledger = Ledger(plan, replication == 0 and spool is None, Spool(spool, _begun(plan)) if spool is not None else None)
    with told(plan, events) as sink:
        run = simulate(plan, replication, ledger.add, variable=variable, over=over, events=sink, processes=processes)
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
        """Drops replications that some plan has and another has not, so that all are compared on the same random numbers."""
        plans = {plan for plan, _ in self.totals}
        self.totals = {job: t for job, t in self.totals.items() if all((plan, job[1]) in self.totals for plan in plans)}


@dataclass(frozen=True, slots=True)
class Conditions:
    """On what conditions replications are run: with variability or with mean values, until a *deadline*, a reading of time.monotonic(), and with
    the lots of the very first one in the folder *spool*, and what happens in it in the file *events*, if there is one. *processes* share the
    environment of each."""

    variable: bool = True
    deadline: float = math.inf
    spool: Path | None = None
    events: Path | None = None
    processes: Sequence[Process] = ()

    def of(self, job: Job) -> tuple[bool, float, Path | None, Path | None, Sequence[Process]]:
        """What ``one`` is to know of them for *job*."""
        first = job == (0, 0)
        return self.variable, self.deadline, self.spool if first else None, self.events if first else None, self.processes


def gather(plans: Sequence[Plan], jobs: Sequence[Job], conditions: Conditions = Conditions(), *, executor: Executor | None = None,
           progress: Callable[[int], None] = lambda _: None, into: Harvest | None = None) -> Harvest:
    """Works off *jobs* on those *conditions*. At the deadline, or when the user interrupts, what is finished is kept and what is not is dropped. It
    is kept in *into*, however this ends, if that is given."""
    harvest = Harvest() if into is None else into
    work: list[Work] = [(plans[job[0]], job[1], *conditions.of(job)) for job in jobs]
    try:
        if executor is not None:
            if isinstance(executor, Threads):
                load()  # once, before each of them does
            else:
                prepare(plans)
            _share_out(dict(zip(jobs, work, strict=True)), executor, progress, harvest)
            return harvest
        for job, what in zip(jobs, work, strict=True):
            harvest.totals[job] = one(*what)
            progress(1)
    except StoppedError:
        harvest.stopped = "time"
    except KeyboardInterrupt:
        harvest.stopped = "interrupt"
    return harvest


Work = tuple[Plan, int, bool, float, Path | None, Path | None, Sequence[Process]]
"""What ``one`` is asked for."""


def _share_out(work: Mapping[Job, Work], executor: Executor, progress: Callable[[int], None], harvest: Harvest) -> None:
    """``gather`` on an executor, a few jobs per worker at a time. Where this ends early, what is under way is told to give up, and what is finished
    even so is kept."""
    ends: SimpleQueue[Future[Totals]] = SimpleQueue()
    waiting, running = iter(work.items()), dict[Future[Totals], Job]()
    room = AHEAD * executor.jobs if isinstance(executor, Obedient) else len(work)
    try:
        while True:
            for job, what in islice(waiting, room - len(running)):
                future = executor.submit(one, *what)
                running[future] = job
                future.add_done_callback(ends.put)
            if not running:
                return
            future = ends.get()
            harvest.totals[running[future]] = future.result()
            del running[future]
            progress(1)
    except BaseException:  # which may have come between any two of these lines
        give_up(executor, running)
        for future, job in running.items():
            with suppress(CancelledError, StoppedError, BrokenExecutor):
                harvest.totals[job] = future.result()
        raise


def replicate(plan: Plan, replications: int, *, executor: Executor | None = None, variable: bool = True,
              progress: Callable[[int], None] = lambda _: None) -> list[Totals]:
    """Replications 0 … *replications* - 1 of *plan*, of each of which *progress* is told; with mean values they are all alike, so one is run."""
    jobs = [(0, n) for n in range(replications if variable else 1)]
    harvest = gather([plan], jobs, Conditions(variable), executor=executor, progress=progress)
    if harvest.stopped:
        raise KeyboardInterrupt
    return harvest.of(0)
