"""Refuses options that would have no effect beside the others, and says which of them would make them work."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from procsim.cli.prepare import wrong
from procsim.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Rule:
    """*flags* of *commands* (of all, where none are named) that do nothing unless the other options *work* for them, and *otherwise*: what is to be
    said then."""

    commands: tuple[str, ...]
    flags: tuple[str, ...]
    work: Callable[[argparse.Namespace], bool]
    otherwise: str


RULES = (
    Rule(("sweep",), ("--replications", "--seed"), lambda o: o.simulate, "is of simulations: say --simulate, too, or leave it out"),
    Rule(("size",), ("--replications", "--seed", "--jobs"), lambda o: o.simulate, "is of simulations: say --simulate, too, or leave it out"),
    Rule(("optimise",), ("--few", "--replications", "--indifference"), lambda o: o.simulate,
         "is of simulations, and --no-simulate wants none: leave one of them out"),
    Rule(("compare", "breakeven"), ("--replications", "--seed", "--jobs"), lambda o: not o.estimate,
         "is of simulations, and --estimate simulates nothing: leave one of them out"),
    Rule(("run",), ("--max-replications",), lambda o: bool(o.precision), "goes with --precision, which says what more replications are for"),
    Rule(("estimate",), ("--seed", "--jobs"), lambda o: bool(o.uncertainty), "is of draws, of which --uncertainty N makes some"),
    Rule(("sensitivity",), ("--seed", "--trajectories"), lambda o: o.method != "tornado", "is of --method morris or sobol: a tornado draws nothing"),
    Rule(("sensitivity",), ("--samples",), lambda o: o.method == "sobol", "is of --method sobol"),
    Rule(("whatif",), ("--figure",), lambda o: bool(o.edits), "says what several edits are ranked by: name them with --edit"),
    Rule((), ("--markdown",), lambda o: not getattr(o, "json", False), "is of tables, and --json prints none: leave one of them out"),
)
"""The rules, in the order in which they are told."""


def refuse_idle(options: argparse.Namespace) -> None:
    """Raises RecipeError where an option that was said has no effect."""
    if told := list(_idle(options)):
        raise RecipeError(*(problem for message in told for problem in wrong(message).problems))


def _idle(options: argparse.Namespace) -> Iterator[str]:
    """What is wrong with each option that has no effect."""
    said = {word.partition("=")[0] for word in options.words if word.startswith("--")}
    for rule in RULES:
        if (not rule.commands or options.command in rule.commands) and not rule.work(options):
            yield from (f"{flag} {rule.otherwise}" for flag in rule.flags if flag in said)
