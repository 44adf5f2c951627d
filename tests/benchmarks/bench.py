"""How fast procsim is: ``python tests/benchmarks/bench.py [--rounds N]``. Prints; asserts nothing about time.

1. ``plain_line.yaml`` in procsim against the same line in ``naive.py``, round by round in turn, in this one process, by CPU time.
   Reading the recipe and making the plan are not counted, nor is reading it for ``naive.py``; drawing, simulating, keeping the
   books and balancing them are.
2. The command line from start to finish, as a user waits for it: a shipped flow if it loads, and the start-up of ``estimate``.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import naive  # beside this file

from procsim.costs.totals import Totals
from procsim.experiments.replicate import one
from procsim.plan.make import make
from procsim.recipe.load import load
from procsim.results import METRICS, estimate
from procsim.stats import Estimate, ratio

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLAIN = HERE / "plain_line.yaml"
HOUR_US = 3.6e9


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """The result of *call* and its CPU seconds."""
    begun = time.process_time()
    found = call()
    return found, time.process_time() - begun


def race(rounds: int) -> None:
    """Both simulations in turn; visits per second of each and the median of the ratios of CPU time per visit."""
    plan, line = make(load(PLAIN)), naive.read(PLAIN)
    ours: list[Totals] = []
    theirs: list[naive.Totals] = []
    costs: list[tuple[float, float]] = []
    naive.simulate(line, 0)  # both warm: imports, caches and heap are as they stay
    one(plan, 0)
    print(f"{'round':>5} {'naive visits/s':>15} {'procsim visits/s':>17} {'times faster':>13}")
    for number in range(1, rounds + 1):
        slow, slow_s = timed(lambda n=number: naive.simulate(line, n))
        fast, fast_s = timed(lambda n=number: one(plan, n))
        theirs.append(slow)
        ours.append(fast)
        costs.append((slow_s / slow.all_visits, fast_s / fast.all_visits))
        print(f"{number:5} {1 / costs[-1][0]:15,.0f} {1 / costs[-1][1]:17,.0f} {costs[-1][0] / costs[-1][1]:13.2f}")
    ratios = [a / b for a, b in costs]
    print(f"median: naive {median(1 / a for a, _ in costs):,.0f}, procsim {median(1 / b for _, b in costs):,.0f} visits/s; "
          f"procsim is {median(ratios):.2f} times faster ({min(ratios):.2f} to {max(ratios):.2f})\n")
    agree(ours, theirs)


def agree(ours: list[Totals], theirs: list[naive.Totals]) -> None:
    """The same figures from both: their difference in standard errors."""
    metrics = {metric.name: metric for metric in METRICS}
    pairs: dict[str, tuple[Callable[[naive.Totals], float], Callable[[naive.Totals], float]]] = {
        "yield": (lambda t: t.good, lambda t: t.units_started),
        "escapes_ppm": (lambda t: 1e6 * t.escapes, lambda t: t.good + t.escapes),
        "throughput": (lambda t: t.lots_finished, lambda _: ours[0].hours),
        "cycle_time": (lambda t: t.cycle_h, lambda t: t.lots_finished),
        "cost_per_good_unit_direct": (lambda t: t.charged_to_left, lambda t: t.good),
    }
    print(f"{'agreement of':<26} {'procsim':>12} {'naive':>12} {'standard errors apart':>23}")
    for name, (above, below) in pairs.items():
        mine = estimate(metrics[name], ours, 0.95)
        other = ratio([above(t) for t in theirs], [below(t) for t in theirs])
        print(f"{name:<26} {mine.mean:12.6g} {other.mean:12.6g} {apart(mine, other):23.1f}")


def apart(one: Estimate, other: Estimate) -> float:
    """Difference over its standard error."""
    return abs(one.mean - other.mean) / (one.se**2 + other.se**2) ** 0.5


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
    options.add_argument("--rounds", type=int, default=7, help="rounds of the race (default 7)")
    options.add_argument("--times", type=int, default=3, help="calls of each command (default 3)")
    options.add_argument("--flow", type=Path, default=ROOT / "flows" / "embodiment_1.yaml", help="flow for the command line")
    chosen = options.parse_args()
    race(chosen.rounds)
    print()
    command_line(chosen.flow.resolve(), chosen.times)


if __name__ == "__main__":
    main()
