"""Tests every number that a recipe may hold at the ends of its range: it is done, infeasible or refused with a message; never a traceback, a warning
or a hang."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import LINE
from lines import Write
from rich_lines import LINE as RICH_LINE
from rich_lines import PACKAGE, spots

from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.maths import distributions, yield_laws
from procsim.model.base import LEAST, MOST
from procsim.model.durations import LONGEST_US, MICROSECONDS
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.results.overload import refuse_overload

PARTS = 12
"""So many tests share what takes an hour together, and are spread over workers."""
SHORT = ("run.horizon_h=60", "run.warmup_h=5", "run.replications=1", "line.release.due_h=30")
LAWS = ["{weibull: {mean: 1, shape: 0.01}}", "{weibull: {mean: 1, shape: 0.1}}", "{weibull: {mean: 1, shape: 1e9}}", "{exponential: {mean: 1e12}}",
        "{exponential: {mean: 1e-15}}", "{gamma: {mean: 1, cv: 1e-200}}", "{gamma: {mean: 1, cv: 1e9}}", "{gamma: {mean: 1, cv: 1000}}",
        "{gamma: {mean: 1e-300, sd: 1e-300}}", "{gamma: {mean: 1e-18, sd: 1e12}}", "{discrete: {values: [0, 1e-200]}}", "{discrete: {values: [0]}}",
        "{discrete: {values: [1, 2], weights: [1e-300, 0]}}", "{discrete: {values: [0, 1e12], weights: [1, 1e-9]}}", "{uniform: {low: 1e-320, high: 1e-310}}",
        "{uniform: {low: 0, high: 0}}", "{uniform: {low: 0, high: 1e12}}", "{lognormal: {mean: 1e-300, sd: 1e12}}", "{lognormal: {mean: 1, cv: 1e12}}",
        "{lognormal: {mean: 1, cv: 1000}}", "{normal: {mean: 1e-300, sd: 1}}", "{normal: {mean: 1, sd: 1e12}}", "{normal: {mean: 1e6, sd: 1e-9}}",
        "{triangular: {low: 0, mode: 0, high: 1e-12}}", "{erlang: {mean: 1, k: 1000}}", "{constant: {value: 1e9}}",
        "{triangular: {low: 1e9, mode: 1e9, high: 1000000001}}"]
NUMBERS = ["1e-400", "1e-320", "1e-18", "1e-9", "0", "-0.0", "1", "1e6", "1e9", "1e12", "1e300", "1e400", str(10**15), str(10**400), ".inf", ".nan"]


def ends(path: Path, capsys: pytest.CaptureFixture[str], *sets: str, command: str = "run") -> int:
    """The exit code of a command, which is none of a fault, with a message and no nonsense where something is wrong."""
    more = ["--quiet", "--jobs", "1", "--max-wall-s", "5", "--out", str(path.parent / "out")] if command == "run" else []
    code = main([command, str(path), *more, *(word for text in sets for word in ("--set", text))])
    out, err = capsys.readouterr()
    assert code in (0, 1, 2), (sets, err)
    assert "Traceback" not in err and not re.search(r"\bnan\b", out + err), (sets, out + err)
    assert code == 0 or "error: " in err, (sets, err)
    return code


@pytest.mark.parametrize(("edit", "code"), [
    ("one.time_h={weibull: {mean: 1, shape: 0.01}}", 2), ("line.release.due_h=1e12", 2), ("line.release.every_h={exponential: {mean: 1e12}}", 2),
    ("line.release.every_h=1e-320", 2), ("line.release.every_h=1e-9", 2), ("one.time_h=1e12", 2), ("one.time_h=1e8", 1), ("one.time_h={per_unit: 1e8}", 2),
    ("one.time_h={gamma: {mean: 1, cv: 1e-200}}", 2), ("one.time_h={discrete: {values: [0, 1e-200]}}", 2),
    ("one.time_h={uniform: {low: 1e-320, high: 1e-310}}", 2), ("one.time_h={lognormal: {mean: 1e-300, sd: 1e12}}", 2),
    ("economics.practical_capacity=1e-9", 2), ("economics.practical_capacity=1e-320", 2), ("economics.practical_capacity=0.001", 0),
    ("line.release.every_h=1e400", 2),
    ("line.release.lots_per_week=1e-15", 2), ("line.shifts={day: {on_off_h: [1e-8, 1e-8]}}", 2), ("one.rework={chance: 0.05, limit: 200}", 0),
    ("tools.a.maintenance={m: {every_h: 1e-9, takes_h: 1e-9}}", 2), ("one.time_s={per_unit: {exponential: {mean: 1e-9}, each: true}}", 0), ("one.load_s=-0.0", 0), ("run.confidence=1e-300", 2),
])
def test_extreme_numbers_end_well(write: Write, capsys: pytest.CaptureFixture[str], edit: str, code: int) -> None:
    """Each of these is a number that may be written: what the clock, the laws and the books cannot hold is refused where it is read."""
    sets = [text for text in SHORT if text.split("=")[0] not in edit]
    assert ends(write(), capsys, *sets, edit, command="check") == code


def test_laws_with_the_longest_tails_are_run(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Draws that are longer than any horizon are what the clock holds at most: of times, failures, repairs, releases, due dates and transport."""
    tail, heavy = "{lognormal: {mean: 1, cv: 1000}}", "{weibull: {mean: 1, shape: 0.1}}"
    edits = [f"one.time_min={tail}", f"two.time_min={heavy}", f"line.release.every_h={tail}", f"line.release.due_h={heavy}", f"line.transport_s={tail}",
             f"tools.a.failures={{f: {{mtbf_h: {heavy}, mttr_s: {tail}}}}}", "run.allow_overload=true"]
    ends(write(), capsys, *SHORT[:3], *edits)


@pytest.mark.parametrize("law", LAWS)
def test_every_law_is_refused_or_can_be_drawn(write: Write, law: str) -> None:
    """What is let through has moments that are numbers, and draws at both ends of the unit interval that are none below 0; as a time it has a plan."""
    try:
        plan = make(load(write(), [f"one.time_h={law}"]))
    except RecipeError as error:
        assert all(problem.place is not None and problem.place.file.startswith("--set") for problem in error.problems)
        return
    term = plan.times.terms[0]
    assert math.isfinite(term.law.mean) and 0.0 <= term.law.scv <= distributions.MOST_CV**2 * (1 + 1e-9)
    drawn = term.law.quantile(np.array([2.0**-53, 1e-9, 0.5, 1.0 - 2.0**-53]))
    assert np.isfinite(drawn).all() and (drawn >= 0).all() and (np.diff(drawn) >= 0).all()
    solve(plan)


def test_times_are_bounded_in_every_unit(write: Write) -> None:
    """The same longest time, in seconds, minutes and hours: one more is refused and names the field."""
    for unit, ticks in MICROSECONDS.items():
        most = LONGEST_US / ticks
        load(write(), [f"tools.a.load_{unit}={0.99 * most:.6g}"])
        with pytest.raises(RecipeError, match=f"load_{unit} must be <= "):
            load(write(), [f"tools.a.load_{unit}={1.01 * most:.6g}"])
        with pytest.raises(RecipeError, match=f"time_{unit} must be <= " if most < MOST else "mean must be <= "):
            load(write(), [f"one.time_{unit}={{per_lot: 1, per_panel: {{erlang: {{mean: {1.01 * most:.6g}, k: 2}}}}}}"])


def test_numbers_have_a_size(write: Write) -> None:
    """0, or from the least to the most that is a number of a recipe; a minus in front of 0 is lost."""
    for text, good in ((f"{LEAST}", True), (f"{MOST}", True), ("0", True), (f"{LEAST / 2}", False), (f"{2 * MOST}", False)):
        if good:
            assert load(write(), [f"one.tooling_usd={text}"]).step("one").step.tooling_usd == float(text)
        else:
            with pytest.raises(RecipeError, match="tooling_usd must be "):
                load(write(), [f"one.tooling_usd={text}"])
    assert math.copysign(1.0, load(write(), ["one.tooling_usd=-0.0"]).step("one").step.tooling_usd) == 1.0


@pytest.mark.parametrize("text", ["3", "3.0", "0.3e1", "30e-1", "+3"])
def test_whole_numbers_are_whole_however_written(write: Write, text: str) -> None:
    """Of tools, of lots in a file, of repeats and of replications; 2.5 is none."""
    write("at_h,lots\n1," + text + "\n", "s.csv")
    write("steps:\n  - {id: s, tool: a, time_h: 0.1}\n", "m.yaml")
    recipe = load(write(LINE.replace("{every_h: 2}", "{schedule: s.csv}").replace("steps:\n", f"steps:\n  - {{use: m.yaml, as: m, repeat: {text}}}\n")),
                  [f"tools.a.count={text}", f"run.replications={text}"])
    release = recipe.document.line.release
    assert release is not None and release.schedule is not None
    assert [recipe.document.tools["a"].count, recipe.document.run.replications, release.schedule[0].lots, len(recipe.steps) - 4] == [3, 3, 3, 3]
    for edit in ("tools.a.count=2.5", "run.replications=1e-1", "tools.a.count=1e17"):
        with pytest.raises(RecipeError):
            load(write(), [edit])


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("text", "name"), [(RICH_LINE, "line.yaml"), (PACKAGE, "package.yaml")])
def test_every_number_at_its_ends(write: Write, text: str, name: str, part: int) -> None:
    """Every kind of field in turn: a plan with a closed form, an infeasible line, or errors that say where."""
    path = write(text, name)
    for address, varies in list(spots(load(path)))[part::PARTS]:
        for value in [*NUMBERS, *(LAWS if varies and address.endswith("_h") else ())]:
            try:
                plan = make(load(path, [f"{address}={value}"]))
                refuse_overload(plan, solve(plan), False)
            except (RecipeError, InfeasibleError) as error:
                assert str(error)
            except Exception as error:
                raise AssertionError(f"{address}={value}") from error


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_number_at_its_ends_is_run(write: Write, capsys: pytest.CaptureFixture[str], part: int) -> None:
    """The same by whole commands, which print and write what comes of it; a run is given few seconds."""
    path = write(RICH_LINE)
    for address, _ in list(spots(load(path)))[part::PARTS]:
        for value in ("1e-9", "0", "1e6"):
            ends(path, capsys, "run.horizon_h=40", "run.replications=1", f"{address}={value}")


@pytest.mark.parametrize("law", sorted(yield_laws.LAWS))
def test_panels_of_clustered_defects_have_the_mean_of_their_law(law: str) -> None:
    """At any number of faults and any clustering: chances from 0 to 1, on average the law's; and nearly Poisson where clustering is without end."""
    for m in (0.0, 1e-18, 1e-9, 1e-4, 0.1, 3.0, 1e3, 1e6, 1e12):
        for shape in (1e-18, 1e-3, 1.0, 10.0, 1e6, 1e12):
            cells = yield_laws.clusters(law, m, shape)
            assert ((cells >= 0) & (cells <= 1)).all()
            assert cells.mean() == pytest.approx(yield_laws.LAWS[law](m, shape), rel=1e-9, abs=1e-12), (m, shape)
    assert yield_laws.negative_binomial(1e-4, 1e12) == pytest.approx(math.exp(-1e-4), rel=1e-12)
