"""Lists the tables of a report in closed form: those of a run, with the same columns, made of the totals that are expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from procsim.closed_form.sensitivity import Swing
from procsim.closed_form.solve import ClosedForm
from procsim.planning.plan import Plan
from procsim.results.expected import lots_started, totals
from procsim.results.limited_by import foreseen
from procsim.tables.of_report import TABLES, Findings, TableOf
from procsim.tables.products import closed_shares
from procsim.tables.summary import closed_summary
from procsim.tables.uncertainty import provenance

WITHOUT = ("yield_per_panel", "yield_per_lot", "lots", "lot_ways")
"""Tables of a run that have no closed form at all."""
OF_THE_WINDOW = ("units_in", "lost_panels", "units_lost", "found_bad", "amount", "cost_usd", "visits")
"""Columns of sums over the window, which nobody knows where nobody knows how many lots start."""
OWN: dict[str, TableOf] = {
    "summary": lambda f: closed_summary(f.plan, f.closed, f.known),
    "tools": lambda f: _tools(f),
    "products": lambda f: closed_shares("product", f.plan, f.closed) if f.products > 1 else None,
    "provenance": lambda f: provenance(f.known) if f.known else None,  # whose sources are told also where nobody knows what the cost owes to them
    "streams": lambda f: closed_shares("stream", f.plan, f.closed) if f.products < len(f.plan.streams) else None,
}
"""Tables that are made otherwise than for a run."""


def closed_tables(plan: Plan, closed: ClosedForm, known: Sequence[Swing] = ()) -> dict[str, pd.DataFrame]:
    """All tables of the report that have something to say, in the order of a run's; what has no closed form is empty. Provenance is among them where
    the swings of the inputs are *known*."""
    findings = Findings(plan, closed, [totals(plan, closed)], known)
    made = {name: OWN.get(name, table)(findings) for name, table in TABLES.items() if name not in WITHOUT}
    counted = lots_started(plan, closed) == lots_started(plan, closed)
    return {name: table if counted else _uncounted(table) for name, table in made.items() if table is not None}


def _tools(findings: Findings) -> pd.DataFrame:
    table = TABLES["tools"](findings)
    assert table is not None
    return table.assign(load=findings.closed.tools.steady, limited_by=foreseen(findings.plan, findings.closed))


def _uncounted(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: float("nan") for name in OF_THE_WINDOW if name in table})


def empty_columns(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What is empty, since it has no closed form, as ``table.column``."""
    return [f"{name}.{column}" for name, table in tables.items() for column in table
            if len(table) and table[column].dtype.kind == "f" and table[column].isna().all()]
