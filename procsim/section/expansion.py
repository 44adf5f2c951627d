"""Compares how the dies of a package, and a second heat sink, expand with heat with how its substrate does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from procsim.recipe.recipe import Recipe
from procsim.section.field import slug_mm
from procsim.section.fitting import parts_attached


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What is *said* to be of *material* lies on the substrate, which is of *base*; they expand by *own* and *ground*, in ppm/K (nan: not known),
    and its corner lies *reach_mm* from its middle. *metric* is what the figure is called."""

    metric: str
    said: str
    material: str
    base: str
    own: float
    ground: float
    reach_mm: float

    @property
    def gap(self) -> float:
        """How far apart they are, in ppm/K."""
        return abs(self.own - self.ground)

    @property
    def row(self) -> tuple[str, str, float, str]:
        return self.metric, "ppm/K", self.gap, f"{self.material} on {self.base}"

    def warnings(self, matched: float) -> list[str]:
        """That they do not expand alike, where they lie further apart than counts as *matched*, or are not known."""
        if self.gap <= matched:
            return []
        known = not math.isnan(self.gap)
        of = f"{self.own:g} against {self.ground:g} ppm/K" if known else "one of the expansions is not known"
        moves = f"; its corner moves {self.gap * self.reach_mm * 0.1:.2g} µm per 100 K" if known else ""
        return [f"{self.said} and the substrate do not expand alike: {of} ({self.gap:g} ppm/K apart; matched is within {matched:g}){moves}"]


def expansion(recipe: Recipe, material: str) -> float:
    """Of *material*, in ppm/K; nan where it is not known."""
    known = recipe.document.materials[material].expansion_ppm_K
    return math.nan if known is None else known


def mismatches(recipe: Recipe, base: str) -> Iterator[Mismatch]:
    """Of the die that differs most from the substrate, which is of *base*, and of every second heat sink."""
    ground = expansion(recipe, base)

    def apart(own: float) -> tuple[bool, float]:
        return math.isnan(own), abs(own - ground)

    name, die = max(recipe.product.dies.items(), key=lambda item: apart(expansion(recipe, item[1].material)))
    yield Mismatch("expansion_mismatch_die_substrate", f"die {name} ({die.material} on {base})", die.material, base,
                   expansion(recipe, die.material), ground, math.hypot(die.width_mm, die.length_mm) / 2)
    for placed, step, part in parts_attached(recipe, "slug"):
        material = max(part.stack(), key=lambda layer: layer.thickness_um).material
        yield Mismatch("expansion_mismatch_heat_sink_substrate", f"{placed.id}: {step.what}", material, base,
                       expansion(recipe, material), ground, math.hypot(*slug_mm(recipe.product, part)) / 2)
