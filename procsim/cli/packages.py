"""Lays out for the terminal what each of several packages, or products, on one line gives and costs: their mean is that of nobody."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from procsim.cli.show import table
from procsim.closed_form.solve import ClosedForm
from procsim.maths.numerals import number, plus_minus
from procsim.planning.plan import Plan

FIGURES = {"yield": "yield", "cost_per_good_unit_direct_usd": "direct cost", "cost_per_good_unit_loaded_usd": "fully loaded cost",
           "price_per_good_unit_usd": "price", "good_units_per_week": "good units per week"}
"""Columns of products.csv, with their heads here."""


def several(plan: Plan) -> bool:
    """Whether the line makes more than one product."""
    return len({stream.product for stream in plan.streams}) > 1


def units(plan: Plan) -> str:
    """Units on a panel: of each product, where they differ."""
    each = {stream.product: f"{one:g}" for stream, one in zip(plan.streams, plan.units.tolist(), strict=True)}
    return f"{plan.units_per_panel:g}" if len(set(each.values())) == 1 else " and ".join(f"{one} ({name})" for name, one in each.items())


def _heads(plan: Plan, products: Any, before: str = "") -> dict[str, str]:
    """The columns of *products* that are shown: none in money where nothing costs anything."""
    return {name: f"{head}, {plan.money.currency}" if name.endswith("usd") else head for name, head in FIGURES.items()
            if before + name in products and not (plan.money.free and name.endswith("usd"))}


def simulated(plan: Plan, products: Any, of: str = "") -> Table:
    """Each product *of* a run with its intervals, and below it the closed form."""
    heads, rows = _heads(plan, products), []
    for _, row in products.iterrows():
        cells = [f"{number(row[name], 5)} {plus_minus(row[name], row[f'{name}_ci_low'], row[f'{name}_ci_high'])}" for name in heads]
        rows += [[row["product"], *cells], ["  closed form", *(number(row[f"expected_{name}"], 5) for name in heads)]]
    return table([_title(of), *heads.values()], rows)


def foreseen(plan: Plan, closed: ClosedForm, of: str = "") -> Table:
    """Each product in closed form."""
    from procsim.tables import closed_products

    products = closed_products(plan, closed)
    heads = _heads(plan, products, "expected_")
    rows = [[row["product"], *(number(row[f"expected_{name}"], 6) for name in heads)] for _, row in products.iterrows()]
    return table([_title(of), *heads.values()], rows)


def _title(of: str) -> str:
    return f"each product{' of ' if of else ''}{of}"
