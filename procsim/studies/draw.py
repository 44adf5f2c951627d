"""Draws the package of a flow after its steps: the sheet, the build, and every figure that steps name. Nothing is simulated."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from procsim import report
from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.figures import animation, plan, section, style, views
from procsim.figures.cells import by_step
from procsim.figures.finer import finer, known_of
from procsim.figures.true_scale import known_to_scale, to_scale
from procsim.recipe.recipe import Recipe
from procsim.studies.also import Also
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.record import identity
from procsim.studies.result import Result

if TYPE_CHECKING:
    import pandas as pd

    from procsim.figures.of_report import Draw

Terminals = Literal["down", "up"]
Scale = Literal["schematic", "true"]


class DrawResult(Result):
    """The pictures of a *recipe*: of the *steps* and the figures *figs* that are named, or all of them."""

    kind = "draw"

    def __init__(self, recipe: Recipe, steps: Sequence[str], figs: Sequence[str], terminals: Terminals, scale: Scale = "schematic") -> None:
        """Raises RecipeError with every name that nothing bears."""
        self.recipe, self._built, self._up, self._known = recipe, finer(recipe), terminals == "up", known_of(recipe)
        if scale == "true":
            self._built, self._known = to_scale(self._built, recipe.product, self._known), known_to_scale(self._known)
        self._figures = self._chosen(steps, figs) if steps or figs else self._all()
        self._animated = not (steps or figs)

    @property
    def title(self) -> str:
        return self.recipe.title

    def _chosen(self, steps: Sequence[str], figs: Sequence[str]) -> dict[str, Draw]:
        cells, figures = by_step(self._built, self._known), views.figures(self.recipe, self._built, self._up, self._known)
        problems = [Problem(f"no step '{name}'{did_you_mean(name, cells)}") for name in steps if name not in cells]
        known = f"the steps name {', '.join(figures)}" if figures else "no step names one"
        problems += [Problem(f"no figure '{name}'{did_you_mean(name, figures)}; {known}") for name in figs if name not in figures]
        if problems:
            raise RecipeError(*problems)
        return {**{f"step_{_safe(name)}": partial(section.single, self.recipe.title, cells[name]) for name in steps},
                **{f"fig_{_safe(name)}": figures[name] for name in figs}}

    def _all(self) -> dict[str, Draw]:
        title, known = self.recipe.title, self._known
        found: dict[str, Draw] = {"sheet": partial(section.sheet, title, self._built, known, self._up)}
        found |= {f"fig_{_safe(name)}": figure for name, figure in views.figures(self.recipe, self._built, self._up, known).items()}
        devices = views.devices_of(self.recipe)
        return found | ({"passives": partial(plan.passives, title, devices)} if devices else {})

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Every file that ``save`` writes, in order: each picture as SVG and as PNG, and the build as an animation."""
        return dict(self._drawn())

    def drawn(self, progress: Callable[[int], None]) -> Mapping[str, bytes]:
        """``files``; *progress* is told of every picture that is done."""
        if "files" not in vars(self):
            vars(self)["files"] = dict(self._drawn(progress))
        return self.files

    def _drawn(self, progress: Callable[[int], None] = lambda _: None) -> Iterator[tuple[str, bytes]]:
        for name, draw in self._figures.items():
            figure = draw()
            yield f"{name}.svg", style.svg(figure, name, tight=False, creator=style.DRAWN)
            yield f"{name}.png", style.png(figure, tight=False)
            if name == "sheet" and self._animated:
                yield "build.gif", animation.animation(self.recipe.title, section.pages(self._built, self._known, self._up))
            progress(1)

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        from procsim.tables.recipe import pictures

        return {"pictures": pictures(list(self._figures))}

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        return {name: partial(_svg, name, draw) for name, draw in self._figures.items()}

    def facts(self) -> Mapping[str, Any]:
        return identity(self.recipe)

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None,  # noqa: ARG002 – pictures have no record
             also: Collection[Also] = ()) -> None:  # noqa: ARG002 – and are PNG, too, in any case
        """Writes ``files`` into *folder*, beside what else is in it. Raises OSError, FileExistsError where one that procsim did not draw is in the
        way."""
        def ours(there: Path) -> list[str]:
            return [name for name in self.files if report.bears(there / name, style.DRAWN.encode())]

        report.put(Path(folder), self.files, ours, clear=False)


def draw(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), *, steps: Sequence[str] = (), figs: Sequence[str] = (),
         terminals: Terminals = "down", scale: Scale = "schematic") -> DrawResult:
    """The package of *flow* with the what-ifs *over* it and the edits *set*, after each of its steps, as pictures: only the *steps* or figures of
    the sources (*figs*) that are named, or all. A finished package has its *terminals* down, as it is mounted, or up, as it stands in the line.
    At the *scale* "true" heights and widths are those of the package; else thin films are thick enough to be seen.

    Raises RecipeError where it is wrong, where it is a line without a package, and where nothing bears a name.

    >>> found = draw("flows:embodiment_1.yaml", figs=["1B"])
    >>> found.pictures
    ('fig_1B',)
    >>> found.figure("fig_1B").svg[:5]
    b'<?xml'
    """
    recipe = load(flow, set, over)
    if recipe.document.product is None:
        raise RecipeError(Problem(f"{recipe.path} has no product: it is a line without a package, and there is nothing to draw"))
    return DrawResult(recipe, steps, figs, terminals, scale)


def _svg(name: str, draw: Draw) -> bytes:
    return style.svg(draw(), name, tight=False, creator=style.DRAWN)


def _safe(name: str) -> str:
    """*name* as part of a file's name: slashes become dashes, whatever else is not a letter or digit an underscore."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name.replace("/", "-")).strip("_.")
