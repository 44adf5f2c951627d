"""Steps in, cells out: what one picture of the package shows, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procsim.figures.heights import Heights, heights, turns
from procsim.model.steps import Attach, Bond, Flip
from procsim.section.build import Built
from procsim.section.section import Column, Section


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
    """The figures that a step's *fig* names: ``1C, 1E`` are two, ``claims 1, 4 and 18`` are three."""
    if not fig:
        return ()
    if re.fullmatch(r"claims? [\d, and]+", fig):
        return tuple(dict.fromkeys(f"claim {number}" for number in re.findall(r"\d+", fig)))
    parts = [part.strip() for part in fig.split(",")]
    return tuple(dict.fromkeys(parts)) if all(re.fullmatch(r"\d+[A-Za-z]?", part) for part in parts) else (fig.strip(),)


def called(fig: str | None) -> str:
    """*fig* as a heading."""
    found = numbers(fig)
    return f"FIG. {', '.join(found)}" if found and found[0][0].isdigit() else (fig or "").strip()


def changed(one: Built) -> bool:
    """Whether the step changes the shape."""
    return one.before.columns != one.after.columns


def cells(built: Sequence[Built]) -> list[Cell]:
    """One cell for the starting panel and one for every step that changes the shape, in order."""
    scales, points = heights(built), _points(built)
    starts = [i for i, one in enumerate(built) if changed(one)]
    after = [*starts, len(built)]
    found = [_start(built, scales, points, _then(built[: after[0]]))]
    for i, end in zip(starts, after[1:], strict=True):
        found.append(_cell(built, i, i, scales, points, built[i].step.id, called(built[i].step.fig), _then(built[i + 1 : end])))
    return found


def by_step(built: Sequence[Built]) -> dict[str, Cell]:
    """A cell for every step by its id."""
    scales, points = heights(built), _points(built)
    return {one.step.id: _cell(built, i, i, scales, points, one.step.id, called(one.step.fig)) for i, one in enumerate(built)}


def by_figure(built: Sequence[Built]) -> dict[str, Cell]:
    """A cell for every figure that steps name: the last such step, compared with what was there before the steps of that figure. The starting
    panel may have a figure too, and so may two panels before they are bonded."""
    scales, points = heights(built), _points(built)
    start = _start(built, scales, points)
    apart = [(one, name) for one in built if isinstance(one.step, Bond) for name in numbers(one.step.apart_fig)]
    last = {name: i for i, one in enumerate(built) for name in numbers(one.step.fig)}
    found = {name: replace(start, name=called(name), note=start.name) for name in numbers(built[0].before.fig)}
    for name, end in last.items():
        first = end
        while first and name in numbers(built[first - 1].step.fig):
            first -= 1
        found[name] = _cell(built, first, end, scales, points, called(name), note=", ".join(one.step.id for one in built[first : end + 1]))
    return found | {name: _apart(one, called(name), points) for one, name in apart}


def _start(built: Sequence[Built], scales: Sequence[Heights], points: frozenset[str], note: str = "") -> Cell:
    """The starting panel."""
    section = built[0].before
    return Cell(_panel(section), section, None, scales[0], points, figures=called(section.fig), note=note)


APART = 0.4
"""How far apart two panels are drawn before they are bonded, as a share of the thickness of the upper one."""


def _apart(one: Built, name: str, points: frozenset[str]) -> Cell:
    """Both panels of a bond before it: without what joins them, one above the other."""
    assert isinstance(one.step, Bond)
    part, glue = one.step.part, one.step.adhesive
    above = one.step.side == "above"
    upper = one.before.top - one.before.bottom if not above else one.after.top - one.before.top

    def loose(column: Column) -> Column:
        kept = [slab for slab in column.stack if not (slab.by == one.step.id and slab.material == glue and slab.part != part)]
        return replace(column, stack=tuple(slab.shifted(APART * upper) if (slab.part == part) == above else slab for slab in kept))

    section = one.after.map(loose)
    return Cell(name, section, None, heights((Built(one.step, section, section),))[0], points, note=f"before {one.step.id}")


def _cell(built: Sequence[Built], first: int, last: int, scales: Sequence[Heights], points: frozenset[str], name: str, figures: str = "",
          note: str = "") -> Cell:
    """The steps *first* to *last* as one cell; it is compared with the package after the last turn among them."""
    turn = next((i for i in range(last, first - 1, -1) if turns(built[i].step)), None)
    after, before = built[last].after, built[first].before
    if turn is None:
        # Where the top went down, what was above it is drawn as it was; below, both mappings are one.
        return Cell(name, after, before, scales[first if before.top > after.top else last + 1], points, 0.0, figures, note)
    if turn < last:
        return _cell(built, turn + 1, last, scales, points, name, figures, note)
    if isinstance(built[last].step, Flip):
        return Cell(name, after, None, scales[last + 1], points, 0.0, figures, note)
    before = built[last].before
    return Cell(name, after, before, scales[last + 1], points, after.top - before.top, figures, note)


def _panel(section: Section) -> str:
    """What the starting panel is called: the part that it is."""
    return next((f"start: {slab.part}" for column in section.columns for slab in column.stack), "start")


def _points(built: Sequence[Built]) -> frozenset[str]:
    """Names of the parts that were put on as bonding points."""
    return frozenset(one.step.what for one in built if isinstance(one.step, Attach) and one.after.points and not one.before.points)


def _then(built: Sequence[Built]) -> str:
    """The steps that follow a cell's own, by the last part of their ids."""
    return f"then {', '.join(one.step.id.rsplit('/', 1)[-1] for one in built)}" if built else ""
