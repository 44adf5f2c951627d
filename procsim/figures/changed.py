"""Tells two finished packages apart: which layers one has that the other has not, or has otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from procsim.figures.cells import Cell, Mark, finished, mark
from procsim.figures.finer import Known
from procsim.section.build import Built


def marks(built: Sequence[Built]) -> dict[Mark, None]:
    """Every layer of the finished package, from the bottom up."""
    stacks = [column.stack for column in built[-1].after.columns]
    slabs = sorted((slab for stack in stacks for slab in stack), key=lambda slab: slab.bottom)
    return dict.fromkeys(mark(slab) for slab in slabs)


def compared(built: Sequence[Built], known: Known, base: Sequence[Built]) -> Cell:
    """The finished package, in which all is outlined that the *base* has not, or has otherwise."""
    there = marks(base)
    return replace(finished(built, known), marked=frozenset(one for one in marks(built) if one not in there))


def told(built: Sequence[Built], base: Sequence[Built]) -> list[str]:
    """What is new, other or gone, layer by layer, in words."""
    old, new = ({_where(one): one for one in marks(built)} for built in (base, built))
    both = [name for name in new if name in old]
    return [*(f"new: {_named(new[name])}" for name in new if name not in old),
            *(f"other: {_named(new[name])}, was {old[name][4]:.4g} µm" for name in both if old[name][4] != new[name][4]),
            *(f"gone: {_named(old[name])}" for name in old if name not in new)]


def _where(one: Mark) -> tuple[str, str, str, bool]:
    return one[:4]


def _named(one: Mark) -> str:
    by, material, part, _, thickness = one
    return f"{part or by or material} ({material.replace('_', ' ')}, {thickness:.4g} µm)"
