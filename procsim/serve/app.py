"""Answers what a page asks for: its pieces by GET, which write nothing, and edits and saves by POST. What takes time is done in other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.choices import KINDS
from procsim.serve import looks
from procsim.serve.desks import Desks, LateError
from procsim.serve.drawing import Picture, drawing, drawn, moving
from procsim.serve.even import Even, even
from procsim.serve.guard import Guard, Rules
from procsim.serve.latest import Latest
from procsim.serve.limits import USUAL, Limits
from procsim.serve.ranking import Rankings
from procsim.serve.simulating import Run, Simulator
from procsim.serve.state import state_of
from procsim.serve.tree import Tree, write
from procsim.serve.works import Asked, Draft, Reply, courteous, warmed, worked, wrong

MOST_FIELDS, MOVING = 200, 8
"""Names and values that a request has at most, and numbers that are listed as what moves the cost most."""
DRAW_S, RANK_S = 30.0, 120.0
"""So long a picture may take, and to find out which numbers move the cost."""
PATIENCE_S = 20.0
"""So long a page waits for that before it asks again: a browser gives up in the end."""
NOTHING = Reply(b"", 204)
"""To what nobody waits for any more."""


@dataclass
class Site:
    """Everything that all pages share: the *tree* of recipes, the *flow* that is opened when none is named, and the processes that work for them."""

    tree: Tree
    flow: str
    limits: Limits = USUAL

    def __post_init__(self) -> None:
        self.desks = Desks(self.limits.answers, self.limits.answer_s, (warmed, self.tree, self.flow))
        self.artist, self.ranker, self.simulator = Desks(1, DRAW_S, (drawing,)), Desks(1, RANK_S, (courteous,)), Simulator(self.limits)
        self.chooser = Desks(1, RANK_S, (courteous,))
        self.rankings = Rankings(self.tree, self.chooser)
        self.edits, self.pictures, self._moving = Latest(), Latest(), dict[str, asyncio.Task[Any]]()

    def opens(self) -> None:
        """Starts the processes. Raises RecipeError where the flow cannot be built."""
        self.desks.opens()
        for desks in (self.artist, self.simulator.desks, self.desks):
            desks.more()

    def ends(self) -> None:
        """Ends all that works for pages."""
        for desks in (self.desks, self.artist, self.ranker, self.chooser):
            desks.ends()
        self.simulator.ends_all()

    async def does(self, work: str, asked: Asked, *more: Any) -> Any:
        """A piece of work of ``Works``."""
        return await self.desks.does(worked, self.tree, self.flow, work, asked, *more, tab=asked.tab)

    def by(self, work: str) -> Work:
        """What answers by a piece of work alone."""
        return lambda asked: self._reply(work, asked)

    async def _reply(self, work: str, asked: Asked, *more: Any) -> Reply:
        found: Reply = await self.does(work, asked, *more)
        return found

    async def edit(self, asked: Asked) -> Reply:
        """The pieces of the page that an edit changes; nothing where the tab has sent another since."""
        found: Reply | None = await self.edits.last(asked.tab, self.does("edit", asked))
        if found is not None:
            self.simulator.ends(asked.tab)
        return found or NOTHING

    async def moving(self, asked: Asked) -> Reply:
        """The fields that move the cost most, which takes some seconds once for every flow."""
        name = asked.state.flow
        if name not in self._moving:
            self.tree.path(name)
            self._moving[name] = asyncio.ensure_future(self.ranker.does(moving, self.tree, asked.state.base, MOVING))
        try:
            async with asyncio.timeout(PATIENCE_S):
                ranked = await asyncio.shield(self._moving[name])
        except TimeoutError:
            return Reply.of("moving.html", {})
        except LateError:
            self._moving.pop(name, None)
            ranked = None
        return await self._reply("moving", asked, ranked)

    async def even(self, asked: Asked) -> Reply:
        """Where a number has the state cost as much as its flow."""
        try:
            found = await self.chooser.does(even, self.tree, asked.state, asked.words.get("address", ""))
        except LateError as error:
            found = Even(asked.words.get("address", "")[:100], str(error))
        return Reply.of("even.html", {"even": found})

    async def choices(self, asked: Asked) -> Reply:
        """What the flow could be else, by cost, as far as it is known by now."""
        ranking, every = self.rankings.of(asked.state.flow), asked.words.get("every") == "1"
        kind = word if (word := asked.words.get("kind", "")) in KINDS else ""
        if asked.words.get("waits") == "1":
            await ranking.waits()
        return Reply.of("choices.html", {"found": ranking.ranked(kind, every), "kind": kind, "every": every})

    async def picture(self, asked: Asked) -> Reply:
        """The section of a state; nothing where the tab has asked for another since."""
        return await self.pictures.last(asked.tab, self._pictured(asked)) or NOTHING

    async def _pictured(self, asked: Asked) -> Reply:
        shown, step = await self.does("shown", asked), asked.words.get("at", "")
        try:
            found = await self.artist.does(drawn, self.tree, shown, step)
        except LateError:
            found = Picture("", (), "The section could not be drawn in time.")
        return Reply.of("picture.html", {"picture": found, "step": step, "edited": shown.edited})

    async def simulated(self, asked: Asked) -> Reply:
        """The paired simulated difference, as far as it is known by now."""
        run = self.simulator.of(asked.tab, asked.state.query)
        if run is None:
            run = self.simulator.run(asked.tab, asked.state.query, asked.state.flow, await self.does("subject", asked))
        return run.subject.reply or await self._simulated(run, asked.words.get("seen", "0"))

    async def _simulated(self, run: Run, seen: str) -> Reply:
        found = await run.waits(int(seen) if seen.isdecimal() and len(seen) < 6 else 0)
        each = {one.metric: one for one in found.differences}
        shown = {"metrics": run.subject.metrics, "each": each, "found": found, "why": found.why, "runs": not found.ended}
        more = {} if found.differences or found.ended else {"HX-Reswap": "none"}  # what is there stays until there is something new
        return Reply.of("simulated.html", shown, headers=more)

    async def save(self, asked: Asked) -> Reply:
        """Saves the state as a what-if in the tree; asks before one that a page has saved is written over."""
        shown: dict[str, Any] = {"name": asked.words.get("name", "").strip(), "problem": "", "saved": "", "asks": False, "state": asked.state}
        try:
            draft: Draft = await self.does("draft", asked)
            written = write(draft.target, draft.text, asked.words.get("over") == "yes")
            shown |= {"saved": self.tree.called(draft.target)} if written else {"asks": True}
        except (RecipeError, OSError) as error:
            shown["problem"] = str(error) if isinstance(error, RecipeError) else f"{error.strerror or error}"
        return Reply.of("saved.html", shown)


def application(site: Site, rules: Rules) -> Guard:
    """The page of *site*, for whom the *rules* let in."""
    pieces = {"/step": site.by("step"), "/fields": site.by("fields"), "/moving": site.moving, "/choices": site.choices, "/even": site.even,
              "/picture": site.picture, "/simulated": site.simulated}
    routes = [Route("/", _by_get(site, site.by("page")), methods=["GET"]), Route("/yaml", _by_get(site, site.by("yaml")), methods=["GET"]),
              *(Route(path, _by_get(site, work, piece=True), methods=["GET"]) for path, work in pieces.items()),
              Route("/edit", _by_post(site, site.edit), methods=["POST"]), Route("/save", _by_post(site, site.save), methods=["POST"]),
              Route("/static/{name}", _static, methods=["GET"])]
    return Guard(Starlette(routes=routes), rules)


Work = Callable[[Asked], Coroutine[Any, Any, Reply]]


def _by_get(site: Site, work: Work, piece: bool = False) -> Callable[[Request], Awaitable[Response]]:
    async def answers(request: Request) -> Response:
        if piece and request.headers.get("hx-request") != "true":
            return Response("Only the page itself asks for its pieces.\n", 403)
        await request.body()
        return await _unless_gone(request, _answered(site, str(request.url.query), work))

    return answers


def _by_post(site: Site, work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def answers(request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        return await _unless_gone(request, _answered(site, body, work))

    return answers


async def _unless_gone(request: Request, answering: Coroutine[Any, Any, Reply]) -> Response:
    """The answer; what it takes is broken off where nobody is there any more to have it."""
    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    answer, leaves = asyncio.ensure_future(answering), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({answer, leaves}, return_when=asyncio.FIRST_COMPLETED)
        found = answer.result() if answer.done() else NOTHING
    finally:
        answer.cancel()
        leaves.cancel()
    return Response(found.body, found.status, found.headers, found.kind)


async def _answered(site: Site, text: str, work: Work) -> Reply:
    """What *work* answers to a form or an address; a mistake in it in the words of the command line."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError:
        return Reply(f"a request has {MOST_FIELDS} fields at most\n".encode(), 413, kind="text/plain; charset=utf-8")
    try:
        return await work(Asked(state_of(pairs, site.flow), dict(pairs).get("tab", "")[:40], dict(pairs)))
    except (RecipeError, InfeasibleError) as error:
        return wrong(str(error), site.flow)
    except LateError as error:
        return wrong(str(error), site.flow, 503)


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in looks.STATIC:
        return Response("There is no such file.\n", 404)
    return Response(looks.static(name), media_type=looks.STATIC[name])


def site_of(flow: Path, limits: Limits = USUAL) -> Site:
    """The site whose pages show the recipe *flow* and its tree. Raises RecipeError where it cannot be built."""
    site = Site(*Tree.of(flow), limits)
    try:
        site.opens()
    except BaseException:
        site.ends()
        raise
    return site
