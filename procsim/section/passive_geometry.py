"""Says where the lines, plates and turns of each sort of passive lie; its picture and its worth both follow from that. Lengths in µm.

A device lies in a rectangle as wide and long as its footprint, from (0, 0) on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from procsim.model.passive import Passive


def lines(p: Passive) -> tuple[float, ...]:
    """Where the lines side by side begin that fit the width."""
    pitch = p.line_um + p.gap_um
    return tuple(n * pitch for n in range(int((p.width_um + p.gap_um) / pitch + 1e-9)))


def meander_length(p: Passive) -> float:
    """Of a resistor: all its lines, and the joints between them."""
    n = len(lines(p))
    return n * p.length_um + (n - 1) * p.gap_um


@dataclass(frozen=True, slots=True)
class Print:
    """A printed resistor: two pads of width *pad* at its ends, and paste *wide* across and *free* long between them."""

    pad: float
    free: float
    wide: float


def printed(p: Passive) -> Print:
    pad = p.width_um / 5
    return Print(pad, p.width_um - 2 * pad, p.length_um / 2)


@dataclass(frozen=True, slots=True)
class Comb:
    """Two combs in each other: *fingers* begin so along the width, each of length *reach*, and lie side by side over the length *overlap*."""

    fingers: tuple[float, ...]
    reach: float
    overlap: float


def comb(p: Passive) -> Comb:
    free = p.length_um - 2 * p.line_um
    return Comb(lines(p), max(free - p.gap_um, p.line_um), max(free - 2 * p.gap_um, p.line_um))


@dataclass(frozen=True, slots=True)
class Filter:
    """Coupled lines of length *reach* that begin at *across* along the width, each *step* further along than the last."""

    across: tuple[float, ...]
    reach: float
    step: float


def filter_lines(p: Passive) -> Filter:
    across, reach = lines(p), 2 * p.length_um / 3
    return Filter(across, reach, (p.length_um - reach) / max(len(across) - 1, 1))


@dataclass(frozen=True, slots=True)
class Plate:
    """The upper plate of a capacitor, *width* × *length*, *inset* from the edges of the lower one."""

    inset: float
    width: float
    length: float


def plate(p: Passive) -> Plate:
    inset = min(p.gap_um, p.width_um / 4, p.length_um / 4)
    return Plate(inset, p.width_um - 2 * inset, p.length_um - 2 * inset)


@dataclass(frozen=True, slots=True)
class Winding:
    """*turns* between the diameters *inner* and *outer* over all, each so far from the next as *pitch* says."""

    turns: int
    pitch: float
    inner: float
    outer: float


def spiral(p: Passive) -> Winding:
    turns, pitch, outer = p.turns or 1, p.line_um + p.gap_um, min(p.width_um, p.length_um)
    return Winding(turns, pitch, outer - 2 * (turns * pitch - p.gap_um), outer)


@dataclass(frozen=True, slots=True)
class Coil:
    """*turns* a *pitch* apart, whose feet lie *span* apart across the width, middle to middle."""

    turns: int
    pitch: float
    span: float

    @property
    def length(self) -> float:
        return self.turns * self.pitch


def solenoid(p: Passive) -> Coil:
    return Coil(p.turns or 1, p.line_um + p.gap_um, p.width_um - p.line_um)


@dataclass(frozen=True, slots=True)
class Ring:
    """*turns* whose feet lie on circles of the radii *inner* and *outer*: inside as close as their lines may be, or on a third of the outer one."""

    turns: int
    inner: float
    outer: float


def toroid(p: Passive) -> Ring:
    turns, outer = p.turns or 1, min(p.width_um, p.length_um) / 2 - p.line_um / 2
    return Ring(turns, max(turns * (p.line_um + p.gap_um) / (2 * math.pi), outer / 3), outer)
