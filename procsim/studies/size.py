"""Offers ``procsim.size``: the cheapest tools for what is asked of a line, what each limit costs, confirmed by simulation, and kept as a what-if."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from procsim.closed_form.tool_counts import load_of_full_batches
from procsim.costs.totals import Totals
from procsim.engine.engines import using
from procsim.errors import Problem, RecipeError
from procsim.experiments.processes import Workers
from procsim.experiments.replicate import replicate
from procsim.experiments.sizing import LOTS, Ask, Sizing, lot_sizes, size_line
from procsim.experiments.vary import Axis, axis
from procsim.maths.numerals import number
from procsim.recipe.recipe import Recipe
from procsim.studies.effect import refuse_unsimulated
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.result import Result
from procsim.studies.save_flow import save_edited
from procsim.studies.size_tables import limit_costs, sized_choices, sized_figures, sized_tools, thumb_rules

WORD = "sized"
"""What a flow is that ``save_flow`` wrote."""


@dataclass(frozen=True, eq=False, repr=False)
class SizeResult(Result):
    """A line that was *sized*, and, where it was simulated, the *totals* of its replications. Tables: *tools*, *figures*, *limits*, and where there
    were such, *choices* and *rules*; a picture, *size*."""

    kind: ClassVar[str] = "size"
    sized: Sizing
    totals: Sequence[Totals] = ()

    @property
    def title(self) -> str:
        plan, closed = self.sized.after
        weekly = closed.flow.good * closed.starts.lots_per_h * 168
        asked = number(weekly, max(4, len(f"{weekly:.0f}")))  # whole where it is large
        return f"{self.sized.recipe.title}: {int(plan.groups.count.sum())} tools for {asked} good units a week"

    @property
    def edits(self) -> list[str]:
        """The edits that give the flow what was found: ``procsim.run(flow, set=result.edits)``."""
        return [f"{address}={value}" for address, value in self.sized.edits.items()]

    @property
    def recipes(self) -> Sequence[Recipe]:
        return [self.sized.recipe]

    @property
    def warnings(self) -> list[str]:
        """Which groups are loaded more than was asked for, since their batches start before they are full."""
        plan, closed = self.sized.after
        full = load_of_full_batches(plan, closed.flow.lot)
        return [f"{name} is {number(100 * load, 3)} % loaded, since its batches start before they are full; max_load is kept by full ones, which "
                f"would load it {number(100 * least, 3)} %" for name, load, least in zip(plan.groups.names, closed.tools.load, full, strict=True)
                if load > plan.max_load * (1 + 1e-9) >= least]

    def facts(self) -> Mapping[str, Any]:
        found = self.sized.sized
        return {"flow": str(self.sized.recipe.path), "set": list(self.sized.recipe.sets), "edits": dict(self.sized.edits), "proven": found.proven,
                "how": found.how, "sets_of_tools_tried": found.tried, "replications": len(self.totals), "warnings": self.warnings}

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        made = {"tools": sized_tools(self.sized), "figures": sized_figures(self.sized, self.totals), "limits": limit_costs(self.sized)}
        if self.sized.axes:
            made["choices"] = sized_choices(self.sized)
        return made | ({"rules": thumb_rules(self.sized)} if self.sized.sized.rules else {})

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        def drawn() -> bytes:
            from procsim.figures import size as figures
            from procsim.figures import style

            return style.svg(figures.size(self.tools, self.limits, self.sized.after[0].max_load, self.title), "size")

        return {"size": drawn}

    def save_flow(self, file: Path | str) -> None:
        """Writes *file*, a what-if that extends the flow and has the tools that were found.

        Raises RecipeError where the file is there already and no such what-if, or where it could not lead to the flow; OSError."""
        save_edited(file, self.sized.recipe, WORD, self.title, self.sized.edits)


def size(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), *, good_per_week: float | None = None, max_load: float | None = None,
         max_cycle_time_h: float = math.inf, choose: Sequence[str] = (), simulate: bool = False, replications: int | None = None,
         seed: int | None = None, engine: str | None = None, executor: Workers | None = None,
         progress: Callable[[int], None] = lambda _: None) -> SizeResult:
    """The cheapest tools with which *flow* makes *good_per_week* good units (left out: what it releases), no group loaded more than *max_load* (left
    out: the line's own, 0.85), in *max_cycle_time_h* at most; and how sure that is. *choose* names what else may be chosen, each ``address=values``
    as ``--vary`` has it, or ``lots``, sizes of lots. With *simulate* the line is simulated, and its figures have intervals.
    On the command line *choose* is ``--over``, and *over*, what-ifs that the flow has, is ``--with``.

    >>> found = size("flows:embodiment_1.yaml", good_per_week=500_000)
    >>> found.tools.columns[:3].to_list(), bool((found.tools["count_after"] <= found.tools["count_before"]).all())
    (['tool_group', 'count_before', 'count_after'], True)

    Raises RecipeError where the flow is wrong or has no rate, InfeasibleError where no number of tools does what is asked.
    """
    _numbers(good_per_week, max_load, max_cycle_time_h)
    refuse_unsimulated(simulate, ": give simulate=True, too, or leave it out", replications, seed)
    recipe = load(flow, set, over)
    axes = tuple(lot_sizes(recipe) if one == LOTS else _axis(one) for one in choose)
    ask = Ask(good_per_week, max_load, max_cycle_time_h, axes)
    found = size_line(recipe, ask, progress)
    plan = replace(found.after[0], seed=found.after[0].seed if seed is None else seed)
    with using(engine):
        totals = replicate(plan, replications or plan.replications, executor=executor, progress=progress) if simulate else ()
    return SizeResult(found, totals)


def _numbers(good: float | None, load: float | None, hours: float) -> None:
    """Raises RecipeError for numbers that nobody can mean."""
    if good is not None and not 0 < good < math.inf:
        raise RecipeError(Problem(f"--good-per-week must be above 0 (got {good:g})"))
    if load is not None and not 0.01 <= load < 1:
        hint = f"; {load:g} % is {load / 100:g}" if 1 < load < 100 else ""
        raise RecipeError(Problem(f"--max-load must be at least 0.01 and below 1 (got {load:g}){hint}"))
    if not hours > 0:
        raise RecipeError(Problem(f"--max-cycle-time-h must be above 0 (got {hours:g})"))


def _axis(text: str) -> Axis:
    try:
        return axis(text)
    except RecipeError as error:
        raise RecipeError(*(replace(one, message=one.message.replace("--vary", "--over")) for one in error.problems)) from None
