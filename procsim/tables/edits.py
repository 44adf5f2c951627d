"""Makes the tables of ``whatif``: how an edit moves every figure, on the same random numbers, and where the difference comes from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from procsim.closed_form.capacity import resource_names
from procsim.closed_form.exactness import ESTIMATE, overloaded, says
from procsim.costs.totals import Totals
from procsim.maths.arrays import Floats
from procsim.maths.controls import controlled, replications_to_tell
from procsim.maths.statistics import Difference
from procsim.planning.plan import INCOMING, Plan
from procsim.recipe.difference import Changed
from procsim.results.metrics import METRICS, bottleneck_name, loads, pool_loads, series
from procsim.results.paired import Change, Line, Parts, change, controls_of, figures, parts
from procsim.tables.money import cost_by_category, cost_by_step

LOADED = next(metric for metric in METRICS if metric.name == "cost_per_good_unit_loaded")
COST_TABLES: dict[str, Callable[[Plan, Sequence[Totals]], pd.DataFrame]] = {"category": cost_by_category, "step": cost_by_step}
"""What the fully loaded cost is parted into, and the table that does."""
AIM = 5.0
"""How many times narrower the same random numbers are to make an interval."""
LARGEST = 12
"""Bars of a waterfall, at most, beside base, edit and the sum of all others."""
SEEN = 0.002
"""Share of all that moved, up and down, from which on a bar can be seen."""
TINY = 1e-9
"""USD, and shares, that are no difference."""
BLANK = ""


def whatif(base: Line, other: Line) -> pd.DataFrame:
    """One row per figure: base and edit, and their *difference* on the same random numbers with its interval; how many times narrower that is than
    with independent ones (*gain*), what the difference was *controlled_by*, the difference in closed form and whether that is exact, a verdict, and
    about how many replications would tell one as large as this. A difference that was controlled is that of the long run: the *edit* is then the base
    and this difference, and not quite the mean of its own replications, *edit_mean*. *replications_to_gain_5* is about how many of them, on the same
    random numbers, leave an interval five times narrower than those at hand would with independent ones."""
    confidence = base.plan.confidence
    rows = [_figure(change(metric, base, other, confidence), base, other) for metric in figures(base, [other])]
    return pd.DataFrame(rows, columns=["metric", "unit", "base", "edit", "difference", "ci_low", "ci_high", "replications", "gain", "controlled_by",
                                       "closed_form", "closed_form_is", "verdict", "replications_to_tell", "edit_mean", "replications_to_gain_5"])


def _figure(one: Change, base: Line, other: Line) -> tuple[object, ...]:
    found, n, confidence = one.difference, len(base.totals), base.plan.confidence
    expected = float(one.metric.expected(other.closed) - one.metric.expected(base.closed))
    told = verdict(found)
    over = overloaded(base.closed) or overloaded(other.closed)
    guesses = {says(line.plan, one.metric.name, expected, over) for line in (base, other)}
    needed = replications_to_tell(found, n, confidence) if told == CANNOT else math.nan
    after = one.before + found.mean if one.controlled else one.after
    return (one.metric.name, one.metric.unit, one.before, after, found.mean, found.low, found.high, n, one.gain, ", ".join(one.controlled),
            expected, ESTIMATE if ESTIMATE in guesses else guesses.pop(), told, needed, one.after, _to_gain(one.gain, n))


def _to_gain(gain: float, n: int) -> float:
    """So many replications leave an interval ``AIM`` times narrower than *n* do with independent random numbers, where *n* gain so much: its width
    goes with the square root of their number."""
    return max(float(math.ceil(n * (AIM / gain) ** 2)), float(n)) if gain > 0 else math.nan


CANNOT, SAME, ALONE = "cannot tell", "same", "one replication: no interval"


def verdict(found: Difference) -> str:
    """In words: whether the difference is more than noise; "" where it is."""
    if math.isnan(found.mean):
        return BLANK
    if math.isnan(found.low):
        return ALONE
    if found.low == found.high == 0:
        return SAME
    return CANNOT if found.low <= 0 <= found.high else BLANK


def cost_change(base: Line, other: Line, key: str) -> pd.DataFrame:
    """One row per step or category (*key*) that the edit moved: USD per good unit before and after, and the paired difference. All differences sum to
    that of the fully loaded cost: what this was controlled by, they are too, and what stands after is what stood before and the difference."""
    make, confidence = COST_TABLES[key], base.plan.confidence
    tables = [_by_replication(make, key, line) for line in (base, other)]
    names = [*tables[1], *[name for name in tables[0] if name not in tables[1]]]
    _, controls = controls_of(LOADED, base, other)
    below = [series(line.totals, lambda t: t.good) for line in (base, other)]
    nothing = np.zeros(len(base.totals))
    rows = []
    for name in names:
        one, two = (parts(table.get(name, nothing), good) for table, good in zip(tables, below, strict=True))
        found = _apart(one, two, confidence, controls)
        after = one.centre + found.mean if controls is not None else two.centre
        rows.append((name, one.centre, after, found.mean, found.low, found.high))
    made = pd.DataFrame(rows, columns=[key, "base_usd", "edit_usd", "difference_usd", "ci_low", "ci_high"])
    return made[made["difference_usd"].abs() > TINY].reset_index(drop=True)


def _by_replication(make: Callable[[Plan, Sequence[Totals]], pd.DataFrame], key: str, line: Line) -> dict[str, Floats]:
    """USD of each step or category, by replication."""
    each = [make(line.plan, [t]).set_index(key)["cost_per_good_unit_usd"] * t.good for t in line.totals]
    return {str(name): np.array([one[name] for one in each], dtype=float) for name in each[0].index}


def _apart(one: Parts, two: Parts, confidence: float, controls: Floats | None = None) -> Difference:
    return controlled(two.centre - one.centre, two.deviations - one.deviations, max(abs(one.centre), abs(two.centre)), confidence, controls)


def waterfall(moved: pd.DataFrame, key: str, base_usd: float) -> pd.DataFrame:
    """One row per bar from the base's cost to the edit's: the largest of what *moved* (as of ``cost_change``), the largest first, and all others,
    and those that are too small to be seen, as one."""
    sizes = moved["difference_usd"].abs()
    ordered = moved.reindex(sizes.sort_values(ascending=False, kind="stable").index)
    count = min(LARGEST, max(int((sizes >= SEEN * sizes.sum()).sum()), 1))
    shown, rest = ordered.head(count), ordered.iloc[count:]
    bars = list(zip(shown[key], shown["difference_usd"], strict=True))
    if len(rest):
        bars.append((f"{len(rest)} other{'s' if len(rest) > 1 else ''}", float(rest["difference_usd"].sum())))
    rows, at = [("base", 0.0, base_usd, base_usd)], base_usd
    for name, step in bars:
        rows.append((str(name), at, at + step, step))
        at += step
    rows.append(("edit", 0.0, at, at))
    made = pd.DataFrame(rows, columns=["item", "from_usd", "to_usd", "change_usd"])
    made.insert(0, "by", key)
    return made


def yield_change(base: Line, other: Line) -> pd.DataFrame:
    """One row per step at which more or fewer units are lost: its yield before and after, the units lost there as shares of those started, and the
    difference of these; all differences sum to that of the yield, with the sign turned."""
    each = [_lost(line) for line in (base, other)]
    none = np.zeros(len(base.totals))
    rows = []
    for name in [*each[1], *[name for name in each[0] if name not in each[1]]]:
        sides = [found.get(name, (none, none)) for found in each]
        started = [series(line.totals, lambda t: t.sums["units_started"]) for line in (base, other)]
        one, two = (parts(lost, below) for (lost, _), below in zip(sides, started, strict=True))
        found = _apart(one, two, base.plan.confidence)
        if abs(found.mean) > TINY:
            yields = [1.0 - float(lost.sum() / come.sum()) if come.sum() > 0 else math.nan for lost, come in sides]
            rows.append((name, *yields, one.centre, two.centre, found.mean, found.low, found.high))
    return pd.DataFrame(rows, columns=["step", "base_step_yield", "edit_step_yield", "base_lost", "edit_lost", "difference", "ci_low", "ci_high"])


def _lost(line: Line) -> dict[str, tuple[Floats, Floats]]:
    """Units lost at each step, and good units that came to it, by replication."""
    lost = np.array([t.units_lost for t in line.totals], dtype=float)
    come = np.array([t.by_step["good_in"] for t in line.totals], dtype=float)
    started = series(line.totals, lambda t: t.sums["units_started"])
    names = list(line.plan.steps)
    return {INCOMING: (lost[:, len(names)], started)} | {name: (lost[:, s], come[:, s]) for s, name in enumerate(names)}


def load_change(base: Line, other: Line) -> pd.DataFrame:
    """One row per tool group and pool of operators: how many there are and how loaded they are, before and after; the difference with its interval,
    and of which line it is the *bottleneck*."""
    sides = [_loads(line) for line in (base, other)]
    most = [bottleneck_name(line.plan, line.totals) for line in (base, other)]
    rows = []
    for name in [*sides[0], *[name for name in sides[1] if name not in sides[0]]]:
        one, two = (side.get(name) for side in sides)
        found = _load_apart(one[1], two[1], base.plan.confidence) if one is not None and two is not None else None
        numbers = [one[0] if one else 0, two[0] if two else 0, *(float(x[1].mean()) if x else math.nan for x in (one, two)),
                   *(x[2] if x else math.nan for x in (one, two))]
        ends = (found.mean, found.low, found.high) if found is not None else (math.nan,) * 3
        which = " and ".join(word for word, top in zip(("base", "edit"), most, strict=True) if top == name)
        rows.append((name, *numbers, *ends, which))
    return pd.DataFrame(rows, columns=["tool_group", "base_count", "edit_count", "base_load", "edit_load", "base_expected_load",
                                       "edit_expected_load", "difference", "ci_low", "ci_high", "bottleneck"])


def _loads(line: Line) -> dict[str, tuple[int, Floats, float]]:
    """Of each tool group and pool: how many, the load of each replication, and the load in closed form."""
    found = np.append(loads(line.totals), pool_loads(line.totals), axis=1)
    counts = [*line.plan.groups.count.tolist(), *(0 for _ in line.plan.groups.duty.pools)]
    return {name: (int(counts[r]), found[:, r], float(line.closed.steady[r])) for r, name in enumerate(resource_names(line.plan))}


def _load_apart(one: Floats, two: Floats, confidence: float) -> Difference:
    apart = two - one
    return controlled(float(apart.mean()), apart - apart.mean(), 1.0, confidence)


def recipe_changes(found: Sequence[Changed]) -> pd.DataFrame:
    """One row per key that the edit changed: from what to what, where the one was written and where the other."""
    return pd.DataFrame([(one.address, one.before, one.after, one.written, one.edited) for one in found],
                        columns=["address", "base", "edit", "written_at", "edited_at"], dtype=str)


def moved_bottleneck(base: Line, other: Line) -> tuple[str, str]:
    """The most loaded tool group or pool of each; "" where mean values do not tell."""
    return bottleneck_name(base.plan, base.totals), bottleneck_name(other.plan, other.totals)

