"""Describes the price list: what an hour, a square metre, a kilowatt-hour and a dollar tied up in a tool cost."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from procsim.model.base import Model, NonNegative, Positive, PracticalShare, Share, ShareBelowOne, Text


class Economics(Model):
    """Rates of one region and year. Yearly costs are spread over *hours_per_year* of running the line, 8784 of a leap year at most.

    *practical_capacity* is the share of those hours in which a tool can be expected to work; the rate of a tool-hour is
    cost / practical hours (time-driven activity-based costing), and what lots do not use is the cost of unused capacity.
    With *interest* the yearly cost of a tool is price × capital recovery factor, else straight line; its *residual_value* is a share of the
    price that comes back at the end of its life (at 1, only interest on the price is paid).

    An operator's hour at a tool costs ``labour_rate``: *paid_per_worked* hours are paid for one worked (breaks, holidays, illness), and in
    *premium_shifts_per_week* of the *shifts_per_week* (nights, Sundays) *shift_premium* more. *indirect_per_direct* others work for each operator.

    *nre_usd* is spread, as tooling is, over *volume_units*: the units of all panels started while the products live, lost or not.
    *units_per_year* packages started a year decide on minimum lots (left out: what the release comes to). *scrap_recovery* is the share of the
    metal in scrapped packages that is sold. *margin* is a share of the price, and no part of any cost.
    """

    currency: Text = "USD"
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    hours_per_year: Annotated[float, Field(ge=1, le=8784)] = 8760.0
    practical_capacity: PracticalShare = 0.8
    life_years: Positive = 5.0
    interest: NonNegative = 0.0
    residual_value: Share = 0.0
    installation: NonNegative = 0.0
    upkeep: NonNegative = 0.0
    floor_usd_per_m2_year: NonNegative = 0.0
    floor_multiplier: Positive = 1.0
    electricity_usd_per_kwh: NonNegative = 0.0
    labour_usd_per_h: NonNegative = 0.0
    paid_per_worked: Annotated[float, Field(ge=1, le=3)] = 1.0
    shifts_per_week: Positive = 21.0
    premium_shifts_per_week: NonNegative = 0.0
    shift_premium: NonNegative = 0.0
    indirect_per_direct: NonNegative = 0.0
    indirect_usd_per_h: NonNegative | None = None
    overhead: NonNegative = 0.0
    volume_units: Positive = 1_000_000.0
    units_per_year: Positive | None = None
    nre_usd: NonNegative = 0.0
    scrap_recovery: Share = 0.0
    margin: ShareBelowOne = 0.0
    source: Text | None = None
    note: Text | None = None

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
