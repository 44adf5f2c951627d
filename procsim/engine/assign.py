"""Which free tool does which waiting run, where tools of a group are not all the same to it."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappush
from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import Entry
from procsim.engine.lot import Lot
from procsim.engine.queues import Queue

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.tool import Tool


def assign(line: Line, group: int, now: int) -> Entry | None:
    """Starts every run that may start, and hands back what the calendar is to hold of the last. Runs are offered in the order of the queue's rule;
    each goes to a free tool that is set up for it, else to the first in the group's order that may change its setup, which it may not before its
    minimum run, while a lot waits that it is set up for. A lot that must return to a tool goes to that one only, and is no reason for another one to
    keep its setup; with ``least_setup`` it counts with the setup that it would ask of its own tool. Under ``no_start`` a tool starts what ends within
    its shift. A run that no free tool may start stays where it was, and the next is offered."""
    idle, queue, quick = line.idle[group], line.queues[group], line.quick[group]
    tools = line.tools[group]  # all of them Staged, if it is a quick group
    passed: list[list[Lot]] = []
    entry: Entry | None = None
    while idle:
        lots = queue.take(now, tools[idle[0]])
        if not lots:
            break
        if line.limits is not None and line.limits.stop(line, lots, now):
            continue
        tool: Any = _choice(tools, idle, lots, now, queue, passed)
        if tool is None:
            passed.append(lots)
            continue
        idle.remove(tool.number)
        if line.buffers is not None:
            line.buffers.inside[group] -= len(lots)
        if not quick or lots[0].rest >= 0:
            line.start(tool, lots, now)
            continue
        if entry is not None:
            heappush(line.calendar, entry)
        lots[0].start = now
        entry = tool.begin(lots, now)
    for lots in reversed(passed):
        queue.back(lots)
    return entry


def give_out_unlike(line: Line, group: int, now: int) -> None:
    """As ``assign``, with all of it on the calendar."""
    entry = assign(line, group, now)
    if entry is not None:
        heappush(line.calendar, entry)


def _choice(tools: Sequence[Tool], free: list[int], lots: list[Lot], now: int, queue: Queue, passed: list[list[Lot]]) -> Tool | None:
    """The tool for a run of *lots* among those of the numbers *free*, or none; *passed* are runs that none of them may start."""
    best, needed, wanted = None, -1, lots[0].wanted
    for number in free if wanted < 0 else [wanted]:
        tool = tools[number]
        setup = tool.setup
        if tool.picky and not tool.in_time(lots, now):
            continue
        if setup is None:
            return tool
        if needed < 0:  # the same for all tools of the group
            needed = setup.needed(lots)
        if needed == setup.state:
            return tool
        if best is None and (setup.ran >= setup.law.min_run or not _more(tool, queue, passed)):
            best = tool
    return best


def _more(tool: Tool, queue: Queue, passed: list[list[Lot]]) -> bool:
    """Whether lots wait that the tool is set up for, and may take."""
    setup = tool.setup
    assert setup is not None
    return any(setup.needed([lot]) == setup.state and lot.wanted in (-1, tool.number)
               for lot in [*queue.waiting(), *(lot for lots in passed for lot in lots)])
