"""Frames the drawings of packages as the pages of runs do: white paper, light or dark, whole on a phone, and larger at a tap, to be scrolled."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes

BEFORE = ('<div class="drawing"><label class="larger"><input type="checkbox"> larger</label>'
          '<div class="scroll" tabindex="0" role="region" aria-label="{}">')
AFTER = "</div></div>"


def _frame(_app: Any, tree: nodes.document, _page: str) -> None:
    for figure in tree.findall(nodes.figure):
        image = figure.next_node(nodes.image)
        if image is not None:
            image.parent.replace(image, [_html(BEFORE.format(escape(image.get("alt", "")))), image, _html(AFTER)])


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app: Any) -> dict[str, bool]:
    """Takes every figure; the style sheet does the rest."""
    app.connect("doctree-resolved", _frame)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
