"""Checks the bounds that the library states: thickness, holes on their pads, streets, coverage, pads under terminals, sizes of parts."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.ability import Ability
from procsim.model.library import Part
from procsim.model.product import Product
from procsim.model.steps import Attach, Bond, Cavity, Deposit, Pattern, Plate, Singulate
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import ability, dies_placed, doer, parts_attached
from procsim.section.layout import wiring_layers
from procsim.section.limits import slip
from procsim.section.section import EPS


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Everything that a number of the recipe alone tells to be out of bounds."""
    before = 0
    for number, placed in enumerate(recipe.steps):
        yield from _thickness(recipe, placed)
        yield from _wiring(recipe, placed)
        if isinstance(placed.step, Pattern) and placed.step.mask == "via":
            yield from _hole(recipe, placed, first=not before)
        if isinstance(placed.step, Singulate) or (isinstance(placed.step, Cavity) and placed.step.mask == "street"):
            yield from _street(recipe, placed)
        before = wiring_layers([p.step for p in recipe.steps[:number + 1]])
    yield from _coats(recipe)
    yield from _dies(recipe)
    yield from _points(recipe)
    yield from _sizes(recipe)


def outside(value: float, least: float | None, most: float | None) -> str:
    """What is wrong with *value*: "" where it lies between the bounds."""
    if least is not None and value < least - EPS:
        return f"at least {least:g} µm"
    if most is not None and value > most + EPS:
        return f"at most {most:g} µm"
    return ""


def _thickness(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """Coats, platings and bond lines thinner or thicker than their material, or their process, makes them."""
    step = placed.step
    if isinstance(step, Attach | Bond) and step.adhesive is not None and step.adhesive_um is not None:
        said, um, field, what = step.adhesive, step.adhesive_um, "adhesive_um", "a bond line"
    elif isinstance(step, Deposit | Plate):
        said, um, field, what = step.material, step.thickness_um, "thickness_um", "a coat" if isinstance(step, Deposit) else "a plating"
    elif isinstance(step, Cavity) and step.depth_um is not None:
        deep = min(step.depth_um.values()) if isinstance(step.depth_um, dict) else step.depth_um
        said, um, field, what = "", deep, "depth_um", "a cavity"
    elif isinstance(step, Cavity):
        product = recipe.product
        said, um, field, what = "", sum(layer.thickness_um for layer in recipe.document.parts[product.panel.part].stack()), "process", "an opening"
    else:
        return
    if said:
        material = recipe.document.materials[said]
        most = None if isinstance(step, Deposit) else material.max_um  # a coat that is too thick is refused where it is laid
        if bound := outside(um, material.min_um, most):
            hint = slip(um, material.min_um, material.max_um, "µm")
            yield Problem(f"{step.id}: {what} of {said} is {bound} thick (asked for {um:g}){hint}", placed.place, f"{step.id}.{field}")
            return
    can = ability(step)
    if not isinstance(step, Attach | Bond) and (bound := outside(um, can.min_um, can.max_um)):
        how = "deep" if isinstance(step, Cavity) else "thick"
        hint = slip(um, can.min_um, can.max_um, "µm")
        yield Problem(f"{step.id}: {what} by {doer(step)} is {bound} {how} (asked for {um:g}){hint}", placed.place, f"{step.id}.{field}")


def _repeated(recipe: Recipe) -> Iterator[tuple[str, Placed, int]]:
    """Every coat of what a package has only so many of, with its material and how many of it there are then."""
    coats: dict[str, int] = {}
    for placed in recipe.steps:
        step = placed.step
        if isinstance(step, Deposit) and not placed.step.rework_only:
            coats[step.material] = coats.get(step.material, 0) + 1
            yield step.material, placed, coats[step.material]


def _coats(recipe: Recipe) -> Iterator[Problem]:
    """The first coat of a material that is one too many."""
    for name, placed, coats in _repeated(recipe):
        most = recipe.document.materials[name].max_layers
        if most is not None and coats == most + 1:
            every = sum(1 for other, _, _ in _repeated(recipe) if other == name)
            yield Problem(f"{placed.id}: a package has at most {most} coats of {name} (asked for {every}): the stress of more bows the panel, and "
                          "no surface stays level enough; build fewer layers", placed.place, f"{placed.id}.material")


def warnings(recipe: Recipe) -> list[str]:
    """More coats of a material than are usual, and panels over dies that may not touch them."""
    coats = {name: number for name, _, number in _repeated(recipe)}
    usual = {name: most for name in coats if (most := recipe.document.materials[name].usual_layers) is not None}
    coated = [f"{coats[name]} coats of {name} are more than the {most} that packages usually have: the panel bows with each, and what a layer does "
              "not level adds up; yields and times are those of the first layers" for name, most in usual.items() if coats[name] > most]
    return [*coated, *_unmet(recipe)]


def _unmet(recipe: Recipe) -> Iterator[str]:
    """Panels that are bonded onto dies of which nobody says that the panel is to touch them."""
    dies = False
    for placed in recipe.steps:
        step = placed.step
        dies = dies or (isinstance(step, Attach) and bool(dies_placed(recipe, step)))
        if isinstance(step, Bond) and dies and step.side == "above" and step.contacts is None and ability(step).ops:
            yield (f"{placed.id}: {step.part} goes over dies, and contacts is not said: whether it touches them, and how level they are, is not "
                   "looked at; say contacts: die")


def _wiring(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """Wiring that covers too much or too little, or whose lines are too fine, for what draws or plates it."""
    step, product = placed.step, recipe.product
    if not isinstance(step, Pattern | Plate) or step.mask != "wiring":
        return
    can, share, who = ability(step), product.wiring.coverage, doer(step)
    where, address = f"{step.id}: wiring covers {share:g} of a layer", "product.wiring.coverage"
    if can.max_coverage is not None and share > can.max_coverage:
        yield Problem(f"{where}, which leaves no gaps between lines that {who} makes; at most {can.max_coverage:g}", recipe.place(address), address)
    if can.min_coverage is not None and share < can.min_coverage:
        yield Problem(f"{where}, too little for {who}; at least {can.min_coverage:g}", recipe.place(address), address)
    if can.min_line_um is None:
        return
    for address, field, value in _drawn(product):
        if value < can.min_line_um - EPS:
            yield Problem(f"{step.id}: {field.split('_')[0]}s of {value:g} µm are finer than {who} makes them, {can.min_line_um:g} µm at least "
                          f"({address}.{field})", recipe.place(address), f"{address}.{field}")


def _drawn(product: Product) -> Iterator[tuple[str, str, float]]:
    """(address, field, µm) of every line and gap drawn in wiring layers, those of passives among them."""
    yield "product.wiring", "line_um", product.wiring.line_um
    yield "product.wiring", "space_um", product.wiring.space_um
    for name, passive in product.passives.items():
        if passive.levels:
            yield f"product.passives.{name}", "line_um", passive.line_um
            yield f"product.passives.{name}", "gap_um", passive.gap_um


def _hole(recipe: Recipe, placed: Placed, first: bool) -> Iterator[Problem]:
    """Holes too small for the process, or (those of the *first* layer) which leave no ring of the die's pad round them, or go through it."""
    step, product = placed.step, recipe.product
    can, wide, who, address = ability(step), product.vias.diameter_um, doer(step), "product.vias.diameter_um"
    place = recipe.place("product.vias.diameter_um")
    if can.min_hole_um is not None and wide < can.min_hole_um - EPS:
        yield Problem(f"{step.id}: {who} makes no holes narrower than {can.min_hole_um:g} µm (product.vias.diameter_um is {wide:g})", place, address)
    thin, high = min(((name, die.pad_height_um) for name, die in product.dies.items()), key=lambda pair: pair[1])
    if first and (bound := outside(high, can.min_landing_um, None)):
        address = f"product.dies.{thin}.pad_height_um"
        yield Problem(f"{step.id}: {who} lands on metal {bound} thick, and the pads of die {thin} are {high:g} µm high; make {address} larger",
                      recipe.place(address), address)
    small, pad = min(((name, die.pad_um) for name, die in product.dies.items()), key=lambda pair: pair[1])
    if first and wide + 2 * can.annular_ring_um > pad + EPS:
        most = max(pad - 2 * can.annular_ring_um, 0)
        yield Problem(f"{step.id}: holes of {wide:g} µm miss the {pad:g} µm pads of die {small}: {who} wants {can.annular_ring_um:g} µm of pad round "
                      f"them; make product.vias.diameter_um at most {most:g}, or the pads larger", place, address)


def _street(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """A street that does not hold the cut and its tolerance, or not beside what is as large as the package."""
    product, can = recipe.product, ability(placed.step)
    if can.kerf_um is None:
        return
    street, need, who = 1000 * product.panel.street_mm, can.kerf_um + 2 * can.kerf_tolerance_um, doer(placed.step)
    cut = f"{who} cuts {can.kerf_um:g} µm wide, to ±{can.kerf_tolerance_um:g} µm"
    if street < need - EPS:
        yield Problem(f"{placed.id}: {cut}, and the street is {street:g} µm; make product.panel.street_mm at least {need / 1000:g}",
                      recipe.place("product.panel"), "product.panel.street_mm")
        return
    package = product.package
    for at, step, part in parts_attached(recipe, "ring", "lid"):
        over = max((part.width_mm or package.width_mm) - package.width_mm, (part.length_mm or package.length_mm) - package.length_mm)
        placement = step.placement_um
        room = street - 1000 * over - 2 * placement
        if room < need - EPS and over <= EPS:  # what is larger than the package is told as that
            smaller, wider = (need - room) / 1000 - over, (street + need - room) / 1000
            yield Problem(f"{at.id}: {step.what}, placed to ±{placement:g} µm, leaves {max(room, 0):g} µm of the street to the cut, and {cut}; "
                          f"make it {smaller:g} mm smaller than the package, or product.panel.street_mm at least {wider:g}",
                          at.place, f"parts.{step.what}.width_mm")


def _dies(recipe: Recipe) -> Iterator[Problem]:
    """Dies thicker than the wafers of their material, and pads higher than their metal is laid, or so high that too little of the die is left."""
    product = recipe.product
    for name, die in product.dies.items():
        most = recipe.document.materials[die.material].max_um
        if bound := outside(die.thickness_um, None, most):
            address = f"product.dies.{name}.thickness_um"
            hint = slip(die.thickness_um, None, most, "µm")
            yield Problem(f"die {name} is {die.thickness_um:g} µm thick; {die.material} comes {bound}{hint}", recipe.place(address), address)
        bulk = recipe.document.materials[die.material].min_um
        metal, address = recipe.document.materials[die.pad_material], f"product.dies.{name}.pad_height_um"
        high, left = die.pad_height_um, die.thickness_um - die.pad_height_um
        if bound := outside(high, metal.min_um, metal.max_um):
            yield Problem(f"the pads of die {name} are {high:g} µm high; {die.pad_material} is laid {bound} thick", recipe.place(address), address)
        elif bulk is not None and outside(left, bulk, None):
            yield Problem(f"pads {high:g} µm high leave {left:g} µm of die {name} below them, and {die.material} is at least {bulk:g} µm thick; "
                          f"make {address} at most {die.thickness_um - bulk:g}", recipe.place(address), address)


def _points(recipe: Recipe) -> Iterator[Problem]:
    """Bonding points on pads that are too small, or too large, for them."""
    product = recipe.product
    bonding = product.bonding
    for placed, step, part in parts_attached(recipe, "point"):
        share = bonding.pad_um / bonding.point_um
        least, most = part.min_pad_share, part.max_pad_share
        if (least is not None and share < least - EPS) or (most is not None and share > most + EPS):
            low = f"at least {least * bonding.point_um:g}" if least is not None else ""
            high = f"at most {most * bonding.point_um:g}" if most is not None else ""
            fit = " and ".join(filter(None, (low, high)))
            yield Problem(f"{placed.id}: a {step.what} {bonding.point_um:g} µm high does not go with a pad of {bonding.pad_um:g} µm; "
                          f"make product.bonding.pad_um {fit}, or product.bonding.point_um {_high(part, bonding.pad_um)}",
                          recipe.place("product.bonding"), "product.bonding")


def _high(part: Part, pad_um: float) -> str:
    """How high a bonding point may be on pads of *pad_um*."""
    least, most = part.min_pad_share, part.max_pad_share
    low = f"at least {pad_um / most:.4g}" if most is not None else ""
    high = f"at most {pad_um / least:.4g}" if least is not None else ""
    return " and ".join(filter(None, (low, high)))


def _sizes(recipe: Recipe) -> Iterator[Problem]:
    """Rings, lids and slugs that do not go with the package or the dies."""
    product = recipe.product
    package = product.package
    die = max(max(d.width_mm, d.length_mm) for d in product.dies.values())
    for placed, step, part in parts_attached(recipe, "ring", "lid", "slug"):
        wide, long = part.width_mm or package.width_mm, part.length_mm or package.length_mm
        opening = min(wide, long) - 2 * (part.wall_mm or 0.0)
        placement = step.placement_um
        said = ""
        if part.kind == "slug" and part.width_mm is None:
            continue
        if wide > package.width_mm + EPS or long > package.length_mm + EPS:
            said = (f"({wide:g} × {long:g} mm) is larger than the package ({package.width_mm:g} × {package.length_mm:g} mm); "
                    "give it another size under parts")
        elif part.kind == "ring" and opening <= die:
            said = f"leaves an opening of {max(opening, 0):g} mm for a die of {die:g} mm; make it wider, or its wall_mm thinner"
        elif part.kind == "ring" and 500 * (opening - die) < placement - EPS:
            said = (f"leaves {500 * (opening - die):.4g} µm round a die of {die:g} mm, and is placed to ±{placement:g} µm; make it wider, or its "
                    "wall_mm thinner")
        elif part.kind == "lid" and min(wide, long) < die:
            said = f"({min(wide, long):g} mm wide) does not cover the die ({die:g} mm); make it wider"
        if said:
            yield Problem(f"{placed.id}: {step.what} {said}", placed.place, f"parts.{step.what}.width_mm")


def depth(can: Ability, um: float) -> str:
    """What is wrong with a removal or an opening of *um*."""
    return outside(um, can.min_um, can.max_um)
