"""Finds what a figure of a flow is sensitive to: one input at a time, by elementary effects, or by shares of its variance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from procsim.closed_form.sensitivity import Swing
from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.experiments.points import figure_units
from procsim.experiments.processes import processes
from procsim.experiments.radial import Field, Helpers, all_bars, evaluated, field_of
from procsim.experiments.uncertainty import Sample, uniforms_of, values_at
from procsim.maths.arrays import Floats
from procsim.maths.morris import effects, shifted
from procsim.maths.sobol import indices
from procsim.planning.make import make
from procsim.recipe.inputs import Input, inputs
from procsim.recipe.recipe import Recipe
from procsim.studies.effect import refuse_idle
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.result import Result
from procsim.tables import sensitivity as tables

COST = "cost_per_good_unit_loaded"
METHODS = ("tornado", "morris", "sobol")
TRAJECTORIES, SAMPLES = 16, 256
FIRST = 12
"""Inputs that have Sobol indices of their own; all others together have one."""


class Sensitivity(Result):
    """What a figure is sensitive to. Its main table has the name of the *method*; *measure_first* names the guesses that it would pay to replace."""

    kind: ClassVar[str] = "sensitivity"

    def __init__(self, method: str, recipe: Recipe, figure: str, unit: str, made: Mapping[str, pd.DataFrame], told: Mapping[str, Any]) -> None:
        self.method, self.recipe, self.of, self.unit, self.made, self.told = method, recipe, figure, unit, made, told

    @property
    def title(self) -> str:
        how = "one input at a time" if self.method == "tornado" else self.method.capitalize()
        return f"{self.recipe.flow}: what {self.of} is sensitive to, {'by ' if self.method != 'tornado' else ''}{how}"

    @property
    def still(self) -> str:
        """That nothing moves the figure, in words, if so."""
        made = self.made[self.method]
        if self.method == "tornado":
            return "" if len(made) else f"no number that may be wrong moves {self.of}"
        moves = self.told["sd"] > 0 if self.method == "sobol" else bool((made["mu_star"] > 0).any())
        return "" if moves else f"no number that has a range moves {self.of}"

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        return self.made

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        def draw(name: str) -> bytes:
            from procsim.figures import sensitivity as figures
            from procsim.figures import style

            picture = {"tornado": figures.tornado, "morris": figures.morris, "sobol": figures.sobol}[name]
            return style.svg(picture(self.made[name], f"{self.of.replace('_', ' ')}, {self.unit}", self.title), name)

        return {name: partial(draw, name) for name in METHODS if name in self.made}

    @property
    def recipes(self) -> Sequence[Recipe]:
        return [self.recipe]

    def facts(self) -> Mapping[str, Any]:
        recipe = self.recipe
        return {"flows": [str(recipe.path)], "with": [str(path) for path in recipe.over], "set": list(recipe.sets), "recipe_sha256_16": recipe.hash,
                "method": self.method, "figure": self.of, "unit": self.unit, "warnings": [self.still] if self.still else [], **self.told}


def _silent(_what: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def sensitivity(flow: Flow, method: str = "tornado", figure: str = COST, *, set: Sets = (), over: Sequence[str] = (),
                trajectories: int = TRAJECTORIES, samples: int = SAMPLES, first: int = FIRST, seed: int | None = None, jobs: int = 1,
                deadline: float = math.inf, progress: Callable[[str, int, int], None] = _silent) -> Sensitivity:
    """What *figure* of *flow* is sensitive to, in closed form, at constant demand: a line that would be overloaded has the tools that it takes.

    ``tornado`` moves one input at a time to the ends of its range, and by a little for its elasticity. ``morris`` moves each ranged input from
    *trajectories* places all over the ranges of all others. ``sobol`` shares the variance of *samples* pairs of draws out among the *first* inputs
    that Morris ranks, with all the rest as one group. Ranges are triangular, as in ``estimate --uncertainty``.

    >>> import procsim
    >>> found = procsim.sensitivity("flows:whatif/qfn_wire_bonded.yaml")
    >>> found.tornado.columns[0]
    'address'

    Raises RecipeError where there is no such method or figure, or nothing has a range.
    """
    if method not in METHODS:
        raise RecipeError(Problem(f"no method '{method}'{did_you_mean(method, METHODS)}; there are {', '.join(METHODS)}"))
    refuse_idle(method != "tornado", "is of morris or sobol: a tornado draws nothing",
                seed=seed is not None, trajectories=trajectories != TRAJECTORIES)
    refuse_idle(method == "sobol", "is of sobol", samples=samples != SAMPLES, first=first != FIRST)
    study = _Study(load(flow, set, over), figure, seed, progress, jobs, deadline)
    made, told = (study.tornado() if method == "tornado" else study.morris(trajectories) if method == "morris"
                  else study.sobol(trajectories, samples, first))
    return Sensitivity(method, study.recipe, figure, study.unit, made, told)


Made = tuple[dict[str, pd.DataFrame], dict[str, Any]]
"""Tables, the main one first, and what else there is to say."""


@dataclass
class _Study:
    """A *figure* of a *recipe*, and who works it out."""

    recipe: Recipe
    figure: str
    seed: int | None
    progress: Callable[[str, int, int], None]
    jobs: int
    deadline: float
    unit: str = field(init=False)

    def __post_init__(self) -> None:
        plan = make(self.recipe)
        units = figure_units(plan)
        if self.figure not in units:
            free = "nothing in this recipe has a price; " if plan.money.free and ("cost" in self.figure or "price" in self.figure) else ""
            near = did_you_mean(self.figure, units)
            raise RecipeError(Problem(f"{self.recipe.flow} has no figure '{self.figure}'{near}; {free}it has {', '.join(units)}"))
        self.unit, self.seed = units[self.figure], plan.seed if self.seed is None else self.seed
        basis = self._field(()).basis(())
        if not math.isfinite(self._field(()).of(basis.plan, basis.closed)):
            raise RecipeError(Problem(f"{self.figure} of {self.recipe.flow} has no closed form, and what it is sensitive to cannot be told without"))

    def _field(self, known: Sequence[Input]) -> Field:
        return field_of(self.recipe, known, self.figure)

    @contextmanager
    def _helpers(self, what: str, total: int) -> Iterator[Helpers]:
        done = 0

        def news(more: int) -> None:
            nonlocal done
            done += more
            self.progress(what, done, total)

        with processes(min(self.jobs, max(total, 1))) as pool:
            yield Helpers(pool, self.deadline, news)

    def _bars(self, known: Sequence[Input]) -> list[Swing]:
        with self._helpers("inputs", len(known)) as helpers:
            return all_bars(self._field(known), helpers)

    def tornado(self) -> Made:
        """All inputs, one at a time."""
        known = self._bars(inputs(self.recipe))
        shares = tables.shares_alone(known, _array([2 * one.half_usd for one in known]))
        return {"tornado": tables.tornado(known), "measure_first": tables.measure_first(known, shares)}, {"inputs": len(known)}

    def _ranged(self) -> list[Swing]:
        known = [one for one in inputs(self.recipe) if one.ranged and one.low < one.high]
        if not known:
            raise RecipeError(Problem(
                f"no number that {self.recipe.flow} uses has a range; write one as {{mid: 0.9, low: 0.8, high: 0.97, source: …}}"))
        return self._bars(known)

    def _effects(self, known: Sequence[Swing], trajectories: int) -> Floats:
        """Elementary effects of the inputs, each over the whole of its range, (R, k)."""
        u = uniforms_of(known, Sample(trajectories, self.seed or 0), "morris")
        base, other = values_at(known, u), values_at(known, shifted(u))
        with self._helpers("trajectories", trajectories) as helpers:
            found = evaluated(self._field([one.known for one in known]), [[i] for i in range(len(known))], base, other, helpers)
        return effects(found[:, 1:] - found[:, :1], (other - base) / [one.known.high - one.known.low for one in known])

    def morris(self, trajectories: int) -> Made:
        """All ranged inputs, each from many places."""
        known = self._ranged()
        found = self._effects(known, trajectories)
        table = tables.morris(known, found)
        by_address = table.set_index("address")["mu_star"]
        shares = tables.shares_alone(known, _array([float(by_address[one.known.address]) for one in known]))
        return ({"morris": table, "measure_first": tables.measure_first(known, shares)},
                {"inputs": len(known), "trajectories": trajectories, "seed": self.seed})

    def sobol(self, trajectories: int, samples: int, first: int) -> Made:
        """Those that Morris ranks first, and all others as one group."""
        known = self._ranged()
        made: dict[str, pd.DataFrame] = {}
        number = {one.known.address: i for i, one in enumerate(known)}
        if len(known) > first:
            made["morris"] = tables.morris(known, self._effects(known, trajectories))
            order = [number[address] for address in made["morris"]["address"]]
        else:
            order = list(range(len(known)))
        groups = [[i] for i in order[:first]] + ([sorted(order[first:])] if order[first:] else [])
        a, b = (values_at(known, uniforms_of(known, Sample(samples, self.seed or 0), name)) for name in ("sobol A", "sobol B"))
        where = self._field([one.known for one in known])
        with self._helpers("draws", 2 * samples) as helpers:
            of_a, of_b = (evaluated(where, groups, *pair, helpers) for pair in ((a, b), (b, a)))
        found = indices(of_a, of_b)
        shares = {known[group[0]].known.address: found.first[g].mean for g, group in enumerate(groups) if len(group) == 1}
        singles = [one for one in known if one.known.address in shares]
        return ({"sobol": tables.sobol(known, groups, found), "measure_first": tables.measure_first(singles, shares), **made},
                {"inputs": len(known), "trajectories": trajectories if made else 0, "samples": samples, "samples_used": len(found.variance),
                 "seed": self.seed, "mean": found.mean, "sd": found.spread})


def _array(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=float)
