"""Serves compiled rules: lots that come, draws, notes and room, in the arrays of the line instead of its objects while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from procsim.engine.books import NOBODY, Books
from procsim.engine.draws import AT_ONCE, ToolDraws
from procsim.engine.fast.arrays import BLANK_LOT, Arrays
from procsim.engine.fast.calendar import COUNT
from procsim.engine.fast.running import COME, FORWARD, LEAVE, REFILL
from procsim.engine.rules import words
from procsim.engine.rules.marks import FEW
from procsim.engine.serials import serial_of
from procsim.engine.sources import Drawn, Source
from procsim.engine.supply import Supply
from procsim.engine.ways import Ways, tables, ways_of_parts, whole_ways
from procsim.lots.records import Block, LotOutcomes, LotRange, Needs
from procsim.lots.routing import path
from procsim.maths.arrays import Floats, Ints
from procsim.planning.wip import NEVER


class ArrayBooks(Books):
    """Books of a line whose lots are in *arrays* while it *runs*."""

    arrays: Arrays | None = None
    runs = False

    def places(self, block: Block, rows: Sequence[int]) -> Ints:
        """A place for each of the *rows* of *block*."""
        assert self.arrays is not None
        found = [self.free.pop() for _ in range(min(len(self.free), len(rows)))]
        new = self.arrays.more_lots(len(rows) - len(found))
        self.rows.extend([(block, 0)] * len(new))
        found.extend(new)
        for l, row in zip(found, rows, strict=True):
            self.rows[l] = block, row
        return np.array(found, dtype=np.int64)

    def _notes(self) -> Iterator[tuple[int, int, int, int, int]]:
        if self.arrays is None or not self.runs:
            return super()._notes()
        clock = self.arrays.clock
        notes, clock.notes = self.arrays["notes"][: clock.notes].tolist(), 0
        each = iter(notes)
        return zip(each, each, each, each, each, strict=True)

    def _close(self, l: int) -> None:
        if self.arrays is None or not self.runs:
            super()._close(l)
            return
        lots, book = self.arrays["lots"][TOLD], self.arrays["book"]
        block, row = self.rows[l]
        block.released_us[row], due, taken = lots[l].item()[:3]
        block.due_us[row] = due if taken else NEVER
        while l != words.NONE:
            _, _, _, visits, whole, parts, next_part = lots[l].item()
            block, row = self.rows[l]
            block.visits[row] = book[l, : 3 * visits].copy()
            self.rows[l] = NOBODY
            self.free.append(l)
            l = parts if whole == words.NONE else next_part

    def _visits(self, l: int) -> Ints:
        if self.arrays is None:
            return super()._visits(l)
        visits = self.arrays["book"][l, : 3 * int(self.arrays["lots"]["visits"][l])]
        more = self.line.book[l][: 3 * self.line.lots[l].visits]  # made since the line is in objects again
        return np.concatenate([visits, np.array(more, dtype=np.int64)])


TOLD = ["released", "due", "taken", "visits", "whole", "parts", "next_part"]
"""What the books take over of a lot."""


class ArraySupply(Supply):
    """The supply of a line that is in *arrays* while it *runs*; *act* is the rules' way in."""

    arrays: Arrays | None = None
    books: ArrayBooks
    act: Callable[[int, int, int], int]

    def serve(self, now: int) -> None:
        """Does what ``clock.needs`` says."""
        if self.arrays is None:
            super().serve(now)
            return
        clock = self.arrays.clock
        needs, clock.needs = int(clock.needs), 0
        if needs & words.ROOM:
            self.books.collect()
            if 2 * self.arrays["calendar"][COUNT] > len(self.arrays["events"]):
                self.arrays.room_for_events(0)
        if needs & words.DRAWS:
            more_draws(self.draws, self.arrays)
        if needs & words.LOTS:
            for r in range(len(self.sources)):
                self._supply(r, now)
        if needs & words.BACK:
            self._send_back(now)

    def _supply(self, r: int, now: int) -> None:
        arrays, source = self.arrays, self.sources[r]
        if arrays is None:
            super()._supply(r, now)
            return
        stream = arrays.row("streams", r)
        if stream.constant:
            while stream.ready < stream.constant and source.made < source.limit:
                self.put(source, source.draw())
            if stream.short:
                self.act(REFILL, r, now)
        elif stream.head == words.NONE and source.made < source.limit:
            when = source.comes(source.made)
            if when <= now:
                self.put(source, source.draw())
            if when <= self.plan.horizon_us:
                self.act(COME, r, when)

    def put(self, source: Source, drawn: Drawn) -> list[int]:
        if self.arrays is None:
            return super().put(source, drawn)
        block, count = drawn.block, len(drawn.comes)
        ways = whole_ways(source.plan, block.outcomes.panels, drawn.who, len(block.left_us), True)
        places = self._fill(source.number, drawn, slice(0, len(block.left_us)), ways, np.arange(count))
        lots = self.arrays["lots"]
        lots["serial"][places] = [serial_of(block.first + i, source.number) for i in range(count)]
        for name, values in (("priority", drawn.priority), ("comes", drawn.comes), ("allowed", drawn.allowed[:count]), ("due", block.due_us[:count])):
            lots[name][places] = values
        for rows, way in ways_of_parts(source.plan, block.outcomes.panels, drawn.who, len(block.left_us)):
            self._parts(source, places, rows, way, drawn)
        self._chain(source.number, places)
        block.pack()
        return []

    def _fill(self, r: int, drawn: Drawn, rows: slice, ways: Ways, which: Ints) -> Ints:
        """Places for those of the *rows* of a block, which go *ways*, *which* says; what they need is put there."""
        arrays, block = self.arrays, drawn.block
        assert arrays is not None
        cells = self._cells(ways, rows, block.outcomes, block.needs, drawn.fills)
        places = self.books.places(block, (rows.start + which).tolist())
        arrays.widen(ways.width, "path", "move", *cells)
        arrays.widen(3 * ways.width, "book")
        lots = arrays["lots"]
        lots[places] = BLANK_LOT[0]
        lots["stream"][places], lots["legs"][places] = r, ways.legs[which]
        arrays["path"][places, : ways.width] = self.stops[r].astype(np.int64)[ways.order[which, : ways.width]]
        for name, table in cells.items():
            arrays[name][places, : ways.width] = table[which]
        arrays["memory"][places], arrays["clocks"][places] = words.NONE, words.NEVER
        return places

    def _cells(self, ways: Ways, rows: slice, outcome: LotOutcomes, need: Needs, fills: Floats | None) -> dict[str, Ints]:
        """What is to be put in the columns of lots."""
        found = tables(ways, rows, outcome, need, fills, words.PANEL, self.asked)
        return {name: table for name, table in found.items() if name != "panels" or "panels" in self.asked}

    def _parts(self, source: Source, places: Ints, rows: slice, ways: Ways, drawn: Drawn) -> None:
        """The parts in which the lots at *places* go through a stretch hang on these."""
        assert self.arrays is not None
        block, size, r = drawn.block, len(drawn.block.left_us), source.number
        which = np.arange(rows.stop - rows.start)
        which = which[(rows.start + which) % size < len(places)][::-1]
        own = self._fill(r, drawn, rows, ways, which)
        lots, at = self.arrays["lots"], (rows.start + which) % size
        lots["serial"][own] = [serial_of(block.first + int(k), r, int(i) // size) for k, i in zip(at, which, strict=True)]
        lots["whole"][own], lots["stretch"][own] = places[at], source.own.stretches[ways.stretch]
        lots["remains"][own] = block.outcomes.panels[rows, -1][which] > 0
        for l, whole in zip(own.tolist(), places[at].tolist(), strict=True):
            lots["next_part"][l], lots["parts"][whole] = lots["parts"][whole], l

    def _chain(self, r: int, places: Ints) -> None:
        """The lots at *places* are the next of stream *r* to come."""
        assert self.arrays is not None
        lots, stream = self.arrays["lots"], self.arrays.row("streams", r)
        if not len(places):
            return
        lots["behind"][places[:-1]] = places[1:]
        if stream.head == words.NONE:
            stream.head = places[0]
        else:
            lots["behind"][stream.tail] = places[0]
        stream.tail = places[-1]
        stream.ready += len(places)

    # lots that go back ------------------------------------------------------------------------------------------------

    def _send_back(self, now: int) -> None:
        if self.arrays is None:
            super()._send_back(now)
            return
        clock = self.arrays.clock
        l, clock.back = int(clock.back), words.NONE
        while l != words.NONE:
            lot = self.arrays.row("lots", l)
            follower, lot.behind = int(lot.behind), words.NONE
            if lot.loop != words.NONE:
                self._redraw(l)
            lot = self.arrays.row("lots", l)
            self.act(LEAVE if lot.loop == words.NONE or lot.leg == lot.legs else FORWARD, l, now)
            l = follower

    def _redraw(self, l: int) -> None:
        arrays = self.arrays
        if arrays is None:
            super()._redraw(l)
            return
        lot, (block, row) = arrays.row("lots", l), self.books.at(l)
        source, loop = self.sources[int(lot.stream)], int(lot.loop)
        position = int(arrays["stops"]["position"][arrays["path"][l, lot.leg]])
        block.turns[row] = (*block.turns.get(row, ()), (position, loop))
        at = block.at[row : row + 1] if block.at is not None else None
        who, outcome, need = source.again(LotRange(source.number, block.first + row, 1, block.panels[row : row + 1], at,
                                                   source.own_turns(block.turns[row])))
        way, column = path(source.plan, who, 1), source.columns[position]
        assert way is not None
        block.redraw(row, column, outcome, need, way)
        ways = whole_ways(source.plan, outcome.panels, who, 1, False)
        cells = self._cells(ways, slice(0, 1), outcome, need, source.fills(outcome))
        lot.leg, lot.legs = int((ways.order[0, : ways.width] <= column).sum()), int(ways.legs[0])
        arrays.widen(ways.width, "path", "move", *cells)
        arrays.widen(3 * int(lot.visits + lot.legs - lot.leg), "book")
        arrays["path"][l, : ways.width] = self.stops[source.number].astype(np.int64)[ways.order[0, : ways.width]]
        for name, table in cells.items():
            arrays[name][l, : ways.width] = table[0]


def more_draws(draws: ToolDraws, arrays: Arrays) -> None:
    """More draws where they run out."""
    rows, table = arrays["draws"], arrays["drawn"]
    for d in np.flatnonzero((rows["fixed"] == 0) & (rows["at"] + FEW >= rows["stop"])).tolist():
        at, stop = int(rows["at"][d]), int(rows["stop"][d])
        row = [*table[d, at:stop].tolist(), *draws.next_of(d)]
        table[d, : len(row)] = row
        rows["at"][d], rows["stop"][d] = 0, len(row)


DRAWS_AT_ONCE = AT_ONCE + FEW
