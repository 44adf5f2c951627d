"""A line in, for each tool group out what happens there where nothing else happens at the instant: a lot comes, or a tool has nothing in it.

The outcome of a dispatch is then known: a lot takes a tool that stands idle, or else waits; a tool takes the next run of its queue, or
else stands idle. Both give the same numbers as ``Line.dispatch``, with less asking. What is to be on the calendar last is handed back.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from procsim.engine.assign import assign
from procsim.engine.calendar import Entry
from procsim.engine.lot import Lot, run_time
from procsim.engine.queues import ByRank, Fifo, InBatches
from procsim.engine.tool import Tool
from procsim.lots.records import PRODUCTIVE

if TYPE_CHECKING:
    from procsim.engine.line import Line

Meet = Callable[[Lot, int], Entry | None]
"""(lot, now): the lot is at its step."""
Take = Callable[[Tool, int], Entry | None]
"""(tool, now): the tool, which is not down and has nothing at its entrance, may take a run."""


def doors(line: Line) -> tuple[list[Meet], dict[int, Take]]:
    """By tool group; what a tool takes is known of quick groups only."""
    both = {group: _door(line, group) for group in range(len(line.queues)) if line.quick[group]}

    def slowly(lot: Lot, now: int) -> None:
        """More is to be asked."""
        line.arrive(lot, now)
        line.settle(now)

    return [both[group][0] if group in both else slowly for group in range(len(line.queues))], {group: take for group, (_, take) in both.items()}


def _door(line: Line, group: int) -> tuple[Meet, Take]:
    if line.batches[group]:
        return _to_batches(line, group)
    return _set_up(line, group) if line.unlike[group] else _one_by_one(line, group)


def begin(tool: Tool, lot: Lot, now: int) -> Entry:
    """*tool*, at whose entrance nothing is, starts a run of *lot* that is one lump of work."""
    lot.start = now
    tool.runs.append(lot)
    tool.acc[tool.state] += now - tool.since
    tool.state, tool.since = PRODUCTIVE, now
    tool.ends = end = now + lot.work[lot.step]
    tick = tool.tick
    return end, tool.priority, tick.turn, tick


def begin_fragile(tool: Tool, lot: Lot, now: int) -> Entry:
    """As ``begin``, of a tool that breaks down by busy time."""
    time = lot.work[lot.step]
    for one in tool.busy_breaks:
        one.work(now, time)
    return begin(tool, lot, now)


def begin_together(tool: Tool, lots: list[Lot], now: int) -> Entry:
    """As ``begin``, a run of *lots*."""
    for lot in lots:
        lot.start = now
    tool.runs = lots
    tool.become(PRODUCTIVE, now)
    tool.took = time = run_time(lots)
    tool.ends = end = now + time
    for one in tool.busy_breaks:
        one.work(now, time)
    tick = tool.tick
    return end, tool.priority, tick.turn, tick


def begin_stages(tool: Any, lot: Lot, now: int) -> Entry | None:
    """*tool*, a Staged one, starts a run of *lot*."""
    lot.start = now
    entry: Entry | None = tool.begin([lot], now)
    return entry


def _one_by_one(line: Line, group: int) -> tuple[Meet, Take]:
    """Any idle tool will do for any lot."""
    queue, free, tools = line.queues[group], line.idle[group], line.tools[group]
    start: Callable[[Tool, Lot, int], Entry | None] = begin_stages if line.staged[group] else begin_fragile if line.fragile[group] else begin
    if isinstance(queue, ByRank):
        heap, rank = queue.heap, queue.rank

        def meet(lot: Lot, now: int) -> Entry | None:
            lot.arrived = now
            if free:
                return start(tools[free.pop(0)], lot, now)
            queue.turn = turn = queue.turn + 1  # as ``queue.put`` does
            heappush(heap, (rank(lot, 0, None), lot.rest < 0, turn, lot))
            return None

        def take(tool: Tool, now: int) -> Entry | None:
            if heap:
                return start(tool, heappop(heap)[3], now)
            insort(free, tool.number)
            return None
    else:
        assert isinstance(queue, Fifo)
        lots = queue.lots
        put = lots.append

        def meet(lot: Lot, now: int) -> Entry | None:
            lot.arrived = now
            if free:
                return start(tools[free.pop(0)], lot, now)
            put(lot)
            return None

        def take(tool: Tool, now: int) -> Entry | None:
            if lots:
                return start(tool, lots.popleft(), now)
            insort(free, tool.number)
            return None

    return meet, take


def _set_up(line: Line, group: int) -> tuple[Meet, Take]:
    """It is not the same which tool does which lot."""
    queue, free = line.queues[group], line.idle[group]
    put = queue.put

    def meet(lot: Lot, now: int) -> Entry | None:
        lot.arrived = now
        put(lot)
        return assign(line, group, now) if free else None

    def take(tool: Tool, now: int) -> Entry | None:
        insort(free, tool.number)
        return assign(line, group, now) if len(queue) else None

    return meet, take


def _to_batches(line: Line, group: int) -> tuple[Meet, Take]:
    """Lots wait for company."""
    queue, free, tools, products = line.queues[group], line.idle[group], line.tools[group], line.products
    assert isinstance(queue, InBatches)
    keys, by_product, put, joined, first = line.batch_keys, line.by_product, queue.put, queue.joined, queue.take
    moving, alarm, calendar = queue.moving, line.wait_for_more, line.calendar

    def give_out(lots: list[Lot], now: int) -> Entry | None:
        """Idle tools take *lots*, if there are any, and whatever may start then."""
        entry = None
        while lots:
            if entry is not None:
                heappush(calendar, entry)
            entry = begin_together(tools[free.pop(0)], lots, now)
            lots = first(now, tools[free[0]]) if free else []
        alarm(group, now)
        return entry

    def meet(lot: Lot, now: int) -> Entry | None:
        lot.arrived = now
        lot.batch_key = keys[lot.step] + (products[lot.stream] if by_product[lot.step] else 0)
        put(lot)
        if not free:
            return None
        return give_out(first(now, tools[free[0]]) if moving else joined(lot, now), now)

    def take(tool: Tool, now: int) -> Entry | None:
        insort(free, tool.number)
        return give_out(first(now, tools[free[0]]), now)

    return meet, take
