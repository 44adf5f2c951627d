"""Makes the Discipline of a line's queues: rules, buffers, limits of queue time and who goes back to which tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Problem, RecipeError
from procsim.maths.arrays import Floats, Ints
from procsim.model.amounts import law_of
from procsim.model.durations import in_unit
from procsim.planning.batches import guests_of
from procsim.planning.limits import Between, make_limits
from procsim.planning.make_releases import address_of
from procsim.planning.plan import Route, Times
from procsim.planning.raw_times import raw_times
from procsim.planning.scaled import ticks
from procsim.planning.shop import Shop
from procsim.planning.split_conflicts import conflicts
from procsim.planning.splits import largest_lots
from procsim.planning.traffic import Discipline

QUICKEST = 1e-9
"""Share of lots that are faster than the fastest that are thought of."""
BY_DATE = ("edd", "critical_ratio")
"""Rules that ask when a lot is due."""


MOVING = frozenset({"critical_ratio", "least_setup"})
"""Rules whose ranks change while lots wait."""


def make_discipline(shop: Shop, route: Route, times: Times, units: float) -> Discipline:
    """The Discipline of *shop*, whose lots take these *times* along the *route*, with so many *units* on a panel.

    Raises RecipeError for rules without due dates, buffers too small, limits nobody can keep and tools nobody can return to.
    """
    rules = [_rules(tool.dispatch or shop.recipe.document.line.dispatch) for tool in shop.tools]
    problems = [*_dates(shop, rules), *_preemption(shop, rules), *_buffers(shop)]
    panels = shop.recipe.document.line.lot.panels / route.parts
    same = _same_tools(shop, problems)
    limits, more = make_limits(shop, _quickest(shop, route, times, panels, units))
    problems += [*more, *conflicts(shop, route, limits, same)]
    if problems:
        raise RecipeError(*problems)
    buffers = np.array([-1 if tool.buffer_lots is None else tool.buffer_lots for tool in shop.tools], dtype=np.int64)
    return Discipline(tuple(one[0] for one in rules), np.array([tool.preempt for tool in shop.tools]), buffers, same,
                      remaining(route, times, panels, units), tuple(limits), guests_of(shop), tuple(one[1:] for one in rules))


def _rules(given: str | list[str]) -> tuple[str, ...]:
    """The rules of a tool group in order."""
    return (given,) if isinstance(given, str) else tuple(given)


def remaining(route: Route, times: Times, panels: Floats, units: float) -> Ints:
    """µs of process time that lots of each stream, of so many *panels* (P,) of *units* each, have before them from each position on, (R, P), where
    nothing more goes wrong: in rework the rest of the pass, and then what lies behind the step that ordered it. Steps on samples count by their
    share, but in full for a lot that is there."""
    own = raw_times(times, panels, units) * route.streams
    share = np.where(route.every > 0, 1.0 / np.maximum(route.every, 1), route.sample)
    passes = list(zip(route.after.tolist(), route.loop.tolist(), strict=True))
    behind, found = np.zeros_like(own), np.zeros_like(own)
    ahead: dict[tuple[int, int], Floats] = {}
    for p in range(len(passes) - 1, -1, -1):
        behind[:, p] = ahead.get(passes[p], 0.0)
        ahead[passes[p]] = behind[:, p] + own[:, p] * share[p]
    for p, (failed, loop) in enumerate(passes):
        back = failed if failed >= 0 else int(route.origin[p]) if loop >= 0 else -1
        if back >= 0:
            behind[:, p] += behind[:, back]
        found[:, p] = own[:, p] + behind[:, p]
    return ticks(found)


def _quickest(shop: Shop, route: Route, times: Times, panels: Floats, units: float) -> Between:
    """What the fastest lot needs, which only limits of queue time ask for."""
    line = shop.recipe.document.line
    least = np.zeros(len(panels))
    if line.queue_time_limits:
        best = np.array([max(tool.speeds or [1.0]) for _, _, tool in shop.along(route)])
        least = raw_times(times, panels, units, QUICKEST) / best
    moves = in_unit(line, "transport")
    move = float(law_of(moves[0]).quantile(np.array([QUICKEST]))[0]) * moves[1] if moves is not None else 0.0
    return Between(route, least, move, shop.group_of)


def _dates(shop: Shop, rules: Sequence[tuple[str, ...]]) -> Iterator[Problem]:
    """Rules that ask for due dates, and streams whose lots have none."""
    asking = [(name, rule) for name, several in zip(shop.names, rules, strict=True) for rule in several if rule in BY_DATE]
    for stream in shop.streams:
        if asking and not stream.dated:
            address = address_of(shop.recipe, stream.name)
            name, rule = asking[0]
            yield Problem(f"{name} dispatches by {rule}, but lots of stream '{stream.name}' have no due date: give due_h, the time a lot is allowed",
                          shop.recipe.place(address), address)


def _preemption(shop: Shop, rules: Sequence[tuple[str, ...]]) -> Iterator[Problem]:
    """Lots that interrupt others where the rule knows no priority."""
    for (name, tool), several in zip(shop.groups(), rules, strict=True):
        if tool.preempt and (several[0] != "priority" or set(several) & MOVING):
            address = f"tools.{name}.preempt"
            why = f" ({name} dispatches by {', '.join(several)})"
            if several[0] == "priority":
                moving = next(rule for rule in several if rule in MOVING)
                why = f", and {moving} may not follow it: it ranks lots anew each time a tool is free{why}"
            yield Problem(f"preempt goes with dispatch: priority{why}", shop.recipe.place(address), address)


def _buffers(shop: Shop) -> Iterator[Problem]:
    """Buffers in which the smallest batch never comes together, and losses where nothing is ever full."""
    yield from _too_few_for_a_batch(shop)
    for s, placed in enumerate(shop.recipe.steps):
        name, tool = shop.doing(s)
        if placed.step.same_tool_as is not None and tool.buffer_lots == 0:
            address = f"tools.{name}.buffer_lots"
            yield Problem(f"buffer_lots must be > 0 where lots wait for one tool of several (step {placed.id})", shop.recipe.place(address), address)
    first, tool = shop.doing(0)
    for stream, release in shop.recipe.document.line.streams().items():
        if release.when_full == "lose" and tool.buffer_lots is None:
            address = f"{address_of(shop.recipe, stream)}.when_full"
            yield Problem(f"when_full: lose needs buffer_lots on {first}, the tool group of the first step: its queue is never full",
                          shop.recipe.place(address), address)


def _too_few_for_a_batch(shop: Shop) -> Iterator[Problem]:
    """Buffers that hold less than the smallest batch."""
    for (name, tool), panels in zip(shop.groups(), largest_lots(shop.recipe, shop.names), strict=True):
        if tool.buffer_lots is None or tool.batch is None or tool.batch.min_panels <= min(panels, 1.0):  # a free tool is room for one lot
            continue
        wait = in_unit(tool.batch, "longest_wait")
        if tool.buffer_lots * panels < (tool.batch.min_panels if wait is None else panels):
            address = f"tools.{name}.buffer_lots"
            yield Problem(f"{tool.buffer_lots} lots of {panels:g} panels wait in front of {name}, whose batch needs {tool.batch.min_panels} "
                          "panels: it can never start", shop.recipe.place(address), address)


def _same_tools(shop: Shop, problems: list[Problem]) -> Ints:
    """The step whose tool each step returns to, (S,), -1 where any will do; what cannot be goes to *problems*."""
    steps = shop.recipe.steps
    return np.array([-1 if placed.step.same_tool_as is None else _same_tool(shop, s, placed.step.same_tool_as, problems)
                     for s, placed in enumerate(steps)], dtype=np.int64)


def _same_tool(shop: Shop, s: int, wanted: str, problems: list[Problem]) -> int:
    """The step *wanted*, whose tool step *s* returns to; -1 and a problem where there is none."""
    steps, placed = shop.recipe.steps, shop.recipe.steps[s]
    address, other = f"{placed.id}.same_tool_as", shop.recipe.names.at(wanted)
    if other is None:
        problems.append(Problem(shop.recipe.no_step(wanted), placed.place, address))
        return -1
    one, two = steps[other].step.tool, placed.step.tool
    if other >= s:
        problems.append(Problem(f"same_tool_as '{wanted}', which does not come earlier", placed.place, address))
    elif one != two:
        problems.append(Problem(f"{placed.id} is done by {two} and {wanted} by {one}: no tool does both", placed.place, address))
    elif shop.doing(s)[1].batch is not None:
        problems.append(Problem(f"same_tool_as is for tools that work lot by lot; {two} is a batch tool", placed.place, address))
    return other
