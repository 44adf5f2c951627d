"""Stops a command: on Ctrl-C, on SIGTERM or SIGHUP, and when its time is up.

A command stops at once only where it says that it may (``Stop.may``): while it prepares, simulates, or makes what a report can do without.
Everywhere else a stop is remembered, so that what is finished is also printed and written, however often somebody presses Ctrl-C.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar

from procsim.errors import StoppedError

Made = TypeVar("Made")

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
AGAIN_S = 3.0
"""After so long a stop is tried again: the first may have come where Python cannot raise, such as in a destructor."""
SOON_S = 0.02
"""After so long where it is known that it came to nothing."""
SHARE, MOST_S = 0.2, 5.0
"""Of the time of a command so much, but no more seconds, is kept for what follows its simulating."""


class Stop:
    """What asks a command to stop: a *signal*, or the time *end*, as time.monotonic() counts. *left_out* are the things that it did without."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.seconds = self.end = math.inf
        self.signal = 0
        self.left_out: list[str] = []
        self._old: dict[int, Any] = {}
        self._hook = sys.unraisablehook
        self._raises, self._raised, self._until = False, -math.inf, math.inf

    def __enter__(self) -> Stop:
        """Takes over the signals that nobody else has taken over, and that are not ignored."""
        self._hook, sys.unraisablehook = sys.unraisablehook, self._dropped
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
                if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                    self._old[number] = signal.signal(number, self._told)
            if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) == signal.SIG_DFL:
                self._old[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._told)
        return self

    def __exit__(self, *_: object) -> None:
        sys.unraisablehook = self._hook
        if getattr(signal, "SIGALRM", None) in self._old:
            signal.setitimer(signal.ITIMER_REAL, 0.0)  # before its signal means the end again
        for number, old in self._old.items():
            signal.signal(number, old)

    def forget(self) -> None:
        """Ignores Ctrl-C from now on, instead of handing it back."""
        if signal.SIGINT in self._old:
            self._old[signal.SIGINT] = signal.SIG_IGN

    def within(self, seconds: float | None) -> None:
        """Bounds the command to so many *seconds* from its beginning."""
        self.seconds = seconds or math.inf
        self.end = self.begun + self.seconds

    @property
    def last(self) -> float:
        """When simulating has to end, so that a report can be made in time."""
        return self.end - min(SHARE * self.seconds, MOST_S) if self.end < math.inf else math.inf

    @property
    def asked(self) -> str:
        """Who asks to stop: "interrupt", "time", or nobody ("")."""
        return "interrupt" if self.signal else "time" if time.monotonic() >= self.end else ""

    @property
    def missing(self) -> str:
        """What is *left_out*, and why, in words; "" where nothing is."""
        why = "interrupted" if self.signal else "time is up (--max-wall-s)"
        return f"{', '.join(self.left_out)} left out: {why}" if self.left_out else ""

    @property
    def code(self) -> int:
        """Exit code after a signal, 128 and its number as shells have it (130 after Ctrl-C, 143 after SIGTERM); 0 without one."""
        return 128 + self.signal if self.signal else 0

    def may(self, until: float = math.inf) -> Interruptible:
        """A ``with`` block in which a signal raises KeyboardInterrupt, and the time (*until*, or the command's end) StoppedError: at its beginning,
        where it has come already."""
        return Interruptible(self, min(until, self.end))

    def unless(self, what: str, make: Callable[[], Made], otherwise: Made, until: float = math.inf) -> Made:
        """What *make* returns; *otherwise* where the command is to stop before that is done, and then *what* is left out."""
        with suppress(KeyboardInterrupt, StoppedError), self.may(until):
            return make()
        self.left_out.append(what)
        return otherwise

    def _told(self, number: int, frame: FrameType | None) -> None:
        """A signal has come, or the clock has. Where a block is just being left, it is too late to raise."""
        if number != getattr(signal, "SIGALRM", None):
            self.signal = self.signal or number
        leaves = frame is not None and frame.f_code is Interruptible.__exit__.__code__
        if self._raises and not leaves and time.monotonic() - self._raised > AGAIN_S:
            self._raise()

    def _dropped(self, what: sys.UnraisableHookArgs) -> None:
        """A stop came where Python cannot raise, such as in a destructor: nothing is said of it, and it is tried again at once."""
        if not issubclass(what.exc_type, StoppedError | KeyboardInterrupt):
            self._hook(what)
            return
        self._raised = -math.inf
        if getattr(signal, "SIGALRM", None) in self._old:
            signal.setitimer(signal.ITIMER_REAL, SOON_S)

    def _raise(self) -> None:
        now = time.monotonic()
        if self.signal or now >= self._until:
            self._raised = now
            raise KeyboardInterrupt if self.signal else StoppedError("time is up")


class Interruptible:
    """The block of ``Stop.may``. Blocks do not nest."""

    def __init__(self, stop: Stop, until: float) -> None:
        self.stop, self.until = stop, until

    def __enter__(self) -> None:
        stop = self.stop
        stop._until, stop._raised, stop._raises = self.until, -math.inf, True
        try:
            stop._raise()
            self._ring(max(self.until - time.monotonic(), 0.0) + 1e-3)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop._raises = False
        self._ring(0.0)

    def _ring(self, seconds: float) -> None:
        """Has the clock tell after so many *seconds*, and again; never with 0."""
        if self.until < math.inf and getattr(signal, "SIGALRM", None) in self.stop._old:
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_S + 1)
