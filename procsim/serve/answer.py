"""Answers a state in closed form: one pure function of it and of the files that it names, of which what it took is kept while these are the same."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.experiments.points import Evaluator, Point
from procsim.recipe.changes import blamed, once
from procsim.recipe.recipe import Recipe
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

    def told(self, edit: Edit) -> list[Problem]:
        """The problems that *edit* makes."""
        return [problem for problem in self.problems if problem.place is not None and problem.place.file == edit.label]


def numbers(state: State) -> dict[str, str]:
    """The numbers that are set after the last edit of steps or methods, by address."""
    return {edit.address: edit.value for edit in state.split()[1]}


@dataclass(slots=True)
class _Kept:
    flow: Evaluator
    written: tuple[tuple[str, int, int], ...]


@dataclass
class Answers:
    """Answers for all pages over one *tree*. One is worked out at a time, since a processor does no more."""

    tree: Tree
    _kept: OrderedDict[State, _Kept] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, state: State, wanted: Callable[[], bool] = lambda: True) -> Answer | None:
        """The answer to *state*; None where it is not *wanted* any more by the time that it could be worked out. Raises RecipeError where the flow
        itself is wrong."""
        with self._lock:
            return self._answer(state) if wanted() else None

    def _answer(self, state: State) -> Answer:
        begun = time.perf_counter()
        before = self.shape(state.base)
        base = before.at({}, True)
        try:
            flow, point = self._point(state)
            return Answer(state, state, base, point, flow, before, seconds=time.perf_counter() - begun)
        except RecipeError as error:
            problems = tuple(once([blamed(problem, [edit.text for edit in state.edits if edit.verb == "set"]) for problem in error.problems]))
        shown, flow, point = self._last_sound(state)
        return Answer(state, shown, base, point, flow, before, problems, time.perf_counter() - begun)

    def _point(self, state: State) -> tuple[Evaluator, Point]:
        """Raises RecipeError with the messages of a recipe that is read as a whole, as the command line reads it."""
        flow, values = self.shape(state), numbers(state)
        try:
            return flow, flow.at(values, True)
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

    def shape(self, state: State) -> Evaluator:
        """What evaluates *state* with any numbers: it holds the edits of steps and methods. Raises RecipeError."""
        key = replace(state, edits=state.split()[0])
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.written == _written([Path(name) for name, *_ in kept.written]):
                self._kept.move_to_end(key)
                return kept.flow
            flow = Evaluator(recipe_of(self.tree, key, self._recipe))
            self._kept[key] = _Kept(flow, _written(sorted(flow.recipe.all_files())))
            while len(self._kept) > SHAPES:
                self._kept.popitem(last=False)
            return flow

    def _recipe(self, state: State) -> Recipe:
        return self.shape(state).recipe_at(numbers(state)) if state.split()[1] else self.shape(state).recipe


def _written(paths: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """When each of some files was written, and how long it is; one that is gone is 0 long."""
    found = []
    for path in paths:
        try:
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append((str(path), 0, 0))
    return tuple(found)


class Latest:
    """Knows of every tab which of its requests is the last, so that what one has asked before need not be worked out."""

    MOST = 200

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def come(self, tab: str) -> Callable[[], bool]:
        """Notes a request of *tab*; what is returned says whether none has come since."""
        with self._lock:
            number = self._last.pop(tab, 0) + 1
            self._last[tab] = number
            while len(self._last) > self.MOST:
                self._last.popitem(last=False)
        return lambda: self._last.get(tab, number) == number


