"""Works out what a flow could be else, by cost, a few choices at a time in a process of its own, and keeps what it has found for all pages."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from procsim.experiments.choices import WHATIF, Choice, Worth, as_it_is, cheapest_first, choices, worth
from procsim.experiments.points import Evaluator
from procsim.recipe.load import load
from procsim.serve.answer import Files, unchanged, written
from procsim.serve.desks import Desks
from procsim.serve.news import News
from procsim.serve.shown import Chosen, chosen
from procsim.serve.tree import Tree

BATCH = 5
"""Choices that are worked out in one go, between which others have their turn."""
FLOWS = 8
"""Flows of which it is kept."""
SHOWN = 20
"""Rows that are shown until all are asked for."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a flow is *as it is*, its *wanted* choices, the what-ifs *over* it by name, and the *files* that all of them are read from."""

    as_it_is: Worth
    over: list[str]
    wanted: list[Choice]
    files: Files


@dataclass(frozen=True, slots=True)
class Ranked:
    """The table: *rows* of the *many* that can be built, of these *kinds*, once *done* of *wanted* choices are worked out; *ended*: no more come.
    *failed* are what-ifs that cannot be built, and why, and so many other choices are *refused*. *why*, if there is no table.
    *whatifs*: all of these are worked out."""

    rows: list[Chosen] = field(default_factory=list)
    many: int = 0
    done: int = 0
    wanted: int = 0
    ended: bool = False
    kinds: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    refused: int = 0
    why: str = ""
    whatifs: bool = False


@dataclass
class Ranking:
    """All that the flow *name* could be else, as far as it is worked out."""

    tree: Tree
    name: str
    desks: Desks
    begun: Begun | None = None
    why: str = ""
    ended: bool = False
    found: list[Worth] = field(default_factory=list)
    _news: News = field(default_factory=News)
    _task: asyncio.Task[None] | None = None

    def starts(self) -> None:
        self._task = asyncio.ensure_future(self._works())

    @property
    def stale(self) -> bool:
        """Whether a file has been written since, has come or is gone, or it has come to nothing."""
        return bool(self.why) or (self.begun is not None and not (unchanged(self.begun.files) and self.begun.over == self.tree.whatifs(self.name)))

    async def _works(self) -> None:
        """Works out what there is, and then some choices after the others, if nobody else wants the process."""
        try:
            self.begun = await self.desks.does(begun, self.tree, self.name)
            for n in range(0, len(self.begun.wanted), BATCH):
                self.found += await self.desks.does(worked, self.tree, self.name, self.begun.files, self.begun.wanted[n:n + BATCH])
                await self._news.tells()
        except Exception as error:  # a page says what went wrong, and goes on
            self.why = str(error)
        finally:
            self.ended = True
            await self._news.tells()

    async def waits(self) -> None:
        """Until all is worked out, or for a while."""
        await self._news.waits(lambda: self.ended)

    def ends(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def ranked(self, kind: str, every: bool) -> Ranked:
        """The table of all that are of a *kind* ("": of any), or of the cheapest of them unless *every* row is asked for."""
        if self.begun is None:
            return Ranked(ended=self.ended, why=self.why)
        built, failed = cheapest_first(self.found), [one for one in self.found if one.why and one.choice.kind == WHATIF]
        mine = [one for one in built if kind in ("", one.choice.kind)]
        return Ranked(
            rows=self._rows(mine, every), many=len(mine), done=len(self.found), wanted=len(self.begun.wanted), ended=self.ended,
            kinds=tuple(dict.fromkeys(one.choice.kind for one in built)), failed=tuple((self._called(one.choice), one.why) for one in failed),
            refused=len(self.found) - len(built) - len(failed), why=self.why, whatifs=0 < len(self.begun.over) <= len(self.found))

    def _rows(self, mine: Sequence[Worth], every: bool) -> list[Chosen]:
        """Those that are shown, and among them the flow as it is."""
        assert self.begun is not None
        base = self.begun.as_it_is
        rows = [chosen(one, base, self._title(one), self._opens(one.choice)) for one in (mine if every else mine[:SHOWN])]
        cheaper = sum(one.loaded < base.loaded for one in mine)
        return [*rows[:cheaper], chosen(base, base, base.title, f"/?{urlencode({'flow': self.name})}"), *rows[cheaper:]]

    def _title(self, one: Worth) -> str:
        return one.title if one.choice.over is not None else one.choice.text

    def _called(self, choice: Choice) -> str:
        return self.tree.called(choice.over) if choice.over is not None else choice.text

    def _opens(self, choice: Choice) -> str:
        """The address of the page of a choice."""
        pair = ("with", self._called(choice)) if choice.over is not None else ("set", choice.text)
        return f"/?{urlencode([('flow', self.name), pair])}"


class Rankings:
    """The rankings of all flows that a page has asked for, worked out on *desks*."""

    def __init__(self, tree: Tree, desks: Desks) -> None:
        self.tree, self.desks = tree, desks
        self._known: OrderedDict[str, Ranking] = OrderedDict()

    def of(self, name: str) -> Ranking:
        """That of the flow *name*, which is begun, or begun anew where its files have changed. Raises RecipeError where the tree has no such flow."""
        self.tree.path(name)
        found = self._known.pop(name, None)
        if found is None or (found.ended and found.stale):
            found = Ranking(self.tree, name, self.desks)
            found.starts()
        self._known[name] = found
        while len(self._known) > FLOWS:
            self._known.popitem(last=False)[1].ends()
        return found


def begun(tree: Tree, name: str) -> Begun:
    """What there is to work out of the flow *name*. (Runs in another process.)"""
    names, flow = tree.whatifs(name), Evaluator(load(tree.path(name)))
    over = [tree.path(one) for one in names]
    return Begun(as_it_is(flow), names, choices(flow.recipe, over), written(sorted({*flow.recipe.all_files(), *over})))


def worked(tree: Tree, name: str, files: Files, wanted: Sequence[Choice]) -> list[Worth]:
    """What each of the *wanted* choices of the flow *name* comes to, as its *files* stand. (Runs in another process.)"""
    flow = _flow(tree.path(name), files)
    return [worth(flow, choice) for choice in wanted]


@lru_cache(maxsize=2)
def _flow(path: Path, _: Files) -> Evaluator:
    """The flow in the file *path*, read once as long as its files stay as they are."""
    return Evaluator(load(path))
