"""Limits of queue time that scrap: lots about to start in, those whose clock has run out taken out of the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot
from procsim.engine.queues import InBatches
from procsim.engine.spoil import drop
from procsim.plan.shape import Limit

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Limits:
    """*stamped* steps start a clock when they end; *at* are the limits that end where a step starts. Those that only count are
    counted from the visits, afterwards."""

    __slots__ = ("at", "stamped")

    def __init__(self, limits: list[Limit]) -> None:
        self.stamped = frozenset(limit.first for limit in limits)
        self.at: dict[int, list[Limit]] = {limit.last: [other for other in limits if other.last == limit.last] for limit in limits}

    def _late(self, lot: Lot, now: int) -> bool:
        """Whether *lot* is over a limit as it would start its step."""
        found = self.at.get(lot.line.step_of[lot.step], ())
        return lot.rest < 0 and any(now - lot.clocks.get(limit.first, now) > limit.limit_us for limit in found)

    def met(self, line: Line, lots: list[Lot]) -> None:
        """*lots* start: the clocks that end here have ended, so that another pass of the step meets none of them."""
        for limit in self.at.get(line.step_of[lots[0].step], ()):
            for lot in lots:
                lot.clocks = {step: at for step, at in lot.clocks.items() if step != limit.first}

    def stop(self, line: Line, lots: list[Lot], now: int) -> bool:
        """Takes lots over their limit out of the line; if there are any, the others of the run go back, and the queue is asked again."""
        late = [lot for lot in lots if self._late(lot, now)]
        if not late:
            return False
        queue = line.queues[line.group_of[lots[0].step]]
        for lot in lots:
            if lot in late:
                drop(line, lot, now)
            else:
                assert isinstance(queue, InBatches), "only a batch has more than one lot"
                queue.put_back(lot)
        return True
