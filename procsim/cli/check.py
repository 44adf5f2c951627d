"""Does the commands ``check`` and ``show``: what can be said of a flow before it is run, and the flat recipe."""

from __future__ import annotations

import argparse

from procsim.cli.prepare import DONE, INFEASIBLE, prepared
from procsim.cli.show import console, tell
from procsim.closed_form.solve import ClosedForm
from procsim.errors import InfeasibleError
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.results.diagnostics import of_buffers, of_numbers, of_plan, of_release, of_yield
from procsim.results.overload import refuse_overload, short_of_staff


def check_command(options: argparse.Namespace) -> int:
    """Legality, quantities and capacity at a glance."""
    from procsim.cli.line import found_words, line
    from procsim.cli.packages import foreseen, several, units
    from procsim.cli.text import begun, capacity, operators, package, steps

    recipe, plan, closed = prepared(options)
    if options.json:
        return _checked(recipe, plan, closed)
    out = console()
    out.print(f"{recipe.path}: {recipe.title}")
    out.print(f"{len(plan.steps)} steps, {len(plan.groups.names)} tool groups, {units(plan)} units per panel, {plan.lot_panels} panels per lot")
    out.print(steps(plan))
    if plan.product:
        out.print("")
        out.print(package(plan))
    out.print("")
    out.print(line(recipe, plan))
    if plan.wanted is not None:
        out.print(found_words(plan))
    out.print("")
    out.print(capacity(plan, closed))
    if several(plan):
        out.print("")
        out.print(foreseen(plan, closed))
    if plan.groups.duty.pools:
        out.print("")
        out.print(operators(plan, closed))
    if plan.wip is not None:
        out.print("")
        out.print(begun(plan))
    for warning in short_of_staff(plan, closed):
        console(error=True).print(f"warning: {warning}")
    _warn(plan)
    for warning in [*of_yield(plan, closed), *of_release(plan), *of_buffers(plan, closed), *of_plan(plan, closed), *of_numbers(recipe)]:
        console(error=True).print(f"warning: {warning}")
    refuse_overload(plan, closed, False)  # last: what else is suspicious may be why
    out.print("ok")
    return DONE


def _checked(recipe: Recipe, plan: Plan, closed: ClosedForm) -> int:
    """The same as JSON, where a line that is overloaded has its JSON too."""
    from procsim.studies.check import checked

    found = checked(recipe, plan, closed)
    tell(found)
    for warning in found.tables["warnings"]["warning"]:
        console(error=True).print(f"warning: {warning}")
    try:
        refuse_overload(plan, closed, False)
    except InfeasibleError as error:
        console(error=True).print(f"error: {error}")
        return INFEASIBLE
    return DONE


def _warn(plan: Plan) -> None:
    """What is suspicious about the package, on stderr."""
    for warning in plan.warnings:
        console(error=True).print(f"warning: {warning}")


def show_command(options: argparse.Namespace) -> int:
    """The flat recipe and where all of it came from."""
    from procsim.cli.line import found_words
    from procsim.cli.text import dies, flat, heat, package, rates
    from procsim.section.build import build
    from procsim.section.figures_of_merit import merits

    recipe, plan, _ = prepared(options)
    if options.json:
        from procsim.studies.check import shown

        tell(shown(recipe, plan))
        _warn(plan)
        return DONE
    out = console()
    out.print(f"{recipe.title}  ({recipe.path}, recipe {recipe.hash})")
    out.print(flat(recipe, plan))
    if plan.wanted is not None:
        out.print(found_words(plan))
    if plan.product:
        out.print("")
        out.print(package(plan))
        out.print("")
        out.print(heat(merits(recipe, build(recipe)).paths))
    for made in (dies(recipe), rates(recipe)):
        if made is not None:
            out.print("")
            out.print(made)
    _warn(plan)
    return DONE
