"""Tells pages that wait for what is worked out behind them that there is more of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

WAIT_S = 1.5
"""A page that asks is answered after so long at the latest, with what there is by then."""


class News:
    """What those who wait hear when there is something new."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()

    async def tells(self) -> None:
        """There is something new."""
        async with self._condition:
            self._condition.notify_all()

    async def waits(self, there: Callable[[], bool]) -> None:
        """Until what somebody waits for is *there*, or for a while."""
        try:
            async with asyncio.timeout(WAIT_S), self._condition:
                await self._condition.wait_for(there)
        except TimeoutError:
            pass
