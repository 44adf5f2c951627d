"""Keeps the places of lots in the line's columns, and takes over what the rules note of them: a block whose lots have all left goes to who wants
it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from procsim.engine.rules import words
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.splits import note_waiting
from procsim.engine.rules.state import Line
from procsim.engine.rules.visits import write_down
from procsim.engine.sources import Source
from procsim.engine.store import Objects, Store
from procsim.lots.records import Block
from procsim.planning.plan import Plan
from procsim.planning.wip import NEVER

NOBODY: tuple[Any, int] = (None, -1)
"""Whose a free place is: a block that is over is kept by nobody."""


class Books:
    """Of the *line* of *plan*, which is in *objects*, or, while it runs, in another *store*, and whose *sources* draw blocks, which go to *sink*.
    Each place belongs to a row of a block, or is *free*."""

    def __init__(self, plan: Plan, objects: Objects, sources: list[Source], sink: Callable[[Block], None]) -> None:
        self.plan, self.line, self.sources, self.sink = plan, objects.line, sources, sink
        self.objects = objects
        self.store: Store = objects
        self.rows: list[tuple[Block, int]] = []
        self.free: list[int] = []

    def places(self, block: Block, rows: Sequence[int]) -> list[int]:
        """A place for each of the *rows* of *block*."""
        found = [self.free.pop() for _ in range(min(len(self.free), len(rows)))]
        new = self.store.add(len(rows) - len(found))
        self.rows.extend([NOBODY] * len(new))
        found.extend(new)
        for l, row in zip(found, rows, strict=True):
            self.rows[l] = block, row
        return found

    def at(self, l: int) -> tuple[Block, int]:
        """The block and the row of lot *l*."""
        return self.rows[l]

    def column(self, block: Block, position: int) -> int:
        """Which column of *block*'s tables is of that *position*."""
        return self.sources[block.stream].columns[position]

    # notes ------------------------------------------------------------------------------------------------------------

    def collect(self) -> None:
        """Takes over all notes; places of lots that have left are free then."""
        together: list[tuple[int, int, int, int]] = []
        each = iter(self.store.notes())
        for what, l, a, b, c in zip(each, each, each, each, each, strict=True):
            if what in (words.TOGETHER, words.CUT_SHORT):
                if l == c:
                    self._shared(together)
                    together = []
                together.append((what, l, a, b))
                continue
            if together:
                self._shared(together)
                together = []
            self._note(what, l, a, b, c)
        self._shared(together)

    def _note(self, what: int, l: int, a: int, b: int, c: int) -> None:
        block, row = self.rows[l]
        if what in (words.LEFT, words.LOST):
            if what == words.LEFT:
                block.left_us[row] = a
            self._close(l)
            block.waiting -= 1
            if not block.waiting:
                self.sources[block.stream].open.remove(block)
                self._hand_over(block)
        elif what == words.WAY_OUT:
            block.tails.extend((row, a, b))
        elif what == words.KEPT:
            block.kept.append((row, a, b, c))
        elif what == words.JOINED:
            block.joined.append((row, a if a != words.NONE else len(self.plan.group_of), b, c))
        elif what == words.LATE:
            block.late.append((a, b, bool(c)))
        elif what == words.SPOILED:
            block.scrapped_at[row] = a
            if b:
                block.unstarted.append(row)

    def _shared(self, together: list[tuple[int, int, int, int]]) -> None:
        """The run of *together* (what, lot, position, µs held) was shared, or cut short."""
        panels = 0.0
        for _, l, position, _ in together:
            block, row = self.rows[l]
            panels += float(block.outcomes.panels[row, self.column(block, position)])
        for _, l, position, held in together:
            block, row = self.rows[l]
            block.runs.extend((row, position, held, panels))

    # lots that are over -----------------------------------------------------------------------------------------------

    def write(self, l: int) -> None:
        """The visits that lot *l* has noted are in its block."""
        block, row = self.rows[l]
        self.store.visits(l, block.visits[row])

    def write_all(self) -> None:
        """Those of all lots are."""
        for l, (block, _) in enumerate(self.rows):
            if block is not None:
                self.write(l)

    def _close(self, l: int) -> None:
        """Lot *l*, and its parts, are taken over; their places are free."""
        block, row = self.rows[l]
        block.released_us[row], due, taken, whole, part, _ = self.store.gone(l)
        block.due_us[row] = due if taken else NEVER
        self._leave(l)
        while whole == words.NONE and part != words.NONE:
            self._leave(part)
            *_, part = self.store.gone(part)

    def _leave(self, l: int) -> None:
        """What lot *l*, or part, has noted is in its block, and its place is free."""
        self.write(l)
        self.rows[l] = NOBODY
        self.free.append(l)

    def close(self) -> None:
        """The horizon: lots that wait or are worked on leave a visit that has not ended, and all blocks go to the sink."""
        self.collect()
        self._write_down_waiting(self.plan.horizon_us)
        self.collect()
        for l, (block, _) in enumerate(self.rows):
            if block is not None and self.line.lots[l].whole == words.NONE:
                self._close(l)
        self.objects.clear()
        for source in self.sources:
            count = self.line.streams[source.number].count
            while source.open:
                block = source.open.pop(0)
                if block.at is not None or block.first < count:  # some of its lots have come
                    self._hand_over(block)

    def _hand_over(self, block: Block) -> None:
        """*block* goes to who wants it."""
        block.unpack()
        self.sink(block)

    def _write_down_waiting(self, now: int) -> None:
        line = self.line
        for bucket in line.buckets:
            for l in chain(line, bucket.head):
                write_down(line, l, now if line.lots[l].rest < 0 else line.lots[l].start, now)
        for tool in line.tools:
            for l in [*mates(line, tool.lot), *chain(line, tool.row)]:
                write_down(line, l, line.lots[l].start, now)
        for group in line.groups:
            for l in chain(line, group.first_kept):
                if line.lots[l].keeper != words.NONE:
                    block, row = self.rows[l]
                    block.kept.append((row, line.stops[line.lots[l].kept_stop].position, line.lots[l].kept, now))
        gone = set(self.free)
        apart = [l for l, lot in enumerate(line.lots) if lot.going > 0 and l not in gone]
        for l in sorted(apart, key=lambda one: line.lots[one].split):
            note_waiting(line, l, now)


def chain(line: Line, l: int) -> Iterator[int]:
    """*l* and those behind it, NONE for nobody."""
    while l != words.NONE:
        yield l
        l = line.lots[l].behind


def mates(line: Line, l: int) -> Iterator[int]:
    """*l* and its mates, NONE for nobody."""
    while l != words.NONE:
        yield l
        l = line.lots[l].mate


def position_of(line: Line, l: int) -> int:
    """The position that lot *l* is at."""
    return stop_of(line, l).position
