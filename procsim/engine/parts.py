"""A lot that splits in, its parts out, each a lot of its own in queues and tools; and the parts in, the one lot that they become out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot
from procsim.engine.tool import Tool

if TYPE_CHECKING:
    from procsim.engine.line import Line

_NUMBERS = 1 << 43
"""Numbers of parts begin here: above all numbers of lots, and by lot and then by part."""
_PARTS = 4096
"""More than the parts of a lot; numbers of lots times this leave room below 2^43 for 2 000 million lots."""


class Apart:
    """The *lot* that goes in parts, of which *going* are still under way; *here* (row, since when) wait for them. *end* is the position
    at which they are one again, P where that is outside the line."""

    __slots__ = ("end", "going", "here", "lot")

    def __init__(self, lot: Lot, end: int) -> None:
        self.lot, self.end = lot, end
        self.going = 0
        self.here: list[tuple[int, int]] = []


class Parts:
    """Splits and merges lots. Parts that wait for one another take no place in a buffer; one of which nothing is left is not waited for."""

    __slots__ = ("line", "open", "size", "stretches")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.stretches = line.plan.route.stretches
        self.size = len(line.group_of)
        self.open: dict[Apart, None] = {}

    def turn_off(self, lot: Lot, onto: int, now: int, tool: Tool | None) -> None:
        """*lot* has done a step behind which its way ends at *onto*: it splits, leaves, or is a part that does."""
        if onto > self.size:
            self._split(lot, onto - self.size - 1, now, tool)
        elif lot.apart is None:
            self.line.leave(lot, now)
        else:
            whole = self._done(lot, lot.apart, lot.apart.end == self.size and lot.left[self.size] > 0, now)
            if whole is not None:
                self.line.arrive(whole, now)

    def _split(self, lot: Lot, number: int, now: int, tool: Tool | None) -> None:
        """The parts of *lot* go their ways; those that find the next buffer full stay in *tool*."""
        line, one, rows, done = self.line, self.stretches[number], lot.rows, lot.step
        assert rows is not None
        apart = Apart(lot, one.merge if one.merge >= 0 else self.size)
        self.open[apart] = None
        made = [part for j in range(one.parts) if (part := self._part(lot, number, j, apart)) is not None]
        apart.going = len(made)
        for part in made:
            if line.buffers is None or tool is None or not line.buffers.keeps(part, tool, done):
                line.forward(part, now)

    def _part(self, lot: Lot, number: int, j: int, apart: Apart) -> Lot | None:
        """Part *j* of *lot* in the stretch *number*; None where nothing is left of it."""
        lots, rows = len(lot.block.left_us), lot.rows
        assert rows is not None
        row = lots * (1 + sum(one.parts for one in self.stretches[:number]) + j) + lot.row
        if not rows.panels[row][rows.onto[row][-1]]:
            return None
        part = Lot(self.line, _NUMBERS + lot.number * _PARTS + j, lot.stream, lot.block, rows, row, lot.priority, lot.due)
        part.apart, part.tools, part.clocks = apart, lot.tools, lot.clocks
        return part

    def meets(self, part: Lot, now: int) -> Lot | None:
        """A part comes to a step: *part* itself on its way; where parts merge, the lot if this is the last of them, else None."""
        apart = part.apart
        if apart is None or part.step != apart.end:
            return part
        self._place(apart, -1)
        return self._done(part, apart, True, now)

    def _done(self, part: Lot, apart: Apart, waits: bool, now: int) -> Lot | None:
        """*part* has come to the end of its way, and *waits* there if something is left of it; the lot, if it goes on as one now."""
        part.carried = None  # as in Line.leave
        part.block.over(part.row)
        apart.going -= 1
        if waits:
            apart.here.append((part.row, now))
        if apart.going:
            return None
        del self.open[apart]
        self._write_down(apart, now)
        if not apart.here or apart.end == self.size:
            self.line.leave(apart.lot, now)
            return None
        apart.lot.step = apart.end
        self._place(apart, 1)
        return apart.lot

    def _place(self, apart: Apart, change: int) -> None:
        """The lot, and not its parts, has a place where it merges."""
        if self.line.buffers is not None:
            self.line.buffers.inside[self.line.group_of[apart.end]] += change

    def _write_down(self, apart: Apart, now: int) -> None:
        apart.lot.block.joined += [(row, apart.end, since, now) for row, since in apart.here if now > since]

    def close(self, now: int) -> None:
        """At the horizon: the waiting of parts for one another is written down."""
        for apart in self.open:
            self._write_down(apart, now)
