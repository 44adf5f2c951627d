"""Tests all that tools need besides work, at once, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from busy_calendar import hold_on_any_calendar
from lines import Write, plan_of_line, text_of_line
from tool_lines import FULL, FULL_HEAD, FULL_STEPS, WORK

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.experiments.replicate import one, replicate
from procsim.lots.records import PRODUCTIVE, SCHEDULED, STANDBY, STATES, UNSCHEDULED
from procsim.planning.checks.suspicious import suspicious
from procsim.planning.plan import Plan

HOT = ("tools.b.dispatch=priority", "tools.b.preempt=true")
"""Where lots of the stream hot interrupt others."""
SIZES = ("line.lot.panels=3", "line.lot.units_per_panel=40", "run.warmup_h=100")


@pytest.fixture
def full(write: Write) -> Plan:
    return plan_of_line(write, FULL_HEAD, FULL, FULL_STEPS, 900, SIZES)


# all of it -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), ("s4.same_tool_as=s1", *HOT), ("tools.a.dispatch=priority", "tools.a.preempt=true", "s4.same_tool_as=s1"), ("tools.a.dispatch=priority", "tools.a.preempt=true", "tools.d.speeds=[1, 0.5]", *HOT)],
                         ids=["in turn", "own tools and hot lots", "hot lots on own tools", "hot lots"])
def test_everything_at_once_is_reproducible_and_adds_up(more: tuple[str, ...], write: Write) -> None:
    """However events of one instant are gathered, the numbers are the same; the six states sum to the window, setup is within scheduled
    down, and lots still get through."""
    full = plan_of_line(write, FULL_HEAD, FULL, FULL_STEPS, 900, (*SIZES, *more))
    totals = hold_on_any_calendar(full)
    assert totals.state_hours.sum(axis=1) == pytest.approx(full.groups.count * full.hours)
    assert (totals.setup_hours <= totals.state_hours[:, SCHEDULED] + 1e-9).all()
    assert totals.setup_hours[0] > 0
    assert (totals.pools[:, 0] > 0).all()
    assert totals.sums["lots_finished"] > 250


def some_tool(pick: Random, name: str) -> str:
    """A tool group with a random choice of rules."""
    kind = pick.choice(["alike", "alike", "batch", "inline", "unlike"])
    unlike = kind == "unlike" or (kind == "inline" and pick.random() < 0.5)
    said = ["speeds: " + str([pick.choice([2, 1, 0.7]) for _ in range(pick.randint(1, 3))]) if unlike else f"count: {pick.randint(1, 3)}"]
    said += {"batch": ["batch: {min_panels: 2, max_panels: 6, by: any, longest_wait_h: 2}"], "inline": ["inline: {panels: 3}"]}.get(kind, [])
    phases = ["setup", "run", "load", *(["unload"] if kind != "inline" else [])]
    pick.shuffle(phases)
    cut, crew = pick.randint(1, len(phases) - 1), pick.choice(["", ", crew: c"])
    maybe = [
        "load_h: 0.1", "unload_h: 0.25", "shift: " + pick.choice("sfn"),
        "dispatch: priority" + pick.choice(["", ", preempt: true"] if kind in ("alike", "unlike") else [""]),
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
    plan = plan_of_line(write, head, tools, steps, 300, ("line.lot.panels=2", "run.warmup_h=48"))
    hold_on_any_calendar(plan)
    one(plan, 0, variable=False)


def test_tables_of_tools_and_operators(full: Plan) -> None:
    """Efficiencies multiply to OEE (SEMI E79); MTBF is productive time between failures (E10)."""
    totals, closed = replicate(full, 2), solve(full)
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
    plan = plan_of_line(write, "release: {every_h: 2}\noperators: {p: 1}", tools,
                        WORK + "\n  - {id: more, tool: u, time_h: {exponential: {mean: 1}}}", 2000, ("run.warmup_h=200",))
    totals, closed = one(plan, 0, variable=False), solve(plan)
    assert totals.pools[0, 0] / totals.pools[0, 1] == pytest.approx(closed.operators.load[0], abs=1e-3)
    load_found = totals.state_hours[:, PRODUCTIVE] / totals.state_hours[:, [PRODUCTIVE, STANDBY]].sum(axis=1)
    assert load_found == pytest.approx(closed.tools.load, abs=1e-3)
    assert totals.state_hours[0, UNSCHEDULED] == 0


# what is refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tool", "head", "words"), [
    ("{setup: {by: product}}", "", "a setup needs time_min or table_min"),
    ("{setup: {by: colour, time_h: 1}}", "", "by must be one of product, process, step"),
    ("{setup: {by: product, table_h: {main: {main: 1}}}}", "", "what every lot takes belongs into the step's time"),
    ("{setup: {by: product, table_h: {mian: {main: 1}}}}", "", "no product 'mian'; did you mean 'main'"),
    ("{setup: {by: step, time_h: 1, first: wrok}}", "", "no step 'wrok'; did you mean 'work'"),
    ("{setup: {by: product, time_h: 1, time_min: 2}}", "", "say the same thing"),
    ("{setup: {by: product, time_h: 1, min_lots: 2}}", "", "unknown key 'min_lots'"),
    ("{shift: dya}", "\nshifts: {day: {on_off_h: [8, 16]}}", "no shift 'dya'; did you mean 'day'"),
    ("{}", "\nshifts: {day: {on_off_h: [8, 16, 8]}}", "even number of durations"),
    ("{}", "\nshifts: {day: {starts: on}}", "a shift needs on_off_h"),
    ("{}", "\noperators: {loaders: 0}", "loaders must be >= 1"),
    ("{}", "\noperators: {loaders: {count: 1, shift: day}}", "no shift 'day'"),
    ("{attended: {pool: loader, during: [load]}}", "\noperators: {loaders: 1}", "no operators 'loader'; did you mean 'loaders'"),
    ("{attended: {pool: loaders, during: [lod]}}", "\noperators: {loaders: 1}", "must be one of setup, load, run, unload"),
    ("{attended: [{pool: p, during: [load]}, {pool: p, during: [load, run]}]}", "\noperators: {p: 1}", "load is attended twice"),
    ("{failures: {f: {mtbf_h: 1, mttr_h: 1, crew: tech}}}", "", "no operators 'tech'"),
    ("{count: 3, speeds: [1, 2]}", "", "speeds has one number for each tool: 2 of them, but count is 3"),
    ("{speeds: [1, 0]}", "", "must be >= 0.001"),
])
def test_mistakes_are_told(write: Write, tool: str, head: str, words: str) -> None:
    """Each with what is wrong and what was meant."""
    with pytest.raises(RecipeError, match=words.replace("[", r"\[")):
        plan_of_line(write, "release: {every_h: 10}" + head, f"t: {tool}", WORK)


def test_a_pool_that_is_too_small_is_told(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Work of lots: the line is refused, with the count that would do. Repairs alone, of tools that mostly have nothing
    to do: a warning. Repairs that come with the work: 9 h of it an hour, each with an hour of repair, for eight menders, and the line is refused."""
    def line(every: int, tool: str) -> Path:
        text = text_of_line(f"release: {{every_h: {every}}}\noperators: {{p: 1}}", f"t: {{count: 4, {tool}}}", WORK)
        return write(text.replace(", allow_overload: true", ""))
    path = line(1, "load_h: 1.5, attended: {pool: p, during: [load]}")
    assert main(["check", str(path)]) == 1
    assert "operators p are 150 % loaded with 1" in (said := capsys.readouterr().err)
    assert "set line.operators.p=2" in said
    path = line(2, "failures: {f: {mtbf_h: 1, mttr_h: 1, crew: p}}")
    assert main(["check", str(path)]) == 0
    said_out, said = capsys.readouterr()
    assert "200 %" in said_out
    assert "operators p are 200 % loaded by repairs and maintenance of t alone with 1" in said
    assert "set line.operators.p=3" in said
    assert main(["check", str(path), "--set", "line.operators.p=3"]) == 0
    capsys.readouterr()
    busy = ["--set", "tools.t.count=20", "--set", "line.operators.p=8", "--set", "line.release.every_h=0.111"]
    assert main(["check", str(path), *busy]) == 1
    assert "operators p are 125 % loaded by repairs" in " ".join(capsys.readouterr().err.split())


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
    path = str(write(text_of_line(f"release: {{every_h: 20}}\n{head}", f"t: {{{tool}}}", "- {id: work, tool: t, time_h: 4}")))
    for command in ("check", "run"):
        assert main([command, path]) == 1
        assert re.search(words, capsys.readouterr().err)
    mend = {"shift: d": "line.shifts.d.on_off_h=[4, 2]", "shift: d,": "line.shifts.n.on_off_h=[4.9, 5.1]", "failures": "tools.t.failures.f.mtbf_h={constant: {value: 4}}"}
    assert main(["check", path, "--set", [edit for key, edit in mend.items() if tool.startswith(key)][-1]]) == 0


def test_a_run_in_which_nothing_is_finished_says_where_the_lots_stand(write: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Six lots come for a batch of eight: exit 1, with the step. Lots that come too late to be finished are no fault of the line."""
    text = text_of_line("release: {every_h: 1, lots: 6}", "oven: {batch: {min_panels: 8, max_panels: 8}}", "- {id: cure, tool: oven, time_h: 2}")
    path, out = str(write(text)), str(tmp_path / "out")
    assert main(["run", path, "--out", out]) == 1
    assert "no lot was finished in the window of 100 h, though one takes about 5.500 h: 6 at oven (step cure)" in capsys.readouterr().err
    assert main(["run", path, "--out", out, "--set", "line.release.first_at_h=99"]) == 0


def test_engineering_is_planned_like_maintenance_and_is_uptime(write: Write) -> None:
    """Lots of 2 h every 4 h; every 8 h half an hour of maintenance and then an hour of engineering. Of 8 h: productive 4, standby 2.5, engineering 1,
    scheduled down 0.5. By E10 uptime is productive + standby + engineering, 7.5 h; by E79 availability efficiency is 7.5/8, operational 4/7.5,
    and OEE the share of theoretical time, 1/2. The closed form has the same load, 4 of 6.5 h."""
    tools = "    t: {maintenance: {m: {every_h: 8, takes_min: 30}}, engineering: {e: {every_h: 8, takes_h: 1}}}"
    plan = plan_of_line(write, "release: {every_h: 4}", tools, "- {id: work, tool: t, time_h: 2}", 808, ("run.warmup_h=8",))
    totals, closed = one(plan, 0), solve(plan)
    assert (totals.state_hours / 100).tolist() == [[4, 2.5, 1, 0.5, 0, 0]]
    found = tables.tools(plan, [totals], closed).iloc[0]
    assert found[list(STATES)].sum() == pytest.approx(1)
    want = {"engineering": 1 / 8, "availability": 7.5 / 8, "availability_efficiency": 7.5 / 8, "operational_efficiency": 4 / 7.5,
            "performance_efficiency": 4 / 7.5, "oee": 0.5, "load": 4 / 6.5, "expected_load": 4 / 6.5}
    assert {name: found[name] for name in want} == pytest.approx(want)


def test_engineering_by_panels_waits_for_its_crew(write: Write) -> None:
    """After every second panel an engineer takes 1 h; two tools call him at 2 h: the second waits for him an hour, in engineering time too."""
    tools = "    t: {count: 2, engineering: {e: {every_panels: 2, takes_h: 1, crew: engineers}}}"
    plan = plan_of_line(write, "release: {every_h: 90, lots: 4, lots_at_once: 4}\noperators: {engineers: 1}", tools,
                        "- {id: work, tool: t, time_h: 1}", 10)
    totals = one(plan, 0)
    assert totals.state_hours.tolist() == [[4, 13, 3, 0, 0, 0]]
    assert totals.pools.tolist() == [[2, 10, 1, 2]]
    with pytest.raises(RecipeError, match="no operators 'nobody'"):
        plan_of_line(write, "release: {every_h: 90}", tools.replace("crew: engineers", "crew: nobody"), "- {id: work, tool: t, time_h: 1}")


@pytest.mark.parametrize(
    ("tool", "address"),
    [("failures: {f: {mtbf_h: {constant: {value: 0}}, mttr_h: 1}}", "tools.t.failures.f.mtbf_h"), ("failures: {f: {mtbf_h: 0, mttr_h: 1}}", "tools.t.failures.f.mtbf_h"),
     ("maintenance: {f: {every_s: 1e-9, takes_h: 1}}", "tools.t.maintenance.f.every_s")],
)
def test_what_would_come_round_in_no_time_is_refused(write: Write, tool: str, address: str) -> None:
    """A failure, or maintenance, that is due again at once has no clock: said with its address."""
    with pytest.raises(RecipeError, match=r"must be > 0 on average, a microsecond at least .*\[" + address):
        plan_of_line(write, "release: {every_h: 1}", f"t: {{{tool}}}", WORK)


def test_operators_with_nothing_to_attend_are_told(write: Write) -> None:
    """A load, an unload or a setup that somebody stands by, and that takes no time; nothing is said where it takes some."""
    line = "release: {every_h: 5}\noperators: {staff: 1}"
    bare = "t: {attended: {pool: staff, during: [setup, load, run, unload]}}"
    full = "t: {load_s: 5, unload_s: 5, setup: {by: product, time_s: 5}, attended: {pool: staff, during: [setup, load, run, unload]}}"
    told = suspicious(plan_of_line(write, line, bare, "- {id: s, tool: t, time_h: 1}"))
    assert [word for word in ("load", "run", "unload", "setup") if any(f"attend the {word} of t, which takes no time" in one for one in told)] == [
        "load", "unload", "setup"]
    assert not suspicious(plan_of_line(write, line, full, "- {id: s, tool: t, time_h: 1}"))
