"""Draws a page on which each passive device is seen from above, to scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from procsim.figures.canvas import INK, breadth, page, shortened, words
from procsim.figures.materials import paint
from procsim.figures.style import GREY
from procsim.section.passives import Piece

CELL, MARGIN, CAPTION = 2.3, 0.3, 0.42
"""Inches: the room of one device, the space between two, and the words above each."""

_WIRING = (paint("copper").colour, "#0072B2", "#009E73", "#CC79A7")
"""Colours of wiring layers from the lowest up, over again where there are more."""
_OTHERS = {"pad": ("end", "#D9DCE0", 1.0), "paste": ("paste", paint("resistor_paste").colour, 1.0), "via": ("via", INK, 1.0)}
"""Kind of a piece that is no wiring → its name, colour and opacity, painted over the wiring."""

Key = tuple[int, str]
"""A wiring layer, or the place of another kind of piece after all of them; and the kind."""


def passives(title: str, devices: Mapping[str, tuple[str, int, Sequence[Piece]]]) -> Figure:
    """*devices* by name, each with its kind, the wiring layer that it lies in and its pieces in µm; every one fills its own room and has its own
    scale bar."""
    across = min(len(devices), 4)
    rows = -(-len(devices) // across)
    width = max(MARGIN + across * (CELL + MARGIN), 5.0)
    height = 0.55 + rows * (CAPTION + CELL + 0.45) + 0.35
    figure, axes = page(width, height)
    size = max(min(11.0, 10.7 * (width - 2 * MARGIN) / breadth(title, 11, "bold")), 7.0)
    words(axes, MARGIN, height - 0.16, shortened(title, size, width - 2 * MARGIN, "bold"), size, fontweight="bold")
    for n, (name, (kind, layer, pieces)) in enumerate(devices.items()):
        x = MARGIN + n % across * (CELL + MARGIN)
        top = height - 0.55 - n // across * (CAPTION + CELL + 0.45)
        words(axes, x, top, name, 8, fontweight="bold")
        _device(axes, kind, _layers(layer, pieces), x, top)
    found = sorted({key for _, layer, pieces in devices.values() for key, _ in _layers(layer, pieces)})
    handles = [Patch(facecolor=colour, alpha=alpha, edgecolor=INK, linewidth=0.4, label=label) for label, colour, alpha in map(_look, found)]
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.1 / height), ncols=len(handles), fontsize=7, frameon=False,
                  borderaxespad=0.0, borderpad=0.0, handlelength=1.8, columnspacing=1.2)
    return figure


def _layers(layer: int, pieces: Sequence[Piece]) -> list[tuple[Key, Piece]]:
    """Each piece of a device in wiring *layer* with its entry of the legend, in the order of painting."""
    after = {kind: 1000 + n for n, kind in enumerate(_OTHERS)}
    return [((layer + piece.level if piece.kind == "wiring" else after[piece.kind], piece.kind), piece) for piece in pieces]


def _look(key: Key) -> tuple[str, str, float]:
    """Name, colour and opacity: the layers above the first let what lies below them shine through."""
    layer, kind = key
    return (f"wiring layer {layer}", _WIRING[(layer - 1) % len(_WIRING)], 1.0 if layer == 1 else 0.6) if kind == "wiring" else _OTHERS[kind]


def _device(axes: Axes, kind: str, layered: Sequence[tuple[Key, Piece]], x: float, top: float) -> None:
    """One device as large as its room lets it, with kind, outer size and scale bar."""
    pieces = [piece for _, piece in layered]
    corners = [corner for piece in pieces for corner in piece.corners]
    left, low = min(a for a, _ in corners), min(b for _, b in corners)
    wide, tall = max(a for a, _ in corners) - left, max(b for _, b in corners) - low
    words(axes, x, top - 0.155, f"{kind}, {wide:.4g} × {tall:.4g} µm", 7, color=GREY)
    scale = CELL / max(wide, tall)
    bottom = top - CAPTION - tall * scale
    for order, key in enumerate(sorted({key for key, _ in layered})):
        _, colour, alpha = _look(key)
        shapes = [[(x + (a - left) * scale, bottom + (b - low) * scale) for a, b in piece.corners] for own, piece in layered if own == key]
        axes.add_collection(PolyCollection(shapes, facecolors=colour, edgecolors="none", alpha=alpha, zorder=2 + order), autolim=False)
    length = _round(wide / 3)
    axes.plot([x, x + length * scale], [bottom - 0.12] * 2, color=INK, linewidth=2.0, solid_capstyle="butt")
    words(axes, x + length * scale + 0.06, bottom - 0.12, f"{length:g} µm", 7, va="center_baseline")


def _round(length: float) -> float:
    """The largest of 1, 2, 5, 10 … that is not above *length*."""
    unit = 10.0 ** floor(log10(length))
    return float(unit * max(step for step in (1, 2, 5) if step * unit <= length))
