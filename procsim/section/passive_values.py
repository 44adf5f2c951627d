"""Works out what the passives of a finished package are worth: farads, henries, ohms, and the frequency of a filter."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from procsim.maths import lumped
from procsim.maths.lines import LIGHT_MM_PER_PS, microstrip, series_permittivity, stripline
from procsim.model.passive import Passive
from procsim.recipe.recipe import Recipe
from procsim.section.electrical import Row
from procsim.section.section import EPS, Column, Section, Slab
from procsim.section.traces import metal

Value = tuple[str, str, float]
"""What it is, its unit, and how much."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A *passive* with its *columns*, the wiring *metal* in each, and the permittivity and resistivity of any material."""

    passive: Passive
    columns: Sequence[Column]
    metal: Sequence[list[list[Slab]]]
    recipe: Recipe

    def first(self, levels: int) -> tuple[Column, list[list[Slab]]]:
        """A column in which just so many levels of its wiring lie one over the other."""
        return next((c, m) for c, m in zip(self.columns, self.metal, strict=True) if len(m) == levels)

    def epsilon(self, slabs: Sequence[Slab]) -> float:
        known = self.recipe.document.materials
        return series_permittivity([(s.top - s.bottom, known[s.material].permittivity or math.nan) for s in slabs]) if slabs else 1.0

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
        below: list[Slab] = []
        for slab in reversed([s for s in column.stack if s.top <= line[0].bottom + EPS]):
            if self.recipe.document.materials[slab.material].conductor or slab.part == column.die != "":
                break
            below.append(slab)
        above = [s for s in column.stack if s.bottom >= line[-1].top - EPS]
        return line[-1].top - line[0].bottom, sum(s.top - s.bottom for s in below), self.epsilon(below), self.epsilon(above)


def _plate(seen: _Seen) -> Iterator[Value]:
    passive, between = seen.passive, seen.between()
    inset = min(passive.gap_um, passive.width_um / 4, passive.length_um / 4)
    area = (passive.width_um - 2 * inset) * (passive.length_um - 2 * inset)
    yield "capacitance", "pF", lumped.plate(area, sum(s.top - s.bottom for s in between), seen.epsilon(between))


def _comb(seen: _Seen) -> Iterator[Value]:
    passive = seen.passive
    thick, height, low, high = seen.surroundings()
    fingers = int((passive.width_um + passive.gap_um) / (passive.line_um + passive.gap_um) + 1e-9)
    overlap = max(passive.length_um - 2 * passive.line_um - 2 * passive.gap_um, passive.line_um)
    yield "capacitance", "pF", lumped.comb(fingers, overlap, passive.line_um, passive.gap_um, (low, high), height, thick)


def _filter(seen: _Seen) -> Iterator[Value]:
    """Each line is half a wave long at the middle of the pass band."""
    _, height, low, _ = seen.surroundings()
    guide = microstrip(seen.passive.line_um, height, low)
    yield "frequency", "GHz", 1000 * LIGHT_MM_PER_PS / (2 * seen.passive.length_um * 2e-3 / 3 * math.sqrt(guide.permittivity))


def _spiral(seen: _Seen) -> Iterator[Value]:
    passive, turns = seen.passive, seen.passive.turns or 1
    outer = min(passive.width_um, passive.length_um)
    inner = outer - 2 * (turns * (passive.line_um + passive.gap_um) - passive.gap_um)
    yield "inductance", "nH", lumped.spiral(turns, outer, max(inner, passive.line_um), passive.shape)
    around = math.pi if passive.shape == "circular" else 4.0
    yield "resistance", "Ω", _winding_ohm(seen, around * (outer + max(inner, 0.0)) / 2 * turns)


def _solenoid(seen: _Seen) -> Iterator[Value]:
    passive, turns, high = seen.passive, seen.passive.turns or 1, seen.apart_um()
    yield "inductance", "nH", lumped.solenoid(turns, (passive.width_um - passive.line_um) * high, turns * (passive.line_um + passive.gap_um))
    yield "resistance", "Ω", _winding_ohm(seen, 2 * passive.width_um * turns)


def _toroid(seen: _Seen) -> Iterator[Value]:
    passive, turns = seen.passive, seen.passive.turns or 1
    outer = min(passive.width_um, passive.length_um) / 2 - passive.line_um / 2
    inner = max(turns * (passive.line_um + passive.gap_um) / (2 * math.pi), outer / 3)
    yield "inductance", "nH", lumped.toroid(turns, seen.apart_um(), inner, outer)
    yield "resistance", "Ω", _winding_ohm(seen, 2 * (outer - inner) * turns)


def _winding_ohm(seen: _Seen, length_um: float) -> float:
    """Of a line as long as the winding, vias left out."""
    level = next(m for m in seen.metal if m)[0]
    thick = sum(s.top - s.bottom for s in level)
    rho = thick / sum((s.top - s.bottom) / seen.rho(s.material) for s in level)
    return lumped.resistance(rho, length_um, seen.passive.line_um, thick)


def _resistor(seen: _Seen) -> Iterator[Value]:
    passive = seen.passive
    lines = int((passive.width_um + passive.gap_um) / (passive.line_um + passive.gap_um) + 1e-9)
    yield "resistance", "Ω", _winding_ohm(seen, lines * passive.length_um + (lines - 1) * passive.gap_um)


def _printed(seen: _Seen) -> Iterator[Value]:
    """Between its pads, which are a fifth of its width each; the paste is half as broad as they are long."""
    passive = seen.passive
    paste = next(s for c in seen.columns if not any(m.startswith("wiring") for m in c.masks) for s in reversed(c.stack)
                 if seen.recipe.document.materials[s.material].conductor)
    yield "resistance", "Ω", lumped.resistance(seen.rho(paste.material), 0.6 * passive.width_um, passive.length_um / 2, paste.top - paste.bottom)


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
        seen = _Seen(passive, columns, [metal(recipe, section, c) for c in columns], recipe)
        note = f"{passive.kind}, each of {passive.count}" if passive.count > 1 else passive.kind
        yield from ((f"passive_{name}_{what}", unit, value, note) for what, unit, value in VALUES[passive.kind](seen))
    if product.passives:
        yield "passives_inside", "1", float(sum(p.count for p in product.passives.values())), "in the package instead of on the board"
