"""Lists what may be edited of a recipe, as fields: each with its address, value, range, source, and what else may stand there."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from procsim.errors import RecipeError
from procsim.recipe.edits import StepNode
from procsim.recipe.inputs import Input, inputs, used_entries
from procsim.recipe.plain import as_yaml, plain_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import Node, is_range, range_of

UNSAID = frozenset({"source", "note", "fig", "apart_fig", "id", "op", "description", "name", "shows"})
"""Keys that nobody edits for a figure's sake."""
NAMING = {"process": "processes", "tool": "tools", "part": "parts", "material": "materials", "adhesive": "materials", "pad_material": "materials"}
"""Keys whose values name an entry of a section."""
STEPS_OF_A_SLIDER = 200
LONGEST = 240
"""Signs of a value that a field shows; what is longer is edited in a file."""


@dataclass(frozen=True, slots=True)
class Field:
    """What stands at *address*, as YAML, with what is known about it: between *low* and *high*, if it has a range, on the word of *source*. *options*
    are the names that may stand there. *value* is what a page's edits have put there, *was* what the flow says; the two are the same where none
    has."""

    address: str
    label: str
    value: str
    was: str
    low: float = math.nan
    high: float = math.nan
    source: str = ""
    provenance: str = ""
    options: tuple[str, ...] = ()
    edited: bool = False
    problem: str = ""

    @property
    def key(self) -> str:
        """A name for it in a page, which has no signs that mean something there."""
        return "f" + hashlib.sha256(self.address.encode()).hexdigest()[:12]

    @property
    def ranged(self) -> bool:
        return self.low < self.high

    @property
    def ends(self) -> tuple[str, str]:
        """The ends of its range, as recipes have numbers: 1800000, not 1.8e+06."""
        return f"{self.low:.12g}", f"{self.high:.12g}"

    @property
    def step(self) -> str:
        """What a slider moves by: a round number, some two hundred of which fill the range."""
        return f"{10.0 ** math.floor(math.log10((self.high - self.low) / STEPS_OF_A_SLIDER) + 0.5):g}" if self.ranged else "any"

    @property
    def numeric(self) -> bool:
        """Whether a number stands there."""
        try:
            return math.isfinite(float(self.value))
        except ValueError:
            return False


@dataclass(frozen=True)
class Fields:
    """The fields of a *recipe*; what an edit has left without a range has that which it has in the flow *before*."""

    recipe: Recipe
    before: Fields | None = None
    _made: dict[str, list[Field]] = field(default_factory=dict)

    @cached_property
    def known(self) -> Mapping[str, Input]:
        """What is known about the numbers that may be wrong, by address."""
        return {one.address: one for one in inputs(self.recipe)}

    def of_section(self, section: str, name: str = "") -> list[Field]:
        """The fields of a section, or of one entry in it."""
        key = f"{section}.{name}" if name else section
        if key not in self._made:
            node = self.recipe.sections.get(section)
            node = node.get(name) if node is not None and name else node
            self._made[key] = [] if node is None else self._finished(self._walk(node, key, key, None))
        return self._made[key]

    def of_step(self, step: StepNode, address: str) -> list[Field]:
        """What the step says itself; *address* is its own, or that of all its instances."""
        return self._finished(self._walk(step.node, address, address, None))

    def named(self, section: str) -> tuple[str, ...]:
        """The names of a section's entries."""
        node = self.recipe.sections.get(section)
        return tuple(name for name, item in node.mapping.items() if item.value is not None) if node is not None else ()

    def found(self, words: str, most: int) -> list[Field]:
        """Fields whose addresses hold all *words*: what the steps use before what stands in a library for others, ranges before the rest, and the
        package's own before those of what makes it: a die price is that of a die before that of a die bonder."""
        wanted, used = words.lower().replace("_", " ").split(), used_entries(self.recipe)
        hits = [one for one in self.every if wanted and all(word in one.address.lower().replace("_", " ") for word in wanted)]
        return sorted(hits, key=lambda one: (_idle(one.address, used), not one.ranged, _makes(one.address), len(one.address)))[:most]

    @cached_property
    def every(self) -> list[Field]:
        """All fields of all sections and steps."""
        found = [one for section in ("product", "line", "run", "economics") for one in self.of_section(section)]
        found += [one for section in ("tools", "processes", "materials", "parts") for name in self.named(section)
                  for one in self.of_section(section, name)]
        seen: dict[str, Field] = {}
        for step in self.recipe.draft.steps:
            for one in self.of_step(step, base_of(step)):
                seen.setdefault(one.address, one)
        return [*found, *seen.values()]

    def at(self, address: str) -> Field | None:
        """The field at *address*, if there is one."""
        head, _, rest = address.partition(".")
        if not rest:  # a step
            return None
        if head == "line" and rest.startswith("tools."):
            head, rest = "tools", rest.removeprefix("tools.")
        if head in ("product", "line", "run", "economics"):
            found: Iterable[Field] = self.of_section(head)
        elif head in ("tools", "processes", "materials", "parts"):
            found = self.of_section(head, rest.partition(".")[0])
        else:
            step = next((step for step in self.recipe.draft.steps if head in (step.id, base_of(step))), None)
            found = self.of_step(step, head) if step is not None else ()
        return next((one for one in found if one.address == address), None)

    def _walk(self, node: Node, address: str, top: str, source: str | None) -> Iterator[Field]:
        """Everything in *node* that can be edited by itself; *source* speaks for all of it that has none of its own."""
        if is_range(node) or not isinstance(node.value, dict | tuple):
            if node.value is not None and (is_range(node) or not isinstance(node.value, dict)):
                yield self._field(node, address, top, source)
        elif isinstance(node.value, tuple):
            text = as_yaml(plain_of(node))
            if len(text) <= LONGEST:
                yield Field(address, _label(address, top), text, text, source=source or "")
        else:
            own = node.text("source") or source
            for key, item in node.mapping.items():
                if key not in UNSAID and not (top == "line" and address == "line" and key == "tools"):
                    yield from self._walk(item, f"{address}.{key}", top, own)

    def _field(self, node: Node, address: str, top: str, source: str | None) -> Field:
        value = node.get("mid") if is_range(node) else node
        text = as_yaml(plain_of(value)) if value is not None else ""
        last = address.rpartition(".")[2]
        section = NAMING.get(last)
        options = self.named(section) if section and isinstance(node.value, str) else ("true", "false") if isinstance(node.value, bool) else ()
        known = self.known.get(address)
        low, high = _range(node, address)
        return Field(address, _label(address, top), text, text, low, high, (known.source if known else "") or node.text("source") or source or "",
                     known.provenance if known else "", options)

    def _finished(self, found: Iterable[Field]) -> list[Field]:
        return [self._ranged(one) for one in found]

    def _ranged(self, one: Field) -> Field:
        """*one* with the range, the source and the value of the flow before it was edited."""
        old = self.before.at(one.address) if self.before is not None else None
        if old is None:
            return one
        if not one.ranged and old.ranged and one.numeric:
            one = replace(one, low=old.low, high=old.high, source=old.source, provenance=old.provenance)
        return replace(one, was=old.value)


def _makes(address: str) -> bool:
    """Whether *address* is of what makes a package, not of the package."""
    return not address.startswith("product.")


def _idle(address: str, used: Mapping[str, set[str]]) -> bool:
    """Whether *address* is of an entry of a library that no step uses."""
    section, _, rest = address.partition(".")
    return section in used and rest.partition(".")[0] not in used[section]


def _range(node: Node, address: str) -> tuple[float, float]:
    if not is_range(node):
        return math.nan, math.nan
    try:
        known = range_of(node, address)
    except RecipeError:
        return math.nan, math.nan
    return known.low, known.high


def _label(address: str, top: str) -> str:
    """What a field is called below the heading *top*."""
    return address.removeprefix(f"{top}.") if address != top else address


def base_of(step: StepNode) -> str:
    """The address of all instances of a step."""
    return "/".join(segment.base for segment in step.segments)
