"""Makes the tables of what a figure is sensitive to, and of what should be measured first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.sensitivity import ELASTIC, USD, Swing, by_elasticity, by_width, ranked, told
from procsim.maths.arrays import Floats
from procsim.maths.morris import summed_up, tied
from procsim.maths.sobol import Indices
from procsim.model.units import unit_of
from procsim.recipe.inputs import Input

GUESSED = ("estimate", "unsourced")
"""On whose word numbers stand that could be measured."""


def tornado(known: Sequence[Swing]) -> pd.DataFrame:
    """One row per input that the figure depends on, by what matters: each stands at the better of its places by range and by elasticity. *range* is
    what the figure takes over the low end, the value and the high end; *why* tells of ends at which it is not known what is wrong there."""
    places = [{one.known.address: n for n, one in enumerate(order, start=1)} for order in (by_width(known), by_elasticity(known))]
    rows = [(*_named(one.known), told(one.low_usd, USD), told(one.high_usd, USD), told(2 * one.half_usd, USD), told(one.elasticity, ELASTIC),
             *(order.get(one.known.address, math.nan) for order in places), str(one.known.place), one.why) for one in ranked(known)]
    made = pd.DataFrame(rows, columns=[*NAMED, "change_at_low", "change_at_high", "range", "elasticity", "place_by_range", "place_by_elasticity",
                                       "written_at", "why"])
    return made.astype({"place_by_range": "Int64", "place_by_elasticity": "Int64"})


def widest_first(made: pd.DataFrame) -> pd.DataFrame:
    """The rows of a *tornado* by range, as they are printed and drawn; of the same range, by elasticity."""
    return made.sort_values(["range", "elasticity"], key=abs, ascending=False, kind="stable")


NAMED = ["address", "value", "low", "high", "unit", "provenance", "source"]


def _named(known: Input) -> tuple[object, ...]:
    return known.address, known.value, known.low, known.high, unit_of(known.address), known.provenance, known.source


def morris(known: Sequence[Swing], effects: Floats) -> pd.DataFrame:
    """One row per input, the largest μ* first: its elementary *effects* (R, k), each what the figure would change by over the whole range at that
    slope. *tied* is whether it cannot be told from the next."""
    found = summed_up(effects)
    made = pd.DataFrame([_named(one.known) for one in known], columns=NAMED)
    for name in ("mu", "mu_se", "mu_star", "mu_star_se", "sigma", "sigma_se"):
        made[name] = getattr(found, name)
    order = np.array(sorted(range(len(known)), key=lambda i: (-found.mu_star[i], known[i].known.address)), dtype=float)
    made = made.iloc[order.astype(int)].reset_index(drop=True)
    return made.assign(tied=tied(effects, order))


def sobol(known: Sequence[Swing], groups: Sequence[Sequence[int]], found: Indices) -> pd.DataFrame:
    """One row per input, or group of them, the largest total index first: *first* is the share of the variance that would go if it were known
    exactly, *total* the share that would be left if all others were. *tied* is whether it cannot be told from the next."""
    order = sorted(range(len(groups)), key=lambda g: -found.total[g].mean)
    rows = []
    for at, g in enumerate(order):
        first, total = found.first[g], found.total[g]
        sure = at + 1 == len(order) or found.apart(g, order[at + 1]).low > 0
        told_of = [value for one in (first, total) for value in (one.mean, one.se, one.low, one.high)]
        rows.append((*_of_group(known, groups[g]), *told_of, not sure))
    return pd.DataFrame(rows, columns=["address", "inputs", *NAMED[1:], "first", "first_se", "first_ci_low", "first_ci_high", "total", "total_se",
                                       "total_ci_low", "total_ci_high", "tied"])


def _of_group(known: Sequence[Swing], group: Sequence[int]) -> tuple[object, ...]:
    if len(group) == 1:
        address, *rest = _named(known[group[0]].known)
        return (address, 1, *rest)
    return (f"all {len(group)} others", len(group), math.nan, math.nan, math.nan, "", "", "")


def shares_alone(known: Sequence[Swing], effects: Floats) -> dict[str, float]:
    """The share of the variance that each input has by its *effects* (k,) over its whole range, as if every one acted by itself and evenly."""
    parts = np.nan_to_num(np.array([(effect * _deviation(one.known)) ** 2 for one, effect in zip(known, effects.tolist(), strict=True)]), posinf=0.0)
    total = parts.sum()
    return {one.known.address: float(part / total) if total > 0 else 0.0 for one, part in zip(known, parts, strict=True)}


def _deviation(known: Input) -> float:
    """Standard deviation of an input, as a share of its range: of a triangle."""
    if known.low == known.high:
        return 0.0
    peak = (known.value - known.low) / (known.high - known.low)
    return math.sqrt((1 - peak + peak**2) / 18)


def measure_first(known: Sequence[Swing], shares: Mapping[str, float]) -> pd.DataFrame:
    """The inputs that somebody guessed, or gave no source for, by the share of the figure's variance that would go if they were measured."""
    rows = [(one.known.address, shares[one.known.address], one.known.provenance, one.known.value, one.known.low, one.known.high,
             unit_of(one.known.address), one.known.source, str(one.known.place))
            for one in known if one.known.provenance in GUESSED and shares.get(one.known.address, 0.0) > 0]
    made = pd.DataFrame(rows, columns=["address", "share_of_variance", "provenance", "value", "low", "high", "unit", "source", "written_at"])
    return made.sort_values(["share_of_variance", "address"], ascending=[False, True], ignore_index=True)
