"""Writes the page of ops: what each does, its fields, an example with a picture before and after, what it counts, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generate.drivers import ITEMS
from generate.examples import examples, owner
from generate.keys import fields
from generate.recipes import ROOT, recipe_of

import procsim
from procsim.model.amounts import DRIVERS
from procsim.model.steps import OPS
from procsim.section.build import build
from procsim.section.quantities import quantities

SHOWN: dict[str, tuple[str, str]] = {
    "attach": ("flows/embodiment_1.yaml", "attach"), "deposit": ("flows/embodiment_1.yaml", "layer1/coat"),
    "fill": ("flows/embodiment_1.yaml", "mould"), "planarize": ("flows/embodiment_1.yaml", "polish"),
    "pattern": ("flows/embodiment_1.yaml", "layer1/develop"), "etch": ("flows/embodiment_5.yaml", "lay_open"),
    "plate": ("flows/embodiment_1.yaml", "layer1/plate"), "cavity": ("flows/embodiment_2.yaml", "cavities"),
    "bond": ("flows/embodiment_3.yaml", "press"), "flip": ("flows/dual_heat_sink.yaml", "flip"),
    "strip": ("flows/embodiment_1.yaml", "layer1/strip"), "singulate": ("flows/embodiment_1.yaml", "singulate"),
    "inspect": ("flows/embodiment_1.yaml", "inspect_dies"), "test": ("flows/embodiment_1.yaml", "test"),
    "clean": ("flows/embodiment_1.yaml", "panel_clean"), "bake": ("flows/embodiment_1.yaml", "attach_cure"),
}
"""Op → the recipe and the step that show it."""
SHAPELESS = ("inspect", "test", "clean", "bake")

REFUSED: dict[str, list[tuple[str, str]]] = {
    "attach": [("embodiment_1", "attach.adhesive_um=400"), ("embodiment_1", "attach.face=down"), ("dual_heat_sink", "parts.heat_slug.thickness_um=900")],
    "deposit": [("embodiment_1", "layer/coat.thickness_um=60"), ("embodiment_1", "layer/coat.material=copper"), ("embodiment_1", "remove: mask_back")],
    "fill": [("embodiment_1", "mould.over_um=2000"), ("embodiment_1", "mould.material=photoresist"), ("embodiment_1", "mould.under=die")],
    "planarize": [("embodiment_1", "grind.less_um=90"), ("embodiment_4", "polish.die_um=20"), ("embodiment_2", "remove: gaps")],
    "pattern": [("embodiment_1", "product.vias.diameter_um=58"), ("embodiment_1", "product.vias.diameter_um=0.5"), ("embodiment_1", "remove: layer/expose")],
    "etch": [("embodiment_1", "layer/seed_etch.materials=[polyimide]"), ("embodiment_5", "remove: bond"), ("embodiment_1", "remove: layer/strip")],
    "plate": [("embodiment_1", "layer/plate.thickness_um=40"), ("embodiment_1", "remove: layer/seed")],
    "cavity": [("embodiment_2", "cavities.depth_um=1200"), ("embodiment_2", "cavities.depth_um={memory: 300}")],
    "bond": [("embodiment_3", "press.adhesive_um=300"), ("embodiment_4", "bond.adhesive=solder_mask")],
    "flip": [("dual_heat_sink", "remove: flip")],
    "strip": [("embodiment_1", "layer/strip.material=copper"), ("embodiment_1", "remove: layer/resist")],
    "singulate": [("embodiment_1", "product.panel.street_mm=0.05")],
    "inspect": [("embodiment_1", "inspect_dies.sees=[mould]"), ("embodiment_1", "inspect_dies.coverage=1.2")],
    "test": [("embodiment_1", "remove: open_pads"), ("embodiment_1", "test.coverage=null")],
    "clean": [("embodiment_1", "panel_clean.process=clean_flux")],
    "bake": [("embodiment_1", "attach_cure.process=reflow"), ("embodiment_1", "materials.die_tape.stands_C=180")],
}
"""Op → edits of a shipped package that make a step of it wrong, each as ``--set`` takes it, or a step that is taken out."""


def refused(flow: str, edit: str) -> str:
    """The first message with which the package *flow* is refused after the *edit*. Raises ValueError where it is not."""
    verb, _, target = edit.partition(": ")
    try:
        if verb == "remove":
            procsim.check({"extends": f"flows:{flow}.yaml", "name": flow, "changes": {"remove": target}})
        else:
            procsim.check(f"flows:{flow}.yaml", [edit])
    except procsim.RecipeError as error:
        return error.problems[0].message
    raise ValueError(f"{flow} with {edit} is not refused")


def write(folder: Path, pictures: Path) -> None:
    """Writes ops.md into *folder* and its pictures into *pictures*."""
    shown = examples()
    lines = ["# Ops", "", "An op is what a step does to the package. Each has one stated definition of every driver that it counts.", "",
             "Masks say where an op works: `die`, `pad`, `via`, `wiring`, `bonding_pad` (or `ball`), `street`, `cavity`, `passive`. The masks `via` and `wiring` "
             "are those of the layer that comes next.", ""]
    for op, (file, step) in SHOWN.items():
        model = OPS[op]
        lines += [f"## {op}", "", " ".join((model.__doc__ or "").split()).replace("``", "`"), ""]
        own = [name for name in model.model_fields if name != "op" and owner(model, name).__name__ in (model.__name__, "Glued")]
        lines += [*fields(model, own, shown), *_example(op, file, step, pictures)]
        lines += ["What is refused, and how it is told:", ""]
        for flow, edit in REFUSED[op]:
            lines += [f"`{flow}` with `{edit}`", f": {refused(flow, edit)}", ""]
    (folder / "ops.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _example(op: str, file: str, step: str, pictures: Path) -> Iterator[str]:
    recipe = recipe_of(ROOT / file)
    at = next(i for i, placed in enumerate(recipe.steps) if placed.id == step)
    place = recipe.steps[at].place
    written = place.text.split("#")[0].strip().removeprefix("- ")
    yield from (f"In {place.file}, line {place.line}:", "", "```yaml", written, "```", "")
    if op not in SHAPELESS:
        names = [recipe.steps[at - 1].id, step]
        found = procsim.draw(recipe, steps=names)
        for word, picture in zip(("before", "after"), found.pictures, strict=True):
            name = f"{op}_{word}.svg"
            (pictures / name).write_bytes(found.figure(picture).svg)
            yield from (f"```{{figure}} {pictures.name}/{name}", f":alt: the package {word} the step {step}", f"{word.capitalize()} `{step}`.", "```", "")
    amounts = quantities(recipe, build(recipe))[at].amounts
    counted = ", ".join(f"{amounts[d].value:.4g} {_items(d, amounts[d].value)} for each {amounts[d].basis}" for d in DRIVERS if d in amounts and d not in ("run", "lot", "panel"))
    yield from (f"It counts {counted or 'no more than runs, lots and panels'}.", "")


def _items(driver: str, value: float) -> str:
    """What so much of a *driver* is called: its unit, or its items."""
    return ITEMS.get(driver) or (driver if value == 1 else f"{driver}s")
