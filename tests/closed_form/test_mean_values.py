"""Tests what runs of mean values (``--no-variability``) say: the same as the closed form, and what they cannot say is left out with a word."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lines import Write
from mean_lines import random_line

from procsim.cli import main
from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.experiments.mean_values import told, unknown
from procsim.experiments.replicate import one
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load
from procsim.results.metrics import loads, pool_loads

LINE = """\
line:
  lot: {panels: 2, units_per_panel: 10}
  release: {every_h: 7}
  operators: {hands: 3}
  shifts: {late: {on_off_h: [20, 4], at_end: finish}}
  tools:
    t: {}
    b: {price_usd: 100000, count: 2, TOOL}
materials: {x: {price_usd_per_piece: 1}}
economics: {hours_per_year: 8400, practical_capacity: 0.8, life_years: 5}
run: {horizon_h: 4480, warmup_h: 280, replications: 1}
steps:
  - {id: s0, tool: t, time_h: 1, yield: {unit: 0.9}}
  - {id: s1, tool: b, time_h: {per_run: 2.3, per_lot: 0.2}, consumes: {x: {per_run: 3}}, WAY}
  - {id: s2, tool: t, time_h: 1.1}
"""
FIXED = "batch: {min_panels: %d, max_panels: %d}"


def run(path: Path) -> tuple[Plan, ClosedForm, Totals]:
    """The plan, its closed form, and a run of mean values as the commands tell it."""
    plan = make(load(path))
    closed = solve(plan)
    return plan, closed, told(plan, one(plan, 0, variable=False), unknown(plan, closed))


@pytest.mark.parametrize("lots", [1, 2, 3])
@pytest.mark.parametrize(("way", "visits"), [("sample: 0.5", 0.5), ("sample: 0.11", 0.11), ("sample_every: 4", 0.25), ("rework_only: false", 1.0),
                                             ("rework: {chance: 0.3, to: s1, limit: 2, after_limit: go_on}", 1 + 0.3 + 0.09)])
def test_a_visit_by_a_chance_takes_its_part_of_a_run(write: Write, lots: int, way: str, visits: float) -> None:
    """So many lots share a run of 2.3 h and 0.2 h for each: of a lot's visits 2.3 / lots + 0.2 hours each, by which tools are loaded, and paid; a visit
    lasts as long as its run. Per run 3 USD are used up."""
    plan, closed, totals = run(write(LINE.replace("TOOL", FIXED % (2 * lots, 2 * lots)).replace("WAY", way)))
    takes = visits * (2.3 / lots + 0.2)
    assert loads([totals])[0] == pytest.approx([2.1 / 7, takes / 7 / 2], rel=1e-6, abs=3 / 4200)
    assert totals.per_lot_us["process_us"] / HOUR == pytest.approx(2.1 + visits * (2.3 + 0.2 * lots), rel=1e-6)
    each = float((takes * plan.money.rate[1]).sum()) + 3 * visits / lots
    assert totals.cost.sum() / totals.sums["lots_left"] == pytest.approx(each, rel=1e-6)
    assert (closed.tools.load[1], closed.costs.per_lot.sum()) == (pytest.approx(takes / 14), pytest.approx(each))


def test_the_load_of_a_sampled_batch_as_printed(write: Write, tmp_path: Path) -> None:
    """Half of all lots, one every 7 h, take one of two tools for 2.3 h: 0.5 · 2.3 / 7 / 2 in both columns; nothing is left out."""
    text = ("line: {lot: {panels: 2}, release: {every_h: 7}, tools: {b: {count: 2, batch: {min_panels: 2, max_panels: 2}}, t: {count: 1}}}\n"
            "run: {horizon_h: 3080, warmup_h: 280, replications: 1}\n"
            "steps: [{id: s0, tool: t, time_h: 1}, {id: s1, tool: b, time_h: 2.3, sample: 0.5}, {id: s2, tool: t, time_h: 1.1}]\n")
    assert main(["run", str(write(text)), "--no-variability", "--quiet", "--out", str(tmp_path / "out")]) == 0
    table = pd.read_csv(tmp_path / "out" / "tools.csv").set_index("tool_group")
    assert table.loc["b", "load"] == pytest.approx(0.5 * 2.3 / 14, rel=1e-6)
    assert table.loc["b", "expected_load"] == pytest.approx(0.5 * 2.3 / 14, rel=1e-9)
    figures = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("metric")
    assert figures.loc["raw_process_time", "mean"] == pytest.approx(1 + 0.5 * 2.3 + 1.1, rel=1e-9)
    assert figures.loc["cycle_time", "mean"] == pytest.approx(3.25, rel=1e-9), "nobody waits for the other half of a lot"


LEFT_OUT = {
    "batches that start with fewer": ("batch: {min_panels: 2, max_panels: 4}", "sample: 0.5", "batches that differ"),
    "batches that lose patience": ("batch: {min_panels: 4, max_panels: 4, longest_wait_h: 3}", "sample: 0.5", "batches that differ"),
    "setups": ("setup: {by: step, time_h: 1}", "rework: {chance: 0.3, via: [strip], to: s1}", "setups"),
    "unlike tools": ("speeds: [1, 0.5]", "sample: 0.5", "unlike speeds"),
    "scrap": ("failures: {f: {mtbf_h: 50, mttr_h: 1, work: scrap}}", "sample: 0.5", "scrapped"),
    "overtime": ("shift: late", "sample: 0.5", "shift's end"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_mean_values_do_not_tell_is_left_out_with_a_word(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The load of the tool group is empty in the table and named in a warning; so are cost and raw process time, but where only the load is not
    known. What does not hang on it stays: the other group's load, and the yield, unless lots are scrapped."""
    tool, way, word = LEFT_OUT[name]
    text = LINE.replace("count: 2, TOOL" if "speeds" in tool else "TOOL", tool).replace("WAY", way)
    if "strip" in way:
        text += "  - {id: strip, tool: b, time_h: 0.1, rework_only: true}\n"
    assert main(["run", str(write(text)), "--no-variability", "--quiet", "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    warning = next(line for line in printed.err.replace("\n", " ").split("warning: ") if "leaves out" in line)
    assert "b (" in warning and word in warning
    table = pd.read_csv(tmp_path / "out" / "tools.csv").set_index("tool_group")
    assert table.loc["b", ["load", "productive", "oee"]].isna().all()
    assert math.isnan(table.loc["t", "load"]) == (name == "scrap")
    figures = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("metric")["mean"]
    for metric in ("cost_per_good_unit_direct", "cost_per_good_unit_loaded", "raw_process_time"):
        assert math.isnan(figures[metric]) == (name != "overtime"), metric
    assert math.isnan(figures["yield"]) == (name == "scrap")
    assert pd.read_csv(tmp_path / "out" / "lots.csv")["cost_usd"].isna().all() == (name != "overtime")


EDGES = 0.01
"""What runs cut by the window's edges, and outages there, may add to a load."""


@pytest.mark.parametrize("seeds", [range(30), pytest.param(range(30, 1500), marks=pytest.mark.long)], ids=["quick", "many"])
def test_mean_values_are_the_closed_form_or_left_out(write: Write, seeds: range) -> None:
    """Of lines at random: yield, direct cost, the hours paid at each step, and raw process time within 1e-6 of the closed form; loads too, but for the
    window's edges. Most figures are told, and none is left out of lines whose tools are of a kind that mean values know."""
    known, all_of_them = 0, 0
    for seed in seeds:
        text, kinds = random_line(seed)
        _, closed, totals = run(write(text))
        if closed.loads.max() > 0.9 or not totals.sums["lots_left"] or totals.good == 0:
            continue
        figures = {
            "yield": (totals.good / totals.sums["units_started"], closed.flow.yield_), "direct": (totals.cost.sum() / totals.good, closed.direct),
            "raw": (totals.per_lot_us["process_us"] / HOUR, closed.time.raw_process_h)}
        for name, (found, exact) in figures.items():
            assert math.isnan(found) or found == pytest.approx(exact, rel=1e-6), (seed, name)
        each = totals.cost / totals.sums["lots_left"]
        assert np.isclose(each, closed.costs.per_lot, rtol=1e-6, atol=1e-6 * closed.costs.per_lot.sum())[~np.isnan(each)].all(), seed
        for found, exact in ((loads([totals])[0], closed.tools.load), (pool_loads([totals])[0], closed.operators.load)):
            assert (np.isnan(found) | (np.abs(found - exact) < EDGES)).all(), (seed, found, exact)
        told_all = not np.isnan([value for value, _ in figures.values()]).any()
        if set(kinds.values()) <= {"plain", "inline", "loaded", "attended", "shift", "maintained", "failing"}:
            assert told_all, seed
        known, all_of_them = known + told_all, all_of_them + 1
    assert known > all_of_them / 3


def test_transport_of_lots_that_are_there_by_a_chance(write: Write) -> None:
    """Half of all lots go to b and back, a fifth back by way of u, twice at most: moves are 2 · 0.5 + 1, and 1 + 1 + 2 · 0.5 for each time round. In closed
    form, and in a run of mean values in which nobody waits."""
    text = ("line: {lot: {panels: 2}, release: {every_h: 7}, transport_h: 0.1, tools: {b: {count: 2}, t: {}, u: {}}}\n"
            "run: {horizon_h: 700, warmup_h: 70, replications: 1}\n"
            "steps:\n  - {id: s0, tool: t, time_h: 1}\n  - {id: s1, tool: b, time_h: 2.3, sample: 0.5}\n"
            "  - {id: s2, tool: t, time_h: 1.1, rework: {chance: 0.2, via: [strip], to: s0, limit: 2, after_limit: go_on}}\n"
            "  - {id: s3, tool: u, time_h: 0.1}\n  - {id: strip, tool: u, time_h: 0.1, rework_only: true}\n")
    _, closed, totals = run(write(text))
    moves = 0.1 * (2 + (0.2 + 0.04) * 3)
    assert closed.time.move_h == pytest.approx(moves)
    assert totals.cycle_times / HOUR == pytest.approx(closed.time.raw_process_h + moves, rel=1e-6)
