"""Has a flow make the good units that are asked for, with the tools that this takes, so that flows compare at one demand; tells where they do not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from procsim.closed_form.by_release import releases
from procsim.closed_form.mean_flow import because
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.closed_form.starts import released_per_h
from procsim.errors import Problem, RecipeError
from procsim.maths.numerals import number
from procsim.planning.fitted import WEEK_H
from procsim.planning.plan import Plan
from procsim.recipe.changes import blamed
from procsim.recipe.load import again
from procsim.recipe.recipe import Recipe

UNLIKE = 0.02
"""Outputs that differ by a larger share than this are told."""


def at_demand(recipe: Recipe, good: float | None) -> Recipe:
    """*recipe* with so many *good* units a week, of each release in the share that it has, and as many tools as they take at ``line.max_load``; None
    leaves it as it is. Raises RecipeError where it has no rate."""
    if good is None:
        return recipe
    plan = settled(recipe)
    refuse_constant_wip(recipe, plan)
    edits = {**demand(recipe, plan, solve(plan), good), "line.count": "auto"}
    with blamed_on(good):
        made = again(recipe, [f"{address}={value}" for address, value in edits.items()])
        settled(made)
    return made


@contextmanager
def blamed_on(good: float | None) -> Iterator[None]:
    """Has what is wrong in the block, a line that is to make *good* units a week, told of that demand, and not of what the recipe releases."""
    try:
        yield
    except RecipeError as error:
        if good is None:
            raise
        raise RecipeError(*(Problem(f"--good-per-week {good:g}: {one.message}") for one in error.problems)) from None


@contextmanager
def told_of(options: Mapping[str, str], where: str = "") -> Iterator[None]:
    """Has what is wrong in the block, and was written by an edit (``address=value``), told of the option that made this edit, as *options* has it by
    the edit; and all of it of *where* it is so, an option as well. No recipe is blamed for what an option asks of it."""
    try:
        yield
    except RecipeError as error:
        raise RecipeError(*(_of_option(problem, options, where) for problem in error.problems)) from None


def _of_option(problem: Problem, options: Mapping[str, str], where: str) -> Problem:
    by = blamed(problem, list(options))
    edit = by.place.file.removeprefix("--set ") if by.place is not None else ""
    if edit in options:
        return Problem(": ".join(dict.fromkeys([*filter(None, [where]), options[edit], problem.message])), address=problem.address)
    return replace(problem, message=f"{where}: {problem.message}") if where else problem


def refuse_both(good: float | None, fixed_line: bool) -> None:
    """Raises RecipeError where a line is to keep its tools and to have those that a demand takes."""
    if good is not None and fixed_line:
        raise RecipeError(Problem("--fixed-line keeps the recipe's tools, and --good-per-week gives each flow those that it takes: leave one of them "
                                  "out"))


def refuse_constant_wip(recipe: Recipe, plan: Plan) -> None:
    """Raises RecipeError where lots come by no rate."""
    if any(stream.conwip for stream in plan.streams):
        address = "line.release" if recipe.document.line.release is not None else "line.releases"
        why = "a constant WIP has no rate that a line could be sized for: its lots start as others leave"
        raise RecipeError.at(recipe.place(address), f"{why}; release them by the clock, as with good_units_per_week", address)


def demand(recipe: Recipe, plan: Plan, closed: ClosedForm, good: float) -> dict[str, str]:
    """The edits that ask for so many *good* units a week, of each release in the share that it has. Raises RecipeError where what the line makes has
    no closed form."""
    if not weekly_output(plan, closed) > 0:
        raise RecipeError(Problem(f"how many good units the line makes has no closed form{because(plan)}, so that it is sized for none: leave "
                                  "--good-per-week and --over out"))
    if recipe.document.line.release is not None:
        return {"line.release.good_units_per_week": f"{good:.12g}"}
    each = releases(plan, closed).good * plan.route.mix
    shares = each / each.sum()
    return {f"line.releases.{stream.name}.good_units_per_week": f"{good * share:.12g}"
            for stream, share in zip(plan.streams, shares.tolist(), strict=True)}


def weekly_output(plan: Plan, closed: ClosedForm) -> float:
    """Good units a week of a line that puts through all that is released."""
    return closed.flow.good * released_per_h(plan) * WEEK_H


def outputs(plans: Sequence[Plan]) -> list[float]:
    """Good units a week of each line, if all that is released gets through."""
    return [weekly_output(plan, solve(plan, timed=False)) for plan in plans]


def unlike_outputs(names: Sequence[str], outputs: Sequence[float]) -> str:
    """What is to be said of flows that make so many good units a week, if these are unlike, or nothing: their costs hold at unlike volumes."""
    known = [value for value in outputs if math.isfinite(value)]
    if len(known) < 2 or max(known) <= (1 + UNLIKE) * min(known):
        return ""
    told = ", ".join(f"{name} {number(value, 3)}" for name, value in zip(names, outputs, strict=True))
    return f"good units a week differ ({told}), and costs with them; --good-per-week N compares at one demand, with the tools that each then takes"
