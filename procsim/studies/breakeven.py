"""Finds where two flows cost the same along an axis, or where one meets a target: every crossing, and what simulation makes of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pandas as pd

from procsim.closed_form.mean_flow import because
from procsim.errors import Problem, RecipeError
from procsim.experiments.demand import at_demand, outputs, refuse_both, unlike_outputs
from procsim.experiments.points import Evaluator, figure_units
from procsim.experiments.processes import Workers, processes
from procsim.experiments.two_flows import Along, interval, simulated_gap
from procsim.experiments.vary import Span, refuse_set, span
from procsim.maths.crossings import Crossing
from procsim.maths.numerals import number
from procsim.planning.plan import Plan
from procsim.recipe.changes import leads_to
from procsim.recipe.difference import OFF, Changed, differences
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import METRICS, own_metrics
from procsim.studies.effect import refuse_unsimulated
from procsim.studies.flow import Flow, Sets, load, texts, told_apart
from procsim.studies.result import Result

COST = "cost_per_good_unit_loaded"
LEAST = 2
"""Replications of which there can be an interval."""
ROUGH = 0.1
"""An interval that reaches farther to either side than this share of the place, or of the axis, tells roughly at best where the crossing is."""


class BreakEven(Result):
    """Where two flows meet. Tables: *crossings*, one row each, with the interval that simulation gives it, and *curve*, the figure along the axis.
    Where there is no crossing, *no_crossing* says why."""

    kind: ClassVar[str] = "breakeven"

    def __init__(self, along: Along, names: Sequence[str], found: pd.DataFrame, replications: int, simulates: bool = True) -> None:
        self.along, self.names, self.found, self.replications, self.simulates = along, tuple(names), found, replications, simulates

    @property
    def title(self) -> str:
        against = self.names[1] if len(self.names) > 1 else number(self.along.target)
        return f"{self.names[0]} against {against}: {self.along.figure} along {self.along.span.name}"

    @property
    def unit(self) -> str:
        """The unit of the figure."""
        return figure_units(self.along.flows[0].plan)[self.along.figure]

    @property
    def warnings(self) -> list[str]:
        """What is to be known of the flows themselves: that their outputs differ, and what number of their own they lose by being moved."""
        return [warning for warning in (self.unlike, self.own, self.unconfirmed) if warning]

    @property
    def unconfirmed(self) -> str:
        """Why simulation has not confirmed what was found, though it was to: no replication has the figure, or there is only one."""
        if not self.simulates or not len(self.found) or self.replications >= LEAST:
            return ""
        why = "one replication has no interval: --replications 2 or more" if _may_run(self.along) else f"no replication tells {self.along.figure}"
        return f"nothing is confirmed by simulation, since {why}"

    @property
    def own(self) -> str:
        """What is to be said of flows that say unlike things themselves of what moves; "" where they agree, or one stays as it is."""
        if len(self.names) == 1 or not all(self.along.moved):
            return ""
        told = [self._own(one) for one in differences(*self.recipes) if leads_to(self.along.span.addresses, one.address)]
        return f"both are moved, whatever each says itself: {'; '.join(told)}" if told else ""

    def _own(self, one: Changed) -> str:
        sides = zip(self.names, (one.before, one.after), (one.written, one.edited), strict=True)
        return f"{one.address} is " + " and ".join(
            f"{'not there' if value in (OFF, 'null') else value} in {name}{f' ({place})' if place else ''}" for name, value, place in sides)

    @property
    def unlike(self) -> str:
        """What is to be said of flows whose outputs differ, so that costs do not compare as they may seem to."""
        return unlike_outputs(self.names, outputs([flow.plan for flow in self.along.flows]))

    @property
    def no_crossing(self) -> str:
        """Why the flows meet nowhere along the axis, in words: which is lower, or whether both are the same; nothing where they meet."""
        if len(self.found):
            return ""
        places, gaps = self.along.places, _gaps(self.along)
        where = _where(self.along)
        where = f"everywhere {where}" if len(gaps) == len(places) else f"at each of the {len(gaps)} places {where} that are recipes"
        return f"{self._never(gaps)} {where}"

    def _never(self, gaps: Sequence[float]) -> str:
        """What is so of all *gaps*, none of which changes its sign."""
        alone = len(self.names) == 1
        if not any(gaps):
            return "the same as the target" if alone else "both are the same"
        below, same = min(gaps) < 0, "" if all(gaps) else ", or the same,"
        return f"{'below' if below else 'above'} the target{same}" if alone else f"{self.names[1] if below else self.names[0]} is lower{same}"

    @property
    def _demand(self) -> str:
        """How many good units a week each makes, in words."""
        weekly = [number(good, 6) for good in outputs([flow.plan for flow in self.along.flows])]
        return f"good units a week: {weekly[0]}" if len(set(weekly)) == 1 else (
            f"good units a week: {', '.join(f'{name} {good}' for name, good in zip(self.names, weekly, strict=True))}")

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        return {"crossings": self.found, "curve": self._curve()}

    def _curve(self) -> pd.DataFrame:
        rows = [(x, *self.along.figures(x)) for x in sorted({*self.along.places, *(self.found[self.along.span.name] if len(self.found) else ())})]
        made = pd.DataFrame(rows, columns=[self.along.span.name, *self.names])
        made = made if len(self.names) > 1 else made.assign(target=self.along.target)
        taken = [self.along.taken[x] for x in made[self.along.span.name]]
        heads = ["tools_added"] if len(self.names) == 1 else [f"tools_added, {name}" for name in self.names]
        return made.assign(**{head: [found[n] for found in taken] for n, head in enumerate(heads)})

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        def draw() -> bytes:
            from procsim.figures import style
            from procsim.figures.breakeven import breakeven

            words = f"{self.along.figure.replace('_', ' ')}, {self.unit}"
            title = f"{self.title}\n{self._demand}"
            return style.svg(breakeven(self.curve, self.found, self.along.span.name, self.names, words, self.along.span.log, title), "breakeven")

        return {"breakeven": draw}

    @property
    def recipes(self) -> Sequence[Recipe]:
        return [flow.recipe for flow in self.along.flows]

    def facts(self) -> Mapping[str, Any]:
        along = self.along
        return {"flows": [str(flow.path) for flow in along.flows], "vary": along.span.name, "low": along.span.low, "high": along.span.high,
                "figure": along.figure, "target": along.target, "replications": self.replications, "fixed_line": along.fixed_line,
                "moved": list(along.moved), "no_crossing": self.no_crossing, "illegal": {number(x): why for x, why in along.why.items()},
                "warnings": self.warnings}


def breakeven(flow: Flow, other: Flow | None = None, vary: str | Span = "", figure: str = COST, target: float | None = None, *,
              good_per_week: float | None = None, set: Sets = (), over: Sequence[str] = (), replications: int | None = None,
              seed: int | None = None, fixed_line: bool = False, jobs: int = 1, progress: Callable[[int], None] = lambda _: None) -> BreakEven:
    """Where *flow* and *other* have the same *figure* along *vary* (``"product.dies.logic.price_usd=0.5..20"``, by factors ``"…=log:1e3..1e6"``), or
    where *flow* alone meets *target*. Crossings are found in closed form; each is then confirmed by *replications* of both on the same random
    numbers (None: those of the recipe; 0: not at all).

    Both lines put through what is released: a line that would be overloaded has the tools that it takes, unless *fixed_line*. With
    *good_per_week* both make so many good units, each with the tools that this takes: two flows compare at one demand.

    >>> import procsim
    >>> fan_out, flip_chip = "flows:embodiment_1.yaml", "flows:whatif/flip_chip_bga.yaml"
    >>> found = procsim.breakeven(fan_out, flip_chip, "product.dies.logic.price_usd=0.5..20", replications=0)
    >>> found.crossings.columns[0]
    'product.dies.logic.price_usd'

    *over* are what-ifs that both have, ``--with`` on the command line.

    Raises RecipeError where there is nothing to compare, a figure or an address is none, *set* sets what is varied, or nobody can tell: the figure
    has no closed form anywhere along the axis, or fewer than two places there are recipes.
    """
    if (other is None) == (target is None):
        raise RecipeError(Problem("breakeven takes either a second flow or a target, such as --target 5"))
    if target is not None and not math.isfinite(target):
        raise RecipeError(Problem(f"--target must be a number (got {target})"))
    if replications is not None and 0 < replications < LEAST:
        raise RecipeError(Problem("--replications must be 2 at least here: one replication has no interval; --estimate simulates nothing"))
    if not vary:
        raise RecipeError(Problem("breakeven needs an axis: --vary ADDRESS=LOW..HIGH, such as product.dies.logic.price_usd=0.5..20"))
    refuse_both(good_per_week, fixed_line)
    refuse_unsimulated(replications != 0, ", and replications=0 simulates nothing: leave one of them out", None, seed, jobs)
    axis = span(vary) if isinstance(vary, str) else vary
    refuse_set([axis], texts(set))
    flows = [Evaluator(at_demand(load(one, set, over), good_per_week)) for one in (flow, other) if one is not None]
    along = Along(flows, axis, figure, math.nan if target is None else target, fixed_line)
    found = along.crossings()
    if not found:
        _refuse_untold(along)
    count = (flows[0].plan.replications if replications is None else replications) if _may_run(along) else 0
    with processes(jobs if count and found else 1) as pool:
        rows = [_row(along, one, count, seed, pool, progress) for one in found]
    return BreakEven(along, told_apart([flow.recipe for flow in flows]), pd.DataFrame(rows, columns=[along.span.name, *COLUMNS]), count,
                     replications != 0)


def _gaps(along: Along) -> list[float]:
    """The gap at each of the places that are looked at first, where it is known."""
    return [gap for x in along.places if (gap := along.gap(x)) == gap]


def _where(along: Along) -> str:
    return f"from {number(along.span.low)} to {number(along.span.high)}"


def _refuse_untold(along: Along) -> None:
    """Raises RecipeError where nobody can tell whether there is a crossing: the figure is known at fewer than two places."""
    known, places, where = len(_gaps(along)), along.places, _where(along)
    if not known and any(x not in along.why for x in places):
        why = next((why for flow in along.flows if (why := because(flow.plan))), "")
        raise RecipeError(Problem(f"cannot tell {where}: {along.figure} has no closed form there, by which crossings are sought{why}"))
    if not known:
        raise RecipeError(Problem(f"there is no such recipe {where}; at {number(places[0])}: {along.why[places[0]]}"))
    if known == 1:
        other = next(x for x in places if x in along.why or math.isnan(along.gap(x)))
        why = f"; at {number(other)}: {along.why[other]}" if other in along.why else ""
        raise RecipeError(Problem(f"cannot tell: only one of {len(places)} places {where} is a recipe{why}"))


COLUMNS = ["at_least", "at_most", "jumps", "gap_before", "gap_after", "simulated", "ci_low", "ci_high", "verdict"]


def _may_run(along: Along) -> bool:
    """Whether the figure is one that replications have."""
    return along.figure in {metric.name for metric in (*METRICS, *own_metrics(along.flows[0].plan))}


def _row(along: Along, one: Crossing, count: int, seed: int | None, pool: Workers | None, progress: Callable[[int], None]) -> tuple[object, ...]:
    """One crossing, and what simulation makes of it: a smooth one has a place and an interval, one that jumps must have either sign beside it."""
    told: tuple[object, ...] = one.low, one.high, one.jumps, one.before, one.after
    at = one.low if along.whole or math.isnan(along.gap(one.at)) else one.at
    if count < LEAST:
        return (at, *told, math.nan, math.nan, math.nan, "closed form")
    if one.jumps:
        before, after = (simulated_gap(_seeded(along, x, seed), along.figure, along.target, count, pool, progress) for x in (one.low, one.high))
        sure = (before.low > 0 or before.high < 0) and (after.low > 0 or after.high < 0)
        agreed = sure and (before.mean > 0) == (one.before > 0) and (after.mean > 0) == (one.after > 0)
        return (at, *told, math.nan, one.low, one.high, "confirmed" if agreed else "simulation disagrees" if sure else "cannot tell")
    gap = simulated_gap(_seeded(along, one.at, seed), along.figure, along.target, count, pool, progress)
    centre, low, high = interval(one.at, gap, along.slope(one.at))
    return (one.at, *told, centre, low, high, _verdict(along, one.at, low, high))


def _verdict(along: Along, at: float, low: float, high: float) -> str:
    """What the interval from *low* to *high* says of a crossing at *at*."""
    if low != low:
        return "cannot tell"
    if not low <= at <= high:
        return "simulation disagrees"
    span = along.span
    scale = min(abs(at), span.high - span.low) if span.low > 0 else span.high - span.low
    return "confirmed roughly" if (high - low) / 2 > ROUGH * scale else "confirmed"


def _seeded(along: Along, at: float, seed: int | None) -> list[Plan]:
    plans = along.plans(at)
    return plans if seed is None else [replace(plan, seed=seed) for plan in plans]
