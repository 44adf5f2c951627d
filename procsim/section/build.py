"""Recipe in, the package after every step out; refuses what is physically wrong, and a package that does not work."""

from __future__ import annotations

from dataclasses import dataclass

from procsim.errors import Problem, RecipeError
from procsim.model.steps import Attach, Step
from procsim.recipe.load import Recipe
from procsim.section import attach, layout, ops
from procsim.section.connect import check_nets
from procsim.section.field import ball_field
from procsim.section.passives import footprint_cm2
from procsim.section.shape import PANEL, Section

OPS: dict[str | None, ops.Op] = {
    None: ops.leave,
    "attach": attach.attach,
    "deposit": ops.deposit,
    "fill": ops.fill,
    "planarize": ops.planarize,
    "pattern": ops.pattern,
    "etch": ops.etch,
    "plate": ops.plate,
    "cavity": ops.cavity,
    "bond": attach.bond,
    "flip": ops.flip,
    "strip": ops.strip,
    "singulate": ops.singulate,
    "inspect": ops.leave,
    "test": ops.leave,
    "clean": ops.leave,
    "bake": ops.leave,
}

AFTER_SINGULATION = {None, "inspect", "test", "clean", "bake"}
"""Ops that need no panel."""


@dataclass(frozen=True, slots=True)
class Built:
    """One *step* and the section *before* and *after* it."""

    step: Step
    before: Section
    after: Section


def start(recipe: Recipe) -> Section:
    """The panel that the line starts with."""
    product = recipe.document.product
    assert product is not None
    steps = [p.step for p in recipe.steps]
    fins = any(layer.mask == "fin" for s in steps if isinstance(s, Attach) and s.what in recipe.document.parts
               for layer in recipe.document.parts[s.what].stack())
    empty = Section(layout.columns(product, layout.wiring_layers(steps), fins))
    part = recipe.document.parts[product.panel.part]
    return empty.map(lambda c: c.plus(*attach.part_slabs(part, empty, c, 0.0, product.panel.part))).signed(PANEL)


def build(recipe: Recipe) -> tuple[Built, ...]:
    """The section before and after each step. Raises RecipeError where a step cannot be done, or the package cannot work."""
    product = recipe.document.product
    if product is None:
        return ()
    problems = list(_sizes(recipe))
    if problems:
        raise RecipeError(*problems)
    section = start(recipe)
    built: list[Built] = []
    for placed in recipe.steps:
        site = ops.Site(product, recipe.document.materials, recipe.document.parts, placed.place)
        step = placed.step
        if section.singulated and step.op not in AFTER_SINGULATION:
            raise RecipeError.at(placed.place, f"{step.id}: {step.op} needs a panel, but the packages are already cut apart", step.id)
        after = OPS[step.op](section, step, site).signed(step.id)
        built.append(Built(step, section, after))
        section = after
    check_nets(section, site, recipe)
    return tuple(built)


def _sizes(recipe: Recipe) -> list[Problem]:
    """Dies that do not fit the package, a package that does not fit the panel."""
    product = recipe.document.product
    assert product is not None
    found: list[Problem] = []
    place = recipe.place
    package = product.package
    total = sum(die.width_mm * die.length_mm * die.count for die in product.dies.values())
    for name, die in product.dies.items():
        if min(die.width_mm, die.length_mm) > min(package.width_mm, package.length_mm) or max(die.width_mm, die.length_mm) > max(
                package.width_mm, package.length_mm):
            found.append(Problem(f"die {name} ({die.width_mm:g} × {die.length_mm:g} mm) is larger than the package "
                                 f"({package.width_mm:g} × {package.length_mm:g} mm)", place(f"product.dies.{name}"), f"product.dies.{name}"))
        if die.pads * die.pad_um**2 * 1e-6 > die.width_mm * die.length_mm:
            found.append(Problem(f"die {name} has no room for {die.pads} pads of {die.pad_um:g} µm", place(f"product.dies.{name}.pads"),
                                 f"product.dies.{name}.pads"))
        gap = 2 * layout.CLEARANCE_MM
        if not found and (die.width_mm + gap > package.width_mm or die.length_mm + gap > package.length_mm) and (
                die.length_mm + gap > package.width_mm or die.width_mm + gap > package.length_mm):
            found.append(Problem(f"die {name} leaves no room round it in the package to fan out", place("product.dies"), f"product.dies.{name}"))
        if product.vias.diameter_um > die.pad_um and layout.wiring_layers([p.step for p in recipe.steps]):
            found.append(Problem(f"vias of {product.vias.diameter_um:g} µm do not fit the {die.pad_um:g} µm pads of die {name}", place("product"),
                                 "product.vias.diameter_um"))
    layers = layout.wiring_layers([p.step for p in recipe.steps])
    for name, passive in product.passives.items():
        if passive.levels and passive.layer + passive.levels - 1 > layers:
            found.append(Problem(f"passive {name} lies in wiring layer {passive.layer + passive.levels - 1}, but the steps build {layers}",
                                 place(f"product.passives.{name}"), f"product.passives.{name}.layer"))
    free = package.width_mm * package.length_mm / 100 * (1 - product.wiring.coverage)
    if not found and footprint_cm2(product) > free:
        found.append(Problem(f"the passives ({footprint_cm2(product):g} cm²) do not fit beside the wiring, which leaves {free:g} cm²",
                             place("product.passives"), "product.passives"))
    if product.bonding.pitch_mm is not None and ball_field(product).places < product.bonding.count:
        found.append(Problem(f"at a pitch of {product.bonding.pitch_mm:g} mm the package has {ball_field(product).places} places for "
                             f"{product.bonding.count} bonding points", place("product.bonding"), "product.bonding.pitch_mm"))
    points = product.bonding.count * (product.bonding.pad_um / 1000) ** 2
    if points > package.width_mm * package.length_mm:
        found.append(Problem(f"{product.bonding.count} bonding pads of {product.bonding.pad_um:g} µm ({points:g} mm²) do not fit the package "
                             f"({package.width_mm * package.length_mm:g} mm²)", place("product.bonding"), "product.bonding"))
    if total > package.width_mm * package.length_mm and not found:
        room = package.width_mm * package.length_mm
        found.append(Problem(f"the dies ({total:g} mm²) do not fit the package ({room:g} mm²)", place("product.dies"), "product.dies"))
    if not found and layout.panel_geometry(product).units < 1:
        found.append(Problem("not one package fits the panel inside its edge exclusion", place("product.panel"), "product.panel"))
    return found
