"""Holds what a sweep found: the table of its points, the best of them, where flows cost the same, and pictures of one or two axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from procsim.experiments.design import Design
from procsim.experiments.evaluate import Wanted
from procsim.studies.result import Result
from procsim.tables import sweep as tables


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult(Result):
    """What a sweep found. ``result.points`` has a row for each point: the flow, what is varied, the figures (simulated: with their intervals and
    what the closed form expected), the bottleneck, what is overloaded, and *why* a point has no figures. ``result.best`` has a row for each flow:
    its points, and the best of them. ``result.break_even`` says where two flows have the same first figure. ``result.sets`` are the edits with which
    each flow was read."""

    kind: ClassVar[str] = "sweep"
    flows: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]
    design: Design
    wanted: Wanted
    units: Mapping[str, str]
    drawn: tuple[str, ...]
    folder: Path | None = None
    kept: pd.DataFrame | None = None

    @property
    def title(self) -> str:
        count, labels = len(self.design), self.labels or [self.design.label(n) for n in range(len(self.design.columns))]
        return f"{', '.join(self.flows)}: {count} point{'s' if count != 1 else ''} of {' × '.join(labels)}"

    @property
    def labels(self) -> list[str]:
        """What each dimension is called; the columns of a file of points are one, called by what tells its lines apart."""
        more = len(self.design.heads) - 1
        beside = f" (and {more} more column{'s' if more > 1 else ''})" if more > 0 else ""
        return [self.design.label(n) + (beside if n <= more else "") for n in self.design.dimensions]

    @property
    def words(self) -> list[str]:
        """Columns of what is varied that are no numbers."""
        return [name for name, numeric in zip(self.design.names, self.design.numeric, strict=True) if not numeric]

    def facts(self) -> Mapping[str, Any]:
        return {"names": list(self.flows), "varied": list(self.design.names), "rows": len(self.design) * len(self.flows),
                "figure": self.wanted.figures[0], "figures": {name: self.units[name] for name in self.wanted.figures},
                "fixed_line": self.wanted.fixed_line,
                "replications": self.wanted.replications, "seed": self.wanted.seed if self.wanted.replications else None}

    @cached_property
    def read(self) -> pd.DataFrame:
        """The points, read once."""
        if self.kept is not None:
            return self.kept
        assert self.folder is not None
        return tables.read(self.folder / "points.csv", self.words)

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        return {"points": self.read, "best": tables.best(self.read, self.design.names, self.wanted.figures[0]), "break_even": self._break_even()}

    def _break_even(self) -> pd.DataFrame:
        """Along the dimension of numbers that has the most values."""
        names = [self.design.names[n] for n in self.design.dimensions]
        along = [self.design.names[n] for n in self.design.dimensions if self.design.numeric[n]]
        if not along:
            return pd.DataFrame(columns=["flow", "other", *names, self.wanted.figures[0]])
        longest = max(along, key=lambda name: len({*self.read[name]}))
        return tables.break_even(self.read, self.wanted.figures[0], longest, [name for name in names if name != longest])

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        if not self.drawn or not self.design.dimensions:
            return {}
        from procsim.figures.sweep import Dimension, picture

        found = [Dimension(self.design.names[n], label, self.design.numeric[n]) for n, label in zip(self.design.dimensions, self.labels, strict=True)]
        return {name: partial(picture, self.read, found, name, self.units[name]) for name in self.drawn}
