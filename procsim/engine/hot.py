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
from procsim.lots.records import INSIDE, PRODUCTIVE, STANDBY

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
    ``watch.run_to``, which puts it there as it takes the next one. And what does not change is looked up once: each group has handlers of its
    own, for *fragile* ones break down by busy time and *counted* ones are maintained by panels; *meet* is the way in at each position; and *straight*
    holds what a lot meets there, None where more is to be asked (the end of the route or of a lot as one, transport, a group that is not plain).
    """
    env: Any = line.env
    calendar, push = line.calendar, heappush
    group_of, last = line.group_of, len(line.group_of)
    fragile = line.fragile
    counted = {upkeep.group for upkeep in line.plan.groups.upkeep if upkeep.every_panels}
    straight_on = line.plan.times.transport is None
    straight: list[Open | None] = [(line.waiting[g], line.idle[g], line.tools[g]) if straight_on and line.plain[g] and not fragile[g] else None
                                   for g in group_of] + [None] * (1 + len(line.plan.route.stretches))
    aside, meet, idle = _aside(line), [line.meets[g] for g in group_of], [line.idle[g] for g in group_of]
    straight_out = line.buffers is None and line.limits is None
    lets_in = line.parts is not None or any(stream.conwip for stream in line.plan.streams)

    def onward(lot: Lot, step: int, now: int) -> Entry | None:
        """*lot* goes on to *step*, and nothing else happens now."""
        if step >= last:
            line.turn_off(lot, step, now)
            line.settle(now)
            return None
        lot.step = step
        move = lot.move[step]
        return lot.carry(now, move) if move else meet[step](lot, now)

    def arrived(tick: Any) -> Entry | None:
        lot: Lot = tick.owner
        now: int = env._now
        if calendar[0][0] > now or not idle[lot.step]:  # where no tool stands idle a lot waits, whatever else happens
            return meet[lot.step](lot, now)
        line.arrive(lot, now)
        while calendar[0][0] <= now and getattr(calendar[0][3], "call", None) is arrived:  # those that were in one batch come at one instant
            line.arrive(heappop(calendar)[3].owner, now)
        line.settle(now)
        return None

    def passed(tick: Any) -> Entry | None:
        row: Row = tick.owner
        now = env._now
        lot, entry = row.leave(now)
        if entry is not None:
            push(calendar, entry)
        if straight_out and calendar[0][0] > now and not row.drains:
            lot.visits += lot.arrived, lot.start, now
            return onward(lot, lot.onto[lot.step], now)
        line.out(row, lot, now)
        return None

    def slowly(tick: Any) -> Entry | None:
        """The end of a run of whatever kind."""
        line.finish_slowly(tick.owner, env._now)
        return None

    def watched(group: int) -> Handler:
        """The end of a run where nothing else happens now, but the tool may break down by busy time, its queue is by rank, or its run was in
        stages. A lot that comes back to that very queue, or lets one in, may be the next that it takes, and one that comes at once to
        tools that call operators calls them before: that is for ``dispatch``."""
        beside, take, free, crowd = aside[group], line.takes[group], line.idle[group], _crowd(line, group)
        breaks, staged, batches = fragile[group], line.staged[group], line.batches[group]
        ranked, lone = isinstance(crowd, list), crowd is not None

        def over(tick: Any) -> Entry | None:
            tool: Tool = tick.owner
            now = env._now
            runs = tool.runs
            lot = runs[0]
            step = lot.onto[lot.step]
            if calendar[0][0] <= now or tool.due:
                return slowly(tick)
            move = lot.move[step] if step < last else 0
            if not move and (lets_in if step >= last else not beside[group_of[step]]):
                return slowly(tick)
            if batches and len(runs) > 1:
                return together(tool, take, now)
            if staged and tool.took != lot.work[lot.step] and tool.took:
                shared_run(runs, tool.took)
            if breaks:
                for one in tool.busy_breaks:
                    one.halt(now)
            if crowd:
                runs[0] = other = heappop(crowd)[3] if ranked else crowd.popleft()
                other.start = now
                time = other.work[other.step]
                tool.ends = end = now + time
                if breaks:
                    for one in tool.busy_breaks:
                        one.work(now, time)
                push(calendar, (end, tool.priority, tick.turn, tick))
            else:
                runs.pop()
                tool.acc[PRODUCTIVE] += now - tool.since
                tool.state, tool.since = INSIDE if tool.passing else STANDBY, now
                if lone:
                    insort(free, tool.number)
                elif (entry := take(tool, now)) is not None:
                    push(calendar, entry)
            if tool.passing is not None:
                return tool.passing.enter(lot, now)
            visits = lot.visits
            visits += lot.arrived, lot.start, now
            if not move:
                return onward(lot, step, now)
            lot.step = step
            tick = lot.carried
            return (now + move, tick.order, tick.turn, tick) if tick else lot.carry(now, move)

        return over

    def together(tool: Tool, take: Callable[[Tool, int], Entry | None], now: int) -> Entry | None:
        """As ``watched``, of a batch that is carried on at once."""
        lots = tool.runs
        for lot in lots:
            step = lot.onto[lot.step]
            if step >= last or not lot.move[step]:
                line.finish_slowly(tool, now)
                return None
        tool.runs = []
        tool.rest(now)
        shared_run(lots, tool.took or run_time(lots))
        entry = take(tool, now)
        for lot in lots:
            if entry is not None:
                push(calendar, entry)
            lot.visits += lot.arrived, lot.start, now
            lot.step = step = lot.onto[lot.step]
            entry = lot.carry(now, lot.move[step])
        return entry

    def plainly(tick: Any) -> Entry | None:
        """The end of a run at a plain tool that sends its lots straight on: one function for all groups, since Python calls the same one quicker."""
        tool: Tool = tick.owner
        now = env._now
        if calendar[0][0] <= now or tool.due:
            return slowly(tick)
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
        visits = lot.visits
        visits += lot.arrived, lot.start, now
        step = lot.onto[lot.step]
        door = straight[step]
        if door is None:
            if entry is not None:
                push(calendar, entry)
            return onward(lot, step, now)
        lot.step = step
        lot.arrived = now
        waiting, free, tools = door
        if not free:
            waiting.append(lot)
            return entry
        if entry is not None:
            push(calendar, entry)
        tool = tools[free.pop(0)]
        lot.start = now
        tool.runs.append(lot)
        tool.acc[tool.state] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        tool.ends = end = now + lot.work[step]
        tick = tool.tick
        return (end, tool.priority, tick.turn, tick)

    def by_stages(last_one: Handler) -> Handler:
        """The end of a stage; of the last one as *last_one* says."""

        def over(tick: Any) -> Entry | None:
            tool: Staged = tick.owner
            now = env._now
            for one in tool.busy_breaks:
                one.halt(now)
            tool.at = at = tool.at + 1
            stages = tool.stages
            if at < len(stages):
                tool.left = stages[at][2]
                return tool.enter(now)
            if tool.operator is not None:
                tool.let_go(now)
            return slowly(tick) if tool.off else last_one(tick)

        return over

    def handler(group: int) -> Handler:
        if not line.quick[group] or group in counted:
            found: Handler = slowly
        else:
            found = plainly if straight_on and line.plain[group] and not (line.inline[group] or fragile[group]) else watched(group)
        return by_stages(found) if line.staged[group] else found

    return [handler(group) for group in range(len(line.queues))], arrived, passed


def _crowd(line: Line, group: int) -> Any:
    """Who waits for tools that do a run in one go: a heap by rank, or a deque by turn; None at other groups."""
    queue = line.queues[group]
    if line.staged[group] or not isinstance(queue, ByRank | Fifo):
        return None
    return queue.heap if isinstance(queue, ByRank) else queue.lots


def _aside(line: Line) -> list[list[bool]]:
    """By group and group: whether what a tool of the one takes next, and where a lot goes that comes to the other, do not concern each other."""
    calls = [bool(staged and (pools >= 0).any()) for staged, pools in zip(line.staged, line.plan.groups.duty.attended, strict=True)]
    every = range(len(calls))
    return [[g != h and not (calls[g] and calls[h]) for h in every] for g in every]
