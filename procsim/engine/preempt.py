"""A lot that may not wait in, somebody else's run interrupted: the interrupted lot resumes where it stopped when its turn comes.

A lot takes a tool only from one with a higher priority number, and only where it could take that tool if it were free: not one that is down, off
shift or in overtime, or owes maintenance; with ``no_start`` one where it ends in time; and, where it needs a setup, not from a lot of a minimum
run of several. The operator goes away. The interrupted lot resumes on any tool of the group: loaded once, with the rest of its work at that
tool's speed, and set up for again where that tool is set up for something else. A setup that is broken off comes to nothing: the tool is set
up as before it, and the lot pays for the time. A lot that returns to a tool takes no other from anybody; and one that is interrupted at a step to
whose tool it returns resumes on that very tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot
from procsim.engine.queues import ByRank, Choosing
from procsim.engine.tool import Tool

if TYPE_CHECKING:
    from procsim.engine.line import Line


def interrupt(line: Line, group: int, now: int) -> None:
    """Lots that still wait at *group*, all tools having been given out, take tools from lots with a higher priority number, in the order in which
    they wait. A lot that is interrupted may find an idle tool that the other could not take."""
    queue = line.queues[group]
    assert isinstance(queue, ByRank | Choosing)
    while (claim := _claim(line, group, now)) is not None:
        lot, tool = claim
        queue.remove(lot)
        if line.limits is not None and line.limits.stop(line, [lot], now):
            continue
        other = tool.break_off(now)
        other.wanted = line.own_tool(other)
        queue.put(other)
        line.start(tool, [lot], now)
        if line.idle[group]:
            line.dirty.add(group)


def _claim(line: Line, group: int, now: int) -> tuple[Lot, Tool] | None:
    """The first lot that waits at *group* and to which a tool yields, and that tool: the one with the highest priority number, of equals one that is
    set up for the lot, and of these the one that began last."""
    queue, tools = line.queues[group], line.tools[group]
    assert isinstance(queue, ByRank | Choosing)
    for lot in queue.ahead_of(max((tool.runs[0].priority for tool in tools if tool.runs), default=0)):
        able = [tool for tool in tools if lot.wanted in (-1, tool.number) and tool.yields(lot, now)]
        if able:
            return lot, max(able, key=lambda t: (t.runs[0].priority, t.is_set_up(lot), t.runs[0].start, t.number))
        if not line.unlike[group]:
            break  # nor does any tool yield to those behind it
    return None
