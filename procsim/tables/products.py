"""Makes the tables of what each product, or release stream, gave and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from procsim.closed_form.by_release import borne
from procsim.closed_form.by_release import releases as in_closed_form
from procsim.closed_form.exactness import ESTIMATE, EXACT, says
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import STREAM, Totals
from procsim.maths import statistics
from procsim.maths.arrays import Floats, Ints
from procsim.planning.plan import Plan
from procsim.results.metrics import bounded
from procsim.tables.columns import ratio

WEEK_H = 168.0


def products(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> pd.DataFrame:
    """One row per product: what its lots that left gave and cost; figures with intervals (*_ci_low*, *_ci_high*) and, where there is one, the closed
    form (*expected_*; *expected_is* says which of these are estimates).

    Of the cost of unused capacity, which *cost_per_good_unit_loaded_usd* counts, a product bears the same share as of the hours for which tools of
    the group were paid in the window, so that what all products cost is what the line costs. *price_per_good_unit_usd* is there where the
    economics have a margin.
    """
    return _shared("product", [stream.product for stream in plan.streams], plan, totals, closed)


def streams(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> pd.DataFrame:
    """As ``products``, one row per release stream, with the product that it makes."""
    found = _shared("stream", [stream.name for stream in plan.streams], plan, totals, closed)
    found.insert(1, "product", [stream.product for stream in plan.streams])
    return found


def closed_products(plan: Plan, closed: ClosedForm) -> pd.DataFrame:
    """One row per product: what each gives and costs in closed form, in the columns *expected_* of ``products``."""
    names, which = _named([stream.product for stream in plan.streams])
    return pd.DataFrame({"product": names, **_foreseen(plan, closed, which)})


def closed_shares(what: str, plan: Plan, closed: ClosedForm) -> pd.DataFrame:
    """As ``products``, or ``streams`` where *what* says so, of the closed form alone: its figures stand where a run's do."""
    by_stream = what == "stream"
    names, which = _named([stream.name if by_stream else stream.product for stream in plan.streams])
    sums, lots = _closed(plan, closed, which), closed.starts.lots_per_h * plan.hours * closed.flow.finished
    means = {name: ratio(*pair)[0] for name, pair in _figures(sums, plan.money.margin).items()}
    found = {what: names} | ({"product": [stream.product for stream in plan.streams]} if by_stream else {})
    return _table(found | {"lots_finished": lots * sums["lots_finished"][0]}, {name: (one, one, one) for name, one in means.items()},
                  plan, _foreseen(plan, closed, which))


def _named(of: Sequence[str]) -> tuple[list[str], Ints]:
    """The names among *of*, each once, and which one each of these is."""
    names = list(dict.fromkeys(of))
    return names, np.array([names.index(name) for name in of])


def _foreseen(plan: Plan, closed: ClosedForm, which: Ints) -> dict[str, Floats]:
    """The columns in closed form."""
    figures = _figures(_closed(plan, closed, which), plan.money.margin)
    return {f"expected_{name}": ratio(*figures[name])[0] for name in figures}


def _shared(what: str, of: Sequence[str], plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> pd.DataFrame:
    """One row for each name among those *of* the streams (R), under the head *what*."""
    names, which = _named(of)
    run = _run(totals, which)
    found = {what: names, "lots_finished": run["lots_finished"].mean(axis=0)}
    each = {name: [bounded(name, statistics.ratio(a, b, plan.confidence), totals) for a, b in zip(above.T, below.T, strict=True)]
            for name, (above, below) in _figures(run, plan.money.margin).items()}
    told = {name: ([one.mean for one in estimates], [one.low for one in estimates], [one.high for one in estimates])
            for name, estimates in each.items()}
    return _table(found, told, plan, _foreseen(plan, closed, which))


def _table(found: Mapping[str, Any], told: Mapping[str, tuple[Any, Any, Any]], plan: Plan, foreseen: Mapping[str, Floats]) -> pd.DataFrame:
    """The columns *found*, the mean of each figure that is *told*, then their intervals, and the closed form."""
    columns = dict(found) | {name: means for name, (means, _, _) in told.items()}
    for name, (_, low, high) in told.items():
        columns |= {f"{name}_ci_low": low, f"{name}_ci_high": high}
    guessed = [name for name in told if says(plan, name.removesuffix("_usd").removesuffix("_h").removesuffix("_lots")) == ESTIMATE]
    return pd.DataFrame({**columns, **foreseen}).assign(expected_is=f"{ESTIMATE}: {', '.join(guessed)}" if guessed else EXACT)


def _figures(sums: Mapping[str, Floats], margin: float) -> dict[str, tuple[Floats, Floats]]:
    """Each figure by column, as a ratio of *sums* (n, K) by replication and product."""
    good, shipped, loaded = sums["good"], sums["good"] + sums["escapes"], sums["cost_usd"] + sums["unused_usd"]
    found = {"good_units_per_week": (good * WEEK_H, sums["hours"]), "yield": (good, sums["units_started"]),
             "escapes_ppm": (1e6 * sums["escapes"], shipped), "cycle_time_h": (sums["cycle_h"], sums["lots_finished"]),
             "wip_lots": (sums["lot_hours"], sums["hours"]), "cost_per_good_unit_direct_usd": (sums["cost_usd"], good),
             "cost_per_good_unit_loaded_usd": (loaded, good)}
    return found | ({"price_per_good_unit_usd": (loaded / (1.0 - margin), good)} if margin else {})


def _run(totals: Sequence[Totals], which: Ints) -> dict[str, Floats]:
    """Sums of every replication over the lots of each product, which stream r belongs to: *which* (R,)."""
    by = _together(np.array([t.by_stream for t in totals]), which)
    found = dict(zip(STREAM, np.moveaxis(by, 2, 0), strict=True))
    held = _together(np.array([t.paid_hours for t in totals]), which)
    shares = [borne(one, started) @ t.unused.sum(axis=1) for one, started, t in zip(held, found["units_started"], totals, strict=True)]
    hours = np.repeat([[t.hours] for t in totals], by.shape[1], axis=1)
    return found | {"unused_usd": np.array(shares), "hours": hours}


def _closed(plan: Plan, closed: ClosedForm, which: Ints) -> dict[str, Floats]:
    """The same of a lot of the mix in closed form, (1, K); lots share the WIP as they do the hours that they stay."""
    one, mix, stay = in_closed_form(plan, closed), closed.starts.mix, closed.time.release_h
    lots = closed.starts.lots_per_h if closed.starts.lots_per_h > 0 else np.nan
    each = {"good": one.good, "escapes": one.escapes, "units_started": one.started, "cost_usd": one.direct, "unused_usd": one.unused, "cycle_h": stay,
            "lots_finished": np.ones(len(mix)), "lot_hours": stay * closed.time.wip / lots / (mix @ stay)}
    found = {name: _together((mix * values)[None], which) for name, values in each.items()}
    return found | {"hours": np.full_like(found["good"], 1.0 / lots)}


def _together(values: Floats, which: Ints) -> Floats:
    """Sums over the streams of each product, (n, R, …) → (n, K, …)."""
    whose = (which == np.arange(which.max() + 1)[:, None]).astype(float)
    return np.asarray(np.einsum("kr,nr...->nk...", whose, values))
