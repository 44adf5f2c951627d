"""Describes the line (lots, releases, shifts and limits) and the run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from procsim.model.amounts import Amount
from procsim.model.base import Model, Name, NonNegative, Positive, Text, Whole
from procsim.model.durations import in_unit, one_unit
from procsim.model.duty import Operators, Shift
from procsim.model.waiting import Dispatch, QueueTimeLimit, Schedule, StartWip

StepRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$", max_length=200)]
WAYS = ("every_s", "every_min", "every_h", "panels_per_week", "lots_per_week", "good_units_per_week", "conwip_lots", "schedule")
"""How a release may say when lots start, each alone."""


class Lot(Model):
    """What a lot is."""

    panels: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Panels that travel together; a lot is never parted within a step."""
    units_per_panel: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Packages on a panel, only where there is no product to count them from."""


class Release(Model):
    """When lots start, said in one of several ways, and what goes with the lots of one stream."""

    every_s: Amount | None = None
    every_min: Amount | None = None
    every_h: Amount | None = None
    """Time between lots: a number, or a distribution for arrivals that vary."""
    panels_per_week: Positive | None = None
    """Panels that start in a week, in lots at even intervals (or as `pattern` says)."""
    lots_per_week: Positive | None = None
    """Lots that start in a week, at even intervals (or as `pattern` says)."""
    good_units_per_week: Positive | None = None
    """Good packages that are to leave in a week: as many lots start as that takes, by the yield in closed form."""
    pattern: Literal["constant", "exponential"] = "constant"
    """Whether the intervals of so many a week are even or exponential (a Poisson stream)."""
    conwip_lots: Whole | None = None
    """A constant number of lots in the line: one starts when one leaves, so that output is what the bottleneck gives."""
    first_at_s: NonNegative | None = None
    first_at_min: NonNegative | None = None
    first_at_h: NonNegative | None = None
    """When the first lot starts; left out: at time 0."""
    lots: Whole | None = None
    """How many lots start in all; left out: without end."""
    lots_at_once: Whole = 1
    """Lots that start together each time."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Lower goes first, at tools whose dispatch rule is `priority`."""
    product: Name | None = None
    """What setups and batches go by; left out: the stream's name."""
    route: list[StepRef] | None = None
    """The only steps, or groups of steps, that its lots visit, in the recipe's order; left out: all."""
    due_s: Amount | None = None
    due_min: Amount | None = None
    due_h: Amount | None = None
    """Time that a lot is allowed from its release, for the rules `edd` and `critical_ratio` and for lateness."""
    schedule: Schedule | None = None
    """Each start by itself: a list of `{at_h, lots, priority, due_h}`, or the name of a CSV file with these columns."""
    when_full: Literal["wait", "lose"] = "wait"
    """Whether a lot that finds the first buffer full waits outside or is lost."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _one_way(self) -> Release:
        one_unit(self, "every", "first_at", "due")
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a release says one of: every_s / every_min / every_h, {', '.join(WAYS[3:])}"
                             + (f" (got {' and '.join(given)})" if given else ""))
        if self.good_units_per_week is not None and self.when_full == "lose":
            raise ValueError("good_units_per_week starts as many lots as it takes, which nobody knows where some are lost (when_full: lose)")
        if self.schedule is not None and (in_unit(self, "first_at") is not None or self.lots_at_once != 1):
            raise ValueError("a schedule says when lots start and how many: leave first_at and lots_at_once out")
        if self.conwip_lots is not None and self.when_full == "lose":
            raise ValueError("a constant WIP loses no lots: when_full: lose is for lots that come by the clock")
        return self


class Line(Model):
    """How lots come, and what they meet besides the tools. Batches that may grow are taken to be full where tools are counted."""

    count: Literal["auto"] | None = None
    """`auto` gives every tool group the fewest tools that keep its load at `max_load`, whatever the group itself says."""
    max_load: Annotated[float, Field(ge=0.01, lt=1, allow_inf_nan=False)] = 0.85
    """The highest load that `auto` and the remedy for an overloaded line allow."""
    lot: Lot = Lot()
    """How many panels make a lot."""
    release: Release | None = None
    """When lots start, where all are alike."""
    releases: dict[Name, Release] | None = None
    """Several streams of lots by name, each with its product, route, priority and due dates."""
    transport_s: Amount | None = None
    transport_min: Amount | None = None
    transport_h: Amount | None = None
    """Time from one step to the next, between tools."""
    dispatch: Dispatch = "fifo"
    """Which lot a free tool takes first, for all groups that say nothing else: one rule, or several compared in order."""
    queue_time_limits: dict[Name, QueueTimeLimit] = {}
    """Longest times from the end of one step to the start of another, by name."""
    shifts: dict[Name, Shift] = {}
    """Working times by name, for tools and operators."""
    operators: dict[Name, Operators] = {}
    """Pools of operators by name: a number, or `{count, shift}`."""
    start_wip: StartWip | None = None
    """Lots that are in the line at time 0: a list, or the name of a CSV file with the same columns."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _some_release(self) -> Line:
        one_unit(self, "transport")
        if (self.release is None) == (not self.releases):
            raise ValueError("line needs release (one stream of lots) or releases (several, by name)")
        return self

    def streams(self) -> dict[str, Release]:
        """Release streams by name."""
        return {"main": self.release} if self.release is not None else dict(self.releases or {})


HORIZON_US = 2**53
"""A horizon beyond which µs are no longer exact in a float (285 years)."""


class Run(Model):
    """How long and how often to simulate; figures are taken from *warmup* to *horizon*."""

    horizon_s: Positive | None = None
    horizon_min: Positive | None = None
    horizon_h: Positive | None = None
    """When the simulation ends."""
    warmup_s: NonNegative | None = None
    warmup_min: NonNegative | None = None
    warmup_h: NonNegative | None = None
    """From when on figures are taken: what an empty line does first is left out."""
    replications: Annotated[int, Field(ge=1, le=100_000)] = 5
    """Independent runs; intervals shrink with the root of their number."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Which random numbers are drawn: the same seed gives the same run to the last digit."""
    confidence: Annotated[float, Field(ge=0.01, le=0.999999)] = 0.95
    """Chance with which an interval of the report holds the true mean."""
    start_week: NonNegative = 0.0
    """Weeks after the written defect density at which the run begins, where defects are learned away."""
    units_before: NonNegative = 0.0
    """Packages made before the run begins, where defects are learned away with volume."""
    allow_overload: bool = False
    """Runs a line that cannot keep up with its releases instead of refusing it."""

    @model_validator(mode="after")
    def _window(self) -> Run:
        one_unit(self, "horizon", "warmup")
        if in_unit(self, "horizon") is None:
            raise ValueError("run needs horizon_h (or _min, _s)")
        if self.window_us[1] > HORIZON_US:
            raise ValueError(f"the horizon must be < {HORIZON_US / 3.6e9:g} h")
        if self.window_us[0] >= self.window_us[1]:
            raise ValueError("warm-up must end before the horizon")
        return self

    @property
    def window_us(self) -> tuple[int, int]:
        """Warm-up and horizon in µs."""
        warm, end = in_unit(self, "warmup") or (0, 1), in_unit(self, "horizon") or (0, 1)
        return round(warm[0] * warm[1]), round(end[0] * end[1])
