"""Works out what ignorance does to every figure: the closed form for many draws of the inputs that have a range."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.sensitivity import Swing, planned
from procsim.errors import StoppedError
from procsim.experiments.halting import give_up, halted
from procsim.experiments.points import pointed
from procsim.maths.arrays import Floats
from procsim.maths.distributions import Triangular
from procsim.maths.keyed_random import DRAWS, KeyedRandom, key_of
from procsim.planning.geometry import Geometry, geometry
from procsim.planning.plan import Plan
from procsim.recipe.inputs import Input
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import METRICS

CHUNK = 20
"""Draws that go to a worker at once; the draws themselves depend on none of this."""
FIGURES = (*(metric.name for metric in METRICS), "price_per_good_unit", "bottleneck_load", "tools_added")
"""Columns of ``Draws.figures``. All but *bottleneck_load* and waiting are of a line that puts through what is released: *tools_added* are the
tools that it takes besides its own, which have that load."""


@dataclass(frozen=True, slots=True)
class Draws:
    """*values* (n, k) of the k *swings*' inputs, the *figures* (n, F) that the closed form makes of each row of them, and *mid* (F,), what it makes
    of the recipe as it stands."""

    swings: tuple[Swing, ...]
    values: Floats
    figures: Floats
    mid: Floats

    def of(self, name: str) -> Floats:
        """One figure of all draws, (n,)."""
        return np.asarray(self.figures[:, FIGURES.index(name)])


@dataclass(frozen=True, slots=True)
class Sample:
    """*count* draws, keyed by *seed*."""

    count: int
    seed: int


def values_of(known: Sequence[Swing], sample: Sample) -> Floats:
    """Values of each input, (n, k), triangular between low and high with the peak at mid.

    Each is a pure function of (seed, address, number of the draw), so that another range elsewhere moves none of them.
    """
    return values_at(known, uniforms_of(known, sample, "range"))


def uniforms_of(known: Sequence[Swing], sample: Sample, purpose: str) -> Floats:
    """Uniform numbers between 0 and 1, (n, k), for a *purpose*: each a pure function of (seed, purpose, address, number of the draw)."""
    draws = KeyedRandom(sample.seed, 0).entities(DRAWS, np.arange(sample.count))
    columns = [KeyedRandom.uniforms(draws, key_of(purpose, one.known.address)) for one in known]
    return np.array(columns).reshape(len(columns), sample.count).T


def values_at(known: Sequence[Swing], u: Floats) -> Floats:
    """Quantiles of each input's law at its column of *u* (n, k); whole numbers where nothing else may stand."""
    found = np.array([_column(one.known, column) for one, column in zip(known, u.T, strict=True)]).reshape(u.T.shape).T
    return np.where([one.whole for one in known], np.rint(found), found)


def _column(known: Input, u: Floats) -> Floats:
    """Quantiles of the input's law at *u*; shifted to 0, where laws of the house begin."""
    if known.low == known.high:
        return np.full_like(u, known.value)
    return known.low + Triangular(0.0, known.value - known.low, known.high - known.low).quantile(u)


def draw(recipe: Recipe, known: Sequence[Swing], sample: Sample, *, executor: Executor | None = None, deadline: float = math.inf,
         progress: Callable[[int], None] = lambda _: None) -> Draws:
    """A *sample* of all ranged inputs among *known*. Raises StoppedError at *deadline*, a reading of time.monotonic()."""
    ranged = tuple(one for one in known if one.known.ranged)
    values = values_of(ranged, sample)
    given = geometry(recipe)
    job = recipe, given, tuple(one.known for one in ranged)
    chunks = [values[at:at + CHUNK] for at in range(0, sample.count, CHUNK)]
    found: list[Floats] = []
    for figures in _shared_out(job, chunks, executor):
        if time.monotonic() > deadline:
            raise StoppedError
        found.append(figures)
        progress(len(figures))
    return Draws(ranged, values, np.concatenate(found) if found else np.zeros((0, len(FIGURES))), np.array(_figures(planned(recipe, (), given))))


Job = tuple[Recipe, Geometry, tuple[Input, ...]]


def _shared_out(job: Job, chunks: Sequence[Floats], executor: Executor | None) -> Iterator[Floats]:
    """Figures of each chunk, in order. What has not begun is dropped where the one who asks gives up."""
    if executor is None:
        yield from (figures_of(*job, values) for values in chunks)
        return
    futures = [executor.submit(figures_of, *job, values) for values in chunks]
    try:
        for future in futures:
            yield future.result()
    finally:
        if not all(future.done() for future in futures):
            give_up(executor, futures)


def figures_of(recipe: Recipe, given: Geometry, known: Sequence[Input], values: Floats) -> Floats:
    """The figures (n, F) of *recipe* with each row of *values* (n, k) in the place of its inputs *known*."""
    if halted():
        raise StoppedError("nobody waits for these draws")
    return np.array([_figures(planned(recipe, zip(known, row, strict=True), given)) for row in values.tolist()]).reshape(-1, len(FIGURES))


def _figures(plan: Plan) -> list[float]:
    """Demand is kept and tools are added where it takes them, as swings do, so that the cost is always that of the same output."""
    found = pointed(plan).figures()
    return [found.get(name, math.nan) for name in FIGURES]
