"""Lets the last request of a tab take the place of those before it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Latest:
    """Knows of every tab what is being done for it."""

    def __init__(self) -> None:
        self._doing: dict[str, asyncio.Task[Any]] = {}

    async def last(self, tab: str, work: Coroutine[Any, Any, Any]) -> Any:
        """What *work* comes to; None where the same *tab* has had something else begun meanwhile, for which it is broken off."""
        task = asyncio.ensure_future(work)
        if tab in self._doing:
            self._doing[tab].cancel()
        self._doing[tab] = task
        try:
            return await task
        except asyncio.CancelledError:
            if self._doing.get(tab) is task:  # nobody is there any more
                raise
            return None
        finally:
            if self._doing.get(tab) is task:
                del self._doing[tab]
