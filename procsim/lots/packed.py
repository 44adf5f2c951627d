"""Keeps tables of lots in the least room that holds the same numbers: while lots are in the line most of these are small whole numbers, or 0.

What is kept stands in memory row by row, however it was made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

SMALL = (np.uint8, np.uint16, np.uint32)
"""What whole numbers are kept in, the first that has room for them all."""

Tables = TypeVar("Tables")


def packed(table: Any) -> Any:
    """*table*, or one of the same numbers that takes less room."""
    least, most = (table.min(), table.max()) if table.size else (-1, -1)
    if not 0 <= least <= most <= np.iinfo(SMALL[-1]).max:
        return np.ascontiguousarray(table)
    if most == 0:
        return np.zeros(table.shape, SMALL[0])  # of which nothing is there until it is written to
    small = table.astype(next(kind for kind in SMALL if most <= np.iinfo(kind).max))
    return np.ascontiguousarray(small if np.array_equal(small, table) else table)


def packed_all(tables: Tables) -> Tables:
    """A record with all its arrays packed."""
    return _each(tables, packed)


def unpacked_all(tables: Tables, kind: type[np.generic]) -> Tables:
    """The same with all its arrays of one *kind* again."""
    return _each(tables, lambda table: table.astype(kind, copy=False))


def written(table: Any, row: int, values: Any, first: int = 0) -> Any:
    """A packed *table* with other *values*, a table of one row, in its *row* from the column *first* on: itself, if it has room for them."""
    with np.errstate(invalid="ignore"):
        fits = np.array_equal(values.astype(table.dtype), values)
    found = table if fits else table.astype(values.dtype)
    if values.ndim == 1:
        found[row] = values[0]
    else:
        found[..., row, first:] = values[..., 0, :]
    return found


def _each(tables: Tables, change: Callable[[Any], Any]) -> Tables:
    record: Any = tables
    found = {f.name: getattr(record, f.name) for f in fields(record)}
    made: Tables = replace(record, **{name: change(one) for name, one in found.items() if isinstance(one, np.ndarray)})
    return made
