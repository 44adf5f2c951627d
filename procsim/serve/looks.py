"""Renders what a page shows: the whole of it, or the pieces that an edit changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

STATIC = {"htmx.min.js": "text/javascript; charset=utf-8", "page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8",
          "icon.svg": "image/svg+xml"}
"""Files that a page asks for, and their types. htmx is version 2.0.11 as its package has it (Zero-Clause BSD)."""
HTMX = {"allowEval": False, "includeIndicatorStyles": False, "selfRequestsOnly": True, "historyCacheSize": 0, "refreshOnHistoryMiss": True,
        "allowScriptTags": False, "scrollIntoViewOnBoost": False, "defaultSettleDelay": 0, "timeout": 60000}
"""What htmx is told: it evaluates nothing and keeps no page; going back asks the server again."""
EDIT = 'hx-post="edit" hx-target="#state" hx-swap="outerHTML" hx-sync="#page:queue all"'
"""What every control has that edits: its answer begins with the new state, and all else finds its own place. One edit follows another."""


@cache
def _environment() -> Environment:
    made = Environment(loader=FunctionLoader(_part), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"markup": Markup, "htmx": json.dumps(HTMX), "vals": _vals, "sends": Markup(f'{EDIT} hx-include="#state"'),
                     "sends_form": Markup(f'{EDIT} hx-include="#state, closest form"')}
    return made


def _vals(**words: str) -> str:
    """Words that a control sends, as ``hx-vals`` has them."""
    return json.dumps(words)


@cache
def _part(name: str) -> str:
    return (files("procsim.serve") / "templates" / name).read_text(encoding="utf-8")


@cache
def static(name: str) -> bytes:
    """A file that pages ask for, of those in ``STATIC``."""
    return (files("procsim.serve") / "static" / name).read_bytes()


def rendered(name: str, shown: Mapping[str, Any]) -> bytes:
    """The template *name* with what is *shown*."""
    return _environment().get_template(name).render(shown).encode("utf-8", "replace")
