"""Has other processes work things out, each within a bound, so that nobody waits for what somebody else has asked for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from procsim.experiments.processes import BrokenProcess, Pool

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

    def leaves(self, over: Callable[[], None], left: Callable[[], None]) -> None:
        """Calls *over* once what it does is over, and *left* once the process is free again: what it does has a while to come to its end, or else the
        process is begun anew."""
        doing, self._doing, loop = self._doing, None, asyncio.get_running_loop()
        if doing is None or doing.done():
            over()
            left()
            return

        def ends() -> None:
            doing.remove_done_callback(done)
            doing.add_done_callback(_heard)
            self.ends()
            over()
            loop.run_in_executor(None, self.begins).add_done_callback(lambda _: left())

        def done(found: asyncio.Future[Any]) -> None:
            timer.cancel()
            _heard(found)
            over()
            left()

        timer = loop.call_later(GRACE_S, ends)
        doing.add_done_callback(done)


def _heard(found: asyncio.Future[Any]) -> None:
    """Nobody needs to hear any more what went wrong there."""
    if not found.cancelled():
        found.exception()


class Desks:
    """So many processes (*count*), each of which has so many *seconds* for a thing, and is *warmed* by a call before the first. Things that are asked
    for by one tab take turns, so that no tab holds more than one process; a tab gets the one that it had before, which remembers, where that is
    free. Those that have no tab yet ("") leave one process to those that have.

    What is cancelled, since nobody waits for it any more, or takes too long, ends with its process; another one is begun."""

    def __init__(self, count: int, seconds: float, warmed: Sequence[Any]) -> None:
        self.seconds = seconds
        self._desks = [_Desk(warmed) for _ in range(count)]
        self._room = asyncio.Semaphore(count)
        self._strangers = asyncio.Semaphore(max(count - 1, 1))
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
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

    async def does(self, work: Callable[..., Any], *words: Any, tab: str | None = None) -> Any:
        """What *work* makes of *words*, in one of the processes. Raises LateError, and what *work* raises."""
        turn, desk = await self._begun(tab)
        try:
            return await desk.does(self.seconds, work, *words)
        finally:
            desk.leaves(turn.release, lambda: self._leaves(desk))

    async def _begun(self, tab: str | None) -> tuple[asyncio.Semaphore, _Desk]:
        """The turn of a tab and a process that is free, once it comes and one is. Raises LateError where that takes too long."""
        turn = asyncio.Semaphore() if tab is None else self._turns.setdefault(tab, asyncio.Semaphore()) if tab else self._strangers
        try:
            async with asyncio.timeout(self.seconds):
                await turn.acquire()
                try:
                    await self._room.acquire()
                except BaseException:
                    turn.release()
                    raise
        except TimeoutError:
            raise LateError("the server is at work on what others have asked for; ask again in a while") from None
        return turn, self._taken(tab or "")

    def _taken(self, tab: str) -> _Desk:
        had = self._had.pop(tab, None)
        desk = max((one for one in self._desks if not one.taken), key=lambda one: (one is had, one.warm))
        desk.taken = True
        if tab:
            self._had[tab] = desk
            while len(self._had) > TABS:
                self._had.popitem(last=False)
        return desk

    def _leaves(self, desk: _Desk) -> None:
        desk.taken = False
        self._room.release()
