"""Does the command ``optimise``: seeks what is best of a flow within limits, confirms it by simulation, and keeps it as a what-if."""

from __future__ import annotations

import argparse
import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from procsim.cli.pages import said
from procsim.cli.prepare import DONE, INFEASIBLE
from procsim.cli.show import console, progress, table
from procsim.cli.targets import put_down, report_target
from procsim.maths.numerals import number, plus_minus

if TYPE_CHECKING:
    from procsim.studies.optimise import OptimiseResult


def optimise_command(options: argparse.Namespace) -> int:
    """Seeks the best, and prints what it is, how sure that is, and the ends of the frontier."""
    from procsim.experiments.processes import processes

    if options.out:
        report_target(options.out)
    with options.stop.may():
        _check_save(options)
    with processes(options.jobs or 1) as pool, options.stop.may():
        found = _found(options, pool)
    if asked := found.search.stopped or found.confirmed.stopped:
        console(error=True).print(f"{'interrupted' if asked == 'interrupt' else 'time is up'}: this is the best of what was "
                                  "tried until then")
    if options.json:
        print(found.json())
    else:
        _print(found, options)
    written = not options.out or put_down(options.out, partial(found.save, record=said(options), also=options.also), options.json)
    if options.save:
        found.save_flow(options.save)
        console(error=True).print(f"saved {options.save}: procsim run {options.save}")
    return DONE if written else INFEASIBLE


def _check_save(options: argparse.Namespace) -> None:
    """Raises RecipeError where the best could not be kept, before it is sought."""
    from pathlib import Path

    from procsim.experiments.space import WITH, Variable, files_of
    from procsim.studies.flow import load
    from procsim.studies.optimise import WORD
    from procsim.studies.save_flow import checked_file

    if options.save:
        recipe = load(options.flow, options.sets, options.over)
        cells = [cell for one in map(Variable.of, options.choose) if one.name == WITH for cell in one.values]
        checked_file(options.save, recipe, WORD, [Path(file) for cell in cells for file in files_of(cell)])


def _found(options: argparse.Namespace, pool: Any) -> OptimiseResult:
    from procsim.studies.optimise import optimise

    with progress(options.trials, "trials") as bar:
        def news(what: str, done: int, total: int) -> None:
            if bar is not None:
                bar.update(bar.task_ids[0], description=what, completed=done, total=total)

        return optimise(options.flow, options.choose, options.minimise or "", options.maximise or "", options.subject_to, trials=options.trials,
                        seed=options.seed, set=options.sets, over=options.over, fixed_line=options.fixed_line, simulate=options.simulate,
                        few=options.few, replications=options.replications, indifference=options.indifference, jobs=options.jobs or 1, executor=pool,
                        deadline=options.stop.last, progress=news)


def _print(found: OptimiseResult, options: argparse.Namespace) -> None:
    """All of it, in tables."""
    out = console()
    out.print(found.title)
    out.print(f"{found.search.how}; {_counted(found)}")
    out.print("")
    out.print(table(["variable", "before", "best"], [[row["variable"], row["before"] or "–", row["best"]] for _, row in found.choices.iterrows()]))
    out.print("")
    out.print(table(["figure", "unit", "before", "best", "limit"], [
        [row["figure"], row["unit"], number(row["before"], 5), number(row["best"], 5), row["limit"]] for _, row in found.figures.iterrows()], left=2))
    _print_ties(found, out)
    _print_confirmed(found, out)
    _print_frontier(found, out)
    if not options.save:
        out.print(f"to go on: {_next(found, options)}; --save FILE keeps it as a what-if")


def _counted(found: OptimiseResult) -> str:
    """How many trials will not do."""
    wont = int((~found.trials["will_do"]).sum())
    return f"{wont} of {len(found.trials)} will not do" if wont else "all of them will do"


def _print_ties(found: OptimiseResult, out: Any) -> None:
    """That others are as good as the best in closed form, where they are."""
    others, will = found.ties, int(found.trials["will_do"].sum())
    if others:
        of = f"the same {found.goal.figure}"
        out.print(f"all {will} trials that will do have {of}: it does not depend on what was chosen" if others + 1 == will else
                  f"{others} other trial{' has' if others == 1 else 's have'} {of}: the best is the first of them that was tried")


def _print_confirmed(found: OptimiseResult, out: Any) -> None:
    """What simulation says of the best few."""
    sure = found.confirmed
    if sure.words:
        out.print("")
        out.print(f"by simulation: {sure.words}")
    if sure.shown:
        of, limited = found.goal.figure, [one.figure for one in found.goal.limits if one.figure in sure.shown[0].limits]
        heads = [*limited, *(["limits"] if limited else [])]
        out.print(table(["trial", of, "±", "closed form", "more than the best", "±", *heads, "replications", ""], [
            [str(row["trial"]), number(row[of], 5), plus_minus(row[of], row["ci_low"], row["ci_high"]), number(row["expected"], 5),
             number(row["more_than_best"], 3), plus_minus(row["more_than_best"], row["more_ci_low"], row["more_ci_high"]),
             *(number(row[name], 5) for name in limited), *([row["limits"]] if limited else []), str(row["replications"]), row["verdict"]]
            for _, row in found.tables["confirmed"].iterrows()], left=0))


def _print_frontier(found: OptimiseResult, out: Any) -> None:
    """Both ends of what nothing else beats."""
    rows = found.frontier
    out.print("")
    if len(rows) > 1:
        first, last = (rows.iloc[at] for at in (0, -1))
        told = [f"{number(row['good_units_per_week'], 6)} a week at {number(row['cost_per_good_unit_loaded'], 5)} USD" for row in (first, last)]
        out.print(f"output against cost: {len(rows)} trials that no other beats in both, from {told[0]} to {told[1]}")


def _next(found: OptimiseResult, options: argparse.Namespace) -> str:
    """The command that runs the best."""
    over = [*options.over, *found.over]
    return shlex.join(["procsim", "run", options.flow, *(word for file in over for word in ("--with", file)),
                       *(word for text in [*options.sets, *found.edits] for word in ("--set", text))])
