"""Describes what takes tools away from their work, once for all of the closed form: failures, maintenance, engineering and time off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from procsim.lots.records import ENGINEERING, NON_SCHEDULED, SCHEDULED, UNSCHEDULED
from procsim.maths.arrays import Floats
from procsim.maths.same import FLOWS, STEPS, of_the_same
from procsim.planning.groups import Breakdown, Groups, Upkeep
from procsim.planning.plan import HOUR, Plan
from procsim.planning.shifts import SUSPEND, Shift

BUSY, UP, CALENDAR, PANELS = range(4)
"""What passes between two outages is counted in: hours in which the tool works, hours in which it is up, hours of the calendar, or panels."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Takes a tool of *group*, or where *together* all of its tools at once, into that *state* of SEMI E10 for *hours* on average, with the squared
    coefficient of variation *scv*. It comes once in *every* of what is *counted* (by the calendar from begin to begin, else from the end of one to
    the next), on average and with *every_scv*. *crew* is the pool of operators that sees to it, or -1."""

    group: int
    state: int
    counted: int
    every: float
    hours: float
    every_scv: float = 0.0
    scv: float = 0.0
    crew: int = -1
    together: bool = False

    @property
    def ratio(self) -> float:
        """Hours of it per hour, or panel, of what is *counted*."""
        return self.hours / self.every

    @property
    def away(self) -> float:
        """Share of the time that it takes, where it is counted in hours: of those in which the tool works, if *counted* in these."""
        return self.ratio if self.counted == CALENDAR else self.ratio / (1.0 + self.ratio)

    @property
    def residual(self) -> float:
        """Hours that it still lasts at a moment in the midst of it."""
        return self.hours * (1.0 + self.scv) / 2

    @property
    def meets_idle(self) -> bool:
        """Whether it also comes to a tool that has nothing to do."""
        return self.counted in (UP, CALENDAR)


def outages(plan: Plan) -> tuple[Outage, ...]:
    """All of them, in the order of the recipe; time off is apart, as of ``time_off``."""
    return _of_groups(plan.groups)


@lru_cache(maxsize=64)  # a closed form asks for them a dozen times, and the points of a sweep share them
def _of_groups(groups: Groups) -> tuple[Outage, ...]:
    return (*map(_failure, groups.breakdowns), *map(_planned, groups.upkeep))


@of_the_same(STEPS)
def _failure(of: Breakdown) -> Outage:
    return Outage(of.group, UNSCHEDULED, BUSY if of.busy_clock else UP, of.to_fail.mean / HOUR, of.to_repair.mean / HOUR,
                  of.to_fail.scv, of.to_repair.scv, of.crew)


@of_the_same(STEPS)
def _planned(of: Upkeep) -> Outage:
    return Outage(of.group, ENGINEERING if of.engineering else SCHEDULED, CALENDAR if of.every_us else PANELS,
                  of.every_us / HOUR if of.every_us else of.every_panels, of.takes.mean / HOUR, 0.0, of.takes.scv, of.crew, of.together)


def time_off(g: int, shift: Shift) -> Outage:
    """What a tool of group *g* that works in a *shift* sees of its time off: as long as what one meets of it, since longer ones are met more often.
    (Of constant WIP, whose lots gather before the shift, it tells more if each tool is taken to be off by itself.)"""
    off = np.array(shift.spans[(1 if shift.on else 0) :: 2]) / HOUR
    hours = float((off**2).sum() / off.sum()) if off.sum() > 0 else 0.0
    return Outage(g, NON_SCHEDULED, CALENDAR, hours / max(1.0 - shift.share, 1e-300), hours)


def in_hours(outage: Outage, panels_per_h: Floats) -> Outage:
    """The same *outage*, counted in hours of work where it was in panels: a tool of each group does so many an hour, (G,)."""
    return outage if outage.counted != PANELS else replace(outage, counted=BUSY, every=outage.every / float(panels_per_h[outage.group]))


@of_the_same(FLOWS, lambda plan, counted: (plan.groups, counted))
def hourly(plan: Plan, counted: int) -> Floats:
    """Hours of outages per hour of what they are *counted* in, (G,)."""
    found = np.zeros(len(plan.groups.names))
    for one in outages(plan):
        if one.counted == counted:
            found[one.group] += one.ratio
    return found


def planned(plan: Plan) -> Floats:
    """Share of the time that a tool is on which maintenance by the calendar takes, (G,)."""
    return np.asarray(np.minimum(hourly(plan, CALENDAR) / plan.groups.duty.on(), 1.0))


def times_due(plan: Plan, outage: Outage, panels: Floats, runs: Floats) -> float:
    """How often an *outage* by panels falls due per lot started, of which *panels* and *runs* (P,) come to each position: it waits for the run in
    progress, so once after a run at most, however many panels that has."""
    mine = plan.group_of == outage.group
    return float(np.minimum(panels[mine] / outage.every, runs[mine]).sum())


def off_per_hour(plan: Plan) -> Floats:
    """Hours that work stands still, off, per hour of work, (G,)."""
    duty = plan.groups.duty
    suspends = np.array([k >= 0 and duty.shifts[k].at_end == SUSPEND for k in duty.shift.tolist()])
    on = duty.on()
    return np.asarray(np.where(suspends, (1.0 - on) / on, 0.0))


@dataclass(frozen=True, slots=True)
class Down:
    """What shifts and outages leave of each tool group, (G,): the share of the clock that it is *on*, and the share of it that is *planned* away;
    hours of repair per hour of work (*busy*) and per hour that it is up (*calendar*). What comes with the work: hours of setup and of maintenance by
    panels *per_lot*, and *manned* as of ``Duty``."""

    on: Floats
    planned: Floats
    busy: Floats
    calendar: Floats
    per_lot: Floats
    manned: Floats

    @property
    def up(self) -> Floats:
        """Share of the clock that a tool is on and not down, but for what comes with work."""
        return np.asarray(self.on * np.maximum(1.0 - self.planned / self.on, 0.0) / (1.0 + self.calendar))


def downtime(plan: Plan) -> Down:
    """Of tools that are always manned, without what comes with the work."""
    groups = len(plan.groups.names)
    return Down(plan.groups.duty.on(), hourly(plan, CALENDAR), hourly(plan, BUSY), hourly(plan, UP), np.zeros(groups), np.ones(groups))
