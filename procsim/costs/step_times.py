"""Adds up how long lots wait and are worked on at each step, and how many of them keep limits of queue time."""

from __future__ import annotations

import numpy as np

from procsim.costs.by_step import by_step, sums
from procsim.costs.entry import Entry
from procsim.costs.join_waits import waits
from procsim.costs.queue_time import clocked
from procsim.costs.visits import HOURS
from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, LOT, Plan
from procsim.planning.split_span import weights

_BY_STEP = ("visits", "queue_us", "process_us", "held_us", "moved_us", "stood_us", "queue_area_us", "stay_area_us", "turned", "kept_us", "spoiled",
            "spoiled_us")


class StepTimes:
    """Times of visits of one replication, by step: *arrays* as of ``Totals.by_step``. *apart_us* is how long parts of lots waited for others at
    the end of the route, *clocks* (L, 4) are as of ``Totals``."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.size = plan, len(plan.group_of)
        self.start, self.end = self.window = plan.warmup_us, plan.horizon_us
        self.arrays: dict[str, Floats] = {name: np.zeros(self.size) for name in _BY_STEP}
        self.apart_us = 0.0
        self.clocks = np.zeros((len(plan.discipline.limits), 4))

    def add(self, entry: Entry) -> None:
        """Takes in the visits of a block."""
        count = weights(entry.own.plan.route.stretches, len(entry.block.outcomes.good))  # of a row, in lots
        self._visits(entry)
        self._stays(entry, count)
        self._kept(entry, count)
        self._joined(entry, count)
        if self.plan.discipline.limits:
            self._limits(entry)

    def _visits(self, entry: Entry) -> None:
        """Visits that end inside the window. With mean values a visit counts by the chance that the lot is there."""
        lots, v = entry.lots, entry.visits
        work = v.held + v.tail
        times = {"visits": v.parts[LOT], "queue_us": v.start - v.arrived, "process_us": work, "held_us": v.held, "turned": v.parts[LOT] <= 0,
                 "stood_us": np.maximum(v.end - v.start - work, 0.0)}
        if entry.block.needs.move.any():
            times |= {"moved_us": entry.block.needs.move.ravel().take(v.row * entry.own.size + v.step)}
        if lots.spoiled.any():  # runs that a failure cut short
            spoiled = v.step == lots.cut[v.lot]
            times |= {"spoiled": spoiled * v.parts[LOT], "spoiled_us": spoiled * v.parts[HOURS] * HOUR}
        for name, found in zip(times, sums(v.step, v.done & (v.end >= self.start), list(times.values()), entry.own.size), strict=True):
            self.arrays[name][entry.own.at] += found

    def _stays(self, entry: Entry, count: Floats) -> None:
        """Lot-µs inside the window."""
        v, own = entry.visits, entry.own
        came, began, ended = (np.clip(times, *self.window) for times in (v.arrived, v.start, v.end))
        for name, stay in (("queue_area_us", began - came), ("stay_area_us", ended - came)):
            self.arrays[name][own.at] += by_step(v.step, stay * count[v.row] if own.plan.route.stretches else stay, own.size)

    def _kept(self, entry: Entry, count: Floats) -> None:
        """A lot that its tool must keep stays at the step that is over."""
        if not entry.block.kept:
            return
        row, step, since, until = (np.array(column) for column in zip(*entry.block.kept, strict=True))
        inside = np.clip(until, *self.window) - np.clip(since, *self.window)
        for name in ("stay_area_us", "kept_us"):
            self.arrays[name] += by_step(step, inside * count[row], self.size)

    def _joined(self, entry: Entry, count: Floats) -> None:
        """Parts of lots that wait for the others."""
        area, waited = waits(entry.block.joined, count, self.size, self.window)
        for name, values in (("queue_area_us", area), ("stay_area_us", area), ("queue_us", waited)):
            self.arrays[name] += values[:-1]
        self.apart_us += waited[-1]

    def _limits(self, entry: Entry) -> None:
        self.clocks[:, :2] += clocked(entry.own.plan, entry.visits, entry.block.clocks)
        for limit, when, left in entry.block.late:
            self.clocks[limit, 3 if left else 2] += self.start <= when < self.end

    def per_lot(self, lots_left: float) -> dict[str, float]:
        """µs of a lot that goes all the way: mean visits, summed over positions by the share of lots that visit them. *lots_left* waited for their
        parts."""
        route, visits, came = self.plan.route, self.arrays["visits"], self.arrays["visits"] + self.arrays["turned"]
        share = route.share
        if len(route.detours):  # as many as were over a limit of queue time, which the closed form leaves out
            first = np.where(route.origin >= 0, route.origin, np.arange(self.size))
            share = share[first] * np.divide(visits, came[first], out=np.ones_like(visits), where=came[first] > 0)
        means = {name: np.divide(self.arrays[name], visits, out=np.zeros_like(visits), where=visits > 0) for name in ("queue_us", "process_us")}
        found = {name: float(mean @ share) for name, mean in means.items()}
        if self.apart_us:
            found["queue_us"] += self.apart_us / lots_left
        return found
