"""Keeps what was written together with where it was written: a tree of ``Node``, which is never changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from procsim.errors import Place, Problem, RecipeError
from procsim.maths import distributions
from procsim.maths.yield_laws import LAWS
from procsim.model.process import FAMILIES, SENSES

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A scalar, a mapping of Nodes or a sequence of Nodes, with the *place* of the value and, for mappings, of each key. It equals itself alone."""

    value: Scalar | dict[str, Node] | tuple[Node, ...]
    place: Place
    keys: Mapping[str, Place] | None = None

    @property
    def mapping(self) -> Mapping[str, Node]:
        """Its items; empty where it is not a mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> tuple[Node, ...]:
        """Its elements; empty where it is not a sequence."""
        return self.value if isinstance(self.value, tuple) else ()

    def get(self, key: str) -> Node | None:
        """What stands under *key*, None where nothing does, not even null."""
        found = self.mapping.get(key)
        return found if found is None or found.value is not None else None

    def text(self, key: str) -> str | None:
        """The text under *key*, None where there is none."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else None

    def place_of(self, key: str) -> Place:
        """Where *key* was written, else where this value was."""
        return (self.keys or {}).get(key, self.place)

    def with_item(self, key: str, item: Node, place: Place | None = None) -> Node:
        """A mapping like this one with *key* set; another unit of the same quantity, keys that would follow from it, and the parameter of another
        yield law, are taken out."""
        if key in self.mapping:  # keep its position: an edit is no reason to reorder a recipe
            gone = _of_other_laws(item) if key == "law" else ()
        else:
            gone = (*_SAME_QUANTITY.get(key, ()), *(_FOLLOWS.get(key, ()) if item.value is not None else ()))
        kept = {k: v for k, v in self.mapping.items() if k not in gone}
        places = {k: p for k, p in (self.keys or {}).items() if k in kept}
        return Node({**kept, key: item}, self.place, {**places, key: place or item.place})

    def without(self, *keys: str) -> Node:
        return replace(self, value={k: v for k, v in self.mapping.items() if k not in keys})


def alike(one: Node, other: Node) -> bool:
    """Whether two Nodes hold the same, written in the same places."""
    if one is other:
        return True
    if one.place != other.place or one.keys != other.keys or one.mapping.keys() != other.mapping.keys() or len(one.items) != len(other.items):
        return False
    if not isinstance(one.value, dict | tuple) or not isinstance(other.value, dict | tuple):
        return type(one.value) is type(other.value) and one.value == other.value
    return all(alike(item, other.mapping[key]) for key, item in one.mapping.items()) and all(map(alike, one.items, other.items))


def kind(value: object) -> str:
    """What a value is, in a reader's words."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the text '{value}'" if isinstance(value, str) else f"{value}"


def quotes_help(value: object) -> str:
    """The hint for a *value* that is to be text and is none, since it looks like a number or like true: quotes."""
    if not isinstance(value, int | float):
        return ""
    return f'; in quotes, "{str(value).lower()}", it is text'


def decimal_point(value: object) -> str:
    """The hint for a *value* that is to be a number and is one with a comma in it."""
    found = re.fullmatch(r"([+-]?\d+),(\d+)", value.strip()) if isinstance(value, str) else None
    if found is None:
        return ""
    whole, rest = found.groups()
    thousands = f", or of thousands {whole}{rest}" if len(rest) == 3 else ""
    return f"; a number has a decimal point: write {whole}.{rest}{thousands}"


_RATES, _EVERY = ("panels_per_week", "lots_per_week", "good_units_per_week"), ("every_s", "every_min", "every_h")
_FOLLOWS = {"wafer": ("price_usd", "known_good"), "price_usd": ("wafer",), **dict.fromkeys(_RATES, (*_RATES, *_EVERY)),
            **dict.fromkeys(_EVERY, _RATES)}
"""What gives way to a key: a die's price and its chance of being good follow from its wafer, a price stands instead of a wafer, and so many lots a
week instead of a time between them."""
_SPEEDS = ("rate_um_per_min", "rate_mm_per_s", "current_density_A_dm2")
_UNITS = ("_s", "_min", "_h")
_SAME_QUANTITY = {key: group - {key} for group in (SENSES, frozenset(_SPEEDS), *(frozenset(stem + unit for unit in _UNITS) for stem in FAMILIES))
                  for key in group}
"""The other words in which a key's quantity can be written; each gives way to the other."""


def _of_other_laws(law: Node) -> tuple[str, ...]:
    """The parameters of yield laws that *law* does not have."""
    known = LAWS.get(str(law.value))
    return tuple(one.parameter for one in LAWS.values() if one.parameter not in (None, known.parameter)) if known is not None else ()


REMEMBERED = 20_000
"""Nodes, at most, of which is remembered that they hold no null; the shipped libraries have some 3 000 mappings and lists."""
HOLLOW = ("yield", "defects", "consumes")
"""What says nothing when it is empty: where null takes the last that stands in it, it goes too."""


def bare(node: Node) -> Node:
    """*node* without the keys that null takes away, all the way down; the very same object where there are none."""
    return _bare(node) if _holds_null(node) else node


@lru_cache(maxsize=REMEMBERED)
def _holds_null(node: Node) -> bool:
    """Whether null is a value anywhere in *node*."""
    inner = node.value.values() if isinstance(node.value, dict) else node.items
    return any(item.value is None or (isinstance(item.value, dict | tuple) and _holds_null(item)) for item in inner)


def _bare(node: Node) -> Node:
    if isinstance(node.value, tuple):
        items = tuple(_bare(item) for item in node.value)
        return node if all(a is b for a, b in zip(items, node.value, strict=True)) else replace(node, value=items)
    if not isinstance(node.value, dict):
        return node
    left, same = {}, True
    for key, item in node.value.items():
        kept = _bare(item) if isinstance(item.value, dict | tuple) else item
        same = same and kept is item and item.value is not None
        emptied = key in HOLLOW and kept is not item and not kept.mapping
        if item.value is not None and not emptied:
            left[key] = kept
    return node if same else replace(node, value=left)


def _holds_law(node: Node) -> bool:
    return any(key in distributions.KINDS for key in node.mapping)


def is_range(node: Node) -> bool:
    """Whether *node* says what is known about a number, and is not a mapping in which something is called ``mid``."""
    mid = node.get("mid")
    return mid is not None and (not isinstance(mid.value, dict) or _holds_law(mid))


def overlay(base: Node, top: Node) -> Node:
    """*base* with *top* written over it, key by key and all the way down; a distribution replaces, it never mixes."""
    both = isinstance(base.value, dict) and isinstance(top.value, dict)
    if not both or _holds_law(base) or _holds_law(top) or is_range(base) or is_range(top):
        return top
    merged = replace(base, place=top.place)
    written = top.mapping if "law" not in top.mapping else {"law": top.mapping["law"], **top.mapping}  # a parameter beside a law is of this law
    for key, item in written.items():
        below = base.get(key)
        merged = merged.with_item(key, item if below is None else overlay(below, item), top.place_of(key))
    return merged


@dataclass(frozen=True, slots=True)
class Range:
    """What is known about a number beside its *mid* value. Ignorance, not variation."""

    mid: float
    low: float
    high: float
    source: str
    place: Place


def plain(node: Node, address: str = "", ranges: dict[str, Range] | None = None) -> Any:
    """*node* as plain Python; a number with a range becomes its ``mid``, the range is noted in *ranges* by address."""
    value = node.value
    if isinstance(value, dict):
        if "mid" in value and is_range(node):
            known = range_of(node, address)
            if ranges is not None:
                ranges[address] = known
            return known.mid
        above = f"{address}." if address else ""
        return {key: plain(item, above + key, ranges) if isinstance(item.value, dict | tuple) else item.value for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item, f"{address}[{i}]", ranges) for i, item in enumerate(value)]
    return value


def range_of(node: Node, address: str) -> Range:
    """The range that *node*, a mapping with ``mid``, says. Raises RecipeError with its place where low <= mid <= high does not hold."""
    numbers: dict[str, float] = {}
    problems = []
    for key, item in node.mapping.items():
        value = item.value
        if key in ("mid", "low", "high"):
            if isinstance(value, int | float) and not isinstance(value, bool):
                numbers[key] = value
            elif value is not None:
                problems.append(Problem(f"{key} must be a number (got {kind(value)})", item.place, address))
        elif key != "source" and value is not None:
            problems.append(Problem(f"unknown key '{key}' beside mid; a range holds mid, low, high and source", node.place_of(key), address))
    if problems:
        raise RecipeError(*problems)
    mid = numbers["mid"]
    low, high = numbers.get("low", mid), numbers.get("high", mid)
    if not low <= mid <= high:
        raise RecipeError.at(node.place, f"need low <= mid <= high (got {low:g}, {mid:g}, {high:g})", address)
    return Range(mid, low, high, node.text("source") or "", node.place)


def locate(node: Node, path: Sequence[str | int]) -> Place:
    """The place of the deepest part of *path* that was written."""
    place = node.place
    for key in path:
        if isinstance(node.value, tuple) and str(key).isdecimal() and int(key) < len(node.value):
            node = node.value[int(key)]
            place = node.place
        elif str(key) in node.mapping:
            place = node.place_of(str(key))
            node = node.mapping[str(key)]
        elif str(key) in ("mid",):
            break
    return place


def holds(node: Node, path: Sequence[str]) -> bool:
    """Whether something stands at *path* in *node*."""
    found: Node | None = node
    for key in path:
        found = found.get(key) if found is not None else None
    return found is not None


def put(node: Node, path: Sequence[str | int], value: Node) -> Node:
    """*node* with *value* at *path*, which must exist; everything beside the path stays the very same object."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return replace(node, value=(*node.items[:key], put(node.items[key], rest, value), *node.items[key + 1:]))
    return replace(node, value={**node.mapping, key: put(node.mapping[key], rest, value)})


def walk(node: Node) -> Iterator[Node]:
    """*node* and everything in it."""
    yield node
    for item in (*node.mapping.values(), *node.items):
        yield from walk(item)
