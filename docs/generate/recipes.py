"""Reads each recipe once for all pages: the shipped ones, and those beside this documentation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, build

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("flows", "flows/whatif", "docs/examples")


@cache
def recipe_of(path: Path) -> Recipe:
    """The recipe in the file *path*."""
    return load(path)


def recipes() -> list[Path]:
    """All recipes that examples are taken from."""
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.yaml")) if path.name != "prices.yaml"]


@cache
def built_of(path: Path) -> tuple[Built, ...]:
    """The package of that recipe after every step; nothing where it has no product."""
    return build(recipe_of(path))
