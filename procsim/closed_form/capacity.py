"""Sets what a line is asked for against what its tools and operators have to give: loads, availability, bottleneck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.closed_form.demand import Demand
from procsim.closed_form.outages import CALENDAR, UP, outages
from procsim.closed_form.setups import avoiding
from procsim.closed_form.starts import clocked
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class ToolLoads:
    """Of each tool group, (G,): *load* is productive over productive + standby hours, what is offered where it is above 1; *utilisation*, for
    queueing, takes a run to last as long as its tool is taken, repairs in it included; *available* is the share of the clock that is left for work,
    *up* what of it a tool is on and not down, but for what comes with work, *manned* as of ``Duty``; *needed*: how many tools it takes, nan where
    lots start as others leave. By step, (S,): tool hours that a lot is charged for, *held_h*, of which *setup_h* are setup."""

    load: Floats
    utilisation: Floats
    available: Floats
    up: Floats
    manned: Floats
    needed: Floats
    held_h: Floats
    setup_h: Floats

    @property
    def steady(self) -> Floats:
        """Load as a long run has it, as of ``seen``; nan where a group is never up."""
        return seen(np.where(np.isinf(self.load), np.nan, self.load), self.manned)


def tool_loads(plan: Plan, asked: Demand) -> ToolLoads:
    """Of what is *asked* of the tools.

    Load is productive over productive + standby hours: hours of work that come, over the hours that the group can give to work, which are what
    repairs, upkeep and setups that come with the work leave. Where more comes than the group can take, so much of these comes as with the most that
    it can take. Load is then what is offered, above 1, infinite only where the group is never up. Availability is the share of those hours in all.
    Utilisation leaves out setups that are avoided rather than let lots wait; it, and the tools needed, is of the time in which those who work the
    tools are there.
    """
    takes, down, route = asked.takes, asked.down, plan.route
    count, up = plan.groups.count.astype(float), down.up
    work, setups = (asked.rate * np.bincount(plan.group_of, weights=of, minlength=len(count)) for of in (takes.productive, takes.setup))
    extra = work * down.busy + asked.rate * down.per_lot
    offered = np.divide(work + extra, count * up, out=np.where(work > 0, np.inf, 0.0), where=up > 0)
    free = np.maximum(count * up - extra / np.maximum(offered, 1.0), 0.0)
    load = np.divide(work, free, out=np.where(work > 0, np.inf, 0.0), where=free > 0)
    tools = np.divide(work + extra, up * down.manned, out=np.full(len(count), np.inf), where=up * down.manned > 0)
    needed = np.floor(tools + 1e-9) + 1.0 if clocked(plan) else np.full(len(count), np.nan)  # a group that is busy all the time does not keep up
    available = np.divide(free, count, out=np.zeros(len(count)), where=count > 0)
    utilisation = np.where(avoiding(plan), tools / count - setups / plan.groups.count, tools / count)
    return ToolLoads(load, utilisation, available, up, down.manned, needed, route.by_step(takes.held), route.by_step(takes.setup))


def tools_for(plan: Plan, asked: Demand, most: float) -> Floats:
    """Tools of each group, (G,), in fractions, that what is *asked* would load up to *most* of what those who work them are there for: the inverse of
    the load of ``tool_loads``, as long as what a lot takes stays the same; 0 of groups that are never up."""
    down = asked.down
    work = asked.rate * np.bincount(plan.group_of, weights=asked.takes.productive, minlength=len(down.busy))
    extra, up = work * down.busy + asked.rate * down.per_lot, down.up * (down.manned > 0)
    needed = work / (most * np.where(down.manned > 0, down.manned, 1.0)) + extra
    return np.asarray(np.divide(needed, up, out=np.zeros_like(needed), where=up > 0))


@dataclass(frozen=True, slots=True)
class OperatorLoads:
    """Of each pool of operators, (pools,): its *load*, of which *for_lots* is for lots and the rest for repairs and maintenance; *must* leaves out
    repairs of tools that are up and do not work, which are fewer where tools wait for them. *room* is how much they can do, by their time on duty."""

    load: Floats
    for_lots: Floats
    must: Floats
    room: Floats

    @property
    def steady(self) -> Floats:
        """Load as a long run has it, as of ``seen``."""
        return seen(self.load, self.room)


def operator_loads(plan: Plan, asked: Demand) -> OperatorLoads:
    """Of what is *asked* of operators."""
    there, crew, rate = plan.groups.duty.on_duty(), asked.crew, asked.rate
    work = rate * np.bincount(plan.group_of, weights=asked.takes.productive, minlength=len(plan.groups.names))
    idle = plan.groups.count * asked.down.up - work
    must, may = rate * (crew.for_lots + crew.mending), np.zeros(len(there))
    for one in outages(plan):
        if one.crew >= 0 and one.counted == CALENDAR:
            must[one.crew] += one.ratio * plan.groups.count[one.group]
        elif one.crew >= 0 and one.counted == UP:
            may[one.crew] += one.ratio * max(float(idle[one.group]), 0.0)
    return OperatorLoads((must + may) / there, rate * crew.for_lots / there, must / there, crew.room)


def seen(load: Floats, most: Floats) -> Floats:
    """Loads, by time on duty, as a long run has them, by time that somebody is there, at most 1: no more is done than the *most* that can be; where
    that is above 1, work goes on in overtime, the more of it the more are at work as a shift ends."""
    done = np.minimum(load, most)
    return np.asarray(done / (1.0 + done * (1.0 - 1.0 / np.maximum(most, 1.0))))


def bottleneck_per_h(plan: Plan, asked: Demand) -> float:
    """Lots per hour that the tool group, or the pool of operators, with the least capacity can take; 0 where nothing takes time."""
    down, crew = asked.down, asked.crew
    work = np.bincount(plan.group_of, weights=asked.takes.productive, minlength=len(down.busy)) * (1.0 + down.busy) + down.per_lot
    up = np.append(plan.groups.count * down.up * down.manned, plan.groups.duty.on_duty() * crew.room)
    work = np.append(work, crew.for_lots + crew.mending)
    busy = work > 0
    return float((up[busy] / work[busy]).min()) if busy.any() else 0.0


def resource_names(plan: Plan) -> list[str]:
    """What may be the bottleneck: every tool group, and every pool of operators."""
    return [*plan.groups.names, *(f"operators {pool.name}" for pool in plan.groups.duty.pools)]
