"""Tests pictures to scale: what is drawn is as wide beside as it is thick, and dies, streets and packages have their sizes."""

from __future__ import annotations

import pytest
from conftest import PACKAGES, ROOT, WHATIFS, loaded

from procsim import draw
from procsim.cli import main
from procsim.figures.big import BIG, picture
from procsim.figures.cells import by_step, finished
from procsim.figures.finer import finer, known_of
from procsim.figures.true_scale import known_to_scale, to_scale
from procsim.figures.units import alone, one, two

pytestmark = pytest.mark.drawn

QUICK = ("embodiment_1", "embodiment_3", "dual_heat_sink", "fan_in_wlcsp", "gold_bumps")
SOME = [path if path.stem in QUICK else pytest.param(path, marks=pytest.mark.long)
        for path in [*PACKAGES, *(path for path in WHATIFS if path.stem in ("four_die_module", "spiral_inductor", "fan_in_wlcsp", "gold_bumps"))]]


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.stem)
def test_an_inch_is_as_many_micrometres_in_both_directions(path: object) -> None:
    """Of one unit, of two, and of the package alone; no column is lost, and each has a width."""
    recipe = loaded(path)  # type: ignore[arg-type]
    known = known_of(recipe)
    built = to_scale(finer(recipe), recipe.product, known)
    for cell in (*by_step(built, known_to_scale(known)).values(), finished(built, known_to_scale(known))):
        for shown in (one(cell), two(cell), alone(cell)):
            made = picture(shown, BIG, [])
            assert made.up == pytest.approx(made.across, rel=1e-9)
            assert min(column.width for column in shown.after.columns) > 0


def test_dies_streets_and_package_have_their_sizes() -> None:
    """Of embodiment 1: dies of 8 mm in packages of 15 mm between streets of 0.4 mm, pads of 60 µm, openings of 300 µm."""
    recipe = loaded(ROOT / "flows" / "embodiment_1.yaml")
    row = to_scale(finer(recipe), recipe.product, known_of(recipe))[-1].after.columns
    width = {name: sum(column.width for column in row if found(column)) for name, found in {
        "die": lambda c: c.die and c.region != "gap", "pads": lambda c: "pad" in c.masks, "openings": lambda c: "bonding_pad" in c.masks,
        "package": lambda c: c.region not in ("street", "edge"), "streets": lambda c: c.region in ("street", "edge")}.items()}
    assert width == pytest.approx({"die": 8000, "pads": 120, "openings": 600, "package": 15000, "streets": 600})


def test_pictures_say_which_they_are(tmp_path: object) -> None:
    """The foot of a page tells; the option is that of the command, too, and what is no scale is refused."""
    flow = "flows:embodiment_1.yaml"
    true, usual = (draw(flow, steps=["mould"], scale=scale).figure("step_mould").svg.decode() for scale in ("true", "schematic"))
    assert "to scale, but for" in true
    assert "to scale, but for" not in usual
    assert main(["draw", flow, "--scale", "true", "--step", "mould", "--out", f"{tmp_path}/out"]) == 0
    assert main(["draw", flow, "--scale", "big"]) == 2
