"""Tests that what the reference and ``procsim explain`` say an op counts is what its steps count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conftest import ROOT

from procsim.model.facts import ALWAYS, COUNTED
from procsim.recipe.load import load
from procsim.section.build import build
from procsim.section.quantities import quantities

PACKAGES = sorted((ROOT / "flows").glob("*.yaml"))
MORE = ("drilled_holes", "slit_streets")
"""What-ifs that fill holes, and that flip a panel with bonding points on it."""
PADS_LAID_BARE = """
extends: flows:embodiment_1.yaml
changes:
  insert:
    - {id: cover, op: deposit, material: polyimide, thickness_um: 5, tool: slit_coater, time_min: 1}
    - {id: bare, op: pattern, of: cover, mask: pad, tool: developer, time_min: 1}
  after: polish
"""


def counted(*paths: Path) -> Iterator[tuple[str, str]]:
    """(op, driver) of all that steps of these recipes count."""
    for recipe in map(load, paths):
        for placed, one in zip(recipe.steps, quantities(recipe, build(recipe)), strict=True):
            yield from ((placed.step.op, driver) for driver in one.amounts if placed.step.op and driver not in ALWAYS)


def test_what_an_op_counts_is_told(tmp_path: Path) -> None:
    """All of it, and nothing that no step counts."""
    pads = tmp_path / "pads.yaml"
    pads.write_text(PADS_LAID_BARE, encoding="utf-8")
    found = set(counted(*PACKAGES, *(ROOT / "flows" / "whatif" / f"{name}.yaml" for name in MORE), pads))
    assert found == {(op, driver) for op, drivers in COUNTED.items() for driver in drivers}
