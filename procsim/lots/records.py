"""Defines the flat records a run is made of: lots and their visits while it goes on, tool states and WIP when it is over."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from procsim.lots.packed import packed, packed_all, unpacked_all, written
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.planning.wip import Wip

VISIT = ("row", "step", "arrived_us", "start_us", "end_us")
"""A visit of a lot to a tool group: whole numbers, *row* being the lot's row in its block and *step* the position of the route."""

MANY = 64
"""Numbers that take less room in an array than in a list, and are worth the making of one."""

Turns = tuple[tuple[int, int], ...]
"""Positions at which a lot was over a limit of queue time, each with the loop of the route that it took."""

SHARED = ("row", "step", "held_us", "run_panels")
"""What is noted beside a visit that shared its run with other lots, or was cut short: the tool's time and the run's panels."""

STATES = ("productive", "standby", "engineering", "scheduled_down", "unscheduled_down", "non_scheduled")
"""The six tool states of SEMI E10."""
PRODUCTIVE, STANDBY, ENGINEERING, SCHEDULED, UNSCHEDULED, NON_SCHEDULED, SETTING_UP, BLOCKED, INSIDE = range(9)
"""SETTING_UP is the part of SCHEDULED that is setup, BLOCKED the part of STANDBY in which a tool keeps finished lots for which the next
buffer has no room, INSIDE the part of PRODUCTIVE in which only the entrance of an in-line tool is free; they are clocked apart and added when a
run is over."""

LOOKS, WAITED, DOING = range(3)
ATTENDED = DOING + INSIDE + 1
"""What work sampling counts of a tool group: looks; those at which lots waited for it; and from then on its tools at the latter, by state (from
DOING on: STANDBY is idle, with lots waiting), or, from ATTENDED on, by the pool that each waited for: to be worked by it, and then to be repaired."""


@dataclass(frozen=True, slots=True)
class LotRange:
    """So many lots, a *count*, of the release *stream*, the *first* with its number there. They have so many *panels* each (None: those of a lot that
    starts). Lots that are in the line already are *at* a position; *turns* are theirs."""

    stream: int
    first: int
    count: int
    panels: Ints | None = None
    at: Ints | None = None
    turns: Turns = ()

    @property
    def numbers(self) -> Ints:
        """The number of each lot."""
        return self.first + np.arange(self.count, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Leavings:
    """Units that stop being live, one row per (lot, step, cause): *found* bad at the step, or *lost* with their panel there.

    *cause* is the step that first made the unit bad; S stands for what came in bad; *kind* is how, as of ``plan.sources.KINDS``.
    """

    lot: Ints
    step: Ints
    cause: Ints
    kind: Ints
    found: Floats
    lost: Floats


@dataclass(frozen=True, slots=True)
class LotOutcomes:
    """What yield does to L lots on their way through S steps. Arrays (L, S + 1): before each step and, last, at the end.

    *lots* is 1 while a lot exists (its chance, with mean values); *live* units are not known-bad; *sites* are all units on
    the panels; *again* are looks beyond the first that an inspection takes at a unit, *repaired* its repairs, and *removed* known-bad units
    leave and *scrapped* live units are lost at each step, (L, S).
    *good* and *escapes* (L,) are shipped; *escaped* (L, N) are the latter by source, *infant* (L,) good units that are weak, and
    *panel_good* (L, panels) the good units of each panel. *there* (L, S) is 1 where a lot visits a step (its chance, with mean values).
    Where lots go in parts, *lots*, *panels*, *live*, *sites*, *again* and *repaired* have rows for these too, below the lots' own: what a
    part has at the positions that it passes, and (but for the last two) where it ends.
    """

    lots: Floats
    panels: Floats
    live: Floats
    sites: Floats
    again: Floats
    repaired: Floats
    panels_lost: Floats
    removed: Floats
    scrapped: Floats
    leavings: Leavings
    good: Floats
    escapes: Floats
    escaped: Floats
    infant: Floats
    panel_good: Floats
    there: Floats

    def worked(self, skips: Bools) -> Floats:
        """Units that are worked on at each step, (L, S + 1): all on the panels, or, where known-bad ones are skipped (S,), the live ones;
        one that is looked at again counts again."""
        return np.where(np.append(skips, False), self.live, self.sites) + self.again


@dataclass(frozen=True, slots=True)
class Needs:
    """µs per lot and step, (L, S): *run* is shared by all lots of a tool run, *own* is the lot's part, *tail* is what an
    in-line tool takes from the last panel's entry to its exit, *move* is transport to the step.

    *load* and *unload* (2, L, S) are parts of run and own, at tool groups that tell them apart (empty where none does).
    """

    run: Ints
    own: Ints
    tail: Ints
    move: Ints
    load: Ints
    unload: Ints


@dataclass(slots=True)
class Block:
    """Consecutive lots of one release stream: their *outcomes* and *needs*, and what they did.

    Outcomes and needs have a column for each of the *positions* (P,) that the stream's lots may visit; by its number among these *at* (L,) says where
    lots are that were in the line at time 0 (None: they were not): what was spent on these before is not in the books. All that is noted is by
    position of the whole route. *panels* (L,) are those that each lot begins with. *released_us* is NEVER and *left_us* -1 where that has not
    happened; *scrapped_at* is the step at which a failure spoiled the lot. *due_us* is when a lot is due, NEVER where no date is set. *visits* holds,
    for every lot or part, (arrived, start, end) of its visits one after the other, in the order of its *path* (L, P) of columns (None: all of them);
    while it goes on the last ones are yet to come. *sizes* (P,): with mean values, how many lots share a run, where that is fixed (else nan);
    *runs* are rows of ``SHARED``, one after the other, *tails* such of (row, step, µs), where the way out of an in-line tool takes other than its own
    time, *kept* (row, step, since, until) of rows that their tool had to keep; *waiting* counts the lots that have not left. *unstarted* are rows of
    lots that were scrapped as they would have started the step. Rows of parts of lots come below the L lots' own, so that row modulo L is the lot
    (``plan.stretch``); *joined* are (row, step, since, until) of parts that waited for the others of their lot, before the step or, P, at the end.
    *clocks* are when steps of a lot ended before time 0, by row and step, for limits of queue time; *late* are (limit, when, left the line) of lots
    that were over one and did not start, *turns* where each lot was turned back, with the loop that it took, and *redrawn* what then becomes of it.
    """

    stream: int
    first: int
    outcomes: LotOutcomes
    needs: Needs
    panels: Ints
    at: Ints | None
    released_us: list[int]
    left_us: list[int]
    scrapped_at: list[int]
    due_us: list[int]
    waiting: int
    positions: Ints
    path: Ints | None
    visits: list[array[int]]
    sizes: Floats | None = None
    runs: list[float] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    kept: list[tuple[int, int, int, int]] = field(default_factory=list)
    joined: list[tuple[int, int, int, int]] = field(default_factory=list)
    unstarted: list[int] = field(default_factory=list)
    clocks: dict[int, dict[int, int]] = field(default_factory=dict)
    late: list[tuple[int, int, bool]] = field(default_factory=list)
    turns: dict[int, Turns] = field(default_factory=dict)
    redrawn: dict[int, Leavings] = field(default_factory=dict)

    def pack(self) -> None:
        """Takes the least room, while its lots are in the line."""
        self.outcomes, self.needs = packed_all(self.outcomes), packed_all(self.needs)
        self.path = packed(self.path) if self.path is not None else None

    def unpack(self) -> None:
        """Is as it was before it was packed."""
        self.outcomes, self.needs = unpacked_all(self.outcomes, np.float64), unpacked_all(self.needs, np.int64)

    def column(self, position: Ints) -> Ints:
        """Which column is of each *position*, one that the lots may visit."""
        if len(self.positions) and self.positions[-1] == len(self.positions) - 1:  # all from the first on
            return position
        return np.searchsorted(self.positions, position)

    def next_columns(self, rows: Ints, count: int) -> Ints:
        """The columns of so many visits that lots in these *rows* make next, (n, count); of one that makes fewer the last ones mean nothing."""
        done = np.array([len(self.visits[row]) // 3 for row in rows.tolist()], dtype=np.int64)
        turn = np.minimum(done[:, None] + np.arange(count), len(self.positions) - 1)
        return np.asarray(turn if self.path is None else self.path[rows[:, None], turn].astype(np.int64))

    def redraw(self, row: int, step: int, outcomes: LotOutcomes, needs: Needs, path: Ints) -> None:
        """From the column *step* on a lot has other *outcomes* and *needs* (of one lot) on another *path*."""
        new: dict[str, Any] = {name: getattr(outcomes, name)[:1] for name in LotOutcomes.__dataclass_fields__ if name != "leavings"}
        self.outcomes = replace(self.outcomes, **{name: written(getattr(self.outcomes, name), row, one) for name, one in new.items()})
        later: dict[str, Any] = {name: getattr(needs, name)[..., :1, step:] for name in Needs.__dataclass_fields__}
        self.needs = replace(self.needs, **{name: written(getattr(self.needs, name), row, one, step) for name, one in later.items()})
        assert self.path is not None
        self.path[row] = path[0]
        self.redrawn[row] = outcomes.leavings

    def leavings(self) -> Leavings:
        """Who stopped being live, for good."""
        first = self.outcomes.leavings
        if not self.redrawn:
            return first
        kept = ~np.isin(first.lot, list(self.redrawn))
        lot = [first.lot[kept], *(np.full(len(new.lot), row) for row, new in self.redrawn.items())]
        rest = {name: np.concatenate([getattr(first, name)[kept], *(getattr(new, name) for new in self.redrawn.values())])
                for name in ("step", "cause", "kind", "found", "lost")}
        return Leavings(np.concatenate(lot), **rest)

    def table(self) -> Ints:
        """All visits as rows of ``VISIT``, shape (n, 5)."""
        count = np.array([len(own) // 3 for own in self.visits], dtype=np.int64)
        total = int(count.sum())
        found = np.empty((5, total), dtype=np.int64)
        row = found[0] = np.repeat(np.arange(len(count)), count)
        turn = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        found[1] = self.positions[turn if self.path is None else self.path[row, turn]]
        found[2:] = np.frombuffer(b"".join(self.visits), dtype=np.int64).reshape(-1, 3).T
        return found.T


@dataclass(frozen=True, slots=True)
class ToolTimes:
    """Per tool: hours in each of ``STATES`` inside the window, shape (tools, 6), and the group each tool belongs to; of its scheduled
    down time, the hours of *setup*, and how many *setups* they were; of its standby, those it was *blocked*, and of its
    productive time, those in which the entrance of an in-line tool was free (*inside*)."""

    hours: Floats
    group: Ints
    failures: Ints
    setup: Floats
    setups: Ints
    blocked: Floats
    inside: Floats


@dataclass(slots=True)
class Run:
    """One replication: tool states, the time-average WIP, lots released and, inside the window, *lost* outside a full buffer, and why it
    ended early, if it did.

    *pools* (P, 4): operator hours at work and on duty, hours that tools waited for one, and how often one was called. *wip*: the lots that
    are in the line at the horizon, as a run that begins there takes them. *seen* (G, ATTENDED + 2 P) is what work sampling counted.
    """

    replication: int
    tools: ToolTimes
    wip_lot_hours: float
    released: int
    lost: int
    pools: Floats
    wip: Wip
    seen: Floats
    stalled: str = ""
