"""Closes connections on which nothing comes of a request, or nobody takes off what was answered: they would be held for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""Within so many seconds a request's head is there; whoever takes longer is gone after twice as long at the latest."""
MOST = 100
"""Connections at once."""


class Impatient(H11Protocol):  # type: ignore[misc]
    """uvicorn's protocol, which waits for the head of a request without end."""

    seconds = HEAD_S

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
            return
        self._seen: Any = None
        self._unsent = 0
        self._timer = self.loop.call_later(self.seconds, self._looks)

    def _looks(self) -> None:
        """Ends the connection where since the last look no request has begun and none was being answered, or nothing was taken off."""
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        unsent, idle = self.transport.get_write_buffer_size(), self.cycle is None or self.cycle.response_complete
        if (idle and not unsent and self.cycle is self._seen) or (unsent and unsent >= self._unsent > 0):
            self.transport.abort()
            return
        self._seen, self._unsent = self.cycle, unsent
        self._timer = self.loop.call_later(self.seconds, self._looks)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if hasattr(self, "_timer"):
            self._timer.cancel()
