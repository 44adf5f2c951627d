"""The words of the command line."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.metadata import version
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """argparse that says what was meant and never abbreviates."""

    def error(self, message: str) -> NoReturn:
        word = message.rsplit("'", 2)[1] if "invalid choice: '" in message else ""
        if "invalid choice: '" in message:
            word = message.split("invalid choice: '", 1)[1].split("'", 1)[0]
            near = get_close_matches(word, COMMANDS, n=1)
            message = f"no command '{word}'" + (f"; did you mean '{near[0]}'?" if near else f"; commands: {', '.join(COMMANDS)}")
        self.exit(2, f"error: {message}\n")


COMMANDS = ("run", "check", "show", "estimate", "whatif", "compare", "curve", "draw", "alternatives", "schema")


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be >= {least} (got {value})")
        return value

    read.__name__ = "whole number"
    return read


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be above 0 (got {text})")
    return value


_seconds.__name__ = "number of seconds"


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("must be a name (got nothing)")
    return text


def share(text: str) -> float:
    """A share written as 1% or 0.01."""
    value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be above 0 and below 1, such as 1% or 0.01 (got {text})")
    return value


def goal(text: str) -> tuple[str, float]:
    """``1%`` or ``cycle_time=2%``: the figure ('' for the flow's main one) and the share."""
    name, _, value = text.rpartition("=")
    return name, share(value)


def _loads(text: str) -> list[float]:
    """Loads, rising."""
    return sorted({share(part) for part in text.split(",")})


def _levels(text: str) -> list[int]:
    """Levels of WIP, rising."""
    return sorted({_whole(1)(part) for part in text.split(",")})


def parser() -> Parser:
    """Every command and option."""
    top = Parser(prog="procsim", allow_abbrev=False, description="From a recipe of a chip package to capacity, yield and cost per good package.")
    top.add_argument("--version", action="version", version=f"procsim {version('procsim')}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)

    def add(name: str, text: str, flow: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        if flow:
            made.add_argument("flow", metavar="FLOW", help="a recipe file, such as flows/embodiment_1.yaml")
            made.add_argument("--set", action="append", default=[], metavar="ADDRESS=VALUE", dest="sets", help="an edit, may be repeated")
        return made

    def simulated(made: argparse.ArgumentParser) -> None:
        made.add_argument("--replications", type=_whole(1), metavar="N", help="replications (default: the recipe's)")
        made.add_argument("--seed", type=_whole(0), metavar="S", help="seed (default: the recipe's)")
        made.add_argument("--jobs", type=_whole(1), metavar="J", help="processes (default: by the size of the work)")
        made.add_argument("--max-wall-s", type=_seconds, metavar="S",
                          help="end the command within so many seconds; what is finished by then is reported")
        made.add_argument("--out", type=_path, metavar="DIR", help="folder for the report")
        made.add_argument("--allow-overload", action="store_true", help="run a line whose queues grow without end")
        made.add_argument("--no-variability", action="store_true",
                          help="every draw is its mean: yield, direct cost and raw process time then equal the closed form")
        made.add_argument("--quiet", action="store_true", help="no progress on stderr")

    def uncertain(made: argparse.ArgumentParser) -> None:
        made.add_argument("--uncertainty", type=_whole(2), metavar="N",
                          help="also draw every number that has a range N times: how sure the cost is, in closed form, and what drives it")

    made = add("run", "simulate a flow and write its report")
    simulated(made)
    uncertain(made)
    made.add_argument("--precision", type=goal, action="append", default=[], metavar="[FIGURE=]SHARE",
                      help="add replications until the interval of the fully loaded cost (without money: the cycle time), or of FIGURE, is "
                           "within this share of its mean, such as 1%% or cycle_time=2%%; may be repeated")
    made.add_argument("--max-replications", type=_whole(2), default=200, metavar="N", help="at most so many for --precision (default 200)")
    made.add_argument("--start-wip", metavar="FILE", help="a CSV file of the lots that are in the line at time 0 (line.start_wip)")
    made.add_argument("--save-wip", type=_path, metavar="FILE",
                      help="write the lots that are in the line at the horizon of the first replication, as --start-wip reads them")
    add("check", "check a recipe: legality, quantities, capacity at a glance")
    add("show", "print the flat recipe: every step, where it came from, its quantities")
    made = add("estimate", "the closed form: yield, cost and load in an instant")
    uncertain(made)
    made.add_argument("--seed", type=_whole(0), metavar="S", help="seed of the draws (default: the recipe's)")
    made.add_argument("--jobs", type=_whole(1), metavar="J", help="processes for the draws (default: by their number)")
    made.add_argument("--max-wall-s", type=_seconds, metavar="S", help="give the draws up after so many seconds")
    made.add_argument("--out", type=_path, metavar="DIR", help="folder for the tables and the picture of --uncertainty")
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")
    simulated(add("whatif", "base against edit on the same random numbers; without --set, a what-if file against what it extends"))
    made = add("compare", "several flows side by side: cost, yield, output, thickness, heat path", flow=False)
    made.add_argument("flows", metavar="FLOW", nargs="+", help="recipe files")
    made.add_argument("--set", action="append", default=[], metavar="ADDRESS=VALUE", dest="sets", help="an edit of every flow, may be repeated")
    made.add_argument("--estimate", action="store_true", help="closed form only, in an instant")
    simulated(made)
    made = add("curve", "cycle time against throughput: the flow simulated at several loads, or at several levels of a constant WIP")
    which = made.add_mutually_exclusive_group()
    which.add_argument("--points", type=_whole(2), metavar="N", help="so many points")
    which.add_argument("--loads", type=_loads, metavar="L,L,…", help="loads of the bottleneck, such as 0.5,0.8,0.9 (default 0.5,0.7,0.8,0.9,0.95)")
    which.add_argument("--wip", type=_levels, metavar="W,W,…", help="lots in a line of constant WIP, such as 1,2,4,8")
    simulated(made)
    made = add("draw", "draw the package after its steps, as figures and as an animation")
    made.add_argument("--step", action="append", default=[], metavar="ID", dest="steps", help="only this step, may be repeated")
    made.add_argument("--fig", action="append", default=[], metavar="NUMBER", dest="figs", help="only this figure of the sources, may be repeated")
    made.add_argument("--out", type=_path, metavar="DIR", help="folder for the pictures")
    made = add("alternatives", "print the table of what recipes show of the source documents", flow=False)
    made.add_argument("folder", metavar="FOLDER", nargs="?", help="a folder of recipes (default: the shipped flows)")
    made = add("schema", "print the JSON schema of recipes", flow=False)
    made.add_argument("--out", type=_path, metavar="FILE", help="write it there instead")
    return top


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line as names; no command prints the help and ends with 2."""
    made = parser()
    found = made.parse_args(arguments)
    if found.command is None:
        made.print_help()
        made.exit(2)
    return found
