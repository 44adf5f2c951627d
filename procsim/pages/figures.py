"""Fits a picture into a page: no style of its own, ids that no other picture has, and the page's own colours for text and lines."""

from __future__ import annotations

import re

PAPER = frozenset({"section", "package"})
"""Pictures of the package: they stay on white paper, light or dark."""
SIZE = re.compile(r'<svg[^>]*?viewBox="([^"]*)"[^>]*>')
STYLE = re.compile(r' style="([^"]*)"')
INK = re.compile(r'(fill|stroke)="#(?:444444|222222|000000|1a1a1a|595959)"')
GRID = re.compile(r'stroke="#(?:e5e5e5|cccccc|bbbbbb)"')
LONG = re.compile(r"(\.\d\d)\d+")


def inlined(svg: bytes, name: str) -> str:
    """The picture *name* as it may stand in a page, from the file that matplotlib has written: its style as attributes (a page's security policy
    forbids styles), its ids with *name* before them, its size that of the place where it stands."""
    text = svg.decode("utf-8", "replace")
    head = SIZE.search(text)
    if head is None:
        return ""
    body = text[head.end():text.rindex("</svg>")]
    body = re.sub(r"(?s)<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->|<script.*?</script>", "", body)
    body = re.sub(r'(?s) d="[^"]*"', lambda match: LONG.sub(r"\1", match[0]).replace("\n", ""), body)
    body = STYLE.sub(_attributes, body)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)
    if name not in PAPER:
        body = GRID.sub('stroke="currentColor" stroke-opacity="0.2"', INK.sub(r'\1="currentColor"', body))
        body = re.sub(r'(<path [^>]*?)fill="#ffffff"', r'\1fill="none"', body)
    body = re.sub(r">\s+<", "><", body)
    return (f'<svg viewBox="{head[1]}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round" '
            f'role="img" aria-labelledby="{name}-alt">{body}</svg>')


def width(svg: str) -> float:
    """How wide a picture is, in points."""
    head = SIZE.search(svg)
    return float(head[1].split()[2]) if head else 0.0


def _attributes(match: re.Match[str]) -> str:
    """A style as attributes; the page chooses the font."""
    found = []
    for part in match[1].replace("&quot;", "'").split(";"):
        key, _, value = part.partition(":")
        if value and key.strip() != "font-family":
            found.append(f' {key.strip()}="{value.strip()}"')
    return "".join(found)
