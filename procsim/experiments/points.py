"""Evaluates a flow at many points in closed form: the same recipe with other values at some addresses, of which only what moves is made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from procsim.closed_form.basis import Basis
from procsim.closed_form.capacity import resource_names
from procsim.closed_form.marginal_cost import supplied, tools_held
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.planning.geometry import geometry, same_shape
from procsim.planning.plan import Plan
from procsim.recipe.load import again, load
from procsim.recipe.near import near
from procsim.recipe.numbers import Reread, parted, reread
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import metrics_of
from procsim.results.overload import overloads

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


SHAPES = 16
"""Flows with other steps or methods that are kept, at most: a grid asks for each of them with many numbers."""


class Evaluator:
    """A *flow*, a recipe or its file, with its edits *sets* and the variants *over* it, of which any number of points can be asked.

    Where a point differs in numbers alone, nothing of the recipe is read again but what holds them, the package is built again only where its
    shape may follow, and of the Plan only those pieces are made again that the numbers move. Where it has other steps or methods, the same holds of
    the flow that has these.
    """

    def __init__(self, flow: Path | str | Recipe, sets: Sequence[str] = (), over: Sequence[Path | str] = ()) -> None:
        """Raises RecipeError where the flow itself is wrong."""
        read = flow if isinstance(flow, Recipe) else load(flow, sets, over=over)
        self.recipe = again(read, sets, over) if read is flow and (sets or over) else read
        self.path, self.sets, self.over = self.recipe.path, self.recipe.sets, self.recipe.over
        self._shapes: dict[tuple[str, ...], Basis | None] = {}

    @cached_property
    def basis(self) -> Basis:
        """The flow as it stands, from which its points are made."""
        return Basis.of(self.recipe)

    @property
    def plan(self) -> Plan:
        """The Plan of the flow as it stands."""
        return self.basis.plan

    def recipe_at(self, values: Values) -> Recipe:
        """The whole recipe there. Raises RecipeError."""
        return again(self.recipe, _texts(values))

    def plan_at(self, values: Values) -> Plan:
        """The Plan there, in which nobody has looked for what is suspicious. Raises RecipeError where there can be no such recipe."""
        near = self._near(values)
        return self._settled(values) if near is None else near[0].plan_at(near[1])

    def at(self, values: Values, fixed_line: bool = False, *, timed: bool = True) -> Point:
        """The Point there, with *fixed_line* as of ``pointed``; if not *timed*, without times, which takes half as long. Raises RecipeError where
        there can be no such recipe."""
        near = self._near(values)
        if near is None:
            return pointed(self._settled(values), fixed_line, timed=timed)
        return _point(*near[0].at(near[1], timed=timed), fixed_line)

    def equipped(self, values: Values, point: Point) -> Point:
        """*point*, which is the one there, with the tools that it takes besides its own, so that it can be simulated. Raises InfeasibleError where no
        number of tools does."""
        own, held = point.plan.groups.count, tools_held(point.plan, point.closed)
        if not np.isfinite(held).all():
            raise InfeasibleError("; ".join(overloads(point.plan, point.closed)))
        more = {f"tools.{name}.count": f"{held[g]:.0f}" for g, name in enumerate(point.plan.groups.names) if held[g] > own[g]}
        found = self.at({**values, **more}) if more else point
        if left := overloads(found.plan, found.closed):
            raise InfeasibleError("; ".join(left))
        return found

    def _near(self, values: Values) -> tuple[Basis, Reread] | None:
        """The flow, or one with other steps or methods, and its numbers there; None where all of it has to be read."""
        found = reread(self.recipe, texts := _texts(values))
        if found is not None:
            return self.basis, found
        shape, numbers = parted(self.recipe, texts)
        for first, then in dict.fromkeys([(tuple(shape), tuple(numbers)), (tuple(texts), ())]):
            basis = self._shaped(first, final=not then)
            found = reread(basis.recipe, then) if basis is not None else None
            if basis is not None and found is not None:
                return basis, found
        return None

    def _settled(self, values: Values) -> Plan:
        """The Plan there, where all of the recipe has to be read; packages of a mix that the edits leave as they are, are not built anew."""
        found, before = self.recipe_at(values), self.recipe.packages
        kept = {name: self.basis.given.packages[name] for name, part in found.packages.items() if name in before and same_shape(part, before[name])}
        return settled(found, geometry(found, warned=False, known=kept) if found.packages else None, warned=False)

    def _shaped(self, texts: tuple[str, ...], final: bool) -> Basis | None:
        """The flow after the edits *texts*, kept for other numbers on it; None where it cannot be read near the flow, or, unless these edits are all
        that there are, not be built. Raises RecipeError."""
        if texts not in self._shapes:
            recipe = near(self.recipe, texts)
            try:
                found = Basis.of(recipe, self.basis.given if same_shape(recipe, self.recipe) else None) if recipe is not None else None
            except RecipeError:
                if final:
                    raise
                return None
            while len(self._shapes) >= SHAPES:
                del self._shapes[next(iter(self._shapes))]
            self._shapes[texts] = found
        return self._shapes[texts]


def pointed(plan: Plan, fixed_line: bool = False, *, timed: bool = True) -> Point:
    """The Point of a *plan*; with *fixed_line* the line keeps its tools, however overloaded."""
    return _point(plan, solve(plan, timed=timed), fixed_line)


def _point(plan: Plan, closed: ClosedForm, fixed_line: bool) -> Point:
    return Point(plan, closed, closed if fixed_line else supplied(plan, closed))


def _texts(values: Values) -> list[str]:
    return [f"{address}={value}" for address, value in values.items()]
