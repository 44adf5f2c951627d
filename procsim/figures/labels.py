"""Places the labels of a picture: each layer's material and thickness, beside the picture and clear of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from procsim.figures.cells import Cell
from procsim.figures.shapes import edges
from procsim.section.section import Column, Slab


@dataclass(frozen=True, slots=True)
class Label:
    """*text* about what lies at *x* between *low* and *high* (drawn units), to be written at the *left* or right of the picture."""

    text: str
    x: float
    low: float
    high: float
    left: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of columns from *start* to *end* (drawn units) with one name."""

    text: str
    start: float
    end: float


def labels(cell: Cell) -> list[Label]:
    """One label per layer, from the bottom up. Layers that reach the package's right edge are named there and all others at the left; dies have names
    of their own."""
    columns, x = cell.after.columns, edges(cell.after)
    seen: dict[tuple[str, str, bool, float], list[tuple[int, Slab]]] = {}
    for i, column in enumerate(columns):
        for slab in column.stack:
            if slab.part not in cell.after.dies or slab.pad:
                key = (slab.material, "" if slab.pad else slab.part, slab.pad, 0.0 if slab.part else slab.top)
                seen.setdefault(key, []).append((i, slab))
    rim = max((i for i, column in enumerate(columns) if column.region != "street"), default=0)
    found = []
    for places in seen.values():
        i, slab = next(((i, slab) for i, slab in places if i == rim), None) or _commonest(columns, places)
        text = f"{slab.material.replace('_', ' ')} {slab.top - slab.bottom:.4g} µm"
        found.append(Label(text, (x[i] + x[i + 1]) / 2, cell.heights.at(slab.bottom), cell.heights.at(slab.top), i != rim))
    return sorted(found, key=lambda label: (label.low + label.high, label.text))


def _commonest(columns: Sequence[Column], places: Sequence[tuple[int, Slab]]) -> tuple[int, Slab]:
    """The first of *places* whose thickness takes the most width."""
    by_thickness: dict[float, list[tuple[int, Slab]]] = {}
    for i, slab in places:
        by_thickness.setdefault(round(slab.top - slab.bottom, 6), []).append((i, slab))
    return max(by_thickness.values(), key=lambda some: sum(columns[i].width for i, _ in some))[0]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Rising positions that are at least *gap* apart, between *low* and *high* where there is room, and as near as can be to the rising *wanted*.

    The distance is that of least squares: neighbours that would touch become a block at their mean (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for n, position in enumerate(wanted):
        mean, count = position - n * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    last = high - (len(wanted) - 1) * gap
    level = [max(min(mean, last), low) for mean, count in blocks for _ in range(count)]
    return [position + n * gap for n, position in enumerate(level)]


def spans(cell: Cell) -> list[Span]:
    """The stretches that say what lies where: streets, fan-out, dies, passives."""
    columns, x = cell.after.columns, edges(cell.after)
    found = []
    for text, group in groupby(range(len(columns)), key=lambda i: _region(columns[i])):
        numbers = list(group)
        found.append(Span(text, x[numbers[0]], x[numbers[-1] + 1]))
    return found


def _region(column: Column) -> str:
    return column.die or column.passive or ("street" if column.region == "street" else "fan-out")
