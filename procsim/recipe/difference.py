"""Tells two flat recipes apart: which keys differ, from what to what, and where each was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from procsim.errors import Place
from procsim.recipe.edits import Draft, StepNode
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import Node, is_range, overlay

TITLES = frozenset({"name", "description", "shows", "packages"})
"""Sections that say what a recipe is called; those of packages are compared one by one."""
WORDS = frozenset({"source", "note"})
"""Keys that only tell where a number comes from."""
OFF = "–"
"""Stands for what is not there."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What stands at *address* in one recipe and in the other, as YAML has it, and where each was written; "" where nothing was."""

    address: str
    before: str
    after: str
    written: str
    edited: str


def differences(before: Recipe, after: Recipe) -> list[Changed]:
    """All keys that differ: repeats, then sections, then steps in the order of the line; of packages after one another. A step that is new or gone
    is one row; one that is edited is told with the numbers of its process below its own."""
    found = [*_repeats(before.draft, after.draft), *_sections(before.sections, after.sections)]
    if before.packages or after.packages:
        for name in dict.fromkeys([*before.packages, *after.packages]):
            if name in before.packages and name in after.packages:
                shared = {one.address for one in found}
                found += [replace(one, address=f"{name}/{one.address}") for one in differences(before.packages[name], after.packages[name])
                          if one.address not in shared]
        return found
    return [*found, *_steps(before, after)]


def _repeats(before: Draft, after: Draft) -> Iterator[Changed]:
    """Groups of steps that are there more or less often."""
    for name, node in after.repeats.items():
        one, two = (_often(draft, name) for draft in (before, after))
        if one != two:
            yield Changed(f"{name}.repeat", str(one), str(two), "", str(node.place))


def _often(draft: Draft, name: str) -> int:
    """How often the group *name*, such as ``layer``, is used."""
    depth = name.count("/")
    heads = {tuple(segment.name for segment in step.segments[:depth + 1]) for step in draft.steps
             if len(step.segments) > depth and "/".join(segment.base for segment in step.segments[:depth + 1]) == name}
    return len(heads)


def _sections(before: Node, after: Node) -> Iterator[Changed]:
    for key in dict.fromkeys([*before.mapping, *after.mapping]):
        if key not in TITLES:
            yield from _keys(key, before.mapping.get(key), after.mapping.get(key), before.place, after.place_of(key))


def _steps(before: Recipe, after: Recipe) -> Iterator[Changed]:
    """Steps that came, went or changed, in the order of the line they are in."""
    old, new = ({step.id: step for step in recipe.draft.steps} for recipe in (before, after))
    for name, step in old.items():
        if name not in new:
            gone = next((place for lost, place in reversed(after.draft.gone) if lost.id == name), None)
            yield Changed(name, _told(step), OFF, str(step.node.place), str(gone) if gone is not None else "")
    for name, step in new.items():
        if name in old:
            yield from _step(name, old[name], step, before, after)
        else:
            yield Changed(name, OFF, _told(step), "", str(step.node.place))
    kept = [[name for name in names if name in old and name in new] for names in (old, new)]
    if kept[0] != kept[1]:
        yield Changed("steps", "in this order", "in another order", "", "")


def _step(name: str, one: StepNode, two: StepNode, before: Recipe, after: Recipe) -> Iterator[Changed]:
    where = one.node.place, two.edits[-1] if two.edits else two.node.place
    if any(_keys(name, one.node, two.node, *where)):
        yield from _keys(name, _flat(one, before), _flat(two, after), *where)


def _flat(step: StepNode, recipe: Recipe) -> Node:
    """The step with the numbers of its process below its own."""
    processes, process = recipe.sections.get("processes"), step.node.text("process")
    below = processes.get(process) if processes is not None and process is not None else None
    return step.node if below is None else overlay(below, step.node)


def _told(step: StepNode) -> str:
    """What a step does, and by which process."""
    words = [step.node.text(key) or "" for key in ("op", "process", "tool")]
    return " by ".join([word for word in words if word][:2]) or "a step"


def _keys(address: str, one: Node | None, two: Node | None, where_one: Place, where_two: Place) -> Iterator[Changed]:
    """Where two nodes differ, down to what stands alone: a scalar, a list, a number with its range, a distribution."""
    if one is two:
        return
    if one is not None and two is not None and _opens(one) and _opens(two):
        for key in dict.fromkeys([*one.mapping, *two.mapping]):
            if key not in WORDS:
                yield from _keys(f"{address}.{key}", one.mapping.get(key), two.mapping.get(key), one.place, two.place_of(key))
        return
    old, new = (OFF if node is None else _text(node) for node in (one, two))
    if old != new:
        gone = "" if where_one == where_two else str(where_two)
        yield Changed(address, old, new, "" if one is None else str(one.place), gone if two is None else str(two.place))


def _opens(node: Node) -> bool:
    return isinstance(node.value, dict) and not is_range(node)


def _text(node: Node) -> str:
    """*node* in YAML's flow style; a number with a range as its middle and the range in brackets."""
    if is_range(node):
        mid, low, high = (node.get(key) for key in ("mid", "low", "high"))
        around = f" ({_text(low)} to {_text(high)})" if low is not None and high is not None else ""
        return (_text(mid) if mid is not None else OFF) + around
    if isinstance(node.value, dict):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in _worded(node.value).items()) + "}"
    if isinstance(node.value, tuple):
        return "[" + ", ".join(map(_text, node.value)) + "]"
    value = node.value
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _worded(items: Mapping[str, Node]) -> dict[str, Node]:
    return {key: item for key, item in items.items() if key not in WORDS}
