"""Says what a flow is read from, so that another process, on another machine too, reads the very same."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.experiments.points import Evaluator
from procsim.recipe.changes import blamed
from procsim.recipe.expand import tree_of
from procsim.recipe.load import built
from procsim.recipe.plain import plain_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import SHIPPED, resolved, shown

LIBRARIES = ("numpy", "scipy", "simpy", "pydantic", "PyYAML")


@dataclass(frozen=True, slots=True)
class Origin:
    """A flow called *name*: its file *path* with the variants *over* it and the edits *sets*, all of whose files together have the *digest*. For
    another machine, *files* are those (path, text) that procsim does not ship. A flow that a program has built is *written* as JSON, and what it
    names lies beside its path."""

    name: str
    path: str
    sets: tuple[str, ...]
    over: tuple[str, ...]
    digest: str
    files: tuple[tuple[str, str], ...] = ()
    written: str = ""


@cache
def made_by() -> str:
    """The version of procsim and of what it reckons with, with a hash of its own source: what makes the same bytes."""
    made = hashlib.sha256()
    package = Path(__file__).resolve().parents[1]
    for path in sorted(package.rglob("*.py")):
        made.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{version('procsim')} ({made.hexdigest()[:12]}) with {', '.join(f'{name} {version(name)}' for name in LIBRARIES)}"


def origin(name: str, recipe: Recipe) -> Origin:
    """What *recipe*, under that *name*, was read from."""
    path, over = _at(recipe.path), tuple(_at(one) for one in recipe.over)
    written = json.dumps(plain_of(recipe.root)) if recipe.root is not None else ""
    return Origin(name, path, recipe.sets, over, digest(recipe.all_files(), _trees(recipe), written), written=written)


def _at(path: Path) -> str:
    real = resolved(path)
    return f"flows:{real.relative_to(SHIPPED).as_posix()}" if real.is_relative_to(SHIPPED) else str(real)


def _trees(recipe: Recipe) -> list[Path]:
    return [tree_of(path) for path in (recipe.path, *recipe.over)]


def digest(files: frozenset[Path], trees: Sequence[Path], written: str = "") -> str:
    """A hash of what *files* hold and what they are called in their tree, and of what is *written* in none."""
    made = hashlib.sha256(written.encode("utf-8", "surrogateescape"))
    for name, path in sorted((called(path, trees), path) for path in files):
        made.update(f"{name}\0".encode("utf-8", "surrogateescape") + hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()[:16]


def called(path: Path, trees: Sequence[Path]) -> str:
    """What a file is called wherever its tree lies."""
    for root, prefix in ((SHIPPED, "flows:"), *((tree, "") for tree in trees)):
        if path.is_relative_to(root):
            return prefix + path.relative_to(root).as_posix()
    return path.name


def why(error: RecipeError, recipe: Recipe, texts: Sequence[str]) -> str:
    """What is wrong in *error*, on one line, with places that are the same wherever the tree of *recipe* lies; what one of the edits *texts* wrote
    has none."""
    return "; ".join(dict.fromkeys(_told(blamed(problem, texts), _trees(recipe)) for problem in error.problems))


def _told(problem: Problem, trees: Sequence[Path]) -> str:
    place = problem.place
    text = " ".join(problem.message.split())
    if place is None or place.file.startswith("--"):
        return text
    file = place.file if place.file.startswith("flows:") else called(resolved(Path(place.file)), trees)
    return f"{file}:{place.line}: {text}" if place.line else f"{file}: {text}"


def packed(one: Origin, recipe: Recipe, named: Sequence[str]) -> Origin:
    """*one* with the files that travel along: those of *recipe*, and those that points may name beside it (*named*)."""
    beside = [resolved(resolved(recipe.path).parent / text) for text in named]
    files = {path for path in (*recipe.all_files(), *beside) if not path.is_relative_to(SHIPPED) and path.is_file()}
    return replace(one, files=tuple(sorted((str(path), path.read_text(encoding="utf-8")) for path in files)))


def evaluator(one: Origin) -> Evaluator:
    """The flow, read once in each process, wherever it stands. Raises InfeasibleError where it is another one here than where it was named."""
    return _evaluator(one, Path.cwd())


@lru_cache(maxsize=16)
def _evaluator(one: Origin, here: Path) -> Evaluator:
    """The flow, whose files are named as seen from *here*."""
    root = _unpacked(one.files) if one.files else Path("/")
    path, *over = (_found(at, root) for at in (one.path, *one.over))
    beside = [_near(other, here) for other in over]
    made = Evaluator(built(json.loads(one.written), path.parent, one.sets, beside)) if one.written else Evaluator(_near(path, here), one.sets, beside)
    if digest(made.recipe.all_files(), _trees(made.recipe), one.written) != one.digest:
        raise InfeasibleError(f"{shown(path)} or a file that it uses is not the same here as where the sweep began: it was edited, or a worker has "
                              "other shipped flows")
    return made


def _near(path: Path, here: Path) -> Path:
    """*path* relative to *here*, where we stand, as a user would name it, where it is below."""
    return path.relative_to(here) if path.is_relative_to(here) else path


def _found(at: str, root: Path) -> Path:
    return SHIPPED / at.removeprefix("flows:") if at.startswith("flows:") else root / at.lstrip("/")


def _unpacked(files: Sequence[tuple[str, str]]) -> Path:
    """A new folder with *files* in it, each below the path that it had."""
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix="procsim-")))
    for name, text in files:
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
