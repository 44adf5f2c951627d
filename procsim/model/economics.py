"""Describes the price list: what an hour, a square metre, a kilowatt-hour and a dollar tied up in a tool cost."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.base import Model, NonNegative, Positive, PracticalShare, Share, ShareBelowOne, Text


class Economics(Model):
    """Rates of one region and year: a price list. The rate of a tool-hour is cost / practical hours (time-driven activity-based costing)."""

    currency: Text = "USD"
    """USD, as the names of all prices say."""
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    """The year whose prices and wages these are; for the reader."""
    hours_per_year: Annotated[float, Field(ge=1, le=8784)] = 8760.0
    """Hours a year that the line runs: yearly costs are spread over them."""
    practical_capacity: PracticalShare = 0.8
    """Share of those hours in which a tool can be expected to work. A tool-hour costs yearly cost / practical hours; what lots do not use is the
    cost of unused capacity."""
    life_years: Positive = 5.0
    """Years over which a tool is written off."""
    interest: NonNegative = 0.0
    """Yearly interest on the money tied up in tools: 0 is straight line, else the capital recovery factor."""
    residual_value: Share = 0.0
    """Share of a tool's price that comes back at the end of its life; at 1 only interest on the price is paid."""
    installation: NonNegative = 0.0
    """What installing a tool costs, as a share of its price; it is written off with it."""
    upkeep: NonNegative = 0.0
    """Maintenance contracts and spare parts a year, as a share of a tool's price."""
    floor_usd_per_m2_year: NonNegative = 0.0
    """What a square metre of floor costs a year, clean room and building included."""
    floor_multiplier: Positive = 1.0
    """Square metres of floor for each that a tool stands on: aisles, service, support."""
    electricity_usd_per_kwh: NonNegative = 0.0
    """Price of electricity; a tool pays it for its power in every hour of the year's running."""
    labour_usd_per_h: NonNegative = 0.0
    """Wage of an operator's hour with what the employer pays on top."""
    paid_per_worked: Annotated[float, Field(ge=1, le=3)] = 1.0
    """Hours paid for one worked: breaks, holidays, illness."""
    shifts_per_week: Positive = 21.0
    """Shifts that are worked in a week: 21 is round the clock."""
    premium_shifts_per_week: NonNegative = 0.0
    """How many of them carry the premium: nights, Sundays."""
    shift_premium: NonNegative = 0.0
    """What those shifts cost more, as a share of the wage."""
    indirect_per_direct: NonNegative = 0.0
    """Engineers, planners and supervisors for each operator."""
    indirect_usd_per_h: NonNegative | None = None
    """Their wage an hour; left out: an operator's."""
    overhead: NonNegative = 0.0
    """Share added to what tools, floor, energy and labour cost, for what no step causes: administration, quality."""
    volume_units: Positive = 1_000_000.0
    """Packages started while the product lives, lost or not, over which tooling and `nre_usd` are spread."""
    units_per_year: Positive | None = None
    """Packages started a year, which decides how much of a minimum lot is thrown away; left out: what the release comes to."""
    nre_usd: NonNegative = 0.0
    """Engineering that is paid once: design, qualification."""
    scrap_recovery: Share = 0.0
    """Share of the metal in scrapped packages that is sold, at the materials' `reclaim_usd_per_kg`."""
    margin: ShareBelowOne = 0.0
    """Share of the price that is profit; the price is told beside the cost, and is no part of any."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _whole(self) -> Economics:
        if self.currency != "USD":
            raise ValueError(f"currency is USD, as the names of all prices say (…_usd; got {self.currency}): convert what is priced in another one")
        if self.premium_shifts_per_week > self.shifts_per_week:
            raise ValueError(f"premium_shifts_per_week must be <= shifts_per_week, {self.shifts_per_week:g} (got {self.premium_shifts_per_week:g})")
        return self

    @property
    def labour_rate(self) -> float:
        """USD per hour that an operator stands at a tool: wage × paid / worked hours × (1 + premium × share of shifts that carry it)."""
        premium = self.shift_premium * self.premium_shifts_per_week / self.shifts_per_week
        return self.labour_usd_per_h * self.paid_per_worked * (1.0 + premium)

    @property
    def indirect_rate(self) -> float:
        """USD of indirect labour (engineers, planners, supervisors, on day shift) per hour of an operator."""
        wage = self.labour_usd_per_h if self.indirect_usd_per_h is None else self.indirect_usd_per_h
        return self.indirect_per_direct * wage * self.paid_per_worked

    def yearly(self, price_usd: float, installed: float, life_years: float, residual: float) -> float:
        """Yearly cost of capital of a tool: price × *installed* (1 and the share of installation) × capital recovery factor
        - price × *residual* × sinking fund factor; straight line (P - S) / n without interest."""
        paid = price_usd * installed * capital_recovery(self.interest, life_years)
        return paid - price_usd * residual * sinking_fund(self.interest, life_years)


def capital_recovery(interest: float, years: float) -> float:
    """Yearly share of a price that pays it back with interest: r(1+r)^n / ((1+r)^n - 1) = r / (1 - (1+r)^-n); 1/n at r = 0."""
    return -interest / math.expm1(-years * math.log1p(interest)) if interest else 1.0 / years


def sinking_fund(interest: float, years: float) -> float:
    """Yearly share of a sum that grows to it with interest: r / ((1+r)^n - 1) = capital recovery - r; 1/n at r = 0."""
    return capital_recovery(interest, years) - interest
