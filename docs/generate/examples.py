"""Finds an example of every key of a recipe in recipes that are known to load: the shipped ones, and those beside this documentation."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from generate.recipes import ROOT, recipe_of, recipes

from procsim.model.base import Model
from procsim.model.durations import MICROSECONDS

MOST = 8
"""Values in an example; what holds more has a section of its own, whose keys have examples."""

Examples = dict[tuple[str, str], tuple[str, str]]
"""(class, field) → (the example as it is written, the file that it stands in)."""


@cache
def examples() -> Examples:
    """The shortest example of each key that is not its default."""
    found: Examples = {}
    seen: dict[int, Any] = {}  # what recipes share is looked through once; it is kept, so that its id is nobody else's
    for path in recipes():
        recipe, file = recipe_of(path), path.relative_to(ROOT).as_posix()
        for held in (recipe.document, *(placed.step for placed in recipe.steps)):
            for model, field, bare in _written(held, seen):
                key = (owner(model, field).__name__, field)
                text = _text(model.model_fields[field].alias or field, bare)
                old = found.get(key)
                if old is None or (len(text), text) < (len(old[0]), old[0]):
                    found[key] = text, file
    return found


def _written(held: Any, seen: dict[int, Any]) -> Iterator[tuple[type[Model], str, Any]]:
    """(model, field, plain value) of every key that is written in *held* and in what it holds, but for what was *seen* before."""
    if isinstance(held, Model | dict | list | tuple):
        if id(held) in seen:
            return
        seen[id(held)] = held
    if isinstance(held, Model):
        for field in sorted(held.model_fields_set):
            value = getattr(held, field)
            if value is None:
                continue
            bare = _plain(value)
            if _size(bare) <= MOST:
                yield type(held), field, bare
            yield from _written(value, seen)
    elif isinstance(held, dict | list | tuple):
        for item in held.values() if isinstance(held, dict) else held:
            yield from _written(item, seen)


@cache
def owner(model: type[Model], field: str) -> type[Model]:
    """The class that declares *field* of *model*."""
    return next(one for one in model.__mro__ if field in inspect.get_annotations(one))


def units(model: type[Model], field: str) -> list[str]:
    """The units that a duration may be written in; nothing for another field."""
    stem = field.removesuffix("_h")
    return [unit for unit in MICROSECONDS if f"{stem}_{unit}" in model.model_fields] if field.endswith("_h") and f"{stem}_s" in model.model_fields else []


def _size(bare: Any) -> int:
    """How many values there are in it."""
    return sum(map(_size, bare.values() if isinstance(bare, dict) else bare)) if isinstance(bare, dict | list) else 1


def _text(key: str, bare: Any) -> str:
    """*key* and its value as YAML on one line."""
    text = yaml.dump({key: bare}, Dumper=yaml.CSafeDumper, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True).strip()
    return text.removeprefix("{").removesuffix("}")


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return {type(value).model_fields[name].alias or name: _plain(getattr(value, name)) for name in type(value).model_fields
                if name in value.model_fields_set and getattr(value, name) is not None}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
