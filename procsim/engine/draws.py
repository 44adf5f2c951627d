"""Draws the times of tools' failures, repairs, upkeep and setups, a few at a time, for the rules to take one by one.

A draw is keyed by its law, the tool's number, the number of the draw and its purpose, so that no other draw moves it.
"""

from __future__ import annotations

import numpy as np

from procsim.engine.rules.equipment import Draw
from procsim.engine.rules.marks import FEW
from procsim.engine.rules.state import Line
from procsim.maths.distributions import Distribution
from procsim.maths.keyed_random import TOOLS, KeyedRandom
from procsim.planning.scaled import ticks

AT_ONCE = 32
"""Draws of a law for one tool that are made at once."""


class ToolDraws:
    """The laws behind ``line.drawn``; with *random* None every draw is its mean."""

    def __init__(self, line: Line, random: KeyedRandom | None) -> None:
        self.line, self.random = line, random
        self.laws: list[tuple[Distribution, int, int, int]] = []
        self.made: list[int] = []

    def add(self, law: Distribution, number: int, salt: int, purpose: int = 0) -> int:
        """The number of a new row of draws, for tool *number* of its group."""
        draw = Draw()
        self.line.draws.append(draw)
        self.laws.append((law, number, salt, purpose))
        self.made.append(0)
        d = len(self.laws) - 1
        if self.random is None or law.scv == 0.0:
            draw.fixed = 1
            self.line.drawn.append([fixed(law)])
        else:
            self.line.drawn.append(self.next_of(d))
            draw.stop = AT_ONCE
        return d

    def next_of(self, d: int) -> list[int]:
        """The next draws of row *d*."""
        assert self.random is not None
        law, number, salt, purpose = self.laws[d]
        first, self.made[d] = self.made[d], self.made[d] + AT_ONCE
        entity = self.random.entities(TOOLS, np.array([number], dtype=np.int64), salt)
        keys = np.arange(first, first + AT_ONCE, dtype=np.uint64) * np.uint64(2) + np.uint64(purpose)
        drawn: list[int] = ticks(law.quantile(KeyedRandom.uniforms(entity, keys))).tolist()
        return drawn

    def serve(self) -> None:
        """More draws where they run out."""
        for d, draw in enumerate(self.line.draws):
            if not draw.fixed and draw.at + FEW >= draw.stop:
                self.line.drawn[d] = [*self.line.drawn[d][draw.at :], *self.next_of(d)]
                draw.at, draw.stop = 0, len(self.line.drawn[d])


def fixed(law: Distribution) -> int:
    """The draw of a law that does not vary, or its mean, in whole µs."""
    return int(ticks(np.array([law.mean]))[0])
