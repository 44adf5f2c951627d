"""Says what a cut along the streets goes through, how long a blade takes for that, and what it wears.

Materials one above the other are cut at once: each asks for its height over the rate at which it is cut, and these times add.

    time per mm = max(passes / fastest feed, Σ height / rate)        passes = ⌈total height / deepest pass⌉
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from procsim.model.physics import Physics
from procsim.model.process import Numbers
from procsim.section.section import EPS, Section


def cut_um(before: Section, after: Section) -> dict[str, float]:
    """Height of each material that is taken out of the street, µm, where that is most."""
    streets = [(b, a) for b, a in zip(before.columns, after.columns, strict=True) if "street" in b.masks]
    found: dict[str, float] = {}
    for column, sign in zip(max(streets, key=lambda pair: pair[0].height() - pair[1].height(), default=()), (1.0, -1.0), strict=False):
        for slab in column.stack:
            found[slab.material] = found.get(slab.material, 0.0) + sign * slab.thickness
    return {name: um for name, um in found.items() if um > EPS}


def passes(step: Physics, cut: Mapping[str, float]) -> int:
    """How often the blade goes along a street."""
    return max(math.ceil(sum(cut.values()) / step.deepest_pass_um - EPS), 1) if step.deepest_pass_um is not None else 1


def seconds_per_mm(step: Numbers, cut: Mapping[str, float]) -> float:
    """How long a mm of cut takes where materials are *cut* so many µm high."""
    fastest = passes(step, cut) / step.rate_mm_per_s if step.rate_mm_per_s is not None else 0.0
    rates = {name: one.mm2_per_s for name, one in (step.cuts or {}).items()}
    return max(fastest, math.fsum(um / 1000 / rates[name] for name, um in cut.items() if name in rates))


def used_per_m(step: Physics, cut: Mapping[str, float]) -> dict[str, float]:
    """What a metre of cut uses up of each consumable: a metre by 10 µm is 0.1 cm²."""
    found: dict[str, float] = {}
    for name, um in cut.items():
        for what, per_cm2 in ((step.cuts or {})[name].consumes if name in (step.cuts or {}) else {}).items():
            found[what] = found.get(what, 0.0) + per_cm2 * um / 100
    return found


def untold(step: Physics, cut: Mapping[str, float]) -> list[str]:
    """Materials in the way of which *step* does not say how fast they are cut."""
    return [name for name in cut if step.cuts is not None and name not in step.cuts]
