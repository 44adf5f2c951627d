"""``draw``: the package after its steps, as pictures. Nothing is simulated."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from procsim import report
from procsim.cli.prepare import DONE, wrong
from procsim.cli.show import console
from procsim.cli.targets import drawn, pictured, pictures_target
from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.figures import animation, plan, section, style
from procsim.figures.cells import Cell, by_figure, by_step
from procsim.figures.views import devices_of, views
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, build


def draw_command(options: argparse.Namespace) -> int:
    """Draws the sheet, the build and every figure that steps name, or only what is asked for, and says what it wrote."""
    with options.stop.may():
        recipe = load(Path(options.flow), options.sets, over=options.over)
        if recipe.document.product is None:
            raise wrong(f"{options.flow} has no product: it is a line without a package, and there is nothing to draw")
        folder = _folder(recipe, options)
        ours = drawn if options.out else pictured
        pictures_target(folder, "--out" if options.out else "the pictures in", ours)
        built = build(recipe)
        files = dict(_chosen(recipe, built, options) if options.steps or options.figs else _all(recipe, built))
    report.put(folder, files, ours, clear=not (options.out or options.steps or options.figs))
    out = console()
    for name in files:
        out.print(str(folder / name))
    return DONE


def _folder(recipe: Recipe, options: argparse.Namespace) -> Path:
    """Where the pictures go: by default beside the flow's other runs, those of an edited recipe by themselves."""
    if options.out:
        return Path(options.out)
    name = f"{recipe.flow}-{recipe.hash[:8]}" if options.sets or options.over else recipe.flow
    return Path("reports") / "runs" / name / "pictures"


def _chosen(recipe: Recipe, built: Sequence[Built], options: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    """The pictures that the command names. Raises RecipeError with every name that nothing bears."""
    steps, figures, others = by_step(built), by_figure(built), views(recipe, built)
    named = [*figures, *(name for name in others if name not in figures)]
    problems = [Problem(f"no step '{name}'{did_you_mean(name, steps)}") for name in options.steps if name not in steps]
    known = f"the steps name {', '.join(named)}" if named else "no step names one"
    problems += [Problem(f"no figure '{name}'{did_you_mean(name, named)}; {known}") for name in options.figs if name not in named]
    if problems:
        raise RecipeError(*problems)
    for name in options.steps:
        yield from _both(recipe, f"step_{_safe(name)}", steps[name])
    for name in options.figs:
        yield from _figure(recipe, name, figures, others)


def _all(recipe: Recipe, built: Sequence[Built]) -> Iterator[tuple[str, bytes]]:
    sheet = section.sheet(recipe.title, built)
    yield "sheet.svg", _svg(sheet, "sheet")
    yield "sheet.png", style.png(sheet, tight=False)
    yield "build.gif", animation.animation(recipe.title, built)
    figures, others = by_figure(built), views(recipe, built)
    for name in dict.fromkeys([*figures, *others]):
        yield from _figure(recipe, name, figures, others)
    product = recipe.document.product
    if product is not None and product.passives:
        page = plan.passives(recipe.title, devices_of(recipe))
        yield "passives.svg", _svg(page, "passives")
        yield "passives.png", style.png(page, tight=False)


def _figure(recipe: Recipe, name: str, figures: Mapping[str, Cell], others: Mapping[str, Callable[[], Any]]) -> Iterator[tuple[str, bytes]]:
    """A figure by its name: a view of its own where there is one, else the section."""
    if name not in others:
        yield from _both(recipe, f"fig_{_safe(name)}", figures[name])
        return
    page = others[name]()
    yield f"fig_{_safe(name)}.svg", _svg(page, f"fig_{_safe(name)}")
    yield f"fig_{_safe(name)}.png", style.png(page, tight=False)


def _both(recipe: Recipe, name: str, cell: Cell) -> Iterator[tuple[str, bytes]]:
    """One step or figure as SVG and as PNG."""
    figure = section.single(recipe.title, cell)
    yield f"{name}.svg", _svg(figure, name)
    yield f"{name}.png", style.png(figure, tight=False)


def _svg(figure: Any, name: str) -> bytes:
    return style.svg(figure, name, tight=False, creator=style.DRAWN)


def _safe(name: str) -> str:
    """*name* as part of a file's name: slashes become dashes, whatever else is not a letter or digit an underscore."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name.replace("/", "-")).strip("_.")
