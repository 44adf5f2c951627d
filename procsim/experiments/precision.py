"""Decides how many replications there should be: the sequential rule of ``--precision``, which looks at results only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from procsim.costs.totals import Totals
from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.maths import statistics
from procsim.planning.plan import Plan
from procsim.results.metrics import OF_BOTTLENECK, SPREADS, metrics_of, named

LEAST_SHARE = 4
"""A round adds at least one part in so many of what is there: fewer rounds, and all workers have something to do."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The half-width of *metric*'s interval shall be at most *share* of its mean."""

    metric: str
    share: float

    def half_width(self, totals: Sequence[Totals], confidence: float) -> float:
        """Half-width as a share of the mean; nan where there is no interval, 0 where both are 0."""
        found = named(self.metric, totals, confidence)
        return found.half_width / abs(found.mean) if found.mean else found.half_width

    def needed(self, totals: Sequence[Totals], confidence: float) -> int:
        """Replications that it should take, as far as these *totals* tell; never fewer than there are."""
        found = named(self.metric, totals, confidence)
        if found.half_width <= self.share * abs(found.mean):
            return len(totals)
        if math.isnan(found.mean):  # there is no such figure, and more replications would not make one
            return len(totals)
        if found.mean == 0 or not math.isfinite(found.se):
            return 2 * len(totals)
        return max(statistics.replications_needed(found, self.share * abs(found.mean), confidence), len(totals) + 1)


def goals_of(plan: Plan, wanted: Sequence[tuple[str, float]], variable: bool) -> list[Goal]:
    """The goals that are *wanted*, pairs of a figure ('' for the flow's main one) and a share. Raises RecipeError where one makes no sense."""
    if not variable:
        raise RecipeError(Problem("--precision needs variability: with --no-variability all replications are alike"))
    known = [metric.name for metric in metrics_of(plan)] + [*SPREADS, *OF_BOTTLENECK]
    found = []
    for name, share in wanted:
        metric = name or ("cycle_time" if plan.money.free else "cost_per_good_unit_loaded")
        if metric not in known:
            raise RecipeError(Problem(f"--precision: no figure '{metric}'{did_you_mean(metric, known)}; figures: {', '.join(known)}"))
        found.append(Goal(metric, share))
    return found


def next_count(goals: Sequence[Goal], totals: Sequence[Totals], most: int, confidence: float) -> int:
    """Replications after the next round; as many as there are where every goal is met or *most* is reached.

    A round goes to where the spread so far says that the goal lies, but at most doubles what is there, since a spread of few
    replications is uncertain itself.
    """
    n = len(totals)
    wanted = max(goal.needed(totals, confidence) for goal in goals)
    if wanted <= n:
        return n
    return min(max(wanted, n + math.ceil(n / LEAST_SHARE)), 2 * n, most)
