"""Lots that go on in parts: a line of text, its blocks, visits and books."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.lots.records import Block
from procsim.plan.make import make
from procsim.plan.plan import HOUR, Plan
from procsim.recipe.load import load

Write = Callable[..., Path]


HEAD = """\
line:
  lot: {{panels: {panels}, units_per_panel: 20}}
  release: {{every_h: 100, lots: 1}}
  tools: {{gate: {{count: 9}}, t: {tool}, u: {{}}}}
{line}run: {{horizon_h: 400, warmup_h: 0}}
steps:
{steps}
"""


def planned(write: Write, steps: str, panels: int = 4, tool: str = "{}", line: str = "", sets: tuple[str, ...] = ()) -> Plan:
    """One lot of *panels* through *steps*, at a tool group t of one tool."""
    return make(load(write(HEAD.format(panels=panels, tool=tool, line=line, steps=steps)), sets))


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


def hours(totals: Totals) -> list[float]:
    """When lots left."""
    return [float(x) / HOUR for x in totals.lots[:, 3]]
