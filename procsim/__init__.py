"""Offers from Python what the command line does: a recipe's plan, its closed form, runs, what-ifs and studies of it.

Importing this module loads nothing else; each name brings its own module when it is asked for first.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from procsim.studies.breakeven import breakeven as breakeven
    from procsim.studies.flow import load as load
    from procsim.studies.flow import plan as plan
    from procsim.studies.size import size as size

OFFERED = {"load": "flow", "plan": "flow", "breakeven": "breakeven", "size": "size"}
"""Each name that this package offers, and the module of ``procsim.studies`` that defines it."""

__all__ = ["breakeven", "load", "plan", "size"]


def __getattr__(name: str) -> Any:
    if name in OFFERED:
        return getattr(import_module(f"procsim.studies.{OFFERED[name]}"), name)
    raise AttributeError(f"procsim has no '{name}'; it offers {', '.join(OFFERED)}")


def __dir__() -> list[str]:
    return [*OFFERED, *globals()]
