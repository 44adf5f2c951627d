"""Finite buffers: who may join a queue, who is kept in a finished tool or outside the line until there is room, and when that never comes.

Blocking is after service: a tool keeps its finished lot, and does nothing else, until the next buffer has room for it. Whoever has
waited longest goes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot
from procsim.engine.tool import Tool
from procsim.errors import InfeasibleError
from procsim.lots.records import BLOCKED, INSIDE, STANDBY
from procsim.planning.plan import HOUR

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Buffers:
    """*size* lots may wait at each tool group (-1: any number); *inside* do so or are on their way; *kept* are those that would come
    next, longest first: the lot, the tool that keeps it (None: the lot is outside the line), the step done, and since when.

    A free tool is room for one lot more (*direct*), but not where lots wait for each other or for one tool of several; so is, for the lot that
    it keeps, a tool that keeps nothing else. The place is the lot's even where the tool then fails before it comes.
    """

    __slots__ = ("direct", "inside", "kept", "line", "size")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.size: list[int] = line.plan.discipline.buffer.tolist()
        self.inside = [0] * len(self.size)
        self.kept: list[list[tuple[Lot, Tool | None, int, int]]] = [[] for _ in self.size]
        plan = line.plan
        smallest = [min(1.0, plan.lot_panels / plan.route.parts[plan.group_of == g].max(initial=1)) for g in range(len(self.size))]
        batches = plan.groups.batch_min.tolist()
        self.direct = [least <= size and not choosy for least, size, choosy in zip(batches, smallest, line.choosy, strict=True)]

    def room(self, group: int) -> bool:
        """Whether one lot more may come to *group*."""
        free = len(self.line.idle[group]) if self.direct[group] else 0
        return self.size[group] < 0 or self.inside[group] < self.size[group] + free

    def _joins(self, group: int) -> bool:
        """Takes a place at *group*, if there is one and nobody waits for it."""
        if self.kept[group] or not self.room(group):
            return False
        self.inside[group] += 1
        return True

    def keeps(self, lot: Lot, tool: Tool, done: int) -> bool:
        """Whether *lot*, whose step *done* is over, must stay in *tool*: the buffer of its next step is full."""
        line, group = self.line, self.line.group_of[lot.step]
        if self._joins(group):
            return False
        now = line.env.now
        self.kept[group].append((lot, tool, done, now))
        tool.held.append(lot)
        if tool.passing is not None:
            tool.passing.halt(now)
        if tool.number in line.idle[tool.group]:  # an in-line tool, whose entrance was free
            line.not_idle(tool)
            tool.become(BLOCKED, now)
        line.dirty.add(group)
        return True

    def bars(self, lot: Lot) -> bool:
        """Whether *lot*, which is to be released, must wait outside, or is lost; one for whom nothing is on the route never does."""
        line = self.line
        if lot.step == len(line.group_of):
            return False
        group = line.group_of[lot.step]
        if self._joins(group):
            return False
        source = line.sources[lot.stream]
        if source.stream.lose:
            line.lost += line.env.now >= line.plan.warmup_us
            lot.block.waiting -= 1
            source.left(lot.block)
            return True
        self.kept[group].append((lot, None, lot.step, line.env.now))
        line.dirty.add(group)
        return True

    def settle(self, now: int) -> None:
        """After a round of dispatching: whoever there is room for comes in; where nobody does, a look at whether all is stuck."""
        line = self.line
        for group, kept in enumerate(self.kept):
            while (turn := self._next(group)) >= 0:
                lot, tool, done, since = kept.pop(turn)
                self.inside[group] += 1
                if tool is None:
                    line.let_in(lot, now)
                    continue
                if now > since:
                    lot.block.kept.append((lot.row, done, since, now))
                tool.held.remove(lot)
                line.forward(lot, now)
                if not tool.down:
                    tool.set_going(now)
                if not (tool.held or tool.runs or tool.down):
                    tool.become(INSIDE if tool.passing else STANDBY, now)
                    tool.turn(now)
        if not line.dirty and any(self.kept):
            self._check(now)

    def _next(self, group: int) -> int:
        """Which of those kept may come to *group* now: the first, if there is room, or one that is all that a tool of the group is taken by;
        -1 for nobody."""
        kept = self.kept[group]
        if not kept or self.room(group):
            return 0 if kept else -1
        own = (turn for turn, (lot, tool, _, _) in enumerate(kept)
               if tool is not None and tool.group == group and self.direct[group] and not tool.runs and tool.held == [lot])
        return next(own, -1)

    def _check(self, now: int) -> None:
        """Raises InfeasibleError where lots wait for room that can never appear: a circle of full buffers and blocked tools."""
        line = self.line
        alive = [self._moves(group) for group in range(len(self.size))]
        before = -1
        while sum(alive) != before:
            before = sum(alive)
            for group, tools in enumerate(line.tools):
                alive[group] = alive[group] or any(tool.held and all(alive[line.group_of[lot.step]] for lot in tool.held) for tool in tools)
        stuck = [group for group, kept in enumerate(self.kept) if kept and not alive[group]]
        if stuck:
            raise InfeasibleError(f"deadlock by blocking at {now / HOUR:g} h: " + "; ".join(map(self._why, stuck))
                                  + ". Raise buffer_lots of one of them, or release less")

    def _moves(self, group: int) -> bool:
        """Whether room appears at *group* by itself: it is there, or a tool that keeps nothing is at work, under repair, or about to begin."""
        line = self.line
        if self.room(group) or any(not tool.held and (tool.runs or tool.down or tool.draining) for tool in line.tools[group]):
            return True
        coming = self.inside[group] > len(line.queues[group].waiting())
        free = bool(line.idle[group])
        return free and (self.direct[group] or line.patience[group] >= 0 or coming)

    def _why(self, group: int) -> str:
        """What is stuck at *group*, in words."""
        line, plan = self.line, self.line.plan
        names, waiting = plan.groups.names, line.queues[group].waiting()
        steps = ", ".join(dict.fromkeys(plan.steps[line.step_of[lot.step]] for lot in waiting))
        held = dict.fromkeys((names[line.group_of[lot.step]], plan.steps[line.step_of[lot.step]]) for tool in line.tools[group] for lot in tool.held)
        where = " and ".join(f"{name} (step {step})" for name, step in held)
        return (f"{names[group]} is full ({len(waiting)} lots wait{f' for step {steps}' if steps else ''})"
                + (f" and its tools keep lots that wait for room at {where}" if where else " and no run can start"))

    def close(self, now: int) -> None:
        """At the horizon: the stay of lots that are still kept in a tool is written down."""
        for kept in self.kept:
            for lot, tool, done, since in kept:
                if tool is not None:
                    lot.block.kept.append((lot.row, done, since, now))
