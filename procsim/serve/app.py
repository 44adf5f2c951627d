"""Answers what a page asks for: its pieces by GET, which write nothing, and edits and saves by POST."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.serve import looks
from procsim.serve.answer import Answer, Answers, Latest
from procsim.serve.contents import Contents
from procsim.serve.doing import done
from procsim.serve.drawing import Artist, Picture, drawn, moving
from procsim.serve.guard import Guard, Rules
from procsim.serve.simulating import USUAL, Limits, Simulator
from procsim.serve.state import State, state_of
from procsim.serve.tree import Tree, write
from procsim.serve.written import recipe_of, yaml_of

HTML = "text/html; charset=utf-8"
MOST_FIELDS, MOVING = 200, 8
"""Names and values that a request has at most, and numbers that are listed as what moves the cost most."""
DRAW_S, RANK_S = 30.0, 120.0
"""So long a picture may take, and to find out which numbers move the cost."""


@dataclass
class Site:
    """Everything that all pages share: the *tree* of recipes, the *flow* that is opened when none is named, and what works for them."""

    tree: Tree
    flow: str
    limits: Limits = USUAL
    answers: Answers = field(init=False)
    artist: Artist = field(init=False)
    ranker: Artist = field(init=False)
    simulator: Simulator = field(init=False)

    def __post_init__(self) -> None:
        self.answers, self.artist, self.ranker = Answers(self.tree), Artist(DRAW_S), Artist(RANK_S)
        self.simulator, self.contents = Simulator(self.limits), Contents(self.tree)
        self.edits, self.pictures, self._moving = Latest(), Latest(), dict[str, list[tuple[str, float]]]()

    def ends(self) -> None:
        """Ends all that works for pages."""
        self.simulator.ends_all()
        self.artist.ends()
        self.ranker.ends()

    def page(self, asked: Asked) -> Response:
        """The whole page of a state."""
        answer = self._answer(asked.state)
        shown = self.contents.whole(answer, asked.tab)
        return _html("page.html", shown)

    def edit(self, asked: Asked) -> Response:
        """The pieces of the page that an edit changes."""
        wanted = self.edits.come(asked.tab)
        made = done(asked.state, asked.words)
        state = state_of(made.state.pairs, self.flow)
        answer = self.answers.answer(state, wanted)
        if answer is None:
            return Response(status_code=204)
        self.simulator.ends(asked.tab)
        shown = self.contents.after(answer, asked.tab, made, asked.words.get("listed") != answer.shown.shape)
        found = _html("edited.html", shown)
        same = len(state.edits) == len(asked.state.edits) and asked.words.get("do") == "set"
        found.headers["HX-Replace-Url" if same else "HX-Push-Url"] = f"/?{state.query}"
        found.headers["Server-Timing"] = f"closed;dur={1000 * answer.seconds:.1f}"
        return found

    def step(self, asked: Asked) -> Response:
        """What can be done to a step."""
        answer = self._answer(asked.state)
        return _html("step.html", self.contents.step(answer, asked.words.get("step", ""), asked.words.get("only") == "1"))

    def fields(self, asked: Asked) -> Response:
        """The fields of a section, of one entry of it, or of those that are looked for."""
        answer = self._answer(asked.state)
        return _html("fields.html", self.contents.fields(answer, asked.words))

    def moving(self, asked: Asked) -> Response:
        """The fields that move the cost most, which takes some seconds once for every flow."""
        name = asked.state.flow
        if name not in self._moving:
            found = self.ranker.does(moving, self.tree, asked.state.base, MOVING, wanted=lambda: name not in self._moving)
            if found is not None:
                self._moving[name] = found
        answer = self._answer(asked.state)
        return _html("fields.html", self.contents.moving(answer, self._moving.get(name, [])))

    def picture(self, asked: Asked) -> Response:
        """The section of a state."""
        answer = self._answer(asked.state)
        step, wanted = asked.words.get("at", ""), self.pictures.come(asked.tab)
        found = self.artist.does(drawn, self.tree, answer.shown, step, wanted=wanted)
        if found is None and not wanted():
            return Response(status_code=204)
        if found is None:
            found = Picture("", (), "The section could not be drawn in time.")
        return _html("picture.html", {"picture": found, "step": step, "edited": answer.shown.edited})

    def simulated(self, asked: Asked) -> Response:
        """The paired simulated difference, as far as it is known by now."""
        answer = self._answer(asked.state)
        seen = asked.words.get("seen", "0")
        if answer.problems or answer.refusal or not answer.state.edited:
            self.simulator.ends(asked.tab)
            return _html("simulated.html", self.contents.unsimulated(answer))
        found = self.simulator.run(asked.tab, answer).waits(int(seen) if seen.isdecimal() and len(seen) < 6 else 0)
        made = _html("simulated.html", self.contents.simulated(answer, found))
        if not found.differences and not found.ended:
            made.headers["HX-Reswap"] = "none"  # what is there stays until there is something new
        return made

    def yaml(self, asked: Asked) -> Response:
        """The what-if file that says the same, to be kept by hand."""
        answer = self._answer(asked.state)
        text = yaml_of(self.tree, asked.state, self.tree.target("edited"), answer.title, lambda state: recipe_of(self.tree, state))
        return Response(text, media_type="text/plain; charset=utf-8")

    def save(self, asked: Asked) -> Response:
        """Saves the state as a what-if in the tree; asks before one that a page has saved is written over."""
        name = asked.words.get("name", "").strip()
        shown: dict[str, Any] = {"name": name, "problem": "", "saved": "", "asks": False, "state": asked.state}
        try:
            answer = self._answer(asked.state)
            if answer.problems:
                raise RecipeError(*answer.problems)
            if not asked.state.edited:
                raise RecipeError(Problem("there is nothing to save: no edit has been made"))
            target = self.tree.target(name)
            if target == self.tree.path(asked.state.flow) or target in self.tree.paths(asked.state)[1]:
                raise RecipeError(Problem(f"{name}.yaml is what this page shows: a what-if cannot extend itself"))
            text = yaml_of(self.tree, asked.state, target, answer.title, lambda state: recipe_of(self.tree, state))
            written = write(target, text, asked.words.get("over") == "yes")
            shown |= {"saved": self.tree.called(target)} if written else {"asks": True}
        except (RecipeError, OSError) as error:
            shown["problem"] = str(error) if isinstance(error, RecipeError) else f"{error.strerror or error}"
        return _html("saved.html", shown)

    def _answer(self, state: State) -> Answer:
        found = self.answers.answer(state)
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says: the *state* of its page, the *tab* that it stands in, and all other *words*."""

    state: State
    tab: str
    words: Mapping[str, str]


def _html(name: str, shown: Mapping[str, Any], status: int = 200) -> Response:
    return Response(looks.rendered(name, shown), status, media_type=HTML)


def application(site: Site, rules: Rules) -> Guard:
    """The page of *site*, for whom the *rules* let in."""
    pieces = {"/step": site.step, "/fields": site.fields, "/moving": site.moving, "/picture": site.picture, "/simulated": site.simulated}
    routes = [Route("/", _by_get(site, site.page), methods=["GET"]), Route("/yaml", _by_get(site, site.yaml), methods=["GET"]),
              *(Route(path, _by_get(site, work, piece=True), methods=["GET"]) for path, work in pieces.items()),
              Route("/edit", _by_post(site, site.edit), methods=["POST"]), Route("/save", _by_post(site, site.save), methods=["POST"]),
              Route("/static/{name}", _static, methods=["GET"])]
    return Guard(Starlette(routes=routes), rules)


Work = Callable[[Asked], Response]


def _by_get(site: Site, work: Work, piece: bool = False) -> Callable[[Request], Response]:
    def answers(request: Request) -> Response:
        if piece and request.headers.get("hx-request") != "true":
            return Response("Only the page itself asks for its pieces.\n", 403)
        return _answered(site, str(request.url.query), work)

    return answers


def _by_post(site: Site, work: Work) -> Callable[[Request], Any]:
    async def answers(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        body = (await request.body()).decode("utf-8", "replace")
        return await run_in_threadpool(_answered, site, body, work)

    return answers


def _answered(site: Site, text: str, work: Work) -> Response:
    """What *work* answers to a form or an address; a mistake in it in the words of the command line."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError:
        return Response(f"a request has {MOST_FIELDS} fields at most\n", 413)
    try:
        return work(Asked(state_of(pairs, site.flow), dict(pairs).get("tab", "")[:40], dict(pairs)))
    except (RecipeError, InfeasibleError) as error:
        return _html("wrong.html", {"problem": str(error), "flow": site.flow}, 422)


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in looks.STATIC:
        return Response("There is no such file.\n", 404)
    return Response(looks.static(name), media_type=looks.STATIC[name])


def site_of(flow: Path, limits: Limits = USUAL) -> Site:
    """The site whose pages show the recipe *flow* and its tree. Raises RecipeError where it cannot be built."""
    tree, name = Tree.of(flow)
    site = Site(tree, name, limits)
    site.answers.answer(State(name))
    return site


