"""Warns of what a real line has, or the product says, and the steps leave out: underfill, finish, test, packing, heat sinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from procsim.model.steps import Attach, Fill
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.fitting import (
    ability,
    dies_placed,
    listed,
    materials_for,
    op_of,
    part_of,
    parts_attached,
    processes_for,
    sorts_of,
    would_fit,
)
from procsim.section.section import PANEL


def warnings(recipe: Recipe, built: Sequence[Built]) -> Iterator[str]:
    """All that an expert would miss in the finished package or at the end of its line."""
    yield from _not_underfilled(recipe)
    yield from _unfinished(recipe, built)
    yield from _untested(recipe)
    yield from _unpacked(recipe)
    yield from _uncooled(recipe)


def _not_underfilled(recipe: Recipe) -> Iterator[str]:
    """Large dies on bumps that nothing holds but the bumps."""
    for number, placed in enumerate(recipe.steps):
        step, most = placed.step, ability(placed.step).max_bare_mm
        if not isinstance(step, Attach) or most is None or "flip_chip" not in sorts_of(recipe, step):
            continue
        filled = any(isinstance(after.step, Fill) and after.step.under is not None for after in recipe.steps[number:])
        for name in () if filled else dies_placed(recipe, step):
            die = recipe.product.dies[name]
            if (wide := max(die.width_mm, die.length_mm)) > most:
                fit = would_fit(processes_for(recipe.document, "fill", {"underfill"}))
                yield (f"{placed.id}: die {name} is {wide:g} mm wide and stands on bumps alone, which tire when it and the substrate expand; dies of "
                       f"more than {most:g} mm are underfilled ({fit})")


def _unfinished(recipe: Recipe, built: Sequence[Built]) -> Iterator[str]:
    """Terminals on metal that a step laid and none covered with a finish; pads of what is bought come finished."""
    for one in built:
        part = part_of(recipe.product, recipe.document.parts, one.step)
        if not isinstance(one.step, Attach) or part is None or not part.best_on:
            continue
        pads = {c.surface.material for c in one.before.inside("bonding_pad") if c.surface is not None and c.surface.by != PANEL}
        for name in sorted(pads):
            roles = recipe.document.materials[name].roles
            if roles and set(roles).isdisjoint(part.best_on):
                yield (f"{one.step.id}: {one.step.what} goes on bare {name}, which tarnishes and dissolves in it; real lines plate a finish on the "
                       f"pads before ({listed(materials_for(recipe.document, part.best_on))})")


def _untested(recipe: Recipe) -> Iterator[str]:
    """Packages that leave without an electrical test, where the library has one."""
    tests = processes_for(recipe.document, "test")
    if tests and not any(op_of(placed.step) == "test" or "test" in ability(placed.step).ops for placed in recipe.steps):
        yield f"no step tests the packages: bad dies and wiring are shipped; real lines test before they ship ({would_fit(tests)}, with op test)"


def _unpacked(recipe: Recipe) -> Iterator[str]:
    """Packages that are cut apart and not packed, where the library has a process for it."""
    packs = processes_for(recipe.document, gives="packed")
    cuts = [placed for placed in recipe.steps if op_of(placed.step) == "singulate" and ability(placed.step).ops]
    if packs and cuts and not any("packed" in ability(placed.step).gives for placed in recipe.steps):
        yield (f"no step packs the packages after {cuts[-1].id}: they are shipped dry and sealed; real lines have a step for it "
               f"({would_fit(packs)} last)")


def _uncooled(recipe: Recipe) -> Iterator[str]:
    """Fewer heat sinks than the product says that it has."""
    wanted, there = recipe.product.heat_sinks, [step.what for _, step, _ in parts_attached(recipe, "lid", "slug")]
    if len(there) < wanted:
        yield (f"product.heat_sinks says {wanted}, and the steps attach {len(there)} ({listed(there) or 'none'}): attach a lid or slug, or make "
               "product.heat_sinks what is meant")
