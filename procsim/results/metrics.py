"""Defines the named figures, with intervals: the one place that says what a metric is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.capacity import resource_names
from procsim.closed_form.solve import ClosedForm
from procsim.costs.time_series import TOGETHER
from procsim.costs.totals import Totals
from procsim.lots.records import PRODUCTIVE, STANDBY
from procsim.maths import statistics
from procsim.maths.arrays import Floats
from procsim.maths.statistics import Estimate
from procsim.planning.plan import CATEGORIES, HOUR, Plan
from procsim.planning.wip import NEVER

WEEK_H = 168.0
DIE, CREDIT = CATEGORIES.index("die"), CATEGORIES.index("credit_for_scrap")


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that is a ratio of totals: *above* / *below*, each a function of one replication; *expected* from the closed form."""

    name: str
    unit: str
    above: Callable[[Totals], float]
    below: Callable[[Totals], float]
    expected: Callable[[ClosedForm], float]


def _nan(_: ClosedForm) -> float:
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
           lambda e: e.loaded * e.flow.good / e.flow.shipped if e.flow.shipped > 0 else float("nan")),
    Metric("cost_per_good_unit_direct_without_dies", "USD", lambda t: float(t.cost.sum() - t.cost[:, DIE].sum()), lambda t: t.good,
           lambda e: float(e.costs.per_lot.sum() - e.costs.per_lot[:, DIE].sum()) / e.flow.good if e.flow.good > 0 else float("nan")),
    Metric("cost_of_unused_capacity_per_good_unit", "USD", lambda t: float(t.unused.sum()), lambda t: t.good,
           lambda e: e.loaded - e.direct),
    Metric("scrap_cost_per_good_unit", "USD", lambda t: float(t.value[2]), lambda t: t.good, _nan),
    Metric("yield", "1", lambda t: t.good, lambda t: t.sums["units_started"], lambda e: e.flow.yield_),
    Metric("escapes_ppm", "ppm", lambda t: 1e6 * t.sums["escapes"], lambda t: t.good + t.sums["escapes"],
           lambda e: 1e6 * e.flow.escapes / e.flow.shipped if e.flow.shipped > 0 else float("nan")),
    Metric("starts_per_good_unit", "1", lambda t: t.sums["units_started"], lambda t: t.good,
           lambda e: e.flow.started / e.flow.good if e.flow.good > 0 else float("nan")),
    Metric("good_units_per_week", "units/week", lambda t: t.good * WEEK_H, lambda t: t.hours, lambda e: e.flow.good * e.starts.lots_per_h * WEEK_H),
    Metric("throughput", "lots/h", lambda t: t.sums["lots_finished"], lambda t: t.hours, lambda e: e.starts.lots_per_h * e.flow.finished),
    Metric("cycle_time", "h", lambda t: float(t.cycle_times.sum()) / HOUR, lambda t: float(len(t.cycle_times)), lambda e: e.time.cycle_h),
    Metric("raw_process_time", "h", _raw, lambda _: 1.0, lambda e: e.time.raw_process_h),
    Metric("waiting_time", "h", _waiting, lambda _: 1.0, lambda e: e.time.wait_h),
    Metric("wip", "lots", lambda t: t.wip_lot_hours, lambda t: t.hours, lambda e: e.time.wip),
)

DUE: tuple[Metric, ...] = (
    Metric("tardiness", "h", lambda t: t.sums["tardy_us"] / HOUR, lambda t: t.sums["lots_due"], _nan),
    Metric("tardy_lots", "1", lambda t: t.sums["lots_tardy"], lambda t: t.sums["lots_due"], _nan),
)
"""Figures of lines whose lots have due dates: how late the mean lot is (0 where it is early), and the share of lots that are late."""


WEAK: tuple[Metric, ...] = (
    Metric("infant_failures_ppm", "ppm", lambda t: 1e6 * t.sums["infant"], lambda t: t.good + t.sums["escapes"],
           lambda e: 1e6 * e.flow.infant / e.flow.shipped if e.flow.shipped > 0 else float("nan")),
)
"""Good units shipped that are weak and fail early in the field, of all shipped; they are no escapes: no test could see what is wrong."""

SKIPPED: tuple[Metric, ...] = (
    Metric("saving_by_skipping_known_bad", "USD", lambda t: t.sums["skipped_usd"], lambda t: t.good,
           lambda e: e.costs.skipped_usd / e.flow.good if e.flow.good > 0 else float("nan")),
)
"""What steps would spend per good unit on units known to be bad, if they did not skip them."""


LOST: tuple[Metric, ...] = (Metric("lots_lost", "lots", lambda t: t.sums["lots_lost"], lambda _: 1.0, _nan),)
"""Lots that found the first buffer full and were turned away, in one replication's window."""


PRICE: tuple[Metric, ...] = (
    Metric("price_per_good_unit", "USD", lambda t: float(t.cost.sum() + t.unused.sum()) / (1.0 - t.margin), lambda t: t.good, lambda e: e.price),)
"""Below the line: what a good unit must be sold for, so that the margin is the economics' share of it."""


BOUNDS = {"yield": (0.0, 1.0), "tardy_lots": (0.0, 1.0), "bottleneck_load": (0.0, 1.0), "utilisation": (0.0, 1.0), "escapes_ppm": (0.0, 1e6),
          "infant_failures_ppm": (0.0, 1e6), "starts_per_good_unit": (1.0, np.inf)}
"""Between what figures lie, where it is not from 0 up."""
MONEY = ("cost", "price")


def bounded(name: str, found: Estimate, totals: Sequence[Totals]) -> Estimate:
    """*found*, of the figure *name*, with an interval that ends where the figure must: a cost at 0, unless scrap is sold; but unused capacity, where
    more was charged than it costs, may cost less."""
    sold = any(word in name for word in MONEY) and any(t.cost[:, CREDIT].any() for t in totals)
    return found if sold or "unused" in name else found.within(*BOUNDS.get(name, (0.0, np.inf)))


def own_metrics(plan: Plan) -> tuple[Metric, ...]:
    """The figures that only a line like *plan* has."""
    dated = any(s.due is not None or (s.schedule is not None and bool((s.schedule.due_us >= 0).any())) for s in plan.streams)
    dated = dated or (plan.wip is not None and bool((plan.wip.due_us > NEVER).any()))
    weak = WEAK if plan.losses.infant.any() else ()
    skipped = SKIPPED if plan.losses.skips.any() and not plan.money.free else ()
    return (PRICE if plan.money.margin else ()) + skipped + weak + (DUE if dated else ()) + (LOST if any(s.lose for s in plan.streams) else ())


def metrics_of(plan: Plan) -> list[Metric]:
    """All figures that mean something for *plan*: none in USD where nothing costs anything."""
    return [*(m for m in METRICS if not (plan.money.free and m.unit == "USD")), *own_metrics(plan)]


def series(totals: Sequence[Totals], of: Callable[[Totals], float]) -> Floats:
    """One number per replication, shape (n,)."""
    return np.array([of(t) for t in totals], dtype=float)


def estimate(metric: Metric, totals: Sequence[Totals], confidence: float) -> Estimate:
    """The metric over all replications: a ratio of totals, never a mean of ratios."""
    return bounded(metric.name, statistics.ratio(series(totals, metric.above), series(totals, metric.below), confidence), totals)


def difference(metric: Metric, base: Sequence[Totals], other: Sequence[Totals], confidence: float) -> Estimate:
    """*other* less *base* on the same random numbers, replication by replication."""
    above = series(base, metric.above), series(other, metric.above)
    below = series(base, metric.below), series(other, metric.below)
    return statistics.ratio_difference(above, below, confidence)


def loads(totals: Sequence[Totals]) -> Floats:
    """Load of each tool group in each replication, (n, G): productive / (productive + standby) hours; of an in-line tool hours that its
    entrance is taken, since it may take the next panel before the last is out."""
    hours = np.array([t.state_hours for t in totals])
    up = hours[:, :, PRODUCTIVE] + hours[:, :, STANDBY]
    taken = hours[:, :, PRODUCTIVE] - np.array([t.inside for t in totals])
    return np.asarray(np.divide(taken, up, out=up * 0.0, where=up > 0))  # nan where nobody knows


def pool_loads(totals: Sequence[Totals]) -> Floats:
    """Load of each pool of operators in each replication, (n, P): hours at work over hours on duty."""
    pools = np.array([t.pools for t in totals])
    return np.asarray(np.divide(pools[:, :, 0], pools[:, :, 1], out=pools[:, :, 0] * 0.0, where=pools[:, :, 1] > 0))


def bottleneck(totals: Sequence[Totals]) -> int:
    """Index of the most loaded tool group or, counted on behind these, pool of operators."""
    return int(np.argmax(np.append(loads(totals).mean(axis=0), pool_loads(totals).mean(axis=0))))


def bottleneck_name(plan: Plan, totals: Sequence[Totals]) -> str:
    """The tool group, or "operators" and the pool; '' where some loads are not known (nan), which then come first."""
    which = bottleneck(totals)
    return "" if np.isnan(OF_BOTTLENECK["bottleneck_load"](totals, which)).any() else resource_names(plan)[which]


def spread(totals: Sequence[Totals], of: Callable[[Floats], float], confidence: float) -> Estimate:
    """A figure of the cycle times of each replication (hours), with an interval over replications."""
    return statistics.mean(np.array([of(t.cycle_times / HOUR) for t in totals if len(t.cycle_times)]), confidence).within(0.0, np.inf)


def _quantile(p: float) -> Callable[[Floats], float]:
    return lambda hours: statistics.quantile(hours, p)


MANY_LOTS = 100
"""Lots of a replication from which on the outer quantiles of their cycle times are given."""
SPREADS: dict[str, Callable[[Floats], float]] = {
    "cycle_time_sd": statistics.deviation, "cycle_time_p05": _quantile(0.05), "cycle_time_p50": _quantile(0.5),
    "cycle_time_p90": _quantile(0.9), "cycle_time_p95": _quantile(0.95), "cycle_time_p99": _quantile(0.99),
}
"""Figures of the cycle times of a replication, in hours."""


def spreads(totals: Sequence[Totals]) -> list[str]:
    """Names of ``SPREADS`` in their order; the outer quantiles only where every replication has lots enough for them."""
    many = all(len(t.cycle_times) >= MANY_LOTS for t in totals)
    return [name for name in SPREADS if many or name in ("cycle_time_sd", "cycle_time_p50", "cycle_time_p95")]


def _utilisation(totals: Sequence[Totals]) -> Floats:
    """Productive share of the total time of each tool group in each replication, (n, G)."""
    hours = np.array([t.state_hours for t in totals])
    return np.asarray(hours[:, :, PRODUCTIVE] / np.maximum(hours.sum(axis=2), 1e-300))


OF_BOTTLENECK: dict[str, Callable[[Sequence[Totals], int], Floats]] = {
    "bottleneck_load": lambda totals, r: np.append(loads(totals), pool_loads(totals), axis=1)[:, r],
    "utilisation": lambda totals, r: np.append(_utilisation(totals), pool_loads(totals), axis=1)[:, r],
}
"""Figures of the bottleneck, in each replication; operators are used as they are loaded."""


def named(name: str, totals: Sequence[Totals], confidence: float) -> Estimate:
    """The figure *name* of summary.csv: of ``METRICS``, ``SPREADS``, or of the bottleneck. Raises KeyError where there is none of that name."""
    if name in SPREADS:
        return spread(totals, SPREADS[name], confidence)
    if name in OF_BOTTLENECK:
        return bounded(name, statistics.mean(OF_BOTTLENECK[name](totals, bottleneck(totals)), confidence), totals)
    return estimate({metric.name: metric for metric in (*METRICS, *PRICE, *SKIPPED, *WEAK, *DUE, *LOST)}[name], totals, confidence)


@dataclass(frozen=True, slots=True)
class Advice:
    """What MSER-5 says of one *series*: cut its first *cut_h* hours. *settled* is false where it does not come to rest in the first half.

    *shift* is how far its mean since the recipe's warm-up lies from its mean since the cut, as a share of the latter.
    """

    series: str
    cut_h: float
    settled: bool
    shift: float


def warmup_advice(plan: Plan, totals: Sequence[Totals]) -> list[Advice]:
    """MSER-5 on the mean over replications of WIP by the hour, and of cycle times in order of finishing; nothing where lots run out."""
    if plan.ending():
        return []
    warm = plan.warmup_us / HOUR
    bins = totals[0].time_series.bin_h
    wip = np.mean([t.time_series.wip for t in totals], axis=0)
    found = statistics.mser5(wip)
    advice = [_advice("WIP", found.truncate * bins, found.settled, wip, round(warm / bins), found.truncate)]
    lots = min(len(t.time_series.cycles) for t in totals)
    if lots >= 4:
        hours, cycles = np.mean([t.time_series.cycles[:lots] for t in totals], axis=0).T
        found = statistics.mser5(cycles, batch=1)
        cut = float(hours[found.truncate - 1]) if found.truncate else 0.0
        advice.append(_advice("cycle time", cut, found.settled, cycles, int(np.searchsorted(hours, warm)), found.truncate))
    return advice


def _advice(name: str, cut_h: float, settled: bool, values: Floats, warm: int, cut: int) -> Advice:
    rest, wanted = values[min(warm, len(values) - 1) :].mean(), values[cut:].mean()
    return Advice(name, cut_h, settled, float(rest / wanted - 1) if wanted else 0.0)


POINTS, SHOWN = 400, 20
"""Points of time and replications that a picture of WIP shows at most."""


def wip_over_time(totals: Sequence[Totals]) -> tuple[Floats, Floats, Floats]:
    """(hours (K,), WIP of the first replications (n, K), mean WIP of all (K,)), each value the mean of a stretch of the run."""
    every = np.array([t.time_series.wip for t in totals])
    together = -(-every.shape[1] // POINTS)
    starts = np.arange(0, every.shape[1], together)
    lengths = np.diff(np.append(starts, every.shape[1]))
    means = np.add.reduceat(every, starts, axis=1) / lengths
    return (starts + lengths / 2) * totals[0].time_series.bin_h, means[:SHOWN], means.mean(axis=0)


STRETCHES = 60
"""Stretches of time in which lots that leave are counted."""


def output_over_time(totals: Sequence[Totals]) -> tuple[Floats, Floats] | None:
    """(edges of stretches of time (B + 1,) in hours, lots an hour that were finished in each (B,)), the mean of all replications; lots are told by
    the five. None where too few were finished."""
    left = np.concatenate([t.time_series.cycles[:, 0] for t in totals])
    if len(left) < STRETCHES:
        return None
    edges = np.linspace(0.0, len(totals[0].time_series.wip) * totals[0].time_series.bin_h, STRETCHES + 1)
    return edges, TOGETHER * np.histogram(left, edges)[0] / np.diff(edges) / len(totals)
