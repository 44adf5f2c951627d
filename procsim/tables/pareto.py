"""Makes the table of why units were lost: by step, by level and by cause, the largest loss first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.costs.totals import Totals
from procsim.planning.plan import INCOMING, Plan
from procsim.quality.defect_sources import ARRIVED, DAMAGED, FAILURE, LIMIT, MADE, PANEL_LOST, QUEUE_TIME, REJECTED, SHOWN
from procsim.tables.columns import cleared, mean

LEVELS = {
    MADE: ("unit", "faults"), SHOWN: ("unit", "weak unit shown by burn-in"), DAMAGED: ("unit", "spoiled by a repair"),
    ARRIVED: ("die", "arrived bad"),
    REJECTED: ("false reject", "good unit rejected"), PANEL_LOST: ("panel", "good unit lost with its panel"), LIMIT: ("lot", "rework limit"),
    FAILURE: ("lot", "tool failure"), QUEUE_TIME: ("lot", "queue time"),
}
"""Level and cause of every kind of loss."""


def loss_pareto(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per step, level and cause that lost units, the largest loss first; units of the lots that left, mean of one replication.

    A unit is charged to the step that first made it bad, whenever it was found; *units_lost* (escapes too) sum to started less good. *escapes_ppm*
    are those of them that were shipped, of all shipped.
    """
    lost, escaped = cleared(mean(totals, "losses"), float(np.mean([t.sums["units_started"] for t in totals]))), mean(totals, "escaped")
    shipped = float(np.mean([t.good + t.sums["escapes"] for t in totals]))
    names = [*plan.steps, INCOMING]
    step, kind = np.nonzero(lost > 0)
    table = pd.DataFrame({
        "step": [names[s] for s in step], "level": [LEVELS[k][0] for k in kind.tolist()], "cause": [LEVELS[k][1] for k in kind.tolist()],
        "units_lost": lost[step, kind], "share": lost[step, kind] / (lost.sum() or 1.0), "cumulative_share": 0.0,
        "escapes_ppm": 1e6 * escaped[step, kind] / (shipped or float("nan")),
    }).sort_values("units_lost", ascending=False, kind="stable", ignore_index=True)
    table["cumulative_share"] = table["share"].cumsum()
    return table
