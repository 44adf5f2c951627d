"""Works out what the nets of a finished package are to a signal: length, resistance, capacitance, delay; and what a bus saves.

Delay is 0.69·R·C (half the swing of a line taken as one resistor and one capacitor) and the time of flight, L·√ε/c. Resistance is ρL/(w·t), with vias
as columns of their diameter; capacitance is that of a microstrip over the nearest conductor or die. The conductor's loss is 4.34·R/Z (in dB; what the
skin effect adds at high frequencies is left out).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import mean

from procsim.maths.lines import microstrip
from procsim.maths.lumped import resistance
from procsim.model.nets import Bus, Circuitry
from procsim.recipe.recipe import Recipe
from procsim.section.layout import dies_of
from procsim.section.section import Section
from procsim.section.traces import Trace, between_mm, fan_out_mm, rise_um, trace

Row = tuple[str, str, float, str]
"""(metric, unit, value, note)."""


def nets(recipe: Recipe, section: Section) -> Iterator[Row]:
    """Rows of the nets of *section*, the finished package: those from die to board first, then nets between dies, over a die, and buses."""
    line = trace(recipe, section)
    if line is None:
        return
    yield from _to_board(recipe, section, line)
    for name, length in between_mm(recipe.product).items():
        yield f"net_{name}_length", "mm", length, "from die to die"
        yield from _signal(recipe, line, name, length, 0.0, 0.0, "")
    for name, die in recipe.product.through().items():
        yield from _over_die(recipe, line, name, die)


def _to_board(recipe: Recipe, section: Section, line: Trace) -> Iterator[Row]:
    """The nets from a die pad to a bonding point: the mean of them, and how long the longest is."""
    flat = fan_out_mm(recipe.product, recipe.document.parts[section.slug] if section.slug else None)
    rise, point = rise_um(recipe, section)
    if flat:
        about = f"lines {recipe.product.wiring.line_um:g} × {line.thickness_um:.3g} µm, {line.height_um:.4g} µm from {line.plane or 'the far side'}"
        yield "net_length_mean", "mm", mean(flat) + rise / 1000, f"die pad to tip of the bonding point, {rise / 1000:.3g} mm of it up or down"
        yield "net_length_longest", "mm", max(flat) + rise / 1000, ""
        yield from _signal(recipe, line, "mean", mean(flat), rise, point, about)


def _over_die(recipe: Recipe, line: Trace, name: str, die: str) -> Iterator[Row]:
    """A net, or a bus, that runs over a *die* from one of its sides to the other."""
    kind, bus = dict(dies_of(recipe.product))[die], recipe.product.buses.get(name)
    if bus is not None:
        yield from _bus(line, name, bus, kind.circuitry, kind.area_mm2)
        return
    yield f"net_{name}_length", "mm", kind.width_mm, f"over {die}, from pad to pad"
    yield from _signal(recipe, line, name, kind.width_mm, 0.0, 0.0, "")
    if kind.circuitry is not None:
        yield from _inside(recipe, line, name, kind.width_mm, kind.circuitry)


def _signal(recipe: Recipe, line: Trace, name: str, flat_mm: float, rise: float, point: float, note: str) -> Iterator[Row]:
    """Rows of one net: *flat_mm* of line, and *rise* µm up or down, of which *point* is the bonding point, too thick to matter."""
    product = recipe.product
    width, via = product.wiring.line_um, product.vias.diameter_um
    column = line.resistivity_uohm_cm * 1e-2 * max(rise - point, 0.0) / (math.pi / 4 * via**2)
    ohm = resistance(line.resistivity_uohm_cm, flat_mm * 1000, width, line.thickness_um) + column
    guide, length = line.guide(width), flat_mm + rise / 1000
    yield from _values(name, ohm, guide.capacitance_pf_per_mm * length, guide.delay_ps_per_mm * length, note)
    yield f"net_{name}_impedance", "Ω", guide.impedance_ohm, ""
    yield f"net_{name}_attenuation", "dB", 4.343 * ohm / guide.impedance_ohm, "conductor, direct current"


def _values(name: str, ohm: float, pf: float, flight_ps: float, note: str = "") -> Iterator[Row]:
    yield f"net_{name}_resistance", "Ω", ohm, note
    yield f"net_{name}_capacitance", "pF", pf, ""
    yield f"net_{name}_delay", "ps", 0.69 * ohm * pf + flight_ps, f"{flight_ps:.3g} ps of it time of flight"


def _inside(recipe: Recipe, line: Trace, name: str, length_mm: float, own: Circuitry) -> Iterator[Row]:
    """The same way in the die's own wiring, and by how much the outer trace is larger than what leads from a device to its pad."""
    product = recipe.product
    rho = recipe.document.materials[own.material].resistivity_uohm_cm or math.nan
    guide = microstrip(own.line_um, own.dielectric_um, own.permittivity)
    ohm = resistance(rho, length_mm * 1000, own.line_um, own.thickness_um)
    about = f"of the die's own lines, {own.line_um:g} × {own.thickness_um:g} µm"
    yield from _values(f"{name}_inside", ohm, guide.capacitance_pf_per_mm * length_mm, guide.delay_ps_per_mm * length_mm, about)
    yield f"net_{name}_width_ratio", "1", product.wiring.line_um / own.line_um, "outer trace over inner one"
    yield f"net_{name}_thickness_ratio", "1", line.thickness_um / own.thickness_um, ""
    yield f"net_{name}_length_ratio", "1", length_mm * 1000 / own.reach_um, "outer trace over the way from device to pad"


def _bus(line: Trace, name: str, bus: Bus, own: Circuitry | None, die_mm2: float) -> Iterator[Row]:
    """A bus, all its traces side by side, and what the die's own power lines would be: as many, as long, as wide and thick as they are there."""
    ohm = resistance(line.resistivity_uohm_cm, bus.length_mm * 1000, bus.width_um, line.thickness_um) / bus.count
    area = bus.width_um / 1000 * bus.length_mm * bus.count
    yield f"net_{name}_length", "mm", bus.length_mm, f"{bus.count} × {bus.width_um:g} µm wide, {line.thickness_um:.3g} µm thick"
    yield f"net_{name}_area", "mm²", area, f"{100 * area / die_mm2:.3g} % of the die's"
    yield f"net_{name}_resistance", "Ω", ohm, ""
    if own is not None:
        inner = resistance(line.resistivity_uohm_cm, bus.length_mm * 1000, own.bus_um, own.thickness_um) / bus.count
        yield f"net_{name}_inside_resistance", "Ω", inner, f"of the die's own power lines, {own.bus_um:g} × {own.thickness_um:g} µm"
        yield f"net_{name}_resistance_saved", "Ω", inner - ohm, ""
