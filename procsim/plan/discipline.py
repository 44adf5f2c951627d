"""Recipe in, the Discipline of its queues out: rules, buffers, limits and who goes back to which tool, as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Problem, RecipeError
from procsim.maths.arrays import Floats, Ints
from procsim.model.base import in_unit, law_of
from procsim.model.line import Release, Tool
from procsim.plan.limits import Between, make_limits
from procsim.plan.plan import HOUR, LOT, PANEL, RUN, Plan, Route, Term
from procsim.plan.scaled import Scaled, ticks
from procsim.plan.splits import conflicts, largest_lots
from procsim.plan.traffic import Discipline, Schedule, Stream
from procsim.recipe.recipe import Recipe

QUICKEST = 1e-9
"""Share of lots that are faster than the fastest that are thought of."""
BY_DATE = ("edd", "critical_ratio")
"""Rules that ask when a lot is due."""


def make_discipline(recipe: Recipe, names: Sequence[str], tools: Sequence[Tool], group_of: Ints, streams: Sequence[Stream],
                    terms: Sequence[Term], units: float, route: Route) -> Discipline:
    """*group_of* (S,) is by step, *terms* by position of the *route*.

    Raises RecipeError for rules without due dates, buffers too small, limits nobody can keep and tools nobody can return to.
    """
    line = recipe.document.line
    rule = tuple(tool.dispatch or line.dispatch for tool in tools)
    problems = [*_dates(recipe, names, rule, streams), *_preemption(recipe, names, rule, tools), *_buffers(recipe, names, tools, group_of)]
    cells = [tools[g].inline.panels if tools[g].inline else 1 for g in group_of[route.step]]
    panels = line.lot.panels / route.parts
    passes = raw_times(terms, len(route.step), panels, units, cells)
    least = np.zeros(len(passes))  # of the luckiest lot; asked for by limits only
    if line.queue_time_limits:
        best = np.array([max(tools[g].speeds or [1.0]) for g in group_of[route.step]])
        least = raw_times(terms, len(route.step), panels, units, cells, QUICKEST) / best
    same = np.full(len(recipe.steps), -1, dtype=np.int64)
    for s, placed in enumerate(recipe.steps):
        if placed.step.same_tool_as is not None:
            same[s] = _same_tool(recipe, s, group_of, tools, problems)
    moves = in_unit(line, "transport")
    move = float(law_of(moves[0]).quantile(np.array([QUICKEST]))[0]) * moves[1] if moves is not None else 0.0
    limits, more = make_limits(recipe, Between(route, least, move, group_of), tools)
    problems += more
    problems += conflicts(recipe, names, tools, group_of, route, limits, same)
    if problems:
        raise RecipeError(*problems)
    ahead = passes * (route.streams & (route.after < 0) & (route.loop < 0))  # what lots of each stream are sure to pass, (R, P)
    left = np.cumsum(ahead[:, ::-1], axis=1)[:, ::-1]
    return Discipline(rule, np.array([tool.preempt for tool in tools]),
                      np.array([-1 if tool.buffer_lots is None else tool.buffer_lots for tool in tools], dtype=np.int64), same,
                      ticks(left), tuple(limits), guests_of(tools, streams))


def guests_of(tools: Sequence[Tool], streams: Sequence[Stream]) -> Ints:
    """How many lots of each stream's product may join a batch of others at each tool group, -1 where they are no guests, (G, R)."""
    rooms = [tool.batch.guests if tool.batch is not None else {} for tool in tools]
    found = [[room.get(stream.product or stream.name, -1) for stream in streams] for room in rooms]
    return np.array(found, dtype=np.int64).reshape(len(tools), len(streams))


def raw_times(terms: Sequence[Term], size: int, panels: Floats, units: float, cells: Sequence[int] | Ints, random: float | None = None) -> Floats:
    """Mean µs that a lot of all its *panels* (P,), worked alone, is in its tool at each position, (P,): what a dispatcher knows beforehand; or,
    with *random*, the times of which that share of lots has shorter ones."""
    found = np.zeros(size)
    for term in terms:
        count = float(panels[term.step])
        each = term.law.mean if random is None else float(term.law.quantile(np.array([random]))[0])
        time = each * term.amount * {RUN: 1.0, LOT: 1.0, PANEL: count}.get(term.basis, count * units)
        if term.basis == PANEL and cells[term.step] > 1:
            time = time / cells[term.step] + time / count * (1.0 - 1.0 / cells[term.step])
        found[term.step] += time
    return found


def _dates(recipe: Recipe, names: Sequence[str], rules: Sequence[str], streams: Sequence[Stream]) -> Iterator[Problem]:
    """Rules that ask for due dates, and streams whose lots have none."""
    asking = [(name, rule) for name, rule in zip(names, rules, strict=True) if rule in BY_DATE]
    for stream in streams:
        if asking and not stream.dated:
            address = address_of(recipe, stream.name)
            name, rule = asking[0]
            yield Problem(f"{name} dispatches by {rule}, but lots of stream '{stream.name}' have no due date: give due_h, the time a lot is allowed",
                          recipe.place(address), address)


def address_of(recipe: Recipe, stream: str) -> str:
    """Where the release stream *stream* is written."""
    return "line.release" if recipe.document.line.release is not None else f"line.releases.{stream}"


def _preemption(recipe: Recipe, names: Sequence[str], rules: Sequence[str], tools: Sequence[Tool]) -> Iterator[Problem]:
    for name, rule, tool in zip(names, rules, tools, strict=True):
        if tool.preempt and rule != "priority":
            address = f"tools.{name}.preempt"
            yield Problem(f"preempt goes with dispatch: priority ({name} dispatches by {rule})", recipe.place(address), address)


def _buffers(recipe: Recipe, names: Sequence[str], tools: Sequence[Tool], group_of: Ints) -> Iterator[Problem]:
    """Buffers in which the smallest batch never comes together, and losses where nothing is ever full."""
    line = recipe.document.line
    for name, tool, panels in zip(names, tools, largest_lots(recipe, names), strict=True):
        if tool.buffer_lots is None or tool.batch is None or tool.batch.min_panels <= min(panels, 1.0):  # a free tool is room for one lot
            continue
        wait = in_unit(tool.batch, "longest_wait")
        if tool.buffer_lots * panels < (tool.batch.min_panels if wait is None else panels):
            address = f"tools.{name}.buffer_lots"
            yield Problem(f"{tool.buffer_lots} lots of {panels:g} panels wait in front of {name}, whose batch needs {tool.batch.min_panels} "
                          "panels: it can never start", recipe.place(address), address)
    for s, placed in enumerate(recipe.steps):
        if placed.step.same_tool_as is not None and tools[group_of[s]].buffer_lots == 0:
            address = f"tools.{names[group_of[s]]}.buffer_lots"
            yield Problem(f"buffer_lots must be > 0 where lots wait for one tool of several (step {placed.id})", recipe.place(address), address)
    first = names[group_of[0]]
    for stream, release in line.streams().items():
        if release.when_full == "lose" and tools[group_of[0]].buffer_lots is None:
            address = f"{address_of(recipe, stream)}.when_full"
            yield Problem(f"when_full: lose needs buffer_lots on {first}, the tool group of the first step: its queue is never full",
                          recipe.place(address), address)


def _same_tool(recipe: Recipe, s: int, group_of: Ints, tools: Sequence[Tool], problems: list[Problem]) -> int:
    """The step whose tool step *s* returns to; -1 and a problem where that cannot be."""
    placed = recipe.steps[s]
    wanted = placed.step.same_tool_as or ""
    address = f"{placed.id}.same_tool_as"
    ids = [other.id for other in recipe.steps]
    if wanted not in ids:
        problems.append(Problem(recipe.no_step(wanted), placed.place, address))
        return -1
    other = ids.index(wanted)
    tool = tools[group_of[s]]
    one, two = recipe.steps[other].step.tool, placed.step.tool
    if other >= s:
        problems.append(Problem(f"same_tool_as '{wanted}', which does not come earlier", placed.place, address))
    elif one != two:
        problems.append(Problem(f"{placed.id} is done by {two} and {wanted} by {one}: no tool does both", placed.place, address))
    elif tool.batch is not None:
        problems.append(Problem(f"same_tool_as is for tools that work lot by lot; {two} is a batch tool", placed.place, address))
    return other


def due_of(release: Release) -> Scaled | None:
    """The law of the time that a lot is allowed, in µs."""
    given = in_unit(release, "due")
    return Scaled(law_of(given[0]), given[1]) if given is not None else None


def schedule_of(release: Release) -> Schedule | None:
    """The lots of a schedule, one by one, in order of their start (and as written, where they start together)."""
    if release.schedule is None:
        return None
    rows = sorted(release.schedule, key=lambda row: row.at_h)
    times = np.repeat([round(row.at_h * HOUR) for row in rows], [row.lots for row in rows])
    priority = np.repeat([release.priority if row.priority is None else row.priority for row in rows], [row.lots for row in rows])
    due = np.repeat([-1 if row.due_h is None else round(row.due_h * HOUR) for row in rows], [row.lots for row in rows])
    return Schedule(times.astype(np.int64), priority.astype(np.int64), due.astype(np.int64))


def never_fills(plan: Plan) -> tuple[str, ...]:
    """Steps whose batch never comes together, in words: no more lots than that are ever in the line, or, where batches are of one product, of it."""
    there = [len(plan.wip.of(r)) if plan.wip is not None else 0 for r in range(len(plan.streams))]
    most = [_ever(stream, n) for stream, n in zip(plan.streams, there, strict=True)]
    found = []
    for p, (g, parts) in enumerate(zip(plan.group_of.tolist(), plan.route.parts.tolist(), strict=True)):
        least, size = int(plan.groups.batch_min[g]) * parts, int(plan.groups.batch_max[g]) * parts
        lots = min(-(-least // plan.lot_panels), size // plan.lot_panels + 1)  # it also starts when the next lot no longer fits
        if not size or plan.groups.wait_us[g] >= 0 or (plan.discipline.guests[g] >= 0).any():
            continue
        for kind, together in _kinds(plan, p, most):
            if lots > together * parts:
                step, each, most_of = plan.steps[plan.route.step[p]], plan.lot_panels / parts, together * parts
                found.append(f"the batch of {plan.groups.names[g]} at step {step} never fills: needs {lots} lots{kind} of {each:g} panels, and no "
                             f"more than {most_of:g} {'are' if most_of > 1 else 'is'} ever in the line")
    return tuple(dict.fromkeys(found))


def _ever(stream: Stream, there: int) -> float:
    """Lots of *stream* that are ever in the line at once, *there* of them at time 0; infinite where the clock releases them without end."""
    if stream.conwip:
        return max(stream.conwip, there) if not stream.limit else min(stream.conwip, stream.limit) + there
    return stream.limit + there if stream.limit else math.inf


def _kinds(plan: Plan, p: int, most: Sequence[float]) -> list[tuple[str, float]]:
    """Of the lots that come to position *p*, those that may share a run: which, in words, and how many are ever in the line, of *most* (R,)."""
    if not plan.batch_product[p]:
        return [("", sum(most))]
    own = dict.fromkeys(stream.product for stream, comes in zip(plan.streams, plan.route.reached[:, p] > 0, strict=True) if comes)
    each = [(product, sum(n for n, stream in zip(most, plan.streams, strict=True) if stream.product == product)) for product in own]
    return [(f" of {product}" if len(plan.streams) > 1 else "", n) for product, n in each]


def late_on_average(plan: Plan) -> tuple[str, ...]:
    """Limits of queue time that the mean lot is over though it never waits, in words."""
    times = raw_times(plan.times.terms, len(plan.group_of), plan.lot_panels / plan.route.parts, float(plan.units.mean()), plan.times.inline)
    between = Between(plan.route, times, plan.times.transport.mean if plan.times.transport is not None else 0.0, plan.step_group)
    return tuple(f"the limit {limit.name} of {limit.limit_us / HOUR:g} h from {plan.steps[limit.first]} to {plan.steps[limit.last]} is shorter than "
                 f"mean work and transport between, {between.us(limit.first, limit.last) / HOUR:.3g} h: "
                 "about half of all lots are over it without waiting"
                 for limit in plan.discipline.limits if limit.limit_us < between.us(limit.first, limit.last))
