"""Tells how a result was made, so that it can be made again: the command, the recipe and what it changes, versions, and files."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from procsim.pages.content import Block, Cell, CodeBlock, Column, Found, LinksBlock, Section, TableBlock, TextBlock

HIDDEN = {"recipe", "ranges", "warnings", "versions", "files", "wall_s", "flows", "set", "with", "warmup_advice", "changes", "command",
          "no_closed_form", "left_out", "overloads", "sha256"}
"""Facts that stand elsewhere on a page, or that differ from one time to the next."""


def made(found: Found) -> Section:
    """The last section of a page."""
    facts = found.facts
    blocks: list[Block] = [CodeBlock(text, "The command")] if (text := command(found)) else []
    changes = facts.get("changes") or {}
    if changes.get("edits"):
        rows = [[Cell(str(address)), Cell(str(before)), Cell(str(after))] for address, before, after in changes["edits"]]
        blocks.append(TableBlock("t-changes", f"What the recipe changes of {changes.get('base', 'its base')}",
                                 [Column("address"), Column("base"), Column("here")], rows, shown=20))
    left = [str(facts.get("left_out") or ""), *(f"No closed form: {', '.join(facts['no_closed_form'])}." for _ in [0] if facts.get("no_closed_form"))]
    if any(left):
        blocks.append(TextBlock([text for text in left if text]))
    rows = [[Cell(name.replace("_", " ")), Cell(_text(value))] for name, value in sorted(facts.items()) if name not in HIDDEN and _text(value)]
    versions = facts.get("versions") or {}
    known = versions.items() if isinstance(versions, Mapping) else [("procsim and its libraries", versions)]
    rows += [[Cell(f"version of {name}"), Cell(str(version))] for name, version in sorted(known)]
    if rows:
        blocks.append(TableBlock("t-made", "With what it was made", [Column("what"), Column("is")], rows, shown=40))
    files = {*(f"{name}.csv" for name in found.tables), *(f"{name}.svg" for name in found.pictures), "run.json",
             *(["lots.csv"] if found.kind == "run" else []), *(str(name) for name in facts.get("sha256") or ())}
    blocks.append(LinksBlock([(name, name, "") for name in sorted(files)]))
    return Section("made", "Make it again", "How to make it again", blocks)


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
        return ", ".join(f"{key} {_text(part)}" for key, part in value.items())[:300]
    if isinstance(value, list | tuple):
        return ", ".join(_text(part) for part in value)[:300]
    if isinstance(value, str) and value.startswith("/"):
        return PurePath(value).name  # where it lay is nobody's business
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
