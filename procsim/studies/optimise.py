"""Offers ``procsim.optimise``: what is best of a flow of which some may be chosen, within limits, confirmed by simulation, kept as a what-if."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from procsim.errors import InfeasibleError, Problem, RecipeError, StoppedError
from procsim.experiments.confirm import Ask, Confirmed, confirm, simulates
from procsim.experiments.points import figure_units
from procsim.experiments.processes import Workers, processes
from procsim.experiments.search import Search, checked
from procsim.experiments.space import NONE, WITH, space, standing
from procsim.experiments.trials import Goal, Trial, goal, tried
from procsim.recipe.recipe import Recipe
from procsim.studies.effect import refuse_idle
from procsim.studies.flow import Flow, Sets, evaluator
from procsim.studies.result import Result
from procsim.studies.save_flow import save_edited
from procsim.tables import optimise as tables

TRIALS = 1000
"""Points that are tried at most, unless more are asked for; where there are no more than these, all of them."""
BEST, REPLICATIONS, INDIFFERENCE = 5, 50, 0.005
"""How many of the best are simulated, how often at most, and the share by which one has to be better, where nobody says."""
REASONS = 3
"""Reasons that are told where nothing will do, at most."""
WORD = "optimised"
"""What a flow is that ``save_flow`` wrote."""


@dataclass(frozen=True, eq=False, repr=False)
class OptimiseResult(Result):
    """What was found. Tables: *choices* (what each variable is at best), *figures*, *confirmed* where it was simulated, *frontier* (what nothing else
    beats in output and cost) and *trials*. ``run(flow, set=result.edits, over=result.over)`` is the best of them."""

    kind: ClassVar[str] = "optimise"
    search: Search
    base: Trial
    confirmed: Confirmed

    @property
    def goal(self) -> Goal:
        return self.search.goal

    @property
    def title(self) -> str:
        limits = f" with {', '.join(str(one) for one in self.goal.limits)}" if self.goal.limits else ""
        return f"{self.search.flow.recipe.title}: the {self.goal.word} {self.goal.figure}{limits}"

    @property
    def best(self) -> Trial:
        """The trial that simulation selects, or, where it does not tell, the best in closed form of those that it does not refuse."""
        return self.confirmed.best or min((one for one in self.search.found.values() if one.cells not in self.confirmed.refused),
                                          key=self.search.value)

    @property
    def ties(self) -> int:
        """Trials that will do and are as good as the best in closed form, but for rounding."""
        return sum(one.will_do and self.search.value(one) == self.search.value(self.best) for one in self.search.found.values()) - 1

    @property
    def over(self) -> tuple[str, ...]:
        """The what-ifs that the best lays over the flow."""
        return self.search.space.parted(self.best.cells)[0]

    @property
    def edits(self) -> list[str]:
        """The edits that give the flow what was found."""
        return [f"{address}={value}" for address, value in self._edits.items()]

    @property
    def _edits(self) -> dict[str, str]:
        return {**self.search.space.parted(self.best.cells)[1], **self.best.more}

    @property
    def recipes(self) -> Sequence[Recipe]:
        return [self.search.flow.recipe]

    def facts(self) -> Mapping[str, Any]:
        recipe, search, sure = self.search.flow.recipe, self.search, self.confirmed
        return {"flow": str(recipe.path), "with": [str(path) for path in recipe.over], "set": list(recipe.sets), "figure": self.goal.figure,
                "maximise": self.goal.maximise, "subject_to": [str(one) for one in self.goal.limits], "over": list(search.space.names),
                "fixed_line": self.goal.fixed_line, "edits": self._edits, "lay_over": list(self.over), "trials": len(search.found), "how": search.how,
                "proven": search.proven, "stopped": search.stopped or sure.stopped, "seed": search.seed, "simulated": sure.words,
                "probability_of_correct_selection": sure.probability, "indifference": sure.indifference, "ties": self.ties}

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit of each figure."""
        return figure_units(self.search.flow.plan)

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        confirmed = {"confirmed": self._confirmed()} if self.confirmed.shown else {}
        trials = self._trials()
        return {"choices": self._choices(), "figures": self._figures(), **confirmed,
                "frontier": tables.frontier(trials, self.search.space.names), "trials": trials}

    def _choices(self) -> pd.DataFrame:
        """One row per variable: what it is in the flow as it stands, and at best; then the tools that the line took besides."""
        recipe, rows = self.search.flow.recipe, []
        for one, cell in zip(self.search.space.variables, self.best.cells, strict=True):
            own = NONE if one.name == WITH else standing(recipe, one.addresses[0])
            rows.append((one.name, own, cell))
        rows += [(address, standing(recipe, address), value) for address, value in self.best.more.items()]
        return pd.DataFrame(rows, columns=["variable", "before", "best"])

    def _figures(self) -> pd.DataFrame:
        """One row per figure: of the flow as it stands and of the best, in closed form, and the limit that it has."""
        limits = {name: "; ".join(f"{one.sign} {one.value:g}" for one in self.goal.limits if one.figure == name) for name in self.goal.figures}
        known = [name for name in self.goal.figures if name in self.units]
        return pd.DataFrame([(name, self.units[name], self.base.figures.get(name, math.nan), self.best.figures.get(name, math.nan), limits[name])
                             for name in known], columns=["figure", "unit", "before", "best", "limit"])

    def _confirmed(self) -> pd.DataFrame:
        """One row per trial that was simulated, the best first: its figure in closed form and simulated, how much more than the best that is on the
        same random numbers, with intervals; figures that have limits; and a verdict."""
        numbers = self._numbers()
        rows = []
        for one in self.confirmed.shown:
            limits = {f"{name}{end}": value for name, found in one.limits.items() for end, value in (
                ("", found.mean), ("_ci_low", found.low), ("_ci_high", found.high)) if name != self.goal.figure}
            rows.append({"trial": numbers[one.trial.cells], **dict(zip(self.search.space.names, one.trial.cells, strict=True)),
                         "expected": one.trial.figures[self.goal.figure], self.goal.figure: one.found.mean, "ci_low": one.found.low,
                         "ci_high": one.found.high, "more_than_best": one.apart.mean, "more_ci_low": one.apart.low, "more_ci_high": one.apart.high,
                         **limits, "limits": one.kept, "replications": one.replications, "verdict": one.verdict})
        return pd.DataFrame(rows)

    def _numbers(self) -> dict[tuple[str, ...], int]:
        return {cells: n for n, cells in enumerate(self.search.found, 1)}

    def _trials(self) -> pd.DataFrame:
        names, figures = self.search.space.names, self.goal.figures
        rows = [{"trial": n, "how": one.how, **dict(zip(names, one.cells, strict=True)),
                 **{name: one.figures.get(name, math.nan) for name in figures},
                 "tools_taken": "; ".join(f"{address}={value}" for address, value in one.more.items()), "will_do": one.will_do,
                 "best": one.cells == self.best.cells, "why": one.why} for n, one in enumerate(self.search.found.values(), 1)]
        return tables.trials_table(rows, [one.name for one in self.search.space.variables if one.ordered])

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        def drawn(name: str) -> bytes:
            from procsim.figures import optimise as figures
            from procsim.figures import style

            words = f"{self.goal.figure.replace('_', ' ')}, {self.units[self.goal.figure]}"
            made = (figures.frontier(self.trials, self.frontier, self.title) if name == "frontier" else
                    figures.history(self.trials, self.goal.figure, words, self.goal.maximise, self.title))
            return style.svg(made, name)

        return {name: partial(drawn, name) for name in (["frontier"] if len(self.frontier) else []) + ["history"]}

    def save_flow(self, file: Path | str) -> None:
        """Writes *file*, a what-if that extends the flow, with what the best lays over it, and has what was found.

        Raises RecipeError where the file is there already and no such what-if, or where it could not lead to the flow; OSError."""
        save_edited(file, self.search.flow.recipe, WORD, self.title, self._edits, [Path(one) for one in self.over])


def optimise(flow: Flow, choose: Mapping[str, object] | Sequence[str], minimise: str = "", maximise: str = "", subject_to: Sequence[str] = (), *,
             trials: int = TRIALS, seed: int | None = None, set: Sets = (), over: Sequence[Path | str] = (), fixed_line: bool = False,
             simulate: bool = True, few: int = BEST, replications: int = REPLICATIONS, indifference: float = INDIFFERENCE, jobs: int = 1,
             executor: Workers | None = None, deadline: float = math.inf,
             progress: Callable[[str, int, int], None] = lambda *_: None) -> OptimiseResult:
    """What is best of *flow* where what *choose* names may be chosen: the figure to *minimise* or to *maximise*, within the limits *subject_to*.

    A variable takes one of some values, ``{"line.lot.panels": [4, 8, 12]}`` or ``"layer.repeat=1,2,3"``; any number of a range, ``"a.b=0.5..2"``, or
    by factors, ``"a.b=log:1..100"`` (whole numbers, where only these may stand there); steps of it, ``"a.b=0.5..2:7"``. Methods, materials and parts
    are values like others; ``{"with": ["none", "whatif/a.yaml"]}`` chooses among what-ifs to lay over. A limit is ``"cycle_time<80"``. *choose* is
    ``--over`` of the command line, and *over*, what-ifs that all points have, is its ``--with``.

    Where there are no more points than *trials*, all of them are tried; numbers of tools, with up to a hundred other choices, are found as ``size``
    does where the least cost is sought in a cycle time; else SciPy's differential evolution seeks, by *seed*, and then one variable is moved at a
    time. A line that cannot make a point is given the tools that it lacks, unless
    *fixed_line*. The best *few* are simulated on the same random numbers until one is the best with the confidence that the flow has, if it is better
    by the share *indifference* or more, or for as many *replications* at most. *jobs* are processes, or an *executor* has so many.

    >>> import procsim
    >>> found = procsim.optimise("flows:embodiment_1.yaml", {"line.lot.panels": [6, 12, 24], "tools.exposure.count": "2..4"},
    ...                          minimise="cost_per_good_unit_loaded", subject_to=["cycle_time<120"], simulate=False)
    >>> found.search.how, found.choices["variable"].to_list()
    ('all 9 points: there is none better among them', ['line.lot.panels', 'tools.exposure.count'])

    Raises RecipeError where a figure, a variable or the flow is wrong, InfeasibleError where nothing that was tried will do, or nothing of it in
    simulation.
    """
    refuse_idle(simulate, "is of simulations, and simulate=False wants none: leave one of them out", few=few != BEST,
                replications=replications != REPLICATIONS, indifference=indifference != INDIFFERENCE)
    base = evaluator(flow, set, over)
    wanted = goal(minimise, maximise, subject_to, list(figure_units(base.plan)), fixed_line)
    own = tried(base, {}, (), wanted)
    _refuse_unknown(own, wanted)
    within = space(choose, base)
    checked(within, base)
    with processes(jobs) if executor is None else nullcontext(executor) as pool:
        search = Search(base, within, wanted, trials, base.plan.seed if seed is None else seed, pool, jobs, deadline,
                        partial(progress, "trials"))
        search.run()
        _refuse(search)
        ask = Ask(few, min(10, replications), replications, indifference, seed, deadline)
        confirmed = _confirmed(search, ask, progress) if simulate else Confirmed()
    return OptimiseResult(search, own, confirmed)


def _refuse_unknown(own: Trial, wanted: Goal) -> None:
    """Raises RecipeError where a figure that is asked for has no closed form in the flow as it stands."""
    for name in dict.fromkeys((wanted.figure, *(one.figure for one in wanted.limits))):
        if own.figures and not math.isfinite(own.figures[name]):
            raise RecipeError(Problem(f"{name} has no closed form, and nothing can be sought by it"))


def _refuse(search: Search) -> None:
    """Raises what tells that nothing will do, if that is so."""
    if not search.found:
        raise KeyboardInterrupt if search.stopped == "interrupt" else StoppedError("time is up")
    if search.best.will_do:
        return
    near = search.best
    if near.figures:
        raise InfeasibleError(f"none of {len(search.found)} trials does what is asked; the nearest, {_said(search, near)}: {near.why}")
    told: dict[str, Trial] = {}
    for trial in search.found.values():
        told.setdefault(trial.why, trial)
    raise RecipeError(*(Problem(f"no trial of {len(search.found)} has figures: at {_said(search, trial)}: {why}")
                        for why, trial in list(told.items())[:REASONS]))


def _said(search: Search, trial: Trial) -> str:
    return ", ".join(f"{name}={cell}" for name, cell in zip(search.space.names, trial.cells, strict=True))


def _confirmed(search: Search, ask: Ask, progress: Callable[[str, int, int], None]) -> Confirmed:
    if search.stopped:
        return Confirmed(words="not simulated: it was stopped before")
    if not simulates(search.goal, search.flow.plan):
        return Confirmed(words=f"not simulated: {search.goal.figure} does not vary")
    done = 0

    def news(count: int) -> None:
        nonlocal done
        done += count
        progress("replications", done, ask.few * ask.most)

    return confirm(search, ask, news)
