"""Warns of what a recipe likely forgot to say, or says without effect: prices, shifts, burn-in and known-bad units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from procsim.model.steps import Attach, Bond
from procsim.plan.prices import put_in_place
from procsim.plan.shop import group_names
from procsim.recipe.recipe import Recipe
from procsim.section.quantities import Quantities

NAMED = 5
"""How many things a warning names."""


def omissions(recipe: Recipe, quantities: Sequence[Quantities], free: bool) -> tuple[str, ...]:
    """What to look at in one package or line, of which all is *free* or not."""
    return (*(() if free else _unpriced(recipe, quantities)), *_idle(recipe), *_never_in(recipe))


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


def _materials(recipe: Recipe, quantities: Sequence[Quantities]) -> list[str]:
    """All that ops put in place and processes and repairs use up or wear out, each once."""
    found = [name for _, name, _ in put_in_place(recipe, quantities)]
    for placed in recipe.steps:
        step = placed.step
        found += [*(step.consumes or {}), *(step.wears or ()), *(step.repair.consumes if step.repair else ())]
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


def _idle(recipe: Recipe) -> Iterator[str]:
    """Numbers that change nothing since what they work on is not there."""
    economics, steps = recipe.document.economics, [placed.step for placed in recipe.steps]
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
