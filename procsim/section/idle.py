"""Warns of steps that do nothing: treatments that no later step wants, resists through which nothing is done, etches of what is not there.

    resist ─▶ expose ─▶ develop ─▶ strip        with the plating gone nothing was done through the resist
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from procsim.model.steps import SHAPELESS, Deposit, Etch, Flip, Pattern, Step, Strip
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.build import Built
from procsim.section.fitting import ability, doer, goes_again, listed, op_of
from procsim.section.passing import WORDS

TREATS = frozenset({"none", "clean", "bake"})
"""Ops of steps that only bring the panel into a state."""
KEPT = frozenset({"fluxed", "marked", "packed", "descummed"})
"""States that nobody wants for themselves, or that outlast the line; a descum is asked for what it works on instead."""


def warnings(recipe: Recipe, built: Sequence[Built]) -> Iterator[str]:
    """Every step of the recipe that might as well be left out."""
    steps = [placed for placed in recipe.steps if not placed.step.rework_only]
    for number, placed in enumerate(steps):
        later = steps[number + 1:]
        if placed.step.op != "clean" or any(before.step.op not in SHAPELESS for before in steps[:number]):
            yield from _unwanted(placed, later)  # what comes in is cleaned whatever follows
        yield from _turned_back(placed, later)
        yield from _closed_again(recipe, placed, later)
    for one in built:
        yield from _not_there(one)


def _unwanted(placed: Placed, later: Sequence[Placed]) -> Iterator[str]:
    """A treatment none of whose states a later step wants while it lasts."""
    can, op = ability(placed.step), op_of(placed.step)
    gives = [str(state) for state in can.gives if state in WORDS and state not in KEPT]
    if op not in TREATS or op not in can.ops or not gives or len(gives) < len(can.gives):
        return
    if not any(_used(state, later) for state in gives):
        yield (f"{placed.id}: {doer(placed.step)} gives {listed(WORDS[state] for state in gives)}, and no later step wants that before it is gone; "
               "leave it out, or do it before what wants it")


def _used(state: str, later: Sequence[Placed]) -> bool:
    """Whether one of the steps *later* wants *state* before another ends it; of one that says nothing of itself this is not known."""
    for placed in later:
        can = ability(placed.step)
        only_ends = state in can.ends and placed.step.op in SHAPELESS
        if not can.ops or state in can.wants or (state in can.needs and not only_ends):
            return True
        if state in can.ends:
            return False
    return False


def _next_shaped(later: Sequence[Placed]) -> Step | None:
    return next((placed.step for placed in later if placed.step.op not in SHAPELESS), None)


def _turned_back(placed: Placed, later: Sequence[Placed]) -> Iterator[str]:
    """A flip that the next step with a shape undoes."""
    back = _next_shaped(later)
    if isinstance(placed.step, Flip) and isinstance(back, Flip):
        yield f"{back.id} turns back what {placed.id} turned over, and nothing was done meanwhile; leave both out"


def _closed_again(recipe: Recipe, placed: Placed, later: Sequence[Placed]) -> Iterator[str]:
    """A resist or film that is stripped before anything was done to what it leaves free."""
    step = placed.step
    if not isinstance(step, Deposit) or not goes_again(recipe.document.materials[step.material]):
        return
    for other in (after.step for after in later):
        if isinstance(other, Strip) and other.material == step.material:
            yield (f"{other.id}: {step.material} of {step.id} is stripped again, and nothing was done meanwhile to what it covers or leaves free; "
                   "do it before, or leave both out")
            return
        if other.op not in SHAPELESS and not (isinstance(other, Pattern) and other.material == step.material):
            return


def _not_there(one: Built) -> Iterator[str]:
    """Materials that an etch names and does not meet."""
    if not isinstance(one.step, Etch):
        return
    gone = {slab.material for old, new in zip(one.before.columns, one.after.columns, strict=True) for slab in old.stack[len(new.stack):]}
    if missed := [name for name in one.step.materials_ if name not in gone]:
        yield f"{one.step.id}: etches {listed(missed)}, and none of it lies open there; take it out of materials"
