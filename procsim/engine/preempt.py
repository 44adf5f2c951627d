"""A lot that may not wait in, somebody else's run interrupted: the interrupted lot resumes where it stopped when its turn comes.

A lot takes a tool only from one with a higher priority number, and only where it could take that tool if it were free: not one that is down, off
shift or in overtime, or owes maintenance; with ``no_start`` one where it ends in time; and, where it needs a setup, not from a lot of a minimum
run of several. The operator goes away. The interrupted lot resumes on any tool of the group: loaded once, with the rest of its work at that
tool's speed, and set up for again where that tool is set up for something else. A setup that is broken off comes to nothing: the tool is set
up as before it, and the lot pays for the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot
from procsim.engine.queues import ByRank

if TYPE_CHECKING:
    from procsim.engine.line import Line


def interrupt(line: Line, group: int, now: int) -> None:
    """Lots that still wait at *group*, all tools having been given out, take tools from lots with a higher priority number: the highest first, of
    equals from a tool that is set up for the new lot, and of these from the lot that began last. A lot that no tool yields to stays where it was. One
    that is interrupted may find an idle tool that the other could not take."""
    queue, tools = line.queues[group], line.tools[group]
    assert isinstance(queue, ByRank)
    passed: list[list[Lot]] = []
    while queue.heap:
        lot = queue.heap[0][3]
        able = [tool for tool in tools if tool.yields(lot, now)]
        if not able and not (line.unlike[group] and any(tool.runs and tool.runs[0].priority > lot.priority for tool in tools)):
            break  # nor does any tool yield to those behind it
        lots = queue.take(now, tools[0])
        if not able:
            passed.append(lots)
        elif line.limits is None or not line.limits.stop(line, lots, now):
            tool = max(able, key=lambda t: (t.runs[0].priority, t.is_set_up(lot), t.runs[0].start, t.number))
            queue.put(tool.break_off(now))
            line.start(tool, lots, now)
            if line.idle[group]:
                line.dirty.add(group)
    for lots in reversed(passed):
        queue.back(lots)
