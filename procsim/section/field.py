"""Product in, its field of bonding points out: how many places there are, how many a heat sink takes, how many lie outside the dies."""

from __future__ import annotations

import math
from dataclasses import dataclass

from procsim.model.library import Part
from procsim.model.product import Product


@dataclass(frozen=True, slots=True)
class Field:
    """A square grid of *places* at *pitch_mm*; *lost* of them to a heat sink; *under* of those left lie below or above dies."""

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


def _along(length_mm: float, pitch_mm: float) -> list[float]:
    """Distances from the middle of the points along one edge."""
    n = math.floor(length_mm / pitch_mm + 1e-9)
    return [abs(i - (n - 1) / 2) * pitch_mm for i in range(n)]


def places(product: Product, slug: Part | None = None) -> list[tuple[float, float]]:
    """Where the bonding points stand, in mm from the middle of the package: on the grid, the outermost places first, none below a heat sink."""
    pitch, package = ball_field(product, slug).pitch_mm, product.package

    def line(length: float) -> list[float]:
        n = max(math.floor(length / pitch + 1e-9), 1)
        return [(i - (n - 1) / 2) * pitch for i in range(n)]

    pad = product.bonding.pad_um / 1000
    biggest = max(product.dies.values(), key=lambda d: d.width_mm * d.length_mm)
    room = ((slug.width_mm or biggest.width_mm) + pad, (slug.length_mm or biggest.length_mm) + pad) if slug is not None else (0.0, 0.0)
    spots = [(x, y) for x in line(package.width_mm) for y in line(package.length_mm) if not (abs(x) < room[0] / 2 and abs(y) < room[1] / 2)]
    spots.sort(key=lambda spot: -max(abs(spot[0]) / package.width_mm, abs(spot[1]) / package.length_mm))
    return spots[: product.bonding.count]


def _inside(product: Product, pitch_mm: float, width_mm: float, length_mm: float) -> int:
    """Grid points within a rectangle in the middle of the package."""
    across, along = (_along(size, pitch_mm) for size in (product.package.width_mm, product.package.length_mm))
    return sum(x < width_mm / 2 for x in across) * sum(y < length_mm / 2 for y in along)


def ball_field(product: Product, slug: Part | None = None) -> Field:
    """The field of *product*, with *slug* in its middle. Without a stated pitch it is taken at twice the pad where a heat sink
    takes room, else as wide as the count allows."""
    package, bonding = product.package, product.bonding
    spread = math.sqrt(package.width_mm * package.length_mm / bonding.count)
    pitch = bonding.pitch_mm or (min(2e-3 * bonding.pad_um, spread) if slug is not None else spread)
    places = len(_along(package.width_mm, pitch)) * len(_along(package.length_mm, pitch))
    if bonding.pitch_mm is None and slug is None:
        places = bonding.count
    biggest = max(product.dies.values(), key=lambda d: d.width_mm * d.length_mm)
    pad = bonding.pad_um / 1000
    width, length = ((slug.width_mm or biggest.width_mm), (slug.length_mm or biggest.length_mm)) if slug is not None else (0.0, 0.0)
    lost = _inside(product, pitch, width + pad, length + pad) if slug is not None else 0
    kinds = list(product.dies.values())
    if len(kinds) == 1 and kinds[0].count == 1:
        room = (width + pad, length + pad) if slug is not None else (0.0, 0.0)
        under = _inside(product, pitch, max(kinds[0].width_mm, room[0]), max(kinds[0].length_mm, room[1])) - lost
    else:
        covered = sum(d.width_mm * d.length_mm * d.count for d in kinds) / (package.width_mm * package.length_mm)
        under = max(round(places * covered) - lost, 0)
    return Field(pitch, places, lost, min(under, places - lost))
