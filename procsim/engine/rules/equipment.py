"""Defines the records of what stands in the line: tools, ways to break down, planned upkeep, operators, shifts; and laws that are drawn from."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.words import NONE, PRODUCTIVE, STAGES, STANDBY, STATES


class Tool:
    """A machine of *group*, with its *number* there; in *state* *since* then, it *spent* so many µs in each.

    *lot* is the first of the *lots* of its run, which goes through *stages* (state, pool, µs of each), is *at* one of them, *ends* that then, and
    where it stands still has *left* µs of it; it *took* so many µs in all, and was begun with *resumed* left (NONE: whole). An event with another
    *stamp* than the tool's was called off. *waits*: it has called an *operator*, of the pool *calls*, where *ahead* and *behind* are its
    neighbours among callers. It is *down* by the failure *broken* or the *upkeep*; *overdue* upkeep waits; it is *off* where its *shift* is over.
    *free*: it may take a run. It is set up for *setup*, and *ran* lots since (before that for *setup_before*, and *ran_before*). Lots past the
    entrance of an in-line tool stand from *row* to *row_tail*, *row_since* then if they stand still; where it *drains* nothing may enter. It
    keeps *held* lots. *told*: what it does is told.
    """

    __slots__ = ("ahead", "at", "behind", "broken", "busy_clock", "calls", "changes", "counted", "down", "drains", "ends", "failures", "first_break",
                 "first_change", "first_upkeep", "free", "group", "held", "left", "lot", "lots", "number", "off", "operator", "overdue", "ran",
                 "ran_before", "resumed", "row", "row_since", "row_stamp", "row_tail", "setup", "setup_before", "shift", "since", "spent",
                 "stage_pool", "stage_state", "stage_time", "stages", "stamp", "state", "stop_break", "stop_upkeep", "told", "took", "upkeep",
                 "waits")

    def __init__(self) -> None:
        self.group: i64 = NONE
        self.number: i64 = 0
        self.state: i64 = STANDBY
        self.since: i64 = 0
        self.spent: list[i64] = [0] * STATES
        self.lot: i64 = NONE
        self.lots: i64 = 0
        self.stages: i64 = 1
        self.stage_state: list[i64] = [PRODUCTIVE] * STAGES
        self.stage_pool: list[i64] = [NONE] * STAGES
        self.stage_time: list[i64] = [0] * STAGES
        self.at: i64 = 0
        self.left: i64 = 0
        self.ends: i64 = 0
        self.took: i64 = 0
        self.resumed: i64 = NONE
        self.stamp: i64 = 0
        self.waits: i64 = 0
        self.operator: i64 = NONE
        self.calls: i64 = NONE
        self.ahead: i64 = NONE
        self.behind: i64 = NONE
        self.down: i64 = 0
        self.broken: i64 = NONE
        self.upkeep: i64 = NONE
        self.overdue: i64 = 0
        self.shift: i64 = NONE
        self.off: i64 = 0
        self.free: i64 = 1
        self.setup: i64 = NONE
        self.ran: i64 = 0
        self.setup_before: i64 = NONE
        self.ran_before: i64 = 0
        self.changes: i64 = 0
        self.first_change: i64 = 0
        self.row: i64 = NONE
        self.row_tail: i64 = NONE
        self.row_since: i64 = NONE
        self.row_stamp: i64 = 0
        self.drains: i64 = 0
        self.held: i64 = 0
        self.failures: i64 = 0
        self.busy_clock: i64 = 0
        self.counted: i64 = 0
        self.told: i64 = 0
        self.first_break: i64 = 0
        self.stop_break: i64 = 0
        self.first_upkeep: i64 = 0
        self.stop_upkeep: i64 = 0


class Break:
    """A way for one *tool* to break down: *left* µs of its clock, which runs *since* then, or stands; *busy*: it runs only while the tool works.
    It *scraps* the work, and *crew*, a pool, repairs it. *to_fail* and *to_repair* are draws."""

    __slots__ = ("busy", "crew", "left", "scraps", "since", "stamp", "to_fail", "to_repair", "tool")

    def __init__(self) -> None:
        self.tool: i64 = NONE
        self.busy: i64 = 0
        self.scraps: i64 = 0
        self.crew: i64 = NONE
        self.to_fail: i64 = NONE
        self.to_repair: i64 = NONE
        self.left: i64 = 0
        self.since: i64 = NONE
        self.stamp: i64 = 0


class Upkeep:
    """Maintenance or engineering of one *tool*, which is in *state* meanwhile, *every* so many µs, *first* then, or after *limit* parts of
    panels, of which it has worked *panels*. It is *due* so many times, for the last time since *last*; by *crew*, a pool; *takes* is a draw."""

    __slots__ = ("crew", "due", "every", "first", "last", "limit", "panels", "state", "takes", "tool")

    def __init__(self) -> None:
        self.tool: i64 = NONE
        self.state: i64 = NONE
        self.every: i64 = 0
        self.first: i64 = 0
        self.limit: i64 = 0
        self.panels: i64 = 0
        self.crew: i64 = NONE
        self.takes: i64 = NONE
        self.due: i64 = 0
        self.last: i64 = 0


class Pool:
    """Operators of one kind: *count*, of whom *present* are on duty in *shift* and *busy* at work; tools from *head* to *tail* wait, *waiting* of
    them.

    µs at work, on duty (overtime included) and of callers' waiting are sums of ends less sums of starts: *worked*, *duty* and *waited*.
    """

    __slots__ = ("busy", "called", "count", "duty", "head", "present", "shift", "tail", "waited", "waiting", "worked")

    def __init__(self) -> None:
        self.count: i64 = 0
        self.shift: i64 = NONE
        self.present: i64 = 0
        self.busy: i64 = 0
        self.waiting: i64 = 0
        self.head: i64 = NONE
        self.tail: i64 = NONE
        self.called: i64 = 0
        self.worked: i64 = 0
        self.duty: i64 = 0
        self.waited: i64 = 0


class Shift:
    """*on* now, or not, *until* then; *at* is its time in turn of those from *first_span* up to *stop_span* of ``line.spans``; *at_end* as of
    ``words``. *used*: some tool or operator works in it."""

    __slots__ = ("at", "at_end", "first_span", "on", "stop_span", "until", "used")

    def __init__(self) -> None:
        self.on: i64 = 0
        self.at: i64 = 0
        self.until: i64 = 0
        self.first_span: i64 = 0
        self.stop_span: i64 = 0
        self.at_end: i64 = 0
        self.used: i64 = 0


class Limit:
    """Queue time from a *clock* of a lot, *most* µs; *number* is its own in the plan. A lot over it is scrapped if *scraps*."""

    __slots__ = ("clock", "most", "number", "scraps")

    def __init__(self) -> None:
        self.clock: i64 = NONE
        self.most: i64 = 0
        self.number: i64 = 0
        self.scraps: i64 = 0


class Draw:
    """Successive draws of one law for one tool: the next is number *at* of *stop* in its row of ``line.drawn``; *fixed*: always the first."""

    __slots__ = ("at", "fixed", "stop")

    def __init__(self) -> None:
        self.at: i64 = 0
        self.stop: i64 = 0
        self.fixed: i64 = 0
