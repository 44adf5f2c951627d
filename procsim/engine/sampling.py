"""A line in, what its tools do while lots wait for them out: work sampling, as one does it on the floor with a clipboard.

At a hundred instants of the window somebody looks at every tool group: does a lot wait for it, and if so, what does each of its tools do?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import RESET, Tick
from procsim.engine.outages import Break, Planned
from procsim.lots.records import ATTENDED, DOING, INSIDE, LOOKS, PRODUCTIVE, SETTING_UP, WAITED

if TYPE_CHECKING:
    from procsim.engine.line import Line

TIMES = 100
"""Looks in a window: one replication tells a share of a half to 0.05, at a hundredth of the run's time."""
_GOLDEN = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: its multiples, modulo 2^64, lie evenly and keep step with nothing that comes round."""


class Sampling:
    """*seen*: for every group what ``records.Run.seen`` holds."""

    __slots__ = ("line", "looks", "seen", "tick")

    def __init__(self, line: Line) -> None:
        self.line, self.looks = line, 0
        self.seen = [[0] * (ATTENDED + 2 * len(line.pools)) for _ in line.tools]
        self.tick = Tick(line.env, self._look)
        self._wait(0)

    def _wait(self, now: int) -> None:
        """Until the next look, somewhere in the next part of the window."""
        plan = self.line.plan
        spot = (self.looks << 64) + self.looks * _GOLDEN % 2**64
        at = plan.warmup_us + ((plan.horizon_us - plan.warmup_us) * spot // TIMES >> 64)
        if self.looks < TIMES:
            self.tick.set(at - now, RESET, 1)

    def _look(self, tick: Any) -> None:
        del tick
        line = self.line
        self.looks += 1
        calls = {caller.tool if isinstance(caller, Break | Planned) else caller: p for p, pool in enumerate(line.pools) for caller in pool.calls}
        for g, (tools, seen) in enumerate(zip(line.tools, self.seen, strict=True)):
            seen[LOOKS] += 1
            if not self._waits(g):
                continue
            seen[WAITED] += 1
            for tool in tools:
                pool = calls.get(tool, -1)
                seen[DOING + tool.state if pool < 0 else ATTENDED + (len(line.pools) if tool.down else 0) + pool] += 1
        self._wait(line.env.now)

    def _waits(self, g: int) -> bool:
        """Whether a lot waits for the group: in its queue, for room in it, or in one of its tools that does not work on it."""
        line = self.line
        return (len(line.queues[g]) > 0 or (line.buffers is not None and bool(line.buffers.kept[g]))
                or any(tool.runs and tool.state not in (PRODUCTIVE, INSIDE, SETTING_UP) for tool in line.tools[g]))
