"""Knows the capacitance, inductance and resistance of simple shapes. Lengths in µm, pF, nH, Ω; textbook formulas, each with its source."""

from __future__ import annotations

import math

EPSILON_PF_PER_UM = 8.8541878128e-6
"""Permittivity of vacuum."""
MU_NH_PER_UM = 4 * math.pi * 1e-4
"""Permeability of vacuum."""
CURRENT_SHEETS = {"square": (1.27, 2.07, 0.18, 0.13), "circular": (1.00, 2.46, 0.00, 0.20)}
"""Coefficients c1 to c4 of Mohan and others, 1999, table II."""


def resistance(resistivity_uohm_cm: float, length: float, width: float, thickness: float) -> float:
    """ρL/(w·t), in Ω."""
    return resistivity_uohm_cm * 1e-2 * length / (width * thickness)


def plate(area: float, gap: float, permittivity: float) -> float:
    """ε·A/d, edges left out, in pF."""
    return EPSILON_PF_PER_UM * permittivity * area / gap


def comb(fingers: int, overlap: float, line: float, gap: float, around: tuple[float, float], height: float, thickness: float) -> float:
    """Interdigital capacitor, in pF: *fingers* of width *line* and *thickness*, *gap* apart, side by side over *overlap*, with the permittivities
    *around* them below and above, *height* over a plane.

    I. Bahl, Lumped Elements for RF and Microwave Circuits, 2003, chapter 7 (after Alley 1970, for gaps as wide as lines), and the walls of the
    fingers as plates.
    """
    share = height / line
    inner, outer = 4.409e-6 * math.tanh(0.55 * share**0.45), 9.92e-6 * math.tanh(0.52 * math.sqrt(share))
    walls = plate(thickness * overlap, gap, around[1]) * (fingers - 1)
    return sum(around) * overlap * (max(fingers - 3, 0) * inner + outer) + walls


def spiral(turns: int, outer: float, inner: float, shape: str) -> float:
    """Planar spiral between the diameters *inner* and *outer*, in nH.

    S. Mohan, M. Hershenson, S. Boyd and T. Lee, Simple accurate expressions for planar spiral inductances, IEEE JSSC 34, 1999: current sheets,
    within a few per cent.
    """
    c1, c2, c3, c4 = CURRENT_SHEETS[shape]
    mean, fill = (outer + inner) / 2, (outer - inner) / (outer + inner)
    return MU_NH_PER_UM * turns**2 * mean * c1 / 2 * (math.log(c2 / fill) + c3 * fill + c4 * fill**2)


def solenoid(turns: int, area: float, length: float) -> float:
    """µ·N²·A/(l + 0.9·r) with r of a circle of the same *area*, in nH: Wheeler, Proceedings of the IRE 16, 1928."""
    return MU_NH_PER_UM * turns**2 * area / (length + 0.9 * math.sqrt(area / math.pi))


def toroid(turns: int, height: float, inner: float, outer: float) -> float:
    """µ·N²·h/(2π)·ln(b/a) of a ring of rectangular section between the radii *inner* and *outer*, in nH: any textbook, from Ampère's law."""
    return MU_NH_PER_UM * turns**2 * height / (2 * math.pi) * math.log(outer / inner)
