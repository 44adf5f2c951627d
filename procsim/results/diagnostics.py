"""Warns of what casts doubt on the figures of a plan, before it is run and after."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from procsim.closed_form.solve import ClosedForm
from procsim.closed_form.starts import half_clocked, released_per_h
from procsim.costs.totals import STREAM, Totals
from procsim.maths import statistics
from procsim.maths.arrays import Floats
from procsim.maths.numerals import number
from procsim.maths.queues import may_fill, relaxation
from procsim.planning.plan import HOUR, INCOMING, Plan
from procsim.recipe.inputs import inputs
from procsim.recipe.recipe import Recipe
from procsim.recipe.substitute import patched
from procsim.results.limited_by import limited_by
from procsim.results.metrics import series, warmup_advice

FINISHED = STREAM.index("lots_finished")
NAMED = 5
"""Numbers without a source that a warning names."""
SHORT = 0.05
"""Share of the lots that come by which a line falls short at least, to be called overloaded."""
SURE = 3
"""Standard errors by which a line that is blocked must do so, where there are several replications."""
MANY_CYCLES = 60
"""Estimated cycle times from which on a window is so long that lots which came in it and are not out tell of overload."""
UNKNOWN = 10
"""Raw process times that a cycle time of which there is no estimate is thought to be, for that."""
LEAST_CYCLES = 3
"""Cycle times that a window should last at least."""
BIASED = 0.05
"""Share of the cycle time by which a run that begins empty may come out short, before it is said to be too short."""
VISIBLE = 0.005
"""A transient that moves the mean by less is not worth a word."""
BUSY = 0.5
"""Load below which a queue settles so fast, and a wait is so much one for a batch to form, that its time constant tells nothing."""
END = 0.2
"""Share of the window that is called its beginning, or its end."""
RISE = 1.5
"""WIP at the end over WIP at the beginning from which on it is called growing, where replications agree; twice that of one alone."""


def of_plan(plan: Plan, closed: ClosedForm) -> list[str]:
    """What can be said before anything is run."""
    horizon, warm = plan.horizon_us / HOUR, plan.warmup_us / HOUR
    if all(stream.first_us >= plan.horizon_us for stream in plan.streams):
        return [f"nothing is released before the horizon of {number(horizon)} h"]
    if horizon < (raw := closed.time.raw_process_h):
        return [f"the horizon of {number(horizon)} h is shorter than the raw process time of {number(raw)} h: no lot is finished"]
    if not closed.time.cycle_h > 0 or plan.ending():
        return []
    least, enough = closed.time.cycle_h, warmup_estimate(plan, closed)
    if warm < least and plan.wip is None:
        return [f"the warm-up of {number(warm)} h is shorter than the estimated cycle time of {number(least)} h: the line is still filling; "
                f"about {number(enough, 2)} h would do"]
    if short := _too_short(plan, closed):
        return [short]
    if warm > 2 * enough and warm > horizon / 2:
        return [f"the warm-up takes {number(warm)} of {number(horizon)} h, though about {number(enough, 2)} h would do: more of the run could count"]
    return []


def of_buffers(plan: Plan, closed: ClosedForm) -> list[str]:
    """Finite buffers that may be full: the closed form does not know what blocking takes."""
    fills = np.flatnonzero(may_fill(plan.discipline.buffer, closed.tools.load)).tolist()
    tight = [f"{plan.groups.names[g]} ({plan.discipline.buffer[g]})" for g in fills]
    if not tight:
        return []
    return [f"buffers may be full at {', '.join(tight)} (buffer_lots): what blocking takes has no closed form, nor has the cycle time, and what is "
            "released may be more than the line can take: a run tells"]


def of_release(plan: Plan) -> list[str]:
    """Releases of which the closed form does not know how many lots come."""
    if not half_clocked(plan):
        return []
    return ["a constant WIP beside a release by the clock takes of the line what that leaves: how much that is has no closed form, nor have load, "
            "output and cycle time; a run tells"]


def of_yield(plan: Plan, closed: ClosedForm) -> list[str]:
    """A line of which nothing good comes: nothing costs anything per good unit then."""
    if closed.flow.good != 0:
        return []
    lost = closed.flow.lost / closed.flow.started
    name = [*plan.steps, INCOMING][int(lost.argmax())]
    return [f"no good unit comes out: {number(100 * lost.max(), 3)} % are lost to {name}; there is no cost per good unit"]


def of_numbers(recipe: Recipe) -> list[str]:
    """Numbers of a package that nothing speaks for. Raises RecipeError where an end of a range is no value that may stand there."""
    known = inputs(recipe)
    for ends in ([(one, one.low) for one in known], [(one, one.high) for one in known]):
        patched(recipe, [(one, end) for one, end in ends if end != one.value])
    bare = [one for one in known if one.provenance == "unsourced"]
    if not bare or (recipe.document.product is None and not recipe.packages):
        return []
    named = "; ".join(f"{one.address} ({one.place})" for one in bare[:NAMED])
    more = f" and {len(bare) - NAMED} more" if len(bare) > NAMED else ""
    return [f"{len(bare)} number{'s have' if len(bare) > 1 else ' has'} neither source nor range: {named}{more}; "
            "write source beside, or {mid: 0.9, low: 0.8, high: 0.97}"]


def _settling(plan: Plan, closed: ClosedForm) -> dict[int, float]:
    """Hours with which the queue before each step at a busy tool forgets that the line began empty. (A batch that may start with fewer lots than it
    can take keeps its tool busy, without being near what that can do.)"""
    fixed = (plan.groups.batch_max == 0) | (plan.groups.batch_min == plan.groups.batch_max)
    return {s: relaxation(wait, closed.tools.load[g], int(plan.groups.count[g])) for s, (wait, g) in
            enumerate(zip(closed.time.queue_h.tolist(), plan.step_group.tolist(), strict=True)) if closed.tools.load[g] > BUSY and fixed[g]}


def warmup_estimate(plan: Plan, closed: ClosedForm) -> float:
    """Hours after which an empty line is nearly as if it had run for ever: a cycle time, and three times what its slowest queue takes to settle."""
    if any(stream.interval is None for stream in plan.streams):
        return closed.time.cycle_h
    return closed.time.cycle_h + 3 * max(_settling(plan, closed).values(), default=0.0)


def _too_short(plan: Plan, closed: ClosedForm) -> str:
    """Where a run is too short for its queues to become what they are in the long run, which they do as 1 - exp(-t/τ) (Odoni & Roth, as
    ``queues.relaxation``); '' where it is not, or where no queue is at rest, ever."""
    if plan.ending() or any(s.interval is None for s in plan.streams) or plan.wip is not None or not 0 < closed.time.cycle_h < math.inf:
        return ""
    horizon, warm = plan.horizon_us / HOUR, plan.warmup_us / HOUR
    settling = _settling(plan, closed)
    missing = {s: tau / plan.hours * (math.exp(-warm / tau) - math.exp(-horizon / tau)) * float(closed.time.queue_h[s] * closed.flow.visits[s])
               for s, tau in settling.items() if 0 < tau < math.inf}
    share = sum(missing.values()) / closed.time.cycle_h
    if share < BIASED:
        return ""
    s = max(missing, key=lambda s: missing[s])
    g, tau = int(plan.step_group[s]), settling[s]
    return (f"the run of {number(horizon)} h is short for {plan.groups.names[g]}, {number(100 * closed.tools.load[g], 3)} % loaded: its queue takes "
            f"{number(tau, 2)} h to forget that the line began empty. The cycle time may come out up to {number(100 * share, 2)} % short, beyond its "
            f"interval; a warm-up of {number(warmup_estimate(plan, closed), 2)} h and a window of several times that would do")


def warnings(plan: Plan, closed: ClosedForm, totals: Sequence[Totals]) -> list[str]:
    """All that is to be said of a run and its plan."""
    found = list(plan.warnings)
    unused = sum(t.unused.sum(axis=1) for t in totals)
    hard = [name for name, usd in zip(plan.groups.names, np.asarray(unused).tolist(), strict=True) if usd < 0]
    if hard:
        found.append(f"{', '.join(hard)}: charged for more hours than it costs, since it works more than its practical capacity; "
                     "its unused capacity is negative")
    finished = sum(t.sums["lots_finished"] for t in totals) / len(totals)
    if finished == 0:
        found.append("no lot finished inside the window: the horizon is too short, or nothing survives")
    elif finished < 30:
        found.append(f"only {finished:g} lots finished in the window of a replication: the figures mean little")
    stalled = next((t.stalled for t in totals if t.stalled), "")
    if stalled:
        found.append(f"lots were left over at the end: {stalled}")
    return found + of_run(plan, totals, closed)


def of_run(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> list[str]:
    """What the results say of the length of the run, of its warm-up and of its steadiness."""
    finished = sum(len(t.cycle_times) for t in totals)
    found = [*filter(None, [blocked(plan, totals), _too_short(plan, closed)]), *_starved(plan, totals), *_growing(plan, totals),
             *_unsettled(plan, totals)]
    if finished:
        cycle = sum(float(t.cycle_times.sum()) for t in totals) / finished / HOUR
        if plan.hours < LEAST_CYCLES * cycle:
            found.append(f"the window from warm-up to horizon is {number(plan.hours)} h, less than {LEAST_CYCLES} cycle times of {number(cycle)} h: "
                         "the figures mean little")
    return found


def blocked(plan: Plan, totals: Sequence[Totals]) -> str:
    """Which tools, kept from work by which full buffer, make the line take fewer lots than it is given; '' where blocking does no such thing."""
    kept = np.mean([t.by_step["kept_us"] for t in totals], axis=0) / HOUR
    if not kept.any() or plan.ending() or any(s.lose or s.interval is None for s in plan.streams):
        return ""
    given, took = released_per_h(plan), statistics.mean(series(totals, lambda t: t.sums["lots_left"] / t.hours), plan.confidence)
    if took.mean > (1 - SHORT) * given or took.mean + SURE * np.nan_to_num(took.se) >= given or "blocked" not in limited_by(plan, totals):
        return ""
    s = int(kept.argmax())
    g, (follower, step) = int(plan.step_group[s]), _next(plan, s)
    name, share = plan.groups.names[follower], 100 * kept[s] / (plan.groups.count[g] * plan.hours)
    return (f"blocking overloads the line: it takes {number(took.mean, 3)} of {number(given, 3)} lots an hour. {plan.groups.names[g]} keeps lots "
            f"that have done step {plan.steps[s]} for {number(share, 2)} % of its time, since there is no room for them at {name} (step {step}, "
            f"buffer_lots: {plan.discipline.buffer[follower]}): raise tools.{name}.buffer_lots, or give it or what follows more tools")


def overloaded(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> str:
    """Which tool group has a queue that grows without end though the closed form knows no reason; '' where all keep up, or it is too early to say."""
    likely = closed.time.cycle_h if closed.time.cycle_h > 0 else UNKNOWN * closed.time.raw_process_h
    if plan.ending() or any(s.lose or s.interval is None for s in plan.streams) or plan.hours < MANY_CYCLES * likely:
        return ""
    came, took = (sum(t.sums[name] for t in totals) for name in ("lots_started", "lots_left"))
    begin, end = _wip_at_ends(plan, totals)
    if took > (1 - SHORT) * came or end.mean() < RISE * begin.mean():
        return ""
    queue = np.bincount(plan.step_group, weights=np.mean([t.by_step["queue_area_us"] for t in totals], axis=0))
    g, hours = int(queue.argmax()), plan.hours * len(totals)
    return (f"the line is overloaded: of {number(came / hours, 3)} lots an hour that come it takes {number(took / hours, 3)}, and ever more wait for "
            f"{plan.groups.names[g]} (limited by {limited_by(plan, totals)[g]})")


def _next(plan: Plan, s: int) -> tuple[int, str]:
    """The tool group with a buffer that lots come to after step *s*, and their step there."""
    route, behind = plan.route, False
    for p, step in enumerate(route.step.tolist()):
        if behind and route.share[p] > 0 and plan.discipline.buffer[plan.group_of[p]] >= 0:
            return int(plan.group_of[p]), plan.steps[step]
        behind = behind or step == s
    raise AssertionError("a lot is kept only for room in a buffer")


def _unsettled(plan: Plan, totals: Sequence[Totals]) -> list[str]:
    """Where MSER-5 advises a longer warm-up, or finds no rest."""
    warm, found = plan.warmup_us / HOUR, []
    for advice in warmup_advice(plan, totals):
        if not advice.settled:
            found.append(f"{advice.series} does not settle in the first half of the run (MSER-5): a longer horizon would tell whether it ever does")
        elif advice.cut_h > warm and abs(advice.shift) > VISIBLE:
            found.append(f"the warm-up of {number(warm)} h is short: by {advice.series}, MSER-5 advises {number(advice.cut_h, 3)} h, "
                         f"which would move its mean by {number(-100 * advice.shift / (1 + advice.shift), 2)} %")
    return found


def _wip_at_ends(plan: Plan, totals: Sequence[Totals]) -> tuple[Floats, Floats]:
    """Mean WIP in the first and in the last part of the window, by replication."""
    bins = len(totals[0].time_series.wip)
    first = min(round(bins * plan.warmup_us / plan.horizon_us), bins - 1)
    some = max(round(END * (bins - first)), 1)
    return (series(totals, lambda t: float(t.time_series.wip[first : first + some].mean())),
            series(totals, lambda t: float(t.time_series.wip[-some:].mean())))


def _starved(plan: Plan, totals: Sequence[Totals]) -> list[str]:
    """Streams of which no lot is ever done, though others are: theirs wait where those always go first."""
    done, old, found = np.sum([t.by_stream[:, FINISHED] for t in totals], axis=0), -plan.hours / 2 * HOUR, []
    for r in np.flatnonzero(done == 0).tolist() if done.any() else []:
        stuck = np.concatenate([t.wip.position[(t.wip.stream == r) & (t.wip.released_us < old)] for t in totals])
        if len(stuck):
            p = int(np.bincount(stuck).argmax())
            tool, step, n = plan.groups.names[plan.group_of[p]], plan.steps[plan.route.step[p]], (stuck == p).sum() / len(totals)
            found.append(f"no lot of {plan.streams[r].name} is finished in the window of {number(plan.hours)} h: {n:g} stand at {tool} (step {step}) "
                         "for more than half of it, where other lots always go first, or theirs never come together")
    return found


def _growing(plan: Plan, totals: Sequence[Totals]) -> list[str]:
    """Where WIP at the end of the window is far above that at its beginning."""
    begin, end = _wip_at_ends(plan, totals)
    rise, ratio = statistics.paired(begin, end), float(end.mean()) / max(float(begin.mean()), 1e-9)
    sure = rise.low > 0 if len(totals) > 1 else ratio > 2 * RISE
    if not sure or ratio < RISE or rise.mean < 1 or _has_filled(totals):
        return []
    return [f"WIP grows inside the window, from {number(float(begin.mean()), 3)} to {number(float(end.mean()), 3)} lots: "
            "the line is not in a steady state"]


def _has_filled(totals: Sequence[Totals]) -> bool:
    """Whether WIP that grows from 0 has stopped growing by the middle of the run: then that is the warm-up's affair."""
    wip = np.mean([t.time_series.wip for t in totals], axis=0)
    half, some = len(wip) // 2, max(round(END * len(wip)), 1)
    return float(wip[-some:].mean()) < RISE * float(wip[half - some // 2 : half + some // 2 + 1].mean())


def nothing_done(plan: Plan, totals: Sequence[Totals], closed: ClosedForm) -> str:
    """Where the lots of a run stand in which none was finished in the window, though there was time for it; '' where all is well."""
    takes = max(closed.time.raw_process_h, closed.time.cycle_h if closed.time.cycle_h > 0 else 0.0)
    left = sum(t.sums["lots_left"] for t in totals)
    late = any((t.wip.released_us < -takes * HOUR).any() for t in totals)
    if any(t.sums["lots_finished"] for t in totals) or plan.hours < takes or not (left or late):
        return ""
    first = totals[0].wip
    stand = [f"{(first.position == p).sum()} at {plan.groups.names[plan.group_of[p]]} (step {plan.steps[plan.route.step[p]]})"
             for p in np.unique(first.position).tolist()]
    lost = [f"{left / len(totals):g} were lost on their way"] if left else []
    return f"no lot was finished in the window of {number(plan.hours)} h, though one takes about {number(takes)} h: " + ", ".join([*stand, *lost])
