"""Keeps the books of one replication: where every unit and every dollar went. They must balance.

Figures of units and money are taken over the lots that leave the line inside the window, each with its whole history:

    charged in the window = charged to lots that left (to good units + to escapes + to scrap) + change of WIP
    spent in the window   = charged in the window + cost of unused capacity

There is a book for each of times, units, charges and what units cost; the ledger hands every block of lots to all of them.
"""

from __future__ import annotations

import numpy as np

from procsim.closed_form.lot_cost import unit_worth
from procsim.costs.absorbed import unabsorbed
from procsim.costs.charges import Charges
from procsim.costs.entry import Entry, entry
from procsim.costs.lots import rows
from procsim.costs.rates import rates
from procsim.costs.spool import LOT_COLUMNS, Spool
from procsim.costs.step_times import StepTimes
from procsim.costs.time_series import Diary
from procsim.costs.tool_hours import group_hours
from procsim.costs.totals import Totals
from procsim.costs.unit_costs import UnitCosts
from procsim.costs.unit_counts import UnitCounts
from procsim.costs.visits import priced
from procsim.costs.ways import Ways
from procsim.lots.records import Block, Run
from procsim.maths.arrays import Floats
from procsim.planning.own_route import OwnRoute, own_route
from procsim.planning.plan import BY_THE_HOUR, HOUR, Plan


class Ledger:
    """Collects blocks of one replication; ``close`` adds the run's own figures and checks that everything balances.

    A row for every lot (``LOT_COLUMNS``) is kept with *keep_lots*, or handed to *spool*. Else what is kept of a lot that is finished is
    its cycle time and when it left, for quantiles and the warm-up: 24 bytes."""

    def __init__(self, plan: Plan, keep_lots: bool = False, spool: Spool | None = None) -> None:
        self.plan, self.keep_lots, self.spool = plan, keep_lots, spool
        self.bases, self.rates, self.own = priced(plan), rates(plan), dict[int, OwnRoute]()
        self.times, self.units = StepTimes(plan), UnitCounts(plan)
        self.charges, self.unit_costs = Charges(plan, self.bases), UnitCosts(plan, self.rates)
        self.diary, self.ways = Diary(plan.horizon_us), Ways(plan)
        self.lots: list[Floats] = []
        self.all_visits = 0

    def add(self, block: Block) -> None:
        """Takes in a block whose lots have left, or that the horizon cut short."""
        if block.stream not in self.own:
            self.own[block.stream] = own_route(self.plan, block.stream)
        one = entry(self.own[block.stream], block, self.bases)
        cost = self.rates.cost(one.own, one.visits)
        self.all_visits += int(one.visits.done.sum())
        self.diary.add(one)
        self.times.add(one)
        self.units.add(one)
        self.charges.add(one)
        self.unit_costs.add(one, cost)
        if self.keep_lots or self.spool is not None:
            self._keep(one, cost)
            self.ways.add(one)

    def _keep(self, one: Entry, cost: Floats) -> None:
        """A row for each lot, for lots.csv."""
        made = rows(one.block, one.lots, self.rates.spent(one, cost))
        if self.keep_lots:
            self.lots.append(made)
        if self.spool is not None:
            self.spool.add(one.block.stream, one.block.first, len(one.lots.gone), made)

    def close(self, run: Run) -> Totals:
        """The Totals of the replication. Raises BalanceError where units, money or hours went missing."""
        plan, charges = self.plan, self.charges
        tools = group_hours(plan, run.tools)
        unused, paid, revalued = unabsorbed(plan, charges.hours("window"), charges.hours("left"))
        charged, by_step = charges.priced("window"), plan.route.by_step
        arrays, units = self.times.arrays | self.units.arrays, self.units
        skipped = float((arrays["known_bad"] * unit_worth(plan))[plan.losses.skips].sum())
        totals = Totals(
            hours=plan.hours, sums=units.sums | {"lots_lost": float(run.lost), "skipped_usd": skipped},
            by_step={name: by_step(values) for name, values in arrays.items()}, per_lot_us=self.times.per_lot(units.sums["lots_left"]),
            wip_lot_hours=run.wip_lot_hours, lot_hours=units.lot_us / HOUR,
            cost=by_step(charges.priced("left")), unused=unused, charged=float(charged.sum()) + revalued,
            spent=float(charged[:, :BY_THE_HOUR].sum() + plan.money.hourly.sum() * plan.hours),
            wip_value=np.array([charges.priced("before").sum(), charges.priced("after").sum() + revalued]), value=self.unit_costs.value,
            scrap_caused=by_step(self.unit_costs.caused), scrap_found=by_step(self.unit_costs.found),
            losses=by_step(units.losses + units.escaped), escaped=by_step(units.escaped), spread=units.spread, amounts=charges.amounts(),
            by_stream=np.column_stack([units.by_stream, self.unit_costs.by_stream]), paid_hours=paid,
            state_hours=tools.state, failures=tools.failures, setup_hours=tools.setup, setups=tools.setups, blocked=tools.blocked,
            inside=tools.inside, pools=run.pools, seen=run.seen, clocks=self.times.clocks, cycle_times=np.concatenate([np.zeros(0), *units.cycles]),
            lots=np.concatenate([np.zeros((0, len(LOT_COLUMNS))), *self.lots]), time_series=self.diary.close(), released=run.released,
            all_visits=self.all_visits, stalled=run.stalled, wip=run.wip, margin=plan.money.margin,
            ways=self.ways.close())
        totals.check()
        return totals
