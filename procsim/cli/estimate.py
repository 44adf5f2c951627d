"""Does the command ``estimate``: prints what the closed form says of a flow, or writes its tables."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from procsim.cli.prepare import DONE, INFEASIBLE, prepared
from procsim.cli.show import advancing, console, progress, tell
from procsim.closed_form.sensitivity import Swing, swings
from procsim.errors import InfeasibleError, StoppedError
from procsim.planning.plan import Plan
from procsim.recipe.inputs import inputs
from procsim.recipe.recipe import Recipe
from procsim.studies.estimate import EstimateResult
from procsim.studies.uncertainty import Uncertainty


def estimate_command(options: argparse.Namespace) -> int:
    """The closed form, and what is drawn of it; the tables go to ``--out``."""
    from procsim.cli.targets import put_down, report_target

    if options.out:
        report_target(options.out)
    with options.stop.may():
        recipe, plan, closed = prepared(options)
    plan = plan if options.seed is None else replace(plan, seed=options.seed)
    known, drawn, late = _drawn(recipe, plan, options)
    found = EstimateResult(recipe, plan, closed, known, drawn)
    with options.stop.may() if late is None else nullcontext():
        _print(found, options, late is None)
    if late is not None:
        raise late
    written = not options.out or put_down(options.out, partial(found.save, also=options.also), aside=options.json)
    if options.stop.missing:
        console(error=True).print(f"warning: {options.stop.missing}")
    return DONE if written else INFEASIBLE


def _drawn(recipe: Recipe, plan: Plan, options: argparse.Namespace) -> tuple[tuple[Swing, ...], Uncertainty | None, BaseException | None]:
    """What the cost owes to each number, where that is to be told, and the draws of ``--uncertainty``, or what came before they were done: the closed
    form is there all the same."""
    from procsim.cli.uncertainty import drawn

    if not options.uncertainty:
        asked = options.out and not plan.money.free
        if not asked:
            return (), None, None
        of = inputs(recipe)
        with progress(len(of), "provenance") as bar:
            return options.stop.unless("provenance", lambda: swings(recipe, of, advancing(bar)), ()), None, None
    try:
        with options.stop.may():
            known = tuple(swings(recipe)) if not plan.money.free else ()
            return known, drawn(recipe, plan, known, options, options.stop.end), None
    except (InfeasibleError, StoppedError, KeyboardInterrupt) as end:
        return (), None, end


def _print(found: EstimateResult, options: argparse.Namespace, whole: bool) -> None:
    """What the closed form says, on stdout, as JSON where it is *whole*; and what is suspicious, on stderr."""
    from procsim.cli.closed import paragraphs
    from procsim.cli.uncertainty import print_resting, print_uncertainty

    errors = console(error=True)
    for line in found.overloads:
        errors.print(f"warning: overloaded: {line}. What follows is what it can give")
    if options.json and whole:
        tell(found)
    elif not options.json:
        out = console()
        out.print(found.title)
        for turn, told in enumerate(paragraphs(found.recipe, found.plan, found.closed, found.uncertain)):
            if turn:
                out.print("")
            out.print(told)
    for warning in found.warnings:
        errors.print(f"warning: {warning}")
    if found.uncertain is not None and not options.json:
        console().print("")
        print_resting(found.known)
        print_uncertainty(found.uncertain)
