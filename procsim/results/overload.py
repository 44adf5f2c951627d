"""Says before a run which tool groups and operators get more work than they can do, and refuses lines whose queues would grow without end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from procsim.closed_form.solve import ClosedForm, stay_of
from procsim.closed_form.tool_counts import MOST_TOOLS, least_counts
from procsim.errors import InfeasibleError
from procsim.maths.arrays import Ints
from procsim.maths.numerals import number
from procsim.maths.same import of_the_same
from procsim.planning.batches import never_fills
from procsim.planning.checks.infeasible import infeasible
from procsim.planning.plan import Plan
from procsim.planning.shifts import NO_START


def refuse_overload(plan: Plan, closed: ClosedForm, allowed: bool) -> None:
    """Raises InfeasibleError where lots come faster than some tool group can take them, with the tools that it would take, where a
    constant WIP is too small for a batch, and where no lot can ever get through a step."""
    if never := infeasible(plan):
        raise InfeasibleError("; ".join(never))
    if all(s.conwip for s in plan.streams) and (starved := never_fills(plan)):
        raise InfeasibleError("; ".join(starved) + "; raise conwip_lots or lower batch.min_panels")
    if plan.wanted is not None and len(plan.wanted.good) and closed.flow.good == 0:
        raise InfeasibleError("no unit is good, so that no number of lots leaves good_units_per_week")
    if not allowed and not plan.allow_overload and (lines := overloads(plan, closed)):
        over, short = _over(plan, closed)
        helps = short or any(math.isfinite(closed.tools.needed[g]) for g in over)  # fewer lots bring no tool up
        raise InfeasibleError("; ".join(lines) + ("; or release less" if helps else "") + ", or pass --allow-overload")


def overloads(plan: Plan, closed: ClosedForm) -> list[str]:
    """Every tool group and pool that lots come to faster than it can take them, with what it would take; none where releases end, or wait."""
    if plan.ending() or all(s.interval is None for s in plan.streams):
        return []
    over, short = _over(plan, closed)
    lines = [_too_few(plan, closed, p) for p in short]
    enough = _enough(plan, closed, over) if over else plan.groups.count
    for g in over:
        name, count = plan.groups.names[g], int(plan.groups.count[g])
        if not math.isfinite(closed.tools.needed[g]):
            lines.append(f"{name} is never up: what is planned for it takes all of its time, and its queue would grow without end; plan less for it")
            continue
        need, at, manned = int(enough[g]), f"{100 * plan.max_load:.4g} %", closed.tools.manned[g]
        in_a_file = f"in a file, line: {{tools: {{{name}: {{count: {need}}}}}}}"
        mend = f"set tools.{name}.count={need} ({in_a_file}), for a load of {at} at most"
        if need >= MOST_TOOLS:
            mend = f"not even {MOST_TOOLS} tools would do"
        elif plan.groups.duty.speeds[g]:
            mend = f"give tools.{name}.speeds {need} tools as fast as these are on average, for a load of {at} at most"
        less = f", and only {number(100 * manned, 3)} % of its time can be worked ({_why(plan, g)})" if manned < 1 else ""
        lines.append(f"{name} is {number(100 * closed.tools.load[g], 3)} % loaded with {count}{less}: its queue would grow without end; {mend}")
    return lines


def _over(plan: Plan, closed: ClosedForm) -> tuple[list[int], list[int]]:
    """Tool groups and pools that get more work than they can do."""
    loses = all(s.lose for s in plan.streams)  # a queue that is never longer than so many lots does not grow
    manned = closed.tools.manned
    scraps = {int(plan.step_group[limit.last]) for limit in plan.discipline.limits if limit.scrap}  # nor does one from which late lots are taken away
    over = [g for g, load in enumerate(closed.tools.load)
            if load >= manned[g] - 1e-12 and not (loses and plan.discipline.buffer[g] >= 0) and g not in scraps]
    return over, np.flatnonzero(closed.operators.must >= closed.operators.room - 1e-12).tolist()


def crowded(plan: Plan, closed: ClosedForm) -> list[str]:
    """What ``overloads`` tells, in a few words each: the name, its load, how many there are and how many it takes."""
    if plan.ending() or all(s.interval is None for s in plan.streams):
        return []
    over, short = _over(plan, closed)
    groups = [(plan.groups.names[g], closed.tools.load[g], int(plan.groups.count[g]), closed.tools.needed[g]) for g in over]
    pools = [(f"operators {plan.groups.duty.pools[p].name}", closed.operators.load[p], plan.groups.duty.pools[p].count,
              math.floor(plan.groups.duty.pools[p].count * closed.operators.load[p] + 1e-9) + 1) for p in short]
    return [f"{name} {number(100 * load, 3)} % with {count}" + (f" (takes {need:.0f})" if math.isfinite(need) else " (never up)")
            for name, load, count, need in (*groups, *pools)]


def remedies(plan: Plan, closed: ClosedForm) -> list[str]:
    """Edits (``address=value``) that give a line which ``overloads`` tells of the tools and operators that it lacks, where more of them are the
    remedy; none where they are not all there is to it."""
    if not overloads(plan, closed):
        return []
    over, short = _over(plan, closed)
    enough = _enough(plan, closed, over) if over else plan.groups.count
    for g in over:
        if not math.isfinite(closed.tools.needed[g]) or enough[g] >= MOST_TOOLS or plan.groups.duty.speeds[g]:
            return []
    return [*(f"tools.{plan.groups.names[g]}.count={int(enough[g])}" for g in over), *(_staffed(plan, closed, p) for p in short)]


def _staffed(plan: Plan, closed: ClosedForm, p: int) -> str:
    """The edit that gives a pool as many operators as it needs."""
    pool = plan.groups.duty.pools[p]
    need = math.ceil(pool.count * closed.operators.load[p] / plan.max_load - 1e-9)
    return f"line.operators.{pool.name}{'.count' if pool.shift >= 0 else ''}={need}"


@of_the_same(2, lambda plan, closed, _: (plan, closed))
def _enough(plan: Plan, closed: ClosedForm, over: Sequence[int]) -> Ints:
    """Tools of each group, (G,), with which those that are *over* are loaded no more than the line is to be."""
    which = np.zeros(len(plan.groups.names), dtype=bool)
    which[list(over)] = True
    return least_counts(plan, stay_of(closed), plan.max_load, which)


def _why(plan: Plan, g: int) -> str:
    """Why a tool group cannot be worked all the time that it is on."""
    duty = plan.groups.duty
    no_start = duty.shift[g] >= 0 and duty.shifts[duty.shift[g]].at_end == NO_START
    return "what does not fit into the shift does not begin" if no_start else "its operators are not there longer"


def _too_few(plan: Plan, closed: ClosedForm, p: int) -> str:
    """A pool whose work is more than it can do."""
    pool = plan.groups.duty.pools[p]
    served = [(b.crew, b.group) for b in plan.groups.breakdowns] + [(u.crew, u.group) for u in plan.groups.upkeep]
    crew = dict.fromkeys(plan.groups.names[g] for pool, g in served if pool == p)
    alone = f" by repairs and maintenance of {', '.join(crew)} alone" if closed.operators.for_lots[p] == 0 else ""
    return (f"operators {pool.name} are {number(100 * closed.operators.load[p], 3)} % loaded{alone} with {pool.count}: tools would wait for them "
            f"without end; set {_staffed(plan, closed, p)}, for a load of {100 * plan.max_load:.4g} % at most")


def short_of_staff(plan: Plan, closed: ClosedForm) -> list[str]:
    """Pools that repairs of tools with nothing to do ask too much of: the line goes on, but tools stand still longer than the closed form knows."""
    of = closed.operators
    short = np.flatnonzero((of.load >= of.room - 1e-12) & (of.must < of.room - 1e-12)).tolist()
    return [_too_few(plan, closed, p).replace("without end", "longer than the closed form knows") for p in short]
