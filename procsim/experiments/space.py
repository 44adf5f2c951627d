"""Reads what may be chosen: variables that take a value of a list, a whole number of a range, or any number of it; what-ifs laid over are values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, Self

from procsim.errors import Problem, RecipeError
from procsim.experiments.points import Evaluator
from procsim.experiments.vary import MOST_VALUES, Span, axis, number_text, span
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import shipped

WITH = "with"
"""The name of the variable whose values are files of what-ifs, as ``--with`` takes them."""
NONE, AND = "none", "+"
"""The what-if that is none; and what stands between several that are laid over together."""
COUNTED = re.compile(r":\s*\d+\s*$")
PLACES = (0.5137, 0.1373, 0.8311)
"""Where in a range it is looked whether fractions are refused."""


@dataclass(frozen=True)
class Variable:
    """*addresses* that take a value together: one of *values*, or, where there are none, any number of the *span*."""

    addresses: tuple[str, ...]
    values: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def name(self) -> str:
        """What heads its column."""
        return ",".join(self.addresses)

    @cached_property
    def ordered(self) -> bool:
        """Whether one value is more than another: they are numbers."""
        return self.span is not None or (self.name != WITH and all(_number(value) is not None for value in self.values))

    def cell(self, share: float) -> str:
        """The value at *share*, from 0 to 1, of the way."""
        if self.span is not None:
            return number_text(float(f"{self.span.at(share):.6g}"))
        return self.values[min(int(share * len(self.values)), len(self.values) - 1)]

    def share(self, cell: str) -> float:
        """Where on the way *cell* stands; what stands nowhere on it is nearest to the middle, what is beyond an end, there."""
        if self.span is None:
            return (self._near(cell) + 0.5) / len(self.values)
        x = min(max(float(cell), self.span.low), self.span.high)
        low, high = self.span.low, self.span.high
        return math.log(x / low) / math.log(high / low) if self.span.log else (x - low) / (high - low)

    def _near(self, cell: str) -> int:
        if cell in self.values:
            return self.values.index(cell)
        at = _number(cell)
        if at is None or not self.ordered:
            return len(self.values) // 2
        return min(range(len(self.values)), key=lambda i: abs(float(self.values[i]) - at))

    @classmethod
    def of(cls, text: str) -> Self:
        """``ADDRESS=1,2,3``, ``ADDRESS=0.5..2:7`` or ``ADDRESS=log:1..100:5`` (7 values, 5), ``ADDRESS=0.5..2`` or ``ADDRESS=log:1..100`` (all that
        lies between); ``with=none,a.yaml,b.yaml+c.yaml`` are what-ifs. Raises RecipeError where it says none of these."""
        try:
            if ".." in text.partition("=")[2] and not COUNTED.search(text) and not text.startswith(f"{WITH}="):
                found = span(text)
                return cls(found.addresses, span=found)
            listed = axis(text) if not text.startswith(f"{WITH}=") else None
            if listed is not None:
                return cls(listed.addresses, _sorted(tuple(dict.fromkeys(listed.values))))
        except RecipeError as error:
            raise RecipeError(*(replace(one, message=one.message.replace("--vary", "--over")) for one in error.problems)) from None
        files = tuple(dict.fromkeys(part.strip() for part in text.partition("=")[2].split(",")))
        if not all(files):
            raise RecipeError(Problem(f"--over {text[:100]}: there is nothing between two commas, or behind ="))
        return cls((WITH,), files)


def files_of(cell: str) -> tuple[str, ...]:
    """The what-ifs that a value of ``with`` lays over."""
    return () if cell == NONE else tuple(part.strip() for part in cell.split(AND))


@dataclass(frozen=True)
class Space:
    """All combinations of the values of *variables*."""

    variables: tuple[Variable, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.variables)

    @property
    def size(self) -> float:
        """How many points it has; infinitely many where a variable may be any number."""
        return math.prod(len(one.values) if one.span is None else math.inf for one in self.variables)

    def points(self) -> Iterator[tuple[str, ...]]:
        """All of them, the last variable fastest."""
        return product(*(one.values for one in self.variables))

    def cells(self, shares: Sequence[float]) -> tuple[str, ...]:
        return tuple(one.cell(share) for one, share in zip(self.variables, shares, strict=True))

    def shares(self, cells: Sequence[str]) -> list[float]:
        return [one.share(cell) for one, cell in zip(self.variables, cells, strict=True)]

    def parted(self, cells: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
        """The what-ifs to lay over there, and what stands at each address."""
        found, files = dict[str, str](), tuple[str, ...]()
        for one, cell in zip(self.variables, cells, strict=True):
            if one.name == WITH:
                files = files_of(cell)
            else:
                found |= dict.fromkeys(one.addresses, cell)
        return files, found


def space(over: Mapping[str, object] | Sequence[str], flow: Evaluator) -> Space:
    """The space *over* which *flow* is optimised. A range between whole numbers holds these alone where nothing else may stand there.

    Raises RecipeError where there is none, or an address is there twice."""
    texts = [f"{name}={_listed(value)}" for name, value in over.items()] if isinstance(over, Mapping) else list(over)
    found = tuple(Variable.of(text) for text in texts)
    if not found:
        raise RecipeError(Problem("nothing is chosen: give --over ADDRESS=VALUES, such as --over line.lot.panels=4,8,12"))
    addresses = [address for one in found for address in one.addresses]
    for n, address in enumerate(addresses):
        if address in addresses[:n]:
            raise RecipeError(Problem(f"--over: '{address}' is there twice"))
    missing = [file for one in found if one.name == WITH for cell in one.values for file in files_of(cell) if not shipped(file).exists()]
    if missing:
        raise RecipeError(*(Problem(f"--over with: {file}: no such file") for file in dict.fromkeys(missing)))
    return Space(tuple(_whole(one, flow) for one in found))


def _whole(one: Variable, flow: Evaluator) -> Variable:
    """*one*, with the whole numbers of its range where no others may stand there."""
    if one.span is None or not (one.span.low.is_integer() and one.span.high.is_integer()):
        return one
    low, high = int(one.span.low), int(one.span.high)
    if not whole_alone(one.span, flow):
        return one
    if high - low >= MOST_VALUES:
        raise RecipeError(Problem(f"--over {one.name}: a range of whole numbers has {MOST_VALUES} of them at most"))
    return Variable(one.addresses, tuple(map(str, range(low, high + 1))))


def whole_alone(span: Span, flow: Evaluator) -> bool:
    """Whether *flow* has whole numbers alone where *span* goes: fractions of it are refused as such, whatever else is wrong there."""
    return all(_refuses(flow, dict.fromkeys(span.addresses, number_text(math.floor(span.at(share)) + 0.5))) for share in PLACES)


def _refuses(flow: Evaluator, values: Mapping[str, str]) -> bool:
    """Whether a fraction may not stand there."""
    try:
        flow.plan_at(values)
    except RecipeError as error:
        return any("whole number" in problem.message for problem in error.problems)
    return False


def standing(recipe: Recipe, address: str) -> str:
    """What stands at *address* in *recipe*, as an edit would write it; "" where nothing does, or more than a word or a number."""
    first, _, path = address.partition(".")
    if path == "repeat":
        return str(len({step.id.split("/")[0] for step in recipe.draft.steps if re.fullmatch(rf"{re.escape(first)}\d+/.*", step.id)}))
    at = recipe.draft.names.first(first)  # of several packages on a line there are no steps in the draft
    found: Any = recipe.document if at is None else recipe.steps[at].step
    for key in address.split(".") if at is None else path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else getattr(found, key, None)
    return _text(found) if isinstance(found, str | int | float) else ""


def _sorted(values: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers rising, all else as it is."""
    return tuple(sorted(values, key=float)) if all(_number(value) is not None for value in values) else values


def _listed(value: object) -> str:
    """Values as an option has them."""
    return ",".join(map(_text, value)) if isinstance(value, Iterable) and not isinstance(value, str) else str(value)


def _text(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
