"""Reads what-ifs: edits of a flow, as texts of the command line, files, or plain mappings, each by a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procsim.errors import Problem, RecipeError
from procsim.experiments.vary import parted
from procsim.recipe import load as loading
from procsim.recipe.extends import base_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import NAMELESS, shipped
from procsim.studies.flow import Flow, Sets, load, texts

Edit = str | Path | Mapping[str, Any]
"""One edit: ``"layer.repeat=3;tools.exposure.count=4"``, the file of a what-if, both with ``;`` between, or ``{"layer.repeat": 3}``."""
MOST = 100
"""Edits of one comparison: each is compared with every other."""
NEEDED = "whatif needs an edit: --set address=value, --with a what-if, --edit either, or a recipe that extends another"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A recipe that an edit made, and what the edit is called."""

    name: str
    recipe: Recipe


def what_ifs(flow: Flow, edits: Edit | Sequence[Edit] | None, set: Sets = (), over: Sequence[Path | str] = ()) -> tuple[Recipe, list[WhatIf]]:
    """The base and what each of *edits* makes of it, which has *set* and *over* as the base has; without any edit, *flow* is a what-if itself, and
    its base is what it extends. Raises RecipeError."""
    if edits is None:
        return extended(flow, set, over)
    base = load(flow, set, over)
    each = [edits] if isinstance(edits, str | Path | Mapping) else list(edits)
    if not each:
        raise RecipeError(Problem(NEEDED))
    if len(each) > MOST:
        raise RecipeError(Problem(f"whatif compares {MOST} edits at most (got {len(each)}); procsim sweep works out any number of points"))
    found = [edited(base, one) for one in each]
    for number, one in enumerate(found):
        if any(other.name == one.name for other in found[:number]):
            raise RecipeError(Problem(f"--edit {one.name}: is there twice"))
    return base, found


def extended(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> tuple[Recipe, list[WhatIf]]:
    """What *flow* extends, and *flow*; where there are edits *set* or variants *over*, *flow* without these, and with them."""
    if set or over:
        edit = load(flow, set, over)
        return load(flow), [WhatIf(", ".join(texts(set)) or edit.title, edit)]
    path = flow.path if isinstance(flow, Recipe) else flow
    below = base_of(shipped(path)) if not isinstance(path, Mapping) and Path(path).name != NAMELESS else None
    if below is None:
        raise RecipeError(Problem(NEEDED))
    edit = load(flow)
    return load(below), [WhatIf(edit.title, edit)]


def edited(base: Recipe, edit: Edit) -> WhatIf:
    """*base* after one edit. Raises RecipeError."""
    if isinstance(edit, Mapping):
        sets, files = texts(edit), []
    else:
        pieces = [edit] if isinstance(edit, Path) else [*parted(edit, ";")]
        if not pieces or not all(map(str, pieces)):
            raise RecipeError(Problem(f"--edit '{edit}': there is nothing between two ;"))
        sets = [str(piece) for piece in pieces if "=" in str(piece) and not isinstance(piece, Path)]
        files = [shipped(piece) for piece in pieces if isinstance(piece, Path) or "=" not in piece]
    for file in files:
        if file.suffix not in (".yaml", ".yml"):
            raise RecipeError(Problem(f"--edit '{file}' is neither address=value nor the file of a what-if, which ends in .yaml"))
    recipe = loading.again(base, sets, files)
    return WhatIf("; ".join([*(file.stem for file in files), *sets]), recipe)
