"""Writes the hatches of an SVG in few bytes: Matplotlib spells every dot and ring of a hatch out as eight curves, half a megabyte for a dense one."""

from __future__ import annotations

import re

_PATTERN = re.compile(rb"(?s)(<pattern .*?<path d=\")(.*?)(\" style=\"fill: )(#\w+|none)(; stroke: )(#\w+)"
                      rb"(; stroke-width: )([\d.]+)(; stroke-linecap: )butt")
_NUMBER = rb"(-?[\d.]+)"
_ROUND = re.compile(rb"M " + _NUMBER + rb" " + _NUMBER + rb" \n(?:C [^C]+){3}C(?: \S+){4} " + _NUMBER + rb" " + _NUMBER + rb" \n(?:C [^Cz]+){4}z\n")
"""A circle as eight curves: where it begins, at the top, and where it is half way round, straight below."""


def brief(svg: bytes) -> bytes:
    """*svg* with the same hatches: a dot is a line without length and with round ends, a ring is two arcs."""
    return _PATTERN.sub(_rewritten, svg)


def _rewritten(found: re.Match[bytes]) -> bytes:
    head, path, *_, width, caps = found.groups()
    fill, ink = found[4], found[6]
    rounds = [tuple(map(float, one)) for one in _ROUND.findall(path)]
    if not rounds or _ROUND.sub(b"", path):
        return found[0]
    radius = round((rounds[0][1] - rounds[0][3]) / 2, 6)
    filled = fill == ink
    drawn = b"".join(_dot(x, y - radius) if filled else _ring(x, y, radius) for x, y, *_ in rounds)
    width, ends = (b"%g" % (2 * radius + float(width)), b"round") if filled else (width, b"butt")
    return head + drawn + found[3] + fill + found[5] + ink + found[7] + width + caps + ends


def _dot(x: float, y: float) -> bytes:
    """A dot about (*x*, *y*)."""
    return b"M%g %gh0" % (x, y)


def _ring(x: float, y: float, radius: float) -> bytes:
    """A ring whose top is at (*x*, *y*)."""
    half = b"%g %g 0 1 0 0 " % (radius, radius)
    return b"M%g %ga%b%g %b%gz" % (x, y, half, -2 * radius, half, 2 * radius)
