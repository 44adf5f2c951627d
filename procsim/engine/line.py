"""The line itself: lots move from step to step, tools take them from queues. One event per visit; luck is drawn beforehand.

Within one instant events happen in the order of ``calendar``; only then are free tools given work, again and again until
nothing changes.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

import numpy as np
from simpy.core import Environment

from procsim.dists import Distribution
from procsim.engine.calendar import ARRIVE, DISPATCH, DONE, RESET, TIMER, Tick, once
from procsim.engine.lot import Lot
from procsim.engine.queues import ByPriority, Fifo, InBatches, Queue
from procsim.engine.release import Source
from procsim.engine.tool import Break, Planned, Tool
from procsim.errors import InfeasibleError
from procsim.luck import Luck
from procsim.plan.shape import Plan
from procsim.records import Block

MAX_ROUNDS = 10_000
"""Rounds of dispatching at one instant before the line is taken to turn in a circle."""


class Line:
    """State of one replication. *luck* None runs every draw at its mean. *sink* receives each block whose lots have all left."""

    def __init__(self, plan: Plan, luck: Luck | None, env: Environment, sink: Callable[[Block], None]) -> None:
        self.plan, self.luck, self.env, self.sink = plan, luck, env, sink
        self.group_of: list[int] = plan.group_of.tolist()
        self.batch_keys: list[int] = plan.batch_key.tolist()
        self.last = len(plan.steps) - 1
        groups = plan.groups
        self.queues: list[Queue] = [self._queue(g) for g in range(len(groups.names))]
        self.batches: list[bool] = [bool(b) for b in groups.batch_max]
        self.patience: list[int] = groups.wait_us.tolist()
        self.inline: list[bool] = [n > 1 for n in groups.inline.tolist()]
        self.tools: list[list[Tool]] = []
        self.idle: list[list[int]] = []
        self.dirty: set[int] = set()
        self.scheduled = False
        self.rounds, self.instant = 0, -1
        self.wip, self.wip_since, self.wip_area = 0, 0, 0
        self.visits = self.released = 0
        self._make_tools()
        self.dispatcher = Tick(env, self.dispatch)
        self.sources = [Source(self, r) for r in range(len(plan.streams))]
        if plan.warmup_us:
            once(env, plan.warmup_us, RESET, 0, self._reset)

    def _queue(self, g: int) -> Queue:
        groups = self.plan.groups
        by_priority = bool(groups.by_priority[g])
        if groups.batch_max[g]:
            return InBatches(int(groups.batch_min[g]), int(groups.batch_max[g]), int(groups.wait_us[g]), by_priority)
        return ByPriority() if by_priority else Fifo()

    def _make_tools(self) -> None:
        groups, order = self.plan.groups, 0
        for g, count in enumerate(groups.count.tolist()):
            tools = []
            for n in range(count):
                tools.append(Tool(self, g, n, order))
                order += 1
            self.tools.append(tools)
            self.idle.append(list(range(count)))
        for breakdown in groups.breakdowns:
            for tool in self.tools[breakdown.group]:
                tool.breaks.append(Break(tool, breakdown))
                tool.breaks[-1].go(0)
        for upkeep in groups.upkeep:
            tools = self.tools[upkeep.group]
            for tool in tools:
                tool.planned.append(Planned(tool, upkeep, (tool.number + 1) / len(tools)))

    def _reset(self, tick: Any) -> None:
        """The window opens: tool states and WIP are counted from here."""
        del tick
        now = self.env.now
        for tools in self.tools:
            for tool in tools:
                tool.become(tool.state, now)
                tool.acc = [0, 0, 0, 0, 0, 0]
        self.count_wip(0)
        self.wip_area = 0

    def draw(self, law: Distribution, domain: int, number: int, salt: int, key: int) -> int:
        """One keyed draw in whole µs, at least 0."""
        if self.luck is None:
            return round(law.mean)
        u = self.luck.one(domain, number, key, salt)
        return int(round(float(law.quantile(np.array([u]))[0])))

    def count_wip(self, change: int) -> None:
        now = self.env.now
        self.wip_area += self.wip * (now - self.wip_since)
        self.wip_since = now
        self.wip += change

    # lots -----------------------------------------------------------------------------------------------------------

    def enter(self, lot: Lot) -> None:
        """A lot is released into the line."""
        self.released += 1
        lot.block.released_us[lot.row] = self.env.now
        self.count_wip(1)
        self.arrive(lot)

    def arrive(self, lot: Lot) -> None:
        """A lot joins the queue of its step."""
        step = lot.step
        group = self.group_of[step]
        lot.arrived = self.env.now
        if self.batches[group]:
            lot.batch_key = self.batch_keys[step]
            if self.patience[group] >= 0:
                once(self.env, self.patience[group], TIMER, lot.number, self._patience_over, group)
        self.queues[group].put(lot)
        self.dirty.add(group)

    def _patience_over(self, tick: Any) -> None:
        self.dirty.add(tick.owner)
        self.settle()

    def _arrived(self, tick: Any) -> None:
        self.arrive(tick.owner)
        self.settle()

    def move(self, lot: Lot, held: int, tail: int, run_panels: float) -> None:
        """A lot's visit is over: it is written down, and the lot goes on, or leaves."""
        step, row, block = lot.step, lot.row, lot.block
        lot.trail += (step, lot.arrived, lot.start, self.env.now, held, tail, run_panels, lot.panels)
        self.visits += 1
        lot.panels = block.panels[row][step + 1]
        if step == self.last or lot.panels <= 0:
            self.leave(lot)
            return
        lot.step = step + 1
        delay = block.move_us[row][step + 1]
        if delay:
            once(self.env, delay, ARRIVE, lot.number, self._arrived, lot)
        else:
            self.arrive(lot)

    def leave(self, lot: Lot) -> None:
        """A lot is finished, or nothing is left of it."""
        block = lot.block
        block.left_us[lot.row] = self.env.now
        self.count_wip(-1)
        block.waiting -= 1
        source = self.sources[lot.stream]
        if not block.waiting and block is not source.block:
            source.open.remove(block)
            self.sink(block)
        source.left()

    # tools ----------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """After an event: gives work to free tools, once nothing else happens at this instant."""
        if self.dirty and not self.scheduled:
            if self.env.peek() > self.env.now:
                self.dispatch(None)
            else:
                self.scheduled = True
                self.dispatcher.set(0, DISPATCH, 0)

    def dispatch(self, tick: Any) -> None:
        """One round: every group with news, in route order, starts all runs that it can."""
        now = self.env.now
        if tick is not None:
            self.scheduled = False
        self.rounds = self.rounds + 1 if now == self.instant else 1
        self.instant = now
        if self.rounds > MAX_ROUNDS:
            names = ", ".join(self.plan.groups.names[g] for g in sorted(self.dirty))
            raise InfeasibleError(f"the line turns in a circle at {now / 3.6e9:g} h: more than {MAX_ROUNDS} rounds at one instant ({names})")
        dirty = sorted(self.dirty) if len(self.dirty) > 1 else self.dirty
        self.dirty = set()
        for group in dirty:
            idle, queue = self.idle[group], self.queues[group]
            while idle:
                lots = queue.take(now)
                if not lots:
                    break
                self.start(self.tools[group][idle.pop(0)], lots, now)

    def start(self, tool: Tool, lots: list[Lot], now: int) -> None:
        """A run of *lots* begins. Its shared time is that of the lot with the lowest number."""
        first = lots[0] if len(lots) == 1 else min(lots, key=lambda lot: (lot.number, lot.stream))
        step = first.step
        time = first.block.run_us[first.row][step]
        for lot in lots:
            time += lot.block.own_us[lot.row][lot.step]
            lot.start = now
        tool.runs = lots
        tool.start(now, time)

    def finished(self, tick: Any) -> None:
        """A tool's run is over (an in-line tool's entrance is free again)."""
        tool: Tool = tick.owner
        now = self.env.now
        lots, tool.runs = tool.runs, []
        panels = sum(lot.panels for lot in lots) if len(lots) > 1 else lots[0].panels
        tool.rested(now, 0)
        for planned in tool.planned:
            planned.made(panels)
        held = self._held(lots)
        if self.inline[tool.group]:
            for lot in lots:
                tail = lot.block.tail_us[lot.row][lot.step]
                once(self.env, tail, DONE, lot.number, self._out, (lot, held, tail, panels))
        else:
            for lot in lots:
                self.move(lot, held, 0, panels)
        if tool.due:
            tool.due.pop(0).begin(now)
        else:
            self.free(tool)
        self.settle()

    @staticmethod
    def _held(lots: list[Lot]) -> int:
        """The tool's time for a run, without repairs."""
        first = lots[0] if len(lots) == 1 else min(lots, key=lambda lot: (lot.number, lot.stream))
        time = first.block.run_us[first.row][first.step]
        for lot in lots:
            time += lot.block.own_us[lot.row][lot.step]
        return time

    def _out(self, tick: Any) -> None:
        """The last panel of a lot leaves an in-line tool."""
        lot, held, tail, panels = tick.owner
        self.move(lot, held, tail, panels)
        self.settle()

    def free(self, tool: Tool) -> None:
        """A tool can take work."""
        insort(self.idle[tool.group], tool.number)
        self.dirty.add(tool.group)

    def idle_not(self, tool: Tool) -> None:
        """An idle tool stops being one."""
        self.idle[tool.group].remove(tool.number)

    def scrap_run(self, tool: Tool) -> None:
        """A failure spoils the lots in the tool: they leave the line, and the tool's time for them is on the books."""
        lots, tool.runs = tool.runs, []
        now = self.env.now
        panels = sum(lot.panels for lot in lots)
        for lot in lots:
            block = lot.block
            lot.trail += (lot.step, lot.arrived, lot.start, now, max(self._held([lot]) - tool.ends, 0), 0, panels, lot.panels)
            block.scrapped_at[lot.row] = lot.step
            self.leave(lot)
