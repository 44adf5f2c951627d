"""Setups: what a tool is set up for, and what another run takes to be set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot, leader
from procsim.engine.outages import Draws
from procsim.plan import duty

if TYPE_CHECKING:
    from procsim.engine.tool import Tool


class Setup:
    """A tool's setup: its *state* (-1: none yet), and the lots *ran* since it was changed. It is kept while the tool stands idle."""

    __slots__ = ("count", "draws", "law", "of", "ran", "state", "tool")

    def __init__(self, tool: Tool, law: duty.Setup) -> None:
        self.tool, self.law = tool, law
        self.of: list[list[int]] = law.of.tolist()
        self.state = law.first
        self.ran = 0
        self.count = 0
        self.draws: dict[tuple[int, int], Draws] = {}

    def needed(self, lots: list[Lot]) -> int:
        """The state that a run of *lots* needs: that of its first lot."""
        lot = lots[0] if len(lots) == 1 else leader(lots)
        return self.of[lot.stream][lot.step]

    def time(self, state: int) -> int:
        """µs that the next change to *state* takes."""
        draws = self._draws(state)
        return draws.peek() if draws is not None else 0

    def _draws(self, state: int) -> Draws | None:
        if self.state in (-1, state):
            return None
        pair = self.state, state
        law = self.law.laws[pair[0]][state]
        if law is None:
            return None
        if pair not in self.draws:
            self.draws[pair] = Draws(self.tool.line, law, self.tool.number, self.law.keys[pair[0]][state])
        return self.draws[pair]

    def change(self, lots: list[Lot], now: int) -> int:
        """*lots* are taken: sets the tool up for them and says how many µs that takes."""
        state = self.needed(lots)
        if state == self.state:
            self.ran += len(lots)
            return 0
        draws = self._draws(state)
        self.ran, self.state = len(lots), state
        if draws is None:
            return 0
        self.count += now >= self.tool.line.plan.warmup_us
        return draws.next()
