"""A SimPy environment in which the engine never takes a short way: its numbers must be the same there."""

from __future__ import annotations

from typing import Any

from simpy import Environment


class Always(list[Any]):
    """A calendar on which something else always happens now, for who looks at its first entry; ``heapq`` sees what is there."""

    def __getitem__(self, at: Any) -> Any:
        return (-1, 0, 0, None) if at == 0 else super().__getitem__(at)


class Slow(Environment):
    """Where no event is alone at its instant, so that none takes the short way."""

    def __init__(self) -> None:
        super().__init__()
        self._queue = Always()
