"""Says what tool groups cost beyond what visits are charged for: unused capacity, and where more was charged than they cost, who gets it back.

Where a group works for fewer hours than are practical, the rest is unused capacity, an expense of the window. Where it works for more, its visits
are charged for more than it costs; then the hour is cheaper than its rate, for lots in the line as for those that left, so that no lot in the
line is worth more than it cost (as IAS 2 *Inventories*, paragraph 13, has it of abnormally high production). Of what was charged too much, lots
that left get back what their hours were charged, and the rest is no gain: it comes off the value of the lots in the line.
"""

from __future__ import annotations

import numpy as np

from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan


def unabsorbed(plan: Plan, paid: Floats, left: Floats) -> tuple[Floats, Floats, float]:
    """Cost of unused capacity, (G, C), below 0 where too much was charged; the hours that it goes by, (R, G); and what lots in the line are worth
    less than at the rates. *paid* (R, G) are hours of tools that each stream paid for in the window, *left* (R, G) those of lots that left in it."""
    whole = plan.money.hourly * plan.hours
    short = whole - paid.sum(axis=0)[:, None] * plan.money.rate
    short = np.where(np.abs(short) <= 1e-12 * whole, 0.0, short)
    over = short.sum(axis=1) < 0
    share = np.where(over, left.sum(axis=0) / np.where(over, paid.sum(axis=0), 1.0), 1.0)
    unused = short * share[:, None]
    return unused, np.where(over, left, paid), float(short.sum() - unused.sum())
