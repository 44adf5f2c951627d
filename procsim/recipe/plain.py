"""Reads a recipe from plain dictionaries and lists, as Python programs build them, into the same tree as from a file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from procsim.errors import Place, Problem, RecipeError
from procsim.recipe.source import LARGEST, MAX_DEPTH, MAX_VALUES, NAMELESS, plain_scalar
from procsim.recipe.tree import Node


def node_of(recipe: Mapping[str, Any]) -> Node:
    """The tree of *recipe*. Numbers may be those of numpy, and lists any sequence. Raises RecipeError for what no recipe could hold, and says
    where."""
    return _Reader().read(recipe, "", 0)


def plain_of(node: Node) -> Any:
    """What *node* holds, so that ``node_of`` gives the same tree again."""
    if isinstance(node.value, dict):
        return {key: plain_of(item) for key, item in node.value.items()}
    return [plain_of(item) for item in node.value] if isinstance(node.value, tuple) else node.value


def plain_value(value: Any) -> Any:
    """*value* as Python itself has it: a number of numpy, or an array, as a number, or a list."""
    return value.tolist() if hasattr(value, "tolist") else value


class _Reader:
    """Turns values into Nodes, counting. A place says the value's number, by which its ``address`` is found again."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, value: Any, address: str, depth: int) -> Node:
        """The Node of *value*, which stands at *address*, so deep in the recipe."""
        self.count += 1
        here = Place(NAMELESS, column=self.count)
        if self.count > MAX_VALUES or depth > MAX_DEPTH:
            most = f"more than {MAX_VALUES} values" if self.count > MAX_VALUES else f"more than {MAX_DEPTH} levels (does it hold itself?)"
            raise RecipeError.at(here, f"has {most}", address[:100])
        value = plain_value(value)
        if isinstance(value, Mapping):
            return self._mapping(value, here, address, depth)
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return Node(tuple(self.read(item, f"{address}[{n}]", depth + 1) for n, item in enumerate(value)), here)
        return Node(_scalar(value, here, address), here)

    def _mapping(self, value: Mapping[Any, Any], here: Place, address: str, depth: int) -> Node:
        items: dict[str, Node] = {}
        for key, item in value.items():
            if not isinstance(key, str) or not key:
                raise RecipeError.at(here, f"a key must be a word (got {key!r})", address)
            items[key] = self.read(item, f"{address}.{key}" if address else key, depth + 1)
        return Node(items, here, {key: item.place for key, item in items.items()})


def _scalar(value: Any, here: Place, address: str) -> str | int | float | bool | None:
    """*value*, if a recipe can hold it; a whole number where it has no fraction, as a file is read."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise RecipeError.at(here, f"{value} is no number here; numbers are finite, and at most {LARGEST:g}", address)
        return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
    raise RecipeError.at(here, f"a recipe holds numbers, texts, lists and mappings (got {type(value).__name__})", address)


def addressed(error: RecipeError, root: Node) -> RecipeError:
    """*error* of the recipe *root*, each of whose problems says where in it it is, since there is no line to say."""
    where = {node.place.column: address for address, node in _addresses(root, "")}
    return RecipeError(*(_addressed(problem, where) for problem in error.problems))


def _addressed(problem: Problem, where: Mapping[int, str]) -> Problem:
    if problem.address or problem.place is None or problem.place.file != NAMELESS:
        return problem
    return replace(problem, address=where.get(problem.place.column, ""))


def _addresses(node: Node, address: str) -> Iterator[tuple[str, Node]]:
    """Every value in *node* with its address."""
    yield address, node
    for key, item in node.mapping.items():
        yield from _addresses(item, f"{address}.{key}" if address else key)
    for n, item in enumerate(node.items):
        yield from _addresses(item, f"{address}[{n}]")


def as_yaml(value: Any) -> str:
    """*value* in YAML, on one line, as ``--set`` reads it: what is read is the same value. Raises TypeError for what no recipe could hold."""
    value = plain_value(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    raise TypeError(f"a recipe holds numbers, texts, lists and mappings, not {type(value).__name__}")


def _quoted(text: str) -> str:
    """*text* as a word, or in quotes where a plain word would be read as something else."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_/.-]*", text) and isinstance(plain_scalar(text, Place(NAMELESS)), str)
    return text if plain else json.dumps(text, ensure_ascii=False)
