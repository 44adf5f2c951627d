"""Animates the package as a GIF with one frame per picture of the sheet, with the same bytes each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import BytesIO

from matplotlib.figure import Figure
from PIL import Image

from procsim.figures.cells import Cell
from procsim.figures.section import frame
from procsim.figures.shapes import drawing
from procsim.figures.style import DRAWN, any_letters

DPI = 100
SHOWN_MS, LAST_MS = 800, 3000
"""How long a frame stands, and the last one."""
COLOURS = 128
"""In the one palette of all frames."""
ALIKE = 8
"""Steps of a channel that nobody sees: of two such colours the commoner one is kept."""


def animation(title: str, found: Sequence[Cell]) -> bytes:
    """The cells *found* as a GIF that runs for ever."""
    drawings = [drawing(cell) for cell in found]
    materials = {material for cell in found for material in cell.materials}
    images = [_pixels(frame(title, cell, drawings, materials)) for cell in found]
    colours = _palette(images)
    frames = [image.quantize(palette=colours, dither=Image.Dither.NONE) for image in images]
    out = BytesIO()
    times = [SHOWN_MS] * (len(frames) - 1) + [LAST_MS]
    frames[0].save(out, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=False, comment=DRAWN.encode())
    return out.getvalue()


def _pixels(figure: Figure) -> Image.Image:
    """*figure* as an image."""
    out = BytesIO()
    with any_letters():
        figure.savefig(out, format="rgba", dpi=DPI)
    width = round(figure.get_figwidth() * DPI)
    raw = out.getvalue()
    return Image.frombytes("RGBA", (width, len(raw) // (4 * width)), raw).convert("RGB")


def _palette(images: Sequence[Image.Image]) -> Image.Image:
    """The commonest colours of all *images*, as the palette of an empty one: the paints are among them as they are."""
    counts: Counter[tuple[int, int, int]] = Counter()
    for image in images:
        small = image.resize((image.width // 3, image.height // 3), Image.Resampling.NEAREST)
        for count, colour in small.getcolors(small.width * small.height) or ():
            assert isinstance(colour, tuple)
            counts[colour[0], colour[1], colour[2]] += count
    kept: list[tuple[int, int, int]] = []
    for colour in sorted(counts, key=lambda colour: (-counts[colour], colour)):
        if len(kept) < COLOURS and all(max(abs(a - b) for a, b in zip(colour, other, strict=True)) > ALIKE for other in kept):
            kept.append(colour)
    made = Image.new("P", (1, 1))
    made.putpalette([channel for colour in kept for channel in colour])
    return made
