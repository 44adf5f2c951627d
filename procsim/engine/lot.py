"""A lot in the line: where it is in its route, and its row in the block that holds its fate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from procsim.engine.calendar import ARRIVE, Entry, Tick, priority
from procsim.lots.records import Block, Needs
from procsim.lots.routing import Presence
from procsim.maths.arrays import Floats, Ints
from procsim.planning.split_span import Stretch, rows_of
from procsim.planning.wip import NEVER

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.parts import Apart


Column = dict[int, list[int]]
"""µs by position and row; positions at which no row needs any are left out."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What only some positions ask of a lot: µs of a run and of its lot's part, where lots run in batches; load and unload of a lot alone; ways
    out of in-line tools."""

    run: Column
    own: Column
    load: Column
    unload: Column
    tail: Column


class Rows:
    """Lots' arrays as lists, which single lots read faster: µs of work, moves, panels, and the position that each one is followed
    by (last: the first one); *fills* are the panels for which a batch must have room. Where a lot goes on in parts, it is followed by P + 1 + the
    number of the stretch. *each* row has all of it;
    *columns* tell the shares of its work apart, those of a run and of its lot at the positions of *batches* only."""

    __slots__ = ("columns", "each", "fills", "onto", "panels")

    def __init__(self, panels: Floats, needs: Needs, batches: Sequence[int], who: Presence | None, lots: int,
                 stretches: Sequence[Stretch] = (), fills: Floats | None = None) -> None:
        self.onto = _onward(panels, who, lots, stretches)
        self.panels: list[list[float]] = panels.tolist()
        self.fills: list[list[float]] = self.panels if fills is None else fills.tolist()
        work: list[list[int]] = (needs.run + needs.own).tolist()
        self.each: list[tuple[list[int], list[int], list[int], list[float]]] = list(zip(self.onto, work, _rows(needs.move), self.panels, strict=True))
        run, own = ({s: table[:, s].tolist() for s in batches} for table in (needs.run, needs.own))
        self.columns = Columns(run, own, _columns(needs.load.sum(axis=0)), _columns(needs.unload.sum(axis=0)), _columns(needs.tail))


def _onward(panels: Floats, who: Presence | None, lots: int, stretches: Sequence[Stretch]) -> list[list[int]]:
    """For each row the position that follows each one, and last the first one, (rows, P + 1); P where nothing is left of a lot, or part,
    by then. Lots that go all the way share one list."""
    if who is not None or stretches:
        ways: list[list[int]] = _ways(panels, who, lots, stretches).tolist()
        return ways
    size = panels.shape[1] - 1
    whole = [*range(1, size + 1), 0]
    found = [whole] * lots
    for row in np.flatnonzero(panels[:, size] <= 0).tolist():
        found[row] = [*np.where(panels[row, 1:] > 0, whole[:-1], size).tolist(), 0]
    return found


def _ways(panels: Floats, who: Presence | None, lots: int, stretches: Sequence[Stretch]) -> Ints:
    """``_onward`` where lots, or parts of them, go different ways."""
    rows, size = len(panels), panels.shape[1] - 1
    onto = who.onward() if who is not None else np.tile(np.append(np.arange(1, size + 1), 0), (lots, 1))
    onto = np.tile(onto, (rows // lots, 1))  # parts of lots go where these do
    for one, mine in zip(stretches, rows_of(stretches, lots), strict=True):
        onto[mine, size] = onto[mine, one.first - 1]
    first = onto[:, size].copy()
    onto = np.where(np.take_along_axis(panels, onto, axis=1) > 0, onto, size)
    onto[:, size] = first
    for k, one in enumerate(stretches):
        onto[:lots][(onto[:lots] >= one.first) & (onto[:lots] < one.stop)] = size + 1 + k
    return onto


def _rows(table: Ints) -> list[list[int]]:
    """*table* as a list of rows; where all is 0, the same row again and again."""
    rows: list[list[int]] = table.tolist() if table.any() else [[0] * table.shape[1]] * len(table)
    return rows


def _columns(table: Ints) -> Column:
    return {s: table[:, s].tolist() for s in np.flatnonzero(table.any(axis=0)).tolist()}


NONE: dict[int, int] = {}
"""Nothing to remember; never written to."""


class _Visit:
    """What every visit asks of a lot, side by side in memory: Python lays out slots by their names, those of a base class first."""

    __slots__ = ("arrived", "move", "onto", "start", "step", "visits", "work")


class Lot(_Visit):
    """*step* is the position of the route it is at, *onto* what follows each; *work* its µs and *left* its panels, by position,
    for *fills* of which a batch must have room; *visits*
    are those it has made, as ``Block`` holds them.

    *due* is the µs at which it is due, or NEVER; *rest* the µs of work left, on a tool of speed 1, where it was interrupted, else -1, and
    *spent* those that it had held tools for; *turn* its turn in a queue of batches, or of lots that are looked through; *tools* the tools that
    steps were done by, *wanted* the one it must return to, or -1; *clocks* when steps ended, for limits of queue time. *apart* is what a part
    of a lot belongs to; *rows* are kept where lots go in parts. *place* is its row in *columns*.
    """

    __slots__ = ("apart", "batch_key", "block", "carried", "clocks", "columns", "due", "fills", "left", "line", "number", "place", "priority",
                 "rest", "row", "rows", "spent", "stream", "tools", "turn", "wanted")

    def __init__(self, line: Line, number: int, stream: int, block: Block, rows: Rows, row: int, priority: int, due: int = NEVER) -> None:
        self.line, self.number, self.stream, self.row, self.priority, self.due = line, number, stream, row, priority, due
        self.rest = self.wanted = -1
        self.turn = self.spent = 0
        self.tools = self.clocks = NONE
        self.carried: Tick | None = None
        self.apart: Apart | None = None
        self.rows: Rows | None = None
        self.block = block
        self.arrived = self.start = self.batch_key = 0
        self.follow(rows, row)
        self.step = self.onto[-1]
        visits: Any = block.visits[row]
        self.visits = visits

    def follow(self, rows: Rows, row: int) -> None:
        """Its way, and what it needs on it, are those of *row*."""
        self.onto, self.work, self.move, self.left = rows.each[row]
        self.columns, self.fills, self.place = rows.columns, rows.fills[row], row

    def of(self, column: Column) -> int:
        """Its µs of one of its *columns* at the step it is at."""
        return column[self.step][self.place] if self.step in column else 0

    @property
    def panels(self) -> float:
        """Panels at the step it is at."""
        return self.left[self.step]

    def carry(self, now: int, time: int) -> Entry:
        """It is on its way to the next tool group for *time* µs: what the calendar is to hold."""
        tick = self.carried
        if tick is None:
            tick = self.carried = Tick(self.line.env, self.line.arrived, self, priority(ARRIVE, self.number))
        return now + time, tick.order, tick.turn, tick


def run_time(lots: list[Lot]) -> int:
    """µs that a run of *lots* takes: the shared part, which is the leader's, and each lot's own."""
    if len(lots) == 1:
        return lots[0].work[lots[0].step]
    first = leader(lots)
    time = first.of(first.columns.run)
    for lot in lots:
        time += lot.of(lot.columns.own)
    return time


def leader(lots: list[Lot]) -> Lot:
    """The lot of a run that it takes its time, its luck and its setup from: of those whose step has the longest shared part on average, the one
    with the lowest number."""
    first, shared = lots[0], lots[0].line.shared
    for lot in lots:
        mine, longest = shared[lot.step], shared[first.step]
        if mine > longest or (mine == longest and (lot.number, lot.stream) < (first.number, first.stream)):
            first = lot
    return first


def shared_run(lots: list[Lot], held: int) -> None:
    """Writes down that *lots* were in one run, which held its tool for *held* µs, or that a lot was in one that took other than its own time."""
    if len(lots) == 1 and held == lots[0].work[lots[0].step]:
        return
    panels = 0.0
    for lot in lots:
        panels += lot.left[lot.step]
    for lot in lots:
        lot.block.runs.extend((lot.row, lot.step, held, panels))
