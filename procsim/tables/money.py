"""Makes the tables of money: where it went by step, by category, by material. USD per good unit unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.costs.totals import Totals
from procsim.planning.plan import CATEGORIES, INCOMING, UNUSED, Plan
from procsim.tables.columns import good_units, mean, shape


def cost_by_step(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per step, then ``(incoming)`` (the panel that the line starts with) and ``(unused capacity)``; USD per good unit.

    The category columns sum to cost_per_good_unit_usd, whose sum is the fully loaded cost. What was scrapped because of a step
    and what was scrapped at it are memo columns: that money is already counted where it was spent.
    """
    good = good_units(totals)
    cost = mean(totals, "cost") / good
    unused = mean(totals, "unused").sum(axis=0) / good
    table = pd.DataFrame({"step": [*plan.steps, INCOMING, UNUSED], **{k: [*v, "", ""] for k, v in shape(plan).items() if k != "step"}})
    values = np.vstack([cost, unused[None, :]])
    for c, name in enumerate(CATEGORIES):
        table[f"{name}_usd"] = values[:, c]
    table["cost_per_good_unit_usd"] = values.sum(axis=1)
    table["scrap_caused_usd"] = [*(mean(totals, "scrap_caused") / good), 0.0]
    table["scrap_found_usd"] = [*(mean(totals, "scrap_found") / good), 0.0]
    table["source"] = [*plan.sources, "", ""]
    return table


def by_category(totals: Sequence[Totals]) -> dict[str, float]:
    """The fully loaded cost of a good unit, category by category; unused capacity is its own."""
    good = good_units(totals)
    values = [*(mean(totals, "cost").sum(axis=0) / good), mean(totals, "unused").sum() / good]
    return dict(zip([*CATEGORIES, "unused capacity"], map(float, values), strict=True))


def without_dies(plan: Plan, totals: Sequence[Totals]) -> dict[str, float]:
    """What a good unit costs step by step, and as the panel that comes in, but for its dies and for unused capacity."""
    of_dies = [name == "die" for name in CATEGORIES]
    cost = mean(totals, "cost")[:, np.logical_not(of_dies)].sum(axis=1) / good_units(totals)
    return dict(zip([*plan.steps, INCOMING], cost.tolist(), strict=True))


def cost_by_category(_: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per category. Sums to the fully loaded cost per good unit."""
    found = by_category(totals)
    table = pd.DataFrame({"category": list(found), "cost_per_good_unit_usd": list(found.values())})
    table["share"] = table["cost_per_good_unit_usd"] / (sum(found.values()) or float("nan"))
    return table


def materials(plan: Plan, totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per material: what the lots that left have used, in the unit it is bought in; mean of one replication. *bought_per_used* is
    above 1 where some of a minimum lot grows too old; *price_usd* per unit used counts that. What is used in a year is taken for panels that
    are all started and none lost or repaired, in full batches."""
    amounts = np.zeros(len(plan.money.materials))
    for use, amount in zip(plan.money.uses, mean(totals, "amounts"), strict=True):
        amounts[use.material] += amount
    cost = amounts * plan.money.prices
    return pd.DataFrame({"material": list(plan.money.materials), "amount": amounts, "unit": list(plan.money.units), "cost_usd": cost,
                         "cost_per_good_unit_usd": cost / good_units(totals), "bought_per_used": plan.money.surplus, "price_usd": plan.money.prices})
