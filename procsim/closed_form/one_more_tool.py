"""Works out what one more tool of a group buys: less waiting, more room at the bottleneck, and what it costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.capacity import resource_names
from procsim.closed_form.solve import ClosedForm, solve, stay_of
from procsim.closed_form.starts import clocked
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan

LOOKED_AT = 8
"""Tool groups that are looked at, the most loaded first."""


@dataclass(frozen=True, slots=True)
class OneMoreTool:
    """The line *before* and *after* one more tool of the *group*, and what then is its *bottleneck*."""

    group: int
    before: ClosedForm
    after: ClosedForm
    bottleneck: str


def one_more_tool(plan: Plan, closed: ClosedForm) -> list[OneMoreTool]:
    """One more tool of each of the most loaded groups, each by itself, the foremost first."""
    loads = [load if math.isfinite(load) else -1.0 for load in closed.tools.load.tolist()]
    order = sorted((g for g, load in enumerate(loads) if load > 0), key=lambda g: (-loads[g], g))
    return [_with_one_more(plan, closed, g) for g in order[:LOOKED_AT]]


def _with_one_more(plan: Plan, closed: ClosedForm, group: int) -> OneMoreTool:
    more = np.array(plan.groups.count)
    more[group] += 1
    known = closed.flow.lot if clocked(plan) and not plan.losses.learns.any() else None  # more tools leave the mean lot alone
    after = solve(with_counts(plan, more), stay_of(closed), lot=known)
    return OneMoreTool(group, closed, after, resource_names(plan)[int(np.nan_to_num(after.loads, posinf=0.0).argmax())])
