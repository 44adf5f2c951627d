"""Makes the table of yield and cost along the learning curve, in closed form."""

from __future__ import annotations

import pandas as pd

from procsim.closed_form.exactness import says
from procsim.closed_form.solve import solve
from procsim.planning.plan import Plan
from procsim.quality.learning import at_week

WEEKS = (0, 4, 8, 13, 26, 39, 52, 78, 104, 156)
"""Weeks from the start of the run that the ramp is told for."""


def yield_ramp(plan: Plan) -> pd.DataFrame:
    """One row per week after the run's first: units started by then, at the run's releases (a constant WIP's in closed form), and what the line
    would give if it stayed where it is then: *yield*, *escapes_ppm* and USD per good unit."""
    starts = solve(plan)
    per_week = starts.starts.lots_per_h * 168.0 * starts.flow.started
    rows = []
    for week in WEEKS:
        units = plan.units_before + (week * per_week if week else 0.0)
        found = solve(at_week(plan, plan.start_week + week, units))
        shipped = found.flow.good + found.flow.escapes
        rows.append((plan.start_week + week, units, found.flow.yield_, 1e6 * found.flow.escapes / shipped if shipped else float("nan"), found.direct,
                     found.loaded, found.flow.good * found.starts.lots_per_h * 168.0))
    return pd.DataFrame(rows, columns=["week", "units_before", "yield", "escapes_ppm", "cost_per_good_unit_direct_usd",
                                       "cost_per_good_unit_loaded_usd", "good_units_per_week"]).assign(expected_is=says(plan, "yield"))
