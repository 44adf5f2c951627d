"""Defines the sums of one replication, and checks the identities that they must keep."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from procsim.costs.time_series import TimeSeries
from procsim.costs.ways import no_ways
from procsim.errors import BalanceError
from procsim.maths.arrays import Floats
from procsim.planning.wip import Wip

SHARES = 1000
"""Into so many parts the share of good units is told."""
STREAM = ("lots_left", "lots_finished", "units_started", "good", "escapes", "cycle_h", "lot_hours", "cost_usd")
"""What is known of every release stream: sums over its lots that left, and the lot-hours of all its lots in the window."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of one replication. S steps, G groups, C categories. "Left" is over lots that left in the window.

    *sums*: lots_started, lots_left, lots_finished, units_started, good, escapes, removed, scrapped (units of lots that left) and
    in_line (units of lots in the line at the horizon); lots_due (lots that were finished and had a due date), lots_tardy and
    tardy_us (those after it, and by how much), lots_lost outside a full buffer, infant: good units that are weak, and
    skipped_usd: what steps save that skip known-bad units. *by_step* (S,) each:
    visits, queue_us, process_us, held_us, stood_us (in a tool that is in repair or off, or waits for an operator) and moved_us (transport to the
    step) in the window, and in turned lots that came and were sent back;
    queue_area_us, stay_area_us: lot-µs of waiting, and of waiting and working, inside it, and kept_us those in a tool that
    must keep the lot after the step; panels_lost, units_in, found_bad and known_bad
    (units that come to a step and are known to be bad) of lots that left, of which good_in come good to a step, and cut_in in a lot that is
    scrapped there (not among units_in); spoiled: visits that a failure cut short, and spoiled_us of tools in them. *per_lot_us*: queue_us and
    process_us of a lot on its whole way.
    *cost* (S + 1, C): USD charged to lots that left, row S for the panel itself; *unused* (G, C); *wip_value* USD at both ends of the
    window, no more at its end than lots in the line cost; *charged* and *spent* USD in it; *value*: cost by outcome: good, escapes, scrap.
    *scrap_caused*, *scrap_found* (S + 1,) by step,
    S for what came in bad; *losses* (S + 1, K) units by step and kind of loss, of which *escaped*; *spread* (2, 1001): how many panels, and
    lots, that left have so many thousandths of their units good. *by_stream* (R, …): sums of every release stream. *paid_hours* (R, G): hours of
    tool time that each pays for in the window, or, of a group of which more was charged than it costs, those of its lots that left.
    *state_hours* (G, 6);
    *setup_hours* and *setups* (G,); *pools* and *seen* as of a Run; *blocked* (G,): hours of standby with finished lots that nobody takes;
    *inside* (G,): productive hours of in-line tools whose entrance was free. *clocks*
    (L, 4): lots checked, over, sent back and scrapped, by limit of queue time. *margin* is the plan's.
    *course* alone also tells of the time before the window; *wip* are the lots in the line at the horizon. *ways*: visits of some lots
    (``costs.ways``), in the first replication.
    """

    hours: float
    sums: dict[str, float]
    by_step: dict[str, Floats]
    per_lot_us: dict[str, float]
    wip_lot_hours: float
    lot_hours: float
    cost: Floats
    unused: Floats
    charged: float
    spent: float
    wip_value: Floats
    value: Floats
    scrap_caused: Floats
    scrap_found: Floats
    losses: Floats
    escaped: Floats
    spread: Floats
    amounts: Floats
    by_stream: Floats
    paid_hours: Floats
    state_hours: Floats
    blocked: Floats
    inside: Floats
    clocks: Floats
    failures: Floats
    setup_hours: Floats
    setups: Floats
    pools: Floats
    seen: Floats
    cycle_times: Floats
    lots: Floats
    time_series: TimeSeries
    released: int
    all_visits: int
    stalled: str
    wip: Wip
    margin: float
    ways: Floats = field(default_factory=no_ways)

    @property
    def good(self) -> float:
        """Units shipped and truly good."""
        return self.sums["good"]

    @property
    def units_lost(self) -> Floats:
        """Units by the step that lost them, (S + 1,), S for what came in bad."""
        return np.asarray(self.losses.sum(axis=1))

    def check(self) -> None:
        """Units, money and lot-hours balance, or BalanceError says which does not."""
        units = self.sums
        outcomes = units["good"] + units["escapes"] + units["removed"] + units["scrapped"]
        _equal("units", units["units_started"], outcomes, units["units_started"])
        _equal("units by cause", units["units_started"], units["good"] + self.units_lost.sum(), units["units_started"])
        _equal("money of lots", self.cost.sum(), self.value.sum(), self.cost.sum())
        _equal("money in the window", self.charged, self.cost.sum() + self.wip_value[1] - self.wip_value[0], abs(self.charged) + self.wip_value.sum())
        _equal("money spent", self.spent, self.charged + self.unused.sum(), self.spent)
        _equal("lot-hours (Little's law)", self.wip_lot_hours, self.lot_hours, self.lot_hours)


def _equal(what: str, one: float, other: float, scale: float) -> None:
    if abs(one - other) > 1e-6 + 1e-9 * abs(scale):
        raise BalanceError(f"{what} do not balance: {one!r} against {other!r}")
