"""Tests closed forms of waiting that are exact for exponential times: queues for batches, and what a constant WIP holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lines import Write, plan_of

from procsim.cli import main
from procsim.closed_form.batch_size import STATES, Forming, formed
from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.replicate import replicate
from procsim.maths.markov import bulk_queue
from procsim.planning.plan import HOUR
from procsim.recipe.load import load
from procsim.results.metrics import named
from procsim.results.overload import refuse_overload

TEXT = """\
line:
  release: {release}
  tools: {{m: {{{tool}}}}}
run: {{horizon_h: 20500, warmup_h: 500, replications: 6}}
steps:
  - {{id: work, tool: m, time_h: {time}{more}}}
"""


@pytest.mark.parametrize(("rate", "tools", "wait"), [(0.8, 1, 4.0), (2.4, 3, 1.07865169), (0.5, 1, 1.0)])
def test_runs_of_one_lot_wait_as_erlang_says(rate: float, tools: int, wait: float) -> None:
    """M/M[1,1]/m is M/M/m."""
    assert bulk_queue(rate, 1.0, tools, 1, 1) == pytest.approx((wait, 1.0), rel=1e-8)


def test_full_runs_wait_as_a_queue_of_their_own() -> None:
    """M/M[k,k]/1: runs come as E_k/M/1, σ = (λ/(λ + μ(1-σ)))^k, and wait σ/(μ(1-σ)); a lot waits (k-1)/2λ before for the others of its batch."""
    rate, k, s = 3.0, 4, 0.5
    for _ in range(200):
        s = (rate / (rate + 1.0 - s)) ** k
    assert bulk_queue(rate, 1.0, 1, k, k) == pytest.approx(((k - 1) / (2 * rate) + s / (1 - s), k), rel=1e-8)


def test_runs_without_bound_wait_as_bailey_says() -> None:
    """M/M[1,b]/1 (Bailey 1954, exponential): the queue that a run leaves behind is geometric with r, λ + μr^(b+1) = (λ + μ)r; a lot waits
    r/(λ(1-r)) for a run of the tool, if it is at work, as it is but for the chance (1-r)·p of an idle tool."""
    rate, most = 3.0, 4
    wait, k = bulk_queue(rate, 1.0, 1, 1, most)
    r = 0.5
    for _ in range(2000):
        r = (rate + r ** (most + 1)) / (rate + 1)
    busy = rate / (rate + 1.0 - r)  # idle: λ·p₀ = μ·C, and C = busy·(1 - r)
    assert wait == pytest.approx(busy * r / (1 - r) / rate, rel=1e-8)
    assert k == pytest.approx(rate / busy, rel=1e-8), "each run takes an hour"


@pytest.mark.parametrize(("rate", "tool", "hours"), [(2.0, "batch: {min_panels: 2, max_panels: 3}", 10250),
                                                     (2.5, "batch: {min_panels: 1, max_panels: 4}", 8500),
                                                     pytest.param(7, "count: 2, batch: {min_panels: 2, max_panels: 6}", 5500, marks=pytest.mark.long)])
def test_waiting_and_load_of_batches_by_chance(write: Write, rate: float, tool: str, hours: int) -> None:
    """Poisson lots and exponential runs: the closed form's waiting and load are those of the run within 4 standard errors."""
    release, time = (f"{{exponential: {{mean: {mean!r}}}}}" for mean in (1 / rate, 1.0))
    plan = plan_of(write, TEXT.format(release=f"{{every_h: {release}}}", tool=tool, time=time, more=""), f"run.horizon_h={hours}")
    closed, totals = solve(plan), replicate(plan, 6)
    for name, want in (("waiting_time", closed.time.wait_h), ("bottleneck_load", closed.tools.load[0])):
        found = named(name, totals, 0.95)
        assert 4 * found.se < 0.1 * want
        assert abs(found.mean - want) < 4 * found.se, (name, found.mean, want)


@pytest.mark.parametrize(("rate", "tool"), [(3, "batch: {min_panels: 4, max_panels: 4}"), (2, "batch: {min_panels: 1, max_panels: 4}"),
                                            (6, "count: 2, batch: {min_panels: 4, max_panels: 4}")])
def test_waiting_of_regular_batches_is_near(write: Write, rate: float, tool: str) -> None:
    """Runs of exactly an hour are beyond the chain, which is scaled by variability: an estimate, within a fifth."""
    plan = plan_of(write, TEXT.format(release=f"{{every_h: {{exponential: {{mean: {1 / rate!r}}}}}}}", tool=tool, time="1", more=""),
                   f"run.horizon_h={500 + 18000 / rate!r}")
    assert solve(plan).time.wait_h == pytest.approx(named("waiting_time", replicate(plan, 2), 0.95).mean, rel=0.2)


def test_a_constant_wip_is_what_it_is_told_also_where_lots_are_scrapped(write: Write) -> None:
    """Two lots in the line, half of which are scrapped by its only step: two lots, of which one waits, and half a finished lot an hour."""
    plan = plan_of(write, TEXT.format(release="{conwip_lots: 2}", tool="", time="{exponential: {mean: 1}}",
                                       more=", rework: {chance: 0.5, limit: 0, after_limit: scrap}"))
    closed = solve(plan)
    assert (closed.time.wip, closed.time.wait_h, closed.starts.lots_per_h * closed.flow.finished) == pytest.approx((2, 1, 0.5))
    assert named("wip", replicate(plan, 1), 0.95).mean == pytest.approx(2)


def test_lots_wait_for_the_entrance_of_an_in_line_tool(write: Write) -> None:
    """Four places in a row and a panel in every hour: M/D/1 with an hour, ρ/2(1-ρ) of waiting, though each is inside for four."""
    plan = plan_of(write, TEXT.format(release="{every_h: {exponential: {mean: 1.25}}}", tool="inline: {panels: 4}", time="{per_panel: 4}", more=""))
    closed, found = solve(plan), named("waiting_time", replicate(plan, 6), 0.95)
    assert (closed.time.wait_h, closed.time.cycle_h) == pytest.approx((2, 6))
    assert abs(found.mean - closed.time.wait_h) < 4 * found.se < 0.2 * closed.time.wait_h


def test_a_great_many_tools_in_batches_are_estimated_in_no_time(write: Write) -> None:
    """Two hundred tools of fifty lots at least would be a chain of 10 000 states: beyond ``STATES`` it is not asked."""
    plan = plan_of(write, TEXT.format(release="{every_h: {exponential: {mean: 0.0001}}}", tool="count: 200, batch: {min_panels: 50, max_panels: 60}",
                                       time="1", more=""))
    assert STATES < 200 * 50
    assert formed(plan, 0, np.array([True])) == Forming()
    assert 0 < solve(plan).time.wait_h < 1


def test_a_step_that_takes_no_time_at_its_tool_is_told_of(write: Write) -> None:
    """Somebody forgot the time of one step of two."""
    plan = plan_of(write, TEXT.format(release="{every_h: 2}", tool="", time="1", more="").rstrip() + "\n  - {id: gone, tool: m}\n")
    assert [warning for warning in plan.warnings if "takes no time" in warning] == ["step gone at m takes no time: give it time_min (or _h, _s)"]


@pytest.mark.parametrize("shape", ["clustering: 2", "layers: 3"])
def test_a_law_is_not_given_what_it_does_not_know(shape: str, write: Write) -> None:
    """Clustering without a law that clusters would be dropped in silence."""
    with pytest.raises(RecipeError, match="law poisson knows no"):
        load(write(TEXT.format(release="{every_h: 2}", tool="", time="1", more=f", defects: {{per_unit_ppm: 500, {shape}}}")))


SHIFTED = """\
line:
  lot: {{panels: 1}}
  release: {{every_h: {every}}}
  shifts: {{d: {{on_off_h: [{spans}]}}, e: {{on_off_h: [12, 12]}}}}
  operators: {{p: {{count: 2, shift: d}}}}
  tools: {{m: {{{tool}}}, n: {{{then}}}}}
run: {{horizon_h: 24000, warmup_h: 1200, replications: 4}}
steps:
  - {{id: work, tool: m, time_h: {time}}}
  - {{id: pack, tool: n, time_h: {time}}}
"""


@pytest.mark.parametrize(("spans", "on", "wait"), [("8, 16", 8, 16**2 / (2 * 24)), ("16, 8", 16, 8**2 / (2 * 24)), ("120, 48", 120, 48**2 / (2 * 168))])
def test_what_flows_in_while_a_tool_is_off_waits(write: Write, spans: str, on: int, wait: float) -> None:
    """Lots a minute apart, of which a fluid can be thought: D hours of it stand before the tool after D hours off, and are gone when the tool,
    which could take 1/ρ times as much all day, has caught up: D²/2T / (1 - ρ), also in a run."""
    busy = 0.8
    share = on / sum(map(int, spans.split(",")))
    every = 1 / 60
    text = SHIFTED.format(every=every, spans=spans, tool="shift: d", then="", time=busy * share * every).replace("24000", "1080").replace("1200", "240")
    plan = plan_of(write, text)
    closed = solve(plan)
    assert closed.time.queue_h[0] == pytest.approx(wait / (1 - busy * share), rel=1e-6)
    totals = replicate(plan, 1)[0]
    assert totals.by_step["queue_us"][0] / totals.by_step["visits"][0] / HOUR == pytest.approx(closed.time.queue_h[0], rel=0.02)


@pytest.mark.parametrize(("tool", "then"), [("shift: d", "shift: d"), ("shift: d", ""), ("attended: {pool: p, during: [run]}", ""),
                                            ("attended: {pool: p, during: [load]}, load_h: 0.1", ""),
                                            ("shift: e, attended: {pool: p, during: [run]}", "")])
@pytest.mark.parametrize("busy", [pytest.param(0.5, marks=pytest.mark.long), 0.8])
def test_cycle_times_in_shifts_are_near(write: Write, tool: str, then: str, busy: float) -> None:
    """Eight hours in twenty-four, by tool or by operator, in one place or two: the estimate is within a third of what a run gives, where that of an
    outage of sixteen hours at any time would be twice or a half of it."""
    text = SHIFTED.format(every=f"{{exponential: {{mean: {3 / busy}}}}}", spans="8, 16", tool=tool, then=then, time="{exponential: {mean: 1}}")
    plan = plan_of(write, text)
    found = named("cycle_time", replicate(plan, 4), 0.95)
    assert abs(solve(plan).time.cycle_h / found.mean - 1) < 1 / 3


def test_a_tool_whose_operators_are_not_there_for_long_enough_is_refused(write: Write) -> None:
    """An hour of work every two hours; operators are there 8 of 24, and finish what they have begun: a tool has work for 12 of 24 hours, and 8
    of them somebody works it."""
    text = SHIFTED.format(every=2, spans="8, 16", tool="attended: {pool: p, during: [run]}", then="", time=1)
    plan = plan_of(write, text)
    with pytest.raises(InfeasibleError, match=r"m is 50 % loaded with 1, and only 33\.3 % of its time can be worked \(its operators are not there longer\).*tools\.m\.count=2"):
        refuse_overload(plan, solve(plan), False)
    plan = plan_of(write, text.replace("every_h: 2", "every_h: 3.2"))
    refuse_overload(plan, solve(plan), False)


def test_what_is_odd_about_times_is_told(write: Write) -> None:
    """An in-line tool that does nothing panel by panel; a normal time of which much lies below 0 (standard normal: mean φ(1)/Φ(1) = 0.288 more)."""
    text = TEXT.format(release="{every_h: 3}", tool="inline: {panels: 4}", time="{normal: {mean: 1, sd: 1}}", more="")
    told = plan_of(write, text).warnings
    assert any("step work has no time per panel, so that m, an in-line tool, does one lot after the other" in words for words in told)
    assert any("step work: a normal time is cut off below 0, and its mean is then 1.288 times" in words for words in told)
    text = TEXT.format(release="{every_h: 3}", tool="inline: {panels: 4}", time="{per_panel: {normal: {mean: 1, sd: 0.25}}}", more="")
    assert not any("per panel, so" in words or "normal" in words for words in plan_of(write, text).warnings)


@pytest.mark.parametrize(("end", "every", "time", "runs"), [("finish", 5.5, 3, True), ("finish", 5.0, 3, False), ("no_start", 6.5, 3, False),
                                                            ("no_start", 8.1, 3, True), ("no_start", 10.5, 5, False), ("no_start", 16.1, 5, True)])
def test_what_the_end_of_a_shift_gives_and_takes(write: Write, end: str, every: float, time: int, runs: bool) -> None:
    """Eight hours on, eight off. Of runs of three hours three are done a shift with overtime, and two that begin only if they end in it; of five
    hours one. More than that is refused, less goes on."""
    text = (f"line:\n  release: {{every_h: {every}}}\n  shifts: {{d: {{on_off_h: [8, 8], at_end: {end}}}}}\n  tools: {{m: {{shift: d}}}}\n"
            f"run: {{horizon_h: 4000, warmup_h: 400}}\nsteps:\n  - {{id: a, tool: m, time_h: {time}}}\n")
    plan = plan_of(write, text)
    if runs:
        refuse_overload(plan, solve(plan), False)
        totals = replicate(plan, 1)[0]
        assert totals.sums["lots_finished"] == pytest.approx(3600 / every, abs=2)
        return
    with pytest.raises(InfeasibleError, match="grow without end"):
        refuse_overload(plan, solve(plan), False)
    assert replicate(plan, 1)[0].sums["lots_finished"] < 0.99 * 3600 / every


def test_operators_finish_what_they_have_begun_and_that_counts(write: Write) -> None:
    """A run of 1.5 h, an operator who is there 4 of 16 hours: he begins three and finishes them, so that a lot every 5.4 h is not too much."""
    text = ("line:\n  release: {every_h: 5.4}\n  shifts: {d: {on_off_h: [4, 12]}}\n  operators: {o: {count: 1, shift: d}}\n"
            "  tools: {m: {load_h: 0.5, attended: {pool: o, during: [load, run]}}}\nrun: {horizon_h: 4000, warmup_h: 400}\n"
            "steps:\n  - {id: a, tool: m, time_h: 1}\n")
    plan = plan_of(write, text)
    refuse_overload(plan, solve(plan), False)
    assert replicate(plan, 1)[0].sums["lots_finished"] == pytest.approx(3600 / 5.4, abs=2)


def test_a_line_that_only_a_run_shows_to_be_overloaded_ends_in_an_error(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four tools that fail every 4 h, and one mender who takes 2 h: he could mend what the work asks for, 99 % of his time, were tools up only then; but
    1.81 tools are up on average (M/M/1//4), and 1.98 h of work come in an hour. The run stops with tool group and crew; with two more menders, or where
    overload is allowed, all goes on."""
    text = ("line:\n  release: {every_h: 0.505}\n  operators: {c: 1}\n"
            "  tools: {m: {count: 4, failures: {x: {mtbf_h: 4, mttr_h: 2, crew: c}}}}\nrun: {horizon_h: 4000, warmup_h: 300, replications: 2}\n"
            "steps:\n  - {id: a, tool: m, time_h: {exponential: {mean: 1}}}\n")
    words = ["run", str(write(text)), "--out", str(tmp_path / "out")]
    assert main(words) == 1
    said = " ".join("".join(capsys.readouterr()).split())
    assert "the line is overloaded" in said
    assert "ever more wait for m (limited by repair crew: c)" in said
    assert not (tmp_path / "out").exists()
    assert main([*words, "--set", "line.operators.c=3"]) == 0
    assert main([*words, "--allow-overload"]) == 0


def test_work_that_by_chance_is_too_long_for_any_shift_is_told(write: Write) -> None:
    """A third of six to nine hours is more than eight."""
    text = ("line:\n  release: {every_h: 40}\n  shifts: {d: {on_off_h: [8, 8], at_end: no_start}}\n  tools: {m: {shift: d}}\n"
            "run: {horizon_h: 400, warmup_h: 0}\nsteps:\n  - {id: a, tool: m, time_h: {uniform: {low: 6, high: 9}}}\n")
    assert any("about 33 % of its times at m are longer than its longest shift (8 h)" in words for words in plan_of(write, text).warnings)
    assert not plan_of(write, text.replace("high: 9", "high: 8")).warnings
    row = text.replace("m: {shift: d}", "m: {shift: d, inline: {panels: 4}}").replace("release:", "lot: {panels: 4}\n  release:")
    row = row.replace("{uniform: {low: 6, high: 9}}", "{per_panel: {uniform: {low: 4, high: 5}}}")
    assert not plan_of(write, row.replace("high: 5", "high: 4.5")).warnings, "four panels in a row are through in 1.75 times what one takes"
    assert any("% of its times at m are longer" in words for words in plan_of(write, row.replace("high: 5", "high: 6")).warnings)


@pytest.mark.parametrize(("by", "kinds"), [("step", 3), ("any", 3), ("step", 8)])
def test_lots_of_several_kinds_wait_for_batches_about_as_long_as_estimated(write: Write, by: str, kinds: int) -> None:
    """Three ovens that take one or two lots: kinds that do not run together wait for their turn, but not without end. Estimates, within a factor of
    three where the wait is a share of an hour's run; load within 15 %."""
    steps = "".join(f"  - {{id: s{i}, tool: m, time_h: 1}}\n" for i in range(kinds))
    text = TEXT.format(release=f"{{every_h: {{exponential: {{mean: {kinds / 3}}}}}}}", tool=f"count: 3, batch: {{min_panels: 1, max_panels: 2, by: {by}}}",
                       time="1", more="")
    plan = plan_of(write, text[: text.index("  - {id: work")] + steps, "run.horizon_h=5500")
    closed, runs = solve(plan), replicate(plan, 2)
    assert closed.tools.load[0] == pytest.approx(named("bottleneck_load", runs, 0.95).mean, rel=0.15)
    assert 1 / 3 < closed.time.wait_h / named("waiting_time", runs, 0.95).mean < 3


@pytest.mark.parametrize(("tools", "operators", "rate", "wait"), [(3, 1, 1 / 1.1, 10.0), (4, 2, 1.5, 1.28571)])
def test_lots_wait_for_operators_as_erlang_says(write: Write, tools: int, operators: int, rate: float, wait: float) -> None:
    """More tools than operators, who stand by all run long: the line is M/M/c of operators, whether a lot waits in a tool or before it."""
    text = TEXT.format(release=f"{{every_h: {{exponential: {{mean: {1 / rate}}}}}}}\n  operators: {{o: {operators}}}",
                       tool=f"count: {tools}, attended: {{pool: o, during: [run]}}", time="{exponential: {mean: 1}}", more="")
    closed = solve(plan_of(write, text))
    assert closed.time.cycle_h == pytest.approx(1 + wait, rel=0.02)


def test_lots_wait_for_others_of_their_own_product(write: Write) -> None:
    """Five streams, one lot in 5 h of each, batches of four: a lot waits (4 - 1) / 2 · 5 h, and hardly for one of three tools; lots that come four at
    once have the others with them."""
    line = "\n  releases: {" + ", ".join(f"p{i}: {{every_h: {{exponential: {{mean: 5}}}}}}" for i in range(5)) + "}"
    text = TEXT.format(release="{every_h: 1}", tool="count: 3, batch: {min_panels: 4, max_panels: 4, by: product}", time="2", more="")
    closed = solve(plan_of(write, text.replace("\n  release: {every_h: 1}", line)))
    assert closed.time.wait_h == pytest.approx(7.5, rel=0.01)
    closed = solve(plan_of(write, text.replace("\n  release: {every_h: 1}", "\n  release: {every_h: 20, lots_at_once: 4}")))
    assert closed.time.wait_h < 0.1


def test_a_tool_that_avoids_setups_is_not_refused_for_those_by_chance(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Two products, an hour each, half an hour of setup: by chance the tool would be 119 % loaded; with least_setup it goes on with one until none
    waits, and is not. Its work alone may still be too much."""
    line = "\n  releases: {p: {every_h: {exponential: {mean: 2.1}}}, q: {every_h: {exponential: {mean: 2.1}}}}"
    text = TEXT.format(release="{every_h: 1}", tool="setup: {by: product, time_min: 30}", time="1", more="").replace("\n  release: {every_h: 1}", line)
    path = str(write(text))
    assert main(["check", path]) == 1
    assert main(["check", path, "--set", "tools.m.dispatch=least_setup"]) == 0
    capsys.readouterr()
    plan = plan_of(write, text, "tools.m.dispatch=least_setup", "run.horizon_h=6000")
    load_ = solve(plan).tools.load[0]
    assert 2 / 2.1 < load_ < 1
    assert load_ == pytest.approx(named("bottleneck_load", replicate(plan, 2), 0.95).mean, rel=0.03)
    assert main(["check", path, "--set", "tools.m.dispatch=least_setup", "--set", "line.releases.p.every_h=1.8"]) == 1


def test_a_queue_from_which_late_lots_are_scrapped_does_not_overflow(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A limit of queue time that scraps bounds the queue of a tool that has too much to do; one that only counts does not."""
    text = ("line:\n  release: {every_h: {exponential: {mean: 0.8}}}\n  tools: {x: {count: 9}, y: {}}\n"
            "  queue_time_limits: {q: {from: a, to: b, limit_h: 2, action: %s}}\nrun: {horizon_h: 2000, warmup_h: 100}\n"
            "steps:\n  - {id: a, tool: x, time_h: 0.1}\n  - {id: b, tool: y, time_h: {exponential: {mean: 1}}}\n")
    assert main(["check", str(write(text % "scrap"))]) == 0
    assert main(["check", str(write(text % "count"))]) == 1


def test_overtime_that_makes_a_load_above_one_feasible_has_a_cycle_time(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs of 6 h, three in two days, in shifts of 8 h a day that end what they began: more is done than the shift is long, and ``estimate`` says
    how long a lot takes."""
    text = ("line:\n  release: {every_h: 16}\n  shifts: {d: {on_off_h: [8, 16], at_end: finish}}\n  tools: {m: {count: 1, shift: d}}\n"
            "run: {horizon_h: 2000, warmup_h: 100}\nsteps:\n  - {id: a, tool: m, time_h: 6}\n")
    assert main(["estimate", str(write(text))]) == 0
    said = capsys.readouterr().out
    assert "112 % loaded" in said
    assert "∞" not in said
