"""Compares a figure of two flows, or of one with a target, along one axis: in closed form, and by replications on the same random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import cached_property

from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.experiments.points import Evaluator, Point, figure_units
from procsim.experiments.replicate import Conditions, gather
from procsim.experiments.space import whole_alone
from procsim.experiments.vary import Span, number_text
from procsim.maths.crossings import Crossing, crossings
from procsim.maths.statistics import Estimate
from procsim.planning.plan import Plan
from procsim.results.metrics import METRICS, difference, estimate, own_metrics

PLACES = 49
"""Places of the axis that are looked at first."""
ALL = 1000
"""Whole numbers of which all are looked at, at most, where some of them are no recipe."""
SAME = 1e-12
"""Share of a figure by which two differ through rounding."""


class Along:
    """*flows*, one or two, whose *figure* is looked at along *span*; *target* is what one alone is to meet. A second flow in which nothing can stand
    at the addresses, or that *stays* anyhow, stays as it is: *moved* tells. *why* tells of places where there can be no such recipe what is
    wrong, *taken* how many tools each flow takes there besides its own."""

    def __init__(self, flows: Sequence[Evaluator], span: Span, figure: str, target: float = math.nan, fixed_line: bool = False,
                 stays: bool = False) -> None:
        """Raises RecipeError where the first flow cannot be varied so, or a flow has no such figure."""
        self.flows, self.span, self.figure, self.target, self.fixed_line = tuple(flows), span, figure, target, fixed_line
        self.known: dict[float, tuple[float, ...]] = {}
        self.taken: dict[float, tuple[float, ...]] = {}
        self.why: dict[float, str] = {}
        for flow in self.flows:
            units = figure_units(flow.plan)
            if figure not in units:
                raise RecipeError(Problem(f"{flow.recipe.flow} has no figure '{figure}'{did_you_mean(figure, units)}; it has {', '.join(units)}"))
        self.moved = tuple(self._moves(flow) and not (stays and n) for n, flow in enumerate(self.flows))
        self.whole = self._whole()

    def _values(self, at: float) -> dict[str, str]:
        return dict.fromkeys(self.span.addresses, number_text(at))

    def _moves(self, flow: Evaluator) -> bool:
        """Whether the flow has something at the addresses. Raises RecipeError where the first one has not."""
        problems = [error for at in (self.span.low, self.span.high, *self._inner()) if (error := _error(flow, self._values(at))) is not None]
        if len(problems) < 2 + len(self._inner()):
            return True
        if flow is self.flows[0]:
            raise problems[0]
        return False

    def _inner(self) -> tuple[float, ...]:
        return tuple(round(self.span.at(share)) if self.span.high - self.span.low >= 8 else self.span.at(share) for share in (0.25, 0.5, 0.75))

    def _whole(self) -> bool:
        """Whether only whole numbers may stand there, in one of the flows at least."""
        if not (self.span.low.is_integer() and self.span.high.is_integer()):
            return False
        return any(whole_alone(self.span, flow) for flow, moves in zip(self.flows, self.moved, strict=True) if moves)

    @cached_property
    def places(self) -> list[float]:
        """Where the axis is looked at first; where only whole numbers may stand and not all of these do, each of them."""
        found = [self.span.at(i / (PLACES - 1)) for i in range(PLACES)]
        if not self.whole:
            return found
        found = sorted({float(round(x)) for x in found})
        low, high = int(self.span.low), int(self.span.high)
        gaps = high - low < ALL and any(math.isnan(self.gap(x)) for x in found)
        return [float(x) for x in range(low, high + 1)] if gaps else found

    def point(self, flow: int, at: float) -> Point:
        """A flow there. Raises RecipeError where there can be none."""
        return self.flows[flow].at(self._values(at) if self.moved[flow] else {}, self.fixed_line)

    def figures(self, at: float) -> tuple[float, ...]:
        """The figure of each flow there; nan where there can be none."""
        if at not in self.known:
            found, taken = [], []
            for n in range(len(self.flows)):
                try:
                    point = self.point(n, at)
                    figures = point.figures()
                    found.append(figures[self.figure])
                    taken.append(figures["tools_added"])
                except RecipeError as error:
                    self.why.setdefault(at, str(error.problems[0].message))
                    found.append(math.nan)
                    taken.append(math.nan)
            self.known[at], self.taken[at] = tuple(found), tuple(taken)
        return self.known[at]

    def gap(self, at: float) -> float:
        """The figure of the second flow less that of the first, or of the one less the target; nought where rounding alone keeps them apart."""
        found = self.figures(at)
        high, low = (found[1], found[0]) if len(found) == 2 else (found[0], self.target)
        return 0.0 if abs(high - low) <= SAME * max(abs(high), abs(low)) else high - low

    def crossings(self) -> list[Crossing]:
        """All of them. On an axis by factors, places are searched by their logarithm."""
        if self.span.log and not self.whole:
            found = crossings(lambda x: self.gap(math.exp(x)), [math.log(x) for x in self.places])
            return [Crossing(math.exp(c.at), c.jumps, c.before, c.after, math.exp(c.low), math.exp(c.high)) for c in found]
        return crossings(self.gap, self.places, self.whole)

    def slope(self, at: float) -> float:
        """How fast the gap grows there, by differences of a thousandth of the way, or, on an axis by factors, of the place itself."""
        step = at / 1000 if self.span.log else (self.span.high - self.span.low) / 1000
        low, high = max(at - step, self.span.low), min(at + step, self.span.high)
        return (self.gap(high) - self.gap(low)) / (high - low)

    def plans(self, at: float) -> list[Plan]:
        """What is simulated there: each flow with the tools that it takes, on the random numbers of the first."""
        found = [self._plan(n, at) for n in range(len(self.flows))]
        return [replace(plan, seed=found[0].seed) for plan in found]

    def _plan(self, flow: int, at: float) -> Plan:
        point = self.point(flow, at)
        return self.flows[flow].equipped(self._values(at) if self.moved[flow] else {}, point).plan if point.tools_added else point.plan


def _error(flow: Evaluator, values: dict[str, str]) -> RecipeError | None:
    try:
        flow.plan_at(values)
    except RecipeError as error:
        return error
    return None


def simulated_gap(plans: Sequence[Plan], figure: str, target: float, replications: int, executor: Executor | None = None,
                  progress: Callable[[int], None] = lambda _: None) -> Estimate:
    """The gap by simulation, with its interval: of two *plans* on the same random numbers, or of one against *target*."""
    metric = {one.name: one for one in (*METRICS, *own_metrics(plans[0]))}[figure]
    harvest = gather(plans, [(p, n) for n in range(replications) for p in range(len(plans))], Conditions(), executor=executor, progress=progress)
    if harvest.stopped:
        raise KeyboardInterrupt
    if len(plans) == 2:
        return difference(metric, harvest.of(0), harvest.of(1), plans[0].confidence)
    found = estimate(metric, harvest.of(0), plans[0].confidence)
    return replace(found, mean=found.mean - target, low=found.low - target, high=found.high - target)


def interval(at: float, gap: Estimate, slope: float) -> tuple[float, float, float]:
    """Where simulation has the crossing near *at*, and its interval: the gap divided by its slope. nan where the gap does not move."""
    if not slope or not math.isfinite(slope):
        return math.nan, math.nan, math.nan
    low, high = sorted((at - gap.low / slope, at - gap.high / slope))
    return at - gap.mean / slope, low, high
