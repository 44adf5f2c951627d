"""Makes the tables of how yield differs from panel to panel and from lot to lot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from procsim.costs.totals import SHARES, Totals
from procsim.maths.arrays import Floats
from procsim.tables.columns import mean

WIDTHS = (1, 2, 5, 10, 20, 50)
"""Widths of a bin, in thousandths of a panel's or lot's units."""
ROWS = 30
"""Bins at most, but for stragglers."""


def yield_per_panel(totals: Sequence[Totals]) -> pd.DataFrame:
    """One row per bin of the share of a panel's units that are shipped good, *yield_from* up to, but without, *yield_to* (both 0: nothing
    good); *panels* that left in the window of one replication; *cumulative_share* is what part of all panels yields less than
    *yield_to*, so that quantiles can be read off. Panels lost whole, with their lot or alone, yield nothing."""
    return _table(mean(totals, "spread")[0], "panels")


def yield_per_lot(totals: Sequence[Totals]) -> pd.DataFrame:
    """The same for lots, whose mean hides what differs between their panels."""
    return _table(mean(totals, "spread")[1], "lots")


def _table(counts: Floats, what: str) -> pd.DataFrame:
    """Bins as fine as their number allows; those with nothing good have a row of their own."""
    met = np.flatnonzero(np.cumsum(counts[1:]) > counts[1:].sum() / SHARES) + 1  # without the last thousandth, which would make bins coarse
    last = int(np.flatnonzero(counts)[-1]) if counts.any() else 0
    width = next((w for w in WIDTHS if not met.size or (last - int(met[0])) // w < ROWS), WIDTHS[-1])
    first = np.arange(0, SHARES + 1, width)
    held = np.append(counts[0], np.add.reduceat(np.append(0.0, counts[1:]), first))
    low, high = np.append(0, first) / SHARES, np.append(0, first + width) / SHARES
    share = held / (counts.sum() or 1.0)
    table = pd.DataFrame({"yield_from": low, "yield_to": high, what: held, "share": share, "cumulative_share": np.cumsum(share)})
    return table[held > 0].reset_index(drop=True)
