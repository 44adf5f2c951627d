"""Tries a flow at points of a space: what an optimum is sought by, of each point, and why one will not do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from procsim.closed_form.marginal_cost import tools_held
from procsim.errors import InfeasibleError, Problem, RecipeError, StoppedError, did_you_mean
from procsim.experiments.halting import halted
from procsim.experiments.origin import Origin, evaluator, why
from procsim.experiments.points import Evaluator, Point, Values
from procsim.maths.numerals import number
from procsim.planning.checks.infeasible import infeasible
from procsim.results.overload import overloads

Cells = tuple[str, ...]
"""What each variable is at a point."""
SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda x, y: x <= y, ">=": lambda x, y: x >= y, "<": lambda x, y: x < y, ">": lambda x, y: x > y}
"""Signs of a limit, the longer ones first."""
ALSO = ("cost_per_good_unit_loaded", "good_units_per_week", "yield", "cycle_time", "bottleneck_load", "tools_added")
"""Figures that are kept of each trial, beside those that are asked for."""
NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Limit:
    """A *figure* that is to be less, or more, than a *value*."""

    figure: str
    sign: str
    value: float

    def __str__(self) -> str:
        return f"{self.figure} {self.sign} {self.value:g}"

    def broken(self, found: float) -> float:
        """By how much, as a share of the value; 0 where it holds."""
        if SIGNS[self.sign](found, self.value):
            return 0.0
        return max(abs(found - self.value) / max(abs(self.value), 1e-12), 1e-12)


@dataclass(frozen=True, slots=True)
class Goal:
    """The *figure* that is to be as small as can be, or, with *maximise*, as large, within *limits*; with a *fixed_line* no line has other tools than
    the point says."""

    figure: str
    maximise: bool = False
    limits: tuple[Limit, ...] = ()
    fixed_line: bool = False

    @property
    def figures(self) -> tuple[str, ...]:
        """All that is kept of a trial."""
        return tuple(dict.fromkeys((self.figure, *(one.figure for one in self.limits), *ALSO)))

    @property
    def word(self) -> str:
        return "most" if self.maximise else "least"


@dataclass(frozen=True, slots=True)
class Trial:
    """A point, what each variable is there (*cells*), with its *figures*; *more* tools that it took, as edits, and *why* it will not do."""

    cells: Cells
    figures: Mapping[str, float] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    broken: float = NEVER
    how: str = ""

    @property
    def will_do(self) -> bool:
        """Whether it is a recipe, a line that is not overloaded, and within all limits."""
        return self.broken == 0.0


def goal(minimise: str, maximise: str, limits: Sequence[str], known: Sequence[str], fixed_line: bool) -> Goal:
    """The goal that an option says. Raises RecipeError where it says none, or of figures that are none of the *known* ones."""
    if bool(minimise) == bool(maximise):
        raise RecipeError(Problem("say what is best: either --minimise FIGURE or --maximise FIGURE"))
    option = "--maximise" if maximise else "--minimise"
    return Goal(_known(option, maximise or minimise, known), bool(maximise), tuple(_limit(text, known) for text in limits), fixed_line)


def _limit(text: str, known: Sequence[str]) -> Limit:
    for sign in SIGNS:
        name, found, value = text.partition(sign)
        if found:
            try:
                bound = float(value)
            except ValueError:
                bound = math.nan
            if not math.isfinite(bound):
                raise RecipeError(Problem(f"--subject-to {text[:100]}: a limit is a number (got '{value.strip()[:40]}')"))
            return Limit(_known("--subject-to", name.strip(), known), sign, bound)
    raise RecipeError(Problem(f"--subject-to {text[:100]}: it says FIGURE<VALUE, such as 'cycle_time<80' (or <=, >, >=)"))


def _known(option: str, name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise RecipeError(Problem(f"{option}: no figure '{name[:60]}'{did_you_mean(name, known)}; figures: {', '.join(known)}"))
    return name


def tried(flow: Evaluator, values: Values, cells: Cells, wanted: Goal) -> Trial:
    """The trial of *values*."""
    try:
        point, more, added = equipped(flow, values, wanted.fixed_line)
        found = point.figures() | {"tools_added": float(added)}
    except RecipeError as error:
        return Trial(cells, why=why(error, flow.recipe, [f"{address}={value}" for address, value in values.items()]))
    except InfeasibleError as error:
        return Trial(cells, why=" ".join(str(error).split()))
    return judged(Trial(cells, {name: found.get(name, math.nan) for name in wanted.figures}, more), wanted)


def judged(trial: Trial, wanted: Goal) -> Trial:
    """*trial*, and whether it is within all limits."""
    asked = [wanted.figure, *(one.figure for one in wanted.limits)]
    if missing := [name for name in asked if not math.isfinite(trial.figures[name])]:
        return replace(trial, why=f"{', '.join(missing)} has no closed form there", broken=NEVER)
    beyond = [(one, one.broken(trial.figures[one.figure])) for one in wanted.limits]
    said = "; ".join(f"{one.figure} is {number(trial.figures[one.figure])}, not {one.sign} {one.value:g}" for one, by in beyond if by)
    return replace(trial, why=said, broken=sum(by for _, by in beyond))


def equipped(flow: Evaluator, values: Values, fixed_line: bool) -> tuple[Point, dict[str, str], int]:
    """The point there, of a line that is not overloaded; the edits that give it tools besides its own, and how many these are: none with a
    *fixed_line*, and none where their number is among *values*. Raises RecipeError where it is no recipe, InfeasibleError where the line is
    overloaded all the same."""
    point = flow.at(values, fixed_line=True)
    if never := infeasible(point.plan):
        raise InfeasibleError("; ".join(never))
    over = overloads(point.plan, point.closed)
    if not over or point.plan.allow_overload:
        return point, {}, 0
    names, own, held = point.plan.groups.names, point.plan.groups.count, tools_held(point.plan, point.closed)
    if fixed_line or any(f"tools.{names[g]}.count" in values for g in (held > own).nonzero()[0].tolist()):
        raise InfeasibleError("; ".join(over))
    found = flow.equipped(values, point)
    counts = zip(names, own.tolist(), found.plan.groups.count.tolist(), strict=True)
    more = {f"tools.{name}.count": str(int(count)) for name, before, count in counts if count > before}
    return found, more, int(found.plan.groups.count.sum() - own.sum())


@dataclass(frozen=True, slots=True)
class Batch:
    """Points to try together: for each the flow that it is of, by number among *origins*, the *values* there and its *cells*."""

    origins: tuple[Origin, ...]
    points: tuple[tuple[int, Values, Cells], ...]
    wanted: Goal


def batch(task: Batch) -> list[Trial]:
    """The trials of a batch, in a process that reads the flows itself. Raises StoppedError where nobody waits."""
    found = []
    for number_, values, cells in task.points:
        if halted():
            raise StoppedError("nobody waits for these trials")
        found.append(tried(evaluator(task.origins[number_]), values, cells, task.wanted))
    return found
