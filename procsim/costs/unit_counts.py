"""Counts what became of units and lots that left the line, by step, by kind of loss and by release stream."""

from __future__ import annotations

import numpy as np

from procsim.costs.by_step import by_step
from procsim.costs.departures import Departures
from procsim.costs.entry import Entry
from procsim.costs.passing import passing
from procsim.costs.scrap import known
from procsim.costs.totals import SHARES, STREAM
from procsim.maths.arrays import Bools, Floats
from procsim.planning.plan import HOUR, Plan
from procsim.planning.wip import NEVER
from procsim.quality.defect_sources import KINDS, sources

_SUMS = ("lots_started", "lots_left", "lots_finished", "units_started", "good", "escapes", "removed", "scrapped", "in_line",
         "lots_due", "lots_tardy", "tardy_us", "infant")
_BY_STEP = ("panels_lost", "units_in", "good_in", "cut_in", "found_bad", "known_bad")


class UnitCounts:
    """Counts of one replication, by names as of ``Totals``. With mean values a lot counts by its chance to be left."""

    def __init__(self, plan: Plan) -> None:
        self.plan, size = plan, len(plan.group_of)
        self.sums = dict.fromkeys(_SUMS, 0.0)
        self.arrays: dict[str, Floats] = {name: np.zeros(size) for name in _BY_STEP}
        self.by_stream = np.zeros((len(plan.streams), len(STREAM) - 1))  # what they cost is in another book
        self.losses, self.escaped = (np.zeros((size + 1, len(KINDS))) for _ in range(2))
        self.spread = np.zeros((2, SHARES + 1))
        self.cycles: list[Floats] = []
        self.lot_us = 0.0

    def add(self, entry: Entry) -> None:
        """Takes in the units of a block."""
        finished = entry.shipped & entry.lots.whole
        count = np.where(finished, entry.block.outcomes.lots[: len(finished), -1], 0.0)
        self._lots(entry, count)
        self._due(entry, count)
        self._shipped(entry)
        self._removed(entry)
        self._departed(entry)
        self._spread(entry)
        self._stream(entry, count, finished)

    def _lots(self, entry: Entry, count: Floats) -> None:
        """Lots that came and left, those that were finished by their *count* (L,), and the units that they began with."""
        lots, units = entry.lots, entry.lots.panels * entry.units
        inside = lots.entered & (lots.released >= self.plan.warmup_us)
        self._plus(lots_started=inside.sum(), lots_left=lots.cohort.sum(), lots_finished=count.sum(), units_started=units[lots.cohort].sum(),
                   in_line=units[lots.entered & ~lots.gone].sum())

    def _due(self, entry: Entry, count: Floats) -> None:
        """Lots that were to be finished by a date."""
        lots = entry.lots
        dated = np.where(lots.due > NEVER, count, 0.0)
        late = np.where(dated > 0, lots.left - lots.due, 0)
        self._plus(lots_due=dated.sum(), lots_tardy=dated[late > 0].sum(), tardy_us=(np.maximum(late, 0) * dated).sum())

    def _shipped(self, entry: Entry) -> None:
        outcomes, whole = entry.block.outcomes, entry.lots.whole
        self._plus(good=outcomes.good[whole].sum(), escapes=outcomes.escapes[whole].sum(), infant=outcomes.infant[whole].sum())
        ways = sources(entry.own.plan.losses)
        np.add.at(self.escaped, (entry.own.with_end[ways.cause], ways.kind), outcomes.escaped[whole].sum(axis=0))

    def _removed(self, entry: Entry) -> None:
        """Units at the steps that their lot came to, up to the one at which it was scrapped, if it was."""
        block, lots, outcomes, scrapped = entry.block, entry.lots, entry.block.outcomes, entry.scrapped
        walked = lots.cohort[:, None] & (np.arange(entry.own.size)[None, :] < lots.cut[:, None])
        bad = known(block, entry.units, entry.live, scrapped.lot, scrapped.at)
        self._at(entry, "cut_in", by_step(scrapped.at, scrapped.units + bad, entry.own.size))
        self._plus(removed=outcomes.removed[walked].sum() + bad.sum(), scrapped=outcomes.scrapped[walked].sum() + scrapped.units.sum())
        number = len(outcomes.good)
        for name, table in (("panels_lost", outcomes.panels_lost), ("units_in", outcomes.sites[:number, :-1]),
                            ("known_bad", (outcomes.sites - outcomes.live)[:number, :-1])):
            self._at(entry, name, np.where(walked, table, 0.0).sum(axis=0))

    def _departed(self, entry: Entry) -> None:
        """Units found bad, or lost, by what made them so; whoever is not lost yet comes to a step as good."""
        left, scrapped, plan = entry.left, entry.scrapped, entry.own.plan
        self._lost(entry, left)
        self._lost(entry, scrapped)
        self._at(entry, "found_bad", by_step(left.at, entry.found, entry.own.size))
        lost = (np.append(left.lot, scrapped.lot), np.append(left.cause, scrapped.cause), np.append(left.units, scrapped.units))
        self._at(entry, "good_in", passing(plan, entry.block, entry.lots, sources(plan.losses).cause, lost))

    def _at(self, entry: Entry, name: str, values: Floats) -> None:
        """Adds *values* by positions of the block's own route."""
        self.arrays[name][entry.own.at] += values

    def _lost(self, entry: Entry, departed: Departures) -> None:
        np.add.at(self.losses, (entry.own.with_end[departed.cause], departed.kind), departed.units)

    def _spread(self, entry: Entry) -> None:
        """How many panels, and lots, have what share of their units good."""
        lots, units, cohort = entry.lots, entry.units, entry.lots.cohort
        panels = np.where(lots.whole[:, None], entry.block.outcomes.panel_good, 0.0)[cohort]
        real = np.arange(self.plan.lot_panels) < lots.panels[cohort][:, None]  # lots that were in the line at time 0 may have fewer panels
        for i, share in enumerate((panels[real] / units, panels.sum(axis=1) / (lots.panels * units)[cohort])):
            self.spread[i] += np.bincount((share * SHARES + 1e-9).astype(np.int64), minlength=SHARES + 1)

    def _stream(self, entry: Entry, count: Floats, finished: Bools) -> None:
        """Sums of the block's release stream, and how long its lots were in the line."""
        lots, outcomes, whole = entry.lots, entry.block.outcomes, entry.lots.whole
        stay = (np.clip(lots.left, *self._window) - np.clip(lots.released, *self._window))[lots.entered].sum()
        self.lot_us += float(stay)
        self.cycles.append((lots.left - lots.released)[finished].astype(float))
        self.by_stream[entry.block.stream] += (
            lots.cohort.sum(), count.sum(), (lots.panels * entry.units)[lots.cohort].sum(), outcomes.good[whole].sum(),
            outcomes.escapes[whole].sum(), (self.cycles[-1] * count[finished]).sum() / HOUR, stay / HOUR)

    @property
    def _window(self) -> tuple[int, int]:
        return self.plan.warmup_us, self.plan.horizon_us

    def _plus(self, **more: float) -> None:
        for name, value in more.items():
            self.sums[name] += float(value)

