"""Finds an example of every key of a recipe in recipes that are known to load: the shipped ones, and those beside this documentation."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from procsim.model.base import MICROSECONDS, Model
from procsim.recipe.load import load

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("flows", "flows/whatif", "docs/examples")
MOST = 8
"""Values in an example; what holds more has a section of its own, whose keys have examples."""

Examples = dict[tuple[str, str], tuple[str, str]]
"""(class, field) → (the example as it is written, the file that it stands in)."""


def recipes() -> list[Path]:
    """All recipes that examples are taken from."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.yaml")) if path.name != "prices.yaml"]


@cache
def examples() -> Examples:
    """The shortest example of each key that is not its default."""
    found: Examples = {}
    for path in recipes():
        recipe = load(path)
        for held in (recipe.document, *(placed.step for placed in recipe.steps)):
            for owner, field, text in _written(held):
                old = found.get((owner, field))
                if old is None or (len(text), text) < (len(old[0]), old[0]):
                    found[owner, field] = text, path.relative_to(ROOT).as_posix()
    return found


def _written(held: Any) -> Iterator[tuple[str, str, str]]:
    """(class that declares it, field, text) of every key that is written in *held* and in what it holds."""
    if isinstance(held, Model):
        for field in sorted(held.model_fields_set):
            value = getattr(held, field)
            if value is None:
                continue
            bare = _plain(value)
            if _size(bare) <= MOST:
                yield owner(type(held), field).__name__, field, _text(type(held).model_fields[field].alias or field, bare)
            yield from _written(value)
    elif isinstance(held, dict | list | tuple):
        for item in held.values() if isinstance(held, dict) else held:
            yield from _written(item)


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
