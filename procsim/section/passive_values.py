"""Works out what the passives of a finished package are worth: farads, henries, ohms, and the frequency of a filter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from procsim.maths import lumped
from procsim.maths.lines import LIGHT_MM_PER_PS, microstrip, series_permittivity, stripline
from procsim.model.passive import Passive
from procsim.recipe.recipe import Recipe
from procsim.section import passive_geometry as geometry
from procsim.section.electrical import Row
from procsim.section.section import EPS, Column, Section, Slab
from procsim.section.traces import metal, spaces, way

Value = tuple[str, str, float]
"""What it is, its unit, and how much."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A *passive* of the finished *section* with its *columns* and the wiring *metal* in each."""

    passive: Passive
    columns: Sequence[Column]
    metal: Sequence[list[list[Slab]]]
    recipe: Recipe
    section: Section

    def first(self, levels: int) -> tuple[Column, list[list[Slab]]]:
        """A column in which just so many levels of its wiring lie one over the other."""
        return next((c, m) for c, m in zip(self.columns, self.metal, strict=True) if len(m) == levels)

    def epsilon(self, slabs: Sequence[Slab]) -> float:
        return series_permittivity(spaces(self.recipe, slabs)) if slabs else 1.0

    def rho(self, material: str) -> float:
        return self.recipe.document.materials[material].resistivity_uohm_cm or math.nan

    def between(self) -> list[Slab]:
        """What lies between the two lowest levels of its wiring."""
        column, levels = self.first(max(len(m) for m in self.metal))
        return [s for s in column.stack if s.bottom >= levels[0][-1].top - EPS and s.top <= levels[1][0].bottom + EPS]

    def apart_um(self) -> float:
        """From the middle of one level of its wiring to that of the next."""
        _, levels = self.first(2)
        low, high = ((level[0].bottom + level[-1].top) / 2 for level in levels)
        return high - low

    def surroundings(self) -> tuple[float, float, float, float]:
        """Of a line in one level: its thickness, the height over the next conductor or die below it, and the permittivities below and above."""
        column, levels = self.first(1)
        line = levels[0]
        below, _ = way(self.recipe, self.section, [s for s in reversed(column.stack) if s.top <= line[0].bottom + EPS])
        above = [s for s in column.stack if s.bottom >= line[-1].top - EPS]
        return line[-1].top - line[0].bottom, sum(s.thickness for s in below), self.epsilon(below), self.epsilon(above)


def _plate(seen: _Seen) -> Iterator[Value]:
    upper, between = geometry.plate(seen.passive), seen.between()
    yield "capacitance", "pF", lumped.plate(upper.width * upper.length, sum(s.thickness for s in between), seen.epsilon(between))


def _comb(seen: _Seen) -> Iterator[Value]:
    passive, shape = seen.passive, geometry.comb(seen.passive)
    thick, height, low, high = seen.surroundings()
    yield "capacitance", "pF", lumped.comb(len(shape.fingers), shape.overlap, passive.line_um, passive.gap_um, (low, high), height, thick)


def _filter(seen: _Seen) -> Iterator[Value]:
    """Each line is half a wave long at the middle of the pass band."""
    _, height, low, _ = seen.surroundings()
    guide = microstrip(seen.passive.line_um, height, low)
    yield "frequency", "GHz", 1000 * LIGHT_MM_PER_PS / (2e-3 * geometry.filter_lines(seen.passive).reach * math.sqrt(guide.permittivity))


def _spiral(seen: _Seen) -> Iterator[Value]:
    passive, coil = seen.passive, geometry.spiral(seen.passive)
    yield "inductance", "nH", lumped.spiral(coil.turns, coil.outer, max(coil.inner, passive.line_um), passive.shape)
    around = math.pi if passive.shape == "circular" else 4.0
    yield "resistance", "Ω", _winding_ohm(seen, around * (coil.outer + max(coil.inner, 0.0)) / 2 * coil.turns)


def _solenoid(seen: _Seen) -> Iterator[Value]:
    coil = geometry.solenoid(seen.passive)
    yield "inductance", "nH", lumped.solenoid(coil.turns, coil.span * seen.apart_um(), coil.length)
    yield "resistance", "Ω", _winding_ohm(seen, 2 * seen.passive.width_um * coil.turns)


def _toroid(seen: _Seen) -> Iterator[Value]:
    ring = geometry.toroid(seen.passive)
    yield "inductance", "nH", lumped.toroid(ring.turns, seen.apart_um(), ring.inner, ring.outer)
    yield "resistance", "Ω", _winding_ohm(seen, 2 * (ring.outer - ring.inner) * ring.turns)


def _winding_ohm(seen: _Seen, length_um: float) -> float:
    """Of a line as long as the winding, vias left out."""
    level = next(m for m in seen.metal if m)[0]
    thick = sum(s.thickness for s in level)
    rho = thick / sum(s.thickness / seen.rho(s.material) for s in level)
    return lumped.resistance(rho, length_um, seen.passive.line_um, thick)


def _resistor(seen: _Seen) -> Iterator[Value]:
    yield "resistance", "Ω", _winding_ohm(seen, geometry.meander_length(seen.passive))


def _printed(seen: _Seen) -> Iterator[Value]:
    """Between its pads, which are a fifth of its width each; the paste is half as broad as they are long."""
    ink = geometry.printed(seen.passive)
    paste = next(s for c in seen.columns if not any(m.startswith("wiring") for m in c.masks) for s in reversed(c.stack)
                 if seen.recipe.document.materials[s.material].conductor)
    yield "resistance", "Ω", lumped.resistance(seen.rho(paste.material), ink.free, ink.wide, paste.thickness)


def _waveguide(seen: _Seen) -> Iterator[Value]:
    passive = seen.passive
    column, levels = seen.first(3)
    low, high = levels[0][-1].top, levels[2][0].bottom
    inside = [s for s in column.stack if s.bottom >= low - EPS and s.top <= high + EPS and not seen.recipe.document.materials[s.material].conductor]
    guide = stripline(passive.line_um, high - low, seen.epsilon(inside))
    yield "impedance", "Ω", guide.impedance_ohm
    yield "delay", "ps", guide.delay_ps_per_mm * passive.length_um / 1000


VALUES: dict[str, Callable[[_Seen], Iterator[Value]]] = {
    "printed": _printed, "resistor": _resistor, "waveguide": _waveguide, "comb": _comb, "sensor": _comb, "filter": _filter, "plate": _plate,
    "spiral": _spiral, "solenoid": _solenoid, "toroid": _toroid,
}
"""Kind → what one of it is worth."""


def values(recipe: Recipe, section: Section) -> Iterator[Row]:
    """Rows of the passives of *section*, the finished package: each with what it is worth, and how many need no place outside."""
    product = recipe.product
    for name, passive in product.passives.items():
        columns = [c for c in section.columns if c.passive == name and c.region == "passive"]
        seen = _Seen(passive, columns, [metal(recipe, section, c) for c in columns], recipe, section)
        note = f"{passive.kind}, each of {passive.count}" if passive.count > 1 else passive.kind
        yield from ((f"passive_{name}_{what}", unit, value, note) for what, unit, value in VALUES[passive.kind](seen))
    if product.passives:
        yield "passives_inside", "1", float(sum(p.count for p in product.passives.values())), "in the package instead of on the board"
