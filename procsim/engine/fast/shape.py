"""Reads off the sources of the rules what a line consists of: its tables of records, the fields of each, and its columns of numbers."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import numpy as np

from procsim.engine.compiled import RULES
from procsim.engine.rules import agenda, columns, equipment, state

RECORDS = {name: getattr(module, name) for module in (agenda, state, columns, equipment)
           for name in ("Clock", "Lot", "Stop", "Bucket", "Group", "Stream", "Tool", "Break", "Upkeep", "Pool", "Shift", "Limit", "Draw", "Event")
           if hasattr(module, name)}


@cache
def declared(record: str) -> dict[str, str]:
    """The attributes that class *record* of the rules gives itself, in order, with their types as written."""
    for name in ("agenda", "state", "columns", "equipment"):
        for node in ast.parse((RULES / f"{name}.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name == record:
                return {one.target.attr: ast.unparse(one.annotation) for one in ast.walk(node)
                        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Attribute)}
    raise KeyError(record)


def dtype(record: str) -> np.dtype[Any]:
    """The fields of a kind of record, for numpy."""
    blank = RECORDS[record]()
    return np.dtype([(name, np.int64, (len(getattr(blank, name)),)) if kind.startswith("list") else (name, np.int64)
                     for name, kind in declared(record).items()])


TABLES = {name: kind[5:-1] for name, kind in declared("Line").items() if kind[5:-1] in RECORDS}
"""Tables of records → the record."""
DTYPES = {name: dtype(record) for name, record in TABLES.items()} | {"events": dtype("Event"), "taken": dtype("Event")}
"""The fields of each table; besides those of a line there are the *events* that are to come, and the one that was *taken* off."""
WIDE = [name for name, kind in declared("Line").items() if kind == "list[list[i64]]"]
NARROW = {name: np.float64 if kind == "list[float]" else np.int64 for name, kind in declared("Line").items()
          if kind in ("list[i64]", "list[float]")} | {"calendar": np.int64}
FIELDS = [*DTYPES, *WIDE, *NARROW]
SLOTS = 3
"""Numbers of a field in the line's table of addresses: where it begins, and how many rows and columns it has."""
