"""Tests how a what-if page has other processes work things out: each within a bound, one tab's no burden to another."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from procsim.serve.desks import GRACE_S, Desks, LateError
from procsim.serve.latest import Latest


def sleeps(seconds: float, says: str = "") -> tuple[str, int]:
    """Works so long; what is returned says in which process."""
    time.sleep(seconds)
    return says, os.getpid()


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wrong() -> None:
    raise ValueError("wrong")


def done(work: Callable[[Desks], Coroutine[Any, Any, None]], count: int = 2, seconds: float = 20.0) -> None:
    desks = Desks(count, seconds, (int,))
    desks.opens()
    try:
        asyncio.run(work(desks))
    finally:
        desks.ends()


def test_a_tab_has_one_process_and_comes_back_to_it() -> None:
    """What it asks for takes turns, however much that is, and another tab finds a process that is free."""
    async def asks(desks: Desks) -> None:
        many = [asyncio.ensure_future(desks.does(sleeps, 0.3, str(n), tab="a")) for n in range(3)]
        await asyncio.sleep(0.1)
        other = await desks.does(sleeps, 0.0, "b", tab="b")
        assert not any(one.done() for one in many[1:])
        found = await asyncio.gather(*many)
        assert [said for said, _ in found] == ["0", "1", "2"] and len({process for _, process in found}) == 1 and other[1] != found[0][1]
        assert (await desks.does(sleeps, 0.0, "", tab="b"))[1] == other[1] and (await desks.does(sleeps, 0.0, "", tab="a"))[1] == found[0][1]

    done(asks)


def test_whatever_gives_way_to_what_is_newer_holds_one_process_alone() -> None:
    """A tab that asks for more and more, each in the place of what was before, leaves the other process to others; so do those without a tab."""
    async def asks(desks: Desks) -> None:
        latest = Latest()
        await asyncio.gather(*(desks.does(sleeps, 0.5, tab=tab) for tab in ("a", "b")))
        for tab in ("a", ""):
            many = []
            for n in range(30):
                many.append(asyncio.ensure_future(latest.last(tab, desks.does(sleeps, 0.6, str(n), tab=tab))))
                await asyncio.sleep(0.02)
                assert sum(desk.taken for desk in desks._desks) == 1
            await desks.does(sleeps, 0.0, tab="b")
            assert not many[-1].done()
            found = await asyncio.gather(*many)
            assert found[:-1] == [None] * 29 and found[-1][0] == "29"

    done(asks)


def test_what_takes_too_long_ends_and_the_next_is_worked_out_anew() -> None:
    """Also where the process was killed; what *work* raises is raised, and its process stays."""
    async def asks(desks: Desks) -> None:
        await desks.does(sleeps, 0.0)
        with pytest.raises(LateError, match=r"longer than the 0\.5 s"):
            await desks.does(sleeps, 60.0)
        desks.seconds = 20.0
        first = await desks.does(sleeps, 0.0)
        with pytest.raises(ValueError, match="wrong"):
            await desks.does(wrong)
        assert await desks.does(sleeps, 0.0) == first
        with pytest.raises(LateError, match="was killed"):
            await desks.does(dies)
        assert (await desks.does(sleeps, 0.0))[1] != first[1]

    done(asks, count=1, seconds=0.5)


def test_what_nobody_waits_for_any_more_makes_room() -> None:
    """What has not begun never does, what takes long is ended, and what is nearly done leaves its process as it is."""
    async def asks(desks: Desks) -> None:
        first = await desks.does(sleeps, 0.0)
        for seconds, same in ((GRACE_S / 5, True), (60.0, False)):
            running = asyncio.ensure_future(desks.does(sleeps, seconds))
            waiting = asyncio.ensure_future(desks.does(dies))
            await asyncio.sleep(0.1)
            running.cancel()
            waiting.cancel()
            begun = time.monotonic()
            assert ((await desks.does(sleeps, 0.0))[1] == first[1]) == same
            assert time.monotonic() - begun < 15

    done(asks, count=1)


def test_nobody_waits_for_ever_for_a_process_that_is_free() -> None:
    async def asks(desks: Desks) -> None:
        long = asyncio.ensure_future(desks.does(sleeps, 5.0))
        await asyncio.sleep(0.1)
        desks.seconds = 0.2
        with pytest.raises(LateError, match="what others have asked for"):
            await desks.does(sleeps, 0.0)
        long.cancel()

    done(asks, count=1)


def test_only_the_last_request_of_a_tab_is_answered() -> None:
    """And tabs do not know of one another."""
    async def asks() -> None:
        latest, ended = Latest(), list[str]()

        async def works(name: str) -> str:
            await asyncio.sleep(0.05)
            ended.append(name)
            return name

        found = await asyncio.gather(*(latest.last(tab, works(name)) for tab, name in (("a", "1"), ("b", "2"), ("a", "3"), ("a", "4"))))
        assert found == [None, "2", None, "4"] and sorted(ended) == ["2", "4"] and not latest._doing
        alone = asyncio.ensure_future(latest.last("a", works("5")))
        await asyncio.sleep(0)
        alone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await alone

    asyncio.run(asks())
