"""Makes choices and times at random from one seed, the same ones on every machine and in every version of Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Dice:
    """Choices that come from ``random()`` alone, the one method whose sequence Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def chance(self, share: float) -> bool:
        return self._random() < share

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self._random() * len(options))]

    def whole(self, low: int, high: int) -> int:
        """A whole number from *low* to *high*, both included."""
        return low + int(self._random() * (high - low + 1))

    def some(self, options: Sequence[T], share: float = 0.5) -> list[T]:
        """One of *options* at least, and each of the others by the chance *share*, in their order."""
        sure = self.whole(0, len(options) - 1)
        return [one for i, one in enumerate(options) if self.chance(share) or i == sure]


class Beat:
    """Times of a line by its *grain*: whole hours, or tens of minutes, so that much happens at one instant, or any times at all (``fine``).

    A beat is about what a step takes. Numbers are in the *unit* that the recipe's fields then have.
    """

    def __init__(self, dice: Dice, grain: str) -> None:
        self.dice, self.fine = dice, grain == "fine"
        self.unit = "min" if grain == "minutes" else "h"
        self.least = 10 if grain == "minutes" else 1
        self.length = 20 if grain == "minutes" else 1

    def at(self, beats: float) -> float:
        """So many *beats*, or about so many, in the line's unit."""
        return round(beats * self.length, 4) if self.fine else max(round(beats * self.length / self.least), 1) * self.least

    def hours(self, number: float) -> float:
        """*number* in the line's unit, in hours."""
        return number / 60 if self.unit == "min" else number

    def law(self, beats: float) -> Any:
        """A number or a distribution with about that mean; of a coarse line it takes few values."""
        mean = self.at(beats)
        if not self.fine:
            return self.dice.pick([mean, mean, self._values(mean, mean + self.least), self._values(mean, 2 * mean, 4 * mean)])
        return self.dice.pick([mean, {"exponential": {"mean": mean}}, {"gamma": {"mean": mean, "cv": 0.7}}, {"uniform": {"low": 0, "high": 2 * mean}},
                               {"lognormal": {"mean": mean, "cv": 1.2}}, {"weibull": {"mean": mean, "shape": 2}}, self._values(mean / 2, mean * 1.5)])

    def lifetime(self, beats: float) -> Any:
        """The same for fields where a plain number is the mean of an exponential, which of a coarse line is rare."""
        mean = self.at(beats)
        if self.fine:
            return self.dice.pick([mean, mean, {"weibull": {"mean": mean, "shape": 1.5}}])
        return self.dice.pick([mean, self._values(mean), self._values(mean, 2 * mean)])

    @staticmethod
    def _values(*values: float) -> dict[str, Any]:
        return {"discrete": {"values": list(values), "weights": list(range(len(values), 0, -1))}}


def mean_of(law: Any) -> float:
    """The mean of a number or a law that ``Beat`` has made."""
    if not isinstance(law, dict):
        return float(law)
    name, numbers = next(iter(law.items()))
    if name == "uniform":
        return float(numbers["low"] + numbers["high"]) / 2
    if name == "discrete":
        return sum(v * w for v, w in zip(numbers["values"], numbers["weights"], strict=True)) / sum(numbers["weights"])
    return float(numbers["mean"])
