"""Finds the closed lines round squares of a grid, so that neighbours become one shape without inner lines."""

from __future__ import annotations

from collections.abc import Iterable

Square = tuple[int, int]
Loop = list[tuple[float, float]]


def loops(squares: Iterable[Square]) -> list[list[Square]]:
    """The corners of every closed line round *squares*, holes too; what is inside lies to the left.

        ┌───┬───┐      ┌───────┐
        │   │   │  →   │       │
        └───┴───┘      └───────┘
    """
    inside = set(squares)
    edges: dict[Square, list[Square]] = {}
    for i, j in sorted(inside):
        for beyond, start, end in (((i, j - 1), (i, j), (i + 1, j)), ((i + 1, j), (i + 1, j), (i + 1, j + 1)),
                                   ((i, j + 1), (i + 1, j + 1), (i, j + 1)), ((i - 1, j), (i, j + 1), (i, j))):
            if beyond not in inside:
                edges.setdefault(start, []).append(end)
    found = []
    while edges:
        start = next(iter(edges))
        line = [start]
        while (here := _next(edges, line[-1])) != start:
            line.append(here)
        found.append(_corners(line))
    return found


def _next(edges: dict[Square, list[Square]], at: Square) -> Square:
    """Follows one edge from *at* and takes it away."""
    ends = edges[at]
    end = ends.pop()
    if not ends:
        del edges[at]
    return end


def _corners(line: list[Square]) -> list[Square]:
    """*line* without the points at which it goes straight on."""
    return [here for before, here, after in zip([line[-1], *line], line, [*line[1:], line[0]], strict=False)
            if (here[0] - before[0]) * (after[1] - here[1]) != (here[1] - before[1]) * (after[0] - here[0])]
