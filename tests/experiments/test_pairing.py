"""Measures what running base and edit on the same random numbers gains, on ten edits that were fixed beforehand."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from procsim.experiments.processes import processes
from procsim.experiments.replicate import replicate
from procsim.maths import statistics
from procsim.results.metrics import series
from procsim.results.paired import Change, Line, change, figures, parts
from procsim.studies.flow import load
from procsim.studies.whatif import solved

TEN = yaml.safe_load(Path(__file__).with_name("ten_edits.yaml").read_text(encoding="utf-8"))
REPLICATIONS, SEED, OTHER = 12, 1, 1_000_001
LEAST = 5.0
"""So many times narrower are intervals of cost and yield where steps and releases stay."""
MONEY = ("cost_per_good_unit_direct", "cost_per_good_unit_loaded", "cost_per_shipped_unit", "cost_per_good_unit_direct_without_dies", "yield")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Line]:
    """A line after one of the edits ("" for none), by a seed; each is simulated once."""
    folder, known = tmp_path_factory.mktemp("edits"), dict[tuple[str, int], Line]()

    def made(name: str, seed: int) -> Line:
        if (name, seed) not in known:
            path = folder / f"{name.replace(' ', '_')}.yaml"
            changes = next((edit["changes"] for edit in TEN["edits"] if edit["name"] == name), [])
            path.write_text(yaml.safe_dump({"extends": TEN["flow"], "changes": changes}), encoding="utf-8")
            found = solved(load(path), False, name)
            plan = replace(found.plan, seed=seed)
            with processes(os.cpu_count() or 1) as pool:
                known[name, seed] = Line(plan, found.closed, replicate(plan, REPLICATIONS, executor=pool))
        return known[name, seed]

    return made


def independent(metric: Any, base: Line, other: Line) -> float:
    """Half-width of the interval of a difference of lines that share no random numbers (Welch)."""
    one, two = (parts(series(line.totals, metric.above), series(line.totals, metric.below)) for line in (base, other))
    found = statistics.welch(one.deviations, two.deviations)
    return (found.high - found.low) / 2


@pytest.mark.long
@pytest.mark.parametrize("edit", TEN["edits"], ids=lambda edit: str(edit["name"]))
def test_what_pairing_gains(edit: dict[str, Any], lines: Callable[[str, int], Line], record_property: Callable[[str, object], None]) -> None:
    """Width with independent seeds over width with the same: at least 5 for costs and yield where steps and releases stay, at least 2 for costs by the
    hour, which are controlled, and more than 1 for the others; all are printed."""
    base, other, apart = lines("", SEED), lines(edit["name"], SEED), lines(edit["name"], OTHER)
    for metric in figures(base, [other]):
        found: Change = change(metric, base, other, 0.95)
        half = (found.difference.high - found.difference.low) / 2
        wide = independent(metric, base, apart)
        gain = wide / half if half else math.inf if wide else math.nan
        record_property("row", f"{edit['name']}/{metric.name}\t{edit['name']:<20} {metric.name:<40} {gain:8.1f} {', '.join(found.controlled)}")
        if metric.name in MONEY:
            assert gain != gain or gain >= (LEAST if edit["stays"] else 2.0 if found.controlled else 1.0), (edit["name"], metric.name, gain)


def test_the_ten_edits_can_be_made(tmp_path: Path) -> None:
    """Each of them is a recipe whose line can run, and the ten are of ten kinds."""
    assert len({edit["name"] for edit in TEN["edits"]}) == 10
    for edit in TEN["edits"]:
        path = tmp_path / "edit.yaml"
        path.write_text(yaml.safe_dump({"extends": TEN["flow"], "changes": edit["changes"]}), encoding="utf-8")
        found = solved(load(path), False, edit["name"])
        assert np.isfinite(found.closed.loaded)
