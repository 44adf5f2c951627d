"""Makes the tables of cost against volume, and of the cost of one more, a tool too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from procsim.closed_form.crossover import AtVolume
from procsim.closed_form.exactness import EXACT
from procsim.closed_form.marginal_cost import Marginal, Volume, Week
from procsim.closed_form.one_more_tool import OneMoreTool
from procsim.closed_form.sensitivity import USD, told
from procsim.planning.plan import Plan


def marginal_cost(found: Sequence[Marginal], word: str = EXACT) -> pd.DataFrame:
    """One row per thing that there may be one more of, in closed form: how much more a week costs, in all and per good unit.

    Panels started a week are held (but for one more panel) and so are tools, but that *tools_added* are bought where the line would be overloaded
    without. The *loaded* columns are the short run: they pay only for what is added to the bill, materials and tools that are bought, and neither for
    the fuller line's waiting nor, for one more panel, for what is paid once and is paid already. The *direct* ones are the long run: they price tool
    time at its practical rate, as if tools came, or went, in proportion. Differences are told to four digits.
    *expected_is* is the *word* for the cost: exact or estimate.
    """
    of: tuple[Callable[[Week], float], ...] = (lambda w: w.direct, lambda w: w.loaded, lambda w: w.good, lambda w: w.direct_each,
                                               lambda w: w.loaded_each, lambda w: w.tools)
    return pd.DataFrame([(m.what, m.edit, *(told(m.more(one), USD) for one in of), m.after.bottleneck, m.after.load) for m in found],
        columns=["one_more", "edit", "direct_usd_per_week", "loaded_usd_per_week", "good_units_per_week", "direct_usd_per_good_unit",
                 "loaded_usd_per_good_unit", "tools_added", "bottleneck", "bottleneck_load"]).assign(expected_is=word)


def cost_at_volume(names: Sequence[str], found: Sequence[AtVolume]) -> pd.DataFrame:
    """One row per volume and flow, in closed form: USD per good unit where each flow gives so many *good_units_per_week*, with the fewest tools
    that its ``line.max_load`` allows, and whether it is the cheapest of them."""
    rows = [(one.good, name, one.cost[n], n == one.cheapest) for one in found for n, name in enumerate(names)]
    return pd.DataFrame(rows, columns=["good_units_per_week", "flow", "cost_per_good_unit_usd", "cheapest"])


def cost_by_volume(found: Sequence[Volume], word: str = EXACT) -> pd.DataFrame:
    """One row per volume, in closed form: USD per good unit where the line has as many tools of each kind as work no more than their practical
    capacity (a share of the clock; as a *bottleneck_load*, of the hours that tools are up, it is more), one at least, and what is paid once (tooling,
    NRE) is spread over *volume_units*, which grow with the volume, as if the product lived as long. *expected_is* is as of ``marginal_cost``."""
    return pd.DataFrame([(
        v.pace, v.week.panels, v.week.good, v.volume_units, v.week.tools, v.week.bottleneck, v.week.load, v.week.one_off / v.week.good,
        v.week.direct_each, v.week.loaded_each - v.week.direct_each, v.week.loaded_each) for v in found],
        columns=["volume", "panels_per_week", "good_units_per_week", "volume_units", "tools", "bottleneck", "bottleneck_load", "one_off_usd",
                 "direct_usd", "unused_capacity_usd", "cost_per_good_unit_usd"]).assign(expected_is=word)


def one_more_tool(plan: Plan, found: Sequence[OneMoreTool]) -> pd.DataFrame:
    """One row per tool group of the most loaded ones, in closed form: what one more tool of it changes by itself, the tools of all others held. The
    *load* is what comes over what the group can take, and *bottleneck* is what is then the most loaded; cycle times are estimates."""
    rows = [(plan.groups.names[one.group], int(plan.groups.count[one.group]), one.before.tools.load[one.group], one.after.tools.load[one.group],
             told(one.after.time.cycle_h - one.before.time.cycle_h, USD), told(one.after.loaded - one.before.loaded, USD), one.bottleneck,
             float(one.after.loads.max())) for one in found]
    return pd.DataFrame(rows, columns=["tool_group", "count", "load", "load_with_one_more", "cycle_time_h", "loaded_usd_per_good_unit", "bottleneck",
                                       "bottleneck_load"])
