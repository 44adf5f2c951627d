"""What tools need besides work, one rule at a time against a trace made by hand: setups, shifts, operators, speeds; and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from simpy import Environment
from slow import Slow
from test_line import HEAD, _in, _numbers, finished, plan_of

from procsim import tables
from procsim.cli import main
from procsim.costs.totals import Totals
from procsim.errors import RecipeError
from procsim.expected import expected
from procsim.experiments.replicate import one, replicate
from procsim.plan.make import make
from procsim.plan.shape import Plan
from procsim.recipe.load import load
from procsim.records import NON_SCHEDULED, PRODUCTIVE, SCHEDULED, STANDBY, STATES, UNSCHEDULED

Write = Callable[..., Path]


def line(write: Write, steps: str, tools: str, head: str, horizon: float = 100, sets: tuple[str, ...] = ()) -> Plan:
    """A line whose ``line:`` section begins with *head*: releases, operators, shifts."""
    text = HEAD.replace("  release: %s\n", "%s\n") % (1, "  " + head.replace("\n", "\n  "), tools, horizon, 0, steps)
    return make(load(write(text), sets))


def states(totals: Totals) -> tuple[float, ...]:
    """Hours of the first group: productive, standby, scheduled down, unscheduled down, non-scheduled."""
    return tuple(round(float(totals.state_hours[0, i]), 9) for i in (PRODUCTIVE, STANDBY, SCHEDULED, UNSCHEDULED, NON_SCHEDULED))


TWO = "releases:\n  A: {every_h: %s, lots: %s}\n  B: {every_h: %s, lots: %s, first_at_h: %s}"
WORK = "  - {id: work, tool: t, time_h: 1}"


# setups -----------------------------------------------------------------------------------------------------------------


def test_a_setup_is_done_when_the_next_lot_is_taken_and_kept_while_idle(write: Write) -> None:
    """A at 0 and 10, B at 5: the tool is set up at 5 (0.5 h) and at 10 (the pair that the table leaves out takes 2 h), not before."""
    tools = "    t: {setup: {by: product, time_h: 2, table_h: {A: {B: 0.5}}, first: A}}"
    totals = one(line(write, WORK, tools, TWO % (10, 2, 10, 1, 5), 20), 0)
    assert sorted(finished(totals)) == [1.0, 6.5, 13.0]
    assert states(totals) == (3, 14.5, 2.5, 0, 0)
    assert (totals.setup_hours[0], totals.setups[0]) == (2.5, 2)


def test_the_first_lot_needs_no_setup_unless_a_state_is_given(write: Write) -> None:
    """``first`` is what the tool is set up for at the start."""
    for first, end in (("", 1.0), (", first: B", 3.0), (", first: A", 1.0)):
        tools = f"    t: {{setup: {{by: product, time_h: 2{first}}}}}"
        assert min(finished(one(line(write, WORK, tools, TWO % (10, 1, 10, 1, 50)), 0))) == end


def test_setup_by_step_and_by_process(write: Write) -> None:
    """Two steps of one process: set up again by step, not by process."""
    text = HEAD.replace("steps:", "processes: {p: {tool: t, time_h: 1}}\nsteps:")
    for by, end in (("step", 4.0), ("process", 2.0)):
        steps = "  - {id: a, process: p}\n  - {id: b, process: p}"
        plan = make(load(write(text % (1, "{every_h: 10, lots: 1}", f"    t: {{setup: {{by: {by}, time_h: 2}}}}", 100, 0, steps))))
        assert finished(one(plan, 0)) == [end]


def test_setup_by_step_and_product_at_once(write: Write) -> None:
    """Steps of 60 min, A at 0, B at 30: A first step to 60; B needs another product, 5 min, to 125; A another step and product, 12 min, to 197;
    B another product, 5 min, to 262. Where no time is given for both at once, it is the longer of the two: 10 for 12."""
    for both, ends in ((", step+product: 12", [197, 262]), ("", [195, 260])):
        tools = f"    t: {{setup: {{by: [step, product], changes_min: {{step: 10, product: 5{both}}}}}}}"
        plan = line(write, "  - {id: one, tool: t, time_min: 60}\n  - {id: two, tool: t, time_min: 60}", tools, TWO % (90, 1, 90, 1, 0.5))
        assert [60 * end for end in sorted(finished(one(plan, 0)))] == pytest.approx(ends)


@pytest.mark.parametrize(("setup", "wrong"), [
    ("{by: [step, product], time_min: 5}", "needs changes_min"), ("{by: [step, step], changes_min: {step: 5}}", "each once"),
    ("{by: step, changes_min: {step: 5}}", "by several"), ("{by: [step, product], changes_min: {stepp: 5}}", "none of step, product"),
    ("{by: [step, product], changes_min: {step+product: 5, product + step: 6}}", "twice"),
    ("{by: [step, product], changes_min: {step: 5}, first: A}", "neither a time")])
def test_wrong_setups_by_several(setup: str, wrong: str, write: Write) -> None:
    """What cannot be meant is refused."""
    with pytest.raises(RecipeError, match=wrong):
        line(write, WORK, f"    t: {{setup: {setup}}}", TWO % (90, 1, 90, 1, 0.5))


def test_a_tool_runs_so_many_lots_before_it_changes_its_setup(write: Write) -> None:
    """A B A B A at once, in turn: by turns 4 setups; with at least 3 lots, A A A and one setup; B B alone do not wait for a third."""
    for least, ends, setups in ((1, [1, 3, 5, 7, 9], 4), (3, [1, 2, 3, 5, 6], 1), (2, [1, 2, 4, 5, 7], 2)):
        tools = f"    t: {{setup: {{by: product, time_h: 1, min_run_lots: {least}}}}}"
        totals = one(line(write, WORK, tools, TWO % (0.02, 3, 0.02, 2, 0.01)), 0)
        assert sorted(finished(totals)) == ends
        assert totals.setups[0] == setups


def test_the_first_lots_on_a_tool_count_too(write: Write) -> None:
    """A, B, A, B at 0, 0.1, 0.2, 0.3, and a tool that is set up for A: with at least 2 lots, A A B B."""
    tools = "    t: {setup: {by: product, time_h: 1, first: A, min_run_lots: 2}}"
    totals = one(line(write, WORK, tools, TWO % (0.2, 2, 0.2, 2, 0.1)), 0)
    assert finished(totals) == [1, 2, 4, 5]
    assert totals.setups[0] == 1


def test_of_free_tools_one_that_is_set_up_is_taken(write: Write) -> None:
    """Two tools, A at 0 and B at 0.5: then each goes where its setup is, though the first tool stands free."""
    tools = "    t: {count: 2, setup: {by: product, time_h: 1}}"
    totals = one(line(write, WORK, tools, TWO % (10, 3, 10, 3, 0.5), 40), 0)
    assert totals.setups[0] == 0
    assert sorted(finished(totals)) == [1, 1.5, 11, 11.5, 21, 21.5]


def test_a_lot_pays_for_its_setup(write: Write) -> None:
    """Load, setup, run and unload are charged: 4 h and 6 h of a tool at 10 USD an hour, setup 2 h among them."""
    tools = "    t: {price_usd: 87600, life_years: 1, load_h: 2, unload_h: 1, setup: {by: product, time_h: 2}}"
    plan = line(write, WORK, tools, TWO % (10, 1, 10, 1, 10), 40, ("economics.practical_capacity=1",))
    totals = one(plan, 0)
    assert totals.cost.sum() == pytest.approx(100)
    assert totals.by_step["process_us"][0] == pytest.approx(10 * 3.6e9)


# shifts -----------------------------------------------------------------------------------------------------------------


def test_a_line_may_begin_with_time_off(write: Write) -> None:
    """Off for 3 h, on for 2 h, off for 3 h …: 3 h of work from 0 end at 9."""
    plan = line(write, "  - {id: work, tool: t, time_h: 3}", "    t: {shift: late}",
                "release: {every_h: 50, lots: 1}\nshifts: {late: {on_off_h: [3, 2], starts: off}}", 10)
    totals = one(plan, 0)
    assert finished(totals) == [9.0]
    assert states(totals) == (3, 1, 0, 0, 6)


def test_clocks_of_failures_stand_still_while_off(write: Write) -> None:
    """Up 4 h, then 1 h of repair; on 3 h, off 5 h. Failure after 4 h up: at 9; repair until 10; the next after 1 h up (to 11) and 3 h more: at 19."""
    tools = "    t: {shift: day, failures: {f: {mtbf_h: {constant: {value: 4}}, mttr_h: {constant: {value: 1}}}}}"
    totals = one(line(write, WORK, tools, "release: {every_h: 90, first_at_h: 90}\nshifts: {day: {on_off_h: [3, 5]}}", 20), 0)
    assert totals.failures[0] == 2
    assert states(totals) == (0, 8, 0, 2, 10), "the failure at 19 is mended at 20, in time off"


def test_repairs_go_on_after_the_shift_and_work_waits_for_the_next(write: Write) -> None:
    """3 h of work, failing after 2 h of it; 2 h of repair from 2 to 4, the shift ends at 3: the rest is done from 5."""
    tools = "    t: {shift: day, failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 2}}, clock: busy}}}"
    head = "release: {every_h: 90, lots: 1}\nshifts: {day: {on_off_h: [3, 2], at_end: %s}}"
    for at_end, end, seen in (("suspend", 6.0, (3, 2, 0, 2, 3)), ("finish", 5.0, (3, 3, 0, 2, 2))):
        totals = one(line(write, "  - {id: work, tool: t, time_h: 3}", tools, head % at_end, 10), 0)
        assert finished(totals) == [end]
        assert states(totals) == seen


def test_what_would_not_end_in_the_shift_lets_shorter_work_go_first(write: Write) -> None:
    """At 2 h, with 2 h left, the run of 3 h that is first in the queue waits for the next shift, and one of 1 h starts."""
    steps = "  - {id: a, tool: t, time_h: 1}\n  - {id: b, tool: t, time_h: 3}"
    head = "release: {every_h: 0.75, lots: 3}\nshifts: {day: {on_off_h: [4, 6], at_end: no_start}}"
    assert states(one(line(write, steps, "    t: {shift: day}", head, 10), 0)) == (3, 1, 0, 0, 6)
    assert finished(one(line(write, steps, "    t: {shift: day}", head), 0)) == [13.0, 23.0, 33.0]


def test_a_run_that_no_shift_is_long_enough_for_is_told(write: Write) -> None:
    """It would wait for ever."""
    head = "release: {every_h: 10, lots: 1}\nshifts: {day: {on_off_h: [4, 6], at_end: no_start}}"
    plan = line(write, "  - {id: a, tool: t, time_h: 5}", "    t: {shift: day}", head, 11)
    assert "takes longer than any shift of t" in one(plan, 0).stalled


# operators --------------------------------------------------------------------------------------------------------------


def test_an_operator_who_loads_is_free_during_the_run(write: Write) -> None:
    """Two tools, one loader: 1 h of load, 3 h of run, 1 h of unload. The second tool waits for 1 h, standing by, and again to unload."""
    tools = "    t: {count: 2, load_h: 1, unload_h: 1, attended: {pool: loaders, during: [load, unload]}}"
    totals = one(line(write, "  - {id: a, tool: t, time_h: 3}", tools, "release: {every_h: 90, lots: 2, lots_at_once: 2}\noperators: {loaders: 1}", 10), 0)
    assert finished(totals) == [5.0, 6.0]
    assert states(totals) == (10, 10, 0, 0, 0)
    assert totals.pools.tolist() == [[4, 10, 1, 4]]


def test_an_attended_run_keeps_its_operator(write: Write) -> None:
    """Setup, load, run and unload attended: he stays, and the other tool waits for all of it."""
    tools = "    t: {count: 2, load_h: 1, attended: [{pool: crew, during: [setup, load]}, {pool: crew, during: [run, unload]}]}"
    totals = one(line(write, "  - {id: a, tool: t, time_h: 3}", tools, "release: {every_h: 90, lots: 2, lots_at_once: 2}\noperators: {crew: 1}", 10), 0)
    assert finished(totals) == [4.0, 8.0]
    assert totals.pools.tolist() == [[8, 10, 4, 2]]


def test_a_failure_sends_the_operator_away(write: Write) -> None:
    """Tool t fails at 2, in the first lot, and at 5, in the second: then the operator turns to u, where the first lot is worked on until
    8, and comes back at 8 though t was mended at 6. The second lot has 2 h to go at t and 3 h at u."""
    tools = """\
    t: {failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 1}}, clock: busy}}, attended: {pool: crew, during: [run]}}
    u: {attended: {pool: crew, during: [run]}}"""
    head = "releases:\n  A: {every_h: 90, lots: 1}\n  B: {every_h: 90, lots: 1}\noperators: {crew: 1}"
    steps = "  - {id: a, tool: t, time_h: 3}\n  - {id: b, tool: u, time_h: 3}"
    totals = one(line(write, steps, tools, head, 30, ("line.releases.B.first_at_h=0.5",)), 0)
    assert totals.failures[0] == 2
    assert sorted(finished(totals)) == [8.0, 13.0]


def test_repairs_and_maintenance_wait_for_their_crew(write: Write) -> None:
    """Two tools fail at 4; one technician: the second is mended at 6. Waiting for repair is unscheduled down, for maintenance scheduled."""
    tools = "    t: {count: 2, failures: {f: {mtbf_h: {constant: {value: 4}}, mttr_h: {constant: {value: 1}}, crew: tech}}}"
    head = "release: {every_h: 90, first_at_h: 90}\noperators: {tech: 1}"
    totals = one(line(write, WORK, tools, head, 8), 0)
    assert states(totals) == (0, 13, 0, 3, 0)
    assert totals.pools.tolist() == [[2, 8, 1, 2]]
    tools = "    t: {maintenance: {m: {every_h: 4, takes_h: 1, crew: tech}, n: {every_h: 4, takes_h: 1, crew: tech}}}"
    both = "    u: {maintenance: {m: {every_h: 4, takes_h: 2, crew: tech}}}"
    steps = WORK + "\n  - {id: more, tool: u, time_h: 1}"
    totals = one(line(write, steps, f"{tools}\n{both}", head, 7.5), 0)
    assert states(totals) == (0, 4, 3.5, 0, 0), "1 h for m from 4, then n waits for the 2 h of u"


def test_operators_work_in_shifts_and_finish_what_they_began(write: Write) -> None:
    """On 2 h, off 8 h: he loads from 1 to 3, in overtime; the next load waits until 10."""
    tools = "    t: {load_h: 2, attended: {pool: loaders, during: [load]}}"
    head = "release: {every_h: 1, first_at_h: 1, lots: 2}\noperators: {loaders: {count: 1, shift: day}}\nshifts: {day: {on_off_h: [2, 8]}}"
    totals = one(line(write, WORK, tools, head, 20), 0)
    assert finished(totals) == [4.0, 13.0]
    assert totals.pools.tolist() == [[4, 4, 6, 2]]
    totals = one(line(write, WORK, tools.replace("{load_h", "{count: 2, load_h"), head.replace("every_h: 1, first_at_h: 1", "every_h: 0.5"), 20), 0)
    assert finished(totals) == [3.0, 13.0], "nothing begins at the instant at which his shift ends"


def test_nothing_begins_when_the_shift_ends(write: Write) -> None:
    """Maintenance due at 4, as the shift ends and a run is over: it is done from 10, first thing in the next shift; a later run follows."""
    tools = "    t: {shift: day, maintenance: {m: {every_h: 4, takes_h: 1}, n: {every_h: 30, takes_h: 2}}}"
    head = "release: {every_h: %s, lots: 2}\nshifts: {day: {on_off_h: [4, 6]}}"
    for every, time, ends in ((1, 4, [4, 25]), (3, 1, [1, 4])):
        totals = one(line(write, f"  - {{id: work, tool: t, time_h: {time}}}", tools, head % every, 12), 0)
        assert finished(totals) == [end for end in ends if end <= 12]
        assert states(totals)[2] == 2, "due at 4 and 8: an hour each from 10"


# unlike tools -----------------------------------------------------------------------------------------------------------


def test_speed_divides_the_work_only_and_the_first_is_preferred(write: Write) -> None:
    """Load 1 h, work 2 h, unload 1 h at speeds 2, 0.5: 3 h on the first tool and 6 h on the second; a started lot stays."""
    tools = "    t: {speeds: [2, 0.5], load_h: 1, unload_h: 1}"
    plan = plan_of(write, "  - {id: a, tool: t, time_h: 2}", tools, "{every_h: 0.5, lots: 3}", horizon=20)
    totals = one(plan, 0)
    assert finished(totals) == [3.0, 6.5, 6.0]
    assert totals.by_step["process_us"][0] == pytest.approx(12 * 3.6e9)
    assert plan.groups.count.tolist() == [2]


# all of it --------------------------------------------------------------------------------------------------------------


FULL = """\
    a: {count: 2, load_min: 6, unload_min: 3, attended: [{pool: loaders, during: [setup, load]}, {pool: others, during: [unload]}],
        setup: {by: product, time_min: {uniform: {low: 5, high: 25}}, min_run_lots: 2},
        failures: {f: {mtbf_h: 20, mttr_h: 2, crew: techs}}, maintenance: {m: {every_h: 50, takes_h: 3, crew: techs}}}
    b: {speeds: [1, 0.7, 0.5], shift: day, failures: {f: {mtbf_h: 8, mttr_h: 1, clock: busy, work: scrap, crew: techs}}}
    c: {count: 2, batch: {min_panels: 6, max_panels: 9, longest_wait_h: 4}, shift: night, setup: {by: step, time_h: 0.3},
        maintenance: {m: {every_panels: 40, takes_h: 1}}}
    d: {count: 2, inline: {panels: 5}, dispatch: priority, attended: {pool: loaders, during: [run]}}"""
FULL_STEPS = """\
  - {id: s1, tool: a, time_h: {per_panel: 0.25}, yield: {panel: 0.98, unit: 0.99}}
  - {id: s2, tool: b, time_min: {per_run: {lognormal: {mean: 20, cv: 0.5}}}}
  - {id: s3, tool: c, time_h: 2}
  - {id: look, op: inspect, tool: d, time_min: {per_panel: 15}, coverage: 0.8, false_reject: 0.01}
  - {id: s4, tool: a, time_h: 0.5}
  - {id: s5, tool: c, time_min: 40}"""
FULL_HEAD = """\
releases: {main: {every_h: 4}, hot: {every_h: 9, first_at_h: 3, priority: -1}}
shifts: {day: {on_off_h: [8, 1, 8, 7], at_end: finish}, night: {on_off_h: [2, 10], starts: off, at_end: no_start}, office: {on_off_h: [12, 12]}}
operators: {loaders: 2, others: {count: 1, shift: day}, techs: {count: 1, shift: office}}"""


@pytest.fixture
def full(write: Write) -> Plan:
    return line(write, FULL_STEPS, FULL, FULL_HEAD, 900, ("line.lot.panels=3", "line.lot.units_per_panel=40", "run.warmup_h=100"))


def test_everything_at_once_is_reproducible_and_adds_up(full: Plan) -> None:
    """However events of one instant are gathered, the numbers are the same; the six states sum to the window, setup is within scheduled
    down, and lots still get through."""
    totals = _in(full, Environment())
    assert _numbers(totals) == _numbers(_in(full, Slow()))
    assert totals.state_hours.sum(axis=1) == pytest.approx(full.groups.count * full.hours)
    assert (totals.setup_hours <= totals.state_hours[:, SCHEDULED] + 1e-9).all()
    assert totals.setup_hours[0] > 0
    assert (totals.pools[:, 0] > 0).all()
    assert totals.sums["lots_finished"] > 250


def some_tool(pick: Random, name: str) -> str:
    """A tool group with a random choice of rules."""
    kind = pick.choice(["alike", "alike", "batch", "inline", "unlike"])
    said = ["speeds: " + str([pick.choice([2, 1, 0.7]) for _ in range(pick.randint(1, 3))]) if kind == "unlike" else f"count: {pick.randint(1, 3)}"]
    said += {"batch": ["batch: {min_panels: 2, max_panels: 6, by: any, longest_wait_h: 2}"], "inline": ["inline: {panels: 3}"]}.get(kind, [])
    phases = ["setup", "run", *(["load", "unload"] if kind != "inline" else [])]
    pick.shuffle(phases)
    cut, crew = pick.randint(1, len(phases) - 1), pick.choice(["", ", crew: c"])
    maybe = [
        "load_h: 0.1", "unload_h: 0.25", "shift: " + pick.choice("sfn"), "dispatch: priority",
        f"attended: [{{pool: p, during: [{', '.join(phases[:cut])}]}}, {{pool: q, during: [{', '.join(phases[cut:])}]}}]",
        f"setup: {{by: {pick.choice(['product', 'step'])}, time_h: {{exponential: {{mean: 0.2}}}}, min_run_lots: {pick.choice([1, 3])}}}",
        f"failures: {{f: {{mtbf_h: 8, mttr_h: 0.5, clock: {pick.choice(['busy', 'calendar'])}, work: {pick.choice(['resume', 'scrap'])}{crew}}}}}",
        f"maintenance: {{m: {{{pick.choice(['every_h: 12', 'every_panels: 10'])}, takes_h: 0.5{crew}}}}}"]
    return f"    {name}: {{{', '.join(said + [one for one in maybe if pick.random() < 0.5])}}}"


@pytest.mark.parametrize("number", range(12))
def test_any_mix_of_rules_adds_up_and_is_reproducible(write: Write, number: int) -> None:
    """Random lines: states, units, money and lot-hours balance, and the order in which events of one instant are gathered is no matter."""
    pick = Random(number)
    tools = "\n".join(some_tool(pick, name) for name in "abc")
    times = ["0.25", "{per_panel: 0.1}", "{exponential: {mean: 0.3}}"]
    steps = "\n".join(f"  - {{id: s{i}, tool: {pick.choice('abc')}, time_h: {pick.choice(times)}, yield: {{panel: 0.98}}}}" for i in range(5))
    head = ("releases: {A: {every_h: 3}, B: {every_h: 5, priority: -1}}\noperators: {p: 1, q: {count: 2, shift: s}, c: {count: 1, shift: f}}\n"
            "shifts: {s: {on_off_h: [8, 4]}, f: {on_off_h: [8, 1, 8, 7], at_end: finish}, n: {on_off_h: [6, 3], starts: off, at_end: no_start}}")
    plan = line(write, steps, tools, head, 300, ("line.lot.panels=2", "run.warmup_h=48"))
    assert _numbers(_in(plan, Environment())) == _numbers(_in(plan, Slow()))
    one(plan, 0, variable=False)


def test_tables_of_tools_and_operators(full: Plan) -> None:
    """Efficiencies multiply to OEE (SEMI E79); MTBF is productive time between failures (E10)."""
    totals, closed = replicate(full, 2), expected(full)
    found = tables.tools(full, totals, closed).set_index("tool_group")
    states_of = found[["productive", "standby", "engineering", "scheduled_down", "unscheduled_down", "non_scheduled"]]
    assert states_of.sum(axis=1).to_numpy() == pytest.approx(1)
    product = found["availability_efficiency"] * found["operational_efficiency"] * found["rate_efficiency"] * found["quality_efficiency"]
    assert found["oee"].to_numpy() == pytest.approx(product.to_numpy())
    assert found.loc["b", "mtbf_h"] == pytest.approx(found.loc["b", "productive"] * 3 * full.hours / found.loc["b", "failures"])
    assert found.loc["a", "availability"] == pytest.approx(found.loc["a", ["productive", "standby"]].sum())
    staff = tables.operators(full, totals, closed).set_index("pool")
    assert list(staff.index) == ["loaders", "others", "techs"]
    assert staff.loc["loaders", "utilisation"] == pytest.approx(staff.loc["loaders", "expected_utilisation"], rel=0.2)


def test_without_variability_operators_are_as_busy_as_the_closed_form_says(write: Write) -> None:
    """Load of tools and operators agree to rounding where every draw is its mean."""
    tools = "    t: {count: 3, load_h: 1, attended: {pool: p, during: [load, unload]}, unload_h: 0.5}\n    u: {speeds: [0.5, 0.5]}"
    plan = line(write, WORK + "\n  - {id: more, tool: u, time_h: {exponential: {mean: 1}}}", tools, "release: {every_h: 2}\noperators: {p: 1}", 2000,
                ("run.warmup_h=200",))
    totals, closed = one(plan, 0, variable=False), expected(plan)
    assert totals.pools[0, 0] / totals.pools[0, 1] == pytest.approx(closed.pool_load[0], abs=1e-3)
    load_found = totals.state_hours[:, PRODUCTIVE] / totals.state_hours[:, [PRODUCTIVE, STANDBY]].sum(axis=1)
    assert load_found == pytest.approx(closed.load, abs=1e-3)
    assert totals.state_hours[0, UNSCHEDULED] == 0


# what is refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tool", "head", "words"), [
    ("{setup: {by: product}}", "", "a setup needs time_min or table_min"),
    ("{setup: {by: colour, time_h: 1}}", "", "by must be one of product, process, step"),
    ("{setup: {by: product, table_h: {main: {main: 1}}}}", "", "what every lot takes belongs into the step's time"),
    ("{setup: {by: product, table_h: {mian: {main: 1}}}}", "", "no product 'mian'; did you mean 'main'"),
    ("{setup: {by: step, time_h: 1, first: wrok}}", "", "no step 'wrok'; did you mean 'work'"),
    ("{setup: {by: product, time_h: 1, time_min: 2}}", "", "say the same thing"),
    ("{setup: {by: product, time_h: 1, min_lots: 2}}", "", "unknown key 'min_lots'"),
    ("{shift: dya}", "\n  shifts: {day: {on_off_h: [8, 16]}}", "no shift 'dya'; did you mean 'day'"),
    ("{}", "\n  shifts: {day: {on_off_h: [8, 16, 8]}}", "even number of durations"),
    ("{}", "\n  shifts: {day: {starts: on}}", "a shift needs on_off_h"),
    ("{}", "\n  operators: {loaders: 0}", "loaders must be >= 1"),
    ("{}", "\n  operators: {loaders: {count: 1, shift: day}}", "no shift 'day'"),
    ("{attended: {pool: loader, during: [load]}}", "\n  operators: {loaders: 1}", "no operators 'loader'; did you mean 'loaders'"),
    ("{attended: {pool: loaders, during: [lod]}}", "\n  operators: {loaders: 1}", "must be one of setup, load, run, unload"),
    ("{attended: [{pool: p, during: [load]}, {pool: p, during: [load, run]}]}", "\n  operators: {p: 1}", "load is attended twice"),
    ("{failures: {f: {mtbf_h: 1, mttr_h: 1, crew: tech}}}", "", "no operators 'tech'"),
    ("{count: 3, speeds: [1, 2]}", "", "speeds has one number for each tool: 2 of them, but count is 3"),
    ("{speeds: [1, 0]}", "", "must be > 0"),
    ("{speeds: [1, 2], inline: {panels: 3}}", "", "an in-line tool takes panels one by one"),
])
def test_mistakes_are_told(write: Write, tool: str, head: str, words: str) -> None:
    """Each with what is wrong and what was meant."""
    text = HEAD.replace("  release: %s", "  release: %s" + head) % (1, "{every_h: 10}", f"    t: {tool}", 100, 0, WORK)
    with pytest.raises(RecipeError, match=words.replace("[", r"\[")):
        make(load(write(text)))


def test_a_pool_that_is_too_small_is_told(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Work of lots: the line is refused, with the count that would do. Repairs alone: no more tools wait than there are, so a warning."""
    text = HEAD.replace(", allow_overload: true", "").replace("  release: %s", "  release: %s\n  operators: {p: 1}")
    path = write(text % (1, "{every_h: 1}", "    t: {count: 4, load_h: 1.5, attended: {pool: p, during: [load]}}", 100, 0, WORK))
    assert main(["check", str(path)]) == 1
    assert "operators p are 150 % loaded with 1" in (said := capsys.readouterr().err)
    assert "set line.operators.p=2" in said
    path = write(text % (1, "{every_h: 2}", "    t: {count: 4, failures: {f: {mtbf_h: 1, mttr_h: 1, crew: p}}}", 100, 0, WORK))
    assert main(["check", str(path)]) == 0
    said_out, said = capsys.readouterr()
    assert "200 %" in said_out
    assert "operators p are 200 % loaded by repairs and maintenance of t alone with 1" in said
    assert "set line.operators.p=3" in said
    assert main(["check", str(path), "--set", "line.operators.p=3"]) == 0


@pytest.mark.parametrize(
    ("tool", "head", "words"),
    [("shift: d", "shifts: {d: {on_off_h: [3, 2], at_end: no_start}}", "step work takes 4 h at t, and no shift of d is longer than 3 h"),
     ("shift: d, attended: {pool: p, during: [load]}, load_h: 0.1", "shifts: {d: {on_off_h: [5, 5]}, n: {on_off_h: [5, 5], starts: off}}\n"
      "operators: {p: {count: 1, shift: n}}", "step work at t needs an operator of p, and their shift n is never on when d, that of t, is"),
     ("failures: {f: {mtbf_h: {constant: {value: 3}}, mttr_h: 1, clock: busy, work: scrap}}", "", r"takes 4 h at t, which fails every 3 h at most \(f\)")],
)
def test_what_can_never_be_done_is_named(write: Write, capsys: pytest.CaptureFixture[str], tool: str, head: str, words: str) -> None:
    """No shift as long as the work, shifts of tool and operators that never meet, failures that spoil every lot: exit 1 of check and run. A longer
    shift, one that begins a little sooner, and a failure as the work ends do no harm."""
    text = HEAD.replace("  release: %s", "  release: %s\n  " + head.replace("\n", "\n  ")) % (1, "{every_h: 20}", f"    t: {{{tool}}}", 100, 0,
                                                                                         "  - {id: work, tool: t, time_h: 4}")
    path = str(write(text))
    for command in ("check", "run"):
        assert main([command, path]) == 1
        assert re.search(words, capsys.readouterr().err)
    mend = {"shift: d": "line.shifts.d.on_off_h=[4, 2]", "shift: d,": "line.shifts.n.on_off_h=[4.9, 5.1]", "failures": "tools.t.failures.f.mtbf_h={constant: {value: 4}}"}
    assert main(["check", path, "--set", [edit for key, edit in mend.items() if tool.startswith(key)][-1]]) == 0


def test_a_run_in_which_nothing_is_finished_says_where_the_lots_stand(write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Six lots come for a batch of eight: exit 1, with the step. Lots that come too late to be finished are no fault of the line."""
    text = HEAD % (1, "{every_h: 1, lots: 6}", "    oven: {batch: {min_panels: 8, max_panels: 8}}", 100, 0, "  - {id: cure, tool: oven, time_h: 2}")
    path, out = str(write(text)), str(tmp_path / "out")
    assert main(["run", path, "--out", out]) == 1
    assert "no lot was finished in the window of 100.0 h, though one takes about 5.500 h: 6 at oven (step cure)" in capsys.readouterr().err
    assert main(["run", path, "--out", out, "--set", "line.release.first_at_h=99"]) == 0


def test_engineering_is_planned_like_maintenance_and_is_uptime(write: Write) -> None:
    """Lots of 2 h every 4 h; every 8 h half an hour of maintenance and then an hour of engineering. Of 8 h: productive 4, standby 2.5, engineering 1,
    scheduled down 0.5. By E10 uptime is productive + standby + engineering, 7.5 h; by E79 availability efficiency is 7.5/8, operational 4/7.5,
    and OEE the share of theoretical time, 1/2. The closed form has the same load, 4 of 6.5 h."""
    tools = "    t: {maintenance: {m: {every_h: 8, takes_min: 30}}, engineering: {e: {every_h: 8, takes_h: 1}}}"
    plan = line(write, "  - {id: work, tool: t, time_h: 2}", tools, "release: {every_h: 4}", 808, ("run.warmup_h=8",))
    totals, closed = one(plan, 0), expected(plan)
    assert (totals.state_hours / 100).tolist() == [[4, 2.5, 1, 0.5, 0, 0]]
    found = tables.tools(plan, [totals], closed).iloc[0]
    assert found[list(STATES)].sum() == pytest.approx(1)
    want = {"engineering": 1 / 8, "availability": 7.5 / 8, "availability_efficiency": 7.5 / 8, "operational_efficiency": 4 / 7.5,
            "performance_efficiency": 4 / 7.5, "oee": 0.5, "load": 4 / 6.5, "expected_load": 4 / 6.5}
    assert {name: found[name] for name in want} == pytest.approx(want)


def test_engineering_by_panels_waits_for_its_crew(write: Write) -> None:
    """After every second panel an engineer takes 1 h; two tools call him at 2 h: the second waits for him an hour, in engineering time too."""
    tools = "    t: {count: 2, engineering: {e: {every_panels: 2, takes_h: 1, crew: engineers}}}"
    plan = line(write, "  - {id: work, tool: t, time_h: 1}", tools, "release: {every_h: 90, lots: 4, lots_at_once: 4}\noperators: {engineers: 1}", 10)
    totals = one(plan, 0)
    assert totals.state_hours.tolist() == [[4, 13, 3, 0, 0, 0]]
    assert totals.pools.tolist() == [[2, 10, 1, 2]]
    with pytest.raises(RecipeError, match="no operators 'nobody'"):
        line(write, "  - {id: work, tool: t, time_h: 1}", tools.replace("crew: engineers", "crew: nobody"), "release: {every_h: 90}")


@pytest.mark.parametrize(
    ("tool", "address"),
    [("failures: {f: {mtbf_h: {constant: {value: 0}}, mttr_h: 1}}", "tools.t.failures.f.mtbf_h"), ("failures: {f: {mtbf_h: 0, mttr_h: 1}}", "tools.t.failures.f.mtbf_h"),
     ("maintenance: {f: {every_s: 1e-9, takes_h: 1}}", "tools.t.maintenance.f.every_s")],
)
def test_what_would_come_round_in_no_time_is_refused(write: Write, tool: str, address: str) -> None:
    """A failure, or maintenance, that is due again at once has no clock: said with its address."""
    with pytest.raises(RecipeError, match=r"must be > 0 on average, a microsecond at least .*\[" + address):
        line(write, WORK, f"    t: {{{tool}}}", "release: {every_h: 1}")
