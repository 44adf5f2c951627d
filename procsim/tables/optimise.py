"""Makes the tables of an optimum: the trials that there were, what nothing else beats in output and cost, and what simulation says of the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

OUTPUT, COST = "good_units_per_week", "cost_per_good_unit_loaded"
ENDS = "least cost", "most output"


def trials_table(rows: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> pd.DataFrame:
    """One row per trial, in the order in which they were made: how it came about, what each variable was, the figures, whether it will do and is the
    *best*, and why not. The columns *numbers* hold these."""
    made = pd.DataFrame(list(rows))
    return made.assign(**{name: pd.to_numeric(made[name]) for name in numbers})


def frontier(trials: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """One row per trial that will do and that no other beats both in output and in cost, the cheapest first; *end* names the first and the last."""
    columns = ["end", OUTPUT, COST, "trial", *names]
    known = trials[trials["will_do"]].dropna(subset=[OUTPUT, COST]) if {OUTPUT, COST} <= {*trials.columns} else trials.iloc[:0]
    if known.empty:
        return pd.DataFrame(columns=columns)
    kept, most = [], float("-inf")
    for at, row in known.sort_values([COST, OUTPUT, "trial"], ascending=[True, False, True]).iterrows():
        if row[OUTPUT] > most:
            most = row[OUTPUT]
            kept.append(at)
    made = known.loc[kept]
    ends = [""] * len(made)
    ends[-1], ends[0] = ENDS[1], ENDS[0] if len(made) > 1 else " and ".join(ENDS)
    return made.assign(end=ends)[columns].reset_index(drop=True)
