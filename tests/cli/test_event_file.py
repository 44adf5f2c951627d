"""Tests the file of what happens in a run: what it holds, whoever asks for it, and that it takes the place of nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from conftest import TINY
from lines import Write

import procsim
from procsim.cli import main
from procsim.planning.plan import HOUR

FLOW = ["run", "line.yaml", "--out", "out", "--quiet"]


@pytest.fixture
def here(here: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> Path:
    """The same with a shorter run, whose reports do without pictures, which take long."""
    monkeypatch.setattr("procsim.cli.simulate._pictures", lambda *_: {"section.svg": b"<svg/>"})
    write(TINY)
    return here


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def test_the_same_events_in_one_process_or_two_or_from_python(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first replication's; the command names the file, and nothing is left beside it."""
    assert main([*FLOW, "--events", "one.csv", "--replications", "3", "--jobs", "1"]) == 0
    assert "one.csv" in capsys.readouterr().out
    assert main([*FLOW, "--events", "two.csv", "--replications", "3", "--jobs", "2"]) == 0
    procsim.run("line.yaml", replications=1, events="three.csv")
    assert (here / "one.csv").read_bytes() == (here / "two.csv").read_bytes() == (here / "three.csv").read_bytes()
    assert [p.name for p in here.iterdir() if p.name.startswith(".")] == []


def test_what_the_file_says(here: Path) -> None:
    """Lots are those of lots.csv, with the hours at which they came and left; times have all their microseconds; tools count from 1."""
    assert main([*FLOW, "--events", "events.csv", "--replications", "1"]) == 0
    found, lots = rows(here / "events.csv"), rows(here / "out" / "lots.csv")
    for event, column in (("release", "released_h"), ("leave", "finished_h")):
        hours = {row["lot"]: row[column] for row in lots if row[column]}
        assert {row["lot"]: f"{float(row['time_h']):.10g}" for row in found if row["event"] == event} == hours
    assert all(abs(float(row["time_h"]) * HOUR - round(float(row["time_h"]) * HOUR)) < 1e-3 for row in found)
    assert {row["tool"] for row in found if row["event"] == "start"} == {"1"}
    assert all(bool(row["step"]) == bool(row["lot"]) for row in found)


def test_the_events_take_the_place_of_nothing_else(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another file, a file of the report, one name for two things: exit 2 with the reason. Earlier events are replaced."""
    (here / "other.csv").write_text("a,b\n1,2\n")
    for name, reason in (("line.yaml", "holds no events"), ("other.csv", "holds no events"), ("no/x.csv", "no folder"), ("out/lots.csv", "the report")):
        (here / "out").mkdir(exist_ok=True)
        assert main([*FLOW, "--events", name]) == 2
        assert reason in capsys.readouterr().err
    assert main([*FLOW, "--events", "new.csv", "--save-wip", "./new.csv"]) == 2
    assert "name two files" in capsys.readouterr().err
    (here / "earlier.csv").write_text("time_h,event,stream,product,lot,part,step,pass,tool_group,tool,panels\n")
    assert main([*FLOW, "--events", "earlier.csv"]) == 0
    assert len(rows(here / "earlier.csv")) > 10


def test_of_a_line_that_is_stuck_one_sees_how_it_came_to_that(here: Path, write: Write) -> None:
    """Two buffers in a circle: the run ends with exit 1, and its events up to then are there."""
    write("""
        line:
          lot: {panels: 1, units_per_panel: 1}
          release: {every_h: 0.5}
          tools: {t: {buffer_lots: 1}, u: {buffer_lots: 1}}
        run: {horizon_h: 100, warmup_h: 0, replications: 1, allow_overload: true}
        steps: [{id: a, tool: t, time_h: 1}, {id: b, tool: u, time_h: 1}, {id: c, tool: t, time_h: 1}]
        """)
    assert main([*FLOW, "--events", "events.csv"]) == 1
    assert rows(here / "events.csv")[-1]["event"] in ("held", "blocked")
