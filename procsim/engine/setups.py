"""Setups: what a tool is set up for, and what another run takes to be set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot, leader
from procsim.engine.outages import Draws
from procsim.planning import shifts

if TYPE_CHECKING:
    from procsim.engine.tool import Tool


class Setup:
    """A tool's setup: its *state* (-1: none yet), and the lots *ran* since it was changed; both *before* that. It is kept while the tool is
    idle."""

    __slots__ = ("before", "count", "draws", "law", "of", "ran", "state", "tool")

    def __init__(self, tool: Tool, law: shifts.Setup) -> None:
        self.tool, self.law = tool, law
        self.of: list[list[int]] = law.of.tolist()
        self.state = law.first
        self.ran = 0
        self.before = self.state, self.ran
        self.count = 0
        self.draws: dict[tuple[int, int], Draws] = {}

    def needed(self, lots: list[Lot]) -> int:
        """The state that a run of *lots* needs: that of its first lot."""
        lot = lots[0] if len(lots) == 1 else leader(lots)
        return self.of[lot.stream][lot.step]

    def time(self, old: int, new: int) -> int:
        """µs that the next change from one state to another takes."""
        draws = self._draws(old, new)
        return draws.peek() if draws is not None else 0

    def _draws(self, old: int, new: int) -> Draws | None:
        if old in (-1, new):
            return None
        pair = old, new
        law = self.law.laws[old][new]
        if law is None:
            return None
        if pair not in self.draws:
            self.draws[pair] = Draws(self.tool.line, law, self.tool.number, self.law.keys[old][new])
        return self.draws[pair]

    def change(self, lots: list[Lot], now: int) -> int:
        """*lots* are taken: sets the tool up for them and says how many µs that takes."""
        state = self.needed(lots)
        if state == self.state:
            self.ran += len(lots)
            return 0
        draws = self._draws(self.state, state)
        self.before = self.state, self.ran
        self.ran, self.state = len(lots), state
        if draws is None:
            return 0
        self.count += now >= self.tool.line.plan.warmup_us
        return draws.next()

    def lose(self, changing: bool) -> None:
        """The lot taken last goes away; while the tool is still *changing* its setup for it, that comes to nothing."""
        if changing:
            self.state, self.ran = self.before
        else:
            self.ran -= 1
