"""Plan in, the Totals of its replications out, in order, whoever computed them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.plan.shape import Plan


def one(plan: Plan, replication: int, variable: bool = True) -> Totals:
    """One replication. The first one keeps its lots, for lots.csv."""
    ledger = Ledger(plan, keep_lots=replication == 0)
    run = simulate(plan, replication, ledger.add, variable=variable)
    return ledger.close(run)


def replicate(plan: Plan, replications: int, *, executor: Executor | None = None, variable: bool = True,
              progress: Callable[[int], None] = lambda _: None) -> list[Totals]:
    """Replications 0 … *replications* - 1 of *plan*; with luck off they are all alike, so one is run."""
    count = replications if variable else 1
    if executor is None:
        found = []
        for number in range(count):
            found.append(one(plan, number, variable))
            progress(1)
        return found
    futures: list[Future[Totals]] = [executor.submit(one, plan, number, variable) for number in range(count)]
    for future in futures:
        future.add_done_callback(lambda _: progress(1))
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


@contextmanager
def processes(jobs: int) -> Iterator[Executor | None]:
    """An executor of *jobs* processes, started clean; None for one job, which needs none."""
    if jobs <= 1:
        yield None
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["procsim.experiments.replicate"])
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield pool
