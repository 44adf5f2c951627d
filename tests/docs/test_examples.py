"""Tests that each example of a key that the documentation gives, in a block or in running text, is one that a recipe may say."""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError
from test_documentation import DOCS, FENCE, PAGES, blocks

from procsim.model.explained import everywhere
from procsim.model.steps import OPS

LANGUAGE = {"use", "as", "repeat", "extends", "changes", "set", "remove", "insert", "before", "after", "replace", "with", "library"}
"""Words by which recipes share and edit: no keys of the model, and shown by whole files, which are run."""
FILES = {"start_wip", "schedule"}
"""What may be the name of a file."""
_CODE = re.compile(r"`[a-z_]+: [^`…]*`")


@cache
def adapters(key: str) -> list[TypeAdapter[Any]]:
    """What reads the value of a *key*, of each model that has one of that name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an alias says nothing of a value
        return [TypeAdapter(Annotated[field.annotation, field]) for model in everywhere() for name, field in model.model_fields.items()
                if (field.alias or name) == key]


def bare(value: Any) -> Any:
    """*value* without what is known of its numbers beside their middle."""
    if isinstance(value, dict):
        return value["mid"] if "mid" in value else {key: bare(inner) for key, inner in value.items()}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


def reads(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def may_stand(key: str, value: Any) -> bool:
    """Whether *value* may stand behind *key* in some place of a recipe; of a mapping that says only a part, each key by itself."""
    if key == "steps":
        return all("use" in step or reads(TypeAdapter(OPS[step.get("op")]), step) for step in value)
    if key in LANGUAGE or (key in FILES and isinstance(value, str)) or any(reads(adapter, value) for adapter in adapters(key)):
        return True
    return isinstance(value, dict) and bool(value) and all(may_stand(inner, held) for inner, held in value.items())


def examples(page: Path) -> list[str]:
    """Blocks of YAML, and what running text says as ``key: value``."""
    text = page.read_text(encoding="utf-8")
    said = [found.strip("`") for found in _CODE.findall(FENCE.sub("", text))]
    return [block for head, block in blocks(page) if head == "yaml"] + said


def wrong(example: str) -> list[str]:
    """The keys of an *example* that may not say what it says."""
    held = bare(yaml.safe_load(example))
    return [key for key, value in (held.items() if isinstance(held, dict) else [("steps", held)]) if not may_stand(key, value)]


def test_what_is_no_key_is_found() -> None:
    """A word that no model knows, a value out of its range, a field that an op has not, and a part of a mapping."""
    assert wrong("min_penels: 4") == ["min_penels"] and wrong("repair: {success: 1.2}") == ["repair"]
    assert wrong("- {id: a, op: bake, thickness_um: 3}") == ["steps"] and wrong("line: {tools: {a: {batch: {max: 3}}}}") == ["line"]
    assert wrong("batch: {min_panels: 24, max_panels: 48}\ncount: {mid: 3, low: 2}") == []


@pytest.mark.parametrize("page", [page for page in PAGES if examples(page)], ids=lambda page: page.relative_to(DOCS).with_suffix("").as_posix())
def test_examples_are_ones_that_a_recipe_may_say(page: Path) -> None:
    """Those of each page."""
    assert {example: found for example in examples(page) if (found := wrong(example))} == {}
