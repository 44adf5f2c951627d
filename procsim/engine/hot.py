"""Where a simulation spends its time: the end of a run, or of a stage of one, the way out of an in-line tool, the way to the next queue."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from procsim.engine.calendar import Entry
from procsim.engine.lot import Lot, run_time, shared_run
from procsim.engine.queues import ByRank, Fifo
from procsim.engine.row import Row
from procsim.engine.staged import Staged
from procsim.engine.tool import Tool
from procsim.records import INSIDE, PRODUCTIVE, STANDBY

if TYPE_CHECKING:
    from procsim.engine.line import Line

Handler = Callable[[Any], Entry | None]
Open = tuple[deque[Lot], list[int], list[Tool]]
"""What a lot meets at a plain tool group: who waits, which tools are idle, all tools."""


def hot_path(line: Line) -> tuple[list[Handler], Handler, Handler]:
    """(*over* by tool group, *arrived*, *passed*): names are bound once and steps written out.

    Where other events share the instant, giving out work is left to ``Line.dispatch``; where none does (news that waits for a dispatch
    has it on the calendar), ``doors`` says what follows. Both ways give the same numbers. Three things make this fast. SimPy's own calendar
    and clock are read here, instead of through ``peek``, ``now`` and ``schedule``. What one event puts on the calendar last is handed back to
    ``watch.run_to``, which puts it there as it takes the next one. And what does not change is looked up once: *straight* holds what a lot
    meets at each position, None where more is to be asked (the end of the route or of a lot as one, transport, a group that is not plain or
    breaks down by busy time).
    """
    env: Any = line.env
    calendar, push = line.calendar, heappush
    group_of, quick, meets, takes = line.group_of, line.quick, line.meets, line.takes
    last, straight, aside, crowds = len(group_of), _straight(line), _aside(line), [_crowd(line, g) for g in range(len(line.queues))]

    def onward(lot: Lot, step: int, now: int) -> Entry | None:
        """*lot* goes on to *step*, and nothing else happens now."""
        if step >= last:
            line.turn_off(lot, step, now)
            line.settle(now)
            return None
        lot.step = step
        move = lot.move[step]
        return lot.carry(now, move) if move else meets[group_of[step]](lot, now)

    def arrived(tick: Any) -> Entry | None:
        lot: Lot = tick.owner
        now: int = env._now
        if calendar[0][0] > now:
            return meets[group_of[lot.step]](lot, now)
        line.arrive(lot, now)
        line.settle(now)
        return None

    def passed(tick: Any) -> Entry | None:
        row: Row = tick.owner
        now = env._now
        lot, entry = row.leave(now)
        if entry:
            push(calendar, entry)
        if straight_out and calendar[0][0] > now and not row.drains:
            lot.note([lot.arrived, lot.start, now])
            return onward(lot, lot.onto[lot.step], now)
        line.out(row, lot, now)
        return None

    def watched(tick: Any) -> Entry | None:
        """The end of a run where nothing else happens now, but the tool may break down by busy time, its queue is by rank, or its run was in
        stages. A lot that comes back to that very queue, or lets one in, may be the next that it takes, and one that comes at once to
        tools that call operators calls them before: that is for ``dispatch``."""
        tool: Tool = tick.owner
        now = env._now
        group, runs = tool.group, tool.runs
        lot = runs[0]
        step = lot.onto[lot.step]
        if calendar[0][0] <= now or step >= last or tool.due or tool.counted or not quick[group]:
            line.finish_slowly(tool, now)
            return None
        move = lot.move[step]
        if not (move or aside[group][group_of[step]]):
            line.finish_slowly(tool, now)
            return None
        if len(runs) > 1:
            return together(tool, now)
        if tool.took != lot.work[lot.step] and tool.took:
            shared_run(runs, tool.took)
        for one in tool.busy_breaks:
            one.halt(now)
        waiting = crowds[group]
        if waiting:
            runs[0] = other = heappop(waiting)[3] if type(waiting) is list else waiting.popleft()
            other.start = now
            time = other.work[other.step]
            tool.ends = end = now + time
            for one in tool.busy_breaks:
                one.work(now, time)
            entry: Entry | None = (end, tool.priority, tick.turn, tick)
        else:
            runs.pop()
            tool.acc[PRODUCTIVE] += now - tool.since
            tool.state, tool.since = INSIDE if tool.passing else STANDBY, now
            entry = takes[group](tool, now)
        if entry:
            push(calendar, entry)
        if tool.passing is not None:
            return tool.passing.enter(lot, now)
        note = lot.note
        note([lot.arrived, lot.start, now])
        lot.step = step
        if not move:
            return meets[group_of[step]](lot, now)
        tick = lot.carried
        return (now + move, tick.order, tick.turn, tick) if tick else lot.carry(now, move)

    def together(tool: Tool, now: int) -> Entry | None:
        """As ``watched``, of a batch that is carried on at once."""
        group, lots = tool.group, tool.runs
        if not all(lot.onto[lot.step] < last and lot.move[lot.onto[lot.step]] for lot in lots):
            line.finish_slowly(tool, now)
            return None
        tool.runs = []
        tool.rest(now)
        shared_run(lots, run_time(lots))
        entry = takes[group](tool, now)
        for lot in lots:
            if entry:
                push(calendar, entry)
            lot.note([lot.arrived, lot.start, now])
            lot.step = step = lot.onto[lot.step]
            entry = lot.carry(now, lot.move[step])
        return entry

    def finish(tick: Any) -> Entry | None:
        tool: Tool = tick.owner
        now = env._now
        if calendar[0][0] <= now:
            line.finish_slowly(tool, now)
            return None
        if tool.watched:
            return watched(tick)
        runs, waiting = tool.runs, tool.waiting
        lot = runs[0]
        if waiting:
            runs[0] = other = waiting.popleft()
            other.start = now
            tool.ends = end = now + other.work[other.step]
            entry: Entry | None = (end, tool.priority, tick.turn, tick)
        else:
            runs.clear()
            tool.acc[PRODUCTIVE] += now - tool.since
            tool.state, tool.since = STANDBY, now
            insort(tool.idle, tool.number)
            entry = None
        note = lot.note
        note([lot.arrived, lot.start, now])
        step = lot.onto[lot.step]
        door = straight[step]
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
        tool.acc[tool.state] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        tool.ends = end = now + lot.work[step]
        tick = tool.tick
        return (end, tool.priority, tick.turn, tick)

    def stage_over(tick: Any) -> Entry | None:
        tool: Staged = tick.owner
        now = env._now
        entry = tool.next_stage(now)
        if tool.at < len(tool.stages):
            return entry
        if not tool.off:
            return watched(tick)
        line.finish_slowly(tool, now)
        return None

    straight_on, straight_out = line.plan.times.transport is None, line.buffers is None and line.limits is None
    over: list[Handler] = [stage_over if staged else finish if plain and straight_on else watched
                           for staged, plain in zip(line.staged, line.plain, strict=True)]
    return over, arrived, passed


def _straight(line: Line) -> list[Open | None]:
    """By position, P and the stretches last."""
    fragile = {breakdown.group for breakdown in line.plan.groups.breakdowns if breakdown.busy_clock}
    straight = [plain and g not in fragile and line.plan.times.transport is None for g, plain in enumerate(line.plain)]
    found: list[Open | None] = [(line.waiting[g], line.idle[g], line.tools[g]) if straight[g] else None for g in line.group_of]
    return found + [None] * (1 + len(line.plan.route.stretches))


def _crowd(line: Line, group: int) -> Any:
    """Who waits for tools that do a run in one go: a heap by rank, or a deque by turn; nobody at other groups."""
    queue = line.queues[group]
    if line.staged[group] or not isinstance(queue, ByRank | Fifo):
        return []
    return queue.heap if isinstance(queue, ByRank) else queue.lots


def _aside(line: Line) -> list[list[bool]]:
    """By group and group: whether what a tool of the one takes next, and where a lot goes that comes to the other, do not concern each other."""
    calls = [bool(staged and (pools >= 0).any()) for staged, pools in zip(line.staged, line.plan.groups.duty.attended, strict=True)]
    every = range(len(calls))
    return [[g != h and not (calls[g] and calls[h]) for h in every] for g in every]
