"""Warns of what a recipe likely forgot to say, or says without effect: prices, shifts, burn-in and known-bad units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from procsim.model.library import LIVES
from procsim.model.steps import Attach, Bond
from procsim.planning.prices import put_in_place
from procsim.planning.shop import group_names
from procsim.recipe.recipe import Recipe
from procsim.section.cutting import untold, used_per_m
from procsim.section.fitting import doer
from procsim.section.quantities import Quantities

NAMED = 5
"""How many things a warning names."""


def omissions(recipe: Recipe, quantities: Sequence[Quantities], free: bool) -> tuple[str, ...]:
    """What to look at in one package or line, of which all is *free* or not."""
    unpriced = () if free else (*_unpriced(recipe, quantities), *_priced_as_before(recipe))
    return (*unpriced, *_uncut(recipe, quantities), *_of_other_form(recipe), *_worn_and_used(recipe, quantities), *_idle(recipe), *_never_in(recipe))


def _unpriced(recipe: Recipe, quantities: Sequence[Quantities]) -> Iterator[str]:
    """Dies, materials and tools without a price beside others that have one: where nothing is written, nothing is paid."""
    document = recipe.document
    dies = document.product.dies if document.product is not None else {}
    names = [f"die {name}" for name, die in dies.items() if die.wafer is None and "price_usd" not in die.model_fields_set]
    names += [f"material {name}" for name in _materials(recipe, quantities) if not document.materials[name].unit]
    names += [f"tool {name}" for name in group_names(recipe) if "price_usd" not in document.tools[name].model_fields_set]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"without a price, and so taken as free: {', '.join(names[:NAMED])}{more}; write price 0 if it is free (price_usd, price_usd_per_kg …)"


def _priced_as_before(recipe: Recipe) -> Iterator[str]:
    """Dies and parts bought by the piece of which an edit changes the size and none the price: cost then hardly moves, whatever the size."""
    edited = [edit.removeprefix("set ") for edit in recipe.edits if edit.startswith("set ")]
    for item, price, piece in _by_the_piece(recipe):
        sizes = list(dict.fromkeys(address for address in edited if _sizes(address, item, piece)))
        if sizes and not any(_prices(address, item, piece) for address in edited):
            yield (f"price_usd of {item.rsplit('.', 1)[-1]} is per {piece} and stays {price:.4g} though {', '.join(sizes)} was edited: "
                   f"set {item}.price_usd too, if another size costs another price")


def _by_the_piece(recipe: Recipe) -> Iterator[tuple[str, float, str]]:
    """Address, price and kind of all that the package has and that is bought by the piece."""
    document, product = recipe.document, recipe.document.product
    if product is None:
        return
    steps = [placed.step for placed in recipe.steps]
    yield from ((f"product.dies.{name}", die.price_usd, "die") for name, die in product.dies.items() if die.wafer is None)
    used = [*(s.part for s in steps if isinstance(s, Bond)), *(s.what for s in steps if isinstance(s, Attach))]
    for name in dict.fromkeys([product.panel.part, *used]):
        if (part := document.parts.get(name)) is not None and part.price_usd is not None:
            yield f"parts.{name}", part.price_usd, "point" if part.kind == "point" else "piece"


def _sizes(address: str, item: str, piece: str) -> bool:
    """Whether *address* is of a size of *item* that it is paid for; a bonding point is as high as ``product.bonding`` says, and a die that is ground
    thinner takes as much of its wafer."""
    sizes = "width_mm|length_mm" if piece == "die" else "width_mm|length_mm|thickness_um|wall_mm"
    own = re.fullmatch(rf"(?:layers\.\d+\.)?(?:{sizes})", address.removeprefix(f"{item}."))
    return own is not None or (piece == "point" and address == "product.bonding.point_um")


def _prices(address: str, item: str, piece: str) -> bool:
    """Whether *address* is of what *item* costs, or of all of it; or puts points of another sort, at a price of their own, in place."""
    own = address == item or address.startswith((f"{item}.price_usd", f"{item}.wafer"))
    return own or (piece == "point" and address.endswith(".what"))


def _uncut(recipe: Recipe, quantities: Sequence[Quantities]) -> Iterator[str]:
    """Materials in the street of which the cut does not say how fast it goes through them."""
    for placed, known in zip(recipe.steps, quantities, strict=True):
        for name in untold(placed.step, known.cut):
            yield (f"{placed.id} goes through {known.cut[name]:.4g} µm of {name}, of which it does not say how fast it is cut, and so as if it were "
                   f"not there: give {f'processes.{placed.step.process}' if placed.step.process else placed.id}.cuts.{name}.mm2_per_s")


def _worn_and_used(recipe: Recipe, quantities: Sequence[Quantities]) -> Iterator[str]:
    """What a step pays for by how long it lasts, and by what is used up of it besides."""
    for placed, known in zip(recipe.steps, quantities, strict=True):
        step = placed.step
        ways = {"consumes": [*(step.consumes or {})], "cuts": [name for name, much in used_per_m(step, known.cut).items() if much]}
        for name in step.wears or ():
            also = [way for way, names in ways.items() if name in names]
            life = next((life for life in LIVES if getattr(recipe.document.materials[name], life) is not None), None)
            if also and life is not None:
                yield (f"{placed.id} pays for {name} twice: by its {life}, since it wears it, and by what {' and '.join(also)} of {doer(step)} say; "
                       "take one of them away")


def _of_other_form(recipe: Recipe) -> Iterator[str]:
    """Tools whose price, speed and load are of another form of panel than the package's."""
    product = recipe.document.product
    if product is None:
        return
    form = product.panel.form
    other = [name for name in group_names(recipe) if (recipe.document.tools[name].made_for or form) != form]
    if other:
        more = f" and {len(other) - NAMED} more" if len(other) > NAMED else ""
        made_for = recipe.document.tools[other[0]].made_for
        yield (f"the panel is a {form}, but prices, speeds and loads of {', '.join(other[:NAMED])}{more} are of a {made_for}; lay those of a "
               f"{form} over them, as in library: {{tools: [library/tools.yaml, library/tools_{form}.yaml], processes: …}}")


def _materials(recipe: Recipe, quantities: Sequence[Quantities]) -> list[str]:
    """All that ops put in place and processes and repairs use up or wear out, each once."""
    found = [name for _, name, _ in put_in_place(recipe, quantities)]
    for placed in recipe.steps:
        found += placed.step.uses_up()
    return list(dict.fromkeys(found))


def _never_in(recipe: Recipe) -> Iterator[str]:
    """Parts whose chance of being good an edit has chosen, and that never come in."""
    product, parts = recipe.document.product, recipe.sections.get("parts")
    steps = [placed.step for placed in recipe.steps]
    there = {s.part for s in steps if isinstance(s, Bond)}
    if product is not None:
        there |= {product.panel.part, *({s.what for s in steps if isinstance(s, Attach)} - product.dies.keys())}
    for name, part in (parts.mapping if parts is not None else {}).items():
        good = part.get("known_good")
        if name not in there and good is not None and good.place in recipe.chosen:
            yield f"parts.{name}.known_good has no effect: {name} is neither the panel nor attached or bonded by any step"


def _undrawn(recipe: Recipe) -> Iterator[str]:
    """Widths of lines and holes that an edit has chosen for what no step draws, and the panel does not bring along."""
    product, steps = recipe.document.product, [placed.step for placed in recipe.steps]
    if product is None:
        return
    layers = recipe.document.parts[product.panel.part].stack()
    drawn = any(getattr(step, "mask", None) == "wiring" for step in steps) or any(layer.mask == "wiring" for layer in layers)
    opened = any(getattr(step, "mask", None) == "via" for step in steps) or any(layer.mask is not None for layer in layers)
    written = {f"set {address}" for address in ("product.wiring.line_um", "product.wiring.space_um", "product.vias.diameter_um")} & {*recipe.edits}
    for edit in sorted(written):
        address = edit.removeprefix("set ")
        if not (opened if "vias" in address else drawn):
            yield f"{address} has no effect: no step {'opens holes' if 'vias' in address else 'draws wiring'} in this package, nor has its panel any"


def _idle(recipe: Recipe) -> Iterator[str]:
    """Numbers that change nothing since what they work on is not there."""
    economics, steps = recipe.document.economics, [placed.step for placed in recipe.steps]
    yield from _undrawn(recipe)
    if recipe.document.product is not None:
        yield from (f"{step.id} has no effect: no lot comes to it (sample: 0)" for step in steps if step.sample == 0.0 and not step.rework_only)
    if economics.shift_premium and not economics.premium_shifts_per_week:
        yield "economics.shift_premium has no effect: premium_shifts_per_week says in how many shifts it is paid, and is 0"
    limits = recipe.document.line.queue_time_limits.values()
    if any(step.rework is not None for step in steps) or any(limit.action == "rework" for limit in limits):
        return  # units come back to a step with what later ones did to them
    for i, step in enumerate(steps):
        if step.burn_in and not any(other.infant_ppm for other in steps[:i + 1]):
            yield f"{step.id}: burn_in has no effect: no step before it leaves weak units (infant_ppm)"
        if step.skip_known_bad and not any(other.inspects for other in steps[:i]):
            yield f"{step.id}: skip_known_bad has no effect: no inspection before it finds bad units"
