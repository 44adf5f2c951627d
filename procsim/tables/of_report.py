"""Lists the tables of a run's report by name: a new one is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from procsim.closed_form.sensitivity import Swing
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.planning.plan import Plan
from procsim.tables.line import operators, queue_time, steps, tools
from procsim.tables.lots import lot_ways
from procsim.tables.money import cost_by_category, cost_by_step, materials
from procsim.tables.pareto import loss_pareto
from procsim.tables.products import products, streams
from procsim.tables.ramp import yield_ramp
from procsim.tables.spread import yield_per_lot, yield_per_panel
from procsim.tables.summary import summary
from procsim.tables.uncertainty import provenance
from procsim.tables.units import yield_by_step


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run found: its *plan* with the closed form, *totals* by replication, and what the cost owes to each input that is *known*."""

    plan: Plan
    closed: ClosedForm
    totals: Sequence[Totals]
    known: Sequence[Swing] = ()

    @property
    def products(self) -> int:
        """How many products the line makes."""
        return len({stream.product for stream in self.plan.streams})


TableOf = Callable[[Findings], pd.DataFrame | None]

TABLES: dict[str, TableOf] = {
    "summary": lambda f: summary(f.plan, f.totals, f.closed, f.known),
    "tools": lambda f: tools(f.plan, f.totals, f.closed),
    "steps": lambda f: steps(f.plan, f.totals, f.closed),
    "yield_by_step": lambda f: yield_by_step(f.plan, f.totals),
    "cost_by_step": lambda f: cost_by_step(f.plan, f.totals),
    "cost_by_category": lambda f: cost_by_category(f.plan, f.totals),
    "materials": lambda f: materials(f.plan, f.totals),
    "loss_pareto": lambda f: loss_pareto(f.plan, f.totals),
    "yield_per_panel": lambda f: yield_per_panel(f.totals),
    "yield_per_lot": lambda f: yield_per_lot(f.totals),
    "yield_ramp": lambda f: yield_ramp(f.plan) if f.plan.losses.learns.any() else None,
    "products": lambda f: products(f.plan, f.totals, f.closed) if f.products > 1 else None,
    "streams": lambda f: streams(f.plan, f.totals, f.closed) if f.products < len(f.plan.streams) else None,
    "operators": lambda f: operators(f.plan, f.totals, f.closed) if f.plan.groups.duty.pools else None,
    "queue_time": lambda f: queue_time(f.plan, f.totals) if f.plan.discipline.limits else None,
    "lot_ways": lambda f: lot_ways(f.plan, f.totals),
    "provenance": lambda f: provenance(f.known) if any(one.moves for one in f.known) else None,
}
"""Name of the file without ``.csv`` → the table, or None where it has nothing to say."""


def tables_of(findings: Findings) -> dict[str, pd.DataFrame]:
    """All tables of the report that have something to say, but those of single lots and of what the recipe alone tells."""
    made = {name: table(findings) for name, table in TABLES.items()}
    return {name: table for name, table in made.items() if table is not None}
