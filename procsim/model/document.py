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
    """One of several packages on a shared line."""

    recipe: Text
    """The recipe of this package, a file beside the one that names it."""
    share: Positive
    """Its share of the lots that are released, in proportion to those of the others."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Lower goes first, at tools whose dispatch rule is `priority`."""
    note: Text | None = None
    """For the reader; without effect."""


class Document(Model):
    """Everything a recipe says but its steps, which are read one by one by their op."""

    name: Text | None = None
    """What reports call the package; left out: the file's name."""
    description: Text | None = None
    """What it is, in a sentence or two, for the head of its report."""
    shows: list[Text] = []
    """The statements of a source document that this recipe is an example of; a list for readers, without effect."""
    product: Product | None = None
    """The package itself, from which every quantity follows. A recipe without one is a line only."""
    line: Line
    """How lots come and what machines they meet."""
    run: Run
    """How long and how often to simulate."""
    economics: Economics = Economics()
    """The price list: wages, energy, floor, interest, what a year holds."""
    packages: dict[Name, Packaged] = {}
    """Several packages on one line, each a recipe of its own with its share of the lots."""
    tools: dict[Name, Tool] = {}
    """Tool groups laid over those of what is extended."""
    processes: dict[Name, Process] = {}
    """Processes of this recipe's own, or single numbers of the library's laid over."""
    materials: dict[Name, Material] = {}
    """Materials of this recipe's own, or single numbers of the library's laid over."""
    parts: dict[Name, Part] = {}
    """Ready-made parts of this recipe's own, or single numbers of the library's laid over."""
    bounds: dict[Name, Bound] = {}
    """Bounds of this recipe's own on numbers, beside those of the library; null takes one away."""


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
