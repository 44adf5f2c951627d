"""Says which lots may share a run of a batch tool, and finds batches that no lot fits or that never fill."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from procsim.errors import Problem, did_you_mean
from procsim.maths.arrays import Bools, Ints
from procsim.planning.plan import Plan, Route
from procsim.planning.shop import Shop
from procsim.planning.splits import largest_lots, parts_of
from procsim.planning.traffic import Stream


def batch_keys(shop: Shop, route: Route) -> Ints:
    """Positions with the same number may share a batch, (P,)."""
    names: list[str] = []
    for placed, group, tool in shop.along(route):
        by = tool.batch.by_at(placed.id) if tool.batch else "step"
        names.append({"step": placed.id, "process": placed.step.process or placed.id, "product": placed.id, "any": ""}[by] + f"@{group}")
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.int64)


def batch_products(shop: Shop, route: Route) -> Bools:
    """Positions at which only lots of one product share a batch, (P,)."""
    return np.array([tool.batch is not None and tool.batch.by_at(placed.id) == "product" for placed, _, tool in shop.along(route)], dtype=bool)


def guests_of(shop: Shop) -> Ints:
    """How many lots of each stream's product may join a batch of others at each tool group, -1 where they are no guests, (G, R)."""
    rooms = [tool.batch.guests if tool.batch is not None else {} for tool in shop.tools]
    found = [[room.get(stream.product or stream.name, -1) for stream in shop.streams] for room in rooms]
    return np.array(found, dtype=np.int64).reshape(len(shop.tools), len(shop.streams))


def check_batches(shop: Shop) -> Iterator[Problem]:
    """Batches that no lot fits, or that whole lots never fill."""
    yield from _too_small(shop)
    yield from _of_no_step(shop)
    yield from _never_whole(shop)


def _too_small(shop: Shop) -> Iterator[Problem]:
    """Tools that a lot does not fit."""
    for (name, tool), lot in zip(shop.groups(), largest_lots(shop.recipe, shop.names), strict=True):
        if tool.batch is not None and tool.batch.max_panels < lot:
            address = f"tools.{name}.batch.max_panels"
            yield Problem(f"a lot of {lot:g} panels does not fit {name}, which takes at most {tool.batch.max_panels} panels",
                          shop.recipe.place(address), address)


def _of_no_step(shop: Shop) -> Iterator[Problem]:
    """Steps for which a batch says what may share it, and which are not done there."""
    for name, tool in shop.groups():
        if tool.batch is None or not isinstance(tool.batch.by, dict):
            continue
        mine = [placed.id for placed in shop.recipe.steps if placed.step.tool == name]
        for step in tool.batch.by:
            if step not in mine:
                address = f"tools.{name}.batch.by"
                yield Problem(f"no step '{step}' at {name}{did_you_mean(step, mine)}", shop.recipe.place(address), address)


def _never_whole(shop: Shop) -> Iterator[Problem]:
    """Batches whose smallest number of panels no number of whole lots makes up, each with all steps of which that is so."""
    where: dict[tuple[str, int, int, int], list[str]] = {}
    for s, (placed, parts) in enumerate(zip(shop.recipe.steps, parts_of(shop.recipe), strict=True)):
        name, tool = shop.doing(s)
        if tool.batch is not None:
            where.setdefault((name, tool.batch.min_panels, tool.batch.max_panels, parts), []).append(placed.id)
    for (name, least, room, parts), ids in where.items():
        lot = shop.recipe.document.line.lot.panels / parts
        most = math.floor(room / lot + 1e-9) * lot
        if 0 < most < least - 1e-9:
            address, steps = f"tools.{name}.batch.min_panels", f"step{'s' if len(ids) > 1 else ''} {', '.join(ids)}"
            yield Problem(f"a batch of {name} at {steps} never has min_panels {least}: of lots of {lot:g} panels, {most:g} fit into "
                          f"max_panels {room}, and {most + lot:g} do not; raise max_panels to {math.ceil(most + lot)} or lower min_panels to "
                          f"{most:g}", shop.recipe.place(address), address)


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
