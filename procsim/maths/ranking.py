"""Selects the best of a few simulated systems with a stated probability: the fully sequential procedure KN.

Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation", ACM Transactions on Modeling and Computer Simulation
11 (2001) 251-273, with c = 1, for systems that share their random numbers. Where values are normal and the best mean is at least *δ* from all
others, the best is selected with the stated probability at least.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from procsim.maths.arrays import Floats


class Race:
    """Systems of which the one with the least mean is sought. It begins with *first* (n, k), n ≥ 2 values of each of k systems on the same random
    numbers; each further round takes one value more of all that are still *alive*. Differences below *indifference* do not matter."""

    def __init__(self, first: Floats, indifference: float, confidence: float = 0.95) -> None:
        """Raises ValueError where there is nothing to select by."""
        n, k = first.shape
        if n < 2 or k < 1 or not indifference > 0:
            raise ValueError(f"{n} values of {k} systems and an indifference of {indifference:g} select nothing")
        self.alive: Sequence[int] = range(k)
        self.rounds, self.indifference = n, indifference
        self._sums = first.sum(axis=0)
        apart = first[:, :, None] - first[:, None, :]
        self._variance = apart.var(axis=0, ddof=1)
        eta = 0.5 * ((2 * (1 - confidence) / max(k - 1, 1)) ** (-2 / (n - 1)) - 1)
        self._h2 = 2 * eta * (n - 1)
        self._screen()

    @property
    def decided(self) -> bool:
        """Whether one is left."""
        return len(self.alive) == 1

    @property
    def rounds_at_most(self) -> int:
        """Values of each after which one is left for sure."""
        alive = np.array(self.alive)
        return int(self._h2 * float(self._variance[np.ix_(alive, alive)].max()) / self.indifference**2) + 1

    def take(self, values: Mapping[int, float]) -> None:
        """Another value of each that is alive."""
        for i in self.alive:
            self._sums[i] += values[i]
        self.rounds += 1
        self._screen()

    def _screen(self) -> None:
        """Drops who is beaten by somebody alive, by more than may still change; in the last round all but the best."""
        means, alive = self._sums / self.rounds, np.array(self.alive)
        room = np.maximum(self._h2 * self._variance / self.indifference - self.rounds * self.indifference, 0.0) / (2 * self.rounds)
        best = int(alive[means[alive].argmin()])
        last = self.rounds >= self.rounds_at_most
        self.alive = [best] if last else [i for i in alive.tolist() if all(means[i] <= means[j] + room[i, j] for j in alive.tolist())]
