"""A plan in, what stands at each tool group out: its queue, and its tools with all that may stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.guests import WithGuests
from procsim.engine.queues import ByRank, Choosing, Fifo, InBatches, Queue
from procsim.engine.rules import MOVING, RULES
from procsim.engine.staged import Staged
from procsim.engine.tool import Tool
from procsim.planning.plan import Plan

if TYPE_CHECKING:
    from procsim.engine.line import Line


def queue_of(plan: Plan, g: int, choosy: bool) -> Queue:
    """The queue of group *g*; *choosy* where some lots must return to the tool that they had."""
    groups, discipline, rule = plan.groups, plan.discipline, plan.discipline.rule[g]
    if groups.batch_max[g]:
        how = int(groups.batch_min[g]), int(groups.batch_max[g]), int(groups.wait_us[g]), RULES[rule], rule in MOVING
        room, products = discipline.guests[g].tolist(), [stream.product for stream in plan.streams]
        return WithGuests(*how, room, [products.index(one) for one in products], len(plan.batch_key)) if max(room) >= 0 else InBatches(*how)
    if rule in MOVING or choosy:
        return Choosing(RULES[rule])
    straight = rule == "fifo" and discipline.buffer[g] < 0 and not any(limit.acts for limit in discipline.limits)
    return Fifo() if straight else ByRank(RULES[rule])


def make_tools(line: Line) -> None:
    """Fills ``line.tools``."""
    groups, made, order = line.plan.groups, line.tools, 0
    for g, count in enumerate(groups.count.tolist()):
        made[g] += [(Staged if line.staged[g] else Tool)(line, g, n, order + n) for n in range(count)]
        order += count
    for breakdown in groups.breakdowns:
        for tool in made[breakdown.group]:
            tool.equip(breakdown)
    for upkeep in groups.upkeep:
        for tool in made[upkeep.group]:
            tool.plan(upkeep, upkeep.first(tool.number, len(made[upkeep.group])))
