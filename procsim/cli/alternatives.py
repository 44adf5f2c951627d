"""Does the command ``alternatives``: lists what a folder of recipes shows of the source documents."""

from __future__ import annotations

import argparse

from procsim.cli.prepare import DONE
from procsim.cli.show import tell
from procsim.recipe.source import SHIPPED
from procsim.studies.alternatives import alternatives


def alternatives_command(options: argparse.Namespace) -> int:
    """Prints the table as markdown."""
    found = alternatives(options.folder or SHIPPED)
    if options.json:
        tell(found)
        return DONE
    print("| paragraph | alternative | file |\n|---|---|---|")
    for paragraph, words, files in found.rows:
        print(f"| {paragraph} | {words} | {', '.join(files)} |")
    return DONE
