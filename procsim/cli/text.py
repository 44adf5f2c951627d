"""Lays out recipes, plans and closed forms as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.table import Table

from procsim.cli.show import table
from procsim.closed_form.exactness import estimates, loads
from procsim.closed_form.marginal_cost import Marginal, Volume
from procsim.closed_form.solve import ClosedForm
from procsim.maths.numerals import about, number
from procsim.model.amounts import DRIVERS
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.results.limited_by import foreseen
from procsim.section.heat import HeatPath

_SHOWN = [d for d in DRIVERS if d not in ("run", "lot", "panel", "unit")]


def _amounts(plan: Plan, s: int) -> str:
    """Quantities of one step, per panel."""
    found = [(d, plan.quantities[s, DRIVERS.index(d)]) for d in _SHOWN]
    return "  ".join(f"{number(value, 3)} {d}" for d, value in found if value)


def steps(plan: Plan) -> Table:
    """Every step with its tool group, in how many parts a lot comes to it, where some lots split, and quantities per panel."""
    rows = [[plan.steps[s], plan.ops[s] or "–", plan.groups.names[plan.step_group[s]], _amounts(plan, s)] for s in range(len(plan.steps))]
    heads = ["step", "op", "tool group", "quantities per panel"]
    if plan.route.stretches:
        heads.insert(3, "lots go in")
        apart = dict(zip(plan.route.step.tolist(), plan.route.parts.tolist(), strict=True))
        for s, row in enumerate(rows):
            row.insert(3, f"{apart[s]} parts" if apart.get(s, 1) > 1 else "")
    return table(heads, rows, left=len(heads))


def percent(share: float) -> str:
    """A share as it is printed; that of a group that is never up is none."""
    return "–" if math.isinf(share) else f"{number(100 * share, 3)} %"


def guess(figure: str, plan: Plan) -> str:
    """What is put behind the name of a *figure* in closed form that is an estimate."""
    return " (estimate)" if figure in estimates(plan) else ""


def capacity(plan: Plan, closed: ClosedForm) -> Table:
    """Every tool group with its load, what it would take, and what is likely to limit it."""
    order, limits, guessed = np.argsort(-closed.tools.load, kind="stable"), foreseen(plan, closed), loads(plan)
    rows = [[plan.groups.names[g], str(int(plan.groups.count[g])), about(percent(closed.tools.load[g]), bool(guessed[g])),
             about(number(float(closed.tools.needed[g]), 2), bool(guessed[g])), about(percent(closed.tools.available[g]), bool(guessed[g])),
             limits[g] or "–"] for g in order]
    return table(["tool group", "tools", "load", "needed", "available", "limited by"], rows)


def operators(plan: Plan, closed: ClosedForm) -> Table:
    """Every pool of operators with its load."""
    guessed = loads(plan)[len(plan.groups.names) :]
    of = closed.operators
    rows = [[pool.name, str(pool.count), *(about(f"{number(100 * load[p], 3)} %", bool(guessed[p])) for load in (of.load, of.for_lots))]
            for p, pool in enumerate(plan.groups.duty.pools)]
    return table(["operators", "count", "load", "of it for lots"], rows)


def begun(plan: Plan) -> Table:
    """Steps that lots are at when the run begins."""
    assert plan.wip is not None
    at, worked = plan.route.step[plan.wip.position], plan.wip.left_us >= 0
    rows = [[plan.steps[s], str(int((at == s).sum())), str(int((worked & (at == s)).sum()))] for s in sorted(set(at.tolist()))]
    return table(["in the line at time 0", "lots", "of them worked on"], rows)


def package(plan: Plan) -> Table:
    """Figures of merit of the package."""
    rows = [[name, unit, number(value, 4), note] for name, unit, value, note in plan.merits]
    return table(["figure of merit", "unit", "", ""], rows, left=2)


def dies(recipe: Recipe) -> Table | None:
    """From wafer to known-good die, a row per die that has a wafer; None where none has."""
    product = recipe.document.product
    found = [(name, die.chain) for name, die in product.dies.items() if die.chain is not None] if product is not None else []
    rows = [[name, number(c.dies, 6), number(c.yield_, 5), number(c.raw_usd, 5), number(c.passed, 5), number(c.price_usd, 5), number(c.good, 6)]
            for name, c in found]
    columns = ["die", "dies per wafer", "good on the wafer", "USD a die", "pass the probe", "USD that passed", "good of these"]
    return table(columns, rows) if rows else None


def rates(recipe: Recipe) -> Table | None:
    """What the economics come to by the hour; None where nothing is paid by it."""
    economics = recipe.document.economics
    capital = economics.yearly(1.0, 1.0 + economics.installation, economics.life_years, economics.residual_value)
    made = [("capital, share of a price", capital, "per year"),
            ("operator at a tool", economics.labour_rate, f"{economics.currency}/h"),
            ("indirect labour beside him", economics.indirect_rate, f"{economics.currency}/h"),
            ("engineering before the first package", economics.nre_usd / economics.volume_units, f"{economics.currency} per package started")]
    if not economics.labour_usd_per_h and not any(tool.price_usd for tool in recipe.document.tools.values()):
        return None
    return table(["economics", "", ""], [[name, number(value), unit] for name, value, unit in made if value], left=1)


def heat(paths: Sequence[HeatPath]) -> Table:
    """Every layer that heat passes from a die's active surface straight out, with its share; areas are the die's."""
    rows = []
    for path in paths:
        for n, layer in enumerate(path.layers):
            rows.append([path.die if n == 0 else "", path.face if n == 0 else "", str(layer), number(layer.thickness_um),
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


def one_more(plan: Plan, found: Sequence[Marginal]) -> Table:
    """What one more of everything adds to a week and to a good unit; tools held, but for those that must be added."""
    rows = [[m.what, number(m.more(lambda w: w.direct)), number(m.more(lambda w: w.loaded)), number(m.more(lambda w: w.good)),
             number(m.more(lambda w: w.direct_each), 3), number(m.more(lambda w: w.loaded_each), 3),
             number(m.more(lambda w: w.tools))] for m in found]
    first = guess("cost_per_good_unit_direct", plan).strip()
    return table([first, "direct USD/week", "loaded USD/week", "good/week", "direct USD per good", "loaded USD per good", "tools added"], rows)


def volumes(plan: Plan, found: Sequence[Volume]) -> Table:
    """Cost against volume, with as many tools as work no more than their practical capacity (not ``line.max_load``, as compare has them)."""
    rows = [[number(v.pace, 2), number(v.week.panels), number(v.week.good, 6), number(v.week.tools), number(v.week.one_off / v.week.good, 3),
             number(v.week.direct_each, 5), number(v.week.loaded_each, 5)] for v in found]
    first = "volume" + guess("cost_per_good_unit_direct", plan)
    heads = ["panels/week", "good/week", "tools at practical capacity", "one-off USD per good", "direct USD per good", "loaded USD per good"]
    return table([first, *heads], rows, left=0)


WORTH = 1e-3
"""Share of the direct cost from which on it is worth a word what a step spends on units that are known to be bad."""
ONE_BY_ONE = ("", "attach", "inspect", "test")
"""Ops that can leave out single units; a bath or a mask cannot."""


def spare(plan: Plan, closed: ClosedForm) -> list[list[str]]:
    """[step, USD per good unit, word] of the steps that save most by skipping known-bad units, or would."""
    usd = closed.costs.known_bad_usd / closed.flow.good if closed.flow.good > 0 else np.zeros(len(plan.steps))
    can = plan.skipping | np.array([op in ONE_BY_ONE for op in plan.ops])
    worth = [s for s in np.argsort(-usd, kind="stable").tolist() if can[s] and usd[s] > WORTH * closed.direct][:5]
    return [[plan.steps[s], number(float(usd[s])), "skipped" if plan.skipping[s] else "would be saved with skip_known_bad"] for s in worth]


def ramp(plan: Plan) -> Table:
    """Yield and cost along the learning curve."""
    from procsim.tables import yield_ramp

    rows = [[number(r["week"]), number(r["yield"], 5), number(r["escapes_ppm"]), number(r["cost_per_good_unit_direct_usd"], 5),
             number(r["cost_per_good_unit_loaded_usd"], 5)] for _, r in yield_ramp(plan).iterrows()]
    return table(["week" + guess("yield", plan), "yield", "escapes, ppm", "direct cost, USD", "fully loaded, USD"], rows)
