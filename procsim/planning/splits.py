"""Finds where lots go in parts, step by step, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from procsim.errors import Problem
from procsim.model.rework import Rework
from procsim.recipe.recipe import Placed, Recipe


@dataclass(frozen=True, slots=True)
class Span:
    """Lots go in *parts* from the end of step *split* to the start of step *merge* (the number of steps, where they never merge)."""

    split: int
    merge: int
    parts: int

    @property
    def inside(self) -> range:
        """The steps between."""
        return range(self.split + 1, self.merge)


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


def parts_of(recipe: Recipe) -> list[int]:
    """In how many parts a lot comes to each step; a step that only rework visits has the fewest of the steps that order it."""
    steps = recipe.steps
    found = [1] * len(steps)
    for span in spans(steps):
        found[span.split + 1:span.merge] = [span.parts] * len(span.inside)
    fewest: dict[int, int] = {}
    for parts, placed in zip(found, steps, strict=True):
        for s in recipe.names.any(placed.step.rework.via if placed.step.rework is not None else ()):
            fewest[s] = min(parts, fewest.get(s, parts))
    return [fewest.get(s, 1) if placed.step.rework_only else parts for s, (placed, parts) in enumerate(zip(steps, found, strict=True))]


def largest_lots(recipe: Recipe, names: Sequence[str]) -> list[float]:
    """Panels of the largest lot, or part of one, that comes to each tool group."""
    fewest: dict[str | None, int] = {}
    for n, placed in zip(parts_of(recipe), recipe.steps, strict=True):
        fewest[placed.step.tool] = min(n, fewest.get(placed.step.tool, n))
    return [recipe.document.line.lot.panels / fewest[name] for name in names]


def back_to(recipe: Recipe, s: int, rework: Rework) -> int:
    """The step to which the *rework* that step *s* orders goes back: the first that it names, else the step itself."""
    first = recipe.names.first(rework.to) if rework.to else s
    return s if first is None else first


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Splits and merges that do not pair, do not divide the lot, or are not met by all who need them."""
    steps, panels = recipe.steps, recipe.document.line.lot.panels
    yield from _unpaired(steps)
    apart = [span for span in spans(steps) if span.parts > 1]
    crossed = _crossed(recipe, apart)
    for span in apart:
        split, n = steps[span.split], span.parts
        if panels % n and n % panels:
            yield Problem(f"a lot of {panels} panels cannot go on in {n} equal parts: {n} must divide {panels}, or be a multiple of it, so that each "
                          "panel is cut into equal strips", split.place, f"{split.id}.split_lots")
        for end in (split, *(steps[span.merge : span.merge + 1])):
            if end.step.sample is not None or end.step.sample_every is not None:
                what = "split" if end is split else "merged"
                yield Problem(f"lots are {what} at {end.id}, which only a sample of them visits: let all of them come", end.place, f"{end.id}.sample")
        yield from (_crossing(steps, span, *ends) for ends in crossed.get(span, ()))
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


def _crossed(recipe: Recipe, apart: Sequence[Span]) -> dict[Span, list[tuple[int, int]]]:
    """By span that it crosses the border of: each step that orders rework, and the one to which that goes back."""
    steps, side = recipe.steps, dict[int, Span]()
    for span in apart:
        side |= dict.fromkeys(span.inside, span)
    found: dict[Span, list[tuple[int, int]]] = {}
    last, border = -1, -1  # steps of the main route: the last one, and the last before it that lies on another side of a border
    for s, placed in enumerate(steps):
        if not placed.step.rework_only:
            border, last = last if side.get(s) != side.get(last) else border, s
        rework = placed.step.rework
        if rework is None or rework.chance == 0:
            continue
        back = back_to(recipe, s, rework)
        if back <= border:
            for crossed in {side[i] for i in range(back, s + 1) if i in side and not steps[i].step.rework_only}:
                found.setdefault(crossed, []).append((s, back))
    return found


def _crossing(steps: Sequence[Placed], span: Span, s: int, back: int) -> Problem:
    """Rework that goes from parts to whole lots or back."""
    return Problem(f"rework from {steps[s].id} back to {steps[back].id} would cross the border of the steps that lots pass in {span.parts} "
                   f"parts (split at {steps[span.split].id}): keep it on one side", steps[s].place, f"{steps[s].id}.rework")


def _routes(recipe: Recipe, span: Span) -> Iterator[Problem]:
    """Streams whose lots pass steps between, but not the ends."""
    steps = recipe.steps
    for name, release in recipe.document.line.streams().items():
        if release.route is None:
            continue
        visited = recipe.names.any(release.route)
        if not any(s in visited for s in span.inside if not steps[s].step.rework_only):
            continue
        for end in (span.split, span.merge):
            if end < len(steps) and end not in visited:
                address = f"line.releases.{name}.route" if recipe.document.line.releases else "line.release.route"
                yield Problem(f"lots of stream '{name}' pass steps between the split at {steps[span.split].id} and its merge, but not "
                              f"{steps[end].id}: add it to their route", recipe.place(address), address)
