"""Looks at what inspections and tests see: one that finds nothing, faults that nobody looks for, and what is covered by the time it is looked at.

    place ─▶ … ─▶ test (sees: [attach])        what went wrong in between is shipped, and said
"""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import SHAPELESS, Attach
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import ability, doer, listed, op_of
from procsim.section.section import Section

IN_SIGHT = frozenset({"bare_dies", "bare_pads", "bare_wiring", "points", "holes", "open_resist", "packages"})
"""Things at which one looks from outside."""
LOOKS = frozenset({"inspect", "test"})
LEAVES = frozenset({"singulate", "flip", "strip", "cavity", "planarize"})
"""Ops that put nothing there that a test could miss."""


def tests(recipe: Recipe) -> list[Placed]:
    """Electrical tests that find something."""
    return [placed for placed in recipe.steps if (op_of(placed.step) == "test" or "test" in ability(placed.step).ops) and not _blind(placed)]


def _blind(placed: Placed) -> bool:
    """Whether an inspection or test can find nothing."""
    step = placed.step
    return (step.coverage or step.fault_coverage or 0.0) <= 0.0 or step.sees == []


def hidden(recipe: Recipe, placed: Placed, before: Section) -> Iterator[Problem]:
    """Dies or parts at which an inspection is to look and that lie under others by then."""
    step, can = placed.step, ability(placed.step)
    if op_of(step) != "inspect" or not can.on or not set(can.on) <= IN_SIGHT:
        return
    sight = {slab.by for column in before.columns if column.stack for slab in (column.stack[0], column.stack[-1])}
    for name in step.sees or ():
        put = [other for s in recipe.names.all(name) if isinstance(other := recipe.steps[s].step, Attach)]
        there = {slab.by for column in before.columns for slab in column.stack}
        if put and there & {one.id for one in put} and sight.isdisjoint(one.id for one in put):
            what = listed(dict.fromkeys(one.what for one in put))
            yield Problem(f"{placed.id}: {doer(step)} looks at what lies in sight, and {what} of {name} is covered by then; look at it before, or "
                          "take it out of sees", placed.place, f"{placed.id}.sees")


def warnings(recipe: Recipe) -> Iterator[str]:
    """Inspections and tests that find nothing, and faults for which none looks where there is a test."""
    for placed in recipe.steps:
        if op_of(placed.step) in LOOKS and placed.step.inspects and _blind(placed):
            why = "sees names no step" if placed.step.sees == [] else "its coverage is 0"
            yield f"{placed.id}: {why}, so that it finds nothing; say what it finds, or leave it out"
    if tests(recipe):
        yield from _escapes(recipe)


def _escapes(recipe: Recipe) -> Iterator[str]:
    """Steps that lose packages and after which nobody looks for these."""
    named: set[int] = set()  # what steps behind see by name
    until = 0  # one behind sees all before this
    missed: list[str] = []
    for s, placed in reversed([*enumerate(recipe.steps)]):
        if _loses(placed) and s >= until and s not in named:
            missed.append(placed.id)
        if op_of(placed.step) in LOOKS and placed.step.inspects and not _blind(placed):
            named |= recipe.names.any(placed.step.sees or ())
            until = max(until, s if placed.step.sees is None else 0)
    if missed:
        yield (f"what goes wrong at {listed(missed[::-1])} is looked for by no inspection or test after it, and is shipped; test after it, or let "
               "one of them see it (sees)")


def _loses(placed: Placed) -> bool:
    """Whether a step puts something there, and spoils packages that only a look can find."""
    step = placed.step
    if step.op in SHAPELESS | LEAVES or step.rework_only or not ability(step).ops:
        return False
    survive = step.yield_
    return step.defects is not None or (survive is not None and (survive.unit < 1.0 or survive.die < 1.0))
