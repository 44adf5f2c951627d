"""Describes the line (lots, releases, shifts and limits) and the run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from procsim.model.base import Amount, Model, Name, NonNegative, Positive, Text, Whole, in_unit, one_unit
from procsim.model.duty import Operators, Shift
from procsim.model.waiting import Dispatch, QueueTimeLimit, Schedule, StartWip

StepRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$", max_length=200)]
WAYS = ("every_s", "every_min", "every_h", "panels_per_week", "lots_per_week", "good_units_per_week", "conwip_lots", "schedule")
"""How a release may say when lots start, each alone."""


class Lot(Model):
    """*panels* in a lot; *units_per_panel* only where there is no product to compute it from."""

    panels: Annotated[int, Field(ge=1, le=10_000)] = 1
    units_per_panel: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class Release(Model):
    """When lots start: ``every_h`` (a number or a distribution), so many a week, a constant WIP (``conwip_lots``), or by a schedule.
    ``good_units_per_week`` is what is asked for: as many lots start as leave so many good units, by the yield in closed form.

    A lower *priority* goes first, where the dispatch rule is priority. Lots of a stream with a *route* visit only the steps, or groups
    of steps, that it names, in the recipe's order; *product* is what setups and batches go by (left out: the stream's name).
    ``due_h`` is the time a lot is allowed from its release. A lot that finds the first buffer full waits outside, or is lost.
    """

    every_s: Amount | None = None
    every_min: Amount | None = None
    every_h: Amount | None = None
    panels_per_week: Positive | None = None
    lots_per_week: Positive | None = None
    good_units_per_week: Positive | None = None
    pattern: Literal["constant", "exponential"] = "constant"
    conwip_lots: Whole | None = None
    first_at_s: NonNegative | None = None
    first_at_min: NonNegative | None = None
    first_at_h: NonNegative | None = None
    lots: Whole | None = None
    lots_at_once: Whole = 1
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    product: Name | None = None
    route: list[StepRef] | None = None
    due_s: Amount | None = None
    due_min: Amount | None = None
    due_h: Amount | None = None
    schedule: Schedule | None = None
    when_full: Literal["wait", "lose"] = "wait"
    note: Text | None = None

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
    """With *count* ``auto`` every tool group has as many tools as what is released takes, whatever the group itself says (but for tools named one by
    one by their ``speeds``): the fewest with which its load is at most *max_load*. Batches that may grow are taken to be full."""

    count: Literal["auto"] | None = None
    max_load: Annotated[float, Field(ge=0.01, lt=1, allow_inf_nan=False)] = 0.85
    lot: Lot = Lot()
    release: Release | None = None
    releases: dict[Name, Release] | None = None
    transport_s: Amount | None = None
    transport_min: Amount | None = None
    transport_h: Amount | None = None
    dispatch: Dispatch = "fifo"
    queue_time_limits: dict[Name, QueueTimeLimit] = {}
    shifts: dict[Name, Shift] = {}
    operators: dict[Name, Operators] = {}
    start_wip: StartWip | None = None
    note: Text | None = None

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
    """How long and how often to simulate; figures are taken from *warmup* to *horizon*.

    Where defects are learned away, the run begins *start_week* weeks and *units_before* units after the density that is written."""

    horizon_s: Positive | None = None
    horizon_min: Positive | None = None
    horizon_h: Positive | None = None
    warmup_s: NonNegative | None = None
    warmup_min: NonNegative | None = None
    warmup_h: NonNegative | None = None
    replications: Annotated[int, Field(ge=1, le=100_000)] = 5
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    confidence: Annotated[float, Field(ge=0.01, le=0.999999)] = 0.95
    start_week: NonNegative = 0.0
    units_before: NonNegative = 0.0
    allow_overload: bool = False

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
