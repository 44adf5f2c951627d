"""Finds which steps of a flow a reference names, without going through all of them.

A reference is an id, or the head of one: it names a step, or all steps of a group. Its words are whole segments (``layer1`` is not ``layer10``), each
with the number that ``repeat`` gave it or without: ``layer/coat`` is the coat of every layer. So ids hang in a tree, below each word for a segment:

    0 layer1/coat          layer, layer1 ─┬─ coat 0        layer ─▶ 0, 1, 2
    1 layer1/bake                         └─ bake 1        layer/coat ─▶ 0, 2
    2 layer2/coat          layer, layer2 ─── coat 2        layer1 ─▶ 0, 1
    3 pack                 pack 3
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a step's id: its *name*, and its *base*: the name without the number that ``repeat`` gave it."""

    name: str
    base: str


Id = tuple[Segment, ...]


def segments(step_id: str, base: str | None = None) -> Id:
    """The segments of *step_id*, which is *base* without the numbers of its repeats."""
    names = step_id.split("/")
    return tuple(map(Segment, names, names if base is None else base.split("/")))


@dataclass(slots=True)
class _Branch:
    """All steps whose ids begin alike: their *numbers*, the branches *below* by their segments, and the same by each *word* for these."""

    numbers: list[int] = field(default_factory=list)
    below: dict[tuple[str, str], _Branch] = field(default_factory=dict)
    words: dict[str, list[_Branch]] = field(default_factory=dict)

    def at(self, segment: Segment) -> _Branch:
        """The branch of *segment*, new if need be."""
        key = segment.name, segment.base
        found = self.below.get(key)
        if found is None:
            found = self.below[key] = _Branch()
            for word in {*key}:
                self.words.setdefault(word, []).append(found)
        return found


@dataclass(slots=True)
class _Tree:
    """The *ids* of all steps that ever were in a flow, each under its number for good; as many as *hang* are in the branches."""

    ids: list[Id]
    top: _Branch = field(default_factory=_Branch)
    hang: int = 0

    def branches(self, reference: str) -> list[_Branch]:
        """Those whose steps *reference* names."""
        for number in range(self.hang, len(self.ids)):
            branch = self.top
            for segment in self.ids[number]:
                branch = branch.at(segment)
                branch.numbers.append(number)
        self.hang = len(self.ids)
        found = [self.top]
        for word in reference.split("/"):
            found = [below for one in found for below in one.words.get(word, ())]
        return found


class Names:
    """Which steps of a row a reference names. A row in which some have made way for others shares the tree of ids with the one that it was made of,
    so that nothing is hung anew."""

    __slots__ = ("_asked", "_places", "_row", "_tree")

    def __init__(self, tree: _Tree, row: Sequence[int]) -> None:
        self._tree, self._row = tree, row  # the numbers of the steps, in order
        self._places: dict[int, int] | range | None = row if isinstance(row, range) else None
        self._asked: dict[str, Sequence[int]] = {}

    @classmethod
    def of(cls, ids: Iterable[Id]) -> Names:
        """Of a row of steps with these *ids*."""
        tree = _Tree([*ids])
        return cls(tree, range(len(tree.ids)))

    def all(self, reference: str) -> Sequence[int]:
        """The places of all steps that *reference* names, in order."""
        found = self._asked.get(reference)
        if found is None:
            if self._places is None:
                self._places = dict(zip(self._row, range(len(self._row)), strict=True))
            places = self._places
            found = self._asked[reference] = sorted(places[n] for one in self._tree.branches(reference) for n in one.numbers if n in places)
        return found

    def first(self, reference: str) -> int | None:
        """The place of the first of them; None where there is none."""
        return next(iter(self.all(reference)), None)

    def __contains__(self, reference: str) -> bool:
        """Whether *reference* names any step."""
        return bool(self.all(reference))

    def any(self, references: Iterable[str]) -> set[int]:
        """The places of all steps that one of *references* names."""
        return {place for reference in references for place in self.all(reference)}

    def at(self, step_id: str) -> int | None:
        """The place of the first step with just this id; None where there is none."""
        return next((place for place in self.all(step_id) if "/".join(one.name for one in self._tree.ids[self._row[place]]) == step_id), None)

    def spliced(self, pieces: Sequence[tuple[int, int, Iterable[Id]]]) -> Names:
        """Of the row in which, in each of *pieces*, which are in order, the steps from one place up to another have made way for others with these
        ids."""
        row, ids = list(self._row), self._tree.ids
        for first, end, new in reversed(pieces):
            begun = len(ids)
            ids += new
            row[first:end] = range(begun, len(ids))
        return Names(self._tree, row)
