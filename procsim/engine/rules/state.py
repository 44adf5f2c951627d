"""Defines the state of the line: tables of records, columns of numbers, and the clock that counts for all of them."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.agenda import Agenda
from procsim.engine.rules.columns import Bucket, Group, Lot, Stop, Stream
from procsim.engine.rules.equipment import Break, Draw, Limit, Pool, Shift, Tool, Upkeep
from procsim.engine.rules.words import NONE


class Clock:
    """Of the whole line. *dirty* groups have news; *round* of them are yet to be looked at in this round of the *rounds* at the *instant*.
    *needs*, *error* and *where* as of ``words``. *turn* counts who came to a queue, *events* what happened, the last of it *now*. *notes* numbers are
    noted. Flags: some *buffers* are finite, some steps *return* to a tool, some *limits* act. Lots that need another way form a list from *back* to
    *last_back*. *released* and *lost* lots; ∫ WIP dt is *wip_area* up to *wip_since*, since when it is *wip*. *looks* of work sampling were taken.
    What happens is told if *tells*: *told* numbers of it."""

    __slots__ = ("back", "buffers", "dirty", "error", "events", "instant", "last_back", "limits", "looks", "lost", "needs", "notes", "now",
                 "released", "returns", "round", "rounds", "tells", "told", "turn", "warmup", "where", "wip", "wip_area", "wip_since")

    def __init__(self) -> None:
        self.dirty: i64 = 0
        self.round: i64 = 0
        self.rounds: i64 = 0
        self.instant: i64 = NONE
        self.events: i64 = 0
        self.now: i64 = 0
        self.needs: i64 = 0
        self.error: i64 = 0
        self.where: i64 = NONE
        self.turn: i64 = 0
        self.notes: i64 = 0
        self.buffers: i64 = 0
        self.returns: i64 = 0
        self.limits: i64 = 0
        self.back: i64 = NONE
        self.last_back: i64 = NONE
        self.warmup: i64 = 0
        self.released: i64 = 0
        self.lost: i64 = 0
        self.wip: i64 = 0
        self.wip_since: i64 = 0
        self.wip_area: i64 = 0
        self.looks: i64 = 0
        self.tells: i64 = 0
        self.told: i64 = 0


class Line:
    """All of it. What is to happen stands in the *agenda*.

    By lot and leg: *path* (stops), *work*, *move*, and, where asked for, *panels*, *fills*, *shared*, *load*, *unload* (and the *shared_load*,
    *shared_unload* of a run), *tail*. By lot: *book* (arrived, start and end of its last visits), *memory* of tools, *clocks* of queue time. By
    draw: *drawn*. *ways_back*: by stop, for each limit that ends there, the loop, or NONE. *merges*: the position at which each stretch ends, or
    NONE. *guests* counts them by kind. By group: *attended*, the pools of setup, load, work and unload, and *seen*, what work sampling counts.
    *log*: what is told."""

    __slots__ = ("agenda", "attended", "book", "breaks", "buckets", "changes", "clock", "clocks", "dirty", "drawn", "draws", "fills", "groups",
                 "guests", "limits", "load", "log", "looks", "lots", "memory", "merges", "move", "notes", "panels", "path", "pools", "round", "seen",
                 "shared", "shared_load", "shared_unload", "shifts", "spans", "speeds", "stops", "streams", "tail", "tools", "unload", "upkeeps",
                 "ways_back", "work")

    def __init__(self, agenda: Agenda) -> None:
        self.agenda: Agenda = agenda
        self.clock: list[Clock] = [Clock()]
        self.lots: list[Lot] = []
        self.stops: list[Stop] = []
        self.buckets: list[Bucket] = []
        self.groups: list[Group] = []
        self.streams: list[Stream] = []
        self.tools: list[Tool] = []
        self.breaks: list[Break] = []
        self.upkeeps: list[Upkeep] = []
        self.pools: list[Pool] = []
        self.shifts: list[Shift] = []
        self.limits: list[Limit] = []
        self.draws: list[Draw] = []
        self.path: list[list[i64]] = []
        self.work: list[list[i64]] = []
        self.move: list[list[i64]] = []
        self.panels: list[list[i64]] = []
        self.fills: list[list[i64]] = []
        self.shared: list[list[i64]] = []
        self.load: list[list[i64]] = []
        self.unload: list[list[i64]] = []
        self.shared_load: list[list[i64]] = []
        self.shared_unload: list[list[i64]] = []
        self.tail: list[list[i64]] = []
        self.book: list[list[i64]] = []
        self.memory: list[list[i64]] = []
        self.clocks: list[list[i64]] = []
        self.drawn: list[list[i64]] = []
        self.ways_back: list[i64] = []
        self.seen: list[list[i64]] = []
        self.attended: list[list[i64]] = []
        self.dirty: list[i64] = []
        self.round: list[i64] = []
        self.guests: list[i64] = []
        self.changes: list[i64] = []
        self.spans: list[i64] = []
        self.merges: list[i64] = []
        self.looks: list[i64] = []
        self.notes: list[i64] = []
        self.log: list[i64] = []
        self.speeds: list[float] = []
