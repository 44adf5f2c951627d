"""Makes the Plan of a recipe: the package or packages on their line, the lots that are there at the start, and what is suspicious about all of it.

    geometry ─▶ amounts at each step ─▶ times ─▶ route ─▶ chances · prices · queues ─▶ Plan
"""

from __future__ import annotations

from dataclasses import replace

from procsim.errors import RecipeError
from procsim.planning.checks.suspicious import suspicious
from procsim.planning.geometry import Geometry
from procsim.planning.make_wip import make_wip
from procsim.planning.mix import mixed
from procsim.planning.package import plan_of
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.section import limits


def make(recipe: Recipe, given: Geometry | None = None) -> Plan:
    """The Plan of *recipe*, over the Geometry *given* where a recipe that differs in no geometry has one already. What the recipe leaves open, as of
    ``Wanted``, holds a place: ``closed_form.settled`` finds it.

    Raises RecipeError where a package cannot be built or a number has nothing to count.
    """
    return completed(recipe, put_together(recipe, given))


def put_together(recipe: Recipe, given: Geometry | None = None) -> Plan:
    """That Plan, without the lots that are there at the start, and unsuspected."""
    if wrong := tuple(limits.problems(recipe, limits.OF_LINE)):
        raise RecipeError(*wrong)
    return mixed(recipe, of_packages(recipe, given)) if recipe.packages else plan_of(recipe, given)


def completed(recipe: Recipe, plan: Plan, *, warned: bool = True) -> Plan:
    """*plan*, which is that of *recipe*, with the lots that are there at the start, and, if *warned*, what is suspicious about all of it."""
    plan = replace(plan, wip=make_wip(recipe, plan))
    if not warned:
        return plan
    return replace(plan, warnings=(*plan.warnings, *limits.warnings(recipe, limits.OF_LINE), *suspicious(plan)))


def of_packages(recipe: Recipe, given: Geometry | None = None) -> dict[str, Plan]:
    """The Plan of each package of a mix, by itself, at its share of the volume."""
    return {name: plan_of(part, given.packages[name] if given else None, share_of(recipe, name)) for name, part in recipe.packages.items()}


def share_of(recipe: Recipe, name: str) -> float:
    """The package's share of the lots of its line."""
    packages = recipe.document.packages
    return packages[name].share / sum(one.share for one in packages.values())
