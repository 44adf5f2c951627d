"""Defines the options that commands share, and how the text of an option becomes a value."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procsim.studies.also import Also

ENGINES = ("simpy", "numba", "auto")
MOST = 100_000
"""Replications, draws and so on that a command makes at most: as many as a recipe may ask for."""


def whole(least: int, most: int = MOST) -> Callable[[str], int]:
    """Reads a whole number, from *least* to *most*, however it is written."""

    def read(text: str) -> int:
        value = float(text) if not text.strip().lstrip("+-").isdigit() else int(text)
        if value != value or value in (math.inf, -math.inf) or value != int(value):
            raise ValueError
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be {'>= ' + str(least) if value < least else '<= ' + str(most)} (got {text[:40]})")
        return int(value)

    read.__name__ = "whole number"
    return read


def seconds(text: str) -> float:
    """A number of seconds, above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be above 0 (got {text})")
    return value


seconds.__name__ = "number of seconds"


def positive(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be above 0 (got {text[:40]})")
    return value


positive.__name__ = "number"


def path(text: str) -> str:
    """The name of a file or folder."""
    if not text:
        raise argparse.ArgumentTypeError("must be a name (got nothing)")
    return text


LEAST_LOAD = 0.01
"""As of ``line.max_load``."""
LEAST_SHARE = 1e-6
"""Of a precision: less can be reached by nothing."""


def share(text: str) -> float:
    """A share written as 1% or 0.01."""
    value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    if not LEAST_SHARE <= value < 1:
        raise argparse.ArgumentTypeError(f"must be at least {LEAST_SHARE:g} and below 1, such as 1% or 0.01 (got {text[:40]})")
    return value


def load(text: str) -> float:
    """The load that a tool may have at most, written as 85% or 0.85."""
    value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    if not LEAST_LOAD <= value < 1:
        raise argparse.ArgumentTypeError(f"must be at least {LEAST_LOAD:g} and below 1, such as 85% or 0.85 (got {text[:40]})")
    return value


def goal(text: str) -> tuple[str, float]:
    """``1%`` or ``cycle_time=2%``: the figure ('' for the flow's main one) and the share."""
    name, _, value = text.rpartition("=")
    return name, share(value)


def loads(text: str) -> list[float]:
    """Loads, rising."""
    return sorted({share(part) for part in text.split(",")})


def levels(text: str) -> list[int]:
    """Levels of WIP, rising."""
    return sorted({whole(1)(part) for part in text.split(",")})


def words(text: str) -> list[str]:
    """Words between commas."""
    found = [word.strip() for word in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"must be names between commas (got {text[:40]!r})")
    return found


def formats(text: str) -> tuple[Also, ...]:
    """Formats of files between commas."""
    known: dict[str, Also] = {"parquet": "parquet", "png": "png"}
    if wrong := [word for word in words(text) if word not in known]:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(known)} (got {wrong[0][:40]!r})")
    return tuple(known[word] for word in words(text))


def edits(made: argparse.ArgumentParser, whose: str = "an edit") -> None:
    """``--with`` and ``--set``."""
    made.add_argument("--with", type=path, action="append", default=[], metavar="FILE", dest="over",
                      help="a what-if of the same recipe, laid over it before --set; may be repeated")
    made.add_argument("--set", action="append", default=[], metavar="ADDRESS=VALUE", dest="sets", help=f"{whose}, may be repeated")


def flow(made: argparse.ArgumentParser) -> None:
    """A recipe with edits."""
    made.add_argument("flow", metavar="FLOW", help="a recipe file, such as flows/embodiment_1.yaml")
    edits(made)


def replicated(made: argparse.ArgumentParser) -> None:
    """What every command takes that simulates, of how often, on what and where to."""
    made.add_argument("--replications", type=whole(1), metavar="N", help="replications (default: the recipe's)")
    made.add_argument("--seed", type=whole(0, 2**63 - 1), metavar="S", help="seed (default: the recipe's)")
    engine(made)
    made.add_argument("--jobs", type=whole(1), metavar="J",
                      help="processes, or threads where numba gains by them (default: by the size of the work)")
    made.add_argument("--max-wall-s", type=seconds, metavar="S",
                      help="end the command within so many seconds; what is finished by then is reported")
    made.add_argument("--out", type=path, metavar="DIR", help="folder for the report")


def simulated(made: argparse.ArgumentParser) -> None:
    """The same, with what else may be done to the line that is simulated."""
    replicated(made)
    made.add_argument("--allow-overload", action="store_true", help="run a line whose queues grow without end")
    made.add_argument("--no-variability", action="store_true",
                      help="every draw is its mean: yield, direct cost and raw process time then equal the closed form")


def engine_name(text: str) -> str:
    """The name of an engine, as of ``engine.engines``."""
    if text not in ENGINES:
        raise argparse.ArgumentTypeError(f"must be {', '.join(ENGINES[:-1])} or {ENGINES[-1]} (got {text[:40]!r})")
    return text


def engine(made: argparse.ArgumentParser) -> None:
    """``--engine``."""
    made.add_argument("--engine", type=engine_name, metavar="E", help="what runs the line, with the same results to the last byte: simpy; numba, a "
                      "loop that it compiles (pip install 'procsim[fast]'); or auto, numba where it pays (default: PROCSIM_ENGINE, or auto)")


def uncertain(made: argparse.ArgumentParser) -> None:
    """``--uncertainty``."""
    made.add_argument("--uncertainty", type=whole(2), metavar="N",
                      help="also draw every number that has a range N times: how sure the cost is, in closed form, and what drives it")


def fixed_line(made: argparse.ArgumentParser) -> None:
    """``--fixed-line``."""
    made.add_argument("--fixed-line", action="store_true", help="keep the recipe's tools, however overloaded; else a line has those that it takes")


def one_demand(made: argparse.ArgumentParser) -> None:
    """``--good-per-week``."""
    made.add_argument("--good-per-week", type=positive, metavar="N", help="have each flow make so many good units a week, with the tools that this "
                      "takes at line.max_load, so that flows compare at one demand (default: what each releases)")


def as_json(made: argparse.ArgumentParser) -> None:
    """``--json``."""
    made.add_argument("--json", action="store_true", help="print the result as JSON (docs/result.schema.json), and nothing else, to stdout")
