"""The line itself: lots move from step to step, tools take them from queues. One event per visit; luck is drawn beforehand.

Within one instant events happen in the order of ``calendar``; only then are free tools given work, again and again until
nothing changes. ``hot`` holds what runs most: where nothing else happens at its instant it does both at once.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Any

from procsim.engine.assign import give_out_unlike
from procsim.engine.begin import place
from procsim.engine.buffers import Buffers
from procsim.engine.calendar import DISPATCH, RESET, TIMER, Clock, Tick, once
from procsim.engine.doors import doors
from procsim.engine.equipment import make_tools, queue_of
from procsim.engine.facts import Facts
from procsim.engine.hot import hot_path
from procsim.engine.limits import Limits
from procsim.engine.lot import Lot, run_time, shared_run
from procsim.engine.parts import Parts
from procsim.engine.preempt import interrupt
from procsim.engine.queues import Choosing, Fifo, InBatches, Queue
from procsim.engine.release import Source
from procsim.engine.row import Row
from procsim.engine.sampling import Sampling
from procsim.engine.shifts import Shift
from procsim.engine.staff import Pool
from procsim.engine.tool import Tool
from procsim.errors import InfeasibleError
from procsim.lots.records import Block
from procsim.maths.keyed_random import KeyedRandom
from procsim.planning.plan import HOUR, Plan

MAX_ROUNDS = 10_000
"""Rounds of dispatching at one instant before the line is taken to turn in a circle."""


class Line(Facts):
    """State of one replication. *luck* None runs every draw at its mean. *sink* receives each block whose lots have all left."""

    def __init__(self, plan: Plan, random: KeyedRandom | None, env: Clock, sink: Callable[[Block], None]) -> None:
        super().__init__(plan)
        self.random, self.env, self.sink = random, env, sink
        self.calendar = env._queue
        self.limits = Limits(plan) if any(limit.acts for limit in plan.discipline.limits) else None
        self.queues: list[Queue] = [queue_of(plan, g, choosy) for g, choosy in enumerate(self.choosy)]
        self.alarms = [-1] * len(plan.groups.names)
        self.buffers = Buffers(self) if max(plan.discipline.buffer) >= 0 else None
        self.parts = Parts(self) if plan.route.stretches else None
        straight = self.buffers is None and self.limits is None
        meeting = {self.group_of[one.merge] for one in plan.route.stretches if one.merge >= 0}
        self.quick = [straight and not (self.preempts[g] or g in meeting or (self.batches[g] and self.staged[g]) or isinstance(queue, Choosing))
                      for g, queue in enumerate(self.queues)]
        self.plain = [quick and isinstance(queue, Fifo) and not staged
                      for queue, quick, staged in zip(self.queues, self.quick, self.staged, strict=True)]
        self.shifts = [Shift(self, k) for k in range(len(plan.groups.duty.shifts))]
        self.pools = [Pool(self, p) for p in range(len(plan.groups.duty.pools))]
        self.waiting: list[deque[Lot]] = [queue.lots if isinstance(queue, Fifo) else deque() for queue in self.queues]
        self.idle: list[list[int]] = [list(range(count)) for count in plan.groups.count.tolist()]
        self.dirty: set[int] = set()
        self.scheduled, self.rounds, self.instant = False, 0, -1
        self.wip = self.wip_since = self.wip_area = self.released = self.lost = 0
        self.tools: list[list[Tool]] = [[] for _ in plan.groups.names]
        self.meets, self.takes = doors(self)
        self.over, self.arrived, self.passed = hot_path(self)
        self.dispatcher = Tick(env, self.dispatch)
        make_tools(self)
        self.sources = [Source(self, r) for r in range(len(plan.streams))]
        if plan.wip is not None:
            place(self, plan.wip)
        for shift in self.shifts:
            shift.begin()
        if plan.warmup_us:
            once(env, plan.warmup_us, RESET, 0, self._reset)
        self.sampling = Sampling(self)

    def _reset(self, tick: Any) -> None:
        """The window opens: tool states, operators' work and WIP are counted from here."""
        del tick
        for tools in self.tools:
            for tool in tools:
                tool.open_window(self.env.now)
        for pool in self.pools:
            pool.open_window(self.env.now)
        self.count_wip(0, self.env.now)
        self.wip_area = 0

    def count_wip(self, change: int, now: int) -> None:
        """Keeps ∫ WIP dt."""
        self.wip_area += self.wip * (now - self.wip_since)
        self.wip_since = now
        self.wip += change

    # lots -----------------------------------------------------------------------------------------------------------

    def enter(self, lot: Lot) -> None:
        """A lot is released into the line, if its first buffer has room."""
        if self.buffers is None or not self.buffers.bars(lot):
            self.let_in(lot, self.env.now)

    def let_in(self, lot: Lot, now: int, alone: bool = False) -> None:
        """A lot begins its way, *alone* where nothing else happens now."""
        self.released += 1
        lot.block.released_us[lot.row] = now
        self.count_wip(1, now)
        if lot.step == len(self.group_of):  # nothing on the route is for it
            self.leave(lot, now)
            if alone:
                self.settle(now)
        elif not alone:
            self.arrive(lot, now)
        elif (entry := self.meets[self.group_of[lot.step]](lot, now)) is not None:
            heappush(self.calendar, entry)

    def arrive(self, lot: Lot, now: int) -> None:
        """A lot joins the queue of its step, a part of one perhaps only its siblings; that is news where some tool may take it at once."""
        if lot.apart is not None and self.parts is not None:
            whole = self.parts.meets(lot, now)
            if whole is None:
                return
            lot = whole
        group = self.group_of[lot.step]
        lot.arrived = now
        if self.batches[group]:
            lot.batch_key = self.batch_keys[lot.step] + (self.products[lot.stream] if self.by_product[lot.step] else 0)
        if self.asked:
            lot.wanted = self.own_tool(lot)
        self.queues[group].put(lot)
        if self.idle[group] or self.preempts[group] or self.buffers is not None:
            self.dirty.add(group)

    def own_tool(self, lot: Lot) -> int:
        """The tool that a lot must return to, or, where it was interrupted and returns to it later, go on with; -1 where any will do."""
        step = self.step_of[lot.step]
        return lot.tools.get(step if lot.rest >= 0 and step in self.asked else self.same_tool[step], -1)

    def wait_for_more(self, group: int, now: int) -> None:
        """Tools of *group* stand idle, and lots wait for others to fill a batch: for no longer than their patience."""
        queue = self.queues[group]
        if isinstance(queue, InBatches) and queue.due > now and queue.due != self.alarms[group]:
            self.alarms[group] = queue.due
            once(self.env, queue.due - now, TIMER, group, self._patience_over, group)

    def _patience_over(self, tick: Any) -> None:
        if self.idle[tick.owner]:
            self.dirty.add(tick.owner)
            self.settle(self.env.now)

    def go_on(self, lot: Lot, now: int, tool: Tool | None = None) -> None:
        """A lot's visit is over: it is written down, and the lot goes on, or leaves, or stays in *tool* until there is room for it."""
        step = done = lot.step
        lot.visits += lot.arrived, lot.start, now
        if self.limits is not None and self.step_of[step] in self.limits.stamped:
            lot.clocks = {**lot.clocks, self.step_of[step]: now}
        step = lot.onto[step]
        if step >= len(lot.work):
            self.turn_off(lot, step, now, tool)
            return
        lot.step = step
        if self.buffers is None or tool is None or not self.buffers.keeps(lot, tool, done):
            self.forward(lot, now)

    def forward(self, lot: Lot, now: int) -> None:
        """A lot goes to the queue of its step."""
        move = lot.move[lot.step]
        if move:
            heappush(self.calendar, lot.carry(now, move))
        else:
            self.arrive(lot, now)

    def way_out(self, lot: Lot, tool: Tool, now: int) -> None:
        """A lot is past the entrance of an in-line tool."""
        assert tool.passing is not None
        entry = tool.passing.enter(lot, now)
        if entry is not None:
            heappush(self.calendar, entry)

    def out(self, row: Row, lot: Lot, now: int) -> None:
        """A lot is out of an in-line tool, which may have to keep it; with the last, and nothing at the entrance, it may be its turn."""
        self.go_on(lot, now, row.tool)
        if not row.lots and row.drains:
            row.tool.turn(now)
        self.settle(now)

    def turn_off(self, lot: Lot, onto: int, now: int, tool: Tool | None = None) -> None:
        """A lot is at the end of its way, or, where *onto* is past it, goes on in parts."""
        if self.parts is None:
            self.leave(lot, now)
        else:
            self.parts.turn_off(lot, onto, now, tool)

    def leave(self, lot: Lot, now: int) -> None:
        """A lot is finished, or nothing is left of it."""
        lot.carried = None  # it points back at the lot: without it that is freed at once
        block = lot.block
        block.left_us[lot.row] = now
        block.over(lot.row)
        self.count_wip(-1, now)
        block.waiting -= 1
        self.sources[lot.stream].left(block)

    # tools ----------------------------------------------------------------------------------------------------------

    def settle(self, now: int) -> None:
        """After an event: gives work to free tools, once nothing else happens at this instant."""
        if self.dirty and not self.scheduled:
            if self.calendar[0][0] > now:  # it holds the horizon at least
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
            raise InfeasibleError(f"the line turns in a circle at {now / HOUR:g} h: more than {MAX_ROUNDS} rounds at one instant ({names})")
        dirty = sorted(self.dirty) if len(self.dirty) > 1 else [*self.dirty]
        self.dirty.clear()
        for group in dirty:
            if self.unlike[group]:
                give_out_unlike(self, group, now)
            else:
                self.give_out(group, now)
            if self.preempts[group]:
                interrupt(self, group, now)
            if self.batches[group]:
                self.wait_for_more(group, now)
        if self.buffers is not None:
            self.buffers.settle(now)
        if self.dirty and not self.scheduled:  # who came in, or left, may be news for another group
            self.scheduled = True
            self.dispatcher.set(0, DISPATCH, 0)

    def give_out(self, group: int, now: int) -> None:
        """Idle tools of *group*, the lowest number first, take what they can."""
        idle, queue, tools = self.idle[group], self.queues[group], self.tools[group]
        while idle and (lots := queue.take(now, tools[idle[0]])):
            if self.limits is not None and self.limits.stop(self, lots, now):
                continue
            if self.buffers is not None:
                self.buffers.inside[group] -= len(lots)
            self.start(tools[idle.pop(0)], lots, now)

    def start(self, tool: Tool, lots: list[Lot], now: int) -> None:
        """A run of *lots* begins, or that of a lot that was interrupted goes on."""
        time = lots[0].rest
        if self.limits is not None:
            self.limits.met(self, lots)
        for lot in lots:
            lot.start = now if lot.rest < 0 else lot.start
            lot.rest = lot.wanted = -1
            if self.step_of[lot.step] in self.asked:
                lot.tools = {**lot.tools, self.step_of[lot.step]: tool.number}
        tool.runs = lots
        tool.start(now, time)

    def finish_slowly(self, tool: Tool, now: int) -> None:
        """A run is over, of whatever kind; an in-line tool's entrance is free again, its lot still on the way out."""
        lots, tool.runs = tool.runs, []
        tool.rest(now)
        for planned in tool.counted:
            planned.made(lots)
        if len(lots) > 1 or tool.took:
            shared_run(lots, tool.took or run_time(lots))
        for lot in lots:
            if tool.passing is None:
                self.go_on(lot, now, tool)
            else:
                self.way_out(lot, tool, now)
        tool.turn(now)
        self.settle(now)

    def free(self, tool: Tool) -> None:
        """A tool can take work."""
        insort(self.idle[tool.group], tool.number)
        self.dirty.add(tool.group)

    def not_idle(self, tool: Tool) -> None:
        """An idle tool stops being one."""
        self.idle[tool.group].remove(tool.number)
