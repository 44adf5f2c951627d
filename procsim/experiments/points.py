"""Evaluates a flow at many points in closed form: the same recipe with other values at some addresses, of which only what moves is made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from procsim.closed_form.capacity import resource_names
from procsim.closed_form.marginal_cost import supplied, tools_held
from procsim.closed_form.settled import settle, settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.planning.geometry import Geometry, geometry
from procsim.planning.make import completed, put_together
from procsim.planning.package import remade
from procsim.planning.plan import Plan
from procsim.recipe.load import load
from procsim.recipe.numbers import Reread, reread
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import shipped
from procsim.results.metrics import METRICS, metrics_of

Values = Mapping[str, str]
"""What stands at each address, as ``--set`` takes it."""


@dataclass(frozen=True, slots=True)
class Point:
    """A flow at one point: its *plan*, its *closed* form, and *kept*, that of a line which puts through all that is released, with the tools that
    this takes (with a fixed line: *closed* itself)."""

    plan: Plan
    closed: ClosedForm
    kept: ClosedForm

    @property
    def tools_added(self) -> float:
        """Tools that the line takes besides its own."""
        return float((tools_held(self.plan, self.closed) - self.plan.groups.count).sum()) if self.kept is not self.closed else 0.0

    @property
    def bottleneck(self) -> str:
        """The most loaded tool group, or pool of operators, of the line as the recipe has it."""
        return resource_names(self.plan)[int(self.closed.loads.argmax())]

    def figures(self) -> dict[str, float]:
        """Every figure that the closed form knows, by the name that it has in summary.csv, with *bottleneck_load* and *tools_added*. Loads and
        waiting are those of the tools that the recipe has; nan is what has no closed form."""
        found = {metric.name: float(metric.expected(self.kept)) for metric in metrics_of(self.plan)}
        found["bottleneck_load"] = float(self.closed.loads.max(initial=0.0))
        found["tools_added"] = self.tools_added
        return found | {name: float(value) for name, _, value, _ in self.plan.merits}


def figure_units(plan: Plan) -> dict[str, str]:
    """The unit of every figure that a point of a flow like *plan* has, by its name."""
    found = {metric.name: metric.unit for metric in metrics_of(plan)} | {"bottleneck_load": "1", "tools_added": "1"}
    return found | {name: unit for name, unit, _, _ in plan.merits}


KNOWN = tuple(metric.name for metric in METRICS)
"""Figures that flows have as a rule."""


def pointed(plan: Plan, fixed_line: bool = False) -> Point:
    """The Point of a *plan*; with *fixed_line* the line keeps its tools, however overloaded."""
    closed = solve(plan)
    return Point(plan, closed, closed if fixed_line else supplied(plan, closed))


class Evaluator:
    """A flow, the file *path* with its edits *sets* and the variants *over* it, of which any number of points can be asked.

    Where a point differs in numbers alone, nothing of the recipe is read again but what holds them, the package is built again only where its
    shape may follow, and of the Plan only those pieces are made again that the numbers move.
    """

    def __init__(self, path: Path | str, sets: Sequence[str] = (), over: Sequence[Path | str] = ()) -> None:
        """Raises RecipeError where the flow itself is wrong."""
        self.path, self.sets, self.over = shipped(path), tuple(sets), tuple(over)
        self.recipe = load(self.path, self.sets, over=self.over)

    @cached_property
    def given(self) -> Geometry:
        """What follows from the geometry of the flow as it stands."""
        return geometry(self.recipe)

    @cached_property
    def open(self) -> Plan:
        """The Plan of the flow as it stands, in which what the recipe leaves open holds a place."""
        return put_together(self.recipe, self.given)

    @cached_property
    def plan(self) -> Plan:
        """The Plan of the flow as it stands."""
        return completed(self.recipe, settle(self.recipe, self.given, self.open))

    def recipe_at(self, values: Values) -> Recipe:
        """The whole recipe there. Raises RecipeError."""
        return load(self.path, [*self.sets, *_texts(values)], over=self.over)

    def plan_at(self, values: Values) -> Plan:
        """The Plan there. Raises RecipeError where there can be no such recipe."""
        found = reread(self.recipe, _texts(values)) if values else None
        if not values:
            return self.plan
        return settled(self.recipe_at(values)) if found is None else self._remade(found)

    def at(self, values: Values, fixed_line: bool = False) -> Point:
        """The Point there. Raises RecipeError where there can be no such recipe."""
        return pointed(self.plan_at(values), fixed_line)

    def _remade(self, found: Reread) -> Plan:
        if found.shapes:
            return settled(found.recipe)
        if "all" in found.pieces or self.plan.wip is not None:
            return settled(found.recipe, self.given)
        plan = self.plan if self.plan.wanted is None else self.open
        for piece in ("times", "losses", "groups", "money"):
            if piece in found.pieces:
                plan = remade(found.recipe, self.given, plan, piece)
        return settle(found.recipe, self.given, plan)


def _texts(values: Values) -> list[str]:
    return [f"{address}={value}" for address, value in values.items()]


