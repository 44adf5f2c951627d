"""Does the commands: a function for each, which says with what code to exit."""

from __future__ import annotations

import argparse
import json
import traceback
from collections.abc import Sequence
from contextlib import nullcontext

from procsim.cli.parser import parse
from procsim.cli.prepare import BUG, DONE, INFEASIBLE, WRONG, prepared
from procsim.cli.show import console, tell
from procsim.cli.stop import Stop
from procsim.cli.work import INTERRUPTED
from procsim.closed_form.solve import ClosedForm
from procsim.errors import InfeasibleError, Problem, RecipeError, StoppedError, short
from procsim.planning.plan import Plan
from procsim.recipe.changes import blamed
from procsim.recipe.recipe import Recipe
from procsim.results.diagnostics import of_buffers, of_numbers, of_plan, of_release, of_yield
from procsim.results.overload import refuse_overload, short_of_staff


def run(arguments: Sequence[str], stop: Stop | None = None) -> int:
    """Runs one command, which finds *stop* among its options; every end of it has its exit code."""
    try:
        options = parse(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    options.stop = stop = stop or Stop()
    stop.within(getattr(options, "max_wall_s", None))
    try:
        with stop.may() if options.command in TELLING else nullcontext():
            code = COMMANDS[options.command](options)
        return stop.code or code
    except RecipeError as error:
        _tell(error, options)
        return WRONG
    except InfeasibleError as error:
        console(error=True).print(f"error: {error}")
        _as_json([Problem(str(error))], INFEASIBLE, options)
        return INFEASIBLE
    except StoppedError:
        what = "replication was finished" if options.command not in ("estimate", "optimise") else "result was found"
        console(error=True).print(f"error: no {what} within {stop.seconds:g} s: allow more time, or shorten run.horizon_h")
        return INFEASIBLE
    except KeyboardInterrupt:
        console(error=True).print("interrupted; nothing was written")
        return stop.code or INTERRUPTED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        console(error=True).print(f"error: {where}{error.strerror or error}")
        return INFEASIBLE
    except Exception:
        return _fault(stop)


def _fault(stop: Stop) -> int:
    """Tells of the exception that is being handled, which nobody expected."""
    if stop.signal:  # a library may make of an interruption what it likes
        console(error=True).print("interrupted; nothing was written")
        return stop.code
    traceback.print_exc()
    console(error=True).print("this is a fault of procsim, not of your recipe")
    return BUG


def _tell(error: RecipeError, options: argparse.Namespace) -> None:
    """Every mistake on a line of its own; one that a ``--set`` made, by its name."""
    news, sets = console(error=True), getattr(options, "sets", [])
    before = {problem for flow in _flows(options) for problem in _mistakes(options, flow)} if sets else set()
    problems = [problem if problem in before else blamed(problem, sets) for problem in error.problems]
    for problem in problems:
        news.print(str(problem))
    _as_json(problems, WRONG, options)
    count = len(problems)
    news.print(f"{count} error{'s' if count > 1 else ''}; nothing was run")
    if sets and not before and not any(problem.place is not None and problem.place.file.startswith("--set") for problem in problems):
        news.print(f"without {' '.join(f'--set {short(text)}' for text in sets)} there is no error")


def _as_json(problems: Sequence[Problem], code: int, options: argparse.Namespace) -> None:
    """Tells scripts that ask for JSON what is wrong."""
    if options.json:
        from procsim.studies.result import Ready
        from procsim.tables.recipe import problems as table

        tell(Ready("error", f"{len(problems)} error{'s' if len(problems) > 1 else ''}", {"problems": table(problems)}, facts={"exit_code": code}))


def _flows(options: argparse.Namespace) -> list[str]:
    """The recipes that a command is about."""
    return list(getattr(options, "flows", None) or [options.flow])


def _mistakes(options: argparse.Namespace, flow: str) -> tuple[Problem, ...]:
    """What is wrong with the recipe *flow* before it is edited."""
    try:
        prepared(options, (), flow)
    except RecipeError as error:
        return error.problems
    except (InfeasibleError, OSError):
        return ()
    return ()


def check(options: argparse.Namespace) -> int:
    """Legality, quantities and capacity at a glance."""
    from procsim.cli.line import found_words, line
    from procsim.cli.packages import foreseen, several, units
    from procsim.cli.text import begun, capacity, operators, package, steps

    recipe, plan, closed = prepared(options)
    if options.json:
        return _checked(recipe, plan, closed)
    out = console()
    out.print(f"{recipe.path}: {recipe.title}")
    out.print(f"{len(plan.steps)} steps, {len(plan.groups.names)} tool groups, {units(plan)} units per panel, {plan.lot_panels} panels per lot")
    out.print(steps(plan))
    if plan.product:
        out.print("")
        out.print(package(plan))
    out.print("")
    out.print(line(recipe, plan))
    if plan.wanted is not None:
        out.print(found_words(plan))
    out.print("")
    out.print(capacity(plan, closed))
    if several(plan):
        out.print("")
        out.print(foreseen(plan, closed))
    if plan.groups.duty.pools:
        out.print("")
        out.print(operators(plan, closed))
    if plan.wip is not None:
        out.print("")
        out.print(begun(plan))
    refuse_overload(plan, closed, False)
    for warning in short_of_staff(plan, closed):
        console(error=True).print(f"warning: {warning}")
    _warn(plan)
    for warning in [*of_yield(plan, closed), *of_release(plan), *of_buffers(plan, closed), *of_plan(plan, closed), *of_numbers(recipe)]:
        console(error=True).print(f"warning: {warning}")
    out.print("ok")
    return DONE


def _checked(recipe: Recipe, plan: Plan, closed: ClosedForm) -> int:
    """The same as JSON, where a line that is overloaded has its JSON too."""
    from procsim.studies.check import checked

    found = checked(recipe, plan, closed)
    tell(found)
    for warning in found.tables["warnings"]["warning"]:
        console(error=True).print(f"warning: {warning}")
    try:
        refuse_overload(plan, closed, False)
    except InfeasibleError as error:
        console(error=True).print(f"error: {error}")
        return INFEASIBLE
    return DONE


def _warn(plan: Plan) -> None:
    """What is suspicious about the package, on stderr."""
    for warning in plan.warnings:
        console(error=True).print(f"warning: {warning}")


def show(options: argparse.Namespace) -> int:
    """The flat recipe and where all of it came from."""
    from procsim.cli.line import found_words
    from procsim.cli.text import dies, flat, heat, package, rates
    from procsim.section.build import build
    from procsim.section.figures_of_merit import merits

    recipe, plan, _ = prepared(options)
    if options.json:
        from procsim.studies.check import shown

        tell(shown(recipe, plan))
        _warn(plan)
        return DONE
    out = console()
    out.print(f"{recipe.title}  ({recipe.path}, recipe {recipe.hash})")
    out.print(flat(recipe, plan))
    if plan.wanted is not None:
        out.print(found_words(plan))
    if plan.product:
        out.print("")
        out.print(package(plan))
        out.print("")
        out.print(heat(merits(recipe, build(recipe)).paths))
    for made in (dies(recipe), rates(recipe)):
        if made is not None:
            out.print("")
            out.print(made)
    _warn(plan)
    return DONE


def estimate(options: argparse.Namespace) -> int:
    from procsim.cli.estimate import estimate_command

    return estimate_command(options)


def simulate(options: argparse.Namespace) -> int:
    from procsim.cli.simulate import run_command

    return run_command(options)


def size(options: argparse.Namespace) -> int:
    from procsim.cli.size import size_command

    return size_command(options)


def whatif(options: argparse.Namespace) -> int:
    from procsim.cli.whatif import whatif_command

    return whatif_command(options)


def compare(options: argparse.Namespace) -> int:
    from procsim.cli.compare import compare_command

    return compare_command(options)


def curve(options: argparse.Namespace) -> int:
    from procsim.cli.curve import curve_command

    return curve_command(options)


def sweep(options: argparse.Namespace) -> int:
    from procsim.cli.sweep import sweep_command

    return sweep_command(options)


def cluster(options: argparse.Namespace) -> int:
    from procsim.cli.sweep import cluster_command

    return cluster_command(options)


def breakeven(options: argparse.Namespace) -> int:
    from procsim.cli.breakeven import breakeven_command

    return breakeven_command(options)


def sensitivity(options: argparse.Namespace) -> int:
    from procsim.cli.sensitivity import sensitivity_command

    return sensitivity_command(options)


def optimise(options: argparse.Namespace) -> int:
    from procsim.cli.optimise import optimise_command

    return optimise_command(options)


def draw(options: argparse.Namespace) -> int:
    from procsim.cli.draw import draw_command

    return draw_command(options)


def alternatives(options: argparse.Namespace) -> int:
    from procsim.cli.alternatives import alternatives_command

    return alternatives_command(options)


def schema(options: argparse.Namespace) -> int:
    """The JSON schema of recipes, for editors."""
    from procsim import report
    from procsim.cli.targets import schema_target
    from procsim.recipe.schema import text

    if options.out:
        report.save_file(schema_target(options.out), text().encode())
    if options.json:
        from procsim.studies.result import Ready

        tell(Ready("schema", "the JSON schema of recipes", {}, facts={"recipe_schema": json.loads(text())}))
    elif not options.out:
        print(text(), end="")
    return DONE


COMMANDS = {"run": simulate, "check": check, "show": show, "estimate": estimate, "whatif": whatif, "compare": compare, "breakeven": breakeven,
            "sensitivity": sensitivity, "curve": curve, "sweep": sweep, "cluster": cluster, "size": size, "optimise": optimise,
            "draw": draw, "alternatives": alternatives, "schema": schema}
TELLING = ("check", "show", "alternatives")
"""Commands that write nothing, and may be stopped anywhere."""
