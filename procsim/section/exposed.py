"""Checks what only the section tells of a step: temperatures that what is on the panel must stand, depths, resists, and what things land on."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import Attach, Bond, Fill, Pattern, Planarize, Singulate, Step
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.bounds import depth, outside
from procsim.section.fitting import a, ability, doer, goes_again, listed, materials_for, part_of, processes_for, sorts_of, unlike, would_fit
from procsim.section.section import EPS, PANEL, Section


def problems(recipe: Recipe, placed: Placed, before: Section, after: Section) -> Iterator[Problem]:
    """What is wrong with the step that made *after* out of *before*."""
    yield from _heat(recipe, placed, before)
    yield from _filled(recipe, placed, before, after)
    yield from _removed(recipe, placed, before, after)
    yield from _worn(recipe, placed, before, after)
    yield from _held(recipe, placed, before, after)
    yield from _landed(recipe, placed, before)
    yield from _cut(recipe, placed, before)


def _heat(recipe: Recipe, placed: Placed, before: Section) -> Iterator[Problem]:
    """Materials on the panel that do not stand the temperature of the step."""
    can, materials = ability(placed.step), recipe.document.materials
    if can.temperature_C is None:
        return
    reflow = "reflow" in can.gives
    there = {slab.material: slab.by for column in before.columns for slab in column.stack}
    if isinstance(placed.step, Bond):
        there |= {layer.material: placed.id for layer in recipe.document.parts[placed.step.part].stack()}
    for name, by in sorted(there.items()):
        material = materials[name]
        if name in can.frees or (reflow and "reflow" in material.needs):
            continue
        limits = [limit for limit in (material.stands_C, material.peak_C if reflow else None) if limit is not None]
        if limits and can.temperature_C > max(limits):
            of, mend = ("the panel", "another panel (product.panel.part)") if by == PANEL else (by, _cooler(recipe, name))
            yield Problem(f"{placed.id}: {doer(placed.step)} is done at {can.temperature_C:g} °C, and {name} of {of} stands "
                          f"{max(limits):g} °C; take a cooler process, or {mend}", placed.place,
                          "product.panel.part" if by == PANEL else f"{placed.id}.process")


def _cooler(recipe: Recipe, name: str) -> str:
    """What else would do where *name* does not stand the heat of a step."""
    material = recipe.document.materials[name]
    if not goes_again(material):
        return f"do it before {name} is there"
    stays = f"; as an insulator that stays take {listed(materials_for(recipe.document, {'liquid_dielectric'}))}" if "resist" in material.roles else ""
    return f"strip {name} before: it is {a(material.roles)}, and goes again{stays}"


def _filled(recipe: Recipe, placed: Placed, before: Section, after: Section) -> Iterator[Problem]:
    """A fill deeper, or (below a die) lower, than its material fills."""
    step = placed.step
    if not isinstance(step, Fill):
        return
    material = recipe.document.materials[step.material]
    heights = [slab.thickness for old, new in zip(before.columns, after.columns, strict=True) for slab in new.stack
               if slab.material == step.material and slab not in old.stack and new.region != "street"]
    if not heights:
        return
    bound = outside(max(heights), None, material.max_um) or (outside(min(heights), material.min_um, None) if step.under else "")
    if bound:
        um = max(heights) if "most" in bound else min(heights)
        fit = [name for name in materials_for(recipe.document, material.roles) if not outside(um, None, recipe.document.materials[name].max_um)]
        mend = would_fit(fit) if "most" in bound else "make the gap higher"
        yield Problem(f"{step.id}: {step.material} fills {bound}, and this is {um:.4g} µm; {mend}", placed.place, f"{step.id}.material")


def _removed(recipe: Recipe, placed: Placed, before: Section, after: Section) -> Iterator[Problem]:
    """What a planarizing or a hole goes through: as deep as the process does, and of materials that it takes."""
    step, can = placed.step, ability(placed.step)
    if isinstance(step, Planarize):
        um = before.top - after.top
        takes = set(can.takes)
        gone = {slab.material for old in before.columns for slab in old.stack if slab.top > after.top + EPS}
        for name in sorted(gone):
            roles = recipe.document.materials[name].roles
            if unlike(roles, takes):
                yield Problem(f"{step.id}: {doer(step)} takes off {a(sorted(takes))}, and {name} is {a(roles)}; grind it, or "
                              f"take {listed(materials_for(recipe.document, takes))}", placed.place, f"{step.id}.process")
    elif isinstance(step, Pattern):
        um = max((old.stack[-1].top - old.stack[-1].bottom for old, new in zip(before.columns, after.columns, strict=True)
                  if len(new.stack) < len(old.stack)), default=0.0)
    else:
        return
    if um and (bound := depth(can, um)):
        mend = "take another process, or take the rest off before" if isinstance(step, Planarize) else "take another process"
        yield Problem(f"{step.id}: {doer(step)} takes off {bound}, and this is {um:.4g} µm; {mend}", placed.place, f"{step.id}.process")


def unusual(step: Step, before: Section, after: Section) -> str:
    """That grinding or polishing takes off more than it usually does; "" where it does not."""
    usual, um = ability(step).usual_um, before.top - after.top
    if not isinstance(step, Planarize) or usual is None or um <= usual + EPS:
        return ""
    return f"{step.id}: {doer(step)} takes off {um:.4g} µm; usually it is at most {usual:g} µm, and the rest is ground off before"


def _worn(recipe: Recipe, placed: Placed, before: Section, after: Section) -> Iterator[Problem]:
    """A resist that is gone before the holes beside it are open, and an opening through none where the process needs one."""
    step, loss = placed.step, ability(placed.step).resist_loss
    if not isinstance(step, Pattern) or loss is None:
        return
    pairs = list(zip(before.columns, after.columns, strict=True))
    need = loss * max((old.top - new.top for old, new in pairs), default=0.0)
    beside = [old.surface for old, new in pairs if old == new and old.surface is not None and old.region != "gap"]
    bare = next((slab for slab in beside if not recipe.document.materials[slab.material].sacrificial), None)
    if bare is not None:
        fit = listed(materials_for(recipe.document, {"resist"}))
        yield Problem(f"{step.id}: {doer(step)} opens all that no resist covers, and {bare.material} beside the {step.mask} lies bare; lay a resist "
                      f"({fit}), expose and develop it before", placed.place, f"{step.id}.process")
        return
    thin = min(beside, key=lambda slab: slab.top - slab.bottom)
    um, address, through = thin.top - thin.bottom, f"{thin.by}.thickness_um", step.id.rpartition("/")[2]
    if um < need - EPS:
        yield Problem(f"{thin.by}: {um:g} µm of {thin.material} are gone before {through} is through: {doer(step)} takes {loss:g} µm of it for "
                      f"each µm that it opens; make it at least {need:.3g} µm thick", recipe.place(address), address)


def _held(recipe: Recipe, placed: Placed, before: Section, after: Section) -> Iterator[Problem]:
    """Dies without bumps that are put on what does not hold them."""
    step, document = placed.step, recipe.document
    if not isinstance(step, Attach) or step.adhesive is not None or not ability(step).ops or ability(step).takes:
        return
    flat = sorts_of(recipe, step) & {"die", "face_down"}
    under = {c.surface.material for c in before.columns if c.surface is not None and c.die in set(after.dies) - set(before.dies)} if flat else set()
    for name in sorted(under):
        roles = set(document.materials[name].roles)
        if roles and roles.isdisjoint({"adhesive", "tacky"}):
            tacky = listed(materials_for(document, {"tacky"}), "or")
            yield Problem(f"{step.id}: nothing holds {step.what}: they lie on {name}, which they do not stick to; give adhesive and adhesive_um: "
                          f"{would_fit(materials_for(document, {'adhesive'}))}; or put them on {tacky}", placed.place, f"{step.id}.adhesive")


def _landed(recipe: Recipe, placed: Placed, before: Section) -> Iterator[Problem]:
    """Bonding points on a metal that they do not stick to."""
    step, document = placed.step, recipe.document
    part = part_of(recipe.product, document.parts, step)
    if not isinstance(step, Attach) or part is None or not part.lands_on:
        return
    wanted = part.lands_on
    for name in sorted({c.surface.material for c in before.inside("bonding_pad") if c.surface is not None}):
        roles = document.materials[name].roles
        if unlike(roles, wanted):
            kind = listed((role.replace("_", " ") for role in wanted), "or")
            yield Problem(f"{step.id}: {step.what} does not stick to {name}, which is not {kind}; plate a finish on the pads before "
                          f"({listed(materials_for(document, {'finish'}))})", placed.place, f"{step.id}.what")


def _cut(recipe: Recipe, placed: Placed, before: Section) -> Iterator[Problem]:
    """Panels that the process does not cut."""
    takes, document = set(ability(placed.step).takes), recipe.document
    if not isinstance(placed.step, Singulate) or not takes:
        return
    sheets = {name for name, part in document.parts.items() if part.kind == "sheet"}
    for name in sorted({slab.material for column in before.inside("street") for slab in column.stack if slab.part in sheets}):
        roles = document.materials[name].roles
        if unlike(roles, takes):
            fit = [other for other in processes_for(document, "singulate", roles) if other != placed.step.process]
            yield Problem(f"{placed.id}: {doer(placed.step)} does not cut {name}; {would_fit(fit)}", placed.place, f"{placed.id}.process")
