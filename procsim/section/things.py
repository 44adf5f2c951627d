"""Checks that what a step works on, looks at or tests is there by then, and in sight where it must be.

    attach ─▶ inspect_dies ─▶ mould        an inspection of dies after the mould sees none, and is refused
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from procsim.errors import Problem
from procsim.model.ability import Thing
from procsim.model.steps import Fill
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import ability, doer, listed, op_of, would_fit
from procsim.section.looks import hidden
from procsim.section.section import EPS, PANEL, Column, Section, Slab

Finder = Callable[[Recipe, Section], bool]
SILENT = frozenset({"none", "clean", "bake", "inspect", "test", "flip"})
"""Ops whose faults show on what the others made: an inspection may see them wherever it sees anything."""


def _conducts(recipe: Recipe, slab: Slab) -> bool:
    return recipe.document.materials[slab.material].conductor


def _layered(recipe: Recipe) -> bool:
    """Whether the panel comes with wiring of its own, or with dies."""
    panel = recipe.product.panel
    return recipe.document.parts[panel.part].layers is not None or panel.dies_in_place


def _bare(section: Section) -> Iterator[Slab]:
    return (column.surface for column in section.columns if column.surface is not None)


def _bare_wiring(recipe: Recipe, section: Section) -> bool:
    """Whether metal that is no die's, no heat sink's and no plain panel's lies in sight."""
    parts, panel = recipe.document.parts, recipe.product.panel.part
    ready = {name for name in parts if name != panel or parts[name].layers is None}
    return (section.layer > 1 or _layered(recipe)) and any(
        _conducts(recipe, slab) and slab.part not in ready and slab.part not in section.dies for slab in _bare(section))


def _filling(recipe: Recipe, section: Section) -> bool:
    fills = {placed.id for placed in recipe.steps if isinstance(placed.step, Fill) and placed.step.mask is None}
    return any(slab.by in fills for column in section.columns for slab in column.stack)


def _joints(_: Recipe, section: Section) -> bool:
    bumps = {f"{name} bump" for name in section.dies}
    return section.points or any(slab.part in bumps for column in section.columns for slab in column.stack)


def _points(recipe: Recipe, section: Section) -> bool:
    parts = recipe.document.parts
    return any(slab.part in parts and parts[slab.part].kind == "point" for slab in _bare(section))


def _holes(recipe: Recipe, section: Section) -> bool:
    """Whether bare metal lies lower than a bare insulator that was laid."""
    def insulates(column: Column) -> bool:
        slab = column.surface
        laid = slab is not None and (slab.by != PANEL or _layered(recipe)) and slab.part not in section.dies
        return laid and slab is not None and not _conducts(recipe, slab) and not recipe.document.materials[slab.material].sacrificial

    high = max((column.top for column in section.columns if insulates(column)), default=0.0)
    return any(slab.top < high - EPS and _conducts(recipe, slab) for slab in _bare(section))


def _open_resist(recipe: Recipe, section: Section) -> bool:
    resist = [recipe.document.materials[slab.material].sacrificial for slab in _bare(section)]
    return any(resist) and not all(resist)


def _circuit(recipe: Recipe, section: Section) -> bool:
    return bool(section.dies) and (section.layer > 1 or _layered(recipe))


def _contacts(recipe: Recipe, section: Section) -> bool:
    """Whether needles reach bonding points or pads from above (once cut apart, from either side), and no film of metal shorts them."""
    parts, pads = recipe.document.parts, section.inside("bonding_pad")

    def reached(slab: Slab) -> bool:
        own = parts[slab.part].kind if slab.part in parts else "point"
        return _conducts(recipe, slab) and (own == "point" or (slab.by == PANEL and _layered(recipe)))

    sides = [[column.stack[end] for column in pads if column.stack] for end in ((-1, 0) if section.singulated else (-1,))]
    reach = any(all(reached(slab) for slab in side) for side in sides if side)
    wafer = recipe.product.panel.dies_in_place and any(slab.pad for slab in _bare(section))
    return _circuit(recipe, section) and (reach or wafer) and not _shorted(recipe, section)


def _shorted(recipe: Recipe, section: Section) -> bool:
    """Whether a film of metal that one step laid goes through everywhere."""
    films = [{slab.by for slab in column.stack if slab.part == slab.by and _conducts(recipe, slab)} for column in section.columns
             if column.stack and column.region != "gap" and "street" not in column.masks]
    return bool(films) and bool(set.intersection(*films))


THINGS: dict[Thing, tuple[str, Finder]] = {
    "bare_dies": ("dies in sight", lambda _, section: any(slab.part in section.dies for slab in _bare(section))),
    "bare_pads": ("bare pads of dies", lambda _, section: any(slab.pad for slab in _bare(section))),
    "bare_wiring": ("wiring in sight", _bare_wiring),
    "filling": ("a filling or underfill", _filling),
    "joints": ("bumps or bonding points", _joints),
    "points": ("bonding points in sight", _points),
    "circuit": ("dies with wiring that leads out of them", _circuit),
    "contacts": ("dies with wiring whose points or pads lie open on top and are not shorted by a film of metal", _contacts),
    "holes": ("open holes in an insulator", _holes),
    "open_resist": ("an open resist", _open_resist),
    "passives": ("passives of the product", lambda recipe, _: bool(recipe.product.passives)),
    "packages": ("packages cut apart", lambda _, section: section.singulated),
}
"""What a message calls a thing, and whether it is there."""


def problems(recipe: Recipe, placed: Placed, before: Section) -> Iterator[Problem]:
    """A step for which nothing is there that it works on, and an inspection for what it cannot see."""
    can, step = ability(placed.step), placed.step
    if step.rework_only or op_of(step) not in can.ops:
        return
    if can.on and not _found(recipe, before, can.on):
        wanted = listed((THINGS[thing][0] for thing in can.on), "or")
        yield Problem(f"{placed.id}: {doer(step)} works on {wanted}, and there is nothing of the kind by then; do it where there is"
                      f"{_other(recipe, placed, before)}", placed.place, f"{placed.id}.process")
        return
    yield from _blind(recipe, placed, before)
    yield from hidden(recipe, placed, before)


def _other(recipe: Recipe, placed: Placed, before: Section) -> str:
    """What else could be done there, as a message ends."""
    fit = _instead(recipe, placed, before)
    return f", or take another process: {would_fit(fit)}" if fit else ""


def _instead(recipe: Recipe, placed: Placed, before: Section) -> list[str]:
    """Processes for the step's op that find there what they work on."""
    found = {name: ability(process) for name, process in recipe.document.processes.items() if op_of(placed.step) in ability(process).ops}
    same = {name: can for name, can in found.items() if set(can.gives) == set(ability(placed.step).gives)}
    seen = _seen(recipe, placed)
    return [name for name, can in same.items() if can.on and _found(recipe, before, can.on) and (not can.finds or seen <= set(can.finds))]


def _found(recipe: Recipe, section: Section, things: list[Thing]) -> bool:
    return any(THINGS[thing][1](recipe, section) for thing in things)


def _seen(recipe: Recipe, placed: Placed) -> set[str]:
    """Ops of the steps for whose faults an inspection says that it looks, without those that show on the others."""
    return {op_of(recipe.steps[s].step) for name in placed.step.sees or () for s in recipe.names.all(name)} - SILENT


def _blind(recipe: Recipe, placed: Placed, before: Section) -> Iterator[Problem]:
    """An inspection of which all that it is to see is what it cannot."""
    can = ability(placed.step)
    seen = _seen(recipe, placed) if can.finds else set()
    if seen and seen.isdisjoint(can.finds):
        looks = listed(sorted(seen), "or")
        yield Problem(f"{placed.id}: {doer(placed.step)} finds what went wrong in {listed(can.finds, 'or')}, not in {looks}, which sees names; "
                      f"let it see others{_other(recipe, placed, before)}", placed.place, f"{placed.id}.process")
