"""Checks what is on the panel for a while, which no shape shows: tape, flux, palladium; and that nothing is marked twice or follows the packing.

    mount (taped) ─▶ saw ─▶ release (taped no more)        a saw without tape is refused, and a reflow on tape
"""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import Fill
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import ability, doer, op_of, processes_for, would_fit

WORDS = {"taped": "the panel on tape", "active": "an activated surface", "marked": "marked packages", "packed": "packed packages",
         "fluxed": "flux on the panel"}
"""States of the whole panel, as a message says what a step needs."""
ONCE = ("taped", "marked")
LEFT = {"taped": "is still on the tape", "fluxed": "still has the flux on it"}
"""What no finished package bears."""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Steps that come without the state that they need, or in one that they do not stand, and states that are left at the end."""
    given: dict[str, Placed] = {}
    for placed in recipe.steps:
        if placed.step.rework_only:
            continue
        can = ability(placed.step)
        if "packed" in given:
            packer = given["packed"]
            yield Problem(f"{packer.id}: {doer(packer.step)} packs the packages, and {placed.id} comes after it; pack last", packer.place,
                          f"{packer.id}.process")
            return
        known = _told(placed)
        if known:
            yield from _wrong(recipe, placed, given)
        for state in can.ends:
            given.pop(state, None)
        if known:
            given |= {state: placed for state in can.gives if state in WORDS}
        elif op_of(placed.step) in ("none", "clean"):  # it says nothing of itself, or is refused for its op: it may have done all that is needed
            given |= {state: placed for state in ("taped", "active", "fluxed") if state not in given}
    for left, words in LEFT.items():
        if left in given and _told(given[left]):
            fit = would_fit(processes_for(recipe.document, ends=left))
            yield Problem(f"{given[left].id}: the finished package {words}; {fit} after it", given[left].place, given[left].id)


def _told(placed: Placed) -> bool:
    """Whether the step's process says what it does, and that this is its op."""
    return op_of(placed.step) in ability(placed.step).ops


def _wrong(recipe: Recipe, placed: Placed, given: dict[str, Placed]) -> Iterator[Problem]:
    """What is wrong with a step where the panel is in the states *given*."""
    step, can, who = placed.step, ability(placed.step), doer(placed.step)
    for state in can.needs:
        if state in WORDS and state not in given:
            fit = would_fit(processes_for(recipe.document, gives=state))
            yield Problem(f"{step.id}: {who} needs {WORDS[state]}, and no step before it gives that; {fit} before it", placed.place,
                          f"{step.id}.process")
    for once in ONCE:
        if once in can.gives and once in given and _told(given[once]):
            yield Problem(f"{step.id}: {who} makes {WORDS[once]}, and {given[once].id} did that already; take one of them away", placed.place,
                          f"{step.id}.process")
    if isinstance(step, Fill) and "fluxed" in given and _told(given["fluxed"]):
        yield Problem(f"{step.id}: the flux of {given['fluxed'].id} is still on the panel and would be filled over; clean it off before",
                      placed.place, step.id)
    if "taped" in given and can.temperature_C is not None:
        for name in sorted(given["taped"].step.consumes or ()):
            limit = recipe.document.materials[name].stands_C if name in recipe.document.materials else None
            if limit is not None and can.temperature_C > limit:
                yield Problem(f"{step.id}: {who} is done at {can.temperature_C:g} °C, and {name} of {given['taped'].id} stands {limit:g} °C; do it "
                              "before that, or take the tape off first", placed.place, f"{step.id}.process")
