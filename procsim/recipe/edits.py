"""Carries out the four verbs that edit a recipe; each makes a new draft from a draft. Addresses and ids say what is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from procsim.errors import Place, RecipeError, did_you_mean
from procsim.recipe.tree import Node, kind

NAMED = {("tools",): "tool", ("processes",): "process", ("materials",): "material", ("parts",): "part",
         ("product", "dies"): "die", ("line", "releases"): "release"}
"""Mappings whose keys are names: an edit may not invent one …"""
GROWING = {("product", "dies"), ("line", "releases")}
"""… but a whole new die or release, since nothing has to refer to it before it counts."""


MAX_STEPS = 2000
"""Steps of a recipe, at most."""
MAX_PARTS = 20
"""Parts of an address behind the first, at most: nothing in a recipe lies deeper."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a step's id: its *name*, and its *base*: the name without the number that ``repeat`` gave it."""

    name: str
    base: str


@dataclass(frozen=True, slots=True)
class StepNode:
    """A step as written, with its full id in *segments* and the places of the *edits* that touched it."""

    segments: tuple[Segment, ...]
    node: Node
    edits: tuple[Place, ...] = ()

    @property
    def id(self) -> str:
        return "/".join(segment.name for segment in self.segments)

    def matches(self, pattern: str) -> bool:
        """Whether *pattern* names this step or a group it stands in; whole segments, with or without instance numbers."""
        wanted = pattern.split("/")
        return len(wanted) <= len(self.segments) and all(
            word in (segment.name, segment.base) for word, segment in zip(wanted, self.segments, strict=False))


@dataclass(frozen=True, slots=True)
class Draft:
    """A recipe between reading and checking: its *sections* (a mapping) and its flat *steps*."""

    sections: Node
    steps: tuple[StepNode, ...]


def segments(step_id: str) -> tuple[Segment, ...]:
    return tuple(Segment(part, part) for part in step_id.split("/"))


def _hits(draft: Draft, pattern: str, place: Place) -> list[int]:
    """Indices of the steps that *pattern* means. Raises where it means none."""
    found = [i for i, step in enumerate(draft.steps) if step.matches(pattern)]
    if not found:
        raise RecipeError.at(place, f"no step '{pattern}'{_nearest(draft.steps, pattern)}", pattern)
    return found


def _nearest(steps: Iterable[StepNode], pattern: str) -> str:
    known = {step.id for step in steps} | {"/".join(s.base for s in step.segments) for step in steps}
    tails = sorted(name for name in known if name.rsplit("/", 1)[-1] == pattern)
    return f"; did you mean '{tails[0]}'?" if tails else did_you_mean(pattern, known)


def set_value(draft: Draft, address: str, value: Node, place: Place) -> Draft:
    """``set``: puts *value* at *address*, a dotted path from a section or from a step's id."""
    if not re.fullmatch(r"[^.\s]+(\.[^.\s]+)+", address) or address.count(".") > MAX_PARTS:
        raise RecipeError.at(place, f"'{address}' is not an address; an address is a name and a path, such as fill.thickness_um", address)
    head, *path = address.split(".")
    if head == "line" and path[0] == "tools" and len(path) > 1:
        head, path = "tools", path[1:]
    if head in draft.sections.mapping and not any(step.matches(head) for step in draft.steps):
        return replace(draft, sections=_put(draft.sections, [head, *path], value, place, address, ()))
    if head == "steps":
        raise RecipeError.at(place, "steps are addressed by their id, without 'steps.'", address)
    try:
        hits = set(_hits(draft, head, place))
    except RecipeError:
        known = {*draft.sections.mapping, *(step.id for step in draft.steps)}
        hint = _nearest(draft.steps, head) or did_you_mean(head, known)
        raise RecipeError.at(place, f"no step or section '{head}'{hint}", address) from None
    if path[0] == "id":
        raise RecipeError.at(place, "an id is not edited; replace the step instead", address)
    steps = tuple(
        replace(step, node=_put(step.node, path, value, place, address, ("step",)), edits=(*step.edits, place)) if i in hits else step
        for i, step in enumerate(draft.steps))
    return replace(draft, steps=steps)


def _put(node: Node, path: list[str], value: Node, place: Place, address: str, above: tuple[str, ...]) -> Node:
    key, rest = path[0], path[1:]
    if not isinstance(node.value, Mapping):
        raise RecipeError.at(place, f"'{'.'.join(above)}' is {kind(node.value)}, it has no '{key}'", address)
    new = not rest and above in GROWING and isinstance(value.value, Mapping)
    if above in NAMED and key not in node.mapping and not new:
        raise RecipeError.at(place, f"no {NAMED[above]} '{key}'{did_you_mean(key, node.mapping)}", address)
    if not rest:
        return node.with_item(key, value, place)
    inner = node.get(key)
    if inner is None or inner.value is None:
        inner = Node({}, place, {})
    return node.with_item(key, _put(inner, rest, value, place, address, (*above, key)), node.place_of(key))


def remove(draft: Draft, pattern: str, place: Place) -> Draft:
    """``remove``: takes out a step, or every step of a group."""
    hits = set(_hits(draft, pattern, place))
    return replace(draft, steps=tuple(step for i, step in enumerate(draft.steps) if i not in hits))


def _groups(draft: Draft, pattern: str, place: Place) -> list[tuple[int, int, tuple[Segment, ...]]]:
    """(first, last, prefix) of each instance of *pattern*: runs of steps that share the matched leading segments."""
    depth = len(pattern.split("/"))
    runs: list[tuple[int, int, tuple[Segment, ...]]] = []
    for i in _hits(draft, pattern, place):
        head = draft.steps[i].segments[:depth]
        if runs and runs[-1][1] == i - 1 and draft.steps[i - 1].segments[:depth] == head:
            runs[-1] = (runs[-1][0], i, head[:-1])
        else:
            runs.append((i, i, head[:-1]))
    return runs


def _beside(new: Iterable[StepNode], prefix: tuple[Segment, ...], place: Place) -> tuple[StepNode, ...]:
    """*new* steps with the prefix of what they stand beside, unless they already carry it."""
    return tuple(
        replace(step, segments=step.segments if step.segments[: len(prefix)] == prefix and prefix else (*prefix, *step.segments),
                edits=(*step.edits, place))
        for step in new)


def insert(draft: Draft, new: tuple[StepNode, ...], anchor: str, after: bool, place: Place) -> Draft:
    """``insert``: puts *new* steps before or after every instance of *anchor*; they take its prefix."""
    steps, groups = list(draft.steps), _groups(draft, anchor, place)
    _fits(len(steps) + len(groups) * len(new), place, anchor)
    for first, last, prefix in reversed(groups):
        at = last + 1 if after else first
        steps[at:at] = _beside(new, prefix, place)
    return replace(draft, steps=tuple(steps))


def _fits(count: int, place: Place, pattern: str) -> None:
    if count > MAX_STEPS:
        raise RecipeError.at(place, f"the recipe would have more than {MAX_STEPS} steps", pattern)


def replace_step(draft: Draft, pattern: str, new: tuple[StepNode, ...], place: Place) -> Draft:
    """``replace``: puts *new* in the place of every instance of *pattern*; a new step without an id keeps the old one's."""
    if sum(not step.segments for step in new) > 1:
        raise RecipeError.at(place, "only one of the new steps can keep the old id; give the others ids", pattern)
    steps, groups = list(draft.steps), _groups(draft, pattern, place)
    _fits(len(steps) + len(groups) * len(new), place, pattern)
    for first, last, prefix in reversed(groups):
        old = draft.steps[first].segments[: len(pattern.split("/"))]
        named = [replace(step, segments=old) if not step.segments else step for step in new]
        steps[first : last + 1] = _beside_named(named, prefix, old, place)
    return replace(draft, steps=tuple(steps))


def _beside_named(new: list[StepNode], prefix: tuple[Segment, ...], old: tuple[Segment, ...], place: Place) -> tuple[StepNode, ...]:
    return tuple(
        replace(step, edits=(*step.edits, place)) if step.segments == old else _beside([step], prefix, place)[0] for step in new)
