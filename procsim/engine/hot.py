"""Where a simulation spends its time: the end of a run, the way out of an in-line tool, and the way to the next queue."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import Entry
from procsim.engine.lot import Lot
from procsim.engine.queues import ByRank
from procsim.engine.tool import Tool
from procsim.records import PRODUCTIVE, STANDBY

if TYPE_CHECKING:
    from procsim.engine.line import Line

Handler = Callable[[Any], Entry | None]
Door = tuple[deque[Lot], list[int], list[Tool]]
"""What a lot meets at a plain tool group: who waits, which tools are idle, all tools."""


def hot_path(line: Line) -> tuple[Handler, Handler, Handler]:
    """(*finish*, *arrived*, *passed*): names are bound once and steps written out.

    Where other events share the instant, giving out work is left to ``Line.dispatch``; where none does (news that waits for a dispatch
    has it on the calendar), the outcome of a dispatch is known: a freed tool takes the next lot of its queue, a lot takes a tool that
    stands idle. Both ways give the same numbers. Three things make this fast. SimPy's own calendar and clock are read here, instead of
    through ``peek``, ``now`` and ``schedule``. What one event puts on the calendar last is handed back to ``watch.run_to``, which puts it
    there as it takes the next one. And what does not change is looked up once: *doors* holds what a lot meets at each position,
    None where more is to be asked (the end of the route or of a lot as one, transport, a group that is not plain or breaks down by busy time).
    """
    env: Any = line.env
    calendar, push = line.calendar, heappush
    group_of, idle, tools_of, waiting_at, steady, plain = line.group_of, line.idle, line.tools, line.waiting, line.steady, line.plain
    fragile = {breakdown.group for breakdown in line.plan.groups.breakdowns if breakdown.busy_clock}
    straight = [plain[g] and g not in fragile and line.plan.times.transport is None for g in range(len(plain))]
    doors: list[Door | None] = [(waiting_at[g], idle[g], tools_of[g]) if straight[g] else None for g in group_of]
    doors += [None] * (1 + len(line.plan.route.stretches))
    put = [queue.put for queue in line.queues]
    by_rank = [queue.heap if isinstance(queue, ByRank) else None for queue in line.queues]
    last = len(group_of)

    def begin(tool: Tool, lot: Lot, now: int) -> Entry:
        """*tool*, which stands idle, starts a run of *lot*."""
        lot.start = now
        tool.runs.append(lot)
        tool.acc[STANDBY] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        time = lot.work[lot.step]
        tool.ends = end = now + time
        for one in tool.busy_breaks:
            one.work(now, time)
        tick = tool.tick
        return end, tool.priority, tick.turn, tick

    def join(lot: Lot, now: int) -> Entry | None:
        """*lot* is at its next step, and nothing else happens now."""
        group = group_of[lot.step]
        if not steady[group]:
            line.arrive(lot, now)
            line.settle(now)
            return None
        lot.arrived = now
        free = idle[group]
        if free:
            return begin(tools_of[group][free.pop(0)], lot, now)
        put[group](lot)
        return None

    def onward(lot: Lot, step: int, now: int) -> Entry | None:
        """*lot* goes on to *step*, and nothing else happens now."""
        if step >= last:
            line.turn_off(lot, step, now)
            line.settle(now)
            return None
        lot.step = step
        move = lot.move[step]
        return lot.carry(now, move) if move else join(lot, now)

    def arrived(tick: Any) -> Entry | None:
        lot, now = tick.owner, env._now
        if calendar[0][0] > now:
            return join(lot, now)
        line.arrive(lot, now)
        line.settle(now)
        return None

    def passed(tick: Any) -> Entry | None:
        lot, now = tick.owner, env._now
        if calendar[0][0] > now:
            lot.note((lot.arrived, lot.start, now))
            return onward(lot, lot.onto[lot.step], now)
        line.go_on(lot, now)
        line.settle(now)
        return None

    def watched(tool: Tool, now: int) -> Entry | None:
        """The end of a run where nothing else happens now, but the tool may break down by busy time, or its queue is by rank. A lot that
        comes back to that very queue, or lets one in, may be the next that it takes: that is for ``dispatch``."""
        group, lot = tool.group, tool.runs[0]
        step = lot.onto[lot.step]
        if not steady[group] or tool.due or tool.counted or step >= last or group_of[step] == group:
            line.finish_slowly(tool, now)
            return None
        tool.runs.pop()
        tool.acc[PRODUCTIVE] += now - tool.since
        tool.state, tool.since = STANDBY, now
        for one in tool.busy_breaks:
            one.halt(now)
        ranked, entry = by_rank[group], None
        if ranked:
            entry = begin(tool, heappop(ranked)[3], now)
        elif tool.waiting:
            entry = begin(tool, tool.waiting.popleft(), now)
        else:
            insort(tool.idle, tool.number)
        if tool.inline:
            if entry:
                push(calendar, entry)
            return lot.pass_through(now, tool.way_out(lot, now))
        note = lot.note
        note((lot.arrived, lot.start, now))
        if entry:
            push(calendar, entry)
        return onward(lot, step, now)

    def finish(tick: Any) -> Entry | None:
        tool: Tool = tick.owner
        now = env._now
        if calendar[0][0] <= now:
            line.finish_slowly(tool, now)
            return None
        if tool.watched:
            return watched(tool, now)
        runs, waiting = tool.runs, tool.waiting
        lot = runs.pop()
        if waiting:
            other = waiting.popleft()
            runs.append(other)
            other.start = now
            tool.ends = end = now + other.work[other.step]
            entry: Entry | None = (end, tool.priority, tick.turn, tick)
        else:
            tool.acc[PRODUCTIVE] += now - tool.since
            tool.state, tool.since = STANDBY, now
            insort(tool.idle, tool.number)
            entry = None
        if tool.inline:
            if entry:
                push(calendar, entry)
            return lot.pass_through(now, tool.way_out(lot, now))
        note = lot.note
        note((lot.arrived, lot.start, now))
        step = lot.onto[lot.step]
        door = doors[step]
        if door is None:
            if entry:
                push(calendar, entry)
            return onward(lot, step, now)
        lot.step = step
        lot.arrived = now
        waiting, free, tools = door
        if not free:
            waiting.append(lot)
            return entry
        if entry:
            push(calendar, entry)
        tool = tools[free.pop(0)]
        lot.start = now
        tool.runs.append(lot)
        tool.acc[STANDBY] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        tool.ends = end = now + lot.work[step]
        tick = tool.tick
        return (end, tool.priority, tick.turn, tick)

    return finish, arrived, passed
