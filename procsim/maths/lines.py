"""Knows what a straight line over a plane, or between two, is to a signal: its impedance and how slow it is. Lengths in any one unit."""

from __future__ import annotations

import math
from dataclasses import dataclass

LIGHT_MM_PER_PS = 0.299792458
"""Speed of light in vacuum."""
VACUUM_OHM = 376.730313668
"""Impedance of vacuum."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A line's *impedance_ohm* and the *permittivity* that its signals feel."""

    impedance_ohm: float
    permittivity: float

    @property
    def delay_ps_per_mm(self) -> float:
        """√ε / c."""
        return math.sqrt(self.permittivity) / LIGHT_MM_PER_PS

    @property
    def capacitance_pf_per_mm(self) -> float:
        """√ε / (c·Z)."""
        return self.delay_ps_per_mm / self.impedance_ohm


def microstrip(width: float, height: float, permittivity: float) -> Guide:
    """A thin line of *width* at *height* over a plane, dielectric of relative *permittivity* below it and air above.

    E. Hammerstad and Ø. Jensen, Accurate models for microstrip computer-aided design, IEEE MTT-S 1980: within 0.2 % for 0.01 ≤ w/h ≤ 100.
    """
    u = width / height
    a = 1 + math.log((u**4 + (u / 52) ** 2) / (u**4 + 0.432)) / 49 + math.log(1 + (u / 18.1) ** 3) / 18.7
    b = 0.564 * ((permittivity - 0.9) / (permittivity + 3)) ** 0.053
    felt = (permittivity + 1) / 2 + (permittivity - 1) / 2 * (1 + 10 / u) ** (-a * b)
    f = 6 + (2 * math.pi - 6) * math.exp(-((30.666 / u) ** 0.7528))
    bare = VACUUM_OHM / (2 * math.pi) * math.log(f / u + math.sqrt(1 + (2 / u) ** 2))
    return Guide(bare / math.sqrt(felt), felt)


def stripline(width: float, between: float, permittivity: float) -> Guide:
    """A thin line of *width* midway between two planes that are *between* apart, in a dielectric of relative *permittivity*.

    D. Pozar, Microwave Engineering, 4th edition, equation 3.179, within 1 % of the exact solution.
    """
    share = width / between
    effective = share if share > 0.35 else share - (0.35 - share) ** 2
    return Guide(30 * math.pi / math.sqrt(permittivity) / (max(effective, 1e-6) + 0.441), permittivity)


def series_permittivity(layers: list[tuple[float, float]]) -> float:
    """Of (thickness, permittivity) one over the other: Σt / Σ(t/ε), as of capacitors in series."""
    return sum(t for t, _ in layers) / sum(t / e for t, e in layers)
