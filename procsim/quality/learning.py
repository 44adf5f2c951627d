"""Works out how far defects are learned away by the time of a lot: a pure function of the lot's number, so that random numbers stay keyed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from procsim.maths.arrays import Floats, Ints
from procsim.maths.portable import exp, log
from procsim.maths.yield_laws import Spread
from procsim.planning.plan import HOUR, Plan
from procsim.planning.quality import Losses
from procsim.planning.traffic import Stream

WEEK = 168 * HOUR
EXACT, NODES = 64, 16
"""Lots up to which a mean over lots is summed; above, the nodes of Gauss's rule for sums stand for them (the curve is smooth)."""


def multipliers(losses: Losses, weeks: Floats, units: Floats) -> Floats:
    """Density as a share of what is written, (n, P), *weeks* and *units* (n,) after that."""
    floor, rate, fall, first = losses.learning.T
    time = floor + (1.0 - floor) * np.exp(-np.outer(weeks, rate))
    volume = np.maximum(units[:, None] / first, 1.0) ** -fall
    return np.asarray(time * volume)


def factors(plan: Plan, stream: int, lots: Ints | Floats) -> Floats | None:
    """Multipliers for the numbers *lots* of *stream*, (n, P), at the time when each is to be released; None where nothing is learned.

    A constant WIP has no such time: its line stands where the run begins. Lots that are in the line at time 0 have numbers below 0.
    """
    if not plan.losses.learns.any():
        return None
    release, numbers = plan.streams[stream], lots.astype(float)
    if release.interval is None:
        numbers = np.zeros(len(lots))
    weeks = plan.start_week + (0.0 if release.interval is None else _released(release, numbers) / WEEK) * np.ones(len(lots))
    units = plan.units_before + numbers * float(plan.lot_panels * plan.units_per_panel / plan.route.mix[stream])
    return multipliers(plan.losses, np.maximum(weeks, 0.0), np.asarray(units))


def _released(stream: Stream, lots: Floats) -> Floats:
    """When lots are to be released, in µs."""
    if stream.schedule is not None:
        at = stream.schedule.at_us.astype(float)
        return np.asarray(np.interp(lots, np.arange(len(at)), at))
    assert stream.interval is not None
    whole = np.floor(lots / stream.at_once)
    between = (lots - (stream.at_once - 1) / 2) / stream.at_once  # a node of ``window`` stands for lots about it
    return np.asarray(stream.first_us + np.where(lots == np.rint(lots), whole, between) * stream.interval.mean)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long after their release lots leave, in *us*; *evenly* at all times of the window, not lot by lot, so that their mean is smooth in the
    rate of release."""

    us: float = 0.0
    evenly: bool = False


def window(plan: Plan, stream: int, stay: Stay = Stay()) -> tuple[Floats, Floats]:
    """Numbers of the lots that are to leave between warm-up and horizon, and their weights, which sum to 1; a few stand for many."""
    release, ends = plan.streams[stream], (plan.warmup_us - stay.us, plan.horizon_us - stay.us)
    if release.interval is None or not plan.losses.learns.any():
        return np.zeros(1), np.ones(1)
    if stay.evenly and release.schedule is None and not release.limit:
        return _evenly(release, ends)
    if release.schedule is not None:
        first, stop = np.searchsorted(release.schedule.at_us, ends).tolist()
    else:
        steps = [max(-(-(end - release.first_us) // release.interval.mean), 0.0) for end in ends]
        first, stop = (int(n) * release.at_once for n in steps)
    stop = min(stop, release.limit or stop)
    if stop - first <= EXACT:
        numbers = np.arange(min(first, stop - 1), stop, dtype=float) if stop else np.zeros(1)
        return numbers, np.full(len(numbers), 1.0 / len(numbers))
    at, weights = _sum_rule(stop - first)
    return (first + stop - 1) / 2 + at, weights


def _evenly(release: Stream, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Numbers, no whole ones, of lots as they would be released at the nodes of Gauss's rule between the times *ends*, and their weights."""
    assert release.interval is not None
    first, last = (max(end, release.first_us) for end in ends)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    at = (first + last) / 2 + (last - first) / 2 * nodes
    numbers = (at - release.first_us) / release.interval.mean * release.at_once + (release.at_once - 1) / 2
    return np.asarray(numbers), weights / 2


def _sum_rule(count: int) -> tuple[Floats, Floats]:
    """Nodes about their middle and weights that give the mean of any polynomial of degree < 2·NODES over *count* whole numbers: Gauss's rule
    from the recurrence of Gram's (discrete Chebyshev) polynomials, b = k²(n² - k²) / 4(4k² - 1), by Golub and Welsch."""
    k = np.arange(1.0, NODES)
    beside = np.sqrt(k**2 * (count**2 - k**2) / (4.0 * (4.0 * k**2 - 1.0)))
    nodes, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    return nodes, vectors[0] ** 2


def survivals(losses: Losses, p: int, factor: Floats | float, which: Ints | None = None) -> Floats:
    """Unit survivals of step *p* with its density times *factor*: of every cell (one *factor*), or of the cells *which* (a factor each)."""
    cells, fixed = losses.own(p), float(losses.fixed[p])
    if which is not None:
        cells = cells[which]
    return np.asarray(fixed * exp(np.asarray(factor) * log(np.maximum(cells / max(fixed, 1e-300), 1e-300))))


def spread(losses: Losses, p: int, factor: float) -> Spread:
    """What the survivals of step *p* with its density times *factor* stand for."""
    return replace(losses.spreads[p], mean=losses.spreads[p].mean * factor)


def at_week(plan: Plan, weeks: float, units: float) -> Plan:
    """*plan* as it is once, for good, *weeks* and *units* after the density that is written."""
    known = plan.losses
    factor = multipliers(known, np.array([weeks]), np.array([units]))[0]
    spreads = tuple(spread(known, p, factor[p]) for p in range(len(known.panel)))
    still = np.tile([1.0, 0.0, 0.0, 1.0], (len(known.panel), 1))
    return replace(plan, losses=replace(known, spreads=spreads, learning=still))
