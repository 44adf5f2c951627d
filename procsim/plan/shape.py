"""The Plan: what the engine, the closed form and the ledger read. S steps, G tool groups, R release streams, all in route order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from procsim.dists import Distribution
from procsim.plan.chances import Losses
from procsim.plan.duty import Duty

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

HOUR = 3_600_000_000
"""One hour in ticks of the clock, which are microseconds."""

RUN, LOT, PANEL, UNIT, REPAIR = range(5)
"""Bases: what an amount is multiplied by at a step; REPAIR counts units that an inspection sends to repair."""

LOAD, WORK, UNLOAD, SETUP = range(4)
"""Phases of a tool run; a setup is no part of a step's time."""

CATEGORIES = ("die", "panel", "material", "tooling", "tool", "labour", "floor", "utilities", "overhead")
"""Where a dollar goes; the last five are paid by the hour, used or not."""
BY_THE_HOUR = 4
"""Index of the first category paid by the hour."""

INCOMING = "(incoming)"
UNUSED = "(unused capacity)"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a step's time: *law* (in µs per item) × *amount* of items per item of *basis*; *each* draws every item.

    *key* is a stable 64-bit hash of the step's id, the driver and the phase: the term's luck.
    """

    step: int
    basis: int
    amount: float
    law: Distribution
    each: bool
    phase: int
    key: int


@dataclass(frozen=True, slots=True)
class Times:
    """*terms* in step order, the panels an in-line tool holds at each step (1 elsewhere), and transport between tool groups."""

    terms: tuple[Term, ...]
    inline: Ints
    transport: Distribution | None
    transport_keys: Keys


@dataclass(frozen=True, slots=True)
class Use:
    """*amount* of *material*, in the unit it is bought in, per item of *basis* at *step*."""

    step: int
    material: int
    basis: int
    amount: float


@dataclass(frozen=True, slots=True)
class Money:
    """*direct* (S + 1, 5, C): USD per item of each basis; row S is what a panel costs before the first step.

    *hourly* (G, C): USD per clock hour of a whole tool group, used or not; *rate* (G, C): USD per hour that a lot holds one tool.
    """

    direct: Floats
    hourly: Floats
    rate: Floats
    uses: tuple[Use, ...]
    materials: tuple[str, ...]
    units: tuple[str, ...]
    prices: Floats


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
    """Planned maintenance, due every *every_us* of the clock or after *every_panels* (0 where not used); *crew* as of a Breakdown."""

    group: int
    name: str
    every_us: int
    every_panels: float
    takes: Distribution
    key: int
    crew: int = -1


@dataclass(frozen=True, slots=True)
class Groups:
    """Per tool group; batch sizes in panels, 0 where the tool takes one lot; *wait_us* is -1 where a batch waits for ever,
    *batch_product* says that only lots of one product share one."""

    names: tuple[str, ...]
    count: Ints
    batch_min: Ints
    batch_max: Ints
    wait_us: Ints
    batch_product: Bools
    inline: Ints
    breakdowns: tuple[Breakdown, ...]
    upkeep: tuple[Upkeep, ...]
    duty: Duty


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each lot of a stream starts, in order, its priority number and when it is due (-1: the stream's allowance says)."""

    at_us: Ints
    priority: Ints
    due_us: Ints


@dataclass(frozen=True, slots=True)
class Stream:
    """One release stream. *limit* lots in all (0: no limit); *conwip* lots in the line (0: released by the clock). *due* is the
    time that a lot is allowed; *lose*: lots that find the first buffer full are lost. With a *schedule*, *interval* is its mean."""

    name: str
    interval: Distribution | None
    first_us: int
    limit: int
    at_once: int
    conwip: int
    priority: int
    key: int
    product: str = ""
    due: Distribution | None = None
    schedule: Schedule | None = None
    lose: bool = False

    @property
    def dated(self) -> bool:
        """Whether every lot has a due date."""
        return self.due is not None or (self.schedule is not None and bool((self.schedule.due_us >= 0).all()))


@dataclass(frozen=True, slots=True)
class Limit:
    """No more than *limit_us* from the end of the step *first* to the start of the step *last*; with *scrap* a lot over it leaves."""

    name: str
    first: int
    last: int
    limit_us: int
    scrap: bool


@dataclass(frozen=True, slots=True)
class Discipline:
    """Who goes first, and what waiting may do. Per tool group: the dispatch *rule*, whether a lot may interrupt another (*preempt*)
    and how many lots may wait (*buffer*, -1: any number). *same_tool* (S,): the step whose tool the lot returns to, -1 where any
    will do. *remaining* (R, P): mean µs of raw process time of a whole lot from a position to the end of its
    route, rework left out."""

    rule: tuple[str, ...]
    preempt: Bools
    buffer: Ints
    same_tool: Ints
    remaining: Ints
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """P positions: passes of steps, in the order in which lots go through them. *step* (P,) is the step of each, *turn* (P,) its
    pass, from 0.

    A lot visits position p if its stream does (*streams*, (R, P)), if it failed at position *after* (-1: always), and, on samples, by
    luck with chance *sample* or where its number is a multiple of *every* (0: not by number). At position p it fails with
    chance *fails*; where *final* that scraps it. *reached* (R, P) is the share of a stream's lots that visit a position, *mix* (R,) the
    share of each stream.
    """

    step: Ints
    turn: Ints
    streams: Bools
    after: Ints
    sample: Floats
    every: Ints
    fails: Floats
    final: Bools
    mix: Floats
    reached: Floats
    keys: Keys

    @property
    def plain(self) -> bool:
        """Whether every lot visits every position."""
        return bool(self.streams.all() and (self.after < 0).all() and (self.sample >= 1).all() and not self.every.any() and not self.fails.any())

    @property
    def share(self) -> Floats:
        """Share of all lots that visit each position, shape (P,)."""
        return np.asarray(self.mix @ self.reached)

    def by_step(self, values: Floats) -> Floats:
        """Sums over the passes of each step, (P, …) → (S, …); a row more than there are positions stays the last row."""
        size = int(self.step.max(initial=-1)) + 1
        extra = len(values) - len(self.step)
        found = np.zeros((size + extra, *values.shape[1:]))
        np.add.at(found, np.append(self.step, size) if extra else self.step, values)
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """All that determines a run but the replication. The S *steps* (and *step_group*) are for the reports; *group_of* and *batch_key*
    (P,) and all that lots meet is by position of the *route*; *units* (R,) is how many a panel of each stream
    holds. *quantities* (S, drivers) are amounts per panel and *merits* the package's figures (metric, unit, value, note), for the
    reports; *warnings* say what is odd about it. The run begins *start_week* weeks and *units_before* units along what is learned."""

    flow: str
    title: str
    hash: str
    steps: tuple[str, ...]
    ops: tuple[str, ...]
    processes: tuple[str, ...]
    sources: tuple[str, ...]
    quantities: Floats
    step_group: Ints
    route: Route
    group_of: Ints
    batch_key: Ints
    times: Times
    losses: Losses
    money: Money
    groups: Groups
    streams: tuple[Stream, ...]
    discipline: Discipline
    lot_panels: int
    units: Floats
    product: bool
    warmup_us: int
    horizon_us: int
    seed: int
    replications: int
    confidence: float
    allow_overload: bool
    merits: tuple[tuple[str, str, float, str], ...] = ()
    warnings: tuple[str, ...] = ()
    start_week: float = 0.0
    units_before: float = 0.0

    @property
    def units_per_panel(self) -> float:
        """Units on a panel; where packages are mixed, of the mean lot."""
        return float(self.route.mix @ self.units)

    @property
    def skipping(self) -> Bools:
        """Which steps skip known-bad units, (S,)."""
        found = np.zeros(len(self.steps), dtype=bool)
        found[self.route.step] = self.losses.skips
        return found

    @property
    def hours(self) -> float:
        """Length of the window that figures are taken from."""
        return (self.horizon_us - self.warmup_us) / HOUR
