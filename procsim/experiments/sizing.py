"""Sizes a line: as many good units a week as are asked for, no group loaded more and no lot slower than it may be, at the least cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve, stay_of
from procsim.closed_form.tool_counts import least_counts
from procsim.closed_form.tool_search import PLENTY, Sized, plenty, search
from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.experiments.demand import demand, refuse_constant_wip, told_of, weekly_output
from procsim.experiments.vary import MOST_POINTS, Axis
from procsim.maths.numerals import number
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan
from procsim.recipe.load import again
from procsim.recipe.recipe import Recipe
from procsim.results.overload import refuse_overload

FULL = 0.999
"""The load of a line without a limit of it: at 1 queues grow without end."""
NO_CHEAPER = "no cheaper with any tools"
"""Why a choice was not looked at further: its least tools, those of its load alone, cost as much as the best before it."""
REASONS = 3
"""Reasons that are told where no choice will do, at most."""
SEEN = 1e-3
"""Share of the cycle time from which on waiting is told."""
LOTS = "lots"
"""The word for lot sizes from a quarter of the recipe's own to twice it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a line is to do: *good* units a week (None: as many as it does), no group loaded more than *load* (None: than the recipe says), in
    *cycle_h* at most; and what else may be chosen, *over* axes."""

    good: float | None = None
    load: float | None = None
    cycle_h: float = math.inf
    over: tuple[Axis, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """What a limit, of so many of a *unit*, costs: fully loaded, USD per good unit, and tools, *with* it and *without* it, all others kept."""

    name: str
    value: float
    unit: str
    usd: tuple[float, float]
    tools: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """*values* of the axes, with what was found for them: a *cost* per good unit, USD, *tools* and hours of *cycle* time; *why* there is nothing."""

    values: tuple[str, ...]
    cost: float = math.nan
    tools: int = 0
    cycle_h: float = math.nan
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sizing:
    """A line that was sized: the Plan *before*, that of its own tools at the same *demand*, and the one *after*, each with its closed form; the
    *edits* that make the one of the other, what was *sized*, its *limits*, and the *choices* there were along the *axes*."""

    recipe: Recipe
    before: tuple[Plan, ClosedForm]
    demand: tuple[Plan, ClosedForm]
    after: tuple[Plan, ClosedForm]
    edits: dict[str, str]
    sized: Sized
    limits: tuple[Limit, ...]
    axes: tuple[Axis, ...] = ()
    choices: tuple[Choice, ...] = ()


def size_line(recipe: Recipe, ask: Ask, progress: Callable[[int], None] = lambda _: None) -> Sizing:
    """The line of *recipe*, sized as *ask* says.

    Raises RecipeError where the recipe is wrong or has no rate, InfeasibleError where no number of tools does what is asked.
    """
    before = settled(recipe)
    closed = solve(before)
    refuse_constant_wip(recipe, before)
    asked = {**_demand(recipe, before, closed, ask), **({"line.max_load": _text(ask.load)} if ask.load is not None else {})}

    def made(edits: Mapping[str, str]) -> Plan:
        return settled(again(recipe, [f"{address}={value}" for address, value in edits.items()]))

    best: tuple[float, dict[str, str], Plan, Sized] | None = None
    choices, refused = [], list[RecipeError | InfeasibleError]()
    for values in _points(ask.over):
        edits = {**asked, **{address: value for axis, value in zip(ask.over, values, strict=True) for address in axis.addresses}}
        try:
            with told_of(_options(edits, ask, values), _chosen(ask, values)):
                plan = made({**edits, "line.count": "auto"})
            found = _sized(plan, ask, best[0] if best else math.inf)
        except (RecipeError, InfeasibleError) as error:
            if not ask.over:
                raise
            refused.append(error)
            choices.append(Choice(values, why=_line(error)))
            continue
        finally:
            progress(1)
        cost = _cost(plan, found)
        choices.append(Choice(values, cost, int(found.count.sum()), found.closed.time.cycle_h, "" if found.how else NO_CHEAPER))
        if found.how and (best is None or cost < best[0]):
            best = cost, edits, plan, found
    if best is None:
        raise _none(ask, refused)
    _, edits, plan, found = best
    counted = {**edits, **_counts(recipe, plan, found)}
    after, bare = made(counted), made(edits)
    return Sizing(recipe, (before, closed), (bare, solve(bare)), (after, solve(after)), counted, found, tuple(_limits(plan, found, ask)), ask.over,
                  tuple(choices))


def _chosen(ask: Ask, values: Sequence[str]) -> str:
    """The *values* of what may be chosen, as the options say them."""
    return " ".join(f"--over {axis.name}={value}" for axis, value in zip(ask.over, values, strict=True))


def _options(edits: Mapping[str, str], ask: Ask, values: Sequence[str]) -> dict[str, str]:
    """The option that makes each of *edits*, by the edit."""
    chosen = {address: f"--over {axis.name}={value}" for axis, value in zip(ask.over, values, strict=True) for address in axis.addresses}
    asked = {"line.max_load": f"--max-load {ask.load:g}"} if ask.load is not None else {}
    asked |= {address: f"--good-per-week {ask.good:g}" for address in edits if address.startswith("line.release")} if ask.good is not None else {}
    return {f"{address}={value}": option for address, value in edits.items() if (option := {**asked, **chosen}.get(address))}


def _line(error: Exception) -> str:
    return str(error).split("\n")[0]


def _none(ask: Ask, refused: Sequence[RecipeError | InfeasibleError]) -> RecipeError | InfeasibleError:
    """What tells that no choice will do, and why: a mistake in the recipe where each of them is one."""
    wrong = [error for error in refused if isinstance(error, RecipeError)]
    if len(wrong) == len(refused):
        return RecipeError(*list({problem.message: problem for error in wrong for problem in error.problems}.values())[:REASONS])
    told = list(dict.fromkeys(map(_line, refused)))
    return InfeasibleError(f"no choice of {', '.join(axis.name for axis in ask.over)} will do: {'; '.join(told[:REASONS])}"
                           + (f"; and {len(told) - REASONS} other reasons" if len(told) > REASONS else ""))


def _demand(recipe: Recipe, plan: Plan, closed: ClosedForm, ask: Ask) -> dict[str, str]:
    """The edits that ask for good units; none where the recipe's own releases stay as they are."""
    if ask.good is None and not (ask.over and plan.wanted is None):
        return {}
    return demand(recipe, plan, closed, ask.good if ask.good is not None else weekly_output(plan, closed))


def _text(value: float) -> str:
    """*value* as YAML has it."""
    return f"{value:.12g}"


def _points(axes: Sequence[Axis]) -> Iterator[tuple[str, ...]]:
    """Every combination of values."""
    if math.prod(len(axis.values) for axis in axes) > MOST_POINTS:
        raise RecipeError(Problem(f"--over: more than {MOST_POINTS} combinations"))
    return product(*(axis.values for axis in axes))


def _sized(plan: Plan, ask: Ask, below: float) -> Sized:
    """The cheapest tools of *plan*, which has the fewest by load. Where not even those cost less than *below*, these, found in no way. Raises
    InfeasibleError."""
    closed = solve(plan)
    refuse_overload(plan, closed, False)
    least = Sized(plan.groups.count, closed, False, "", 1)
    if _cost(plan, least) >= below:
        return least
    found = search(plan, plan.groups.count, ask.cycle_h)
    if found is None:
        time = solve(with_counts(plan, plenty(plan, plan.groups.count))).time
        waits = f", {number(time.wait_h)} h waiting, most of that for batches to fill," if time.wait_h > SEEN * time.cycle_h else ""
        raise InfeasibleError(
            f"no number of tools brings the cycle time down to {number(ask.cycle_h)} h: with {PLENTY} times as many it is {number(time.cycle_h)} h, "
            f"{number(time.raw_process_h)} h of it at work{waits} and "
            f"{number(time.move_h + time.repair_h)} h in transport and repair; make lots or batches smaller (--over lots), or allow more")
    return found


def _cost(plan: Plan, found: Sized) -> float:
    """What is least: the fully loaded cost per good unit, or, where nothing has a price, the number of tools."""
    return float(found.count.sum()) if plan.money.free else found.closed.loaded


def _counts(recipe: Recipe, plan: Plan, found: Sized) -> dict[str, str]:
    """The edits that give the line those tools."""
    edits = {"line.count": "null"} if recipe.document.line.count else {}
    each = zip(plan.groups.names, plan.groups.duty.speeds, found.count.tolist(), strict=True)
    return edits | {f"tools.{name}.count": str(count) for name, speeds, count in each if not speeds}


def _limits(plan: Plan, found: Sized, ask: Ask) -> Iterator[Limit]:
    """What each limit costs."""
    tools = int(found.count.sum())
    which = plan.wanted.auto if plan.wanted is not None else np.zeros(len(plan.groups.names), dtype=bool)
    fewest = with_counts(plan, least_counts(plan, stay_of(found.closed), FULL, which))
    free = search(replace(fewest, max_load=FULL), fewest.groups.count, ask.cycle_h, prove=False)
    if free is not None:
        yield Limit("max_load", plan.max_load, "1", (found.closed.loaded, free.closed.loaded), (tools, int(free.count.sum())))
    if math.isfinite(ask.cycle_h):
        slow = solve(plan)
        yield Limit("max_cycle_time", ask.cycle_h, "h", (found.closed.loaded, slow.loaded), (tools, int(plan.groups.count.sum())))


def lot_sizes(recipe: Recipe) -> Axis:
    """The axis that ``lots`` stands for: a quarter of the recipe's own lot, half, all and twice of it."""
    own = recipe.document.line.lot.panels
    return Axis(("line.lot.panels",), tuple(str(n) for n in sorted({max(own // 4, 1), max(own // 2, 1), own, 2 * own})))
