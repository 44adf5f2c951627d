"""Lays out a package's field of bonding points: how many places there are, how many a heat sink takes, how many lie outside the dies."""

from __future__ import annotations

import math
from dataclasses import dataclass

from procsim.model.library import Part
from procsim.model.product import Product


@dataclass(frozen=True, slots=True)
class Field:
    """A square grid of *places* at *pitch_mm*, of which a heat sink takes *lost*; of those left, *under* lie below or above dies."""

    pitch_mm: float
    places: int
    lost: int
    under: int

    @property
    def left(self) -> int:
        return self.places - self.lost

    def outside(self, count: int) -> int:
        """How many of *count* points lie outside the dies, when the outermost places are used first."""
        return min(count, self.left - self.under)


def slug_mm(product: Product, slug: Part) -> tuple[float, float]:
    """Width and length of a heat sink; one that does not say is as large as the largest die."""
    die = product.largest_die
    return slug.width_mm or die.width_mm, slug.length_mm or die.length_mm


def _taken(product: Product, slug: Part | None) -> tuple[float, float]:
    """Width and length of the room in the middle in which no pad can lie."""
    if slug is None:
        return 0.0, 0.0
    pad = product.bonding.pad_um / 1000
    width, length = slug_mm(product, slug)
    return width + pad, length + pad


def _row(length_mm: float, pitch_mm: float, least: int = 0) -> list[float]:
    """Where the points along one edge stand, from its middle: as many as there is room for, or the *least*."""
    n = max(math.floor(length_mm / pitch_mm + 1e-9), least)
    return [(i - (n - 1) / 2) * pitch_mm for i in range(n)]


def room_at(product: Product, pitch_mm: float) -> int:
    """Places of a grid at *pitch_mm* over the whole package."""
    return len(_row(product.package.width_mm, pitch_mm)) * len(_row(product.package.length_mm, pitch_mm))


def places(product: Product, slug: Part | None = None) -> list[tuple[float, float]]:
    """Where the bonding points stand, in mm from the middle of the package: on the grid, the outermost places first, none below a heat sink."""
    pitch, package, room = ball_field(product, slug).pitch_mm, product.package, _taken(product, slug)
    spots = [(x, y) for x in _row(package.width_mm, pitch, 1) for y in _row(package.length_mm, pitch, 1)
             if not (abs(x) < room[0] / 2 and abs(y) < room[1] / 2)]
    spots.sort(key=lambda spot: -max(abs(spot[0]) / package.width_mm, abs(spot[1]) / package.length_mm))
    return spots[: product.bonding.count]


def _inside(product: Product, pitch_mm: float, width_mm: float, length_mm: float) -> int:
    """Grid points within a rectangle in the middle of the package."""
    across, along = (_row(size, pitch_mm) for size in (product.package.width_mm, product.package.length_mm))
    return sum(abs(x) < width_mm / 2 for x in across) * sum(abs(y) < length_mm / 2 for y in along)


def ball_field(product: Product, slug: Part | None = None) -> Field:
    """The field of *product*, with *slug* in its middle. A pitch that is not stated is taken as twice the pad where a heat sink takes room, and else
    as wide as the count allows."""
    package, bonding = product.package, product.bonding
    spread = math.sqrt(package.area_mm2 / bonding.count)
    pitch = bonding.pitch_mm or (min(2e-3 * bonding.pad_um, spread) if slug is not None else spread)
    places = bonding.count if bonding.pitch_mm is None and slug is None else room_at(product, pitch)
    room, kinds = _taken(product, slug), list(product.dies.values())
    lost = _inside(product, pitch, *room)
    if len(kinds) == 1 and kinds[0].count == 1:
        under = _inside(product, pitch, max(kinds[0].width_mm, room[0]), max(kinds[0].length_mm, room[1])) - lost
    else:
        covered = sum(d.area_mm2 * d.count for d in kinds) / package.area_mm2
        under = max(round(places * covered) - lost, 0)
    return Field(pitch, places, lost, min(under, places - lost))
