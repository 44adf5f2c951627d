"""Decides what each picture of the package shows, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from procsim.figures.finer import UNKNOWN, Known, bonding_points
from procsim.figures.heights import Heights, heights, turns
from procsim.model.steps import Bond, Deposit, Fill, Flip, Plate
from procsim.section.build import Built
from procsim.section.section import Column, Section, Slab

Mark = tuple[str, str, str, bool, float]
"""What tells a layer of one flow from that of another: the step that made it, its material, its part, whether it is a pad, and its thickness."""
STRETCH = 0.525
"""Tallest picture over width, on paper."""


def mark(slab: Slab) -> Mark:
    """What tells *slab* from layers of other flows."""
    return slab.by, slab.material, slab.part, slab.pad, round(slab.thickness, 6)


@dataclass(frozen=True, slots=True)
class Flow:
    """What all cells of a flow share: the parts that are *points*, with the sort of each, how high one is drawn (*tall*), what is *known* beside
    the sections, and the wiring *layer* that each step builds, where it builds one of several."""

    points: Mapping[str, str] = field(default_factory=dict)
    tall: float = 0.0
    known: Known = UNKNOWN
    layer: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """The package *after* a step, or after the last of several.

    *before* is what it is compared with (None: nothing is outlined), lifted by *shift* µm since. *figures* are the figures it belongs to,
    *note* says what more there is to say. *upside* tells that the finished package, mounted with its terminals down, lies the other way up.
    *over* tells that it is drawn turned over. *stretch* is the tallest picture's height over this one's width, on paper. Where *before* is None,
    *marked* are the layers that are outlined all the same (``changed.marks``).
    """

    name: str
    after: Section
    before: Section | None
    heights: Heights
    flow: Flow
    shift: float = 0.0
    figures: str = ""
    note: str = ""
    upside: bool = False
    over: bool = False
    stretch: float = STRETCH
    marked: frozenset[Mark] = frozenset()

    @property
    def points(self) -> Mapping[str, str]:
        """Names of the bonding points, each with its sort."""
        return self.flow.points

    def height(self) -> float:
        """From bottom to top in µm, without the space between two panels that are drawn apart."""
        ends = sorted({(slab.bottom, slab.top) for column in self.after.columns for slab in column.stack})
        found, reached = 0.0, 0.0
        for bottom, top in ends:
            found += max(top - max(bottom, reached), 0.0)
            reached = max(reached, top)
        return found

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


@dataclass(frozen=True, slots=True)
class _Story:
    """A package's steps as they were *built*, the *scales* of the starting panel and after each of them, and what their cells share."""

    built: Sequence[Built]
    scales: Sequence[Heights]
    flow: Flow

    def start(self, note: str = "") -> Cell:
        """The starting panel."""
        section = self.built[0].before
        return Cell(_panel(section), section, None, self.scales[0], self.flow, figures=called(self.flow.known.start_fig), note=note)

    def step(self, i: int, note: str = "") -> Cell:
        """Step *i* by its id."""
        step = self.built[i].step
        return replace(self.cell(i, i, step.id), figures=called(step.fig), note=note)

    def cell(self, first: int, last: int, name: str) -> Cell:
        """The steps *first* to *last* as one cell; it is compared with the package after the last turn among them."""
        turn = next((i for i in range(last, first - 1, -1) if turns(self.built[i].step)), None)
        if turn is not None and turn < last:
            first, turn = turn + 1, None
        after, before, scale = self.built[last].after, self.built[first].before, self.scales[last + 1]
        shown = Cell(name, after, before, scale, self.flow, upside=self._upside(last))
        if turn is None:
            # Where the top went down, what was above it is drawn as it was; below, both mappings are one.
            return replace(shown, heights=self.scales[first]) if before.top > after.top else shown
        if isinstance(self.built[last].step, Flip):
            return replace(shown, before=None)
        before = self.built[last].before
        shift = after.top - before.top
        # What is gone from below is seen where it was: all that is left stays as high as it was drawn.
        return replace(shown, before=before, shift=shift, heights=self.scales[last].lifted(shift) if shift < 0.0 else scale)

    def _upside(self, last: int) -> bool:
        """Whether the package lies, after step *last*, with that side up which is the lower one once it is mounted."""
        up = any(column.stack and column.stack[-1].part in self.flow.points for column in self.built[-1].after.columns)
        return up != bool(sum(isinstance(one.step, Flip) for one in self.built[last + 1 :]) % 2)


def _story(built: Sequence[Built], known: Known) -> _Story:
    scales = heights(built, known.to_scale)
    return _Story(built, scales, _flow(built, known, scales[-1]))


def cells(built: Sequence[Built], known: Known = UNKNOWN) -> list[Cell]:
    """One cell for the starting panel and one for every step that changes the shape, in order."""
    story = _story(built, known)
    starts = [i for i, one in enumerate(built) if changed(one)]
    after = [*starts, len(built)]
    return [story.start(_then(built[: after[0]])), *(story.step(i, _then(built[i + 1 : end])) for i, end in zip(starts, after[1:], strict=True))]


def by_step(built: Sequence[Built], known: Known = UNKNOWN) -> dict[str, Cell]:
    """A cell for every step by its id."""
    story = _story(built, known)
    return {one.step.id: story.step(i) for i, one in enumerate(built)}


def by_figure(built: Sequence[Built], known: Known = UNKNOWN) -> dict[str, Cell]:
    """A cell for every figure that steps name: the last such step, compared with what was there before the steps of that figure. The starting
    panel may have a figure too, and so may two panels before they are bonded."""
    story = _story(built, known)
    start = story.start()
    apart = [(one, name) for one in built if isinstance(one.step, Bond) for name in numbers(one.step.apart_fig)]
    last = {name: i for i, one in enumerate(built) for name in numbers(one.step.fig)}
    found = {name: replace(start, name=called(name), note=start.name) for name in numbers(known.start_fig)}
    for name, end in last.items():
        first = end
        while first and name in numbers(built[first - 1].step.fig):
            first -= 1
        found[name] = replace(story.cell(first, end, called(name)), note=", ".join(one.step.id for one in built[first : end + 1]))
    return found | {name: _apart(one, called(name), story.flow) for one, name in apart}


def finished(built: Sequence[Built], known: Known = UNKNOWN) -> Cell:
    """The package at the end of the flow, as it stands there."""
    last = len(built) - 1
    return replace(_story(built, known).cell(last, last, "finished package"), before=None)


APART = 0.4
"""How far apart two panels are drawn before they are bonded, as a share of the thickness of the upper one."""


def _apart(one: Built, name: str, flow: Flow) -> Cell:
    """Both panels of a bond before it: without what joins them, one above the other."""
    assert isinstance(one.step, Bond)
    part, glue = one.step.part, one.step.adhesive
    above = one.step.side == "above"
    upper = one.before.top - one.before.bottom if not above else one.after.top - one.before.top

    def loose(column: Column) -> Column:
        kept = [slab for slab in column.stack if not (slab.by == one.step.id and slab.material == glue and slab.part != part)]
        return replace(column, stack=tuple(slab.shifted(APART * upper) if (slab.part == part) == above else slab for slab in kept))

    section = one.after.map(loose)
    return Cell(name, section, None, heights((Built(one.step, section, section),), flow.known.to_scale)[0], flow, note=f"before {one.step.id}")


def _panel(section: Section) -> str:
    """What the starting panel is called: the part that it is."""
    return next((f"start: {slab.part}" for column in section.columns for slab in column.stack), "start")


def _flow(built: Sequence[Built], known: Known, scale: Heights) -> Flow:
    """What the cells of *built* share; *scale* is that of the finished package."""
    points = {name: known.sorts.get(name, "ball") for name in bonding_points(built)}
    end = built[-1].after
    tall = max((scale.at(s.top) - scale.at(s.bottom) for column in end.columns for s in column.stack if s.part in points), default=0.0)
    films = [one for one in built if isinstance(one.step, Plate | Deposit) or (isinstance(one.step, Fill) and one.step.mask == "via")]
    layer = {one.step.id: one.before.layer for one in films if one.before.layer < end.layer}
    return Flow(points, tall, known, layer if end.layer > 2 else {})


def _then(built: Sequence[Built]) -> str:
    """The steps that follow a cell's own, by the last part of their ids."""
    return f"then {', '.join(one.step.id.rsplit('/', 1)[-1] for one in built)}" if built else ""
