"""Says what a checked recipe is: the document, and its flat steps with the places where they were written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from procsim.errors import Place, did_you_mean
from procsim.maths.same import FLOWS, of_the_same
from procsim.model.document import Document
from procsim.model.product import Product
from procsim.model.steps import Step
from procsim.recipe.edits import Draft, lost
from procsim.recipe.names import Names, segments
from procsim.recipe.source import NAMELESS
from procsim.recipe.tree import Node, Range, locate


class Resolved(dict[str, Any]):
    """What a recipe says as plain Python, which is not changed once made, so that its hash is worked out once."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 of it, first 16 hex digits."""
        return hashlib.sha256(json.dumps(self, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Placed:
    """A *step* and where it came from: the *place* it was written, the places of *edits*, and its *group* of equal steps."""

    step: Step
    place: Place
    edits: tuple[Place, ...]
    base: str

    @property
    def id(self) -> str:
        return self.step.id


@dataclass(frozen=True, slots=True)
class Recipe:
    """A whole, checked recipe: the *document* and its flat *steps*, with every *range* by address, the *draft* that they were read from, the
    *edits* that changed something, the places of the numbers that an edit has *chosen*, the numbers that edits wrote over, as they *were*, by the
    address of the edit, the variants that were laid *over* its file, the ``--set`` texts *sets*, *warnings* of what has no effect, and the *files*
    that it was read from; or *packages* that share a line, whose steps then are ``package/step``, and what these were *apart*. One that a program
    has built has no file at its *path* but is *root*, and all that it names lies beside its path."""

    path: Path
    document: Document
    steps: tuple[Placed, ...]
    draft: Draft = field(repr=False)
    ranges: dict[str, Range] = field(repr=False)
    resolved: Resolved = field(repr=False)
    edits: tuple[str, ...] = ()
    packages: Mapping[str, Recipe] = field(default_factory=dict, repr=False)
    chosen: frozenset[Place] = frozenset()
    were: Mapping[str, float] = field(default_factory=dict, repr=False)
    over: tuple[Path, ...] = ()
    sets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    files: frozenset[Path] = field(default_factory=frozenset, repr=False)
    root: Node | None = field(default=None, repr=False)
    apart: Mapping[str, Apart] = field(default_factory=dict, repr=False)

    @property
    def sections(self) -> Node:
        """Everything that was written but the steps."""
        return self.draft.sections

    @property
    def names(self) -> Names:
        """Which of its steps a reference names."""
        return _names(self.steps) if self.packages else self.draft.names

    @property
    def product(self) -> Product:
        """The package that it builds; nobody may ask that of a plain line, or of a mix."""
        assert self.document.product is not None
        return self.document.product

    @property
    def flow(self) -> str:
        """Short name: that of its file; of one that a program has built, what it calls itself."""
        return self.path.stem if self.root is None else self.document.name or "recipe"

    @property
    def title(self) -> str:
        """Its name, or that of its file, in which a byte that is no text stands as ``\\xNN``."""
        return self.document.name or os.fsencode(self.flow).decode("utf-8", "backslashreplace")

    @property
    def hash(self) -> str:
        """SHA-256 of the resolved recipe, first 16 hex digits."""
        return self.resolved.hash

    def all_files(self) -> frozenset[Path]:
        """The files that it and its packages were read from, by their real paths."""
        found = self.files.union(*(one.files for one in self.packages.values()))
        return frozenset(path for path in found if path.name != NAMELESS)

    def place(self, address: str) -> Place:
        """Where what stands at *address*, of a step or a section, or the nearest thing above it, was written."""
        name, _, rest = address.partition(".")
        at = self.draft.names.at(name)
        return locate(self.sections, address.split(".")) if at is None else locate(self.draft.steps[at].node, rest.split("."))

    def was(self, address: str) -> float | None:
        """The number that an edit wrote over at *address*; None where none did."""
        name, dot, rest = address.partition(".")
        at = self.names.at(name)
        base = name if at is None else self.steps[at].base
        return self.were.get(address, self.were.get(base + dot + rest))

    def no_step(self, name: str) -> str:
        """What an error says where no step is called *name*: which edit took it away, or what was meant."""
        return f"no step '{name}'{lost(self.draft, name) or did_you_mean(name, [placed.id for placed in self.steps])}"

    def step(self, step_id: str) -> Placed:
        at = self.names.at(step_id)
        assert at is not None
        return self.steps[at]


@dataclass(frozen=True, slots=True)
class Apart:
    """A package of a mix before it came to the line that it shares: its *recipe*, and the *edits* of the mix that were made in it."""

    recipe: Recipe
    edits: tuple[object, ...]



@of_the_same(FLOWS)
def _names(steps: tuple[Placed, ...]) -> Names:
    return Names.of(segments(placed.id, placed.base) for placed in steps)
