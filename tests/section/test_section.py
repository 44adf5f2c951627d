"""Tests the cross-section: what is built, what is refused, and the amounts that come out of it."""

from __future__ import annotations

import pytest
from conftest import ROOT

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, build
from procsim.section.figures_of_merit import merits
from procsim.section.layout import panel_geometry
from procsim.section.quantities import quantities

FLOWS = ROOT / "flows"


def built(name: str, *sets: str) -> tuple[Recipe, tuple[Built, ...]]:
    recipe = load(FLOWS / f"{name}.yaml", sets)
    return recipe, build(recipe)


def amounts(name: str, *sets: str) -> dict[str, dict[str, float]]:
    """Amounts by step and driver, as they stand (per item of their basis)."""
    recipe, steps = built(name, *sets)
    return {placed.id: {d: a.value for d, a in q.amounts.items()} for placed, q in zip(recipe.steps, quantities(recipe, steps), strict=True)}


def stack(steps: tuple[Built, ...], step: str, mask: str) -> list[str]:
    """Materials from the bottom up in the first column of *mask*, after *step*."""
    section = next(one.after for one in steps if one.step.id == step)
    return [slab.material for slab in next(c for c in section.columns if mask in c.masks).stack]


def test_embodiment_1_is_the_package_of_its_figures() -> None:
    """Die glued to copper, pads open after polishing, wiring over the via, ball on the bonding pad."""
    _, steps = built("embodiment_1")
    assert stack(steps, "attach", "pad") == ["copper", "die_tape", "silicon", "copper"]
    assert stack(steps, "polish", "pad")[-1] == "copper"
    assert stack(steps, "polish", "rim")[-1] == "epoxy_mould"
    assert stack(steps, "layer1/plate", "via1")[-3:] == ["copper", "ti_cu_seed", "copper"]
    assert steps[-1].after.singulated
    end = steps[-1].after
    assert [s.material for s in next(c for c in end.columns if "bonding_pad" in c.masks).stack][-1] == "solder"
    tops = {round(c.top, 6) for c in next(one.after for one in steps if one.step.id == "polish").columns}
    assert len(tops) == 1, "flush after polishing"


def test_embodiment_4_thins_the_dies_and_drops_the_first_panel() -> None:
    """50 µm of silicon is left, active side on adhesive and insulating layer; the first panel is gone and the second one carries."""
    _, steps = built("embodiment_4")
    end = steps[-1].after
    die = next(c for c in end.columns if c.die and c.net == "")
    silicon = next(s for s in die.stack if s.material == "silicon")
    assert silicon.top - silicon.bottom == pytest.approx(50)
    assert not any(s.material == "aluminium_alloy" for c in end.columns for s in c.stack)
    assert {"nitride_filled_sheet", "bcb_adhesive"} <= {s.material for s in die.stack}


@pytest.mark.parametrize(("name", "edit", "reason"), [
    ("embodiment_1", "remove polish", "holes land on epoxy_mould, not on a conductor"),
    ("embodiment_1", "remove layer1/seed", "no seed and no pad"),
    ("embodiment_1", "remove layer2/via/develop", "no open via to the layer below"),
    ("embodiment_1", "remove layer1/resist", "opens photoresist, but the surface there is ti_cu_seed"),
    ("embodiment_1", "remove mould,inspect_mould", "put a step with op fill before, which this recipe has not"),
    ("embodiment_1", "remove open_pads", "the bonding_pad openings show solder_mask, no seed and no pad"),
    ("embodiment_1", "remove points,inspect_points", "the finished package has no bonding points"),
    ("embodiment_1", "remove singulate,final_look", "never cut apart"),
    ("embodiment_1", "remove attach,attach_cure,inspect_dies", "no die to stop on"),
    ("embodiment_1", "set polish.downto=null polish.less_um=60", "into the active surface of logic"),
    ("embodiment_1", "set layer/coat.thickness_um=100000", "goes on at most 15 µm per coat"),
    ("embodiment_1", "set product.dies.logic.width_mm=16", "larger than the package"),
    ("embodiment_1", "set product.dies.logic.pads=100000", "no room for 100000 pads"),
    ("embodiment_1", "set product.panel.width_mm=10", "not one package fits"),
    ("embodiment_1", "remove layer1/strip", "no ti_cu_seed is exposed; the surface is copper, photoresist"),
    ("embodiment_1", "remove layer1/seed_etch", "nets logic.left and logic.right are shorted by ti_cu_seed"),
    ("embodiment_2", "set cavities.depth_um=5000", "goes through the panel"),
    ("embodiment_4", "set polish.die_um=5", "may not go below"),
    ("embodiment_4", "remove flip", "no aluminium_alloy is exposed; the surface is copper"),
    ("embodiment_4", "remove insulate", "opens the layer of 'insulate', but no such step puts a material on the surface any more"),
    ("embodiment_4", "set insulate.thickness_um=200", "laser_vias takes off at most 60 µm, and this is 200 µm"),
    ("dual_heat_sink", "set product.bonding.point_um=10", "points 10 µm high do not stand out"),
    ("dual_heat_sink", "set product.dies.processor.bump_um=1", "bumps of 1 µm are too low: processor would sit on the surface beside its pads"),
])
def test_what_is_physically_wrong_is_refused(name: str, edit: str, reason: str, tmp_path: object) -> None:
    """Each edit breaks the package; the refusal says why, and stands at a line."""
    verb, *words = edit.split()
    path = FLOWS / f"{name}.yaml"
    dies = list(load(path).document.product.dies)  # type: ignore[union-attr]
    words = [word.replace("processor", dies[0]) for word in words]
    if verb == "set":
        with pytest.raises(RecipeError) as caught:
            build(load(path, words))
    else:
        from pathlib import Path

        variant = Path(str(tmp_path)) / "v.yaml"
        variant.write_text(f"extends: flows:{name}.yaml\nchanges: {{remove: [{words[0]}]}}\n")
        with pytest.raises(RecipeError) as caught:
            build(load(variant))
    told = [problem for problem in caught.value.problems if reason in problem.message]
    assert len(told) == 1, str(caught.value)
    assert told[0].place is not None


def test_packages_that_fit_better_turned_are_told() -> None:
    """Of 16 x 15 mm, 29 · 32 = 928 stand as they are and 31 · 30 = 930 turned; square ones are the same either way."""
    notes = []
    for width in (15, 16):
        recipe = load(FLOWS / "embodiment_1.yaml", [f"product.package.width_mm={width}"])
        notes += [(value, note) for metric, _, value, note in merits(recipe, build(recipe)).rows if metric == "units_per_panel"]
    assert notes == [(992.0, ""), (928.0, "930 were packages turned by 90°")]


def test_units_per_panel_come_from_sizes() -> None:
    """(W - 2e + s) // (w + s) each way; a round panel holds what lies wholly inside its usable circle."""
    product = load(FLOWS / "embodiment_1.yaml").document.product
    assert product is not None
    assert panel_geometry(product).units == int((510 - 20 + 0.4) // 15.4) * int((515 - 20 + 0.4) // 15.4)
    sets = ["product.panel={part: copper_panel, shape: round, diameter_mm: 300, edge_mm: 3, street_mm: 0.4}"]
    wafer = load(FLOWS / "embodiment_1.yaml", sets).document.product
    assert wafer is not None
    found = panel_geometry(wafer)
    bound = 3.14159 * (300 / 2 - 3) ** 2 / 15.4**2
    assert 0.75 * bound < found.units < bound
    build(load(FLOWS / "embodiment_1.yaml", sets))


@pytest.mark.parametrize(("edit", "moved"), [
    ("product.dies.logic.thickness_um=200", {"mould", "singulate"}),
    ("product.vias.diameter_um=40", {"layer1/via/develop", "layer2/via/develop", "layer1/plate", "layer2/plate",
                                          "layer1/resist", "layer2/resist", "layer2/coat", "passivate"}),
    ("product.bonding.count=200", {"layer2/via/develop", "layer2/plate", "layer2/resist", "passivate", "open_pads", "pad_finish", "points", "reflow", "clean",
                                   "inspect_points", "test", "mark", "mount", "release_tape", "final_look", "dry_bake", "pack"}),
    ("layer2/plate.thickness_um=9", {"layer2/plate", "passivate", "singulate"}),
])
def test_an_edit_moves_exactly_the_amounts_it_should(edit: str, moved: set[str]) -> None:
    """Changing the product changes the amounts of the steps that meet it, and of no others."""
    before, after = amounts("embodiment_1"), amounts("embodiment_1", edit)
    assert before.keys() == after.keys()
    assert {step for step in before if before[step] != pytest.approx(after[step], rel=1e-9)} == moved


def test_amounts_are_physics() -> None:
    """Volumes are area × thickness, holes are pads, balls are bonding points, cuts are streets."""
    recipe, steps = built("embodiment_1")
    product = recipe.document.product
    assert product is not None
    found = amounts("embodiment_1")
    panel_cm2 = 51.0 * 51.5
    assert found["layer1/coat"]["cm2"] == pytest.approx(panel_cm2)
    assert found["layer1/coat"]["cm3"] == pytest.approx(panel_cm2 * 8e-4, rel=0.02)
    assert found["layer1/via/develop"]["via"] == product.dies["logic"].pads
    assert found["layer2/via/develop"]["via"] == product.bonding.count
    assert found["points"]["ball"] == product.bonding.count
    assert found["attach"]["die"] == 1
    assert found["singulate"]["m"] == pytest.approx((32 * 515 + 33 * 510 + 0) / 1000, rel=0.05)
    assert found["grind"]["um"] == pytest.approx(50)
    volume = sum(c.area_cm2 for c in steps[0].before.columns)
    assert volume == pytest.approx(panel_cm2), "columns cover the panel"


@pytest.mark.parametrize("count", [2, 3, 4])
def test_multi_die_units(count: int) -> None:
    """Several dies in one package, each with its own nets."""
    sets = [f"product.dies.logic.count={count}", "product.package.width_mm=36", "product.package.length_mm=36"]
    _, steps = built("embodiment_1", *sets)
    assert len(steps[-1].after.dies) == count
