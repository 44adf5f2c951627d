"""Sweeps flows over many points: closed form, or simulation, at each; in a folder that is its own state, so that it goes on where it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from procsim.engine.engines import using
from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.experiments import vary as varying
from procsim.experiments.demand import at_demand, refuse_both
from procsim.experiments.design import Design, design
from procsim.experiments.evaluate import SIMULATED, Wanted
from procsim.experiments.origin import evaluator, made_by, origin
from procsim.experiments.points import Evaluator, Values, figure_units
from procsim.planning.plan import Plan
from procsim.recipe.changes import blamed
from procsim.recipe.points_file import PointsFile, points_file
from procsim.recipe.recipe import Recipe
from procsim.studies.effect import refuse_unsimulated
from procsim.studies.flow import Flow, Sets, load, texts, told_apart
from procsim.studies.sweep_run import News, Sweep
from procsim.studies.swept import SweepResult

USUAL = ("cost_per_good_unit_loaded", "cost_per_good_unit_direct", "yield", "good_units_per_week", "cycle_time", "bottleneck_load", "tools_added")
"""Figures of a sweep where none are asked for; the first is drawn."""
PICTURES = 12
"""Figures that are drawn, at most."""
FEW = 5
"""Words among the numbers of a column that are looked at before anything is worked out."""
Points = Path | str | pd.DataFrame | Sequence[Mapping[str, object]]


def sweep(flow: Flow | Sequence[Flow], vary: Mapping[str, object] | Sequence[str] = (), points: Points | None = None, *,
          figures: Sequence[str] = (), simulate: bool = False, replications: int | None = None, seed: int | None = None, fixed_line: bool = False,
          good_per_week: float | None = None, set: Sets = (), over: Sequence[Path | str] = (), jobs: int = 1, scheduler: str = "",
          engine: str | None = None, out: Path | str | None = None, news: News = lambda *_: None) -> SweepResult:
    """The *figures* of one flow, or several, at every point of a grid: each line of *points*, with each value of every axis to *vary*.

    >>> import procsim
    >>> found = procsim.sweep("flows:embodiment_1.yaml", {"layer.repeat": [1, 2], "product.dies.logic.price_usd": "1..5:3"})
    >>> len(found.points), bool(found.points["cost_per_good_unit_loaded"].is_monotonic_increasing)
    (6, False)

    An axis is ``{"a.b": [1, 2, 3]}``, or as the command line has it, ``"a.b=1,2,3"``, ``"a.b=0.5..2:7"``, ``"a.b=log:1e3..1e6:4"``; ``"a.b,c.d"``
    are two addresses that take each value together. *points* is a CSV file, a DataFrame or a list of mappings, whose columns are addresses.
    A line that cannot make a point is given the tools that it lacks, unless *fixed_line*, so that costs are those of the same output; with
    *good_per_week* each flow makes so many good units, with the tools that this takes, so that several compare at one demand. With *simulate*
    every point is simulated, too, with *replications* and *seed*, on the same random numbers.

    *jobs* are processes of this machine; *scheduler* is the address of a Dask cluster. With the folder *out* the sweep can be ended at any time and
    goes on when it is called again; how many did it, and how often, changes no byte of it.
    Raises RecipeError where a flow, an axis or the folder is wrong, or every point is illegal, InfeasibleError where workers die, OSError.
    """
    prepared = prepare(flow, vary, points, figures=figures, simulate=simulate, replications=replications, seed=seed, fixed_line=fixed_line,
                       good_per_week=good_per_week, set=set, over=over)
    with using(engine):
        return prepared.run(out, jobs=jobs, scheduler=scheduler, news=news)


def prepare(flow: Flow | Sequence[Flow], vary: Mapping[str, object] | Sequence[str] = (), points: Points | None = None, *,
            figures: Sequence[str] = (), simulate: bool = False, replications: int | None = None, seed: int | None = None, fixed_line: bool = False,
            good_per_week: float | None = None, set: Sets = (), over: Sequence[Path | str] = ()) -> Sweep:
    """The Sweep that ``sweep`` runs. Raises RecipeError where it cannot be."""
    refuse_both(good_per_week, fixed_line)
    refuse_unsimulated(simulate, ": give simulate=True, too, or leave it out", replications, seed)
    axes = varying.from_mapping(vary) if isinstance(vary, Mapping) else [varying.axis(text) for text in vary]
    varying.refuse_set(axes, texts(set))
    listed = _listed(points)
    made = design(axes, listed)
    recipes = [at_demand(load(one, set, over), good_per_week) for one in ([flow] if isinstance(flow, Path | str | Mapping | Recipe) else flow)]
    flows = tuple(origin(name, recipe) for name, recipe in zip(_names(recipes), recipes, strict=True))
    bases = tuple(evaluator(one) for one in flows)
    first = bases[0].plan
    wanted = Wanted(_figures(figures, [base.plan for base in bases], simulate), fixed_line,
                    (replications or first.replications) if simulate else 0, (first.seed if seed is None else seed) if simulate else 0)
    _refuse_nowhere(bases, made, listed)
    if isinstance(listed, PointsFile):
        _refuse_words(bases, listed)
    units = {name: unit for base in reversed(bases) for name, unit in figure_units(base.plan).items()}
    units |= {name: units.get(name, "h" if name.startswith("cycle") else "1") for name in wanted.figures}
    said = {"kind": "sweep", "made_by": made_by(), "recipes": {f"{one.name} {' '.join(one.sets)}".strip(): one.digest for one in flows},
            "points": made.digest(),
            "options": {"figures": list(wanted.figures), "fixed_line": fixed_line, "replications": wanted.replications, "seed": wanted.seed,
                        "drawn": bool(figures)}}
    return Sweep(flows, bases, made, wanted, units, wanted.figures[:PICTURES] if figures else wanted.figures[:1], said)


def _listed(points: Points | None) -> PointsFile | Sequence[Mapping[str, object]] | None:
    if isinstance(points, pd.DataFrame):
        return [{str(key): value for key, value in row.items()} for row in points.to_dict("records")]
    return points_file(Path(points)) if isinstance(points, str | Path) else points


def _names(recipes: Sequence[Recipe]) -> list[str]:
    """The flows' names. Raises RecipeError where a flow is there twice."""
    paths = [str(recipe.path) if recipe.root is None else recipe.flow for recipe in recipes]
    if len({*paths}) < len(paths):
        raise RecipeError(Problem("a flow is named twice; recipes that are no files are told by their name"))
    return told_apart(recipes)


def _figures(named: Sequence[str], plans: Sequence[Plan], simulated: bool) -> tuple[str, ...]:
    """The figures that are asked for, or the usual ones that some flow has. Raises RecipeError where there is none of that name."""
    known = dict.fromkeys([name for plan in plans for name in figure_units(plan)] + (sorted(SIMULATED) if simulated else []))
    if not named:
        return tuple(name for name in USUAL if name in known)
    for name in named:
        if name not in known:
            like = [one for one in known if name in one] or known
            raise RecipeError(Problem(f"--figures: no figure '{name}'{did_you_mean(name, known)}; figures: {', '.join(like)}"))
    return tuple(dict.fromkeys(named))


def _refuse_nowhere(bases: Sequence[Evaluator], made: Design, listed: object) -> None:
    """Raises RecipeError where an address leads nowhere in any flow: the first, the middle and the last point are refused in the same words."""
    every: list[tuple[str, str]] = []
    for base in bases:
        told = [_refused(base, made.values(made.cells(i))) for i in (0, len(made) // 2, len(made) - 1)]
        same = [problem for problem in told[0] if all(problem in other for other in told[1:])]
        if not same:
            return
        every += same
    places = {address: place for column, place in zip(listed.heads, listed.places, strict=True) for address in column} \
        if isinstance(listed, PointsFile) else {}
    raise RecipeError(*(Problem(message, places.get(address), address) for message, address in dict.fromkeys(every)))


def _refuse_words(bases: Sequence[Evaluator], listed: PointsFile) -> None:
    """Raises RecipeError where a cell is no number, others of its column are, and no flow takes it."""
    for at, n in listed.odd_words(FEW):
        told = [_refused(base, dict.fromkeys(listed.heads[n], listed[at][n])) for base in bases]
        if all(told):
            raise RecipeError(*(Problem(message, listed.place(at), address) for message, address in told[0]))


def _refused(base: Evaluator, values: Values) -> list[tuple[str, str]]:
    """(message, address) of what is wrong there with an address that is varied."""
    texts = [f"{address}={value}" for address, value in values.items()]
    try:
        base.plan_at(values)
    except RecipeError as error:
        found = [(blamed(problem, texts), problem) for problem in error.problems]
        return [(problem.message, address) for one, problem in found for address, text in zip(values, texts, strict=True)
                if one.place is not None and one.place.file == f"--set {text}"]
    return []
