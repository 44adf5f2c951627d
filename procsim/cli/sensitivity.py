"""Does the command ``sensitivity``: what a figure rests on, by one of three methods."""

from __future__ import annotations

import argparse
import os
from functools import partial

import procsim.studies.sensitivity as study
from procsim.cli.pages import said
from procsim.cli.prepare import DONE, INFEASIBLE
from procsim.cli.show import console, progress, table
from procsim.cli.targets import put_down, report_target
from procsim.errors import InfeasibleError, StoppedError
from procsim.maths.numerals import number
from procsim.tables.sensitivity import widest_first

ROWS = 15
"""Rows that are printed; all of them are in the table that --out writes."""
MEASURED = 5
"""Numbers that are named among what to measure first."""


def sensitivity_command(options: argparse.Namespace) -> int:
    """Works it out, and prints what matters most."""
    if options.out:
        report_target(options.out)
    found = _found(options)
    if options.json:
        print(found.json())
    else:
        _print(found)
    if options.out:
        return DONE if put_down(options.out, partial(found.save, record=said(options), also=options.also), options.json) else INFEASIBLE
    return DONE


def _found(options: argparse.Namespace) -> study.Sensitivity:
    jobs = options.jobs or (1 if options.method == "tornado" else os.cpu_count() or 1)
    try:
        with options.stop.may(options.stop.end), progress(None, "inputs") as bar:
            def news(what: str, done: int, total: int) -> None:
                if bar is not None:
                    bar.update(bar.task_ids[0], description=what, completed=done, total=total)

            return study.sensitivity(options.flow, options.method, options.figure, set=options.sets, over=options.over,
                                     trajectories=options.trajectories, samples=options.samples, seed=options.seed, jobs=jobs,
                                     deadline=options.stop.end, progress=news)
    except StoppedError:
        raise InfeasibleError(f"{options.method} was not done within {options.max_wall_s:g} s: allow more time, or ask for less") from None


def _print(found: study.Sensitivity) -> None:
    out = console()
    out.print(f"{found.title} ({found.unit})")
    if found.still:
        out.print(found.still)
        return
    rows, told = found.tables[found.method], found.told
    shown = {"tornado": _tornado, "morris": _morris, "sobol": _sobol}[found.method](found)
    out.print(table(*shown))
    if len(rows) > ROWS:
        out.print(f"and {len(rows) - ROWS} more")
    if found.method == "tornado":
        out.print("by range, as in the picture; tornado.csv (--out) has the place by elasticity, too, and each input at the better of the two")
        for _, row in rows[rows["why"] != ""].head(MEASURED).iterrows():
            out.print(f"{row['address']} is not among what to measure first, since its whole range is not known: {row['why']}")
    if found.method == "sobol":
        out.print(f"mean {number(told['mean'], 5)}, standard deviation {number(told['sd'], 3)} {found.unit}, of {told['samples']} pairs of draws "
                  f"of {told['inputs']} inputs")
        if told["samples_used"] < told["samples"]:
            out.print(f"{told['samples'] - told['samples_used']} pairs are left out: no unit is good there")
    if found.method != "tornado" and rows.head(ROWS)["tied"].any():
        out.print("= cannot be told from the next one: their intervals overlap; more "
                  + ("--samples" if found.method == "sobol" else "--trajectories") + " may tell")
    first = found.tables["measure_first"].head(MEASURED)
    if len(first):
        about = "" if found.method == "sobol" else ", each taken by itself"
        out.print(f"measure first (share of the variance that rests on a guess{about}): " + "; ".join(
            f"{row['address']} {number(100 * row['share_of_variance'], 2)} % ({row['provenance']})" for _, row in first.iterrows()))


Shown = tuple[list[str], list[list[str]]]
"""Heads and rows."""


def _tornado(found: study.Sensitivity) -> Shown:
    return ["input", "low", "value", "high", "change at low", "at high", "elasticity"], [
        [row["address"], *(number(row[c], 4) for c in ("low", "value", "high")), *(number(row[c], 3) for c in ("change_at_low", "change_at_high")),
         number(row["elasticity"], 3)] for _, row in widest_first(found.tables["tornado"]).head(ROWS).iterrows()]


def _morris(found: study.Sensitivity) -> Shown:
    return ["input", "µ*", "±", "", "µ", "±", "σ", "±"], [
        [row["address"], number(row["mu_star"], 3), number(row["mu_star_se"], 2), "=" if row["tied"] else "",
         *(number(row[c], 3 - (c[-2:] == "se")) for c in ("mu", "mu_se", "sigma", "sigma_se"))]
        for _, row in found.tables["morris"].head(ROWS).iterrows()]


def _sobol(found: study.Sensitivity) -> Shown:
    return ["input", "alone", "±", "total", "±", ""], [
        [row["address"], *(f"{number(100 * row[c], 3 - (c[-2:] == 'se'))} %" for c in ("first", "first_se", "total", "total_se")),
         "=" if row["tied"] else ""] for _, row in found.tables["sobol"].head(ROWS).iterrows()]
