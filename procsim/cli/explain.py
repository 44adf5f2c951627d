"""Does the command ``explain``: says what an op, a key or an address of a recipe means, in the words of the reference, and what the library holds."""

from __future__ import annotations

import argparse
from difflib import get_close_matches

from procsim.cli.prepare import DONE, wrong
from procsim.cli.show import console, tell
from procsim.model.explained import Said, explained
from procsim.recipe.shipped_entries import entry_names, shipped_entry


def explain_command(options: argparse.Namespace) -> int:
    """Prints each meaning below the key, with what it is a key of, and what may stand there."""
    found = _said(options.word)
    if options.json:
        from procsim.studies.result import Ready
        from procsim.tables.recipe import meanings

        tell(Ready("explain", options.word, {"explain": meanings(found)}))
        return DONE
    out = console()
    for one in found:
        out.print(f"{one.key}  ({one.where})")
        for line in filter(None, (one.meaning, one.facts)):
            out.print(f"  {line.replace('**', '')}")
    return DONE


def _said(word: str) -> tuple[Said, ...]:
    """What the recipe's language says of *word*, then what the library holds under that name."""
    held = shipped_entry(word)
    try:
        return explained(word) + held
    except KeyError as error:
        if held:
            return held
        near = dict.fromkeys((*error.args[1:], *get_close_matches(word, sorted(entry_names()), n=2)))
        meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise wrong(f"no op, key or address '{word}', and no process, tool group, material or part of the library{meant}") from None
