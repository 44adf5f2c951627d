"""Does the command ``explain``: says what an op, a key or an address of a recipe means, in the words of the reference."""

from __future__ import annotations

import argparse

from procsim.cli.prepare import DONE, wrong
from procsim.cli.show import console, tell
from procsim.model.explained import explained


def explain_command(options: argparse.Namespace) -> int:
    """Prints each meaning below the key, with what it is a key of."""
    try:
        found = explained(options.word)
    except KeyError as error:
        word, *near = error.args
        raise wrong(f"no op, key or address '{word}'" + (f"; did you mean {' or '.join(map(repr, near))}?" if near else "")) from None
    if options.json:
        from procsim.studies.result import Ready
        from procsim.tables.recipe import meanings

        tell(Ready("explain", options.word, {"explain": meanings(found)}))
        return DONE
    out = console()
    for one in found:
        out.print(f"{one.key}  ({one.where})")
        out.print(f"  {one.meaning}")
    return DONE
