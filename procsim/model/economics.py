"""Economics: what an hour, a square metre, a kilowatt-hour and a dollar tied up in a tool cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from procsim.model.base import Model, NonNegative, Positive, Text


class Economics(Model):
    """Rates of one region and year. Yearly costs are spread over *hours_per_year* of running the line.

    *practical_capacity* is the share of those hours in which a tool can be expected to work; the rate of a tool-hour is
    cost / practical hours (time-driven activity-based costing), and what lots do not use is the cost of unused capacity.
    With *interest* the yearly cost of a tool is price × capital recovery factor, else straight line.
    """

    currency: Text = "USD"
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    hours_per_year: Positive = 8760.0
    practical_capacity: Annotated[float, Field(gt=0, le=1)] = 0.8
    life_years: Positive = 5.0
    interest: NonNegative = 0.0
    installation: NonNegative = 0.0
    upkeep: NonNegative = 0.0
    floor_usd_per_m2_year: NonNegative = 0.0
    floor_multiplier: Positive = 1.0
    electricity_usd_per_kwh: NonNegative = 0.0
    labour_usd_per_h: NonNegative = 0.0
    overhead: NonNegative = 0.0
    volume_units: Positive = 1_000_000.0
    source: Text | None = None
    note: Text | None = None


def capital_recovery(interest: float, years: float) -> float:
    """Yearly share of a price that pays it back with interest: r(1+r)^n / ((1+r)^n - 1); 1/n at r = 0."""
    if interest == 0:
        return 1.0 / years
    growth: float = (1 + interest) ** years
    return interest * growth / (growth - 1)
