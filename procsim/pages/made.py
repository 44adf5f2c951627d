"""Tells how a result was made, so that it can be made again: the command, the recipe and what it changes, versions, and files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from procsim.pages.content import Block, Cell, CodeBlock, Column, Found, LinksBlock, Section, TableBlock, TextBlock

HIDDEN = {"recipe", "recipes", "ranges", "warnings", "versions", "files", "wall_s", "flows", "set", "with", "warmup_advice", "changes", "command",
          "no_closed_form", "left_out", "overloads", "sha256", "recipe_sha256_16", "file", "edits", "moved", "names", "varied", "lay_over",
          "no_crossing"}
"""Facts that stand elsewhere on a page, or that differ from one time to the next."""
NAMES = {"made_by": "sweep made by", "horizon_h": "horizon, h", "warmup_h": "warm-up, h", "python": "version of Python"}
ENDINGS = (".xlsx", ".csv", ".parquet", ".svg", ".png", ".json")
"""Of files, in the order in which they are listed."""


def made(found: Found) -> Section:
    """The last section of a page."""
    facts = found.facts
    blocks: list[Block] = [CodeBlock(text, "The command")] if (text := command(found)) else []
    recipes = [one for one in facts.get("recipes") or [facts] if isinstance(one, Mapping) and one.get("recipe_sha256_16")]
    if recipes:
        blocks.append(_recipes(recipes))
    blocks += [_changes(one, n) for n, one in enumerate(recipes) if (one.get("changes") or {}).get("edits")]
    left = [str(facts.get("left_out") or ""), *(f"No closed form: {', '.join(facts['no_closed_form'])}." for _ in [0] if facts.get("no_closed_form"))]
    if any(left):
        blocks.append(TextBlock([text for text in left if text]))
    rows = [[Cell(NAMES.get(name, name.replace("_", " "))), Cell(_text(value))] for name, value in sorted(facts.items())
            if name not in HIDDEN and _text(value)]
    versions = facts.get("versions") or {}
    rows += [[Cell(f"version of {name}"), Cell(str(version))] for name, version in sorted(versions.items())]
    if rows:
        blocks.append(TableBlock("t-made", "With what it was made", [Column("what"), Column("is")], rows, shown=40))
    files = sorted(found.files, key=lambda name: (_rank(name), name))
    if files:
        blocks.append(LinksBlock([(quote(name), name, "") for name in files]))
    return Section("made", "Make it again", "How to make it again", blocks)


def _rank(name: str) -> int:
    return next((n for n, ending in enumerate(ENDINGS) if name.endswith(ending)), len(ENDINGS))


def _recipes(recipes: Sequence[Mapping[str, Any]]) -> TableBlock:
    """Each recipe with its file, its hash, and what was set in it."""
    rows = [[Cell(str(one.get("flow", ""))), Cell(str(one.get("file", ""))), Cell(str(one["recipe_sha256_16"])),
             Cell(_text([*(f"--with {path}" for path in one.get("with") or ()), *(one.get("set") or ())]))] for one in recipes]
    return TableBlock("t-recipes", "Of which recipe" if len(rows) == 1 else "Of which recipes",
                      [Column("recipe"), Column("file"), Column("SHA-256 (16 digits)"), Column("set")], rows)


def _changes(recipe: Mapping[str, Any], number: int) -> TableBlock:
    """What a recipe changes of the one that it extends, or of its file."""
    changes = recipe["changes"]
    rows = [[Cell(str(address)), Cell(str(before)), Cell(str(after))] for address, before, after in changes["edits"]]
    more = f" ({changes['left_out']} more are left out)" if changes.get("left_out") else ""
    return TableBlock("t-changes" if number == 0 else f"t-changes-{number}",
                      f"What {recipe.get('flow', 'the recipe')} changes of {changes.get('base', 'its base')}{more}",
                      [Column("address"), Column("base"), Column("here")], rows, shown=20)


def command(found: Found) -> str:
    """What to type for the same result; nothing where a program asked for it."""
    facts = found.facts
    if facts.get("command"):
        return shlex.join(["procsim", *(str(word) for word in facts["command"])])
    if found.kind not in ("run", "estimate"):
        return ""
    words = ["procsim", found.kind, str(facts.get("file") or f"flows/{facts.get('flow', 'FLOW')}.yaml")]
    for path in facts.get("with") or ():
        words += ["--with", _text(path)]
    for text in facts.get("set") or ():
        words += ["--set", str(text)]
    run = (facts.get("recipe") or {}).get("run") or {}
    for name in ("replications", "seed"):
        if facts.get(name) is not None and facts.get(name) != run.get(name) and facts.get("variability", True):
            words += [f"--{name}", str(facts[name])]
    if facts.get("variability") is False:
        words.append("--no-variability")
    if facts.get("draws"):
        words += ["--uncertainty", str(facts["draws"])]
    return shlex.join(words)


def _text(value: Any) -> str:
    """A fact in a cell; nothing where it is one of many parts."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(part)}" for key, part in sorted(value.items()))[:300]
    if isinstance(value, list | tuple):
        return ", ".join(_text(part) for part in value)[:300]
    if isinstance(value, str) and value.startswith("/"):
        return PurePath(value).name  # where it lay is nobody's business
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
