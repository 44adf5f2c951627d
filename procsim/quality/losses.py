"""Gathers what left a block's panels into its Leavings, and outcomes of single lots into those of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from procsim.lots.records import Leavings, LotOutcomes
from procsim.maths.arrays import Floats, Ints

Gone = tuple[Ints, int, Ints, Ints, Floats, bool]
"""Lots, the step, causes, kinds and units that leave there, and whether they were found bad (else lost with their panel)."""


def copies(one: LotOutcomes, rows: int) -> LotOutcomes:
    """The outcomes of *rows* lots that are all like *one*."""
    tables = {name: np.repeat(getattr(one, name), rows, axis=0) for name in LotOutcomes.__dataclass_fields__ if name != "leavings"}
    gone = one.leavings
    lots = np.repeat(np.arange(rows, dtype=np.int64), len(gone.lot))
    leavings = Leavings(lots, *(np.tile(getattr(gone, name), rows) for name in ("step", "cause", "kind", "found", "lost")))
    return LotOutcomes(**tables, leavings=leavings)


def blended(each: Sequence[LotOutcomes], chances: Sequence[float]) -> LotOutcomes:
    """The mean of outcomes that come with their *chances*."""
    if len(each) == 1:
        return each[0]
    tables = {name: sum(chance * getattr(one, name) for one, chance in zip(each, chances, strict=True))
              for name in LotOutcomes.__dataclass_fields__ if name != "leavings"}
    return LotOutcomes(**tables, leavings=_joined([replace(one.leavings, found=one.leavings.found * chance, lost=one.leavings.lost * chance)
                                             for one, chance in zip(each, chances, strict=True)]))


def _joined(each: Sequence[Leavings]) -> Leavings:
    return Leavings(**{f.name: np.concatenate([getattr(one, f.name) for one in each]) for f in fields(Leavings)})


def stacked(each: Sequence[LotOutcomes]) -> LotOutcomes:
    """The outcomes of lots of which each has its own: all lots come first, then all first parts of lots, and so on."""
    tables = {name: _layered([getattr(one, name) for one in each]) for name in LotOutcomes.__dataclass_fields__ if name != "leavings"}
    gone = [replace(one.leavings, lot=one.leavings.lot + row) for row, one in enumerate(each)]
    return LotOutcomes(**tables, leavings=_joined(gone))


def _layered(each: Sequence[Floats]) -> Floats:
    """First rows of all tables, then all second ones, …"""
    return np.stack(each, axis=1).reshape(-1, *each[0].shape[1:])


def leavings(left: Sequence[Gone]) -> Leavings:
    """All that *left* as one table."""
    rows = [(lot, np.full(len(lot), p), cause, kind, units, np.full(len(lot), found)) for lot, p, cause, kind, units, found in left]
    if not rows:
        none = np.zeros(0, dtype=np.int64)
        return Leavings(none, none, none, none, np.zeros(0), np.zeros(0))
    lot, step, cause, kind, units, found = (np.concatenate(column) for column in zip(*rows, strict=True))
    kept = units > 0
    return Leavings(lot[kept], step[kept], cause[kept], kind[kept], np.where(found, units, 0.0)[kept], np.where(found, 0.0, units)[kept])
