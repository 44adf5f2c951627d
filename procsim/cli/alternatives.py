"""Does the command ``alternatives``: lists what a folder of recipes shows of the source documents, or what a flow could be else, by cost."""

from __future__ import annotations

import argparse
from pathlib import Path

from procsim.cli.prepare import DONE
from procsim.cli.show import advancing, console, progress, table, tell
from procsim.experiments.choices import AS_IT_IS, Worth, cheapest_first
from procsim.maths.numerals import number
from procsim.recipe.source import SHIPPED, shipped
from procsim.studies.alternatives import alternatives
from procsim.studies.alternatives_of import AlternativesOfResult, alternatives_of


def alternatives_command(options: argparse.Namespace) -> int:
    """Prints the table of a folder as markdown, and that of a flow the cheapest first."""
    if options.folder and shipped(options.folder).is_file():
        return _of_flow(shipped(options.folder), options)
    found = alternatives(options.folder or SHIPPED)
    if options.json:
        tell(found)
        return DONE
    print("| paragraph | alternative | file |\n|---|---|---|")
    for paragraph, words, files in found.rows:
        print(f"| {paragraph} | {words} | {', '.join(files)} |")
    return DONE


def _of_flow(flow: Path, options: argparse.Namespace) -> int:
    with progress(None, "alternatives") as bar:
        more = advancing(bar)
        found = alternatives_of(flow, news=lambda *_: more(1))
    if options.json:
        tell(found)
    else:
        _told(found)
    return DONE


def _told(found: AlternativesOfResult) -> None:
    """All that is printed."""
    out, base = console(), found.as_it_is
    rows = [[one.choice.text if one.choice.kind else found.recipe.flow, one.choice.kind or AS_IT_IS, *_cells(one, base)]
            for one in cheapest_first([base, *found.found])]
    out.print(f"{found.title}: each alone, in closed form, USD per good unit on the line as it is")
    out.print(table(["alternative", "kind", "bottleneck", "load, %", "fully loaded", "change", "direct", "yield, %"], rows, left=3))
    if found.refused:
        out.print(f"{len(found.refused)} more cannot be built; --json says why")


def _cells(one: Worth, base: Worth) -> list[str]:
    change = one.loaded - base.loaded
    return [one.bottleneck + (" (overloaded)" if one.load >= 1 else ""), number(100 * one.load, 3), number(one.loaded, 4),
            f"{'+' if change > 0 else ''}{number(change, 3)}" if one is not base else "–", number(one.direct, 4), number(100 * one.yield_, 4)]
