"""Divides the street of a picture into what its cuts take and what they leave at the package's edge.

    street  ┊   edge   │      kerf      │   edge   ┊        a street that is slit before it is sawn has an edge in two parts:
            ┊ as it is │ what is sawn   │ as it is ┊        the outer one is slit, not sawn
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from procsim.model.steps import Cavity
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, Row
from procsim.section.fitting import ability
from procsim.section.section import Column, Section

STREET = 3.0
"""Drawn width of a street."""
EDGE = "edge"
"""Region of what the cut at the end leaves of the street."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """Shares of the street that a slit and the last cut take; one that is not said, or that is as wide as the street, takes it all."""

    slit: float = 1.0
    kerf: float = 1.0


WHOLE = Cuts()


def cuts_of(recipe: Recipe) -> Cuts:
    """What the steps say that they cut."""
    product, steps = recipe.product, [placed.step for placed in recipe.steps]
    street = 1000 * product.panel.street_mm

    def share(widths: Sequence[float | None]) -> float:
        known = [um for um in widths if um is not None]
        return min(max(known) / street, 1.0) if street and len(known) == len(widths) > 0 else 1.0

    kerf = share([ability(step).kerf_um for step in steps if step.op == "singulate"])
    return Cuts(max(share([ability(step).kerf_um for step in steps if isinstance(step, Cavity) and step.mask == "street"]), kerf), kerf)


def divided(row: Row, cuts: Cuts) -> Row:
    """*row* with its outer columns, the streets, divided: the kerf outermost, as wide as all of it, since a picture ends there. What no slit goes
    through does not bear the mask of the street."""
    half = STREET / 2
    widths = (STREET * cuts.kerf, half * (cuts.slit - cuts.kerf), half * (1.0 - cuts.slit))

    def parts(street: Column) -> list[Column]:
        masks = (street.masks, street.masks, frozenset[str]())
        return [replace(street, width=width, masks=mask, area_cm2=street.area_cm2 * width / sum(widths))
                for width, mask in zip(widths, masks, strict=True) if width > 0.0]

    return (*parts(row[0]), *row[1:-1], *reversed(parts(row[-1])))


def sawn(built: Sequence[Built]) -> tuple[Built, ...]:
    """*built* with the edges of streets called so, and left where the packages are cut apart."""
    whole = next((one.before.columns for one in built if one.after.singulated), ())

    def left(section: Section) -> Section:
        columns = list(section.columns)
        for i in range(1, len(columns) - 1):
            if columns[i].region == "street":
                columns[i] = replace(columns[i], region=EDGE, stack=whole[i].stack if section.singulated else columns[i].stack)
        return replace(section, columns=tuple(columns))

    return tuple(replace(one, before=left(one.before), after=left(one.after)) for one in built)
