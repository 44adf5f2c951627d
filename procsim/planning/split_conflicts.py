"""Finds what cannot be told of parts of lots: failures and limits that scrap, clocks and ways back that leave the steps passed in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Problem
from procsim.maths.arrays import Ints
from procsim.planning.plan import Route
from procsim.planning.shop import Shop
from procsim.planning.traffic import Limit


def conflicts(shop: Shop, route: Route, limits: Sequence[Limit], same_tool: Ints) -> Iterator[Problem]:
    """What stands against the splits of lots on *route*: *limits* of queue time, and returns to the *same_tool* (S,) among it."""
    apart = np.full(len(shop.recipe.steps), -1)  # which split a step lies behind
    for k, one in enumerate(route.stretches):
        apart[route.step[one.first : one.stop]] = k
    yield from _scrapped_by_failures(shop, apart)
    yield from _limited(shop, route, limits, apart)
    yield from _other_tools(shop, same_tool, apart)
    yield from _full(shop, route)


def _scrapped_by_failures(shop: Shop, apart: Ints) -> Iterator[Problem]:
    for s in np.flatnonzero(apart >= 0).tolist():
        name, tool = shop.doing(s)
        for kind, failure in tool.failures.items():
            if failure.work == "scrap":
                address = f"tools.{name}.failures.{kind}.work"
                yield Problem(f"a failure of {name} scraps its work, but step {shop.recipe.steps[s].id} works on parts of lots, which are not "
                              "scrapped apart: work: resume, or merge before it", shop.recipe.place(address), address)


def _limited(shop: Shop, route: Route, limits: Sequence[Limit], apart: Ints) -> Iterator[Problem]:
    steps = shop.recipe.steps
    for limit in limits:
        address = f"line.queue_time_limits.{limit.name}"
        ends, what = f"from {steps[limit.first].id} to {steps[limit.last].id}", ""
        if apart[limit.first] != apart[limit.last]:
            what = "has one end where lots are in parts, so that a lot would have several clocks: keep it on one side"
        elif limit.rework and route.stretches:
            what = "sends lots back, in a line where lots are split: one or the other, or action: count"
        elif limit.scrap and apart[limit.last] >= 0:
            what = (f"scraps lots, but {steps[limit.last].id} works on parts of lots, which are not scrapped apart: "
                    "action: count, or merge before it")
        if what:
            yield Problem(f"the limit {ends} {what}", shop.recipe.place(address), address)


def _other_tools(shop: Shop, same_tool: Ints, apart: Ints) -> Iterator[Problem]:
    steps = shop.recipe.steps
    for s in np.flatnonzero(same_tool >= 0).tolist():
        other = int(same_tool[s])
        if apart[other] not in (-1, apart[s]):
            yield Problem(f"same_tool_as {steps[other].id}, where the lot was in parts: each may have had another tool", steps[s].place,
                          f"{steps[s].id}.same_tool_as")


def _full(shop: Shop, route: Route) -> Iterator[Problem]:
    """Buffers where parts meet."""
    for one in route.stretches:
        if one.merge < 0:
            continue
        s = int(route.step[one.merge])
        name, tool = shop.doing(s)
        if tool.buffer_lots is not None:
            address = f"tools.{name}.buffer_lots"
            yield Problem(f"lots are merged at {shop.recipe.steps[s].id}, where parts wait for one another and take no place: leave buffer_lots of "
                          f"{name} out, or merge at a step before it", shop.recipe.place(address), address)
