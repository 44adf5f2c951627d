"""Measures commands from start to finish, as a user waits for them: of a shipped package, and of real lines where their recipes are at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ways_to_run import environment

ROOT = Path(__file__).parents[2]
BEDS = "PROCSIM_TESTBEDS"
"""An environment variable: the folder with the recipes of real lines, hvlm.yaml and lvhm.yaml. Else it is ../shared/testbeds beside the project."""
WANTED = {"compiled": 60_000, "interpreted": 27_000, "numba": 150_000}
"""Visits of the high-volume line per CPU second, by way: the engine before did up to 27 000."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that is over: exit *code*, seconds of *wall* and *cpu* (with children), the *peak* memory of a process in MB, and what it *said*."""

    code: int
    wall: float
    cpu: float
    peak: float
    said: str


def command(way: str, *words: str) -> Ran:
    """``procsim`` *words*, that *way*."""
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "procsim", *words], cwd=ROOT, env=environment(way), stdout=subprocess.DEVNULL, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall, process.returncode = time.perf_counter() - begun, os.waitstatus_to_exitcode(status)
        said.seek(0)
        return Ran(process.returncode, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said.read().decode().strip())


def package(flow: Path, times: int, way: str) -> None:
    """``procsim run`` and ``procsim estimate`` of *flow*: the median of *times* calls."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["run", str(flow), "--out", folder, "--quiet"], ["estimate", str(flow)]):
            calls = [command(way, *words) for _ in range(times)]
            if calls[0].code:
                print(f"procsim {words[0]} {flow.name}: {_failed(calls[0])}")
                continue
            wanted = "; wanted: 6 s CPU" if words[0] == "run" and flow.stem == "embodiment_1" else ""
            print(f"procsim {words[0]:<8} {flow.name} ({way}): {median(c.wall for c in calls):.2f} s wall, {median(c.cpu for c in calls):.2f} s CPU "
                  f"(median of {times}{wanted})")


def real_lines(ways: list[str], times: int) -> None:
    """Visits per CPU second of whole commands, and their memory, of the line of few products in high volume, and of many in low volume."""
    beds = Path(os.environ.get(BEDS) or ROOT.parent / "shared" / "testbeds")
    recipes = [beds / f"{name}.yaml" for name in ("hvlm", "lvhm")]
    if not all(recipe.is_file() for recipe in recipes):
        print(f"== real lines: hvlm.yaml and lvhm.yaml are not in {beds} ({BEDS} names their folder) ==")
        return
    print(f"== real lines, from start to finish ==\n{'':<24} {'visits':>12} {'CPU s':>8} {'visits per CPU s':>17} {'wanted':>9} {'peak MB':>8}")
    for way in ways:
        costs = {recipe.stem: _real_line(recipe, way, times) for recipe in recipes}
        if all(costs.values()):
            print(f"{way}: a visit of lvhm costs {costs['lvhm'] / costs['hvlm']:.2f} times one of hvlm; wanted: 2")


def _real_line(recipe: Path, way: str, times: int) -> float:
    """CPU seconds of a visit, 0 where the command failed: the median of *times* calls."""
    with tempfile.TemporaryDirectory() as folder:
        calls = [command(way, "run", str(recipe), "--out", folder, "--quiet") for _ in range(times)]
        if calls[0].code:
            print(f"{recipe.name} ({way}): {_failed(calls[0])}")
            return 0.0
        visits = int(json.loads((Path(folder) / "run.json").read_text(encoding="utf-8"))["step_visits"])
    cpu = median(call.cpu for call in calls)
    wanted = f"{WANTED[way]:,}" if recipe.stem == "hvlm" and way in WANTED else ""
    print(f"{recipe.stem + ' (' + way + ')':<24} {visits:12,} {cpu:8.1f} {visits / cpu:17,.0f} {wanted:>9} {max(call.peak for call in calls):8.0f}")
    return cpu / visits


def _failed(call: Ran) -> str:
    return f"exit code {call.code}: {call.said.splitlines()[-1] if call.said else ''}"
