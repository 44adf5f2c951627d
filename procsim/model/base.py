"""Holds the base of every model class, and the kinds of number that a recipe may hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, GetPydanticSchema, StringConstraints, Tag, model_validator
from pydantic_core import core_schema

from procsim.maths import distributions

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_\-]*$", max_length=80)]
Text = Annotated[str, StringConstraints(max_length=2000)]
MOST = 1e12
"""No number of a recipe is larger: squares and sums of such numbers still are numbers."""
LEAST = 1e-18
"""No number of a recipe is smaller and not 0: squares of such numbers, and what is divided by them, still are numbers."""


class TooSmallError(ValueError):
    """A number that is as good as 0. What it is the number of stands before the message."""


def _sized(value: float) -> float:
    """*value*, which must be 0 (never -0) or large enough to reckon with."""
    if 0 < abs(value) < LEAST:
        raise TooSmallError(f"must be 0 or at least {LEAST:g} in size (got {value:g})")
    return value + 0.0


Sized = AfterValidator(_sized)
"""Stands behind the bounds of a number."""
NonNegative = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False), Sized]
Positive = Annotated[float, Field(gt=0, le=MOST, allow_inf_nan=False), Sized]
Whole = Annotated[int, Field(ge=1, le=100_000_000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), Sized]
PracticalShare = Annotated[float, Field(ge=0.001, le=1, allow_inf_nan=False)]
"""A share of time that something is divided by."""
PositiveShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False), Sized]
ShareBelowOne = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False), Sized]


def one_of(names: Iterable[str]) -> GetPydanticSchema:
    """The mark of a text that must be one of *names*. It does what Literal does for names that are written out, where they are the keys of a table.
    """
    return GetPydanticSchema(lambda _source, _handler: core_schema.literal_schema(list(names)))


class Model(BaseModel):
    """Strict (a text is no number), closed (an unknown key is a mistake) and frozen (an edit makes a new one)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False)


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

TAGS = frozenset({"(number)", "(number or auto)", "(law)", "(per)", "(a pool)", "(an entry)", "(entries)", "(one)", "(several)", "(by step)"})
"""Words that pydantic puts into an error's path; nothing in a recipe is called so."""


def law_of(value: float | Law) -> distributions.Distribution:
    """*value* as a distribution."""
    return value.law if isinstance(value, Law) else distributions.Constant(float(value))


def terms_of(value: float | Law | Per) -> Sequence[tuple[str, distributions.Distribution, bool]]:
    """*value* as (driver, distribution, each) terms; an amount that names no driver is per run."""
    if isinstance(value, Per):
        return value.terms
    return [("run", law_of(value), isinstance(value, Law) and value.each)]


MICROSECONDS = {"s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
"""Units of time a field's name may end in, in ticks of the simulation clock."""
LONGEST_US = 10**18
"""The longest time in a recipe, on average: the clock counts in 64-bit whole numbers of µs, and holds sums of several such times."""
LONGEST_H = LONGEST_US / MICROSECONDS["h"]
"""The same in hours: some 31 000 years."""


class FieldError(ValueError):
    """What is wrong with one *field* of a model, found by a check of the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def in_unit(holder: BaseModel, stem: str) -> tuple[Any, int] | None:
    """The value of ``<stem>_s``, ``_min`` or ``_h`` of *holder* and its unit in µs; None where none is given."""
    for field, ticks in _in_units(stem):
        value = vars(holder).get(field)
        if value is not None:
            return value, ticks
    return None


@cache
def _in_units(stem: str) -> tuple[tuple[str, int], ...]:
    return tuple((f"{stem}_{suffix}", ticks) for suffix, ticks in MICROSECONDS.items())


def one_unit(holder: BaseModel, *stems: str) -> None:
    """Raises ``ValueError`` where one duration is written in two units at once, or is longer than the clock holds."""
    for stem in stems:
        given = [f"{stem}_{suffix}" for suffix in MICROSECONDS if vars(holder).get(f"{stem}_{suffix}") is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} say the same thing; keep one")
        for field in given:
            longest, most = _longest(getattr(holder, field)), LONGEST_US / MICROSECONDS[field.rpartition("_")[2]]
            if longest > most:
                raise FieldError(field, f"{field} must be <= {most:.4g}, the longest time that the clock holds (got {longest:g})")


def _longest(value: Any) -> float:
    """The longest of the times that *value* holds, each by its mean."""
    if isinstance(value, Mapping | list):
        return max(map(_longest, value.values() if isinstance(value, Mapping) else value), default=0.0)
    return max((law.mean for _, law, _ in terms_of(value)), default=0.0)
