"""Writes all that happens in a replication into a CSV file, a block at a time, so that memory does not grow with the run."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from procsim.engine.events import EVENTS, Events
from procsim.errors import InfeasibleError
from procsim.maths.arrays import Ints
from procsim.planning.plan import HOUR, Plan

COLUMNS = ("time_h", "event", "stream", "product", "lot", "part", "step", "pass", "tool_group", "tool", "panels")
"""One row per event; what it does not concern is empty. Lots are numbered as in lots.csv, parts of lots and tools from 1. Hours have all digits."""


class EventFile:
    """The file *path* of what happens in *plan*. Where it cannot be written to the end (a full disk), the run goes on, and it is *gone*."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.path, self.gone = path, False
        streams, route = plan.streams, plan.route
        self.events, self.streams = [*EVENTS], [*(stream.name for stream in streams), ""]
        self.products = [*(stream.product or (stream.name if len(streams) > 1 else plan.flow) for stream in streams), ""]
        self.steps, self.passes = [*(plan.steps[s] for s in route.step), ""], [*route.turn.tolist(), ""]
        self.groups = [*plan.groups.names, ""]
        self._write([COLUMNS], "w")

    def add(self, events: Events) -> None:
        """Writes a block of *events* down."""
        shares = (
            (events.time_us / HOUR).tolist(), _named(self.events, events.event),
            _named(self.streams, events.stream), _named(self.products, events.stream),
            [lot if stream >= 0 else "" for lot, stream in zip(events.lot.tolist(), events.stream.tolist(), strict=True)], _from_1(events.part),
            _named(self.steps, events.position), _named(self.passes, events.position), _named(self.groups, events.group), _from_1(events.tool),
            ["" if panels != panels else f"{panels:.10g}" for panels in events.panels.tolist()])
        self._write(zip(*shares, strict=True))

    def _write(self, rows: Iterable[Iterable[object]], mode: str = "a") -> None:
        if self.gone:
            return
        try:
            with self.path.open(mode, encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        except OSError:
            self.drop()

    def drop(self) -> None:
        """It is not to be had."""
        self.gone = True
        self.path.unlink(missing_ok=True)


def _named(names: Sequence[object], numbers: Ints) -> list[object]:
    """The name of each number; the last one is that of -1."""
    return [names[number] for number in numbers.tolist()]


def _from_1(numbers: Ints) -> list[object]:
    return [number + 1 if number >= 0 else "" for number in numbers.tolist()]


@contextmanager
def told(plan: Plan, path: Path | None) -> Iterator[Callable[[Events], None] | None]:
    """Who takes the events of *plan* and writes them into the file *path*, if there is one. It is there when the block has ended, also if that was
    since the line came to a stand."""
    if path is None:
        yield None
        return
    file = EventFile(plan, path)
    try:
        yield file.add
    except InfeasibleError:
        raise
    except BaseException:
        file.drop()
        raise


def beside(path: Path) -> Path:
    """A new name beside *path* for a file that is written bit by bit and then takes its place."""
    path = Path(os.path.realpath(path))
    return path.with_name(f".{path.name[:100]}-{os.getpid()}")


def take_place(fresh: Path, path: Path) -> None:
    """The file *fresh* stands at *path* from now on; a link there is followed. Raises OSError."""
    fresh.replace(os.path.realpath(path))
