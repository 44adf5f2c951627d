"""Offers ``procsim.size``: the cheapest tools for what is asked of a line, what each limit costs, confirmed by simulation, and kept as a what-if."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from procsim import report
from procsim.costs.totals import Totals
from procsim.errors import Problem, RecipeError
from procsim.experiments.replicate import Workers, replicate
from procsim.experiments.sizing import LOTS, Ask, Sizing, lot_sizes, size_line
from procsim.experiments.vary import Axis, axis
from procsim.maths.numerals import number
from procsim.recipe.expand import tree_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import SHIPPED, resolved
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.result import Result
from procsim.studies.size_tables import limit_costs, sized_choices, sized_figures, sized_tools, thumb_rules

OURS = "# sized by procsim: "
"""How a file that ``save_flow`` wrote begins."""


@dataclass(frozen=True, eq=False, repr=False)
class SizeResult(Result):
    """A line that was *sized*, and, where it was simulated, the *totals* of its replications. Tables: *tools*, *figures*, *limits*, and where there
    were such, *choices* and *rules*."""

    kind: ClassVar[str] = "size"
    sized: Sizing
    totals: Sequence[Totals] = ()

    @property
    def title(self) -> str:
        plan, closed = self.sized.after
        weekly = closed.flow.good * closed.starts.lots_per_h * 168
        return f"{self.sized.recipe.title}: {int(plan.groups.count.sum())} tools for {number(weekly, 6)} good units a week"

    @property
    def edits(self) -> list[str]:
        """The edits that give the flow what was found: ``procsim.run(flow, set=result.edits)``."""
        return [f"{address}={value}" for address, value in self.sized.edits.items()]

    def facts(self) -> Mapping[str, Any]:
        found = self.sized.sized
        return {"flow": str(self.sized.recipe.path), "set": list(self.sized.recipe.sets), "edits": dict(self.sized.edits), "proven": found.proven,
                "how": found.how, "sets_of_tools_tried": found.tried, "replications": len(self.totals)}

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        made = {"tools": sized_tools(self.sized), "figures": sized_figures(self.sized, self.totals), "limits": limit_costs(self.sized)}
        if self.sized.axes:
            made["choices"] = sized_choices(self.sized)
        return made | ({"rules": thumb_rules(self.sized)} if self.sized.sized.rules else {})

    def save_flow(self, file: Path | str) -> None:
        """Writes *file*, a what-if that extends the flow and has the tools that were found.

        Raises RecipeError where the file is there already and no such what-if, or where it could not lead to the flow; OSError."""
        path = checked_file(file, self.sized.recipe)
        report.save_file(path, report.encoded(_text(self, path)))


def checked_file(file: Path | str, recipe: Recipe) -> Path:
    """*file*, where a what-if of *recipe* may be saved. Raises RecipeError where it may not."""
    path = Path(file)
    if recipe.root is not None:
        raise RecipeError(Problem(f"--save {path}: the recipe has no file that a what-if could extend"))
    if path.exists() and not (path.is_file() and path.read_bytes().startswith(OURS.encode())):
        raise RecipeError(Problem(f"--save {path}: is there already, and was not saved by procsim size; give another name"))
    if path.suffix not in (".yaml", ".yml"):
        raise RecipeError(Problem(f"--save {path}: a recipe's name ends in .yaml"))
    if not path.parent.is_dir():
        raise RecipeError(Problem(f"--save {path}: there is no folder {path.parent}"))
    for one in (recipe.path, *recipe.over):
        _way(path, one)
    return path


def _way(path: Path, to: Path) -> str:
    """How the file *path* names the recipe *to*."""
    there, tree = resolved(to), tree_of(path)
    if there == resolved(path):
        raise RecipeError(Problem(f"--save {path}: that is the flow itself"))
    if there.is_relative_to(tree):
        return Path(os.path.relpath(there, resolved(path).parent)).as_posix()
    if there.is_relative_to(resolved(SHIPPED)):
        return f"flows:{there.relative_to(resolved(SHIPPED)).as_posix()}"
    raise RecipeError(Problem(f"--save {path}: a what-if extends what lies in its own folder or below; save it in {there.parent}, or in a folder "
                              "whatif there"))


def _text(result: SizeResult, path: Path) -> str:
    """The what-if, in YAML."""
    recipe = result.sized.recipe
    bases = [_way(path, one) for one in (recipe.path, *recipe.over)]
    edits = {address: value for address, _, value in (text.partition("=") for text in recipe.sets)} | dict(result.sized.edits)
    return "\n".join([
        f"{OURS}{_line(result.title)}",
        f"extends: {bases[0]}" if len(bases) == 1 else f"extends: [{', '.join(bases)}]", f'name: "{_line(recipe.title)}, sized"',
        "changes:", "  set:", *(f"    {address.strip()}: {value.strip()}" for address, value in edits.items()), ""])


def _line(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def size(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), *, good_per_week: float | None = None, max_load: float | None = None,
         max_cycle_time_h: float = math.inf, choose: Sequence[str] = (), simulate: bool = False, replications: int | None = None,
         seed: int | None = None, executor: Workers | None = None, progress: Callable[[int], None] = lambda _: None) -> SizeResult:
    """The cheapest tools with which *flow* makes *good_per_week* good units (left out: what it releases), no group loaded more than *max_load* (left
    out: the line's own, 0.85), in *max_cycle_time_h* at most; and how sure that is. *choose* names what else may be chosen, each ``address=values``
    as ``--vary`` has it, or ``lots``, sizes of lots. With *simulate* the line is simulated, and its figures have intervals.

    >>> found = size("flows:embodiment_1.yaml", good_per_week=500_000)
    >>> found.tools.columns[:3].to_list(), bool((found.tools["count_after"] <= found.tools["count_before"]).all())
    (['tool_group', 'count_before', 'count_after'], True)

    Raises RecipeError where the flow is wrong or has no rate, InfeasibleError where no number of tools does what is asked.
    """
    _numbers(good_per_week, max_load, max_cycle_time_h)
    recipe = load(flow, set, over)
    axes = tuple(lot_sizes(recipe) if one == LOTS else _axis(one) for one in choose)
    ask = Ask(good_per_week, max_load, max_cycle_time_h, axes)
    found = size_line(recipe, ask, progress)
    plan = replace(found.after[0], seed=found.after[0].seed if seed is None else seed)
    totals = replicate(plan, replications or plan.replications, executor=executor) if simulate else ()
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
