"""Lots that leave the line before the end of their route: those that waited too long, and those that a failure spoils."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procsim.engine.lot import Lot, run_time

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.tool import Tool


def drop(line: Line, lot: Lot, now: int) -> None:
    """A lot leaves the line as it would have started its step: it has waited too long."""
    lot.block.unstarted.append(lot.row)
    lot.block.scrapped_at[lot.row] = lot.step
    line.leave(lot, now)


def scrap_run(line: Line, tool: Tool, now: int) -> None:
    """A failure spoils the lots in the tool: they leave the line, and the tool's time for them is on the books."""
    lots, tool.runs = tool.runs, []
    passing = tool.passing.clear() if tool.passing is not None else []
    panels = sum(lot.panels for lot in lots)
    for lot in lots:
        lot.block.runs.extend((lot.row, lot.step, (tool.took or run_time(lots)) - tool.ends, panels))
    for lot in [*passing, *lots]:
        lot.visits += lot.arrived, lot.start, now
        lot.block.scrapped_at[lot.row] = lot.step
        line.leave(lot, now)
