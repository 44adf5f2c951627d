"""Reads a recipe again with other numbers at some addresses, quickly: only what holds them is read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from procsim.errors import Problem, RecipeError
from procsim.recipe import changes
from procsim.recipe.edits import Draft, set_value
from procsim.recipe.entries import ENTRIES
from procsim.recipe.inputs import Piece, Spot, moved
from procsim.recipe.recipe import Recipe
from procsim.recipe.references import parts, references
from procsim.recipe.substitute import WHOLE, read_again
from procsim.recipe.tree import Node, holds, is_range


@dataclass(frozen=True, slots=True)
class Reread:
    """The *recipe* with other numbers, the *pieces* of a Plan that they may move, and whether the package *shapes* itself anew; of a mix, *within*
    which of its packages they stand ("": the line that all share). *ends* are the first and the last words of their
    addresses, "steps" for all that a step or its process says."""

    recipe: Recipe
    pieces: frozenset[Piece]
    shapes: bool
    within: frozenset[str] = frozenset()
    ends: frozenset[tuple[str, str]] = frozenset()


def reread(recipe: Recipe, texts: Sequence[str]) -> Reread | None:
    """*recipe* after the edits *texts* (``address=value``), where each puts a number in the place of a number, or of none; None where one does more,
    or something that may not be: then all of it has to be read, which also tells what is wrong."""
    if not texts:
        return Reread(recipe, frozenset(), shapes=False)
    if recipe.packages:
        return None
    try:
        draft = _written(recipe.draft, texts, recipe)
        if draft is None:
            return None
        spots = list(_changed(recipe.draft, draft))
        if not all(step >= 0 or path[0] in WHOLE or path[0] in ENTRIES for step, path in spots):
            return None
        found = [moved(spot) for spot in spots]
        made, shapes = read_again(recipe, draft), any(one for _, one in found)
    except RecipeError:
        return None
    new = not all(holds(recipe.draft.steps[step].node if step >= 0 else recipe.sections, [str(key) for key in path]) for step, path in spots)
    if (shapes or new) and any(_astray(made, new)):
        return None
    return Reread(made, frozenset(piece for pieces, _ in found for piece in pieces), shapes, ends=frozenset(map(_ends, spots)))


def _astray(made: Recipe, new: bool) -> Iterator[Problem]:
    """Names that lead nowhere in *made*: no step's do unless it has a *new* number, where there was none, such as of a material that it uses."""
    yield from parts(made.document, list(made.steps), made.sections)
    if new:
        yield from references(made.draft, list(made.steps), frozenset())


def _ends(spot: Spot) -> tuple[str, str]:
    step, path = spot
    return "steps" if step >= 0 or path[0] == "processes" else str(path[0]), str(path[-1])


def parted(recipe: Recipe, texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The edits *texts* in two: those that may do more than put a number somewhere, and numbers that may be written after all of these. (A repeat
    acts first wherever it stands.)"""
    first: list[str] = []
    numbers: list[str] = []
    try:
        edits = changes.from_texts(texts, recipe.path)
    except RecipeError:
        return [*texts], []
    for text, edit in zip(texts, edits, strict=True):
        if changes.is_repeat(edit):
            first.append(text)
        elif not changes.is_library(edit) and _number(edit.value):
            numbers.append(text)
        else:
            first, numbers = [*first, *numbers, text], []
    return first, numbers


def _written(draft: Draft, texts: Sequence[str], recipe: Recipe) -> Draft | None:
    """*draft* after the edits, or None where one is not of a number alone."""
    for edit in changes.from_texts(texts, recipe.path):
        if changes.is_repeat(edit) or changes.is_library(edit) or not _number(edit.value):
            return None
        draft = set_value(draft, edit.target, edit.value, edit.place)
    return draft


def _number(node: Node | None) -> bool:
    return node is not None and (is_range(node) or (isinstance(node.value, int | float) and not isinstance(node.value, bool)))


def _changed(before: Draft, after: Draft) -> Iterator[Spot]:
    """Where numbers differ, or stand where none did. Raises RecipeError where anything else differs."""
    for path in _differing(before.sections, after.sections, ()):
        yield -1, path
    for s, (old, new) in enumerate(zip(before.steps, after.steps, strict=True)):
        for path in _differing(old.node, new.node, ()):
            yield s, path


def _differing(old: Node, new: Node, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Paths to the numbers in which two nodes differ, one of which was made from the other."""
    if old is new:
        return
    if _number(old) and _number(new):
        yield path
        return
    mapping, items = old.mapping, old.items
    gone = mapping.keys() - new.mapping.keys()  # numbers that make way for one in another unit
    if len(items) != len(new.items) or not (mapping or items):
        raise RecipeError.at(new.place, "more than a number has changed")
    for key in gone:
        yield from _new(mapping[key], (*path, key))
    if _number(new):  # in the place of a law
        yield path
    for key, item in new.mapping.items():
        if key in mapping:
            yield from _differing(mapping[key], item, (*path, key))
        else:
            yield from _new(item, (*path, key))
    for i, item in enumerate(items):
        yield from _differing(item, new.items[i], (*path, i))


def _new(node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Paths to the numbers in *node*, where nothing was before, or is any more. Raises RecipeError where something else is in it."""
    if _number(node):
        yield path
    elif not node.mapping:
        raise RecipeError.at(node.place, "more than numbers comes or goes")
    for key, item in node.mapping.items() if not is_range(node) else ():
        yield from _new(item, (*path, key))
