"""Draws a page on which each passive device is seen from above, to scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor, log10

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch

from procsim.figures.canvas import INK, breadth, page, path, shortened, words
from procsim.figures.materials import paint
from procsim.figures.outline import Loop
from procsim.figures.style import GREY
from procsim.section.passives import Piece

CELL, ALONE, MARGIN, CAPTION = 2.3, 4.0, 0.3, 0.42
"""Inches: the room of one device of several, and of one that is alone, the space between two, and the words above each."""
ACROSS = 4
"""Devices side by side."""

_WIRING = (paint("copper").colour, "#0072B2", "#009E73", "#CC79A7")
"""Colours of wiring layers from the lowest up, over again where there are more."""
_OTHERS = {"pad": ("end", "#D9DCE0", 1.0), "paste": ("paste", paint("resistor_paste").colour, 1.0), "via": ("via", INK, 1.0)}
"""Kind of a piece that is no wiring → its name, colour and opacity, painted over the wiring."""

Key = tuple[int, str]
"""A wiring layer, or the place of another kind of piece after all of them; and the kind."""


def passives(title: str, devices: Mapping[str, tuple[str, int, Sequence[Piece]]], figure_name: str = "") -> Figure:
    """*devices* by name, each with its kind, the wiring layer that it lies in and its pieces in µm; every one fills its own room and has its own
    scale bar. The page is headed by *figure_name*, if it is a figure of the source documents."""
    room = ALONE if len(devices) == 1 else CELL
    own = [(name, kind, _layers(layer, pieces)) for name, (kind, layer, pieces) in devices.items()]
    rows = [own[first : first + ACROSS] for first in range(0, len(own), ACROSS)]
    tall = [CAPTION + room * max(_outline(layered)[3] / max(_outline(layered)[2:]) for _, _, layered in row) + 0.45 for row in rows]
    width = max(MARGIN + len(rows[0]) * (room + MARGIN), 5.0)
    top = sum(tall) + 0.35
    figure, axes = page(width, top + (0.75 if figure_name else 0.55))
    _head(axes, title, figure_name, width, figure.get_figheight())
    for row, down in zip(rows, tall, strict=True):
        for n, (name, kind, layered) in enumerate(row):
            x = MARGIN + n * (room + MARGIN)
            words(axes, x, top, name, 8, fontweight="bold")
            _device(axes, kind, layered, (x, top), room)
        top -= down
    found = sorted({key for _, _, layered in own for key, _ in layered})
    handles = [Patch(facecolor=colour, alpha=alpha, edgecolor=INK, linewidth=0.4, label=label) for label, colour, alpha in map(_look, found)]
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.1 / figure.get_figheight()), ncols=len(handles), fontsize=7,
                  frameon=False, borderaxespad=0.0, borderpad=0.0, handlelength=1.8, columnspacing=1.2)
    return figure


def _head(axes: Axes, title: str, figure_name: str, width: float, height: float) -> None:
    wide = width - 2 * MARGIN
    if figure_name:
        words(axes, MARGIN, height - 0.15, shortened(title, 8, wide), 8, color=GREY)
        words(axes, MARGIN, height - 0.34, figure_name, 12, fontweight="bold")
    else:
        size = max(min(11.0, 10.7 * wide / breadth(title, 11, "bold")), 7.0)
        words(axes, MARGIN, height - 0.16, shortened(title, size, wide, "bold"), size, fontweight="bold")


def _layers(layer: int, pieces: Sequence[Piece]) -> list[tuple[Key, Piece]]:
    """Each piece of a device in wiring *layer* with its entry of the legend, in the order of painting."""
    after = {kind: 1000 + n for n, kind in enumerate(_OTHERS)}
    return [((layer + piece.level if piece.kind == "wiring" else after[piece.kind], piece.kind), piece) for piece in pieces]


def _look(key: Key) -> tuple[str, str, float]:
    """Name, colour and opacity: the layers above the first let what lies below them shine through, those above the second more so."""
    layer, kind = key
    return (f"wiring layer {layer}", _WIRING[(layer - 1) % len(_WIRING)], {1: 1.0, 2: 0.6}.get(layer, 0.3)) if kind == "wiring" else _OTHERS[kind]


def _outline(layered: Sequence[tuple[Key, Piece]]) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of a device, µm."""
    corners = [corner for _, piece in layered for corner in piece.corners]
    left, low = min(a for a, _ in corners), min(b for _, b in corners)
    return left, low, max(a for a, _ in corners) - left, max(b for _, b in corners) - low


def _device(axes: Axes, kind: str, layered: Sequence[tuple[Key, Piece]], corner: tuple[float, float], room: float) -> None:
    """One device as large as its *room* lets it, with kind, outer size and scale bar; *corner* is the upper left one."""
    x, top = corner
    left, low, wide, tall = _outline(layered)
    words(axes, x, top - 0.155, f"{kind}, {wide:.4g} × {tall:.4g} µm", 7, color=GREY)
    scale = room / max(wide, tall)
    bottom = top - CAPTION - tall * scale
    for order, key in enumerate(sorted({key for key, _ in layered})):
        _, colour, alpha = _look(key)
        shapes = [_one_way([(x + (a - left) * scale, bottom + (b - low) * scale) for a, b in piece.corners]) for own, piece in layered if own == key]
        axes.add_patch(PathPatch(path(shapes), facecolor=colour, edgecolor="none", alpha=alpha, zorder=2 + order))
    length = _round(max(wide, tall) / 3)
    axes.plot([x, x + length * scale], [bottom - 0.12] * 2, color=INK, linewidth=2.0, solid_capstyle="butt")
    words(axes, x + length * scale + 0.06, bottom - 0.12, f"{length:g} µm", 7, va="center_baseline")


def _one_way(loop: Loop) -> Loop:
    """*loop* with what it encloses to its left: pieces that overlap and run the same way are painted as one, so that no seam shines through."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*loop, loop[0]]))
    return loop if area > 0.0 else loop[::-1]


def _round(length: float) -> float:
    """The largest of 1, 2, 5, 10 … that is not above *length*."""
    unit = 10.0 ** floor(log10(length))
    return float(unit * max(step for step in (1, 2, 5) if step * unit <= length))
