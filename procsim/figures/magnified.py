"""A finished package in, a die's surface out, magnified: two of its devices, its own circuitry, its pads, and the wider wiring outside."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from matplotlib.figure import Figure

from procsim.figures.big import BIG, big, picture
from procsim.figures.cells import Cell
from procsim.figures.labels import Label, labels
from procsim.figures.section import placed
from procsim.figures.shapes import Drawing, edges
from procsim.figures.units import magnified
from procsim.model.product import Die, Product

WIDE, THICK, ASIDE = 1.0, 0.16, 1.7
"""Drawn width of a device, its thickness as a share of what is shown of the die, and how far it lies from its pad."""


def within(title: str, cell: Cell, product: Product, name: str, up: bool) -> Figure:
    """The die *name* of the finished package *cell*; *up* as for a package. The die's devices lie where nobody has said: schematic."""
    shown = placed(magnified(replace(placed(cell, True), note=cell.note), name), up)
    die = dict(zip(product.instances(), (d for d in product.dies.values() for _ in range(d.count)), strict=True))[name]
    made = picture(shown, BIG, [_told(label, _outside(shown), product) for label in labels(shown)])
    made.made.names.clear()
    made = replace(made, named=tuple(sorted([*made.named, *_inside(shown, die, made.made)], key=lambda label: label.low + label.high)))
    return big(title, replace(shown, name=cell.name), [made], [made.made], shown.materials)


def _outside(cell: Cell) -> str:
    """The material that most of the wiring consists of."""
    wired = [slab for column in cell.after.columns if column.die and "wiring1" in column.masks for slab in column.stack if not slab.pad]
    bare = {slab.material for column in cell.after.columns if not any(mask.startswith("wiring") for mask in column.masks) for slab in column.stack}
    return max((slab for slab in wired if slab.material not in bare), key=lambda slab: slab.top - slab.bottom, default=wired[0]).material


def _told(label: Label, outside: str, product: Product) -> Label:
    """*label*, saying what is a pad and what the external circuitry."""
    if label.text.startswith(f"{outside.replace('_', ' ')} "):
        return replace(label, text=f"external circuitry: {label.text} thick, {product.wiring.line_um:g} µm wide")
    pads = {die.pad_material.replace("_", " ") for die in product.dies.values()}
    return replace(label, text=f"bonding pad: {label.text}") if any(label.text.startswith(pad) for pad in pads) else label


def _inside(cell: Cell, die: Die, made: Drawing) -> list[Label]:
    """Puts two devices and the circuitry from each to a pad into *made*; returns their labels."""
    x, columns = edges(cell.after), cell.after.columns
    pads = [i for i, column in enumerate(columns) if "via1" in column.masks and any(slab.pad for slab in column.stack)]
    shared = {net for net, count in Counter(columns[i].net for i in pads).items() if count > 1}
    ends = [i for i in pads if columns[i].net in shared] or pads
    found: list[Label] = []
    for i, way in ((ends[0], -1.0), (ends[-1], 1.0)):
        slab = next(slab for slab in columns[i].stack if slab.pad)
        start = cell.heights.at(slab.top if cell.over else slab.bottom)
        deep = (made.height if cell.over else 0.0) - start
        pad = (x[i] + x[i + 1]) / 2
        at, level, half = pad + way * ASIDE, start + 0.55 * deep, THICK * abs(deep) / 2
        left, right, low, high = at - WIDE / 2, at + WIDE / 2, level - half, level + half
        made.devices.append([(left, low), (right, low), (right, high), (left, high)])
        made.inner.append([(pad, start), (pad, start + 0.3 * deep), (at, start + 0.3 * deep), (at, level)])
        found.append(Label("active device", at, level - half, level + half, way < 0))
    own = die.circuitry
    size = f": {own.line_um:g} µm wide, {own.thickness_um:g} µm thick" if own is not None else ""
    (a, y), (b, _) = made.inner[0][1:3]
    return [*found, Label(f"internal circuitry{size}", (a + b) / 2, y, y, True)]
