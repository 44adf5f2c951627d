"""Does the command ``draw``: the package after its steps, as pictures. Nothing is simulated."""

from __future__ import annotations

import argparse
from pathlib import Path

from procsim import report
from procsim.cli.prepare import DONE
from procsim.cli.show import advancing, console, progress, tell
from procsim.cli.targets import drawn, pictured, pictures_target
from procsim.recipe.recipe import Recipe
from procsim.studies.draw import draw
from procsim.studies.flow import load


def draw_command(options: argparse.Namespace) -> int:
    """Draws the sheet, the build and every figure that steps name, or only what is asked for, and says what it wrote."""
    with options.stop.may():
        recipe = load(options.flow, options.sets, options.over)
        folder = _folder(recipe, options)
        ours = drawn if options.out else pictured
        pictures_target(folder, "--out" if options.out else "the pictures in", ours)
        found = draw(recipe, steps=options.steps, figs=options.figs, terminals=options.terminals, scale=options.scale)
        with progress(len(found.pictures), "pictures") as bar:
            files = found.drawn(advancing(bar))
    report.put(folder, files, ours, clear=not (options.out or options.steps or options.figs))
    if options.json:
        tell(found)
    out = console(error=options.json)
    for name in files:
        out.print(str(folder / name))
    return DONE


def _folder(recipe: Recipe, options: argparse.Namespace) -> Path:
    """Where the pictures go: by default beside the flow's other runs, those of an edited recipe by themselves."""
    if options.out:
        return Path(options.out)
    name = f"{recipe.flow}-{recipe.hash[:8]}" if options.sets or options.over else recipe.flow
    return Path("reports") / "runs" / name / "pictures"
