"""Keeps what a study found as a what-if: a file that extends the flow with the edits that were found, and that the same command may write over."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from procsim import report
from procsim.errors import Problem, RecipeError
from procsim.recipe.expand import tree_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import SHIPPED, resolved

COMMANDS = {"sized": "size", "optimised": "optimise"}
"""What a flow is that a command saves."""


def save_edited(file: Path | str, recipe: Recipe, word: str, title: str, edits: Mapping[str, str], over: Sequence[Path] = ()) -> None:
    """Writes *file*, a what-if that extends *recipe*, with its variants, those *over* it and its edits, and has the *edits* besides. *word* says what
    it is.

    Raises RecipeError where the file is there already and no such what-if, or where it could not lead to the flow; OSError."""
    path = checked_file(file, recipe, word, over)
    report.save_file(path, report.encoded(_text(path, recipe, word, title, edits, over)))


def checked_file(file: Path | str, recipe: Recipe, word: str, over: Sequence[Path] = ()) -> Path:
    """*file*, where a what-if of *recipe*, with those *over* it, may be saved. Raises RecipeError where it may not."""
    path = Path(file)
    if recipe.root is not None:
        raise RecipeError(Problem(f"--save {path}: the recipe has no file that a what-if could extend"))
    if path.exists() and not (path.is_file() and path.read_bytes().startswith(_ours(word).encode())):
        raise RecipeError(Problem(f"--save {path}: is there already, and was not saved by procsim {COMMANDS[word]}; give another name"))
    if path.suffix not in (".yaml", ".yml"):
        raise RecipeError(Problem(f"--save {path}: a recipe's name ends in .yaml"))
    if not path.parent.is_dir():
        raise RecipeError(Problem(f"--save {path}: there is no folder {path.parent}"))
    for one in (recipe.path, *recipe.over, *over):
        _way(path, one)
    return path


def _ours(word: str) -> str:
    """How a file that was saved begins."""
    return f"# {word} by procsim: "


def _way(path: Path, to: Path) -> str:
    """How the file *path* names the recipe *to*."""
    there, tree = resolved(to), tree_of(path)
    if there == resolved(path):
        raise RecipeError(Problem(f"--save {path}: that is the flow itself"))
    if there.is_relative_to(tree):
        return Path(os.path.relpath(there, resolved(path).parent)).as_posix()
    if there.is_relative_to(resolved(SHIPPED)):
        return f"flows:{there.relative_to(resolved(SHIPPED)).as_posix()}"
    raise RecipeError(Problem(f"--save {path}: a what-if extends what lies in its own folder or below; save it in {there.parent}, or in a folder "
                              "whatif there"))


def _text(path: Path, recipe: Recipe, word: str, title: str, edits: Mapping[str, str], over: Sequence[Path]) -> str:
    """The what-if, in YAML."""
    bases = [_way(path, one) for one in (recipe.path, *recipe.over, *over)]
    both = {address.strip(): value for address, _, value in (text.partition("=") for text in recipe.sets)} | dict(edits)
    return "\n".join([
        f"{_ours(word)}{_line(title)}",
        f"extends: {bases[0]}" if len(bases) == 1 else f"extends: [{', '.join(bases)}]", f'name: "{_line(recipe.title)}, {word}"',
        *(["changes:", "  set:", *(f"    {address}: {value.strip()}" for address, value in both.items())] if both else []), ""])


def _line(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"', "'").split())
