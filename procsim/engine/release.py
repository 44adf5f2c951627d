"""Where lots come from: one Source per release stream, which also works out the fates of its lots, a block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from procsim.engine.calendar import RELEASE, once
from procsim.engine.fates import fates
from procsim.engine.lot import Lot
from procsim.engine.needs import needs
from procsim.luck import RELEASES, Luck
from procsim.records import Block

if TYPE_CHECKING:
    from procsim.engine.line import Line

BLOCK = 256
"""Lots whose luck is drawn at once."""


class Source:
    """Releases the lots of stream *number*; *open* are its blocks with lots still in the line."""

    def __init__(self, line: Line, number: int) -> None:
        self.line, self.number = line, number
        self.stream = line.plan.streams[number]
        self.count = 0
        self.block: Block | None = None
        self.open: list[Block] = []
        self.gaps: list[int] = []
        self.rows = self._rows()
        once(line.env, self.stream.first_us, RELEASE, number, self._first)

    def _rows(self) -> int:
        """Lots in a block: no more than the run can need."""
        plan, stream = self.line.plan, self.stream
        likely = plan.horizon_us / stream.interval.mean * stream.at_once if stream.interval is not None else BLOCK
        return int(min(BLOCK, max(likely * 1.02 + 2, 1), stream.limit or BLOCK))

    def _first(self, tick: Any) -> None:
        if self.stream.conwip:
            for _ in range(self.stream.conwip):
                self.release()
        else:
            self._release_and_wait(tick)
        self.line.settle()

    def _release_and_wait(self, tick: Any) -> None:
        for _ in range(self.stream.at_once):
            self.release()
        if not self._done():
            once(self.line.env, self._gap(), RELEASE, self.number, self._again)

    def _again(self, tick: Any) -> None:
        self._release_and_wait(tick)
        self.line.settle()

    def _done(self) -> bool:
        return bool(self.stream.limit) and self.count >= self.stream.limit

    def _gap(self) -> int:
        """Time to the next release, keyed by the number of the release."""
        law, luck = self.stream.interval, self.line.luck
        assert law is not None
        if not self.gaps:
            if luck is None or law.scv == 0.0:
                self.gaps = [round(law.mean)] * BLOCK
            else:
                first = self.count // self.stream.at_once
                names = luck.entities(RELEASES, first + np.arange(BLOCK, dtype=np.int64), self.stream.key)
                self.gaps = np.rint(law.quantile(Luck.uniforms(names, self.stream.key))).astype(np.int64).tolist()[::-1]
        return self.gaps.pop()

    def left(self) -> None:
        """A lot of this stream has left: a constant WIP lets the next one in."""
        if self.stream.conwip:
            self.release()

    def release(self) -> None:
        """The next lot enters the line."""
        if self._done():
            return
        row = self.count % self.rows
        if row == 0:
            self._next_block()
        block = self.block
        assert block is not None
        lot = Lot(self.count, self.number, block, row, self.stream.priority)
        self.count += 1
        self.line.enter(lot)

    def _next_block(self) -> None:
        old = self.block
        plan, luck = self.line.plan, self.line.luck
        block_fates = fates(plan, luck, self.stream.key, self.count, self.rows)
        need = needs(plan, luck, self.stream.key, self.count, block_fates)
        rows = self.rows
        self.block = Block(
            self.number, self.count, block_fates, need.run.tolist(), need.own.tolist(), need.tail.tolist(), need.move.tolist(),
            block_fates.panels.tolist(), [-1] * rows, [-1] * rows, [[] for _ in range(rows)], [-1] * rows, rows)
        self.open.append(self.block)
        if old is not None and not old.waiting:
            self.open.remove(old)
            self.line.sink(old)
