"""Reads a recipe again with further edits of any sort, quickly: what they leave as it is, is not read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from procsim.errors import RecipeError
from procsim.recipe import changes
from procsim.recipe.edits import Draft, StepNode
from procsim.recipe.entries import ENTRIES
from procsim.recipe.load import composed, misnamed
from procsim.recipe.recipe import Recipe
from procsim.recipe.references import spelled_out, unopened
from procsim.recipe.substitute import WHOLE, read_again
from procsim.recipe.tree import Node, alike, bare


def near(recipe: Recipe, texts: Sequence[str]) -> Recipe | None:
    """*recipe* with the further edits *texts* (``address=value``); its ranges, hash, resolved form and warnings stay those of *recipe*. None for
    several packages on a line, and where something is wrong, or differs that nothing of the package or its line is made of: then all of it has to be
    read, which also tells what is wrong."""
    if recipe.packages:
        return None
    try:
        found = composed(recipe.path, changes.from_texts([*recipe.sets, *texts], recipe.path), over=recipe.over, written=recipe.root)
        made = _kept(recipe, replace(found.made, sections=_kept_sections(recipe.sections, found.made.sections)))
        if found.expansion.problems or made.sections.get("packages") is not None or not _readable(recipe.sections, made.sections):
            return None
        again = read_again(recipe, made)
        if any(unopened(made)) or any(misnamed(made, list(again.steps), again.document, found.expansion.empty)):
            return None
    except RecipeError:
        return None
    return again


def _kept_sections(before: Node, after: Node) -> Node:
    """The sections *after* the edits without what null takes away; what says the same as *before* is that very object, whole or entry by entry."""
    found = {}
    for key, node in after.mapping.items():
        old = before.mapping.get(key)
        if node.value is not None:
            found[key] = _kept_entries(old, node) if key in ENTRIES and old is not None else _same(old, bare(node))
    return replace(after, value=found)


def _kept_entries(before: Node, after: Node) -> Node:
    found = {}
    for name, node in after.mapping.items():
        old = before.mapping.get(name)
        if node.value is not None:
            found[name] = node if node is old else _same(old, bare(node))
    same = found.keys() == before.mapping.keys() and all(node is before.mapping[name] for name, node in found.items())
    return before if same else replace(after, value=found)


def _same(before: Node | None, after: Node) -> Node:
    return before if before is not None and alike(before, after) else after


def _readable(before: Node, after: Node) -> bool:
    """Whether only such sections differ that can be read on their own."""
    keys = before.mapping.keys() | after.mapping.keys()
    return all(key in WHOLE or key in ENTRIES or before.mapping.get(key) is after.mapping.get(key) for key in keys) and (
        not WHOLE.keys() & (before.mapping.keys() - after.mapping.keys()))


def _kept(recipe: Recipe, made: Draft) -> Draft:
    """*made* with the very steps of *recipe* where they say the same, and their references lead to the same steps."""
    known = {step.id: step for step in recipe.draft.steps}

    def kept(step: StepNode) -> StepNode:
        before = known.get(step.id)
        if before is None or not (alike(before.node, step.node) and (before.segments, before.edits) == (step.segments, step.edits)):
            return replace(step)
        return before if alike(spelled_out(step, made).node, spelled_out(before, recipe.draft).node) else replace(step)

    return replace(made, steps=tuple(map(kept, made.steps)))
