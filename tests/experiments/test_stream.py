"""Tests that lots go to a file as they are finished, and into the report a stretch at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lines import Write, plan_of

from procsim import report, tables
from procsim.costs import spool as spools
from procsim.costs.spool import LOT_COLUMNS, Spool, spooled
from procsim.engine import sources
from procsim.experiments.replicate import one

TWO = """\
line:
  releases:
    fast: {every_h: {exponential: {mean: 1}}, due_h: 30}
    rare: {every_h: 3, priority: -1}
  dispatch: priority
  tools: {t: {count: 1}, u: {count: 2}}
run: {horizon_h: 600, warmup_h: 50, replications: 1}
steps:
  - {id: a, tool: t, time_h: {exponential: {mean: 0.5}}, yield: {panel: 0.95}}
  - {id: b, tool: u, time_h: {exponential: {mean: 1}}, yield: {unit: 0.9}}
"""


BEGUN = TWO.replace("  dispatch:", """  start_wip:
    - {stream: rare, step: b, released_h: -2}
    - {stream: fast, step: b, released_h: -1}
    - {stream: rare, step: a, released_h: -7, due_h: -3}
    - {stream: fast, step: a, released_h: -5}
  dispatch:""")


@pytest.mark.parametrize(("text", "stretch"), [(TWO, 7), (TWO, 4096), (BEGUN, 7)])
def test_streamed_lots_are_the_same_bytes(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str,
                                          stretch: int) -> None:
    """lots.csv from files is lots.csv from memory: two streams merged by time of release, blocks far smaller than the run, due dates of
    some lots only, lots still in the line or in it from the start; and with a file nothing is kept in memory."""
    monkeypatch.setattr(spools, "STRETCH", stretch)
    monkeypatch.setattr(sources, "PANELS_AT_ONCE", 16)
    plan = plan_of(write, text)
    kept = one(plan, 0)
    folder = tmp_path / "spool"
    folder.mkdir()
    streamed = one(plan, 0, spool=folder)
    assert len(kept.lots) == kept.released + text.count("released_h") > 600
    assert len(streamed.lots) == 0
    report.write(tmp_path / "memory", {"lots": tables.lots(plan, [kept])}, {}, {})
    report.write(tmp_path / "file", {"lots": tables.lots_by_stretches(plan, folder)}, {}, {})
    assert (tmp_path / "file" / "lots.csv").read_bytes() == (tmp_path / "memory" / "lots.csv").read_bytes()


def test_a_block_that_finishes_early_waits_for_its_turn(tmp_path: Path) -> None:
    """Rows come back in order of number, in whatever order their blocks are finished."""
    box, width = Spool(tmp_path), len(LOT_COLUMNS)
    rows = np.arange(6.0 * width).reshape(6, width)
    box.add(0, 4, 2, rows[4:])
    assert not list(spooled(tmp_path, ["one"]))
    box.add(0, 0, 2, rows[:2])
    box.add(0, 2, 2, rows[2:4])
    assert np.array_equal(np.concatenate(list(spooled(tmp_path, ["one"]))), rows)


def test_a_run_without_lots_has_the_names_of_the_columns(write: Write, tmp_path: Path) -> None:
    """An empty table is still a table."""
    plan = replace(plan_of(write, TWO), warmup_us=0, horizon_us=1)
    (tmp_path / "spool").mkdir()
    found = pd.concat(tables.lots_by_stretches(plan, tmp_path / "spool"))
    assert len(found) == 0
    assert list(found)[:3] == ["lot", "product", "released_h"]
