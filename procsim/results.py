"""Plan and Totals of its replications in, named figures with intervals out: the one place that says what a metric is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from procsim import stats
from procsim.costs.totals import Totals
from procsim.expected import Expected
from procsim.plan.shape import CATEGORIES, HOUR, Floats, Plan
from procsim.records import PRODUCTIVE, STANDBY
from procsim.stats import Estimate

WEEK_H = 168.0
DIE = CATEGORIES.index("die")


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that is a ratio of totals: *above* / *below*, each a function of one replication; *expected* from the closed form."""

    name: str
    unit: str
    above: Callable[[Totals], float]
    below: Callable[[Totals], float]
    expected: Callable[[Expected], float]


def _nan(_: Expected) -> float:
    return float("nan")


def _waiting(t: Totals) -> float:
    """Waiting of a lot, summed over its visits, in hours."""
    return t.per_lot_us["queue_us"] / HOUR


def _raw(t: Totals) -> float:
    """Raw process time in hours: the mean time of a visit, summed over a lot's visits, repairs left out."""
    return t.per_lot_us["process_us"] / HOUR


METRICS: tuple[Metric, ...] = (
    Metric("cost_per_good_unit_direct", "USD", lambda t: float(t.cost.sum()), lambda t: t.good, lambda e: e.direct),
    Metric("cost_per_good_unit_loaded", "USD", lambda t: float(t.cost.sum() + t.unused.sum()), lambda t: t.good, lambda e: e.loaded),
    Metric("cost_per_shipped_unit", "USD", lambda t: float(t.cost.sum() + t.unused.sum()), lambda t: t.good + t.sums["escapes"],
           lambda e: e.loaded * e.good / (e.good + e.escapes) if e.good + e.escapes > 0 else float("nan")),
    Metric("cost_per_good_unit_direct_without_dies", "USD", lambda t: float(t.cost.sum() - t.cost[:, DIE].sum()), lambda t: t.good,
           lambda e: float(e.cost.sum() - e.cost[:, DIE].sum()) / e.good if e.good > 0 else float("nan")),
    Metric("cost_of_unused_capacity_per_good_unit", "USD", lambda t: float(t.unused.sum()), lambda t: t.good,
           lambda e: e.loaded - e.direct),
    Metric("scrap_cost_per_good_unit", "USD", lambda t: float(t.value[2]), lambda t: t.good, _nan),
    Metric("yield", "1", lambda t: t.good, lambda t: t.sums["units_started"], lambda e: e.yield_),
    Metric("escapes_ppm", "ppm", lambda t: 1e6 * t.sums["escapes"], lambda t: t.good + t.sums["escapes"],
           lambda e: 1e6 * e.escapes / (e.good + e.escapes) if e.good + e.escapes > 0 else float("nan")),
    Metric("starts_per_good_unit", "1", lambda t: t.sums["units_started"], lambda t: t.good,
           lambda e: e.started / e.good if e.good > 0 else float("nan")),
    Metric("good_units_per_week", "units/week", lambda t: t.good * WEEK_H, lambda t: t.hours, lambda e: e.good * e.lots_per_h * WEEK_H),
    Metric("throughput", "lots/h", lambda t: t.sums["lots_finished"], lambda t: t.hours, lambda e: e.lots_per_h * e.finished),
    Metric("cycle_time", "h", lambda t: float(t.cycle_times.sum()) / HOUR, lambda t: t.sums["lots_finished"], lambda e: e.cycle_h),
    Metric("raw_process_time", "h", _raw, lambda _: 1.0, lambda e: e.raw_process_h),
    Metric("waiting_time", "h", _waiting, lambda _: 1.0, lambda e: e.wait_h),
    Metric("wip", "lots", lambda t: t.wip_lot_hours, lambda t: t.hours, lambda e: e.wip),
)

DUE: tuple[Metric, ...] = (
    Metric("tardiness", "h", lambda t: t.sums["tardy_us"] / HOUR, lambda t: t.sums["lots_due"], _nan),
    Metric("tardy_lots", "1", lambda t: t.sums["lots_tardy"], lambda t: t.sums["lots_due"], _nan),
)
"""Figures of lines whose lots have due dates: how late the mean lot is (0 where it is early), and the share of lots that are late."""


LOST: tuple[Metric, ...] = (Metric("lots_lost", "lots", lambda t: t.sums["lots_lost"], lambda _: 1.0, _nan),)
"""Lots that found the first buffer full and were turned away, in one replication's window."""


def own_metrics(plan: Plan) -> tuple[Metric, ...]:
    """The figures that only a line like *plan* has."""
    dated = any(s.due is not None or (s.schedule is not None and bool((s.schedule.due_us >= 0).any())) for s in plan.streams)
    return (DUE if dated else ()) + (LOST if any(s.lose for s in plan.streams) else ())


def metrics_of(plan: Plan) -> list[Metric]:
    """All figures that mean something for *plan*: none in USD where nothing costs anything."""
    free = plan.money.hourly.sum() == 0 and plan.money.direct.sum() == 0
    return [*(m for m in METRICS if not (free and m.unit == "USD")), *own_metrics(plan)]


def series(totals: Sequence[Totals], of: Callable[[Totals], float]) -> Floats:
    """One number per replication, shape (n,)."""
    return np.array([of(t) for t in totals], dtype=float)


def estimate(metric: Metric, totals: Sequence[Totals], confidence: float) -> Estimate:
    """The metric over all replications: a ratio of totals, never a mean of ratios."""
    return stats.ratio(series(totals, metric.above), series(totals, metric.below), confidence)


def difference(metric: Metric, base: Sequence[Totals], other: Sequence[Totals], confidence: float) -> Estimate:
    """*other* less *base* on the same luck, replication by replication."""
    above = series(base, metric.above), series(other, metric.above)
    below = series(base, metric.below), series(other, metric.below)
    return stats.ratio_difference(above, below, confidence)


def loads(totals: Sequence[Totals]) -> Floats:
    """Load of each tool group in each replication, (n, G): productive / (productive + standby) hours."""
    hours = np.array([t.state_hours for t in totals])
    up = hours[:, :, PRODUCTIVE] + hours[:, :, STANDBY]
    return np.asarray(np.divide(hours[:, :, PRODUCTIVE], up, out=np.zeros_like(up), where=up > 0))


def bottleneck(totals: Sequence[Totals]) -> int:
    """Index of the most loaded tool group."""
    return int(np.argmax(loads(totals).mean(axis=0)))


def spread(totals: Sequence[Totals], of: Callable[[Floats], float], confidence: float) -> Estimate:
    """A figure of the cycle times of each replication (hours), with an interval over replications."""
    return stats.mean(np.array([of(t.cycle_times / HOUR) for t in totals if len(t.cycle_times)]), confidence)
