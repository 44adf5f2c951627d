"""Gives the rules the lots that are to come, and takes lots back that have left; serves what they need from outside between their events."""

from __future__ import annotations

from procsim.engine.books import Books
from procsim.engine.draws import ToolDraws
from procsim.engine.events import Watch
from procsim.engine.rules import words
from procsim.engine.rules.calendar import push
from procsim.engine.rules.columns import Lot
from procsim.engine.rules.entering import leave, refill
from procsim.engine.rules.splits import forward
from procsim.engine.rules.state import Line
from procsim.engine.serials import serial_of
from procsim.engine.sources import Drawn, Source
from procsim.engine.ways import Columns, Ways, columns, tables, ways_of_parts, whole_ways
from procsim.lots.records import Block, LotRange
from procsim.lots.routing import path
from procsim.maths.arrays import Ints
from procsim.planning.plan import Plan

_TABLES = {"batches": ("fills", "shared"), "panels": ("panels",), "split": ("load", "unload", "shared_load", "shared_unload"),
           "inline": ("tail",), "move": ()}
"""Tables of the line that only some lines ask for."""


class Supply:
    """Of the *line* of *plan*, whose *sources* draw lots, whose *stops* are known by stream and position (here only those of the stream's own route),
    whose *books* note what lots did, and *watch*, if there is one, what happens."""

    def __init__(self, plan: Plan, line: Line, draws: ToolDraws, stops: list[Ints], sources: list[Source], books: Books,
                 watch: Watch | None = None) -> None:
        self.plan, self.line, self.draws, self.sources, self.books, self.watch = plan, line, draws, sources, books, watch
        self.stops = [numbers[source.own.positions].astype(object) for numbers, source in zip(stops, sources, strict=True)]  # each is there once
        self.memories, self.clocks = len(plan.discipline.remembered), 1 + max((limit.clock for limit in line.limits), default=-1)
        groups = plan.groups
        self.asked = frozenset(
            name for name, wanted in (("batches", groups.batch_max.any()), ("panels", line.clock[0].tells or any(one.limit for one in line.upkeeps)),
                                      ("split", groups.duty.split.any()), ("inline", (groups.inline > 1).any()),
                                      ("move", plan.times.transport is not None)) if wanted)
        self.more = [table for name in sorted(self.asked) for table in _TABLES[name]]

    def begin(self) -> None:
        """The first release of each stream."""
        for r, source in enumerate(self.sources):
            push(self.line, source.stream.first_us, words.RELEASE, r << words.NUMBER_BITS, r, 0)

    def serve(self, now: int) -> None:
        """Does what ``clock.needs`` says."""
        clock = self.line.clock[0]
        needs, clock.needs = clock.needs, 0
        if needs & words.ROOM:
            self.books.collect()
            if self.watch is not None:
                self.watch.take(now)
        if needs & words.DRAWS:
            self.draws.serve()
        if needs & words.LOTS:
            for r in range(len(self.sources)):
                self._supply(r, now)
        if needs & words.BACK:
            self._send_back(now)

    # lots that come ---------------------------------------------------------------------------------------------------

    def _supply(self, r: int, now: int) -> None:
        """More lots of stream *r*, if it asks for some: of a constant number always as many as may enter at once; others when they come."""
        source, stream = self.sources[r], self.line.streams[r]
        if stream.constant:
            while stream.ready < stream.constant and source.made < source.limit:
                self.put(source, source.draw())
            if stream.short:
                refill(self.line, r, now)
        elif stream.head == words.NONE and source.made < source.limit:
            when = source.comes(source.made)
            if when <= now:
                self.put(source, source.draw())
            if when <= self.plan.horizon_us:
                push(self.line, when, words.RELEASE, r << words.NUMBER_BITS, r, 0)

    def put(self, source: Source, drawn: Drawn) -> list[int]:
        """The lots of *drawn* have places in the line's columns, and hang on their stream, if they are to come: the places."""
        block, plan, split = drawn.block, source.plan, drawn.block.at is None
        whole = whole_ways(plan, block.outcomes.panels, drawn.who, len(block.left_us), split)
        rows = slice(0, len(block.left_us))
        cells = columns(whole, tables(whole, rows, block.outcomes, block.needs, drawn.fills, words.PANEL, self.asked))
        paths = self._paths(source.number, whole)
        places = [self._place(block, i, paths[i], cells, i, int(whole.legs[i])) for i in range(len(drawn.comes))]
        for i, l in enumerate(places):
            lot = self.line.lots[l]
            lot.serial, lot.stream = serial_of(block.first + i, source.number), source.number
            lot.priority, lot.comes, lot.allowed, lot.due = drawn.priority[i], drawn.comes[i], drawn.allowed[i], block.due_us[i]
        if split:
            for rows, ways in ways_of_parts(plan, block.outcomes.panels, drawn.who, len(block.left_us)):
                self._put_parts(source, block, places, rows, ways, drawn)
            self._hang_on(source.number, places)
        block.pack()
        return places

    def _paths(self, r: int, ways: Ways) -> list[list[int]]:
        """The stops of each row; those that go all the way share one list."""
        width = ways.width
        if not ways.order.strides[0]:
            return [self.stops[r][ways.order[0, :width]].tolist()] * len(ways.legs)
        found: list[list[int]] = self.stops[r][ways.order[:, :width]].tolist()
        return found

    def _place(self, block: Block, row: int, path: list[int], cells: Columns, i: int, legs: int) -> int:
        """A place in the line for row *row* of *block*, which goes so many *legs* along *path* and needs what *cells* say in row *i*."""
        line, l = self.line, self.books.place(block, row)
        lot = line.lots[l] = Lot()
        lot.legs = legs
        line.path[l], line.work[l], line.move[l], line.book[l] = path, cells.work[i], cells.move[i], [0] * (3 * legs)
        for name in self.more:
            getattr(line, name)[l] = getattr(cells, name)[i]
        if self.memories:
            line.memory[l] = [words.NONE] * self.memories
        if self.clocks:
            line.clocks[l] = [words.NEVER] * self.clocks
        return l

    def _put_parts(self, source: Source, block: Block, places: list[int], rows: slice, ways: Ways, drawn: Drawn) -> None:
        """The parts in which the lots at *places* go through a stretch hang on these."""
        line, lots, r = self.line, len(block.left_us), source.number
        cells = columns(ways, tables(ways, rows, block.outcomes, block.needs, drawn.fills, words.PANEL, self.asked))
        paths, remains = self._paths(r, ways), block.outcomes.panels[rows, -1] > 0
        for i, row in reversed(list(enumerate(range(rows.start, rows.stop)))):
            if row % lots >= len(places):
                continue
            whole = places[row % lots]
            part = self._place(block, row, paths[i], cells, i, int(ways.legs[i]))
            lot, number = line.lots[part], block.first + row % lots
            lot.serial, lot.stream = serial_of(number, r, i // lots), r
            lot.whole, lot.stretch, lot.remains = whole, source.own.stretches[ways.stretch], int(remains[i])
            lot.next_part, line.lots[whole].parts = line.lots[whole].parts, part

    def _hang_on(self, r: int, places: list[int]) -> None:
        """The lots at *places* are the next of stream *r* to come."""
        stream, lots = self.line.streams[r], self.line.lots
        for l in places:
            if stream.head == words.NONE:
                stream.head = l
            else:
                lots[stream.tail].behind = l
            stream.tail = l
        stream.ready += len(places)

    # lots that go back ------------------------------------------------------------------------------------------------

    def _send_back(self, now: int) -> None:
        """Lots that were turned back where they are go another way from there on."""
        line = self.line
        l, line.clock[0].back = line.clock[0].back, words.NONE
        while l != words.NONE:
            follower = line.lots[l].behind
            line.lots[l].behind = words.NONE
            if line.lots[l].loop != words.NONE:
                self._redraw(l)
            if line.lots[l].loop == words.NONE or line.lots[l].leg == line.lots[l].legs:  # nothing on the way back, or behind it, is for it
                leave(line, l, now)
            else:
                forward(line, l, now)
            l = follower

    def _redraw(self, l: int) -> None:
        """Lot *l* was turned back where it is."""
        line, lot, (block, row) = self.line, self.line.lots[l], self.books.at(l)
        source, position = self.sources[lot.stream], line.stops[line.path[l][lot.leg]].position
        block.turns[row] = (*block.turns.get(row, ()), (position, lot.loop))
        at = block.at[row : row + 1] if block.at is not None else None
        lots = LotRange(lot.stream, block.first + row, 1, block.panels[row : row + 1], at, source.own_turns(block.turns[row]))
        who, outcome, need = source.again(lots)
        way, column = path(source.plan, who, 1), source.columns[position]
        assert way is not None
        block.redraw(row, column, outcome, need, way)
        ways = whole_ways(source.plan, outcome.panels, who, 1, False)
        cells = columns(ways, tables(ways, slice(0, 1), outcome, need, source.fills(outcome), words.PANEL, self.asked))
        line.path[l], line.work[l], line.move[l] = self._paths(lot.stream, ways)[0], cells.work[0], cells.move[0]
        line.panels[l], line.fills[l], line.shared[l], line.tail[l] = cells.panels[0], cells.fills[0], cells.shared[0], cells.tail[0]
        line.load[l], line.unload[l], line.shared_load[l], line.shared_unload[l] = (
            cells.load[0], cells.unload[0], cells.shared_load[0], cells.shared_unload[0])
        lot.leg = int((ways.order[0, : ways.width] <= column).sum())
        lot.legs = int(ways.legs[0])
        line.book[l] = line.book[l][: 3 * lot.visits] + [0] * (3 * (lot.legs - lot.leg))
