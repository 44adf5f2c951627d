"""Defines what may be said on the command line: every command with its options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from typing import NoReturn

from procsim.cli.options import (
    as_json,
    edits,
    fixed_line,
    flow,
    goal,
    levels,
    loads,
    one_demand,
    path,
    positive,
    seconds,
    share,
    simulated,
    uncertain,
    whole,
    words,
)
from procsim.errors import short


class Parser(argparse.ArgumentParser):
    """argparse that says what was meant and never abbreviates."""

    def error(self, message: str) -> NoReturn:
        if "invalid choice: '" in message:
            word = message.split("invalid choice: '", 1)[1].split("'", 1)[0]
            near = get_close_matches(word, COMMANDS, n=1)
            message = f"no command '{word}'" + (f"; did you mean '{near[0]}'?" if near else f"; commands: {', '.join(COMMANDS)}")
        self.exit(2, f"error: {short(message)}\n")


def _told(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)


def _run(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    simulated(made)
    uncertain(made)
    made.add_argument("--precision", type=goal, action="append", default=[], metavar="[FIGURE=]SHARE",
                      help="add replications until the interval of the fully loaded cost (without money: the cycle time), or of FIGURE, is "
                           "within this share of its mean, such as 1%% or cycle_time=2%%; may be repeated")
    made.add_argument("--max-replications", type=whole(2), default=200, metavar="N", help="at most so many for --precision (default 200)")
    made.add_argument("--start-wip", metavar="FILE", help="a CSV file of the lots that are in the line at time 0 (line.start_wip)")
    made.add_argument("--save-wip", type=path, metavar="FILE",
                      help="write the lots that are in the line at the horizon of the first replication, as --start-wip reads them")


def _estimate(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    uncertain(made)
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of the draws (default: the recipe's)")
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes for the draws (default: by their number)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="give the draws up after so many seconds")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables of a run in closed form, and their pictures")
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _whatif(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    made.add_argument("--edit", action="append", default=[], metavar="EDIT", dest="edits",
                      help='an edit of its own: the file of a what-if, or "layer.repeat=3;tools.exposure.count=4"; may be repeated: the edits are '
                           "then ranked, and --set and --with are of the base")
    made.add_argument("--figure", default="", metavar="NAME", help="what several edits are ranked by (default: cost_per_good_unit_loaded)")
    simulated(made)
    made.epilog = ("example: procsim whatif flows/embodiment_1.yaml --edit flows/whatif/laser_vias.yaml "
                   '--edit "layer.repeat=3;tools.cure_furnace.count=4"')


def _compare(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("flows", metavar="FLOW", nargs="+", help="recipe files")
    edits(made, "an edit of every flow, or of one: FLOW:ADDRESS=VALUE")
    made.add_argument("--estimate", action="store_true", help="closed form only, in an instant")
    made.add_argument("--good-per-week", type=positive, metavar="N", help="compare at this demand: each flow with the cheapest tools for it")
    made.add_argument("--max-load", type=share, metavar="L", help="load of a tool group at most, for --good-per-week (default: line.max_load)")
    simulated(made)
    made.epilog = ("example: procsim compare flows/embodiment_1.yaml flows/whatif/flip_chip_bga.yaml --good-per-week 500000 "
                   "--set embodiment_1:layer.repeat=3")


def _curve(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--points", type=whole(2), metavar="N", help="so many points")
    which.add_argument("--loads", type=loads, metavar="L,L,…", help="loads of the bottleneck, such as 0.5,0.8,0.9 (default 0.5,0.7,0.8,0.9,0.95)")
    which.add_argument("--wip", type=levels, metavar="W,W,…", help="lots in a line of constant WIP, such as 1,2,4,8")
    simulated(made)


def _sweep(made: argparse.ArgumentParser) -> None:
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
    fixed_line(made)
    one_demand(made)
    where = made.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=whole(1, 1000), metavar="J", help="processes (default: by the number of points)")
    where.add_argument("--scheduler", type=path, metavar="tcp://HOST:PORT", help="have a Dask cluster do it, such as procsim cluster starts")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the points (default: reports/runs/FLOW-sweep-…); the same command goes on "
                      "with what is there")
    as_json(made)
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")
    made.epilog = ("example: procsim sweep flows/embodiment_1.yaml flows/embodiment_4.yaml --vary layer.repeat=1,2,3 "
                   "--vary product.dies.logic.price_usd=0.5..20:40")


def _cluster(made: argparse.ArgumentParser) -> None:
    made.add_argument("--workers", type=whole(1, 1000), metavar="N", help="workers (default: as many as there are processors)")
    made.add_argument("--host", type=path, default="127.0.0.1", metavar="ADDRESS",
                      help="where the scheduler listens (default 127.0.0.1: this machine only); whoever reaches it can run programs here")
    made.add_argument("--port", type=whole(0, 65535), default=8786, metavar="PORT", help="its port (default 8786; 0: any that is free)")


def _breakeven(made: argparse.ArgumentParser) -> None:
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
    simulated(made)
    as_json(made)


def _sensitivity(made: argparse.ArgumentParser) -> None:
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
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")
    as_json(made)
def _size(made: argparse.ArgumentParser) -> None:
    flow(made)
    made.epilog = "Example: procsim size flows/embodiment_1.yaml --good-per-week 500000 --max-cycle-time-h 140 --save flows/whatif/sized.yaml"
    made.add_argument("--good-per-week", type=positive, metavar="N", help="good units a week (default: as many as the flow makes)")
    made.add_argument("--max-load", type=share, metavar="L", help="load of a tool group at most, 0.85 or 85%% (default: line.max_load)")
    made.add_argument("--max-cycle-time-h", type=positive, metavar="H", help="cycle time at most, hours (default: any)")
    made.add_argument("--over", action="append", default=[], metavar="ADDRESS=VALUES", dest="choose",
                      help="also choose the value there, such as line.lot.panels=4,8,12 or tools.box_oven.batch.min_panels=12,24; lots stands for "
                           "sizes of lots from a quarter of the flow's own to twice it; may be repeated")
    made.add_argument("--simulate", action="store_true", help="confirm it by simulation, with intervals")
    made.add_argument("--replications", type=whole(1), metavar="R", help="replications of --simulate (default: the recipe's)")
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of --simulate (default: the recipe's)")
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes of --simulate (default 1)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="give up after so many seconds")
    made.add_argument("--save", type=path, metavar="FILE", help="keep it as a what-if that extends the flow")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables")
    as_json(made)
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _optimise(made: argparse.ArgumentParser) -> None:
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
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")
    made.epilog = ("example: procsim optimise flows/embodiment_1.yaml --minimise cost_per_good_unit_loaded --over line.lot.panels=6,12,24 "
                   "--over tools.dicing_saw.count=20..30 --subject-to 'cycle_time<115'")


def _draw(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    made.add_argument("--step", action="append", default=[], metavar="ID", dest="steps", help="only this step, may be repeated")
    made.add_argument("--fig", action="append", default=[], metavar="NUMBER", dest="figs", help="only this figure of the sources, may be repeated")
    made.add_argument("--terminals", choices=("down", "up"), default="down", help="which way the bonding points of a finished package point: "
                      "down, as it is mounted (default), or up, as it stands in the line")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the pictures")


def _alternatives(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("folder", metavar="FOLDER", nargs="?", help="a folder of recipes (default: the shipped flows)")


def _schema(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("--out", type=path, metavar="FILE", help="write it there instead")


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does, in a line, and the *options* it takes."""

    text: str
    options: Callable[[argparse.ArgumentParser], None]


COMMANDS: dict[str, Command] = {
    "run": Command("simulate a flow and write its report", _run),
    "check": Command("check a recipe: legality, quantities, capacity at a glance", _told),
    "show": Command("print the flat recipe: every step, where it came from, its quantities", _told),
    "estimate": Command("the closed form: yield, cost and load in an instant", _estimate),
    "whatif": Command("base against edit on the same random numbers; without --set and --with, a what-if file against what it extends", _whatif),
    "compare": Command("several flows side by side: cost, yield, output, thickness, heat path", _compare),
    "breakeven": Command("where two flows cost the same along an axis, or one meets a target", _breakeven),
    "sensitivity": Command("what a figure rests on: a tornado, Morris's elementary effects, or Sobol's shares of its variance", _sensitivity),
    "curve": Command("cycle time against throughput: the flow simulated at several loads, or at several levels of a constant WIP", _curve),
    "sweep": Command("many points of one flow or several: a grid, or a CSV file of points; what is done stays, and the same command goes on", _sweep),
    "cluster": Command("start a Dask scheduler and workers on this machine, for sweep --scheduler; it lasts until Ctrl-C", _cluster),
    "size": Command("the cheapest tools for what is asked of a line: good units a week, load and cycle time; and what each limit costs", _size),
    "optimise": Command("what is best of a flow of which some may be chosen, within limits; the best few are simulated", _optimise),
    "draw": Command("draw the package after its steps, as figures and as an animation", _draw),
    "alternatives": Command("print the table of what recipes show of the source documents", _alternatives),
    "schema": Command("print the JSON schema of recipes", _schema),
}
"""Name → what it is; which function does it stands in ``commands.COMMANDS``."""


def parser() -> Parser:
    """Every command and option."""
    top = Parser(prog="procsim", allow_abbrev=False, description="From a recipe of a chip package to capacity, yield and cost per good package.")
    top.add_argument("--version", action="version", version=f"procsim {version('procsim')}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, command in COMMANDS.items():
        command.options(commands.add_parser(name, help=command.text, description=command.text, allow_abbrev=False))
    return top


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line as names; no command prints the help and ends with 2."""
    made = parser()
    found = made.parse_args(arguments)
    if found.command is None:
        made.print_help()
        made.exit(2)
    found.words = list(arguments)
    return found
