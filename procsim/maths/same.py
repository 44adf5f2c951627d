"""Keeps what a function made of the very same objects, so that it need not be made again.

A recipe with one other number shares all its other objects with the recipe that it was made from, and what follows from these stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Made = TypeVar("Made")

STEPS = 4096
"""Answers about steps, or tools, that are remembered: those of a long route at some points of a sweep."""
FLOWS = 64
"""Answers about all steps of a flow that are remembered."""


_NUMBERS: dict[int, int] = {}


def the_one(number: int) -> int:
    """The object that stands for *number* here, always the same: of small numbers alone Python itself keeps one, so that of others two that are
    equal would be told apart."""
    return _NUMBERS.setdefault(number, number)


def of_the_same(most: int, asks: Callable[..., tuple[object, ...]] | None = None) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """The decorated function, of arguments by position that nobody changes, gives what it gave before where all of them are the very objects that
    it was given then; it remembers *most* answers. Equal objects are told apart, so that nothing has to be hashed or compared.

    Of a function that *asks* for a few things of its arguments only, it is these that have to be the same. What it gave is for all: nobody changes
    it."""

    def decorated(make: Callable[Given, Made]) -> Callable[Given, Made]:
        known: dict[tuple[int, ...], tuple[tuple[object, ...], Made]] = {}  # with the objects, whose ids are nobody else's while they are here

        @wraps(make)
        def kept(*args: Given.args, **named: Given.kwargs) -> Made:
            if named:
                return make(*args, **named)
            asked = args if asks is None else asks(*args)
            key = tuple(map(id, asked))
            found = known.get(key)
            if found is not None:
                return found[1]
            made = make(*args, **named)
            if len(known) >= most:
                known.clear()
            known[key] = (asked, made)
            return made

        return kept

    return decorated
