"""Defines what may be said on the command line: every command with its options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import version
from typing import NoReturn

from procsim.cli import of_studies
from procsim.cli.completion import SHELLS
from procsim.cli.options import as_json, edits, flow, formats, goal, levels, load, loads, path, positive, seconds, simulated, uncertain, whole
from procsim.errors import short


class Help(argparse.HelpFormatter):
    """argparse's, but for an example, which stays in one line, to be copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return indent + text if text.startswith("example: ") else super()._fill_text(text, width, indent)


class MisusedError(Exception):
    """The command line says what no command takes."""


class Parser(argparse.ArgumentParser):
    """argparse that says what was meant and never abbreviates."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("argument COMMAND: invalid choice: '"):
            word = message.split("invalid choice: '", 1)[1].split("'", 1)[0]
            near = get_close_matches(word, COMMANDS, n=1)
            message = f"no command '{word}'" + (f"; did you mean '{near[0]}'?" if near else f"; commands: {', '.join(COMMANDS)}")
        raise MisusedError(short(message))

    def parse_args(self, arguments: Sequence[str]) -> argparse.Namespace:  # type: ignore[override]
        """argparse's, but for an option that there is not, which is told with the one that was meant."""
        found, more = self.parse_known_args(arguments)
        if not more:
            return found
        options = [option for one in parser_of(found.command)._actions for option in one.option_strings] if found.command else []
        word = next((one for one in more if one.startswith("-")), "")
        near = get_close_matches(word.partition("=")[0], options, n=1)
        raise MisusedError(short(f"unrecognized arguments: {' '.join(more)}" + (f"; did you mean '{near[0]}'?" if near else "")))


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
    made.add_argument("--events", type=path, metavar="FILE",
                      help="write all that happens in the first replication as CSV: every start, end, failure, repair and wait, one row each")


def _estimate(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    uncertain(made)
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed of the draws (default: the recipe's)")
    made.add_argument("--jobs", type=whole(1), metavar="J", help="processes for the draws (default: by their number)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S", help="give the draws up after so many seconds")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the tables of a run in closed form, and their pictures")


def _whatif(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    made.add_argument("--edit", action="append", default=[], metavar="EDIT", dest="edits",
                      help='an edit of its own: the file of a what-if, or "layer.repeat=3;tools.exposure.count=4"; may be repeated: the edits are '
                           "then ranked, and --set and --with are of the base")
    made.add_argument("--figure", default="", metavar="NAME", help="what several edits are ranked by (default: cost_per_good_unit_loaded)")
    made.add_argument("--fail-if", action="append", default=[], metavar="LIMIT",
                      help='end with exit code 3 where an edit moves a figure so far: "cost_per_good_unit_loaded>+1%%", '
                           '"yield<-0.002"; may be repeated')
    simulated(made)


def _compare(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("flows", metavar="FLOW", nargs="+", help="recipe files")
    edits(made, "an edit of every flow, or of one by its name or place: FLOW:ADDRESS=VALUE, 2:layer.repeat=3")
    made.add_argument("--estimate", action="store_true", help="closed form only, in an instant")
    made.add_argument("--good-per-week", type=positive, metavar="N", help="compare at this demand: each flow with the cheapest tools for it")
    made.add_argument("--max-load", type=load, metavar="L", help="load of a tool group at most, for --good-per-week (default: line.max_load)")
    simulated(made)


def _curve(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--points", type=whole(2), metavar="N", help="so many points")
    which.add_argument("--loads", type=loads, metavar="L,L,…", help="loads of the bottleneck, such as 0.5,0.8,0.9 (default 0.5,0.7,0.8,0.9,0.95)")
    which.add_argument("--wip", type=levels, metavar="W,W,…", help="lots in a line of constant WIP, such as 1,2,4,8")
    simulated(made)


def _serve(made: argparse.ArgumentParser) -> None:
    made.add_argument("flow", metavar="FLOW", nargs="?", help="a recipe file (default: the first of the folder flows, or embodiment_1)")
    made.add_argument("--open", action="store_true", help="open it in the browser")
    made.add_argument("--host", default="127.0.0.1", metavar="H", help="where to listen (default: this machine alone); anywhere else takes a --token")
    made.add_argument("--port", type=whole(0, 65535), default=0, metavar="N", help="port (default: one that is free)")
    made.add_argument("--token", metavar="TOKEN", help="only who has it gets in, 16 signs or more; the address that is printed holds it")
    made.add_argument("--answers", type=whole(1, 64), default=3, metavar="N", help="answers in closed form worked out at once (default 3)")
    made.add_argument("--answer-s", type=seconds, default=15.0, metavar="S", help="seconds that one may take (default 15)")
    made.add_argument("--simulations", type=whole(1, 64), default=2, metavar="N", help="simulations at once (default 2)")
    made.add_argument("--simulation-s", type=seconds, default=30.0, metavar="S", help="seconds that one may take (default 30)")
    made.add_argument("--max-body-mb", type=positive, default=1.0, metavar="MB", help="what a request may send at most (default 1)")
    made.add_argument("--slow-s", type=seconds, default=10.0, metavar="S", help="seconds within which a request is sent and taken off (default 10)")


def _draw(made: argparse.ArgumentParser) -> None:
    as_json(made)
    flow(made)
    made.add_argument("--step", action="append", default=[], metavar="ID", dest="steps", help="only this step, may be repeated")
    made.add_argument("--fig", action="append", default=[], metavar="NUMBER", dest="figs", help="only this figure of the sources, may be repeated")
    made.add_argument("--terminals", choices=("down", "up"), default="down", help="which way the bonding points of a finished package point: "
                      "down, as it is mounted (default), or up, as it stands in the line")
    made.add_argument("--scale", choices=("schematic", "true"), default="schematic", help="schematic: thin films are thick enough to be seen "
                      "(default); true: all of it in its own proportions")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the pictures")


def _alternatives(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("folder", metavar="FOLDER", nargs="?",
                      help="a folder of recipes (default: the shipped flows); or one recipe, for all that it could be else, the cheapest first")


def _report(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("folder", metavar="FOLDER", help="the folder of a report; or one that holds several, for the page over them")


def _explain(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("word", metavar="WORD", nargs="+", help="an op (planarize), a key (longest_wait_h), an address (line.release.every_h), a "
                      "process, tool, material or part of the library (grind), or a column, a figure or a word of the output (limited_by, fan_out, "
                      "tool group)")


def _schema(made: argparse.ArgumentParser) -> None:
    as_json(made)
    made.add_argument("--out", type=path, metavar="FILE", help="write it there instead")


def _completion(made: argparse.ArgumentParser) -> None:
    made.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")
    as_json(made)


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
    "breakeven": Command("where two flows cost the same along an axis, or one meets a target", of_studies.breakeven),
    "sensitivity": Command("what a figure rests on: a tornado, Morris's elementary effects, or Sobol's shares of its variance",
                           of_studies.sensitivity),
    "curve": Command("cycle time against throughput: the flow simulated at several loads, or at several levels of a constant WIP", _curve),
    "sweep": Command("many points of one flow or several: a grid, or a CSV file of points; what is done stays, and the same command goes on",
                     of_studies.sweep),
    "cluster": Command("start a Dask scheduler and workers on this machine, for sweep --scheduler; it lasts until Ctrl-C", of_studies.cluster),
    "size": Command("the cheapest tools for what is asked of a line: good units a week, load and cycle time; and what each limit costs",
                    of_studies.size),
    "optimise": Command("what is best of a flow of which some may be chosen, within limits; the best few are simulated", of_studies.optimise),
    "report": Command("make the page of an earlier run again, or the page over all runs in a folder, without simulating", _report),
    "serve": Command("the what-if page: a recipe beside its section, cost and capacity, each of which follows an edit at once; it lasts until Ctrl-C",
                     _serve),
    "draw": Command("draw the package after its steps, as figures and as an animation", _draw),
    "alternatives": Command("print what recipes show of the source documents; of one flow, all that it could be else, by cost", _alternatives),
    "explain": Command("say what an op, a key or an address of a recipe means, what the library holds under a name, and what the output's words mean",
                       _explain),
    "schema": Command("print the JSON schema of recipes", _schema),
    "completion": Command("print what a shell completes procsim with: eval \"$(procsim completion bash)\", or zsh; procsim completion fish | source",
                          _completion),
}
"""Name → what it is; which function does it stands in ``commands.COMMANDS``."""

EXAMPLES = {
    "run": "run flows/embodiment_1.yaml --set layer.repeat=3 --precision 0.5%",
    "check": "check flows/embodiment_1.yaml --set tools.tester.count=5",
    "show": "show flows/embodiment_1.yaml --with flows/whatif/laser_vias.yaml",
    "estimate": "estimate flows/embodiment_1.yaml --uncertainty 500 --out reports/runs/sure",
    "whatif": "whatif flows/embodiment_1.yaml --edit flows/whatif/laser_vias.yaml --edit 'layer.repeat=3;tools.exposure.count=4'",
    "compare": "compare flows/embodiment_1.yaml flows/whatif/flip_chip_bga.yaml --good-per-week 500000 --estimate",
    "breakeven": "breakeven flows/embodiment_1.yaml flows/whatif/flip_chip_bga.yaml --vary product.dies.logic.price_usd=0.5..20",
    "sensitivity": "sensitivity flows/embodiment_1.yaml --method morris --figure cycle_time",
    "curve": "curve flows/embodiment_1.yaml --loads 0.5,0.8,0.9",
    "sweep": "sweep flows/embodiment_1.yaml flows/embodiment_4.yaml --vary layer.repeat=1,2,3 --vary product.dies.logic.price_usd=0.5..20:40",
    "cluster": "cluster --workers 4",
    "size": "size flows/embodiment_1.yaml --good-per-week 500000 --max-cycle-time-h 140 --save flows/whatif/sized.yaml",
    "optimise": "optimise flows/embodiment_1.yaml --minimise cost_per_good_unit_loaded --over line.lot.panels=6,12,24 --subject-to 'cycle_time<115'",
    "report": "report reports/embodiment_1",
    "serve": "serve flows/embodiment_1.yaml --open",
    "draw": "draw flows/embodiment_1.yaml --fig 1B --out pictures",
    "alternatives": "alternatives flows/embodiment_1.yaml",
    "explain": "explain planarize",
    "schema": "schema --out flows/schema.json",
    "completion": "completion bash",
}
"""Name → what may be said, after ``procsim``: the last line of the help."""


REPORTS = ("run", "estimate", "whatif", "compare", "curve", "size", "breakeven", "sensitivity", "optimise")
"""Commands that write tables, and most of them pictures, into a folder."""
SILENT = ("cluster", "serve", "draw", "explain", "schema", "completion")
"""Commands that print no table."""


def parser() -> Parser:
    """Every command and option."""
    top = Parser(prog="procsim", allow_abbrev=False, description="From a recipe of a chip package to capacity, yield and cost per good package.")
    top.add_argument("--version", action="version", version=f"procsim {version('procsim')}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, command in COMMANDS.items():
        made = commands.add_parser(name, help=command.text, description=command.text, allow_abbrev=False, formatter_class=Help,
                                   epilog=f"example: procsim {EXAMPLES[name]}")
        command.options(made)
        _of_all(made, name)
    return top


def parser_of(name: str) -> argparse.ArgumentParser:
    """The options of one command."""
    made = argparse.ArgumentParser(name)
    COMMANDS[name].options(made)
    _of_all(made, name)
    return made


def _of_all(made: argparse.ArgumentParser, name: str) -> None:
    """What all commands take, and those that write a report, or print tables."""
    made.add_argument("-v", "--verbose", action="store_true", help="say on stderr what is done and how long it took")
    made.add_argument("--quiet", action="store_true", help="no progress on stderr")
    if name in REPORTS:
        made.add_argument("--also", type=formats, default=(), metavar="F,F", help="write into the folder also: parquet (every table; needs "
                          "DuckDB), png (every picture)")
    if name not in SILENT:
        made.add_argument("--markdown", action="store_true", help="print tables as Markdown, for a pull request")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line as names; no command prints the help and ends with 2."""
    made = parser()
    found = made.parse_args(arguments)
    if found.command is None:
        made.print_help()
        made.exit(2)
    found.words = list(arguments)
    return found
