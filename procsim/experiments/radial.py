"""Evaluates a figure of a flow at many points, and at each of them again with one input, or one group of inputs, at another value."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from procsim.closed_form.basis import Basis
from procsim.closed_form.marginal_cost import supplied, tools_held
from procsim.closed_form.sensitivity import NOTHING, STEP, Swing, with_value, with_values
from procsim.closed_form.solve import ClosedForm, solve
from procsim.errors import RecipeError, StoppedError
from procsim.experiments.halting import give_up, halted
from procsim.experiments.points import Point
from procsim.maths.arrays import Floats
from procsim.planning.fitted import with_counts
from procsim.planning.geometry import Geometry, geometry
from procsim.planning.plan import Plan
from procsim.recipe.inputs import Input
from procsim.recipe.recipe import Recipe
from procsim.recipe.substitute import patched
from procsim.results.overload import overloads

OF_LINE = frozenset({"cycle_time", "raw_process_time", "waiting_time", "wip", "bottleneck_load"})
"""Figures of the line itself: that of the tools it takes is solved anew, with its times, which is most of the work of the closed form."""
AT_ONCE = 60
"""Evaluations, about, that go to a worker at once; what they find depends on none of this."""
Found = TypeVar("Found")
Groups = Sequence[Sequence[int]]
"""Which inputs move together, by their numbers."""


@dataclass(frozen=True, slots=True)
class Field:
    """A *figure* as a function of the inputs *known* of a *recipe*, whose Geometry is *given*: of a line that puts through what is released, with the
    tools that this takes."""

    recipe: Recipe
    given: Geometry
    known: tuple[Input, ...]
    figure: str

    def of(self, plan: Plan, closed: ClosedForm, tools: Floats | None = None) -> float:
        """The figure of a *plan*, which may be given so many *tools*."""
        if self.figure in OF_LINE:
            held = np.ceil(tools_held(plan, closed) if tools is None else tools)
            if np.isfinite(held).all() and (held != plan.groups.count).any():
                plan = with_counts(plan, held.astype(int))
            tools, closed = None, solve(plan)
        return Point(plan, closed, supplied(plan, closed, tools)).figures()[self.figure]

    def basis(self, values: Sequence[float]) -> Basis:
        """The recipe with its inputs at those *values*."""
        shapes = any(known.shapes for known in self.known)
        return Basis.of(patched(self.recipe, zip(self.known, values, strict=True)), None if shapes else self.given, timed=False)

    def around(self, groups: Groups, base: Sequence[float], other: Sequence[float]) -> list[float]:
        """The figure at *base*, and there with each of *groups* at its *other* values."""
        basis = self.basis(base)
        here = self.of(basis.plan, basis.closed)
        return [here, *(self._moved(basis, here, [(self.known[i], other[i]) for i in group if other[i] != base[i]]) for group in groups)]

    def _moved(self, basis: Basis, here: float, values: Sequence[tuple[Input, float]]) -> float:
        """The figure with some inputs at other *values* than those of *basis*, which give *here*."""
        if halted():
            raise StoppedError("nobody waits for these points")
        return self.of(*with_values(basis, values)) if values else here


def field_of(recipe: Recipe, known: Sequence[Input], figure: str) -> Field:
    """The Field of *known* inputs of *recipe*."""
    return Field(recipe, geometry(recipe), tuple(known), figure)


def radial(field: Field, groups: Groups, base: Floats, other: Floats) -> Floats:
    """The figure (n, 1 + G) at each row of *base* (n, k), and there with each of G *groups* from the same row of *other*."""
    return np.array([field.around(groups, *rows) for rows in zip(base.tolist(), other.tolist(), strict=True)]).reshape(len(base), 1 + len(groups))


def bars(field: Field, numbers: Sequence[int]) -> list[Swing]:
    """What the inputs of those *numbers* do one at a time: Swings of the figure, in its own unit, with no word on the direct cost."""
    basis = Basis.of(field.recipe, field.given, timed=False)
    base, tools = field.of(basis.plan, basis.closed), tools_held(basis.plan, basis.closed)
    return [_bar(field, field.known[i], basis, base, tools) for i in numbers]


def _bar(field: Field, known: Input, basis: Basis, base: float, tools: Floats) -> Swing:
    if halted():
        raise StoppedError("nobody waits for these points")

    def seen(effect: float, scale: float) -> float:
        return effect if math.isnan(effect) or abs(effect) > NOTHING * min(scale, 1.0) else 0.0

    low, high = (seen(field.of(*with_value(basis, known, end)) - base, abs(base)) if end != known.value else 0.0 for end in (known.low, known.high))
    why = "; ".join(f"at its {end}: {_unknown(*with_value(basis, known, value))}"
                    for end, value, effect in (("low", known.low, low), ("high", known.high, high)) if not math.isfinite(effect))
    if known.value == 0:  # no relative change of nothing
        return Swing(known, 0.0, 0.0, low, high, False, why)
    try:
        near = field.of(*with_value(basis, known, known.value * (1 - STEP)), tools)
    except RecipeError:
        return Swing(known, math.nan, 0.0, low, high, True, why)
    loss = 1 - 1 / known.value if known.survival else 1.0  # of a chance to survive, the relative change is that of the loss
    return Swing(known, seen(loss * (1 - near / base) / STEP if base else 0.0, 1.0), 0.0, low, high, False, why)


def _unknown(plan: Plan, closed: ClosedForm) -> str:
    """Why a figure is not known there."""
    if not closed.flow.good > 0:
        return "no unit is good"
    return "; ".join(overloads(plan, closed)) or "it has no closed form"


@dataclass(frozen=True, slots=True)
class Helpers:
    """Who works: an *executor*, until a *deadline* (a reading of time.monotonic()), telling its *progress* in rows done."""

    executor: Executor | None = None
    deadline: float = math.inf
    progress: Callable[[int], None] = lambda _: None


def evaluated(field: Field, groups: Groups, base: Floats, other: Floats, helpers: Helpers = Helpers()) -> Floats:
    """``radial``, some rows at a time. Raises StoppedError at the deadline."""
    size = max(AT_ONCE // (len(groups) + 1), 1)
    chunks = [(field, groups, base[at:at + size], other[at:at + size]) for at in range(0, len(base), size)]
    found = _shared_out(radial, chunks, [len(chunk[2]) for chunk in chunks], helpers)
    return np.concatenate(found) if found else np.zeros((0, 1 + len(groups)))


def all_bars(field: Field, helpers: Helpers = Helpers()) -> list[Swing]:
    """``bars`` of all inputs, some at a time. Raises StoppedError at the deadline."""
    chunks = [range(at, min(at + AT_ONCE, len(field.known))) for at in range(0, len(field.known), AT_ONCE)]
    return [bar for found in _shared_out(bars, [(field, chunk) for chunk in chunks], [len(c) for c in chunks], helpers) for bar in found]


def _shared_out(work: Callable[..., Found], chunks: Sequence[tuple[object, ...]], sizes: Sequence[int], helpers: Helpers) -> list[Found]:
    """What *work* makes of each chunk, in order. What has not begun is dropped where the one who asks gives up."""
    executor = helpers.executor
    found: list[Found] = []
    futures = [executor.submit(work, *chunk) for chunk in chunks] if executor is not None else []
    try:
        for i, chunk in enumerate(chunks):
            if time.monotonic() > helpers.deadline:
                raise StoppedError
            found.append(futures[i].result() if futures else work(*chunk))
            helpers.progress(sizes[i])
    finally:
        if executor is not None and not all(future.done() for future in futures):
            give_up(executor, futures)
    return found
