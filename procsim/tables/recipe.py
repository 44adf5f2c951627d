"""Makes the tables of what a recipe itself says: its steps and where they were written, its package, its dies and rates."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from procsim.errors import Problem
from procsim.model.amounts import DRIVERS
from procsim.model.explained import Said
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.section.heat import HeatPath


def flat(recipe: Recipe, plan: Plan) -> pd.DataFrame:
    """One row per step: what, how, on which tools, where it was written and what edited it, and amounts of every driver per panel."""
    found = pd.DataFrame([(
        placed.id, placed.step.op or "", placed.step.process or "", placed.step.tool or "", placed.step.fig or "", str(placed.place),
        ", ".join(str(place) for place in placed.edits)) for placed in recipe.steps],
        columns=["step", "op", "process", "tool_group", "fig", "written_at", "edited_by"])
    return found.assign(**{"um" if driver == "um" else f"{driver}_per_panel": plan.quantities[:, d] for d, driver in enumerate(DRIVERS)
                           if driver not in ("run", "lot", "panel")})


def package(plan: Plan) -> pd.DataFrame:
    """One row per figure of merit of the package."""
    return pd.DataFrame(plan.merits, columns=["figure", "unit", "value", "note"])


def heat(paths: Sequence[HeatPath]) -> pd.DataFrame:
    """One row per layer that heat passes from a die's active surface straight out, by die and face."""
    return pd.DataFrame([(path.die, path.face, str(layer), layer.thickness_um, layer.conductivity_W_mK, layer.resistance)
                         for path in paths for layer in path.layers],
                        columns=["die", "out_of_the", "layer", "thickness_um", "conductivity_W_mK", "resistance_K_mm2_per_W"])


def dies(recipe: Recipe) -> pd.DataFrame:
    """One row per die that comes of a wafer, from there to the known-good die."""
    product = recipe.document.product
    found = [(name, die.chain) for name, die in product.dies.items() if die.chain is not None] if product is not None else []
    return pd.DataFrame([(name, c.dies, c.yield_, c.raw_usd, c.passed, c.price_usd, c.good) for name, c in found],
                        columns=["die", "dies_per_wafer", "good_on_the_wafer", "usd_per_die", "pass_the_probe", "usd_per_passed_die",
                                 "good_of_passed"])


def pictures(names: Sequence[str]) -> pd.DataFrame:
    """One row per picture, with the files that show it."""
    return pd.DataFrame({"picture": names, "svg": [f"{name}.svg" for name in names], "png": [f"{name}.png" for name in names]}, dtype=str)


def alternatives(found: Sequence[tuple[str, str, Sequence[str]]]) -> pd.DataFrame:
    """One row per alternative of the source documents: its paragraph or claim, what it is, and which files show it."""
    return pd.DataFrame([(paragraph, words, ", ".join(files)) for paragraph, words, files in found], columns=["paragraph", "alternative", "file"])


def meanings(said: Sequence[Said]) -> pd.DataFrame:
    """One row per meaning of a key, with what may stand there, or, of an entry of the library, what does."""
    return pd.DataFrame([(one.key, one.where, one.meaning, one.facts) for one in said], columns=["key", "where", "meaning", "facts"])


def problems(found: Sequence[Problem]) -> pd.DataFrame:
    """One row per mistake: what is wrong, the file, line and column where it was written, and the address by which an edit reaches it."""
    return pd.DataFrame([(one.message, one.place.file if one.place else "", one.place.line if one.place else 0, one.place.column if one.place else 0,
                          one.address) for one in found], columns=["message", "file", "line", "column", "address"])
