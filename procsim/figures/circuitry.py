"""Draws, magnified, how signals leave a die and come back to it: device, the die's own wiring, pad, the wiring of the package, pad, device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from procsim.figures.canvas import INK, page, words
from procsim.figures.materials import paint
from procsim.figures.style import ACCENT, GREY


@dataclass(frozen=True, slots=True)
class Way:
    """A net over *die*: *outer_um* (width, thickness) and *outer_mm* of the package's trace, *inner_um* (width, thickness, way from device to pad) of
    the die's own. A *bus* ends at a bonding point too. *metal*, *pad*, *body* and *film* are the materials that it is drawn in."""

    net: str
    die: str
    outer_um: tuple[float, float]
    outer_mm: float
    inner_um: tuple[float, float, float]
    bus: bool
    metal: str
    pad: str
    body: str
    film: str


WIDTH, LEFT, RIGHT = 9.0, 0.6, 6.2
"""Inches: the page, and where the die ends."""
ROW, POINT = 2.4, 0.35
"""Inches of one way upwards, and of the bonding point that a bus has above."""


def circuitry(title: str, figure_name: str, ways: Sequence[Way]) -> Figure:
    """*ways* one below the other, each with device, inner wiring, pads and outer trace marked and measured; not to scale."""
    height = 0.9 + sum(_tall(way) for way in ways)
    figure, axes = page(WIDTH, height)
    words(axes, 0.25, height - 0.15, title, 8, color=GREY)
    words(axes, 0.25, height - 0.34, figure_name, 12, fontweight="bold")
    y = height - 0.75
    for way in ways:
        y -= _tall(way)
        _way(axes, way, y)
    words(axes, 0.25, 0.18, "not to scale: the arrows follow the signal", 6.5, color=GREY)
    return figure


def _tall(way: Way) -> float:
    return ROW + POINT * way.bus


def _box(axes: Axes, x: float, y: float, wide: float, tall: float, material: str, order: float) -> None:
    axes.add_patch(Rectangle((x, y), wide, tall, facecolor=paint(material).colour, edgecolor=INK, linewidth=0.5, zorder=order))


def _way(axes: Axes, way: Way, y: float) -> None:
    """The die from *y* up, on it the thin film; the way from the left device up, across and down to the right one."""
    die, film = y + 1.25, y + 2.3
    _box(axes, LEFT, y + 0.25, RIGHT - LEFT, die - y - 0.25, way.body, 2)
    _box(axes, LEFT, die, RIGHT - LEFT, film - die, way.film, 2)
    ends = (LEFT + 1.6, RIGHT - 1.6)
    devices = (LEFT + 0.55, RIGHT - 0.55)
    for device, end in zip(devices, ends, strict=True):
        low, high = sorted((device, end))
        _box(axes, low, die - 0.5, high - low, 0.05, way.metal, 3)
        _box(axes, end - 0.025, die - 0.5, 0.05, 0.42, way.metal, 3)
        _box(axes, device - 0.16, die - 0.62, 0.32, 0.27, "epoxy_mould", 4)
        _box(axes, end - 0.19, die - 0.1, 0.38, 0.1, way.pad, 4)
        _box(axes, end - 0.12, die, 0.24, 0.5, way.metal, 4)
    _box(axes, ends[0] - 0.2, die + 0.45, ends[1] - ends[0] + 0.4, 0.28, way.metal, 5)
    if way.bus:
        middle = (LEFT + RIGHT) / 2
        _box(axes, middle - 0.14, die + 0.7, 0.28, film - die - 0.7, way.metal, 5)
        axes.add_patch(Circle((middle, film + 0.16), 0.2, facecolor=paint("solder").colour, edgecolor=INK, linewidth=0.5, zorder=5))
    _arrows(axes, (devices[0], die - 0.475), (ends[0], die + 0.59), (ends[1], die - 0.475), devices[1])
    _labels(axes, way, die, devices, ends)


def _arrows(axes: Axes, start: tuple[float, float], up: tuple[float, float], down: tuple[float, float], end: float) -> None:
    corners = [start, (up[0], start[1]), up, (down[0], up[1]), down, (end, down[1])]
    axes.plot([x for x, _ in corners], [y for _, y in corners], color=ACCENT, linewidth=1.0, zorder=7)
    axes.annotate("", xy=corners[-1], xytext=corners[-2], arrowprops={"arrowstyle": "-|>", "color": ACCENT, "linewidth": 1.0}, zorder=8)


def _labels(axes: Axes, way: Way, die: float, devices: tuple[float, float], ends: tuple[float, float]) -> None:
    """Names above or below what they mean, sizes at the right."""
    words(axes, devices[0], die - 0.68, "device a", 7, ha="center", color="black")
    words(axes, devices[1], die - 0.68, "device b", 7, ha="center", color="black")
    words(axes, (LEFT + RIGHT) / 2, die - 0.62, f"{way.die}: active surface", 7, ha="center")
    words(axes, ends[0] + 0.28, die + 0.12, "pad", 7)
    words(axes, ends[1] - 0.5, die + 0.12, "pad", 7)
    words(axes, ends[0] - 0.1, die + 0.88, f"net {way.net}", 7, fontweight="bold")
    outer, inner = way.outer_um, way.inner_um
    x = RIGHT + 0.2
    words(axes, x, die + 0.95, "external circuitry", 7.5, fontweight="bold")
    words(axes, x, die + 0.78, f"{outer[0]:g} µm wide, {outer[1]:.3g} µm thick, {way.outer_mm:g} mm long", 7)
    words(axes, x, die - 0.2, "internal circuitry", 7.5, fontweight="bold")
    words(axes, x, die - 0.37, f"{inner[0]:g} µm wide, {inner[1]:g} µm thick,", 7)
    words(axes, x, die - 0.52, f"{inner[2]:g} µm from device to pad", 7)
