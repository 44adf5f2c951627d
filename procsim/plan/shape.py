"""The Plan: what the engine, the closed form and the ledger read. S steps, G tool groups, R release streams, all in route order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from procsim.dists import Distribution

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

HOUR = 3_600_000_000
"""One hour in ticks of the clock, which are microseconds."""

RUN, LOT, PANEL, UNIT = range(4)
"""Bases: what an amount is multiplied by at a step."""

LOAD, WORK, UNLOAD = range(3)
"""Phases of a tool run."""

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
class Losses:
    """Chances per step. A unit may be lost to any of S + 1 causes: the S steps and, last, bad incoming dies.

    *cells* holds, for every step, equally likely unit survivals of a panel (one where panels do not differ);
    step s owns ``cells[start[s]:start[s + 1]]``. *sees* is (S, S + 1): which causes an inspection can find.
    """

    panel: Floats
    cells: Floats
    start: Ints
    incoming: Floats
    coverage: Floats
    false_reject: Floats
    inspects: Bools
    sees: Bools
    removes: Bools
    skips: Bools
    keys: Keys

    def unit(self) -> Floats:
        """Mean unit survival at each step, shape (S,), without bad incoming dies."""
        return np.array([self.cells[a:b].mean() for a, b in zip(self.start[:-1], self.start[1:], strict=True)])


@dataclass(frozen=True, slots=True)
class Use:
    """*amount* of *material*, in the unit it is bought in, per item of *basis* at *step*."""

    step: int
    material: int
    basis: int
    amount: float


@dataclass(frozen=True, slots=True)
class Money:
    """*direct* (S + 1, 4, C): USD per item of each basis; row S is what a panel costs before the first step.

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
    group: int
    name: str
    to_fail: Distribution
    to_repair: Distribution
    busy_clock: bool
    scrap: bool
    key: int


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Planned maintenance, due every *every_us* of the clock or after *every_panels* (0 where not used)."""

    group: int
    name: str
    every_us: int
    every_panels: float
    takes: Distribution
    key: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Per tool group; batch sizes in panels, 0 where the tool takes one lot; *wait_us* is -1 where a batch waits for ever."""

    names: tuple[str, ...]
    count: Ints
    batch_min: Ints
    batch_max: Ints
    wait_us: Ints
    inline: Ints
    breakdowns: tuple[Breakdown, ...]
    upkeep: tuple[Upkeep, ...]


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
    will do. *remaining* (R, S): mean µs of raw process time of a whole lot from a step to the end of its route."""

    rule: tuple[str, ...]
    preempt: Bools
    buffer: Ints
    same_tool: Ints
    remaining: Ints
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that determines a run but the replication. *quantities* (S, drivers) are amounts per panel and *merits* the package's
    figures (metric, unit, value, note), for the reports; *warnings* say what is odd about it."""

    flow: str
    title: str
    hash: str
    steps: tuple[str, ...]
    ops: tuple[str, ...]
    processes: tuple[str, ...]
    sources: tuple[str, ...]
    quantities: Floats
    group_of: Ints
    batch_key: Ints
    times: Times
    losses: Losses
    money: Money
    groups: Groups
    streams: tuple[Stream, ...]
    discipline: Discipline
    lot_panels: int
    units_per_panel: int
    product: bool
    warmup_us: int
    horizon_us: int
    seed: int
    replications: int
    confidence: float
    allow_overload: bool
    merits: tuple[tuple[str, str, float, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def hours(self) -> float:
        """Length of the window that figures are taken from."""
        return (self.horizon_us - self.warmup_us) / HOUR
