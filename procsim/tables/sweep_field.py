"""Lays a figure of a sweep out over two of its axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from procsim.maths.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Field:
    """*values* (F, Y, X) of each of *flows* over the rising *x* (X,) and *y* (Y,); nan where a point has no figures."""

    flows: tuple[str, ...]
    x: Floats
    y: Floats
    values: Floats

    @property
    def whole(self) -> bool:
        """Whether every point has figures."""
        return not bool(np.isnan(self.values).any())

    def finer(self, steps: int) -> Field:
        """The same with so many *steps* along each axis, and straight lines between its points."""
        x, y = (np.linspace(axis[0], axis[-1], steps) for axis in (self.x, self.y))
        rows = np.array([[np.interp(x, self.x, row) for row in grid] for grid in self.values])
        return Field(self.flows, x, y, np.array([[np.interp(y, self.y, column) for column in grid.T] for grid in rows]).transpose(0, 2, 1))

    def more(self) -> Floats:
        """What the second flow has more than the first, (Y, X)."""
        return np.asarray(self.values[1] - self.values[0])

    def lowest(self) -> Ints:
        """Which flow has the lowest figure, (Y, X); -1 where none has one."""
        known = np.where(np.isnan(self.values), np.inf, self.values)
        return np.where(np.isinf(known).all(axis=0), -1, known.argmin(axis=0))

    def lead(self, flow: int) -> Floats:
        """What a flow has more than the lowest of the others, (Y, X)."""
        known = np.where(np.isnan(self.values), np.inf, self.values)
        others = np.delete(known, flow, axis=0).min(axis=0)
        return np.where(np.isinf(others), np.nan, self.values[flow] - np.where(np.isinf(others), 0.0, others))


def bounds(values: Floats) -> tuple[float, float]:
    """The lowest and the highest number among *values*; 0 and 0 where there is none."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def field(points: pd.DataFrame, across: str, up: str, figure: str) -> Field:
    """The *figure* over the columns *across* and *up*."""
    flows = tuple(points["flow"].unique().tolist())
    x, y = (np.sort(points[name].dropna().unique()).astype(float) for name in (across, up))
    grids = [points[points["flow"] == flow].drop_duplicates([up, across]).pivot(index=up, columns=across, values=figure).reindex(index=y, columns=x)
             for flow in flows]
    return Field(flows, x, y, np.array([grid.to_numpy(dtype=float) for grid in grids]))
