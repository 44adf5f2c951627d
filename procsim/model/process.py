"""How a step is done: the numbers that a process in the library, or a step itself, may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from procsim.model.base import Amount, Model, Name, NonNegative, Positive, Share, Sum, Text, one_unit
from procsim.yields import NEEDS_SHAPE


class Survival(Model):
    """Chances of survival on three levels that are never mixed: the whole *panel*, each *unit*, each *die* handled."""

    panel: Share = 1.0
    unit: Share = 1.0
    die: Share = 1.0


class Defects(Model):
    """Mean faults per unit, summed over drivers, and the law that turns them into a yield."""

    per_cm2: NonNegative = 0.0
    per_unit_ppm: NonNegative = 0.0
    per_die_ppm: NonNegative = 0.0
    per_pad_ppm: NonNegative = 0.0
    per_via_ppm: NonNegative = 0.0
    per_ball_ppm: NonNegative = 0.0
    law: Literal["poisson", "murphy", "uniform", "seeds", "negative_binomial", "bose_einstein"] = "poisson"
    clustering: Positive | None = None
    layers: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _shape_given(self) -> Defects:
        if self.law in NEEDS_SHAPE and self.shape == 0:
            raise ValueError(f"law {self.law} needs {'layers' if self.law == 'bose_einstein' else 'clustering'}")
        return self

    @property
    def shape(self) -> float:
        """The law's second parameter: clustering, or the number of layers."""
        return float((self.layers if self.law == "bose_einstein" else self.clustering) or 0)


class Numbers(Model):
    """Numbers of a process; a step may hold any of them and then wins, key by key."""

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
    current_efficiency: Annotated[float, Field(gt=0, le=1)] = 1.0
    consumes: dict[Name, Sum] | None = None
    wears: list[Name] | None = None
    recovers: Share = 0.0
    yield_: Survival | None = Field(default=None, alias="yield")
    defects: Defects | None = None
    coverage: Share | None = None
    false_reject: Share = 0.0
    skip_known_bad: bool = False
    tooling_usd: NonNegative = 0.0
    etchant: Name | None = None
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _units(self) -> Numbers:
        one_unit(self, "time", "load", "unload")
        rates = [name for name in ("rate_um_per_min", "rate_mm_per_s", "current_density_A_dm2") if getattr(self, name) is not None]
        if len(rates) > 1:
            raise ValueError(f"{' and '.join(rates)} both set the speed; keep one")
        return self


FAMILIES = ("time", "load", "unload", "transport", "every", "takes", "mtbf", "mttr", "longest_wait", "first_at", "horizon", "warmup", "due", "limit")
"""Stems of fields that come in several units: writing one unit over another replaces it."""
