"""Writes a report whole or not at all, with a record of what it holds, and says what the record of an earlier one lists."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from procsim.maths.plain import plain
from procsim.report.files import RECORD, Content, put
from procsim.report.text import csv, encoded, rows

if TYPE_CHECKING:
    import pandas as pd

Table: TypeAlias = "pd.DataFrame | Iterator[pd.DataFrame]"
"""Whole, or in stretches of rows."""
SCHEMA = 1
"""Version of the form of results as JSON: a key that is taken away or changes its meaning raises it, a new one does not."""
LONG = ("lots", "lot_ways")
"""Tables of single lots, which may be very long: they stand in their own files alone."""


def write(folder: Path, tables: Mapping[str, Table], files: Mapping[str, Content], record: Mapping[str, Any]) -> None:
    """Writes *tables* as CSV, *files* as they are and *record* as run.json, with the tables, into *folder*, in the place of what the report before
    wrote there. A table may come in stretches, which are written one after the other.

    Raises OSError where the folder cannot be written; what was there before then stays.
    """
    made: dict[str, Content] = {f"{name}.csv": _stretches(table) for name, table in tables.items()}
    made |= files
    found = {name: rows(table) for name, table in tables.items() if name not in LONG and not isinstance(table, Iterator)}
    whole = {"procsim": version("procsim"), "schema": SCHEMA, **plain(record), "files": sorted([*made, RECORD])}
    put(folder, {**made, RECORD: record_text(whole, found)}, listed)


def record_text(record: Mapping[str, Any], tables: Mapping[str, Sequence[Any]] = MappingProxyType({})) -> bytes:
    """*record* as it stands in its file; last its *tables*, each row in one line."""
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
    lines = [f"  {json.dumps(name)}: [\n" + ",\n".join(f"   {json.dumps(row, ensure_ascii=False)}" for row in table) + "\n  ]"
             for name, table in tables.items()]
    return encoded((text[: text.rindex("\n")] + ',\n "tables": {\n' + ",\n".join(lines) + "\n }\n}" if tables else text) + "\n")


def _stretches(table: Table) -> Iterator[bytes]:
    """*table* as CSV, with one line of names."""
    for number, part in enumerate(table if isinstance(table, Iterator) else [table]):
        yield encoded(csv(part, names=number == 0))


ENDINGS = (".csv", ".parquet", ".svg", ".png", ".json", ".xlsx", ".md", ".html")
"""Of names that a report may have: whatever else its record lists stays."""


def listed(folder: Path) -> Collection[str] | None:
    """The files that the report in *folder* lists as its own; None where there is none, or it is older than such lists."""
    names = recorded(folder).get("files")
    if not isinstance(names, list):
        return None
    return {name for name in names if isinstance(name, str) and name == os.path.basename(name) and name.endswith(ENDINGS)}


def recorded(folder: Path) -> Mapping[str, Any]:
    """What the record of a report in *folder* says; nothing where there is no such record."""
    try:
        found = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    whole = {"kind", "title", "files"} <= set(found) or ("set" in found and ("recipe" in found or "flows" in found))
    return found if whole else {}
