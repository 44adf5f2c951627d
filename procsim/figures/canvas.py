"""Paints all shapes of a page in a few collections, so that a sheet of thirty cells is quick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from procsim.figures.materials import Paint, in_order, paint, spelt
from procsim.figures.outline import Loop
from procsim.figures.shapes import Drawing, Name
from procsim.figures.style import ACCENT, GREY, REMOVED, any_letters

INK = "#1A1A1A"
EDGE = "#3A3A3A"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a drawing goes on the page: its lower left corner at (*x*, *y*), *across* and *up* inches per drawn unit."""

    x: float
    y: float
    across: float
    up: float

    def __call__(self, loop: Loop) -> Loop:
        return [(self.x + a * self.across, self.y + b * self.up) for a, b in loop]


def page(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty page whose data units are inches from the lower left."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0.0, width)
    axes.set_ylim(0.0, height)
    return figure, axes


def words(axes: Axes, x: float, y: float, text: str, size: float, **options: Any) -> None:
    """Writes *text* as it is (a dollar is a dollar), above everything else."""
    axes.text(x, y, text, fontsize=size, zorder=12, parse_math=False, **{"color": INK, "va": "top", **options})


@cache
def breadth(text: str, size: float, weight: str = "normal") -> float:
    """Inches that *text* takes from left to right, in the font that pictures are laid out with."""
    with any_letters():
        width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size, weight=weight), False)
    return float(width) / 72


def shortened(text: str, size: float, room: float, weight: str = "normal") -> str:
    """As many words of *text* as fit into *room* inches, and dots where some do not."""
    if breadth(text, size, weight) <= room:
        return text
    kept = text.split()
    while len(kept) > 1 and breadth(" ".join([*kept, "…"]), size, weight) > room:
        kept.pop()
    return " ".join([*kept, "…"])


def path(loops: Iterable[Loop]) -> Path:
    """Closed lines as one path, holes being the lines that run the other way."""
    corners: Loop = []
    codes: list[int] = []
    for loop in loops:
        corners += [*loop, loop[0]]
        codes += [int(Path.MOVETO), *[int(Path.LINETO)] * (len(loop) - 1), int(Path.CLOSEPOLY)]
    return Path(corners, codes)


def put(axes: Axes, placed: Sequence[tuple[Drawing, Spot]], line: float = 1.0) -> None:
    """Paints every drawing at its spot; *line* scales the width of outlines."""
    for order, attribute in ((2.0, "fills"), (3.0, "walls"), (7.0, "rounds")):
        paths: dict[str, list[Path]] = {}
        for made, spot in placed:
            for material, loops in getattr(made, attribute):
                paths.setdefault(material, []).append(path(spot(loop) for loop in loops))
        with rc_context({"hatch.linewidth": 0.35}):
            for n, material in enumerate(in_order(paths)):
                look = paint(material)
                _add(axes, paths[material], order + n / 1000, facecolor=look.colour, edgecolor=_ink(look), hatch=look.hatch or None, linewidth=0.35)
    groups = {name: [path([spot(loop)]) for made, spot in placed for loop in getattr(made, name)]
              for name in ("active", "removed", "added", "ringed", "torn", "cut")}
    _add(axes, groups["active"], 4, facecolor=INK, edgecolor="none")
    _add(axes, groups["removed"], 5, facecolor="none", edgecolor=REMOVED, linewidth=0.8 * line, linestyle=(0, (3.0, 2.0)))
    _add(axes, groups["added"], 6, facecolor="none", edgecolor=ACCENT, linewidth=line)
    _add(axes, groups["ringed"], 8, facecolor="none", edgecolor=ACCENT, linewidth=line)
    _add(axes, groups["torn"] + groups["cut"], 9, facecolor="white", edgecolor="none")


def _add(axes: Axes, paths: list[Path], order: float, **options: Any) -> None:
    if paths:
        axes.add_collection(PathCollection(paths, zorder=order, joinstyle="miter", **options), autolim=False)


def _ink(look: Paint) -> str:
    """Colour of edges and hatches on *look*."""
    return EDGE if look.lightness > 0.35 else "#B8B8B8"


SMALL = 7.0
"""Points of a die's thickness."""


def die_names(axes: Axes, names: Iterable[tuple[Name, Spot]], size: float, thick: bool = False) -> None:
    """Names in their dies, at most *size* points, and below them, where *thick* asks for it and there is room, how thick the die is.

    A name that would be too small to read is left out.
    """
    for name, spot in names:
        fits = min(size, 72 * name.width * spot.across / (0.66 * len(name.text) + 1), 72 * name.height * spot.up / 1.15)
        if fits < 3.6:
            continue
        (x, y), = spot([(name.x, name.y)])
        colour = INK if paint(name.material).lightness > 0.5 else "white"
        two = thick and 72 * name.height * spot.up >= 1.15 * fits + 1.3 * SMALL and 72 * name.width * spot.across >= 0.6 * SMALL * len(name.size)
        up = 0.6 * SMALL / 72 if two else 0.0
        beside = thick and not two and 72 * name.width * spot.across >= 0.66 * fits * (len(name.text) + len(name.size) + 2)
        words(axes, x, y + up, f"{name.text}  {name.size}" if beside else name.text, fits, ha="center", va="center_baseline", color=colour)
        if two:
            words(axes, x, y + up - (0.5 * fits + 0.7 * SMALL) / 72, name.size, SMALL, ha="center", va="center_baseline", color=colour)


REACH = 1.45
"""Inches that one entry of a legend takes."""


def _entries(materials: Iterable[str], drawings: Iterable[Drawing]) -> list[Patch | Line2D]:
    """A legend's entries: every paint that occurs, then the lines that do."""
    made = list(drawings)
    found: list[Patch | Line2D] = []
    for material in in_order(materials):
        look = paint(material)
        found.append(Patch(facecolor=look.colour, edgecolor=_ink(look), hatch=2 * look.hatch, linewidth=0.5, label=spelt(material)))
    if any(one.active for one in made):
        found.append(Line2D([], [], color=INK, linewidth=2.5, label="active surface"))
    if any(one.added or one.ringed for one in made):
        found.append(Line2D([], [], color=ACCENT, linewidth=1.2, label="added"))
    if any(one.removed for one in made):
        found.append(Line2D([], [], color=REMOVED, linewidth=1.0, linestyle=(0, (3.0, 2.0)), label="removed"))
    return found


def foot(materials: Iterable[str], drawings: Iterable[Drawing], width: float) -> float:
    """Inches that the legend and the small print take at the foot of a page *width* inches wide."""
    return 0.45 + 0.17 * -(-len(_entries(materials, drawings)) // int((width - 0.4) / REACH))


def legend(figure: Figure, materials: Iterable[str], drawings: Iterable[Drawing]) -> None:
    """Names every paint and line that occurs, at the foot of *figure*."""
    with rc_context({"hatch.linewidth": 0.35}):
        found = _entries(materials, drawings)
        columns = min(int((figure.get_figwidth() - 0.4) / REACH), len(found))
        figure.legend(handles=found, loc="lower center", bbox_to_anchor=(0.5, 0.24 / figure.get_figheight()), ncols=columns,
                      fontsize=7, frameon=False, handlelength=1.8, handleheight=1.0, columnspacing=1.2, borderaxespad=0.0, borderpad=0.0)


SCHEMATIC = "heights ∝ √thickness; widths schematic, bonding points and their openings to scale"
TO_SCALE = "to scale, but for where wiring and vias lie beside the dies"


def note(axes: Axes, x: float, more: str = "", to_scale: bool = False) -> None:
    """The small print at the foot of a page."""
    text = (TO_SCALE if to_scale else SCHEMATIC) + (f"; {more}" if more else "")
    words(axes, x, 0.07, text, 6.5, color=GREY, va="bottom")
