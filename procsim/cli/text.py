"""Recipe, Plan and closed form in, tables for the terminal out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.table import Table

from procsim.cli.show import number, table
from procsim.expected import Expected
from procsim.model.base import DRIVERS
from procsim.plan.shape import Plan
from procsim.recipe.load import Recipe
from procsim.section.merit import HeatPath

_SHOWN = [d for d in DRIVERS if d not in ("run", "lot", "panel", "unit")]


def _amounts(plan: Plan, s: int) -> str:
    """Quantities of one step, per panel."""
    found = [(d, plan.quantities[s, DRIVERS.index(d)]) for d in _SHOWN]
    return "  ".join(f"{number(value, 3)} {d}" for d, value in found if value)


def steps(plan: Plan) -> Table:
    """Every step with its tool group and quantities per panel."""
    rows = [[plan.steps[s], plan.ops[s] or "–", plan.groups.names[plan.step_group[s]], _amounts(plan, s)] for s in range(len(plan.steps))]
    return table(["step", "op", "tool group", "quantities per panel"], rows, left=4)


def capacity(plan: Plan, closed: Expected) -> Table:
    """Every tool group with its load, and what it would take."""
    order = np.argsort(-closed.load, kind="stable")
    rows = [[plan.groups.names[g], str(int(plan.groups.count[g])), f"{number(100 * closed.load[g], 3)} %", number(float(closed.tools_needed[g]), 2),
             f"{number(100 * closed.available[g], 3)} %"] for g in order]
    return table(["tool group", "tools", "load", "needed", "available"], rows)


def operators(plan: Plan, closed: Expected) -> Table:
    """Every pool of operators with its load."""
    rows = [[pool.name, str(pool.count), f"{number(100 * closed.pool_load[p], 3)} %", f"{number(100 * closed.pool_lots[p], 3)} %"]
            for p, pool in enumerate(plan.groups.duty.pools)]
    return table(["operators", "count", "load", "of it for lots"], rows)


def package(plan: Plan) -> Table:
    """Figures of merit of the package."""
    rows = [[name, unit, number(value, 4), note] for name, unit, value, note in plan.merits]
    return table(["figure of merit", "unit", "", ""], rows, left=2)


def heat(paths: Sequence[HeatPath]) -> Table:
    """Every layer that heat passes from a die's active surface straight out, with its share; areas are the die's."""
    rows = []
    for path in paths:
        for n, layer in enumerate(path.layers):
            rows.append([path.die if n == 0 else "", path.face if n == 0 else "", layer.material, number(layer.thickness_um),
                         number(layer.conductivity_W_mK, 3), number(layer.resistance, 3), ""])
        rows.append(["", "", "all", number(sum(layer.thickness_um for layer in path.layers)), "", number(path.per_area, 4), number(path.total, 3)])
    return table(["heat path of", "out of the", "layer", "µm", "W/mK", "K·mm²/W", "K/W"], rows, left=3)


def flat(recipe: Recipe, plan: Plan) -> Table:
    """One line per step: what, how, where it was written and what edited it."""
    rows = []
    for s, placed in enumerate(recipe.steps):
        step = placed.step
        edits = ", ".join(str(place) for place in placed.edits)
        rows.append([step.id, step.op or "–", step.process or "–", step.tool or "–", step.fig or "", str(placed.place), edits, _amounts(plan, s)])
    return table(["step", "op", "process", "tool group", "fig", "written at", "edited by", "quantities per panel"], rows, left=8)


WORTH = 1e-3
"""Share of the direct cost from which on it is worth a word what a step spends on units that are known to be bad."""
ONE_BY_ONE = ("", "attach", "inspect", "test")
"""Ops that can leave out single units; a bath or a mask cannot."""


def spare(plan: Plan, closed: Expected) -> list[list[str]]:
    """[step, USD per good unit, word] of the steps that save most by skipping known-bad units, or would."""
    usd = closed.known_bad_usd / closed.good if closed.good > 0 else np.zeros(len(plan.steps))
    can = plan.skipping | np.array([op in ONE_BY_ONE for op in plan.ops])
    worth = [s for s in np.argsort(-usd, kind="stable").tolist() if can[s] and usd[s] > WORTH * closed.direct][:5]
    return [[plan.steps[s], number(float(usd[s])), "skipped" if plan.skipping[s] else "would be saved with skip_known_bad"] for s in worth]


def ramp(plan: Plan) -> Table:
    """Yield and cost along the learning curve."""
    from procsim.tables import yield_ramp

    rows = [[number(r["week"]), number(r["yield"], 5), number(r["escapes_ppm"]), number(r["cost_per_good_unit_direct_usd"], 5),
             number(r["cost_per_good_unit_loaded_usd"], 5)] for _, r in yield_ramp(plan).iterrows()]
    return table(["week", "yield", "escapes, ppm", "direct cost, USD", "fully loaded, USD"], rows)
