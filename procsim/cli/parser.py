"""Defines what may be said on the command line: every command with its options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from typing import NoReturn

from procsim.cli.options import as_json, edits, fixed_line, flow, goal, levels, loads, path, positive, seconds, share, simulated, uncertain, whole
from procsim.errors import short


class Parser(argparse.ArgumentParser):
    """argparse that says what was meant and never abbreviates."""

    def error(self, message: str) -> NoReturn:
        if "invalid choice: '" in message:
            word = message.split("invalid choice: '", 1)[1].split("'", 1)[0]
            near = get_close_matches(word, COMMANDS, n=1)
            message = f"no command '{word}'" + (f"; did you mean '{near[0]}'?" if near else f"; commands: {', '.join(COMMANDS)}")
        self.exit(2, f"error: {short(message)}\n")


def _run(made: argparse.ArgumentParser) -> None:
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
    flow(made)
    uncertain(made)
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of the draws (default: the recipe's)")
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes for the draws (default: by their number)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="give the draws up after so many seconds")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables and the picture of --uncertainty")
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _whatif(made: argparse.ArgumentParser) -> None:
    flow(made)
    simulated(made)


def _compare(made: argparse.ArgumentParser) -> None:
    made.add_argument("flows", metavar="FLOW", nargs="+", help="recipe files")
    edits(made, "an edit of every flow")
    made.add_argument("--estimate", action="store_true", help="closed form only, in an instant")
    simulated(made)


def _curve(made: argparse.ArgumentParser) -> None:
    flow(made)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--points", type=whole(2), metavar="N", help="so many points")
    which.add_argument("--loads", type=loads, metavar="L,L,…", help="loads of the bottleneck, such as 0.5,0.8,0.9 (default 0.5,0.7,0.8,0.9,0.95)")
    which.add_argument("--wip", type=levels, metavar="W,W,…", help="lots in a line of constant WIP, such as 1,2,4,8")
    simulated(made)


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
    simulated(made)
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


def _draw(made: argparse.ArgumentParser) -> None:
    flow(made)
    made.add_argument("--step", action="append", default=[], metavar="ID", dest="steps", help="only this step, may be repeated")
    made.add_argument("--fig", action="append", default=[], metavar="NUMBER", dest="figs", help="only this figure of the sources, may be repeated")
    made.add_argument("--terminals", choices=("down", "up"), default="down", help="which way the bonding points of a finished package point: "
                      "down, as it is mounted (default), or up, as it stands in the line")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the pictures")


def _alternatives(made: argparse.ArgumentParser) -> None:
    made.add_argument("folder", metavar="FOLDER", nargs="?", help="a folder of recipes (default: the shipped flows)")


def _schema(made: argparse.ArgumentParser) -> None:
    made.add_argument("--out", type=path, metavar="FILE", help="write it there instead")


@dataclass(frozen=True, slots=True)
class Command:
    """What a command does, in a line, and the *options* it takes."""

    text: str
    options: Callable[[argparse.ArgumentParser], None]


COMMANDS: dict[str, Command] = {
    "run": Command("simulate a flow and write its report", _run),
    "check": Command("check a recipe: legality, quantities, capacity at a glance", flow),
    "show": Command("print the flat recipe: every step, where it came from, its quantities", flow),
    "estimate": Command("the closed form: yield, cost and load in an instant", _estimate),
    "whatif": Command("base against edit on the same random numbers; without --set and --with, a what-if file against what it extends", _whatif),
    "compare": Command("several flows side by side: cost, yield, output, thickness, heat path", _compare),
    "breakeven": Command("where two flows cost the same along an axis, or one meets a target", _breakeven),
    "curve": Command("cycle time against throughput: the flow simulated at several loads, or at several levels of a constant WIP", _curve),
    "size": Command("the cheapest tools for what is asked of a line: good units a week, load and cycle time; and what each limit costs", _size),
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
    return found
