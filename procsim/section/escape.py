"""Tells whether the wiring can bring the pads of a die out: pads per side and ring, lines between them, and how many layers that takes.

The rule is the usual one for area arrays: between two neighbouring pads of a ring run ⌊(pitch - pad - space) / (line + space)⌋ lines, so
that one layer brings out the outermost ring and one ring more per such line; what is left takes further layers. Pads that have room in one
ring along the die's edges go straight out. Die pads are taken to be spread evenly; lines and spaces are those of ``product.wiring``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from procsim.errors import Problem
from procsim.model.product import Die, Wiring
from procsim.recipe.recipe import Recipe
from procsim.section.layout import wiring_layers


@dataclass(frozen=True, slots=True)
class Escape:
    """Of one die: *pitch_um* of its pads, *lines* between two of them (-1: not even a space), and *layers* that it takes."""

    pitch_um: float
    lines: int
    layers: int


def escape(die: Die, wiring: Wiring) -> Escape:
    """How the pads of *die* come out."""
    width, length = 1000 * die.width_mm, 1000 * die.length_mm
    if 2 * (width + length) / die.pads >= die.pad_um + wiring.space_um:
        return Escape(2 * (width + length) / die.pads, 0, 1)
    pitch = math.sqrt(width * length / die.pads)
    free = pitch - die.pad_um - wiring.space_um
    if free < 0:
        return Escape(pitch, -1, 0)
    lines = math.floor(free / (wiring.line_um + wiring.space_um) + 1e-9)
    rings = math.ceil(min(width, length) / pitch / 2)
    return Escape(pitch, lines, math.ceil(rings / (lines + 1)))


def _of(recipe: Recipe) -> Iterator[tuple[str, Die, Escape, int]]:
    """(name, die, how it comes out, wiring layers that the steps build) of every kind of die that this wiring brings out, or (no layers) a ready-made
    substrate below its bumps."""
    product = recipe.product
    layers = wiring_layers([placed.step for placed in recipe.steps])
    yield from ((name, die, escape(die, product.wiring), layers) for name, die in product.dies.items() if layers or die.bump_um)


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Pads so close that neither a line nor a gap between bumps goes between them, and more signals than lines over the die's edge."""
    product = recipe.product
    wiring = product.wiring
    for name, die, out, layers in _of(recipe):
        address = f"product.dies.{name}.pads"
        if out.lines < 0:
            yield Problem(f"{die.pads} pads of {die.pad_um:g} µm on die {name} stand {out.pitch_um:.4g} µm apart: that leaves no space of "
                          f"{wiring.space_um:g} µm between them; take fewer or smaller pads", recipe.place(address), address)
            continue
        edge = math.floor(2000 * (die.width_mm + die.length_mm) / (wiring.line_um + wiring.space_um)) * layers
        signals = min(die.pads, product.bonding.count)
        if layers and signals > edge:
            yield Problem(f"{signals} signals of die {name} are to cross its edge, where {layers} wiring layer{'s have' if layers > 1 else ' has'} "
                          f"room for {edge} lines of {wiring.line_um:g} µm, {wiring.space_um:g} µm apart; take finer lines or more layers",
                          recipe.place(address), address)


def warnings(recipe: Recipe) -> list[str]:
    """Dies whose pads want more layers than the steps build."""
    product = recipe.product
    wiring = product.wiring
    return [f"{die.pads} pads of die {name} stand {out.pitch_um:.4g} µm apart, with {out.lines} lines of {wiring.line_um:g} µm, "
            f"{wiring.space_um:g} µm apart, between two of them: to bring all of them out takes about {out.layers} wiring layers, "
            f"and the steps build {layers}"
            for name, die, out, layers in _of(recipe) if 0 < layers < out.layers]
