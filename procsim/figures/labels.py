"""Places the labels of a picture: each layer's material and thickness, beside the picture and clear of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from procsim.figures.cells import Cell
from procsim.figures.materials import spelt
from procsim.figures.shapes import edges
from procsim.figures.streets import EDGE
from procsim.section.section import EPS, Column, Section, Slab


@dataclass(frozen=True, slots=True)
class Label:
    """*text* about what lies at *x* between *low* and *high* (drawn units), to be written at the *left* or right of the picture; *several*
    layers get a bracket."""

    text: str
    x: float
    low: float
    high: float
    left: bool
    several: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of columns from *start* to *end* (drawn units) with one name, of one or two lines."""

    text: str
    start: float
    end: float


Places = list[tuple[int, Slab]]
MANY = 3
"""Wiring layers from which on each has one label for all that it is made of."""


def labels(cell: Cell) -> list[Label]:
    """One per layer, from the bottom up. What reaches the right edge of the last package is named there, all else at the left; dies bear
    their own names, and films of one material that lie on each other share a label."""
    columns = cell.after.columns
    rim = max((i for i, column in enumerate(columns) if column.region not in ("street", EDGE)), default=0)
    right, gap = _at_rim(cell, rim), _gap(cell)
    named = {_key(slab) for slab in columns[rim].stack}
    seen: dict[tuple[str, str, bool, str], Places] = {}
    for i, column in enumerate(columns):
        for slab in column.stack:
            if (slab.part not in cell.after.dies or slab.pad) and _key(slab) not in named:
                seen.setdefault(_key(slab), []).append((i, slab))
    left = _layers(cell, [_commonest(columns, places) for places in seen.values() if not (gap and _only_in_gaps(columns, places))])
    return sorted([*right, *left, *gap], key=lambda label: (label.low + label.high, label.text))


def _key(slab: Slab) -> tuple[str, str, bool, str]:
    """What has one label: pads of one kind, whatever their die; else what one step put there, of one part."""
    return slab.material, "" if slab.pad else slab.part, slab.pad, "" if slab.pad or slab.part else slab.by


def _label(cell: Cell, i: int, slabs: Sequence[Slab], text: str, left: bool) -> Label:
    x = edges(cell.after)
    low, high = min(s.bottom for s in slabs), max(s.top for s in slabs)
    return Label(text, (x[i] + x[i + 1]) / 2, cell.heights.at(low), cell.heights.at(high), left, len(slabs) > 1)


def _at_rim(cell: Cell, rim: int) -> list[Label]:
    """What lies in column *rim*: films of one material on each other as one, with their number."""
    found = []
    stack = [slab for slab in cell.after.columns[rim].stack if slab.part not in cell.after.dies or slab.pad]
    for (material, _), group in groupby(stack, key=lambda slab: (slab.material, slab.part)):
        slabs = list(group)
        many = f" in {len(slabs)} layers" if len(slabs) > 1 else ""
        found.append(_label(cell, rim, slabs, f"{spelt(material)} {_um(slabs)}{many}", False))
    return found


def _only_in_gaps(columns: Sequence[Column], places: Places) -> bool:
    """Whether *places* are what gaps round dies are filled with, which the label of the gap says."""
    return all(columns[i].region == "gap" and not slab.part for i, slab in places)


def _layers(cell: Cell, places: Places) -> list[Label]:
    """Labels of *places*; where wiring is repeated they say of which layer, and of many layers each has one for all its metal."""
    layer = cell.flow.layer
    total = max(layer.values(), default=0)
    found, many = [], dict[int, Places]()
    for i, slab in places:
        number = layer.get(slab.by, 0)
        if number and total >= MANY:
            many.setdefault(number, []).append((i, slab))
        else:
            of = f", layer {number}" if number else ", die pad" if slab.pad else ""
            found.append(_label(cell, i, [slab], f"{spelt(slab.material)} {_um([slab])}{_fins(cell, slab)}{of}", True))
    for number, own in many.items():
        i = max(own, key=lambda place: place[1].top)[0]
        parts = [f"{spelt(slab.material)} {_um([slab])}" for _, slab in sorted(own, key=lambda place: -place[1].top)]
        found.append(replace(_label(cell, i, [slab for _, slab in own], f"layer {number}: {', '.join(parts)}", True), several=False))
    return found


def _fins(cell: Cell, slab: Slab) -> str:
    """How far the fins of the part that *slab* belongs to stand out over it."""
    over = [_thick(other) - _thick(slab) for column in cell.after.columns if "fin" in column.masks for other in column.stack
            if slab.part and (other.part, other.material) == (slab.part, slab.material)]
    return f", fins {max(over):.4g} µm" if over and max(over) > EPS else ""


def _thick(slab: Slab) -> float:
    return slab.top - slab.bottom


def _gap(cell: Cell) -> list[Label]:
    """The gap between an inlaid die and the wall of its cavity: how wide it is, and what is in it."""
    columns, wide = cell.after.columns, cell.flow.known.gap_um
    for i, column in enumerate(columns):
        if wide and column.region == "gap":
            beside = next((c for c in columns[i:] if c.die), None)
            body = [slab for slab in beside.stack if slab.part == beside.die and not slab.pad] if beside is not None else []
            if body:
                middle = (body[0].bottom + body[0].top) / 2
                inside = next((slab.material for slab in column.stack if slab.bottom <= middle <= slab.top), "empty")
                return [replace(_label(cell, i, body[:1], f"gap {wide:g} µm, {spelt(inside)}", True))]
    return []


def _um(slabs: Sequence[Slab]) -> str:
    return f"{max(s.top for s in slabs) - min(s.bottom for s in slabs):.4g} µm"


def _commonest(columns: Sequence[Column], places: Places) -> tuple[int, Slab]:
    """The first of *places* with the thickness that takes the most width."""
    by_thickness: dict[float, Places] = {}
    for i, slab in places:
        by_thickness.setdefault(round(slab.top - slab.bottom, 6), []).append((i, slab))
    most = max(by_thickness.values(), key=lambda some: sum(columns[i].width for i, _ in some))
    return max(most[: _run(most)], key=lambda place: columns[place[0]].width)


def _run(places: Places) -> int:
    """How many of *places* lie side by side from the first on."""
    return next((n for n, (one, other) in enumerate(pairwise(places), 1) if other[0] != one[0] + 1), len(places))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Rising positions at least *gap* apart, between *low* and *high* where there is room, as near to the rising *wanted* as can be.

    Least squares: neighbours that would touch become a block at their mean (pool adjacent violators).
    """
    blocks: list[tuple[float, int]] = []
    for n, position in enumerate(wanted):
        mean, count = position - n * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    last = high - (len(wanted) - 1) * gap
    level = [max(min(mean, last), low) for mean, count in blocks for _ in range(count)]
    return [position + n * gap for n, position in enumerate(level)]


APART = 0.025
"""Least distance between two leaders where they reach the picture, in inches."""


def targets(heights: Sequence[float], bounds: Sequence[tuple[float, float]]) -> list[float]:
    """How high each leader meets its layer: level with its words at *heights* where the layer reaches so far, but rising as the words do.

    *bounds* are bottom and top of each layer, in the order of their middles.
    """
    middles = spread([(low + high) / 2 for low, high in bounds], APART, bounds[0][0] - 1.0, bounds[-1][1] + 1.0) if bounds else []
    found = [min(max(y, low + 0.25 * (high - low)), high - 0.25 * (high - low)) for y, (low, high) in zip(heights, bounds, strict=True)]
    while True:
        wrong = [n for n, (one, other) in enumerate(pairwise(found)) if other - one < APART - EPS]
        mended = [middles[n] if n in wrong or n - 1 in wrong else y for n, y in enumerate(found)]
        if mended == found:
            return found
        found = mended


def spans(cell: Cell) -> list[Span]:
    """What lies where: streets, fan-out, dies, passives, and the gaps between dies that are joined."""
    columns, x = cell.after.columns, edges(cell.after)
    found = []
    for text, group in groupby(range(len(columns)), key=lambda i: _region(cell.after, i)):
        numbers = list(group)
        inner = numbers[0] > 0 and numbers[-1] + 1 < len(columns)
        wide = _wide_mm(cell, text) if inner or text != "street" else 0.0
        found.append(Span(text + (f"\n{wide:.3g} mm" if wide else ""), x[numbers[0]], x[numbers[-1] + 1]))
    return found


def _wide_mm(cell: Cell, text: str) -> float:
    """How wide a street is, the kerf in it or what it leaves at a package's edge; 0 where that is not known, and of all else."""
    street, kerf = cell.flow.known.street_mm, cell.flow.known.cuts.kerf
    return {"street": street, "kerf": street * kerf, EDGE: street * (1.0 - kerf) / 2}.get(text, 0.0)


def _region(section: Section, i: int) -> str:
    """The name of what column *i* lies in: of a street, what is cut and what is left, once it is; between two dies of one package that a net
    joins there is only a gap."""
    columns, column = section.columns, section.columns[i]
    if column.region in ("street", EDGE):
        return "street" if not section.singulated else "kerf" if column.region == "street" else EDGE
    if column.die or column.passive:
        return column.die or column.passive
    left = next((c for c in reversed(columns[:i]) if c.die or c.region in ("street", "rim")), None)
    right = next((c for c in columns[i:] if c.die or c.region in ("street", "rim")), None)
    return "gap" if left is not None and right is not None and left.die and right.die else "fan-out"
