"""Lays out the panel and the empty row of columns: how many units a panel holds, and the plan area of every region."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from procsim.maths.grids import Grid, best_grid
from procsim.model.passive import Passive
from procsim.model.product import Die, Panel, Product
from procsim.model.steps import Pattern, Plate, Step
from procsim.section.section import Column

CLEARANCE_MM = 0.05
"""Gap between a die and a cavity's wall, or its neighbour, where no cavity says another."""


NO_GRID = Grid(0, (), ())


@dataclass(frozen=True, slots=True)
class PanelGeometry:
    """One panel: the *units* on it, its *area_cm2*, and the metres of cut that separate the units."""

    units: int
    area_cm2: float
    cut_m: float


def _across(length: float, size: float, panel: Panel) -> int:
    return max(math.floor((length - 2 * panel.edge_mm + panel.street_mm + 1e-9) / (size + panel.street_mm)), 0)


def _round(product: Product) -> PanelGeometry:
    """The geometry of a round panel on the grid that holds most; cuts run in the middle of the streets, from rim to rim."""
    panel, package = product.panel, product.package
    radius = (panel.diameter_mm or 0.0) / 2
    grid = best_grid(radius - panel.edge_mm, package.width_mm, package.length_mm, panel.street_mm) if radius > panel.edge_mm else NO_GRID
    cuts = [*_beside(grid.across, package.width_mm + panel.street_mm), *_beside(grid.along, package.length_mm + panel.street_mm)]
    cut = math.fsum(2 * math.sqrt(max(radius**2 - at**2, 0.0)) for at in cuts) / 1000
    return PanelGeometry(grid.count, math.pi * radius**2 / 100, cut)


def _beside(centres: Sequence[float], pitch: float) -> list[float]:
    """Where streets run on both sides of *centres* that are one *pitch* apart."""
    return [centres[0] - pitch / 2, *(at + pitch / 2 for at in centres)] if centres else []


def panel_geometry(product: Product) -> PanelGeometry:
    """The units per panel from sizes, street and edge exclusion; a round panel is laid out on the grid that holds most."""
    panel, package = product.panel, product.package
    if panel.shape == "round":
        return _round(product)
    width, length = panel.width_mm or 0.0, panel.length_mm or 0.0
    nx, ny = _across(width, package.width_mm, panel), _across(length, package.length_mm, panel)
    cut = ((nx + 1) * length + (ny + 1) * width) / 1000 if nx and ny else 0.0
    return PanelGeometry(nx * ny, width * length / 100, cut)


def wiring_layers(steps: Sequence[Step]) -> int:
    """How many wiring layers the steps build: plated ones, and blanket ones patterned with the negated mask."""
    return sum((isinstance(s, Plate) and s.mask == "wiring") or (isinstance(s, Pattern) and s.mask == "wiring" and s.negate) for s in steps)


def dies_of(product: Product) -> list[tuple[str, Die]]:
    """Every die of the unit by instance name: ``logic``, or ``logic1``, ``logic2`` where there are several alike."""
    kinds = [die for die in product.dies.values() for _ in range(die.count)]
    return list(zip(product.instances(), kinds, strict=True))


def _column(region: str, masks: Iterable[str], width: float, net: str = "", passive: str = "") -> Column:
    """A column of the fan-out, whose area is still to be shared out."""
    return Column(region, frozenset(masks), width, math.nan, net=net, passive=passive)


def _bond(layers: int, net: str, passive: str = "") -> Column:
    return _column("bond", ("bonding_pad", f"wiring{layers}", f"via{layers + 1}"), 3.0, net, passive)


def _side(die: Die, net: str, layers: int, clearance_mm: float) -> list[Column]:
    """The fan-out columns of one side of *die*, from its bonding pad inwards, down a staircase of vias to the die."""
    out = [_bond(layers, net)]
    for k in range(layers, 1, -1):
        out.append(_column("run", (f"wiring{k}",), 1.5, net))
        out.append(_column("via", (f"via{k}", f"wiring{k}", f"wiring{k - 1}"), 1.2, net))
    return [*out, _column("run", ("wiring1",), 1.5, net), _gap(die, net, clearance_mm)]


def _gap(die: Die, net: str, clearance_mm: float) -> Column:
    """The gap between *die* and its cavity's wall, on one side of two."""
    return Column("gap", frozenset({"wiring1", "cavity"}), 0.6, gap_cm2(die, clearance_mm) / 2, net=net)


def gap_cm2(die: Die, clearance_mm: float) -> float:
    """Area of the gap of *clearance_mm* round *die*, corners left out."""
    return 2 * (die.width_mm + die.length_mm) * clearance_mm / 100


def columns(product: Product, layers: int, fins: bool = False, clearance_mm: float = CLEARANCE_MM) -> tuple[Column, ...]:
    """The empty row of columns for *layers* wiring layers. Areas per panel: each region's columns sum to the region's area.

    A side of a die fans out to a bonding pad of its own, or, in a declared net with the side that it faces, across to that die.
    A passive stands between the bonding pad of its first net and one of its own; one that finds its side taken stands by itself.
    """
    layers = max(layers, 1)
    placed = dies_of(product)
    waiting = dict(product.passives)
    row: list[Column] = []
    rim = _column("rim", ("rim",), 3.0)
    for i, (name, die) in enumerate(placed):
        nets = [product.net(f"{name}.{side}") for side in ("left", "right")]
        if not (i and _faces(product, placed[i - 1][0], name)):
            row += [rim, *_first_passive(product, waiting, nets[0], layers), *_side(die, nets[0], layers, clearance_mm)]
        else:
            row.append(_gap(die, nets[0], clearance_mm))
        row += _die_columns(product, name, die, nets, fins)
        if i + 1 < len(placed) and _faces(product, name, placed[i + 1][0]):
            row += [_gap(die, nets[1], clearance_mm), _column("run", ("wiring1",), 3.0, nets[1])]
        else:
            row += [*reversed(_side(die, nets[1], layers, clearance_mm)), *reversed(_first_passive(product, waiting, nets[1], layers)), rim]
    for name, passive in waiting.items():
        block = passive_columns(name, passive, layers)
        row += [_bond(layers, passive.between[1], name), *block, _bond(layers, product.net(passive.between[0]), name), rim]
    return _with_areas(product, row)


def inside(product: Product, end: str) -> bool:
    """Whether *end*, a side or a net, runs from die to die and so never comes to a bonding pad."""
    names = product.instances()
    return any(_faces(product, one, other) and product.net(f"{one}.right") == product.net(end) for one, other in pairwise(names))


def stray_nets(product: Product) -> tuple[str, list[str]] | None:
    """A declared net with sides that face none of its others, and these sides; None where there is no such net."""
    names = product.instances()
    facing = {side for one, other in pairwise(names) if _faces(product, one, other) for side in (f"{one}.right", f"{other}.left")}
    for net, sides in product.nets.items():
        if any(side not in facing for side in sides):
            return net, sides
    return None


def _faces(product: Product, one: str, other: str) -> bool:
    """Whether neighbours *one* and *other* share a declared net across the gap between them."""
    net = product.net(f"{one}.right")
    return net in product.nets and net == product.net(f"{other}.left")


def _first_passive(product: Product, waiting: dict[str, Passive], net: str, layers: int) -> list[Column]:
    """The first passive still *waiting* for a place on *net*, as columns from its own bonding pad inwards; it is taken off the waiting ones."""
    for name, passive in waiting.items():
        if product.net(passive.between[0]) == net:
            del waiting[name]
            return [_bond(layers, product.net(passive.between[1]), name), *passive_columns(name, passive, layers)]
    return []


def passive_columns(name: str, passive: Passive, layers: int) -> list[Column]:
    """The columns of a passive from its second to its first end; each end is tapped from the top wiring layer, where the bonding pads are."""
    low, high = passive.layer, passive.layer + 1

    def body(*wired: int, width: float = 1.0, via: bool = False) -> Column:
        masks = {f"wiring{k}" for k in wired} | ({f"via{high}"} if via else set()) | ({"passive"} if passive.kind == "sensor" else set())
        return _column("passive", masks, width, passive=name)

    def tap(down_to: int) -> Column:
        wired = {f"wiring{k}" for k in range(down_to, layers + 1)}
        return _column("tap", wired | {f"via{k}" for k in range(down_to + 1, layers + 1)}, 1.2, passive=name)

    if passive.kind == "printed":
        return [_column("passive", ("passive",), 3.0, passive=name)]
    gap, line = body(width=0.6), body(low, width=0.8)
    if passive.kind == "plate":
        return [tap(high), body(high, width=0.8), body(low, high, width=4.0), body(low, width=0.8), tap(low)]
    if passive.kind in ("solenoid", "toroid"):
        loop = [body(low, high, via=True), body(low, high, width=1.5), body(low, high, via=True)]
        hole = body(width=3.0 if passive.kind == "toroid" else 0.8)
        return [tap(low), gap, *loop, hole, *loop, gap, tap(low)]
    inside = {
        "resistor": [body(low, width=4.0)],
        "waveguide": [gap, line, gap, body(low, width=1.6), gap, line, gap],
        "spiral": [gap, line, gap, line, body(width=2.4), line, gap, line, gap],
    }.get(passive.kind, [gap, line, gap, line, gap, line, gap, line, gap])
    return [tap(low), *inside, tap(low)]


def _with_areas(product: Product, row: list[Column]) -> tuple[Column, ...]:
    """*row* between two streets, with the area that each region has on a panel."""
    geometry = panel_geometry(product)
    units = geometry.units
    unit_cm2 = product.package.width_mm * product.package.length_mm / 100
    drawn: dict[str, float] = {}
    for column in row:
        if column.region == "passive":
            drawn[column.passive] = drawn.get(column.passive, 0.0) + column.width
    footprint = {name: p.width_um * p.length_um * 1e-8 * p.count for name, p in product.passives.items()}
    areas = [footprint[c.passive] * c.width / drawn[c.passive] if c.region == "passive" else c.area_cm2 for c in row]
    fan_cm2 = max(unit_cm2 - sum(a for a in areas if not math.isnan(a)), 0.0)
    fan = sum(c.width for c, a in zip(row, areas, strict=True) if math.isnan(a))
    shared = [replace(c, area_cm2=(c.width / fan * fan_cm2 if math.isnan(a) else a) * units) for c, a in zip(row, areas, strict=True)]
    edge = Column("street", frozenset({"street"}), 2.0, max(geometry.area_cm2 - unit_cm2 * units, 0.0) / 2)
    return (edge, *shared, edge)


def _die_columns(product: Product, name: str, die: Die, nets: Sequence[str], fins: bool) -> list[Column]:
    """Wiring runs, pads and field of one die, areas per unit; *fins* splits the field for a heat sink's fins."""
    area = die.width_mm * die.length_mm / 100
    pads = min(die.pads * (die.pad_um * 1e-4) ** 2, 0.5 * area)
    run = product.wiring.coverage * (area - pads)
    common = frozenset({"die", "cavity"})

    def column(extra: set[str], width: float, area_cm2: float, net: str) -> Column:
        return Column("die", common | extra, width, area_cm2, die=name, net=net)

    field = area - pads - run
    middle = [column({"fin"} if fins and n % 2 == 0 else set(), 1.2, field / 5, "") for n in range(5)] if fins else [column(set(), 6.0, field, "")]
    left = [column({"wiring1"}, 1.5, run / 2, nets[0]), column({"wiring1", "via1", "pad"}, 1.2, pads / 2, nets[0])]
    right = [column({"wiring1", "via1", "pad"}, 1.2, pads / 2, nets[1]), column({"wiring1"}, 1.5, run / 2, nets[1])]
    return [*left, *middle, *right]
