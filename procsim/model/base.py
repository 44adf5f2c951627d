"""Holds the base of every model class, and the kinds of plain number that a recipe may hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetPydanticSchema, StringConstraints
from pydantic_core import core_schema

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


class FieldError(ValueError):
    """What is wrong with one *field* of a model, found by a check of the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
