"""A lot in, its rank out: one function per dispatch rule. The lowest rank goes first, ties by order of arrival at the queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from procsim.engine.lot import Lot

if TYPE_CHECKING:
    from procsim.engine.tool import Tool

Rank = Callable[[Lot, int, "Tool | None"], float]
"""(lot, now, tool that would take it) → rank. Rules outside ``MOVING`` look at the lot alone, once, when it comes."""


def fifo(_lot: Lot, _now: int, _tool: Tool | None) -> float:
    """First come, first served."""
    return 0


def priority(lot: Lot, _now: int, _tool: Tool | None) -> float:
    """The lowest priority number."""
    return lot.priority


def spt(lot: Lot, _now: int, _tool: Tool | None) -> float:
    """The shortest process time: the lot's own at this step."""
    return lot.work[lot.step]


def edd(lot: Lot, _now: int, _tool: Tool | None) -> float:
    """The earliest due date."""
    return lot.due


def longest_remaining_work(lot: Lot, _now: int, _tool: Tool | None) -> float:
    """Most raw process time left, this step included."""
    return -remaining(lot)


def critical_ratio(lot: Lot, now: int, _tool: Tool | None) -> float:
    """Time to the due date over raw process time left: below 1 a lot is late already."""
    return (lot.due - now) / max(remaining(lot), 1)


def least_setup(lot: Lot, _now: int, tool: Tool | None) -> float:
    """The shortest setup that the lot would ask of the tool."""
    return setup_time(tool, lot)


def remaining(lot: Lot) -> int:
    """Mean µs of raw process time from the lot's step to the end of its route: what is planned, not what luck has in store."""
    return lot.line.remaining[lot.stream][lot.step]


def setup_time(tool: Tool | None, lot: Lot) -> int:
    """Mean µs of setup before the tool can work on the lot."""
    setup = tool.setup if tool is not None else None
    return setup.time(setup.state, setup.needed([lot])) if setup is not None else 0


RULES: dict[str, Rank] = {
    "fifo": fifo,
    "priority": priority,
    "spt": spt,
    "edd": edd,
    "critical_ratio": critical_ratio,
    "least_setup": least_setup,
    "longest_remaining_work": longest_remaining_work,
}
"""Each rule of ``model.waiting.DISPATCH`` → what it does."""
MOVING = frozenset({"critical_ratio", "least_setup"})
"""Rules whose ranks are asked for anew each time that a tool is free."""
