"""Gives the pictures of a package their true proportions: every column as wide as it is beside how thick its layers are.

Streets, dies and their pads, gaps and bonding points are as wide as the recipe says; what is left of the package between them is shared out as it is
usually drawn, a via as wide as a pad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from procsim.figures.finer import Known
from procsim.figures.streets import STREET
from procsim.model.product import Product
from procsim.model.steps import CLEARANCE_UM
from procsim.section.build import Built, Row
from procsim.section.layout import dies_of
from procsim.section.section import Section

LEAST_SHARE = 0.05
"""Of a package, what lies beside its dies at least: where they are not all in one row, they are more than it is wide."""


def to_scale(built: Sequence[Built], product: Product, known: Known) -> tuple[Built, ...]:
    """*built* with columns as wide as they are, in µm."""
    if not built:
        return ()
    widths = _widths(built[0].before.columns, product, known)

    def scaled(row: Row) -> Row:
        return tuple(replace(column, width=width) for column, width in zip(row, widths, strict=True))

    def section(given: Section) -> Section:
        return replace(given, columns=scaled(given.columns))

    return tuple(replace(one, before=section(one.before), after=section(one.after)) for one in built)


def known_to_scale(known: Known) -> Known:
    """What is *known*, for pictures to scale: their bonding points need no help."""
    return replace(known, point_um=0.0, to_scale=True)


def _widths(row: Row, product: Product, known: Known) -> list[float]:
    """The width of every column of *row*, µm."""
    streets = ("street", "edge")
    found = [column.width * 1000 * known.street_mm / STREET if column.region in streets else known.gap_um or CLEARANCE_UM for column in row]
    for name, die in dies_of(product):
        own = [i for i, column in enumerate(row) if column.die == name and column.region != "gap"]
        _share(found, row, own, 1000 * die.width_mm, {"pad": die.pad_um})
    beside = [i for i, column in enumerate(row) if not column.die and column.region not in (*streets, "gap")]
    left = 1000 * product.package.width_mm - sum(width for i, (width, column) in enumerate(zip(found, row, strict=True))
                                                 if i not in beside and column.region not in streets)
    pad = min(die.pad_um for _, die in dies_of(product))
    _share(found, row, beside, max(left, LEAST_SHARE * 1000 * product.package.width_mm), {"bonding_pad": product.bonding.pad_um, "via": pad})
    return [max(width, 1e-3) for width in found]


def _share(found: list[float], row: Row, own: Sequence[int], whole: float, known: dict[str, float]) -> None:
    """Shares *whole* out among the columns *own* of *row*: those of a mask that is *known* have its width between them where they lie side by side,
    the others the rest as they are drawn."""
    def mask(i: int) -> str:
        return next((name for name in known if any(one == name or (name == "via" and row[i].region == "via") for one in row[i].masks)), "")

    groups: list[list[int]] = []
    for i in own:
        if groups and mask(i) and mask(i) == mask(groups[-1][-1]) and groups[-1][-1] == i - 1:
            groups[-1].append(i)
        else:
            groups.append([i])
    fixed = [group for group in groups if mask(group[0])]
    taken = sum(known[mask(group[0])] for group in fixed)
    shrunk = min(1.0, whole / (2 * taken)) if taken else 1.0
    free = [i for group in groups if not mask(group[0]) for i in group]
    for group in fixed:
        drawn = sum(row[i].width for i in group)
        for i in group:
            found[i] = row[i].width / drawn * known[mask(group[0])] * shrunk
    drawn = sum(row[i].width for i in free)
    for i in free:
        found[i] = row[i].width / drawn * (whole - taken * shrunk)
