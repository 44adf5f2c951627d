"""Product in, panel geometry and the empty row of columns out: how many units a panel holds, and every region's plan area."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from procsim.model.product import Die, Panel, Product
from procsim.model.steps import Pattern, Plate, Step
from procsim.section.shape import Column

CLEARANCE_MM = 0.05
"""Drawn and counted gap between a die and a cavity's wall."""


@dataclass(frozen=True, slots=True)
class PanelGeometry:
    """Of one panel: *units* on it, its *area_cm2*, and the metres of cut that separate the units."""

    units: int
    area_cm2: float
    cut_m: float


def _across(length: float, size: float, panel: Panel) -> int:
    return max(math.floor((length - 2 * panel.edge_mm + panel.street_mm + 1e-9) / (size + panel.street_mm)), 0)


def _round_grid(product: Product, dx: float, dy: float) -> PanelGeometry:
    """Units whose four corners lie inside the usable circle, for a grid shifted by (*dx*, *dy*) of a pitch."""
    panel, package = product.panel, product.package
    diameter = panel.diameter_mm or 0.0
    radius = diameter / 2 - panel.edge_mm
    px, py = package.width_mm + panel.street_mm, package.length_mm + panel.street_mm
    reach = int(radius / min(px, py)) + 2
    rows: dict[int, int] = {}
    columns: dict[int, int] = {}
    for i in range(-reach, reach):
        for j in range(-reach, reach):
            x0, y0 = (i + dx) * px, (j + dy) * py
            far = max(abs(x0), abs(x0 + package.width_mm)), max(abs(y0), abs(y0 + package.length_mm))
            if math.hypot(*far) <= radius + 1e-9:
                columns[i] = columns.get(i, 0) + 1
                rows[j] = rows.get(j, 0) + 1
    cut = 0.0
    for shift, pitch, used in ((dx, px, columns), (dy, py, rows)):
        for k in {edge for i in used for edge in (i, i + 1)}:
            at = (k + shift) * pitch
            cut += 2 * math.sqrt(max((diameter / 2) ** 2 - at**2, 0.0)) / 1000
    return PanelGeometry(sum(rows.values()), math.pi * diameter**2 / 400, cut)


def panel_geometry(product: Product) -> PanelGeometry:
    """Units per panel from sizes, street and edge exclusion; for a round panel the best of four ways to lay the grid."""
    panel, package = product.panel, product.package
    if panel.shape == "round":
        choices = [_round_grid(product, dx, dy) for dx in (0.0, -0.5) for dy in (0.0, -0.5)]
        return max(choices, key=lambda g: g.units)
    width, length = panel.width_mm or 0.0, panel.length_mm or 0.0
    nx, ny = _across(width, package.width_mm, panel), _across(length, package.length_mm, panel)
    cut = ((nx + 1) * length + (ny + 1) * width) / 1000 if nx and ny else 0.0
    return PanelGeometry(nx * ny, width * length / 100, cut)


def wiring_layers(steps: Sequence[Step]) -> int:
    """How many wiring layers the steps build: plated ones, and blanket ones patterned with the negated mask."""
    return sum((isinstance(s, Plate) and s.mask == "wiring") or (isinstance(s, Pattern) and s.mask == "wiring" and s.negate) for s in steps)


def dies_of(product: Product) -> list[tuple[str, Die]]:
    """Every die of the unit by instance name: ``logic``, or ``logic1``, ``logic2`` where there are several alike."""
    return [(name if die.count == 1 else f"{name}{n + 1}", die) for name, die in product.dies.items() for n in range(die.count)]


def _side(name: str, side: str, layers: int) -> list[tuple[str, frozenset[str], float, str]]:
    """Fan-out columns of one side of die *name*, from the package's edge inwards: (kind, masks, drawn width, net)."""
    net = f"{name}.{side}"
    top = f"wiring{layers}"
    out: list[tuple[str, frozenset[str], float, str]] = [("rim", frozenset({"rim"}), 3.0, ""),
                                                         ("bond", frozenset({"bonding_pad", top, f"via{layers + 1}"}), 3.0, net)]
    for k in range(layers, 1, -1):
        out.append(("run", frozenset({f"wiring{k}"}), 1.5, net))
        out.append(("via", frozenset({f"via{k}", f"wiring{k}", f"wiring{k - 1}"}), 1.2, net))
    out.append(("run", frozenset({"wiring1"}), 1.5, net))
    out.append(("gap", frozenset({"wiring1", "cavity"}), 0.6, net))
    return out


def columns(product: Product, layers: int) -> tuple[Column, ...]:
    """The empty row of columns for *layers* wiring layers. Areas per panel: each region's columns sum to the region's area."""
    geometry = panel_geometry(product)
    units, layers = geometry.units, max(layers, 1)
    unit_cm2 = product.package.width_mm * product.package.length_mm / 100
    placed = dies_of(product)
    die_cm2 = {name: die.width_mm * die.length_mm / 100 for name, die in placed}
    gap_cm2 = {name: 2 * (die.width_mm + die.length_mm) * CLEARANCE_MM / 100 for name, die in placed}
    fan_cm2 = max(unit_cm2 - sum(die_cm2.values()) - sum(gap_cm2.values()), 0.0)
    row: list[Column] = []
    fan: list[int] = []
    for name, die in placed:
        left, right = _side(name, "left", layers), _side(name, "right", layers)[::-1]
        for kind, masks, width, net in left:
            fan.append(len(row))
            row.append(Column(kind, masks, width, gap_cm2[name] / 2 * units if kind == "gap" else -width, net=net))
        row += _die_columns(product, name, die, units)
        for kind, masks, width, net in right:
            fan.append(len(row))
            row.append(Column(kind, masks, width, gap_cm2[name] / 2 * units if kind == "gap" else -width, net=net))
    drawn = sum(-row[i].area_cm2 for i in fan if row[i].area_cm2 < 0)
    shared = [c if c.area_cm2 >= 0 else Column(c.region, c.masks, c.width, -c.area_cm2 / drawn * fan_cm2 * units, net=c.net) for c in row]
    street = max(geometry.area_cm2 - unit_cm2 * units, 0.0) / 2
    edge = Column("street", frozenset({"street"}), 2.0, street)
    return (edge, *shared, edge)


def _die_columns(product: Product, name: str, die: Die, units: int) -> list[Column]:
    area = die.width_mm * die.length_mm / 100 * units
    pads = min(die.pads * (die.pad_um * 1e-4) ** 2 * units, 0.5 * area)
    run = product.wiring.coverage * (area - pads)
    common = frozenset({"die", "cavity"})

    def column(kind: str, extra: set[str], width: float, area_cm2: float, net: str) -> Column:
        return Column(kind, common | extra, width, area_cm2, die=name, net=net)

    return [
        column("die", {"wiring1"}, 1.5, run / 2, f"{name}.left"),
        column("die", {"wiring1", "via1", "pad"}, 1.2, pads / 2, f"{name}.left"),
        column("die", set(), 6.0, area - pads - run, ""),
        column("die", {"wiring1", "via1", "pad"}, 1.2, pads / 2, f"{name}.right"),
        column("die", {"wiring1"}, 1.5, run / 2, f"{name}.right"),
    ]
