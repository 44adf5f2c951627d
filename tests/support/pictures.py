"""What tests of pictures share: each flow built once for all pictures of it, and what makes a figure readable."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

from conftest import loaded
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from procsim.figures.cells import Cell, by_figure, finished
from procsim.figures.finer import finer, known_of
from procsim.section.build import Built


@cache
def shown(path: Path) -> tuple[Built, ...]:
    """The shipped flow at *path*, built as pictures show it."""
    return finer(loaded(path))


@cache
def figures(path: Path) -> dict[str, Cell]:
    """The cells of its figures."""
    return by_figure(shown(path), known_of(loaded(path)))


def end(path: Path) -> Cell:
    """Its finished package."""
    return finished(shown(path), known_of(loaded(path)))


def crossings(lines: list[list[tuple[float, float]]]) -> int:
    """How often any two of the broken *lines* cross."""
    def left(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
        return bool((b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0]))

    def cross(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
        return left(a, b, c) != left(a, b, d) and left(c, d, a) != left(c, d, b)

    return sum(cross(*s, *t) for one, other in combinations(lines, 2) for s in pairwise(one) for t in pairwise(other))


def assert_readable(figure: Figure) -> None:
    """All words on the page and clear of each other; no leader crosses another."""
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # lays the legend out
    texts = [text for text in (*figure.axes[0].texts, *(t for legend in figure.legends for t in legend.get_texts())) if text.get_text()]
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts]
    for (text, a), (other, b) in combinations(boxes, 2):
        assert a.x1 < b.x0 or b.x1 < a.x0 or a.y1 < b.y0 or b.y1 < a.y0, f"'{text}' lies on '{other}'"
    for text, box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, f"'{text}' leaves the page"
    leaders = [[tuple(point) for point in line] for made in figure.axes[0].collections if isinstance(made, LineCollection) and made.zorder == 11
               for line in made.get_segments() if len(line) == 3]
    assert crossings(leaders) == 0
