"""Finds what there is to say of an op, of a key wherever it stands, and of an address of a recipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import getdoc
from typing import Any, get_args

from procsim.model.base import Model
from procsim.model.descriptions import descriptions
from procsim.model.document import Document, Process
from procsim.model.steps import OPS


@dataclass(frozen=True, slots=True)
class Said:
    """The *meaning* of a *key*, where it stands: in a model of the recipe, by the first sentence of what that says of itself."""

    key: str
    where: str
    meaning: str


def explained(word: str) -> tuple[Said, ...]:
    """What is said of *word*: an op and all of its own keys; or of each key of that name; or of the key at an address such as
    ``line.release.every_h``. Raises KeyError, with words that are near, where it is none of them."""
    if word and word in OPS:
        plain = descriptions(OPS[None])
        told = descriptions(OPS[word])
        return (Said(word, "op", told.get("op", "")), *(Said(key, word, text) for key, text in told.items() if key not in plain and key != "op"))
    *path, key = word.split(".")
    models = _at(path) if path else everywhere()
    found = _unique(Said(key, _says(model), descriptions(model)[key]) for model in models if key in descriptions(model))
    if not found:
        known = {*filter(None, OPS), *(one for model in everywhere() for one in descriptions(model))}
        raise KeyError(word, *get_close_matches(key, sorted(known), n=3))
    return found


def everywhere() -> tuple[type[Model], ...]:
    """Every model that a recipe is made of."""
    found: dict[type[Model], None] = {}
    left: list[type[Model]] = [*OPS.values(), Process, Document]
    while left:
        model = left.pop()
        if model not in found:
            found[model] = None
            left += [part for field in model.model_fields.values() for part in _models(field.annotation)]
    return tuple(found)


def _at(path: list[str]) -> list[type[Model]]:
    """The models whose keys may follow *path*; what is no key of the top is a step's name, and what follows a mapping is a name."""
    models: list[type[Model]] = [Document]
    if not any(path[0] == (field.alias or name) for name, field in Document.model_fields.items()):
        models, path = list(OPS.values()), path[1:]
    for part in path:
        fields = [field for model in models for name, field in model.model_fields.items() if part == (field.alias or name)]
        models = [inner for field in fields for inner in _models(field.annotation)] if fields else models
    return models


def _models(annotation: Any) -> Iterator[type[Model]]:
    """The models within an *annotation*."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _says(model: type[Model]) -> str:
    text = " ".join((getdoc(model) or "").replace("``", "`").split())
    return text.partition(". ")[0].partition(": ")[0].rstrip(".:")


def _unique(said: Iterator[Said]) -> tuple[Said, ...]:
    """Each meaning once: what all ops inherit is said of the first."""
    first: dict[str, Said] = {}
    for one in said:
        first.setdefault(one.meaning, one)
    return tuple(first.values())
