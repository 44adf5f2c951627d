"""Makes the tool groups of a line from a plan: queues, tools with all that may stop them, setups, operators and shifts."""

from __future__ import annotations

from procsim.engine.draws import ToolDraws, fixed
from procsim.engine.rules import words
from procsim.engine.rules.columns import Group
from procsim.engine.rules.equipment import Break, Pool, Shift, Tool, Upkeep
from procsim.engine.rules.state import Line
from procsim.maths.distributions import Constant
from procsim.maths.keyed_random import KeyedRandom
from procsim.planning import shifts
from procsim.planning.plan import Plan

RULES = {"fifo": words.FIFO, "priority": words.PRIORITY, "spt": words.SPT, "edd": words.EDD, "longest_remaining_work": words.LONGEST_REMAINING_WORK,
         "critical_ratio": words.CRITICAL_RATIO, "least_setup": words.LEAST_SETUP}
"""Each rule of ``model.waiting.DISPATCH`` → the number that it has in ``queues.rank``."""


def build_groups(line: Line, plan: Plan, random: KeyedRandom | None, held: bool) -> ToolDraws:
    """Fills the tables of *line* but for what lots need; what its tools draw from. Tools may be *held*."""
    draws = ToolDraws(line, random)
    for shift in plan.groups.duty.shifts:
        line.shifts.append(_shift(line, shift))
    for law in plan.groups.duty.pools:
        line.pools.append(_pool(line, law))
    for g in range(len(plan.groups.names)):
        group = _group(plan, g)
        line.groups.append(group)
        load, work, unload, setup = plan.groups.duty.attended[g].tolist()
        line.attended.append([setup, load, work, unload])
        random_changes = _changes(line, plan, g, random)
        group.first_tool = len(line.tools)
        for number in range(int(plan.groups.count[g])):
            _tool(line, plan, draws, g, number, random_changes)
            if held:
                _hold(line, draws, number)
        group.first_free, group.stop_tool, group.idle = group.first_tool, len(line.tools), int(plan.groups.count[g])
    size = len(line.groups)
    line.dirty, line.round = [0] * size, [0] * size
    line.seen = [[0] * (words.ATTENDED + 2 * len(line.pools)) for _ in range(size)]
    return draws


def returning(plan: Plan, g: int) -> bool:
    """Whether some lots must return to the tool of group *g* that they had."""
    same = plan.discipline.same_tool.tolist()
    return any(same[s] >= 0 for s, at in enumerate(plan.step_group.tolist()) if at == g)


def _group(plan: Plan, g: int) -> Group:
    """Group *g*, without tools and buckets."""
    groups, duty, discipline = plan.groups, plan.groups.duty, plan.discipline
    group = Group()
    rules = [RULES[rule] for rule in discipline.rules(g) if rule != "fifo"]
    group.rules = [*rules, *[words.FIFO] * words.RULES][: words.RULES]
    moving = any(rule >= words.CRITICAL_RATIO for rule in rules)
    for field, values in groups.fields.items():
        setattr(group, field, int(values[g]))
    group.least, group.most = int(groups.batch_min[g]) * words.PANEL, int(groups.batch_max[g]) * words.PANEL
    group.ranked = int(bool(rules))
    group.moving, group.scans = int(moving and group.most > 0), int(words.CRITICAL_RATIO in rules and group.most == 0)
    group.size, group.preempts = int(discipline.buffer[g]), int(discipline.preempt[g])
    group.staged, group.split = int(duty.staged[g]), int(duty.split[g])
    shift, setup = int(duty.shift[g]), duty.setups[g]
    group.picky = int(shift >= 0 and duty.shifts[shift].at_end == shifts.NO_START)
    group.unlike = int(returning(plan, g) or setup is not None or group.picky == 1)
    smallest = min(1.0, plan.lot_panels / plan.route.parts[plan.group_of == g].max(initial=1))
    group.direct = int(groups.batch_min[g] <= smallest and not returning(plan, g))
    if setup is not None:
        group.setups, group.min_run = len(setup.names), setup.min_run if setup.min_run > 1 else 0  # one lot is no minimum
    return group


def _changes(line: Line, plan: Plan, g: int, random: KeyedRandom | None) -> list[tuple[int, int]]:
    """Notes what setups of group *g* take; those that vary, from state to state."""
    setup = plan.groups.duty.setups[g]
    line.groups[g].changes = len(line.changes)
    varied: list[tuple[int, int]] = []
    for a, row in enumerate(setup.laws if setup is not None else ()):
        for b, law in enumerate(row):
            if law is None:
                line.changes.append(words.NONE)
            elif random is None or law.scv == 0.0:
                line.changes.append(fixed(law))
            else:
                line.changes.append(-2 - len(varied))
                varied.append((a, b))
    return varied


def _tool(line: Line, plan: Plan, draws: ToolDraws, g: int, number: int, changes: list[tuple[int, int]]) -> None:
    """One tool of group *g*, up and idle."""
    groups, t, tool = plan.groups, len(line.tools), Tool()
    tool.group, tool.number, tool.shift = g, number, int(groups.duty.shift[g])
    line.tools.append(tool)
    line.speeds.append(groups.duty.speeds[g][number] if groups.duty.speeds[g] else 1.0)
    tool.first_break, tool.first_upkeep, tool.first_change = len(line.breaks), len(line.upkeeps), len(line.draws)
    setup = groups.duty.setups[g]
    if setup is not None:
        tool.setup = tool.setup_before = setup.first
        for a, b in changes:
            law = setup.laws[a][b]
            assert law is not None
            draws.add(law, number, setup.keys[a][b])
    for law_of in groups.breakdowns:
        if law_of.group == g:
            one = Break()
            one.tool, one.busy, one.scraps, one.crew = t, int(law_of.busy_clock), int(law_of.scrap), law_of.crew
            one.to_fail, one.to_repair = draws.add(law_of.to_fail, number, law_of.key), draws.add(law_of.to_repair, number, law_of.key, 1)
            tool.busy_clock |= one.busy
            line.breaks.append(one)
    for planned in groups.upkeep:
        if planned.group == g:
            due = Upkeep()
            due.tool, due.state = t, words.ENGINEERING if planned.engineering else words.SCHEDULED
            due.every, due.first, due.crew = planned.every_us, planned.first(number, int(groups.count[g])), planned.crew
            due.limit = min(round(planned.every_panels * words.PANEL), words.ALWAYS)
            due.takes = draws.add(planned.takes, number, planned.key)
            tool.counted |= int(due.limit > 0)
            line.upkeeps.append(due)
    tool.stop_break, tool.stop_upkeep = len(line.breaks), len(line.upkeeps)


def _hold(line: Line, draws: ToolDraws, number: int) -> None:
    """The last tool of *line*, with that *number* of its group, may be held: engineering that is never due by itself, and takes what is said then."""
    one = Upkeep()
    one.tool, one.state, one.takes = len(line.tools) - 1, words.ENGINEERING, draws.add(Constant(0.0), number, 0)
    line.upkeeps.append(one)
    line.tools[-1].stop_upkeep = len(line.upkeeps)


def _shift(line: Line, law: shifts.Shift) -> Shift:
    shift = Shift()
    shift.on, shift.until, shift.at_end = int(law.on), law.spans[0], law.at_end
    shift.first_span = shift.at = len(line.spans)
    line.spans += law.spans
    shift.stop_span = len(line.spans)
    return shift


def _pool(line: Line, law: shifts.Pool) -> Pool:
    pool = Pool()
    pool.count, pool.shift = law.count, law.shift
    pool.present = law.count if law.shift < 0 or line.shifts[law.shift].on else 0
    return pool
