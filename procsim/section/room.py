"""Checks that there is room: for dies side by side in the package, pads on dies, bonding points and passives on the package."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from itertools import product as combinations

from procsim.errors import Problem
from procsim.model.steps import Attach, Cavity, Singulate
from procsim.recipe.recipe import Recipe
from procsim.section import layout
from procsim.section.field import ball_field
from procsim.section.fitting import ability, dies_placed, doer, parts_attached
from procsim.section.passives import footprint_cm2

Size = tuple[float, float]
TRIED_OUT = 4
"""Up to so many dies every order and turn is tried; beyond, the ``ORDERS``, with all dies lying in each of the ``WAYS``."""
ORDERS: tuple[Callable[[Size], float], ...] = (max, min, math.prod, lambda size: size[1])
"""What is largest goes first: by its longer or its shorter side, its area, or its length."""
WAYS: tuple[Callable[[Size], tuple[Size, ...]], ...] = (
    lambda size: (size,), lambda size: ((max(size), min(size)),), lambda size: ((min(size), max(size)),), lambda size: (size, size[::-1]))
"""How a piece may lie: as it is, along, across, or as it is or turned."""


def fits(sizes: Sequence[Size], width: float, length: float, gap: float) -> bool:
    """Whether rectangles of *sizes* can lie side by side, *gap* apart, in *width* × *length*, each as it is or turned.

    Each goes into the lowest, then leftmost corner that is left by those before it, in every order and turn where they are few.
    """
    if sum(map(math.prod, sizes)) > width * length:
        return False
    if len(sizes) > TRIED_OUT:
        return any(_placed([way(size) for size in sorted(sizes, key=largest, reverse=True)], width, length, gap)
                   for largest in ORDERS for way in WAYS)
    turned = combinations(*((size, size[::-1]) for size in sizes))
    return any(_placed([(size,) for size in order], width, length, gap) for way in turned for order in permutations(way))


def _placed(pieces: Sequence[tuple[Size, ...]], width: float, length: float, gap: float) -> bool:
    """Whether all *pieces* find room, one after the other; each may lie in some ways, and takes the one in which it ends lowest."""
    done: list[tuple[float, float, float, float]] = []
    for ways in pieces:
        corners = [(gap, gap), *((x + w + gap, y0) for x, y, w, _ in done for y0 in (gap, y)),
                   *((x0, y + h + gap) for x, y, _, h in done for x0 in (gap, x))]
        free = [(y + long if len(ways) > 1 else 0.0, y, x, wide, long) for wide, long in ways for x, y in corners
                if x + wide + gap <= width + 1e-9 and y + long + gap <= length + 1e-9 and not any(
                    x < ox + ow + gap - 1e-9 and ox < x + wide + gap - 1e-9 and y < oy + oh + gap - 1e-9 and oy < y + long + gap - 1e-9
                    for ox, oy, ow, oh in done)]
        if not free:
            return False
        _, y, x, wide, long = min(free)
        done.append((x, y, wide, long))
    return True


def problems(recipe: Recipe) -> Iterator[Problem]:
    """The problems of all that has no room."""
    product = recipe.product
    place, package = recipe.place, product.package
    layers = layout.wiring_layers([p.step for p in recipe.steps])
    names = product.instances()
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        yield Problem(f"two dies are called {twice}: a count numbers them; give one another name", place("product.dies"), "product.dies")
        return
    found = [*_dies(recipe, layers)]
    yield from found
    ok = not found
    sizes = [(die.width_mm, die.length_mm) for _, die in layout.dies_of(product)]
    if product.panel.dies_in_place:
        yield from _on_wafer(recipe)
    elif ok and not fits(sizes, package.width_mm, package.length_mm, layout.CLEARANCE_MM):
        ok = False
        room = f"{package.width_mm:g} × {package.length_mm:g} mm"
        said = (f"die {next(iter(product.dies))} leaves no room round it in the package to fan out" if len(sizes) == 1 else
                f"the dies ({', '.join(f'{a:g} × {b:g}' for a, b in sizes)} mm) do not fit the package ({room}) side by side")
        yield Problem(said, place("product.dies"), "product.dies")
    elif ok:
        yield from _rim(recipe, sizes)
    yield from _cavities(recipe, sizes, ok)
    yield from _clearance(recipe)
    yield from _buses(recipe, layers)
    yield from _passives(recipe, layers, ok)
    yield from _points(recipe, ok)
    if ok and layout.panel_geometry(product).units < 1:
        yield Problem("not one package fits the panel inside its edge exclusion", place("product.panel"), "product.panel")


def _dies(recipe: Recipe, layers: int) -> Iterator[Problem]:
    """Dies larger than the package, and pads and vias that do not fit."""
    product, place = recipe.product, recipe.place
    package = product.package
    for name, die in product.dies.items():
        if min(die.width_mm, die.length_mm) > min(package.width_mm, package.length_mm) or max(die.width_mm, die.length_mm) > max(
                package.width_mm, package.length_mm):
            yield Problem(f"die {name} ({die.width_mm:g} × {die.length_mm:g} mm) is larger than the package "
                          f"({package.width_mm:g} × {package.length_mm:g} mm)", place(f"product.dies.{name}"), f"product.dies.{name}")
        if die.pads * die.pad_um**2 * 1e-6 > die.area_mm2:
            yield Problem(f"die {name} has no room for {die.pads} pads of {die.pad_um:g} µm", place(f"product.dies.{name}.pads"),
                          f"product.dies.{name}.pads")
        if product.vias.diameter_um > die.pad_um and layers:
            yield Problem(f"vias of {product.vias.diameter_um:g} µm do not fit the {die.pad_um:g} µm pads of die {name}", place("product"),
                          "product.vias.diameter_um")


def _on_wafer(recipe: Recipe) -> Iterator[Problem]:
    """A wafer of dies: the package is the die, and as thick as the panel that it comes in."""
    product, place = recipe.product, recipe.place
    dies = [die for _, die in layout.dies_of(product)]
    package, first = product.package, dies[0]
    if len(dies) > 1 or (first.width_mm, first.length_mm) != (package.width_mm, package.length_mm):
        yield Problem("dies that stay in their wafer are packages of their own: one die, of the package's size", place("product.package"),
                      "product.package")
    thick = sum(layer.thickness_um for layer in recipe.document.parts[product.panel.part].stack())
    if thick != first.thickness_um:
        yield Problem(f"the dies are {first.thickness_um:g} µm thick, and the wafer that they are in {thick:g} µm", place("product.dies"),
                      "product.dies")


def _rim(recipe: Recipe, sizes: Sequence[Size]) -> Iterator[Problem]:
    """Dies so near to the package's edge that the cut may run into them."""
    product = recipe.product
    placement = max((p.step.placement_um for p in recipe.steps if isinstance(p.step, Attach) and dies_placed(recipe, p.step)), default=0.0)
    for placed in recipe.steps:
        if isinstance(placed.step, Singulate):
            need = ability(placed.step).kerf_tolerance_um + placement
            less = 2 * max(need / 1000 - layout.CLEARANCE_MM, 0.0)
            if not fits(sizes, product.package.width_mm - less, product.package.length_mm - less, layout.CLEARANCE_MM):
                yield Problem(f"{placed.id}: the dies leave less than {need:g} µm of the package round them, and {doer(placed.step)} cuts to "
                              f"±{ability(placed.step).kerf_tolerance_um:g} µm beside dies placed to ±{placement:g} µm; make the package larger",
                              recipe.place("product.dies"), "product.dies")


def _clearance(recipe: Recipe) -> Iterator[Problem]:
    """Cavities narrower than the dies are placed exactly."""
    cavity = None
    for placed in recipe.steps:
        step = placed.step
        if isinstance(step, Cavity) and step.mask in ("die", "cavity"):
            cavity = placed, step
        elif cavity is not None and isinstance(step, Attach) and dies_placed(recipe, step):
            at, made = cavity
            if step.placement_um > made.clearance_um:
                yield Problem(f"{at.id}: a cavity leaves {made.clearance_um:g} µm beside the die, which {doer(step)} places to "
                              f"±{step.placement_um:g} µm; make clearance_um larger", at.place, f"{at.id}.clearance_um")


def _buses(recipe: Recipe, layers: int) -> Iterator[Problem]:
    """Buses that are wider together than all wiring layers of the package."""
    product = recipe.product
    taken = sum(bus.count * (bus.width_um + product.wiring.space_um) for bus in product.buses.values())
    room = 1000 * product.package.length_mm * max(layers, 1)
    if taken > room:
        widest = max(product.buses, key=lambda name: product.buses[name].count * product.buses[name].width_um)
        address = f"product.buses.{widest}.width_um"
        yield Problem(f"the buses take {taken / 1000:.4g} mm side by side, {widest} most of it, and {layers} wiring "
                      f"layer{'s have' if layers > 1 else ' has'} {room / 1000:.4g} mm across the package; make {widest} narrower",
                      recipe.place(address), address)


def _cavities(recipe: Recipe, sizes: Sequence[Size], ok: bool) -> Iterator[Problem]:
    """The problems of cavities that run into each other, or out of the package."""
    product = recipe.product
    for placed in recipe.steps:
        step = placed.step
        if ok and isinstance(step, Cavity) and step.mask in ("die", "cavity"):
            wider = [(a + step.clearance_um / 500, b + step.clearance_um / 500) for a, b in sizes]
            if not fits(wider, product.package.width_mm, product.package.length_mm, layout.CLEARANCE_MM):
                yield Problem(f"{step.id}: cavities {step.clearance_um:g} µm wider than the dies on every side do not fit the package; "
                              "make clearance_um smaller", placed.place, f"{step.id}.clearance_um")


def _passives(recipe: Recipe, layers: int, ok: bool) -> Iterator[Problem]:
    product, place = recipe.product, recipe.place
    for name, passive in product.passives.items():
        if passive.levels and passive.layer + passive.levels - 1 > layers:
            yield Problem(f"passive {name} lies in wiring layer {passive.layer + passive.levels - 1}, but the steps build {layers}",
                          place(f"product.passives.{name}"), f"product.passives.{name}.layer")
        if layout.inside(product, passive.between[0]):
            yield Problem(f"passive {name} starts at {passive.between[0]}, which runs from die to die and has no bonding pad beside it; "
                          "start it at a side that fans out", place(f"product.passives.{name}"), f"product.passives.{name}.between")
        if not fits([(passive.width_um / 1000, passive.length_um / 1000)], product.package.width_mm, product.package.length_mm, 0.0):
            yield Problem(f"passive {name} ({passive.width_um / 1000:g} × {passive.length_um / 1000:g} mm) is larger than the package "
                          f"({product.package.width_mm:g} × {product.package.length_mm:g} mm)", place(f"product.passives.{name}"),
                          f"product.passives.{name}.width_um")
    free = product.package.area_cm2 * (1 - product.wiring.coverage)
    if ok and footprint_cm2(product) > free:
        yield Problem(f"the passives ({footprint_cm2(product):g} cm²) do not fit beside the wiring, which leaves {free:g} cm²",
                      place("product.passives"), "product.passives")


def _points(recipe: Recipe, ok: bool) -> Iterator[Problem]:
    product, place = recipe.product, recipe.place
    bonding, package = product.bonding, product.package
    field = ball_field(product, next((part for _, _, part in parts_attached(recipe, "slug")), None))
    pitch = field.pitch_mm
    if bonding.pitch_mm is not None and field.places < bonding.count:
        yield Problem(f"at a pitch of {bonding.pitch_mm:g} mm the package has {field.places} places for "
                      f"{bonding.count} bonding points", place("product.bonding"), "product.bonding.pitch_mm")
    balls = any("pin" not in part.roles for _, _, part in parts_attached(recipe, "point"))
    if balls and bonding.point_um >= pitch * 1000:
        yield Problem(f"bonding points {bonding.point_um:g} µm high, and about as wide, touch at a pitch of {pitch:.4g} mm",
                      place("product.bonding"), "product.bonding.point_um")
    taken = bonding.count * (bonding.pad_um / 1000) ** 2
    if taken > package.area_mm2:
        yield Problem(f"{bonding.count} bonding pads of {bonding.pad_um:g} µm ({taken:g} mm²) do not fit the package "
                      f"({package.area_mm2:g} mm²)", place("product.bonding"), "product.bonding")
    stray = layout.stray_nets(product) if ok else None
    if stray is not None:
        net, sides = stray
        yield Problem(f"net {net} joins {' and '.join(sides)}, which do not face each other: dies stand in the order of product.dies, and a "
                      "net runs from the right side of one to the left side of the next", place(f"product.nets.{net}"), f"product.nets.{net}")
