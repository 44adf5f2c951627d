"""Which figure of the documents a step is laid beside: modules name none, the flow that uses them does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LINE, ROOT, loaded

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import read_file
from procsim.recipe.tree import walk

Write = Callable[..., Path]
FINISH = {"1G": "passivate open_pads passivation_cure mask_back pad_finish peel_back", "1H": "points reflow clean inspect_points test",
          "1I, 6": "singulate", "1I": "mark mount release_tape final_look dry_bake pack"}
LAYERS = {"1C": "layer1/coat layer1/via", "1D": "layer1/seed layer1/resist layer1/expose layer1/develop layer1/plate layer1/strip layer1/seed_etch",
          "1E": "layer2/coat layer2/via", "1F": "layer2/seed layer2/resist layer2/expose layer2/develop layer2/plate layer2/strip layer2/seed_etch inspect_circuit"}
THIN = {"A": "panel_clean insulate attach inspect_dies", "B": "plasma mould mould_cure inspect_mould", "C": "grind grind_clean polish polish_clean",
        "D": "bond", "E": "flip dissolve"}
SHARED = {
    **{f"embodiment_{n}": {**LAYERS, **FINISH} for n in (1, 2, 3)},
    "embodiment_4": {**{f"4{letter}": steps for letter, steps in THIN.items()}, "4F": "first/drill first/desmear",
                     "4G": "first/seed first/resist first/expose first/develop first/plate first/strip first/seed_etch", "4H": "layer1/coat layer1/via",
                     "4I": LAYERS["1D"] + " inspect_circuit", **FINISH},
    "embodiment_5": {**{f"5{letter}": steps for letter, steps in THIN.items()}, **LAYERS, **FINISH},
}
"""Of the steps that modules hold: figure → steps, or groups of them."""


def figures(recipe: Recipe) -> dict[str, str | None]:
    return {placed.id: placed.step.fig for placed in recipe.steps}


@pytest.mark.parametrize("path", sorted((ROOT / "flows" / "modules").glob("*.yaml")), ids=lambda p: p.stem)
def test_modules_fit_any_flow(path: Path) -> None:
    """No figure, and no step is seen but the module's own."""
    steps = read_file(path).mapping["steps"].items
    own = {step.text("id") for step in steps}
    assert not any("fig" in node.mapping for node in walk(read_file(path)))
    assert {str(name.value) for step in steps for name in (step.mapping["sees"].items if "sees" in step.mapping else ())} <= own


@pytest.mark.parametrize("name", SHARED)
def test_embodiments_lay_what_they_share_beside_their_own_figures(name: str) -> None:
    """Each step of a module as the documents have it in this embodiment."""
    found = figures(loaded(ROOT / "flows" / f"{name}.yaml"))
    for figure, steps in SHARED[name].items():
        for step in steps.split():
            hit = {i: fig for i, fig in found.items() if i == step or i.startswith(step + "/")}
            assert hit and set(hit.values()) == {figure}, (figure, hit)


@pytest.mark.parametrize(("name", "step", "wanted"), [
    ("laser_vias", "via", ["1C", "1E"]), ("plasma_vias", "via", ["1C", "1E"]), ("porous_dielectric", "via", ["1C", "1E"]), ("sputtered_wiring", "sputter", ["1D", "1F"]),
    ("electroless_wiring", "activate", ["1D", "1F"]), ("glue_filled_vias", "glue", ["1D", "1F"]),
])
def test_what_ifs_lay_what_they_put_in_beside_the_figure_of_each_layer(name: str, step: str, wanted: list[str]) -> None:
    """A module that stands in for another bears the figures that the what-if says."""
    found = figures(loaded(ROOT / "flows" / "whatif" / f"{name}.yaml"))
    for n, figure in enumerate(wanted, 1):
        hit = {fig for i, fig in found.items() if i.startswith(f"layer{n}/{step}")}
        assert hit == {figure}


@pytest.mark.parametrize(("use", "wanted"), [
    ("as: l, fig: X", ["X", "own", "inner", "inner"]), ("as: l", [None, "own", "inner", "inner"]), ("as: l, fig: X, set: {coat.fig: Y}", ["Y", "own", "inner", "inner"]),
    ("as: l, fig: X, set: {in.fig: Z, look.fig: W}", ["X", "W", "Z", "Z"]), ("as: l, fig: [X, Y], set: {in/a.fig: null}", ["X", "own", "X", "inner"]),
])
def test_a_use_lends_its_figure_to_steps_without(write: Write, use: str, wanted: list[str | None]) -> None:
    """The innermost that is stated holds, and what ``set`` says before all."""
    write("steps:\n  - {id: a, tool: a, time_min: 1}\n  - {id: b, tool: a, time_min: 1}\n", "inner.yaml")
    write("steps:\n  - {id: coat, tool: a, time_min: 1}\n  - {id: look, tool: a, time_min: 1, fig: own}\n  - {use: inner.yaml, as: in, fig: inner}\n", "m.yaml")
    found = figures(load(write(LINE.replace("steps:\n", f"steps:\n  - {{use: m.yaml, {use}}}\n"))))
    assert [found[f"l/{step}"] for step in ("coat", "look", "in/a", "in/b")] == wanted


def test_a_list_of_figures_has_one_for_each_repeat(write: Write) -> None:
    """Of nested repeats each takes its own number; the last holds for all further ones."""
    write("steps:\n  - {id: a, tool: a, time_min: 1}\n", "inner.yaml")
    write("steps:\n  - {id: coat, tool: a, time_min: 1}\n  - {use: inner.yaml, as: in, repeat: 2}\n", "m.yaml")
    found = figures(load(write(LINE.replace("steps:\n", "steps:\n  - {use: m.yaml, as: l, repeat: 3, fig: [X, Y]}\n"))))
    assert [found[f"l{n}/{step}"] for n in (1, 2, 3) for step in ("coat", "in1/a", "in2/a")] == [*"XXX", *"YYY", *"YYY"]


@pytest.mark.parametrize(("fig", "message"), [("3", 'fig is text, or a list of texts, one for each repeat (got 3); in quotes, "3", it is text'), ("[]", "fig is text"),
                                              ("[X, 2]", "fig is text"), ("{a: b}", "fig is text")])
def test_a_figure_is_text(write: Write, fig: str, message: str) -> None:
    """Told at the place of the use."""
    write("steps:\n  - {id: a, tool: a, time_min: 1}\n", "m.yaml")
    with pytest.raises(RecipeError) as caught:
        load(write(LINE.replace("steps:\n", f"steps:\n  - {{use: m.yaml, as: l, fig: {fig}}}\n")))
    assert message in str(caught.value)


def test_a_package_of_ones_own_shows_no_figure_of_the_documents(tmp_path: Path) -> None:
    """The modules serve it whatever it calls its layers."""
    text = (ROOT / "flows" / "embodiment_1.yaml").read_text(encoding="utf-8")
    head, rest = text.split("steps:\n", 1)
    steps = "".join(line + "\n" for line in rest.split("\n\n")[0].splitlines() if "id: " in line and "inspect_circuit" not in line)
    tail = rest.split("\n\n", 1)[1]
    steps = steps.replace(", fig: 1A", "").replace(", fig: 1B", "")
    uses = '  - {use: "flows:modules/thin_film_layer.yaml", as: redistribution, repeat: 2}\n  - {use: "flows:modules/finish.yaml"}\n'
    path = tmp_path / "own.yaml"
    path.write_text(f"{head}steps:\n{steps}{uses}\n{tail}", encoding="utf-8")
    own = load(path)
    assert set(figures(own).values()) == {None}
    finish = " ".join(FINISH.values()).split()
    assert {p.id for p in own.steps[-len(finish):]} == {*finish}
