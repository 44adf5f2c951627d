"""Finds what there is to say of an op, of a key wherever it stands, and of an address of a recipe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from procsim.model.base import Model
from procsim.model.descriptions import descriptions
from procsim.model.document import Document, Process
from procsim.model.facts import ALWAYS, COUNTED, facts
from procsim.model.steps import OPS

CLAUSE = re.compile(r"(?:`[^`]*`|[^`:;.]|[:.](?! |$))*")
"""The beginning of a sentence, up to its first stop."""


@dataclass(frozen=True, slots=True)
class Said:
    """The *meaning* of a *key*, where it stands: in a model of the recipe, by the first sentence of what that says of itself. *facts* are the kind of
    value, its unit and range, and what holds where it is left out; of an op, the drivers that its steps count."""

    key: str
    where: str
    meaning: str
    facts: str = ""


def explained(word: str) -> tuple[Said, ...]:
    """What is said of *word*: an op and all of its own keys; or of each key of that name; or of the key at an address such as
    ``line.release.every_h``, or of one that ends so, such as ``wafer.coverage``. Raises KeyError, with near words, where it is none of them."""
    if word and word in OPS:
        return _op(word)
    *path, key = word.split(".")
    found = _unique(_of(model, key) for model in (_at(path) if path else everywhere()) if key in descriptions(model))
    if not found:
        known = {*filter(None, OPS), *(one for model in everywhere() for one in descriptions(model))}
        raise KeyError(word, *get_close_matches(key, sorted(known), n=3))
    return found


def _op(word: str) -> tuple[Said, ...]:
    """The op *word*, and its own keys."""
    model, plain = OPS[word], descriptions(OPS[None])
    counted = ", ".join(f"per_{driver}" for driver in (*ALWAYS, *COUNTED[word]))
    return (Said(word, "op", descriptions(model)["op"], f"Its steps may be timed and charged {counted}"),
            *(_of(model, key, word) for key in descriptions(model) if key not in plain and key != "op"))


def _of(model: type[Model], key: str, where: str = "") -> Said:
    """What *model* says of its *key*."""
    name = next(name for name, field in model.model_fields.items() if (field.alias or name) == key)
    return Said(key, where or _says(model), descriptions(model)[key], "" if name == "op" else facts(model, name))


@cache
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
    """The models whose keys may follow *path*; what is no key of the top is one below it, or a step's name, and what follows a mapping is a name."""
    if not any(path[0] == (field.alias or name) for name, field in Document.model_fields.items()):
        return [*_within(path), *_below(list(OPS.values()), path[1:])]
    return _below([Document], path)


def _below(models: list[type[Model]], path: list[str]) -> list[type[Model]]:
    """The models whose keys may follow *path* in one of *models*."""
    for part in path:
        fields = [field for model in models for name, field in model.model_fields.items() if part == (field.alias or name)]
        models = [inner for field in fields for inner in _models(field.annotation)] if fields else models
    return models


def _within(path: list[str]) -> list[type[Model]]:
    """The models whose keys may follow *path* where that is the end of an address."""
    models: list[type[Model]] = list(everywhere())
    for part in path:
        models = [inner for model in models for name, field in model.model_fields.items() if part == (field.alias or name)
                  for inner in _models(field.annotation)]
    return models


def _models(annotation: Any) -> Iterator[type[Model]]:
    """The models within an *annotation*."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _says(model: type[Model]) -> str:
    """Of a step its op, of a law's parameters that they are; else the first clause of what the model says of itself."""
    op = next((op for op, one in OPS.items() if one is model and op), "")
    said = "parameter of a distribution" if model.__doc__ == Model.__doc__ or not model.__doc__ else _clause(model.__doc__)
    return f"op {op}" if op else said


def _clause(text: str) -> str:
    """*text* up to a colon, a semicolon or a full stop, but for those in quotation."""
    words = " ".join(text.replace("``", "`").split())
    found = CLAUSE.match(words)
    return (found[0] if found else words).rstrip(".:;")


def _unique(said: Iterator[Said]) -> tuple[Said, ...]:
    """Each meaning once: what all ops inherit is said of the first."""
    first: dict[str, Said] = {}
    for one in said:
        first.setdefault(one.meaning, one)
    return tuple(first.values())
