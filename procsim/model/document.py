"""Describes a whole recipe after sharing and edits, which ``plan`` and ``section`` read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from procsim.model.base import Model, Name, Positive, Text
from procsim.model.bound import Bound
from procsim.model.economics import Economics
from procsim.model.library import Material, Part
from procsim.model.line import Line, Run
from procsim.model.process import Numbers
from procsim.model.product import Product
from procsim.model.tool import Tool


class Process(Numbers):
    """A process in the library."""


class Packaged(Model):
    """One of several packages on a shared line: its *recipe*, its *share* of the lots released, and its priority (lower goes first)."""

    recipe: Text
    share: Positive
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    note: Text | None = None


class Document(Model):
    """Everything a recipe says but its steps, which are read one by one by their op."""

    name: Text | None = None
    description: Text | None = None
    shows: list[Text] = []
    product: Product | None = None
    line: Line
    run: Run
    economics: Economics = Economics()
    packages: dict[Name, Packaged] = {}
    tools: dict[Name, Tool] = {}
    processes: dict[Name, Process] = {}
    materials: dict[Name, Material] = {}
    parts: dict[Name, Part] = {}
    bounds: dict[Name, Bound] = {}


LIBRARIES = ("tools", "processes", "materials", "parts", "economics", "bounds")
"""What a recipe's ``library`` may name a file for."""

FIELDS_OF_FILE: dict[str, Any] = {
    "recipe": ("name", "description", "shows", "library", "product", "line", "run", "economics", "processes", "materials", "parts",
               "bounds", "steps"),
    "mix": ("name", "description", "shows", "library", "packages", "line", "run", "economics"),
    "variant": ("extends", "name", "description", "shows", *LIBRARIES, "changes"),
    "variant of a mix": ("extends", "name", "description", "shows", "tools", "economics", "changes"),
    "module": ("name", "description", "steps"),
    "use": ("use", "as", "repeat", "fig", "set", "note"),
}
"""Outer shape of every kind of file, checked before anything is expanded."""
