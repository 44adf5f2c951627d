"""Checks what is on the panel for a while, which no shape shows: tape, flux, palladium; and that nothing is marked twice or follows the packing.

    mount (taped) ─▶ saw ─▶ release (taped no more)        a saw without tape is refused, and a reflow on tape
    plasma ─▶ mould                                        a mould without it is warned of, and loses packages
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from procsim.errors import Problem
from procsim.model.steps import Bond, Fill
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import ability, doer, op_of, part_of, processes_for, would_fit

WORDS = {"taped": "the panel on tape", "active": "an activated surface", "marked": "marked packages", "packed": "packed packages",
         "fluxed": "flux on the panel", "cleaned": "a clean panel", "plasma_treated": "a surface fresh from plasma",
         "descummed": "openings free of scum", "dry": "a panel without moisture"}
"""States of the whole panel, as a message says what a step needs."""
MAY_GIVE = {"none": set(WORDS) - {"packed"}, "clean": set(WORDS) - {"packed"}, "bake": {"dry"}}
"""What a step that says nothing of itself, or is refused for its op, may have done, by its op."""
ONCE = ("taped", "marked")
LEFT = {"taped": "is still on the tape", "fluxed": "still has the flux on it"}
"""What no finished package bears."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A *state* that the step of number *step* wants and does not find, the *chance* of a package to survive that, and all of it as *told*."""

    step: int
    state: str
    chance: float
    told: str


def missing(recipe: Recipe) -> Iterator[Missing]:
    """Every state that a step wants and no step before it gives."""
    if not any(ability(placed.step).wants for placed in recipe.steps):
        return
    for number, placed, given in _walk(recipe):
        wanted = ability(placed.step).wants
        for state, chance in wanted.items() if wanted and _told(placed) else ():
            if state not in given:
                fit = [name for name, process in recipe.document.processes.items()
                       if state in ability(process).gives and MAY_GIVE.keys() & set(ability(process).ops)]
                loss = f", so that {100 * chance:.3g} % of packages survive it" if chance < 1 else ""
                yield Missing(number, state, chance, f"{placed.id}: {doer(placed.step)} is for {WORDS.get(state, state)}, and no step before it "
                              f"gives that{loss}; real lines have a step for it ({would_fit(fit)} before it)")


def survival(recipe: Recipe) -> dict[int, float]:
    """The chance of a package, by step, to survive what that step wants and does not find."""
    found: dict[int, float] = {}
    for one in missing(recipe):
        found[one.step] = found.get(one.step, 1.0) * one.chance
    return found


def _walk(recipe: Recipe) -> Iterator[tuple[int, Placed, dict[str, Placed]]]:
    """Each step that lots come to without rework, with its number and the states of the panel before it, by who gave them."""
    given: dict[str, Placed] = {}
    for number, placed in enumerate(recipe.steps):
        if not placed.step.rework_only:
            yield number, placed, given
            given = _after(placed, given)


def _after(placed: Placed, given: dict[str, Placed]) -> dict[str, Placed]:
    """The states in which a step leaves a panel that it finds in those *given*; what it wanted is no matter any more to those that follow."""
    can = ability(placed.step)
    left = {state: by for state, by in (dict.fromkeys(can.wants, placed) | given).items() if state not in can.ends}
    gives = can.gives if _told(placed) else MAY_GIVE.get(op_of(placed.step), set()) - left.keys()
    return left | {state: placed for state in gives if state in WORDS}


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Steps that come without the state that they need, or in one that they do not stand, and states that are left at the end."""
    end: dict[str, Placed] = {}
    for _, placed, given in _walk(recipe):
        if "packed" in given:
            packer = given["packed"]
            yield Problem(f"{packer.id}: {doer(packer.step)} packs the packages, and {placed.id} comes after it; pack last", packer.place,
                          f"{packer.id}.process")
            return
        if _told(placed):
            yield from _wrong(recipe, placed, given)
        end = _after(placed, given)
    for left, words in LEFT.items():
        if left in end and _told(end[left]):
            fit = would_fit(processes_for(recipe.document, ends=left))
            yield Problem(f"{end[left].id}: the finished package {words}; {fit} after it", end[left].place, end[left].id)


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
    for state in can.bars:
        if state in given and _told(given[state]):
            yield Problem(f"{step.id}: {who} cannot be done with {WORDS.get(state, state)}, as {given[state].id} leaves it; do it before that, or "
                          f"end that first ({would_fit(processes_for(recipe.document, ends=state))})", placed.place, f"{step.id}.process")
    for once in ONCE:
        if once in can.gives and once in given and _told(given[once]):
            yield Problem(f"{step.id}: {who} makes {WORDS[once]}, and {given[once].id} did that already; take one of them away", placed.place,
                          f"{step.id}.process")
    part = part_of(recipe.product, recipe.document.parts, step)
    lidded = part is not None and part.kind == "lid"
    if (isinstance(step, Fill | Bond) or lidded) and "fluxed" in given and _told(given["fluxed"]):
        over = "filled over" if isinstance(step, Fill) else "covered"
        yield Problem(f"{step.id}: the flux of {given['fluxed'].id} is still on the panel and would be {over}; clean it off before",
                      placed.place, step.id)
    if "taped" in given and can.temperature_C is not None:
        for name in sorted(given["taped"].step.consumes or ()):
            limit = recipe.document.materials[name].stands_C if name in recipe.document.materials else None
            if limit is not None and can.temperature_C > limit:
                yield Problem(f"{step.id}: {who} is done at {can.temperature_C:g} °C, and {name} of {given['taped'].id} stands {limit:g} °C; do it "
                              "before that, or take the tape off first", placed.place, f"{step.id}.process")
