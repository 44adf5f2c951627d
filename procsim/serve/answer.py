"""Answers a state in closed form: one pure function of it and of the files that it names, of which what it took is kept while these are the same."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from procsim.errors import InfeasibleError, Problem, RecipeError, did_you_mean
from procsim.experiments.points import Evaluator, Point
from procsim.recipe.changes import blamed, once
from procsim.recipe.recipe import Recipe
from procsim.recipe.unreached import used
from procsim.results.overload import overloads, refuse_overload, remedies
from procsim.serve.state import Edit, State
from procsim.serve.tree import Tree
from procsim.serve.written import recipe_of

SHAPES = 12
"""Flows with other steps or methods that are kept, at most."""
TRIES = 4
"""Edits that are left out, from the last on, to find figures that can be shown; then all are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a *state* comes to: the *base*, and the *point* of the state *shown*, which is the state itself, or where there are *problems* the
    state without the edits that make them. It took *seconds*."""

    state: State
    shown: State
    base: Point
    point: Point
    flow: Evaluator
    before: Evaluator
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0

    @property
    def title(self) -> str:
        return self.before.recipe.title

    @property
    def overloads(self) -> list[str]:
        """Every tool group and pool that gets more work than it can do, in the words of the command line."""
        return overloads(self.point.plan, self.point.closed)

    @property
    def remedies(self) -> list[str]:
        """What to set so that none does."""
        return remedies(self.point.plan, self.point.closed)

    @property
    def refusal(self) -> str:
        """Why the line cannot be simulated, if it cannot."""
        for name, point in (("base: ", self.base), ("", self.point)):
            try:
                refuse_overload(point.plan, point.closed, False)
            except InfeasibleError as error:
                return f"{name}{error}"
        return ""

    @property
    def idle(self) -> list[str]:
        """What is said of each edit of a tool, a method, a material or a part that no step comes to."""
        if self.flow.recipe.packages:
            return []
        reached, found = used(self.flow.recipe), []
        for edit in self.shown.edits:
            section, _, rest = edit.address.removeprefix("line.").partition(".")
            name = rest.partition(".")[0]
            if edit.verb == "set" and section in reached and name and name not in reached[section]:
                found.append(f"{edit.label}: {section}.{name} has no effect, since no step comes to it{did_you_mean(name, reached[section])}")
        return found

    def told(self, edit: Edit) -> list[Problem]:
        """The problems that *edit* makes."""
        return [problem for problem in self.problems if problem.place is not None and problem.place.file == edit.label]


def numbers(state: State) -> dict[str, str]:
    """The numbers that are set after the last edit of steps or methods, by address."""
    return {edit.address: edit.value for edit in state.split()[1]}


Files = tuple[tuple[str, int, int], ...]
"""Files, each with when it was written and how long it is."""


@dataclass(slots=True)
class _Kept:
    """A flow, what it was read from, and its point without further numbers once somebody has asked for it."""

    flow: Evaluator
    written: Files
    point: Point | None = None

    def at(self, values: dict[str, str]) -> Point:
        if values:
            return self.flow.at(values, True)
        self.point = self.point or self.flow.at({}, True)
        return self.point


@dataclass
class Answers:
    """Answers for all pages over one *tree*."""

    tree: Tree
    _kept: OrderedDict[State, _Kept] = field(default_factory=OrderedDict)

    def answer(self, state: State) -> Answer:
        """The answer to *state*. Raises RecipeError where the flow itself is wrong."""
        begun = time.perf_counter()
        kept = self._shape(state.base)
        before, base = kept.flow, kept.at({})
        try:
            flow, point = self._point(state)
            return Answer(state, state, base, point, flow, before, seconds=time.perf_counter() - begun)
        except RecipeError as error:
            problems = tuple(once([blamed(problem, [edit.text for edit in state.edits if edit.verb == "set"]) for problem in error.problems]))
        shown, flow, point = self._last_sound(state)
        return Answer(state, shown, base, point, flow, before, problems, time.perf_counter() - begun)

    def files(self, state: State) -> Files:
        """What *state* was read from."""
        return self._shape(state).written

    def _point(self, state: State) -> tuple[Evaluator, Point]:
        """Raises RecipeError with the messages of a recipe that is read as a whole, as the command line reads it."""
        kept, values = self._shape(state), numbers(state)
        try:
            return kept.flow, kept.at(values)
        except RecipeError:
            if values:
                Evaluator(recipe_of(self.tree, state, self._recipe)).at({}, True)
            raise

    def _last_sound(self, state: State) -> tuple[State, Evaluator, Point]:
        """The state without its last edits, so many that it can be built."""
        for count in range(len(state.edits) - 1, max(len(state.edits) - 1 - TRIES, 0), -1):
            shown = replace(state, edits=state.edits[:count])
            try:
                return shown, *self._point(shown)
            except RecipeError:
                continue
        return state.base, *self._point(state.base)

    def _shape(self, state: State) -> _Kept:
        """What evaluates *state* with any numbers: it holds the edits of steps and methods. Raises RecipeError."""
        key = replace(state, edits=state.split()[0])
        kept = self._kept.get(key)
        if kept is not None and unchanged(kept.written):
            self._kept.move_to_end(key)
            return kept
        flow = Evaluator(recipe_of(self.tree, key, self._recipe))
        kept = self._kept[key] = _Kept(flow, written(sorted(flow.recipe.all_files())))
        while len(self._kept) > SHAPES:
            self._kept.popitem(last=False)
        return kept

    def _recipe(self, state: State) -> Recipe:
        flow = self._shape(state).flow
        return flow.recipe_at(numbers(state)) if state.split()[1] else flow.recipe


def unchanged(files: Files) -> bool:
    """Whether *files* are as they were."""
    return files == written([Path(name) for name, *_ in files])


def written(paths: Sequence[Path]) -> Files:
    """When each of some files was written, and how long it is; one that is gone is 0 long."""
    found = []
    for path in paths:
        try:
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append((str(path), 0, 0))
    return tuple(found)

