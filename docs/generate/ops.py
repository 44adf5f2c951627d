"""Writes the page of ops: what each does, its fields, an example with a picture before and after, what it counts, and when it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generate.examples import examples, owner
from generate.keys import fields

import procsim
from procsim.model.base import DRIVERS
from procsim.model.steps import OPS
from procsim.recipe.load import load
from procsim.section.build import build
from procsim.section.quantities import quantities

ROOT = Path(__file__).resolve().parents[2]

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

REFUSED: dict[str, list[str]] = {
    "attach": ["dies stand where there is no room for them, or closer than the process can place them;", "a part's adhesive is no adhesive, or thicker than its "
               "material can be;", "a lid or ring misses what it should rest on, or a lower heat sink is taller than the balls;",
               "a die lies face down without an adhesive on something that is not tacky."],
    "deposit": ["the coat is thicker than its material goes on at once (`max_um`);", "a levelling coat would have to fill a step deeper than that;",
                "the back is bare and the bath would reach it."],
    "fill": ["nothing is there to fill, or the voids have no opening;", "the filling is thicker than its material can be."],
    "planarize": ["it would grind into the active surface of a die that looks up;", "a die would be thinner than `thinnest_um`;",
                  "the tops that it stops at are not level within the tolerance: the low die is named."],
    "pattern": ["the material does not lie on top where the mask is;", "a hole is deeper than its process, or ten times its width, allows;",
                "a resist was not exposed, or is used up before the hole is open;", "a hole misses its pad by the overlay, or lands on metal that is too thin."],
    "etch": ["its etchant reaches a material that it attacks;", "nothing would stop it: a substrate would be etched away whole;", "there is nothing to etch."],
    "plate": ["an opening has neither seed nor bare pad below;", "metal would grow on a bare back that no film covers;",
              "holes are too wide to be filled and the dimple is deeper than `dimple_um`."],
    "cavity": ["it is deeper than the panel, unless `through: true`;", "the packages or cavities would overlap."],
    "bond": ["the contacts that must touch are not level within the tolerance;", "the part is smaller than the panel."],
    "flip": ["dies would fall off: nothing holds them."],
    "strip": ["none of the material lies bare;", "the material is no film or resist that comes off in this process."],
    "singulate": ["the street does not hold the kerf and its tolerance;", "the panel was cut apart already."],
    "inspect": ["no step before it makes faults that it can find (a warning);", "what it looks at is covered."],
    "test": ["there is no circuit yet, the contacts are covered, or a film shorts them."],
    "clean": ["it washes out what has no cure yet;", "something on the panel does not stand it."],
    "bake": ["something on the panel does not stand the temperature;", "it cures or melts nothing (a warning)."],
}
"""Op → when a step of it is refused, the common cases."""


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
        lines += ["It is refused, with step, reason and remedy, where", "", *(f"- {text}" for text in REFUSED[op]), ""]
    (folder / "ops.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _example(op: str, file: str, step: str, pictures: Path) -> Iterator[str]:
    recipe = load(ROOT / file)
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
    counted = ", ".join(f"{amounts[d].value:.4g} {d} for each {amounts[d].basis}" for d in DRIVERS if d in amounts and d not in ("run", "lot", "panel"))
    yield from (f"It counts {counted or 'no more than runs, lots and panels'}.", "")
