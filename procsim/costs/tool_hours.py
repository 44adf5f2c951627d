"""Adds up the hours of single tools by tool group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.errors import BalanceError
from procsim.lots.records import PRODUCTIVE, STATES, ToolTimes
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class GroupHours:
    """As ``ToolTimes``, of all tools of each group together: *state* (G, 6) and, (G,) each, the others."""

    state: Floats
    failures: Floats
    setup: Floats
    setups: Floats
    blocked: Floats
    inside: Floats


def group_hours(plan: Plan, tools: ToolTimes) -> GroupHours:
    """Hours and counts of *tools* by group. Raises BalanceError where a group did more than time allows."""
    groups = len(plan.groups.names)
    state = np.array([tools.hours[tools.group == g].sum(axis=0) for g in range(groups)]).reshape(groups, len(STATES))
    if (state[:, PRODUCTIVE] > plan.groups.count * plan.hours * (1 + 1e-9)).any():
        raise BalanceError("a tool group was productive for longer than the window")
    others = (np.bincount(tools.group, weights=values, minlength=groups).astype(float)
              for values in (tools.failures, tools.setup, tools.setups, tools.blocked, tools.inside))
    return GroupHours(state, *others)
