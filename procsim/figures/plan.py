"""Draws a page on which each passive device is seen from above, to scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from procsim.figures.canvas import INK, page, words
from procsim.figures.materials import paint
from procsim.figures.style import GREY
from procsim.section.passives import Piece

CELL, MARGIN, CAPTION = 2.3, 0.3, 0.42
"""Inches: the room of one device, the space between two, and the words above each."""

_LAYERS = {
    ("wiring", 0): ("wiring, lower layer", paint("copper").colour, 1.0), ("wiring", 1): ("wiring, upper layer", "#0072B2", 0.55),
    ("pad", 0): ("end", "#D9DCE0", 1.0), ("paste", 0): ("paste", paint("resistor_paste").colour, 1.0), ("via", 0): ("via", INK, 1.0),
}
"""Kind and level of a piece → its name, colour and opacity, in the order of painting: ends and vias show through the layer above them."""


def passives(title: str, devices: Mapping[str, tuple[str, Sequence[Piece]]]) -> Figure:
    """Draws *devices* by name, each with its kind and pieces in µm; each fills its own room and has its own scale bar."""
    across = min(len(devices), 4)
    rows = -(-len(devices) // across)
    width = max(MARGIN + across * (CELL + MARGIN), 5.0)
    height = 0.55 + rows * (CAPTION + CELL + 0.45) + 0.35
    figure, axes = page(width, height)
    words(axes, MARGIN, height - 0.16, title, 11, fontweight="bold")
    for n, (name, (kind, pieces)) in enumerate(devices.items()):
        x = MARGIN + n % across * (CELL + MARGIN)
        top = height - 0.55 - n // across * (CAPTION + CELL + 0.45)
        words(axes, x, top, name, 8, fontweight="bold")
        _device(axes, kind, pieces, x, top)
    found = {key for _, pieces in devices.values() for key, _ in _layers(pieces)}
    handles = [Patch(facecolor=colour, alpha=alpha, edgecolor=INK, linewidth=0.4, label=label) for key, (label, colour, alpha) in _LAYERS.items()
               if key in found]
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.1 / height), ncols=len(handles), fontsize=7, frameon=False,
                  borderaxespad=0.0, borderpad=0.0, handlelength=1.8, columnspacing=1.2)
    return figure


def _layers(pieces: Sequence[Piece]) -> list[tuple[tuple[str, int], Piece]]:
    """Each piece with its entry in the legend. Only wiring lies in two layers, the lower of which is 0."""
    lowest = min(piece.level for piece in pieces)
    return [((piece.kind, piece.level - lowest if piece.kind == "wiring" else 0), piece) for piece in pieces]


def _device(axes: Axes, kind: str, pieces: Sequence[Piece], x: float, top: float) -> None:
    """Draws one device as large as its room lets it, with kind, outer size and scale bar."""
    corners = [corner for piece in pieces for corner in piece.corners]
    left, low = min(a for a, _ in corners), min(b for _, b in corners)
    wide, tall = max(a for a, _ in corners) - left, max(b for _, b in corners) - low
    words(axes, x, top - 0.155, f"{kind}, {wide:.4g} × {tall:.4g} µm", 7, color=GREY)
    scale = CELL / max(wide, tall)
    bottom = top - CAPTION - tall * scale
    for order, (key, (_, colour, alpha)) in enumerate(_LAYERS.items()):
        shapes = [[(x + (a - left) * scale, bottom + (b - low) * scale) for a, b in piece.corners] for own, piece in _layers(pieces) if own == key]
        if shapes:
            axes.add_collection(PolyCollection(shapes, facecolors=colour, edgecolors="none", alpha=alpha, zorder=2 + order), autolim=False)
    length = _round(wide / 3)
    axes.plot([x, x + length * scale], [bottom - 0.12] * 2, color=INK, linewidth=2.0, solid_capstyle="butt")
    words(axes, x + length * scale + 0.06, bottom - 0.12, f"{length:g} µm", 7, va="center_baseline")


def _round(length: float) -> float:
    """The largest of 1, 2, 5, 10 … that is not above *length*."""
    unit = 10.0 ** floor(log10(length))
    return float(unit * max(step for step in (1, 2, 5) if step * unit <= length))
