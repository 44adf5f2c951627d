"""Holds a SimPy environment in which somebody else's process wakes up all the time, and compares runs there with usual ones: their numbers must be
the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simpy import Environment

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.planning.plan import Plan

OFTEN = 900_000_000
"""µs between two wakings, a quarter of an hour: many of them fall on instants of the line's own."""


class Shared(Environment):
    """Where the line is not alone."""

    def __init__(self) -> None:
        super().__init__()
        self.process(self._wake())

    def _wake(self) -> Iterator[Any]:
        while True:
            yield self.timeout(OFTEN)


def run_in(env: Environment, plan: Plan) -> Totals:
    """The books of one replication of *plan* in *env*."""
    ledger = Ledger(plan, keep_lots=True)
    return ledger.close(simulate(plan, 0, ledger.add, env=env))


def numbers_of(totals: Totals) -> list[Any]:
    """The numbers of a run, to be compared with those of another one: equal only if all of them are equal to the last bit."""
    return [totals.sums, totals.cost.tolist(), totals.lots.tolist(), totals.state_hours.tolist(), totals.blocked.tolist(),
            {name: values.tolist() for name, values in totals.by_step.items()}]


def hold_on_any_calendar(plan: Plan) -> Totals:
    """One replication of *plan*, after holding it to one in an environment that the line shares."""
    totals = run_in(Environment(), plan)
    assert numbers_of(totals) == numbers_of(run_in(Shared(), plan))
    return totals
