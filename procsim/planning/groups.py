"""Defines the tool groups of a Plan: how many tools, what stops them, what runs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from procsim.maths.arrays import Ints
from procsim.maths.distributions import Distribution
from procsim.planning.shifts import Duty


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A way to break down. *crew* is the pool that repairs wait for, or -1."""

    group: int
    name: str
    to_fail: Distribution
    to_repair: Distribution
    busy_clock: bool
    scrap: bool
    key: int
    crew: int = -1


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Planned maintenance, or *engineering*, due every *every_us* of the clock or after *every_panels* (0 where not used); *crew* as of a
    Breakdown. By the clock it is first due at *first_us* (None: as ``first`` says), *together* for all tools of a group."""

    group: int
    name: str
    every_us: int
    every_panels: float
    takes: Distribution
    key: int
    crew: int = -1
    engineering: bool = False
    first_us: int | None = None
    together: bool = False

    def first(self, number: int, count: int) -> int:
        """When it is first due at tool *number* (from 0) of *count*, µs. Tools take turns, so that the group does not stop at once."""
        if self.together:
            return self.every_us if self.first_us is None else self.first_us
        return round(self.every_us * ((number + 1) / count)) if self.first_us is None else self.first_us + round(self.every_us * (number / count))


@dataclass(frozen=True, slots=True, eq=False)  # told apart as the object it is, as Times are
class Groups:
    """Per tool group; batch sizes in panels, 0 where the tool takes one lot. *fields* hold what rules of the engine go by that a recipe says
    outright: a field of ``engine.rules.columns.Group`` → its value for each group, (G,)."""

    names: tuple[str, ...]
    count: Ints
    batch_min: Ints
    batch_max: Ints
    inline: Ints
    breakdowns: tuple[Breakdown, ...]
    upkeep: tuple[Upkeep, ...]
    duty: Duty
    fields: Mapping[str, Ints]

    @property
    def wait_us(self) -> Ints:
        """How long a batch waits for more, (G,); -1 where for ever."""
        return self.fields["patience"]
