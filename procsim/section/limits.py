"""Holds the numbers of a recipe against the bounds that its library puts on them, and guesses where one was written in another unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from procsim.errors import Problem, did_you_mean
from procsim.model.bound import Bound
from procsim.model.steps import Attach, Bond, Deposit, Pattern, Plate
from procsim.recipe.entries import ENTRIES
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import Node, holds
from procsim.recipe.unreached import used

Found = tuple[str, float]
"""The address of a number, and the number."""
OF_PACKAGE = frozenset({"product", "steps", "processes", "materials", "parts"})
OF_LINE = frozenset({"line", "tools", "economics", "run"})
"""First words of the addresses of what belongs to a package, and to its line."""
FAR = 10.0
"""How many times a number has to miss its bound before its unit is doubted."""
NEAR = 5.0
"""How many times apart what an edit meant and what it wrote over may be at most."""
NEXT = {"mm": ("µm", "m"), "µm": ("nm", "mm")}
"""The next smaller and the next larger unit of a length, a thousand times apart."""


def problems(recipe: Recipe, of: frozenset[str], ends: frozenset[tuple[str, str]] | None = None) -> Iterator[Problem]:
    """Numbers that lie beyond a bound, the first of each step that is repeated; or only those whose addresses, or those of what they are worked out
    of, begin and end as one of *ends* does."""
    if ends is None:
        yield from _nowhere(recipe)
    told: set[tuple[object, str]] = set()
    for bound, address, value in _bounded(recipe, of, ends):
        wrong = beyond(value, bound.least, bound.most, bound.unit)
        if wrong and (key := _key(recipe, address)) not in told:
            told.add(key)
            unit, by = slip(value, bound.least, bound.most, bound.unit, recipe.was(address)), _chooser(recipe, bound, address)
            said = f"{by} makes it one of another kind, and {_said(bound, address, value)}" if by else _said(bound, address, value)
            yield Problem(f"{said}; {bound.what.replace('{}', wrong)}{unit}", recipe.place(by or address), by or address)


def warnings(recipe: Recipe, of: frozenset[str]) -> list[str]:
    """Numbers that lie within their bounds, but beyond what is usual."""
    said: dict[tuple[object, str], str] = {}
    for bound, address, value in _bounded(recipe, of):
        unusual = beyond(value, bound.usual_least, bound.usual_most, bound.unit) or _none_of(value, bound)
        if unusual and not beyond(value, bound.least, bound.most, bound.unit):
            said.setdefault(_key(recipe, address), f"{_said(bound, address, value)}; usually {bound.what.replace('{}', unusual)}")
    return list(said.values())


def _key(recipe: Recipe, address: str) -> tuple[object, str]:
    """What the number at *address* shares with its like in other instances of a step: where it was written, and as what."""
    return recipe.place(address), address.partition(".")[2]


def _chooser(recipe: Recipe, bound: Bound, address: str) -> str:
    """The address of the field beside a number that an edit wrote, and by which the number came under *bound*; "" where an edit wrote the number."""
    beside = [f"{address.rpartition('.')[0]}.{field}" for field in bound.where]
    edited = {edit.removeprefix("set ") for edit in recipe.edits}
    return next((field for field in beside if field in edited), "") if address not in edited else ""


def beyond(value: float, least: float | None, most: float | None, unit: str) -> str:
    """Which bound *value* breaks; "" where it keeps to both."""
    behind = f" {unit}" if unit else ""
    if least is not None and value < least - 1e-9 * abs(least):
        return f"at least {least:g}{behind}"
    return f"at most {most:g}{behind}" if most is not None and value > most + 1e-9 * abs(most) else ""


def _none_of(value: float, bound: Bound) -> str:
    """The sizes in which a thing is made, where *value* is none of them."""
    if not bound.usual_among or any(math.isclose(value, one) for one in bound.usual_among):
        return ""
    *most, last = (f"{one:g}" for one in bound.usual_among)
    return f"{', '.join(most)} or {last} {bound.unit}"


def slip(value: float, least: float | None, most: float | None, unit: str, was: float | None = None) -> str:
    """The question whether *value*, which misses its bound by far, was meant in another unit; "" where that would not mend it. Of one that *was* far
    from that, what it was."""
    small = value > 0 and least is not None and value * FAR < least
    large = most is not None and value > most * FAR
    if unit not in NEXT or not (small or large):
        return ""
    meant = value / 1000 if large else value * 1000
    if was and not 1 / NEAR <= meant / was <= NEAR:
        return f"; it was {was:g} {unit}"
    return "" if beyond(meant, least, most, unit) else f"; did you mean {meant:g}? {value:g} {NEXT[unit][0 if large else 1]} are {meant:g} {unit}"


def _said(bound: Bound, address: str, value: float) -> str:
    """What a number is; of a figure, which numbers make it so."""
    behind = f" {bound.unit}" if bound.unit else ""
    figure = next((one for one in bound.of if one in FIGURES), "")
    return f"{address}: {FIGURES[figure][1].format(f'{value:.4g}{behind}')}" if figure else f"{address} is {value:g}{behind}"


def _bounded(recipe: Recipe, of: frozenset[str], ends: frozenset[tuple[str, str]] | None = None) -> Iterator[tuple[Bound, str, float]]:
    """Every bound with every number that it is of, or with those that begin and end as one of *ends* does."""
    if ends is not None and not ends:
        return
    wanted = [(bound, pattern) for bound in recipe.document.bounds.values() for pattern in bound.of if _head(pattern) in of
              and (ends is None or _meets(pattern, ends))]
    sections = _used_sections(recipe) if any(_head(pattern) in ENTRIES for _, pattern in wanted) else {}
    nodes = {step.id: step.node for step in recipe.draft.steps}
    for bound, pattern in wanted:
        for address, value in _numbers(recipe, pattern, bound, sections, nodes):
            if not (bound.or_zero and value == 0):
                yield bound, address, value


def _used_sections(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """The entries of the library that are used, by section."""
    names = used(recipe)
    return {head: {name: entry for name, entry in getattr(recipe.document, head).items() if name in names.get(head, ())} for head in ENTRIES}


def _nowhere(recipe: Recipe) -> Iterator[Problem]:
    """Bounds of what there is not."""
    for name, bound in recipe.document.bounds.items():
        for pattern in bound.of:
            if pattern not in FIGURES and _head(pattern) not in OF_PACKAGE | OF_LINE:
                known = [*FIGURES, *OF_PACKAGE, *OF_LINE]
                yield Problem(f"a bound is of an address, such as product.package.width_mm, or of one of {', '.join(FIGURES)} (got {pattern})"
                              f"{did_you_mean(_head(pattern), known)}", recipe.place(f"bounds.{name}.of"), f"bounds.{name}.of")


def _meets(pattern: str, ends: frozenset[tuple[str, str]]) -> bool:
    """Whether *pattern* may lead to an address that begins and ends so."""
    if pattern in FIGURES:
        words = FIGURES[pattern][2].split()
        return any(last in words for _, last in ends)
    return (_head(pattern), pattern.rpartition(".")[2]) in ends


def _head(pattern: str) -> str:
    return "product" if pattern in FIGURES else pattern.partition(".")[0]


def _numbers(recipe: Recipe, pattern: str, bound: Bound, sections: Mapping[str, Any], nodes: Mapping[str, Node]) -> Iterator[Found]:
    """The numbers that *pattern* leads to; of the library those in these *sections*. *nodes* are what is written at each step."""
    if pattern in FIGURES:
        yield from FIGURES[pattern][0](recipe) if recipe.document.product is not None else ()
        return
    head, *keys = pattern.split(".")
    if head == "steps":
        inside = keys[1:]
        for placed in recipe.steps:
            if placed.step.model_fields_set.issuperset(inside[:1]):  # which few steps say
                own = placed.step.process is None or placed.id not in nodes or holds(nodes[placed.id], inside)
                yield from _below(placed.step, inside, placed.id if own else f"processes.{placed.step.process}", bound)
        return
    yield from _below(sections[head] if head in sections else getattr(recipe.document, head, None), keys, head, bound)


def _below(value: Any, keys: Sequence[str], address: str, bound: Bound) -> Iterator[Found]:
    """The numbers below *value*, which stands at *address*."""
    if not keys:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield address, float(value)
        return
    first, rest = keys[0], keys[1:]
    if isinstance(value, dict):
        for key in value if first == "*" else (first,) if first in value else ():
            if not rest or _may_have(value[key], rest[0]):
                yield from _below(value[key], rest, f"{address}.{key}", bound)
    elif first in getattr(value, "model_fields_set", ()) and (
            rest or all(_says(getattr(value, field, None), words) for field, words in bound.where.items())):
        yield from _below(getattr(value, first), rest, f"{address}.{first}", bound)


def _may_have(value: Any, key: str) -> bool:
    """Whether something may stand at *key* in *value*: most entries do not say most of what they could."""
    return isinstance(value, dict) or key in getattr(value, "model_fields_set", ())


def _says(own: Any, words: Sequence[str | bool]) -> bool:
    """Whether a field has one of *words*, or is it."""
    return bool(set(own) & set(words)) if isinstance(own, list) else own in words


def _heat_flux(recipe: Recipe) -> Iterator[Found]:
    """W/cm² of every die of which a power is said."""
    for name, die in recipe.product.dies.items():
        if die.power_W is not None:
            yield f"product.dies.{name}.power_W", 100 * die.power_W / die.area_mm2


def _pads_per_point(recipe: Recipe) -> Iterator[Found]:
    """Pads of all dies for each bonding point."""
    yield "product.bonding.count", sum(die.pads * die.count for die in recipe.product.dies.values()) / recipe.product.bonding.count


def _points_per_pad(recipe: Recipe) -> Iterator[Found]:
    """Bonding points for each end of a net: pads of dies, and devices that have a point of their own."""
    product = recipe.product
    ends = sum(die.pads * die.count for die in product.dies.values()) + sum(2 * passive.count for passive in product.passives.values())
    yield "product.bonding.count", product.bonding.count / ends


def _bump_pad_share(recipe: Recipe) -> Iterator[Found]:
    """How wide the pads of a die are for the height of its bumps."""
    for name, die in recipe.product.dies.items():
        if die.bump_um > 0:
            yield f"product.dies.{name}.pad_um", die.pad_um / die.bump_um


def _bus_share(recipe: Recipe) -> Iterator[Found]:
    """How long a bus is for the package's diagonal."""
    package = recipe.product.package
    for name, bus in recipe.product.buses.items():
        yield f"product.buses.{name}.length_mm", bus.length_mm / math.hypot(package.width_mm, package.length_mm)


def _reach_share(recipe: Recipe) -> Iterator[Found]:
    """How far the own wiring of a die reaches for the die's diagonal."""
    for name, die in recipe.product.dies.items():
        if die.circuitry is not None:
            yield f"product.dies.{name}.circuitry.reach_um", die.circuitry.reach_um / (1000 * math.hypot(die.width_mm, die.length_mm))


def _glue_tolerance_share(recipe: Recipe) -> Iterator[Found]:
    """How much the thickness of a bond line varies, as a share of it."""
    for placed in recipe.steps:
        step = placed.step
        if isinstance(step, Attach | Bond) and step.adhesive is not None and step.adhesive_um:
            yield f"materials.{step.adhesive}.tolerance_um", recipe.document.materials[step.adhesive].tolerance_um / step.adhesive_um


def _bond_tolerance_share(recipe: Recipe) -> Iterator[Found]:
    """How uneven a surface may be that a panel is bonded onto, as a share of the glue that has to fill it."""
    for placed in recipe.steps:
        step = placed.step
        if isinstance(step, Bond) and step.adhesive_um:
            yield f"{placed.id}.tolerance_um", step.tolerance_um / step.adhesive_um


def _seed_share(recipe: Recipe) -> Iterator[Found]:
    """How thick seeds are for what is plated on them between resists: what takes the seed off takes as much off the lines."""
    seed: Deposit | None = None
    for step in (placed.step for placed in recipe.steps):
        if isinstance(step, Deposit) and "seed" in recipe.document.materials[step.material].roles:
            seed = step
        elif isinstance(step, Plate) and step.mask == "wiring" and seed is not None:
            plated = f"{step.id}.thickness_um"
            yield plated if recipe.was(plated) is not None else f"{seed.id}.thickness_um", seed.thickness_um / step.thickness_um


def _line_aspect(recipe: Recipe) -> Iterator[Found]:
    """How high resists are for the lines and gaps that are drawn in them."""
    laid: dict[str, Deposit] = {}
    wiring = recipe.product.wiring
    for step in (placed.step for placed in recipe.steps):
        if isinstance(step, Deposit):
            laid[step.material] = step
        elif isinstance(step, Pattern) and step.mask == "wiring" and step.material in laid and recipe.document.materials[step.material].sacrificial:
            yield f"{laid[step.material].id}.thickness_um", laid[step.material].thickness_um / min(wiring.line_um, wiring.space_um)


def _package_filled(recipe: Recipe) -> Iterator[Found]:
    """What share of the package its dies cover or, where that is more, its bonding points as near as the board takes them, or as they are drawn."""
    product, bonding = recipe.product, recipe.product.bonding
    pitch = bonding.board_pitch_mm or bonding.pitch_mm or 2 * bonding.point_um / 1000
    dies = sum(die.area_mm2 * die.count for die in product.dies.values())
    yield "product.package.width_mm", max(dies, bonding.count * pitch**2) / product.package.area_mm2


FIGURES: dict[str, tuple[Callable[[Recipe], Iterator[Found]], str, str]] = {
    "heat_flux": (_heat_flux, "the die gives off {}", "power_W width_mm length_mm"),
    "pads_per_point": (_pads_per_point, "there are {} pads for a bonding point", "pads count"),
    "points_per_pad": (_points_per_pad, "there are {} bonding points for a pad", "pads count"),
    "bump_pad_share": (_bump_pad_share, "the pad is {} times as wide as its bump is high", "pad_um bump_um"),
    "bus_share": (_bus_share, "the bus is {} times the package's diagonal", "width_mm length_mm"),
    "reach_share": (_reach_share, "it is {} times the die's diagonal", "reach_um width_mm length_mm"),
    "glue_tolerance_share": (_glue_tolerance_share, "the bond line varies by {} times what it is thick", "adhesive_um tolerance_um"),
    "seed_share": (_seed_share, "the seed is {} times as thick as what is plated on it", "thickness_um"),
    "line_aspect": (_line_aspect, "the resist is {} times as high as lines and gaps are wide", "thickness_um line_um space_um"),
    "package_filled": (_package_filled, "dies and bonding points take {} of the package", "width_mm length_mm count board_pitch_mm"),
    "bond_tolerance_share": (_bond_tolerance_share, "the surface may differ by {} times what the glue is thick", "adhesive_um tolerance_um"),
}
"""What is worked out of several numbers, by the name that a bound calls it: each with the address of the number to look at, in words, and with the
last words of the addresses of these numbers."""
