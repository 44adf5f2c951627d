"""Where a simulation spends its time: the end of a run, the way out of an in-line tool, and the way to the next queue."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from procsim.engine.lot import Lot
from procsim.engine.queues import Fifo
from procsim.engine.tool import Tool
from procsim.records import PRODUCTIVE, STANDBY

if TYPE_CHECKING:
    from procsim.engine.line import Line


def hot_path(line: Line) -> tuple[Callable[[Any], None], Callable[[Any], None], Callable[[Any], None]]:
    """(*finish*, *arrived*, *passed*): names are bound once and steps written out.

    Where other events share the instant, giving out work is left to ``Line.dispatch``; where none does, the outcome of a
    dispatch is known: a freed tool takes the next lot of its queue, a lot takes a tool that stands idle.
    """
    env, queues, idle, group_of = line.env, line.queues, line.idle, line.group_of
    schedule, peek = env.schedule, env.peek
    lots_of = [queue.lots if isinstance(queue, Fifo) else None for queue in queues]
    last, inline = len(group_of), line.inline

    def begin(tool: Tool, lot: Lot, now: int) -> None:
        lot.start = now
        tool.runs = [lot]
        tool.acc[tool.state] += now - tool.since
        tool.state, tool.since = PRODUCTIVE, now
        time = lot.work[lot.step]
        tool.ends = now + time
        tick = tool.tick
        tick.callbacks = tick.calls
        schedule(tick, tool.priority, time)
        for one in tool.busy_breaks:
            one.work(now, time)

    def join(lot: Lot, now: int) -> None:
        group = group_of[lot.step]
        waiting, free = lots_of[group], idle[group]
        if waiting is None:
            line.arrive(lot)
            line.settle()
            return
        lot.arrived = now
        if free:
            begin(line.tools[group][free.pop(0)], lot, now)
        else:
            waiting.append(lot)

    def arrived(tick: Any) -> None:
        lot: Lot = tick.owner
        now = env.now
        if peek() <= now or line.dirty:
            line.arrive(lot)
            line.settle()
        else:
            join(lot, now)

    def onward(lot: Lot, now: int) -> None:
        step = lot.step
        lot.note((lot.row, step, lot.arrived, lot.start, now))
        step += 1
        if step == last or lot.left[step] <= 0:
            line.leave(lot)
            line.settle()
            return
        lot.step = step
        if lot.move[step]:
            lot.carry(lot.move[step])
        else:
            join(lot, now)

    def passed(tick: Any) -> None:
        lot: Lot = tick.owner
        now = env.now
        if peek() <= now or line.dirty:
            line.go_on(lot, now)
            line.settle()
        else:
            onward(lot, now)

    def finish(tick: Any) -> None:
        tool: Tool = tick.owner
        now = env.now
        group = tool.group
        waiting = lots_of[group]
        for planned in tool.counted:
            planned.made(tool.runs)
        if waiting is None or tool.due or tool.busy_breaks or line.dirty or peek() <= now:
            line.finish_slowly(tool, now)
            return
        lot = tool.runs[0]
        tool.acc[PRODUCTIVE] += now - tool.since
        tool.state, tool.since = STANDBY, now
        if waiting:
            begin(tool, waiting.popleft(), now)
        else:
            tool.runs = []
            insort(idle[group], tool.number)
        if inline[group]:
            lot.pass_through(lot.tail[lot.step])
        else:
            onward(lot, now)

    return finish, arrived, passed
