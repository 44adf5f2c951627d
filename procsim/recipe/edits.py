"""Carries out the four verbs that edit a recipe, and lays on it what a variant brings; each makes a new draft from a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from procsim.errors import Place, RecipeError, did_you_mean
from procsim.maths.same import FLOWS, of_the_same
from procsim.recipe.names import Names, Segment
from procsim.recipe.tree import Node, kind, overlay
from procsim.recipe.verb_forms import no_address

NAMED = {("tools",): "tool", ("processes",): "process", ("materials",): "material", ("parts",): "part",
         ("product", "dies"): "die", ("line", "releases"): "release"}
"""Mappings whose keys are names: an edit makes a new one only whole, not by a field of it."""
TELLING = {"tools": (("price_usd",),), "processes": (("tool",),), "parts": (("material", "layers"), ("price_usd", "price_usd_per_m2")),
           "materials": (("price_usd_per", "density_g_cm3", "conductivity_W_mK"),)}
"""What a new entry says, one word of each: one that does not, and whose name is nearly that of another, is taken for a slip."""


FEW = 12
"""Names that a message lists, at most, where none of them is near."""
MAX_STEPS = 20_000
"""Steps of a recipe, at most."""
MAX_PARTS = 20
"""Parts of an address behind the first, at most: nothing in a recipe lies deeper."""


@dataclass(frozen=True, slots=True)
class StepNode:
    """A step as written, with its full id in *segments* and the places of the *edits* that touched it."""

    segments: tuple[Segment, ...]
    node: Node
    edits: tuple[Place, ...] = ()
    id: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", "/".join(segment.name for segment in self.segments))  # asked for much more often than steps are written


@dataclass(frozen=True, slots=True)
class Draft:
    """A recipe between reading and checking: its *sections* (a mapping) and its flat *steps* with their *names*; the steps that edits have *gone* and
    taken away, each with the place of that edit, and the edits of *repeats*, by what they repeat."""

    sections: Node
    steps: tuple[StepNode, ...]
    names: Names = field(compare=False, repr=False)
    gone: tuple[tuple[StepNode, Place], ...] = ()
    repeats: Mapping[str, Node] = field(default_factory=dict)

    def named(self, reference: str) -> list[StepNode]:
        """The steps that *reference* names, in order."""
        return [self.steps[place] for place in self.names.all(reference)]


def names_of(steps: Iterable[StepNode]) -> Names:
    return Names.of(step.segments for step in steps)


@of_the_same(FLOWS)
def _names_of_gone(gone: tuple[tuple[StepNode, Place], ...]) -> Names:
    return names_of(step for step, _ in gone)


def _hits(draft: Draft, pattern: str, place: Place) -> Sequence[int]:
    """Places of the steps that *pattern* names. Raises where it names none."""
    found = draft.names.all(pattern)
    if not found:
        hint = lost(draft, pattern) or _nearest(draft.steps, pattern) or _there_are(_ids(draft))
        raise RecipeError.at(place, f"no step '{pattern}'{hint}", pattern)
    return found


def lost(draft: Draft, pattern: str) -> str:
    """By which edit there is no step *pattern* any more; "" where no edit is to blame."""
    takers = _names_of_gone(draft.gone).all(pattern)
    if takers:
        return f" any more: {draft.gone[takers[-1]][1]} took it away"
    words = pattern.split("/")
    for depth in range(1, len(words) + 1):
        head = "/".join(words[:depth])
        if head not in draft.names:
            label = re.sub(r"\d+(?=/|$)", "", head)
            edit = draft.repeats.get(label)
            return f": {edit.place} sets {label}.repeat to {kind(edit.value)}" if edit is not None else ""
    return ""


def _nearest(steps: Iterable[StepNode], pattern: str) -> str:
    known = {step.id for step in steps} | {"/".join(s.base for s in step.segments) for step in steps}
    tails = sorted(name for name in known if name.rsplit("/", 1)[-1] == pattern)
    return f"; did you mean '{tails[0]}'?" if tails else did_you_mean(pattern, known)


def _in_section(draft: Draft, address: str) -> str:
    """The hint for an *address* that begins with the name of a tool, a process, a material …: which are addressed in their section."""
    head = address.split(".", 1)[0]
    found = []
    for sections in NAMED:
        entries: Node | None = draft.sections
        for section in sections:
            entries = entries.get(section) if entries is not None and isinstance(entries.value, Mapping) else None
        if entries is not None and isinstance(entries.value, Mapping) and entries.get(head) is not None:
            found.append(".".join((*sections, address)))
    return f"; did you mean {' or '.join(map(repr, found))}?" if found else ""


def set_value(draft: Draft, address: str, value: Node, place: Place) -> Draft:
    """``set``: puts *value* at *address*, a dotted path from a section or from a step's id."""
    if not re.fullmatch(r"[^.\s]+(\.[^.\s]+)+", address) or address.count(".") > MAX_PARTS:
        raise RecipeError.at(place, no_address(address, value, draft.names), address)
    head, *path = address.split(".")
    if head == "line" and path[0] == "tools" and len(path) > 1:
        head, path = "tools", path[1:]
    if head in draft.sections.mapping and head not in draft.names:
        return replace(draft, sections=_put(draft.sections, [head, *path], value, place, address, ()))
    if head == "steps":
        raise RecipeError.at(place, f"steps are addressed by their id, without 'steps.': {'.'.join(path)}", address)
    try:
        hits = _hits(draft, head, place)
    except RecipeError:
        known = {*draft.sections.mapping, *(step.id for step in draft.steps)}
        hint = lost(draft, head) or _in_section(draft, address) or _nearest(draft.steps, head) or did_you_mean(head, known) or _there_are(_ids(draft))
        raise RecipeError.at(place, f"no step or section '{head}'{hint}", address) from None
    if path[0] == "id":
        raise RecipeError.at(place, "an id is not edited; replace the step instead", address)
    steps = list(draft.steps)
    for i in hits:
        node = _put(steps[i].node, path, value, place, address, ("step",))
        steps[i] = replace(steps[i], node=node, edits=(*steps[i].edits, place))
    return replace(draft, steps=tuple(steps))


def _put(node: Node, path: list[str], value: Node, place: Place, address: str, above: tuple[str, ...]) -> Node:
    key, rest = path[0], path[1:]
    if isinstance(node.value, tuple):
        return _put_item(node, path, value, place, address, above)
    if not isinstance(node.value, Mapping):
        raise RecipeError.at(place, f"'{address.rsplit('.', len(path))[0]}' is {kind(node.value)}, it has no '{key}'", address)
    if above in NAMED and node.get(key) is None:
        _may_be_new(node, key, value, bool(rest), place, address, above)
    if not rest:
        return node.with_item(key, value, place)
    inner = node.get(key)
    if inner is None or inner.value is None:
        inner = Node({}, place, {})
    return node.with_item(key, _put(inner, rest, value, place, address, (*above, key)), node.place_of(key))


def _put_item(node: Node, path: list[str], value: Node, place: Place, address: str, above: tuple[str, ...]) -> Node:
    """*node*, a list, with *value* in the place of an item, or below it; null takes the item out."""
    key, rest, count = path[0], path[1:], len(node.items)
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", key) or int(key) >= count:
        has = "no items" if not count else "1 item, numbered 0" if count == 1 else f"{count} items, numbered 0 to {count - 1}"
        raise RecipeError.at(place, f"no item '{key}' in {address.rsplit('.', len(path))[0]}, which has {has}", address)
    at = int(key)
    new = (_put(node.items[at], rest, value, place, address, (*above, key)),) if rest else (value,) if value.value is not None else ()
    return replace(node, value=(*node.items[:at], *new, *node.items[at + 1:]))


def _may_be_new(node: Node, key: str, value: Node, further: bool, place: Place, address: str, above: tuple[str, ...]) -> None:
    """Raises where *key* in *node*, a mapping of names, names nothing and *value* makes nothing new: it is only a field of it (*further*), or
    says too little for something whose name is nearly another's."""
    what, here = NAMED[above], [name for name, item in node.mapping.items() if item.value is not None]
    if key in node.mapping:  # null has taken it away
        if further:
            raise RecipeError.at(place, f"no {what} '{key}' any more: {node.place_of(key)} took it away", address)
        return
    near = did_you_mean(key, here)
    if further or not isinstance(value.value, Mapping):
        raise RecipeError.at(place, f"no {what} '{key}'{near or _there_are(here)}", address)
    for words in TELLING.get(above[-1], ()):
        if near and not any(word.startswith(words) for word in value.mapping):
            raise RecipeError.at(place, f"no {what} '{key}'{near} (a new {what} says {' or '.join(words)})", address)


def _ids(draft: Draft) -> list[str]:
    return [step.id for step in draft.steps]


def _there_are(names: list[str]) -> str:
    """All of the *names* that there are, where they are few enough to be read in a message."""
    return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if 0 < len(names) <= FEW else ""


def bring(draft: Draft, address: str, value: Node, place: Place) -> Draft:
    """What a variant holds under a section: *value* is laid over what stands at *address*, section and name, or is new there."""
    section, name = address.split(".", 1)
    entries = draft.sections.get(section) or Node({}, place, {})
    below = entries.get(name)
    if below is None and (section,) in NAMED:
        _may_be_new(entries, name, value, False, place, address, (section,))
    entries = entries.with_item(name, value if below is None else overlay(below, value), place)
    return replace(draft, sections=draft.sections.with_item(section, entries))


def remove(draft: Draft, pattern: str, place: Place) -> Draft:
    """``remove``: takes out a step, or every step of a group."""
    return _spliced(draft, [(i, i + 1, ()) for i in _hits(draft, pattern, place)], place)


def _spliced(draft: Draft, pieces: Sequence[tuple[int, int, tuple[StepNode, ...]]], place: Place) -> Draft:
    """*draft* in which the steps from one place up to another have made way for others, in each of *pieces*, which are in order."""
    steps = list(draft.steps)
    for first, end, new in reversed(pieces):
        steps[first:end] = new
    gone = tuple((step, place) for first, end, _ in pieces for step in draft.steps[first:end])
    names = draft.names.spliced([(first, end, [step.segments for step in new]) for first, end, new in pieces])
    return replace(draft, steps=tuple(steps), names=names, gone=(*draft.gone, *gone))


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
    groups = _groups(draft, anchor, place)
    _fits(len(draft.steps) + len(groups) * len(new), place, anchor)
    ends = [(last + 1 if after else first, prefix) for first, last, prefix in groups]
    return _spliced(draft, [(at, at, _beside(new, prefix, place)) for at, prefix in ends], place)


def _fits(count: int, place: Place, pattern: str) -> None:
    if count > MAX_STEPS:
        raise RecipeError.at(place, f"the recipe would have more than {MAX_STEPS} steps", pattern)


def replace_step(draft: Draft, pattern: str, new: tuple[StepNode, ...], place: Place) -> Draft:
    """``replace``: puts *new* in the place of every instance of *pattern*; a new step without an id keeps the old one's."""
    if sum(not step.segments for step in new) > 1:
        raise RecipeError.at(place, "only one of the new steps can keep the old id; give the others ids", pattern)
    groups = _groups(draft, pattern, place)
    _fits(len(draft.steps) + len(groups) * len(new), place, pattern)
    pieces = []
    for first, last, prefix in groups:
        old = draft.steps[first].segments[: len(pattern.split("/"))]
        named = [replace(step, segments=old) if not step.segments else step for step in new]
        pieces.append((first, last + 1, _beside_named(named, prefix, old, place)))
    return _spliced(draft, pieces, place)


def _beside_named(new: list[StepNode], prefix: tuple[Segment, ...], old: tuple[Segment, ...], place: Place) -> tuple[StepNode, ...]:
    return tuple(
        replace(step, edits=(*step.edits, place)) if step.segments == old else _beside([step], prefix, place)[0] for step in new)
