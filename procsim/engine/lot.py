"""A lot in the line: where it is in its route, and its row in the block that holds its fate."""

from __future__ import annotations

from procsim.records import Block


class Lot:
    """*step* is the index of the step it is at; *panels* what is left of it; *trail* collects its visits."""

    __slots__ = ("arrived", "batch_key", "block", "number", "panels", "priority", "row", "start", "step", "stream", "trail")

    def __init__(self, number: int, stream: int, block: Block, row: int, priority: int) -> None:
        self.number, self.stream, self.block, self.row, self.priority = number, stream, block, row, priority
        self.step = 0
        self.arrived = self.start = self.batch_key = 0
        self.panels: float = block.panels[row][0]
        self.trail = block.trails[row]
