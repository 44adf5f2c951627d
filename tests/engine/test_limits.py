"""Tests lots that go back since they are over a queue-time limit: traces by hand, ways that overlap, and books that balance."""

from __future__ import annotations

import math

import pytest
from busy_calendar import hold_on_any_calendar
from conftest import LINE, ROOT
from lines import Write, finished_by_stream, plan_of, plan_of_line, refusal_of_line
from queue_lines import BUSY, BUSY_STEPS, BUSY_TOOLS

from procsim import tables
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import one, replicate
from procsim.planning.make import make
from procsim.planning.plan import CATEGORIES, HOUR
from procsim.planning.route import position_names
from procsim.recipe.load import load

THREE = "release: {every_h: 500, lots: 3, lots_at_once: 3}\nqueue_time_limits: {q: {from: s, to: r, limit_h: 3, action: rework%s}}"
STEPS = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 6}"


@pytest.mark.parametrize(("rework", "ends", "counts", "visits"), [
    (", rework: {limit: 2}", [7, 14, 21], [6, 3, 3, 0], [6, 3]),
    ("", [7, 14, 14], [5, 3, 2, 1], [5, 2]),
    (", rework: {after_limit: go_on}", [7, 14, 20], [5, 3, 2, 0], [5, 3]),
    (", rework: {limit: 0}", [7, 7, 7], [3, 2, 0, 2], [3, 1]),
])
def test_lots_over_a_limit_go_back_as_they_would_start(write: Write, rework: str, ends: list[float], counts: list[float], visits: list[float]) -> None:
    """s ends at 1, 2 and 3 h; r works 1–7 h. At 7 h the second and the third have waited 5 and 4 h and go back: s 7–8 and 8–9, r 8–14. At 14 h the
    third has waited 5 h again: it goes back once more (s 14–15, r 15–21), or leaves, or goes on (r 14–20)."""
    plan = plan_of_line(write, THREE % rework, "a: {}\nb: {}", STEPS)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"main": ends}
    assert totals.clocks.tolist() == [counts]
    assert totals.by_step["visits"].tolist() == visits
    found = tables.queue_time(plan, [totals]).iloc[0]
    assert found[["lots_checked", "hits", "lots_reworked", "lots_scrapped"]].tolist() == counts
    assert found["action"] == "rework"


def test_the_way_back_goes_by_steps_of_its_own(write: Write) -> None:
    """Half an hour on every way. r works 1.5–4.5 and 4.5–7.5 h; then the third, whose s ended at 3 h, is stripped (8–9), done again (9.5–10.5)
    and at r when the fourth, 3.5 h after s and in time, has left it (7.5–10.5): 11–14 h."""
    line = ("release: {every_h: 500, lots: 4, lots_at_once: 4}\ntransport_h: 0.5\n"
            "queue_time_limits: {q: {from: s, to: r, limit_h: 3.5, action: rework, rework: {via: [strip], to: s}}}")
    steps = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 3}\n- {id: strip, tool: c, time_h: 1, rework_only: true}"
    plan = plan_of_line(write, line, "a: {}\nb: {}\nc: {}", steps)
    assert position_names(plan.steps, plan.route.step, plan.route.turn) == ["s", "r", "strip", "s~1", "r~1"]
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"main": [4.5, 7.5, 14, 10.5]}
    assert totals.by_step["turned"].tolist() == [0, 1, 0]
    assert totals.per_lot_us["process_us"] / HOUR == pytest.approx(1 + 3 + (1 + 1) / 4), "one of four was done again"
    assert totals.per_lot_us["queue_us"] / HOUR == pytest.approx((0 + 1 + 2 + 3 + 0 + 2 + 4 + 3) / 4), "4 h of it for nothing"


def test_each_pass_takes_its_toll_and_is_paid_for(write: Write) -> None:
    """With mean values: s spoils a tenth at each pass and uses paste at each; r is paid for once. The limit's lots by their passes: 1, 2, 3."""
    text = ("line:\n  lot: {units_per_panel: 100}\n  release: {every_h: 500, lots: 3, lots_at_once: 3}\n"
            "  queue_time_limits: {q: {from: s, to: r, limit_h: 3, action: rework, rework: {limit: 2}}}\n  tools: {a: {}, b: {}}\n"
            "run: {horizon_h: 100}\nmaterials: {paste: {price_usd_per_g: 1, density_g_cm3: 1}}\nsteps:\n"
            "  - {id: s, tool: a, time_h: 1, yield: {unit: 0.9}, consumes: {paste: {per_lot: 1}}}\n"
            "  - {id: r, tool: b, time_h: 6, yield: {unit: 0.5}, consumes: {paste: {per_lot: 10}}}\n")
    plan = plan_of(write, text)
    totals = one(plan, 0, variable=False)
    found = tables.lots(plan, [totals])
    assert found["units_good"].tolist() == [pytest.approx(50 * 0.9**n) for n in (1, 2, 3)]
    assert found["cost_usd"].tolist() == [pytest.approx(10 + n) for n in (1, 2, 3)]
    assert totals.cost[:-1].sum(axis=1).tolist() == [pytest.approx(6), pytest.approx(30)]
    assert math.isnan(solve(plan).flow.good), "no closed form"


def test_limits_may_overlap(write: Write) -> None:
    """Within 3.5 h from s to r, else s again; within 1 h from r to e, else r again. s works 0–2, 2–4, 4–6, r 2–8 h. At 8 the second has waited
    4 h and goes back (s 8–10), the third 2 h: r 8–14. Then the second has waited 4 h again, and leaves. e works 8–16; then the third has waited
    2 h: r 16–22, e 22–30. Each limit has passes of its own."""
    line = ("release: {every_h: 500, lots: 3, lots_at_once: 3}\nqueue_time_limits:\n  q: {from: s, to: r, limit_h: 3.5, action: rework}\n"
            "  w: {from: r, to: e, limit_h: 1, action: rework}")
    steps = "- {id: s, tool: a, time_h: 2}\n- {id: r, tool: b, time_h: 6}\n- {id: e, tool: c, time_h: 8}"
    plan = plan_of_line(write, line, "a: {}\nb: {}\nc: {}", steps)
    assert position_names(plan.steps, plan.route.step, plan.route.turn) == ["s", "r", "s~1", "r~1", "e", "r~2", "e~1"]
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"main": [16, 14, 30]}
    assert totals.clocks.tolist() == [[4, 2, 1, 1], [3, 1, 1, 0]]


def test_a_batch_goes_on_without_those_that_go_back(write: Write) -> None:
    """Batches of two: the oven is busy 2–8.5 h; then lot 3 has waited 5.5 h and goes back (s 8.5–9.5), and lot 4, in time, waits for it; at
    9.5 h that has waited 5.5 h and goes back too (s 9.5–10.5), and both run 10.5–17 h."""
    line = "release: {every_h: 50, lots: 4, lots_at_once: 4}\nqueue_time_limits: {q: {from: s, to: r, limit_h: 5, action: rework}}"
    steps = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 6.5}"
    plan = plan_of_line(write, line, "a: {}\nb: {batch: {min_panels: 2, max_panels: 2}}", steps)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"main": [8.5, 8.5, 17, 17]}
    assert totals.clocks.tolist() == [[6, 2, 2, 0]]


def test_going_back_holds_with_everything_else(write: Write) -> None:
    """In the line that has everything: books balance, and events one by one give the same numbers; also with a constant WIP."""
    limits = ("queue_time_limits: {q: {from: s2, to: s3, limit_h: 3, action: rework, rework: {limit: 2}},"
              " w: {from: s5, to: s6, limit_h: 0.5, action: rework, rework: {after_limit: go_on}}}\n")
    plan = plan_of_line(write, BUSY + limits, BUSY_TOOLS, BUSY_STEPS, 1500)
    hold_on_any_calendar(plan)
    assert (one(plan, 0).clocks[:, 2] > 0).all()
    wip = plan_of_line(write, "release: {conwip_lots: 5}\nqueue_time_limits: {q: {from: s, to: r, limit_h: 9, action: rework}}", "a: {}\nb: {}",
                       STEPS)
    totals = one(wip, 0)
    assert totals.wip_lot_hours == 500, "who leaves is followed at once"
    assert totals.clocks[0, 2] > 0


WORN = LINE.replace("release: {every_h: 2}", "release: {every_h: {exponential: {mean: 4}}}\n"
                    "  queue_time_limits: {q: {from: one, to: two, limit_h: LIMIT, action: ACTION}}").replace("horizon_h: 400", "horizon_h: 900")


def test_books_balance_under_variability_and_other_lots_keep_their_draws(write: Write) -> None:
    """Panels lost, units spoiled and found, lots going back and leaving: units, money and lot-hours balance (or the run stops), and a lot that
    is never over its limit comes out as in a line that only counts."""
    count = plan_of(write, WORN.replace("LIMIT", "1.1").replace("ACTION", "count"))
    plan = plan_of(write, WORN.replace("LIMIT", "1.1").replace("ACTION", "rework, rework: {limit: 2}"))
    runs = replicate(plan, 3)
    assert all(t.clocks[0, 2] > 10 and t.clocks[0, 3] > 0 for t in runs)
    assert all(t.clocks[0, 1] == t.clocks[0, 2] + t.clocks[0, 3] for t in runs)
    before, after = (tables.lots(p, [one(p, 0)]).set_index("lot").dropna() for p in (count, plan))
    after = after.loc[after.index.intersection(before.index)]
    before = before.loc[after.index]
    same = abs(after["cost_usd"] - before["cost_usd"]) < 1e-9  # who goes back is charged for more
    assert 0.3 < same.mean() < 0.95
    assert (after["units_good"][same] == before["units_good"][same]).all()
    assert (after["units_good"][~same] < before["units_good"][~same]).mean() > 0.5, "another pass spoils more"


def test_dies_are_bought_once_however_often_a_lot_goes_back(write: Write) -> None:
    """The step that a lot over its limit would have started buys the dies and has their bad ones: when it is done at last, and only then."""
    path = write("extends: flows:embodiment_1.yaml\nchanges:\n  - insert: [{id: dry, op: bake, process: attach_cure}]\n    before: attach\n  - set:\n"
                 "      line.queue_time_limits: {q: {from: dry, to: attach, limit_h: 0.3, action: ACTION}}\n"
                 "      run.horizon_h: 150\n      run.warmup_h: 0\n".replace("ACTION", "rework, rework: {limit: 2, after_limit: go_on}"))
    plan = make(load(path))
    base = make(load(ROOT / "flows" / "embodiment_1.yaml", ["run.horizon_h=150", "run.warmup_h=0"]))
    each = []
    for one_plan in (base, plan):
        totals = one(one_plan, 0)
        assert totals.sums["lots_left"] > 20
        each.append(totals.cost[one_plan.steps.index("attach"), CATEGORIES.index("die")] / totals.sums["lots_left"])
    assert totals.clocks[0, 2] > 10
    assert each[1] == pytest.approx(each[0], rel=1e-9)
    first = plan.route.step == plan.steps.index("attach")
    assert (plan.losses.incoming[first] < 1).all()
    assert first.sum() == 3


def test_each_instance_of_a_repeated_step_has_its_own_way_back(write: Write) -> None:
    """Steps of rework beside a repeated step are meant by their common name: the way back in one layer does not go by another."""
    write("steps:\n  - {id: coat, tool: a, time_h: 1}\n  - {id: strip, tool: a, time_h: 1, rework_only: true}\n  - {id: bake, tool: b, time_h: 1}\n", "layer.yaml")
    line = ("release: {every_h: 50}\nqueue_time_limits: {q: {from: layer/coat, to: layer/bake, limit_h: 1, action: rework,"
            " rework: {via: [layer/strip], to: layer/coat}}}")
    plan = plan_of_line(write, line, "a: {}\nb: {}", "- {use: layer.yaml, as: layer, repeat: 2}")
    assert position_names(plan.steps, plan.route.step, plan.route.turn) == [
        *("layer1/coat", "layer1/bake", "layer1/strip", "layer1/coat~1", "layer1/bake~1"),
        *("layer2/coat", "layer2/bake", "layer2/strip", "layer2/coat~1", "layer2/bake~1")]
    assert plan.route.detours.tolist() == [[0, 1], [1, 6]]


@pytest.mark.parametrize(("limit", "tools", "message"), [
    ("{from: s, to: r, limit_h: 3, action: scrap, rework: {limit: 2}}", "", "rework says how a lot over its limit goes back, but action is scrap"),
    ("{from: s, to: r, limit_h: 3, action: rework, rework: {to: r}}", "", "rework goes back to 'r', which comes later than s"),
    ("{from: s, to: r, limit_h: 3, action: rework, rework: {to: x}}", "", "no step 'x'"),
    ("{from: s, to: r, limit_h: 3, action: rework, rework: {via: [s]}}", "", "s is on the main route"),
    ("{from: s, to: r, limit_h: 3, action: rework, rework: {limit: -1}}", "", "limit must be >= 0"),
    ("{from: s, to: r, limit_h: 3, action: rework}", "buffer_lots: 3", "a lot over its limit goes back to s, whose queue may be full"),
])
def test_ways_back_that_cannot_be_are_refused(write: Write, limit: str, tools: str, message: str) -> None:
    """With the address of the limit."""
    found = refusal_of_line(write, f"release: {{every_h: 50}}\nqueue_time_limits: {{q: {limit}}}", f"a: {{{tools}}}\nb: {{}}", STEPS)
    assert message in found
