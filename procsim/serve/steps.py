"""Lists the steps of a flow as a page shows them: in the order of the line, group by group, with where each may move."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from procsim.recipe.edits import StepNode
from procsim.recipe.recipe import Recipe
from procsim.serve.fields import base_of


@dataclass(frozen=True, slots=True)
class Row:
    """One step: its *id*, that of all its instances, what it does and how, and whether an edit has touched it. *heads* are the groups that begin
    with it, each with the address of its repeat and how often it is there (0: it is not repeated). *up* and *down* are its neighbours in the same
    group."""

    id: str
    base: str
    op: str
    how: str
    tool: str
    touched: bool
    heads: tuple[Head, ...]
    up: str
    down: str

    @property
    def key(self) -> str:
        """A name for it in a page."""
        return key_of(self.id)

    @property
    def short(self) -> str:
        return self.id.rpartition("/")[2]

    @property
    def depth(self) -> int:
        return self.id.count("/")


@dataclass(frozen=True, slots=True)
class Head:
    """A group of steps: its *name*, the address of its repeat, and how often it is there (0: it is used once, by its own name)."""

    name: str
    address: str
    times: int


def key_of(step: str) -> str:
    return "s" + hashlib.sha256(step.encode()).hexdigest()[:12]


def rows(recipe: Recipe) -> list[Row]:
    """Every step of *recipe*."""
    steps = recipe.draft.steps
    if len(recipe.steps) != len(steps):  # of several packages on a line the steps stand in their own recipes
        return []
    found: list[Row] = []
    for n, (placed, step) in enumerate(zip(recipe.steps, steps, strict=True)):
        before = steps[n - 1] if n else None
        own = placed.step
        found.append(Row(step.id, base_of(step), step.node.text("op") or "", own.process or "", own.tool or "", _touched(step),
                         tuple(_heads(recipe, before, step)), _beside(recipe, n, -1), _beside(recipe, n, 1)))
    return found


def _touched(step: StepNode) -> bool:
    """Whether a page's edit has touched it, which has no line."""
    return any(not place.line for place in (*step.edits, step.node.place))


def _heads(recipe: Recipe, before: StepNode | None, step: StepNode) -> Iterator[Head]:
    """The groups that *step* is in and the one *before* it is not."""
    for depth in range(1, len(step.segments)):
        own = step.segments[:depth]
        if before is None or before.segments[:depth] != own:
            address = "/".join(segment.base for segment in own)
            numbered = own[-1].name != own[-1].base
            yield Head("/".join(segment.name for segment in own), f"{address}.repeat", _times(recipe, address) if numbered else 0)


def _times(recipe: Recipe, address: str) -> int:
    depth = address.count("/") + 1
    names = {tuple(segment.name for segment in step.segments[:depth]) for step in recipe.draft.steps
             if len(step.segments) > depth - 1 and "/".join(segment.base for segment in step.segments[:depth]) == address}
    outer = {name[:-1] for name in names}
    return len(names) // max(len(outer), 1)


def _beside(recipe: Recipe, n: int, way: int) -> str:
    """The id of the step before or behind step *n*, if it is in the same group."""
    steps = recipe.draft.steps
    if not 0 <= n + way < len(steps) or steps[n + way].segments[:-1] != steps[n].segments[:-1]:
        return ""
    return steps[n + way].id
