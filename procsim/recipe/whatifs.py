"""Finds the what-ifs of a flow: recipes beside it that say that they extend it."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from procsim.errors import RecipeError
from procsim.recipe.source import file_text

FOLDER = "whatif"
"""The folder of a tree that holds them."""


def whatifs_of(flow: Path) -> list[Path]:
    """The what-ifs of the recipe *flow*: of its own tree, in the order of their names."""
    folder = flow.parent if flow.parent.name == FOLDER else flow.parent / FOLDER
    return [path for path in sorted(folder.glob("*.yaml")) if path.is_file() and extends(path, flow.name)] if folder.is_dir() else []


def extends(path: Path, name: str) -> bool:
    """Whether the recipe file *path* says that it extends one called *name*."""
    stat = path.stat()
    return _extends(path, name, stat.st_mtime_ns, stat.st_size)


def is_recipe(path: Path) -> bool:
    """Whether the file *path* says steps, packages or what it extends, and is not what a recipe reads, such as a list of prices."""
    stat = path.stat()
    return _is_recipe(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _is_recipe(path: Path, *_: int) -> bool:
    """As ``is_recipe``, as long as the file stays as it is."""
    try:
        return bool(re.search(r"""(^|[{,]\s*)["']?(steps|packages|extends)["']?\s*:""", file_text(path), re.MULTILINE))
    except RecipeError:  # who opens it is told what is wrong with it
        return True


@lru_cache(maxsize=4096)
def _extends(path: Path, name: str, *_: int) -> bool:
    """As ``extends``, as long as the file stays as it is."""
    try:
        return bool(re.search(rf"^extends:.*(?<![\w-]){re.escape(name)}", file_text(path), re.MULTILINE))
    except RecipeError:  # whatever it is, nobody can read it
        return False
