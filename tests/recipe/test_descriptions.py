"""Tests that every key of a recipe says what it means, in more than its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from procsim.model.descriptions import meaning
from procsim.model.steps import OPS
from procsim.model.tool import Failure
from procsim.recipe.schema import schema


def keys(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(key with its path, description) of every property of a schema."""
    if isinstance(node, dict):
        if node.get("type") == "object" and isinstance(node.get("properties"), dict):
            for key, held in node["properties"].items():
                yield f"{path}.{key}", held.get("description", "")
        for name, held in node.items():
            yield from keys(held, f"{path}/{name}")
    elif isinstance(node, list):
        for held in node:
            yield from keys(held, path)


@cache
def described() -> dict[str, str]:
    """Every key of the schema with its description."""
    return dict(keys(schema()))


def test_all_keys_are_there() -> None:
    """Some that everybody meets, at each depth."""
    assert len(described()) > 1500
    assert all(any(key.endswith(f".{name}") for key in described()) for name in ("extends", "repeat", "mid", "time_h", "mtbf_s", "price_usd_per_kg", "done_by"))


def test_each_says_what_it_means() -> None:
    """In a sentence, which holds at least two words that the key itself does not hold."""
    bare = []
    for key, text in described().items():
        own = set(re.split(r"[_.\W]+", key.rsplit(".", 1)[-1].lower()))
        more = {word for word in re.findall(r"[A-Za-zα-ω²µ\d]{2,}", text.lower()) if word not in own | {"the", "of", "its", "it", "and", "or"}}
        if not text.endswith((".", ")", "`")) or len(more) < 2:
            bare.append((key, text))
    assert bare == []


@pytest.mark.parametrize("unit", ["s", "min", "h"])
def test_a_duration_is_described_in_all_its_units(unit: str) -> None:
    """It means the same in seconds, minutes and hours."""
    assert meaning(Failure, f"mtbf_{unit}") == meaning(Failure, "mtbf_h") != ""


def test_an_op_says_what_it_does() -> None:
    """Each something else."""
    said = [meaning(model, "op") for model in OPS.values()]
    assert len(set(said)) == len(OPS)
    assert all(said)
