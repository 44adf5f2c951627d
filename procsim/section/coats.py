"""Says what would mend a coat that is too thick for its material, or that lies over ground too low for it to level."""

from __future__ import annotations

from collections.abc import Mapping

from procsim.model.library import Material
from procsim.model.steps import Deposit
from procsim.section.fitting import PROPERTIES, would_fit
from procsim.section.section import EPS, Column, Section


def thinner(step: Deposit, limit: float, materials: Mapping[str, Material]) -> str:
    """What would mend a coat that is thicker than its material goes on: less of it, two coats where these do, or what goes on thicker."""
    own = set(materials[step.material].roles) - PROPERTIES
    fit = [name for name, one in materials.items() if own & set(one.roles) and (one.max_um or 0) >= step.thickness_um]
    twice = ", coat twice" if step.thickness_um <= 2 * limit and not materials[step.material].conductor else ""
    return f"make it at most {limit:g}{twice}" + (f", or take what goes on thicker: {would_fit(fit)}" if fit else "")


def low(section: Section, column: Column, cavities: bool, platers: frozenset[str]) -> tuple[str, str]:
    """What lies in *column* too low for a coat, and what would mend it: a gap, a die in a cavity that is too deep for it, or open ground beside
    dies or lines."""
    die = column.surface.part if column.surface is not None and column.surface.part in section.dies else ""
    if die and not cavities:
        return f"{die} in the open holes", "fill them first, or take a coat that follows the surface (style: conformal)"
    if die:
        return f"{die} in its cavity", "make the cavity as deep as die and adhesive are high together (depth_um), or the adhesive thicker"
    if "cavity" in column.masks and not section.dies:
        return "the bottom of the cavities", "attach the dies first"
    ground = min((c for c in section.columns if c.stack and c.region != "gap"), key=lambda c: c.top, default=column)
    on = ground.surface.part if ground.surface is not None else ""
    if column.region == "gap" and on in section.dies and section.top - ground.top > 0.5 * (section.top - column.top):
        return low(section, ground, cavities, platers)
    if column.region == "gap":
        return "the gap round the dies", "fill the gaps first, or take op: fill"
    line = max(section.columns, key=lambda c: c.top).surface
    if line is not None and line.by in platers and 2 * line.thickness > section.top - column.top:
        return f"the ground beside the lines of {line.by}", f"plate less there ({line.by}.thickness_um is {line.thickness:g})"
    above = [slab for other in section.columns if other.top > column.top for slab in other.stack]
    sunk = next((slab.part for slab in above if slab.part in section.dies and slab.bottom < column.top - EPS), "")
    if sunk and not cavities:
        return f"what is beside {sunk}", "grind dies and filling level first, or fill round the dies"
    if sunk:
        return f"the panel beside {sunk}", "make its cavity deeper (depth_um), or the adhesive thinner"
    return "some of the surface", "fill round the dies first, or take op: fill"
