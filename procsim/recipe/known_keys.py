"""Knows which keys may stand where in a recipe, so that one in a wrong place can be told where it belongs."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from procsim.model.amounts import TAGS
from procsim.model.document import Document
from procsim.model.steps import OPS

HOMES = 3
"""Places of a key that are told, at most."""


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Model classes inside an annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return models_in(get_args(annotation)[0])
    if origin in (Union, types.UnionType, dict, list, tuple):
        return [model for part in get_args(annotation) for model in models_in(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> set[str]:
    """Keys that may stand at *path* below *model*."""
    reached = [model]
    for key in path:
        if key in TAGS:
            continue
        further = [inner for m in reached for name, field in m.model_fields.items() if (field.alias or name) == key
                   for inner in models_in(field.annotation)]
        reached = further or reached
    return {field.alias or name for m in reached for name, field in m.model_fields.items()}


def elsewhere(key: str) -> str:
    """The hint that tells where *key* may stand, or nothing where it may nowhere."""
    homes = _homes().get(key, ())
    if not homes:
        return ""
    more = " and elsewhere" if len(homes) > HOMES else ""
    return f"; it stands in {', '.join(homes[:HOMES])}{more}"


@cache
def _homes() -> dict[str, tuple[str, ...]]:
    """What each key may stand in, the shallowest first; NAME is what the recipe calls it."""
    homes = [home for name, field in Document.model_fields.items() for home in _below(name, field.annotation, ())]
    plain = list(_inside("a step", OPS[None], ()))
    homes += plain
    homes += [(f"a step of op {op}{place.removeprefix('a step')}", key) for op, model in OPS.items() if op is not None
              for place, key in _inside("a step", model, ()) if (place, key) not in plain]
    found: dict[str, dict[str, None]] = {}
    for place, key in sorted(homes, key=lambda home: (home[0].count("."), home[0])):
        found.setdefault(key, {})[place.replace("a step.", "a step's ")] = None
    return {key: tuple(places) for key, places in found.items()}


def _below(place: str, annotation: Any, over: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, str]]:
    """(what it stands in, key) of every key of the models in *annotation*, which stands at *place*, and of what is below; *over* are the models that
    it stands in."""
    place = {"tools": "line.tools"}.get(place, place) + (".NAME" if get_origin(annotation) is dict else "")
    for model in models_in(annotation):
        if model not in over:
            yield from _inside(place, model, over)


def _inside(place: str, model: type[BaseModel], over: tuple[type[BaseModel], ...]) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        yield place, field.alias or name
        yield from _below(f"{place}.{field.alias or name}", field.annotation, (*over, model))
