"""Says of a file that is not there what may have been meant."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

FEW = 8
"""Files that a message lists, at most."""


def beside(path: Path, ending: str) -> str:
    """The hint for the name of a file that is not there: what was meant, or files of that *ending* that its folder has."""
    there = sorted(one.name for one in path.parent.glob(f"*{ending}")) if path.parent.is_dir() else []
    near = get_close_matches(path.name.removesuffix(ending), [name.removesuffix(ending) for name in there], n=1)
    if near:
        return f"; did you mean '{near[0]}{ending}'?"
    return f"; this folder has {', '.join(there[:FEW])}{' …' if len(there) > FEW else ''}" if there else ""
