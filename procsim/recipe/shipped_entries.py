"""Finds an entry of the libraries that come with procsim by its name: a process, tool group, material, part or bound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from procsim.model.descriptions import descriptions
from procsim.model.explained import Said
from procsim.model.units import unit
from procsim.recipe.entries import ENTRIES
from procsim.recipe.source import SHIPPED, read_file
from procsim.recipe.tree import Node

KINDS = {"tools": "tool group", "processes": "process", "materials": "material", "parts": "part", "bounds": "bound"}
"""Section → what one of its entries is called."""
RANGE = {"mid", "low", "high", "source"}
"""What a number may say of itself."""


def shipped_entry(word: str) -> tuple[Said, ...]:
    """What the shipped libraries say of the entry *word*, which may have its section before it (``materials.copper``): first where it stands and its
    source, then each of its keys with its values. Where several files have it, each says which recipes take it. Empty where there is none."""
    section, _, name = word.rpartition(".")
    files = [(kind, file, held) for kind, file, held in _libraries() if section in ("", kind) and name in held.mapping]
    of = {kind: [file for other, file, _ in files if other == kind] for kind, _, _ in files}
    return tuple(said for kind, file, held in files for said in _entry(kind, file, name, held, _taken(kind, file, of[kind])))


def entry_names() -> frozenset[str]:
    """All that ``shipped_entry`` finds."""
    return frozenset(name for _, _, held in _libraries() for name in held.mapping)


@cache
def _libraries() -> tuple[tuple[str, str, Node], ...]:
    """(section, file, what it holds) of each file of the library."""
    return tuple((section, f"flows:library/{path.name}", read_file(path)) for section in ENTRIES
                 for path in sorted((SHIPPED / "library").glob(f"{section}*.yaml")))


def _taken(section: str, file: str, files: list[str]) -> str:
    """Which recipes take an entry of the *section* that stands in *file*, where all of *files* hold one of its name; nothing where that is told by
    the place alone."""
    base = f"flows:library/{section}.yaml"
    if file != base:
        where = f"a recipe that says `library: {{{section}: [shipped, {file}]}}`"
        return f"Laid over the entry in {base}, key by key, in {where}" if base in files else f"There only in {where}"
    above = [one for one in files if one != base]
    over = " or ".join(above)
    return f"Taken by every recipe that says nothing else; {over} lies over it where a recipe names that under `library`" if above else ""


def _entry(section: str, file: str, name: str, held: Node, taken: str) -> Iterator[Said]:
    entry, told = held.mapping[name], descriptions(ENTRIES[section])
    source = entry.text("source") or entry.text("note") or "No source is named."
    yield Said(name, f"{KINDS[section]}, {file}:{held.place_of(name).line}", source, taken)
    for key, item in entry.mapping.items():
        if key not in ("source", "note"):
            yield Said(key, name, told.get(key, ""), written(item) + (f", in {unit(key)}" if unit(key) else ""))


def written(node: Node) -> str:
    """What *node* holds, in one line: a number that is believed within a range as 210 (100 to 480), each amount with what it is per."""
    held = node.mapping
    if "mid" in held:
        low, high = (written(held[end]) if end in held else "?" for end in ("low", "high"))
        return f"{written(held['mid'])} ({low} to {high})"
    if held:
        return ", ".join(f"{key}: {{{written(item)}}}" if item.mapping.keys() - RANGE else f"{key} {written(item)}" for key, item in held.items())
    if node.items:
        return ", ".join(written(item) for item in node.items)
    value = node.value
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
