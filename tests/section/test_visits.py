"""Tests that what every package needs is no sample, and that packages which are cut apart do not go back to what needs a panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from test_silly_edits import edited

from procsim.errors import RecipeError
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.section.build import build

E1 = ROOT / "flows" / "embodiment_1.yaml"

REFUSED = [
    # who passes it by is another package
    ("attach.sample=0.5", r"attach: only 50 % of the lots come to it \(sample\), and op attach shapes the package: what passes it by is another one"),
    ("layer1/plate.sample_every=3", r"layer1/plate: only one lot in 3 comes to it \(sample_every\), and op plate shapes"),
    ("singulate.sample=0", r"singulate: no lot comes to it \(sample: 0\), and op singulate shapes"),
    # or lacks a state that another step or the package needs
    ("mould_cure.sample=0.9", "mould_cure: only 90 % of the lots .* lacks it: grind: epoxy_mould of mould is not cured before op planarize; leave sample out "),
    ("layer1/expose.sample_every=2", "layer1/expose: .* lacks it: layer1/develop: "),
    ("reflow.sample=0.5", "reflow: .* lacks it: .*solder"),
    ("mount.sample=0.5", "mount: .* lacks it: singulate: saw needs the panel on tape"),
    # a bath, an oven or a mould takes all of a panel
    ("layer1/plate.skip_known_bad=true", "layer1/plate: op plate is done to a whole panel, packages known to be bad with it; leave skip_known_bad out"),
    ("mould.skip_known_bad=true", "mould: op fill is done to a whole panel"),
    ("reflow.skip_known_bad=true", "reflow: op bake is done to a whole panel"),
    # cut apart
    ("singulate.rework={chance: 0.1, to: polish}", "singulate: rework goes back to polish with packages that are cut apart, and polish needs a panel"),
    ("final_look.rework={chance: 0.1, to: layer}", "final_look: rework goes back to layer1/coat with packages"),
    ("singulate.rework={chance: 0.1}", "singulate: rework goes back to singulate with packages"),
]
TAKEN = ["attach.skip_known_bad=true", "dry_bake.skip_known_bad=true", "inspect_points.skip_known_bad=true", "points.skip_known_bad=true", "layer1/via/develop.skip_known_bad=true", "inspect_circuit.sample=0.5", "test.sample_every=2", "scrub_again.sample=0.5", "plasma.sample=1", "attach.sample_every=1", "mould_cure.sample=1",
         "final_look.rework={chance: 0.1, to: release_tape}", "layer1/develop.rework={chance: 0.1, to: layer1/resist}", "inspect_points.sample=0.1"]


@pytest.mark.parametrize(("edit", "why"), REFUSED, ids=[edit for edit, _ in REFUSED])
def test_what_every_package_needs_is_no_sample(edit: str, why: str) -> None:
    """Dies on half of the lots made a package that cost half as much."""
    with pytest.raises(RecipeError, match=why):
        build(load(E1, [edit]))


@pytest.mark.parametrize("edit", TAKEN)
def test_what_packages_can_do_without_may_be_a_sample(tmp_path: Path, edit: str) -> None:
    """Looks and tests, an extra clean, and what says that all lots come."""
    more = "  - insert: [{id: scrub_again, op: clean, process: scrub}]\n    after: polish_clean\n" if edit.startswith("scrub_again") else ""
    assert build(load(edited(tmp_path, "1", "", more).path, [edit]))


def test_a_step_that_no_lot_comes_to_is_told() -> None:
    """It stands there, and nothing is tested."""
    assert any("test has no effect: no lot comes to it (sample: 0)" in text for text in make(load(E1, ["test.sample=0"])).warnings)
    assert not any("no lot comes to it" in text for text in make(load(E1, ["test.sample=0.1"])).warnings)
