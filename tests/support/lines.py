"""Makes plans of recipes that tests write as text, and reads off a run when its lots left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent, indent

import pytest

from procsim.costs.totals import Totals
from procsim.errors import Problem, RecipeError
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load

Write = Callable[..., Path]
"""Writes a recipe, or any file, into the test's own folder: the fixture ``write``."""
ONE_LOT = "release: {every_h: 10, lots: 1}"
"""A lot at time 0, and none after it."""
LEFT = 3
"""The column of ``Totals.lots`` with the time at which a lot left, below 0 where it has not."""


def plan_of(write: Write, text: str, *sets: str) -> Plan:
    """The plan of the recipe *text* with the edits *sets*."""
    return make(load(write(text), sets))


def text_of_line(line: str, tools: str, steps: str, horizon: float = 100, warmup: float = 0, more: str = "") -> str:
    """A recipe that is a line and nothing else. *line* (releases, shifts, …), *tools* and *steps* have an entry a line, indented or not; *more* are
    further sections. An overload is simulated all the same."""
    parts = (indent(dedent(part.strip("\n")), "  " * deep) for part, deep in ((line, 1), (tools, 2), (steps, 1)))
    return "line:\n{}\n  tools:\n{}\n{more}run: {run}\nsteps:\n{}\n".format(
        *parts, more=more, run=f"{{horizon_h: {horizon}, warmup_h: {warmup}, allow_overload: true}}")


def plan_of_line(write: Write, line: str, tools: str, steps: str, horizon: float = 100, sets: Sequence[str] = (), warmup: float = 0) -> Plan:
    """The plan of a line of texts (see ``text_of_line``) with the edits *sets*."""
    return plan_of(write, text_of_line(line, tools, steps, horizon, warmup), *sets)


def exponential(mean: float) -> str:
    """A time, or a time between two events, whose law is exponential."""
    return f"{{exponential: {{mean: {mean!r}}}}}"


def problems_of(path: Path, *sets: str) -> list[Problem]:
    """Every mistake for which a recipe, with the edits *sets*, is refused as it is read or planned."""
    with pytest.raises(RecipeError) as caught:
        make(load(path, sets))
    return list(caught.value.problems)


def messages_of(path: Path, *sets: str) -> list[str]:
    """The same, each in words and without its place."""
    return [problem.message for problem in problems_of(path, *sets)]


def refusal_of_line(write: Write, line: str, tools: str, steps: str) -> str:
    """All that is printed of the mistakes of a line of texts (see ``text_of_line``)."""
    with pytest.raises(RecipeError) as caught:
        plan_of_line(write, line, tools, steps)
    return str(caught.value)


def finished(totals: Totals) -> list[float]:
    """Hours at which lots left, of those that did, in the order in which they were released."""
    left = totals.lots[:, LEFT]
    return [float(x) / HOUR for x in left[left >= 0]]


def finished_by_stream(totals: Totals, plan: Plan) -> dict[str, list[float]]:
    """The same, by release stream."""
    lots = totals.lots[totals.lots[:, LEFT] >= 0]
    return {stream.name: [float(x) / HOUR for x in lots[lots[:, 0] == i, LEFT]] for i, stream in enumerate(plan.streams)}
