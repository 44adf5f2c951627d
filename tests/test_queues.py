"""How lots wait: every rule, buffer and limit against a trace worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from simpy import Environment
from slow import Slow

from procsim import results, tables
from procsim.cli.commands import run
from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.errors import InfeasibleError, RecipeError
from procsim.expected import expected
from procsim.experiments.replicate import one
from procsim.plan.make import make
from procsim.plan.shape import HOUR, Plan
from procsim.recipe.load import load
from procsim.records import NON_SCHEDULED, PRODUCTIVE, STANDBY, UNSCHEDULED

HEAD = "line:\n{line}\n  tools:\n{tools}\nrun: {{horizon_h: {horizon}, warmup_h: 0, allow_overload: true}}\nsteps:\n{steps}\n"


def planned(write: Callable[..., Path], line: str, tools: str, steps: str, horizon: float = 100, sets: tuple[str, ...] = ()) -> Plan:
    """A line of the texts *line*, *tools* and *steps*, one entry a line."""
    texts = {key: indent(text.strip("\n"), "  " * deep) for key, text, deep in (("line", line, 1), ("tools", tools, 2), ("steps", steps, 1))}
    return make(load(write(HEAD.format(horizon=horizon, **texts)), sets))


def left(totals: Totals, plan: Plan) -> dict[str, list[float]]:
    """Hours at which lots left, by stream, in order of release."""
    lots = totals.lots
    return {stream.name: [float(x) / HOUR for x in lots[(lots[:, 0] == i) & (lots[:, 3] >= 0)][:, 3]] for i, stream in enumerate(plan.streams)}


def refused(write: Callable[..., Path], line: str, tools: str, steps: str) -> str:
    """What is wrong with the recipe."""
    with pytest.raises(RecipeError) as caught:
        planned(write, line, tools, steps)
    return str(caught.value)


# dispatch rules -----------------------------------------------------------------------------------------------------------

JOBS = """\
releases:
  a: {every_h: 1, lots: 1, priority: 3, due_h: 30}
  b: {every_h: 1, lots: 1, first_at_h: 1, priority: 2, due_h: 20}
  c: {every_h: 1, lots: 1, first_at_h: 2, priority: 1, due_h: 40}
  d: {every_h: 1, lots: 1, first_at_h: 3, priority: 2, due_h: 10}
"""
"""a holds the tool until 4 h; b, c and d wait then, in this order."""


@pytest.mark.parametrize(
    ("rule", "order"),
    [("fifo", "bcd"), ("priority", "cbd"), ("edd", "dbc"), ("critical_ratio", "dbc"), ("least_setup", "bcd"), ("longest_remaining_work", "bcd")],
)
def test_rules_say_who_goes_first(write: Callable[..., Path], rule: str, order: str) -> None:
    """Lots of 4 h each: at 4, 8 and 12 h the tool takes what the rule puts first, ties by order of arrival (least_setup: no setups)."""
    plan = planned(write, JOBS, f"t: {{dispatch: {rule}}}", "- {id: s, tool: t, time_h: 4}")
    ends = left(one(plan, 0), plan)
    assert "".join(sorted("bcd", key=lambda name: ends[name][0])) == order
    assert sorted(x for hours in ends.values() for x in hours) == [4, 8, 12, 16]


def test_a_rule_of_the_line_holds_where_a_tool_group_has_none(write: Callable[..., Path]) -> None:
    """The line says priority, the second tool group fifo."""
    plan = planned(write, JOBS + "dispatch: priority", "t: {}\nu: {dispatch: fifo}", "- {id: s, tool: t, time_h: 4}")
    assert plan.discipline.rule == ("priority",)
    plan = planned(write, JOBS + "dispatch: priority", "t: {}\nu: {dispatch: fifo}", "- {id: s, tool: t, time_h: 4}\n- {id: r, tool: u, time_h: 1}")
    assert plan.discipline.rule == ("priority", "fifo")


def test_spt_takes_the_shortest_of_those_that_wait(write: Callable[..., Path]) -> None:
    """At the second visit a lot takes 1 h, at the first 3 h: second visits go first. Lots at 0, 0.5, 1: 0–3 first, 3–4 second, …"""
    line, steps = "release: {every_h: 0.5, lots: 3}", "- {id: long, tool: t, time_h: 3}\n- {id: short, tool: t, time_h: 1}"
    assert left(one(plan := planned(write, line, "t: {dispatch: spt}", steps), 0), plan)["main"] == [4, 8, 12]
    assert left(one(plan := planned(write, line, "t: {dispatch: longest_remaining_work}", steps), 0), plan)["main"] == [10, 11, 12]
    assert left(one(plan := planned(write, line, "t: {dispatch: fifo}", steps), 0), plan)["main"] == [10, 11, 12]


def test_critical_ratio_is_asked_for_when_the_tool_is_free(write: Callable[..., Path]) -> None:
    """Two steps of 4 h at one tool. At 4 h: b needs 8 h and is due at 21 h (ratio 17/8), a needs 4 h and is due at 9 h (5/4): a first.
    With a due at 16 h it is 12/4, and b goes first; at 8 h a has 8/4, b 13/4: a."""
    line = "releases:\n  a: {every_h: 1, lots: 1, due_h: %s}\n  b: {every_h: 1, lots: 1, first_at_h: 1, due_h: 20}"
    steps = "- {id: s, tool: t, time_h: 4}\n- {id: r, tool: t, time_h: 4}"
    for due, ends in ((9, {"a": [8], "b": [16]}), (16, {"a": [12], "b": [16]})):
        plan = planned(write, line % due, "t: {dispatch: critical_ratio}", steps)
        assert left(one(plan, 0), plan) == ends


def test_rules_order_batches_by_their_heads(write: Callable[..., Path]) -> None:
    """Two pairs wait, of different steps; the pair whose head is due first runs first."""
    line = "release: {every_h: 1, lots: 4, due_h: 50}"
    tools = "t: {dispatch: %s, batch: {min_panels: 2, max_panels: 2}}\nu: {count: 1}"
    steps = "- {id: s, tool: t, time_h: 10}\n- {id: r, tool: t, time_h: 1}"
    fifo = planned(write, line, tools % "fifo", steps)
    assert left(one(fifo, 0), fifo)["main"] == [22, 22, 23, 23], "lots 3 and 4 came before lots 1 and 2 came back: 1–11, 11–21, 21–22, 22–23"
    edd = planned(write, line, tools % "edd", steps)
    assert left(one(edd, 0), edd)["main"] == [12, 12, 23, 23], "lots 1 and 2 are due first, again"


def test_rules_by_date_need_dates(write: Callable[..., Path]) -> None:
    """edd and critical_ratio name the stream whose lots have none."""
    line = "releases: {a: {every_h: 1, due_h: 3}, b: {every_h: 1}}\ndispatch: edd"
    assert "lots of stream 'b' have no due date" in refused(write, line, "t: {}", "- {id: s, tool: t, time_h: 1}")


def test_tardiness_counts_late_lots_only(write: Callable[..., Path]) -> None:
    """Lots of 4 h that come together, allowed 5 h: 0, 3 and 7 h late; two of three are late. Without dates there is no such figure."""
    plan = planned(write, "release: {every_h: 50, lots: 3, lots_at_once: 3, due_min: 300}", "t: {}", "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    found = {m.name: results.estimate(m, [totals], 0.95).mean for m in results.metrics_of(plan)}
    assert (found["tardiness"], found["tardy_lots"]) == (pytest.approx(10 / 3), pytest.approx(2 / 3))
    assert list(tables.lots(plan, [totals])["due_h"]) == [5, 5, 5]
    plain = planned(write, "release: {every_h: 50}", "t: {}", "- {id: s, tool: t, time_h: 4}")
    assert "tardiness" not in {m.name for m in results.metrics_of(plain)}
    assert "due_h" not in tables.lots(plain, [one(plain, 0)])


def test_due_dates_may_vary_and_keep_their_luck(write: Callable[..., Path]) -> None:
    """An allowance by a distribution is each lot's own, whatever the dispatch rule."""
    line, steps = "release: {every_h: 1, lots: 50, due_h: {uniform: {low: 2, high: 40}}}", "- {id: s, tool: t, time_h: 1.5}"
    first, second = (tables.lots(p, [one(p, 0)]) for p in (planned(write, line, f"t: {{dispatch: {rule}}}", steps, 200) for rule in ("fifo", "edd")))
    assert (first["due_h"] == second["due_h"]).all()
    assert first["due_h"].nunique() == 50
    assert (first["finished_h"] != second["finished_h"]).any()


# preemption ---------------------------------------------------------------------------------------------------------------

HOT = """\
releases:
  slow: {every_h: 1, lots: 2, priority: 5}
  hot: {every_h: 3, lots: 2, first_at_h: 2, priority: 1}
"""


def test_a_hot_lot_interrupts_and_the_work_resumes(write: Callable[..., Path]) -> None:
    """Slow lots of 4 h at 0 and 1, hot ones at 2 and 5: 0–2 slow 1, 2–6 hot 1, 6–10 hot 2, 10–12 slow 1 again (ahead of its class), 12–16 slow 2."""
    plan = planned(write, HOT, "t: {dispatch: priority, preempt: true, price_usd: 87600, life_years: 1}", "- {id: s, tool: t, time_h: 4}", 16.5,
                   ("economics.practical_capacity=1",))
    totals = one(plan, 0)
    assert left(totals, plan) == {"slow": [12, 16], "hot": [6, 10]}
    assert totals.by_step["visits"].tolist() == [4]
    assert totals.by_step["queue_us"][0] / HOUR == 11 + 1, "slow 2 waits from 1 to 12, hot 2 from 5 to 6"
    assert totals.by_step["held_us"][0] / HOUR == 16
    assert totals.state_hours[0, [PRODUCTIVE, STANDBY]].tolist() == [16, 0.5]
    assert totals.cost.sum() == pytest.approx(16 * 10), "a tool of 10 USD an hour is paid for once"


def test_a_lot_that_comes_as_another_leaves_is_asked_too(write: Callable[..., Path]) -> None:
    """One lot of each of two streams is in the line at any time, and the tool takes 1 h: as an urgent lot leaves, the next one comes, and goes
    ahead of the other stream's lot, which waits to the end."""
    text = """line:
  releases: {urgent: {conwip_lots: 1, priority: 1}, other: {conwip_lots: 1, priority: 2}}
  dispatch: priority
  tools: {t: {}}
run: {horizon_h: 9.5, warmup_h: 0, replications: 1}
steps: [{id: a, tool: t, time_h: 1}]
"""
    plan = make(load(write(text)))
    assert left(one(plan, 0), plan) == {"urgent": [1, 2, 3, 4, 5, 6, 7, 8, 9], "other": []}


def test_without_preemption_a_hot_lot_waits_for_the_run(write: Callable[..., Path]) -> None:
    """0–4 slow 1, 4–8 and 8–12 hot, 12–16 slow 2."""
    plan = planned(write, HOT, "t: {dispatch: priority}", "- {id: s, tool: t, time_h: 4}")
    assert left(one(plan, 0), plan) == {"slow": [4, 16], "hot": [8, 12]}


def test_the_highest_number_is_interrupted_and_equals_are_not(write: Callable[..., Path]) -> None:
    """Two tools work on priorities 5 and 7; a 6 takes the tool of the 7, another 6 takes none."""
    line = """\
releases:
  five: {every_h: 1, lots: 1, priority: 5}
  seven: {every_h: 1, lots: 1, priority: 7}
  six: {every_h: 1, lots: 2, first_at_h: 1, priority: 6}
"""
    plan = planned(write, line, "t: {count: 2, dispatch: priority, preempt: true}", "- {id: s, tool: t, time_h: 4}")
    assert left(one(plan, 0), plan) == {"five": [4], "seven": [8], "six": [5, 8]}, "the 7 has 3 h left at 5 h"


def test_what_ends_as_the_tool_fails_has_ended(write: Callable[..., Path]) -> None:
    """5 h of work and a failure at 5 h: the lot is done and not scrapped; the next one, from 6, is done at 11, as the tool fails again."""
    for tool in ("work: scrap", "work: resume"):
        tools = f"t: {{failures: {{f: {{mtbf_h: {{constant: {{value: 5}}}}, mttr_h: {{constant: {{value: 1}}}}, {tool}}}}}}}"
        totals = one(plan := planned(write, "release: {every_h: 1, lots: 2}", tools, "- {id: s, tool: t, time_h: 5}", 20), 0)
        assert left(totals, plan)["main"] == [5, 11]
        assert totals.sums["scrapped"] == 0


def test_an_interrupted_lot_survives_a_breakdown_and_the_horizon(write: Callable[..., Path]) -> None:
    """By busy time the tool breaks after every 3 h of work, whoever is in it: 0–2 slow, 2–3 hot, repair 3–4, 4–7 hot, …"""
    tools = "t: {dispatch: priority, preempt: true, failures: {f: {mtbf_h: {constant: {value: 3}}, mttr_h: {constant: {value: 1}}, clock: busy}}}"
    line = HOT.replace("lots: 2", "lots: 1")
    plan = planned(write, line, tools, "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    assert left(totals, plan) == {"slow": [10], "hot": [7]}, "the run that ends at 7 h uses the clock up; the repair comes with the next run"
    short = one(planned(write, line, tools, "- {id: s, tool: t, time_h: 4}", 5), 0)
    assert short.sums["in_line"] == 2


def test_a_hot_lot_that_comes_during_a_repair_starts_when_it_ends(write: Callable[..., Path]) -> None:
    """L works 0–2, when the tool fails; H comes at 3, works 4–6, when it fails again, and 8–9; L has 1 h to go: 9–10."""
    line = "releases: {L: {every_h: 90, lots: 1, priority: 5}, H: {every_h: 90, lots: 1, first_at_h: 3, priority: 1}}"
    tool = ("t: {dispatch: priority, preempt: true, "
            "failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 2}}, clock: calendar}}}")
    plan = planned(write, line, tool, "- {id: s, tool: t, time_h: 3}")
    totals = one(plan, 0)
    assert left(totals, plan) == {"L": [10], "H": [9]}
    assert totals.state_hours[0, PRODUCTIVE] == 6
    assert totals.by_step["process_us"][0] == 6 * HOUR


def test_preemption_is_refused_where_it_cannot_be(write: Callable[..., Path]) -> None:
    """Batch and in-line tools are not interrupted, and it takes priorities to say who may."""
    steps = "- {id: s, tool: t, time_h: 4}"
    for kind in ("batch: {max_panels: 2}", "inline: {panels: 3}"):
        assert "cannot be interrupted" in refused(write, HOT, f"t: {{dispatch: priority, preempt: true, {kind}}}", steps)
    assert "preempt goes with dispatch: priority (t dispatches by fifo)" in refused(write, HOT, "t: {preempt: true}", steps)


# finite buffers -----------------------------------------------------------------------------------------------------------

PAIR = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 3}"
THREE = "release: {every_h: 50, lots: 3, lots_at_once: 3}"


def test_a_tool_keeps_what_the_next_buffer_has_no_room_for(write: Callable[..., Path]) -> None:
    """No place between 1 h and 3 h: a works 0–1, 1–2, 4–5 and is blocked 2–4 and 5–7; b works 1–10."""
    plan = planned(write, THREE, "a: {}\nb: {buffer_lots: 0}", PAIR, 20)
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [4, 7, 10]
    assert totals.blocked.tolist() == [4, 0]
    assert totals.state_hours[0, [PRODUCTIVE, STANDBY]].tolist() == [3, 17], "blocked is standby"
    assert tables.tools(plan, [totals], expected(plan))["blocked"].tolist() == [0.2, 0]
    assert totals.by_step["queue_us"].tolist() == [(0 + 1 + 4) * HOUR, 0], "lots wait in front of a, and none in front of b"
    assert totals.by_step["stay_area_us"].sum() / HOUR == totals.wip_lot_hours == 21, "a kept lot stays at the step that is over"


def test_places_in_a_buffer_count_lots_on_their_way(write: Callable[..., Path]) -> None:
    """One place, half an hour of transport: lot 2 has it from 2 h, lot 3 is kept until b takes lot 2 at 4.5 h and comes at 5 h."""
    plan = planned(write, THREE + "\ntransport_h: 0.5", "a: {}\nb: {buffer_lots: 1}", PAIR, 20)
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [4.5, 7.5, 10.5]
    assert totals.blocked.tolist() == [1.5, 0]


def test_whoever_is_blocked_longest_goes_first(write: Callable[..., Path]) -> None:
    """b takes 3 h and has no place: lots that a has done at 1, 1 and 1.5 h go on in that order, at 1, 4 and 7 h."""
    line = "releases: {x: {every_h: 50, lots: 1}, y: {every_h: 50, lots: 1, priority: 9}, z: {every_h: 50, lots: 1, first_at_h: 0.5}}\ndispatch: priority"
    plan = planned(write, line, "a: {count: 3}\nb: {buffer_lots: 0, dispatch: priority}", PAIR, 20)
    totals = one(plan, 0)
    assert left(totals, plan) == {"x": [4], "y": [7], "z": [10]}, "y is kept from 1 h, z from 1.5: the priority number counts in a queue only"
    assert totals.blocked.tolist() == [3 + 5.5, 0]


def test_releases_wait_outside_a_full_buffer(write: Callable[..., Path]) -> None:
    """One tool of 4 h, one place, a lot every hour: lots enter at 0, 1, 4, 8, … and their cycle time counts from there."""
    plan = planned(write, "release: {every_h: 1, lots: 4}", "t: {buffer_lots: 1}", "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    assert [x / HOUR for x in totals.lots[:, 2]] == [0, 1, 4, 8]
    assert left(totals, plan)["main"] == [4, 8, 12, 16]


def test_releases_may_be_lost(write: Callable[..., Path]) -> None:
    """The same, and nobody waits: of eight lots at 0, 1, …, 7 those of 0, 1, 4 (as the tool is free) are taken, five are lost."""
    plan = planned(write, "release: {every_h: 1, lots: 8, when_full: lose}", "t: {buffer_lots: 1}", "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    assert [x / HOUR for x in totals.lots[:, 2]] == [0, 1, 4]
    assert left(totals, plan)["main"] == [4, 8, 12]
    assert {m.name: results.estimate(m, [totals], 0.95).mean for m in results.metrics_of(plan)}["lots_lost"] == 5


def test_a_lot_that_skips_every_step_needs_no_room(write: Callable[..., Path]) -> None:
    """Every other lot is sampled: lots 2 and 4 leave as they come, whatever waits in front of the tool."""
    plan = planned(write, "release: {every_h: 1, lots: 4}", "t: {buffer_lots: 0}", "- {id: s, tool: t, time_h: 9, sample_every: 2}", 30)
    assert left(one(plan, 0), plan)["main"] == [9, 1, 18, 3]
    lucky = planned(write, "release: {every_h: 1, lots: 40}", "t: {buffer_lots: 5}", "- {id: s, tool: t, time_h: 0.5, sample: 0.5}", 100)
    assert one(lucky, 0).sums["lots_finished"] == 40


@pytest.mark.parametrize("tool", ["buffer_lots: 0", "buffer_lots: 0, batch: {min_panels: 1, max_panels: 2}"])
def test_a_lot_does_not_stand_in_its_own_way(write: Callable[..., Path], tool: str) -> None:
    """Two steps of 1 h and 2 h in a row on one tool without a place, an hour of work in front of it: lots are there 1–4 and 4–7, the second
    kept 2–4 in front. Rework on the same tool likewise, and maintenance that is due in between is done first."""
    line, front = "release: {every_h: 50, lots: 2, lots_at_once: 2}", "- {id: f, tool: u, time_h: 1}\n"
    steps = front + "- {id: a, tool: t, time_h: 1}\n- {id: b, tool: t, time_h: 2}"
    plan = planned(write, line, f"u: {{}}\nt: {{{tool}}}", steps, 20)
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [4, 7]
    assert totals.blocked.tolist() == [2, 0]
    steps = front + "- {id: a, tool: t, time_h: 1, rework: {chance: 0.5, to: a, limit: 3}}"
    totals = one(planned(write, "release: {every_h: 1.5}", f"u: {{}}\nt: {{{tool}}}", steps, 200), 0)
    assert totals.sums["lots_finished"] > 50
    steps = "- {id: a, tool: t, time_h: 1}\n- {id: b, tool: t, time_h: 2}"
    plan = planned(write, "release: {every_h: 50, lots: 1, first_at_h: 3}", f"t: {{{tool}, maintenance: {{m: {{every_h: 4, takes_h: 1}}}}}}", steps, 7.5)
    assert left(one(plan, 0), plan)["main"] == [7]


def test_a_batch_leaves_lot_by_lot_and_an_inline_tool_stands(write: Callable[..., Path]) -> None:
    """An oven of two, then b of 2 h without a place: lots go on at 1 and 3 h, the oven is blocked 1–3 and bakes again 3–4."""
    line = "release: {every_h: 50, lots: 4, lots_at_once: 4}"
    plan = planned(write, line, "a: {batch: {min_panels: 2, max_panels: 2}}\nb: {buffer_lots: 0}",
                   "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 2}", 20)
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [3, 5, 7, 9]
    assert totals.blocked.tolist() == [2 + 3, 0], "again from 4 h, when b works on lot 2 until 5, and on lot 3 until 7"
    plan = planned(write, line, "a: {inline: {panels: 2}}\nb: {buffer_lots: 0}",
                   "- {id: s, tool: a, time_h: {per_panel: 1}}\n- {id: r, tool: b, time_h: 2}", 20)
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [3, 5, 7, 9]
    assert totals.blocked.tolist() == [3.5 + 1, 0], "lots 2 and 3 are out at 1.5 and 2 h and go on at 3 and 5; lot 4 enters at 5, is out at 6 and goes on at 7"


def test_a_blocked_tool_may_break_and_be_maintained(write: Callable[..., Path]) -> None:
    """Down at 3 h for 2 h while blocked 2–4: its lot leaves at 4 all the same; states sum up."""
    tools = "a: {failures: {f: {mtbf_h: {constant: {value: 3}}, mttr_h: {constant: {value: 2}}}}}\nb: {buffer_lots: 0}"
    totals = one(plan := planned(write, THREE, tools, PAIR, 8), 0)
    assert left(totals, plan)["main"] == [4, 7]
    assert totals.blocked.tolist() == [1 + 1, 0], "2–3; down 3–5; 5–6 lot 3; 6–7 kept; free"
    assert totals.state_hours[0, UNSCHEDULED] == 2
    tools = "a: {maintenance: {m: {every_h: 3, takes_h: 2}}}\nb: {buffer_lots: 0}"
    totals = one(plan := planned(write, THREE, tools, PAIR, 20), 0)
    assert left(totals, plan)["main"] == [4, 7, 12], "due at 3, done 4–6, when the tool is empty; due at 6, done 6–8; lot 3 from 8 to 9"
    assert totals.blocked.tolist() == [2, 0]


def test_a_blocked_tool_goes_off_and_comes_back_blocked(write: Callable[..., Path]) -> None:
    """On 0–2, 5–7, 10–12: lot 2 is done at 2 and kept through the time off, 5–7 as blocked, until b has room: at 10, or at 9 in the time off."""
    for time, ends, seen in ((9, [10, 19], (2, 2, 18)), (8, [9, 17], (2, 2, 18))):
        line = "release: {schedule: [{at_h: 0, lots: 2}]}\nshifts: {d: {on_off_h: [2, 3]}}"
        plan = planned(write, line, "m: {shift: d}\nn: {buffer_lots: 0}", f"- {{id: a, tool: m, time_h: 1}}\n- {{id: b, tool: n, time_h: {time}}}", 30)
        totals = one(plan, 0)
        assert left(totals, plan)["main"] == ends
        assert (totals.state_hours[0, PRODUCTIVE], totals.blocked[0], totals.state_hours[0, NON_SCHEDULED]) == seen


def test_a_circle_of_blocked_tools_is_named(write: Callable[..., Path]) -> None:
    """a → b → a with one place each: a keeps a lot for b, b one for a, and nothing moves any more. More places, or fewer lots, and it runs."""
    steps = "- {id: first, tool: a, time_h: 1}\n- {id: second, tool: b, time_h: 1}\n- {id: third, tool: a, time_h: 1}"
    line = "release: {conwip_lots: %s}"
    stuck = planned(write, line % 6, "a: {buffer_lots: 1}\nb: {buffer_lots: 1}", steps)
    with pytest.raises(InfeasibleError, match=r"deadlock by blocking at .* h: a is full .* keep lots that wait for room at b \(step second\).*; b is full "
                                              r".* at a \(step third\)"):
        one(stuck, 0)
    fine = one(planned(write, line % 2, "a: {buffer_lots: 1}\nb: {buffer_lots: 1}", steps), 0)
    assert fine.sums["lots_finished"] > 30


def test_a_full_buffer_in_which_no_batch_comes_together_is_named(write: Callable[..., Path]) -> None:
    """Three places, batches of two lots of the same of two steps, and of none are two there."""
    steps = "- {id: one, tool: t, time_h: 1}\n- {id: two, tool: t, time_h: 1}"
    assert "it can never start" in refused(write, "release: {every_h: 1}", "t: {buffer_lots: 1, batch: {min_panels: 2, max_panels: 2}}", steps)
    assert "its queue is never full" in refused(write, "release: {every_h: 1, when_full: lose}", "t: {}", steps)


BUSY = """\
lot: {panels: 3}
transport_min: {exponential: {mean: 10}}
releases:
  main: {every_h: {exponential: {mean: 2.4}}, due_h: {uniform: {low: 20, high: 90}}, priority: 2}
  hot: {every_h: 9, first_at_h: 3, priority: 1, due_h: 30, when_full: lose}
"""
BUSY_TOOLS = """\
a: {count: 2, buffer_lots: 3, dispatch: edd, failures: {f: {mtbf_h: 20, mttr_h: 2}}, maintenance: {m: {every_h: 50, takes_h: 3}}}
b: {count: 2, dispatch: priority, preempt: true, failures: {f: {mtbf_h: 5, mttr_h: 1, clock: busy, work: scrap}}}
c: {count: 2, buffer_lots: 2, dispatch: critical_ratio, batch: {min_panels: 6, max_panels: 9, longest_wait_h: 4}}
d: {count: 1, buffer_lots: 2, inline: {panels: 5}, dispatch: spt, failures: {f: {mtbf_h: 30, mttr_h: 1}}}
e: {count: 3, dispatch: longest_remaining_work}
"""
BUSY_STEPS = """\
- {id: s1, tool: a, time_h: {per_panel: 1}}
- {id: s2, tool: b, time_h: {exponential: {mean: 2.5}}}
- {id: s3, tool: c, time_h: 2}
- {id: s4, tool: d, time_min: {per_panel: 15}}
- {id: s5, tool: e, time_h: 1, yield: {panel: 0.9}}
- {id: s6, tool: e, time_h: {uniform: {low: 0.5, high: 1.5}}, same_tool_as: s5}
- {id: s7, tool: d, time_min: {per_panel: 20}}
"""


def numbers(plan: Plan, env: Environment) -> list[object]:
    ledger = Ledger(plan, keep_lots=True)
    totals = ledger.close(simulate(plan, 0, ledger.add, env=env))
    return [totals.sums, totals.lots.tolist(), totals.state_hours.tolist(), totals.blocked.tolist(), {k: v.tolist() for k, v in totals.by_step.items()}]


def test_all_of_it_together_balances_and_is_the_stated_order(write: Callable[..., Path]) -> None:
    """Buffers, rules, preemption, dedication, failures: books balance, nobody exceeds a buffer, and events one by one give the same numbers."""
    plan = planned(write, BUSY, BUSY_TOOLS, BUSY_STEPS, 1500)
    found = numbers(plan, Environment())
    assert found == numbers(plan, Slow())
    totals = one(plan, 0)
    assert totals.sums["lots_lost"] > 0
    assert (totals.blocked[[1, 2, 4]] > 0).all()
    assert totals.sums["lots_finished"] > 200


# dedication ---------------------------------------------------------------------------------------------------------------


def test_a_lot_returns_to_the_tool_that_had_it(write: Callable[..., Path]) -> None:
    """x and z have the first tool at 0–1 and 1–2. x is back at 2 and has it 2–6; z is back at 3 and waits until 6, though the second
    tool is free, which v takes at 3, for it comes new; v returns to the second at 5. Without dedication z would be done at 7."""
    line = "releases: {x: {every_h: 50, lots: 1}, z: {every_h: 50, lots: 1, first_at_h: 1}, v: {every_h: 50, lots: 1, first_at_h: 3}}"
    steps = "- {id: s, tool: t, time_h: 1}\n- {id: m, tool: u, time_h: 1}\n- {id: r, tool: t, time_h: 4, same_tool_as: s}"
    plan = planned(write, line, "t: {count: 2}\nu: {count: 3}", steps)
    assert left(one(plan, 0), plan) == {"x": [6], "z": [10], "v": [9]}
    free = planned(write, line, "t: {count: 2}\nu: {count: 3}", steps.replace(", same_tool_as: s", ""))
    assert left(one(free, 0), free) == {"x": [6], "z": [7], "v": [12]}


def test_dedication_is_refused_where_it_cannot_be(write: Callable[..., Path]) -> None:
    """Another tool group, a step that is not there or comes later, a batch tool."""
    steps = "- {id: s, tool: %s, time_h: 1}\n- {id: r, tool: t, time_h: 1, same_tool_as: %s}"
    line = "release: {every_h: 50}"
    assert "r is done by t and s by u: no tool does both" in refused(write, line, "t: {}\nu: {}", steps % ("u", "s"))
    assert "no step 'ss'; did you mean 's'?" in refused(write, line, "t: {}", steps % ("t", "ss"))
    assert "does not come earlier" in refused(write, line, "t: {}", steps % ("t", "r"))
    assert "t is a batch tool" in refused(write, line, "t: {batch: {max_panels: 2}}", steps % ("t", "s"))


# limits of queue time -----------------------------------------------------------------------------------------------------

CLOCK = """\
release: {every_h: 50, lots: 4, lots_at_once: 4}
queue_time_limits:
  quick: {from: s, to: r, limit_h: 3, action: %s}
  slow: {from: s, to: e, limit_min: 5400}
"""
CLOCK_STEPS = """\
- {id: s, tool: a, time_h: 1, consumes: {paste: {per_lot: 1}}}
- {id: r, tool: b, time_h: 3, consumes: {paste: {per_lot: 1}}}
- {id: e, tool: a, time_h: 0.5}
"""
PASTE = "a: {}\nb: {}"


def test_hits_of_a_limit_are_counted(write: Callable[..., Path]) -> None:
    """s ends at 1, 2, 3 and 4 h, r starts at 1, 4, 7 and 10 h: 0, 2, 4 and 6 h. Two of four are over 3 h, none over 90 h."""
    plan = planned(write, CLOCK % "count", "a: {}\nb: {}", CLOCK_STEPS.replace(", consumes: {paste: {per_lot: 1}}", ""))
    totals = one(plan, 0)
    found = tables.queue_time(plan, [totals])
    assert found.to_dict("records") == [
        {"limit": "quick", "from": "s", "to": "r", "limit_h": 3, "lots_checked": 4, "hits": 2, "share": 0.5, "lots_reworked": 0,
         "lots_scrapped": 0, "action": "count"},
        {"limit": "slow", "from": "s", "to": "e", "limit_h": 90, "lots_checked": 4, "hits": 0, "share": 0, "lots_reworked": 0,
         "lots_scrapped": 0, "action": "count"}]
    assert totals.sums["lots_finished"] == 4


def test_lots_over_a_limit_leave_as_they_would_start(write: Callable[..., Path]) -> None:
    """The third would start at 7 h, after 4 h, and leaves; the fourth takes its turn, after 3 h: in time. r is not paid for the third."""
    path = write("line:\n" + indent((CLOCK % "scrap").strip(), "  ") + "\n  tools: {a: {}, b: {price_usd: 87600, life_years: 1}}\nrun: {horizon_h: 100}\n"
                 "materials: {paste: {price_usd_per_g: 1, density_g_cm3: 1}}\neconomics: {practical_capacity: 1, hours_per_year: 8760}\nsteps:\n" + indent(CLOCK_STEPS, "  "))
    plan = make(load(path))
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [4.5, 7.5, 7, 10.5]
    assert (totals.sums["good"], totals.sums["scrapped"]) == (3, 1)
    assert totals.units_lost.tolist() == [0, 1, 0, 0], "charged to the step that it would have started"
    assert totals.by_step["visits"].tolist() == [4, 3, 3]
    assert totals.cost[:-1].sum(axis=1).tolist() == [pytest.approx(4), pytest.approx(3 + 9 * 10), 0], "the third used paste at s and nothing at r"
    assert totals.value.tolist() == [pytest.approx(3 * 32), 0, pytest.approx(1)]
    found = tables.queue_time(plan, [totals])
    assert found[["hits", "lots_reworked", "lots_scrapped"]].to_numpy().tolist() == [[1, 0, 1], [0, 0, 0]]


def test_a_batch_goes_on_without_those_over_their_limit(write: Callable[..., Path]) -> None:
    """Batches of two: lots come to the oven at 1, 2, 3 and 4 h, it is busy 2–8; at 8 lot 3 has waited 5 h and leaves, lot 4 waits alone."""
    line = "release: {every_h: 50, lots: 4, lots_at_once: 4}\nqueue_time_limits: {q: {from: s, to: r, limit_h: 4.5, action: scrap}}"
    steps = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 6}"
    plan = planned(write, line, "a: {}\nb: {batch: {min_panels: 2, max_panels: 2}}", steps)
    totals = one(plan, 0)
    assert left(totals, plan)["main"] == [8, 8, 8]
    assert (totals.sums["good"], totals.sums["scrapped"], totals.sums["in_line"]) == (2, 1, 1)
    assert "1 lots (1 panels) wait at b for step r" in totals.stalled


def test_limits_hold_with_everything_else(write: Callable[..., Path]) -> None:
    """Scrapping by limits in the line that has everything: books balance and events one by one give the same numbers."""
    limits = "queue_time_limits: {q: {from: s2, to: s3, limit_h: 3, action: scrap}, w: {from: s3, to: s5, limit_h: 2.5, action: scrap}}\n"
    plan = planned(write, BUSY + limits, BUSY_TOOLS, BUSY_STEPS, 1500)
    assert numbers(plan, Environment()) == numbers(plan, Slow())
    assert (one(plan, 0).clocks[:, 1] > 0).all()
    wip = planned(write, "release: {conwip_lots: 5}\n" + "queue_time_limits: {q: {from: s, to: r, limit_h: 3, action: scrap}}", "a: {}\nb: {}", PAIR)
    totals = one(wip, 0)
    assert totals.wip_lot_hours == 500, "who leaves is followed at once"
    assert totals.sums["scrapped"] > 0


def test_limits_that_nobody_can_keep_are_refused(write: Callable[..., Path]) -> None:
    """Shorter than the work between, which steps that not every lot visits are no part of, and steps that are not there or in the wrong order."""
    steps = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: {per_panel: 3}}\n- {id: e, tool: a, time_h: 1}"
    line = "release: {every_h: 50}\ntransport_h: 0.5\nqueue_time_limits: {q: {from: %s, to: %s, limit_h: %s, action: %s}}"
    assert "the limit of 3.9 h from s to e is shorter than work and transport between, 4 h" in refused(write, line % ("s", "e", 3.9, "count"), PASTE, steps)
    planned(write, line % ("s", "e", 4, "count"), PASTE, steps)
    assert "no step 'ss'" in refused(write, line % ("ss", "e", 4, "count"), PASTE, steps)
    assert "'s' does not come after 'e'" in refused(write, line % ("e", "s", 4, "count"), PASTE, steps)
    planned(write, line % ("s", "e", 1, "count"), PASTE, steps.replace("{per_panel: 3}", "{per_panel: 3}, sample: 0.5"))
    drawn = steps.replace("{per_panel: 3}", "{exponential: {mean: 3}}")
    assert "mean work and transport between, 4 h: about half" in planned(write, line % ("s", "e", 3.9, "count"), PASTE, drawn).warnings[0]
    assert planned(write, line % ("s", "e", 4.1, "count"), PASTE, drawn).warnings == ()
    assert "shorter than work and transport between, 1 h" in refused(write, line % ("s", "e", 0.9, "count"), PASTE, drawn)


# releases by schedule -----------------------------------------------------------------------------------------------------

ONE = "- {id: s, tool: t, time_h: 1}"


def test_a_schedule_in_the_recipe(write: Callable[..., Path]) -> None:
    """Two lots at 5 h and one at 0, though written the other way round; a line's priority and due date are its own, else the stream's."""
    line = "release:\n  priority: 4\n  due_h: 10\n  schedule: [{at_h: 5, lots: 2, priority: 1, due_h: 6.5}, {at_h: 0}, {at_h: 500}]"
    plan = planned(write, line, "t: {}", ONE)
    totals = one(plan, 0)
    found = tables.lots(plan, [totals])
    assert found[["released_h", "finished_h", "due_h"]].to_numpy().tolist() == [[0, 1, 10], [5, 6, 6.5], [5, 7, 6.5]]
    assert plan.streams[0].schedule is not None
    assert plan.streams[0].schedule.priority.tolist() == [4, 1, 1, 4]
    assert totals.released == 3, "the horizon decides"
    assert one(planned(write, line + "\n  lots: 2", "t: {}", ONE), 0).released == 2


def test_a_schedule_in_a_file(write: Callable[..., Path]) -> None:
    """Lines of a CSV file by stream, beside the recipe; the same as if they stood in it, so that the recipe's hash knows them."""
    write("at_h,product,lots,priority\n0,a,2,\n1,b,1,-3\n\n4,a,,\n", "plan/r.csv")
    line = "releases: {a: {schedule: plan/r.csv}, b: {schedule: plan/r.csv, priority: 7}}\ndispatch: priority"
    plan = planned(write, line, "t: {}", ONE)
    assert left(one(plan, 0), plan) == {"a": [1, 3, 5], "b": [2]}
    before = plan.hash
    write("at_h,product,lots,priority\n0,a,2,\n1,b,1,-3\n3,a,,\n", "plan/r.csv")
    assert planned(write, line, "t: {}", ONE).hash != before
    write("at_h\n0\n2\n", "plan/own.csv")
    alone = planned(write, "release: {schedule: plan/own.csv}", "t: {}", ONE)
    assert left(one(alone, 0), alone) == {"main": [1, 3]}
    assert left(one(edited := planned(write, "release: {every_h: 1}", "t: {}", ONE, sets=("line.release={schedule: plan/own.csv}",)), 0), edited) == {"main": [1, 3]}


@pytest.mark.parametrize(("text", "message"), [
    ("at_h,lost\n0,1\n", "r.csv:1:6: error: no column 'lost'; did you mean 'lots'?"),
    ("at_h,lots\n0,1\nx,1\n", "r.csv:3:1: error: at_h must be a number (got the text 'x')"),
    ("at_h,lots\n0,0\n", "r.csv:2:3: error: lots must be >= 1 (got 0)"),
    ("at_h,lots\n0\n", "r.csv:2:1: error: 1 cells under 2 columns"),
    ("lots\n3\n", "r.csv:2:1: error: 'at_h' is missing"),
    ("at_h,stream\n0,mian\n", "no release stream 'mian'; did you mean 'main'?"),
    ("at_h\n", "has no lines"),
])
def test_mistakes_in_a_schedule_say_where_they_are(write: Callable[..., Path], text: str, message: str) -> None:
    """File, line and column."""
    write(text, "r.csv")
    found = refused(write, "release: {schedule: r.csv}", "t: {}", ONE)
    assert message in found
    assert found.count("error:") == 1


def test_a_schedule_stays_inside_the_recipe_tree(write: Callable[..., Path]) -> None:
    """No file outside, none that is not there, and only one way to release."""
    assert "leads outside the recipe tree" in refused(write, "release: {schedule: ../../r.csv}", "t: {}", ONE)
    assert "'r.csv' no such file" in refused(write, "release: {schedule: r.csv}", "t: {}", ONE)
    assert "a release says one of" in refused(write, "release: {every_h: 3, schedule: [{at_h: 1}]}", "t: {}", ONE)
    assert "leave first_at and lots_at_once out" in refused(write, "release: {lots_at_once: 3, schedule: [{at_h: 1}]}", "t: {}", ONE)


# what can be said before a run ----------------------------------------------------------------------------------------------


def test_a_batch_that_never_fills_is_named_before_the_run(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A constant WIP below the smallest batch is refused by check; a release that ends too soon is a warning."""
    tools = "oven: {batch: {min_panels: 4, max_panels: 6}}"
    step = "- {id: cure, tool: oven, time_h: 1}"
    plan = planned(write, "lot: {panels: 2}\nrelease: {conwip_lots: 1}", tools, step)
    path = str(next(Path(plan.sources[0].rsplit(":", 1)[0]).parent.glob("*.yaml")))
    assert run(["check", path]) == 1
    assert "the batch of oven at step cure never fills: needs 2 lots of 2 panels, and no more than 1 is ever in the line; raise conwip_lots" in " ".join(
        capsys.readouterr().err.split())
    assert planned(write, "lot: {panels: 2}\nrelease: {conwip_lots: 2}", tools, step).warnings == ()
    assert "never fills" in planned(write, "lot: {panels: 1}\nrelease: {every_h: 1, lots: 3}", tools, step).warnings[0]
    assert planned(write, "lot: {panels: 1}\nrelease: {every_h: 1, lots: 4}", tools, step).warnings == ()
    assert planned(write, "lot: {panels: 1}\nrelease: {conwip_lots: 1}", "oven: {batch: {min_panels: 4, max_panels: 6, longest_wait_h: 1}}", step).warnings == ()


def test_a_line_that_takes_nobody_in_is_written_down_too(write: Callable[..., Path]) -> None:
    """Lots that all stay outside have no visits: one tool is taken by another stream for the whole run."""
    line = "releases: {a: {schedule: [{at_h: 0, lots: 2}]}, b: {schedule: [{at_h: 1, lots: 3}]}, c: {schedule: [{at_h: 1}], when_full: lose}}"
    totals = one(planned(write, line, "t: {buffer_lots: 1}", "- {id: s, tool: t, time_h: 500}"), 0)
    assert (totals.released, totals.sums["lots_lost"], totals.sums["in_line"]) == (2, 1, 2)


def test_a_circle_that_maintenance_hides_for_a_while_is_named_when_it_closes(write: Callable[..., Path]) -> None:
    """While a tool of the circle is maintained room might still appear; once it is up, and blocked like the others, none does."""
    tools = "o: {batch: {min_panels: 2, max_panels: 2, by: any}}\nt: {count: 3, inline: {panels: 3}, buffer_lots: 3, maintenance: {m: {every_h: 9, takes_h: 1}}}\nv: {count: 3, inline: {panels: 3}, buffer_lots: 3}"
    steps = "\n".join(f"- {{id: s{i}, tool: {tool}, time_h: 1}}" for i, tool in enumerate("otvtvo"))
    with pytest.raises(InfeasibleError, match=r"deadlock by blocking at .* t is full"):
        one(planned(write, "release: {every_h: 0.2}", tools, steps, 500), 0)
