"""Makes lines in which lots go on in parts, and reads off their blocks and visits."""

from __future__ import annotations

from collections.abc import Sequence

from lines import Write, plan_of, text_of_line

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.lots.records import Block
from procsim.planning.plan import HOUR, Plan


def text_of_parts(steps: str, panels: int = 4, tool: str = "{}", line: str = "") -> str:
    """One lot of *panels* through *steps*, at a group of gates, a *tool* t and a plain one u; *line* is what else the line has."""
    lot = f"lot: {{panels: {panels}, units_per_panel: 20}}\nrelease: {{every_h: 500, lots: 1}}\n{line}"
    return text_of_line(lot, f"gate: {{count: 9}}\nt: {tool}\nu: {{}}", steps, 400)


def plan_of_parts(write: Write, steps: str, panels: int = 4, tool: str = "{}", line: str = "", sets: Sequence[str] = ()) -> Plan:
    """The plan of ``text_of_parts`` with the edits *sets*."""
    return plan_of(write, text_of_parts(steps, panels, tool, line), *sets)


def blocks(plan: Plan, variable: bool = True) -> tuple[list[Block], Totals]:
    """What one replication hands to its books, and the books."""
    found: list[Block] = []
    ledger = Ledger(plan, keep_lots=True)

    def sink(block: Block) -> None:
        found.append(block)
        ledger.add(block)

    done = simulate(plan, 0, sink, variable=variable)
    return found, ledger.close(done)


def visits(plan: Plan, block: Block, step: str) -> list[tuple[float, float, float]]:
    """(arrived, start, end) in hours of all visits of *step*, in order of their start."""
    at = [p for p, s in enumerate(plan.route.step) if plan.steps[s] == step]
    return sorted(tuple(x / HOUR for x in row[2:].tolist()) for row in block.table() if row[1] in at)
