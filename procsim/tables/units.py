"""Makes the table of where the units went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.costs.totals import Totals
from procsim.planning.plan import INCOMING, Plan
from procsim.tables.columns import cleared, mean, ratio


def yield_by_step(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per step, first ``(incoming)`` (dies, parts and places on the panel that come in bad). Units of the lots that left, mean of one
    replication.

    *units_lost* counts every unit at the step that first made it bad, whenever it was found (escapes too), so that
    cumulative_yield ends at the yield of the line. *step_yield* is of the good units that come to the step: where lots go different ways, as several
    packages do, of those that visit it, and cumulative_yield is no product of these.
    """
    started = float(np.mean([t.sums["units_started"] for t in totals]))
    lost, panels = cleared(mean(totals, "units_lost"), started), cleared(mean(totals, "panels_lost"), started / plan.units_per_panel)
    order = [len(plan.steps), *range(len(plan.steps))]
    survivors = cleared(started - np.cumsum(lost[order]), started)
    before = np.array([started, *mean(totals, "good_in")])
    pad = [0.0]
    return pd.DataFrame({
        "step": [INCOMING, *plan.steps],
        "units_in": [started, *(mean(totals, "units_in") + mean(totals, "cut_in"))],
        "lost_panels": pad + list(panels),
        "units_lost": lost[order],
        "found_bad": pad + list(cleared(mean(totals, "found_bad"), started)),
        "step_yield": 1.0 - ratio(lost[order], before),
        "cumulative_yield": survivors / started if started else np.nan,
    })
