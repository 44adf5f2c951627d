"""Writes every page that is generated, before Sphinx reads any."""

from __future__ import annotations

from pathlib import Path

from generate import commands, drivers, gallery, keys, ops, tutorial, validation, words


def write(docs: Path) -> None:
    """All of them, in docs/reference/generated."""
    folder = docs / "reference" / "generated"
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    keys.write(folder)
    ops.write(folder, pictures)
    drivers.write(folder)
    commands.write(folder)
    words.write(folder)
    gallery.write(folder, pictures)
    tutorial.write(docs / "tutorials" / "first_package.md", pictures)
    validation.write(folder)
