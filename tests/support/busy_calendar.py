"""Holds a SimPy environment in which the engine never takes a short way, and compares runs there with usual ones: their numbers must be the same."""

from __future__ import annotations

from typing import Any

from simpy import Environment

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.planning.plan import Plan


class Always(list[Any]):
    """A calendar on which something else always happens now, for who looks at its first entry; ``heapq`` sees what is there."""

    def __getitem__(self, at: Any) -> Any:
        return (-1, 0, 0, None) if at == 0 else super().__getitem__(at)


class Slow(Environment):
    """Where no event is alone at its instant, so that none takes the short way."""

    def __init__(self) -> None:
        super().__init__()
        self._queue = Always()


def run_in(env: Environment, plan: Plan) -> Totals:
    """The books of one replication of *plan* in *env*."""
    ledger = Ledger(plan, keep_lots=True)
    return ledger.close(simulate(plan, 0, ledger.add, env=env))


def numbers_of(totals: Totals) -> list[Any]:
    """The numbers of a run, to be compared with those of another one: equal only if all of them are equal to the last bit."""
    return [totals.sums, totals.cost.tolist(), totals.lots.tolist(), totals.state_hours.tolist(), totals.blocked.tolist(),
            {name: values.tolist() for name, values in totals.by_step.items()}]


def hold_on_any_calendar(plan: Plan) -> Totals:
    """One replication of *plan*, after holding it to one in which no event takes the short way."""
    totals = run_in(Environment(), plan)
    assert numbers_of(totals) == numbers_of(run_in(Slow(), plan))
    return totals
