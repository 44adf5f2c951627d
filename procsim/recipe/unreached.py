"""Responsible for what a recipe says of tools, processes, materials and parts that none of its steps comes to: likely a name is misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Place, did_you_mean
from procsim.model.steps import Attach, Bond
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import Node, walk


def unreached(recipe: Recipe, file: str) -> Iterator[str]:
    """A warning for every entry that the *file* of the recipe itself, or a ``--set``, speaks of, and no step uses."""
    for section, reached in used(recipe).items():
        entries = recipe.sections.get(section) or Node({}, recipe.sections.place)
        for name, entry in entries.mapping.items():
            own = [place for place in (entries.place_of(name), *_places(entry)) if place.file == file or place.file.startswith("--set ")]
            if own and name not in reached:
                known = [other for other in entries.mapping if other != name]
                near = did_you_mean(name, [other for other in known if other in reached]) or did_you_mean(name, known)
                yield f"{own[0]}: {'line.' if section == 'tools' else ''}{section}.{name} has no effect, since no step comes to it{near}"


def _places(entry: Node) -> Iterator[Place]:
    """Where anything in *entry* was written."""
    for node in walk(entry):
        yield node.place
        yield from (node.keys or {}).values()


def used(recipe: Recipe) -> dict[str, set[str]]:
    """Names of entries that steps, dies or the panel lead to."""
    steps, product = [placed.step for placed in recipe.steps], recipe.document.product
    parts = {step.what for step in steps if isinstance(step, Attach)} | {step.part for step in steps if isinstance(step, Bond)}
    parts |= {product.panel.part} if product is not None else set()
    layers = [layer for name, part in recipe.document.parts.items() if name in parts for layer in part.stack()]
    materials = {name for layer in layers for name in (layer.material, layer.rest) if name is not None}
    dies = product.dies.values() if product is not None else ()
    materials |= {name for die in dies for name in (die.material, die.pad_material, die.bump_material)}
    for step in steps:
        materials |= {*step.materials(), *step.uses_up()}
    return {"tools": {step.tool or "" for step in steps}, "processes": {step.process or "" for step in steps}, "materials": materials, "parts": parts}
