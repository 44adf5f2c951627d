"""``draw``: the package after its steps, as pictures. Nothing is simulated."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from procsim import report
from procsim.cli.prepare import DONE, wrong
from procsim.cli.show import console
from procsim.cli.targets import drawn, pictured, pictures_target
from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.figures import animation, plan, section, style, views
from procsim.figures.cells import by_step
from procsim.figures.finer import finer, known_of
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built


def draw_command(options: argparse.Namespace) -> int:
    """Draws the sheet, the build and every figure that steps name, or only what is asked for, and says what it wrote."""
    with options.stop.may():
        recipe = load(Path(options.flow), options.sets)
        if recipe.document.product is None:
            raise wrong(f"{options.flow} has no product: it is a line without a package, and there is nothing to draw")
        folder = _folder(recipe, options)
        ours = drawn if options.out else pictured
        pictures_target(folder, "--out" if options.out else "the pictures in", ours)
        built = finer(recipe)
        files = dict(_chosen(recipe, built, options) if options.steps or options.figs else _all(recipe, built, options))
    report.put(folder, files, ours, clear=not (options.out or options.steps or options.figs))
    out = console()
    for name in files:
        out.print(str(folder / name))
    return DONE


def _folder(recipe: Recipe, options: argparse.Namespace) -> Path:
    """Where the pictures go: by default beside the flow's other runs, those of an edited recipe by themselves."""
    if options.out:
        return Path(options.out)
    name = f"{recipe.flow}-{recipe.hash[:8]}" if options.sets else recipe.flow
    return Path("reports") / "runs" / name / "pictures"


def _chosen(recipe: Recipe, built: Sequence[Built], options: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    """The pictures that the command names. Raises RecipeError with every name that nothing bears."""
    steps, figures = by_step(built, known_of(recipe)), views.figures(recipe, built, options.terminals == "up")
    problems = [Problem(f"no step '{name}'{did_you_mean(name, steps)}") for name in options.steps if name not in steps]
    known = f"the steps name {', '.join(figures)}" if figures else "no step names one"
    problems += [Problem(f"no figure '{name}'{did_you_mean(name, figures)}; {known}") for name in options.figs if name not in figures]
    if problems:
        raise RecipeError(*problems)
    for name in options.steps:
        yield from _both(f"step_{_safe(name)}", section.single(recipe.title, steps[name]))
    for name in options.figs:
        yield from _both(f"fig_{_safe(name)}", figures[name]())


def _all(recipe: Recipe, built: Sequence[Built], options: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    known, up = known_of(recipe), options.terminals == "up"
    yield from _both("sheet", section.sheet(recipe.title, built, known, up))
    yield "build.gif", animation.animation(recipe.title, section.pages(built, known, up))
    for name, figure in views.figures(recipe, built, up).items():
        yield from _both(f"fig_{_safe(name)}", figure())
    if devices := views.devices_of(recipe):
        yield from _both("passives", plan.passives(recipe.title, devices))


def _both(name: str, figure: Any) -> Iterator[tuple[str, bytes]]:
    """A picture as SVG and as PNG."""
    yield f"{name}.svg", style.svg(figure, name, tight=False, creator=style.DRAWN)
    yield f"{name}.png", style.png(figure, tight=False)


def _safe(name: str) -> str:
    """*name* as part of a file's name: slashes become dashes, whatever else is not a letter or digit an underscore."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name.replace("/", "-")).strip("_.")
