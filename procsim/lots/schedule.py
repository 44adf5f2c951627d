"""Says when the lots of a stream start and when they are due, lot by lot."""

from __future__ import annotations

import numpy as np

from procsim.maths.keyed_random import LOTS, KeyedRandom, key_of
from procsim.planning.scaled import ticks
from procsim.planning.traffic import Schedule, Stream


class Timetable:
    """A schedule as lists, which single lots read faster: *at* and *due* in µs and *priority*, by the lot's number."""

    __slots__ = ("at", "due", "priority")

    def __init__(self, schedule: Schedule) -> None:
        self.at: list[int] = schedule.at_us.tolist()
        self.due: list[int] = schedule.due_us.tolist()
        self.priority: list[int] = schedule.priority.tolist()

    def together(self, count: int) -> int:
        """How many lots start when the lot with the number *count* does, it included."""
        last = count
        while last < len(self.at) and self.at[last] == self.at[count]:
            last += 1
        return last - count

    def gap(self, count: int) -> int:
        """µs from the start of the lot before *count* to its own."""
        return self.at[count] - self.at[count - 1]


def allowances(stream: Stream, random: KeyedRandom | None, first: int, size: int) -> list[int]:
    """µs from release to due date of the lots *first* … *first* + *size*, each with its own random number; empty where they have none."""
    law = stream.due
    if law is None:
        return []
    if random is None or law.scv == 0.0:
        return [round(law.mean)] * size
    names = random.entities(LOTS, first + np.arange(size, dtype=np.int64), stream.key)
    drawn: list[int] = ticks(law.quantile(KeyedRandom.uniforms(names, key_of("due")))).tolist()
    return drawn
