"""Builds the package step by step, and refuses what is physically wrong, or a package that does not work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from procsim.errors import Place, Problem, RecipeError
from procsim.model.steps import CLEARANCE_UM, SHAPELESS, Cavity, Fill, Plate, Step
from procsim.recipe.recipe import Placed, Recipe
from procsim.section import (
    attach,
    bounds,
    escape,
    exposed,
    forms,
    layout,
    limits,
    machines,
    marks,
    masks,
    ops,
    part_sizes,
    passing,
    ready_made,
    removal,
    rings,
    roles,
    room,
    states,
    things,
    visits,
)
from procsim.section.connect import check_nets
from procsim.section.fitting import part_of
from procsim.section.section import PANEL, Column, Section

OPS: dict[str | None, ops.Op] = {
    None: ops.leave,
    "attach": attach.attach,
    "deposit": ops.deposit,
    "fill": ops.fill,
    "planarize": removal.planarize,
    "pattern": ops.pattern,
    "etch": removal.etch,
    "plate": ops.plate,
    "cavity": removal.cavity,
    "bond": attach.bond,
    "flip": ops.flip,
    "strip": removal.strip,
    "singulate": ops.singulate,
    "inspect": ops.leave,
    "test": ops.leave,
    "clean": ops.leave,
    "bake": ops.leave,
}

CHECKS = (roles, forms, machines, bounds, part_sizes, rings, masks, escape, states, passing, visits)
"""What is checked of the recipe alone, before anything is built."""
Row = tuple[Column, ...]
Finer = Callable[[Row], Row]


@dataclass(frozen=True, slots=True)
class Built:
    """One *step* and the section *before* and *after* it."""

    step: Step
    before: Section
    after: Section


def reshaping(placed: Placed) -> Problem | None:
    """What is wrong with a step of rework that changes the shape, which its main route has by then, or has not yet."""
    if not placed.step.rework_only or placed.step.op in SHAPELESS:
        return None
    return Problem(f"{placed.id}: rework must leave the package's shape alone, and op {placed.step.op} does not; write op clean: what goes off and "
                   "on again on the way back is not drawn", placed.place, f"{placed.id}.op")


def clearance_um(steps: Iterable[Step]) -> float:
    """How wide the gap round an inlaid die is."""
    return next((s.clearance_um for s in steps if isinstance(s, Cavity) and s.mask == "cavity"), CLEARANCE_UM)


def start(recipe: Recipe, finer: Finer = tuple) -> Section:
    """The panel that the line starts with, its row of columns made *finer*."""
    product = recipe.product
    steps = [p.step for p in recipe.steps]
    fins = any(layer.mask == "fin" for step in steps if (part := part_of(product, recipe.document.parts, step)) is not None
               for layer in part.stack())
    empty = Section(finer(layout.columns(product, layout.wiring_layers(steps), fins, clearance_um(steps) / 1000)))
    part = recipe.document.parts[product.panel.part]
    if product.panel.dies_in_place:
        empty = attach.in_place(empty, product)
        return empty.map(lambda c: c if c.die else c.plus(*attach.part_slabs(part, empty, c, 0.0, product.panel.part))).signed(PANEL)
    return empty.map(lambda c: c.plus(*attach.part_slabs(part, empty, c, 0.0, product.panel.part))).signed(PANEL)


def build(recipe: Recipe, finer: Finer = tuple) -> tuple[Built, ...]:
    """The section before and after each step; pictures make its row of columns *finer*. Raises RecipeError where a step cannot be done,
    or the package cannot work."""
    product = recipe.document.product
    if product is None:
        return ()
    beyond, problems = list(limits.problems(recipe, limits.OF_PACKAGE)), [*room.problems(recipe), *ready_made.problems(recipe)]
    if problems:
        raise RecipeError(*problems, *beyond)
    found = beyond + [one for check in CHECKS for one in check.problems(recipe)]
    try:
        built, site = _built(recipe, finer, found)
        check_nets(built[-1].after, site, recipe)
        found += [*ready_made.kept(recipe, built[-1].after), *marks.problems(recipe, [one.before for one in built], built[-1].after)]
    except RecipeError as error:
        raise RecipeError(*_once(_located(recipe, [*found, *error.problems]))) from None
    if found:
        raise RecipeError(*_once(_located(recipe, found)))
    return built


def _located(recipe: Recipe, problems: list[Problem]) -> list[Problem]:
    """*problems* of a step's field at the place where the field was written: by the recipe, or by the edit that put it there."""
    steps = {placed.id for placed in recipe.steps}
    return [replace(one, place=recipe.place(one.address)) if one.address.partition(".")[0] in steps else one for one in problems]


def _once(problems: list[Problem]) -> list[Problem]:
    """*problems* without those that only repeat, of another instance of a step, what is said of the first."""
    told: dict[tuple[Place | None, str], Problem] = {}
    for problem in problems:
        told.setdefault((problem.place, problem.message.partition(": ")[2] or problem.message), problem)
    return list(told.values())


def _built(recipe: Recipe, finer: Finer, found: list[Problem]) -> tuple[tuple[Built, ...], ops.Site]:
    """Every step done, with the site of the last; what only the section tells to be wrong goes to *found*. Raises where a step cannot be done."""
    product = recipe.product
    section = start(recipe, finer)
    built: list[Built] = []
    steps = [placed.step for placed in recipe.steps]
    platers = frozenset(step.id for step in steps if isinstance(step, Plate))
    fills = tuple(step.id for step in steps if isinstance(step, Fill) and step.mask is None and step.under is None)
    cavities = any(isinstance(step, Cavity) and not step.through for step in steps)
    for placed in recipe.steps:
        site = ops.Site(product, recipe.document.materials, recipe.document.parts, placed.place, platers, cavities, fills)
        step = placed.step
        if section.singulated and step.op not in SHAPELESS:
            raise RecipeError.at(placed.place, f"{step.id}: {step.op} needs a panel, but the packages are already cut apart", step.id)
        bent = reshaping(placed)
        if bent is not None:
            found.append(bent)
        after = section if bent is not None else OPS[step.op](section, step, site).signed(step.id)
        found += [*exposed.problems(recipe, placed, section, after), *things.problems(recipe, placed, section)]
        built.append(Built(step, section, after))
        section = after
    return tuple(built), site
