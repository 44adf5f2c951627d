"""Works out what the mean lot costs, by step and category."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form.mean_flow import MeanFlow
from procsim.closed_form.terms import terms
from procsim.closed_form.work import Work
from procsim.maths.arrays import Floats
from procsim.planning.plan import BY_THE_HOUR, UNIT, Plan, columns


@dataclass(frozen=True, slots=True)
class Costs:
    """Of a lot started, USD: *per_lot* (S + 1, C) by step and category, made of *items* (P, bases) by position, which prices multiply, and tool
    hours; *amounts* (uses,) are those of the materials. Tools cost *hourly* (G, C) by the clock, used or not, and a price holds a *margin*. So many
    *known_bad* (P,) units come to each position; what work on them costs, or would cost if they were not skipped, is *known_bad_usd* (S,), and
    skipping saves *skipped_usd*."""

    per_lot: Floats
    items: Floats
    amounts: Floats
    hourly: Floats
    margin: float
    known_bad: Floats
    known_bad_usd: Floats
    skipped_usd: float

    @property
    def total(self) -> float:
        """All that is spent on a lot, USD."""
        return float(self.per_lot.sum())

    def loaded(self, lots_per_h: float) -> float:
        """All that is spent on a lot, and its part of what is paid by the hour, used or not, where so many start an hour, USD."""
        return float(self.per_lot[:, :BY_THE_HOUR].sum() + self.hourly.sum() / lots_per_h)


def costs(plan: Plan, lot: MeanFlow, takes: Work) -> Costs:
    """Of *lot*, which *takes* so much of the tools."""
    parts, route = items(plan, lot, takes.batch), plan.route
    cost = plan.money.charged(parts, plan.lot_panels * route.mix)
    cost[:-1] += takes.held[:, None] * plan.money.rate[plan.group_of]
    known_bad = lot.sites[:-1] - lot.live[:-1]
    return Costs(route.by_step(cost), parts, _amounts(plan, parts), plan.money.hourly, plan.money.margin, known_bad, *_on_known_bad(plan, known_bad))


def at_prices(plan: Plan, known: Costs, mix: Floats, held_h: Floats) -> Costs:
    """*known* with the money of *plan*, which is otherwise the plan that it was found of, at its *mix* (R,) of releases and *held_h* (S,) tool
    hours."""
    cost = plan.route.by_step(plan.money.charged(known.items, plan.lot_panels * mix))
    cost[:-1] += held_h[:, None] * plan.money.rate[plan.step_group]
    bad_usd, skipped_usd = _on_known_bad(plan, known.known_bad)
    return replace(known, per_lot=cost, amounts=_amounts(plan, known.items), hourly=plan.money.hourly, margin=plan.money.margin,
                   known_bad_usd=bad_usd, skipped_usd=skipped_usd)


def _amounts(plan: Plan, parts: Floats) -> Floats:
    """Of every material use, (uses,), where *parts* (P, bases) is what prices multiply."""
    step, _, basis, amount = columns(plan.money.uses)
    return np.asarray(amount * parts[step, basis])


def _on_known_bad(plan: Plan, units: Floats) -> tuple[Floats, float]:
    """What work on so many known-bad *units* (P,) costs by step, (S,), and what is saved where they are skipped."""
    usd = units * unit_worth(plan)
    return plan.route.by_step(usd), float(usd[plan.losses.skips].sum())


def items(plan: Plan, lot: MeanFlow, batch: Floats) -> Floats:
    """What prices multiply, of each basis and position, (P, bases), per lot started, *batch* (P,) of which share a run."""
    return np.column_stack([lot.lots[:-1] / batch, lot.lots[:-1], lot.panels[:-1], lot.worked(plan.losses.skips), lot.repaired, lot.gone])


def unit_worth(plan: Plan) -> Floats:
    """What it takes to work on one more unit at each position, USD: all that is per unit, tool time too, (P,)."""
    found = np.array(plan.money.direct[:-1, UNIT].sum(axis=1), dtype=float)
    rate = plan.money.rate.sum(axis=1)[plan.group_of]
    known = terms(plan)
    return found + known.by_position(np.where(known.basis == UNIT, known.hours, 0.0) * rate[known.at], len(found))
