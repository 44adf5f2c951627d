"""Checks a flow, and shows it flat: legality, quantities and capacity at a glance, and where all of it came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.errors import InfeasibleError
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.results.diagnostics import of_buffers, of_numbers, of_plan, of_release, of_yield
from procsim.results.overload import overloads, refuse_overload, short_of_staff
from procsim.section.build import build
from procsim.section.figures_of_merit import merits
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.record import identity
from procsim.studies.result import Ready
from procsim.tables import recipe as of_recipe
from procsim.tables.closed import closed_tables


def check(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> Ready:
    """What can be said of *flow* with the what-ifs *over* it and the edits *set* before it is run: tables ``steps``, ``tools`` with their loads in
    closed form, ``package`` and ``warnings``.

    Raises RecipeError where it is wrong, and InfeasibleError where its line cannot take what comes, with the tools that it would take and, as
    its notes, the warnings.

    >>> found = check("flows:embodiment_1.yaml")
    >>> found.data()["ok"], bool(found.tools["load"].max() < 1), found.package["figure"].iloc[0]
    (True, True, 'package_thickness')
    """
    recipe = load(flow, set, over)
    plan = settled(recipe)
    closed = solve(plan)
    try:
        refuse_overload(plan, closed, False)
    except InfeasibleError as error:
        for warning in plan.warnings:  # what else is suspicious may be why
            error.add_note(f"warning: {warning}")
        raise
    return checked(recipe, plan, closed)


def warnings(recipe: Recipe, plan: Plan, closed: ClosedForm) -> list[str]:
    """All that is suspicious about the recipe, or may come in its way."""
    return [*short_of_staff(plan, closed), *plan.warnings, *of_yield(plan, closed), *of_release(plan), *of_buffers(plan, closed),
            *of_plan(plan, closed), *of_numbers(recipe)]


def checked(recipe: Recipe, plan: Plan, closed: ClosedForm) -> Ready:
    """The same of a *plan* that is made, whatever it is loaded with."""
    found = closed_tables(plan, closed)
    told = warnings(recipe, plan, closed)
    others = {name: found[name] for name in ("operators", "products", "streams") if name in found}
    tables = {"steps": of_recipe.flat(recipe, plan), "tools": found["tools"], "package": of_recipe.package(plan)} | others
    tables["warnings"] = pd.DataFrame({"warning": told}, dtype=str)
    over = overloads(plan, closed)
    facts = {**identity(recipe), "ok": not over, "overloads": over, "units_per_panel": plan.units_per_panel, "panels_per_lot": plan.lot_panels}
    return Ready("check", recipe.title, tables, facts=facts)


def show(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> Ready:
    """The flat recipe of *flow*, edited as of ``check``: table ``steps`` with every step, where it was written, what edited it and its quantities;
    ``package``, ``heat`` and ``dies`` of a package. Raises RecipeError.

    >>> found = show("flows:embodiment_1.yaml", set={"layer2/plate.thickness_um": 7})
    >>> found.steps.set_index("step").loc["layer2/plate", "edited_by"]
    '--set layer2/plate.thickness_um=7'
    """
    recipe = load(flow, set, over)
    return shown(recipe, settled(recipe))


def shown(recipe: Recipe, plan: Plan) -> Ready:
    """The same of a *plan* that is made."""
    tables = {"steps": of_recipe.flat(recipe, plan)}
    if plan.product and recipe.document.product is not None:
        tables |= {"package": of_recipe.package(plan), "heat": of_recipe.heat(merits(recipe, build(recipe)).paths), "dies": of_recipe.dies(recipe)}
    return Ready("show", recipe.title, tables, facts={**identity(recipe), "warnings": list(plan.warnings)})
