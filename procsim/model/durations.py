"""Reads a duration that may be written in seconds, minutes or hours, and holds how long one may be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from procsim.model.amounts import terms_of
from procsim.model.base import FieldError

MICROSECONDS = {"s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
"""Units of time a field's name may end in, in ticks of the simulation clock."""
LONGEST_US = 10**18
"""The longest time in a recipe, on average: the clock counts in 64-bit whole numbers of µs, and holds sums of several such times."""
LONGEST_H = LONGEST_US / MICROSECONDS["h"]
"""The same in hours: some 31 000 years."""


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
