"""Checks that a process is done on a tool of a kind that does it: no grinding on a saw."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import a, ability, doer, would_fit


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Steps at tools of another kind; what says no kind may be any."""
    for placed in recipe.steps:
        step, wanted = placed.step, ability(placed.step).tools
        kinds = recipe.document.tools[step.tool].kinds if step.tool in recipe.document.tools else []
        if wanted and kinds and set(wanted).isdisjoint(kinds):
            address = _address(recipe, placed)
            fit = [name for name, tool in recipe.document.tools.items() if set(tool.kinds) & set(wanted)]
            yield Problem(f"{step.id}: {doer(step)} is done on {a(wanted)}, and {step.tool} is {a(kinds)}; {would_fit(fit)}",
                          recipe.place(address), address)


def _address(recipe: Recipe, placed: Placed) -> str:
    """Where the tool of the step was written: with its process, or with the step."""
    process = placed.step.process
    own = process is None or recipe.document.processes[process].tool != placed.step.tool
    return f"{placed.id}.tool" if own else f"processes.{process}.tool"
