"""Gives the rules the lots that are to come, and takes lots back that have left; serves what they need from outside between their events."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import numpy as np

from procsim.engine.books import Books
from procsim.engine.draws import ToolDraws
from procsim.engine.events import Watch
from procsim.engine.rules import words
from procsim.engine.rules.calendar import push
from procsim.engine.rules.requests import COME, FORWARD, LEAVE, REFILL
from procsim.engine.serials import serial_of
from procsim.engine.sources import Drawn, Source
from procsim.engine.store import Store
from procsim.engine.ways import Ways, cells, ways_of_parts, whole_ways
from procsim.lots.records import Block, LotOutcomes, LotRange, Needs
from procsim.lots.routing import path
from procsim.maths.arrays import Ints
from procsim.planning.plan import Plan

LONG = 256
"""Positions of a route from which on lots are shown their way bit by bit; of shorter ones they know all: it takes little room, and less time."""


class Supply:
    """Of the line of *plan*, whose *stops* are known by stream and position (here only those of the stream's own route), whose tools take their times
    from *draws*, whose *books* note what lots did, and *watch*, if there is one, what happens."""

    def __init__(self, plan: Plan, draws: ToolDraws, stops: list[Ints], books: Books, watch: Watch | None = None) -> None:
        self.plan, self.line, self.draws, self.sources, self.books, self.watch = plan, books.line, draws, books.sources, books, watch
        self.stops = [numbers[source.own.positions] for numbers, source in zip(stops, books.sources, strict=True)]
        long = any(source.own.size >= LONG for source in books.sources)
        self.legs = words.LEGS if long and not plan.route.stretches else sys.maxsize  # all alike: rows of arrays are of one width
        groups, line = plan.groups, books.line
        self.asked = frozenset(
            name for name, wanted in (("batches", groups.batch_max.any()), ("panels", line.clock[0].tells or any(one.limit for one in line.upkeeps)),
                                      ("split", groups.duty.split.any()), ("inline", (groups.inline > 1).any()),
                                      ("move", plan.times.transport is not None)) if wanted)

    @property
    def store(self) -> Store:
        """Where the numbers of the line stand."""
        return self.books.store

    def begin(self) -> None:
        """The first release of each stream."""
        for r, source in enumerate(self.sources):
            push(self.line, source.stream.first_us, words.RELEASE, r << words.NUMBER_BITS, r, 0)

    def serve(self, now: int) -> None:
        """Does what ``clock.needs`` says."""
        clock = self.store.clock
        needs, clock.needs = int(clock.needs), 0
        if needs & words.ROOM:
            self.books.collect()
            self.store.room()
            if self.watch is not None:
                self.watch.take(now)
        if needs & words.DRAWS:
            self.store.draw(self.draws)
        if needs & words.WAY:
            self._show_more()
        if needs & words.LOTS:
            for r in range(len(self.sources)):
                self._supply(r, now)
        if needs & words.BACK:
            self._send_back(now)

    # lots that come ---------------------------------------------------------------------------------------------------

    def _supply(self, r: int, now: int) -> None:
        """More lots of stream *r*, if it asks for some: of a constant number always as many as may enter at once; others when they come."""
        source, stream = self.sources[r], self.store.stream(r)
        if stream.constant:
            while stream.ready < stream.constant and source.made < source.limit:
                self.put(source, source.draw())
            if stream.short:
                self.store.do(REFILL, r, now)
        elif stream.head == words.NONE and source.made < source.limit:
            when = source.comes(source.made)
            if when <= now:
                self.put(source, source.draw())
            if when <= self.plan.horizon_us:
                self.store.do(COME, r, when)

    def put(self, source: Source, drawn: Drawn) -> list[int]:
        """The lots of *drawn* have places in the line's columns, and hang on their stream, if they are to come: the places."""
        block, plan, r, count = drawn.block, source.plan, source.number, len(drawn.comes)
        lots, split = len(block.left_us), drawn.block.at is None
        whole = whole_ways(plan, block.outcomes.panels, drawn.who, lots, split, self.legs)
        places = self._place(source, block, np.arange(count), whole.of(np.arange(count)), {
            "serial": [serial_of(block.first + i, r) for i in range(count)], "priority": drawn.priority, "comes": drawn.comes,
            "allowed": drawn.allowed[:count], "due": block.due_us[:count]})
        if split:
            for rows, ways in ways_of_parts(plan, block.outcomes.panels, drawn.who, lots):
                self._put_parts(source, block, places, rows, ways)
            self._hang_on(r, places)
        block.pack()
        return places

    def _place(self, source: Source, block: Block, rows: Ints, ways: Ways, fields: Mapping[str, Sequence[int]]) -> list[int]:
        """Places in the line for *rows* of *block*, which go these *ways*, with what else is known of them."""
        places = self.books.places(block, rows.tolist())
        self.store.begin(places, {"stream": [source.number] * len(places), "legs": ways.legs.tolist(), **fields})
        self._lay(source, places, ways, rows, block.outcomes, block.needs)
        return places

    def _lay(self, source: Source, places: Sequence[int], ways: Ways, rows: Ints, outcome: LotOutcomes, need: Needs) -> None:
        """The lots at *places* know as much of their *ways* as they are to know beforehand, and what they *need* there, in these *rows*."""
        known, stops = ways.known, self.stops[source.number]
        path = stops[known] if known.strides[0] or not len(known) else np.broadcast_to(stops[known[0]], known.shape)
        self.store.lay(places, path, cells(ways, rows, outcome, need, source.sizes is not None, self.asked))

    def _put_parts(self, source: Source, block: Block, places: list[int], rows: slice, ways: Ways) -> None:
        """The parts in which the lots at *places* go through a stretch hang on these."""
        lots, r = len(block.left_us), source.number
        mine = np.arange(rows.start, rows.stop)
        mine = mine[mine % lots < len(places)][::-1]
        which, whole = mine - rows.start, [places[i] for i in (mine % lots).tolist()]
        own = self._place(source, block, mine, ways.of(which), {
            "serial": [serial_of(block.first + row % lots, r, i // lots) for row, i in zip(mine.tolist(), which.tolist(), strict=True)],
            "whole": whole, "stretch": [source.own.stretches[ways.stretch]] * len(mine),
            "remains": (block.outcomes.panels[mine, -1] > 0).astype(int).tolist()})
        first = dict(zip(places, self.store.get("parts", places), strict=True))
        behind = []
        for part, l in zip(own, whole, strict=True):
            behind.append(first[l])
            first[l] = part
        self.store.put(own, {"next_part": behind})
        self.store.put(places, {"parts": [first[l] for l in places]})

    def _hang_on(self, r: int, places: list[int]) -> None:
        """The lots at *places* are the next of stream *r* to come."""
        stream = self.store.stream(r)
        if not places:
            return
        self.store.put(places[:-1], {"behind": places[1:]})
        if stream.head == words.NONE:
            stream.head = places[0]
        else:
            self.store.put([int(stream.tail)], {"behind": places[:1]})
        stream.tail = places[-1]
        stream.ready += len(places)

    # lots that go on, or back -----------------------------------------------------------------------------------------

    def _show_more(self) -> None:
        """Lots that have come far in what they know of their way know more of it."""
        blocks: dict[int, list[int]] = {}
        for l in self.store.far():
            block, _ = self.books.at(l)
            if block is not None:
                blocks.setdefault(id(block), []).append(l)
        for places in blocks.values():
            block, rows = self.books.at(places[0])[0], np.array([self.books.at(l)[1] for l in places])
            left = np.array(self.store.get("legs", places)) - np.array(self.store.get("leg", places))
            for l in places:
                self.books.write(l)
            ways = Ways(-1, left, block.next_columns(rows, self.legs), self.legs)
            self._lay(self.sources[block.stream], places, ways, rows, block.outcomes, block.needs)
            self.store.put(places, {"leg": [0] * len(places), "legs": left.tolist()})

    def _send_back(self, now: int) -> None:
        """Lots that were turned back where they are go another way from there on."""
        store = self.store
        l, store.clock.back = int(store.clock.back), words.NONE
        while l != words.NONE:
            follower, store.lot(l).behind = int(store.lot(l).behind), words.NONE
            if store.lot(l).loop != words.NONE:
                self._redraw(l)
            lot = store.lot(l)
            nothing = lot.loop == words.NONE or lot.leg == lot.legs  # nothing on the way back, or behind it, is for it
            store.do(LEAVE if nothing else FORWARD, l, now)
            l = follower

    def _redraw(self, l: int) -> None:
        """Lot *l* was turned back where it is."""
        store, (block, row) = self.store, self.books.at(l)
        source, position = self.sources[block.stream], store.position(l)
        block.turns[row] = (*block.turns.get(row, ()), (position, int(store.lot(l).loop)))
        at = block.at[row : row + 1] if block.at is not None else None
        lots = LotRange(block.stream, block.first + row, 1, block.panels[row : row + 1], at, source.own_turns(block.turns[row]))
        who, outcome, need = source.again(lots)
        way, column = path(source.plan, who, 1), source.columns[position]
        assert way is not None
        block.redraw(row, column, outcome, need, way)
        whole = whole_ways(source.plan, outcome.panels, who, 1, False, self.legs)
        left = whole.behind(int((whole.order[0, : whole.legs[0]] <= column).sum()))
        self.books.write(l)
        self._lay(source, [l], left, np.zeros(1, dtype=np.int64), outcome, need)
        store.put([l], {"leg": [0], "legs": left.legs.tolist()})
