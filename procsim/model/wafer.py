"""Describes the wafer that a die comes from: what it costs, how many dies it holds, how many are good, and what the probe sees."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from procsim.maths.yield_laws import Spread
from procsim.model.base import NonNegative, Positive, Share, Sized, Text
from procsim.model.clustering import Clustering
from procsim.model.wafer_price import COUNTS, KnownGood, Probe, known_good


class Wafer(Clustering):
    """The wafer that a die comes from: what it costs, how many dies it holds, how many of them are good, and what the probe sees."""

    price_usd: NonNegative
    """Price of a processed wafer."""
    diameter_mm: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False), Sized] = 300.0
    """Diameter of the wafer, its rim included."""
    edge_mm: NonNegative = 3.0
    """Its rim that holds no die."""
    scribe_mm: NonNegative = 0.1
    """Gap between dies."""
    count: Literal["grid", "grid_catch", "area", "area_down", "area_google"] = "grid"
    """The formula that counts the dies on it: a grid as it is cut, or one of the areas used in papers."""
    defects_per_cm2: NonNegative = 0.0
    """Density of faults on the die's area."""
    critical: Positive = 1.0
    """Share of the die's area that faults matter on; above 1 for stacked layers."""
    test_usd: NonNegative = 0.0
    """What probing a die costs, bad ones too."""
    coverage: Share = 1.0
    """Chance that the probe finds a bad die, or a fault."""
    finds: Literal["dies", "faults"] = "dies"
    """Whether coverage is the chance for each bad die or for each fault on it."""
    finish_usd_per_mm2: NonNegative = 0.0
    """What bumps and thinning add to a die that passed, per mm²."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _whole(self) -> Wafer:
        if self.count == "area_google" and self.edge_mm != Wafer.model_fields["edge_mm"].default:
            raise ValueError("area_google has an edge of 3 mm of its own; leave edge_mm out")
        if 2 * self.edge_mm >= self.diameter_mm:
            raise ValueError("edge_mm leaves nothing of the wafer")
        return self

    def known_good(self, width_mm: float, length_mm: float) -> KnownGood:
        """The chain of numbers for a die of these sides. Raises ValueError where a wafer holds none, or where none is good."""
        diameter = self.diameter_mm - (0.0 if self.count == "area_google" else 2 * self.edge_mm)
        dies = COUNTS[self.count](diameter, width_mm + self.scribe_mm, length_mm + self.scribe_mm, self.scribe_mm)
        if dies < 1:
            raise ValueError(f"a wafer of {self.diameter_mm:g} mm holds no die of {width_mm:g} × {length_mm:g} mm")
        area = width_mm * length_mm
        faults = Spread(self.law, self.defects_per_cm2 * self.critical * area / 100, self.shape)
        if faults.power(1.0) <= 0:
            raise ValueError("not one die of the wafer is good: defects_per_cm2 × area is too much")
        return known_good(self.price_usd, dies, faults, Probe(self.coverage, self.test_usd, self.finds == "faults"), self.finish_usd_per_mm2 * area)
