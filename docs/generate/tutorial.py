"""Draws the package that the first tutorial writes out, from the blocks of its page."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from generate.gallery import picture

from procsim.recipe.load import load

BLOCK = re.compile(r"^```{code-block} yaml\n:caption: fanout\.yaml(, its steps)?\n(.*?)^```", re.S | re.M)
STEPS = re.compile(r"^steps:\n(?:[ \t#][^\n]*\n|\n)*", re.M)


def write(page: Path, pictures: Path) -> None:
    """Writes tutorial_fanout.svg into *pictures*: the recipe of *page*, with the steps that it has in the end."""
    (_, recipe), (_, steps) = BLOCK.findall(page.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fanout.yaml"
        path.write_text(STEPS.sub(lambda _: steps + "\n", recipe), encoding="utf-8")
        (pictures / "tutorial_fanout.svg").write_bytes(picture(load(path)))
