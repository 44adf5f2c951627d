"""Tests that a recipe which asks for good units, and for as many tools as they take, gets them: in closed form, simulated, and wherever it is edited."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LINE, ROOT
from lines import Write

from procsim.cli import main
from procsim.closed_form.basis import Basis
from procsim.closed_form.by_release import releases
from procsim.closed_form.marginal_cost import at_pace, marginal
from procsim.closed_form.sensitivity import with_value
from procsim.closed_form.settled import settle, settled
from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.points import Evaluator
from procsim.experiments.replicate import replicate
from procsim.planning.geometry import geometry
from procsim.planning.plan import Plan
from procsim.recipe.inputs import inputs
from procsim.recipe.load import load
from procsim.results.metrics import METRICS, estimate
from procsim.results.overload import refuse_overload

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
WHATIF = ROOT / "flows" / "whatif"
DEMAND = LINE.replace("every_h: 2", "good_units_per_week: 5000").replace("line:\n", "line:\n  count: auto\n")
"""The tiny line, of which 5000 good units a week are asked, with as many tools as that takes."""


def weekly(plan: Plan) -> float:
    """Good units in a week."""
    closed = solve(plan)
    return closed.flow.good * closed.starts.lots_per_h * 168


def fewest(plan: Plan) -> bool:
    """Whether no group is loaded too much, and each would be with a tool less; by the load that the closed form says."""
    closed, counts = solve(plan), plan.groups.count
    less = [solve(_with(plan, g, int(counts[g]) - 1)).tools.load[g] for g in np.flatnonzero(counts > 1).tolist()]
    return bool((closed.tools.load <= plan.max_load + 1e-9).all()) and all(load > plan.max_load for load in less)


def _with(plan: Plan, g: int, count: int) -> Plan:
    from procsim.planning.fitted import with_counts

    counts = plan.groups.count.copy()
    counts[g] = count
    return with_counts(plan, counts)


def same(one: Any, two: Any) -> bool:
    """Whether two values are alike all the way down, numbers to rounding."""
    if is_dataclass(one) and not isinstance(one, type):
        return type(one) is type(two) and all(same(getattr(one, f.name), getattr(two, f.name)) for f in fields(one))
    if isinstance(one, np.ndarray):
        return one.shape == two.shape and bool(np.allclose(one, two, rtol=1e-9, equal_nan=True)) if one.dtype.kind == "f" else bool((one == two).all())
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(value, two[key]) for key, value in one.items())
    return bool(one == pytest.approx(two, rel=1e-9)) if isinstance(one, float) else bool(one == two)


def test_demand_is_met_by_the_fewest_tools(write: Write) -> None:
    """So many lots start as leave the good units; a tool less of any group would be loaded more than it may."""
    plan = settled(load(write(DEMAND)))
    assert weekly(plan) == pytest.approx(5000)
    assert fewest(plan)


@pytest.mark.parametrize("flow", ["embodiment_1", "dual_heat_sink"])
def test_shipped_packages_meet_demand(flow: str) -> None:
    """In closed form; no batch of theirs may start before it is full, so that their loads are exact."""
    recipe = load(ROOT / "flows" / f"{flow}.yaml", ["line.release.good_units_per_week=1e6", "line.count=auto"])
    plan = settled(recipe)
    assert weekly(plan) == pytest.approx(1e6)
    assert fewest(plan)
    assert same(settle(recipe, geometry(recipe), plan), plan)  # what is settled stays


def test_a_settled_plan_is_that_of_the_recipe_with_the_numbers_in_it(write: Write) -> None:
    """Nothing of it hangs on how the numbers came in."""
    plan = settled(load(write(DEMAND)))
    numbers = [f"tools.{name}.count={count}" for name, count in zip(plan.groups.names, plan.groups.count.tolist(), strict=True)]
    started = 168 * 3.6e9 / plan.streams[0].interval.mean if plan.streams[0].interval else 0.0
    written = settled(load(write(LINE), [*numbers, f"line.release.lots_per_week={started!r}"]))
    for name in ("groups", "route", "times", "losses", "discipline", "money", "warnings"):
        assert same(getattr(plan, name), getattr(written, name)), name
    assert solve(plan).loaded == pytest.approx(solve(written).loaded, rel=1e-12)


def test_minimum_lots_see_what_is_released(write: Write) -> None:
    """A material that grows too old costs what the settled volume makes it cost, not that of the place that was held."""
    text = DEMAND.replace("density_g_cm3: 2}", "density_g_cm3: 2, minimum_lot: 300000, shelf_life_days: 365}")
    plan = settled(load(write(text)))
    started = 168 * 3.6e9 / plan.streams[0].interval.mean if plan.streams[0].interval else 0.0
    written = settled(load(write(text.replace("good_units_per_week: 5000", f"lots_per_week: {started!r}"))))
    assert plan.money.surplus[0] > 1.0
    assert plan.money.surplus[0] == pytest.approx(written.money.surplus[0], rel=1e-9)


def test_simulation_makes_what_is_asked_for(write: Write) -> None:
    """Good units a week, within the interval."""
    plan = settled(load(write(DEMAND.replace("horizon_h: 400", "horizon_h: 4000"))))
    metric = next(m for m in METRICS if m.name == "good_units_per_week")
    found = estimate(metric, replicate(plan, 8), 0.999)
    assert found.low <= 5000 <= found.high
    assert found.high - found.low < 200


def test_each_release_has_its_own_demand(write: Write) -> None:
    """One of two streams skips the step that loses units; each leaves its own good units, and one by the clock stays as it is."""
    text = DEMAND.replace("release: {good_units_per_week: 5000}", """releases:
    x: {good_units_per_week: 3000, route: [one, look, test]}
    y: {good_units_per_week: 2000}
    z: {lots_per_week: 7}""")
    plan = settled(load(write(text)))
    closed = solve(plan)
    each = releases(plan, closed).good * plan.route.mix * closed.starts.lots_per_h * 168
    assert each[:2] == pytest.approx([3000, 2000])
    assert plan.route.mix[2] * closed.starts.lots_per_h * 168 == pytest.approx(7)
    assert fewest(plan)


@pytest.mark.parametrize("whatif", ["two_packages", "yield_learning"])
def test_mixes_and_learning_meet_demand(whatif: str) -> None:
    """Of packages that share a line, all together; where yields are learned, in the window that figures are taken from."""
    plan = settled(load(WHATIF / f"{whatif}.yaml", ["line.release.good_units_per_week=500000", "line.count=auto"]))
    assert weekly(plan) == pytest.approx(500000, rel=1e-6)
    assert (solve(plan).tools.load <= 0.85).all()


def test_batches_that_may_grow_are_counted_full(write: Write) -> None:
    """A tool that takes one lot to six does not need six times the tools so as to run lots one by one."""
    tools = "    b: {count: 1, price_usd: 200000, operators: 0.5, batch: {min_panels: 2, max_panels: 12}}"
    text = DEMAND.replace("    b: {count: 1, price_usd: 200000, operators: 0.5}", tools).replace("time_min: 20", "time_h: 20")
    free, full = (settled(load(write(t))) for t in (text, text.replace("min_panels: 2", "min_panels: 12")))
    assert free.groups.count.tolist() == full.groups.count.tolist()
    assert solve(full).tools.load.max() <= 0.85


def test_one_group_alone_is_auto(write: Write) -> None:
    """``tools.X.count: auto`` leaves the others as they are; both addresses are one."""
    for address in ("tools.a.count", "line.tools.a.count"):
        plan = settled(load(write(LINE), [f"{address}=auto", "line.release.every_h=0.5", "line.max_load=0.6", "tools.b.count=7"]))
        assert plan.groups.count.tolist()[1] == 7
        assert solve(plan).tools.load[0] <= 0.6
        assert solve(_with(plan, 0, int(plan.groups.count[0]) - 1)).tools.load[0] > 0.6


def test_points_follow_demand(write: Write) -> None:
    """Where a yield moves, what starts moves, and tools follow; pieces made again say the same as the whole recipe read again."""
    ask = Evaluator(write(DEMAND))
    for values in ({"one.yield.unit": "0.5"}, {"one.time_h.per_panel": "2"}, {"tools.a.price_usd": "5e5"}, {"materials.paste.price_usd_per_g": "1"},
                   {"line.release.good_units_per_week": "20000"}, {"line.max_load": "0.5"}, {}):
        point = ask.at(values)
        whole = settled(load(ask.path, [f"{address}={value}" for address, value in values.items()]))
        assert point.plan.groups.count.tolist() == whole.groups.count.tolist()
        assert point.figures()["cost_per_good_unit_loaded"] == pytest.approx(solve(whole).loaded, rel=1e-12)
        assert point.figures()["good_units_per_week"] == pytest.approx(float(values.get("line.release.good_units_per_week", 5000)))
        assert point.tools_added == 0


def test_sensitivity_is_at_constant_demand(write: Write) -> None:
    """A worse yield starts more lots; the cost is that of the recipe with the number in it."""
    path = write(DEMAND.replace("unit: 0.98", "unit: {mid: 0.98, low: 0.6, high: 0.99}"))
    basis = Basis.of(load(path))
    for known in inputs(basis.recipe):
        plan, closed = with_value(basis, known, known.low * 0.9)
        assert weekly(plan) == pytest.approx(5000), known.address
        address = f"{known.address}={known.low * 0.9!r}"
        if known.address in ("one.yield.unit", "tools.a.price_usd", "one.time_h.per_panel"):
            assert closed.loaded == pytest.approx(solve(settled(load(path, [address]))).loaded, rel=1e-9), known.address


def test_what_one_more_costs_is_at_constant_demand(write: Write) -> None:
    """One more panel a week is one more of the lots that were settled."""
    recipe = load(write(DEMAND))
    plan = settled(recipe)
    double = at_pace(recipe, plan, 2.0)
    assert double.groups.count.tolist() == plan.groups.count.tolist()
    assert weekly_started(double) == pytest.approx(2 * weekly_started(plan))
    assert marginal(recipe, plan, solve(plan))[0].what == "one more panel a week"


def weekly_started(plan: Plan) -> float:
    return sum(168 * 3.6e9 / s.interval.mean for s in plan.streams if s.interval is not None)


@pytest.mark.parametrize(("edits", "why"), [
    (["line.release={conwip_lots: 5}"], "under a constant WIP lots start as others leave"),
    (["line.release={conwip_lots: 5, good_units_per_week: 9}"], "a release says one of"),
    (["line.release={good_units_per_week: 9, when_full: lose}"], "nobody knows where some are lost"),
    (["tools.a={count: auto, speeds: [1, 2]}"], "speeds names its tools one by one"),
    (["tools.a.failures={f: {mtbf_h: 5, mttr_h: 1, work: scrap}}"],
     "good_units_per_week needs a yield, and this one has no closed form: lots are scrapped whole by failures of a; say panels_per_week"),
    (["line.queue_time_limits={aged: {from: one, to: two, limit_h: 99, action: rework}}"],
     "lots over the queue-time limit aged are scrapped or sent back, where action: count would have them go on; say panels_per_week"),
    (["line.release.good_units_per_week=1e14"], "must be <="),
    (["line.max_load=85"], "so 85 % is 0.85"),
    (["tools.a.count=Auto"], "must be a whole number or auto (got the text 'Auto'); did you mean 'auto'?"),
])
def test_what_cannot_be_settled_is_refused(write: Write, edits: list[str], why: str) -> None:
    """With the place and what is wrong."""
    with pytest.raises(RecipeError) as said:
        settled(load(write(DEMAND), edits))
    assert why in str(said.value)


def test_no_table_of_dashes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody knows how many units are good, cost by category is left out, and why is told."""
    failing = ["--set", "tools.a.failures={f: {mtbf_h: 90, mttr_h: 1, work: scrap}}"]
    for edits, known in (([], True), (failing, False)):
        assert main(["estimate", "line.yaml", *edits]) == 0
        said = capsys.readouterr().out
        assert ("\nlabour " in said) == known
        assert ("lots are scrapped whole by failures of a" in said) != known


def test_no_good_unit_meets_no_demand(write: Write) -> None:
    """However many lots start."""
    plan = settled(load(write(DEMAND.replace("unit: 0.97", "unit: 0"))))
    with pytest.raises(InfeasibleError, match="no unit is good"):
        refuse_overload(plan, solve(plan), allowed=True)


def test_commands_say_what_was_settled(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``check`` and ``show`` in a line, a run in its record."""
    Path("line.yaml").write_text(DEMAND.replace("horizon_h: 400, warmup_h: 100, replications: 3", "horizon_h: 20, warmup_h: 0, replications: 1"))
    plan = settled(load("line.yaml"))
    for command in ("check", "show"):
        assert main([command, "line.yaml"]) == 0
        assert f"settled: {weekly_started(plan):.6g} lots a week of main start; a 1, b 1" in capsys.readouterr().out
    assert main(["run", "line.yaml", "--out", "out", "--quiet"]) == 0
    record = json.loads((here / "out" / "run.json").read_bytes())
    assert record["settled"] == {"lots_per_week": {"main": pytest.approx(weekly_started(plan))}, "tools": {"a": 1, "b": 1}}
    assert record["recipe"]["line"]["count"] == "auto"


def test_unlike_tools_keep_their_number(write: Write) -> None:
    """``line.count: auto`` is of tools that are alike."""
    plan = settled(load(write(DEMAND.replace("a: {count: 1,", "a: {speeds: [1, 2, 1],"))))
    assert plan.groups.count[0] == 3


def test_edits_say_one_rate_in_the_place_of_another() -> None:
    """``--set line.release.good_units_per_week`` takes what the file says of panels a week away."""
    release = load(EMBODIMENT_1, ["line.release.good_units_per_week=500000"]).document.line.release
    assert release is not None
    assert release.panels_per_week is None
    assert release.good_units_per_week == 500000
