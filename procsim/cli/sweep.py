"""Does the commands ``sweep`` and ``cluster``: many points of some flows, and scheduler and workers that may work them out."""

from __future__ import annotations

import argparse
import math
import os
import shlex
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from procsim.cli.pages import over_all, said
from procsim.cli.prepare import DONE
from procsim.cli.show import console, progress, table
from procsim.cli.work import INTERRUPTED
from procsim.maths.numerals import number

WORTH_PROCESSES, WORTH_SIMULATED = 500, 4
"""Points above which starting processes pays: in closed form, and simulated."""
ROWS = 12
"""Points and crossings that are printed, at most."""


def sweep_command(options: argparse.Namespace) -> int:
    """Works out the points that are not there yet, prints the best of each flow and where flows break even, and the command to go on."""
    from procsim.studies.sweep import prepare

    stop = options.stop
    with stop.may():
        made = prepare(options.flows, options.vary, options.points, figures=options.figures, simulate=options.simulate,
                       replications=options.replications, seed=options.seed, fixed_line=options.fixed_line, good_per_week=options.good_per_week,
                       set=options.sets, over=options.over)
    if made.unlike:
        console(error=True).print(f"warning: {made.unlike}")
    folder = Path(options.out) if options.out else made.usual_folder
    told: list[int] = []
    try:
        with stop.may(), progress(made.points, "points") as bar:
            def news(done: int, left: int) -> None:
                told[:] = done, left
                if bar is not None:
                    bar.update(bar.task_ids[0], completed=done, total=left)

            made = replace(made, command=tuple(said(options)["command"]))
            result = made.run(folder, jobs=_jobs(made, options), scheduler=options.scheduler or "", news=news)
    except BaseException as error:
        _tell_how_to_go_on(error, made.points, told, folder, options)
        if isinstance(error, KeyboardInterrupt):
            return int(stop.code or INTERRUPTED)
        raise
    over_all(folder)
    if options.json:
        print(result.json())
        console(error=True).print(str(folder))
    else:
        _print(result, folder, options)
    return DONE


def _jobs(made: Any, options: argparse.Namespace) -> int:
    """Processes: as asked, else as many as there are processors, where it pays."""
    worth = WORTH_SIMULATED if made.wanted.replications else WORTH_PROCESSES
    return int(options.jobs or (os.cpu_count() or 1 if made.points > worth else 1))


def _tell_how_to_go_on(error: BaseException, points: int, told: list[int], folder: Path, options: argparse.Namespace) -> None:
    """Where some points are done and the sweep is not: how many, and the command that does the rest."""
    from procsim.errors import RecipeError

    if isinstance(error, RecipeError) or not told:
        if isinstance(error, KeyboardInterrupt):
            console(error=True).print("interrupted; nothing more was written")
        return
    done, left = told
    word = "interrupted: " if isinstance(error, KeyboardInterrupt) else ""
    console(error=True).print(f"{word}{points - left + done} of {points} points are in {folder}; the same command goes on:")
    console(error=True).print(f"  {shlex.join(['procsim', *options.words])}")


def _print(result: Any, folder: Path, options: argparse.Namespace) -> None:
    """The best point of each flow, or all points where they are few; where flows break even; files; and what to ask next."""
    out, figure = console(), result.wanted.figures[0]
    out.print(f"{result.title}")
    points, best, even = result.points, result.best, result.break_even
    names, figures = list(result.design.names), list(result.wanted.figures)
    told = _short(result.design)

    def show(rows: Any, heads: list[str], left: int) -> None:
        cells = [[_cell(row[name]) + _within(row, name) for name in heads] for row in rows.to_dict("records")]
        out.print(table([told.get(name, name) for name in heads], cells, left))

    if len(points) <= ROWS:
        show(points, ["flow", *names, *figures, *(name for name in ("overloaded", "why") if points[name].any())], 1)
    else:
        out.print(f"the best {figure} of each flow:")
        show(best, ["flow", "points", "without_figures", "overloaded", *names, *figures], 1)
    if len(even):
        first = f", the first {ROWS}" if len(even) > ROWS else ""
        out.print(f"{len(even)} break-even{'s' if len(even) > 1 else ''} between neighbouring points{first}:")
        show(even.head(ROWS), list(even.columns), 2)
    for name in sorted(path.name for path in folder.iterdir() if path.suffix in (".csv", ".html", ".parquet", ".svg")):
        out.print(str(folder / name))
    if not (folder / "points.parquet").exists():
        console(error=True).print("without points.parquet, the same table for other programs: it takes DuckDB (pip install 'procsim[sweep]') and a "
                                  "sweep into another folder")
    _warn(best)
    if following := _next(result, even, best, options):
        out.print(f"next: {following}")


def _short(design: Any) -> dict[str, str]:
    """What heads each column of a printed table: as few words of its first address, from its end, as tell it from the others."""
    firsts = [column[0].split(".") for column in design.columns]
    found = {}
    for name, words in zip(design.names, firsts, strict=True):
        tails = (n for n in range(1, len(words) + 1) if [other[-n:] for other in firsts].count(words[-n:]) == 1)
        found[name] = ".".join(words[-next(tails, len(words)):])
    return found


def _warn(best: Any) -> None:
    for row in best.to_dict("records"):
        if row["without_figures"]:
            which = f"{row['without_figures']} of {row['points']} points"
            console(error=True).print(f"warning: {row['flow']}: {which} have no figures; the column why says why")


def _next(result: Any, even: Any, best: Any, options: argparse.Namespace) -> str:
    """The exact break-even of two flows where they cross, else a run of the best point; nothing where no point has the figure."""
    from procsim.tables.sweep import MORE_IS_BETTER

    demand = ["--good-per-week", f"{options.good_per_week:.12g}"] if options.good_per_week else []
    edits = _edits(options.sets, options.over)
    if len(even) and len(result.design.dimensions) == 1 and not result.design.heads and len(options.flows) == 2:
        axis = result.design.axes[0]
        low, high = min(axis.values, key=float), max(axis.values, key=float)
        return shlex.join(["procsim", "breakeven", *options.flows, *edits, *demand, "--vary", f"{axis.name}={low}..{high}"])
    figure = result.wanted.figures[0]
    known = best.dropna(subset=[figure])
    if known.empty:
        return ""
    row = known.loc[known[figure].idxmax() if figure in MORE_IS_BETTER else known[figure].idxmin()]
    number_of_flow = list(result.flows).index(row["flow"])
    made = [f"{address}={_plain(row[name])}" for name, column in zip(result.design.names, result.design.columns, strict=True)
            if row[name] == row[name] and row[name] != "" for address in column]
    sets = result.sets[number_of_flow]
    return shlex.join(["procsim", "run", options.flows[number_of_flow], *_edits([*sets, *made], options.over)])


def _edits(sets: Any, over: Any) -> list[str]:
    return [word for text in sets for word in ("--set", text)] + [word for path in over for word in ("--with", path)]


def _plain(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _within(row: Any, name: str) -> str:
    """Half the width of the interval of a figure that was simulated."""
    low, high = (float(row.get(f"{name}_ci_{end}", math.nan)) for end in ("low", "high"))
    return f" ± {number((high - low) / 2, 2)}" if high > low else ""


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value if len(value) <= 60 else f"{value[:59]}…"
    return number(float(value), 5) if isinstance(value, float) else str(value)


def cluster_command(options: argparse.Namespace) -> int:
    """Starts a scheduler and workers on this machine, says where, and keeps them until it is stopped."""
    from procsim.experiments.cluster import started

    ended = threading.Event()
    with options.stop.may(), started(options.workers or os.cpu_count() or 1, options.host, options.port) as address:
        try:
            console().print(f"{address}: procsim sweep … --scheduler {address}; Ctrl-C ends it")
            while not ended.wait(3600.0):
                pass
        except KeyboardInterrupt:
            pass
    return DONE
