"""Says which files a page may read and write: those of one recipe tree, by names that it lists itself."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.recipe.expand import tree_of
from procsim.recipe.source import SHIPPED, resolved
from procsim.recipe.whatifs import FOLDER as WHATIF
from procsim.recipe.whatifs import extends, is_recipe
from procsim.serve.state import State

NAME = re.compile(r"(?!(con|prn|aux|nul|com[0-9]|lpt[0-9])$)[a-z0-9][a-z0-9_-]{0,59}")
"""How a what-if that is saved may be called: not as what some systems keep for devices."""
FILE = re.compile(r"(whatif/)?[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,200}\.yaml")
"""The name of a recipe in a tree: in its folder, or in ``whatif`` there."""
OURS = "# what-if by procsim serve: "
"""How a file that was saved begins; no other is ever written over."""
PACKED = SHIPPED.parent == Path(__file__).resolve().parents[1]
"""Whether the shipped flows lie inside an installed package, into which nothing is written."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The recipe tree in *folder*. Its files are called by their paths in it; where it is not the tree of the shipped flows, these are there, too, as
    ``flows:…``, as in a recipe."""

    folder: Path

    @classmethod
    def of(cls, flow: Path) -> tuple[Tree, str]:
        """The tree that the recipe *flow* lies in, and the name of *flow* there."""
        found = resolved(flow)
        folder = tree_of(found)
        if PACKED and folder == SHIPPED:
            return cls(resolved(Path.cwd())), f"flows:{found.relative_to(folder).as_posix()}"
        return cls(folder), found.relative_to(folder).as_posix()

    @property
    def names(self) -> list[str]:
        """Every recipe by its name: packages first, then what-ifs."""
        found = _listed(self.folder)
        return found if self.folder == SHIPPED else [*found, *(f"flows:{name}" for name in _listed(SHIPPED))]

    def path(self, name: str) -> Path:
        """The file called *name*. Raises RecipeError where the tree lists none."""
        folder, own = (SHIPPED, name.removeprefix("flows:")) if name.startswith("flows:") else (self.folder, name)
        if not FILE.fullmatch(own) or not _inside(folder / own, folder):
            raise RecipeError(Problem(f"no recipe '{name[:100]}' in {self.folder.name}{did_you_mean(name[:100], self.names)}"))
        return folder / own

    def whatifs(self, flow: str) -> list[str]:
        """The what-ifs of the tree that say that they extend *flow*, and those that come with it where it is a shipped flow."""
        own, shipped = flow.removeprefix("flows:").rpartition("/")[2], flow.startswith("flows:")
        return [*_extending(self.folder, own, _written(self.folder)),
                *(f"flows:{name}" for name in (_extending(SHIPPED, own, _written(SHIPPED)) if shipped else ()))]

    def paths(self, state: State) -> tuple[Path, tuple[Path, ...]]:
        """The files of a state: its flow, and what is laid over it. Raises RecipeError."""
        return self.path(state.flow), tuple(self.path(name) for name in state.over)

    @property
    def saved_in(self) -> Path:
        """The folder that what-ifs are saved in: ``whatif`` where there is one, else the tree's own."""
        return found if (found := self.folder / WHATIF).is_dir() and not found.is_symlink() else self.folder

    def target(self, name: str) -> Path:
        """The file that a what-if called *name* is saved in. Raises RecipeError where none may be called so."""
        if not NAME.fullmatch(name):
            rule = "small letters, digits, - and _, 60 at most, a letter or digit first, and no name of a device"
            raise RecipeError(Problem(f"'{name[:80]}' is no name for a file: {rule}"))
        return self.saved_in / f"{name}.yaml"

    def called(self, path: Path) -> str:
        """The name of a file in the tree."""
        own = path.is_relative_to(self.folder)
        return path.relative_to(self.folder).as_posix() if own else f"flows:{path.relative_to(SHIPPED).as_posix()}"

    def way(self, target: Path, name: str) -> str:
        """How the file *target* names the recipe called *name*."""
        return name if name.startswith("flows:") else Path(os.path.relpath(self.path(name), target.parent)).as_posix()


def _listed(folder: Path) -> list[str]:
    """Names of the recipes in *folder* and its ``whatif``; no link that leads out of it."""
    if not folder.is_dir():
        return []
    found = [path.relative_to(folder).as_posix() for path in (*sorted(folder.glob("*.yaml")), *sorted((folder / WHATIF).glob("*.yaml")))]
    return [name for name in found if FILE.fullmatch(name) and _inside(folder / name, folder) and is_recipe(folder / name)]


def _inside(path: Path, folder: Path) -> bool:
    """Whether *path* is a file, and lies in *folder* when its links are followed."""
    return path.is_file() and resolved(path).is_relative_to(resolved(folder))


def _written(folder: Path) -> int:
    """When a what-if was last put into *folder*, or taken away."""
    return (folder / WHATIF).stat().st_mtime_ns if (folder / WHATIF).is_dir() else 0


@lru_cache(maxsize=32)
def _extending(folder: Path, own: str, _: int) -> tuple[str, ...]:
    """What-ifs in *folder* that extend the flow *own*, as long as none is added or taken away."""
    return tuple(name for name in _listed(folder) if name.startswith(f"{WHATIF}/") and extends(folder / name, own))


def write(path: Path, text: str, over: bool) -> bool:
    """Writes *text* into the file *path*; one that is there only where it is to be written *over* and was saved by a page. Returns whether it has
    been written. Raises RecipeError where such a file is no what-if of a page, OSError."""
    content = text.encode("utf-8")
    try:
        with path.open("xb") as file:
            file.write(content)
        return True
    except FileExistsError:
        if path.is_symlink() or not path.is_file() or not path.read_bytes().startswith(OURS.encode()):
            raise RecipeError(Problem(f"{path.name} is there already, and was not saved by procsim serve; give another name")) from None
        if not over:
            return False
    fresh = path.with_name(f".{path.stem[:60]}-{os.getpid()}.yaml")
    try:
        with fresh.open("xb") as file:
            file.write(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True
