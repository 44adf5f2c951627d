"""Where a simulation spends its time: the end of a run, the way out of an in-line tool, and the way to the next queue."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from heapq import heappush
from typing import TYPE_CHECKING, Any

from procsim.engine.lot import Lot
from procsim.engine.queues import Fifo
from procsim.engine.tool import Tool
from procsim.records import PRODUCTIVE, STANDBY

if TYPE_CHECKING:
    from procsim.engine.line import Line

Handler = Callable[[Any], None]


def hot_path(line: Line) -> tuple[Handler, Handler, Handler]:
    """(*finish*, *arrived*, *passed*): names are bound once and steps written out.

    Where other events share the instant, giving out work is left to ``Line.dispatch``; where none does, the outcome of a
    dispatch is known: a freed tool takes the next lot of its queue, a lot takes a tool that stands idle. Both ways give the
    same numbers. Reading SimPy's own calendar, clock and counter here, instead of through ``peek``, ``now`` and ``schedule``,
    makes a simulation a fifth faster; *push* below is what ``Environment.schedule`` does.
    """
    env: Any = line.env
    queues, idle, group_of, inline, tools = line.queues, line.idle, line.group_of, line.inline, line.tools
    calendar, count, push = env._queue, env._eid, heappush
    lots_of = [queue.lots if plain and isinstance(queue, Fifo) else None for queue, plain in zip(queues, line.plain, strict=True)]
    last, dirty, moving = len(group_of), line.dirty, line.plan.times.transport is not None

    def join(lot: Lot, now: int) -> None:
        """*lot* is at its next step, and nothing else happens now."""
        step = lot.step
        group = group_of[step]
        waiting, free = lots_of[group], idle[group]
        if waiting is None:
            line.arrive(lot)
            line.settle()
            return
        lot.arrived = now
        if not free:
            waiting.append(lot)
            return
        tool = tools[group][free.pop(0)]
        if tool.busy_breaks:
            line.start(tool, [lot], now)
            return
        lot.start = now
        tool.runs = [lot]
        tool.acc[STANDBY] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        tool.ends = end = now + lot.work[step]
        push(calendar, (end, tool.priority, next(count), tool.tick))

    def onward(lot: Lot, now: int) -> None:
        """*lot*'s visit is over, and nothing else happens now."""
        step = lot.step
        lot.note((lot.arrived, lot.start, now))
        step = lot.onto[step]
        if step >= last:
            line.turn_off(lot, step)
            line.settle()
            return
        lot.step = step
        move = lot.move[step]
        if move:
            lot.carry(move)
        else:
            join(lot, now)

    def arrived(tick: Any) -> None:
        if dirty or calendar[0][0] <= env._now:
            line.arrive(tick.owner)
            line.settle()
        else:
            join(tick.owner, env._now)

    def passed(tick: Any) -> None:
        if dirty or calendar[0][0] <= env._now:
            line.go_on(tick.owner, env._now)
            line.settle()
        else:
            onward(tick.owner, env._now)

    def finish(tick: Any) -> None:
        tool: Tool = tick.owner
        now = env._now
        if tool.watched or dirty or calendar[0][0] <= now:
            line.finish_slowly(tool, now)
            return
        group = tool.group
        lot = tool.runs[0]
        waiting = lots_of[group]
        if waiting:
            other = waiting.popleft()
            other.start = now
            tool.runs = [other]
            tool.ends = end = now + other.work[other.step]
            push(calendar, (end, tool.priority, next(count), tick))
        else:
            tool.runs = []
            tool.acc[PRODUCTIVE] += now - tool.since
            tool.state, tool.since = STANDBY, now
            insort(idle[group], tool.number)
        if inline[group]:
            lot.pass_through(tool.way_out(lot, now))
            return
        # what onward and join do, written out: nine visits in ten come this way
        step = lot.step
        lot.note((lot.arrived, lot.start, now))
        step = lot.onto[step]
        if step >= last:
            line.turn_off(lot, step)
            line.settle()
            return
        lot.step = step
        if moving and lot.move[step]:
            lot.carry(lot.move[step])
            return
        group = group_of[step]
        waiting, free = lots_of[group], idle[group]
        if waiting is None or (free and tools[group][free[0]].busy_breaks):
            join(lot, now)
            return
        lot.arrived = now
        if not free:
            waiting.append(lot)
            return
        tool = tools[group][free.pop(0)]
        lot.start = now
        tool.runs = [lot]
        tool.acc[STANDBY] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        tool.ends = end = now + lot.work[step]
        push(calendar, (end, tool.priority, next(count), tool.tick))

    return finish, arrived, passed
