"""Makes the tables of single lots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from procsim.costs.spool import DUE_AT, LOT_COLUMNS, spooled
from procsim.costs.totals import Totals
from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, Plan
from procsim.planning.wip import NEVER


def lots(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per lot released in the first replication; empty times where it was still in the line at the horizon; due_h where due
    dates exist."""
    rows = totals[0].lots
    found = _lots(plan, rows, bool((rows[:, DUE_AT] > NEVER).any()))
    return found.sort_values(["released_h", "product", "lot"], kind="stable", ignore_index=True)


def lots_by_stretches(plan: Plan, spool: Path, priced: bool = True) -> Iterator[pd.DataFrame]:
    """The same table, some rows at a time, of lots that are in the folder *spool*; where they are not *priced* without their cost."""
    names = [stream.product or stream.name for stream in plan.streams]
    dated = any((rows[:, DUE_AT] > NEVER).any() for rows in spooled(spool, names))
    yield _lots(plan, np.zeros((0, len(LOT_COLUMNS))), dated)  # the names of the columns, also where there is no lot
    for rows in spooled(spool, names):
        found = _lots(plan, rows, dated)
        yield found if priced else found.assign(cost_usd=float("nan"))


def _lots(plan: Plan, rows: Floats, dated: bool) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=list(LOT_COLUMNS))
    left = found["left_us"].where(found["left_us"] >= 0)
    names = [stream.product or stream.name for stream in plan.streams]
    return pd.DataFrame({
        "lot": found["number"].astype(int),
        "product": [names[i] if len(names) > 1 else plan.flow for i in found["stream"].astype(int)],
        "released_h": found["released_us"] / HOUR,
        "finished_h": left / HOUR,
        "cycle_time_h": (left - found["released_us"]) / HOUR,
        "panels": found["panels"].astype(int),
        "units_good": found["good"],
        "units_escaped": found["escapes"],
        "units_scrapped": found["scrapped"] + found["removed"],
        "cost_usd": found["cost_usd"],
        **({"stream": [plan.streams[i].name for i in found["stream"].astype(int)]} if len(set(names)) < len(names) else {}),
        **({"due_h": found["due_us"].where(found["due_us"] > NEVER) / HOUR} if dated else {}),
    })


def wip(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per lot in the line at the horizon of the first replication, in order of release: what ``start_wip`` begins with. Hours count
    from the horizon; what is not said is empty."""
    found, route = totals[0].wip, plan.route
    asked = [plan.steps[s] for s in plan.discipline.remembered]
    had = [" ".join(f"{step}={number + 1}" for step, number in zip(asked, row, strict=True) if number >= 0) for row in found.done_by.tolist()]
    return pd.DataFrame({
        "stream": [plan.streams[r].name for r in found.stream],
        "step": [plan.steps[s] for s in route.step[found.position]],
        "pass": route.turn[found.position],
        "panels": found.panels,
        "released_h": found.released_us / HOUR,
        "priority": found.priority,
        "due_h": np.where(found.due_us > NEVER, found.due_us / HOUR, np.nan),
        "since_h": found.since_us / HOUR,
        "remaining_h": np.where((found.left_us >= 0) & (found.past == 0), found.left_us / HOUR, np.nan),
        **({"out_h": np.where(found.past > 0, found.left_us / HOUR, np.nan)} if found.past.any() else {}),
        "tool": pd.array([t + 1 if t >= 0 else None for t in found.tool.tolist()], dtype="Int64"),
        **({"done_by": had} if asked else {}),
    })


def lot_ways(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame | None:
    """One row per visit of some lots that are released after the warm-up, in the first replication: when the lot *arrived_h* at the queue, and when
    work began and ended, in hours from the beginning of the run. None where no lot was followed."""
    found = totals[0].ways
    if not len(found):
        return None
    _, stream, number, position = found[:, :4].astype(int).T
    step = plan.route.step[position]
    names = [stream.product or stream.name for stream in plan.streams]
    return pd.DataFrame({
        "lot": number, "product": [names[i] if len(names) > 1 else plan.flow for i in stream], "step": [plan.steps[s] for s in step],
        "tool_group": [plan.groups.names[plan.step_group[s]] for s in step],
        "arrived_h": found[:, 4] / HOUR, "start_h": found[:, 5] / HOUR, "end_h": found[:, 6] / HOUR})
