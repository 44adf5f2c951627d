"""Makes the Route: the steps in the order in which a lot may pass them, rework unrolled, and who visits which of them.

A *position* is one pass of one step. Every lot goes through the positions in order and visits those that are meant for it:

    coat  inspect │ strip~1  coat~1  inspect~1 │ strip~2  coat~2  inspect~2 │ pack        two passes of rework, by way of strip

A step that orders rework does so in the passes of another's rework too, with its limit anew in each: its loops then stand there, behind it.
Rework of lots over a limit of queue time is unrolled alike, behind the step that they would have started; that step they leave out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Place, Problem, RecipeError
from procsim.maths.arrays import Ints
from procsim.maths.keyed_random import key_of
from procsim.model.rework import Again
from procsim.planning import splits
from procsim.planning.limits import Span, spans
from procsim.planning.plan import Route
from procsim.planning.split_span import Stretch
from procsim.recipe.recipe import Recipe

MOST = 20_000
"""Positions of a route, at most."""


def make_route(recipe: Recipe, mix: Sequence[float]) -> Route:
    """The Route of *recipe*, whose streams have the shares *mix*.

    Raises RecipeError where rework, a stream's route or a split of lots leads nowhere.
    """
    problems = [*_problems(recipe), *splits.problems(recipe)]
    if problems:
        raise RecipeError(*problems)
    found = _Unrolled(recipe, spans(recipe)[0])
    found.main()
    if len(found.step) > MOST:
        raise RecipeError(Problem(f"rework unrolls the route to more than {MOST} passes of steps; lower its limit", recipe.steps[0].place, "steps"))
    steps = recipe.steps
    step = np.array(found.step, dtype=np.int64)
    routes = [range(len(steps)) if release.route is None else recipe.names.any(release.route) for release in recipe.document.line.streams().values()]
    streams = np.array([[s in route for s in found.step] for route in routes])
    after = np.array(found.after, dtype=np.int64)
    sample = np.array([1.0 if steps[s].step.sample is None else float(steps[s].step.sample or 0.0) for s in found.step])
    every = np.array([steps[s].step.sample_every or 0 for s in found.step], dtype=np.int64)
    fails, final = np.array(found.fails), np.array(found.final)
    chance = np.where(every > 0, 1.0 / np.maximum(every, 1), sample)
    reached = np.ones(streams.shape)
    for p in range(len(step)):
        reached[:, p] = streams[:, p] * chance[p] * (1.0 if after[p] < 0 else reached[:, after[p]] * fails[after[p]])
        if found.loop[p] >= 0:  # has no closed form
            reached[:, p] = 0.0
    turn = np.array(found.turn, dtype=np.int64)
    names = position_names([placed.id for placed in steps], step, turn)
    return Route(step, turn, streams, after, sample, every, fails, final, np.array(mix), reached,
                 np.array([key_of("route", name) for name in names], dtype=np.uint64), np.array(found.loop, dtype=np.int64),
                 np.array(found.origin, dtype=np.int64), np.array(found.fresh), np.array(found.detours, dtype=np.int64).reshape(-1, 2),
                 found.stretches())


def position_names(steps: Sequence[str], step: Ints, turn: Ints) -> list[str]:
    """Names of the positions, by which random numbers are keyed: a first pass is called as its step."""
    return [steps[s] if t == 0 else f"{steps[s]}~{t}" for s, t in zip(step.tolist(), turn.tolist(), strict=True)]


class _Unrolled:
    """Positions as they are found."""

    def __init__(self, recipe: Recipe, limits: Sequence[Span]) -> None:
        self.recipe, self.steps = recipe, recipe.steps
        self.limits: dict[int, list[tuple[int, Span]]] = {}  # with their numbers, by the step where lots are late
        for number, span in enumerate(limits):
            self.limits.setdefault(span.last, []).append((number, span))
        self.step: list[int] = []
        self.turn: list[int] = []
        self.after: list[int] = []
        self.fails: list[float] = []
        self.final: list[bool] = []
        self.loop: list[int] = []
        self.origin: list[int] = []
        self.fresh: list[bool] = []
        self.detours: list[tuple[int, int]] = []
        self.turns = [0] * len(self.steps)
        self.at: dict[int, int] = {}
        self.from_ = -1  # where the loops begin that are being unrolled

    def _put(self, s: int, after: int, loop: int = -1) -> int:
        self.step.append(s)
        self.turn.append(self.turns[s])
        self.fresh.append(self.turns[s] == 0)
        self.turns[s] += 1
        self.after.append(after)
        self.loop.append(loop)
        self.origin.append(self.from_)
        self.fails.append(0.0)
        self.final.append(False)
        return len(self.step) - 1

    def main(self) -> None:
        for s, placed in enumerate(self.steps):
            if not placed.step.rework_only:
                self.at[s] = self._put(s, -1)
                self._pass(s, self.at[s])
                self._late(s, self.at[s])

    def stretches(self) -> tuple[Stretch, ...]:
        """Where lots go in parts: from the first pass of the step after the split, behind all rework of the split itself."""
        found = []
        for span in splits.spans(self.steps):
            first = next((self.at[s] for s in span.inside if s in self.at), -1)
            if first >= 0 and span.parts > 1:
                merge = self.at.get(span.merge, -1)
                found.append(Stretch(first, merge if merge >= 0 else len(self.step), merge, span.parts))
        return tuple(found)

    def _pass(self, s: int, at: int) -> None:
        """The rework that step *s*, passed at position *at*, may order: copies of its loop, one after the other."""
        rework = self.steps[s].step.rework
        if rework is None or rework.chance == 0.0:
            return
        self.fails[at] = rework.chance
        back = splits.back_to(self.recipe, s, rework)
        via = [i for name in rework.via for i in self.recipe.names.all(name)]
        loop = [*via, *(i for i in range(back, s + 1) if not self.steps[i].step.rework_only)]
        for _ in range(rework.limit):
            branch = at
            for i in loop:
                at = self._put(i, branch)
                if i != s:
                    self._pass(i, at)
                if len(self.step) > MOST:
                    return
            self.fails[at] = rework.chance
        self.final[at] = rework.after_limit == "scrap"

    def _late(self, s: int, main: int) -> None:
        """The rework of lots that are over a limit as they would start step *s* at the position *main*."""
        for number, span in self.limits.get(s, ()):
            again = span.given.again
            if again is None:
                continue
            loop, at, self.from_ = span.loop(self.recipe), main, main
            for _ in range(again.limit):
                self.detours.append((number, at))
                for i in loop:
                    at = self._put(i, -1, len(self.detours) - 1)
                    if i != s:
                        self._pass(i, at)
                    if len(self.step) > MOST:
                        return
                self.fresh[at] = True
                self._pass(s, at)
            self.from_ = -1


def _problems(recipe: Recipe) -> Iterator[Problem]:
    steps, names = recipe.steps, recipe.names
    used: set[str] = set()
    limits, problems = spans(recipe)
    yield from problems
    for again, last, place, address in _ways_back(recipe, limits):
        for name in ([again.to] if again.to else []) + again.via:
            if name not in names:
                yield Problem(recipe.no_step(name), place, address)
        first = names.first(again.to) if again.to else last
        if first is None or first > last:
            yield Problem(f"rework goes back to '{again.to}', which comes later than {steps[last].id}", place, f"{address}.to")
        used |= {*again.via}
        for other in (steps[s] for name in again.via for s in names.all(name)):
            if not other.step.rework_only:
                yield Problem(f"{other.id} is on the main route; say rework_only: true, or leave it out of via", other.place,
                              f"{other.id}.rework_only")
    visited = names.any(used)
    for s, placed in enumerate(steps):
        if placed.step.rework is not None and placed.step.rework_only:
            yield Problem("a step of rework cannot order rework itself", placed.place, f"{placed.id}.rework")
        if placed.step.rework_only and s not in visited:
            yield Problem(f"{placed.id} is rework_only, and no rework goes via it", placed.place, f"{placed.id}.rework_only")
    for name, release in recipe.document.line.streams().items():
        for wanted in release.route or ():
            if wanted not in names:
                address = f"line.releases.{name}.route" if recipe.document.line.releases else "line.release.route"
                yield Problem(recipe.no_step(wanted), recipe.place(address), address)


def _ways_back(recipe: Recipe, limits: Sequence[Span]) -> Iterator[tuple[Again, int, Place, str]]:
    """Every rework with the last step that it may go back to, and where it is written."""
    for s, placed in enumerate(recipe.steps):
        if placed.step.rework is not None:
            yield placed.step.rework, s, placed.place, f"{placed.id}.rework"
    for span in limits:
        if span.given.again is not None:  # its clock begins anew at the end of the first step
            address = f"{span.address}.rework"
            yield span.given.again, span.first, recipe.place(address), address
