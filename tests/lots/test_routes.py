"""Tests who visits what (rework with limits and steps of its own, samples, routes by stream) in closed form, with mean values and simulated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from lines import Write, plan_of

from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.ledger import Ledger
from procsim.engine.simulate import simulate
from procsim.errors import RecipeError
from procsim.experiments.replicate import replicate
from procsim.maths.arrays import Floats
from procsim.maths.statistics import ratio
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load

LINE = """line:
  lot: {{panels: {panels}}}
  release: {{every_h: 2}}
  tools: {{m: {{count: 3}}, n: {{count: 2}}}}
run: {{horizon_h: {horizon}, warmup_h: 0, replications: {replications}}}
steps:
{steps}
"""


def plan_of_routes(write: Write, steps: str, panels: int = 1, horizon: int = 4000, replications: int = 4, line: str = LINE) -> Plan:
    """Lots of so many *panels* through *steps*, at tool groups m and n that have time enough."""
    return plan_of(write, line.format(steps=steps, panels=panels, horizon=horizon, replications=replications))


LOOP = """  - {id: coat, tool: m, time_h: 0.5, yield: {unit: 0.95}}
  - {id: look, op: inspect, tool: n, time_h: 0.2, coverage: 0.5, rework: {chance: 0.3, via: [strip], to: coat, limit: 2, after_limit: AFTER}}
  - {id: strip, tool: n, time_h: 0.4, rework_only: true}
  - {id: pack, tool: m, time_h: 0.1, yield: {panel: 0.99}}
"""


def test_the_route_is_unrolled(write: Write) -> None:
    """Main route, then each pass of rework where it is ordered; steps of rework are on no other way."""
    plan = plan_of_routes(write, LOOP.replace("AFTER", "scrap"))
    names = [f"{plan.steps[s]}~{t}" for s, t in zip(plan.route.step, plan.route.turn, strict=True)]
    assert names == ["coat~0", "look~0", "strip~0", "coat~1", "look~1", "strip~1", "coat~2", "look~2", "pack~0"]
    assert plan.route.share == pytest.approx([1, 1, 0.3, 0.3, 0.3, 0.09, 0.09, 0.09, 1])


@pytest.mark.parametrize("after", ["scrap", "go_on"])
def test_rework_in_closed_form_and_with_mean_values(after: str, write: Write) -> None:
    """Visits, units and hours of the mean lot: geometric sums; mean values give the same as the closed form."""
    plan = plan_of_routes(write, LOOP.replace("AFTER", after), panels=5)
    closed = solve(plan)
    assert closed.flow.visits == pytest.approx([1.39, 1.39, 0.39, 0.973 if after == "scrap" else 1.0], rel=1e-6)
    ledger = Ledger(plan)
    run = simulate(plan, 0, ledger.add, variable=False)
    totals = ledger.close(run)
    lots = totals.sums["lots_left"]
    assert totals.good / totals.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-9)
    assert totals.by_step["visits"][:2] / lots == pytest.approx(closed.flow.visits[:2], rel=0.01)
    assert totals.units_lost / lots == pytest.approx(closed.flow.lost, rel=1e-9)


def by_hand(chance: float, limit: int, after: str, once: Callable[[Floats], Floats]) -> tuple[Floats, float]:
    """What rework makes of units (good, bad, known-bad), path by path, and the share of lots that go on: *once* is one pass through its loop."""
    units, found, here = once(np.array([1.0, 0.0, 0.0])), np.zeros(3), 1.0
    for turn in range(limit + 1):
        fails = chance if turn < limit or after == "scrap" else 0.0
        found += here * (1.0 - fails) * units
        if turn == limit:
            return found, 1.0 - here * fails
        here *= fails
        units = once(units)
    raise AssertionError


@pytest.mark.parametrize("after", ["scrap", "go_on"])
@pytest.mark.parametrize("repair", [0.0, 0.8])
@pytest.mark.parametrize("units", [40, pytest.param(1, marks=pytest.mark.long)])
def test_what_an_inspection_inside_a_loop_finds(after: str, repair: float, units: int, write: Write) -> None:
    """Lots that go through a loop again lose units there, and are looked at there, again: worked out by hand, path by path, that is the closed form,
    what is with mean values, and, simulated, within 4 standard errors."""
    def once(state: Floats) -> Floats:
        good, bad, known = state
        good, bad = 0.8 * good, bad + 0.2 * good
        cured, lost = 0.8 * repair, 0.8 * (1.0 - repair if repair == 0 else (1.0 - repair) * 0.8)  # found, repaired in vain, found again
        return np.array([good + bad * cured, bad * (1.0 - cured - lost), known + bad * lost])

    (good, bad, _), kept = by_hand(0.5, 2, after, once)
    plan = plan_of_routes(write, f"""\
  - {{id: make, tool: m, time_h: 0.1, yield: {{unit: 0.8}}}}
  - {{id: look, op: inspect, tool: n, time_h: 0.1, coverage: 0.8, repair: {{success: {repair}, limit: 1}}}}
  - {{id: check, tool: m, time_h: 0.1, rework: {{chance: 0.5, via: [strip], to: make, limit: 2, after_limit: {after}}}}}
  - {{id: strip, tool: n, time_h: 0.1, rework_only: true}}
""".replace(", repair: {success: 0.0, limit: 1}", ""), horizon=8000, line=LINE.replace("{panels}", f"{{panels}}, units_per_panel: {units}"))
    closed, still, runs = solve(plan), replicate(plan, 1, variable=False), replicate(plan, 4)
    assert [closed.flow.good, closed.flow.escapes] == pytest.approx([units * good, units * bad], rel=1e-12)
    if units > 1:
        assert closed.flow.visits == pytest.approx([1.75, 1.75, 1.75, 0.75], rel=1e-6)
        assert closed.flow.finished == pytest.approx(kept, rel=1e-6)
    for what, want in (("good", good), ("escapes", bad)):
        assert still[0].sums[what] / still[0].sums["units_started"] == pytest.approx(want, rel=1e-9)
        found = ratio([t.sums[what] for t in runs], [t.sums["units_started"] for t in runs])
        assert abs(found.mean - want) < 4 * found.se


def test_rework_inside_the_passes_of_another(write: Write) -> None:
    """c sends lots back to a, by way of b, which sends some back to itself, on each of their passes: worked out by hand; units that go on, lots that
    come to the end, visits of b. A simulation gives the same within 4 standard errors."""
    steps = """\
  - {id: a, tool: m, time_h: 0.1, yield: {unit: 0.99}}
  - {id: b, tool: m, time_h: 0.1, yield: {unit: 0.95}, rework: {chance: 0.3, via: [st], to: b, limit: 1, after_limit: scrap}}
  - {id: c, tool: m, time_h: 0.1, yield: {unit: 0.96}, rework: {chance: 0.2, via: [st2], to: a, limit: 1, after_limit: scrap}}
  - {id: end, op: inspect, tool: n, time_h: 0.1, coverage: 1}
  - {id: st, tool: n, time_h: 0.1, rework_only: true, yield: {unit: 0.97}}
  - {id: st2, tool: n, time_h: 0.1, rework_only: true, yield: {unit: 0.98}}
"""
    lots = 1 - 0.3 + 0.3 * 0.7  # that get past b
    once = 0.99 * 0.95 * (0.7 + 0.3 * 0.7 * 0.97 * 0.95) * 0.96  # units from a past c, of all that come to a
    plan = plan_of_routes(write, steps, line=LINE.replace("{panels}", "{panels}, units_per_panel: 100"), horizon=8000)
    names = [f"{plan.steps[s]}~{t}" for s, t in zip(plan.route.step, plan.route.turn, strict=True)]
    assert names == ["a~0", "b~0", "st~0", "b~1", "c~0", "st2~0", "a~1", "b~2", "st~1", "b~3", "c~1", "end~0"]
    closed, still, runs = solve(plan), replicate(plan, 1, variable=False)[0], replicate(plan, 4)
    want = 0.8 * once + 0.2 * 0.98 * once * once * 0.8
    assert closed.flow.yield_ == pytest.approx(want, rel=1e-12)
    assert closed.flow.finished == pytest.approx(lots * 0.8 + 0.2 * lots * lots * 0.8, rel=1e-9)
    assert closed.flow.visits[1] == pytest.approx(1.3 * (1 + 0.2 * lots), rel=1e-9)
    assert still.sums["good"] / still.sums["units_started"] == pytest.approx(want, rel=1e-9)
    found = ratio([t.sums["good"] for t in runs], [t.sums["units_started"] for t in runs])
    assert abs(found.mean - want) < 4 * found.se


def test_passes_of_rework_are_not_independent(write: Write) -> None:
    """A step of which 0.8 of all units come out good, done k times more with the chances 0.5, 0.25 and 0.25: 0.8 × (0.5 + 0.25·0.8 + 0.25·0.8²)."""
    plan = plan_of_routes(write, "  - {id: make, tool: m, time_h: 0.1, yield: {unit: 0.8}, rework: {chance: 0.5, limit: 2, after_limit: go_on}}\n")
    assert solve(plan).flow.yield_ == pytest.approx(0.8 * (0.5 + 0.25 * 0.8 + 0.25 * 0.64), rel=1e-12)


@pytest.mark.parametrize("after", ["scrap", "go_on"])
def test_rework_with_variability(after: str, write: Write) -> None:
    """The mean of many lots is the closed form within 4 standard errors: visits, yield, raw process time, and books that balance."""
    plan = plan_of_routes(write, LOOP.replace("AFTER", after), panels=4, horizon=8000, replications=10)
    closed = solve(plan)
    totals = replicate(plan, 10)
    for of, want in ((lambda t: t.by_step["visits"][0] / t.sums["lots_left"], closed.flow.visits[0]),
                     (lambda t: t.by_step["visits"][2] / t.sums["lots_left"], closed.flow.visits[2]),
                     (lambda t: t.good / t.sums["units_started"], closed.flow.yield_),
                     (lambda t: t.per_lot_us["process_us"] / 3.6e9, closed.time.raw_process_h)):
        values = np.array([of(t) for t in totals])
        se = values.std(ddof=1) / np.sqrt(len(values))
        assert abs(values.mean() - want) <= 4 * se + 2e-3 * want, (values.mean(), want, se)


def test_draws_of_other_lots_stay_when_rework_comes(write: Write) -> None:
    """Adding rework leaves the draws of a lot that is not reworked alone."""
    steps = "  - {id: a, tool: m, time_h: {exponential: {mean: 0.5}}}\n  - {id: b, tool: n, time_h: {exponential: {mean: 0.5}}REWORK}\n"
    one = replicate(plan_of_routes(write, steps.replace("REWORK", ""), horizon=200, line=LINE.replace("count: 3", "count: 9")), 1)[0]
    two = replicate(plan_of_routes(write, steps.replace("REWORK", ", rework: {chance: 0.2, limit: 1}"), horizon=200, line=LINE.replace("count: 3", "count: 9")), 1)[0]
    assert two.by_step["visits"][0] == one.by_step["visits"][0]
    assert two.by_step["process_us"][0] == one.by_step["process_us"][0]
    assert two.by_step["visits"][1] > one.by_step["visits"][1]


@pytest.mark.parametrize(("field", "share"), [("sample: 0.25", 0.25), ("sample_every: 4", 0.25), ("sample: 0.0", 0.0)])
def test_samples(field: str, share: float, write: Write) -> None:
    """Only a share of the lots is inspected, at random or by number; the rest passes by without waiting."""
    plan = plan_of_routes(write, f"""  - {{id: a, tool: m, time_h: 0.5, yield: {{unit: 0.9}}}}
  - {{id: look, op: inspect, tool: n, time_h: 1, coverage: 1.0, {field}}}
  - {{id: b, tool: m, time_h: 0.5}}
""", horizon=8000)
    closed = solve(plan)
    assert closed.flow.visits[1] == pytest.approx(share)
    totals = replicate(plan, 4)
    seen = np.array([t.by_step["visits"][1] / t.by_step["visits"][0] for t in totals])
    assert seen.mean() == pytest.approx(share, abs=0.02)
    assert closed.flow.escapes / closed.flow.started == pytest.approx(0.1 * (1 - share))
    assert sum(t.sums["escapes"] for t in totals) / sum(t.sums["units_started"] for t in totals) == pytest.approx(0.1 * (1 - share), abs=0.01)


def test_streams_take_routes_of_their_own(write: Write) -> None:
    """Each stream visits the steps that its route names, in the recipe's order; the mean lot is that of the mix."""
    plan = plan_of_routes(write, """  - {id: A/a, tool: m, time_h: 0.5}
  - {id: B/a, tool: m, time_h: 1, yield: {unit: 0.5}}
  - {id: both, tool: n, time_h: 0.25}
  - {id: A/z, tool: n, time_h: 0.5}
""", line=LINE.replace("release: {{every_h: 2}}", "releases: {{A: {{every_h: 4, route: [A, both]}}, B: {{every_h: 12, route: [B, both]}}}}"))
    closed = solve(plan)
    assert closed.flow.visits == pytest.approx([0.75, 0.25, 1, 0.75])
    assert closed.time.raw_process_h == pytest.approx(0.75 * 1.25 + 0.25 * 1.25)
    assert closed.flow.yield_ == pytest.approx(0.875)
    totals = replicate(plan, 2)
    visits = np.mean([t.by_step["visits"] for t in totals], axis=0)
    assert visits / visits[2] == pytest.approx([0.75, 0.25, 1, 0.75], abs=0.01)


JOBS = """line:
  releases:
    J1: {first_at_h: 0, every_h: 1000, lots: 1, route: [J1], priority: 1}
    J2: {first_at_h: 0, every_h: 1000, lots: 1, route: [J2], priority: 1}
    J3: {first_at_h: 0, every_h: 1000, lots: 1, route: [J3], priority: 0}
  tools: {M1: {count: 1, dispatch: RULE}, M2: {count: 1}, M3: {count: 1}}
run: {horizon_h: 100, replications: 1}
steps:
  - {id: J1/1, tool: M1, time_h: 1}
  - {id: J1/2, tool: M3, time_h: 3}
  - {id: J1/3, tool: M2, time_h: 2}
  - {id: J2/1, tool: M1, time_h: 2}
  - {id: J2/2, tool: M2, time_h: 4}
  - {id: J2/3, tool: M3, time_h: 6}
  - {id: J3/1, tool: M1, time_h: 10}
  - {id: J3/2, tool: M3, time_h: 3}
"""


@pytest.mark.parametrize(("rule", "want"), [
    ("priority", {"J1": 19, "J2": 23, "J3": 13}), ("edd", {"J2": 12, "J1": 8, "J3": 16}),
    ("longest_remaining_work", {"J1": 18, "J2": 22, "J3": 13})])
def test_d08_jobs_by_rule(rule: str, want: dict[str, float], tmp_path: Path) -> None:
    """Case D08: three jobs with routes of their own; the rule decides who is first on M1, then it goes by arrival."""
    path = tmp_path / "jobs.yaml"
    dated = JOBS.replace("route: [J1],", "route: [J1], due_h: 100,").replace("route: [J2],", "route: [J2], due_h: 90,").replace(
        "route: [J3],", "route: [J3], due_h: 110,")
    path.write_text(dated.replace("RULE", rule), encoding="utf-8")
    plan = make(load(path))
    ledger = Ledger(plan, keep_lots=True)
    totals = ledger.close(simulate(plan, 0, ledger.add))
    finish = {plan.streams[int(row[0])].name: row[3] / 3.6e9 for row in totals.lots}
    assert finish == pytest.approx(want)


@pytest.mark.parametrize(("steps", "words"), [
    ("  - {id: a, tool: m, time_h: 1, rework: {chance: 0.1, to: nowhere}}\n", "no step 'nowhere'"),
    ("  - {id: a, tool: m, time_h: 1, rework: {chance: 0.1, to: b}}\n  - {id: b, tool: m, time_h: 1}\n", "comes later"),
    ("  - {id: a, tool: m, time_h: 1, rework: {chance: 0.1, via: [b]}}\n  - {id: b, tool: m, time_h: 1}\n", "b is on the main route; say rework_only"),
    ("  - {id: a, tool: m, time_h: 1}\n  - {id: b, tool: m, time_h: 1, rework_only: true}\n", "no rework goes via it"),
    ("  - {id: a, tool: m, time_h: 1, rework: {chance: 1.5}}\n", "must be <= 1"),
    ("  - {id: a, tool: m, time_h: 1, sample: 0.5, sample_every: 2}\n", "keep one"),
])
def test_routes_that_lead_nowhere_are_refused(steps: str, words: str, write: Write) -> None:
    """A reference that nothing bears, a way forward, a step that is on no way."""
    with pytest.raises(RecipeError, match=words):
        plan_of_routes(write, steps)


def test_a_shipped_package_with_rework_runs(tmp_path: Path) -> None:
    """Resist found wrong after developing is stripped and put on again, on embodiment 1."""
    path = tmp_path / "redo.yaml"
    path.write_text("""extends: flows:embodiment_1.yaml
changes:
  - insert: [{id: look_again, op: inspect, process: inspect_wiring, sees: [layer1/develop], rework: {chance: 0.05, via: [strip_again], to: layer1/resist}}]
    after: layer1/develop
  - insert: [{id: strip_again, op: clean, process: strip_resist, rework_only: true}]
    after: layer1/look_again
""", encoding="utf-8")
    plan = make(load(path))
    closed: ClosedForm = solve(plan)
    base = solve(make(load(ROOT / "flows/embodiment_1.yaml")))
    assert closed.direct > base.direct
    assert closed.flow.visits[plan.steps.index("layer1/resist")] == pytest.approx(1.05, rel=0.01)


@pytest.mark.parametrize(("by", "runs"), [("step", 1), ("product", 2), ("{bake: any}", 1), ("{bake: product}", 2)])
def test_batches_by_product(by: str, runs: int, tmp_path: Path) -> None:
    """Lots of two products share a run at the same step, unless it goes by product."""
    path = tmp_path / "batch.yaml"
    path.write_text(f"""line:
  releases:
    A: {{every_h: 1000, lots: 1}}
    B: {{every_h: 1000, lots: 1}}
    C: {{every_h: 1000, lots: 1, product: A}}
  tools: {{oven: {{count: 1, batch: {{min_panels: 4, max_panels: 4, longest_wait_h: 1, by: {by}}}}}}}
run: {{horizon_h: 100, replications: 1}}
steps: [{{id: bake, tool: oven, time_h: 2}}]
""", encoding="utf-8")
    plan = make(load(path))
    ledger = Ledger(plan, keep_lots=True)
    totals = ledger.close(simulate(plan, 0, ledger.add))
    ends = sorted(row[3] / 3.6e9 for row in totals.lots)
    assert ends == pytest.approx([3, 3, 3] if runs == 1 else [3, 3, 5])
