"""Offers from Python what the command line does: a recipe's plan, its closed form, runs, what-ifs and studies of it; and the
errors that these raise.

Importing this module loads nothing else; each name brings its own module when it is asked for first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from procsim.engine.view import LineView as LineView
    from procsim.errors import InfeasibleError as InfeasibleError
    from procsim.errors import RecipeError as RecipeError
    from procsim.studies.alternatives import alternatives as alternatives
    from procsim.studies.alternatives_of import alternatives_of as alternatives_of
    from procsim.studies.breakeven import breakeven as breakeven
    from procsim.studies.check import check as check
    from procsim.studies.check import show as show
    from procsim.studies.compare import compare as compare
    from procsim.studies.curve import curve as curve
    from procsim.studies.draw import draw as draw
    from procsim.studies.estimate import estimate as estimate
    from procsim.studies.flow import load as load
    from procsim.studies.flow import plan as plan
    from procsim.studies.optimise import optimise as optimise
    from procsim.studies.read_report import read_report as read_report
    from procsim.studies.run import run as run
    from procsim.studies.sensitivity import sensitivity as sensitivity
    from procsim.studies.size import size as size
    from procsim.studies.sweep import sweep as sweep
    from procsim.studies.whatif import whatif as whatif

OFFERED = {name: f"procsim.studies.{module}" for module, names in {
    "flow": ("load", "plan"), "check": ("check", "show"), "estimate": ("estimate",), "run": ("run",), "curve": ("curve",), "draw": ("draw",),
    "alternatives": ("alternatives",), "alternatives_of": ("alternatives_of",), "read_report": ("read_report",), "breakeven": ("breakeven",),
    "sensitivity": ("sensitivity",), "size": ("size",), "sweep": ("sweep",), "whatif": ("whatif",), "compare": ("compare",),
    "optimise": ("optimise",)}.items() for name in names}
OFFERED |= {"RecipeError": "procsim.errors", "InfeasibleError": "procsim.errors", "LineView": "procsim.engine.view"}
"""Each name that this package offers, and the module that defines it."""

__all__ = ["InfeasibleError", "LineView", "RecipeError", "alternatives", "alternatives_of", "breakeven", "check", "compare", "curve", "draw",
           "estimate", "load", "optimise", "plan", "read_report", "run", "sensitivity", "show", "size", "sweep", "whatif"]


def __getattr__(name: str) -> Any:
    if name in OFFERED:
        return getattr(import_module(OFFERED[name]), name)
    raise AttributeError(f"procsim has no '{name}'; it offers {', '.join(OFFERED)}")


def __dir__() -> list[str]:
    return [*OFFERED, *(name for name in globals() if name.startswith("__"))]
