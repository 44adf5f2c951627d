"""Does the commands: a function for each, which says with what code to exit."""

from __future__ import annotations

import argparse
import json
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from procsim import report
from procsim.cli.effect import refuse_idle
from procsim.cli.parser import COMMANDS as TOLD
from procsim.cli.parser import REPORTS, MisusedError, parse, parser_of
from procsim.cli.prepare import BUG, DONE, INFEASIBLE, WRONG, prepared, wrong
from procsim.cli.show import MANNER, Manner, console, doing, tell
from procsim.cli.stop import Stop
from procsim.cli.work import INTERRUPTED
from procsim.engine.engines import using
from procsim.errors import InfeasibleError, Problem, RecipeError, StoppedError, short
from procsim.recipe.changes import blamed, once


def run(arguments: Sequence[str], stop: Stop | None = None) -> int:
    """Runs one command, which finds *stop* among its options; every end of it has its exit code."""
    try:
        options = parse(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    except MisusedError as error:
        console(error=True).print(f"error: {error}")
        _as_json([Problem(str(error))], WRONG, argparse.Namespace(json="--json" in arguments))
        return WRONG
    options.stop = stop = stop or Stop()
    stop.within(getattr(options, "max_wall_s", None))
    manner = MANNER.set(Manner(getattr(options, "markdown", False), options.verbose, options.quiet))
    try:
        with doing("in all"), using(getattr(options, "engine", None), "--engine"), stop.may() if options.command in TELLING else nullcontext():
            _beside(options)
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
        simulates = options.command not in ("estimate", "optimise", "size", "sensitivity")
        what, more = ("replication was finished", ", or shorten run.horizon_h") if simulates else ("result was found", "")
        told = f"no {what} within {stop.seconds:g} s: allow more time{more}"
        console(error=True).print(f"error: {told}")
        _as_json([Problem(told)], INFEASIBLE, options)
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
    finally:
        MANNER.reset(manner)


def _beside(options: argparse.Namespace) -> None:
    """Says what of ``--also`` there will not be, and which report of another command will be replaced. Raises RecipeError where there is no folder
    for ``--also``, and where an option has no effect beside the others."""
    refuse_idle(options)
    there = report.recorded(Path(options.out)).get("kind") if options.command in REPORTS and options.out else None
    if there and there != options.command:
        console(error=True).print(f"warning: {options.out} holds a report of {there}, which that of {options.command} will replace, all its files")
    if not (also := getattr(options, "also", ())):
        return
    if not options.out and options.command not in ("run", "curve"):
        raise wrong("--also says what else is written into a folder: name one with --out")
    from procsim.tables.parquet import MISSING, has_parquet

    if "parquet" in also and not has_parquet():
        console(error=True).print(MISSING)


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
    problems = once([problem if problem in before else blamed(problem, sets) for problem in error.problems])
    for problem in problems:
        news.print(str(problem))
    _as_json(problems, WRONG, options)
    count = len(problems)
    news.print(f"{count} error{'s' if count > 1 else ''}; nothing was run")
    if sets and not before and not any(problem.place is not None and problem.place.file.startswith("--set") for problem in problems) and _by_sets(
            error, options):
        news.print(f"without {' '.join(f'--set {short(text)}' for text in sets)} there is no error")


def _by_sets(error: RecipeError, options: argparse.Namespace) -> bool:
    """Whether what is wrong comes of reading a recipe with its edits, and not of the rest of the command."""
    return set(error.problems) <= {problem for flow in _flows(options) for problem in _mistakes(options, flow, options.sets)}


def _as_json(problems: Sequence[Problem], code: int, options: argparse.Namespace) -> None:
    """Tells scripts that ask for JSON what is wrong."""
    if getattr(options, "json", False):
        from procsim.studies.result import Ready
        from procsim.tables.recipe import problems as table

        tell(Ready("error", f"{len(problems)} error{'s' if len(problems) > 1 else ''}", {"problems": table(problems)}, facts={"exit_code": code}))


def _flows(options: argparse.Namespace) -> list[str]:
    """The recipes that a command is about."""
    return list(getattr(options, "flows", None) or [options.flow])


def _mistakes(options: argparse.Namespace, flow: str, sets: Sequence[str] = ()) -> tuple[Problem, ...]:
    """What is wrong with the recipe *flow* after the edits *sets*."""
    try:
        prepared(options, sets, flow)
    except RecipeError as error:
        return error.problems
    except (InfeasibleError, OSError):
        return ()
    return ()


def check(options: argparse.Namespace) -> int:
    from procsim.cli.check import check_command

    return check_command(options)


def show(options: argparse.Namespace) -> int:
    from procsim.cli.check import show_command

    return show_command(options)


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


def report_page(options: argparse.Namespace) -> int:
    from procsim.cli.pages import report_command

    return report_command(options)


def serve(options: argparse.Namespace) -> int:
    from procsim.cli.serve import serve_command

    return serve_command(options)


def draw(options: argparse.Namespace) -> int:
    from procsim.cli.draw import draw_command

    return draw_command(options)


def alternatives(options: argparse.Namespace) -> int:
    from procsim.cli.alternatives import alternatives_command

    return alternatives_command(options)


def explain(options: argparse.Namespace) -> int:
    from procsim.cli.explain import explain_command

    return explain_command(options)


def schema(options: argparse.Namespace) -> int:
    """The JSON schema of recipes, for editors."""
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


def completion(options: argparse.Namespace) -> int:
    """What a shell completes the command line with."""
    from procsim.cli.completion import script

    text = script(options.shell, {name: (command.text, parser_of(name)) for name, command in TOLD.items()})
    if options.json:
        from procsim.studies.result import Ready

        tell(Ready("completion", f"completion for {options.shell}", {}, facts={"script": text}))
    else:
        print(text, end="")
    return DONE


COMMANDS = {"run": simulate, "check": check, "show": show, "estimate": estimate, "whatif": whatif, "compare": compare, "breakeven": breakeven,
            "sensitivity": sensitivity, "curve": curve, "sweep": sweep, "cluster": cluster, "size": size, "optimise": optimise,
            "report": report_page, "serve": serve, "draw": draw, "alternatives": alternatives, "explain": explain, "schema": schema,
            "completion": completion}
TELLING = ("check", "show", "alternatives", "explain")
"""Commands that write nothing, and may be stopped anywhere."""
