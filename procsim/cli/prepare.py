"""Begins every command: reads its recipe, makes the Plan and solves it in closed form; and defines the exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from procsim.cli.show import doing
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.errors import Problem, RecipeError
from procsim.planning.plan import Plan
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe

DONE, INFEASIBLE, WRONG, MET, BUG = 0, 1, 2, 3, 70


def prepared(options: argparse.Namespace, sets: Sequence[str] | None = None, flow: str | None = None,
             over: Sequence[str] | None = None) -> tuple[Recipe, Plan, ClosedForm]:
    """The recipe, its Plan and its closed form: the first things every command needs."""
    wip = getattr(options, "start_wip", None)
    with doing("recipe"):
        recipe = load(Path(flow or options.flow), options.sets if sets is None else sets, Path(wip) if wip else None,
                      options.over if over is None else over)
    with doing("plan"):
        plan = settled(recipe)
    with doing("closed form"):
        return recipe, plan, solve(plan)


def wrong(message: str) -> RecipeError:
    """A mistake in the command itself."""
    return RecipeError(Problem(message))
