"""Defines the part of a Plan that says how lots come and wait: release streams, dispatch rules, buffers, limits of queue time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Ints
from procsim.maths.distributions import Distribution


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

    def ends(self, horizon_us: int, every_us: float = 0.0) -> bool:
        """Whether its last lot comes before *horizon_us*, at mean intervals; of a constant WIP, if the line takes a lot *every_us* (0: nobody knows,
        and it is taken to end)."""
        if not self.limit:
            return False
        if self.schedule is not None:
            return bool(self.schedule.at_us[self.limit - 1] < horizon_us)
        if self.interval is None:
            return self.limit <= self.conwip + (horizon_us / every_us if every_us > 0 else math.inf)
        return self.first_us + (math.ceil(self.limit / self.at_once) - 1) * self.interval.mean < horizon_us


@dataclass(frozen=True, slots=True)
class Limit:
    """No more than *limit_us* from the end of the step *first* to the start of the step *last*; a lot over it goes back by *rework* as often
    as the route has passes for it, and then leaves (*scrap*) or goes on."""

    name: str
    first: int
    last: int
    limit_us: int
    rework: bool
    scrap: bool

    @property
    def acts(self) -> bool:
        """Whether a lot over it does not just start."""
        return self.rework or self.scrap

    @property
    def action(self) -> str:
        """What becomes of a lot over it, as a recipe says it."""
        return "rework" if self.rework else "scrap" if self.scrap else "count"


@dataclass(frozen=True, slots=True)
class Discipline:
    """Who goes first, and what waiting may do. Per tool group: the dispatch *rule*, whether a lot may interrupt another (*preempt*)
    and how many lots may wait (*buffer*, -1: any number). *same_tool* (S,): the step whose tool the lot returns to, -1 where any
    will do. *remaining* (R, P): mean µs of raw process time of a whole lot from a position to the end of its
    route, rework left out. *guests* (G, R): how many lots of a stream's product may be in a run with lots of any other, -1 where they run as
    others do. Where rules *then* follow (G,), they are compared in order, each where those before it make no difference."""

    rule: tuple[str, ...]
    preempt: Bools
    buffer: Ints
    same_tool: Ints
    remaining: Ints
    limits: tuple[Limit, ...]
    guests: Ints
    then: tuple[tuple[str, ...], ...] = ()

    def rules(self, g: int) -> tuple[str, ...]:
        """All rules of tool group *g*, in order."""
        return (self.rule[g], *(self.then[g] if self.then else ()))

    @property
    def remembered(self) -> list[int]:
        """Steps whose tools lots return to, in order."""
        return [int(s) for s in np.unique(self.same_tool) if s >= 0]
