"""Starts processes that work for this one, and ends them when it is interrupted or ends itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.context import BaseContext, ForkServerContext
from multiprocessing.synchronize import Event
from typing import Any

from procsim.engine.engines import SWITCH
from procsim.errors import InfeasibleError, Place, RecipeError
from procsim.experiments.halting import obey

Workers = Executor
"""Whoever computes replications for somebody else."""
BrokenProcess = BrokenExecutor
"""What is raised where a process that works for somebody else is killed."""
WATCH_S, GRACE_S = 0.5, 1.0
"""A worker process looks for its parent so often, and has so long to give up before it is ended."""
LONGEST_TMP = 70
"""Bytes of the path of a folder in which processes can have the sockets through which they talk: the path of a socket has 103 at most on some
systems, and multiprocessing adds ``/pymp-…/listener-…``."""
_STARTING = threading.RLock()


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
    obey(halt)
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
