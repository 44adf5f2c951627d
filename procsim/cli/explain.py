"""Does the command ``explain``: says what an op, a key or an address of a recipe means, what the library holds, and what words of the output mean."""

from __future__ import annotations

import argparse
from difflib import SequenceMatcher, get_close_matches

from procsim.cli.prepare import DONE, wrong
from procsim.cli.show import console, tell
from procsim.model.explained import Said, explained
from procsim.recipe.shipped_entries import entry_names, shipped_entry
from procsim.tables.meanings import known_words, meanings

MOST = 4
"""Words that may have been meant, at most."""


def explain_command(options: argparse.Namespace) -> int:
    """Prints each meaning below the key, with what it is a key of, and what may stand there."""
    word = " ".join(options.word)
    found = _said(word)
    if options.json:
        from procsim.studies.result import Ready
        from procsim.tables.recipe import meanings as as_table

        tell(Ready("explain", word, {"explain": as_table(found)}))
        return DONE
    out = console()
    for one in found:
        out.print(f"{one.key}  ({one.where})")
        for line in filter(None, (one.meaning, one.facts)):
            out.print(f"  {line.replace('**', '')}")
    return DONE


def _said(word: str) -> tuple[Said, ...]:
    """What the recipe's language says of *word*, then what the library holds under that name, then what it means in the output."""
    held = (*shipped_entry(word), *meanings(word))
    try:
        return explained(word) + held
    except KeyError as error:
        if held:
            return held
        name = word.lower().replace(" ", "_")
        words = {*error.args[1:], *get_close_matches(word, sorted(entry_names()), n=2), *get_close_matches(name, sorted(known_words()), n=2)}
        near = sorted(words, key=lambda one: (-SequenceMatcher(None, name, one).ratio(), one))[:MOST]
        meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise wrong(f"no op, key or address '{word}', no entry of the library, and no word of the output{meant}") from None
