"""Lays out the panel and the empty row of columns: how many units a panel holds, and the plan area of every region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from procsim.maths.grids import Grid, best_grid
from procsim.model.passive import Passive
from procsim.model.product import Die, Panel, Product
from procsim.model.steps import CLEARANCE_UM, Pattern, Plate, Step
from procsim.section.passive_columns import bond, column, over_die, passive_columns
from procsim.section.section import Column

CLEARANCE_MM = CLEARANCE_UM / 1000
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


def units_if_turned(product: Product) -> int:
    """The units that a panel would hold were its packages turned by a quarter."""
    size = product.package
    turned = size.model_copy(update={"width_mm": size.length_mm, "length_mm": size.width_mm})
    return panel_geometry(product.model_copy(update={"package": turned})).units


def wiring_layers(steps: Sequence[Step]) -> int:
    """How many wiring layers the steps build: plated ones, and blanket ones patterned with the negated mask."""
    return sum(isinstance(s, Plate | Pattern) and s.mask == "wiring" and (isinstance(s, Plate) or s.negate) for s in steps)


def dies_of(product: Product) -> list[tuple[str, Die]]:
    """Every die of the unit by instance name: ``logic``, or ``logic1``, ``logic2`` where there are several alike."""
    return [(name, product.dies[kind]) for name, kind in product.numbered()]


def _side(name: str, die: Die, net: str, layers: int, clearance_mm: float) -> list[Column]:
    """Fan-out columns of one side of *die*, called *name*, from its bonding pad inwards: down a staircase of vias to the die."""
    out = [bond(layers, net)]
    for k in range(layers, 1, -1):
        out.append(column("run", (f"wiring{k}",), 1.5, net))
        out.append(column("via", (f"via{k}", f"wiring{k}", f"wiring{k - 1}"), 1.2, net))
    return [*out, column("run", ("wiring1",), 1.5, net), _gap(name, die, net, clearance_mm)]


def _gap(name: str, die: Die, net: str, clearance_mm: float) -> Column:
    """The gap between *die*, called *name*, and its cavity's wall, on one side of two."""
    return Column("gap", frozenset({"wiring1", "cavity", f"cavity of {name}"}), 0.6, gap_cm2(die, clearance_mm) / 2, net=net)


def gap_cm2(die: Die, clearance_mm: float) -> float:
    """Area of the gap of *clearance_mm* round *die*, corners left out."""
    return 2 * (die.width_mm + die.length_mm) * clearance_mm / 100


def columns(product: Product, layers: int, fins: bool = False, clearance_mm: float = CLEARANCE_MM) -> tuple[Column, ...]:
    """The empty row of columns for *layers* wiring layers. Areas per panel: each region's columns sum to the region's area.

    A side of a die fans out to a bonding pad of its own, or, in a declared net with the side that it faces, across to that die.
    A passive stands between the bonding pad of its first net and one of its own; one that finds its side taken lies over the die. On a wafer
    of dies all lies over the die.
    """
    layers = max(layers, 1)
    if product.panel.dies_in_place:
        return _with_areas(product, _fan_in(product, layers))
    placed = dies_of(product)
    waiting = dict(product.passives)
    row: list[Column] = []
    rim = column("rim", ("rim",), 3.0)
    for i, (name, die) in enumerate(placed):
        nets = [product.net(f"{name}.{side}") for side in ("left", "right")]
        if not (i and _faces(product, placed[i - 1][0], name)):
            row += [rim, *_first_passive(product, waiting, nets[0], layers), *_side(name, die, nets[0], layers, clearance_mm)]
        else:
            row.append(_gap(name, die, nets[0], clearance_mm))
        after = _first_passive(product, waiting, nets[1], layers) if not (i + 1 < len(placed) and _faces(product, name, placed[i + 1][0])) else []
        row += _die_columns(product, name, die, nets, fins, over_die(product, name, nets, layers, waiting))
        if i + 1 < len(placed) and _faces(product, name, placed[i + 1][0]):
            row += [_gap(name, die, nets[1], clearance_mm), column("run", ("wiring1",), 3.0, nets[1])]
        else:
            row += [*reversed(_side(name, die, nets[1], layers, clearance_mm)), *reversed(after), rim]
    return _with_areas(product, row)


def inside(product: Product, end: str) -> bool:
    """Whether *end*, a side or a net, runs from die to die and so never comes to a bonding pad."""
    names = product.instances()
    return any(_faces(product, one, other) and product.net(f"{one}.right") == product.net(end) for one, other in pairwise(names))


def stray_nets(product: Product) -> tuple[str, list[str]] | None:
    """A declared net with sides that face none of its others, and these sides; None where there is no such net."""
    names = product.instances()
    facing = {side for one, other in pairwise(names) if _faces(product, one, other) for side in (f"{one}.right", f"{other}.left")}
    through = product.through()
    for net, sides in product.nets.items():
        if net not in through and any(side not in facing for side in sides):
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
            own = product.net(passive.between[1])
            return [bond(layers, own, name), *passive_columns(name, passive, layers, (net, own))]
    return []


def _with_areas(product: Product, row: list[Column]) -> tuple[Column, ...]:
    """*row* between two streets, with the area that each region has on a panel."""
    geometry = panel_geometry(product)
    units = geometry.units
    unit_cm2 = product.package.area_cm2
    drawn: dict[str, float] = {}
    for one in row:
        if one.region == "passive":
            drawn[one.passive] = drawn.get(one.passive, 0.0) + one.width
    footprint = {name: p.footprint_cm2 for name, p in product.passives.items()}
    areas = [footprint[c.passive] * c.width / drawn[c.passive] if c.region == "passive" else c.area_cm2 for c in row]
    fan_cm2 = max(unit_cm2 - sum(a for a in areas if not math.isnan(a)), 0.0)
    fan = sum(c.width for c, a in zip(row, areas, strict=True) if math.isnan(a))
    shared = [replace(c, area_cm2=(c.width / fan * fan_cm2 if math.isnan(a) else a) * units) for c, a in zip(row, areas, strict=True)]
    edge = Column("street", frozenset({"street"}), 2.0, max(geometry.area_cm2 - unit_cm2 * units, 0.0) / 2)
    return (edge, *shared, edge)


def _fan_in(product: Product, layers: int) -> list[Column]:
    """Dies of a wafer side by side: each side runs inwards from its pad, and all of it lies over the die."""
    row: list[Column] = []
    waiting = dict(product.passives)
    for name, die in dies_of(product):
        nets = [product.net(f"{name}.{side}") for side in ("left", "right")]
        left, right = over_die(product, name, nets, layers, waiting)
        pad = min(die.pads_cm2, die.area_mm2 / 200) / 2
        halves = []
        for net, more in zip(nets, (left, right), strict=True):
            own = [column("die", ("wiring1", "via1", "pad"), 1.2, net), *reversed(_side(name, die, net, layers, CLEARANCE_MM)[:-1])]
            halves.append([column("die", (), 1.5), replace(own[0], area_cm2=pad), *own[1:], *more])
        over = [*halves[0], column("die", (), 3.0), *reversed(halves[1])]
        row += [replace(c, die=name, masks=c.masks | {"die"}, region=c.region if c.region == "passive" else "die") for c in over]
    return row


def _die_columns(product: Product, name: str, die: Die, nets: Sequence[str], fins: bool, over: tuple[list[Column], list[Column]]) -> list[Column]:
    """Wiring runs, pads and field of one die with what lies *over* it, areas per unit; *fins* splits the field for a heat sink's fins."""
    area = die.area_cm2
    pads = min(die.pads_cm2, 0.5 * area)
    run = product.wiring.coverage * (area - pads)
    common = frozenset({"die", "cavity", f"cavity of {name}"})

    def part(extra: set[str], width: float, area_cm2: float, net: str) -> Column:
        return Column("die", common | extra, width, area_cm2, die=name, net=net)

    taken = {c.passive for c in (*over[0], *over[1]) if c.region == "passive"}
    passives = sum(p.footprint_cm2 for n, p in product.passives.items() if n in taken)
    field = max(area - pads - run - passives, 0.0)
    middle = [part({"fin"} if fins and n % 2 == 0 else set(), 1.2, field / 5, "") for n in range(5)] if fins else [part(set(), 6.0, field, "")]
    left = [part({"wiring1"}, 1.5, run / 2, nets[0]), part({"wiring1", "via1", "pad"}, 1.2, pads / 2, nets[0])]
    right = [part({"wiring1", "via1", "pad"}, 1.2, pads / 2, nets[1]), part({"wiring1"}, 1.5, run / 2, nets[1])]
    return [*left, *over[0], *middle, *reversed(over[1]), *right]
