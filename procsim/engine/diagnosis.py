"""Says in words what stands against a line going on: it turns in a circle, is stuck, or starves."""

from __future__ import annotations

from functools import cmp_to_key, partial

from procsim.engine.books import chain, position_of
from procsim.engine.build_groups import returning
from procsim.engine.rules import words
from procsim.engine.rules.queues import before, stop_of
from procsim.engine.rules.stages import through
from procsim.engine.rules.state import Line
from procsim.errors import InfeasibleError
from procsim.planning.plan import HOUR, Plan


def fault_of(plan: Plan, line: Line, now: int) -> Exception:
    """What ``clock.error`` says of *line* now."""
    clock = line.clock[0]
    at = f"at {now / HOUR:g} h"
    if clock.error == words.TURNS_IN_A_CIRCLE:
        names = ", ".join(plan.groups.names[g] for g in sorted(line.dirty[: clock.dirty]))
        return InfeasibleError(f"the line turns in a circle {at}: more than {words.MOST_ROUNDS} rounds at one instant ({names})")
    if clock.error == words.LOTS_IN_A_CIRCLE:
        return InfeasibleError(f"{at} lots of {plan.streams[clock.where].name} turn in a circle: more than {words.MOST_LOTS} came and left within "
                               "one instant. Nothing is there for them to do (sample, route), or nothing takes time, and under a constant WIP "
                               "each lets the next one in")
    if clock.error == words.DEADLOCK:
        stuck = [g for g, group in enumerate(line.groups) if group.first_kept != words.NONE and not group.alive]
        return InfeasibleError(f"deadlock by blocking {at}: " + "; ".join(_why(plan, line, g) for g in stuck)
                               + ". Raise buffer_lots of one of them, or release less")
    what = {words.OUT_OF_DRAWS: "draws", words.OUT_OF_NOTES: "notes", words.OUT_OF_EVENTS: "room for events"}[clock.error]
    return RuntimeError(f"the rules of the line ran out of {what} within one instant {at}")


def _waiting(plan: Plan, line: Line, g: int) -> list[int]:
    """The lots that wait at group *g*, in the order of its rules, if these do not move; in batches, those first that are named first."""
    group = line.groups[g]
    found = [l for b in range(group.first_bucket, group.stop_bucket) for l in chain(line, line.buckets[b].head)]
    if group.most:
        return sorted(found, key=lambda l: _batch_key(plan, line, l) )
    if returning(plan, g) or any(rule >= words.CRITICAL_RATIO for rule in group.rules):
        return sorted(found, key=lambda l: line.lots[l].turn)
    return sorted(found, key=cmp_to_key(partial(_order, line, g)))


def _order(line: Line, g: int, l: int, m: int) -> int:
    return -1 if before(line, g, l, words.NONE, m, words.NONE, 0) else 1


def _batch_key(plan: Plan, line: Line, l: int) -> int:
    """What orders batches in which lot *l* may run: first the guests, last to first, then the products' steps."""
    stop, size = stop_of(line, l), len(plan.group_of)
    key = int(plan.batch_key[stop.position])
    return -1 - key if stop.guests >= 0 else key + (stop.kind * size if plan.batch_product[stop.position] else 0)


def _why(plan: Plan, line: Line, g: int) -> str:
    """What is stuck at group *g*."""
    names, waiting = plan.groups.names, _waiting(plan, line, g)
    steps = ", ".join(dict.fromkeys(plan.steps[stop_of(line, l).step] for l in waiting))
    kept = [(line.lots[l].keeper, line.lots[l].turn, l) for group in line.groups for l in chain(line, group.first_kept)]
    held = dict.fromkeys((names[stop_of(line, l).group], plan.steps[stop_of(line, l).step]) for t, _, l in sorted(kept)
                         if t != words.NONE and line.tools[t].group == g)
    where = " and ".join(f"{name} (step {step})" for name, step in held)
    return (f"{names[g]} is full ({len(waiting)} lots wait{f' for step {steps}' if steps else ''})"
            + (f" and its tools keep lots that wait for room at {where}" if where else " and no run can start"))


def stall(plan: Plan, line: Line) -> str:
    """Why nothing more can happen though lots wait and tools stand free, or '' where all is well."""
    if line.clock[0].wip == 0 or any(tool.lot != words.NONE or tool.down for tool in line.tools):
        return ""
    found = []
    for g, group in enumerate(line.groups):
        lots = _waiting(plan, line, g)
        if not lots or not group.idle:
            continue
        name = plan.groups.names[g]
        if group.picky:
            found += _no_shift_for(plan, line, g, lots[0])
        elif group.most:
            panels = sum(line.fills[l][line.lots[l].leg] for l in lots) / words.PANEL
            step = plan.steps[plan.route.step[position_of(line, lots[0])]]
            found.append(f"{len(lots)} lots ({panels:g} panels) wait at {name} for step {step}, whose batch needs "
                         f"{int(plan.groups.batch_min[g])} panels")
    if not found:
        return ""
    message = "; ".join(found)
    if all(stream.conwip for stream in plan.streams):
        raise InfeasibleError(f"the line starves: {message}; with a constant WIP of "
                              f"{sum(stream.conwip for stream in plan.streams)} lots no more will come. Raise conwip_lots or lower batch.min_panels")
    return message


def _no_shift_for(plan: Plan, line: Line, g: int, l: int) -> list[str]:
    """Why lot *l* waits for ever at a group that starts nothing that would not end within its shift, where it does."""
    duty, group, wanted = plan.groups.duty, line.groups[g], line.lots[l].wanted
    line.lots[l].mate = words.NONE  # it is asked for alone
    able = [t for t in range(group.first_tool, group.stop_tool) if wanted in (-1, line.tools[t].number)]
    if any(through(line, t, l) <= duty.shifts[duty.shift[g]].longest_us for t in able):
        return []
    name, step = plan.groups.names[g], plan.steps[plan.route.step[position_of(line, l)]]
    return [f"a lot waits at {name} for step {step}, which takes longer than any shift of {name} lasts, and is to start only where it can end"]
