"""Solves a recipe with other numbers in closed form, of which only that is made and solved again which these numbers move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from procsim.closed_form.mean_flow import MeanFlow, mean_flow
from procsim.closed_form.settled import like, settle, settled
from procsim.closed_form.solve import ClosedForm, repriced, solve
from procsim.closed_form.starts import clocked
from procsim.errors import RecipeError
from procsim.planning.geometry import Geometry, geometry
from procsim.planning.make import completed, of_packages, put_together, share_of
from procsim.planning.mix import mixed
from procsim.planning.package import remade
from procsim.planning.plan import Plan
from procsim.quality.learning import Stay
from procsim.recipe.numbers import Reread
from procsim.recipe.recipe import Recipe
from procsim.section.limits import OF_LINE, OF_PACKAGE, problems

ALONE = ("line", "times", "losses", "groups", "money", "rates")
"""Pieces of a Plan that are made again one by one."""


@dataclass(frozen=True, slots=True)
class Basis:
    """A *recipe* with its Geometry, its Plan, *open* where the recipe leaves something open and settled, and its closed form, and the Plans of the
    *packages* of a mix: what the recipe with other numbers is made from. *lot* is what becomes of its mean lot, where that hangs on yields and the
    route alone: not on how long lots stay, and not on how many of each release go round."""

    recipe: Recipe
    given: Geometry
    open: Plan
    plan: Plan
    closed: ClosedForm
    packages: Mapping[str, Plan]
    lot: MeanFlow | None

    @classmethod
    def of(cls, recipe: Recipe, given: Geometry | None = None, *, timed: bool = True) -> Basis:
        """The Basis of *recipe* as it is, over the Geometry *given* where it is known; if not *timed*, without its times."""
        given = given or geometry(recipe)
        found = put_together(recipe, given)
        plan = completed(recipe, settle(recipe, given, found))
        lot = mean_flow(plan, Stay()) if clocked(plan) and not plan.losses.learns.any() else None
        return cls(recipe, given, plan if plan.wanted is None else found, plan, solve(plan, timed=timed, lot=lot), of_packages(recipe, given), lot)

    def at(self, other: Reread, *, timed: bool = True) -> tuple[Plan, ClosedForm]:
        """The Plan of the *other* recipe and its closed form; if not *timed*, without its times. Raises RecipeError where there can be none.

        Where money alone moves, nothing else is solved again, and the times are those of the recipe as it is."""
        if other.recipe is self.recipe:
            return self.plan, self.closed
        _check(other)
        if other.pieces <= {"money", "rates"} and not other.shapes:
            plan = like(other.recipe, self.given, self._remade(other), self.plan)
            return plan, repriced(self.closed, plan)
        plan = self._plan_at(other)
        if plan is self.plan:
            return self.plan, self.closed
        same = (plan.losses is self.plan.losses and plan.route is self.plan.route and not other.pieces & {"losses", "all"}
                and plan.lot_panels == self.plan.lot_panels and clocked(plan))
        return plan, solve(plan, timed=timed, lot=self.lot if same else None)

    def plan_at(self, other: Reread) -> Plan:
        """The Plan of the *other* recipe; nobody has looked for what is suspicious about it."""
        if other.recipe is self.recipe:
            return self.plan
        _check(other)
        return self._plan_at(other)

    def _plan_at(self, other: Reread) -> Plan:
        if other.shapes:
            return settled(other.recipe, warned=False)
        if self.plan.wip is not None:  # what is in the line at time 0 may follow from all of it
            return settled(other.recipe, self.given, warned=False)
        made = self._remade(other)
        return self.plan if made is self.open else settle(other.recipe, self.given, made)

    def _remade(self, other: Reread) -> Plan:
        if not other.recipe.packages:
            return _remade(other, other.recipe, self.given, self.open)
        return mixed(other.recipe, {name: _remade(other, other.recipe.packages[name], self.given.packages[name], plan, share_of(other.recipe, name))
                                    if other.within & {"", name} else plan for name, plan in self.packages.items()})


def _check(other: Reread) -> None:
    """Raises RecipeError where a number that has moved is beyond a bound. (Who builds the package anew looks at all of them.)"""
    if not other.shapes and (wrong := tuple(problems(other.recipe, OF_PACKAGE | OF_LINE, other.ends))):
        raise RecipeError(*wrong)


def _remade(other: Reread, recipe: Recipe, given: Geometry, plan: Plan, share: float = 1.0) -> Plan:
    """*plan*, of one package, with the pieces made again of *recipe* that *other* numbers move."""
    for piece in [piece for piece in ALONE if piece in other.pieces] if "all" not in other.pieces else ["all"]:
        plan = remade(recipe, given, plan, piece, share)
    return plan
