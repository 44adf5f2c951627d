"""Finds what a recipe says of tools, processes, materials, parts, operators and shifts that nothing comes to, since a name is likely misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Place, did_you_mean
from procsim.model.duty import Pool, attendance
from procsim.model.steps import Attach, Bond
from procsim.recipe.entries import places
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import Node


def unreached(recipe: Recipe, file: str) -> Iterator[str]:
    """A warning for every entry that the *file* of the recipe itself, or a ``--set``, speaks of, and no step, or no tool of one, uses."""
    nothing = Node({}, recipe.sections.place)
    reached, line = used(recipe), recipe.sections.get("line") or nothing
    for section, names in reached.items():
        entries, where = recipe.sections.get(section) or nothing, f"{'line.' if section == 'tools' else ''}{section}"
        yield from _unused(entries, names, where, "no step comes to it", file)
    for section, names in named_by_tools(recipe, reached["tools"]).items():
        yield from _unused(line.get(section) or nothing, names, f"line.{section}", "no tool that is used names it", file)


def _unused(entries: Node, reached: set[str], where: str, why: str, file: str) -> Iterator[str]:
    """A warning for each of the *entries* that is not *reached*, and of which the *file* or a ``--set`` speaks."""
    for name, entry in entries.mapping.items():
        own = None if name in reached else next(_own(entries.place_of(name), entry, file), None)
        if own is not None:
            known = [other for other in entries.mapping if other != name]
            near = did_you_mean(name, [other for other in known if other in reached]) or did_you_mean(name, known)
            yield f"{own}: {where}.{name} has no effect, since {why}{near}"


def _own(key: Place, entry: Node, file: str) -> Iterator[Place]:
    """The *key*, and what is in *entry*, as far as it was written in the *file* or in a ``--set``."""
    return (place for place in (key, *places(entry)) if place.file == file or place.file.startswith("--set "))


def used(recipe: Recipe) -> dict[str, set[str]]:
    """The names of entries to which steps, dies or the panel lead."""
    steps, product, parts = [placed.step for placed in recipe.steps], recipe.document.product, used_parts(recipe)
    layers = [layer for name, part in recipe.document.parts.items() if name in parts for layer in part.stack()]
    materials = {name for layer in layers for name in (layer.material, layer.rest) if name is not None}
    dies = product.dies.values() if product is not None else ()
    materials |= {name for die in dies for name in (die.material, die.pad_material, die.bump_material)}
    for step in steps:
        materials |= {*step.materials(), *step.uses_up()}
    return {"tools": {step.tool or "" for step in steps}, "processes": {step.process or "" for step in steps}, "materials": materials, "parts": parts}


def used_parts(recipe: Recipe) -> set[str]:
    """The names that steps attach or bond, and that of the panel."""
    steps, product = [placed.step for placed in recipe.steps], recipe.document.product
    parts = {step.what for step in steps if isinstance(step, Attach)} | {step.part for step in steps if isinstance(step, Bond)}
    return parts | {product.panel.part} if product is not None else parts


def named_by_tools(recipe: Recipe, names: set[str]) -> dict[str, set[str]]:
    """Pools of operators, and shifts, that the tools of these *names* ask for; a shift also by way of a pool."""
    line, tools = recipe.document.line, [tool for name, tool in recipe.document.tools.items() if name in names]
    pools = {pool for tool in tools for pool in attendance(tool.attended).values()}
    pools |= {one.crew for tool in tools for work in (tool.failures, tool.maintenance, tool.engineering) for one in work.values() if one.crew}
    shifts = {pool.shift for name, pool in line.operators.items() if name in pools and isinstance(pool, Pool)} | {tool.shift for tool in tools}
    return {"operators": pools, "shifts": {name for name in shifts if name is not None}}
