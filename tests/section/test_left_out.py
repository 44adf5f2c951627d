"""What a real line would not leave out is missed: a step that wants it loses packages without it, and says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, loaded
from test_silly_edits import edited

from procsim.closed_form.solve import solve
from procsim.planning.make import make
from procsim.section import passing
from procsim.section.build import build
from procsim.section.figures_of_merit import merits

LEFT_OUT = [
    ("1", "-panel_clean", "attach: die_attach_tape is for a clean panel, .*99 % of packages survive it; .*clean_panel"),
    ("2", "-degrease", "attach: die_attach_tape is for a clean panel"),
    ("4", "-panel_clean", "insulate: laminate_insulator is for a clean panel"),
    ("1", "-plasma", "mould: compression_mould is for a surface fresh from plasma, .*97 % of packages survive it; .*activate_plasma would fit"),
    ("sinks", "-plasma", "underfill: dispense_underfill is for a surface fresh from plasma"),
    ("sinks", "-underfill_bake", "underfill: dispense_underfill is for a panel without moisture"),
    ("sinks", "-prebake", "attach: flip_chip_attach is for a panel without moisture"),
    ("1", "-grind_clean", "polish: cmp_flat is for a clean panel"),
    ("1", "-polish_clean", "layer1/coat: slit_coat is for a clean panel"),
    ("1", "-layer/descum", "layer1/plate: plate_copper is for openings free of scum"),
    ("1", "-layer/via/descum", "layer2/seed: sputter_seed is for openings free of scum"),
    ("4", "-first/desmear", "first/seed: sputter_seed is for openings free of scum"),
    ("1", "-dry_bake", "pack: dry_pack is for a panel without moisture"),
    # one clean in the place of another
    ("1", "plasma.process=scrub", "mould: compression_mould is for a surface fresh from plasma"),
    ("1", "polish_clean.process=activate_plasma", "layer1/coat: slit_coat is for a clean panel"),
]


def _yield(folder: Path, flow: str, edit: str) -> float:
    return solve(make(edited(folder, flow, edit)), timed=False).flow.good


@pytest.mark.parametrize(("flow", "edit", "words"), LEFT_OUT, ids=[f"{flow}: {edit}" for flow, edit, _ in LEFT_OUT])
def test_what_is_left_out_is_told(tmp_path: Path, flow: str, edit: str, words: str) -> None:
    """By the step that wants it, with the share that survives and what would fit."""
    recipe = edited(tmp_path, flow, edit)
    assert any(re.search(words, line) for line in merits(recipe, build(recipe)).warnings)


def test_what_is_left_out_costs_yield_once(tmp_path: Path) -> None:
    """A mould without plasma loses its 3 %; grit that no scrub took away spoils the first coat, and not each coat after it."""
    base = _yield(tmp_path, "1", "")
    assert _yield(tmp_path, "1", "-plasma") / base < 0.9705
    assert passing.survival(edited(tmp_path, "1", "-polish_clean")) == {11: 0.98}


def test_packages_without_a_mark_are_warned_of_at_no_loss(tmp_path: Path) -> None:
    """Nothing fails for want of a mark; a line that ships has one."""
    recipe = edited(tmp_path, "1", "-mark")
    assert any("pack: dry_pack is for marked packages" in line for line in merits(recipe, build(recipe)).warnings)
    assert set(passing.survival(recipe).values()) == {1.0}


def test_a_step_that_says_nothing_may_have_done_it(tmp_path: Path) -> None:
    """A clean of one's own stands for any: nothing is wanted any more."""
    own = "  - set: {processes.wash: {tool: wet_cleaner, time_s: 60}}\n  - set: {plasma.process: wash}\n"
    assert not list(passing.missing(edited(tmp_path, "1", "", own)))


def test_more_layers_than_usual_are_warned_of(tmp_path: Path) -> None:
    """Six are usual, twelve the most; between them the yields are those of the first."""
    for layers, told in ((6, 0), (7, 1), (12, 1)):
        recipe = edited(tmp_path, "1", f"layer.repeat={layers}")
        assert sum("coats of polyimide are more than the 6" in line for line in merits(recipe, build(recipe)).warnings) == told


@pytest.mark.parametrize("name", ["plasma_vias", "plasma_holes", "no_insulating_layer", "glass_first_panel", "drilled_holes", "six_wiring_layers"])
def test_shipped_alternatives_lack_nothing(name: str) -> None:
    """Resists last, dies are held, pads take the drill, and no clean is missing."""
    recipe = loaded(ROOT / "flows" / "whatif" / f"{name}.yaml")
    assert build(recipe)
    assert not list(passing.missing(recipe))
