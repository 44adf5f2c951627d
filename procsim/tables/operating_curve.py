"""Makes the tables of an operating curve, as ``tables`` does for single runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.exactness import says
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.maths import queues
from procsim.planning.plan import Plan
from procsim.results.metrics import bottleneck_name, named


def curve(name: str, points: Sequence[tuple[float, Plan, Sequence[Totals], ClosedForm]]) -> pd.DataFrame:
    """One row per point of an operating curve, by *name* ("load" of the bottleneck or "wip" in lots); x_factor is cycle / raw process time."""
    rows = []
    for setting, plan, totals, closed in points:
        out, cycle, raw, wip = (named(n, totals, plan.confidence) for n in ("throughput", "cycle_time", "raw_process_time", "wip"))
        load = named("bottleneck_load", totals, plan.confidence)
        rows.append((setting, bottleneck_name(plan, totals), load.mean, out.mean, closed.starts.lots_per_h * closed.flow.finished,
                     cycle.mean, cycle.low, cycle.high, closed.time.cycle_h, wip.mean, raw.mean,
                     cycle.mean / raw.mean if raw.mean > 0 else math.nan, len(totals),
                     says(plan, "throughput"), says(plan, "cycle_time", closed.time.cycle_h)))
    return pd.DataFrame(rows, columns=[
        name, "bottleneck", "bottleneck_load", "throughput_lots_per_h", "expected_throughput_lots_per_h", "cycle_time_h", "ci_low", "ci_high",
        "expected_cycle_time_h", "wip_lots", "raw_process_time_h", "x_factor", "replications",
        "expected_throughput_is", "expected_cycle_time_is"])


def references(rate: float, raw: float, wip: Sequence[float]) -> pd.DataFrame:
    """One row per level of *wip*: the reference curves of Factory Physics for a bottleneck of *rate* lots per hour and *raw* hours."""
    lots = np.array(wip, dtype=float)
    cases = {"best": queues.best_case(lots, rate, raw), "practical_worst": queues.practical_worst_case(lots, rate, raw),
             "worst": queues.worst_case(lots, raw)}
    return pd.DataFrame({"wip": lots, **{f"{n}_throughput_lots_per_h": x for n, x in cases.items()},
                         **{f"{n}_cycle_time_h": lots / x for n, x in cases.items()}})
