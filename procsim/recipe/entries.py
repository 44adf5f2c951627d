"""Reads what an entry of a library says once, however many recipes share it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from procsim.errors import Place, RecipeError
from procsim.model.base import Model
from procsim.model.bound import Bound
from procsim.model.document import Process
from procsim.model.library import Material, Part
from procsim.model.tool import Tool
from procsim.recipe.tree import Node, Range, plain, walk

ENTRIES: dict[str, type[Model]] = {"tools": Tool, "processes": Process, "materials": Material, "parts": Part, "bounds": Bound}
"""The sections that hold entries by name, and what each of these is."""
REMEMBERED = 4096
"""Entries, at most; the shipped libraries have some 300."""


@lru_cache(maxsize=REMEMBERED)
def entry(node: Node, model: type[BaseModel]) -> tuple[BaseModel, dict[str, Range]]:
    """What *node* says, and its ranges by their address in it. Neither a Node nor a model is ever changed, so that the very same Node says the same
    again; a mistake is found anew each time. Raises ValidationError or RecipeError."""
    ranges: dict[str, Range] = {}
    return model.model_validate(plain(node, "", ranges)), ranges


@lru_cache(maxsize=REMEMBERED)
def places(node: Node) -> tuple[Place, ...]:
    """Where anything in *node* was written, of every file the first place."""
    found: dict[str, Place] = {}
    for inner in walk(node):
        for place in (inner.place, *(inner.keys or {}).values()):
            found.setdefault(place.file, place)
    return tuple(found.values())


def with_entries(sections: Node, ranges: dict[str, Range]) -> dict[str, Any]:
    """As ``plain``, of a whole recipe's *sections*; their entries, but those that are wrong, are read already."""
    return {key: _entries(key, section, ENTRIES[key], ranges) if key in ENTRIES and isinstance(section.value, dict) else plain(section, key, ranges)
            for key, section in sections.mapping.items()}


def _entries(key: str, section: Node, model: type[BaseModel], ranges: dict[str, Range]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, node in section.mapping.items():
        try:
            found[name], own = entry(node, model)
        except (ValidationError, RecipeError):
            found[name] = plain(node, f"{key}.{name}", ranges)
        else:
            ranges |= {f"{key}.{name}.{inside}": known for inside, known in own.items()}
    return found
