"""Has work that is done for somebody else give up when that is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any, Protocol, runtime_checkable


class Halt(Protocol):
    """What is set once, and seen by all who work."""

    def is_set(self) -> bool: ...
    def set(self) -> None: ...


@runtime_checkable
class Obedient(Protocol):
    """An executor whose *jobs* workers give up when its *halt* is set."""

    jobs: int
    halt: Halt


class _Own(threading.local):
    """What this thread obeys."""

    halt: Halt | None = None


_own = _Own()


def obey(halt: Halt) -> None:
    """From now on work in this thread is to end when *halt* is set."""
    _own.halt = halt


def halted() -> bool:
    """Whether work in this thread is to give up; never of one that works for itself."""
    return _own.halt is not None and _own.halt.is_set()


def give_up(executor: object, futures: Iterable[Future[Any]]) -> None:
    """Has an executor that obeys end what it is at and refuse the rest; of another one, drops what has not begun."""
    if isinstance(executor, Obedient):  # whose futures are not cancelled: Python 3.11 stumbles over those where a process ends abruptly
        executor.halt.set()
        return
    for future in list(futures):
        future.cancel()
