"""Holds amounts that vary and amounts that are sums over drivers: a distribution, and what a number is per."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from procsim.maths import distributions
from procsim.model.base import Model, NonNegative, Positive, Sized


class _Constant(Model):
    value: NonNegative
    """The one value that is always taken, in the unit of the field that holds the distribution."""


class _Mean(Model):
    mean: Positive
    """The mean; an exponential's standard deviation is as large."""


class _LowHigh(Model):
    low: NonNegative
    """The smallest value that can come."""
    high: NonNegative
    """The largest value that can come; all between are equally likely."""


class _Triangle(Model):
    low: NonNegative
    """The smallest value that can come."""
    mode: NonNegative
    """The most likely value, between low and high."""
    high: NonNegative
    """The largest value that can come."""


class _MeanSd(Model):
    mean: Positive
    """The mean of the normal distribution before it is cut off at 0: no time or amount is negative."""
    sd: NonNegative
    """The standard deviation before it is cut off at 0."""


class _MeanSpread(Model):
    mean: Positive
    """The mean of the values themselves, not of their logarithms."""
    cv: Annotated[float, Field(ge=0, le=distributions.MOST_CV), Sized] | None = None
    """Coefficient of variation: standard deviation over mean. One of cv and sd is given."""
    sd: NonNegative | None = None
    """Standard deviation of the values themselves, in their unit. One of cv and sd is given."""


class _Erlang(Model):
    mean: Positive
    """The mean of the sum of all phases."""
    k: Annotated[int, Field(ge=1, le=1000)]
    """The number of equal exponential phases: the coefficient of variation is 1/√k."""


class _Gamma(Model):
    mean: Positive
    """The mean; shape and scale follow from it and the spread."""
    cv: Annotated[float, Field(ge=distributions.LEAST_CV, le=distributions.MOST_CV)] | None = None
    """Coefficient of variation: standard deviation over mean; 1 is the exponential. One of cv and sd is given."""
    sd: NonNegative | None = None
    """Standard deviation, in the unit of the value. One of cv and sd is given."""


class _Weibull(Model):
    mean: Positive
    """The mean; the scale follows from it."""
    shape: Annotated[float, Field(ge=distributions.WEIBULL_SHAPES[0], le=distributions.WEIBULL_SHAPES[1])]
    """Below 1 the hazard falls with age (early failures), at 1 it is the exponential, above 1 it rises (wear-out)."""


class _Discrete(Model):
    values: list[NonNegative]
    """The values that can come."""
    weights: list[NonNegative] | None = None
    """How often each value comes, in proportion, one for each value; left out, all come equally often."""


class Law(Model):
    """A distribution: one kind and its parameters, such as ``{lognormal: {mean: 45, cv: 0.2}}``.

    It is drawn once per lot visit and multiplied by the amount; ``each: true`` draws for every item.
    """

    constant: _Constant | None = None
    """Always the same value."""
    exponential: _Mean | None = None
    """Memoryless: what times between failures and arrivals are taken for where nothing more is known."""
    uniform: _LowHigh | None = None
    """Anything between low and high, equally likely."""
    triangular: _Triangle | None = None
    """Between low and high with a most likely value: what an engineer can say without data."""
    normal: _MeanSd | None = None
    """Symmetric about its mean and cut off at 0."""
    lognormal: _MeanSpread | None = None
    """Positive and skewed to the right: manual work, repairs."""
    gamma: _Gamma | None = None
    """Positive, skewed, with any coefficient of variation."""
    erlang: _Erlang | None = None
    """The sum of k equal exponential phases."""
    weibull: _Weibull | None = None
    """Times to failure whose hazard rises or falls with age."""
    discrete: _Discrete | None = None
    """One of several values, each with a weight."""
    each: bool = False
    """Draws for every item of the driver instead of once for each visit of a lot: over 400 dies a cv of 0.5 becomes one of 0.025."""

    @model_validator(mode="after")
    def _one_kind(self) -> Law:
        if len(self._given()) != 1:
            raise ValueError(f"a distribution has one kind, of: {', '.join(distributions.KINDS)}")
        _ = self.law
        return self

    def _given(self) -> list[str]:
        return [kind for kind in distributions.KINDS if getattr(self, kind) is not None]

    @cached_property
    def law(self) -> distributions.Distribution:
        """The distribution itself, in the unit of the field that holds it. Raises ``ValueError`` where there is none of such parameters."""
        kind = self._given()[0]
        return distributions.make(kind, {name: value for name, value in getattr(self, kind) if value is not None})


def _number_or_law(value: Any) -> str:
    return "(law)" if isinstance(value, Mapping | Law) else "(number)"


Amount = Annotated[Annotated[NonNegative, Tag("(number)")] | Annotated[Law, Tag("(law)")], Discriminator(_number_or_law)]
"""A number, or a distribution where a number may vary."""

DRIVERS = ("run", "lot", "panel", "unit", "die", "pad", "via", "ball", "cm2", "um", "cm3", "m")
"""What an amount may be per; ``quantities`` defines each for every op."""


class Per(Model):
    """An amount summed over drivers: ``{per_panel: 45, per_via: 0.0005}``."""

    per_run: Amount | None = None
    """For each run of the tool, whoever shares it: lots of one batch pay it once."""
    per_lot: Amount | None = None
    """For each lot."""
    per_panel: Amount | None = None
    """For each panel of the lot, the last of a pass counted like the first."""
    per_unit: Amount | None = None
    """For each package on the panel; with `skip_known_bad` only for those not yet found bad."""
    per_die: Amount | None = None
    """For each die that the step works on."""
    per_pad: Amount | None = None
    """For each die pad that the step works on."""
    per_via: Amount | None = None
    """For each hole that the step makes, fills or looks at."""
    per_ball: Amount | None = None
    """For each bonding point: ball, bump, stud or pin."""
    per_cm2: Amount | None = None
    """For each cm² that the step covers, opens or removes; `procsim show` prints which area an op means."""
    per_um: Amount | None = None
    """For each µm of thickness that the step lays down or takes away."""
    per_cm3: Amount | None = None
    """For each cm³ of material that the step lays down or takes away."""
    per_m: Amount | None = None
    """For each metre of cut along the streets of the panel."""

    @model_validator(mode="after")
    def _of_something(self) -> Per:
        if not self.model_fields_set:
            raise ValueError("a sum over nothing: give per_panel, per_unit …, or leave it out (null takes it away)")
        return self

    @cached_property
    def terms(self) -> tuple[tuple[str, distributions.Distribution, bool], ...]:
        """(driver, distribution of one item, drawn for each item?) for every driver given."""
        found = [(driver, getattr(self, f"per_{driver}")) for driver in DRIVERS]
        return tuple((driver, law_of(value), isinstance(value, Law) and value.each) for driver, value in found if value is not None)


def _kind_of_sum(value: Any) -> str:
    if isinstance(value, Per):
        return "(per)"
    if isinstance(value, Law):
        return "(law)"
    if not isinstance(value, Mapping):
        return "(number)"
    return "(law)" if any(key in distributions.KINDS for key in value) else "(per)"


Sum = Annotated[
    Annotated[NonNegative, Tag("(number)")] | Annotated[Law, Tag("(law)")] | Annotated[Per, Tag("(per)")], Discriminator(_kind_of_sum)
]
"""A sum over drivers; a plain number or distribution is per run."""

TAGS = frozenset({"(number)", "(number or auto)", "(law)", "(per)", "(a pool)", "(an entry)", "(entries)", "(one)", "(several)", "(in order)",
                  "(by step)"})
"""Words that pydantic puts into an error's path; nothing in a recipe is called so."""


def law_of(value: float | Law) -> distributions.Distribution:
    """*value* as a distribution."""
    return value.law if isinstance(value, Law) else distributions.Constant(float(value))


def terms_of(value: float | Law | Per) -> Sequence[tuple[str, distributions.Distribution, bool]]:
    """*value* as (driver, distribution, each) terms; an amount that names no driver is per run."""
    if isinstance(value, Per):
        return value.terms
    return [("run", law_of(value), isinstance(value, Law) and value.each)]
