"""How fast procsim is: ``python tests/benchmarks/bench.py [--rounds N]``. Prints, beside what is wanted; asserts nothing about time.

1. Two lines in procsim, each way in which its rules may run (``ways_to_run.py``), against the same lines as SimPy's documentation would write
   them (``naive.py``, ``naive_full.py``), in turn, each in a process of its own, by CPU time. Reading the recipe and making the plan are not
   counted; drawing, simulating, keeping the books and balancing them are.
2. Cost of a step visit and peak memory, over the horizon and over the size of the line.
3. Replications on two processes against one, by the clock on the wall: this one needs an idle machine.
4. Whole commands, as a user waits for them: of a shipped package, and of real lines where they are at hand (``whole_commands.py``).
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import naive  # these are beside this file
import naive_full
import sized
from ways_to_run import own_process, ways
from whole_commands import package, real_lines

from procsim.costs.totals import Totals
from procsim.experiments.processes import processes
from procsim.experiments.replicate import gather, one
from procsim.maths.statistics import Estimate, ratio
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load
from procsim.results.metrics import METRICS, estimate

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RACES: dict[str, tuple[ModuleType, dict[str, float]]] = {"plain_line": (naive, {"compiled": 6.0, "interpreted": 1.5, "numba": 10.0}),
                                                      "full_line": (naive_full, {"compiled": 3.0, "numba": 8.0})}
"""A recipe beside this file: its yardstick, and how many times faster procsim should be, by way (``ways_to_run``)."""
BY_HORIZON, BY_SIZE = 1.15, 1.3
"""How many times as much a step visit may cost over a long horizon, or in a large line."""


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """The result of *call* and its CPU seconds."""
    begun = time.process_time()
    found = call()
    return found, time.process_time() - begun


# 1: races -------------------------------------------------------------------------------------------------------------


@cache
def _ours(name: str) -> Plan:
    return make(load(HERE / f"{name}.yaml"))


@cache
def _theirs(name: str) -> Any:
    return RACES[name][0].read(HERE / f"{name}.yaml")


def run_ours(name: str, number: int) -> tuple[Totals, float]:
    plan = _ours(name)
    return timed(lambda: one(plan, number))


def run_theirs(name: str, number: int) -> tuple[naive.Totals, float]:
    line = _theirs(name)
    return timed(lambda: RACES[name][0].simulate(line, number))


def race(name: str, rounds: int, ways: list[str]) -> None:
    """Naive simulation and ours, each way, in turn; visits per second of each and the medians of the ratios of CPU time per visit."""
    theirs: list[naive.Totals] = []
    ours: list[Totals] = []
    slow: list[float] = []
    fast: dict[str, list[float]] = {way: [] for way in ways}
    print(f"== {name}: procsim against {RACES[name][0].__name__}.py, visits per CPU second ==")
    print(f"{'round':>5} {'naive':>12}" + "".join(f" {way:>12} {'times':>6}" for way in ways))
    with ExitStack() as stack:
        other = stack.enter_context(own_process(ways[0]))
        own = {way: stack.enter_context(own_process(way)) for way in ways}
        for number in range(rounds + 1):
            found, seconds = other.submit(run_theirs, name, number).result()
            done = {way: pool.submit(run_ours, name, number).result() for way, pool in own.items()}
            if not number:  # all are warm now: imports, caches and heap are as they stay
                continue
            theirs.append(found)
            ours.append(done[ways[0]][0])
            slow.append(seconds / found.all_visits)
            for way, (totals, took) in done.items():
                fast[way].append(took / totals.all_visits)
            print(f"{number:5} {1 / slow[-1]:12,.0f}" + "".join(f" {1 / fast[way][-1]:12,.0f} {slow[-1] / fast[way][-1]:6.2f}" for way in ways))
    for way, costs in fast.items():
        ratios = [a / b for a, b in zip(slow, costs, strict=True)]
        wanted = RACES[name][1].get(way)
        print(f"{way}: {1e6 * median(costs):.2f} µs a visit, {median(ratios):.2f} times faster than naive ({min(ratios):.2f} to {max(ratios):.2f})"
              + (f"; wanted: {wanted:g}" if wanted else ""))
    print()
    agree(ours, theirs)
    print()


def agree(ours: list[Totals], theirs: list[naive.Totals]) -> None:
    """The same figures from both: their difference in standard errors."""
    metrics = {metric.name: metric for metric in METRICS}
    pairs: dict[str, tuple[Callable[[naive.Totals], float], Callable[[naive.Totals], float]]] = {
        "yield": (lambda t: t.good, lambda t: t.units_started),
        "escapes_ppm": (lambda t: 1e6 * t.escapes, lambda t: t.good + t.escapes),
        "throughput": (lambda t: t.lots_finished, lambda _: ours[0].hours),
        "cycle_time": (lambda t: t.cycle_h, lambda t: t.lots_finished),
        "waiting_time": (lambda t: sum(t.by_step["queue_h"]), lambda t: t.lots_finished),
        "cost_per_good_unit_direct": (lambda t: t.charged_to_left, lambda t: t.good),
    }
    print(f"{'agreement of':<26} {'procsim':>12} {'naive':>12} {'standard errors apart':>23}")
    for name, (above, below) in pairs.items():
        mine = ratio([t.by_step["queue_us"].sum() / HOUR for t in ours], [t.sums["lots_finished"] for t in ours]) if name == "waiting_time" else \
            estimate(metrics[name], ours, 0.95)
        other = ratio([above(t) for t in theirs], [below(t) for t in theirs])
        print(f"{name:<26} {mine.mean:12.6g} {other.mean:12.6g} {apart(mine, other):23.1f}")


def apart(one: Estimate, other: Estimate) -> float:
    """Difference over its standard error."""
    return abs(one.mean - other.mean) / (one.se**2 + other.se**2) ** 0.5


# 2: scale -------------------------------------------------------------------------------------------------------------


def measured(tools: int, hours: float) -> tuple[float, float]:
    """CPU µs of a step visit, the least of some runs, and the process's peak memory in MB, its lots streamed to a file."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "line.yaml"
        recipe.write_text(sized.recipe(tools, hours))
        plan = make(load(recipe))
        best = float("inf")
        for number in range(1 if hours > 10_000 else 3):
            totals, seconds = timed(lambda n=number: one(plan, n, spool=Path(folder)))
            (Path(folder) / "lots_0.f64").unlink()
            best = min(best, 1e6 * seconds / totals.all_visits)
    return best, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def scale(what: str, cases: list[tuple[str, int, float]], within: float, way: str) -> None:
    """Each case against the first."""
    print(f"== a step visit by {what} ({way}); wanted: within {within:g} times the first, memory flat ==")
    print(f"{'':<26} {'µs per visit':>13} {'of the first':>13} {'peak MB':>9}")
    first = 0.0
    for name, tools, hours in cases:
        with own_process(way) as alone:
            cost, memory = alone.submit(measured, tools, hours).result()
        first = first or cost
        print(f"{name:<26} {cost:13.2f} {cost / first:13.2f} {memory:9.0f}")
    print()


# 3: processes ---------------------------------------------------------------------------------------------------------


def two_processes(replications: int = 8) -> None:
    """The same replications on one process and on two."""
    plan = replace(_ours("plain_line"), horizon_us=24_000 * HOUR)
    wall = []
    for jobs in (1, 2):
        begun = time.perf_counter()
        with processes(jobs) as pool:
            gather([plan], [(0, number) for number in range(replications)], executor=pool)
        wall.append(time.perf_counter() - begun)
    print(f"== {replications} replications: {wall[0]:.1f} s in one process, {wall[1]:.1f} s on two: {wall[0] / wall[1]:.2f} times faster; "
          "wanted: 1.8 for work over 10 s ==\n")


def main() -> None:
    options = argparse.ArgumentParser(description="Speed of procsim.", allow_abbrev=False)
    options.add_argument("--rounds", type=int, default=7, help="rounds of each race (default 7)")
    options.add_argument("--times", type=int, default=3, help="calls of each command (default 3)")
    options.add_argument("--flow", type=Path, default=ROOT / "flows" / "embodiment_1.yaml", help="flow for the command line")
    chosen = options.parse_args()
    there = ways()
    for name in RACES:
        race(name, chosen.rounds, there)
    scale("horizon", [(f"{weeks} week{'s' if weeks > 1 else ''}, 500 tools", 500, 168.0 * weeks) for weeks in (1, 10, 100)], BY_HORIZON, there[0])
    scale("size", [(f"{tools} tools, 6000 lots", tools, 6000 / (sized.LOTS_PER_TOOL_H * tools)) for tools in sized.GROUPS], BY_SIZE, there[0])
    two_processes()
    package(chosen.flow.resolve(), chosen.times, there[0])
    real_lines(there, chosen.times)


if __name__ == "__main__":
    main()
