"""Has other processes work things out, each within a bound, so that nobody waits for what somebody else has asked for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from procsim.experiments.replicate import BrokenProcess, Pool

GRACE_S = 1.0
"""So long a process may go on with what nobody waits for any more before it is ended, which costs more than to let it finish."""
TABS = 200
"""Tabs of which it is known who has worked for them last, at most."""


class LateError(Exception):
    """What was asked for could not be worked out in the time that there is for it, or nobody was free to begin with it."""


class _Desk:
    """One process, that does one thing after another, and first of all what it is *warmed* by."""

    def __init__(self, warmed: Sequence[Any]) -> None:
        self.taken = False
        self._warmed = warmed
        self._pool: Pool | None = None
        self._warm: Any = None
        self._doing: asyncio.Future[Any] | None = None

    @property
    def warm(self) -> bool:
        return self._warm is not None and self._warm.done()

    def begins(self) -> Any:
        """Starts the process, unless it runs, and has it warmed: the future of that."""
        if self._pool is None:
            self._pool = Pool(1)
            self._warm = self._pool.submit(*self._warmed)
        return self._warm

    def ends(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.halt.set()
            pool.shutdown(wait=False, cancel_futures=True)

    async def does(self, seconds: float, work: Callable[..., Any], *words: Any) -> Any:
        """What *work* makes of *words*. Raises LateError where it takes longer than so many *seconds*, or the process is killed."""
        try:
            if self._pool is None:
                await asyncio.to_thread(self.begins)
            assert self._pool is not None
            self._doing = asyncio.wrap_future(self._pool.submit(work, *words))
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._doing)
        except TimeoutError:
            raise LateError(f"this takes longer than the {seconds:g} s that a page may ask for") from None
        except BrokenProcess:
            self.ends()
            raise LateError("the process that worked it out was killed, perhaps for want of memory") from None

    def leaves(self, left: Callable[[], None]) -> None:
        """Calls *left* once the process is free again: what it does has a while to come to its end, or else the process is begun anew."""
        doing, self._doing, loop = self._doing, None, asyncio.get_running_loop()
        if doing is None or doing.done():
            left()
            return

        def ends() -> None:
            self.ends()
            loop.run_in_executor(None, self.begins).add_done_callback(lambda _: left())

        def done(_: object) -> None:
            if not doing.cancelled():
                doing.exception()  # of which nobody needs to hear any more
            if not timer.cancelled() and timer.when() > loop.time():
                timer.cancel()
                left()

        timer = loop.call_later(GRACE_S, ends)
        doing.add_done_callback(done)


class Desks:
    """So many processes (*count*), each of which has so many *seconds* for a thing, and is *warmed* by a call before the first. Things that are asked
    for by one tab take turns, so that no tab holds more than one process; a tab gets the one that it had before, which remembers, where that is
    free. What is cancelled, since nobody waits for it any more, or takes too long, ends with its process; another one is begun."""

    def __init__(self, count: int, seconds: float, warmed: Sequence[Any]) -> None:
        self.seconds = seconds
        self._desks = [_Desk(warmed) for _ in range(count)]
        self._room = asyncio.Semaphore(count)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._had: OrderedDict[str, _Desk] = OrderedDict()

    def opens(self) -> None:
        """Starts one of the processes; another one is started when it is needed. Raises what the call that warms it raises."""
        self._desks[0].begins().result()

    def more(self) -> None:
        """Starts all of them, so that they are warm when they are needed."""
        for desk in self._desks:
            desk.begins()

    def ends(self) -> None:
        """Ends the processes."""
        for desk in self._desks:
            desk.ends()

    async def does(self, work: Callable[..., Any], *words: Any, tab: str = "") -> Any:
        """What *work* makes of *words*, in one of the processes. Raises LateError, and what *work* raises."""
        async with self._turn(tab), self._free(tab) as desk:
            return await desk.does(self.seconds, work, *words)

    @asynccontextmanager
    async def _turn(self, tab: str) -> AsyncIterator[None]:
        """One thing of a *tab* after another; of what has none, all at once."""
        if not tab:
            yield
            return
        turn = self._turns.setdefault(tab, asyncio.Lock())
        async with turn:
            yield

    @asynccontextmanager
    async def _free(self, tab: str) -> AsyncIterator[_Desk]:
        """A desk that is free, once one is."""
        try:
            async with asyncio.timeout(self.seconds):
                await self._room.acquire()
        except TimeoutError:
            raise LateError("the server is at work on what others have asked for; ask again in a while") from None
        had = self._had.pop(tab, None)
        desk = max((one for one in self._desks if not one.taken), key=lambda one: (one is had, one.warm))
        desk.taken = True
        if tab:
            self._had[tab] = desk
            while len(self._had) > TABS:
                self._had.popitem(last=False)
        try:
            yield desk
        finally:
            desk.leaves(lambda: self._leaves(desk))

    def _leaves(self, desk: _Desk) -> None:
        desk.taken = False
        self._room.release()
