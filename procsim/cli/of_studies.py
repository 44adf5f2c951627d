"""Defines the options of the commands that ask many questions of a flow: sweeps, searches, and what a figure rests on."""

from __future__ import annotations

import argparse

from procsim.cli.options import as_json, edits, engine, fixed_line, flow, load, one_demand, path, positive, replicated, seconds, share, whole, words


def sweep(made: argparse.ArgumentParser) -> None:
    """Of the command ``sweep``."""
    made.add_argument("flows", metavar="FLOW", nargs="+", help="recipe files")
    edits(made, "an edit of every flow")
    made.add_argument("--vary", action="append", default=[], metavar="ADDRESS=VALUES",
                      help="an axis of the grid: layer.repeat=1,2,3 or a.b=0.5..2:7 (7 values) or a.b=log:1e3..1e6:4; a.b,c.d=15,18 moves both "
                           "together; may be repeated")
    made.add_argument("--points", type=path, metavar="FILE.csv", help="a CSV file whose columns are addresses: each line at every point of the grid")
    made.add_argument("--figures", type=words, default=[], metavar="F,F,…", help="figures of each point, by their names in summary.csv, each of "
                      "them drawn (default: cost_per_good_unit_loaded, which is drawn, and the direct cost, yield, output, cycle time and load)")
    made.add_argument("--simulate", action="store_true", help="simulate every point, too, on the same random numbers, with intervals")
    made.add_argument("--replications", type=whole(1), metavar="N", help="replications of each point for --simulate (default: the recipe's)")
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed for --simulate (default: the recipe's)")
    engine(made)
    fixed_line(made)
    one_demand(made)
    where = made.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=whole(1, 1000), metavar="J", help="processes (default: by the number of points)")
    where.add_argument("--scheduler", type=path, metavar="tcp://HOST:PORT", help="have a Dask cluster do it, such as procsim cluster starts")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the points (default: reports/runs/FLOW-sweep-…); the same command goes on "
                      "with what is there")
    as_json(made)


def cluster(made: argparse.ArgumentParser) -> None:
    """Of the command ``cluster``."""
    made.add_argument("--workers", type=whole(1, 1000), metavar="N", help="workers (default: as many as there are processors)")
    made.add_argument("--host", type=path, default="127.0.0.1", metavar="ADDRESS",
                      help="where the scheduler listens (default 127.0.0.1: this machine only); whoever reaches it can run programs here")
    made.add_argument("--port", type=whole(0, 65535), default=8786, metavar="PORT", help="its port (default 8786; 0: any that is free)")


def breakeven(made: argparse.ArgumentParser) -> None:
    """Of the command ``breakeven``."""
    made.add_argument("flows", nargs="+", metavar="FLOW", help="a recipe file, or two")
    edits(made, "an edit of both")
    made.add_argument("--vary", required=True, metavar="ADDRESS=LOW..HIGH", help="what is moved, evenly or, with log:LOW..HIGH, by factors; several "
                      "addresses with commas between move together")
    made.add_argument("--figure", default="cost_per_good_unit_loaded", metavar="NAME",
                      help="what is to be equal (default: cost_per_good_unit_loaded)")
    made.add_argument("--target", type=float, metavar="X", help="what one flow is to meet")
    made.add_argument("--estimate", action="store_true", help="closed form only: nothing is simulated")
    fixed_line(made)
    one_demand(made)
    replicated(made)
    as_json(made)


def sensitivity(made: argparse.ArgumentParser) -> None:
    """Of the command ``sensitivity``."""
    flow(made)
    made.add_argument("--method", choices=("tornado", "morris", "sobol"), default="tornado",
                      help="one input at a time (tornado, default), elementary effects of all ranged inputs (morris), or shares of the variance of "
                           "the dozen that Morris ranks first (sobol)")
    made.add_argument("--figure", default="cost_per_good_unit_loaded", metavar="NAME",
                      help="what may move (default: cost_per_good_unit_loaded)")
    made.add_argument("--trajectories", type=whole(3), default=16, metavar="R", help="places from which Morris moves every input (default 16)")
    made.add_argument("--samples", type=whole(8), default=256, metavar="N", help="pairs of draws for Sobol (default 256)")
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of the draws (default: the recipe's)")
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes (default: one for a tornado, else all)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="give up after so many seconds")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables and pictures")
    as_json(made)


def size(made: argparse.ArgumentParser) -> None:
    """Of the command ``size``."""
    flow(made)
    made.add_argument("--good-per-week", type=positive, metavar="N", help="good units a week (default: as many as the flow makes)")
    made.add_argument("--max-load", type=load, metavar="L", help="load of a tool group at most, 0.85 or 85%% (default: line.max_load)")
    made.add_argument("--max-cycle-time-h", type=positive, metavar="H", help="cycle time at most, hours (default: any)")
    made.add_argument("--over", action="append", default=[], metavar="ADDRESS=VALUES", dest="choose",
                      help="also choose the value there, such as line.lot.panels=4,8,12 or tools.box_oven.batch.min_panels=12,24; lots stands for "
                           "sizes of lots from a quarter of the flow's own to twice it; may be repeated")
    made.add_argument("--simulate", action="store_true", help="confirm it by simulation, with intervals")
    made.add_argument("--replications", type=whole(1), metavar="R", help="replications of --simulate (default: the recipe's)")
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of --simulate (default: the recipe's)")
    engine(made)
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes of --simulate (default 1)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="give up after so many seconds")
    made.add_argument("--save", type=path, metavar="FILE", help="keep it as a what-if that extends the flow")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables")
    as_json(made)


def optimise(made: argparse.ArgumentParser) -> None:
    """Of the command ``optimise``."""
    flow(made)
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--minimise", metavar="FIGURE", help="what is to be least, such as cost_per_good_unit_loaded")
    which.add_argument("--maximise", metavar="FIGURE", help="what is to be most, such as good_units_per_week")
    made.add_argument("--over", action="append", default=[], metavar="ADDRESS=VALUES", dest="choose",
                      help="what may be chosen: layer.repeat=1,2,3 or a.b=0.5..2:7 (7 values), or any number of a.b=0.5..2, a.b=log:1..100 (whole "
                           "numbers where only these may stand); with=none,a.yaml,b.yaml chooses among what-ifs; may be repeated")
    made.add_argument("--subject-to", action="append", default=[], metavar="FIGURE<VALUE",
                      help="a limit, such as 'cycle_time<80' (<, <=, >, >=); may be repeated")
    made.add_argument("--trials", type=whole(1, 1_000_000), default=1000, metavar="N",
                      help="points that are tried at most (default 1000); where there are no more than these, all of them")
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of trials and replications (default: the recipe's)")
    engine(made)
    made.add_argument("--simulate", action=argparse.BooleanOptionalAction, default=True, help="confirm the best few by simulation (default)")
    made.add_argument("--few", type=whole(1, 100), default=5, metavar="K", help="so many of the best are simulated (default 5)")
    made.add_argument("--replications", type=whole(2), default=50, metavar="N", help="replications of each of these, at most (default 50)")
    made.add_argument("--indifference", type=share, default=0.005, metavar="SHARE",
                      help="a difference that does not matter, as a share of the figure (default 0.5%%)")
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes (default 1); they change no trial")
    fixed_line(made)
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="end after so many seconds, with the best until then")
    made.add_argument("--save", type=path, metavar="FILE", help="keep the best as a what-if that extends the flow")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables and pictures")
    as_json(made)
