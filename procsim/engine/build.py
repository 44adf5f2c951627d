"""Makes the state of a line at time 0 from a plan: what lots meet at the positions of their routes, in which bucket they wait there, and the
first events."""

from __future__ import annotations

import numpy as np

from procsim.engine.build_groups import build_groups, returning
from procsim.engine.draws import ToolDraws
from procsim.engine.rules import words
from procsim.engine.rules.agenda import Agenda
from procsim.engine.rules.calendar import push
from procsim.engine.rules.columns import Bucket, Stop, Stream
from procsim.engine.rules.equipment import Limit
from procsim.engine.rules.marks import draw
from procsim.engine.rules.outages import leave_shift
from procsim.engine.rules.sampling import expect_look
from procsim.engine.rules.shifts import expect_end
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import start_clocks
from procsim.maths.arrays import Ints
from procsim.maths.keyed_random import KeyedRandom
from procsim.planning.plan import Plan

TIMES = 100
"""Looks of work sampling in a window: one replication tells a share of a half to 0.05, at a hundredth of the run's time."""
_GOLDEN = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: its multiples, modulo 2^64, lie evenly and keep step with nothing that comes round."""
NOTES = 1 << 15
"""Notes for the books that are made before they are taken over."""


def build(plan: Plan, random: KeyedRandom | None, agenda: Agenda, held: bool = False) -> tuple[Line, ToolDraws, list[Ints]]:
    """The line of *plan*, without lots; what its tools, which may be *held*, draw from; and for each release stream the number of its stop at each
    position (-1: none)."""
    line = Line(agenda)
    clock = line.clock[0]
    clock.warmup = plan.warmup_us
    clock.buffers = int(max(plan.discipline.buffer, default=-1) >= 0)
    clock.returns = int(bool(plan.discipline.remembered))
    clock.limits = int(any(limit.acts for limit in plan.discipline.limits))
    draws = build_groups(line, plan, random, held)
    line.streams = [_stream(plan, r) for r in range(len(plan.streams))]
    line.merges = [one.merge for one in plan.route.stretches]
    line.notes = [0] * (words.NOTE * NOTES)
    line.looks = looks(plan)
    return line, draws, _Stops(line, plan).made()


def begin(line: Line, horizon: int) -> None:
    """The first events, once the lots that are in the line at time 0 have their places."""
    for t, tool in enumerate(line.tools):
        for k in range(tool.first_break, tool.stop_break):
            line.breaks[k].left = draw(line, line.breaks[k].to_fail)
        start_clocks(line, t, 0)
        for k in range(tool.first_upkeep, tool.stop_upkeep):
            one = line.upkeeps[k]
            if one.every and one.first <= horizon:
                push(line, one.first, words.DOWN, t << words.NUMBER_BITS, -1 - k, 0)


def begin_shifts(line: Line) -> None:
    """The first ends of shifts; tools whose shift is yet to come are off."""
    for k, shift in enumerate(line.shifts):
        tools = [t for t, tool in enumerate(line.tools) if tool.shift == k]
        if tools or any(pool.shift == k for pool in line.pools):
            expect_end(line, k)
        for t in () if shift.on else tools:
            leave_shift(line, t, 0)
    if line.clock[0].warmup:
        push(line, line.clock[0].warmup, words.RESET, 0, 0, 0)
    expect_look(line)


def looks(plan: Plan) -> list[int]:
    """When work sampling looks, each time somewhere in the next part of the window."""
    window = plan.horizon_us - plan.warmup_us
    return [plan.warmup_us + (window * ((i << 64) + i * _GOLDEN % 2**64) // TIMES >> 64) for i in range(TIMES)]


def _stream(plan: Plan, r: int) -> Stream:
    law, stream = plan.streams[r], Stream()
    stream.limit, stream.constant, stream.loses = law.limit or words.ALWAYS, law.conwip, int(law.lose)
    return stream


class _Stops:
    """Stops and buckets as they are found: by group, what lots are alike in → the bucket."""

    def __init__(self, line: Line, plan: Plan) -> None:
        self.line, self.plan = line, plan
        self.group_of: list[int] = plan.group_of.tolist()
        self.step_of: list[int] = plan.route.step.tolist()
        self.keys: list[int] = plan.batch_key.tolist()
        self.by_product: list[bool] = plan.batch_product.tolist()
        self.same_tool: list[int] = plan.discipline.same_tool.tolist()
        self.remembered = plan.discipline.remembered
        shared = np.array(plan.times.shared(len(self.group_of)))
        self.shared: list[int] = np.unique(shared, return_inverse=True)[1].tolist()
        self.clocks_from: dict[int, tuple[int, int]] = {}
        self.limits_of: dict[int, tuple[int, int]] = {}
        self.detours = {(number, late): loop for loop, (number, late) in enumerate(plan.route.detours.tolist())}
        kinds = sorted({stream.product for stream in plan.streams})
        self.kinds = [kinds.index(stream.product) for stream in plan.streams]
        line.guests = [0] * (len(kinds) if (plan.discipline.guests >= 0).any() else 0)
        self.buckets: list[dict[tuple[int, ...], list[Bucket]]] = [{} for _ in line.groups]
        self._limits()

    def made(self) -> list[Ints]:
        """Fills the tables; the number of each stream's stop at each position."""
        line, route, wip = self.line, self.plan.route, self.plan.wip
        found = []
        for r in range(len(line.streams)):
            visited = route.streams[r].copy()
            if wip is not None:
                visited[wip.position[wip.of(r)]] = True
            numbers = np.full(len(visited), -1, dtype=np.int64)
            for p in np.flatnonzero(visited).tolist():
                numbers[p] = len(line.stops)
                line.stops.append(self._stop(r, p))
            found.append(numbers)
        self._number_buckets()
        return found

    def _stop(self, r: int, p: int) -> Stop:
        plan, stop, step, g = self.plan, Stop(), self.step_of[p], self.group_of[p]
        stop.position, stop.step, stop.group, stop.shared = p, step, g, self.shared[p]
        stop.remaining = int(plan.discipline.remaining[r, p])
        setup = plan.groups.duty.setups[g]
        stop.setup = int(setup.of[r, np.searchsorted(setup.positions, p)]) if setup is not None else words.NONE
        stop.keeps = self.remembered.index(step) if step in self.remembered else words.NONE
        stop.returns = self.remembered.index(self.same_tool[step]) if self.same_tool[step] >= 0 else words.NONE
        stop.first_clock, stop.stop_clock = self.clocks_from.get(step, (0, 0))
        stop.first_limit, stop.stop_limit = self.limits_of.get(step, (0, 0))
        stop.first_way = len(self.line.ways_back)
        numbers = [self.line.limits[k].number for k in range(stop.first_limit, stop.stop_limit)]
        self.line.ways_back += [self.detours.get((number, p), words.NONE) for number in numbers]
        stop.stretch = next((k for k, one in enumerate(plan.route.stretches) if one.first <= p < one.stop), words.NONE)
        stop.guests, stop.kind = int(plan.discipline.guests[g, r]), self.kinds[r]
        if self.line.groups[g].most and stop.guests >= 0:
            alike: tuple[int, ...] = (self.keys[p],)
        elif self.line.groups[g].most:
            alike = self.keys[p], self.kinds[r] if self.by_product[p] else 0
        else:
            alike = (stop.setup,)
        known = self.buckets[g]
        stop.bucket = list(known).index(alike) if alike in known else len(known)  # within the group, until all are known
        if alike not in known:
            known[alike] = self._buckets(g, alike, stop)
        return stop

    def _buckets(self, g: int, alike: tuple[int, ...], stop: Stop) -> list[Bucket]:
        """The bucket of lots that are *alike* at group *g*, and, where lots return to tools, one for each of them."""
        group = self.line.groups[g]
        found = []
        for t in [words.NONE, *(range(group.first_tool, group.stop_tool) if returning(self.plan, g) else ())]:
            bucket = Bucket()
            bucket.group, bucket.setup, bucket.tool = g, words.NONE if group.most else stop.setup, t
            bucket.visiting = int(group.most > 0 and len(alike) == 1)
            found.append(bucket)
        return found

    def _number_buckets(self) -> None:
        """Puts the buckets into one table, group by group, and tells stops, and hosts of guests, where they are."""
        line, first = self.line, []
        for group, known in zip(line.groups, self.buckets, strict=True):
            group.first_bucket = len(line.buckets)
            places = {}
            for alike in sorted(known, key=lambda key: key[::-1]):  # of two runs that the same guest leads, that of the product named first
                places[alike] = len(line.buckets)
                line.buckets += known[alike]
            group.stop_bucket = len(line.buckets)
            first.append([places[alike] for alike in known])
            for alike, buckets in known.items():
                if len(alike) == 2:
                    buckets[0].guests = places.get(alike[:1], words.NONE)
        for stop in line.stops:
            stop.bucket = first[stop.group][stop.bucket]

    def _limits(self) -> None:
        """Limits of queue time that act, those that end at one step side by side; and a clock for each pair of steps, those that start together
        side by side."""
        line, discipline = self.line, self.plan.discipline
        acting = [(i, limit) for i, limit in enumerate(discipline.limits) if limit.acts]
        clocks = sorted({(limit.first, limit.last) for _, limit in acting})
        for k, (first, _) in enumerate(clocks):
            self.clocks_from[first] = self.clocks_from.get(first, (k, k))[0], k + 1
        for last in dict.fromkeys(limit.last for _, limit in acting):
            begun = len(line.limits)
            for i, law in acting:
                if law.last == last:
                    limit_of = Limit()
                    limit_of.clock, limit_of.most = clocks.index((law.first, law.last)), law.limit_us
                    limit_of.number, limit_of.scraps = i, int(law.scrap)
                    line.limits.append(limit_of)
            self.limits_of[last] = begun, len(line.limits)
