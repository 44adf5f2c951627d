"""Writes the page of commands from what the command line says of itself."""

from __future__ import annotations

import os
from pathlib import Path

WIDTH = "110"


def write(folder: Path) -> None:
    """Writes commands.md into *folder*."""
    os.environ["COLUMNS"] = WIDTH
    from procsim.cli.parser import EXAMPLES, parser, parser_of

    lines = ["# Commands", "", "What `procsim COMMAND --help` prints.", "", "```text", parser().format_help().rstrip(), "```", ""]
    for name in EXAMPLES:
        lines += [f"## procsim {name}", "", "```text", parser_of(name).format_help().rstrip(), "```", ""]
    (folder / "commands.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
