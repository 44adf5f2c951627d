"""One function per command: arguments in, an exit code out."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from procsim.cli.parser import parse
from procsim.cli.show import console, number, table
from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.expected import Expected, expected
from procsim.plan.make import make
from procsim.plan.shape import CATEGORIES, Plan
from procsim.recipe.load import Recipe, load

DONE, INFEASIBLE, WRONG, MET, BUG = 0, 1, 2, 3, 70


def run(arguments: Sequence[str]) -> int:
    """Runs one command; every end of it has its exit code."""
    try:
        options = parse(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return COMMANDS[options.command](options)
    except RecipeError as error:
        news = console(error=True)
        news.print(str(error))
        count = len(error.problems)
        news.print(f"{count} error{'s' if count > 1 else ''}; nothing was run")
        return WRONG
    except InfeasibleError as error:
        console(error=True).print(f"error: {error}")
        return INFEASIBLE
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        console(error=True).print("interrupted; nothing was written")
        return 130
    except OSError as error:
        console(error=True).print(f"error: {error.filename or ''}: {error.strerror or error}")
        return INFEASIBLE
    except Exception:
        traceback.print_exc()
        console(error=True).print("this is a fault of procsim, not of your recipe")
        return BUG


def prepared(options: argparse.Namespace, sets: Sequence[str] | None = None, flow: str | None = None) -> tuple[Recipe, Plan, Expected]:
    """The recipe, its Plan and its closed form: the first things every command needs."""
    recipe = load(Path(flow or options.flow), options.sets if sets is None else sets)
    plan = make(recipe)
    return recipe, plan, expected(plan)


def refuse_overload(plan: Plan, closed: Expected, allowed: bool) -> None:
    """Raises InfeasibleError where lots come faster than some tool group can take them, with the tools that it would take."""
    if allowed or plan.allow_overload or any(s.limit for s in plan.streams):
        return
    if all(s.interval is None for s in plan.streams):
        return
    over = [g for g, load in enumerate(closed.load) if load >= 1.0 - 1e-12]
    if not over:
        return
    lines = []
    for g in over:
        name, count = plan.groups.names[g], int(plan.groups.count[g])
        need = closed.tools_needed[g]
        mend = f"set tools.{name}.count={need:.0f}" if need != float("inf") else "it is never up"
        lines.append(f"{name} is {number(100 * closed.load[g], 3)} % loaded with {count}: its queue would grow without end; {mend}")
    raise InfeasibleError("; ".join(lines) + "; or release less, or pass --allow-overload")


def check(options: argparse.Namespace) -> int:
    """Legality, quantities and capacity at a glance."""
    from procsim.cli.text import capacity, steps

    recipe, plan, closed = prepared(options)
    out = console()
    out.print(f"{recipe.path}: {recipe.title}")
    out.print(f"{len(plan.steps)} steps, {len(plan.groups.names)} tool groups, {plan.units_per_panel} units per panel, "
              f"{plan.lot_panels} panels per lot")
    out.print(steps(plan))
    out.print("")
    out.print(capacity(plan, closed))
    refuse_overload(plan, closed, False)
    out.print("ok")
    return DONE


def show(options: argparse.Namespace) -> int:
    """The flat recipe and where all of it came from."""
    from procsim.cli.text import flat

    recipe, plan, _ = prepared(options)
    out = console()
    out.print(f"{recipe.title}  ({recipe.path}, recipe {recipe.hash})")
    out.print(flat(recipe, plan))
    return DONE


def estimate(options: argparse.Namespace) -> int:
    """The closed form."""
    from procsim.cli.text import capacity

    recipe, plan, closed = prepared(options)
    out = console()
    g = int(closed.load.argmax())
    starts = closed.started / closed.good if closed.good else float("nan")
    rows = [["yield", number(closed.yield_, 6), ""], ["starts per good unit", number(starts, 6), ""]]
    if plan.money.hourly.sum() or plan.money.direct.sum():
        rows += [["direct cost", number(closed.direct, 6), "USD per good unit"],
                 ["fully loaded cost", number(closed.loaded, 6), "USD per good unit"]]
    rows += [["output", number(closed.good * closed.lots_per_h * 168, 6), "good units per week"],
             ["raw process time", number(closed.raw_process_h), "h"],
             ["cycle time (estimate)", number(closed.cycle_h) if closed.load[g] < 1 else "∞", "h"],
             ["bottleneck", plan.groups.names[g], f"{number(100 * closed.load[g], 3)} % loaded"]]
    out.print(f"{recipe.title}: closed form")
    out.print(table(["", "", ""], rows, left=1))
    if plan.money.hourly.sum() or plan.money.direct.sum():
        by = closed.cost.sum(axis=0) / closed.good
        out.print("")
        out.print(table(["direct cost", "USD per good unit"], [[name, number(by[c])] for c, name in enumerate(CATEGORIES) if by[c]]))
        order = (-closed.cost[:-1].sum(axis=1)).argsort()[:8]
        out.print("")
        out.print(table(["costliest steps", "USD per good unit", "step yield"], [
            [plan.steps[s], number(float(closed.cost[s].sum()) / closed.good), number(_step_yield(closed, int(s)), 5)] for s in order]))
    out.print("")
    out.print(capacity(plan, closed))
    return DONE


def _step_yield(closed: Expected, s: int) -> float:
    """Chance that a good unit survives step *s*."""
    lost = closed.flow.lost
    before = closed.started - lost[-1] - lost[:s].sum()
    return float(1 - lost[s] / before) if before > 0 else float("nan")


def simulate(options: argparse.Namespace) -> int:
    from procsim.cli.simulate import run_command

    return run_command(options)


def whatif(options: argparse.Namespace) -> int:
    from procsim.cli.simulate import whatif_command

    return whatif_command(options)


def schema(options: argparse.Namespace) -> int:
    """The JSON schema of recipes, for editors."""
    from procsim.recipe.schema import text

    if options.out:
        Path(options.out).write_text(text(), encoding="utf-8")
    else:
        print(text(), end="")
    return DONE


def wrong(message: str) -> RecipeError:
    """A mistake in the command itself."""
    return RecipeError(Problem(message))


COMMANDS = {"run": simulate, "check": check, "show": show, "estimate": estimate, "whatif": whatif, "schema": schema}
