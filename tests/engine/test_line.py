"""Tests each behaviour of the line against a number known by hand, and the promises about random numbers, ties and bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from busy_calendar import Shared, hold_on_any_calendar, numbers_of, run_in
from conftest import LINE, ROOT
from lines import ONE_LOT, Write, finished, plan_of, plan_of_line
from simpy import Environment

from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.processes import processes
from procsim.experiments.replicate import one, replicate
from procsim.lots.records import ENGINEERING, PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load

#  ----------------------------------------------------------------------------------------------------------------------


def test_time_is_a_sum_over_drivers(write: Write) -> None:
    """Per run + per lot + panels × per panel + load + unload; minutes and seconds are what they say."""
    plan = plan_of_line(write, "lot: {panels: 4}\n" + ONE_LOT, "t: {}",
                        "- {id: a, tool: t, time_min: {per_run: 30, per_lot: 15, per_panel: 5}, load_s: 600, unload_h: 0.5}")
    assert finished(one(plan, 0)) == [pytest.approx(0.5 + 0.25 + 4 * 5 / 60 + 1 / 6 + 0.5)]


def test_ten_times_a_tenth_is_one(write: Write) -> None:
    """The clock counts whole microseconds: no drift."""
    steps = "\n".join(f"  - {{id: s{i}, tool: t, time_h: 0.1}}" for i in range(10))
    assert finished(one(plan_of_line(write, ONE_LOT, "t: {}", steps), 0)) == [1.0]


def test_batches_share_a_run(write: Write) -> None:
    """Three lots of 2 panels in an oven of 4: two run together, the third waits until its patience ends."""
    tools = "    t: {count: 2, batch: {min_panels: 4, max_panels: 5, longest_wait_h: 6}}"
    plan = plan_of_line(write, "lot: {panels: 2}\nrelease: {every_h: 1, lots: 3}", tools, "- {id: a, tool: t, time_h: 3}")
    assert finished(one(plan, 0)) == [4.0, 4.0, 11.0]


def test_a_batch_starts_when_the_next_lot_no_longer_fits(write: Write) -> None:
    """One panel is left of a lot. With a lot of 2 that is 3 of the 4 that an oven takes, and the third lot says that no more fits."""
    tools = "    t: {count: 1, batch: {min_panels: 4, max_panels: 4}}"
    sets = ("line.start_wip=[{step: a, panels: 1}]",)
    plan = plan_of_line(write, "lot: {panels: 2}\nrelease: {every_h: 1, first_at_h: 1, lots: 2}", tools, "- {id: a, tool: t, time_h: 3}", sets=sets)
    assert finished(one(plan, 0)) == [5.0, 5.0]


def test_a_batch_that_whole_lots_never_fill_is_refused(write: Write) -> None:
    """Lots of 6: one is less than 8, two are more than 10. With room for 12, or from 6 on, there is a batch."""
    for least, most in ((8, 12), (6, 10)):
        plan_of_line(write, "lot: {panels: 6}\n" + ONE_LOT, f"t: {{batch: {{min_panels: {least}, max_panels: {most}}}}}",
                     "- {id: a, tool: t, time_h: 3}")
    with pytest.raises(RecipeError, match=r"batch of t at step a never has min_panels 8.* raise max_panels to 12 or lower min_panels to 6 "):
        plan_of_line(write, "lot: {panels: 6}\n" + ONE_LOT, "t: {batch: {min_panels: 8, max_panels: 10}}", "- {id: a, tool: t, time_h: 3}")
    with pytest.raises(RecipeError) as said:
        plan_of_line(write, "lot: {panels: 6}\n" + ONE_LOT, "t: {batch: {min_panels: 8, max_panels: 10}}",
                     "  - {id: a, tool: t, time_h: 3}\n  - {id: b, tool: t, time_h: 3}")
    assert len(said.value.problems) == 1
    assert "a batch of t at steps a, b never has min_panels 8" in str(said.value)


def test_steps_share_a_batch_only_where_they_may(write: Write) -> None:
    """``by: step`` keeps steps apart, ``by: any`` does not."""
    steps = "  - {id: a, tool: t, time_h: 1}\n  - {id: b, tool: t, time_h: 1}"
    for by, ends in (("step", 4.0), ("any", 3.0)):
        tools = f"    t: {{batch: {{min_panels: 1, max_panels: 2, by: {by}}}}}"
        plan = plan_of_line(write, "release: {every_h: 1, lots: 2}", tools, steps)
        assert max(finished(one(plan, 0))) == ends


def test_a_run_of_unlike_steps_takes_the_longest_of_their_times(write: Write) -> None:
    """Steps of 3 h and 5 h in one oven: lots in step a alone take 3 h, then one of each takes 5 h, whichever has the lower number; the
    closed form takes runs of 5 h where they are shared."""
    for first, second, ends in ((3, 5, [8.0, 13.0]), (5, 3, [10.0, 13.0])):
        steps = f"  - {{id: a, tool: t, time_h: {first}}}\n  - {{id: b, tool: t, time_h: {second}}}"
        tools = "    t: {batch: {min_panels: 1, max_panels: 2, by: any}}"
        plan = plan_of_line(write, "release: {every_h: 1, lots: 2}", tools, steps)
        totals = one(plan, 0)
        assert finished(totals) == ends
        assert max(totals.lots[:, 3]) / HOUR == ends[-1]
    full = plan_of_line(write, "release: {every_h: 9}", "t: {batch: {min_panels: 2, max_panels: 2, by: any}}", steps)
    assert solve(full).tools.held_h.tolist() == [2.5, 2.5]


def test_priority_goes_first_and_does_not_interrupt(write: Write) -> None:
    """The hot lot (lower number) overtakes the queue, not the run."""
    line = "dispatch: priority\nreleases: {slow: {every_h: 1, lots: 3, priority: 5}, hot: {every_h: 1, first_at_h: 1.5, lots: 1, priority: 1}}"
    totals = one(plan_of_line(write, line, "t: {}", "- {id: a, tool: t, time_h: 2}"), 0)
    assert totals.lots[totals.lots[:, 0] == 1][0, 3] / HOUR == 4.0
    assert sorted(finished(totals)) == [2.0, 4.0, 6.0, 8.0]


def test_an_idle_tool_fails_too_where_the_clock_is_calendar(write: Write) -> None:
    """A tool that nobody uses breaks by the calendar, never by busy time; work in progress resumes where it stopped."""
    steps = "  - {id: a, tool: t, time_h: 10}"
    tools = "    t: {failures: {break: {mtbf_h: {constant: {value: 4}}, mttr_h: {constant: {value: 1}}, clock: %s}}}"
    late = "{every_h: 50, first_at_h: 50, lots: 1}"
    calendar = one(plan_of_line(write, f"release: {late}", tools % "calendar", steps), 0)
    assert finished(calendar) == [62.0], "10 h of work from 50 to 62: failures at 54 and 59, clocks restarting at 5, 10, …"
    assert calendar.state_hours[0, UNSCHEDULED] == pytest.approx(20.0)
    busy = one(plan_of_line(write, f"release: {late}", tools % "busy", steps), 0)
    assert finished(busy) == [62.0]
    assert busy.state_hours[0, UNSCHEDULED] == 2.0
    assert busy.failures[0] == 2


def test_a_failure_may_scrap_the_work(write: Write) -> None:
    """The lot in the tool is lost at its value; the next one finds the tool mended."""
    tools = ("    t: {price_usd: 87600, life_years: 1, failures: {break: {mtbf_h: {constant: {value: 4}}, mttr_h: {constant: {value: 1}}, "
             "work: scrap}}}")
    plan = plan_of_line(write, "release: {every_h: 3, lots: 2}", tools, "- {id: a, tool: t, time_h: 3}", 40, sets=("economics.practical_capacity=1",))
    totals = one(plan, 0)
    assert (totals.sums["good"], totals.sums["scrapped"]) == (1, 1)
    assert totals.units_lost.tolist() == [1, 0]
    assert totals.value.tolist() == [pytest.approx(30), 0, pytest.approx(10)], "3 h and 1 h of a tool at 10 USD an hour"


def test_maintenance_waits_for_the_run_and_comes_round(write: Write) -> None:
    """Due at 10, 20, …; a run of 3 h that began at 9 h is finished first."""
    tools = "    t: {maintenance: {weekly: {every_h: 10, takes_h: 2}}}"
    totals = one(plan_of_line(write, "release: {every_h: 9, first_at_h: 9, lots: 2}", tools, "- {id: a, tool: t, time_h: 3}", 30), 0)
    assert finished(totals) == [12.0, 23.0 - 2.0 + 0.0]
    assert totals.state_hours[0, SCHEDULED] == 4.0
    counted = one(plan_of_line(write, "release: {every_h: 1, lots: 4}", "t: {maintenance: {dress: {every_panels: 2, takes_h: 5}}}",
                               "- {id: a, tool: t, time_h: 1}", 30), 0)
    assert finished(counted) == [1.0, 2.0, 8.0, 9.0]


@pytest.mark.parametrize(("words", "due"), [
    ("", [4, 8, 12]), (", together: true", [12, 12, 12]), (", first_at_h: 5", [5, 9, 13]), (", first_at_min: 0", [0, 4, 8]),
    (", first_at_h: 5, together: true", [5, 5, 5]), (", first_at_h: 1e8", [None, None, None]),
])
@pytest.mark.parametrize("work", ["maintenance", "engineering"])
def test_tools_of_a_group_take_turns_or_stand_together(work: str, words: str, due: list[float | None], write: Write) -> None:
    """Of three tools with maintenance every 12 h the first falls due at 4, 8 and 12 h; at ``first_at_h`` and 4 h apart; or all at once. Each for
    itself: hours out of work in a window that ends at the hour are those since each was due."""
    tools = f"    t: {{count: 3, {work}: {{m: {{every_h: 12, takes_h: 1{words}}}}}}}"
    down = SCHEDULED if work == "maintenance" else ENGINEERING
    for end in range(1, 26, 3):
        plan = plan_of_line(write, "release: {every_h: 50, first_at_h: 50}", tools, "- {id: a, tool: t, time_h: 0.1}", end)
        starts = [] if due[0] is None else [at + 12 * k for at in due if at is not None for k in range(3)]
        assert one(plan, 0).state_hours[0, down] == pytest.approx(sum(min(max(end - at, 0), 1) for at in starts)), (words, end)


@pytest.mark.parametrize("words", ["together: true", "first_at_h: 3"])
def test_panels_are_counted_from_the_start(words: str, write: Write) -> None:
    """When work by the clock begins is nothing that work by panels could say."""
    with pytest.raises(RecipeError, match="of planned work that is due by the clock"):
        plan_of_line(write, ONE_LOT, f"t: {{maintenance: {{m: {{every_panels: 9, takes_h: 1, {words}}}}}}}", "- {id: a, tool: t, time_h: 1}")


def test_transport_takes_time_only_between_tool_groups(write: Write) -> None:
    """Two steps at one group, one at another: one move."""
    steps = "  - {id: a, tool: t, time_h: 1}\n  - {id: b, tool: t, time_h: 1}\n  - {id: c, tool: u, time_h: 1}"
    plan = plan_of_line(write, ONE_LOT, "    t: {}\n    u: {}", steps, sets=("line.transport_min=30",))
    assert finished(one(plan, 0)) == [3.5]


def test_constant_wip_stays_constant(write: Write) -> None:
    """Always w lots in the line."""
    plan = plan_of_line(write, "release: {conwip_lots: 7}", "t: {}", "- {id: a, tool: t, time_h: {exponential: {mean: 1}}}", 500, warmup=100)
    assert one(plan, 0).wip_lot_hours == pytest.approx(7 * 400)


def test_a_line_that_starves_says_why(write: Write) -> None:
    """A constant WIP smaller than a batch stops with the group, the step and what is missing."""
    tools = "    oven: {batch: {min_panels: 4, max_panels: 4}}"
    plan = plan_of_line(write, "release: {conwip_lots: 3}", tools, "- {id: cure, tool: oven, time_h: 1}")
    with pytest.raises(InfeasibleError, match=r"3 lots .* wait at oven for step cure, whose batch needs 4"):
        one(plan, 0)


def test_a_line_that_turns_in_a_circle_ends(write: Write) -> None:
    """Endless work in no time is an error, not an endless run."""
    plan = plan_of_line(write, "release: {conwip_lots: 1}", "t: {}", "- {id: a, tool: t, time_h: 0}")
    with pytest.raises(InfeasibleError, match="turns in a circle"):
        one(plan, 0)


def test_leftovers_are_waiting_not_lost(write: Write) -> None:
    """A last batch that never fills is reported; its units are in process."""
    tools = "    t: {batch: {min_panels: 2, max_panels: 2}}"
    totals = one(plan_of_line(write, "release: {every_h: 1, lots: 3}", tools, "- {id: a, tool: t, time_h: 1}"), 0)
    assert "1 lots (1 panels) wait at t for step a" in totals.stalled
    assert (totals.sums["good"], totals.sums["in_line"]) == (2, 1)


@pytest.fixture
def busy_plan(write: Write) -> Plan:
    """A line with everything on: batches, in-line, failures, maintenance, priority, ties."""
    tools = """\
    a: {count: 2, failures: {f: {mtbf_h: 20, mttr_h: 2}}, maintenance: {m: {every_h: 50, takes_h: 3}}}
    b: {count: 1, failures: {f: {mtbf_h: 5, mttr_h: 1, clock: busy}}, maintenance: {m: {every_panels: 20, takes_min: 10}}}
    c: {count: 2, batch: {min_panels: 6, max_panels: 9, longest_wait_h: 4}}
    d: {count: 1, inline: {panels: 5}, dispatch: priority}"""
    steps = """\
  - {id: s1, tool: a, time_h: {per_panel: 0.25}, yield: {panel: 0.98, unit: 0.99}}
  - {id: s2, tool: b, time_min: {per_run: {lognormal: {mean: 20, cv: 0.5}}}, defects: {per_unit_ppm: 20000, law: seeds}}
  - {id: s3, tool: c, time_h: 2}
  - {id: look, op: inspect, tool: d, time_min: {per_panel: 15}, coverage: 0.8, false_reject: 0.01}
  - {id: s4, tool: a, time_h: 0.5}
  - {id: s5, tool: d, time_min: {per_panel: 15}}"""
    line = "lot: {panels: 3, units_per_panel: 40}\nreleases: {main: {every_h: 3}, hot: {every_h: 9, first_at_h: 3, priority: -1}}"
    return plan_of_line(write, line, tools, steps, 600, warmup=100)


def test_the_straight_path_is_the_stated_order(busy_plan: Plan) -> None:
    """Events handled in one go give the very numbers that events and dispatch rounds give."""
    hold_on_any_calendar(busy_plan)


def test_a_foreign_process_changes_nothing(busy_plan: Plan) -> None:
    """Somebody else's SimPy process in the same environment, with ties."""
    env = Environment()

    def clock() -> Any:
        while True:
            yield env.timeout(HOUR // 4)

    env.process(clock())
    assert numbers_of(run_in(env, busy_plan)) == numbers_of(run_in(Environment(), busy_plan))


def test_every_state_of_every_tool_is_counted(busy_plan: Plan) -> None:
    """Six states sum to the window; with failures and maintenance each is there."""
    totals = one(busy_plan, 0)
    assert totals.state_hours.sum(axis=1) == pytest.approx(busy_plan.groups.count * busy_plan.hours)
    assert (totals.state_hours[:2, [PRODUCTIVE, STANDBY, SCHEDULED, UNSCHEDULED]] > 0).all()


def test_same_seed_same_numbers_on_any_number_of_workers(busy_plan: Plan) -> None:
    """Replications do not depend on who computes them; another seed gives others."""
    alone = replicate(busy_plan, 3)
    with processes(2) as pool:
        together = replicate(busy_plan, 3, executor=pool)
    assert [numbers_of(t) for t in alone] == [numbers_of(t) for t in together]
    assert numbers_of(alone[0]) != numbers_of(alone[1])


def test_same_bits_whatever_order_sets_have() -> None:
    """Names of dies are in no set that numbers are summed or multiplied over: Python orders sets of words anew in every process."""
    code = ("from pathlib import Path; from procsim.closed_form.solve import solve; from procsim.planning.make import make; from procsim.recipe.load import load\n"
            "plan = make(load(Path('flows/whatif/four_die_module.yaml'))); closed = solve(plan)\n"
            "print([float(x).hex() for x in (*plan.losses.unit(), *plan.losses.incoming, *plan.money.direct.ravel(), *closed.costs.per_lot.ravel())])")
    said = {subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, text=True,
                           check=True).stdout for seed in range(2)}
    assert len(said) == 1
    assert len(said.pop()) > 1000


def test_an_edit_leaves_all_other_draws_alone(write: Write) -> None:
    """A step put into the line moves no other step's draws: units lost there stay the same, unit by unit."""
    path = write(LINE)
    write("extends: line.yaml\nchanges: {insert: [{id: new, tool: b, time_min: 1}], after: one}\n", "v.yaml")
    before, after = one(make(load(path)), 0), one(make(load(path.parent / "v.yaml")), 0)
    first, second = before.lots, after.lots
    both = (first[:, 3] >= 0) & (second[:, 3] >= 0)
    assert (first[both][:, [5, 6, 7, 8]] == second[both][:, [5, 6, 7, 8]]).all()


def test_lot_size_keeps_a_panels_draws(write: Write) -> None:
    """Yield is keyed by the panel's serial number: the same panels are lost whatever lots they travel in."""
    path = write(LINE)
    good = []
    for panels in (1, 2, 4):
        totals = one(make(load(path, [f"line.lot.panels={panels}", f"line.release={{every_h: {panels}}}", "run.warmup_h=0"])), 0)
        done = totals.lots[totals.lots[:, 3] >= 0]
        good.append(np.cumsum(np.repeat(done[:, 5] / panels, panels))[119])
    assert good[1] == pytest.approx(good[0])
    assert good[2] == pytest.approx(good[0])


def test_windows_cut_where_they_say(write: Write) -> None:
    """Lots that left from warm-up (included) to horizon (not included) are counted, with their whole history."""
    plan = plan_of_line(write, "release: {every_h: 1}", "t: {}", "- {id: a, tool: t, time_h: 1}", 10, warmup=5)
    totals = one(plan, 0)
    assert totals.sums["lots_left"] == 5
    assert totals.wip_lot_hours == 5
    assert totals.state_hours[0, PRODUCTIVE] == 5


@pytest.mark.parametrize("name", ["embodiment_1", "dual_heat_sink"])
def test_two_seeds_two_runs_one_truth(name: str) -> None:
    """State does not leak from one run to the next: the same replication twice is the same."""
    plan = make(load(ROOT / "flows" / f"{name}.yaml", ["run.horizon_h=200", "run.warmup_h=100"]))
    first = numbers_of(one(plan, 1))
    one(plan, 2)
    assert numbers_of(one(plan, 1)) == first


def guests(write: Write, batch: str, release: dict[str, list[float]], more: str = "") -> dict[str, list[float]]:
    """When lots of each product leave an oven that takes an hour."""
    releases = "".join(f"    {name}: {{schedule: [{', '.join(f'{{at_h: {at}}}' for at in times)}]}}\n" for name, times in release.items())
    plan = plan_of(write, f"line:\n  releases:\n{releases}  tools: {{o: {{batch: {{{batch}}}{more}}}}}\nrun: {{horizon_h: 50, warmup_h: 0}}\n"
                           "steps:\n  - {id: s, tool: o, time_h: 1}\n")
    alone, shared = run_in(Environment(), plan), run_in(Shared(), plan)
    assert alone.lots.tolist() == shared.lots.tolist()
    assert alone.sums["lots_finished"] == shared.sums["lots_finished"]
    return {name: [row[3] / HOUR for row in alone.lots.tolist() if row[0] == r and row[3] >= 0] for r, name in enumerate(release)}


@pytest.mark.parametrize("more", ["", ", dispatch: least_setup, setup: {by: product, time_h: 0}"])
def test_guests_of_a_batch(write: Write, more: str) -> None:
    """Three run together, of one product, and one test lot at most: that which came first goes along with two of a at 3, and so does the second at 6,
    though b came before; b, alone, waits for ever. Guests alone wait for a host, or, where patience ends, run by themselves, one at a time."""
    batch = "min_panels: 3, max_panels: 3, by: product, guests: {t: 1}"
    found = guests(write, batch, {"t": [0, 1], "a": [2, 3, 5, 6], "b": [4]}, more)
    assert found == {"t": [4, 7], "a": [4, 4, 7, 7], "b": []}
    assert guests(write, batch, {"t": [0, 1, 2], "a": [9]}, more) == {"t": [], "a": []}
    patient = batch + ", longest_wait_h: 4"
    assert guests(write, patient, {"t": [0, 1, 9], "a": [10, 30]}, more) == {"t": [5, 6, 14], "a": [14, 35]}


def test_guests_of_a_batch_of_any_mix(write: Write) -> None:
    """Of a step's lots any three run together, and one test lot at most."""
    batch = "min_panels: 3, max_panels: 3, by: any, guests: {t: 1}"
    assert guests(write, batch, {"t": [0, 1], "a": [2, 6], "b": [3, 7]}) == {"t": [4, 8], "a": [4, 8], "b": [4, 8]}


@pytest.mark.parametrize(("batch", "words"), [("guests: {tt: 1}", "no product 'tt'; did you mean 't'"), ("guests: {t: 1, a: 2}", "nobody but guests runs at o")])
def test_guests_that_nobody_knows_are_refused(write: Write, batch: str, words: str) -> None:
    """A product that no release has; a batch without hosts."""
    with pytest.raises(RecipeError, match=words):
        guests(write, f"min_panels: 3, max_panels: 3, {batch}", {"t": [0], "a": [1]})
