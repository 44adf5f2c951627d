"""Finds where lots go in parts, step by step, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from procsim.errors import Problem
from procsim.model.rework import Rework
from procsim.recipe.recipe import Placed, Recipe, within


@dataclass(frozen=True, slots=True)
class Span:
    """Lots go in *parts* from the end of step *split* to the start of step *merge* (the number of steps, where they never merge)."""

    split: int
    merge: int
    parts: int

    def holds(self, s: int) -> bool:
        """Whether step *s* lies between."""
        return self.split < s < self.merge


def spans(steps: Sequence[Placed]) -> list[Span]:
    """Every span, in the order of the steps; what makes no sense is left to ``problems``."""
    found: list[Span] = []
    begun = -1
    for s, placed in enumerate(steps):
        step = placed.step
        if step.merge_lots and begun >= 0:
            found.append(Span(begun, s, steps[begun].step.split_lots or 1))
            begun = -1
        if step.split_lots is not None and begun < 0:
            begun = s
    if begun >= 0:
        found.append(Span(begun, len(steps), steps[begun].step.split_lots or 1))
    return found


def parts_of(steps: Sequence[Placed]) -> list[int]:
    """In how many parts a lot comes to each step; a step that only rework visits has the fewest of the steps that order it."""
    apart = spans(steps)
    found = [next((span.parts for span in apart if span.holds(s)), 1) for s in range(len(steps))]
    for s, placed in enumerate(steps):
        if placed.step.rework_only:
            found[s] = min((n for n, other in zip(found, steps, strict=True) if _via(other.step.rework, placed)), default=1)
    return found


def largest_lots(recipe: Recipe, names: Sequence[str]) -> list[float]:
    """Panels of the largest lot, or part of one, that comes to each tool group."""
    fewest: dict[str | None, int] = {}
    for n, placed in zip(parts_of(recipe.steps), recipe.steps, strict=True):
        fewest[placed.step.tool] = min(n, fewest.get(placed.step.tool, n))
    return [recipe.document.line.lot.panels / fewest[name] for name in names]


def _via(rework: Rework | None, placed: Placed) -> bool:
    return rework is not None and any(within(name, placed) for name in rework.via)


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Splits and merges that do not pair, do not divide the lot, or are not met by all who need them."""
    steps, panels = recipe.steps, recipe.document.line.lot.panels
    yield from _unpaired(steps)
    for span in spans(steps):
        if span.parts == 1:
            continue
        split, n = steps[span.split], span.parts
        if panels % n and n % panels:
            yield Problem(f"a lot of {panels} panels cannot go on in {n} equal parts: {n} must divide {panels}, or be a multiple of it, so that each "
                          "panel is cut into equal strips", split.place, f"{split.id}.split_lots")
        for end in (split, *(steps[span.merge : span.merge + 1])):
            if end.step.sample is not None or end.step.sample_every is not None:
                what = "split" if end is split else "merged"
                yield Problem(f"lots are {what} at {end.id}, which only a sample of them visits: let all of them come", end.place, f"{end.id}.sample")
        yield from _loops(steps, span)
        yield from _routes(recipe, span)


def _unpaired(steps: Sequence[Placed]) -> Iterator[Problem]:
    begun: Placed | None = None
    for placed in steps:
        step = placed.step
        if step.rework_only and (step.merge_lots or step.split_lots is not None):
            yield Problem("a step of rework neither splits nor merges lots", placed.place, placed.id)
            continue
        if step.merge_lots:
            if begun is None:
                yield Problem("nothing to merge: no earlier step splits lots (split_lots)", placed.place, f"{placed.id}.merge_lots")
            begun = None
        if step.split_lots is not None:
            if begun is not None:
                yield Problem(f"lots are in parts already, since {begun.id}: merge them first (merge_lots: true here or before)", placed.place,
                              f"{placed.id}.split_lots")
            begun = begun or placed


def _loops(steps: Sequence[Placed], span: Span) -> Iterator[Problem]:
    """Rework that goes from parts to whole lots or back."""
    for s, placed in enumerate(steps):
        rework = placed.step.rework
        if rework is None or rework.chance == 0:
            continue
        back = next((i for i, other in enumerate(steps) if rework.to and within(rework.to, other)), s)
        sides = {span.holds(i) for i in range(back, s + 1) if not steps[i].step.rework_only}
        if len(sides) > 1:
            yield Problem(f"rework from {placed.id} back to {steps[back].id} would cross the border of the steps that lots pass in {span.parts} "
                          f"parts (split at {steps[span.split].id}): keep it on one side", placed.place, f"{placed.id}.rework")


def _routes(recipe: Recipe, span: Span) -> Iterator[Problem]:
    """Streams whose lots pass steps between, but not the ends."""
    steps = recipe.steps
    for name, release in recipe.document.line.streams().items():
        def visits(s: int, route: Sequence[str] | None = release.route) -> bool:
            return route is None or any(within(wanted, steps[s]) for wanted in route)

        if not any(visits(s) for s in range(span.split + 1, span.merge) if not steps[s].step.rework_only):
            continue
        for end in (span.split, span.merge):
            if end < len(steps) and not visits(end):
                address = f"line.releases.{name}.route" if recipe.document.line.releases else "line.release.route"
                yield Problem(f"lots of stream '{name}' pass steps between the split at {steps[span.split].id} and its merge, but not "
                              f"{steps[end].id}: add it to their route", recipe.place(address), address)
