"""A plain line of text, its plan, its books on any calendar, and when its lots left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from simpy import Environment

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.plan.make import make
from procsim.plan.plan import HOUR, Plan
from procsim.recipe.load import load

HEAD = "line:\n  lot: {panels: %s}\n  release: %s\n  tools:\n%s\nrun: {horizon_h: %s, warmup_h: %s, allow_overload: true}\nsteps:\n%s\n"


def plan_of(write: Callable[..., Path], steps: str, tools: str = "    t: {}", release: str = "{every_h: 10, lots: 1}", panels: int = 1,
            horizon: float = 100, warmup: float = 0, sets: tuple[str, ...] = ()) -> Plan:
    return make(load(write(HEAD % (panels, release, tools, horizon, warmup, steps)), sets))


def finished(totals: Totals) -> list[float]:
    """Hours at which lots left, in lot order."""
    left = totals.lots[:, 3]
    return [float(x) / HOUR for x in left[left >= 0]]


def sums_of(totals: Totals) -> list[Any]:
    return [totals.sums, totals.cost.tolist(), totals.lots.tolist(), totals.state_hours.tolist(), {k: v.tolist() for k, v in totals.by_step.items()}]


def on(plan: Plan, env: Environment) -> Totals:
    ledger = Ledger(plan, keep_lots=True)
    return ledger.close(simulate(plan, 0, ledger.add, env=env))
