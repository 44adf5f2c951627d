"""How fast procsim is: ``python tests/benchmarks/bench.py [--rounds N]``. Prints, beside what is wanted; asserts nothing about time.

1. Two lines in procsim against the same lines as SimPy's documentation would write them (``naive.py``, ``naive_full.py``), in turn, each
   in a process of its own, by CPU time. Reading the recipe and making the plan are not counted; drawing, simulating, keeping the
   books and balancing them are.
2. Cost of a step visit and peak memory, over the horizon and over the size of the line.
3. Replications on two processes against one, by the clock on the wall: this one needs an idle machine.
4. The command line from start to finish, as a user waits for it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import naive  # this and the next two are beside this file
import naive_full
import sized

from procsim.costs.totals import Totals
from procsim.experiments.replicate import gather, one, processes
from procsim.maths.statistics import Estimate, ratio
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load
from procsim.results.metrics import METRICS, estimate

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RACES: dict[str, tuple[ModuleType, float]] = {"plain_line": (naive, 6.0), "full_line": (naive_full, 3.0)}
"""A recipe beside this file: its yardstick, and how many times faster procsim should be."""
CONSTANT = 0.15
"""By how much the cost of a step visit may change with horizon and size."""


@contextmanager
def own_process() -> Iterator[ProcessPoolExecutor]:
    """A process that has done nothing else, so that neither its memory nor its garbage is somebody else's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


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


def race(name: str, rounds: int) -> None:
    """Both simulations in turn; visits per second of each and the median of the ratios of CPU time per visit."""
    wanted = RACES[name][1]
    ours: list[Totals] = []
    theirs: list[naive.Totals] = []
    costs: list[tuple[float, float]] = []
    print(f"== {name}: procsim against {RACES[name][0].__name__}.py ==\n{'round':>5} {'naive visits/s':>15} {'procsim visits/s':>17} {'times faster':>13}")
    with own_process() as slow_one, own_process() as fast_one:
        for number in range(rounds + 1):
            slow, slow_s = slow_one.submit(run_theirs, name, number).result()
            fast, fast_s = fast_one.submit(run_ours, name, number).result()
            if not number:  # both are warm now: imports, caches and heap are as they stay
                continue
            theirs.append(slow)
            ours.append(fast)
            costs.append((slow_s / slow.all_visits, fast_s / fast.all_visits))
            print(f"{number:5} {1 / costs[-1][0]:15,.0f} {1 / costs[-1][1]:17,.0f} {costs[-1][0] / costs[-1][1]:13.2f}")
    ratios = [a / b for a, b in costs]
    print(f"median: naive {median(1 / a for a, _ in costs):,.0f}, procsim {median(1 / b for _, b in costs):,.0f} visits/s; procsim is "
          f"{median(ratios):.2f} times faster ({min(ratios):.2f} to {max(ratios):.2f}); wanted: {wanted:g}\n")
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


def scale(what: str, cases: list[tuple[str, int, float]]) -> None:
    """Each case against the first."""
    print(f"== a step visit by {what}; wanted: within {100 * CONSTANT:g} % of the first, memory flat ==")
    print(f"{'':<26} {'µs per visit':>13} {'of the first':>13} {'peak MB':>9}")
    first = 0.0
    for name, tools, hours in cases:
        with own_process() as alone:
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


# 4: the command line --------------------------------------------------------------------------------------------------


def command(*words: str) -> tuple[int, float, float, str]:
    """Exit code, wall and CPU seconds (with children) and stderr of ``procsim`` *words*."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "procsim", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.returncode, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr


def command_line(flow: Path, times: int) -> None:
    """``procsim run`` and ``procsim estimate`` of *flow*, start to finish: the median of *times* calls."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["run", str(flow), "--out", folder, "--quiet"], ["estimate", str(flow)]):
            calls = [command(*words) for _ in range(times)]
            code, error = calls[0][0], calls[0][3].strip()
            if code:
                print(f"procsim {words[0]} {flow.name}: exit code {code}: {error.splitlines()[-1] if error else ''}")
                continue
            print(f"procsim {words[0]:<8} {flow.name}: {median(c[1] for c in calls):.2f} s wall, {median(c[2] for c in calls):.2f} s CPU "
                  f"(median of {times})")


def main() -> None:
    options = argparse.ArgumentParser(description="Speed of procsim.", allow_abbrev=False)
    options.add_argument("--rounds", type=int, default=7, help="rounds of each race (default 7)")
    options.add_argument("--times", type=int, default=3, help="calls of each command (default 3)")
    options.add_argument("--flow", type=Path, default=ROOT / "flows" / "embodiment_1.yaml", help="flow for the command line")
    chosen = options.parse_args()
    for name in RACES:
        race(name, chosen.rounds)
    scale("horizon", [(f"{weeks} week{'s' if weeks > 1 else ''}, 500 tools", 500, 168.0 * weeks) for weeks in (1, 10, 100)])
    scale("size", [(f"{tools} tools, 6000 lots", tools, 6000 / (sized.LOTS_PER_TOOL_H * tools)) for tools in sized.GROUPS])
    two_processes()
    command_line(chosen.flow.resolve(), chosen.times)


if __name__ == "__main__":
    main()
