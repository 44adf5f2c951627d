"""Tells which behaviours of a line really acted in a run, from its plan and its trace: not that a recipe asks for batches, but that lots shared a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, cycle

import numpy as np
from traces import TABLES, Trace

from procsim.maths.arrays import Bools, Ints
from procsim.planning.plan import Plan
from procsim.planning.shifts import FINISH, NO_START, SUSPEND
from procsim.planning.wip import NEVER


@dataclass(frozen=True)
class Seen:
    """A run of *plan*, with means for draws where it is not *variable*, and what its *trace* says, as functions ask for it again and again."""

    plan: Plan
    trace: Trace
    variable: bool

    def col(self, table: str, name: str) -> Ints:
        """A column of a table."""
        return self.trace.tables[table][:, TABLES[table].index(name)]

    @cached_property
    def group(self) -> Ints:
        """The tool group of each visit."""
        return self.plan.group_of[self.col("visits", "position")]

    @cached_property
    def started(self) -> Bools:
        """Whether a lot was in a tool on its visit."""
        return self.col("visits", "end") > self.col("visits", "start")

    @cached_property
    def runs(self) -> list[list[tuple[int, int]]]:
        """The runs of batch tools that several lots shared, as the (stream, position) of each lot; those of tools that began and ended at one instant
        are told apart by their count only."""
        found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        rows = zip(self.group.tolist(), self.trace.tables["visits"].tolist(), strict=True)
        for group, (stream, _, _, position, _, start, end) in rows:
            if self.plan.groups.batch_max[group] and end < self.plan.horizon_us:
                found.setdefault((group, start, end), []).append((stream, position))
        return [lots for (group, _, _), lots in found.items() if len(lots) > self.plan.groups.count[group]]

    def visits_at(self, groups: Ints | Bools) -> Bools:
        """Which visits are at *groups*, given as a mask of all."""
        return np.asarray(groups, dtype=bool)[self.group]

    def hours_at(self, name: str, groups: Bools) -> bool:
        """Whether tools of *groups* spent time in a state."""
        return bool(self.col("tools", name)[np.asarray(groups)[self.col("tools", "group")]].any())

    def crosses(self, at_end: int) -> bool:
        """Whether a run began before the end of a shift with that rule and ended after it."""
        duty, visits = self.plan.groups.duty, self.trace.tables["visits"]
        for g, k in enumerate(duty.shift.tolist()):
            if k < 0 or duty.shifts[k].at_end != at_end:
                continue
            mine = visits[(self.group == g) & self.started]
            if any(((mine[:, 5] < edge) & (mine[:, 6] > edge)).any() for edge in self._ends(k)):
                return True
        return False

    def _ends(self, shift: int) -> list[int]:
        """When a shift ends, up to the horizon."""
        law, found = self.plan.groups.duty.shifts[shift], []
        for turn, at in enumerate(accumulate(cycle(law.spans))):
            if at >= self.plan.horizon_us:
                return found
            if (turn % 2 == 0) == law.on:
                found.append(at)
        return found

    def overtakes(self, group: int) -> bool:
        """Whether a lot began at *group* before one that had come earlier."""
        mine = self.trace.tables["visits"][(self.group == group) & self.started]
        arrived = mine[np.lexsort((mine[:, 4], mine[:, 5])), 4]
        return bool((np.diff(arrived) < 0).any())

    def crowded(self, group: int) -> bool:
        """Whether more lots than the group has tools had begun there, and not ended, at one time."""
        mine = self.trace.tables["visits"][(self.group == group) & self.started]
        marks = sorted([(int(start), 1) for start in mine[:, 5]] + [(int(end), -1) for end in mine[:, 6]])
        return max(accumulate(change for _, change in marks), default=0) > self.plan.groups.count[group]

    def before(self) -> Ints:
        """For each visit when the lot's last one ended, or -1."""
        visits = self.trace.tables["visits"]
        again = np.append(False, (visits[1:, :3] == visits[:-1, :3]).all(axis=1)) if len(visits) else np.zeros(0, dtype=bool)
        return np.where(again, np.roll(visits[:, 6], 1), -1)

    def left_out(self, positions: Bools) -> bool:
        """Whether a lot that has left did not come to one of *positions*, though its stream does."""
        gone = {(s, n) for s, n in self.trace.tables["lots"][self.col("lots", "left") >= 0, :2].tolist() if n >= 0}
        for p in np.flatnonzero(positions & (self.plan.route.after < 0) & (self.plan.route.loop < 0)).tolist():
            came = {(s, n) for s, n in self.trace.tables["visits"][self.col("visits", "position") == p, :2].tolist()}
            if any(self.plan.route.streams[s, p] and (s, n) not in came for s, n in gone):
                return True
        return False


def _breaks(seen: Seen, busy: bool) -> bool:
    """Whether a tool failed whose only clock is of that kind."""
    kinds = {g: {b.busy_clock for b in seen.plan.groups.breakdowns if b.group == g} for g in range(len(seen.plan.groups.names))}
    return bool(seen.col("tools", "failures")[[kinds[g] == {busy} for g in seen.col("tools", "group").tolist()]].any())


def _upkeep(seen: Seen, state: str, panels: bool) -> bool:
    """Whether tools were in a *state* of planned work that falls due by panels, or by the clock, only."""
    mine = [(u.group, bool(u.every_panels)) for u in seen.plan.groups.upkeep if u.engineering == (state == "engineering")]
    only = [{by for group, by in mine if group == g} == {panels} for g in range(len(seen.plan.groups.names))]
    down = seen.col("tools", state) - (seen.col("tools", "setup") if state == "scheduled_down" else 0)
    return bool(down[np.array(only)[seen.col("tools", "group")]].any())


def _too_few(seen: Seen) -> bool:
    """Whether a batch began with less than its minimum."""
    least = seen.plan.groups.batch_min[seen.plan.group_of[seen.col("runs", "position")]]
    return bool((seen.col("runs", "panels") < least * 1_000_000).any())


def _guest(seen: Seen) -> bool:
    """Whether a guest ran with others."""
    for lots in seen.runs:
        room = seen.plan.discipline.guests[seen.plan.group_of[lots[0][1]]]
        if len({room[stream] >= 0 for stream, _ in lots}) > 1:
            return True
    return False


def _setup(test: Callable[..., bool]) -> Callable[[Seen], bool]:
    """Whether a tool changed its setup by a law of which *test* is true."""
    def acted(seen: Seen) -> bool:
        setups = seen.plan.groups.duty.setups
        return seen.hours_at("setups", np.array([law is not None and test(law) for law in setups]))
    return acted


def _rule(name: str) -> Callable[[Seen], bool]:
    """Whether lots went by that dispatch rule, one before another that had come earlier."""
    return lambda seen: any(rule == name and seen.overtakes(g) for g, rule in enumerate(seen.plan.discipline.rule))


def _counted(seen: Seen) -> bool:
    """Whether a lot was over a limit that only counts."""
    steps = seen.plan.route.step[seen.col("visits", "position")]
    for limit in seen.plan.discipline.limits:
        if not limit.acts:
            ends = {tuple(row[:3]): row[6] for row in seen.trace.tables["visits"][steps == limit.first].tolist()}
            starts = seen.trace.tables["visits"][steps == limit.last].tolist()
            if any(row[5] - ends.get(tuple(row[:3]), row[5]) > limit.limit_us for row in starts):
                return True
    return False


def _ties(seen: Seen) -> bool:
    """Whether a third of all visits end when another one does, at another tool group."""
    ends = Counter(end for _, end in {(group, end) for group, end in zip(seen.group.tolist(), seen.col("visits", "end").tolist(), strict=True)})
    return sum(count for count in ends.values() if count > 1) > sum(ends.values()) / 3


def _worked(seen: Seen, past: int) -> bool:
    """Whether a lot was in a tool at time 0."""
    wip = seen.plan.wip
    return wip is not None and bool(((wip.left_us >= 0) & (wip.past == past)).any())


ACTS: dict[str, Callable[[Seen], bool]] = {
    "lots share a run": lambda seen: bool(seen.runs),
    "a run of one product only": lambda seen: any(seen.plan.batch_product[p] for lots in seen.runs for _, p in lots),
    "a run of several products": lambda seen: any(len({seen.plan.streams[r].product for r, _ in lots}) > 1 for lots in seen.runs),
    "a run of several steps": lambda seen: any(len({p for _, p in lots}) > 1 for lots in seen.runs),
    "a run in stages": lambda seen: any(seen.plan.groups.duty.staged[seen.plan.group_of[lots[0][1]]] for lots in seen.runs),
    "a guest in a run": _guest,
    "patience ends": _too_few,
    "lots inside an in-line tool": lambda seen: bool(seen.col("tools", "inside").any()),
    "a way out at another speed": lambda seen: len(seen.trace.tables["tails"]) > 0,
    "load and unload apart": lambda seen: bool(seen.visits_at(seen.plan.groups.duty.split).any()),
    "a setup": _setup(lambda law: bool(law.laws)),
    "a setup after a minimum run": _setup(lambda law: law.min_run > 1),
    "a first setup": _setup(lambda law: law.first >= 0),
    "a setup from a table": _setup(lambda law: len({one.mean for row in law.laws for one in row if one is not None}) > 1),
    "unlike speeds": lambda seen: bool(seen.visits_at([len(set(one)) > 1 for one in seen.plan.groups.duty.speeds]).any()),
    "a failure by the calendar": lambda seen: _breaks(seen, False),
    "a failure by busy time": lambda seen: _breaks(seen, True),
    "a failure scraps": lambda seen: bool(((seen.col("lots", "scrapped_at") >= 0) & (seen.col("lots", "unstarted") == 0)).any()),
    "a batch tool fails": lambda seen: seen.hours_at("failures", seen.plan.groups.batch_max > 0),
    "an in-line tool fails": lambda seen: seen.hours_at("failures", seen.plan.groups.inline > 1),
    "maintenance by the clock": lambda seen: _upkeep(seen, "scheduled_down", False),
    "maintenance by panels": lambda seen: _upkeep(seen, "scheduled_down", True),
    "engineering by the clock": lambda seen: _upkeep(seen, "engineering", False),
    "engineering by panels": lambda seen: _upkeep(seen, "engineering", True),
    "an operator is called": lambda seen: bool(seen.col("pools", "calls").any()),
    "a tool waits for an operator": lambda seen: bool(seen.col("pools", "waited").any()),
    "work is suspended": lambda seen: seen.crosses(SUSPEND),
    "work in overtime": lambda seen: seen.crosses(FINISH),
    "work that must end in its shift": lambda seen: bool(seen.visits_at([k >= 0 and seen.plan.groups.duty.shifts[k].at_end == NO_START
                                                                         for k in seen.plan.groups.duty.shift.tolist()]).any()),
    **{f"dispatch by {name}": _rule(name) for name in ("priority", "spt", "edd", "critical_ratio", "least_setup", "longest_remaining_work")},
    "a lot interrupts another": lambda seen: any(on and seen.crowded(g) for g, on in enumerate(seen.plan.discipline.preempt.tolist())),
    "a lot interrupts another at a tool with stages": lambda seen: any(
        on and seen.crowded(g) for g, on in enumerate((seen.plan.discipline.preempt & seen.plan.groups.duty.staged).tolist())),
    "a lot returns to its tool": lambda seen: bool((seen.plan.discipline.same_tool >= 0)[seen.plan.route.step[seen.col("visits", "position")]].any()),
    "a tool is blocked": lambda seen: bool(seen.col("tools", "blocked").any()),
    "a batch tool is blocked": lambda seen: seen.hours_at("blocked", seen.plan.groups.batch_max > 0),
    "an in-line tool is blocked": lambda seen: seen.hours_at("blocked", seen.plan.groups.inline > 1),
    "a lot is lost outside": lambda seen: bool(seen.col("line", "lost").any()),
    "a constant WIP": lambda seen: any(stream.conwip and (seen.col("lots", "stream") == r).sum() > stream.conwip
                                       for r, stream in enumerate(seen.plan.streams)),
    "a lot by schedule": lambda seen: any(stream.schedule is not None and (seen.col("lots", "stream") == r).any()
                                          for r, stream in enumerate(seen.plan.streams)),
    "lots with due dates": lambda seen: bool((seen.col("lots", "due") > NEVER).any()),
    "several streams": lambda seen: len(set(seen.col("lots", "stream").tolist())) > 1,
    "a route of its own": lambda seen: not seen.plan.route.streams.all() and len(set(seen.col("lots", "stream").tolist())) > 1,
    "several lots at once": lambda seen: any(s.at_once > 1 and s.schedule is None for s in seen.plan.streams) and len(seen.group) > 0,
    "a release ends": lambda seen: any(0 < s.limit <= (seen.trace.tables["lots"][:, 0] == r).sum() for r, s in enumerate(seen.plan.streams)),
    "a limit counts": _counted,
    "a limit scraps": lambda seen: bool(seen.col("late", "left").any()),
    "a limit sends back": lambda seen: len(seen.trace.tables["turns"]) > 0,
    "a lot is reworked": lambda seen: bool((seen.plan.route.after[seen.col("visits", "position")] >= 0).any()),
    "a sample by chance": lambda seen: seen.variable and seen.left_out(seen.plan.route.sample < 1),
    "a sample by number": lambda seen: seen.variable and seen.left_out(seen.plan.route.every > 0),
    "lots in parts": lambda seen: bool(seen.col("visits", "part").any()),
    "parts wait for each other": lambda seen: len(seen.trace.tables["joined"]) > 0,
    "a lot is one again": lambda seen: bool(np.isin(seen.col("visits", "position"), [s.merge for s in seen.plan.route.stretches]).any()),
    "strips of a panel": lambda seen: any(s.parts > seen.plan.lot_panels for s in seen.plan.route.stretches) and bool(seen.col("visits", "part").any()),
    "lots at the start": lambda seen: seen.plan.wip is not None,
    "in a tool at the start": lambda seen: _worked(seen, 0),
    "past an entrance at the start": lambda seen: _worked(seen, 1),
    "a clock of a limit at the start": lambda seen: len(seen.trace.tables["clocks"]) > 0,
    "transport": lambda seen: bool(((seen.before() >= 0) & (seen.col("visits", "arrived") > seen.before())).any()) and seen.plan.times.transport is not None,
    "units are lost": lambda seen: bool((seen.col("lots", "good") < seen.plan.lot_panels * 10_000_000).any()),
    "mean values": lambda seen: not seen.variable and len(seen.group) > 0,
    "a warm-up": lambda seen: seen.plan.warmup_us > 0,
    "many things at one instant": _ties,
    "a deadlock": lambda seen: "deadlock" in seen.trace.ended,
    "lots that wait for ever": lambda seen: bool(seen.trace.ended) and "deadlock" not in seen.trace.ended,
}
"""Each behaviour → whether it acted in a run."""


def acted(plan: Plan, trace: Trace, variable: bool) -> list[str]:
    """The behaviours that acted."""
    seen = Seen(plan, trace, variable)
    return [name for name, test in ACTS.items() if test(seen)]
