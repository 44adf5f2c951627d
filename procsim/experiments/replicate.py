"""Runs replications of plans, here or in other processes, and keeps those that were finished where time is up before all are done."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.context import BaseContext, ForkServerContext
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from procsim.costs.ledger import Ledger
from procsim.costs.spool import Spool
from procsim.costs.totals import Totals
from procsim.engine.engines import SWITCH, prepare
from procsim.engine.simulate import simulate
from procsim.engine.view import Process
from procsim.errors import InfeasibleError, Place, RecipeError, StoppedError
from procsim.experiments.event_file import told
from procsim.planning.plan import Plan

Job = tuple[int, int]
"""Which plan, and which replication of it."""

Workers = Executor
"""Whoever computes replications for somebody else."""
BrokenProcess = BrokenExecutor
"""What is raised where a process that works for somebody else is killed."""
WATCH_S, GRACE_S = 0.5, 1.0
"""A worker process looks for its parent so often, and has so long to give up before it is ended."""
AHEAD = 3
"""Replications that a process has before it, so that it never waits for the next."""
LONGEST_TMP = 70
"""Bytes of the path of a folder in which processes can have the sockets through which they talk: the path of a socket has 103 at most on some
systems, and multiprocessing adds ``/pymp-…/listener-…``."""
_STARTING = threading.RLock()
_halt: list[Event] = []
"""In a worker process: what its ``Pool`` sets when it is to give up."""


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


def halted() -> bool:
    """In a worker process: whether it is to give up."""
    return any(event.is_set() for event in _halt)


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
    """``gather`` on an executor, a few jobs per process at a time. Where this ends early, what is under way is told to give up, and what is finished
    even so is kept."""
    ends: SimpleQueue[Future[Totals]] = SimpleQueue()
    waiting, running = iter(work.items()), dict[Future[Totals], Job]()
    room = AHEAD * executor.jobs if isinstance(executor, Pool) else len(work)
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


def give_up(executor: Executor, futures: Iterable[Future[Any]]) -> None:
    """Has a Pool end what it is at and refuse the rest; of another executor, drops what has not begun."""
    if isinstance(executor, Pool):  # whose futures are not cancelled: Python 3.11 stumbles over those where a process ends abruptly
        executor.halt.set()
        return
    for future in list(futures):
        future.cancel()


def replicate(plan: Plan, replications: int, *, executor: Executor | None = None, variable: bool = True,
              progress: Callable[[int], None] = lambda _: None) -> list[Totals]:
    """Replications 0 … *replications* - 1 of *plan*, of each of which *progress* is told; with mean values they are all alike, so one is run."""
    jobs = [(0, n) for n in range(replications if variable else 1)]
    harvest = gather([plan], jobs, Conditions(variable), executor=executor, progress=progress)
    if harvest.stopped:
        raise KeyboardInterrupt
    return harvest.of(0)


class Pool(ProcessPoolExecutor):
    """*jobs* processes, started clean, that leave signals to their parent, give up when it sets *halt*, and end when it does."""

    def __init__(self, jobs: int) -> None:
        context = foreseen()
        self.jobs, self.halt = jobs, context.Event()
        super().__init__(jobs, mp_context=context, initializer=_begin, initargs=(self.halt, os.environ.get(SWITCH, "")))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As of any executor; a process that is started for it does not run the user's script again."""
        with _main_unread():
            return super().submit(fn, *args, **kwargs)


def foreseen(*modules: str) -> BaseContext:
    """What processes are started by. Where one process starts all others, it is begun, and reads the *modules* that these will need, unless it has
    been begun before."""
    context = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
    _room_for_sockets()
    if isinstance(context, ForkServerContext):
        context.set_forkserver_preload(["procsim.experiments.replicate", *modules])
        resource_tracker.ensure_running()  # which would let interrupts through again
        with _interrupts_held(), _main_unread():  # it, and what it forks, hold them for good, from before their imports on
            forkserver.ensure_running()
    return context


@contextmanager
def _main_unread() -> Iterator[None]:
    """Processes that are started in the block do not import the main module, of which they need nothing: it may be a script that says what it does
    without asking whether it is the main one. One thread at a time is in the block."""
    main = sys.modules["__main__"]
    with _STARTING:
        spec, file = getattr(main, "__spec__", None), main.__dict__.pop("__file__", None)
        main.__spec__ = None
        try:
            yield
        finally:
            main.__spec__ = spec
            if file is not None:
                main.__file__ = file


def _room_for_sockets() -> None:
    """Has multiprocessing keep its sockets in /tmp where the path of TMPDIR is too long for them (newer Pythons do so by themselves).

    Raises RecipeError where there is no such folder either."""
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) <= LONGEST_TMP:
        return
    tempfile.tempdir = "/tmp"
    try:
        util.get_temp_dir()  # which it makes once and keeps
    except OSError:
        message = f"'{usual}' is too long a path for the sockets of several processes; set a shorter one, or ask for --jobs 1"
        raise RecipeError.at(Place("TMPDIR"), message) from None
    finally:
        tempfile.tempdir = usual


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C comes after the block; processes that are started in it never get it."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else set()
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _begin(halt: Event, engine: str) -> None:
    """What a worker process does first."""
    os.environ[SWITCH] = engine  # which may not be that with which the server of all processes was started
    for name, what in (("SIGINT", signal.SIG_IGN), ("SIGHUP", signal.SIG_IGN), ("SIGTERM", _end_soon)):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), what)
    _halt.append(halt)
    threading.Thread(target=_watch, args=(halt,), daemon=True).start()


def _nothing() -> None:
    """The first job of a process."""


def _end_soon(*_: object) -> None:
    """On SIGTERM: ends this process once the parent, which may have got it too, has had time to say what is to be done."""
    timer = threading.Timer(GRACE_S, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _watch(halt: Event) -> None:
    """Ends this process when its parent has ended, however that came, or when it does not give up by itself a while after *halt*."""
    parent = multiprocessing.parent_process()
    while parent is not None and parent.is_alive() and not halt.is_set():
        parent.join(WATCH_S)
    if parent is not None:
        parent.join(GRACE_S)
    os._exit(1)


@contextmanager
def processes(jobs: int) -> Iterator[Executor | None]:
    """An executor of *jobs* processes; None for one job, which needs none. Where the block ends early, the processes end what they are at.

    Raises InfeasibleError where a process is killed.
    """
    if jobs <= 1:
        yield None
        return
    pool = Pool(jobs)
    try:
        for started in [pool.submit(_nothing) for _ in range(jobs)]:  # while nobody interrupts: a process half begun is one that nobody ends
            started.result()
        yield pool
    except BrokenExecutor:
        raise InfeasibleError("a worker process was killed, perhaps for want of memory; try fewer --jobs") from None
    except BaseException:
        pool.halt.set()
        raise
    finally:
        pool.shutdown()
