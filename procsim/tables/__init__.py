"""Makes the tidy DataFrames of a report: one function per table, all of them by name here."""

from procsim.tables.edits import whatif
from procsim.tables.line import operators, queue_time, steps, tools
from procsim.tables.lots import lots, lots_by_stretches, wip
from procsim.tables.money import cost_by_category, cost_by_step, materials
from procsim.tables.pareto import loss_pareto
from procsim.tables.products import closed_products, products, streams
from procsim.tables.ramp import yield_ramp
from procsim.tables.spread import yield_per_lot, yield_per_panel
from procsim.tables.summary import closed_summary, compare, summary
from procsim.tables.uncertainty import drivers, provenance, uncertainty
from procsim.tables.units import yield_by_step
from procsim.tables.volume import cost_at_volume, cost_by_volume, marginal_cost

__all__ = [
    "closed_products", "closed_summary", "compare", "cost_at_volume", "cost_by_category", "cost_by_step", "cost_by_volume", "drivers", "loss_pareto",
    "lots", "lots_by_stretches", "marginal_cost", "materials", "operators", "products", "provenance", "queue_time", "steps", "streams", "summary",
    "tools", "uncertainty", "whatif", "wip", "yield_by_step", "yield_per_lot", "yield_per_panel", "yield_ramp",
]
