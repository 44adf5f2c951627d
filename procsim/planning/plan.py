"""Defines the Plan, which the engine, the closed form and the ledger read. S steps, G tool groups, R release streams, all in route order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints, Keys
from procsim.maths.distributions import Distribution
from procsim.maths.same import FLOWS, of_the_same
from procsim.planning.groups import Groups
from procsim.planning.quality import Losses
from procsim.planning.split_span import Stretch, parts_at
from procsim.planning.traffic import Discipline, Stream
from procsim.planning.wanted import Wanted
from procsim.planning.wip import Wip

HOUR = 3_600_000_000
"""One hour in ticks of the clock, which are microseconds."""

RUN, LOT, PANEL, UNIT, REPAIR, SCRAPPED = range(6)
"""Bases: what an amount is multiplied by at a step. REPAIR counts units that an inspection sends to repair; SCRAPPED, the last, units that are
found bad or lost there."""

LOAD, WORK, UNLOAD, SETUP = range(4)
"""Phases of a tool run; a setup is no part of a step's time."""

CATEGORIES = ("die", "panel", "material", "tooling", "nre", "credit_for_scrap", "tool", "labour", "indirect_labour", "floor", "utilities", "overhead")
"""Where a dollar goes (credit_for_scrap: comes back, below 0); from tool on they are paid by the hour, used or not."""
BY_THE_HOUR = CATEGORIES.index("tool")
"""Index of the first category paid by the hour."""
MATERIAL, TOOLING = CATEGORIES.index("material"), CATEGORIES.index("tooling")

INCOMING = "(incoming)"
UNUSED = "(unused capacity)"


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a step's time: *law* (in µs per item) × *amount* of items per item of *basis*; *each* draws every item.

    *key* is a stable 64-bit hash of the step's id, the driver and the phase: the term's random numbers.
    """

    step: int
    basis: int
    amount: float
    law: Distribution
    each: bool
    phase: int
    key: int


@dataclass(frozen=True, slots=True, eq=False)  # told apart as the object it is, so that what follows from it can be kept
class Times:
    """*terms* in step order, the panels an in-line tool holds at each step (1 elsewhere), and transport between tool groups."""

    terms: tuple[Term, ...]
    inline: Ints
    transport: Distribution | None
    transport_keys: Keys

    def shared(self, size: int) -> list[float]:
        """Mean µs that all lots of a run share at each of *size* positions."""
        found = [0.0] * size
        for term in self.terms:
            if term.basis == RUN:
                found[term.step] += term.law.mean * term.amount
        return found


@dataclass(frozen=True, slots=True)
class Use:
    """*amount* of *material*, in the unit it is bought in, per item of *basis* at *step*; a *part* is a bought piece that becomes part of the
    product, all else a process uses up, puts in place or wears out."""

    step: int
    material: int
    basis: int
    amount: float
    part: bool = False


@of_the_same(FLOWS)
def columns(uses: tuple[Use, ...]) -> tuple[Ints, Ints, Ints, Floats]:
    """Step, material, basis and amount of all *uses*, (uses,) each."""
    step, material, basis = (np.array([getattr(use, name) for use in uses], dtype=np.int64) for name in ("step", "material", "basis"))
    return step, material, basis, np.array([use.amount for use in uses], dtype=float)


@dataclass(frozen=True, slots=True)
class Money:
    """*direct* (S + 1, 6, C): USD per item of each basis; row S is what a panel costs before the first step. *tooling* (R, S): USD per panel that a
    stream starts, whatever becomes of it, for the masks of each step on its route.

    *hourly* (G, C): USD per clock hour of a whole tool group, used or not; *rate* (G, C): USD per hour that a lot holds one tool;
    *fixed* (G,): what of *hourly* is fixed in the form of SEMI E35. *prices* (M,) are USD per unit used, of which *surplus* (M,) are bought, since
    some of a minimum lot grows too old. *margin* is a share of the price, and in none of these. *year* is that of the prices; None where the recipe
    does not say.
    """

    direct: Floats
    tooling: Floats
    hourly: Floats
    rate: Floats
    fixed: Floats
    uses: tuple[Use, ...]
    materials: tuple[str, ...]
    units: tuple[str, ...]
    prices: Floats
    surplus: Floats
    margin: float = 0.0
    year: int | None = None

    @property
    def currency(self) -> str:
        """What all prices are in, in words."""
        return f"USD of {self.year}" if self.year else "USD"

    @property
    def free(self) -> bool:
        """Whether nothing has a price."""
        return not (self.direct.any() or self.tooling.any() or self.hourly.any())

    def charged(self, items: Floats, panels: Floats) -> Floats:
        """USD by position and category, (P + 1, C), but for tool time: for *items* (P, bases), and *panels* (R,) started of each stream."""
        found = np.vstack([np.einsum("sb,sbc->sc", items, self.direct[:-1]), panels.sum() * self.direct[-1:, PANEL]])
        found[:-1, TOOLING] += panels @ self.tooling
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """P positions: passes of steps, in the order in which lots go through them. *step* (P,) is the step of each, *turn* (P,) its
    pass, from 0.

    A lot visits position p if its stream does (*streams*, (R, P)), if it failed at position *after* (-1: always), and, on samples, by
    chance *sample* or where its number is a multiple of *every* (0: not by number). At position p it fails with
    chance *fails*; where *final* that scraps it. *reached* (R, P) is the share of a stream's lots that visit a position, *mix* (R,) the
    share of each stream. On *stretches* lots go in parts.

    Positions with a *loop* (else -1) are for lots that were over a limit of queue time: *detours* (K, 2) are the limit's index and the
    position at which a lot is late that takes loop k; *origin* is where the first of a row of loops begins (-1: no part of any). *fresh*
    positions do their step for the first time.
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
    loop: Ints
    origin: Ints
    fresh: Bools
    detours: Ints
    stretches: tuple[Stretch, ...] = ()

    @property
    def parts(self) -> Ints:
        """In how many parts lots are at each position, shape (P,)."""
        return parts_at(self.stretches, len(self.step))

    @property
    def plain(self) -> bool:
        """Whether every lot visits every position."""
        return bool(self.streams.all()) and self._sure

    def plain_for(self, stream: int) -> bool:
        """Whether every lot of the *stream* does."""
        return bool(self.streams[stream].all()) and self._sure

    @property
    def _sure(self) -> bool:
        """Whether lots visit all positions that their stream visits."""
        return bool((self.after < 0).all() and (self.sample >= 1).all() and not self.every.any() and not self.fails.any() and not len(self.detours))

    @property
    def share(self) -> Floats:
        """Share of all lots that visit each position, shape (P,)."""
        return np.asarray(self.mix @ self.reached)

    def by_step(self, values: Floats) -> Floats:
        """Sums over the passes of each step, (P, …) → (S, …); a row more than there are positions stays the last row."""
        if _straight(self):
            return values + 0.0
        size = int(self.step.max(initial=-1)) + 1
        extra = len(values) - len(self.step)
        found = np.zeros((size + extra, *values.shape[1:]))
        np.add.at(found, np.append(self.step, size) if extra else self.step, values)
        return found


@of_the_same(FLOWS)
def _straight(route: Route) -> bool:
    """Whether every step has one position, in their order."""
    return np.array_equal(route.step, np.arange(len(route.step)))


@dataclass(frozen=True, slots=True, eq=False)  # told apart as the object it is, as Times are
class Plan:
    """All that determines a run but the replication. The S *steps* (and *step_group*) are for the reports; *group_of*, *batch_key* (lots of one
    number may share a batch), *batch_product* (if they are of one product) (P,) and all that lots meet is by position of the *route*; *units*
    (R,) is how many a panel of each stream holds. *quantities* (S, drivers) are amounts per panel and *merits* the package's figures (metric,
    unit, value, note), for the reports; *warnings* say what is suspicious about it; *wip*: lots that are in the line at time 0. The run begins
    *start_week* weeks and *units_before* units along what is learned. A group that is added to is to be loaded up to *max_load*; *wanted*: what the
    recipe leaves open."""

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
    batch_product: Bools
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
    wip: Wip | None = None
    start_week: float = 0.0
    units_before: float = 0.0
    max_load: float = 0.85
    wanted: Wanted | None = None

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

    def ending(self, every_us: float = 0.0) -> bool:
        """Whether a release ends within the run, as of ``Stream.ends``."""
        return any(stream.ends(self.horizon_us, every_us) for stream in self.streams)

    @property
    def hours(self) -> float:
        """Length of the window that figures are taken from."""
        return (self.horizon_us - self.warmup_us) / HOUR
