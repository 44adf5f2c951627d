"""Limits of queue time that act: lots about to start in, those whose clock has run out taken out of the line or sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot
from procsim.engine.queues import InBatches
from procsim.engine.spoil import drop
from procsim.planning.plan import Plan
from procsim.planning.traffic import Limit

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Limits:
    """*stamped* steps start a clock when they end; *at* are the limits that end where a step starts, by step, with their index; *loops* are
    the ways back, by limit and position. Limits that only count are counted from the visits, afterwards."""

    __slots__ = ("at", "loops", "stamped")

    def __init__(self, plan: Plan) -> None:
        acting = [(i, limit) for i, limit in enumerate(plan.discipline.limits) if limit.acts]
        self.stamped = frozenset(limit.first for _, limit in acting)
        self.at: dict[int, list[tuple[int, Limit]]] = {limit.last: [one for one in acting if one[1].last == limit.last] for _, limit in acting}
        self.loops: dict[tuple[int, int], int] = {(limit, late): loop for loop, (limit, late) in enumerate(plan.route.detours.tolist())}

    def _verdict(self, lot: Lot, now: int) -> tuple[int, int] | None:
        """If *lot* is over a limit and may not start its step: which limit, and the loop by which it goes back (-1: it leaves)."""
        if lot.rest >= 0:
            return None
        for i, limit in self.at.get(lot.line.step_of[lot.step], ()):
            if now - lot.clocks.get(limit.first, now) > limit.limit_us:
                loop = self.loops.get((i, lot.step), -1)
                if loop >= 0 or limit.scrap:
                    return i, loop
        return None

    def met(self, line: Line, lots: list[Lot]) -> None:
        """*lots* start: the clocks that end here have ended, so that another pass of the step meets none of them."""
        for _, limit in self.at.get(line.step_of[lots[0].step], ()):
            for lot in lots:
                lot.clocks = {step: at for step, at in lot.clocks.items() if step != limit.first}

    def stop(self, line: Line, lots: list[Lot], now: int) -> bool:
        """Takes lots over their limit out of the run; if there are any, the others go back to the queue, and it is asked again."""
        verdicts = [self._verdict(lot, now) for lot in lots]
        if not any(verdicts):
            return False
        queue = line.queues[line.group_of[lots[0].step]]
        for lot, verdict in zip(lots, verdicts, strict=True):
            if verdict is None:
                assert isinstance(queue, InBatches), "only a batch has more than one lot"
                queue.put_back(lot)
                continue
            limit, loop = verdict
            lot.visits += lot.arrived, now, now
            lot.block.late.append((limit, now, loop < 0))
            if line.buffers is not None:
                line.buffers.inside[line.group_of[lot.step]] -= 1
            if loop < 0:
                drop(line, lot, now)
            else:
                self._send_back(line, lot, loop, now)
        return True

    def _send_back(self, line: Line, lot: Lot, loop: int, now: int) -> None:
        """A lot goes through *loop*, and does not visit the position where it is."""
        self.met(line, [lot])
        block, row = lot.block, lot.row
        block.turns[row] = (*block.turns.get(row, ()), (lot.step, loop))
        line.sources[lot.stream].redraw(lot)
        lot.step = lot.onto[lot.step]
        line.forward(lot, now)
