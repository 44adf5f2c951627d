"""Follows the mean lot on its way: what is left of it before each position of its route, and where the rest went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from procsim.lots.branching import Branching, branching
from procsim.maths.arrays import Bools, Floats
from procsim.maths.same import of_the_same
from procsim.planning.own_route import OwnRoute, own_route
from procsim.planning.plan import HOUR, Plan
from procsim.quality.learning import Stay, factors, window
from procsim.quality.mean_lot import MeanLot, mean_lot


@dataclass(frozen=True, slots=True)
class MeanFlow:
    """What comes to each position and to the end, (P + 1,), of one lot started (*lots*: parts count one by one); *lost* units by cause
    (P + 1,), escapes included, and *losses* (P + 1, K) by kind of loss too, of which *escaped*; *gone* (P,): units found
    bad or lost at each position, where others are looked at *again*, and *repaired*, (P,). *infant*: good units shipped that are weak."""

    lots: Floats
    panels: Floats
    live: Floats
    sites: Floats
    panels_lost: Floats
    found: Floats
    gone: Floats
    lost: Floats
    losses: Floats
    escaped: Floats
    again: Floats
    repaired: Floats
    good: float
    escapes: float
    infant: float

    def worked(self, skips: Bools) -> Floats:
        """Units that are worked on at each position, (P,): all on the panels, or, where known-bad ones are skipped, the live ones; one that is
        looked at again counts again."""
        return np.where(skips, self.live[:-1], self.sites[:-1]) + self.again


def mean_flow(plan: Plan, stay: Stay) -> MeanFlow:
    """Mean outcome of one lot, position by position, over the mix of releases. Where defects are learned away, lots *stay* so long."""
    route = plan.route
    if _alike(plan):
        return _at(plan, 0)
    return _mean([of_release(plan, r, stay) for r in range(len(route.mix))], route.mix)


def _alike(plan: Plan) -> bool:
    """Whether lots of all releases fare alike."""
    reached = plan.route.reached
    return bool((reached == reached[0]).all() and (plan.units == plan.units[0]).all() and not plan.losses.learns.any())


def mean_flow_of(plan: Plan, release: int, stay: Stay) -> MeanFlow:
    """That of a *release* that is alone on the line, with no others to learn from."""
    plan = replace(plan, route=replace(plan.route, mix=np.eye(len(plan.route.mix))[release]))
    return _at(plan, 0) if _alike(plan) else of_release(plan, release, stay)


def _mean(flows: Sequence[MeanFlow], weights: Floats) -> MeanFlow:
    if len(flows) == 1:
        return flows[0]
    return MeanFlow(**{f.name: sum(share * getattr(one, f.name) for share, one in zip(weights.tolist(), flows, strict=True))
                       for f in fields(MeanFlow)})


def of_release(plan: Plan, release: int, stay: Stay) -> MeanFlow:
    """Of a lot of one *release*; where defects are learned away, of the mean lot that leaves in the window."""
    lots, weights = window(plan, release, stay)
    learned = factors(plan, release, lots)
    return _at(plan, release) if learned is None else _mean([_at(plan, release, row) for row in learned], weights)


def branching_of(plan: Plan, release: int) -> Branching:
    """The course of the mean lot of *release*."""
    reached = plan.route.reached[release]
    return branching(plan.route.after, reached, reached * plan.route.fails)


def countable(plan: Plan) -> bool:
    """Whether the mean over all lots can be worked out: who passed an inspection for faults differs from who did not in all that follows."""
    if not plan.losses.by_fault.any():
        return True
    whose = [branching_of(plan, r) for r in range(len(plan.route.mix))]
    return all(not way.forks(plan.losses.by_fault) or len(way.apart(plan.losses.by_fault)) > 1 for way in whose)


def _at(plan: Plan, release: int, learned: Floats | None = None) -> MeanFlow:
    """Of a lot of one *release* at whose steps densities are *learned* (P,) times what is written."""
    own = own_route(plan, release)
    if learned is not None:
        learned = learned[own.positions]
    chances, ways = zip(*branching_of(own.plan, release).apart(own.plan.losses.by_fault), strict=True)
    flows = [_flow(own.plan, float(plan.units[release]), mean_lot(own.plan, release, way, learned)) for way in ways]
    return _on_whole(own, _mean(flows, np.array(chances)))


def _on_whole(own: OwnRoute, lot: MeanFlow) -> MeanFlow:
    """*lot*, told along its *own* route, by position of the whole plan."""
    if isinstance(own.at, slice):
        return lot

    def placed(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        at = own.with_end if len(value) > own.size else own.positions
        found = np.zeros((own.with_end[-1] + len(value) - own.size, *value.shape[1:]))
        found[at] = value
        return found

    return MeanFlow(**{f.name: placed(getattr(lot, f.name)) for f in fields(MeanFlow)})


def _flow(plan: Plan, units: float, one: MeanLot) -> MeanFlow:
    """Of one lot whose panels hold so many *units*."""
    n, size = plan.lot_panels, len(plan.group_of)
    parts = np.append(plan.route.parts, 1)
    left = np.divide(one.panels, one.lots, out=np.zeros(size + 1), where=one.lots > 0)
    some = 1.0 - (1.0 - np.minimum(left, 1.0)) ** np.maximum(n / parts, 1.0)  # a lot, or a part, of which a panel is left
    found, gone, lost = np.zeros(size), np.zeros(size), one.by_cause(one.latent)
    escapes = float(lost.sum())
    all_bad = np.array([loss.bad for loss in one.losses]).reshape(len(one.losses), len(one.latent))
    for loss, unfound in zip(one.losses, all_bad.sum(axis=1).tolist(), strict=True):
        bad = unfound + loss.good
        gone[loss.step] += bad
        found[loss.step] += bad if loss.found else 0.0
        lost[loss.step] += loss.good
    unseen = all_bad.sum(axis=0)
    lost += one.by_cause(unseen)
    losses, escaped = one.by_kind(one.latent + unseen), one.by_kind(one.latent)
    for loss in one.losses:
        losses[loss.step, loss.kind] += loss.good
    all_units = n * units
    return MeanFlow(lots=parts * one.lots * some, panels=n * one.panels, live=all_units * one.live, sites=all_units * one.sites,
                    panels_lost=n * one.panels_lost, found=all_units * found, gone=all_units * gone, lost=all_units * lost, losses=all_units * losses,
                    escaped=all_units * escaped, again=all_units * one.again, repaired=all_units * one.repaired,
                    good=all_units * one.good, escapes=all_units * escapes, infant=all_units * one.infant)


@dataclass(frozen=True, slots=True)
class Flow:
    """What becomes of one lot started, by step: *visits* (S,) of its parts, and the share *finished* that gets to the end; units *started*, *good*
    and *escapes*, *lost* (S + 1,) by cause, escapes included, and *infant*, good ones that are weak. By position it is *lot*."""

    visits: Floats
    finished: float
    started: float
    good: float
    escapes: float
    infant: float
    lost: Floats
    lot: MeanFlow

    @property
    def yield_(self) -> float:
        """Good units over units started."""
        return self.good / self.started

    @property
    def shipped(self) -> float:
        """Good units and escapes."""
        return self.good + self.escapes


def flow(plan: Plan, lot: MeanFlow) -> Flow:
    """Of the mean *lot*; nan is what has no closed form."""
    by_step, scraps = plan.route.by_step, scraps_lots(plan)
    return Flow(by_step(lot.lots[:-1]), np.nan if scraps else float(lot.lots[-1]), float(plan.lot_panels * plan.units_per_panel),
                np.nan if scraps or not countable(plan) else lot.good, lot.escapes, lot.infant, by_step(lot.lost), lot)


def scraps_lots(plan: Plan) -> bool:
    """Whether lots are scrapped, or sent back, by chance of time: in failures, or over a limit of queue time."""
    return any(b.scrap for b in plan.groups.breakdowns) or any(timed.acts for timed in plan.discipline.limits)


def uncounted(plan: Plan) -> str:
    """Why how many units a lot leaves has no closed form, in words; "" where it has one."""
    failing = ", ".join(dict.fromkeys(plan.groups.names[b.group] for b in plan.groups.breakdowns if b.scrap))
    limits = ", ".join(dict.fromkeys(timed.name for timed in plan.discipline.limits if timed.acts))
    whys = [f"lots are scrapped whole by failures of {failing}"] if failing else []
    if limits:
        whys.append(f"lots over the queue-time limit {limits} are scrapped or sent back, where action: count would have them go on")
    if not whys and not countable(plan):
        whys = ["who passed an inspection for faults goes another way than who did not"]
    return " and ".join(whys)


def because(plan: Plan) -> str:
    """``uncounted`` in brackets, to stand behind what it is a reason of; nothing where there is none."""
    return f" ({why})" if (why := uncounted(plan)) else ""


def _ways(plan: Plan) -> tuple[object, ...]:
    """What says where lots go from where: more tools, or another mix, change nothing of it."""
    route = plan.route
    return route.streams, route.after, route.reached, route.fails, plan.group_of, plan.times, plan.wip


@of_the_same(1, _ways)
def transport_h(plan: Plan) -> Floats:
    """Mean hours of transport to each position from the one visited before, of a lot of each release on its whole way, (R, P): nothing within one
    tool group."""
    found = np.zeros((len(plan.streams), len(plan.group_of)))
    if plan.times.transport is None:
        return found
    for r in range(len(plan.streams)):
        own = own_route(plan, r)
        found[r, own.at] = branching_of(own.plan, r).moved(own.plan.group_of) * plan.times.transport.mean / HOUR
    return found
