"""Works out what a page asks for, in a process that remembers what earlier answers took. It reads files, and writes none."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from procsim.errors import Problem, RecipeError
from procsim.experiments.points import Point
from procsim.serve.answer import Answer, Answers, Files
from procsim.serve.contents import Contents
from procsim.serve.doing import done
from procsim.serve.looks import rendered
from procsim.serve.state import State, state_of
from procsim.serve.tidying import Tidying
from procsim.serve.tree import Tree
from procsim.serve.written import recipe_of, yaml_of

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says: the *state* of its page, the *tab* that it stands in, and all other *words*."""

    state: State
    tab: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered by."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = HTML

    @classmethod
    def of(cls, name: str, shown: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        """The template *name* with what is *shown*."""
        return cls(rendered(name, shown), status, headers or {})


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be simulated: a *base*, which is made of the files *before*, and the *point* beside it, as long as these and its own *files* stay as
    they are. Without edits there is no such point, nor where it cannot be simulated, and the *reply* says why."""

    base: Point
    before: Files
    files: Files
    metrics: tuple[str, ...]
    point: Point | None = None
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be written into the file *target*."""

    target: Path
    text: str


class Works:
    """What all pages over a *tree* ask for; a page that names no flow shows *flow*."""

    def __init__(self, tree: Tree, flow: str) -> None:
        self.tree, self.flow = tree, flow
        self.answers, self.contents = Answers(tree), Contents(tree)

    def page(self, asked: Asked) -> Reply:
        """The whole page of a state."""
        return Reply.of("page.html", self.contents.whole(self.answers.answer(asked.state), asked.tab))

    def edit(self, asked: Asked) -> Reply:
        """The pieces of the page that an edit changes."""
        made = done(asked.state, asked.words)
        state = state_of(made.state.pairs, self.flow)
        answer = self.answers.answer(state)
        shown = self.contents.after(answer, asked.tab, made, asked.words.get("listed") != answer.shown.shape)
        same = len(state.edits) == len(asked.state.edits) and asked.words.get("do") == "set"
        headers = {"HX-Replace-Url" if same else "HX-Push-Url": f"/?{state.query}", "Server-Timing": f"closed;dur={1000 * answer.seconds:.1f}"}
        return Reply.of("edited.html", shown, headers=headers)

    def step(self, asked: Asked) -> Reply:
        """What can be done to a step."""
        shown = self.contents.step(self.answers.answer(asked.state), asked.words.get("step", ""), asked.words.get("only") == "1")
        return Reply.of("step.html", shown)

    def fields(self, asked: Asked) -> Reply:
        """The fields of a section, of one entry of it, or of those that are looked for."""
        return Reply.of("fields.html", self.contents.fields(self.answers.answer(asked.state), asked.words))

    def moving(self, asked: Asked, found: Sequence[tuple[str, float]] | None) -> Reply:
        """The fields that move the cost most, which have been *found*, unless that took too long."""
        return Reply.of("fields.html", self.contents.moving(self.answers.answer(asked.state), found))

    def shown(self, asked: Asked) -> State:
        """The state that is shown: without the edits that make problems."""
        return self.answers.answer(asked.state).shown

    def subject(self, asked: Asked) -> Subject:
        """What is to be simulated."""
        answer = self.answers.answer(asked.state)
        runs = not (answer.problems or answer.refusal) and answer.state.edited
        reply = None if runs else Reply.of("simulated.html", self.contents.unsimulated(answer))
        before, files = (self.answers.files(state) for state in (answer.state.base, answer.shown))
        return Subject(answer.base, before, files, self.contents.metrics(answer), answer.point if runs else None, reply)

    def yaml(self, asked: Asked) -> Reply:
        """The what-if file that says the same, to be kept by hand."""
        text = self._yaml(asked.state, self.tree.target("edited"), self.answers.answer(asked.state))
        return Reply(text.encode("utf-8", "replace"), kind="text/plain; charset=utf-8")

    def draft(self, asked: Asked) -> Draft:
        """What is to be saved. Raises RecipeError where that is no what-if of this page."""
        answer, name = self.answers.answer(asked.state), asked.words.get("name", "").strip()
        if answer.problems:
            raise RecipeError(*answer.problems)
        if not asked.state.edited:
            raise RecipeError(Problem("there is nothing to save: no edit has been made"))
        target = self.tree.target(name)
        if target == self.tree.path(asked.state.flow) or target in self.tree.paths(asked.state)[1]:
            raise RecipeError(Problem(f"{name}.yaml is what this page shows: a what-if cannot extend itself"))
        return Draft(target, self._yaml(asked.state, target, answer))

    def _yaml(self, state: State, target: Path, answer: Answer) -> str:
        return yaml_of(self.tree, state, target, answer.title, lambda fewer: recipe_of(self.tree, fewer))


@lru_cache(maxsize=1)
def _works(tree: Tree, flow: str) -> Works:
    return Works(tree, flow)


@lru_cache(maxsize=1)
def _tidying() -> Tidying:
    return Tidying()


def warmed(tree: Tree, flow: str) -> None:
    """Works out the page of *flow*, so that the next answer has all that it takes. Raises RecipeError where the flow cannot be built."""
    _works(tree, flow).page(Asked(State(flow), "", {}))
    _tidying().begins()


def worked(tree: Tree, flow: str, work: str, asked: Asked, *more: Any) -> Any:
    """What a piece of *work*, a method of ``Works``, makes of what is *asked*. (Runs in another process.)"""
    tidying, piece = _tidying(), getattr(_works(tree, flow), work)
    tidying.works()
    try:
        return piece(asked, *more)
    finally:
        tidying.rests()


def wrong(problem: str, flow: str, status: int = 422) -> Reply:
    """That a request is not answered, and why."""
    return Reply.of("wrong.html", {"problem": problem, "flow": flow}, status)


def courteous() -> None:
    """Leaves the processor to whoever answers a page. (Runs in another process, and is the first that it does.)"""
    if hasattr(os, "nice"):
        os.nice(5)
