"""Checks in which form a material comes: that no film is dispensed, no paste laminated, no oxide grown as nitride, no die pocket slit.

    die_tape (a film) ─▶ die_attach_paste (dispenses paste)        refused, with the process that lays films
"""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.ability import Ability
from procsim.model.library import Material
from procsim.model.steps import Attach, Cavity, Fill, Step
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import PROPERTIES, ability, doer, listed, op_of, processes_for, sorts_of, unlike, would_fit

OF = ("material", "adhesive", "rim_adhesive")
"""Fields of a step that name what its process lays down."""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Steps whose process takes their material in another form, makes another one, or opens streets only."""
    for placed in recipe.steps:
        for field in OF:
            name = getattr(placed.step, field, None)
            if name is not None and op_of(placed.step) in ability(placed.step).ops:
                yield from _formed(recipe, placed, field, name)
                yield from _made(recipe, placed, field, name)
        yield from _along(recipe, placed)


def _formed(recipe: Recipe, placed: Placed, field: str, name: str) -> Iterator[Problem]:
    """A film, paste or liquid at a process for another of them."""
    material, forms = recipe.document.materials[name], ability(placed.step).forms
    if material.form is None or not forms or material.form in forms or unlike(material.roles, ability(placed.step).takes):
        return
    roles = set(material.roles) - PROPERTIES
    others = [other for other, one in recipe.document.materials.items() if one.form in forms and set(one.roles) & roles]
    fit = _instead(recipe, placed.step, name)
    mend = f"{would_fit(fit)}{f'; or of materials {listed(others)}' if others else ''}" if fit else would_fit(others)
    edited = f"set {placed.id}.process" in recipe.edits
    yield Problem(f"{placed.id}: {doer(placed.step)} takes what comes as a {listed(forms, 'or')}, and {name} comes as a {material.form}; {mend}",
                  placed.place, f"{placed.id}.{'process' if edited else field}")


def _made(recipe: Recipe, placed: Placed, field: str, name: str) -> Iterator[Problem]:
    """A material that another process makes than the step's; what none says that it makes may be anything's."""
    document, makes = recipe.document, ability(placed.step).makes
    known = any(name in ability(process).makes for process in document.processes.values())
    if makes and name not in makes and known and not unlike(document.materials[name].roles, ability(placed.step).takes):
        does = "fills with" if isinstance(placed.step, Fill) else "makes"
        yield Problem(f"{placed.id}: {doer(placed.step)} {does} {listed(makes, 'or')}, not {name}; {would_fit(_instead(recipe, placed.step, name))}",
                      placed.place, f"{placed.id}.process" if field == "material" else f"{placed.id}.{field}")


def comes_right(can: Ability, name: str, material: Material) -> bool:
    """Whether a process takes the material *name* in its form, and makes it if it says what it makes."""
    return (not can.forms or material.form is None or material.form in can.forms) and (not can.makes or name in can.makes)


def _instead(recipe: Recipe, step: Step, name: str) -> list[str]:
    """Processes that do the same with the material *name* as it comes."""
    document, material = recipe.document, recipe.document.materials[name]
    sorts = sorts_of(recipe, step) if isinstance(step, Attach) else ()
    able = {other: ability(document.processes[other]) for other in processes_for(document, op_of(step), material.roles, sorts)}
    flush = isinstance(step, Fill) and step.over_um == 0
    return [other for other, can in able.items() if other != step.process and can.takes and comes_right(can, name, material)
            and not (flush and can.styles == ["over"])]


def _along(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """A saw that slits from edge to edge, where pockets are wanted."""
    step, styles = placed.step, ability(placed.step).styles
    if isinstance(step, Cavity) and "streets" in styles and step.mask != "street":
        product, document = recipe.product, recipe.document
        roles = {role for layer in document.parts[product.panel.part].stack() for role in document.materials[layer.material].roles}
        shape = "through" if step.through else "blind"
        fit = [name for name in processes_for(document, "cavity", roles) if "streets" not in (does := ability(document.processes[name]).styles)
               and shape in does]
        yield Problem(f"{step.id}: {doer(step)} slits along the streets, from edge to edge, and makes no pockets ({step.mask}); {would_fit(fit)}",
                      placed.place, f"{step.id}.process")
