"""Compares figures of two lines that were simulated on the same random numbers: the difference, what pairing gains, and what it would take to tell.

A figure by the hour, such as what unused capacity costs, is noisy since lots leave the window unevenly, which pairing helps little where the edit
changes how long they stay. How many leave in the long run, and how much capacity stays unused, is known exactly in closed form: what a replication
has more or less of these is a control variate. Such a difference is that of the two lines in the long run, also where the warm-up was short. On a
small line at a load of 0.85, 95 % of its intervals held the truth, as is due; at 0.95, where the line does not come to rest within the run, 92 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.exactness import EXACT, overloaded, says
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.maths.arrays import Floats
from procsim.maths.controls import SPARE, controlled
from procsim.maths.statistics import Difference, t_quantile
from procsim.planning.plan import Plan
from procsim.results.metrics import METRICS, Metric, own_metrics, series

UNITS, UNUSED = "units that leave", "unused capacity"
BY_THE_HOUR = {"good_units_per_week": (UNITS,)} | dict.fromkeys(
    ("cost_per_good_unit_loaded", "cost_per_shipped_unit", "cost_of_unused_capacity_per_good_unit", "price_per_good_unit"), (UNITS, UNUSED))
"""Figures by the hour, and the controls that each takes; which ones is settled here and not by what comes out, lest intervals flatter."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was simulated: its *plan* and *closed* form, and the *totals* of its replications."""

    plan: Plan
    closed: ClosedForm
    totals: Sequence[Totals]


@dataclass(frozen=True, slots=True)
class Parts:
    """A ratio of totals: its *centre*, and its *deviations* by replication (n,)."""

    centre: float
    deviations: Floats


def parts(above: Floats, below: Floats) -> Parts:
    """Σ*above* / Σ*below*, linearised (delta method); nan where Σ*below* is 0."""
    total = float(below.sum())
    if total == 0:
        return Parts(math.nan, np.full(len(below), math.nan))
    centre = float(above.sum()) / total
    return Parts(centre, (above - centre * below) / (total / len(below)))


@dataclass(frozen=True, slots=True)
class Change:
    """A figure *before* and *after* an edit, the *difference* on the same random numbers, how many times narrower its interval is than with
    independent ones would be (*gain*), and by what it was *controlled*, if by anything."""

    metric: Metric
    before: float
    after: float
    difference: Difference
    gain: float
    controlled: tuple[str, ...] = ()


def figures(base: Line, others: Sequence[Line]) -> list[Metric]:
    """All figures that any of the lines has."""
    own = {metric.name: metric for line in (base, *others) for metric in own_metrics(line.plan)}
    return [*(metric for metric in METRICS if not (metric.unit == "USD" and all(line.plan.money.free for line in (base, *others)))), *own.values()]


def change(metric: Metric, base: Line, other: Line, confidence: float) -> Change:
    """What *other* has more of *metric* than *base*."""
    one, two = (parts(series(line.totals, metric.above), series(line.totals, metric.below)) for line in (base, other))
    names, controls = controls_of(metric, base, other)
    scale = max(abs(one.centre), abs(two.centre))
    found = controlled(two.centre - one.centre, two.deviations - one.deviations, scale, confidence, controls)
    return Change(metric, one.centre, two.centre, found, _gain(one, two, found, confidence), names)


def controls_of(metric: Metric, base: Line, other: Line) -> tuple[tuple[str, ...], Floats | None]:
    """The names of the controls of a difference of *metric*, and what *other* has more of each than *base*, by replication (n, k), where there are
    any: as many as have means that are known, if there are replications enough for them."""
    names = tuple(name for name in BY_THE_HOUR.get(metric.name, ()) if known(base, name) and known(other, name))
    if not names or len(base.totals) - 1 - len(names) < SPARE:
        return (), None
    return names, np.column_stack([excess(other, name) - excess(base, name) for name in names])


def _gain(one: Parts, two: Parts, found: Difference, confidence: float) -> float:
    """Width of the interval with independent random numbers over that of *found*; inf where that has none, nan where neither has."""
    n = len(one.deviations)
    if n < 2 or math.isnan(found.se):
        return math.nan
    apart = math.sqrt(float((one.deviations**2).sum() + (two.deviations**2).sum()) / (n * (n - 1)))
    width = t_quantile(confidence, 2 * (n - 1)) * apart
    half = found.high - found.mean
    return width / half if half > 0 else math.inf if apart > 0 else math.nan


def known(line: Line, control: str) -> bool:
    """Whether the mean of *control* in the long run is exact in closed form: lots come by the clock and never run out, and all of them get
    through."""
    plan, closed = line.plan, line.closed
    over = overloaded(closed)
    if over or plan.ending() or plan.wip is not None or any(stream.conwip or stream.lose or stream.schedule is not None for stream in plan.streams):
        return False
    told = ["throughput", *(["cost_of_unused_capacity_per_good_unit"] if control == UNUSED else [])]
    return plan.hours > 0 and all(says(plan, name, 0.0, over) == EXACT for name in told) and math.isfinite(_mean(line, control))


def _mean(line: Line, control: str) -> float:
    closed = line.closed
    each = closed.flow.started if control == UNITS else (closed.loaded - closed.direct) * closed.flow.good
    return each * closed.starts.lots_per_h


def excess(line: Line, control: str) -> Floats:
    """What each replication has more of *control* by the hour than there is in the long run, (n,)."""
    if control == UNITS:
        return series(line.totals, lambda t: t.sums["units_started"] / t.hours) - _mean(line, control)
    return series(line.totals, lambda t: float(t.unused.sum()) / t.hours) - _mean(line, control)
