"""Writes down all that a simulation does with the lots and tools of a plan as tables of whole numbers, and finds the first difference of two of them.

Times are µs, panels and units millionths. Nothing depends on how lots are put into blocks, or on when a block is handed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from procsim.errors import InfeasibleError
from procsim.lots.records import Block, Run
from procsim.maths.arrays import Ints
from procsim.planning.plan import HOUR, Plan

Simulate = Callable[..., Run]
"""A function with the arguments of ``procsim.engine.simulate.simulate``."""

WHO = ("stream", "lot", "part")
TABLES: dict[str, tuple[str, ...]] = {
    "lots": ("stream", "lot", "released", "left", "scrapped_at", "unstarted", "due", "good"),
    "visits": (*WHO, "position", "arrived", "start", "end"),
    "runs": (*WHO, "position", "held", "panels"),
    "tails": (*WHO, "position", "tail"),
    "kept": (*WHO, "position", "since", "until"),
    "joined": (*WHO, "position", "since", "until"),
    "late": ("stream", "limit", "when", "left"),
    "turns": ("stream", "lot", "position", "loop"),
    "clocks": (*WHO, "step", "at"),
    "tools": ("group", "productive", "standby", "engineering", "scheduled_down", "unscheduled_down", "non_scheduled", "setup", "blocked", "inside",
              "failures", "setups"),
    "pools": ("worked", "on_duty", "waited", "calls"),
    "sampled": ("group", "column", "count"),
    "wip": ("stream", "position", "panels", "released", "priority", "due", "since", "left", "tool", "past", "asked", "done_by"),
    "line": ("wip_lot_us", "released", "lost"),
}
"""The tables of a trace and their columns. A lot's row in a block says who it is: part 0 is the lot itself, part j + 1 the j-th part of it."""


@dataclass(frozen=True)
class Trace:
    """What a run was: one array of whole numbers for each of ``TABLES``, and why it *ended* early, or ''."""

    tables: dict[str, Ints]
    ended: str = ""


def trace(plan: Plan, simulate: Simulate, replication: int = 0, variable: bool = True, **more: Any) -> Trace:
    """What *simulate* does with *plan*; of a line that comes to a stand, no more than the words for it."""
    blocks: list[Block] = []
    try:
        run = simulate(plan, replication, blocks.append, variable=variable, **more)
    except InfeasibleError as error:
        return Trace({name: np.zeros((0, len(columns)), dtype=np.int64) for name, columns in TABLES.items()}, str(error))
    found = {name: [rows for block in blocks for rows in (read(block),)] for name, read in _OF_BLOCKS.items()}
    tables = {name: _sorted(name, found[name]) for name in found} | _of_run(run)
    return Trace({name: tables[name] for name in TABLES}, run.stalled)


def _sorted(name: str, parts: list[Ints]) -> Ints:
    """All rows of a table in order of their columns; the visits of a lot stay as it made them."""
    width = len(TABLES[name])
    table = np.concatenate([np.zeros((0, width), dtype=np.int64), *(part.reshape(-1, width) for part in parts)])
    keys = len(WHO) if name == "visits" else width
    return table[np.lexsort(table[:, keys - 1 :: -1].T)]


def _who(block: Block, rows: Ints) -> Ints:
    """(stream, lot, part) of *rows* of a block, shape (n, 3)."""
    part, row = np.divmod(np.asarray(rows, dtype=np.int64), len(block.left_us))
    return np.column_stack([np.full(len(row), block.stream), block.first + row, part])


def _noted(block: Block, rows: Any, width: int) -> Ints:
    """Notes that begin with a row of the block, as rows that begin with who that is."""
    table = np.array(rows, dtype=np.int64).reshape(-1, width)
    return np.column_stack([_who(block, table[:, 0]), table[:, 1:]])


def _lots(block: Block) -> Ints:
    """Lots that came into the line."""
    size = len(block.left_us)
    here = np.array([len(visits) > 0 for visits in block.visits]).reshape(-1, size).any(axis=0)
    here |= (np.array(block.left_us) >= 0) | (np.array(block.released_us) >= 0) | (np.full(size, block.at is not None))
    good = np.rint(block.outcomes.good * 1e6).astype(np.int64)
    unstarted = np.bincount(np.array(block.unstarted, dtype=np.int64), minlength=size)
    who = np.column_stack([np.full(size, block.stream), block.first + np.arange(size)])
    columns = (block.released_us, block.left_us, block.scrapped_at, unstarted, block.due_us, good)
    return np.column_stack([who, *(np.array(column, dtype=np.int64) for column in columns)])[here]


def _visits(block: Block) -> Ints:
    return _noted(block, block.table(), 5)


def _runs(block: Block) -> Ints:
    rows = np.array(block.runs, dtype=float).reshape(-1, 4)
    return _noted(block, np.column_stack([np.rint(rows[:, :3]), np.rint(rows[:, 3] * 1e6)]), 4)


def _late(block: Block) -> Ints:
    return np.array([(block.stream, *one) for one in block.late], dtype=np.int64)


def _turns(block: Block) -> Ints:
    return np.array([(block.stream, block.first + row, *turn) for row, turns in block.turns.items() for turn in turns], dtype=np.int64)


_OF_BLOCKS: dict[str, Callable[[Block], Ints]] = {
    "lots": _lots,
    "visits": _visits,
    "runs": _runs,
    "tails": lambda block: _noted(block, block.tails, 3),
    "kept": lambda block: _noted(block, block.kept, 4),
    "joined": lambda block: _noted(block, block.joined, 4),
    "late": _late,
    "turns": _turns,
    "clocks": lambda block: _noted(block, [(row, step, at) for row, own in block.clocks.items() for step, at in own.items()], 3),
}
"""Each table that is of lots → how it is read off a block."""


def _of_run(run: Run) -> dict[str, Ints]:
    """The tables that are of the line as a whole."""
    tools, wip = run.tools, run.wip
    states = np.column_stack([tools.hours, tools.setup, tools.blocked, tools.inside])
    seen = np.argwhere(run.seen)
    asked = np.argwhere(wip.done_by >= 0)
    lots = np.column_stack([wip.stream, wip.position, wip.panels, wip.released_us, wip.priority, wip.due_us, wip.since_us, wip.left_us, wip.tool, wip.past])
    plain = np.column_stack([lots, np.full((len(lots), 2), -1)])
    returning = np.column_stack([lots[asked[:, 0]], asked[:, 1], wip.done_by[*asked.T]])
    return {
        "tools": np.column_stack([tools.group, np.rint(states * HOUR).astype(np.int64), tools.failures, tools.setups]),
        "pools": np.column_stack([np.rint(run.pools[:, :3] * HOUR), run.pools[:, 3]]).astype(np.int64),
        "sampled": np.column_stack([seen, run.seen[*seen.T]]).astype(np.int64),
        "wip": _sorted("wip", [plain, returning]),
        "line": np.array([[round(run.wip_lot_hours * HOUR), run.released, run.lost]], dtype=np.int64),
    }


# comparing -------------------------------------------------------------------------------------------------------------


def same(plan: Plan, one: Simulate, other: Simulate, replication: int = 0, variable: bool = True) -> str:
    """The first difference of what two functions do with *plan*, or ''."""
    return difference(plan, trace(plan, one, replication, variable), trace(plan, other, replication, variable))


def difference(plan: Plan, one: Trace, other: Trace) -> str:
    """The first difference of two traces of *plan*, or '': the visit, of all lots, that differs at the earliest time, else a row of another table."""
    if one.ended != other.ended:
        return f"ended: {one.ended or 'at the horizon'!r} ≠ {other.ended or 'at the horizon'!r}" + _also(plan, one, other)
    return _first_visit(plan, one, other) or next(filter(None, (_first_row(name, one, other) for name in TABLES)), "")


def _also(plan: Plan, one: Trace, other: Trace) -> str:
    found = _first_visit(plan, one, other) if len(one.tables["lots"]) and len(other.tables["lots"]) else ""
    return f"; {found}" if found else ""


def _first_visit(plan: Plan, one: Trace, other: Trace) -> str:
    """The visit that is seen to differ at the earliest time, with both sides."""
    mine, theirs = ({tuple(row[:4]): row[4:] for row in found.tables["visits"].tolist()} for found in (one, other))
    odd = [who for who in {**mine, **theirs} if mine.get(who) != theirs.get(who)]
    if not odd:
        return ""
    stream, lot, part, position = first = min(odd, key=lambda who: (_moment(mine.get(who), theirs.get(who)), who))
    step, group = plan.steps[plan.route.step[position]], plan.groups.names[plan.group_of[position]]
    who = f"lot {lot} of {plan.streams[stream].name}" + (f", part {part}," if part else "")
    return (f"{who} at {step} ({group}, position {position}): {_times(mine.get(first))} ≠ {_times(theirs.get(first))} "
            f"({len(odd)} of {len({**mine, **theirs})} visits differ)")


def _moment(one: list[int] | None, other: list[int] | None) -> int:
    """When it can be told first that two visits differ."""
    if one is None or other is None:
        return (one or other or [0])[0]
    return next(min(a, b) for a, b in zip(one, other, strict=True) if a != b)


def _times(visit: list[int] | None) -> str:
    return "no visit" if visit is None else "came {} began {} ended {} µs".format(*visit)


def _first_row(name: str, one: Trace, other: Trace) -> str:
    """The first row of a table that differs, with both sides."""
    mine, theirs = one.tables[name].tolist(), other.tables[name].tolist()
    for i in range(max(len(mine), len(theirs))):
        sides = [rows[i] if i < len(rows) else None for rows in (mine, theirs)]
        if sides[0] != sides[1]:
            shown = (dict(zip(TABLES[name], side, strict=True)) if side is not None else "no row" for side in sides)
            return f"{name}, row {i}: " + " ≠ ".join(map(str, shown))
    return ""
