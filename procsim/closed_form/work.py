"""Works out what the mean lot takes of the tools: runs, their hours, and setups before them.

What is for several lots, a run of a batch or a setup, is shared by them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.closed_form import batch_size, setups
from procsim.closed_form.effective_times import Runs
from procsim.closed_form.mean_flow import MeanFlow
from procsim.closed_form.outages import Down
from procsim.closed_form.setups import Changes
from procsim.closed_form.terms import terms, visit_scv
from procsim.maths.arrays import Floats
from procsim.planning.plan import LOT, PANEL, REPAIR, RUN, Plan


@dataclass(frozen=True, slots=True)
class Work:
    """What the mean lot takes, by position, (P,): a run takes *batch* lots; *productive* and *setup* hours of tools per lot started; *visit* hours
    of one visit, of which *tail* on the way out of an in-line tool. *changes* are setups before runs of each tool group."""

    batch: Floats
    productive: Floats
    setup: Floats
    visit: Floats
    tail: Floats
    changes: Changes

    @property
    def held(self) -> Floats:
        """Tool hours per lot started, (P,)."""
        return self.productive + self.setup

    @property
    def entrance(self) -> Floats:
        """Hours of a visit after which the entrance of its tool is free again, (P,)."""
        return self.visit - self.tail


def work(plan: Plan, lot: MeanFlow, down: Down, rate: float) -> Work:
    """Of *lot*, of which *rate* start an hour, on tools that are *down* so much."""
    at, there, share, parts = plan.group_of, lot.lots[:-1], plan.route.share, plan.route.parts
    run, own, tail = hours(plan, lot)
    room = plan.groups.count * down.up / (1.0 + down.busy)
    batch = batch_size.sizes(plan, rate * share * parts, run / np.maximum(share * parts, 1e-12), room)
    present = np.where(there > 0, there, 1.0)
    run = batch_size.longest(plan, run / present, batch) * present
    productive, changes = run / batch + own, setups.changes(plan, there, batch)
    busy, changing = (np.bincount(at, weights=of, minlength=len(room)).astype(float) for of in (productive, changes.hours[at] * there / batch))
    changes = changes.kept(setups.left(plan, rate * busy, rate * changing, room))
    visit = (run + batch * own + tail) / present + changes.hours[at]
    return Work(batch, productive, changes.hours[at] * there / batch, visit, tail / present, changes)


def hours(plan: Plan, lot: MeanFlow) -> tuple[Floats, Floats, Floats]:
    """Hours per lot started and position: shared by a run, the lot's own, and the way out of an in-line tool."""
    known, size = terms(plan), len(plan.group_of)
    at, cells = known.at, plan.times.inline[known.at]
    several = np.select([known.basis == RUN, known.basis == LOT, known.basis == PANEL, known.basis == REPAIR],
                        [lot.lots[at], lot.lots[at], lot.panels[at] / cells, lot.repaired[at]], lot.worked(plan.losses.skips)[at])
    takes, shared = known.hours * several, known.basis == RUN
    last = np.where((known.basis == PANEL) & (cells > 1), known.hours * (1.0 - 1.0 / cells) * lot.lots[at], 0.0)
    return (known.by_position(np.where(shared, takes, 0.0), size), known.by_position(np.where(shared, 0.0, takes), size),
            known.by_position(last, size))


def runs(plan: Plan, lot: MeanFlow, takes: Work, each: Floats) -> Runs:
    """The runs of *lot*, *each* (P,) of so many hours: of whole visits, or up to where the entrance is free again."""
    return Runs(lot.lots[:-1] / takes.batch, takes.batch, each, visit_scv(plan, each, takes.changes.variance[plan.group_of]))
