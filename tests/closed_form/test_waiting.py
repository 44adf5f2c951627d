"""Tests waiting in closed form for streams, outages, bulks and rules, each by a value that theory gives, or by a short run."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from lines import Write, exponential, plan_of
from waiting_lines import cobham, erlang, law, line, pollaczek, station

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import ClosedForm, solve
from procsim.experiments.replicate import one, replicate
from procsim.maths.markov import Failing, breaking_down
from procsim.maths.queues import by_chance
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.results.metrics import named


def closed(write: Write, text: str, *sets: str) -> ClosedForm:
    return solve(plan_of(write, text, *sets))


@pytest.mark.parametrize("order", list(permutations("abc")), ids="".join)
def test_routes_apart_do_not_hang_on_the_order_in_which_steps_are_written(write: Write, order: tuple[str, ...]) -> None:
    """M/D/1, M/M/1 and M/G/1 on tools of their own, whichever stands first in the file."""
    steps = {"a": "  - {id: a, tool: x, time_h: 0.95}", "b": f"  - {{id: b, tool: y, time_h: {exponential(1.0)}}}", "c": f"  - {{id: c, tool: z, time_h: {law('G', 1.0)}}}"}
    streams = ", ".join(f"{s}: {{every_h: {exponential(every)}, route: [{s}]}}" for s, every in (("a", 1.0), ("b", 1.25), ("c", 2.0)))
    found = closed(write, line(f"releases: {{{streams}}}", "x: {}, y: {}, z: {}", "\n".join(steps[s] for s in order), 0.5))
    want = {"a": pollaczek(0.95, 0, 0.95), "b": 4.0, "c": pollaczek(0.5, 2.25)}
    assert found.time.queue_h.tolist() == pytest.approx([want[s] for s in order])
    assert found.time.release_h.tolist() == pytest.approx([want["a"] + 0.95, 5.0, want["c"] + 1.0])


def test_streams_that_come_by_chance_wait_alike_and_a_regular_one_less(write: Write) -> None:
    """At a load of 0.8, times by chance: 4 h each; with one stream every 2.5 h the run says 2.7 and 3.1 h, the other time of a wait that is shorter for both."""
    two = "releases: {one: {every_h: %s}, two: {every_h: %s}}"
    step = f"  - {{id: a, tool: x, time_h: {exponential(1.0)}}}"
    assert (closed(write, line(two % (exponential(2.5), exponential(2.5)), "x: {}", step, 1.25)).time.release_h - 1).tolist() == pytest.approx([4, 4])
    unlike = closed(write, line(two % ("2.5", exponential(2.5)), "x: {}", step, 1.25)).time.release_h - 1
    assert unlike.tolist() == pytest.approx([2.68, 3.11], rel=0.05)


@pytest.mark.parametrize("many", [2, 4])
def test_streams_that_come_by_chance_are_one(write: Write, many: int) -> None:
    """However they are shared out, and on whatever routes they come together, lots by chance at exponential tools wait as one stream (Jackson 1957)."""
    streams = ", ".join(f"s{i}: {{every_h: {exponential(many / 0.6)}, route: [{'abc'[i % 3]}, d]}}" for i in range(many))
    steps = "\n".join(f"  - {{id: {s}, tool: {t}, time_h: {exponential(1.0)}}}" for s, t in zip("abcd", "xyxz", strict=True))
    found = closed(write, line(f"releases: {{{streams}}}", "x: {count: 2}, y: {}, z: {}", steps, 1 / 0.6))
    assert found.time.queue_h[3] == pytest.approx(erlang(1, 0.6))


def test_each_streams_time_in_the_line_is_in_the_tables(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """``products.csv`` and ``estimate`` have the closed form's cycle time of either stream; together they are the mean, and their WIP is the line's."""
    path = write(line(f"releases: {{one: {{every_h: 2}}, two: {{every_h: {exponential(4.0)}}}}}", "x: {}", "  - {id: a, tool: x, time_h: 1}", 0.01))
    plan = make(load(path))
    found = solve(plan)
    assert found.time.release_h @ [2 / 3, 1 / 3] == pytest.approx(found.time.cycle_h)
    table = tables.products(plan, [one(plan, 0)], found)
    assert table["expected_cycle_time_h"].tolist() == pytest.approx(found.time.release_h.tolist())
    assert table["expected_wip_lots"].sum() == pytest.approx(found.time.wip)
    assert main(["estimate", str(path)]) == 0
    said = capsys.readouterr().out
    assert "of one" in said
    assert "of two" in said


# outages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("every", "wait"), [(10, 1.263889), (2, 3.638889)])
@pytest.mark.parametrize("clock", ["calendar", "busy"])
def test_lots_that_come_to_one_tool_while_it_is_down(write: Write, every: float, wait: float, clock: str) -> None:
    """M/M/1 with failures: by the calendar (1 - A)·m_r·(1 + c_r²)/2 more than by the busy clock."""
    more = f", failures: {{f: {{mtbf_h: 90, mttr_h: 10, clock: {clock}}}}}"
    assert closed(write, station("M", "M", 1, 1 / every, more)).time.wait_h == pytest.approx(wait - (clock == "busy"), rel=1e-5)


def test_several_ways_to_fail_add_up(write: Write) -> None:
    """Two that are alike are as one twice as often."""
    one = closed(write, station("M", "M", 1, 0.3, ", failures: {f: {mtbf_h: 45, mttr_h: 5}}")).time.wait_h
    two = closed(write, station("M", "M", 1, 0.3, ", failures: {f: {mtbf_h: 90, mttr_h: 5}, g: {mtbf_h: 90, mttr_h: 5}}")).time.wait_h
    assert two == pytest.approx(one)


@pytest.mark.parametrize(("tools", "every", "wait"), [(2, 1.0, 1.10), (2, 10.0, 0.07)])
def test_fewer_wait_for_repairs_where_there_are_several_tools(write: Write, tools: int, every: float, wait: float) -> None:
    """Runs said 1.10 ± 0.13 and 0.07 ± 0.02."""
    found = closed(write, station("M", "M", tools, 1 / tools / every, ", failures: {f: {mtbf_h: 90, mttr_h: 10}}")).time.wait_h
    assert found == pytest.approx(wait, abs=0.02)


@pytest.mark.parametrize("tools", [1, 2, 3, 5])
def test_the_chain_of_tools_that_break_down_ends_in_what_is_known(tools: int) -> None:
    """Without failures it is M/M/m; with next to no lots all tools are down with (1 - A)^m, and one is up after m_r/m; of one tool it is the formula."""
    assert breaking_down(tools, (Failing(0.8 * tools, 1.0, 1e-9, 1e-9, 1.0),))[0] == pytest.approx(erlang(tools, 0.8), rel=1e-6)
    assert breaking_down(tools, (Failing(1e-9, 1.0, 1 / 90, 1 / 90, 10.0),))[0] == pytest.approx(0.1**tools * 10 / tools, rel=1e-6)
    if tools == 1:
        assert breaking_down(1, (Failing(0.5, 1.0, 1 / 90, 1 / 90, 10.0),))[0] == pytest.approx(3.6388889, rel=1e-6)
        assert breaking_down(1, (Failing(0.5, 1.0, 1 / 90, 0.0, 10.0),))[0] == pytest.approx(2.6388889, rel=1e-6)


@pytest.mark.parametrize(("load_", "wait"), [(0.1, 0.75), (0.5, 2.47)])
def test_lots_wait_for_maintenance_that_comes_by_the_clock(write: Write, load_: float, wait: float) -> None:
    """Ten hours in ninety, waited for by who comes meanwhile: as long runs say, within 5 %; with more tools the wait is shorter."""
    text = station("M", "M", 1, load_, ", maintenance: {pm: {every_h: 90, takes_h: 10}}")
    assert closed(write, text).time.wait_h == pytest.approx(wait, rel=0.05)
    waits = [closed(write, station("M", "M", m, 0.5, ", maintenance: {pm: {every_h: 90, takes_h: 10}}")).time.wait_h for m in (1, 2, 3, 4)]
    assert waits == sorted(waits, reverse=True)


# bulks and rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("law_", "wait"), [(exponential(1.0), 11.0), ("1", 9.5)])
def test_lots_that_are_released_together_wait_for_each_other(write: Write, law_: str, wait: float) -> None:
    """Five at once by chance, load 0.75."""
    text = line(f"release: {{every_h: {exponential(5 / 0.75)}, lots_at_once: 5}}", "x: {}", f"  - {{id: a, tool: x, time_h: {law_}}}", 1.0)
    assert closed(write, text).time.wait_h == pytest.approx(wait)


@pytest.mark.parametrize(("tools", "many"), [(1, 1), (2, 3), (4, 5), (3, 2), (2, 7)])
def test_bulks_at_several_tools_by_brute_force(tools: int, many: int) -> None:
    """M^[X]/M/m: balance of the first few hundred states."""
    u, states = 0.6, 400
    rate, balance = tools * u / many, np.zeros((states, states))
    for n in range(states):
        for onto, often in ((min(n + many, states - 1), rate), (n - 1, float(min(n, tools)))):
            if often > 0:
                balance[n, onto] += often
                balance[n, n] -= often
    balance[:, 0] = 1.0
    chance = np.linalg.solve(balance.T, np.eye(states)[0])
    waiting = float(chance @ np.maximum(np.arange(states) - tools, 0))
    wait, busy = by_chance(u, tools, {float(many): 1.0})
    assert wait == pytest.approx(waiting / (tools * u), rel=1e-6)
    assert busy == pytest.approx(float(chance[tools:].sum()), rel=1e-6)


def test_a_rule_is_that_of_the_tool_group(write: Write) -> None:
    """Hot lots go first at x, where that is the rule, and wait as all do at y."""
    streams = f"releases: {{hot: {{every_h: {exponential(5.0)}, priority: 0}}, std: {{every_h: {exponential(1 / 0.6)}, priority: 1}}}}"
    steps = "\n".join(f"  - {{id: {s}, tool: {t}, time_h: {exponential(1.0)}}}" for s, t in ("ax", "by"))
    found = closed(write, line(streams, "x: {dispatch: priority}, y: {}", steps, 1.25))
    assert found.time.release_h.tolist() == pytest.approx([2 + 1 + 4, 2 + 5 + 4])


def test_the_shortest_goes_first_as_by_its_class(write: Write) -> None:
    """Two streams of constant times, half an hour and an hour and a half: Cobham's classes."""
    streams = f"releases: {{a: {{every_h: {exponential(2.5)}, route: [a]}}, b: {{every_h: {exponential(2.5)}, route: [b]}}}}"
    text = line(streams, "x: {dispatch: spt}", "  - {id: a, tool: x, time_h: 0.5}\n  - {id: b, tool: x, time_h: 1.5}", 1.25)
    residual = (0.25 + 2.25) / 2.5 / 2
    assert closed(write, text).time.queue_h.tolist() == pytest.approx([cobham((0.2, 0.6), residual, 0), cobham((0.2, 0.6), residual, 1)])


def test_three_classes_share_what_first_come_first_served_would_wait(write: Write) -> None:
    """Nobody is interrupted: the waiting work is the same (Kleinrock's conservation law), bulks too."""
    streams = ", ".join(f"s{i}: {{every_h: {exponential(4.0)}, lots_at_once: {i + 1}, priority: {i}}}" for i in range(3))
    text = line(f"releases: {{{streams}}}", "x: {count: 2}", f"  - {{id: a, tool: x, time_h: {exponential(1.1)}}}", 1.0)
    fair, ranked = closed(write, text), closed(write, text, "line.dispatch=priority")
    assert ranked.time.wait_h == pytest.approx(fair.time.wait_h)
    assert ranked.time.release_h[0] < fair.time.release_h[0]
    assert ranked.time.release_h[2] > fair.time.release_h[2]


# the flow from group to group ---------------------------------------------------------------------------------------------


def test_every_nth_of_lots_by_chance_comes_more_regularly(write: Write) -> None:
    """Every fourth of a Poisson stream is Erlang-4: E4/M/1 at a load of 0.8 waits 2.267 h; one in four at random is a Poisson stream, and waits 4 h."""
    text = line(f"release: {{every_h: {exponential(0.3125)}}}", "x: {}", f"  - {{id: a, tool: x, time_h: {exponential(1.0)}, sample_every: 4}}", 1.0)
    assert closed(write, text).time.queue_h[0] == pytest.approx(2.267, rel=0.03)
    assert closed(write, text.replace("sample_every: 4", "sample: 0.25")).time.queue_h[0] == pytest.approx(4)


def test_a_regular_line_has_nothing_to_wait_for(write: Write) -> None:
    """Constant releases, constant times, several tools in a row: 0 h, also in closed form."""
    steps = "\n".join(f"  - {{id: s{i}, tool: {t}, time_h: 0.9}}" for i, t in enumerate("xyz"))
    assert closed(write, line("release: {every_h: 1}", "x: {}, y: {}, z: {count: 2}", steps, 1.0)).time.wait_h == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("more", ["rework: {chance: 0.3, to: a, limit: 2}", "rework: {chance: 0.3, limit: 1, after_limit: scrap}", "sample: 0.3"])
def test_loops_and_samples_are_walked(write: Write, more: str) -> None:
    """Such lines wait about as their runs do: within a fifth."""
    text = ("line:\n  lot: {panels: 4}\n  release: {every_h: {exponential: {mean: 1}}}\n  tools: {x: {}, y: {}}\n"
            "run: {horizon_h: 12000, warmup_h: 200, replications: 2}\nsteps:\n  - {id: a, tool: x, time_h: {exponential: {mean: 0.5}}}\n"
            f"  - {{id: b, tool: y, time_h: {{per_panel: 0.13}}, {more}}}\n  - {{id: c, tool: x, time_h: 0.1}}\n")
    plan = plan_of(write, text)
    assert solve(plan).time.wait_h == pytest.approx(named("waiting_time", replicate(plan, 2), 0.95).mean, rel=0.2)


@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_lot_come_in_bulks(write: Write, parts: int) -> None:
    """A lot by chance that goes on in parts is a bulk by chance at the next tool: M^[X]/D/1."""
    text = line(f"lot: {{panels: 4}}\n  release: {{every_h: {exponential(1.0)}}}", "x: {}, y: {}",
                f"  - {{id: a, tool: x, time_h: 0, split_lots: {parts}}}\n  - {{id: b, tool: y, time_h: {{per_panel: 0.15}}}}", 1.0)
    assert closed(write, text).time.queue_h[1] == pytest.approx((0.6 + parts - 1) / 0.8 * 0.6 / parts)


def test_late_lots_that_are_reworked_among_other_rework_are_left_out(write: Write) -> None:
    """Passes of lots over a limit have no closed form; those of rework within them neither, and the line is estimated without."""
    text = ("line:\n  release: {every_h: {exponential: {mean: 2}}}\n  tools: {x: {}, y: {}}\n"
            "  queue_time_limits: {q: {from: a, to: c, limit_h: 9, action: rework, rework: {to: a, limit: 2}}}\nrun: {horizon_h: 2000, warmup_h: 100}\nsteps:\n"
            "  - {id: a, tool: x, time_h: 0.5}\n  - {id: b, tool: x, time_h: 0.2, rework: {chance: 0.2, limit: 2}}\n  - {id: c, tool: y, time_h: 1}\n")
    assert 0 < closed(write, text).time.wait_h < math.inf


@pytest.mark.parametrize(("tools", "every", "takes"), [(3, 4.0, 1.0), (3, 1.0, 1.8), (2, 4.0, 1.0)])
def test_tools_that_are_serviced_together_keep_lots_waiting(write: Write, tools: int, every: float, takes: float) -> None:
    """Nobody works for 10 h in 90: lots wait for some 5 h of a ninth of the time, and for what gathers by then; as a run has it, but for 15 %."""
    text = (f"line: {{release: {{every_h: {{exponential: {{mean: {every}}}}}}}, tools: {{m: {{count: {tools}, maintenance: "
            "{pm: {every_h: 90, takes_h: 10, together: true}}}}}\nrun: {horizon_h: 10000, warmup_h: 500, replications: 4}\n"
            f"steps: [{{id: w, tool: m, time_h: {{exponential: {{mean: {takes}}}}}}}]\n")
    plan = plan_of(write, text)
    run = named("waiting_time", replicate(plan, 4), 0.95)
    assert abs(solve(plan).time.wait_h - run.mean) < 0.15 * run.mean + 2 * run.se
