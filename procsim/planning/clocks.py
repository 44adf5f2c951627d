"""Says what a recipe may ask of the simulation clock: how long its times are, and how often something comes round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Problem
from procsim.model.durations import LONGEST_H, LONGEST_US
from procsim.planning.plan import HOUR, LOT, PANEL, RUN, Term
from procsim.recipe.recipe import Recipe

MOST_TIMES = 1e9
"""What comes round more often within a horizon would never be done being simulated."""
MOST_CHANGES = 1e7
"""Changes of a shift: of eight hours, ten thousand years."""
MOST_ITEMS = 1e7
"""Draws for one visit of a lot, where each item has its own."""


def too_often(mean_us: float, recipe: Recipe, most: float = MOST_TIMES) -> str:
    """What is wrong with something that comes round every *mean_us* µs, *most* times at most; "" where nothing is."""
    horizon = recipe.document.run.window_us[1]
    if mean_us >= 1.0 and horizon <= most * mean_us:
        return ""
    return f"would come more than {most:g} times up to the horizon of {horizon / HOUR:g} h"


def check_times(recipe: Recipe, terms: Sequence[Term], units: float) -> Iterator[Problem]:
    """Steps whose work on one lot takes longer than the clock holds, or is drawn item by item for more items than anybody would wait for."""
    panels = float(recipe.document.line.lot.panels)
    total = np.zeros(len(recipe.steps))
    for term in terms:
        items = term.amount * {RUN: 1.0, LOT: 1.0, PANEL: panels}.get(term.basis, panels * units)
        total[term.step] += term.law.mean * items
        if term.each and term.law.scv > 0.0 and items > MOST_ITEMS:
            placed = recipe.steps[term.step]
            yield Problem(f"each: true draws {items:.4g} times for one lot at {placed.id}, and {MOST_ITEMS:g} times at most: leave it out, since the "
                          "mean of so many hardly varies", placed.place, placed.id)
    for s in np.flatnonzero(total > LONGEST_US).tolist():
        yield Problem(f"{recipe.steps[s].id} takes {total[s] / HOUR:.4g} h for one lot, and the clock holds {LONGEST_H:.4g} h: is a unit wrong?",
                      recipe.steps[s].place, recipe.steps[s].id)
