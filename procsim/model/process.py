"""Describes how a step is done: the numbers that a process in the library, or a step itself, may hold."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.ability import Ability
from procsim.model.base import Amount, Model, Name, NonNegative, Positive, PositiveShare, Share, Sized, Sum, Text, one_unit
from procsim.model.clustering import Clustering
from procsim.model.physics import Physics


class Survival(Model):
    """Chances of survival on three levels that are never mixed: the whole *panel*, each *unit*, each *die* handled."""

    panel: Share = 1.0
    unit: Share = 1.0
    die: Share = 1.0

    @model_validator(mode="after")
    def _of_something(self) -> Survival:
        if not self.model_fields_set:
            raise ValueError("yield says nothing: give panel, unit or die, or leave it out (null takes it away)")
        return self


class Learning(Model):
    """How density falls while a line learns: over time to *floor* (a share of what is written) with the time constant *tau_weeks*, or over
    volume, by the factor *per_doubling* each time the units started double from *first_units* on. Both may act.

    D(t) = D∞ + (D0 - D∞)·e^(-t/τ), and D(n) = D0·(n/n0)^-b with b = -log2(per_doubling).
    """

    floor: Share | None = None
    tau_weeks: Positive | None = None
    per_doubling: PositiveShare | None = None
    first_units: Positive | None = None

    @model_validator(mode="after")
    def _whole(self) -> Learning:
        if (self.floor is None) != (self.tau_weeks is None):
            raise ValueError("learning over time needs floor and tau_weeks")
        if (self.per_doubling is None) != (self.first_units is None):
            raise ValueError("learning over volume needs per_doubling and first_units")
        if self.floor is None and self.per_doubling is None:
            raise ValueError("learning is over time (floor, tau_weeks) or over volume (per_doubling, first_units)")
        return self

    def curve(self) -> tuple[float, float, float, float]:
        """(floor, 1 / weeks, exponent b, first units), with numbers that do nothing where a part is not given."""
        rate = 1.0 / self.tau_weeks if self.tau_weeks is not None else 0.0
        fall = -math.log2(self.per_doubling) if self.per_doubling is not None else 0.0
        return 1.0 if self.floor is None else self.floor, rate, fall, self.first_units or 1.0


class Defects(Clustering):
    """Mean faults per unit, summed over drivers, and the law that turns them into a yield; *learning* lets them fall with time or volume."""

    per_cm2: NonNegative = 0.0
    per_unit_ppm: NonNegative = 0.0
    per_die_ppm: NonNegative = 0.0
    per_pad_ppm: NonNegative = 0.0
    per_via_ppm: NonNegative = 0.0
    per_ball_ppm: NonNegative = 0.0
    learning: Learning | None = None

    @model_validator(mode="after")
    def _of_something(self) -> Defects:
        if not any(name.startswith("per_") for name in self.model_fields_set):
            raise ValueError("defects says of nothing how many there are: give per_cm2, per_unit_ppm …, or leave it out (null takes it away)")
        return self


class Repair(Model):
    """What happens to units that an inspection rejects, good ones among them: the share *diagnosable* is repaired on the inspection's tool,
    which takes ``time_s`` and *consumes* so much per unit, and is looked at again; after *limit* repairs a rejected unit stays bad.

    A repair makes a bad unit good with the chance *success*, else it is as bad as before; of units that are good after it the share
    *damage* is spoiled. (The minimal form of Trichy, Sandborn et al., ITC 2001.)
    """

    success: Share
    damage: Share = 0.0
    limit: Annotated[int, Field(ge=1, le=10)] = 1
    diagnosable: Share = 1.0
    time_s: Amount | None = None
    time_min: Amount | None = None
    time_h: Amount | None = None
    consumes: dict[Name, NonNegative] = {}
    source: Text | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Repair:
        one_unit(self, "time")
        return self


class Numbers(Physics):
    """Numbers of a process, and what it *can* do; a step may hold any of them and then wins, key by key."""

    can: Ability | None = None
    tool: Name | None = None
    time_s: Sum | None = None
    time_min: Sum | None = None
    time_h: Sum | None = None
    load_s: Amount | None = None
    load_min: Amount | None = None
    load_h: Amount | None = None
    unload_s: Amount | None = None
    unload_min: Amount | None = None
    unload_h: Amount | None = None
    rate_um_per_min: Positive | None = None
    rate_mm_per_s: Positive | None = None
    current_density_A_dm2: Positive | None = None  # noqa: N815  (the unit is written as engineers write it)
    current_efficiency: PositiveShare = 1.0
    consumes: dict[Name, Sum] | None = None
    wears: list[Name] | None = None
    recovers: Share = 0.0
    yield_: Survival | None = Field(default=None, alias="yield")
    defects: Defects | None = None
    coverage: Share | None = None
    fault_coverage: Share | None = None
    false_reject: Share = 0.0
    retest: Annotated[int, Field(ge=0, le=10)] = 0
    repair: Repair | None = None
    infant_ppm: Annotated[float, Field(ge=0, le=1e6), Sized] = 0.0
    burn_in: Share | None = None
    skip_known_bad: bool = False
    tooling_usd: NonNegative = 0.0
    etchant: Name | None = None
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _units(self) -> Numbers:
        one_unit(self, "time", "load", "unload")
        if self.coverage is not None and self.fault_coverage is not None:
            raise ValueError("coverage finds bad units, fault_coverage finds faults; keep one")
        if not self.inspects and (self.false_reject or self.retest or self.repair is not None):
            raise ValueError("false_reject, retest and repair are for an inspection: it needs coverage or fault_coverage")
        if self.consumes is not None and not self.consumes:
            raise ValueError("consumes says nothing: name a material and how much of it, or leave it out (null takes it away)")
        rates = [name for name in ("rate_um_per_min", "rate_mm_per_s", "current_density_A_dm2") if getattr(self, name) is not None]
        if len(rates) > 1:
            raise ValueError(f"{' and '.join(rates)} both set the speed; keep one")
        return self

    def uses_up(self) -> tuple[str, ...]:
        """Names of all that it consumes, wears out or cuts with, and of what its repairs consume; some stand there more than once."""
        cut = [name for one in (self.cuts or {}).values() for name in one.consumes]
        return (*(self.consumes or {}), *(self.wears or ()), *cut, *(self.repair.consumes if self.repair is not None else ()))

    @property
    def inspects(self) -> bool:
        """Whether the step looks for bad units."""
        return self.coverage is not None or self.fault_coverage is not None


FAMILIES = ("time", "load", "unload", "transport", "every", "takes", "mtbf", "mttr", "longest_wait", "first_at", "horizon", "warmup", "due", "limit")
"""Stems of fields that come in several units: writing one unit over another replaces it."""

SENSES = frozenset({"coverage", "fault_coverage"})
"""Two senses of what an inspection finds: writing one over the other replaces it."""
