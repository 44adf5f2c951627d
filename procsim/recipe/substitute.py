"""Puts other values of its numbers into a recipe, and reads again only what holds them; and says which piece of a Plan that may move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from procsim.errors import Problem, RecipeError
from procsim.model.economics import Economics
from procsim.model.line import Line, Run
from procsim.model.product import Product
from procsim.recipe.edits import Draft
from procsim.recipe.entries import ENTRIES
from procsim.recipe.inputs import Input, Spot, within_package
from procsim.recipe.packages import assembled
from procsim.recipe.placed import placed_step
from procsim.recipe.recipe import Placed, Recipe
from procsim.recipe.references import spelled_out
from procsim.recipe.tree import Node, put
from procsim.recipe.validation import validated

WHOLE: dict[str, type[BaseModel]] = {"product": Product, "line": Line, "economics": Economics, "run": Run}


def patched(recipe: Recipe, values: Iterable[tuple[Input, float]]) -> Recipe:
    """*recipe* as if each input's value had been written in its place; its ranges, hash and resolved form stay those of *recipe*.

    Raises RecipeError, with the place of the range, where a value may not stand there."""
    written = [(spot, Node(int(value) if float(value).is_integer() else value, known.place))  # a count of 3.0 is 3
               for known, value in values for spot in known.spots]
    if not recipe.packages:
        return _written(recipe, written)
    own, inside = _shared_out(recipe, written)
    return assembled(_written(recipe, own), {name: _written(part, inside[name]) for name, part in recipe.packages.items()})


Written = list[tuple[Spot, Node]]
"""Where, and what."""


def _shared_out(recipe: Recipe, written: Written) -> tuple[Written, dict[str, Written]]:
    """What goes into a mix itself, and what into each of its packages."""
    own: Written = []
    inside: dict[str, Written] = {name: [] for name in recipe.packages}
    for spot, node in written:
        name, there = within_package(recipe, spot)
        (inside[name] if name else own).append((there, node))
    return own, inside


def _written(recipe: Recipe, written: Written) -> Recipe:
    """One recipe, or a mix without its packages, in which *written* has been written."""
    if not written:
        return recipe
    sections, nodes = recipe.draft.sections, [step.node for step in recipe.draft.steps]
    for (step, path), node in written:
        if step < 0:
            sections = put(sections, path, node)
        else:
            nodes[step] = put(nodes[step], path, node)
    steps = recipe.draft.steps
    if any(step >= 0 for (step, _), _ in written):
        steps = tuple(step if node is step.node else replace(step, node=node) for step, node in zip(steps, nodes, strict=True))
    return read_again(recipe, replace(recipe.draft, sections=sections, steps=steps))


def read_again(recipe: Recipe, made: Draft) -> Recipe:
    """The recipe that *made* says, of which only what differs from the draft of *recipe* is read again; a node that is the very same object says the
    same. Raises RecipeError where something may not stand there."""
    problems: list[Problem] = []
    changes = _sections(recipe, made.sections, problems)
    steps = recipe.steps if recipe.packages else _steps(recipe, made, problems)
    if problems:
        raise RecipeError(*problems)
    return replace(recipe, document=recipe.document.model_copy(update=changes), steps=steps, draft=made)


def _sections(recipe: Recipe, made: Node, problems: list[Problem]) -> dict[str, Any]:
    """The fields of the document that differ in *made*."""
    found: dict[str, Any] = {}
    none = Node({}, made.place, {})
    for key, node in made.mapping.items():
        before = recipe.sections.mapping.get(key, none)
        if node is before:
            continue
        if key in WHOLE:
            found[key] = validated(WHOLE[key], node, key, {}, problems)
        else:
            then = before.mapping
            fresh = {name: validated(ENTRIES[key], item, f"{key}.{name}", {}, problems)
                     for name, item in node.mapping.items() if item is not then.get(name)}
            old: dict[str, Any] = getattr(recipe.document, key)
            if old.keys() - node.mapping.keys():
                old = {name: entry for name, entry in old.items() if name in node.mapping}
            if recipe.packages and not problems:  # how many tools a mix has is no single place's to say
                fresh = {name: entry.model_copy(update={"count": old[name].count}) for name, entry in fresh.items()}
            found[key] = {**old, **fresh}
    return found


def _steps(recipe: Recipe, made: Draft, problems: list[Problem]) -> tuple[Placed, ...]:
    """The steps, of which those are read again that are new or say something else, or whose process does."""
    none = Node({}, made.sections.place, {})
    now, then = (sections.get("processes") or none for sections in (made.sections, recipe.sections))
    if now is then and made.steps is recipe.draft.steps:
        return recipe.steps
    new, old = now.mapping, then.mapping
    other = {name for name in (new.keys() | old.keys() if now is not then else ()) if new.get(name) is not old.get(name)}
    known = {id(step): placed for step, placed in zip(recipe.draft.steps, recipe.steps, strict=True) if placed.step.process not in other}
    if made.steps is recipe.draft.steps and len(known) == len(recipe.steps):
        return recipe.steps
    found = [known.get(id(step)) or placed_step(spelled_out(step, made), now, {}, problems) for step in made.steps]
    return tuple(placed for placed in found if placed is not None)
