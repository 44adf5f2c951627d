"""Defines the part of a Plan that says what tools need besides work: setups, shifts, operators, speeds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints
from procsim.maths.distributions import Distribution

SETUP = 3
"""The last phase of a run, as of ``plan.shape``: load, work and unload come before it."""
MOST = 100_000
"""Changes of two shifts that are looked through; so many are taken to be like all that follow."""
SUSPEND, FINISH, NO_START = range(3)
"""What becomes of work at the end of a shift."""


@dataclass(frozen=True, slots=True)
class Setup:
    """*names* of the states a tool may be set up for; *of* (R, Q): the state that a stream's lots need at each of the group's own *positions*
    (Q,). *laws* (K, K): µs from state to state, None where it takes no time, and *keys* those of their draws. *first*: the state
    at the start, or -1."""

    names: tuple[str, ...]
    positions: Ints
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

    def _on_h(self) -> list[float]:
        """Hours of the times on."""
        return [span / 3.6e9 for span in self.spans[(0 if self.on else 1) :: 2]]

    def past_end(self, mean: float, second: float) -> float:
        """Share of the clock in which work goes on that its ends find begun, where there always is some: of runs that last *mean* hours each, so
        long as the last of them takes; else at most E[t²]/E[t] a time (Lorden 1970), *second* being the mean of their squares."""
        if mean <= 0.0:
            return 0.0
        fixed = second <= mean**2 * (1.0 + 1e-9)
        past = [math.ceil(on / mean - 1e-9) * mean - on if fixed else second / mean for on in self._on_h()]
        return min(sum(past) / (sum(self.spans) / 3.6e9), 1.0 - self.share)

    def too_short(self, mean: float, second: float) -> float:
        """Share of the clock that is on and into which no run of *mean* hours fits; 0 where they differ, since a shorter one might."""
        if mean <= 0.0 or second > mean**2 * (1.0 + 1e-9):
            return 0.0
        return sum(on - math.floor(on / mean + 1e-9) * mean for on in self._on_h()) / (sum(self.spans) / 3.6e9)

    @property
    def longest_us(self) -> int:
        """The longest on time."""
        return max(self.spans[(0 if self.on else 1) :: 2])


def side_by_side(one: Shift, two: Shift, until: int) -> Iterator[tuple[int, bool]]:
    """From change to change of two shifts, up to *until* or ``MOST`` of them: when the next one is, and whether both are on before it."""
    a = b = now = 0
    ends = [one.spans[0], two.spans[0]]
    for _ in range(MOST):
        if now >= until:
            return
        now, both = min(ends), (a % 2 == 0) == one.on and (b % 2 == 0) == two.on
        yield now, both
        if ends[0] == now:
            a += 1
            ends[0] += one.spans[a % len(one.spans)]
        if ends[1] == now:
            b += 1
            ends[1] += two.spans[b % len(two.spans)]


def together(one: Shift, two: Shift) -> float:
    """Share of time that both are on."""
    now = both = 0
    for end, on in side_by_side(one, two, math.lcm(sum(one.spans), sum(two.spans))):
        both += on * (end - now)
        now = end
    return both / now


def meet(one: Shift, two: Shift, until: int) -> bool:
    """Whether both are on at some time before *until*; after ``MOST`` changes they are taken to be."""
    until = min(until, math.lcm(sum(one.spans), sum(two.spans)))
    changes = list(side_by_side(one, two, until))
    return any(on for _, on in changes) or changes[-1][0] < until


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

    def manned(self, mean: Floats, second: Floats) -> Floats:
        """What share of the time that each group is on a tool that is never without work works, (G,): only as long as its operators are there, or
        finish what they have begun; more, where it finishes in overtime; less, where what does not fit into the shift does not begin. *mean* and
        *second* (G,) are of the hours of a run, and of their squares."""
        found = np.ones(len(self.shift))
        for g, own in enumerate(self.shift.tolist()):
            shift = self.shifts[own] if own >= 0 else None
            run = float(mean[g]), float(second[g])
            if shift is not None and shift.at_end != SUSPEND:
                found[g] += (shift.past_end(*run) if shift.at_end == FINISH else -shift.too_short(*run)) / shift.share
            for k in {self.pools[p].shift for p in self.attended[g, :SETUP].tolist() if p >= 0} - {own, -1}:
                theirs = self.shifts[k]
                there = together(shift, theirs) if shift is not None else theirs.share
                found[g] = min(found[g], (there + theirs.past_end(*run)) / (shift.share if shift is not None else 1.0))
        return found

    def overtime(self, mean: Floats, second: Floats) -> Floats:
        """Work of operators who are never without, by their time on duty, (P,): above 1 where they finish what they have begun when their shift
        ends."""
        found = np.ones(len(self.pools))
        for p, pool in enumerate(self.pools):
            if pool.shift >= 0:
                past = [self.shifts[pool.shift].past_end(float(mean[g]), float(second[g])) for g in np.flatnonzero((self.attended == p).any(axis=1))]
                found[p] += max(past, default=0.0) / self.shifts[pool.shift].share
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
