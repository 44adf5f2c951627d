"""Checks that every lot and package gets what it needs, however it goes: steps that only a sample visits, those that pass over packages known to be
bad, and ways back of rework.

    mould  cure (sample: 0.5)  grind        half of the lots would be ground before they are cured
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from procsim.errors import Problem
from procsim.model.steps import SHAPELESS, Fill, Step
from procsim.recipe.recipe import Placed, Recipe
from procsim.section import passing, states

WHOLE = frozenset({"deposit", "planarize", "etch", "plate", "bond", "flip", "strip", "singulate", "bake"})
"""Ops that are done to a whole panel: they cannot leave out single packages, until these are cut apart."""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Samples of what every package needs, packages that nothing can pass over, and lots that rework sends back to be worked on as panels when they
    are cut apart."""
    apart = False
    for number, placed in enumerate(recipe.steps):
        step = placed.step
        if step.skip_known_bad and not apart and (step.op in WHOLE or (isinstance(step, Fill) and step.under is None)):
            yield Problem(f"{placed.id}: op {step.op} is done to a whole panel, packages known to be bad with it; leave skip_known_bad out",
                          placed.place, f"{placed.id}.skip_known_bad")
        if visited(placed.step):
            yield from _sampled(recipe, placed)
        if placed.step.rework is not None:
            yield from _cut_apart(recipe, number, placed)
        apart = apart or step.op == "singulate"


def visited(step: Step) -> str:
    """How many lots come to a *step* that only a sample visits, in words; "" where all do."""
    if step.sample is not None and step.sample < 1:
        return f"only {100 * step.sample:.3g} % of the lots come to it (sample)" if step.sample else "no lot comes to it (sample: 0)"
    every = step.sample_every or 1
    return f"only one lot in {every} comes to it (sample_every)" if every > 1 else ""


def _sampled(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """What is wrong with lots that pass the step *placed* by."""
    step, key = placed.step, "sample" if placed.step.sample is not None else "sample_every"
    if step.op not in SHAPELESS:
        yield Problem(f"{placed.id}: {visited(step)}, and op {step.op} shapes the package: what passes it by is another one; leave {key} out",
                      placed.place, f"{placed.id}.{key}")
        return
    told = {one.message for one in _told(recipe)}
    for one in _told(replace(recipe, steps=tuple(other for other in recipe.steps if other is not placed))):
        if one.message not in told:
            yield Problem(f"{placed.id}: {visited(step)}, and what passes it by lacks it: {one.message.partition(';')[0]}; leave {key} out",
                          placed.place, f"{placed.id}.{key}")
            return


def _told(recipe: Recipe) -> list[Problem]:
    """Of what lies on the panel, and of the panel, all that is not as it should be."""
    return [*states.problems(recipe), *passing.problems(recipe)]


def _cut_apart(recipe: Recipe, number: int, placed: Placed) -> Iterator[Problem]:
    """Rework from behind the cut to what needs a panel."""
    rework = placed.step.rework
    first = recipe.names.first(rework.to) if rework is not None and rework.to is not None else number
    again = recipe.steps[first:number + 1] if first is not None else ()
    shaped = next((other for other in again if other.step.op not in SHAPELESS and not other.step.rework_only), None)
    if shaped is not None and any(other.step.op == "singulate" for other in again):
        yield Problem(f"{placed.id}: rework goes back to {again[0].id} with packages that are cut apart, and {shaped.id} needs a panel",
                      placed.place, f"{placed.id}.rework")
