"""Tests yields of small flows against an enumeration of all outcomes that shares no code with them: in closed form to rounding, simulated within the
noise."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from enumerated import INCOMING, Outcome, Step, enumerate_flow
from lines import Write, plan_of

from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import one, replicate
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load

PANELS, UNITS = 2, 2
HEAD = ("line: {lot: {panels: %d, units_per_panel: %d}, release: {every_h: 1}, tools: {m: {count: 9}}}\n"
        "run: {horizon_h: %d, warmup_h: 20, replications: 30, seed: 11}\nsteps:\n")


def random_flow(seed: int, steps: int = 3) -> list[Step]:
    """Three steps: processes that lose panels and units, inspections that repair, one of them with rework behind it."""
    rng = random.Random(seed)
    made = []
    for s in range(steps):
        step = Step(panel=rng.choice([1.0, 0.9, 0.6]), unit=rng.choice([1.0, 0.85, 0.5]))
        if s and rng.random() < 0.7:
            step = replace(step, coverage=rng.choice([0.3, 0.8, 1.0]), reject=rng.choice([0.0, 0.1]), retest=rng.choice([0, 0, 1]),
                           sees=rng.choice([None, None, frozenset([0]), frozenset([INCOMING, s - 1])]))
            if rng.random() < 0.5:
                step = replace(step, repairs=rng.choice([1, 2]), diagnosable=rng.choice([1.0, 0.7]), success=rng.choice([0.4, 0.9]),
                               damage=rng.choice([0.0, 0.2]))
        made.append(step)
    if rng.random() < 0.7:
        s = rng.randrange(steps)
        made[s] = replace(made[s], fails=rng.choice([0.1, 0.6]), back=rng.randint(0, s), limit=rng.choice([0, 1, 2]), passes=rng.random() < 0.5)
    return made


def fields(step: Step, names: list[str]) -> dict[str, str]:
    """The fields of a recipe's step, as text."""
    found = {"yield": f"{{panel: {step.panel}, unit: {step.unit}, die: 1}}"}
    if step.coverage is not None:
        found |= {"coverage": f"{step.coverage}", "false_reject": f"{step.reject}", "retest": f"{step.retest}"}
        if step.sees is not None:
            found["sees"] = f"[{', '.join('incoming' if cause == INCOMING else names[cause] for cause in sorted(step.sees))}]"
        if step.repairs:
            found["repair"] = f"{{success: {step.success}, damage: {step.damage}, limit: {step.repairs}, diagnosable: {step.diagnosable}}}"
    if step.fails:
        after = "go_on" if step.passes else "scrap"
        found["rework"] = f"{{chance: {step.fails}, to: {names[step.back]}, limit: {step.limit}, after_limit: {after}}}"
    return found


def recipe(steps: list[Step], hours: int = 40) -> str:
    """The flow as a line of plain steps."""
    names = [f"s{s}" for s in range(len(steps))]
    rows = [", ".join([f"id: {name}", "tool: m", "time_h: 0.01", *(f"{key}: {value}" for key, value in fields(step, names).items())])
            for name, step in zip(names, steps, strict=True)]
    return HEAD % (PANELS, UNITS, hours) + "".join(f"  - {{{row}}}\n" for row in rows)


def exact(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def losses(outcome: Outcome, size: int) -> list[float]:
    """By step and, last, what came in."""
    return [outcome.lost.get(s, 0.0) for s in [*range(size), INCOMING]]


def test_the_enumeration_by_hand() -> None:
    """Two units that are good with 0.9 each on a panel that survives with 0.8, tested with coverage 0.5: of 2 units 1.44 are good, 0.08 escape and 0.08
    are found; 0.4 are scrapped, of which 0.36 were good."""
    found = enumerate_flow([Step(panel=0.8, unit=0.9), Step(coverage=0.5)], 1, 2)
    assert (found.good, found.escapes, found.removed, found.scrapped) == exact((1.44, 0.08, 0.08, 0.4))
    assert losses(found, 2) == [exact(0.16 + 0.4), 0.0, 0.0]
    assert found.visits == {0: exact(1.0), 1: exact(0.8)}


@pytest.mark.parametrize("seeds", [range(40), pytest.param(range(40, 600), marks=pytest.mark.long)], ids=["quick", "many"])
def test_closed_form_and_mean_values_are_the_enumeration(write: Write, seeds: range) -> None:
    """Good units, escapes, and units lost by the step that is charged; and what is removed and scrapped of a run of mean values. How many lots come to
    a step too, where no panel leaves since all of its units are found bad, which the closed form takes of the mean panel, and no lot goes back."""
    for seed in seeds:
        steps = random_flow(seed)
        truth, plan = enumerate_flow(steps, PANELS, UNITS), plan_of(write, recipe(steps))
        closed, still = solve(plan), one(plan, 0, variable=False)
        assert (closed.flow.good, closed.flow.escapes) == exact((truth.good, truth.escapes)), seed
        assert list(closed.flow.lost) == [exact(lost) for lost in losses(truth, len(steps))], seed
        lots = still.sums["lots_left"]
        assert [still.sums[name] / lots for name in ("good", "escapes")] == [exact(truth.good), exact(truth.escapes)], seed
        assert list(still.units_lost / lots) == [exact(lost) for lost in losses(truth, len(steps))], seed
        assert (still.sums["removed"] + still.sums["scrapped"]) / lots == exact(truth.removed + truth.scrapped), seed
        if not any(step.coverage or step.fails for step in steps):
            assert list(closed.flow.visits) == [exact(truth.visits.get(s, 0.0)) for s in range(len(steps))], seed


PACKAGE = ("product.panel.width_mm=42", "product.panel.length_mm=78", "run.horizon_h=80", "run.warmup_h=60", "run.replications=1",
           "product.dies.processor.known_good=0.8", "parts.bga_substrate.known_good=0.75",
           *(f"processes.{name}.defects=null" for name in ("flip_chip_attach", "place_balls")))
STEPS = ["attach", "test", "final_look"]


def package(steps: list[Step]) -> Plan:
    """The flow within a package of two units on a panel: three of its steps do what *steps* say, and all others lose nothing."""
    path = ROOT / "flows" / "dual_heat_sink.yaml"
    recipe = load(path)
    perfect = {placed.id: {"yield": "{panel: 1, unit: 1, die: 1}", "defects": "{per_unit_ppm: 0}", "false_reject": "0"} for placed in recipe.steps}
    for placed in recipe.steps:
        if not placed.step.inspects:
            del perfect[placed.id]["false_reject"]
        elif placed.id not in STEPS:
            perfect[placed.id]["coverage"] = "0"
    for name, step in zip(STEPS, steps, strict=True):
        perfect[name] |= {"sees": "null"} if name == "final_look" else {}
        perfect[name] |= fields(step, STEPS)
    sets = [f"{name}.{key}={value}" for name, each in perfect.items() for key, value in each.items()]
    parts = [f"parts.{name}.known_good=1" for name in ("stiffener_ring", "heat_sink_lid", "heat_slug", "solder_ball")]
    return make(load(path, [*PACKAGE, *parts, *sets, f"line.lot.panels={PANELS}"]))


@pytest.mark.parametrize("seed", range(8))
def test_what_comes_in_bad_is_in_it(seed: int) -> None:
    """A unit's place on the panel is good with 0.75 and its die with 0.8; the flow is that of a real package, whose other steps lose nothing."""
    first, *rest = random_flow(seed)
    steps = [replace(first, coverage=None, repairs=0, fails=0.0), *(replace(step, coverage=step.coverage or 0.6) for step in rest)]
    steps[-1] = replace(steps[-1], back=len(steps) - 1)  # what is cut apart does not go back to what needs a panel
    truth, plan = enumerate_flow(steps, PANELS, UNITS, comes_good=0.75 * 0.8), package(steps)
    assert plan.units_per_panel == UNITS
    closed = solve(plan)
    assert (closed.flow.good, closed.flow.escapes) == exact((truth.good, truth.escapes))
    at = [*(plan.steps.index(name) for name in STEPS), -1]
    assert list(closed.flow.lost[at]) == [exact(lost) for lost in losses(truth, len(steps))]
    assert closed.flow.lost.sum() == exact(truth.removed + truth.scrapped + truth.escapes)


@pytest.mark.parametrize("seed", [3, 7, 11, 19])
def test_a_simulation_is_the_enumeration_within_the_noise(write: Write, seed: int) -> None:
    """Within 4 standard errors over replications: units good, escaped, removed, scrapped and lost by step, and visits of lots to every step, of which
    nothing is taken of the mean panel."""
    steps = random_flow(seed)
    truth, plan = enumerate_flow(steps, PANELS, UNITS), plan_of(write, recipe(steps, 320))
    runs = replicate(plan, plan.replications)
    lots = np.array([run.sums["lots_left"] for run in runs])
    found = {name: (np.array([run.sums[name] for run in runs]) / lots, getattr(truth, name)) for name in ("good", "escapes", "removed", "scrapped")}
    for s, lost in enumerate(losses(truth, len(steps))):
        found[f"lost {s}"] = (np.array([run.units_lost[s] for run in runs]) / lots, lost)
    for s in range(len(steps)):
        found[f"visits {s}"] = (np.array([run.by_step["visits"][s] for run in runs]) / lots, truth.visits.get(s, 0.0))
    for name, (values, exactly) in found.items():
        error = values.std(ddof=1) / math.sqrt(len(values))
        assert abs(values.mean() - exactly) <= 4 * error + 1e-12, name


def test_tables_print_the_enumeration(write: Write, tmp_path: Path) -> None:
    """As a reader sees it: units in yield_by_step.csv per lot that left, and the yield of summary.csv in both columns."""
    steps = [Step(panel=0.9, unit=0.8), Step(coverage=0.7, reject=0.05, repairs=1, success=0.6, damage=0.1, fails=0.3, back=0, limit=1), Step(unit=0.95)]
    truth = enumerate_flow(steps, PANELS, UNITS)
    assert main(["run", str(write(recipe(steps, 220))), "--no-variability", "--quiet", "--out", str(tmp_path / "out")]) == 0
    figures = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("metric")
    for column in ("mean", "expected"):
        assert figures.loc["yield", column] == pytest.approx(truth.good / (PANELS * UNITS), rel=1e-9)
        assert figures.loc["escapes_ppm", column] == pytest.approx(1e6 * truth.escapes / (truth.good + truth.escapes), rel=1e-9)
    table = pd.read_csv(tmp_path / "out" / "yield_by_step.csv").set_index("step")
    lots = 200  # one an hour from the warm-up on
    assert [table.loc[f"s{s}", "units_lost"] / lots for s in range(3)] == [pytest.approx(lost, rel=1e-9) for lost in losses(truth, 3)[:3]]
