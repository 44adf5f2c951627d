"""The part of a Plan that says what tools need besides work: setups, shifts, operators, speeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from procsim.dists import Distribution

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SETUP = 3
"""The last phase of a run, as of ``plan.shape``: load, work and unload come before it."""
MOST = 100_000
"""Changes of two shifts that are looked through; so many are taken to be like all that follow."""
SUSPEND, FINISH, NO_START = range(3)
"""What becomes of work at the end of a shift."""


@dataclass(frozen=True, slots=True)
class Setup:
    """*names* of the states a tool may be set up for; *of* (R, S): the state that a stream's lots need at a step (-1: not of this
    group). *laws* (K, K): µs from state to state, None where it takes no time, and *keys* their luck. *first*: the state at the start, or -1."""

    names: tuple[str, ...]
    of: Ints
    laws: tuple[tuple[Distribution | None, ...], ...]
    keys: tuple[tuple[int, ...], ...]
    first: int
    min_run: int

    def hours(self, a: int, b: int) -> tuple[float, float]:
        """Mean and second moment, in hours and hours², of a setup from state *a* to *b*."""
        law = self.laws[a][b]
        mean = law.mean / 3.6e9 if law is not None else 0.0
        return mean, mean**2 * (1.0 + law.scv) if law is not None else 0.0


@dataclass(frozen=True, slots=True)
class Shift:
    """*spans*: µs in turn on and off, for ever; the first is on if *on*."""

    name: str
    spans: tuple[int, ...]
    on: bool
    at_end: int

    @property
    def share(self) -> float:
        """Share of time that is on."""
        return sum(self.spans[(0 if self.on else 1) :: 2]) / sum(self.spans)

    @property
    def ends_per_h(self) -> float:
        """How often it ends."""
        return len(self.spans) // 2 / (sum(self.spans) / 3.6e9)

    @property
    def longest_us(self) -> int:
        """The longest on time."""
        return max(self.spans[(0 if self.on else 1) :: 2])


def together(one: Shift, two: Shift) -> float:
    """Share of time that both are on."""
    a = b = now = both = 0
    ends, whole = [one.spans[0], two.spans[0]], math.lcm(sum(one.spans), sum(two.spans))
    for _ in range(MOST):
        if now == whole:
            break
        until = min(ends)
        both += (until - now) * ((a % 2 == 0) == one.on and (b % 2 == 0) == two.on)
        now = until
        if ends[0] == now:
            a += 1
            ends[0] += one.spans[a % len(one.spans)]
        if ends[1] == now:
            b += 1
            ends[1] += two.spans[b % len(two.spans)]
    return both / now


@dataclass(frozen=True, slots=True)
class Pool:
    """*count* operators who work in the shift of that index (-1: always)."""

    name: str
    count: int
    shift: int


@dataclass(frozen=True, slots=True)
class Duty:
    """Per tool group: its setup, the index of its shift (-1: always on), the speed of each tool (empty where all have 1), and
    *attended* (G, 4): the pool whose operator stands by in each phase (load, work, unload, setup), or -1."""

    setups: tuple[Setup | None, ...]
    shift: Ints
    speeds: tuple[tuple[float, ...], ...]
    attended: Ints
    shifts: tuple[Shift, ...]
    pools: tuple[Pool, ...]

    @property
    def staged(self) -> Bools:
        """Groups whose runs are more than one lump of work, shape (G,)."""
        return np.array([self.setups[g] is not None or self.shift[g] >= 0 or bool(self.speeds[g]) or bool((self.attended[g] >= 0).any())
                         for g in range(len(self.setups))], dtype=bool)

    @property
    def split(self) -> Bools:
        """Groups that tell load and unload from the work between them, shape (G,)."""
        apart = (self.attended[:, :3] != self.attended[:, :1]).any(axis=1)
        return np.asarray(apart | np.array([bool(speeds) for speeds in self.speeds], dtype=bool))

    def on(self) -> Floats:
        """Share of the clock that each group's shift is on, shape (G,)."""
        return np.array([self.shifts[k].share if k >= 0 else 1.0 for k in self.shift.tolist()])

    def manned(self, over: Floats) -> Floats:
        """Share of the time that each group is on in which its work goes on for its operators, (G,): they are there, or finish what they have
        begun, which takes *over* (G,) hours of a tool that is never without work."""
        found = np.ones(len(self.shift))
        for g, own in enumerate(self.shift.tolist()):
            on = self.shifts[own].share if own >= 0 else 1.0
            for k in {self.pools[p].shift for p in self.attended[g, :SETUP].tolist() if p >= 0} - {own, -1}:
                theirs = self.shifts[k]
                there = together(self.shifts[own], theirs) if own >= 0 else theirs.share
                found[g] = min(found[g], (there + over[g] * theirs.ends_per_h) / on)
        return found

    def clock(self) -> list[int]:
        """The shift in which work is begun at each group: its own, or that of the operators who stand by; -1 where it always may be."""
        pools = [[self.pools[p].shift for p in row if p >= 0] for row in self.attended[:, :SETUP].tolist()]
        return [own if own >= 0 else max(theirs, default=-1) for own, theirs in zip(self.shift.tolist(), pools, strict=True)]

    def slowness(self) -> Floats:
        """Mean time of work over that of a tool of speed 1 where all tools are kept busy, shape (G,)."""
        return np.array([len(speeds) / sum(speeds) if speeds else 1.0 for speeds in self.speeds])

    def on_duty(self) -> Floats:
        """Operators there on average, shape (P,)."""
        return np.array([p.count * (self.shifts[p.shift].share if p.shift >= 0 else 1.0) for p in self.pools])
