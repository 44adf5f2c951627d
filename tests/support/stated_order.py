"""Makes the engine that goes do what the line that comes does where it rightly differs, so that all else can be held equal visit by visit.

1. Lots of two streams with one number come in order of their streams, and not of who was on the way first in its life.
2. Panels that upkeep is due by are counted exactly: with mean values ten tenths are a whole.
3. A draining in-line tool under repair is not given out as its shift begins.
4. Of two batches that one guest leads, the product that is named first goes first, and not the one that came first in the run.
"""

from __future__ import annotations

from typing import Any

import pytest

from procsim.engine import guests, lot, outages, row, staged
from procsim.engine.calendar import ARRIVE, DONE, Tick, priority
from procsim.lots.records import NON_SCHEDULED

_PANEL = 10**11
_STREAMS = 32


def _carry(self: Any, now: int, time: int) -> Any:
    tick = self.carried
    if tick is None:
        order: Any = priority(ARRIVE, self.number) + (self.stream + 1) / _STREAMS
        tick = self.carried = Tick(self.line.env, self.line.arrived, self, order)
    return now + time, tick.order, tick.turn, tick


def _front(self: Any) -> Any:
    out, first = self.lots[0]
    return out, priority(DONE, first.number) + (first.stream + 1) / _STREAMS, self.tick.turn, self.tick


def _made(self: Any, lots: list[Any]) -> None:
    self.panels += sum(round(one.left[one.step] * _PANEL) for one in lots)
    every = round(self.law.every_panels * _PANEL)
    if self.panels >= every:
        self.panels %= every
        self.tool.due.append(self)


def _come(self: Any, now: int) -> None:
    self.off = False
    if self.down and self.state == NON_SCHEDULED:
        self.resume(now)
    elif self.draining and not self.down:
        self.turn(now)
    elif self.runs:
        self._news()


_take = guests.WithGuests.take


def _take_in_order(self: Any, now: int, tool: Any) -> Any:
    self.lots = dict(sorted(self.lots.items()))
    return _take(self, now, tool)


def state_the_order(patch: pytest.MonkeyPatch) -> None:
    """Does so as long as *patch* is kept."""
    for owner, name, made in ((lot.Lot, "carry", _carry), (row.Row, "_front", _front), (outages.Planned, "made", _made), (staged.Staged, "come", _come),
                              (guests.WithGuests, "take", _take_in_order)):
        patch.setattr(owner, name, made)
