"""Draws each kind of passive in plan view: the pieces of metal, vias and paste that it is made of, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from procsim.model.passive import Passive
from procsim.model.product import Product
from procsim.section import passive_geometry as geometry

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece seen from above: *corners* in µm, on *level* 0 (the device's own layer), 1 and 2 (those above) or -1 (the one below).

    A via stands on its *level* and reaches up to the next one; the two pads of a device are its ends, in the order of its nets.
    """

    kind: Literal["wiring", "via", "paste", "pad"]
    level: int
    corners: tuple[Point, ...]

    @property
    def area_um2(self) -> float:
        """By the shoelace formula."""
        ends = zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True)
        return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in ends)) / 2


def _box(x: float, y: float, width: float, height: float, kind: Literal["wiring", "via", "paste", "pad"] = "wiring", level: int = 0) -> Piece:
    return Piece(kind, level, ((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def pieces(passive: Passive) -> tuple[Piece, ...]:
    """What one device is made of, inside its footprint of *width_um* × *length_um*."""
    return tuple(_SHAPES[passive.kind](passive))


def _printed(p: Passive) -> list[Piece]:
    ink = geometry.printed(p)
    return [_box(0, 0, ink.pad, p.length_um, "pad"), _box(p.width_um - ink.pad, 0, ink.pad, p.length_um, "pad"),
            _box(ink.pad / 2, p.length_um / 4, p.width_um - ink.pad, ink.wide, "paste")]


def _end(x: float, y: float, size: float, level: int = 0) -> Piece:
    """The pad of one end, *size* wide, with its lower left corner at (*x*, *y*)."""
    return _box(x, y, size, size, "pad", level)


def _comb(p: Passive) -> list[Piece]:
    """Two combs in each other, whose fingers hang from two bars in turn."""
    shape = geometry.comb(p)
    reach = shape.reach
    bars = [_box(0, 0, p.width_um, p.line_um), _box(0, p.length_um - p.line_um, p.width_um, p.line_um)]
    hung = [_box(x, p.line_um if n % 2 == 0 else p.length_um - p.line_um - reach, p.line_um, reach) for n, x in enumerate(shape.fingers)]
    return [*bars, *hung, _end(0, 0, p.line_um), _end(p.width_um - p.line_um, p.length_um - p.line_um, p.line_um)]


def _filter(p: Passive) -> list[Piece]:
    """Coupled lines side by side, each of which stands half a step further than the last."""
    shape = geometry.filter_lines(p)
    last = len(shape.across) - 1
    lines = [_box(x, n * shape.step, p.line_um, shape.reach) for n, x in enumerate(shape.across)]
    return [*lines, _end(shape.across[0], 0, p.line_um), _end(shape.across[last], last * shape.step + shape.reach - p.line_um, p.line_um)]


def _waveguide(p: Passive) -> list[Piece]:
    """A signal line between a ground plane below and one above, which leave its ends free and are sewn together by vias along both edges."""
    line, inset = p.line_um, p.line_um + min(p.gap_um, p.length_um / 4)
    middle, long = (p.width_um - line) / 2, p.length_um - 2 * inset
    planes = [_box(0, inset, p.width_um, long, level=level) for level in (0, 2)]
    stitches = [((x, inset + line / 2 + n * 4 * line), level) for x in (line / 2, p.width_um - line / 2)
                for n in range(int((long - line) / (4 * line)) + 1) for level in (0, 1)]
    sewn = [_via(at, line, level) for at, level in stitches]
    landings = [_box(x - line / 2, y - line / 2, line, line, level=1) for (x, y), level in stitches if level == 0]
    return [planes[0], _box(middle, 0, line, p.length_um, level=1), *landings, planes[1], *sewn,
            _end(middle, 0, line, 1), _end(middle, p.length_um - line, line, 1)]


def _resistor(p: Passive) -> list[Piece]:
    """A meander: lines joined at their ends in turn."""
    lines = geometry.lines(p)
    joints = [_box(x, p.length_um - p.line_um if n % 2 == 0 else 0, 2 * p.line_um + p.gap_um, p.line_um) for n, x in enumerate(lines[:-1])]
    last = 0.0 if len(lines) % 2 == 0 else p.length_um - p.line_um
    return [*(_box(x, 0, p.line_um, p.length_um) for x in lines), *joints, _end(0, 0, p.line_um), _end(lines[-1], last, p.line_um)]


def _plate(p: Passive) -> list[Piece]:
    upper = geometry.plate(p)
    inset = upper.inset
    return [_box(0, 0, p.width_um, p.length_um), _box(inset, inset, upper.width, upper.length, level=1),
            _end(0, 0, inset), _end(upper.width, upper.length, inset, 1)]


def _spiral(p: Passive) -> list[Piece]:
    return _round_spiral(p) if p.shape == "circular" else _square_spiral(p)


def _round_spiral(p: Passive) -> list[Piece]:
    """Circular turns from the outside in, in straight pieces of 10°. They begin a little way round, so that the line from the inner end, in the
    layer below or above the lowest one, comes out beside the beginning."""
    shape, centre = geometry.spiral(p), (p.width_um / 2, p.length_um / 2)
    pitch, outer = shape.pitch, shape.outer / 2 - p.line_um / 2
    start = math.ceil(math.degrees(2 * math.asin(min((1.5 * p.line_um + p.gap_um) / (2 * outer), 1.0))) / 10) * 10

    def at(degrees: float, radius: float) -> Point:
        return (centre[0] + radius * math.cos(math.radians(degrees)), centre[1] + radius * math.sin(math.radians(degrees)))

    way = [at(a, outer - pitch * a / 360) for a in range(start, 360 * shape.turns + 1, 10)]
    turns = [_line(*_longer(one, other, p.line_um / 8), p.line_um, 0) for one, other in pairwise(way)]
    inner, rim, other = way[-1], at(0.0, outer), -1 if p.layer > 1 else 1
    half = p.line_um / 2
    return [*turns, _box(rim[0] - half, rim[1] - half, p.line_um, p.line_um), _line(inner, rim, p.line_um, other),
            *(_via(end, p.line_um, min(other, 0)) for end in (inner, rim)),
            *(_end(x - half, y - half, p.line_um) for x, y in (way[0], rim))]


def _longer(a: Point, b: Point, by: float) -> tuple[Point, Point]:
    """The ends of a line from *a* to *b* that is longer *by* so much at both, so that pieces of a bend leave no gap between them."""
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    dx, dy = (b[0] - a[0]) / length * by, (b[1] - a[1]) / length * by
    return (a[0] - dx, a[1] - dy), (b[0] + dx, b[1] + dy)


def _square_spiral(p: Passive) -> list[Piece]:
    """Square turns from the outside in. From the inner end a via and a line aslant lead to the corner that the outermost turn leaves free:
    in the layer below, or above the lowest one. Both ends so lie on the device's own layer, at the rim."""
    shape, line, found = geometry.spiral(p), p.line_um, []
    pitch, inner = shape.pitch, (0.0, 0.0)
    for n in range(shape.turns):
        low, wide, long = n * pitch, p.width_um - 2 * n * pitch, p.length_um - 2 * n * pitch
        start = low if n else pitch
        tail = min(pitch + line, wide)
        found += [_box(start, low, wide - start + low, line), _box(low + wide - line, low, line, long),
                  _box(low, low + long - line, wide, line),
                  _box(low, low + pitch, line, max(long - pitch, line)), _box(low, low + pitch, tail, line)]
        inner = (low + tail - line / 2, low + pitch + line / 2)
    way = -1 if p.layer > 1 else 1
    corner = (line / 2, line / 2)
    out = [_line(inner, corner, line, way), *(_via(at, line, min(way, 0)) for at in (inner, corner))]
    return [*found, _box(0, 0, line, line), *out, _end(pitch, 0, line), _end(0, 0, line)]


def _via(at: Point, line: float, level: int = 0) -> Piece:
    """A via amid a line of width *line*."""
    return _box(at[0] - line / 4, at[1] - line / 4, line / 2, line / 2, "via", level)


def _line(a: Point, b: Point, width: float, level: int) -> Piece:
    """A straight line of *width* from *a* to *b*."""
    (x0, y0), (x1, y1) = a, b
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    dx, dy = -(y1 - y0) / length * width / 2, (x1 - x0) / length * width / 2
    return Piece("wiring", level, ((x0 - dx, y0 - dy), (x1 - dx, y1 - dy), (x1 + dx, y1 + dy), (x0 + dx, y0 + dy)))


def _winding(feet: Sequence[tuple[Point, Point]], line: float) -> list[Piece]:
    """Turns over pairs of *feet*: straight across below, slanting to the next pair above, with a via at each foot; the feet of the two ends reach up
    to pads."""
    found = []
    for n, (near, far) in enumerate(feet):
        found.append(_line(near, far, line, 0))
        if n + 1 < len(feet):
            found.append(_line(far, feet[n + 1][0], line, 1))
        found += [_via(foot, line) for foot in (near, far)]
    return found + [_end(x - line / 2, y - line / 2, line, 1) for x, y in (feet[0][0], feet[-1][1])]


def _solenoid(p: Passive) -> list[Piece]:
    coil, half = geometry.solenoid(p), p.line_um / 2
    return _winding([((half, half + n * coil.pitch), (half + coil.span, half + n * coil.pitch)) for n in range(coil.turns)], p.line_um)


def _toroid(p: Passive) -> list[Piece]:
    ring, x, y = geometry.toroid(p), p.width_um / 2, p.length_um / 2

    def at(radius: float, angle: float) -> Point:
        return x + radius * math.cos(angle), y + radius * math.sin(angle)

    angles = [2 * math.pi * n / ring.turns for n in range(ring.turns)]
    return _winding([(at(ring.inner, a), at(ring.outer, a)) for a in angles], p.line_um)


_SHAPES = {"printed": _printed, "resistor": _resistor, "waveguide": _waveguide, "comb": _comb, "filter": _filter, "sensor": _comb, "plate": _plate,
           "spiral": _spiral, "solenoid": _solenoid, "toroid": _toroid}


def footprint_cm2(product: Product) -> float:
    """Area of a package that passives take."""
    return sum(p.footprint_cm2 for p in product.passives.values())


def opened_cm2(product: Product) -> float:
    """Area of the mask of passives on a package: printed ones, windows over sensors, and plates with an insulator of their own."""
    return sum(p.footprint_cm2 for p in product.passives.values() if p.kind in ("printed", "sensor") or p.insulator)


def metal_cm2(product: Product, layer: int) -> float:
    """Metal of the passives of a package in wiring *layer*; where pieces overlap, at most the footprint."""
    return sum(min(sum(piece.area_um2 for piece in pieces(p) if piece.kind == "wiring" and p.layer + piece.level == layer),
                   p.width_um * p.length_um) * 1e-8 * p.count for p in product.passives.values() if p.levels)


def vias(product: Product, layer: int, layers: int) -> int:
    """Vias of the passives of a package up to wiring *layer* out of *layers*: their own, and two taps from a device below."""
    found = 0
    for p in product.passives.values():
        if p.levels:
            own = sum(piece.kind == "via" and p.layer + piece.level + 1 == layer for piece in pieces(p))
            taps = sum(layer > end for end in p.ends) if layer <= layers else 0
            found += p.count * (own + taps)
    return found


def finished(passive: Passive, layers: Sequence[tuple[int, int]], prints: Sequence[bool]) -> int | None:
    """The index of the step that finishes *passive*: the first that prints where it is printed, else the one that builds its upper wiring layer.

    *layers* are the next wiring layer before and after each step, and *prints* says whether it fills or opens the mask of passives."""
    top = passive.layer + passive.levels - 1
    if passive.kind in ("printed", "sensor") and any(prints):
        return max(i for i, own in enumerate(prints) if own)
    return next((i for i, (before, after) in enumerate(layers) if before <= top < after), None)
