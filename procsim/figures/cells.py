"""Decides what each picture of the package shows, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procsim.figures.heights import Heights, heights, turns
from procsim.model.steps import Attach, Flip
from procsim.section.build import Built
from procsim.section.section import Section


@dataclass(frozen=True, slots=True)
class Cell:
    """The package *after* a step, or after the last of several.

    *before* is what it is compared with (None: nothing is outlined), lifted by *shift* µm since. *figures* are the figures it belongs to,
    *note* says what more there is to say, *points* are the names of parts that are drawn round.
    """

    name: str
    after: Section
    before: Section | None
    heights: Heights
    points: frozenset[str]
    shift: float = 0.0
    figures: str = ""
    note: str = ""

    @property
    def materials(self) -> set[str]:
        """What there is to see in it, gone things too."""
        shown = [self.after] if self.before is None else [self.before, self.after]
        return {slab.material for section in shown for column in section.columns for slab in column.stack}


def numbers(fig: str | None) -> tuple[str, ...]:
    """The figures that a step's *fig* names: ``1C, 1E`` are two, ``claims 1, 4 and 18`` is one."""
    if not fig:
        return ()
    parts = [part.strip() for part in fig.split(",")]
    return tuple(dict.fromkeys(parts)) if all(re.fullmatch(r"\d+[A-Za-z]?", part) for part in parts) else (fig.strip(),)


def called(fig: str | None) -> str:
    """*fig* as a heading."""
    found = numbers(fig)
    return f"FIG. {', '.join(found)}" if found and found[0][0].isdigit() else "".join(found)


def changed(one: Built) -> bool:
    """Whether the step changes the shape."""
    return one.before.columns != one.after.columns


def cells(built: Sequence[Built]) -> list[Cell]:
    """One cell for the starting panel and one for every step that changes the shape, in order."""
    film = _Film.of(built)
    starts = [i for i, one in enumerate(built) if changed(one)]
    after = [*starts, len(built)]
    found = [Cell(_panel(built[0].before), built[0].before, None, film.heights[0], film.points, note=_then(built[: after[0]]))]
    for i, end in zip(starts, after[1:], strict=True):
        found.append(replace(film.step(i), note=_then(built[i + 1 : end])))
    return found


def by_step(built: Sequence[Built]) -> dict[str, Cell]:
    """A cell for every step by its id."""
    film = _Film.of(built)
    return {one.step.id: film.step(i) for i, one in enumerate(built)}


def by_figure(built: Sequence[Built]) -> dict[str, Cell]:
    """A cell for every figure that steps name: the last step that names it, compared with what was there before the steps of that figure."""
    film = _Film.of(built)
    last = {name: i for i, one in enumerate(built) for name in numbers(one.step.fig)}
    found = {}
    for name, end in last.items():
        first = end
        while first and name in numbers(built[first - 1].step.fig):
            first -= 1
        found[name] = replace(film.steps(first, end, called(name)), note=", ".join(one.step.id for one in built[first : end + 1]))
    return found


@dataclass(frozen=True, slots=True)
class _Film:
    """All steps of a package, *built* one after the other and drawn to the same *heights*, with the names of its *points*."""

    built: Sequence[Built]
    heights: Sequence[Heights]
    points: frozenset[str]

    @classmethod
    def of(cls, built: Sequence[Built]) -> _Film:
        """The steps *built*."""
        return cls(built, heights(built), _points(built))

    def step(self, i: int) -> Cell:
        """One step as a cell, under its id."""
        step = self.built[i].step
        return replace(self.steps(i, i, step.id), figures=called(step.fig))

    def steps(self, first: int, last: int, name: str) -> Cell:
        """The steps *first* to *last* as one cell; it is compared with the package after the last turn among them."""
        built, scales = self.built, self.heights
        turn = next((i for i in range(last, first - 1, -1) if turns(built[i].step)), None)
        after, before = built[last].after, built[first].before
        if turn is None:
            # Where the top went down, what was above it is drawn as it was; below, both mappings are one.
            return Cell(name, after, before, scales[first if before.top > after.top else last + 1], self.points)
        if turn < last:
            return self.steps(turn + 1, last, name)
        if isinstance(built[last].step, Flip):
            return Cell(name, after, None, scales[last + 1], self.points)
        before = built[last].before
        return Cell(name, after, before, scales[last + 1], self.points, after.top - before.top)


def _panel(section: Section) -> str:
    """What the starting panel is called: the part that it is."""
    return next((f"start: {slab.part}" for column in section.columns for slab in column.stack), "start")


def _points(built: Sequence[Built]) -> frozenset[str]:
    """Names of the parts that were put on as bonding points."""
    return frozenset(one.step.what for one in built if isinstance(one.step, Attach) and one.after.points and not one.before.points)


def _then(built: Sequence[Built]) -> str:
    """The steps that follow a cell's own, by the last part of their ids."""
    return f"then {', '.join(one.step.id.rsplit('/', 1)[-1] for one in built)}" if built else ""
