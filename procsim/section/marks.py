"""Checks that what is marked stays in sight: no coat, fill or lid over the mark.

    mark ─▶ attach a lid        the mark is under it
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from procsim.errors import Problem
from procsim.recipe.recipe import Recipe
from procsim.section.fitting import ability, doer
from procsim.section.section import Section

Seen = frozenset[tuple[str, str]]
"""What lies in sight: (material, the step that put it there)."""


def problems(recipe: Recipe, befores: Sequence[Section], end: Section) -> Iterator[Problem]:
    """Marks on surfaces none of which is in sight in the finished package, whose section is *end*; the steps' own are *befores*."""
    last = _in_sight(end, top=True) | _in_sight(end, top=False)
    for placed, before in zip(recipe.steps, befores, strict=True):
        if "marked" in ability(placed.step).gives and last.isdisjoint(_in_sight(before, top=True)):
            yield Problem(f"{placed.id}: {doer(placed.step)} marks what later steps cover, so that nobody can read it; mark after them", placed.place,
                          placed.id)


def _in_sight(section: Section, *, top: bool) -> Seen:
    """What one side shows in the middle, over or below the dies."""
    ends = (column.stack[-1 if top else 0] for column in section.columns if column.stack and column.die)
    return frozenset((slab.material, slab.by) for slab in ends)
