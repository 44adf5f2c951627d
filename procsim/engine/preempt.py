"""A lot that may not wait in, somebody else's run interrupted: the interrupted lot resumes where it stopped when its turn comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.queues import ByRank
from procsim.engine.tool import Tool

if TYPE_CHECKING:
    from procsim.engine.line import Line


def interrupt(line: Line, group: int, now: int) -> None:
    """Lots that still wait at *group*, all tools having been given out, take tools from lots with a higher priority number: the
    highest first, and of equals the one that began last. Tools under repair, or that owe maintenance, are left alone."""
    queue = line.queues[group]
    assert isinstance(queue, ByRank)
    while queue.heap:
        busy = [tool for tool in line.tools[group] if tool.runs and not tool.down and not tool.due]
        if not busy:
            return
        tool = max(busy, key=lambda t: (t.runs[0].priority, t.runs[0].start, t.number))
        if tool.runs[0].priority <= queue.heap[0][3].priority:
            return
        lots = queue.take(now, tool)
        if line.limits is not None and line.limits.stop(line, lots, now):
            continue
        _break_off(tool, now)
        line.start(tool, lots, now)


def _break_off(tool: Tool, now: int) -> None:
    """The lot in *tool* goes back to the queue with the rest of its work."""
    lot = tool.runs.pop()
    lot.rest = tool.ends - now
    tool.tick.cancel()
    tool.tick = tool.new_tick()
    tool.rest(now)
    tool.line.queues[tool.group].put(lot)
