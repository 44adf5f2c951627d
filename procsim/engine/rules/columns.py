"""Defines the records of what moves and waits: lots, the stops of their routes, buckets, tool groups and release streams.

All fields are whole numbers (flags 0 or 1), which point at other records by number: l lot, s stop, b bucket, g group, t tool, r release stream, p
pool.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.words import ALWAYS, NEVER, NONE, RULES


class Lot:
    """A lot, or part of one, with the *serial* number that orders it at one instant.

    It is at the *leg* of what it knows of its way, of which so many *legs* are left from the first of these on; *visits* are those in its book.
    *ahead* and *behind* are its neighbours in the bucket, or, behind it, in an in-line tool, among lots that are kept, among parts that wait for one
    another, or among lots that are to come; *mate* is the next one of its run. It waits for the tool *wanted* (NONE: any); *passed* over by a
    dispatch that has not ended. Where it was interrupted *rest* µs of work are left, were the tool's speed 1, and it had held tools for *spent*. It
    is *under_way* until *there*, or in a row until *out*. *keeper* is the tool that keeps it since *kept*, when it had made the visit of *kept_stop*;
    *loop* is the way back that it takes. Of a part, *whole* is its lot, *stretch* where it goes, *next_part* the next one, and whether anything
    *remains* of it at the end; of a lot that goes in parts *going* are under way, and those that have come form a list from *here* to *last_here*; it
    was split at *split*.
    """

    __slots__ = ("ahead", "allowed", "arrived", "behind", "bucket", "comes", "due", "going", "here", "keeper", "kept", "kept_stop", "last_here",
                 "leg", "legs", "loop", "mate", "next_part", "out", "parts", "passed", "priority", "released", "remains", "rest", "serial", "since",
                 "spent", "split", "start", "stream", "stretch", "taken", "there", "turn", "under_way", "visits", "wanted", "whole")

    def __init__(self) -> None:
        self.serial: i64 = 0
        self.stream: i64 = NONE
        self.leg: i64 = 0
        self.legs: i64 = 0
        self.visits: i64 = 0
        self.priority: i64 = 0
        self.comes: i64 = 0
        self.allowed: i64 = NEVER
        self.due: i64 = NEVER
        self.taken: i64 = 0
        self.released: i64 = NEVER
        self.arrived: i64 = 0
        self.start: i64 = 0
        self.bucket: i64 = NONE
        self.turn: i64 = 0
        self.ahead: i64 = NONE
        self.behind: i64 = NONE
        self.mate: i64 = NONE
        self.wanted: i64 = NONE
        self.passed: i64 = 0
        self.rest: i64 = NONE
        self.spent: i64 = 0
        self.under_way: i64 = 0
        self.there: i64 = 0
        self.out: i64 = 0
        self.keeper: i64 = NONE
        self.kept: i64 = 0
        self.kept_stop: i64 = NONE
        self.loop: i64 = NONE
        self.whole: i64 = NONE
        self.stretch: i64 = NONE
        self.next_part: i64 = NONE
        self.remains: i64 = 0
        self.parts: i64 = NONE
        self.going: i64 = 0
        self.here: i64 = NONE
        self.last_here: i64 = NONE
        self.since: i64 = 0
        self.split: i64 = 0


class Stop:
    """What a lot of one stream meets at one *position* of its route, a pass of *step*.

    Its lots wait in *bucket* at *group*, or, where they must return to a tool, in the bucket of that tool, which comes so many places behind it.
    *setup* is the state that they need. Of a run, the lot whose stop has the highest *shared* leads. The tool is remembered in the place *keeps*,
    and the one to return to found in *returns*. Clocks of queue time *first_clock* up to *stop_clock* start when the visit ends, and limits
    *first_limit* up to *stop_limit* end when it starts, the ways back of which stand from *first_way* on. Where *stretch* is one, whole lots split
    before it. *remaining* µs of work are ahead; *guests*: how many of its product may join a run of others.
    """

    __slots__ = ("bucket", "first_clock", "first_limit", "first_way", "group", "guests", "keeps", "kind", "position", "remaining", "returns", "setup",
                 "shared", "step", "stop_clock", "stop_limit", "stretch")

    def __init__(self) -> None:
        self.position: i64 = NONE
        self.step: i64 = NONE
        self.group: i64 = NONE
        self.bucket: i64 = NONE
        self.setup: i64 = NONE
        self.shared: i64 = 0
        self.keeps: i64 = NONE
        self.returns: i64 = NONE
        self.first_clock: i64 = 0
        self.stop_clock: i64 = 0
        self.first_limit: i64 = 0
        self.stop_limit: i64 = 0
        self.first_way: i64 = 0
        self.stretch: i64 = NONE
        self.remaining: i64 = 0
        self.guests: i64 = NONE
        self.kind: i64 = 0


class Bucket:
    """Lots of one *group* that are alike to its tools: they need one *setup* (or may share a run), and go to any tool or to *tool* only.

    They stand from *head* to *tail*, in order of all rules that do not move. Those of *guests*, another bucket, may join their runs; *visiting*:
    they are such guests.
    """

    __slots__ = ("group", "guests", "head", "setup", "tail", "tool", "visiting")

    def __init__(self) -> None:
        self.group: i64 = NONE
        self.setup: i64 = NONE
        self.tool: i64 = NONE
        self.head: i64 = NONE
        self.tail: i64 = NONE
        self.guests: i64 = NONE
        self.visiting: i64 = 0


class Group:
    """Tools from *first_tool* up to *stop_tool*, *idle* of them free and none before *first_free*; buckets likewise, in which *waiting* lots stand.

    *rules* are compared in order, if it is *ranked*; the order within a bucket *scans* where it moves (by *moving* rules). *passing*: some lots
    were passed over. Lots run in batches of *least* up to *most* parts of panels (0: alone), which wait for company for *patience* µs (NONE: for
    ever); *due* is when the next patience ends, for which *alarm* was set. *unlike*: it is not the same which tool does which lot; *picky* ones
    start only what ends in their shift. Setups take what ``line.changes`` says from *changes* on, for *setups* states; *min_run* lots are made
    before the next. *size* lots may wait (NONE: any number), *inside* do or are on their way, and a free tool is room for one more if *direct*;
    those that are kept out form a list from *first_kept* to *last_kept*. *alive*: room may appear there.
    """

    __slots__ = ("alarm", "alive", "changes", "direct", "dirty", "due", "first_bucket", "first_free", "first_kept", "first_tool", "idle", "inline",
                 "inside", "last_kept", "least", "min_run", "most", "moving", "passing", "patience", "picky", "preempts", "ranked", "rules", "scans",
                 "setups", "size", "split", "staged", "stop_bucket", "stop_tool", "unlike", "waiting")

    def __init__(self) -> None:
        self.first_tool: i64 = 0
        self.stop_tool: i64 = 0
        self.first_bucket: i64 = 0
        self.stop_bucket: i64 = 0
        self.idle: i64 = 0
        self.first_free: i64 = 0
        self.waiting: i64 = 0
        self.dirty: i64 = 0
        self.rules: list[i64] = [0] * RULES
        self.ranked: i64 = 0
        self.scans: i64 = 0
        self.moving: i64 = 0
        self.passing: i64 = 0
        self.least: i64 = 0
        self.most: i64 = 0
        self.patience: i64 = NONE
        self.due: i64 = NONE
        self.alarm: i64 = NONE
        self.unlike: i64 = 0
        self.picky: i64 = 0
        self.preempts: i64 = 0
        self.staged: i64 = 0
        self.split: i64 = 0
        self.inline: i64 = 0
        self.setups: i64 = 0
        self.changes: i64 = 0
        self.min_run: i64 = 0
        self.size: i64 = NONE
        self.inside: i64 = 0
        self.direct: i64 = 0
        self.first_kept: i64 = NONE
        self.last_kept: i64 = NONE
        self.alive: i64 = 0


class Stream:
    """A release stream. Lots that are to come form a list from *head* to *tail*, *ready* of them; *count* have come, of *limit*, and *present*
    are in the line, which are to be *constant* (0: they come by the clock). *loses* those that find the first buffer full. *short*: it has
    run out of lots, and goes on later. *rounds* at the *instant* count lots that come."""

    __slots__ = ("constant", "count", "head", "instant", "limit", "loses", "present", "ready", "rounds", "short", "tail")

    def __init__(self) -> None:
        self.head: i64 = NONE
        self.tail: i64 = NONE
        self.ready: i64 = 0
        self.count: i64 = 0
        self.limit: i64 = ALWAYS
        self.present: i64 = 0
        self.constant: i64 = 0
        self.loses: i64 = 0
        self.short: i64 = 0
        self.rounds: i64 = 0
        self.instant: i64 = NONE
